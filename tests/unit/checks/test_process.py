# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklist item 1 on recorded evidence."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks import process

from tests.unit.recorded.load import NAMES, load, results

P = "evidence__process__processes__0__"
UNIT = {
    "name": "chat.service",
    "active": "active",
    "sub": "running",
    "result": "success",
    "exit_status": 0,
    "restarts": 0,
}
UNSEEN = {"reason": "EACCES (Permission denied)", "remedy": "run with become: true"}

LATE = {"kind": "deadline", "message": "no time left"}
CASES: list[tuple[str, dict[str, t.Any], str, str, str]] = [
    # (recorded case, changes, check, status, part of the summary)
    ("service-healthy", {}, "process.running", "pass", "1 running, found by command; pid"),
    ("workers", {}, "process.running", "pass", "2 running, found by port"),
    ("not-running", {}, "process.running", "fail", "no process found (looked for command /srv/chat/server.py, port 8080)"),
    ("not-running", {"evidence__process__gaps": [{"what": "owner", **UNSEEN}]}, "process.running", "unknown", "EACCES"),
    ("service-healthy", {P + "state": "Z"}, "process.running", "fail", "no process found"),
    ("healthy", {}, "process.count", "skip", "no number of instances"),
    ("service-healthy", {}, "process.count", "pass", "expected 1 to any number"),
    ("service-healthy", {"service__process__min": 2}, "process.count", "fail", "expected 2 to any number"),
    ("service-healthy", {"service__process__max": 0, "service__process__min": 0}, "process.count", "fail", "0 to 0"),
    ("workers", {"service__process": {"min": 1, "max": 1}}, "process.count", "pass", "expected 1 to 1"),
    ("not-running", {}, "process.count", "fail", "expected 1 to any number"),
    ("not-running", {"service__process__min": 0}, "process.count", "pass", "expected 0 to any number"),
    ("service-healthy", {}, "process.state", "pass", "runnable or sleeping"),
    ("stopped", {}, "process.state", "fail", "stopped by a signal (state T)"),
    ("service-healthy", {P + "state": "t"}, "process.state", "fail", "debugger"),
    ("service-healthy", {P + "state": "D"}, "process.state", "warn", "waiting in the kernel"),
    ("not-running", {}, "process.state", "unknown", "see process.running"),
    ("service-healthy", {}, "process.restarts", "skip", "no systemd unit"),
    ("service-healthy", {"evidence__process__unit": UNIT}, "process.restarts", "pass", "0 restarts"),
    ("service-healthy", {"evidence__process__unit": dict(UNIT, restarts=9), P + "age_s": 4.0}, "process.restarts", "fail", "9 restarts, now up 4 s"),
    ("service-healthy", {"evidence__process__unit": dict(UNIT, restarts=9), P + "age_s": 7200.0}, "process.restarts", "pass", "9 restarts"),
    ("not-running", {"evidence__process__unit": dict(UNIT, active="activating", sub="auto-restart")}, "process.restarts", "fail", "now auto-restart"),
    ("not-running", {"evidence__process__unit": dict(UNIT, active="failed", sub="failed")}, "process.restarts", "fail", "now failed"),
    ("service-healthy", {}, "process.binary", "pass", "in /srv/chat"),
    ("deleted-release", {}, "process.binary", "fail", "its working directory /srv/chat/releases/1 was deleted"),
    ("service-healthy", {P + "exe_deleted": True, P + "exe_replaced": True}, "process.binary", "fail", "was deleted and replaced"),
    ("service-healthy", {P + "cwd_moved_to": "/srv/chat/releases/2"}, "process.binary", "fail", "now leads to /srv/chat/releases/2"),
    ("service-healthy", {"evidence__process__gaps": [{"what": "exe", **UNSEEN}]}, "process.binary", "unknown", "EACCES"),
    ("service-healthy", {}, "process.code", "pass", "older than the process"),
    ("stale-code", {}, "process.code", "warn", "/srv/chat/server.py was changed 1.0 min after"),
    ("service-healthy", {P + "script__newer_by_s": 2.9}, "process.code", "pass", "older"),
    ("service-healthy", {P + "env_file": {"path": "/srv/chat/.env", "newer_by_s": 9.0}}, "process.code", "warn", "/srv/chat/.env"),
    ("service-healthy", {"evidence__process__unit": dict(UNIT, need_daemon_reload=True)}, "process.code", "warn", "systemd has not read it"),
    ("backlog-full", {}, "process.code", "skip", "cannot be told"),
    ("service-healthy", {P + "fds": 79, P + "fd_limit": 100}, "process.descriptors", "pass", "79 of 100"),
    ("service-healthy", {P + "fds": 80, P + "fd_limit": 100}, "process.descriptors", "warn", "80 %"),
    ("service-healthy", {P + "fds": 95, P + "fd_limit": 100}, "process.descriptors", "fail", "95 %"),
    ("descriptors", {}, "process.descriptors", "fail", "of 40 file descriptors"),
    ("service-healthy", {P + "fd_limit": None}, "process.descriptors", "skip", "no limit"),
    ("service-healthy", {P + "fds": None, "evidence__process__gaps": [{"what": "fd_count", **UNSEEN}]}, "process.descriptors", "unknown", "EACCES"),
    ("service-healthy", {P + "cpu_percent": 89.0, P + "cpu_wait_percent": 0.0}, "process.cpu", "pass", "89 %"),
    ("spinning", {P + "cpu_percent": 99.0}, "process.cpu", "warn", "99 %"),
    ("service-healthy", {P + "cpu_percent": None}, "process.cpu", "unknown", "ended"),
    ("service-healthy", {}, "process.memory", "pass", "no OOM kill seen"),
    ("service-healthy", {"evidence__process__memory_events": {"oom_kill": 2}}, "process.memory", "fail", "2 kills"),
    ("service-healthy", {"evidence__process__unit": dict(UNIT, result="oom-kill")}, "process.memory", "fail", "result oom-kill"),
    ("service-healthy", {"evidence__process": {"gaps": [], "error": LATE}}, "process.running", "unknown", "no time left"),
    ("service-healthy", {"evidence__process__error": {"kind": "crash", "message": "KeyError"}}, "process.cpu", "error", "KeyError"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "check", "status", "words"), CASES)
def test_a_check(name: str, changes: dict[str, t.Any], check: str, status: str, words: str) -> None:
    result = results(name, **changes)[check]
    assert (result["status"], words in result["summary"]) == (status, True), result["summary"]
    assert status not in ("fail", "warn") or result["remediation"], "who is told what is wrong is told what to do"


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_one_result(name: str) -> None:
    service, evidence = load(name)
    ids = [result.id for result in process.check(evidence["process"], service)]
    assert sorted(ids) == sorted(definition.id for definition in process.DEFINITIONS)


def test_every_status_of_the_catalogue_is_tried() -> None:
    tried = {(check, status) for _name, _changes, check, status, _words in CASES}
    for definition in process.DEFINITIONS:
        assert {(definition.id, "pass")} <= tried
        assert {(definition.id, "fail"), (definition.id, "warn")} & tried
