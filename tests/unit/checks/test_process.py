# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklist item 1 on recorded evidence."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks import process

from tests.unit.builders.common import gap, with_crash, with_time_out
from tests.unit.builders.process import with_main_process, with_main_script, with_process, with_unit
from tests.unit.builders.service import with_process_options, with_service
from tests.unit.recorded.load import AS_RECORDED, NAMES, Changes, load, results

DENIED = "EACCES (Permission denied)"

CASES: list[tuple[str, Changes, str, str, str]] = [
    # (recorded case, changes, check, status, part of the summary)
    ("service-healthy", AS_RECORDED, "process.running", "pass", "1 running, found by command; pid"),
    ("workers", AS_RECORDED, "process.running", "pass", "2 running, found by port"),
    ("not-running", AS_RECORDED, "process.running", "fail", "no process found (looked for command /srv/chat/server.py, port 8080)"),
    ("not-running", with_process(gaps=[gap("owner", DENIED)]), "process.running", "unknown", "EACCES"),
    ("service-healthy", with_main_process(state="Z"), "process.running", "fail", "no process found"),
    ("healthy", AS_RECORDED, "process.count", "skip", "no number of instances"),
    ("service-healthy", AS_RECORDED, "process.count", "pass", "expected 1 to any number"),
    ("service-healthy", with_process_options(min=2), "process.count", "fail", "expected 2 to any number"),
    ("service-healthy", with_process_options(min=0, max=0), "process.count", "fail", "0 to 0"),
    ("workers", with_service(process={"min": 1, "max": 1}), "process.count", "pass", "expected 1 to 1"),
    ("not-running", AS_RECORDED, "process.count", "fail", "expected 1 to any number"),
    ("not-running", with_process_options(min=0), "process.count", "pass", "expected 0 to any number"),
    ("service-healthy", AS_RECORDED, "process.state", "pass", "runnable or sleeping"),
    ("stopped", AS_RECORDED, "process.state", "fail", "stopped by a signal (state T)"),
    ("service-healthy", with_main_process(state="t"), "process.state", "fail", "debugger"),
    ("service-healthy", with_main_process(state="D"), "process.state", "warn", "waiting in the kernel"),
    ("not-running", AS_RECORDED, "process.state", "unknown", "see process.running"),
    ("service-healthy", AS_RECORDED, "process.restarts", "skip", "no systemd unit"),
    ("service-healthy", with_unit(restarts=0), "process.restarts", "pass", "0 restarts"),
    ("service-healthy", with_unit(restarts=9) + with_main_process(age_s=4.0), "process.restarts", "fail", "9 restarts, now up 4 s"),
    ("service-healthy", with_unit(restarts=9) + with_main_process(age_s=7200.0), "process.restarts", "pass", "9 restarts"),
    ("not-running", with_unit(active="activating", sub="auto-restart"), "process.restarts", "fail", "now auto-restart"),
    ("not-running", with_unit(active="failed", sub="failed"), "process.restarts", "fail", "now failed"),
    ("service-healthy", AS_RECORDED, "process.binary", "pass", "in /srv/chat"),
    ("deleted-release", AS_RECORDED, "process.binary", "fail", "its working directory /srv/chat/releases/1 was deleted"),
    ("service-healthy", with_main_process(exe_deleted=True, exe_replaced=True), "process.binary", "fail", "was deleted and replaced"),
    ("service-healthy", with_main_process(cwd_moved_to="/srv/chat/releases/2"), "process.binary", "fail", "now points to /srv/chat/releases/2"),
    ("service-healthy", with_process(gaps=[gap("exe", DENIED)]), "process.binary", "unknown", "EACCES"),
    ("service-healthy", AS_RECORDED, "process.code", "pass", "older than the process"),
    ("stale-code", AS_RECORDED, "process.code", "warn", "/srv/chat/server.py was changed 1.0 min after"),
    ("service-healthy", with_main_script(newer_by_s=2.9), "process.code", "pass", "older"),
    ("service-healthy", with_main_process(env_file={"path": "/srv/chat/.env", "newer_by_s": 9.0}), "process.code", "warn", "/srv/chat/.env"),
    ("service-healthy", with_unit(need_daemon_reload=True), "process.code", "warn", "systemd has not reloaded it"),
    ("backlog-full", AS_RECORDED, "process.code", "skip", "does not show the main script"),
    ("service-healthy", with_main_process(fds=79, fd_limit=100), "process.descriptors", "pass", "79 of 100"),
    ("service-healthy", with_main_process(fds=80, fd_limit=100), "process.descriptors", "warn", "80 %"),
    ("service-healthy", with_main_process(fds=95, fd_limit=100), "process.descriptors", "fail", "95 %"),
    ("descriptors", AS_RECORDED, "process.descriptors", "fail", "of 40 file descriptors"),
    ("service-healthy", with_main_process(fd_limit=None), "process.descriptors", "skip", "no limit"),
    ("service-healthy", with_main_process(fds=None) + with_process(gaps=[gap("fd_count", DENIED)]), "process.descriptors", "unknown", "EACCES"),
    ("service-healthy", with_main_process(cpu_percent=89.0, cpu_wait_percent=0.0), "process.cpu", "pass", "89 %"),
    ("spinning", with_main_process(cpu_percent=99.0), "process.cpu", "warn", "99 %"),
    ("service-healthy", with_main_process(cpu_percent=None), "process.cpu", "unknown", "ended"),
    ("service-healthy", AS_RECORDED, "process.memory", "pass", "no OOM kill seen"),
    ("service-healthy", with_process(memory_events={"oom_kill": 2}), "process.memory", "fail", "2 kills"),
    ("service-healthy", with_unit(result="oom-kill"), "process.memory", "fail", "result oom-kill"),
    ("service-healthy", with_time_out("process"), "process.running", "unknown", "no time left"),
    ("service-healthy", with_crash("process", "KeyError"), "process.cpu", "error", "KeyError"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "check", "status", "words"), CASES)
def test_check_status_and_summary(name: str, changes: Changes, check: str, status: str, words: str) -> None:
    result = results(name, changes)[check]
    assert (result["status"], words in result["summary"]) == (status, True), result["summary"]
    assert status not in ("fail", "warn") or result["remediation"], "a fault comes with what to do about it"


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_one_result(name: str) -> None:
    service, evidence = load(name)
    ids = [result.id for result in process.check(evidence["process"], service)]
    assert sorted(ids) == sorted(definition.id for definition in process.DEFINITIONS)


def test_every_check_is_tried_passing_and_not() -> None:
    tried = {(check, status) for _name, _changes, check, status, _words in CASES}
    for definition in process.DEFINITIONS:
        assert {(definition.id, "pass")} <= tried
        assert {(definition.id, "fail"), (definition.id, "warn")} & tried
