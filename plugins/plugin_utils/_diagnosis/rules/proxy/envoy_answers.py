# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-envoy-answers: Envoy, or a gateway or mesh that is made of it, answers instead of the service."""

from __future__ import annotations

import typing as t

from ...._evidence.who_answered import ENVOY
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._edge import GENERAL, PAST_IT, Meaning, fixes, meant, observations, preventions, written
from ._proxy import EXPLAINS

_MEANINGS: dict[str, Meaning] = {
    "rbac": Meaning(
        "403 by Envoy's RBAC filter",
        ("403 with RBAC: access denied: allow the path in the filter's policy, or in Istio's AuthorizationPolicy",),
    ),
    "no_upgrade": Meaning(
        "403 without a body is Envoy's answer to an upgrade that is not enabled (upgrade_failed)",
        (
            "403: set upgrade_configs: [{upgrade_type: websocket}] in the HttpConnectionManager, or in the route's action",
        ),
        (
            "403: with Envoy Gateway, a route whose service has no endpoint answers this way too: kubectl get endpointslices",
        ),
        "likely",
    ),
    "no_route": Meaning(
        "404 without a body is Envoy's answer when no route matches host and path (route_not_found)",
        ("404: compare domains and match of the virtual hosts with the URL: curl -s localhost:9901/config_dump",),
        confidence="likely",
    ),
    "no_healthy_endpoint": Meaning(
        "503: the cluster has no healthy endpoint",
        prevent=("503 with no healthy upstream: check the cluster's health checks and its DNS name",),
    ),
    "timed_out": Meaning(
        "504: the endpoint did not answer the handshake within the route's timeout (15 s by default)",
        ("504: look at the server's upgrade handler",),
        ("504: set timeout: 0s on the WebSocket's route; the timeout would also end a connection that is open",),
    ),
    "no_answer": Meaning("503: the endpoint gave no answer"),
    "other_reset": Meaning("503: reset reason: {reset}"),
}
#: Reasons that Envoy gives for a reset: a word of the body that identifies each, and what it means.
_RESETS: dict[str, tuple[str, str]] = {
    "refused": ("connection refused", "nothing listens at the endpoint's address and port"),
    "not_accepted": (
        "connection timeout",
        "the endpoint does not accept in time: a firewall drops the connection, or connect_timeout is too short",
    ),
    "no_tls": ("wrong_version_number", "Envoy speaks TLS to an endpoint that does not"),
    "tls_fails": ("tls error", "TLS to the endpoint fails: compare transport_socket with what the endpoint speaks"),
    "overflow": ("overflow", "a circuit breaker is open: a WebSocket counts as a request for as long as it lives"),
    "terminated": ("connection termination", "the endpoint closed the connection without an answer"),
    "reset_by_endpoint": ("remote reset", "the endpoint reset the stream"),
    "other_protocol": (
        "protocol error",
        "the endpoint speaks another protocol: HTTP/2 is configured for an endpoint that speaks HTTP/1.1",
    ),
    "not_connected": ("connection failure", "no connection to the endpoint is established"),
}
_TOLD_RESETS = {name: Meaning("503: reset reason: {reset}; %s" % words) for name, (_pattern, words) in _RESETS.items()}
_ALL = {**_MEANINGS, **_TOLD_RESETS}
#: What is wrong with the endpoints: the list of them shows more.
_ENDPOINTS = ("no_healthy_endpoint", "no_answer", "other_reset", *_RESETS)


def _name_of(status: t.Any, body: str) -> str:
    """Which of the meanings an answer of Envoy's own has."""
    if body.startswith("RBAC"):
        return "rbac"
    if status in (403, 404):
        return "no_upgrade" if status == 403 else "no_route"
    if body.startswith("no healthy upstream"):
        return "no_healthy_endpoint"
    if status == 504 or "timed out" in body or "request timeout" in body:
        return "timed_out"
    if not _reset(body):
        return "no_answer"
    return next((name for name, (pattern, _words) in _RESETS.items() if pattern in body.lower()), "other_reset")


def _reset(body: str) -> str:
    """The reason that Envoy gives for a reset, in its own words."""
    return body.split("reset reason:", 1)[-1].strip()[:120] if "reset reason:" in body else ""


def _find(facts: Facts) -> Found:
    """With what the answer means at Envoy."""
    answer = facts.first_refusal
    body = str(answer.get("body") or "").strip()
    name = _name_of(answer["status"], body)
    return meant(facts, _ALL, name, reset=_reset(body), endpoints=name in _ENDPOINTS)


RULE = Rule(
    id="proxy-envoy-answers",
    layer="proxy",
    title="Envoy answers instead of the service",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 403` (or "
        "`404`, `503`, `504`)",
        "the body `no healthy upstream`, `upstream request timeout`, or `upstream connect error or disconnect/reset before headers. reset "
        "reason: …`, with the header `server: envoy` or `server: istio-envoy`",
        "`403` with an empty body and `server: envoy`; the access log's response code details are `upgrade_failed`",
        "the body `RBAC: access denied`",
    ),
    why="Envoy, and what is built on it (Istio, Envoy Gateway, Contour, Emissary), lets an upgrade through only where upgrade_configs names "
    "websocket; elsewhere it answers 403 with an empty body and asks no endpoint. Where no route matches, no endpoint is healthy, or the "
    "connection to the endpoint fails, it answers in words of its own. A route's timeout, 15 seconds by default, covers the whole request.",
    needs=(
        Condition(
            "the answer is in Envoy's words, or is an empty 403 or 404 with Server: envoy, and no upstream gave it "
            "(x-envoy-upstream-service-time is missing)",
            lambda facts: written(facts, ENVOY, "envoy", "pilot-agent"),
        ),
    ),
    find=_find,
    confidence={"certain": "Envoy's words name the cause", "likely": "it is an empty 403 or 404"},
    because=observations(_ALL),
    fix=fixes(
        _ALL,
        If(
            "endpoints",
            "503: compare the cluster's endpoints with where the service listens: curl -s localhost:9901/clusters",
        ),
    ),
    prevent=preventions(_ALL),
    explains=EXPLAINS,
    supersedes=GENERAL,
    look_alikes=(
        LookAlike(
            "server-credentials-required",
            Look("a handshake with the pod's own address"),
            "101: Envoy does not let the upgrade through; 403 there as well: the server requires credentials",
        ),
        PAST_IT,
    ),
    sources=("https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/http/upgrades",),
    staged=("edge/envoy-403", "edge/envoy-404", "edge/envoy-503", "edge/envoy-504", "edge/envoy-reset"),
)
