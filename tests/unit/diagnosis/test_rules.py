# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule on recorded evidence: it names its fault, and leaves what only looks like it alone."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.engine import RULES, diagnose
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.facts import Facts
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.rule import LAYERS, Found
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import headline, judge
from ansible_collections.websocket.health.plugins.plugin_utils._model import CheckResult

from tests.scenarios.scenario import load_all
from tests.unit.checks.test_frontend import RIGHT, seen
from tests.unit.edges import at_edge, cut, over_http2
from tests.unit.recorded.load import HEALTHY, NAMES, causes, load, verdict

DROPPED = {"address": "198.51.100.7 port 8080", "outcome": "connect-timeout", "errno": "ETIMEDOUT", "ms": 5000.0}
REFUSED = {"address": "198.51.100.7 port 8080", "outcome": "connect-refused", "errno": "ECONNREFUSED", "ms": 2.0}
CONNECTED = {"address": "198.51.100.7 port 8080", "outcome": "connected", "ms": 2.0}
OOM_UNIT = {
    "name": "chat.service",
    "active": "failed",
    "sub": "failed",
    "result": "oom-kill",
    "exit_status": 9,
    "restarts": 3,
}
OOM_LINE = {
    "key": "out-of-memory",
    "captured": {},
    "count": 1,
    "source": "journal",
    "line": None,
    "sample": "Out of memory: Killed process 7",
}
EXITED_UNIT = dict(OOM_UNIT, result="exit-code", exit_status=1)


def _ended(code: int, reason: str = "") -> dict[str, t.Any]:
    return {"evidence__websocket__conversation__ended": {"how": "close", "code": code, "reason": reason}}


class Case(t.NamedTuple):
    """The recorded evidence that a rule names, and a look-alike that it must leave alone; each with changes."""

    named: str
    alike: str
    change: dict[str, t.Any] = {}
    alike_change: dict[str, t.Any] = {}


CONTROLLER = "evidence__port__controller"
PROXY_HOST = "evidence__proxy__proxies__0__routes__0__settings__host__value"
ORIGIN_REFUSED: dict[str, t.Any] = {
    "evidence__proxy__through__outcome": "http",
    "evidence__proxy__through__status": 403,
    "evidence__proxy__through__reason": "Forbidden",
}
CONNECTIONS = "evidence__port__connections"
STUCK = {"established": 12, "stuck": 2, "peers": ["198.51.100.23"], "repeated": 7, "unacknowledged": 54}
#: What a busy server always has.
FEW_STUCK = dict(STUCK, established=1200)
UNREACHABLE = {"address": "198.51.100.7 port 8080", "outcome": "connect-error", "errno": "EHOSTUNREACH", "ms": 3067.0}
OWN_RULE = {
    "verdict": "drop",
    "how": "",
    "chain": "inet t o",
    "rule": "tcp dport 8080 drop",
    "packets": 3,
    "unsure": [],
    "by": "nftables",
}
OPEN = {"address": "198.51.100.7 port 8080", "outcome": "open", "status": 101, "first_byte_ms": 2.0}
HELD = {"wanted_s": 60.0, "held_s": 60.0, "ended": None, "pinged": True, "pong_ms": 0.8}
SILENT = dict(HELD, pong_ms=None, again="open")
LARGE_LOST = {"bytes": 1600, "outcome": "timeout", "status": None, "ms": 3001.0, "again": "open"}
NO_NAME = {"name": "chat.example.com", "error": "EAI_NONAME"}


def _from_outside(
    answer: dict[str, t.Any], connection: dict[str, t.Any] = CONNECTED, **more: t.Any
) -> dict[str, t.Any]:
    """Changes: what the controller saw of the WebSocket and of the port."""
    return {"evidence__websocket__controller": dict(OPEN, **answer), CONTROLLER: connection, **more}


def _held(there: dict[str, t.Any], here: dict[str, t.Any] = HELD) -> dict[str, t.Any]:
    hold = {"service__websocket__hold": 60, "evidence__websocket__conversation__hold": here}
    return _from_outside({"hold": there}, **hold)


