# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rule on recorded evidence: it names its fault, and leaves what only looks like it alone."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.browser import Browser, PageSocket
from ansible_collections.websocket.health.plugins.module_utils._evidence.frontend import Policy
from ansible_collections.websocket.health.plugins.module_utils._evidence.port import Reached
from ansible_collections.websocket.health.plugins.module_utils._evidence.tls import Tls
from ansible_collections.websocket.health.plugins.module_utils._evidence.websocket import Controller, Hold, Lookup
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.engine import RULES, diagnose
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.facts import Facts
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.rule import LAYERS, Found
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import headline, judge
from ansible_collections.websocket.health.plugins.plugin_utils._model import CheckResult

from tests.scenarios.scenario import load_all
from tests.unit.builders.browser import with_asked_again, with_browser, with_page, with_socket
from tests.unit.builders.common import with_evidence
from tests.unit.builders.controller import (
    ADDRESS,
    from_controller,
    handshake,
    large,
    own_rules,
    reached,
    with_clocks,
)
from tests.unit.builders.environment import with_variables
from tests.unit.builders.firewall import decision
from tests.unit.builders.log import signature, with_signatures
from tests.unit.builders.port import with_two_stuck
from tests.unit.builders.process import with_main_process, with_process, with_unit
from tests.unit.builders.proxy import with_handshake_through_proxy, with_setting
from tests.unit.builders.public_url import at_edge, at_public_url, cut, over_http2
from tests.unit.builders.service import with_service, with_websocket_options
from tests.unit.builders.websocket import end, hold, with_conversation, with_handshake, with_hold, with_websocket
from tests.unit.checks.test_frontend import RIGHT, seen
from tests.unit.recorded.load import AS_RECORDED, HEALTHY, NAMES, Changes, causes, load, verdict


class Case(t.NamedTuple):
    """The recorded evidence that a rule names, and a look-alike that it must leave alone; each with changes."""

    named: str
    alike: str
    change: Changes = AS_RECORDED
    alike_change: Changes = AS_RECORDED


#: What the controller's connection to the port came to.
DROPPED = reached(outcome="connect-timeout", errno="ETIMEDOUT", ms=5000.0)
REFUSED = reached(outcome="connect-refused", errno="ECONNREFUSED")
UNREACHABLE = reached(outcome="connect-error", errno="EHOSTUNREACH", ms=3067.0)
DROPPED_BY_ITSELF: Reached = {**DROPPED, "own_rules": own_rules(verdict="drop")}
DROPPED_ON_THE_WAY: Reached = {**DROPPED, "own_rules": own_rules(verdict="accept")}

STUCK = with_two_stuck(established=12)
#: What a busy server always has.
FEW_STUCK = with_two_stuck(established=1200)
OUT_OF_MEMORY = with_unit(active="failed", sub="failed", result="oom-kill", exit_status=9, restarts=3)
EXITED = with_unit(active="failed", sub="failed", result="exit-code", exit_status=1, restarts=3)
#: A connection that was idle: the ping afterwards is not answered, and another handshake is.
SILENT = hold(pong_ms=None, again="open")
REFUSED_THROUGH_PROXY = with_handshake_through_proxy(outcome="http", status=403, reason="Forbidden")
NO_SUCH_NAME: Lookup = {"name": "chat.example.com", "error": "EAI_NONAME"}


def _closed(code: int, reason: str = "") -> Changes:
    """Changes: the server ended the conversation by a close frame."""
    return with_conversation(ended=end("close", code, reason))


def _from_outside(**seen: t.Unpack[Controller]) -> Changes:
    """Changes: the controller got a connection to the port, and this of the WebSocket; its handshake was accepted."""
    return from_controller(port=reached(), websocket=handshake(**seen))


def _unanswered_large(again: str) -> Changes:
    """Changes: the controller's handshake with a large request timed out; what it came to once more as it was."""
    return _from_outside(large=large(outcome="timeout", status=None, ms=3001.0, again=again))


