# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging the evidence of the log probe, from a table."""

from __future__ import annotations

import copy
import itertools
import re
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.log import (
    Earlier,
    KnownLine,
    Log,
    LogProcess,
    LogSource,
    Placed,
    Signature,
    StackTrace,
)
from ansible_collections.websocket.health.plugins.plugin_utils._checks import log
from ansible_collections.websocket.health.plugins.plugin_utils._checks.log_meanings import MEANINGS
from ansible_collections.websocket.health.plugins.plugin_utils._model import STATUSES

IDS = ["log.source", "log.ready", "log.port", "log.websocket", "log.errors", "log.signatures", "log.events"]
SERVICE = {"name": "chat", "port": 8080}


#: Where a line stands.
PLACED: Placed = {
    "count": 1,
    "first": None,
    "last": None,
    "source": "/var/log/chat.log",
    "offset": 120,
    "line": 4,
    "sample": "a line",
}


def line(**seen: t.Unpack[KnownLine]) -> KnownLine:
    """A line that says that the server is ready, or that its WebSocket is."""
    usual: KnownLine = {**PLACED, "server": "", "port": None, "address": "", "pattern": None}
    return {**usual, **seen}


def trace(kind: str = "fatal", count: int = 1) -> StackTrace:
    """One stack trace of the evidence."""
    return {
        **PLACED,
        "count": count,
        "last": 1795400000.0,
        "runtime": "node",
        "kind": kind,
        "type": "TypeError",
        "root": "TypeError: x",
        "frame": "f (/srv/a.js:1:2)",
    }


def signature(key: str, count: int = 1, **captured: str) -> Signature:
    """A line with a known meaning."""
    return {**PLACED, "key": key, "captured": captured, "count": count}


def evidence(**seen: t.Unpack[Log]) -> Log:
    """The evidence of a healthy uvicorn."""
    usual: Log = {
        "subject": "log",
        "gaps": [],
        "error": None,
        "duration_ms": 20.0,
        "process": {"found": True, "pid": 7, "name": "uvicorn", "started": 1795400000.0, "unit": "chat.service"},
        "window": {"from": 1795400000.0, "to": 1795403600.0, "why": "since the process started"},
        "sources": [
            {
                "kind": "file",
                "name": "/var/log/chat.log",
                "how": "stdout",
                "problem": None,
                "since_known": True,
                "start_covered": True,
                "bytes_scanned": 20480,
            }
        ],
        "ready": {"patterns": [], "lines": [line(server="uvicorn", port=8080)]},
        "websocket": {"patterns": [], "lines": []},
        "events": {
            "connection": {
                "count": 3,
                "last": 1795400010.0,
                "sample": "connection open",
                "source": "/var/log/chat.log",
            },
            "message": {"count": 0, "last": None, "sample": "", "source": None},
            "close": {"count": 2, "last": 1795400020.0, "sample": "connection closed", "source": "/var/log/chat.log"},
        },
        "traces": [],
        "signatures": [],
        "earlier": None,
    }
    return {**usual, **seen}


NO_PROCESS: LogProcess = {"found": False, "started": None, "unit": None}
SOURCE = evidence()["sources"][0]
UNCOVERED: LogSource = {**SOURCE, "start_covered": False, "since_known": False}
EARLIER: Earlier = {
    "seen": 1795399990.0,
    "seconds_before_start": 10.0,
    "trace": trace(),
    "signatures": [signature("eaddrinuse", port="8080")],
}

