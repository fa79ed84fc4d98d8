# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a front end, depending on where the service is and where the page."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.frontend import FrontEnd, FrontEndSeen
from ansible_collections.websocket.health.plugins.module_utils._frontend.collect import Collection
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._run.redact import Redactor
from ansible_collections.websocket.health.plugins.plugin_utils._checks.frontend import DEFINITIONS, check
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.frontend import host_kind
from ansible_collections.websocket.health.plugins.plugin_utils._model import CheckResult

from tests.unit.builders.common import gap

URL = "https://chat.acme.com/"
PUBLIC = "wss://chat.acme.com/ws"
SCHEME = '(location.protocol==="https:"?"wss://":"ws://")'
RIGHT = f'new WebSocket({SCHEME}+location.host+"/ws");'


def seen(code: str, **more: t.Unpack[FrontEndSeen]) -> FrontEndSeen:
    """A front end of one script."""
    collection = Collection("/srv/front", lambda *_names: None, Deadline(5.0), Redactor())
    collection.add_script("app.js", code.encode())
    return {**collection.evidence(), "scripts": [], **more}


def _service(**more: t.Any) -> dict[str, t.Any]:
    return {"name": "chat", "port": 8080, "public_url": PUBLIC, "frontend": {"root": "/srv/front", "url": URL}, **more}


def _check(
    code: str, service: dict[str, t.Any] | None = None, **page: t.Unpack[FrontEndSeen]
) -> dict[tuple[str, str], CheckResult]:
    served: FrontEndSeen = {"url": URL, "status": 200, **page}
    evidence: FrontEnd = {
        "subject": "frontend",
        "gaps": [],
        "error": None,
        "root": seen(code),
        "page": seen(code, **served),
    }
    results = check(evidence, service or _service())
    return {(result.id, result.vantage): result for result in results}


@pytest.mark.parametrize(
    ("code", "what", "status"),
    [
        (RIGHT, "url", "pass"),
        (RIGHT, "hardcoded", "pass"),
        (RIGHT, "scheme", "pass"),
        ('new WebSocket("wss://chat.acme.com/ws")', "url", "pass"),
        ('new WebSocket("wss://chat.acme.com/ws?room=1")', "url", "pass"),
        ('new WebSocket(`wss://chat.acme.com/ws/${room}`)', "url", "pass"),
        ('new WebSocket("wss://chat.acme.com:8443/ws")', "url", "fail"),
        ('new WebSocket("wss://chat.acme.com/socket")', "url", "fail"),
        ('new WebSocket("wss://"+location.hostname+":8080/ws")', "url", "pass"),
        ('new WebSocket("wss://"+location.hostname+":8081/ws")', "url", "fail"),
        ('new WebSocket("wss://stream.other.com:9443/feed")', "url", "unknown"),
        ('new WebSocket("wss://stream.other.com:9443/feed");' + RIGHT, "url", "pass"),
        ('new WebSocket("wss://chat.acme.com/other");' + RIGHT, "url", "pass"),
        ('const c={wsUrl:"wss://chat.acme.com/other"};f(c.wsUrl)', "url", "warn"),
        ('io("https://chat.acme.com")', "url", "pass"),
        ('new WebSocket("ws://localhost:3000")', "hardcoded", "fail"),
        ('new WebSocket("ws://localhost:3000");' + RIGHT, "hardcoded", "warn"),
        ('const c={wsUrl:"ws://localhost:3000"};f(c.wsUrl)', "hardcoded", "warn"),
        ('new WebSocket("ws://10.1.2.3/ws")', "hardcoded", "fail"),
        ('new WebSocket("wss://backend:3000/ws")', "hardcoded", "fail"),
        ('new WebSocket("wss://a1b2.ngrok-free.app/ws")', "hardcoded", "fail"),
        ('new WebSocket("wss://stream.other.com/feed")', "hardcoded", "pass"),
        ('new WebSocket("wss://example.com/feed")', "hardcoded", "pass"),
        ('new WebSocket("ws://undefined/ws")', "host", "fail"),
        ('new WebSocket("wss://%WS_HOST%/ws")', "host", "fail"),
        ('new WebSocket("wss://__WS_HOST__/ws")', "host", "fail"),
        ('new WebSocket("ws://"+location.hostname+":undefined/")', "host", "fail"),
        ('new WebSocket("wss://chat.acme.com/undefined")', "host", "pass"),
        ('new WebSocket("ws://"+location.host+"/ws")', "scheme", "fail"),
        ('new WebSocket("ws://other.acme.com/ws")', "scheme", "fail"),
        ('new WebSocket("ws://localhost:3000")', "scheme", "pass"),
        ('new WebSocket("ws://127.0.0.1:3000")', "scheme", "pass"),
        ('new WebSocket("ws://"+host+"/ws")', "scheme", "warn"),
        ('new WebSocket("wss://chat.acme.com:6000/")', "port", "fail"),
        ('new WebSocket("wss://chat.acme.com:10080/")', "port", "fail"),
        ('new WebSocket("wss://chat.acme.com:8080/")', "port", "pass"),
        ("navigator.serviceWorker.register('/sw.js')", "dev_client", "pass"),
        ('"[vite] vite-hmr";new WebSocket(u)', "dev_client", "fail"),
    ],
)  # fmt: skip
def test_a_front_end_at_its_public_url(code: str, what: str, status: str) -> None:
    results = _check(code)
    assert [results[f"frontend.{what}", vantage].status for vantage in ("host", "public")] == [status, status]