def _held(there: Hold, here: Hold | None = None) -> Changes:
    """Changes: connections of the controller and on the host that were to be idle for 60 s."""
    return with_websocket_options(hold=60) + with_hold(**(here or hold())) + _from_outside(hold=there)


def _name_unresolved(host: Lookup) -> Changes:
    """Changes: the controller cannot resolve the public name, and what the host's resolver says of it."""
    return at_public_url(
        url="wss://chat.example.com/",
        unknown="the controller cannot resolve it",
        lookup=NO_SUCH_NAME,
        host_lookup=host,
    )


def _host_ahead(seconds: float) -> Changes:
    """Changes: the host's clock against the controller's."""
    return with_clocks(host=1795402310.0 + seconds, controller=1795402310.5)


TOKEN_SENT = with_websocket_options(headers={"Authorization": "Bearer x"})
EARLY = with_signatures(signature("token-not-yet-valid", "NotBeforeError: jwt not active"))
LATE = with_signatures(signature("token-expired", "TokenExpiredError: jwt expired"))
REFUSED_CONNECT = with_signatures(
    signature("proxy-of-environment", "InvalidProxyStatus: proxy rejected connection: HTTP 403", status="403")
)


def _edge(named: Changes, alike: Changes) -> Case:
    """Behind it everything is right."""
    return Case("wildcard-direct", "wildcard-direct", named, alike)


def _front(named: str, alike: str, policies: t.Sequence[Policy] = ()) -> Case:
    """The code of a page that a rule names, with the page's policies, and code that it leaves alone."""

    def changes(code: str, policies: t.Sequence[Policy]) -> Changes:
        url = "https://chat.acme.com/"
        found = seen(code, url=url, status=200, policies=list(policies))
        front = with_evidence(frontend={"gaps": [], "error": None, "root": None, "page": found})
        return front + with_service(frontend={"url": url}) + with_websocket_options(path="/ws")

    return Case("service-healthy", "service-healthy", changes(named, policies), changes(alike, ()))


