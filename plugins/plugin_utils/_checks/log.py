# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist items 3 and 7: what the logs say about start-up, WebSocket, errors and events."""

from __future__ import annotations

import datetime
import re
import typing as t

from .._evidence.log import is_footprint_line, without_footprints
from .._model import (
    ERROR,
    FAIL,
    PASS,
    SKIP,
    UNKNOWN,
    WARN,
    CheckDefinition,
    CheckResult,
    Verdicts,
    evidence_line,
    worst,
)
from .log_meanings import MEANINGS, UNKNOWN_LINE, Meaning

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.log import (
        Earlier,
        EventKind,
        KnownLine,
        Log,
        LogSource,
        OwnEvents,
        Pattern,
        Placed,
        Signature,
        StackTrace,
    )
    from ...module_utils._evidence.service import Service

DEFINITIONS: tuple[CheckDefinition, ...] = (
    CheckDefinition(
        "log.source",
        "3",
        "The server's log can be read",
        "medium",
        "Unknown when no log was found or none could be read; warns when only some could.",
    ),
    CheckDefinition(
        "log.ready",
        "3",
        "The log says that the server is ready",
        "high",
        "Fails when a configured start-up message is not in the log since the process started; without one, the "
        "start-up lines of known servers count, and the check is skipped if there are none.",
    ),
    CheckDefinition(
        "log.port",
        "3",
        "The port in the log is the expected one",
        "high",
        "Fails when a known server's line or a configured pattern names another port, warns when only the application's "
        "own words do.",
    ),
    CheckDefinition(
        "log.websocket",
        "3",
        "The log says that WebSocket is initialised",
        "medium",
        "Fails when a configured message is not in the log since the process started; skipped where nothing is "
        "configured and the server writes no such line.",
    ),
    CheckDefinition(
        "log.errors",
        "3",
        "No stack traces or unhandled errors in the log",
        "high",
        "Fails for unhandled errors; warns for errors that the program caught and logged, and for a crash shortly "
        "before the current start.",
    ),
    CheckDefinition(
        "log.signatures",
        "3",
        "No lines with a known fault in the log",
        "high",
        "Fails or warns depending on what the line means (port in use, missing module, no WebSocket library …).",
    ),
    CheckDefinition(
        "log.events",
        "7",
        "The log shows connection, message and close events",
        "info",
        "Skipped when the application logs no such events.",
    ),
)

#: Servers whose ready line shows that they serve no WebSocket at all.
_WITHOUT_WEBSOCKET = {"django-wsgi": "Django's WSGI development server serves no WebSockets"}
_REMEDY_LOGS = "set 'logs' of the service: [{path: /var/log/…}] or [{unit: ….service}]"
_FactKind = t.Literal["ready", "websocket"]
_EVENTS: tuple[EventKind, ...] = ("connection", "message", "close")


def check(evidence: Log, service: Service) -> list[CheckResult]:
    """Judge the evidence of the log probe.

    :param evidence: of ``module_utils/_probes/log.py``; any field may be missing.
    :param service: the service as in the inventory.
    :returns: one result per definition.
    """
    verdicts = Verdicts(DEFINITIONS, evidence)
    problem = evidence.get("error")
    if problem:
        crashed = problem.get("kind") != "deadline"
        message = str(problem.get("message") or "no message")
        verdicts.rest(
            ERROR if crashed else UNKNOWN,
            "the log probe crashed: %s" % message if crashed else "the logs were not read in time: %s" % message,
            remediation=[] if crashed else ["raise 'deadline', or set 'logs' to the log to read"],
        )
        return verdicts.results
    _source(verdicts, evidence)
    if not _readable(evidence):
        reason = "no log could be read (see log.source)"
        verdicts.rest(UNKNOWN, reason, remediation=_remedies(evidence))
        return verdicts.results
    _ready(verdicts, evidence)
    _port(verdicts, evidence, service)
    _websocket(verdicts, evidence)
    _errors(verdicts, evidence)
    _signatures(verdicts, evidence, service)
    _events(verdicts, evidence)
    return verdicts.results


# ---- what the evidence says -------------------------------------------------------------------------------------------