def _public(host: dict[str, t.Any] | None) -> dict[str, t.Any]:
    seen = {"url": "wss://chat.example.com/", "unknown": "the controller cannot resolve it", "lookup": NO_NAME}
    return {"evidence__websocket__public": dict(seen, host_lookup=host)}


def _line(key: str, sample: str, **captured: str) -> dict[str, t.Any]:
    line = {"key": key, "captured": captured, "count": 1, "source": "/var/log/x", "line": 7, "sample": sample}
    return {"evidence__log__signatures": [line]}


def _variables(**values: str) -> dict[str, t.Any]:
    return {"evidence__environment__variables": {name: {"set": True, "value": value} for name, value in values.items()}}


def _clocks(ahead: float) -> dict[str, t.Any]:
    return {"evidence__websocket__clock": {"host": 1795402310.0 + ahead, "controller": 1795402310.5}}


SENT = {"service__websocket__headers": {"Authorization": "Bearer x"}}
REFUSED_CONNECT = _line("proxy-of-environment", "InvalidProxyStatus: proxy rejected connection: HTTP 403", status="403")
EARLY = _line("token-not-yet-valid", "NotBeforeError: jwt not active")
LATE = _line("token-expired", "TokenExpiredError: jwt expired")


def _edge(named: dict[str, t.Any], alike: dict[str, t.Any]) -> Case:
    """Behind it everything is right."""
    return Case("wildcard-direct", "wildcard-direct", named, alike)


def _front(named: str, alike: str, url: str = "https://chat.acme.com/", **page: t.Any) -> Case:
    """The code of a page that a rule names, and code that it leaves alone."""

    def changes(code: str, **fields: t.Any) -> dict[str, t.Any]:
        found = {"gaps": [], "error": None, "root": None, "page": seen(code, url=url, status=200, **fields)}
        return {"evidence__frontend": found, "service__frontend": {"url": url}, "service__websocket__path": "/ws"}

    return Case("service-healthy", "service-healthy", changes(named, **page), changes(alike))


#: What a page's WebSocket in clear, and one to a private address, look like.
REFUSED_IN_CLEAR = {
    "url": "ws://chat.example.test/ws", "from": "page", "at_ms": 1.0, "created": False, "witnessed": True,
    "thrown": "SecurityError: Failed to construct 'WebSocket': An insecure WebSocket connection may not be initiated "
    "from a page loaded over HTTPS.",
}  # fmt: skip
ACCEPTED = {"gaps": [], "error": None, "public": {"outcome": "open", "status": 101}}
RAW = "evidence__browser__sockets__0__raw__"
CANCELED = {"evidence__browser__sockets__0__error": "WebSocket opening handshake was canceled", RAW + "outcome": "open"}
BLOCKED = "Error in connection establishment: net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS"


#: Told from a page's files; a browser that sees the same has a case below.
TOLD: dict[str, Case] = {
    "browser-localhost-url": _front('new WebSocket("ws://localhost:3000")', 'e.placeholder="ws://localhost:3000"'),
    "browser-undefined-host": _front("new WebSocket(`ws://${void 0}/ws`)", "new WebSocket(`ws://${host}/ws`)"),
    "browser-other-port-or-path": _front('new WebSocket("wss://chat.acme.com/old")', 'new WebSocket("wss://feed.acme.com/old")'),
    "browser-mixed-content": _front('new WebSocket("ws://"+location.host+"/ws")', 'new WebSocket("ws://127.0.0.1:1/ws")'),
    "browser-unsafe-port": _front('new WebSocket("wss://feed.acme.com:6000/")', 'new WebSocket("wss://feed.acme.com:6001/")'),
    "browser-csp-blocks": _front(RIGHT, RIGHT, policies=[{"from": "header", "policy": "connect-src https:"}]),
    "browser-vite-dev-client": _front('"[vite] vite-hmr";new WebSocket(u)', '"[vite]";new WebSocket(u)'),
    "browser-next-dev-client": _front('"/_next/webpack-hmr [HMR] connected WebSocket"', '"/_next/webpack-hmr";new WebSocket(u)'),
    "browser-dev-client": _front('"webpack-dev-server/client WebSocket"', '"webpack-dev-server";new WebSocket(u)'),
}  # fmt: skip