#: A page's WebSocket in clear, which Chromium does not begin.
REFUSED_IN_CLEAR: PageSocket = {
    "url": "ws://chat.example.test/ws", "from": "page", "at_ms": 1.0, "created": False, "witnessed": True,
    "thrown": "SecurityError: Failed to construct 'WebSocket': An insecure WebSocket connection may not be initiated "
    "from a page loaded over HTTPS.",
}  # fmt: skip
ACCEPTED_AT_PUBLIC_URL = with_evidence(
    websocket={"gaps": [], "error": None, "public": {"outcome": "open", "status": 101}}
)
CANCELED = with_socket(error="WebSocket opening handshake was canceled")
#: One to a private address.
BLOCKED = with_socket(error="Error in connection establishment: net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS")


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
    "network-half-open-connections": Case("service-healthy", "service-healthy", STUCK, FEW_STUCK),
    "network-path-mtu-black-hole": Case(
        "wildcard-direct", "wildcard-direct", _unanswered_large(again="open") + STUCK, _unanswered_large(again="timeout")
    ),
    "network-idle-connections-dropped": Case(
        "wildcard-direct", "wildcard-direct", _held(SILENT), _held(hold(ended=end("eof")))
    ),
    "network-reset-at-first-data": Case(
        "wildcard-direct", "reset", _from_outside(outcome="reset", status=None, total_ms=1.0),
        _from_outside(outcome="reset", status=None, total_ms=1.0),
    ),
    "network-no-route-to-host": Case("wildcard-direct", "loopback-direct", from_controller(port=UNREACHABLE), from_controller(port={**UNREACHABLE, "ms": 2.0})),
    "network-controller-firewall": Case(
        "wildcard-direct", "wildcard-direct", from_controller(port=DROPPED_BY_ITSELF), from_controller(port=DROPPED_ON_THE_WAY)
    ),
    "network-name-unresolved": Case(
        "service-healthy", "service-healthy",
        _name_unresolved(host=NO_SUCH_NAME), _name_unresolved(host={"name": "chat.example.com", "addresses": 1, "error": ""}),
    ),
    "config-proxy-variables": Case(
        "service-healthy", "service-healthy",
        with_variables(http_proxy="http://user:x@proxy.example.com:3128/") + REFUSED_CONNECT, REFUSED_CONNECT,
    ),
    "server-token-clock-skew": Case(
        "ws-no-credentials", "ws-no-credentials", TOKEN_SENT + EARLY + _host_ahead(-600), TOKEN_SENT + LATE + _host_ahead(0)
    ),
    "process-stopped": Case("stopped", "spinning"),
    "process-missing-module": Case("missing-module", "not-running"),
    "process-port-in-use": Case("address-in-use", "other-owner"),
    "process-out-of-memory": Case(
        "not-running", "not-running",
        OUT_OF_MEMORY + with_process(memory_events={"oom_kill": 1}) + with_signatures(signature("out-of-memory", "Out of memory: Killed process 7")),
        EXITED,
    ),
    "process-not-running": Case("not-running", "stopped"),
    "process-two-listeners-on-port": Case("two-owners", "workers"),
    "process-port-owned-by-another": Case("other-owner", "service-healthy"),
    "process-descriptors-used-up": Case("descriptors", "descriptors-left"),
    "process-event-loop-blocked": Case("spinning", "busy-but-answering", AS_RECORDED, with_main_process(cpu_percent=99.0)),
    "process-accept-queue-full": Case("backlog-full", "hung"),
    "process-runs-deleted-release": Case("deleted-release", "stale-code"),
    "process-older-than-code": Case("stale-code", "service-healthy"),
    "config-other-port": Case("other-port", "not-running"),
    "config-wrong-mode": Case("wrong-mode", "forbidden-variable"),
    "bind-loopback-only": Case("loopback-direct", "wildcard-direct", from_controller(port=REFUSED), from_controller(port=REFUSED)),
    "bind-localhost-other-family": Case("v6-loopback", "v6-only"),
    "bind-other-address-family": Case("v6-only", "dual-stack"),
    "network-firewall-drops": Case("wildcard-direct", "loopback-direct", from_controller(port=DROPPED), from_controller(port=DROPPED)),
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
        "bad-gateway-502", "bad-gateway-502", with_handshake(status=504, reason="Gateway Time-out"),
    ),
    "proxy-forwarded-proto-missing": Case(
        "tls-edge", "tls-edge", REFUSED_THROUGH_PROXY + with_setting("host", value="chat.example.test:48813"), REFUSED_THROUGH_PROXY
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
    "server-refuses-after-open": Case("close-1011", "close-1011", _closed(4401, "unauthorized")),
    "server-handler-exception": Case("close-1011", "close-1011", AS_RECORDED, _closed(1012)),
    "server-drops-after-101": Case("drop-after-101", "close-1011"),
    "server-application-silent": Case("mute", "accept-mute"),
    "browser-certificate-refused": Case(
        "pages/healthy", "pages/localhost",
        with_page(error="net::ERR_CERT_DATE_INVALID"), with_page(error="net::ERR_NAME_NOT_RESOLVED"),
    ),
    "browser-client-certificate-asked": Case(
        "pages/not-found", "pages/not-found",
        CANCELED + with_asked_again(outcome="open"), CANCELED + with_asked_again(outcome="http"),
    ),
    "browser-mixed-content": Case(
        "pages/healthy", "pages/undefined",
        with_browser(sockets=[REFUSED_IN_CLEAR]) + with_page(url="https://chat.example.test/"),
    ),
    "browser-csp-blocks": Case("pages/policy", "pages/policy-report"),
    "browser-undefined-host": Case("pages/undefined", "pages/localhost"),
    "browser-localhost-url": Case(
        "pages/localhost", "pages/localhost", AS_RECORDED, with_page(url="http://localhost:8000/")
    ),
    "browser-local-network-access": Case(
        "pages/unsafe-port", "pages/localhost", BLOCKED, BLOCKED,
    ),
    "browser-origin-rejected": Case(
        "pages/origin", "pages/origin", AS_RECORDED, with_asked_again(no_origin={"outcome": "http", "status": 403})
    ),
    "browser-unsafe-port": Case("pages/unsafe-port", "pages/not-found"),
    "browser-other-port-or-path": Case(
        "pages/not-found", "pages/not-found",
        ACCEPTED_AT_PUBLIC_URL + with_service(public_url="ws://chat.example.test:8080/ws"),
        ACCEPTED_AT_PUBLIC_URL + with_service(public_url="ws://other.example.test:8080/ws"),
    ),
    "browser-too-many-sockets": Case("pages/too-many", "pages/strict"),
    "browser-sends-before-open": Case("pages/early", "pages/exception"),
    "browser-closed-before-open": Case("pages/given-up", "pages/strict"),
    "browser-dropped-after-open": Case(
        "pages/dropped", "pages/dropped", AS_RECORDED, with_socket(code=1000)
    ),
    "browser-invalid-frames": Case(
        "pages/dropped", "pages/dropped",
        with_socket(error="Could not decode a text frame as UTF-8."),
    ),
    "server-upgrade-closed": Case("reset", "reset", with_websocket(plain={"outcome": "http", "status": 200})),
    "server-upgrade-unanswered": Case("accept-mute", "accept-mute", with_websocket(plain={"outcome": "http", "status": 200})),
    "process-answers-nothing": Case("accept-mute", "spinning"),
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
    judged = verdict(case.named, case.change)
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
    assert rule not in causes(case.alike, case.alike_change)


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_servers_have_no_diagnosis(name: str) -> None:
    judged = verdict(name)
    wrong = [
        (entry["id"], entry["summary"]) for entry in judged["checks"] if entry["status"] in ("warn", "fail", "error")
    ]
    assert (judged["status"], wrong, judged["diagnoses"]) == ("pass", [], [])


@pytest.mark.parametrize("name", HEALTHY)
def test_a_reachable_healthy_server_is_green_too(name: str) -> None:
    same: Controller = {**load(name)[1]["websocket"]["main"], "address": ADDRESS}
    judged = verdict(name, from_controller(port=reached(), websocket=same))
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
        (_held(hold(pong_ms=None, again="open", ended=end("reset"))), True),
        (_held(SILENT, here=hold(pong_ms=None)), False),
        (_held(hold(pong_ms=None, again="open", pinged=False)), False),
        (_held(hold(held_s=30.0, pong_ms=None, pinged=False)), False),
    ],
)
def test_an_idle_connection_was_dropped_where_only_its_ping_from_outside_is_unanswered(
    changes: Changes, named: bool
) -> None:
    assert ("network-idle-connections-dropped" in causes("wildcard-direct", changes)) is named


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
    seen = reached(outcome="connect-error", errno=errno, ms=ms)
    assert causes("wildcard-direct", from_controller(port=seen)) == [cause]