def _readable(evidence: Log) -> list[LogSource]:
    return [
        source for source in evidence.get("sources") or () if not source.get("problem") or source.get("bytes_scanned")
    ]


def _remedies(evidence: Log) -> list[str]:
    found = [str(entry.get("remedy")) for entry in evidence.get("gaps") or () if entry.get("remedy")]
    return list(dict.fromkeys(found)) or [_REMEDY_LOGS]


def _covers_start(evidence: Log) -> bool:
    """Whether everything since the process started was read, as far as start-up lines go."""
    sources = _readable(evidence)
    return bool(sources) and all(source.get("start_covered") for source in sources)


def _has_process(evidence: Log) -> bool:
    return bool((evidence.get("process") or {}).get("found"))


def _lines(evidence: Log, kind: _FactKind) -> list[KnownLine]:
    return list((evidence.get(kind) or {}).get("lines") or ())


def _patterns(evidence: Log, kind: _FactKind) -> list[Pattern]:
    return list((evidence.get(kind) or {}).get("patterns") or ())


def _place(entry: Placed) -> str:
    source = str(entry.get("source") or "log")
    if entry.get("line"):
        return "%s:%s" % (source, entry["line"])
    return "%s (byte %s)" % (source, entry["offset"]) if entry.get("offset") is not None else source


def _when(moment: t.Any) -> str:
    if not isinstance(moment, (int, float)):
        return ""
    try:
        return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return ""


def _seen(entry: Placed) -> str:
    """``3 times, last 2026-11-23 10:11:12Z``"""
    count = entry.get("count") or 1
    times = "once" if count == 1 else "%s times" % count
    last = _when(entry.get("last"))
    return "%s, last %s" % (times, last) if last else times


def _quote(entry: Placed) -> dict[str, str]:
    return evidence_line(_place(entry), str(entry.get("sample") or ""))


def _window(evidence: Log) -> str:
    if _has_process(evidence):
        return "since the process started"
    return "in the last minutes of the log (no process is running)"


# ---- checks ---------------------------------------------------------------------------------------------------------


def _source(verdicts: Verdicts, evidence: Log) -> None:
    sources = list(evidence.get("sources") or ())
    readable = _readable(evidence)
    broken = [source for source in sources if source.get("problem")]
    names = ", ".join(str(source.get("name")) for source in readable[:3])
    lines = [evidence_line(str(source.get("name")), str(source.get("problem"))) for source in broken[:5]]
    if not readable:
        reasons = [str(source.get("problem")) for source in broken]
        reasons += [str(entry.get("reason")) for entry in evidence.get("gaps") or ()]
        summary = "no log could be read: %s" % (reasons[0] if reasons else "none was found")
        verdicts.add("log.source", UNKNOWN, summary, evidence=lines, remediation=_remedies(evidence))
        return
    deleted = [str(source.get("name")) for source in readable if str(source.get("name")).endswith(" (deleted)")]
    if deleted:
        verdicts.add(
            "log.source",
            WARN,
            "the process writes to a log file that was deleted: %s" % deleted[0],
            remediation=["restart the service, or let logrotate use copytruncate or a postrotate signal"],
        )
        return
    if broken:
        summary = "read %s; %d more could not be read: %s" % (names, len(broken), broken[0].get("problem"))
        verdicts.add("log.source", WARN, summary, evidence=lines, remediation=_remedies(evidence))
        return
    size = sum(source.get("bytes_scanned") or 0 for source in readable)
    amount = "%.0f KiB" % (size / 1024.0) if size >= 10240 else "%d bytes" % size
    summary = "read %s of %s (%s)" % (amount, names, readable[0].get("how") or "found")
    note = (
        ""
        if all(source.get("since_known") for source in readable) or not _has_process(evidence)
        else ("; without timestamps, lines of an earlier run cannot be told apart with certainty")
    )
    verdicts.add("log.source", PASS, summary + note, actual=[source.get("name") for source in readable])


