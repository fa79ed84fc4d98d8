# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Questions about the evidence of the log probe that checks and rules both ask: what in a log is a finding at all.

The asker is seen: what its guessed paths, ordinary GETs and disconnects make a server log is no finding.
"""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.log import Log, ProvokedTrace, Signature, StackTrace

#: Errors whose very type says that the peer has gone. ``ConnectionError`` is not among them: that is also what a client
#: of a database raises.
_GONE_TYPES = re.compile(
    r"(?:^|[.:])(?:WebSocketDisconnect|ConnectionClosed(?:OK|Error)?|WebSocketClosedError|WebSocketConnectionClosedException"
    r"|Client(?:Disconnect(?:ed)?|Abort|Gone)(?:Exception|Error)?|ClosedChannelException|EofException)$"
)
#: Close codes that say no more than that the connection has ended: closed, going away, no code, dropped.
_GONE_CODES = re.compile(r"\b(?:1000|1001|1005|1006)\b")
_ANY_CODE = re.compile(r"\b[134]\d{3}\b")
#: The same in words, for types that say nothing: of the operating system, of WebSocket and ASGI libraries.
_GONE_WORDS = re.compile(
    r"\bEPIPE\b|\bECONNRESET\b|[Bb]roken pipe|[Cc]onnection reset by peer|Socket is dead|no close frame received"
    r"|once a disconnect message has been received|after sending 'websocket\.close'|WebSocket is (?:already )?closed"
    r"|[Cc]onnection (?:is |was )?(?:already )?closed by (?:the )?(?:client|peer)"
)


def says_peer_has_gone(trace: StackTrace) -> bool:
    """Whether an error says nothing but that a client has ended its connection, which each does sooner or later."""
    if trace.get("kind") == "fatal":
        # A program that ends because a client leaves is no ordinary thing.
        return False
    root, name = str(trace.get("root") or ""), str(trace.get("type") or "")
    if _GONE_TYPES.search(name):
        said = root.split(name, 1)[-1]
        return bool(_GONE_CODES.search(said)) or not _ANY_CODE.search(said)
    return bool(_GONE_WORDS.search(root)) and not re.search(r"\d:\d{2,5}\b", root)


def without_footprints(evidence: Log) -> list[StackTrace]:
    """The stack traces that are findings."""
    return [trace for trace in evidence.get("traces") or () if not _is_footprint(evidence, trace)]


def _same(one: StackTrace, other: StackTrace) -> bool:
    what = (one.get("runtime"), one.get("type"), one.get("frame"))
    return what == (other.get("runtime"), other.get("type"), other.get("frame"))


def _is_footprint(evidence: Log, trace: StackTrace) -> bool:
    if trace.get("kind") == "fatal":
        return False
    if says_peer_has_gone(trace):
        return True
    provoked = evidence.get("provoked") or {}
    seen = next((entry for entry in provoked.get("traces") or () if _same(entry, trace)), None)
    if seen is None or seen.get("unasked") or not (provoked.get("accepted") or not provoked.get("path")):
        return False
    # On a guessed path the handshake itself is one of the guesses.
    return not (seen.get("handshake") and provoked.get("path"))


def is_footprint_line(evidence: Log, line: Signature, of_a_path: bool) -> bool:
    """Whether only the checklist's own questions, other than the handshake, make the server write such a line.

    :param of_a_path: another path might do without it; a module that is missing is missing on each.
    """
    provoked = evidence.get("provoked") or {}
    if not (provoked.get("accepted") or not provoked.get("path")):
        return False
    for entry in provoked.get("signatures") or ():
        if entry.get("key") == line.get("key") and entry.get("captured") == line.get("captured"):
            return of_a_path and not entry.get("unasked") and not (entry.get("handshake") and provoked.get("path"))
    return False


def error_of_handshake(evidence: Log) -> ProvokedTrace:
    """The error that the server logged about the handshake of this run or what followed on it, or nothing.

    What one more handshake makes it log again comes first.
    """
    provoked = evidence.get("provoked") or {}
    if provoked.get("accepted") or not provoked.get("path"):
        return {}
    traces = [trace for trace in provoked.get("traces") or () if not says_peer_has_gone(trace)]
    return next(iter(sorted(traces, key=lambda trace: not trace.get("handshake"))), t.cast("ProvokedTrace", {}))


def error_line_of_handshake(evidence: Log) -> str:
    """The same for lines of level error: only one that one more handshake made the server log again."""
    provoked = evidence.get("provoked") or {}
    if provoked.get("accepted") or not provoked.get("path"):
        return ""
    return next((str(line.get("sample")) for line in provoked.get("lines") or () if line.get("handshake")), "")
