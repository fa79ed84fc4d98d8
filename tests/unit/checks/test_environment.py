# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklist item 2 on recorded evidence."""

from __future__ import annotations

import json

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.common import Gap
from ansible_collections.websocket.health.plugins.plugin_utils._checks import environment

from tests.unit.builders.common import gap, with_crash
from tests.unit.builders.environment import with_declared, with_environment, with_variable
from tests.unit.builders.service import with_service
from tests.unit.recorded.load import AS_RECORDED, NAMES, Changes, change, load, results

UNREAD = with_environment(gaps=[gap("environ", "EACCES (Permission denied)")])
#: A file that is no regular one, and one that is not there although the inventory names it.
FIFO = gap("file", "/a/.env: EINVAL (not a regular file)", "name another")
ABSENT: Gap = {**FIFO, "kind": "absent"}
#: The inventory expects a value of a secret variable; whether it has it is all that leaves the host.
EXPECTED = with_service(environment={"expect": {"API_TOKEN": "cAnArY7x"}})
UNEXPECTED_VALUE = EXPECTED + with_variable("API_TOKEN", set=True, value=None, matches=False, withheld=True)
EXPECTED_VALUE = EXPECTED + with_variable("API_TOKEN", set=True, value=None, matches=True, withheld=True)

CASES: list[tuple[str, Changes, str, str, str]] = [
    # (recorded case, changes, check, status, part of the summary)
    ("service-healthy", AS_RECORDED, "environment.mode", "pass", "NODE_ENV=production"),
    ("healthy", with_environment(variables={}), "environment.mode", "pass", "no mode variable is set"),
    ("workers", with_environment(differing={"12": ["NODE_ENV"]}), "environment.mode", "warn", "pid 12 differs"),
    ("service-healthy", with_environment(gaps=[FIFO]), "environment.declared", "unknown", "was not read: /a/.env: EINVAL (not a regular file)"),
    ("service-healthy", with_environment(gaps=[ABSENT]), "environment.declared", "warn", "was not read: /a/.env: EINVAL"),
    ("service-healthy", AS_RECORDED, "environment.declared", "skip", "neither a unit nor a .env file"),
    ("wrong-mode", AS_RECORDED, "environment.declared", "warn", "'development' in the process but 'production' in /srv/chat/.env:1"),
    ("wrong-mode", with_declared("NODE_ENV", same=True), "environment.declared", "pass", "1 declared"),
    ("wrong-mode", with_declared("NODE_ENV", set=False), "environment.declared", "pass", "1 declared"),
    ("service-healthy", AS_RECORDED, "environment.tls", "pass", "does not disable it"),
    ("forbidden-variable", AS_RECORDED, "environment.tls", "warn", "NODE_TLS_REJECT_UNAUTHORIZED=0"),
    ("forbidden-variable", with_variable("NODE_TLS_REJECT_UNAUTHORIZED", set=True, value="1"), "environment.tls", "pass", "does not"),
    ("service-healthy", AS_RECORDED, "environment.NODE_ENV", "pass", "NODE_ENV is 'production'"),
    ("wrong-mode", AS_RECORDED, "environment.NODE_ENV", "fail", "NODE_ENV is 'development', expected 'production'"),
    ("service-healthy", with_variable("NODE_ENV", set=False, value=None), "environment.NODE_ENV", "fail", "NODE_ENV is not set, expected 'production'"),
    ("service-healthy", change("environment", "variables", NODE_ENV=None), "environment.NODE_ENV", "unknown", "does not show it"),
    ("service-healthy", AS_RECORDED, "environment.PATH", "pass", "PATH is set"),
    ("service-healthy", with_variable("PATH", set=False, value=None), "environment.PATH", "fail", "PATH is not set"),
    ("service-healthy", AS_RECORDED, "environment.DEBUG", "pass", "DEBUG is not set"),
    ("forbidden-variable", AS_RECORDED, "environment.NODE_TLS_REJECT_UNAUTHORIZED", "fail", "is set, but must not be"),
    ("forbidden-variable", AS_RECORDED, "environment.REDIS_URL", "fail", "REDIS_URL is not set"),
    ("healthy", UNEXPECTED_VALUE, "environment.API_TOKEN", "fail", "set to something else, expected 'the expected"),
    ("healthy", EXPECTED_VALUE, "environment.API_TOKEN", "pass", "API_TOKEN is as expected"),
    ("service-healthy", UNREAD, "environment.mode", "unknown", "EACCES"),
    ("service-healthy", UNREAD, "environment.NODE_ENV", "unknown", "EACCES"),
    ("not-running", AS_RECORDED, "environment.mode", "unknown", "no process of the service was found"),
    ("service-healthy", with_crash("environment", "KeyError"), "environment.PATH", "error", "KeyError"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "check", "status", "words"), CASES)
def test_check_status_and_summary(name: str, changes: Changes, check: str, status: str, words: str) -> None:
    result = results(name, changes)[check]
    assert (result["status"], words in result["summary"]) == (status, True), result["summary"]
    assert status not in ("fail", "warn") or result["remediation"]
    assert "cAnArY7x" not in json.dumps(result)


@pytest.mark.parametrize("name", NAMES)
def test_every_check_has_one_result(name: str) -> None:
    service, evidence = load(name)
    wanted = service.get("environment") or {}
    named = {*(wanted.get("expect") or ()), *(wanted.get("require") or ()), *(wanted.get("forbid") or ())}
    ids = sorted(result.id for result in environment.check(evidence["environment"], service))
    plain = [definition.id for definition in environment.DEFINITIONS if "*" not in definition.id]
    assert ids == sorted([*plain, *("environment." + name for name in named)])
