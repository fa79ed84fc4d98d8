# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What became of held connections, in words, and whether that is more than may be (see module_utils/_continuity/holder_process.py)."""

from __future__ import annotations

import datetime
import re
import typing as t

from ..module_utils._protocol.web_url import web_url
from ._evidence.websocket import outcome_words
from ._report.text.sanitise import clean
from ._report.text.sentences import count

if t.TYPE_CHECKING:  # pragma: no cover
    from ..module_utils._evidence.continuity import ContinuityOptions, Drop, Finished, Refused, Started
    from ..module_utils._evidence.websocket import HandshakeSeen

MOST_CONNECTIONS, LONGEST_LIFE = 1000, 86400.0
#: IANA's WebSocket Close Code Number Registry (RFC 6455, section 11.7).
CLOSE_CODES = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1005: "no status received",
    1007: "invalid frame payload data",
    1008: "policy violation",
    1009: "message too big",
    1010: "mandatory extension",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
    1014: "bad gateway",
}
_LIMITS: tuple[t.Literal["max_dropped", "max_gap"], ...] = ("max_dropped", "max_gap")
#: How the process ended without being asked to: as designed, and otherwise.
_EARLY = {
    "lasts": "'lasts' ran out before state=finished: the process ended then",
    "signal": "the process was ended by SIGTERM before state=finished",
}
_CUT_OFF = {"stuck": "did not respond and was killed", "died": "is gone"}


class ReasonRow(t.TypedDict):
    """How often connections were dropped by one reason."""

    reason: str
    count: int


class RefusedRow(t.TypedDict):
    """How often attempts to connect were answered in one way."""

    said: str
    count: int


class DropRow(t.TypedDict):
    """One drop."""

    connection: int
    after_s: float
    at: str
    reason: str
    code: int | None
    back_after_s: float | None
    attempts: int


class StartedResult(t.TypedDict, total=False):
    """The result of ``state=started``; as all of these, described in the documentation of the module."""

    changed: bool
    failed: bool
    id: str
    pid: int
    held: int
    opened: int | None
    refused: list[RefusedRow]
    msg: str


class WhatHappened(t.TypedDict):
    """Of the result of ``state=finished`` what the process saw."""

    url: str | None
    held: int
    held_s: float
    dropped: int
    reasons: list[ReasonRow]
    drops: list[DropRow]
    reconnected: int
    still_down: int
    longest_gap_s: float
    refused: list[RefusedRow]
    pongs: bool
    ended: str


class FinishedResult(WhatHappened):
    """The same with what it means."""

    changed: bool
    failed: bool
    msg: str


def complain(options: ContinuityOptions) -> str | None:
    """What is wrong with the options' values beyond their types, or None."""
    if options["state"] == "started":
        return _complain_started(options)
    for name in _LIMITS:
        limit = options.get(name)
        if limit is not None and limit < 0:
            return "option '%s' is %g; it must be 0 or more" % (name, limit)
    return None


def _complain_started(options: ContinuityOptions) -> str | None:
    try:
        web_url(options["url"])
    except ValueError:
        # Without the value: it may hold a ticket.
        return "option 'url' is not a WebSocket URL: that starts with ws:// or wss:// and names a host"
    if not 1 <= options["connections"] <= MOST_CONNECTIONS:
        return "option 'connections' is %d; it must be from 1 to %d" % (options["connections"], MOST_CONNECTIONS)
    if not 1 <= options["lasts"] <= LONGEST_LIFE:
        return "option 'lasts' is %g; it must be from 1 to %g seconds" % (options["lasts"], LONGEST_LIFE)
    if options["ping"] != 0 and not 0.5 <= options["ping"] <= 3600:
        return "option 'ping' is %g; it must be from 0.5 to 3600 seconds, or 0 for no pings" % options["ping"]
    path = (options.get("websocket") or {}).get("path")
    if path and not re.match(r"/[^\s\x00-\x1f\x7f]*\Z", path):
        return "option 'websocket.path' must start with '/' and contain no spaces"
    return None


def started(options: ContinuityOptions, facts: Started) -> StartedResult:
    """The result of ``state=started``."""
    shown = web_url(options["url"]).shown()
    if facts.get("held"):
        msg = "%s open to %s; process %s holds them for %g s at most" % (
            count(facts["held"], "connection"),
            shown,
            facts["pid"],
            options["lasts"],
        )
        return {"changed": False, "id": facts["id"], "pid": facts["pid"], "held": facts["held"], "msg": msg}
    refused = _refusals(facts.get("refused"))
    msg = "%s of %s to %s could be opened, so none is held: %s" % (
        facts.get("opened") or "none",
        count(facts.get("wanted") or 0, "connection"),
        shown,
        _listed([(row["said"], row["count"]) for row in refused]),
    )
    return {"changed": False, "failed": True, "held": 0, "opened": facts.get("opened"), "refused": refused, "msg": msg}


def finished(options: ContinuityOptions, facts: Finished) -> FinishedResult:
    """The result of ``state=finished``: nothing that is known is lost, even if the process died."""
    result = _what_happened(facts)
    sentence = _sentence(facts, result)
    problems = []
    note, unwatched = _end(options, facts)
    most, longest = options.get("max_dropped"), options.get("max_gap")
    if most is not None and result["dropped"] > most:
        problems.append("%d dropped, max_dropped is %d" % (result["dropped"], most))
    if longest is not None and result["longest_gap_s"] > longest:
        problems.append("%g s without a connection, max_gap is %g" % (result["longest_gap_s"], longest))
    words = [sentence, *([note] if note else []), *problems]
    return {**result, "changed": False, "failed": unwatched or bool(problems), "msg": "; ".join(words)}


