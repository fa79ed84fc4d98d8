# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on recorded visits of real pages, and on what differs from them by a field."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.browser import Browser, PageSocket
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import dialled
from ansible_collections.websocket.health.plugins.plugin_utils._checks.browser import DEFINITIONS, check
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.browser import (
    is_local,
    is_no_host,
    outcome,
    own_sockets,
)

from tests.unit.builders.browser import socket, with_browser, with_page, with_socket
from tests.unit.recorded.load import AS_RECORDED, PAGES, Changes, load

IDS = [definition.id for definition in DEFINITIONS]
#: Of each recorded page what is not pass or skip.
WRONG: dict[str, dict[str, str]] = {
    "healthy": {},
    "strict": {},
    "given-up": {"browser.websocket": "warn", "browser.data": "unknown"},
    "policy": {
        "browser.websocket": "fail",
        "browser.data": "unknown",
        "browser.console": "fail",
        "browser.csp": "fail",
    },
    "policy-report": {"browser.csp": "warn"},
    "localhost": {"browser.websocket": "fail", "browser.data": "unknown", "browser.console": "fail"},
    "undefined": {"browser.websocket": "fail", "browser.data": "unknown", "browser.console": "fail"},
    "unsafe-port": {"browser.websocket": "fail", "browser.data": "unknown", "browser.console": "fail"},
    "not-found": {"browser.websocket": "fail", "browser.data": "unknown", "browser.console": "fail"},
    "origin": {"browser.websocket": "fail", "browser.data": "unknown", "browser.console": "fail"},
    "dropped": {"browser.data": "fail"},
    "mute": {"browser.data": "warn"},
    "unanswered": {"browser.websocket": "fail", "browser.data": "unknown"},
    "early": {"browser.console": "fail"},
    "too-many": {"browser.websocket": "warn", "browser.console": "fail"},
    "exception": {"browser.console": "warn"},
    "nothing": {"browser.websocket": "unknown"},
}


def verdicts(name: str, changes: Changes = AS_RECORDED) -> dict[str, tuple[str, str]]:
    """Status and summary by check id; of several the first."""
    service, evidence = load(f"pages/{name}", changes)
    found: dict[str, tuple[str, str]] = {}
    for result in check(evidence["browser"], service):
        found.setdefault(result.id, (result.status, result.summary))
    return found


def test_every_recorded_page_has_its_verdict() -> None:
    assert {f"pages/{name}" for name in WRONG} == set(PAGES)


@pytest.mark.parametrize("name", WRONG)
def test_a_recorded_page_has_these_statuses(name: str) -> None:
    found = verdicts(name)
    assert list(dict.fromkeys(IDS)) and set(found) == set(IDS)
    assert {key: status for key, (status, _words) in found.items() if status not in ("pass", "skip")} == WRONG[name]


@pytest.mark.parametrize("name", WRONG)
def test_every_result_has_a_summary_and_a_failure_has_evidence(name: str) -> None:
    service, evidence = load(f"pages/{name}")
    for result in check(evidence["browser"], service):
        assert result.vantage == "browser" and result.summary and "None" not in result.summary
        assert not (result.status == "fail" and not result.evidence)
        assert all(line["source"] and line["text"] for line in result.evidence)


def test_what_chromium_says_is_quoted() -> None:
    assert (
        "Unexpected response code: 404; repeated outside the browser: 404"
        in verdicts("not-found")["browser.websocket"][1]
    )
    assert "net::ERR_UNSAFE_PORT" in verdicts("unsafe-port")["browser.websocket"][1]
    assert verdicts("strict")["browser.websocket"][1].endswith("the page abandoned 1 before an answer came")