CASES: dict[str, Case] = {
    "network-half-open-connections": Case("service-healthy", "service-healthy", {CONNECTIONS: STUCK}, {CONNECTIONS: FEW_STUCK}),
    "network-path-mtu-black-hole": Case(
        "wildcard-direct", "wildcard-direct", _from_outside({"large": LARGE_LOST}, **{CONNECTIONS: STUCK}),
        _from_outside({"large": dict(LARGE_LOST, again="timeout")}),
    ),
    "network-idle-connections-dropped": Case(
        "wildcard-direct", "wildcard-direct", _held(SILENT), _held(dict(HELD, ended={"how": "eof", "code": None, "reason": ""}))
    ),
    "network-reset-at-first-data": Case(
        "wildcard-direct", "reset", _from_outside({"outcome": "reset", "status": None, "total_ms": 1.0}),
        _from_outside({"outcome": "reset", "status": None, "total_ms": 1.0}),
    ),
    "network-no-route-to-host": Case("wildcard-direct", "loopback-direct", {CONTROLLER: UNREACHABLE}, {CONTROLLER: dict(UNREACHABLE, ms=2.0)}),
    "network-controller-firewall": Case(
        "wildcard-direct", "wildcard-direct", {CONTROLLER: dict(DROPPED, own_rules=OWN_RULE)},
        {CONTROLLER: dict(DROPPED, own_rules=dict(OWN_RULE, verdict="accept"))},
    ),
    "network-name-unresolved": Case(
        "service-healthy", "service-healthy", _public(NO_NAME), _public({"name": "chat.example.com", "addresses": 1, "error": ""})
    ),
    "config-proxy-variables": Case(
        "service-healthy", "service-healthy",
        {**_variables(http_proxy="http://user:x@proxy.example.com:3128/"), **REFUSED_CONNECT}, REFUSED_CONNECT,
    ),
    "server-token-clock-skew": Case(
        "ws-no-credentials", "ws-no-credentials", {**SENT, **EARLY, **_clocks(-600)}, {**SENT, **LATE, **_clocks(0)}
    ),
    "process-stopped": Case("stopped", "spinning"),
    "process-missing-module": Case("missing-module", "not-running"),
    "process-port-in-use": Case("address-in-use", "other-owner"),
    "process-out-of-memory": Case(
        "not-running",
        "not-running",
        {"evidence__process__unit": OOM_UNIT, "evidence__process__memory_events": {"oom_kill": 1}, "evidence__log__signatures": [OOM_LINE]},
        {"evidence__process__unit": EXITED_UNIT},
    ),
    "process-not-running": Case("not-running", "stopped"),
    "process-two-listeners-on-port": Case("two-owners", "workers"),
    "process-port-owned-by-another": Case("other-owner", "service-healthy"),
    "process-descriptors-used-up": Case("descriptors", "descriptors-left"),
    "process-event-loop-blocked": Case("spinning", "busy-but-answering", {}, {"evidence__process__processes__0__cpu_percent": 99.0}),
    "process-accept-queue-full": Case("backlog-full", "hung"),
    "process-runs-deleted-release": Case("deleted-release", "stale-code"),
    "process-older-than-code": Case("stale-code", "service-healthy"),
    "config-other-port": Case("other-port", "not-running"),
    "config-wrong-mode": Case("wrong-mode", "forbidden-variable"),
    "bind-loopback-only": Case("loopback-direct", "wildcard-direct", {CONTROLLER: REFUSED}, {CONTROLLER: REFUSED}),
    "bind-localhost-other-family": Case("v6-loopback", "v6-only"),
    "bind-other-address-family": Case("v6-only", "dual-stack"),
    "network-firewall-drops": Case("wildcard-direct", "loopback-direct", {CONTROLLER: DROPPED}, {CONTROLLER: DROPPED}),
    "tls-to-plaintext-port": Case("tls-plain-port", "service-healthy"),
    "tls-plaintext-to-tls-port": Case("tls-dialled-in-clear", "tls-private-ca"),
    "tls-name-rejected": Case("tls-sni-rejected", "tls-edge-reject-others"),
    "tls-client-certificate-required": Case("tls-mtls", "tls-edge-optional"),
    "tls-host-clock-wrong": Case("tls-not-yet", "tls-expired"),
    "tls-expired": Case("tls-expired", "tls-cross-signed"),
    "tls-missing-intermediate": Case("tls-missing-intermediate", "tls-private-ca-unknown"),
    "tls-self-signed": Case("tls-self-signed", "tls-trusted"),
    "tls-private-ca-untrusted": Case("tls-private-ca-unknown", "tls-missing-intermediate-own"),
    "tls-default-virtual-host": Case("tls-default-vhost", "tls-edge-two-hosts"),
    "tls-wrong-name": Case("tls-wrong-host", "tls-private-ca"),
    "tls-no-alternative-name": Case("tls-cn-only", "tls-wrong-host"),
    "proxy-redirects": Case("redirect-301", "html-200"),
    "proxy-page-fallback": Case("html-200", "not-found-404"),
    "proxy-upgrade-dropped": Case("upgrade-required-426", "healthy"),
    "proxy-upstream-down": Case("bad-gateway-502", "not-found-404"),
    "proxy-upstream-silent": Case(
        "bad-gateway-502", "bad-gateway-502", {"evidence__websocket__main__status": 504, "evidence__websocket__main__reason": "Gateway Time-out"},
    ),
    "proxy-forwarded-proto-missing": Case(
        "tls-edge", "tls-edge", {**ORIGIN_REFUSED, PROXY_HOST: "chat.example.test:48813"}, ORIGIN_REFUSED
    ),
    "proxy-cloudflare-answers": _edge(at_edge("cloudflare-521"), at_edge("cloudflare-app-403")),
    "proxy-aws-alb-answers": _edge(at_edge("alb-502"), cut("own-idle", 60.0)),
    "proxy-cloudfront-answers": _edge(at_edge("cloudfront-502"), at_edge("app-403", headers=[["Server", "AmazonS3"], ["X-Cache", "Error from cloudfront"]])),
    "proxy-envoy-answers": _edge(at_edge("envoy-403"), at_edge("envoy-app-403")),
    "proxy-traefik-answers": _edge(at_edge("traefik-502"), at_edge("traefik-502", headers=[["Server", "Caddy"]])),
    "proxy-kubernetes-ingress-answers": _edge(at_edge("ingress-404"), at_edge("ingress-503", status=502, reason="Bad Gateway")),
    "proxy-forward-proxy-answers": _edge(at_edge("squid-403"), at_edge("app-403")),
    "proxy-http2-connect-refused": _edge(over_http2(), over_http2(advertised=False, outcome="not-advertised", status=None)),
    "server-uvicorn-no-websocket-library": Case("uvicorn-no-library", "uvicorn-healthy"),
    "server-path-option": Case("ws-other-path", "ws-healthy"),
    "server-socketio-path-mismatch": Case("socketio-other-path", "socketio-healthy"),
    "server-other-path": Case("aiohttp-other-path", "not-found-404"),
    "server-websocket-not-attached": Case("ws-not-attached", "aiohttp-other-path"),
    "server-asgi-no-route": Case("uvicorn-no-route", "origin-403"),
    "server-credentials-required": Case("ws-no-credentials", "uvicorn-no-route"),
    "server-origin-rejected": Case("origin-403", "ws-no-credentials"),
    "server-invalid-101": Case("wrong-accept", "subprotocol-none"),
    "server-socketio-version-mismatch": Case("socketio-other-version", "socketio2-unconfigured"),
    "server-two-upgrade-handlers": Case("ws-two-on-one", "drop-after-101"),
    "server-graphql-subprotocol-mismatch": Case("graphql-other-subprotocol", "subprotocol-none"),
    "server-no-subprotocol-selected": Case("subprotocol-none", "subprotocol-first"),
    "server-refuses-after-open": Case("close-1011", "close-1011", _ended(4401, "unauthorized")),
    "server-handler-exception": Case("close-1011", "close-1011", {}, _ended(1012)),
    "server-drops-after-101": Case("drop-after-101", "close-1011"),
    "server-application-silent": Case("mute", "accept-mute"),
    "browser-certificate-refused": Case(
        "pages/healthy", "pages/localhost",
        {"evidence__browser__page__error": "net::ERR_CERT_DATE_INVALID"}, {"evidence__browser__page__error": "net::ERR_NAME_NOT_RESOLVED"},
    ),
    "browser-client-certificate-asked": Case("pages/not-found", "pages/not-found", CANCELED, {**CANCELED, RAW + "outcome": "http"}),
    "browser-mixed-content": Case(
        "pages/healthy", "pages/undefined",
        {"evidence__browser__sockets__0": REFUSED_IN_CLEAR, "evidence__browser__page__url": "https://chat.example.test/"},
    ),
    "browser-csp-blocks": Case("pages/policy", "pages/policy-report"),
    "browser-undefined-host": Case("pages/undefined", "pages/localhost"),
    "browser-localhost-url": Case(
        "pages/localhost", "pages/localhost", {}, {"evidence__browser__page__url": "http://localhost:8000/"}
    ),
    "browser-local-network-access": Case(
        "pages/unsafe-port", "pages/localhost", {"evidence__browser__sockets__0__error": BLOCKED}, {"evidence__browser__sockets__0__error": BLOCKED},
    ),
    "browser-origin-rejected": Case(
        "pages/origin", "pages/origin", {}, {"evidence__browser__sockets__0__raw__no_origin": {"outcome": "http", "status": 403}}
    ),
    "browser-unsafe-port": Case("pages/unsafe-port", "pages/not-found"),
    "browser-other-port-or-path": Case(
        "pages/not-found", "pages/not-found",
        {"evidence__websocket": ACCEPTED, "service__public_url": "ws://chat.example.test:8080/ws"},
        {"evidence__websocket": ACCEPTED, "service__public_url": "ws://other.example.test:8080/ws"},
    ),
    "browser-too-many-sockets": Case("pages/too-many", "pages/strict"),
    "browser-sends-before-open": Case("pages/early", "pages/exception"),
    "browser-closed-before-open": Case("pages/given-up", "pages/strict"),
    "browser-dropped-after-open": Case(
        "pages/dropped", "pages/dropped", {}, {"evidence__browser__sockets__0__code": 1000}
    ),
    "browser-invalid-frames": Case(
        "pages/dropped", "pages/dropped",
        {"evidence__browser__sockets__0__error": "Could not decode a text frame as UTF-8."}, {},
    ),
    "server-upgrade-closed": Case("reset", "reset", {"evidence__websocket__plain": {"outcome": "http", "status": 200}}),
    "server-upgrade-unanswered": Case("accept-mute", "mute"),
}  # fmt: skip


