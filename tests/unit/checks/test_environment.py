# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklist item 2 on recorded evidence."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks import environment

from tests.unit.recorded.load import NAMES, load, results

V = "evidence__environment__variables__"
GAP = [{"what": "environ", "reason": "EACCES (Permission denied)", "remedy": "run with become: true"}]
#: A secret variable that is not what was expected.
OTHER = {"set": True, "value": None, "matches": False, "withheld": True}
EXPECT = {"service__environment": {"expect": {"API_TOKEN": "cAnArY7x"}}}

GAPS = "evidence__environment__gaps"
FIFO = {"what": "file", "reason": "/a/.env: EINVAL (not a regular file)", "remedy": "name another"}
CASES: list[tuple[str, dict[str, t.Any], str, str, str]] = [
    ("service-healthy", {}, "environment.mode", "pass", "NODE_ENV=production"),
    ("healthy", {"evidence__environment__variables": {}}, "environment.mode", "pass", "no mode variable is set"),
    ("workers", {"evidence__environment__differing": {"12": ["NODE_ENV"]}}, "environment.mode", "warn", "pid 12 differs"),
    ("service-healthy", {GAPS: [FIFO]}, "environment.declared", "unknown", "was not read: /a/.env: EINVAL (not a regular file)"),
    ("service-healthy", {GAPS: [dict(FIFO, kind="absent")]}, "environment.declared", "warn", "was not read: /a/.env: EINVAL"),
    ("service-healthy", {}, "environment.declared", "skip", "neither a unit nor a .env file"),
    ("wrong-mode", {}, "environment.declared", "warn", "'development' in the process but 'production' in /srv/chat/.env:1"),
    ("wrong-mode", {"evidence__environment__declared__NODE_ENV__same": True}, "environment.declared", "pass", "1 declared"),
    ("wrong-mode", {"evidence__environment__declared__NODE_ENV__set": False}, "environment.declared", "pass", "1 declared"),
    ("service-healthy", {}, "environment.tls", "pass", "does not switch it off"),
    ("forbidden-variable", {}, "environment.tls", "warn", "NODE_TLS_REJECT_UNAUTHORIZED=0"),
    ("forbidden-variable", {V + "NODE_TLS_REJECT_UNAUTHORIZED__value": "1"}, "environment.tls", "pass", "does not"),
    ("service-healthy", {}, "environment.NODE_ENV", "pass", "NODE_ENV is 'production'"),
    ("wrong-mode", {}, "environment.NODE_ENV", "fail", "NODE_ENV is 'development', expected 'production'"),
    ("service-healthy", {V + "NODE_ENV": {"set": False, "value": None}}, "environment.NODE_ENV", "fail", "NODE_ENV is not set, expected 'production'"),
    ("service-healthy", {V + "NODE_ENV": None}, "environment.NODE_ENV", "unknown", "does not tell"),
    ("service-healthy", {}, "environment.PATH", "pass", "PATH is set"),
    ("service-healthy", {V + "PATH": {"set": False, "value": None}}, "environment.PATH", "fail", "PATH is not set"),
    ("service-healthy", {}, "environment.DEBUG", "pass", "DEBUG is not set"),
    ("forbidden-variable", {}, "environment.NODE_TLS_REJECT_UNAUTHORIZED", "fail", "is set, and must not be"),
    ("forbidden-variable", {}, "environment.REDIS_URL", "fail", "REDIS_URL is not set"),
    ("healthy", {**EXPECT, V + "API_TOKEN": OTHER}, "environment.API_TOKEN", "fail", "set to something else, expected 'the expected"),
    ("healthy", {**EXPECT, V + "API_TOKEN": dict(OTHER, matches=True)}, "environment.API_TOKEN", "pass", "API_TOKEN is as expected"),
    ("service-healthy", {"evidence__environment__gaps": GAP}, "environment.mode", "unknown", "EACCES"),
    ("service-healthy", {"evidence__environment__gaps": GAP}, "environment.NODE_ENV", "unknown", "EACCES"),
    ("not-running", {}, "environment.mode", "unknown", "no process of the service was found"),
    ("service-healthy", {"evidence__environment__error": {"kind": "crash", "message": "KeyError"}}, "environment.PATH", "error", "KeyError"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "check", "status", "words"), CASES)
def test_a_check(name: str, changes: dict[str, t.Any], check: str, status: str, words: str) -> None:
    result = results(name, **changes)[check]
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