@pytest.mark.parametrize(
    ("changes", "check_id", "status"),
    [
        (with_page(error="net::ERR_CONNECTION_REFUSED"), "browser.page", "fail"),
        (with_page(error="net::ERR_CERT_DATE_INVALID"), "browser.certificate", "fail"),
        (with_page(status=502), "browser.page", "fail"),
        (with_page(url=None), "browser.page", "fail"),
        (
            with_browser(failed=[{"url": "http://a/app.js", "kind": "Script", "status": 404, "error": None}]),
            "browser.page",
            "warn",
        ),
        (with_socket(code=1000), "browser.data", "pass"),
        (with_socket(code=1001), "browser.data", "pass"),
        (with_socket(code=1011), "browser.data", "fail"),
        (with_socket(code=4401, reason="unauthorized"), "browser.data", "fail"),
        (with_socket(error="Invalid frame header"), "browser.data", "fail"),
        (with_socket(url="wss://chat.example.test/ws"), "browser.certificate", "pass"),
        (with_page(url="https://chat.example.test/"), "browser.mixed_content", "pass"),
        # Over HTTP/2 an accepted handshake is answered with 200.
        (with_socket(status=200), "browser.websocket", "pass"),
        (with_socket(url="ws://other.example.com/"), "browser.websocket", "unknown"),
    ],
)
def test_one_field_of_a_healthy_page_decides_the_status(changes: Changes, check_id: str, status: str) -> None:
    assert verdicts("healthy", changes)[check_id][0] == status


def test_an_unanswered_handshake_is_unknown_when_the_visit_was_short() -> None:
    late = verdicts("unanswered", with_page(watched_ms=900.0))
    assert late["browser.websocket"][0] == "unknown"


def test_a_page_that_does_not_load_hides_the_rest() -> None:
    found = verdicts("healthy", with_page(error="net::ERR_CONNECTION_REFUSED"))
    assert found["browser.websocket"][0] == found["browser.csp"][0] == "unknown"


@pytest.mark.parametrize(
    ("urls", "own"),
    [
        (["wss://api.example.com/ws", "wss://push.example.net/"], ["wss://api.example.com/ws"]),
        (["wss://chat.example.com:8443/x"], ["wss://chat.example.com:8443/x"]),
        (["wss://elsewhere.example.net/live"], ["wss://elsewhere.example.net/live"]),
        (["ws://localhost:8080/agent", "wss://api.example.com/ws"], ["ws://localhost:8080/agent", "wss://api.example.com/ws"]),
        (["ws://localhost:9/agent", "wss://api.example.com/ws"], ["wss://api.example.com/ws"]),
        # A helper on the visitor's machine; a page behind a login opens nothing else.
        (["ws://localhost:9/agent"], []),
        (["ws://localhost:9/live"], ["ws://localhost:9/live"]),
        (["ws://localhost:8080/agent"], ["ws://localhost:8080/agent"]),
        (["wss://undefined/agent"], ["wss://undefined/agent"]),
        (["wss://push.example.net/"], []),
    ],
)  # fmt: skip
def test_sockets_of_the_service_are_told_from_others(urls: list[str], own: list[str]) -> None:
    service = {"port": 8080, "public_url": "wss://api.example.com/live"}
    evidence: Browser = {"page": {"url": "https://chat.example.com/"}, "sockets": [socket(url=url) for url in urls]}
    assert [entry["url"] for entry in own_sockets(evidence, service)] == own


@pytest.mark.parametrize(
    ("fields", "became"),
    [
        ({}, "open"),
        ({"status": None}, "pending"),
        ({"status": None, "error": "x"}, "failed"),
        ({"status": None, "closed_ms": 3.0}, "failed"),
        ({"status": None, "created": False}, "blocked"),
        ({"status": None, "thrown": "SyntaxError: x"}, "thrown"),
        ({"status": None, "error": "WebSocket is closed before the connection is established."}, "given-up"),
    ],
)
def test_what_became_of_a_socket(fields: PageSocket, became: str) -> None:
    assert outcome(socket(**fields)) == became


def test_local_and_undefined_host_names_are_recognised() -> None:
    assert all(map(is_local, ("localhost", "a.localhost", "127.0.0.1", "127.1.2.3", "::1", "0.0.0.0")))
    assert not any(map(is_local, ("example.com", "10.0.0.1", "localhost.example.com", "")))
    assert all(map(is_no_host, ("", "undefined", "null", "${host}", "%host%", "{{host}}")))
    assert not is_no_host("example.com")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("wss://[::1]:8443/ws?x=1", ("wss", "::1", 8443, "/ws")),
        ("http://Example.com", ("ws", "example.com", 80, "/")),
        ("ws://host:undefined/", ("ws", "host", None, "/")),
        ("ws://[broken", ("", "", None, "")),
        (None, ("", "", None, "/")),
    ],
)
def test_urls_of_other_people_do_not_raise(url: t.Any, expected: tuple[t.Any, ...]) -> None:
    assert tuple(dialled(url)) == expected
