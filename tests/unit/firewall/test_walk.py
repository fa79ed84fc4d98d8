# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client's first packet on its way through rules that nft and iptables printed, and through rules that are live."""

from __future__ import annotations

import json
import pathlib
import subprocess
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._firewall.iptables import Iptables
from ansible_collections.websocket.health.plugins.module_utils._firewall.nftables import Nftables
from ansible_collections.websocket.health.plugins.module_utils._firewall.walk import Chain, Packet, Rule, walk

HERE = pathlib.Path(__file__).resolve().parent
NFT = Nftables((HERE / "ruleset.json").read_text())
FILTER = Iptables((HERE / "filter-table.txt").read_text())
OUTSIDE = "192.0.2.5"
DROP = Rule(True, "drop", "", "all", None)


def nft(port: int, source: str = OUTSIDE, family: str = "ip") -> dict[str, t.Any]:
    return NFT.decide(Packet(family, port, source), without=[("ip", "filter")])[-1]


@pytest.mark.parametrize(
    ("port", "source", "verdict", "how", "rule"),
    [
        (443, OUTSIDE, "accept", "", "tcp dport @allowed accept (handle 7)"),
        (9050, OUTSIDE, "accept", "", "tcp dport @allowed accept (handle 7)"),
        (8080, "10.1.2.3", "accept", "", "ip saddr 10.0.0.0/8 tcp dport { 8080, 8443 } accept (handle 9)"),
        (8080, OUTSIDE, "reject", "tcp reset", "tcp dport 8080 reject with tcp reset (handle 10)"),
        (
            8081,
            OUTSIDE,
            "reject",
            "icmpx admin-prohibited",
            "tcp dport 8081 reject with icmpx admin-prohibited (handle 11)",
        ),
        (5000, OUTSIDE, "drop", "", ""),
    ],
)
def test_the_decision_of_nftables(port: int, source: str, verdict: str, how: str, rule: str) -> None:
    decision = nft(port, source)
    assert (decision["verdict"], decision["how"], decision["rule"]) == (verdict, how, rule)
    assert decision["unsure"] == []


def test_a_limit_may_match_or_not() -> None:
    decision = nft(8005)
    assert (decision["verdict"], decision["unsure"]) == (
        "drop",
        ["tcp dport 8000-8009 ct state new limit accept (handle 12)"],
    )


def _ruleset(*expressions: dict[str, t.Any]) -> Nftables:
    chain = {"family": "inet", "table": "f", "name": "in", "type": "filter", "hook": "input", "policy": "drop"}
    other = {"family": "inet", "table": "f", "name": "web"}
    accept = {"family": "inet", "table": "f", "chain": "web", "handle": 9, "expr": [{"accept": None}]}
    rules = [
        {"rule": {"family": "inet", "table": "f", "chain": "in", "handle": number, "expr": [entry]}}
        for number, entry in enumerate(expressions)
    ]
    return Nftables(json.dumps({"nftables": [{"chain": chain}, {"chain": other}, {"rule": accept}, *rules]}))


def _vmap(field: str, *pairs: list[t.Any]) -> dict[str, t.Any]:
    key = {"payload": {"protocol": "tcp", "field": field}}
    return {"vmap": {"key": key, "data": {"set": [list(pair) for pair in pairs]}}}


@pytest.mark.parametrize(
    ("expression", "port", "verdict", "doubts"),
    [
        (_vmap("dport", [22, {"accept": None}], [8080, {"accept": None}]), 8080, "accept", 0),
        (_vmap("dport", [22, {"accept": None}]), 8080, "drop", 0),
        (_vmap("dport", [8080, {"jump": {"target": "web"}}]), 8080, "accept", 0),
        (_vmap("sport", [1024, {"accept": None}]), 8080, "drop", 1),
        ({"vmap": {"key": {}, "data": "@named"}}, 8080, "drop", 1),
        ({"something new": {"accept": None}}, 8080, "drop", 1),
        (
            {"match": {"op": "==", "left": {"fib": {"result": "type", "flags": ["daddr"]}}, "right": "local"}},
            1,
            "drop",
            0,
        ),
    ],
)
def test_a_verdict_map_decides_or_leaves_a_doubt(
    expression: dict[str, t.Any], port: int, verdict: str, doubts: int
) -> None:
    decision = _ruleset(expression).decide(Packet("ip", port, OUTSIDE))[-1]
    assert (decision["verdict"], len(decision["unsure"])) == (verdict, doubts)


