# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-dependency-unavailable: what the server needs for the handshake or for what follows refuses its connections."""

from __future__ import annotations

import typing as t

from ...conditions import LOG_IS_PROXYS
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._server import EXPLAINS

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.log import ProvokedSignature

#: Lines about a connection that the server itself makes, and that fails.
_OUTGOING = ("dependency-refused", "redis-refused", "name-not-resolved")


def _line(facts: Facts) -> ProvokedSignature:
    """The line that names what cannot be reached, written while the checklist asked; the handshake's own first."""
    provoked = facts.log.get("provoked") or {}
    if not provoked.get("path"):
        return {}
    lines = [line for line in provoked.get("signatures") or () if line.get("key") in _OUTGOING]
    named = [line for line in lines if (line.get("captured") or {}).get("address")]
    return next(iter(sorted(named, key=lambda line: not line.get("handshake"))), t.cast("ProvokedSignature", {}))


def _fails(facts: Facts) -> bool:
    """Whether the handshake gets a 5xx or no answer, or the conversation ends or is not answered."""
    outcome = facts.handshake["outcome"]
    if outcome == "http":
        return (facts.handshake["status"] or 0) >= 500
    return outcome != "open" or bool(facts.ended) or facts.exchange.get("completed") is False


def _find(facts: Facts) -> Found:
    """With the address, and the line."""
    line = _line(facts)
    named = line.get("captured") or {}
    port = named.get("port")
    return "certain" if line.get("handshake") else "likely", {
        "address": "%s:%s" % (named["address"], port) if port else named["address"],
        "host": named["address"],
        "port": port,
        "line": facts.quote(line),
    }


RULE = Rule(
    id="server-dependency-unavailable",
    layer="server",
    title="What the server depends on cannot be reached",
    users_see=(
        "in the server's log: `Error: connect ECONNREFUSED 10.0.0.5:6379`, `dial tcp 10.0.0.5:5432: connect: connection refused`",
        "Python: `ConnectionRefusedError: [Errno 111] Connect call failed ('10.0.0.5', 5432)`",
        'psycopg: `connection to server at "10.0.0.5", port 5432 failed: Connection refused`',
        "the browser's WebSocket stays pending, gets a 500, or opens and is closed at once",
    ),
    why="Before it accepts a WebSocket, or for its first message, the server connects to something else: a database, a broker, another service. "
    "If that refuses or its name does not resolve, the server waits and tries again, answers 500, or closes. Its own log names the "
    "address; the WebSocket itself is sound.",
    needs=(
        Condition("the handshake fails or is not answered, or what follows on it ends", _fails),
        Condition("while the checklist asks, the server logs that a connection of its own fails, and to where", _line),
    ),
    against=(LOG_IS_PROXYS,),
    find=_find,
    confidence={
        "certain": "one more handshake makes the server log it again",
        "likely": "it is logged at that moment, and may come from something that the server does besides",
    },
    because=("the server could not reach {address}", "{line}"),
    fix=("start what listens at {address}, or correct that address in the server's configuration",),
    prevent=("give that connection a timeout, and refuse the handshake with 503 and a reason when it expires",),
    verify=(
        ("nc -vz {host} {port} on the server's host says that it is open", "getent hosts {host} finds an address"),
    ),
    explains=EXPLAINS,
    supersedes=(
        "server-error-at-handshake",
        "server-handler-exception",
        "server-upgrade-unanswered",
        "server-drops-after-101",
        "server-application-silent",
    ),
    look_alikes=(
        LookAlike(
            "server-error-at-handshake",
            Command("nc -vz <address> <port>"),
            "refused: what it depends on is down; open: the error is the application's own",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2",),
    staged=("server/dependency-refused", "server/dependency-refused-after-open"),
)
