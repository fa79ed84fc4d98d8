# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-error-at-handshake: the handshake, or what follows on it, fails, and the server logs an error at that moment."""

from __future__ import annotations

from ...._evidence.log import error_line_of_handshake, error_of_handshake
from ...conditions import LOG_IS_PROXYS
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS

#: Lines whose meaning is a cause of its own.
_EXPLAINED = (
    "asgi-app-under-wsgi",
    "channels-no-route",
    "channels-reject",
    "fd-limit",
    "gevent-websocket-missing",
    "host-rejected",
    "invalid-frame",
    "message-too-big",
    "no-websocket-application",
    "origin-rejected",
    "out-of-memory",
    "socketio-session-unknown",
    "token-expired",
    "token-not-yet-valid",
    "untrusted-proxy",
    "upgrade-stripped",
    "uvicorn-no-ws-library",
)
#: Close codes that say themselves what was wrong with the client's frames.
_ABOUT_FRAMES = (1002, 1003, 1007, 1009)


def _error_line(facts: Facts) -> str:
    """A line of level error. Where a close frame came, its code and reason are the server's words, and such a line repeats them."""
    return "" if facts.ended.get("how") == "close" else error_line_of_handshake(facts.log)


def _fails(facts: Facts) -> bool:
    """Whether the server answers with a 5xx, drops the connection, does not answer, or ends it after the 101.

    1011 with a stack trace is server-handler-exception.
    """
    outcome = facts.handshake.get("outcome")
    if outcome == "http":
        return (facts.handshake.get("status") or 0) >= 500
    if outcome != "open":
        return outcome in ("eof", "reset", "timeout", "garbage")
    return bool(facts.ended) and facts.ended.get("code") not in (1011, *_ABOUT_FRAMES)


def _find(facts: Facts) -> Found | None:
    """With the error, quoted."""
    trace, line = error_of_handshake(facts.log), _error_line(facts)
    sure = bool(trace.get("handshake") or trace.get("kind") in ("fatal", "unhandled") or line)
    ended = facts.ended
    return "certain" if sure else "likely", {
        "status": facts.handshake.get("status") if facts.handshake.get("outcome") != "open" else None,
        "code": ended.get("code"),
        "reason": ended.get("reason"),
        "dropped": bool(ended) and ended.get("how") != "close",
        "unanswered": facts.handshake.get("outcome") not in ("open", "http"),
        "error": facts.quote(trace) if trace else "log: %s" % line[:200],
        "type": trace.get("type") if trace else None,
        "frame": trace.get("frame") or None,
    }


RULE = Rule(
    id="server-error-at-handshake",
    layer="server",
    title="The server's own code fails on this connection: its log has the error",
    users_see=(
        "in the browser: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 500`",
        "or the open event, and then the close event with code `1006`, or one that the framework chose, such as `1005` or `4500`",
        "in the server's log at that moment: `Traceback (most recent call last):`, `http: panic serving 127.0.0.1:50000:`, `TypeError: …`",
    ),
    why="What answers the handshake, or the first moments of the connection, is the application's own code: it looks up a user, joins a room, reads "
    "a configuration. Where it raises an error, each library does something else: it answers 500, drops the connection, or closes with "
    "a code of its own. None of these says why. The server's log does: the checklist reads it once more after it has asked, and asks once "
    "more, all alone, to see that the error comes again.",
    needs=(
        Condition("the handshake gets a 5xx or no answer, or the server ends the connection after it", _fails),
        Condition(
            "the server logs an error about it while the checklist asks",
            lambda facts: error_of_handshake(facts.log) or _error_line(facts),
        ),
    ),
    against=(
        LOG_IS_PROXYS,
        Condition(
            "what it logs has a cause of its own",
            lambda facts: any(
                line.get("key") in _EXPLAINED for line in (facts.log.get("provoked") or {}).get("signatures") or ()
            ),
        ),
    ),
    find=_find,
    confidence={
        "certain": "the error is logged again by one more handshake, or nothing in the program has caught it",
        "likely": "it is logged during the checklist's questions only",
    },
    because=(
        (
            If("unanswered", "the handshake gets no answer"),
            If("dropped", "101, then the connection ends without a close frame"),
            "the handshake is answered with {status}",
            "101, then close code {code} {reason}",
            "101, then close code {code}",
        ),
        ("{error} [{frame}]", "{error}"),
    ),
    fix=(("correct what raises {type} at {frame}", "correct what the server's log names"),),
    prevent=("catch and log errors per connection, with the path and the client",),
    explains=EXPLAINS,
    supersedes=(
        "server-drops-after-101",
        "server-refuses-after-open",
        "server-shutting-down",
        "server-application-silent",
    ),
    look_alikes=(
        LookAlike(
            "server-drops-after-101",
            Look("the server's log at the moment of the handshake"),
            "an error of the application: that is why; none: the connection is dropped on purpose, or by a crash",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-7.1.7",),
    staged=("server/error-at-handshake", "server/error-before-accept"),
)