def _on(name: str, value: str, op: str = "==") -> dict[str, t.Any]:
    return {"match": {"op": op, "left": {"meta": {"key": name}}, "right": value}}


def _to(value: t.Any, protocol: str = "ip") -> dict[str, t.Any]:
    return {"match": {"op": "==", "left": {"payload": {"protocol": protocol, "field": "daddr"}}, "right": value}}


@pytest.mark.parametrize(
    ("condition", "verdict", "doubts"),
    [
        (_to("192.0.2.5"), "drop", 0),
        (_to({"prefix": {"addr": "192.0.2.0", "len": 24}}), "drop", 0),
        (_to("192.0.2.6"), "accept", 0),
        (_to("2001:db8::5", "ip6"), "accept", 0),
        (_on("oifname", "lo"), "accept", 0),
        (_on("oifname", "lo", "!="), "drop", 0),
        (_on("oifname", "eth1"), "accept", 1),
        (_on("iifname", "lo", "!="), "accept", 0),
        (_on("skuid", "1000"), "accept", 1),
        (
            {"match": {"op": "==", "left": {"fib": {"result": "type", "flags": ["daddr"]}}, "right": "local"}},
            "accept",
            0,
        ),
    ],
)
def test_a_packet_on_its_way_out(condition: dict[str, t.Any], verdict: str, doubts: int) -> None:
    base = {"family": "inet", "table": "f", "type": "filter", "policy": "accept"}
    chains = [{"chain": dict(base, name=hook, hook=hook)} for hook in ("input", "output")]
    rule = {"family": "inet", "table": "f", "chain": "output", "handle": 1, "expr": [condition, {"drop": None}]}
    rules = Nftables(json.dumps({"nftables": [*chains, {"rule": rule}]}))
    decision = rules.decide(Packet("ip", 8080, destination=OUTSIDE))[-1]
    assert (decision["verdict"], len(decision["unsure"])) == (verdict, doubts)
    assert rules.decide(Packet("ip", 8080, OUTSIDE))[-1]["verdict"] == "accept", "that is a matter of what comes in"


def test_an_unknown_source_leaves_a_rule_about_sources_open() -> None:
    decision = nft(8080, "")
    assert (decision["verdict"], len(decision["unsure"])) == ("reject", 1)


def test_ipv6_passes_rules_about_ipv4_by() -> None:
    assert nft(8080, "2001:db8::5", "ip6")["verdict"] == "reject"
    assert nft(8443, "2001:db8::5", "ip6")["verdict"] == "drop"


def test_rules_of_iptables_are_opaque_to_nft() -> None:
    assert NFT.opaque_tables() == {("ip", "filter")}
    assert NFT.tables == ["inet f", "ip filter"]


@pytest.mark.parametrize(
    ("port", "source", "verdict", "how"),
    [
        (3000, OUTSIDE, "reject", "icmp-port-unreachable"),
        (3002, "10.1.2.3", "drop", ""),
        (3002, OUTSIDE, "accept", ""),
        (3003, OUTSIDE, "drop", ""),
        (80, OUTSIDE, "accept", ""),
    ],
)
def test_the_decision_of_iptables(port: int, source: str, verdict: str, how: str) -> None:
    decision = FILTER.decide(Packet("ip", port, source))
    assert decision is not None
    assert (decision["verdict"], decision["how"], decision["unsure"]) == (verdict, how, [])