def test_every_check_has_one_result_for_each_vantage() -> None:
    ids = [definition.id for definition in DEFINITIONS]
    results = list(_check(RIGHT))
    assert sorted(results) == sorted((name, vantage) for name in ids for vantage in ("host", "public"))
    for options in ({"url": URL}, {"root": "/srv"}, {}, None):
        found = check({"gaps": []}, {"name": "chat", "port": 1, "frontend": options})
        assert sorted(result.id for result in found) == sorted(ids)
        assert {result.status for result in found} == {"unknown" if options else "skip"}


@pytest.mark.parametrize(
    ("url", "public", "code", "what", "status"),
    [
        ("http://localhost:5173/", None, 'new WebSocket("ws://localhost:8080")', "hardcoded", "pass"),
        ("http://localhost:5173/", None, 'new WebSocket("ws://localhost:8081")', "url", "fail"),
        ("http://10.0.0.7/", None, 'new WebSocket("ws://10.0.0.9:8080/ws")', "hardcoded", "pass"),
        ("http://10.0.0.7/", None, 'new WebSocket("ws://10.0.0.7:8080/ws")', "url", "pass"),
        ("http://10.0.0.7/", None, 'new WebSocket("ws://localhost:8080/ws")', "hardcoded", "fail"),
        ("http://chat.acme.com/", None, 'new WebSocket("ws://"+location.host+"/ws")', "scheme", "skip"),
        (None, None, 'new WebSocket("ws://localhost:8080/ws")', "hardcoded", "fail"),
        (None, None, 'new WebSocket("ws://"+location.hostname+":1234/ws")', "url", "pass"),
        (None, PUBLIC, 'new WebSocket("ws://"+location.host+"/ws")', "scheme", "fail"),
        (None, PUBLIC, 'new WebSocket("wss://"+location.hostname+":1234/ws")', "url", "fail"),
    ],
)
def test_the_status_depends_on_the_addresses_of_page_and_service(
    url: str | None, public: str | None, code: str, what: str, status: str
) -> None:
    service = _service(public_url=public, frontend={"root": "/srv/front", "url": url})
    evidence: FrontEnd = {"gaps": [], "root": seen(code)}
    results = {result.id: result.status for result in check(evidence, service) if result.vantage == "host"}
    assert results[f"frontend.{what}"] == status


def test_a_port_that_clients_may_not_reach() -> None:
    code = 'new WebSocket("wss://"+location.hostname+":8080/ws")'
    assert _check(code, _service(exposure="proxied"))["frontend.url", "host"].status == "fail"
    assert (
        _check('new WebSocket("ws://localhost:1")', _service(exposure="local"))["frontend.hardcoded", "host"].status
        == "pass"
    )


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        ("connect-src 'self'", "pass"),
        ("connect-src https:", "fail"),
        ("connect-src wss://chat.acme.com", "pass"),
        ("img-src *", "pass"),
    ],
)
def test_a_policy_that_forbids_the_public_url_fails(policy: str, status: str) -> None:
    results = _check(RIGHT, policies=[{"from": "header", "policy": policy}])
    assert results["frontend.csp", "public"].status == status
    if status == "fail":
        (remedy,) = results["frontend.csp", "public"].remediation
        assert remedy == "add wss://chat.acme.com to connect-src of the page's Content-Security-Policy"


def test_a_new_directive_takes_the_place_of_the_default() -> None:
    (remedy,) = _check(RIGHT, policies=[{"from": "header", "policy": "default-src https: data: 'unsafe-inline'"}])[
        "frontend.csp", "public"
    ].remediation
    assert "add connect-src https: data: wss://chat.acme.com to" in remedy
    (alone,) = _check(RIGHT, policies=[{"from": "header", "policy": "default-src 'none'"}])[
        "frontend.csp", "public"
    ].remediation
    assert "add connect-src wss://chat.acme.com to" in alone


