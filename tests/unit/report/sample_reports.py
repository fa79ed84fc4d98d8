# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports for the tests of what machines read: every status, hostile text, large fleets."""

from __future__ import annotations

import copy
import functools
import os
import pathlib
import shutil
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._model import STATUSES, Diagnosis
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.assemble import assemble

from . import sample

Row = dict[str, t.Any]
SCHEMAS = pathlib.Path(__file__).parent / "schemas"
SETUP = "python tests/servers/setup.py"

HOSTILE = (
    "]]></script><!-- \" ' ` | \\ & &lt; <b> {0} {{ 7*7 }} [a](javascript:alert(1)) ={,} # HELP x\n"
    "x 1\r\n| y=1;;\x00\x08\x1b[31m\x07\x7f\x85\u202e\u2066\u200b\ufeff\ufffe\uffff\ud800\u2028\t\x0c"
)
#: What must not be in any output, whatever servers say: controls, marks that reorder text, halves of characters.
UNSEEN = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
_WORDS = ("schema", "generated", "status", "severity", "role", "confidence", "vantage", "kind")


def program(name: str, package: str) -> str:
    """A program of a Debian package, or a skip that says what is missing."""
    found = shutil.which(name, path=os.pathsep.join([*os.get_exec_path(), "/usr/lib/nagios/plugins"]))
    if found is None:
        pytest.skip(f"needs {name} of Debian's package {package}: {SETUP}")
    return found


def report_of(results: list[Row], names: t.Sequence[str] = ()) -> Row:
    """The report of some results."""
    return assemble(results, names, sample.GENERATED, sample.RUN)


def fleet(size: int = 20) -> Row:
    """The report of a fleet with the usual faults."""
    return report_of(*sample.fleet(size))


def check(check_id: str, status: str, **fields: t.Any) -> Row:
    """One result of a check."""
    row = copy.deepcopy(sample.healthy_checks()[0])
    return dict(
        row, id=check_id, title=f"What {check_id} asks", status=status, summary=f"{check_id} is {status}", **fields
    )


def cause(explains: list[str], layer: str = "proxy", name: str = "the-cause", role: str = "root") -> Diagnosis:
    """A diagnosis that explains some checks."""
    return Diagnosis(
        id=name,
        title=f"The title of {name}",
        layer=layer,
        confidence="certain",
        because=["it was seen"],
        explains=explains,
        role=role,
        next_steps={"immediate": ["look"], "configuration": ["change it"], "testing": ["run it again"]},
    )


def one_host(*checks: Row, diagnoses: t.Sequence[Diagnosis] = (), traits: Row | None = None) -> Row:
    """The report of one host with one service."""
    row = sample.result("web1", [sample.service(list(checks), diagnoses)])
    row["facts"] = {"services": {"chat": traits or {}}}
    return report_of([row])


def every_status() -> Row:
    """One host with a check of each status."""
    return one_host(*(check(f"port.{status}", status) for status in STATUSES))


def checks_of(report: Row) -> list[Row]:
    """All results of checks."""
    return [check for host in report["hosts"] for service in host["services"] for check in service["checks"]]


def poisoned(text: str = HOSTILE) -> Row:
    """A fleet in whose report every text ends in a given one, keys of facts too."""
    rows, names = sample.fleet()
    rows[0]["services"][0]["checks"].append(check("proxy.upgrade", "fail"))
    report = report_of(rows, names)
    report["hosts"][0]["facts"]["services"] = {"chat": {"latency_ms": 2.5, "certificate_days": 10.0}}
    for found in checks_of(report):
        if found["status"] in ("warn", "fail"):
            found["evidence"] = [{"source": "/etc/nginx/a b.conf", "text": "y"}, {"source": "app.js:3", "text": "z"}]
            found["expected"] = {"text": ["text", 1, None]}
    return t.cast(Row, _poison(report, text))


def _poison(value: t.Any, text: str, key: str = "") -> t.Any:
    if isinstance(value, dict):
        inside = key in ("services", "expected") and "name" not in value
        return {name + text if inside else name: _poison(entry, text, name) for name, entry in value.items()}
    if isinstance(value, list):
        return [_poison(entry, text, key) for entry in value]
    return value + text if isinstance(value, str) and value and key not in _WORDS else value


def megabyte() -> Row:
    """A host on which a text of each sort is a megabyte long."""
    long = "<\x01>" * 350_000
    found = check("proxy.upgrade", "fail", instance=long, remediation=[long] * 3, expected=long)
    found.update(title=long, summary=long, evidence=[{"source": long, "text": long}] * 50)
    diagnosis = cause(["proxy.upgrade"])
    diagnosis.because = [long] * 20
    report = one_host(found, dict(found), diagnoses=[diagnosis])
    report["hosts"][0]["host"] = long
    return report


@functools.cache
def large() -> Row:
    """A thousand hosts with twenty-five checks each, all of which are wrong; read only."""
    checks = [check(f"proxy.number{number}", "fail" if number % 2 else "warn") for number in range(25)]
    rows = [
        sample.result(f"web{number}", [sample.service(checks, [cause(["proxy.number1"])])]) for number in range(1000)
    ]
    return report_of(rows)