def test_every_rule_is_staged_with_real_servers() -> None:
    """As the first cause of a scenario, or beside it."""
    expected = [one.expect for one in load_all()]
    staged = {name for expect in expected for name in (expect.first, *expect.companions)}
    known = {rule.id for rule in RULES}
    assert sorted(known - staged) == []
    assert {*CASES, *TOLD} <= known


@pytest.mark.parametrize(("rule", "case"), [*CASES.items(), *TOLD.items()])
def test_the_fault_is_named_first(rule: str, case: Case) -> None:
    judged = verdict(case.named, **case.change)
    first = judged["diagnoses"][0]
    assert (first["id"], first["role"]) == (rule, "root")
    assert first["explains"]
    assert first["because"] and all(first["because"])
    assert first["next_steps"]["immediate"]
    assert first["layer"] in LAYERS
    assert first["confidence"] in ("certain", "likely", "possible")
    assert headline(judged).startswith(rule + ": ")
    text = json.dumps(first, ensure_ascii=False)
    assert "None" not in text.replace("Recv-Q None", "").replace("proxy=None", ""), text


@pytest.mark.parametrize(("rule", "case"), [*CASES.items(), *TOLD.items()])
def test_what_only_looks_like_it_is_left_alone(rule: str, case: Case) -> None:
    assert rule not in causes(case.alike, **case.alike_change)


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_servers_have_no_diagnosis(name: str) -> None:
    judged = verdict(name)
    wrong = [
        (entry["id"], entry["summary"]) for entry in judged["checks"] if entry["status"] in ("warn", "fail", "error")
    ]
    assert (judged["status"], wrong, judged["diagnoses"]) == ("pass", [], [])