@pytest.mark.parametrize(
    ("line", "port", "verdict"),
    [
        ("-A INPUT -i lo -j DROP", 1, "accept"),
        ("-A INPUT ! -i lo -p tcp --dport 1 -j DROP", 1, "drop"),
        ("-A INPUT -p udp -j DROP", 1, "accept"),
        ("-A INPUT -p tcp ! --dport 22 -j DROP", 1, "drop"),
        ("-A INPUT -p tcp ! --dport 22 -j DROP", 22, "accept"),
        ("-A INPUT -m addrtype --dst-type LOCAL -j DROP", 1, "drop"),
        ("-A INPUT -m addrtype --dst-type MULTICAST -j DROP", 1, "accept"),
        ("-A INPUT -p tcp -m tcp --dport 1000:2000 --tcp-flags FIN,SYN,RST,ACK SYN -j DROP", 1500, "unsure"),
        ("-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j DROP", 1, "accept"),
        ("-A INPUT -m state --state NEW -j DROP", 1, "drop"),
        ("-A INPUT -m set --match-set bad src -j DROP", 1, "unsure"),
        ('-A INPUT -j LOG --log-prefix "[UFW BLOCK] "', 1, "accept"),
        ("-A INPUT -g other", 1, "drop"),
        ("-A INPUT -j other", 1, "drop"),
        ("-A INPUT -j nowhere", 1, "accept"),
        ('-A INPUT -m comment --comment "half a quote -j DROP', 1, "accept"),
    ],
)
def test_conditions_of_iptables(line: str, port: int, verdict: str) -> None:
    table = Iptables(f"*filter\n:INPUT ACCEPT [0:0]\n:other - [0:0]\n[7:420] {line}\n[0:0] -A other -j DROP\nCOMMIT\n")
    decision = table.decide(Packet("ip", port, OUTSIDE))
    assert decision is not None
    assert ("unsure" if decision["unsure"] else decision["verdict"]) == verdict


def test_no_filter_table_decides_nothing() -> None:
    assert Iptables("*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n").decide(Packet("ip", 1)) is None


def test_chains_that_jump_in_circles_come_to_an_end() -> None:
    chains = {name: Chain(name, [Rule(True, "jump", other, "", None)]) for name, other in (("a", "b"), ("b", "a"))}
    assert walk(Chain("in", [Rule(True, "jump", "a", "", None)], "drop"), chains)["verdict"] == "drop"


def test_after_return_the_walk_goes_on_and_after_goto_it_does_not() -> None:
    chains = {
        "back": Chain("back", [Rule(True, "return", "", "", None), DROP]),
        "end": Chain("end", []),
    }
    after_return = Chain("in", [Rule(True, "jump", "back", "", None)], "accept")
    assert walk(after_return, chains)["verdict"] == "accept"
    after_goto = Chain("in", [Rule(True, "goto", "end", "", None), DROP], "accept")
    assert walk(after_goto, chains)["verdict"] == "accept"
    after_jump = Chain("in", [Rule(True, "jump", "end", "", None), DROP], "accept")
    assert walk(after_jump, chains)["verdict"] == "drop"


def test_a_doubtful_jump_leaves_what_it_leads_to_in_doubt() -> None:
    decision = walk(Chain("in", [Rule(None, "jump", "x", "", None)], "accept"), {"x": Chain("x", [DROP])})
    assert (decision["verdict"], decision["unsure"]) == ("accept", ["all"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"nftables": 1}', "nonsense"])
def test_what_is_no_ruleset_is_an_error(text: str) -> None:
    with pytest.raises((ValueError, AttributeError)):
        Nftables(text)


@pytest.mark.servers("root", "nft")
def test_the_decision_is_what_a_real_connection_meets() -> None:
    """In a network namespace of its own: what the probe says, and what a connection does, are the same."""
    script = HERE / "random_rulesets.py"
    done = subprocess.run(
        ["unshare", "-n", "python3", str(script)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["agreed"] == json.loads(done.stdout)["tried"]


# What Docker writes for a published port, as iptables-save prints it, and the like in nftables' own words.
_PUBLISHED = """*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
[0:0] -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
[0:0] -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
"""
_DNAT = {
    "family": "ip",
    "table": "nat",
    "chain": "pre",
    "handle": 2,
    "expr": [
        {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 8080}},
        {"dnat": {"addr": "172.17.0.2", "port": 80}},
    ],
}


@pytest.mark.parametrize("rules", [Iptables(_PUBLISHED), Nftables(json.dumps({"nftables": [{"rule": _DNAT}]}))])
def test_a_published_port_is_led_on(rules: Iptables | Nftables) -> None:
    """Packets to it never come to the chain for what is meant for the host itself."""
    assert "172.17.0.2" in rules.led_on(Packet("ip", 8080))
    assert rules.led_on(Packet("ip", 80)) == ""
    assert rules.led_on(Packet("ip", 808)) == ""