def test_what_icmp_of_ipv6_forbids_is_a_firewall() -> None:
    seen = reached(outcome="connect-error", errno="EACCES", ms=1.0, numeric="2001:db8::7")
    assert causes("dual-stack", from_controller(port=seen)) == ["network-firewall-prohibits"]


def test_a_rule_of_the_host_goes_before_the_controllers_routes() -> None:
    rejected = decision(verdict="reject", how="icmpx no-route")
    on_the_host = with_evidence(firewall={"decisions": [rejected], "source": "198.51.100.9", "gaps": []})
    seen = reached(outcome="connect-error", errno="ENETUNREACH", ms=1.0)
    assert causes("wildcard-direct", from_controller(port=seen) + on_the_host) == ["network-firewall-prohibits"]


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
def test_the_clocks_decide_how_certain_a_clock_skew_is(line: Changes, ahead: float, confidence: str | None) -> None:
    first = verdict("ws-no-credentials", TOKEN_SENT + line + _host_ahead(ahead))["diagnoses"][0]
    assert (first["confidence"] if first["id"] == "server-token-clock-skew" else None) == confidence


def test_without_a_token_credentials_are_the_cause_and_not_the_clock() -> None:
    assert causes("ws-no-credentials", EARLY + _host_ahead(-600)) == ["server-credentials-required"]