def _ready(verdicts: Verdicts, evidence: Log) -> None:
    patterns, lines = _patterns(evidence, "ready"), _lines(evidence, "ready")
    quotes = [_quote(line) for line in lines[:3]]
    missing = [str(entry.get("pattern")) for entry in patterns if not entry.get("matched")]
    if not _has_process(evidence):
        verdicts.add(
            "log.ready",
            UNKNOWN,
            "no process of the service is running, so no start-up message can belong to it",
            evidence=quotes,
            remediation=["start the service and read what it logs"],
        )
    elif missing:
        covered = _covers_start(evidence)
        summary = "no line matches the configured start-up message since the process started: %s" % missing[0]
        if not covered:
            summary = (
                "the configured start-up message was not seen, but the log was not read back to the process's start"
            )
        verdicts.add(
            "log.ready",
            FAIL if covered else UNKNOWN,
            summary,
            expected=missing,
            evidence=quotes,
            remediation=[
                "look in the log since the start for what stopped it, or correct 'ready' in 'logs'"
                if covered
                else "raise 'deadline', or check by hand"
            ],
        )
    elif lines:
        names = [str(line.get("server")) for line in lines if line.get("server")]
        port = next((line.get("port") for line in lines if line.get("port")), None)
        who = names[0] if names else "the application"
        summary = "%s is ready%s (%s)" % (who, " on port %s" % port if port else "", _place(lines[0]))
        if not any(source.get("since_known") for source in _readable(evidence)):
            summary += "; the log has no timestamps, so the line could be an earlier run's"
        verdicts.add("log.ready", PASS, summary, evidence=quotes, actual=str(lines[0].get("sample") or ""))
    elif _covers_start(evidence):
        verdicts.add(
            "log.ready",
            SKIP,
            "no start-up message is configured, and the log has none of a known server (a Node program logs only "
            "what its author wrote)",
            remediation=["set logs: [{path: …, ready: 'listening on port (?P<port>\\d+)'}]"],
        )
    else:
        verdicts.add(
            "log.ready",
            UNKNOWN,
            "no start-up message was seen, and the log could not be read back to the start of the process",
            remediation=["let the program log with timestamps, or keep more of the log"],
        )


def _port(verdicts: Verdicts, evidence: Log, service: Service) -> None:
    lines = [line for line in _lines(evidence, "ready") + _lines(evidence, "websocket") if line.get("port")]
    port = service.get("port")
    ports = sorted({line["port"] or 0 for line in lines})
    if not _has_process(evidence):
        verdicts.add("log.port", UNKNOWN, "no process of the service is running, so no port in the log can be its own")
    elif not port:
        verdicts.add("log.port", SKIP, "the service has no TCP port to compare with")
    elif not ports:
        verdicts.add("log.port", SKIP, "no start-up line in the log names a port", expected=port)
    elif port in ports:
        line = next(line for line in lines if line["port"] == port)
        summary = "the log names port %s (%s)" % (port, _place(line))
        verdicts.add("log.port", PASS, summary, expected=port, actual=ports, evidence=[_quote(line)])
    else:
        sure = any(line.get("server") or line.get("pattern") for line in lines)
        verdicts.add(
            "log.port",
            FAIL if sure else WARN,
            "the log names port %s, expected %s" % (", ".join(str(other) for other in ports), port),
            expected=port,
            actual=ports,
            evidence=[_quote(line) for line in lines[:3]],
            remediation=[
                "make the service's port (its configuration or the variable PORT) and the inventory's the same"
            ],
        )


