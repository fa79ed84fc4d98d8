# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist item D2: what goes over the wire at the service's port?"""

from __future__ import annotations

import typing as t

from .._model import FAIL, PASS, UNKNOWN, WARN, CheckDefinition, CheckResult, Verdicts, evidence_line, gap

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.capture import Capture, ConnectionRow
    from ...module_utils._evidence.service import Service

DEFINITIONS = (
    CheckDefinition(
        "capture.handshake",
        "D2",
        "A complete handshake is seen on the wire",
        "high",
        "Fails when no connection of the capture was accepted and answered with 101.",
    ),
    CheckDefinition(
        "capture.frames",
        "D2",
        "Frames on the wire conform to RFC 6455",
        "medium",
        "Warns about unmasked frames from clients, masked ones from servers, and reserved opcodes.",
    ),
    CheckDefinition(
        "capture.transport",
        "D2",
        "Segments arrive on the first attempt",
        "medium",
        "Warns when connection attempts got no answer, or segments were retransmitted.",
    ),
)


def check(evidence: Capture, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``capture_probe``.

    :returns: exactly one result for every definition.
    """
    del service
    verdicts = Verdicts(DEFINITIONS, evidence)
    if verdicts.not_observed():
        return verdicts.results
    missing = gap(evidence, "capture")
    if missing is not None:
        verdicts.rest(UNKNOWN, "not observed: %s" % missing["reason"], remediation=[missing["remedy"]])
        return verdicts.results
    connections = evidence.get("connections") or []
    if not connections:
        verdicts.rest(UNKNOWN, "no packet of the port was seen during the capture")
        return verdicts.results
    _handshake(verdicts, connections)
    _frames(verdicts, connections)
    _transport(verdicts, connections)
    return verdicts.results


def connection_lines(connection: ConnectionRow) -> list[dict[str, str]]:
    """One connection as evidence: what was sent when, by whom."""
    ends = "%s → %s" % (connection.get("client"), connection.get("server"))
    lines = ["+%s ms SYN" % connection.get("at_ms") if connection.get("syn") else "open before the capture"]
    if connection.get("accepted_ms") is not None:
        lines.append("+%s ms accepted" % connection["accepted_ms"])
    if connection.get("request"):
        lines.append(str(connection["request"]))
    if connection.get("status"):
        lines.append("+%s ms answered with %s" % (connection.get("answered_ms"), connection["status"]))
    for frame in (connection.get("frames") or [])[:12]:
        words = "+%s ms %s: %s, %s bytes %s" % (
            frame.get("at_ms"),
            frame.get("from"),
            frame.get("opcode"),
            frame.get("length"),
            frame.get("text") or "",
        )
        lines.append(words.rstrip())
    lines.append(str(connection.get("ended")))
    return [evidence_line(ends, "; ".join(lines))]


def _handshake(verdicts: Verdicts, connections: list[ConnectionRow]) -> None:
    good = [entry for entry in connections if entry.get("status") == 101]
    if good:
        first = good[0]
        words = "%d of %d connections: accepted, %s answered with 101" % (
            len(good),
            len(connections),
            first.get("request"),
        )
        verdicts.add("capture.handshake", PASS, words, evidence=connection_lines(first))
        return
    spoken = [entry for entry in connections if entry.get("tls") or entry.get("accepted_ms") is not None]
    if spoken and all(entry.get("tls") for entry in spoken):
        verdicts.add("capture.handshake", UNKNOWN, "the connections are encrypted: their contents cannot be seen")
        return
    first = connections[0]
    if first.get("status"):
        seen = "%s is answered with %s" % (first.get("request"), first["status"])
    elif first.get("refused"):
        seen = "the SYN is answered with a reset"
    elif first.get("accepted_ms") is None:
        seen = "the SYN has no answer"
    elif first.get("request"):
        seen = "%s has no answer; %s" % (first["request"], first.get("ended"))
    else:
        seen = "accepted, but no request was seen; %s" % first.get("ended")
    lines = [line for entry in connections[:3] for line in connection_lines(entry)]
    verdicts.add(
        "capture.handshake", FAIL, seen, expected="101 on the wire", actual=first.get("status"), evidence=lines
    )


def _frames(verdicts: Verdicts, connections: list[ConnectionRow]) -> None:
    frames = [(entry, frame) for entry in connections for frame in entry.get("frames") or ()]
    odd = [
        (entry, frame)
        for entry, frame in frames
        if frame.get("masked") != (frame.get("from") == "client") or str(frame.get("opcode")).startswith("reserved")
    ]
    if not frames:
        verdicts.add("capture.frames", UNKNOWN, "no frame was seen")
    elif odd:
        entry, frame = odd[0]
        mask = "masked" if frame.get("masked") else "unmasked"
        summary = "%d of %d frames are wrong: %s %s frame from the %s" % (
            len(odd),
            len(frames),
            mask,
            frame.get("opcode"),
            frame.get("from"),
        )
        verdicts.add("capture.frames", WARN, summary, evidence=connection_lines(entry))
    else:
        verdicts.add("capture.frames", PASS, "%d frames" % len(frames), evidence=connection_lines(frames[0][0]))


def _transport(verdicts: Verdicts, connections: list[ConnectionRow]) -> None:
    silent = [
        entry
        for entry in connections
        if entry.get("syn") and entry.get("accepted_ms") is None and not entry.get("refused")
    ]
    repeated = sum(entry.get("repeated") or 0 for entry in connections)
    if silent or repeated:
        verdicts.add(
            "capture.transport",
            WARN,
            "%d of %d connections were not accepted, %d segments were retransmitted"
            % (len(silent), len(connections), repeated),
            evidence=[line for entry in (silent or connections)[:3] for line in connection_lines(entry)],
        )
    else:
        verdicts.add("capture.transport", PASS, "%d connections, nothing was retransmitted" % len(connections))