def test_credentials_of_a_proxy_are_not_shown() -> None:
    changes = with_variables(HTTPS_PROXY="http://user:hunter2@proxy.example.com:3128") + REFUSED_CONNECT
    assert "hunter2" not in json.dumps(verdict("service-healthy", changes)["diagnoses"])


# -- several faults at once --------------------------------------------------------------------------------------------


def test_the_lower_layer_is_the_root_and_the_upper_one_comes_next() -> None:
    """A stopped process behind a stale deployment: who continues it meets the next one."""
    expired: Tls = load("tls-expired")[1]["tls"]
    judged = verdict("stopped", with_main_process(cwd_deleted=True) + with_evidence(tls=expired))
    roles = [(entry["id"], entry["role"]) for entry in judged["diagnoses"]]
    assert roles[0] == ("process-stopped", "root")
    assert {"process-runs-deleted-release", "tls-expired"} <= {name for name, _role in roles}


def test_a_warning_is_no_root_while_something_is_broken() -> None:
    newer = with_main_process(script={"path": "/srv/chat/server.py", "modified": 2e9, "newer_by_s": 60.0})
    roles = {entry["id"]: entry["role"] for entry in verdict("loopback-direct", newer)["diagnoses"]}
    assert roles == {"bind-loopback-only": "root", "process-older-than-code": "contributing"}


def test_what_only_a_browser_sees_has_no_cause_below() -> None:
    """A risk that shows somewhere else, as a warning, is not why the page fails."""
    page: Browser = load("pages/localhost")[1]["browser"]
    judged = verdict("service-healthy", STUCK + with_evidence(browser=page))
    roles = [(entry["id"], entry["role"]) for entry in judged["diagnoses"]]
    assert roles == [("browser-localhost-url", "root"), ("network-half-open-connections", "contributing")]


def test_what_every_client_sees_explains_the_browser_too() -> None:
    page: Browser = load("pages/not-found")[1]["browser"]
    (first, *_others) = verdict("bad-gateway-502", with_evidence(browser=page))["diagnoses"]
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


def test_an_address_in_use_on_another_port_is_not_this_cause() -> None:
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


def test_a_rule_that_raises_is_skipped_and_the_others_are_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_facts: Facts) -> Found | None:
        raise OverflowError("cannot convert float infinity to integer")

    rules = (dataclasses.replace(RULES[0], id="x", needs=(), against=(), find=broken), *RULES)
    monkeypatch.setattr("ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.engine.RULES", rules)
    assert causes("wrong-accept") == ["server-invalid-101"]


def test_a_rule_that_says_less_is_dropped() -> None:
    assert {name for rule in RULES for name in rule.supersedes} <= {rule.id for rule in RULES}
    assert causes("uvicorn-no-library") == ["server-uvicorn-no-websocket-library"]


def test_without_evidence_there_is_no_diagnosis() -> None:
    assert diagnose([], {}, {}) == []
    result = CheckResult("port.listening", "4", "t", "fail", "critical", "s")
    assert diagnose([result], {}, {"port": 1}) == []


@pytest.mark.parametrize(
    ("used", "waited", "named"), [(99.0, 0.0, True), (4.0, 95.0, True), (1.0, 98.0, False), (40.0, 20.0, False)]
)
def test_a_loop_that_computes_on_a_crowded_machine(used: float, waited: float, named: bool) -> None:
    """It gets a share of the processor and waits for the rest."""
    found = causes("spinning", with_main_process(cpu_percent=used, cpu_wait_percent=waited))
    assert ("process-event-loop-blocked" in found) is named