@pytest.mark.parametrize("name", HEALTHY)
def test_a_reachable_healthy_server_is_green_too(name: str) -> None:
    answer = dict(load(name)[1]["websocket"]["main"], address=CONNECTED["address"])
    judged = verdict(name, evidence__port__controller=CONNECTED, evidence__websocket__controller=answer)
    assert (judged["status"], judged["diagnoses"]) == ("pass", [])


@pytest.mark.parametrize("name", NAMES)
def test_at_most_one_root_of_one_recorded_fault(name: str) -> None:
    roots = [entry["id"] for entry in verdict(name)["diagnoses"] if entry["role"] == "root"]
    assert len(roots) <= 1, roots


@pytest.mark.parametrize("name", NAMES)
def test_what_is_explained_does_fail(name: str) -> None:
    judged = verdict(name)
    failing = {entry["id"] for entry in judged["checks"] if entry["status"] in ("fail", "warn", "error")}
    for diagnosis in judged["diagnoses"]:
        assert set(diagnosis["explains"]) <= failing
        assert len(set(diagnosis["explains"])) == len(diagnosis["explains"])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (_held(dict(SILENT, ended={"how": "reset", "code": None, "reason": ""})), True),
        (_held(SILENT, dict(HELD, pong_ms=None)), False),
        (_held(dict(SILENT, pinged=False)), False),
        (_held(dict(HELD, held_s=30.0, pong_ms=None, pinged=False)), False),
    ],
)
def test_what_a_ping_after_silence_tells(changes: dict[str, t.Any], named: bool) -> None:
    assert ("network-idle-connections-dropped" in causes("wildcard-direct", **changes)) is named


