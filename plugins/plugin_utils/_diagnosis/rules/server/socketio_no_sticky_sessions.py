# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-socketio-no-sticky-sessions: requests of one polling session reach processes that do not know it."""

from __future__ import annotations

import typing as t

from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, If, LookAlike, Rule
from ._server import EXPLAINS
from ._socketio import DOCS, own_polling

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.websocket import Polling


def _polling(facts: Facts) -> Polling:
    """What polling showed: on the host if anything is wrong there, else through the proxy."""
    here = own_polling(facts)
    return here if here.get("unknown") else facts.proxy.get("polling") or here


def _find(facts: Facts) -> Found:
    """With the answer to the second request of a session, and where it went wrong."""
    line = facts.signature("socketio-session-unknown")
    return "likely", {
        "refusal": _polling(facts).get("refusal"),
        "on_host": bool(own_polling(facts).get("unknown")),
        "log_line": facts.quote(line) if line else None,
    }


RULE = Rule(
    id="server-socketio-no-sticky-sessions",
    layer="server",
    title="Socket.IO's polling requests reach processes that do not know the session",
    users_see=(
        'answer 400 to requests with transport=polling and a sid: `{"code":1,"message":"Session ID unknown"}`',
        'the same from python-socketio and Flask-SocketIO: `"Invalid session …"`',
        "browser console: `WebSocket connection to 'wss://…/socket.io/?EIO=4&transport=websocket&sid=…' failed: Error during WebSocket "
        "handshake: Unexpected response code: 400`",
        "clients connect and disconnect again and again; with one process, or with the WebSocket alone, everything works",
    ),
    why="Socket.IO begins with HTTP polling: the first request creates a session in the memory of one process, and every later one names "
    "it by its sid. Several processes, workers or servers without sticky sessions get these requests in turn, and all but one answer "
    "Session ID unknown. Node's cluster module, pm2 -i and gunicorn -w do this on one host; a load balancer does it between hosts. A "
    "client that begins with the WebSocket makes one connection, which stays with one process.",
    needs=(
        Condition(
            "a polling session was opened and is unknown at its next request (`websocket.polling`, `proxy.polling`)",
            lambda facts: _polling(facts)["unknown"],
        ),
    ),
    find=_find,
    confidence={"likely": "the probe's own session was lost, but clients that start with the WebSocket need none"},
    because=(
        "polling: a session was opened, and its next request is answered with {refusal}",
        (
            If("on_host", "on the host itself: several processes answer on the port in turn"),
            "on the host itself every session is known: the proxy spreads requests over several servers",
        ),
        "{log_line}",
    ),
    fix=(
        (
            If(
                "on_host",
                "run one process, or give each a port of its own behind a proxy that keeps each client on one",
            ),
            "keep each client on one server: ip_hash; in the upstream (nginx), a cookie (HAProxy: cookie, Apache: stickysession)",
        ),
    ),
    prevent=("or let clients start with the WebSocket: io(url, { transports: ['websocket'] })",),
    verify=("check that websocket.polling and proxy.polling pass", RECHECK),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "process-two-listeners-on-port",
            Command("ss -ltnp 'sport = :<port>'"),
            "processes of one program: its workers share no sessions; two programs: both hold the port",
        ),
    ),
    sources=(DOCS + "using-multiple-nodes/",),
    staged=("socketio/not-sticky", "socketio/several-workers"),
)