def _websocket(verdicts: Verdicts, evidence: Log) -> None:
    patterns, lines = _patterns(evidence, "websocket"), _lines(evidence, "websocket")
    servers = [str(line.get("server")) for line in _lines(evidence, "ready") if line.get("server")]
    missing = [str(entry.get("pattern")) for entry in patterns if not entry.get("matched")]
    without = next((name for name in servers if name in _WITHOUT_WEBSOCKET), None)
    if not _has_process(evidence):
        verdicts.add(
            "log.websocket", UNKNOWN, "no process of the service is running, so its log says nothing about WebSocket"
        )
    elif missing:
        covered = _covers_start(evidence)
        verdicts.add(
            "log.websocket",
            FAIL if covered else UNKNOWN,
            "no line matches the configured WebSocket message since the process started: %s" % missing[0]
            if covered
            else "the configured WebSocket message was not seen, but the log was not read back to the process's start",
            expected=missing,
            remediation=["check that the WebSocket server is created, or correct 'websocket' in 'logs'"],
        )
    elif lines:
        summary = "WebSocket is initialised (%s)" % _place(lines[0])
        verdicts.add("log.websocket", PASS, summary, evidence=[_quote(line) for line in lines[:3]])
    elif without is not None:
        verdicts.add(
            "log.websocket",
            WARN,
            _WITHOUT_WEBSOCKET[without],
            remediation=["put daphne first in INSTALLED_APPS, or serve the ASGI application with an ASGI server"],
        )
    else:
        reason = "%s writes no line about it" % servers[0] if servers else "no such message is configured or known"
        verdicts.add(
            "log.websocket",
            SKIP,
            reason,
            remediation=["set logs: [{path: …, websocket: 'WebSocket server ready'}] if the application writes one"],
        )


def _is_recent(earlier: Earlier) -> bool:
    """Whether it is known to have happened shortly before the current start; without timestamps it isn't."""
    return isinstance(earlier.get("seconds_before_start"), (int, float))


def _earlier_summary(earlier: Earlier) -> str:
    return "%.0f s before this start" % (earlier.get("seconds_before_start") or 0.0)


def _errors(verdicts: Verdicts, evidence: Log) -> None:
    traces = without_footprints(evidence)
    left_out = len(evidence.get("traces") or ()) - len(traces)
    earlier = evidence.get("earlier") or {}
    last_run = (earlier.get("trace") or {}) if _is_recent(earlier) else {}
    if not traces and not last_run:
        note = ", but for what ended connections and the checklist's own questions leave" if left_out else ""
        verdicts.add("log.errors", PASS, "no stack trace %s%s" % (_window(evidence), note))
        return
    quotes = [
        evidence_line(
            _place(trace), "%s [%s, %s]" % (trace.get("root"), trace.get("frame") or "no frame", _seen(trace))
        )
        for trace in traces[:5]
    ]
    if last_run:
        quotes.append(evidence_line(_place(last_run), "%s: %s" % (_earlier_summary(earlier), last_run.get("root"))))
    status, first, summary = _worst_error(evidence, traces, last_run)
    place = first.get("frame") or _place(first)
    verdicts.add(
        "log.errors",
        status,
        _one_line(summary),
        actual=[_described(trace) for trace in traces],
        evidence=quotes,
        remediation=["fix the cause at %s" % place],
    )


def _worst_error(evidence: Log, traces: list[StackTrace], last_run: StackTrace) -> tuple[str, StackTrace, str]:
    """What the traces make of log.errors, which of them does, and in which words."""
    bad = [trace for trace in traces if trace.get("kind") in ("fatal", "unhandled")]
    if not traces:
        words = "the previous run ended with an error, %s" % _earlier_summary(evidence.get("earlier") or {})
        return WARN, last_run, "%s: %s" % (words, last_run.get("root"))
    total = sum(trace.get("count") or 1 for trace in bad or traces)
    plural = "" if total == 1 else "s"
    words = "%d unhandled error%s" % (total, plural) if bad else "%d stack trace%s logged" % (total, plural)
    first = (bad or traces)[0]
    return FAIL if bad else WARN, first, "%s %s: %s" % (words, _window(evidence), first.get("root"))


def _described(trace: StackTrace) -> dict[str, object]:
    """A trace without its text."""
    seen: dict[str, object] = dict(trace)
    return {name: seen.get(name) for name in ("runtime", "kind", "type", "root", "frame", "count", "first", "last")}


def _one_line(text: str, limit: int = 300) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _fill(text: str, captured: dict[str, str], service: Service) -> str:
    """Fill in what the line names; where it names nothing, words that still make sense."""
    plain = {
        "port": str(service.get("port") or "of the service"),
        "module": "(see the line)",
        "address": "the address",
        "path": "(see the line)",
        "status": "an error",
        "origin": "(see the line)",
        "host": "(see the line)",
    }

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        return str(captured.get(name) or plain.get(name, ""))

    return re.sub(r"\{(\w+)\}", value, text)


