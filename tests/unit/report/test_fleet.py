# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only the fleet as a whole tells: who differs, what fails for some behind one URL, and what no cause explains."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._fleet_traits import traits_of
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.drift import find_drift
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.issues import find_issues
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.normalise import host_row
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.partly_failing import find_partly_failing
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.unexplained import unexplained

from tests.unit.recorded.load import load

Row = dict[str, t.Any]
URL = "wss://chat.example.com/ws"


def host(name: str, traits: Row | None = None, checks: t.Sequence[Row] = (), diagnoses: t.Sequence[Row] = ()) -> Row:
    service = {"name": "chat", "checks": list(checks), "diagnoses": list(diagnoses)}
    return host_row({"host": name, "facts": {"services": {"chat": traits or {}}}, "services": [service]})


def check(check_id: str, status: str, vantage: str = "host", **more: t.Any) -> Row:
    return {
        "id": check_id,
        "status": status,
        "vantage": vantage,
        "severity": "high",
        "summary": f"{check_id} is {status}",
        **more,
    }


def drift(trait: str, *values: t.Any) -> list[tuple[str, str]]:
    rows = find_drift([host(f"web{number}", {trait: value}) for number, value in enumerate(values)])
    return [(row["host"], row["value"]) for row in rows]


@pytest.mark.parametrize(
    ("trait", "values", "expected"),
    [
        ("environment.NODE_ENV", ["production"] * 3 + ["development"], [("web3", "development")]),
        ("environment.NODE_ENV", ["production"] * 4, []),
        # Two have no usual value, and neither has a fleet that is divided.
        ("executable", ["/usr/bin/node", "/opt/node"], []),
        ("executable", ["a", "a", "b", "b"], []),
        # Every host has a certificate of its own.
        ("certificate", ["a", "b", "c", "d"], []),
        ("configuration", ["a", "a", "a", "b"], [("web3", "b")]),
        ("port", [8080, 8080, 8080, 9090], []),
        ("latency_ms", [1.0, 2.0, 3.0, 400.0], [("web3", "400 ms")]),
        ("latency_ms", [1.0, 2.0, 3.0, 40.0], []),
        ("started", [1e9, 1e9 + 60, 1e9 + 90, 1e9 - 864000], [("web3", "2001-08-30 01:46Z")]),
        ("started", [1e9, 2e9, 3e9, 4e9], []),
    ],
)
def test_a_host_that_differs_from_most_of_its_peers_is_named(
    trait: str, values: list[t.Any], expected: list[tuple[str, str]]
) -> None:
    assert drift(trait, *values) == expected


def test_services_of_other_names_are_no_peers() -> None:
    hosts = [host(f"web{number}", {"executable": "a"}) for number in range(3)]
    other = host_row({"host": "db", "facts": {"services": {"feed": {"executable": "b"}}}, "services": []})
    assert find_drift([*hosts, other]) == []


def test_some_hosts_behind_one_url_fail() -> None:
    bad = [check("websocket.handshake", "fail")]
    public = [check("websocket.handshake", "pass", "public")]
    cause = [{"id": "process-stopped", "role": "root", "explains": ["websocket.handshake"]}]
    hosts = [host(f"web{number}", {"public_url": URL}, public) for number in range(37)]
    hosts += [host(f"web{number}", {"public_url": URL}, public + bad, cause) for number in range(37, 40)]
    (row,) = find_partly_failing(hosts)
    assert row["text"].startswith(f"3 of 40 hosts behind {URL} fail (process-stopped)")
    assert (row["failing"], row["public"]) == (["web37", "web38", "web39"], "pass")


@pytest.mark.parametrize("failing", [0, 3])
def test_hosts_that_all_fail_or_all_pass_are_not_partly_failing(failing: int) -> None:
    hosts = [
        host(f"web{n}", {"public_url": URL}, [check("websocket.handshake", "fail" if n < failing else "pass")])
        for n in range(3)
    ]
    assert find_partly_failing(hosts) == []


def test_what_fails_at_the_url_alone_is_no_hosts_fault() -> None:
    outside = [check("websocket.handshake", "fail", "public")]
    assert find_partly_failing([host("web1", {"public_url": URL}, outside), host("web2", {"public_url": URL})]) == []


def test_an_unknown_failure_begins_at_the_innermost_hop() -> None:
    checks = [
        check("websocket.handshake", "fail", "public"),
        check("proxy.handshake", "fail", "proxy", evidence=[{"source": "front", "text": "HTTP/1.1 418"}]),
        check(
            "websocket.handshake", "fail", evidence=[{"source": "127.0.0.1:8080/", "text": "HTTP/1.1 418 I'm a teapot"}]
        ),
        check("process.running", "pass"),
    ]
    row = host("web1", {"port": 8080, "unit": "chat.service", "public_url": URL}, checks)
    found = unexplained(row["services"][0], row["facts"]["services"]["chat"])
    assert found is not None
    assert (found["hop"], found["layer"], len(found["evidence"])) == ("server", "server", 3)
    assert "HTTP/1.1 418 I'm a teapot" in [entry["text"] for entry in found["evidence"]]
    assert any("http://127.0.0.1:8080/" in command for command in found["commands"])
    assert "journalctl -u chat.service -n 100 --no-pager" in found["commands"]
    issue = next(entry for entry in find_issues([row]) if entry["id"] == "websocket.handshake")
    assert issue["unexplained"] and "the first hop that fails is the server" in issue["because"][0]
    assert any("tcpdump" in step["text"] for step in issue["next_steps"]["testing"])


def test_what_a_diagnosis_explains_is_not_unknown() -> None:
    diagnosis = {"id": "process-stopped", "role": "root", "explains": ["websocket.handshake"]}
    row = host("web1", {}, [check("websocket.handshake", "fail")], [diagnosis])
    assert unexplained(row["services"][0], {}) is None


@pytest.mark.parametrize("name", ["service-healthy", "tls-edge", "healthy"])
def test_traits_of_recorded_evidence(name: str) -> None:
    service, evidence = load(name)
    found = traits_of(evidence, service)
    assert found["executable"].startswith("/") and found["latency_ms"] > 0 and found["started"] > 1e9
    assert all(isinstance(value, (str, int, float)) for value in found.values())
    if name == "tls-edge":
        assert found["configuration"] and ", until 20" in found["certificate"]
    if name == "service-healthy":
        assert found["environment.NODE_ENV"] == "production"
        assert "environment.PATH" not in found  # withheld


@pytest.mark.parametrize("odd", [None, 7, "x", [], [None], {"processes": [None], "sessions": ["x"], "variables": [1]}])
def test_odd_facts_make_no_report_fail(odd: t.Any) -> None:
    rows = [host_row({"host": f"web{n}", "facts": {"services": odd}, "services": [{"name": "chat"}]}) for n in range(3)]
    assert find_drift(rows) == [] and find_partly_failing(rows) == []


def test_no_secret_of_the_public_url_is_a_trait() -> None:
    service, evidence = load("healthy")
    url = "wss://checker:hunter2@chat.example.com/ws?token=open-sesame"
    found = traits_of(evidence, {**service, "public_url": url})
    assert found["public_url"].endswith("chat.example.com/ws")
    assert "hunter2" not in str(found) and "open-sesame" not in str(found)