@pytest.mark.parametrize(
    ("errno", "ms", "cause"),
    [
        ("EHOSTUNREACH", 3067.0, "network-no-route-to-host"),
        ("EHOSTUNREACH", 2.0, "network-firewall-prohibits"),
        ("ENETUNREACH", 0.1, "network-no-route-to-host"),
        ("EACCES", 0.1, "network-no-route-to-host"),
        ("EINVAL", 0.1, "network-no-route-to-host"),
    ],
)
def test_errors_of_connect_are_told_apart(errno: str, ms: float, cause: str) -> None:
    seen = dict(UNREACHABLE, errno=errno, ms=ms)
    assert causes("wildcard-direct", **{CONTROLLER: seen}) == [cause]


def test_what_icmp_of_ipv6_forbids_is_a_firewall() -> None:
    seen = dict(UNREACHABLE, errno="EACCES", ms=1.0, numeric="2001:db8::7")
    assert causes("dual-stack", **{CONTROLLER: seen}) == ["network-firewall-prohibits"]


def test_a_rule_of_the_host_goes_before_the_controllers_routes() -> None:
    rejected = dict(OWN_RULE, verdict="reject", how="icmpx no-route", port=8080, family="ip")
    firewall = {"decisions": [rejected], "source": "198.51.100.9", "gaps": []}
    seen = dict(UNREACHABLE, errno="ENETUNREACH", ms=1.0)
    assert causes("wildcard-direct", **{CONTROLLER: seen, "evidence__firewall": firewall}) == [
        "network-firewall-prohibits"
    ]