CASES: list[tuple[str, Log, str, str, str]] = [
    # (name, what was seen otherwise, check, status, part of the summary)
    ("healthy", {}, "log.source", "pass", "20 KiB of /var/log/chat.log (stdout)"),
    ("healthy", {}, "log.ready", "pass", "uvicorn is ready on port 8080 (/var/log/chat.log:4)"),
    ("healthy", {}, "log.port", "pass", "port 8080"),
    ("healthy", {}, "log.websocket", "skip", "uvicorn writes no line"),
    ("healthy", {}, "log.errors", "pass", "no stack trace since the process started"),
    ("healthy", {}, "log.signatures", "pass", "no known fault line"),
    ("healthy", {}, "log.events", "pass", "connection 3, message not logged, close 2"),
    ("no source", {"sources": []}, "log.source", "unknown", "none was found"),
    ("no source", {"sources": []}, "log.ready", "unknown", "no log could be read"),
    ("no source", {"sources": []}, "log.events", "unknown", "no log could be read"),
    (
        "unreadable",
        {
            "sources": [{"name": "/var/log/x", "problem": "Permission denied"}],
            "gaps": [{"what": "x", "reason": "r", "remedy": "run with become"}],
        },
        "log.source",
        "unknown",
        "Permission denied",
    ),
    (
        "half readable",
        {"sources": [*evidence()["sources"], {"name": "/var/log/x", "problem": "/var/log/x does not exist"}]},
        "log.source",
        "warn",
        "1 more could not be read: /var/log/x does not exist",
    ),
    (
        "deleted",
        {"sources": [{**SOURCE, "name": "/var/log/chat.log (deleted)"}]},
        "log.source",
        "warn",
        "deleted",
    ),
    (
        "no timestamps",
        {"sources": [{**UNCOVERED, "start_covered": True}]},
        "log.source",
        "pass",
        "without timestamps",
    ),
    ("no timestamps", {"sources": [{**UNCOVERED, "start_covered": True}]}, "log.ready", "pass", "earlier run"),
    ("node", {"ready": {"patterns": [], "lines": []}}, "log.ready", "skip", "no start-up message is configured"),
    ("node", {"ready": {"patterns": [], "lines": []}}, "log.port", "skip", "names a port"),
    ("not covered", {"ready": {}, "sources": [UNCOVERED]}, "log.ready", "unknown", "back to the start of the process"),
    (
        "pattern",
        {"ready": {"patterns": [{"pattern": "up", "matched": False}]}},
        "log.ready",
        "fail",
        "message since the process started: up",
    ),
    (
        "pattern not covered",
        {"ready": {"patterns": [{"pattern": "up", "matched": False}]}, "sources": [UNCOVERED]},
        "log.ready",
        "unknown",
        "not read back",
    ),
    (
        "pattern matched",
        {"ready": {"patterns": [{"pattern": "up", "matched": True}], "lines": [line(pattern="up", port=8080)]}},
        "log.ready",
        "pass",
        "the application is ready on port 8080",
    ),
    (
        "other port",
        {"ready": {"lines": [line(server="uvicorn", port=9000)]}},
        "log.port",
        "fail",
        "names port 9000, expected 8080",
    ),
    ("other port in own words", {"ready": {"lines": [line(port=9000)]}}, "log.port", "warn", "names port 9000"),
    (
        "one of several ports",
        {"ready": {"lines": [line(port=9000)]}, "websocket": {"lines": [line(server="mosquitto", port=8080)]}},
        "log.port",
        "pass",
        "port 8080",
    ),
    ("websocket", {"websocket": {"lines": [line()]}}, "log.websocket", "pass", "initialised (/var/log/chat.log:4)"),
    (
        "websocket missing",
        {"websocket": {"patterns": [{"pattern": "ws up", "matched": False}]}},
        "log.websocket",
        "fail",
        "ws up",
    ),
    ("wsgi", {"ready": {"lines": [line(server="django-wsgi", port=8080)]}}, "log.websocket", "warn", "no WebSockets"),
    (
        "fatal",
        {"traces": [trace(), trace("logged")]},
        "log.errors",
        "fail",
        "1 unhandled error since the process started: TypeError: x",
    ),
    ("unhandled", {"traces": [trace("unhandled", count=3)]}, "log.errors", "fail", "3 unhandled errors"),
    ("logged", {"traces": [trace("logged")]}, "log.errors", "warn", "1 stack trace logged"),
    (
        "crash before",
        {"earlier": EARLIER},
        "log.errors",
        "warn",
        "previous run ended with an error, 10 s before this start",
    ),
    (
        "crash before",
        {"earlier": EARLIER},
        "log.signatures",
        "warn",
        "10 s before this start: port 8080 was already in use",
    ),
    ("crash some time", {"earlier": {**EARLIER, "seconds_before_start": None}}, "log.errors", "pass", "no stack trace"),
    (
        "in use",
        {"signatures": [signature("eaddrinuse", port="8080")]},
        "log.signatures",
        "fail",
        "port 8080 was already in use (once)",
    ),
    (
        "in use, no port",
        {"signatures": [signature("eaddrinuse")]},
        "log.signatures",
        "fail",
        "port 8080 was already in use",
    ),
    (
        "module",
        {"signatures": [signature("missing-module", module="ws")]},
        "log.signatures",
        "fail",
        "module ws is missing",
    ),
    (
        "library",
        {"signatures": [signature("uvicorn-no-ws-library", 4)]},
        "log.signatures",
        "fail",
        "(4 times)",
    ),
    ("tls", {"signatures": [signature("tls-error")]}, "log.signatures", "warn", "TLS errors"),
    (
        "refused",
        {"signatures": [signature("handshake-rejected", status="403")]},
        "log.signatures",
        "pass",
        "only refusals",
    ),
    ("unheard of", {"signatures": [signature("brand-new")]}, "log.signatures", "warn", "a line with a known fault"),
    ("silent", {"events": {}}, "log.events", "skip", "no connection, message or close"),
    ("down", {"process": NO_PROCESS}, "log.ready", "unknown", "no process"),
    ("down", {"process": NO_PROCESS}, "log.port", "unknown", "no process"),
    ("down", {"process": NO_PROCESS, "traces": [trace()]}, "log.errors", "fail", "no process is running"),
    ("deadline", {"error": {"kind": "deadline", "message": "30 s"}}, "log.errors", "unknown", "30 s"),
    ("crash of the probe", {"error": {"kind": "crash", "message": "KeyError"}}, "log.errors", "error", "KeyError"),
]