def _end(options: ContinuityOptions, facts: Finished) -> tuple[str, bool]:
    """How the process ended, in words, if it was not asked to; and whether that is a problem.

    One that ended as designed has reported all that it saw; only a limit requires to know what came after.
    """
    ended = str(facts.get("ended"))
    if ended in _CUT_OFF:
        seen = " (last seen at %s)" % _moment(facts["last_sign"]) if facts.get("last_sign") else ""
        return "the process that held the connections %s%s: what happened after that is not known" % (
            _CUT_OFF[ended],
            seen,
        ), True
    limits = [name for name in _LIMITS if options.get(name) is not None]
    if ended not in _EARLY or not limits:
        return _EARLY.get(ended, ""), False
    verb = "are" if len(limits) > 1 else "is"
    words = "%s; the connections were not watched after that, so %s %s unverified"
    return words % (_EARLY[ended], " and ".join(limits), verb), True


def _what_happened(facts: Finished) -> WhatHappened:
    drops = [_drop(entry) for entry in facts.get("drops") or ()]
    reasons: dict[str, int] = {}
    for entry in drops:
        reasons[entry["reason"]] = reasons.get(entry["reason"], 0) + 1
    if facts.get("drops_untold"):
        reasons["further drops, not listed individually"] = facts["drops_untold"]
    return {
        "url": facts.get("url"),
        "held": facts.get("held") or 0,
        "held_s": facts.get("held_s") or 0.0,
        "dropped": facts.get("dropped") or 0,
        "reasons": [
            {"reason": name, "count": reasons[name]} for name in sorted(reasons, key=lambda key: -reasons[key])
        ],
        "drops": drops,
        "reconnected": facts.get("reconnected") or 0,
        "still_down": facts.get("still_down") or 0,
        "longest_gap_s": facts.get("longest_gap_s") or 0.0,
        "refused": _refusals(facts.get("refused")),
        "pongs": bool(facts.get("pongs")),
        "ended": facts.get("ended") or "died",
    }


def _drop(entry: Drop) -> DropRow:
    return {
        "connection": entry["connection"],
        "after_s": entry["after_s"],
        "at": _moment(entry["at"]),
        "reason": _reason(entry),
        "code": 1006 if entry["how"] != "close" else entry["code"],
        "back_after_s": entry["back_after_s"],
        "attempts": entry["attempts"],
    }


def _reason(entry: Drop) -> str:
    """Why a connection ended, in the field's words."""
    if entry["how"] == "close":
        code = 1005 if entry["code"] is None else entry["code"]
        meaning = CLOSE_CODES.get(code) or (
            "application-specific" if code >= 4000 else "registered, or library-specific"
        )
        return "close code %d (%s)%s" % (code, meaning, ": %s" % clean(entry["reason"]) if entry["reason"] else "")
    return {
        "eof": "end of stream without a close frame (1006)",
        "reset": "TCP reset (1006)",
        "ping": "ping unanswered (1006)",
    }.get(entry["how"], "broken frame (1006): %s" % clean(entry["reason"]))


def _refusals(entries: list[Refused] | None) -> list[RefusedRow]:
    """The answers to the attempts, the most frequent first."""
    found: dict[str, int] = {}
    for entry in entries or ():
        said = _said(entry)
        found[said] = found.get(said, 0) + entry["count"]
    return [{"said": said, "count": found[said]} for said in sorted(found, key=lambda key: -found[key])]


def _said(seen: Refused) -> str:
    outcome = seen["outcome"]
    words = {
        "http": "HTTP %s %s" % (seen.get("status"), clean(seen.get("reason") or "")),
        "connect-refused": "%s (connection refused)" % seen.get("errno"),
        "connect-error": "%s (%s)" % (seen.get("errno"), seen.get("error")),
        "connect-timeout": "no answer to the TCP connection",
        "timeout": "no answer to the handshake",
        "eof": "end of stream before an answer",
        "reset": "TCP reset before an answer",
        "unresolved": "name not resolved (%s)" % seen.get("error"),
        "no-time": "not opened in time (raise deadline)",
        "other": "other answers",
    }
    # What was kept of a handshake to distinguish answers.
    return (words.get(outcome) or outcome_words(t.cast("HandshakeSeen", seen))).strip()


def _sentence(facts: Finished, result: WhatHappened) -> str:
    if not facts.get("held"):
        return "nothing is known about the connections"
    head = "%d of %s dropped in %g s" % (
        result["dropped"],
        count(result["held"], "connection"),
        round(result["held_s"], 1),
    )
    if not result["dropped"]:
        return head
    parts = ["%s: %s" % (head, _listed([(row["reason"], row["count"]) for row in result["reasons"]]))]
    if result["still_down"]:
        parts.append("%d not reconnected" % result["still_down"])
    else:
        parts.append("all reconnected")
    parts.append("longest gap %g s" % round(result["longest_gap_s"], 2))
    if result["refused"]:
        parts.append("meanwhile %s" % _listed([(row["said"], row["count"]) for row in result["refused"]]))
    return "; ".join(parts)


def _listed(entries: list[tuple[str, int]]) -> str:
    """The first three, and how often each was: the most frequent come first."""
    parts = ["%s (%s)" % (words, count(times, "time")) for words, times in entries[:3]]
    return ", ".join([*parts, *(["%d others" % (len(entries) - 3)] if len(entries) > 3 else [])])


def _moment(seconds: float) -> str:
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (moment.microsecond // 1000)