@pytest.mark.parametrize(
    ("line", "ahead", "confidence"),
    [
        (EARLY, -600, "certain"),
        (EARLY, 0, "likely"),
        (EARLY, 600, "likely"),
        (LATE, 600, "certain"),
        (LATE, -600, None),
    ],
)
def test_clocks_and_tokens(line: dict[str, t.Any], ahead: float, confidence: str | None) -> None:
    first = verdict("ws-no-credentials", **SENT, **line, **_clocks(ahead))["diagnoses"][0]
    assert (first["confidence"] if first["id"] == "server-token-clock-skew" else None) == confidence


def test_who_sends_no_token_is_not_refused_for_its_time() -> None:
    assert causes("ws-no-credentials", **EARLY, **_clocks(-600)) == ["server-credentials-required"]


def test_credentials_of_a_proxy_are_not_shown() -> None:
    changes = {**_variables(HTTPS_PROXY="http://user:hunter2@proxy.example.com:3128"), **REFUSED_CONNECT}
    assert "hunter2" not in json.dumps(verdict("service-healthy", **changes)["diagnoses"])


# -- several faults at once --------------------------------------------------------------------------------------------


def test_the_lower_layer_is_the_root_and_the_upper_one_comes_next() -> None:
    """A stopped process behind a stale deployment: who continues it meets the next one."""
    changes: dict[str, t.Any] = {
        "evidence__process__processes__0__cwd_deleted": True,
        "evidence__tls": load("tls-expired")[1]["tls"],
    }
    judged = verdict("stopped", **changes)
    roles = [(entry["id"], entry["role"]) for entry in judged["diagnoses"]]
    assert roles[0] == ("process-stopped", "root")
    assert {"process-runs-deleted-release", "tls-expired"} <= {name for name, _role in roles}


def test_a_warning_is_no_root_while_something_is_broken() -> None:
    changes: dict[str, t.Any] = {
        "evidence__process__processes__0__script": {"path": "/srv/chat/server.py", "modified": 2e9, "newer_by_s": 60.0}
    }
    roles = {entry["id"]: entry["role"] for entry in verdict("loopback-direct", **changes)["diagnoses"]}
    assert roles == {"bind-loopback-only": "root", "process-older-than-code": "contributing"}


def test_what_only_a_browser_sees_has_no_cause_below() -> None:
    """A risk that shows somewhere else, as a warning, is not why the page fails."""
    page = load("pages/localhost")[1]["browser"]
    judged = verdict("service-healthy", **{CONNECTIONS: STUCK, "evidence__browser": page})
    roles = [(entry["id"], entry["role"]) for entry in judged["diagnoses"]]
    assert roles == [("browser-localhost-url", "root"), ("network-half-open-connections", "contributing")]


def test_what_every_client_sees_explains_the_browser_too() -> None:
    page = load("pages/not-found")[1]["browser"]
    (first, *_others) = verdict("bad-gateway-502", evidence__browser=page)["diagnoses"]
    assert (first["id"], first["role"]) == ("proxy-upstream-down", "root")
    assert {"browser.websocket", "browser.console"} <= set(first["explains"])


def test_filters_take_checks_and_their_causes() -> None:
    service, evidence = load("wrong-accept")
    assert judge(service, evidence, skip=["websocket.*"])["status"] == "pass"
    only = judge(service, evidence, only=["websocket.handshake"])
    assert {entry["id"] for entry in only["checks"]} == {"websocket.handshake"}
    assert [entry["id"] for entry in only["diagnoses"]] == ["server-invalid-101"]


# -- what rules ask ----------------------------------------------------------------------------------------------------


def _log(**fields: t.Any) -> Facts:
    return Facts([], {"log": fields}, {"port": 8080})


