# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""network-reset-at-first-data: something between client and host resets connections once data flows."""

from __future__ import annotations

import typing as t

from ...._model import FAIL
from ...facts import Facts
from ...rule import IN_BROWSER, Command, Condition, Found, Look, LookAlike, Rule
from ._outside import handshake_outside, host_of, works_on_host

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.websocket import HandshakeSeen


def _reset_at_port(facts: Facts) -> bool:
    """Whether the controller gets a connection to the port, and a reset as answer to its request, which the host accepts."""
    return (
        facts.status("websocket.handshake", "controller") == FAIL
        and facts.handshake.get("outcome") == "open"
        and facts.from_outside.get("outcome") == "connected"
        and handshake_outside(facts).get("outcome") == "reset"
    )


def _reset_at_public_url(facts: Facts) -> bool:
    """The same at the public URL; in TLS its first message is the first data."""
    in_tls = (facts.tls.get("public") or {}).get("outcome") == "reset"
    is_reset = facts.public.get("outcome") == "reset" or (facts.public.get("outcome") == "tls-error" and in_tls)
    return facts.status("websocket.handshake", "public") == FAIL and is_reset and works_on_host(facts)


def _find(facts: Facts) -> Found:
    """With the time after which the reset came."""
    at_port = _reset_at_port(facts)
    seen: HandshakeSeen = handshake_outside(facts) if at_port else facts.public
    connect_time = facts.from_outside.get("ms") if at_port else facts.public.get("connect_ms")
    return "likely", {
        "address": seen.get("address"),
        "connect_time": "%.0f" % (connect_time or 0),
        "reset_time": "%.0f" % (seen.get("total_ms") or 0),
        "port": str(seen.get("address") or "").rpartition(":" if seen is facts.public else " ")[2],
        "host": host_of(facts) if seen is facts.public else None,
    }


RULE = Rule(
    id="network-reset-at-first-data",
    layer="network",
    title="A device in the path resets connections as soon as data flows",
    users_see=(
        "browser console: `WebSocket connection to 'ws://…' failed: Error in connection establishment: net::ERR_CONNECTION_RESET`",
        "Node.js: `read ECONNRESET` or `socket hang up`; Python: `ConnectionResetError: [Errno 104] Connection reset by peer`",
        "curl: `curl: (56) Recv failure: Connection reset by peer`",
        "the server logs no request, and the same handshake on the server itself gets 101",
    ),
    why="An intrusion prevention system, an application firewall or a filter with deep packet inspection has to let the TCP handshake "
    "pass, because it judges the payload. When the first segment shows what it blocks, such as a GET with Upgrade: websocket or a protocol "
    "that is not expected on the port, it sends a forged RST to one end or both. Each end believes that the other sent it. Inside TLS the request "
    "cannot be read, so wss:// on port 443 often works where ws:// is reset.",
    needs=(
        Condition(
            "the controller connects to the port or at the public URL, its first data is answered with a reset (`websocket.handshake`), and "
            "on the host itself the same handshake is accepted",
            lambda facts: _reset_at_port(facts) or _reset_at_public_url(facts),
        ),
    ),
    find=_find,
    confidence={"likely": "what sends the reset cannot be seen"},
    because=(
        "the controller connects to {address} in {connect_time} ms",
        "its request is answered with a reset after {reset_time} ms",
        "on the host itself the same handshake succeeds",
    ),
    fix=(
        "look for an intrusion prevention system, a web application firewall or a payload rule between client and host",
        "see what sends the reset: tcpdump -ni any 'tcp port {port} and tcp[tcpflags] & tcp-rst != 0' on the host; a reset that "
        "the host did not send itself comes from a device in the path",
    ),
    prevent=("allow the WebSocket handshake (GET with Upgrade: websocket) to TCP port {port} through that device",),
    verify=(
        (
            "curl --http1.1 -v http://{host}:{port}/ from the client's network",
            "curl --http1.1 -v http://<host>:{port}/ from the client's network",
        ),
    ),
    explains=("websocket.handshake", *IN_BROWSER),
    look_alikes=(
        LookAlike(
            "server-upgrade-closed",
            Look("the same handshake on the host itself"),
            "reset there, too: the server closes it; accepted: something in the path",
        ),
        LookAlike(
            "network-firewall-rejects",
            Command("nc -vz <host> <port>"),
            "connected: only the data is reset; refused: the connection itself is rejected",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc3360",),
    staged=("network/reset-at-data", "network/reset-at-public-url"),
)