@pytest.mark.parametrize(
    ("url", "check_id", "status"),
    [
        ("ws://localhost:18999/ws", "url", "fail"),
        ("ws://localhost:8080/ws", "url", "pass"),
        ("ws://127.0.0.1:18999/ws", "url", "fail"),
        ("ws://localhost:18999/ws", "hardcoded", "pass"),
    ],
)
def test_a_page_on_loopback_means_its_own_machine(url: str, check_id: str, status: str) -> None:
    service = {
        "name": "chat",
        "port": 8080,
        "websocket": {"path": "/ws"},
        "frontend": {"url": "http://127.0.0.1:18081/"},
    }
    page = seen(f'new WebSocket("{url}")', url="http://127.0.0.1:18081/", status=200)
    results = {result.id: result for result in check({"gaps": [], "page": page}, service)}
    assert results[f"frontend.{check_id}"].status == status, results[f"frontend.{check_id}"].summary


@pytest.mark.parametrize(
    ("page", "statuses"),
    [
        ({"unknown": "no answer in time"}, {"unknown"}),
        ({"unknown": "[Errno 111] Connection refused", "refused": True}, {"unknown", "fail"}),
        ({"unknown": "the page answers 401", "status": 401}, {"unknown"}),
        ({"unknown": "the page answers 502", "status": 502}, {"unknown", "fail"}),
    ],
)
def test_a_page_that_was_not_seen(page: FrontEndSeen, statuses: set[str]) -> None:
    results = check({"gaps": [], "page": page}, _service(frontend={"url": URL}))
    assert {result.status for result in results} == statuses


def test_what_was_not_read_does_not_pass() -> None:
    rest = gap("rest", "not all of the root was read: more than 10 files", "x")
    gone = gap("root", "/srv/front: ENOENT (No such file or directory)", "y")
    service = _service(frontend={"root": "/srv/front"})
    partly = {result.id: result for result in check({"gaps": [rest], "root": seen(RIGHT)}, service)}
    assert partly["frontend.hardcoded"].status == "unknown"
    nothing = check({"gaps": [gone], "root": None}, service)
    assert {result.status for result in nothing} == {"unknown"} and nothing[0].remediation == ["y"]
    absent = check({"gaps": [{**gone, "kind": "absent"}], "root": None}, service)
    # Told once, and as a warning: nobody looks for a slip of the pen among what was not observed.
    assert [result.id for result in absent if result.status == "warn"] == ["frontend.found"]
    assert {result.status for result in absent[1:]} == {"skip"}


SCRIPT = {"src": "/app.js", "sha256": "a"}


@pytest.mark.parametrize(
    ("deployed", "served", "code", "status"),
    [
        (SCRIPT, SCRIPT, RIGHT, "pass"),
        (SCRIPT, {**SCRIPT, "sha256": "b"}, RIGHT, "warn"),
        (SCRIPT, {**SCRIPT, "sha256": "b"}, RIGHT.replace("/ws", "/old"), "fail"),
        (SCRIPT, {"src": "/app.old.js", "sha256": "b"}, RIGHT.replace("/ws", "/old"), "fail"),
        (SCRIPT, {"src": "/app.js", "sha256": None}, RIGHT, "pass"),
    ],
)
def test_what_is_served_is_what_is_deployed(deployed: t.Any, served: t.Any, code: str, status: str) -> None:
    root, page = seen(RIGHT, scripts=[deployed]), seen(code, scripts=[served], url=URL, status=200)
    results = check({"gaps": [], "root": root, "page": page}, _service())
    found = {result.vantage: result.status for result in results if result.id == "frontend.served"}
    assert found == {"host": "skip", "public": status}


def test_code_without_a_websocket_is_a_warning() -> None:
    results = _check("let a=1")
    assert results["frontend.found", "host"].status == "warn"
    assert results["frontend.found", "public"].status == "unknown"
    assert _check(RIGHT, missing=["/a.js"])["frontend.found", "public"].status == "warn"


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("localhost", "loopback"),
        ("app.localhost", "loopback"),
        ("127.1.2.3", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "loopback"),
        ("192.168.1.1", "private"),
        ("169.254.1.1", "private"),
        ("host.docker.internal", "development"),
        ("mac.local", "development"),
        ("backend", "internal"),
        ("undefined", "lost"),
        ("api.undefined", "lost"),
        ("null", "lost"),
        ("", "lost"),
        ("${host}", "lost"),
        ("nullable.io", "public"),
        ("undefined-behaviour.io", "public"),
        ("example.org", "example"),
        ("your-domain.com", "example"),
        ("8.8.8.8", "public"),
    ],
)
def test_kinds_of_hosts(host: str, kind: str) -> None:
    assert host_kind(host) == kind