def _trace(kind: str, root: str = "TypeError: x") -> dict[str, t.Any]:
    return {
        "runtime": "node",
        "kind": kind,
        "type": "TypeError",
        "root": root,
        "frame": "f (/a.js:1:2)",
        "sample": "at f\nat g",
        "source": "/var/log/a",
        "line": 7,
    }


def test_the_worst_trace_is_quoted() -> None:
    facts = _log(traces=[_trace("logged"), _trace("unhandled"), _trace("fatal", "Error: boom")])
    assert facts.fatal_trace()["kind"] == "fatal"
    assert facts.quote(facts.fatal_trace()) == "log /var/log/a:7: Error: boom"
    assert _log(traces=[_trace("logged")]).fatal_trace()["kind"] == "logged"


def test_the_trace_of_the_run_before_counts_too() -> None:
    earlier = {"seen": 1.0, "seconds_before_start": 2.0, "trace": _trace("fatal", "Error: before"), "signatures": []}
    assert _log(traces=[_trace("logged")], earlier=earlier).fatal_trace()["root"] == "Error: before"
    assert _log(traces=[], earlier=None).fatal_trace() == {}
    assert _log(earlier={"trace": None}).fatal_trace() == {}


def test_a_signature_of_this_run_or_the_one_before() -> None:
    line = {"key": "eaddrinuse", "captured": {"port": "8080"}, "source": "journal", "line": None, "sample": "in use"}
    assert _log(signatures=[line]).signature("x", "eaddrinuse") == line
    assert _log(signatures=[], earlier={"signatures": [line]}).signature("eaddrinuse") == line
    assert _log(signatures=None, earlier=None).signature("eaddrinuse") == {}
    assert _log().quote(line) == "log journal: in use"


def test_an_address_in_use_elsewhere_is_another_story() -> None:
    service, evidence = load("address-in-use")
    (line,) = [entry for entry in evidence["log"]["signatures"] if entry["key"] == "eaddrinuse"]
    named = {}
    for ports in (["8080"], ["9229"], ["9229", "8080"], [None]):
        evidence["log"]["signatures"] = [dict(line, captured={"port": port} if port else {}) for port in ports]
        named[str(ports)] = judge(service, evidence)["diagnoses"][0]["id"] == "process-port-in-use"
    assert named == {"['8080']": True, "['9229']": False, "['9229', '8080']": True, "[None]": True}


def test_the_missing_module_is_named() -> None:
    (first,) = verdict("missing-module")["diagnoses"]
    assert (first["id"], first["confidence"]) == ("process-missing-module", "certain")
    assert "express_of_python" in first["next_steps"]["immediate"][0]


def test_a_rule_that_breaks_costs_nobody_else_a_diagnosis(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_facts: Facts) -> Found | None:
        raise OverflowError("cannot convert float infinity to integer")

    rules = (dataclasses.replace(RULES[0], id="x", needs=(), against=(), find=broken), *RULES)
    monkeypatch.setattr("ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.engine.RULES", rules)
    assert causes("wrong-accept") == ["server-invalid-101"]


def test_a_rule_that_says_less_is_dropped() -> None:
    assert {name for rule in RULES for name in rule.supersedes} <= {rule.id for rule in RULES}
    assert causes("uvicorn-no-library") == ["server-uvicorn-no-websocket-library"]


def test_no_results_no_diagnosis() -> None:
    assert diagnose([], {}, {}) == []
    result = CheckResult("port.listening", "4", "t", "fail", "critical", "s")
    assert diagnose([result], {}, {"port": 1}) == []


@pytest.mark.parametrize(
    ("used", "waited", "named"), [(99.0, 0.0, True), (4.0, 95.0, True), (1.0, 98.0, False), (40.0, 20.0, False)]
)
def test_a_loop_that_computes_on_a_crowded_machine(used: float, waited: float, named: bool) -> None:
    """It gets a share of the processor and waits for the rest."""
    place = "evidence__process__processes__0__cpu_"
    found = causes("spinning", **{place + "percent": used, place + "wait_percent": waited})
    assert ("process-event-loop-blocked" in found) is named