def _signatures(verdicts: Verdicts, evidence: Log, service: Service) -> None:
    found = _judged_lines(evidence)
    earlier = evidence.get("earlier") or {}
    before = list(earlier.get("signatures") or ()) if _is_recent(earlier) else []
    if not found and not before:
        verdicts.add("log.signatures", PASS, "no known fault line %s" % _window(evidence))
        return
    status = worst([meaning.status for meaning, _entry in found], empty=PASS)
    titles = [
        "%s (%s)" % (_fill(meaning.title, entry.get("captured") or {}, service), _seen(entry))
        for meaning, entry in found[:3]
    ]
    remediation = [
        _fill(meaning.remedy, entry.get("captured") or {}, service)
        for meaning, entry in found
        if meaning.status != PASS
    ]
    if before and status == PASS:
        meaning, captured = MEANINGS.get(str(before[0].get("key")), UNKNOWN_LINE), before[0].get("captured") or {}
        status = WARN
        titles = ["%s: %s" % (_earlier_summary(earlier), _fill(meaning.title, captured, service))] + titles
        remediation.append(_fill(meaning.remedy, captured, service))
    summary = "; ".join(titles)
    verdicts.add(
        "log.signatures",
        status,
        _one_line("no fault, only refusals: " + summary if status == PASS else summary),
        actual=[_known(entry) for _meaning, entry in found],
        evidence=[_quote(entry) for _meaning, entry in found[:6]] + [_quote(entry) for entry in before[:3]],
        remediation=list(dict.fromkeys(remediation))[:6],
    )


def _judged_lines(evidence: Log) -> list[tuple[Meaning, Signature]]:
    """Lines with a known meaning that are findings, the worst first."""
    order = {FAIL: 0, WARN: 1, PASS: 2}
    judged = [(MEANINGS.get(str(entry.get("key")), UNKNOWN_LINE), entry) for entry in evidence.get("signatures") or ()]
    # What fails whoever asks is no footprint: a guess may be refused, but it breaks no module.
    found = [pair for pair in judged if not is_footprint_line(evidence, pair[1], pair[0].status == WARN)]
    return sorted(found, key=lambda pair: order[pair[0].status])


def _known(entry: Signature) -> dict[str, object]:
    """A line with a known meaning, without its text."""
    seen: dict[str, object] = dict(entry)
    return {name: seen.get(name) for name in ("key", "captured", "count", "first", "last")}


def _own_words(own: OwnEvents) -> str:
    """What the log shows of the probe's own connection, by what the log grew by, and by the text that was sent."""
    if not own:
        return ""
    kinds = [kind for kind in _EVENTS if kind in (own.get("events") or {})]
    sent = " with the text that it sent" if own.get("message_sent") else ""
    return "; for one connection of the probe: %s%s" % (", ".join(kinds) or "nothing", sent)


def _events(verdicts: Verdicts, evidence: Log) -> None:
    events = evidence.get("events") or {}
    counts = {kind: (events.get(kind) or {}).get("count") or 0 for kind in _EVENTS}
    if not any(counts.values()):
        verdicts.add(
            "log.events",
            SKIP,
            "the log shows no connection, message or close events %s" % _window(evidence),
            remediation=["log them: wss.on('connection', …), ws.on('message', …), ws.on('close', …)"],
        )
        return
    shown = ", ".join("%s %s" % (kind, count or "not logged") for kind, count in counts.items())
    last = max((entry.get("last") or 0 for entry in events.values() if entry), default=0)
    quotes = [
        evidence_line(str(entry.get("source") or "log"), str(entry.get("sample") or ""))
        for entry in (events.get(kind) or {} for kind in counts)
        if entry.get("count")
    ]
    own = evidence.get("own") or {}
    quotes += [evidence_line("for one connection of the probe", line) for line in (own.get("events") or {}).values()]
    summary = "seen in the log: %s%s%s" % (shown, ", last %s" % _when(last) if last else "", _own_words(own))
    verdicts.add("log.events", PASS, summary, actual=counts, evidence=quotes)