@pytest.mark.parametrize(
    ("name", "seen", "check_id", "status", "part"), CASES, ids=[f"{case[0]}: {case[2]}" for case in CASES]
)
def test_check_status_and_summary(name: str, seen: Log, check_id: str, status: str, part: str) -> None:
    results = log.check(evidence(**seen), SERVICE)
    assert sorted(result.id for result in results) == sorted(IDS)
    (result,) = [result for result in results if result.id == check_id]
    assert (result.status, part in result.summary) == (status, True), result.summary
    assert "\n" not in result.summary
    if status in ("fail", "warn"):
        assert result.remediation
        assert not any(re.search(r"\{\w+\}", text) for text in result.remediation)


def test_the_checks_and_their_items() -> None:
    assert [definition.id for definition in log.DEFINITIONS] == IDS
    assert {definition.id: definition.item for definition in log.DEFINITIONS}["log.events"] == "7"


@pytest.mark.parametrize("broken", [None, 0, {}, [], [{}], {"lines": [{}]}])
def test_missing_fields_never_raise(broken: t.Any) -> None:
    """Any field may be absent or empty, alone or with another one."""
    changed: t.Any
    fields = [*evidence(), "earlier"]
    for first, second in itertools.product(fields, fields):
        case: t.Any = copy.deepcopy(evidence(traces=[trace()], signatures=[signature("eaddrinuse")], earlier=EARLIER))
        case.pop(first, None)
        case.pop(second, None)
        assert len(log.check(case, {})) == len(IDS)
    for name in ("ready", "websocket", "events", "process", "earlier"):
        if broken is None or isinstance(broken, dict):
            changed = {**evidence(), name: broken}
            assert all(result.status in STATUSES for result in log.check(changed, {}))
    for name in ("sources", "traces", "signatures", "gaps"):
        if broken is None or isinstance(broken, list):
            changed = {**evidence(), name: broken}
            assert len(log.check(changed, {})) == len(IDS)
    assert len(log.check({}, {})) == len(IDS)


@pytest.mark.parametrize("key", sorted(MEANINGS))
def test_every_meaning_can_be_said(key: str) -> None:
    for captured in ({}, {"port": "1", "module": "m", "address": "a", "path": "/p", "status": "403", "code": "C"}):
        found: Signature = {**signature(key), "captured": captured}
        (result,) = [result for result in log.check(evidence(signatures=[found]), {}) if result.id == "log.signatures"]
        assert "{" not in result.summary
        assert "  " not in result.summary
        assert result.status == MEANINGS[key].status
