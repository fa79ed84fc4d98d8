# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line of a monitoring plugin: its grammar, the check that prints it, and what readers of such lines make of it."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import re
import subprocess
import time
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats.nagios import render_nagios
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.assemble import assemble
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.waivers import read_waivers

from tests.unit.probed_host import computing

from . import sample
from . import sample_reports as samples

Row = dict[str, t.Any]
STATES = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}
WORDS = {"pass": "OK", "warn": "WARNING", "fail": "CRITICAL", "unknown": "UNKNOWN"}
REPORTS: dict[str, t.Callable[[], Row]] = {
    "fleet": samples.fleet,
    "every status": samples.every_status,
    "hostile": samples.poisoned,
    "a megabyte": samples.megabyte,
    "large": samples.large,
    "nobody": lambda: samples.report_of([]),
    "unreachable": lambda: samples.report_of([], ["web1", "web2"]),
    "healthy": lambda: samples.report_of([sample.result("web1", sample.healthy(1))]),
    "warning": lambda: samples.report_of([sample.result("web1", sample.stale_code(1))]),
    "unknown": lambda: samples.report_of([sample.result("web1", sample.hidden_owner(1))]),
}
#: The guidelines: 'label'=value[UOM];[warn];[crit];[min];[max], with ranges [@]start:end as thresholds.
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_RANGE = rf"@?(?:(?:~|{_NUMBER}):)?(?:{_NUMBER})?"
PERFDATA = re.compile(
    rf"(?P<label>[^\s'=]+|'(?:[^'=]|'')+')=(?P<value>{_NUMBER})(?P<uom>[um]?s|%|[KMGT]?B|c)?"
    rf"(?:;(?P<warn>{_RANGE}))?(?:;(?P<crit>{_RANGE}))?(?:;(?P<min>{_NUMBER})?)?(?:;(?P<max>{_NUMBER})?)?"
)
PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs" / "outputs.md"


def parsed(report: Row) -> tuple[str, str, dict[str, dict[str, str]]]:
    """State, text and performance data, by the grammar of the guidelines."""
    line = render_nagios(report)
    match = re.fullmatch(r"WEBSOCKET HEALTH (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]+) \| ([^|\n]+)\n", line)
    assert match, line
    found = {}
    for part in match[3].split(" "):
        entry = PERFDATA.fullmatch(part)
        assert entry, part
        found[entry["label"]] = entry.groupdict()
    return match[1], match[2], found


@pytest.mark.parametrize("name", REPORTS)
def test_the_grammar_of_the_guidelines(name: str) -> None:
    report = REPORTS[name]()
    state, text, numbers = parsed(report)
    assert state == WORDS[report["summary"]["status"]]
    assert text.strip() == text
    hosts, checks = report["summary"]["hosts"], report["summary"]["checks"]
    for label, entry in numbers.items():
        kind, _line, status = label.partition("_")
        counts = hosts if kind == "hosts" else checks
        assert (entry["value"], entry["min"], entry["max"]) == (str(counts[status]), "0", str(counts["total"]))
    assert {label for label in numbers if label.startswith("hosts_")} == {
        "hosts_" + word for word in hosts if word != "total"
    }
    # NRPE 2 cuts what is longer.
    assert len(render_nagios(report).encode()) < 1024


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nobody", "UNKNOWN - no host was judged"),
        ("healthy", "OK - 1 of 1 host passes"),
        ("unreachable", "CRITICAL - 2 of 2 hosts do not answer: No answer from the host (web1, web2)"),
        (
            "warning",
            "WARNING - 1 of 1 host has warnings: Warning: The process runs the code that is on disk (web1)",
        ),
        (
            "unknown",
            "UNKNOWN - 1 of 1 host could not be fully judged: Not observed: The port belongs to the service's own process (web1)",
        ),
    ],
)
def test_the_line_names_status_and_reason(name: str, expected: str) -> None:
    assert render_nagios(REPORTS[name]()).startswith(f"WEBSOCKET HEALTH {expected} | ")


def test_causes_with_their_hosts() -> None:
    state, text, numbers = parsed(samples.fleet())
    assert state == "CRITICAL"
    assert text.startswith("6 of 20 hosts fail, 2 do not answer, 1 has warnings, 2 could not be fully judged: ")
    assert "The back end's process is not running (web3, web7); " in text
    assert text.endswith("; and 2 more issues")
    assert numbers["hosts_fail"]["crit"] == numbers["hosts_unreachable"]["crit"] == numbers["hosts_warn"]["warn"] == "0"


def test_what_is_accepted_is_counted() -> None:
    report = REPORTS["healthy"]()
    report["summary"]["accepted"] = 2
    assert parsed(report)[1] == "1 of 1 host passes, 2 findings accepted"


def test_hosts_that_are_accepted_raise_no_alarm() -> None:
    accepted = read_waivers([{"check": "host.unreachable", "host": "web2", "reason": "off", "until": "2999-12-31"}], [])
    rows = [sample.result("web1", sample.healthy(1)), sample.result("web2", **sample.SSH_DOWN)]
    report = assemble(rows, (), sample.GENERATED, sample.RUN, waivers=accepted)
    state, text, numbers = parsed(report)
    assert (state, text) == ("OK", "1 of 2 hosts passes, 1 finding accepted")
    assert (numbers["hosts_unreachable"]["value"], numbers["hosts_unreachable"]["crit"]) == ("0", "0")
    rows[0] = sample.result("web1", **sample.SSH_DOWN)
    report = assemble(rows, (), sample.GENERATED, sample.RUN, waivers=accepted)
    state, text, numbers = parsed(report)
    assert state == "CRITICAL" and text.startswith("1 of 2 hosts does not answer, 1 finding accepted: ")
    assert numbers["hosts_unreachable"]["value"] == "1"


def test_hostile_text_does_not_end_the_line_or_its_text() -> None:
    line = render_nagios(samples.poisoned())
    assert line.count("|") == line.count("\n") == 1 and line.endswith("\n")
    assert "`" not in line and not re.search(samples.UNSEEN, line)


def test_a_line_that_is_cut_keeps_whole_characters_and_its_numbers() -> None:
    report = samples.poisoned("ü" * 300)
    _state, text, numbers = parsed(report)
    assert text.endswith("…") and len(numbers) == 9
    assert 980 < len(render_nagios(report).encode()) < 1024


@pytest.mark.parametrize("name", REPORTS)
def test_the_parser_of_monitoring_plugins_reads_the_numbers(name: str) -> None:
    perl = samples.program("perl", "libmonitoring-plugin-perl")
    report = REPORTS[name]()
    script = (
        "use Monitoring::Plugin::Performance; $/ = undef; my ($text, $numbers) = split / \\| /, <STDIN>;"
        'print join "\\n", map { join ",", $_->label, $_->value, $_->min, $_->max, $_->threshold->critical->is_set ? 1 : 0 }'
        " Monitoring::Plugin::Performance->parse_perfstring($numbers);"
    )
    if subprocess.run([perl, "-MMonitoring::Plugin::Performance", "-e1"], capture_output=True, check=False).returncode:
        pytest.skip(f"needs Debian's package libmonitoring-plugin-perl: {samples.SETUP}")
    answer = subprocess.run(
        [perl, "-e", script], input=render_nagios(report), capture_output=True, text=True, check=True
    )
    expected = [
        ",".join((label, entry["value"], entry["min"], entry["max"], str(int(entry["crit"] != ""))))
        for label, entry in parsed(report)[2].items()
    ]
    assert answer.stdout.split("\n") == expected


def plugin(tmp_path: pathlib.Path) -> pathlib.Path:
    """The check of the documentation, as a file."""
    found = re.search(r"```sh\n(#!/bin/sh\n.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert found
    path = tmp_path / "check_websocket_health"
    path.write_text(found[1], encoding="utf-8")
    return path


@pytest.mark.parametrize("name", REPORTS)
def test_the_documented_check_prints_the_line_and_has_its_exit_code(name: str, tmp_path: pathlib.Path) -> None:
    report = REPORTS[name]()
    line = tmp_path / "nagios.txt"
    line.write_text(render_nagios(report), encoding="utf-8")
    answer = subprocess.run(["sh", str(plugin(tmp_path)), str(line)], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (STATES[parsed(report)[0]], render_nagios(report))


def test_the_documented_check_knows_nothing_of_a_file_that_is_old_missing_or_another(tmp_path: pathlib.Path) -> None:
    check, line = plugin(tmp_path), tmp_path / "nagios.txt"
    line.write_text("WEBSOCKET HEALTH OK - fine | a=1\n")
    for age, text in ((0, "WEBSOCKET HEALTH OK - fine"), (7200, "older than 60 minutes")):
        moment = time.time() - age
        os.utime(line, (moment, moment))
        answer = subprocess.run(["sh", str(check), str(line), "60"], capture_output=True, text=True, check=False)
        assert text in answer.stdout and answer.returncode == (3 if age else 0)
    for content in ("", "something else\n"):
        line.write_text(content)
        assert subprocess.run(["sh", str(check), str(line)], capture_output=True, check=False).returncode == 3
    line.unlink()
    answer = subprocess.run(["sh", str(check), str(line)], capture_output=True, text=True, check=False)
    assert answer.returncode == 3 and answer.stdout.startswith("WEBSOCKET HEALTH UNKNOWN - ")


@pytest.mark.parametrize("name", REPORTS)
def test_negate_of_monitoring_plugins_turns_its_state_around(name: str, tmp_path: pathlib.Path) -> None:
    negate = samples.program("negate", "monitoring-plugins-common")
    report = REPORTS[name]()
    line = tmp_path / "nagios.txt"
    line.write_text(render_nagios(report), encoding="utf-8")
    command = [
        negate,
        "-s",
        "-o",
        "CRITICAL",
        "-w",
        "OK",
        "-c",
        "OK",
        "-u",
        "WARNING",
        "/bin/sh",
        str(plugin(tmp_path)),
        str(line),
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    state = parsed(report)[0]
    turned = {"OK": "CRITICAL", "WARNING": "OK", "CRITICAL": "OK", "UNKNOWN": "WARNING"}[state]
    assert (answer.returncode, answer.stdout) == (STATES[turned], render_nagios(report).replace(state, turned, 1))


def test_the_same_report_gives_the_same_bytes() -> None:
    report = samples.fleet()
    untouched = copy.deepcopy(report)
    assert render_nagios(report) == render_nagios(json.loads(json.dumps(report)))
    assert report == untouched


@pytest.mark.fuzz
def test_a_thousand_hosts_in_time() -> None:
    report = samples.large()
    with computing(5):
        render_nagios(report)
