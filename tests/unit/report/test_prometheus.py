# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics: what Prometheus' own readers make of them, the numbers, and series that must not come twice."""

from __future__ import annotations

import copy
import pathlib
import re
import subprocess
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats import prometheus
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats.prometheus import (
    NUMBERS,
    render_prometheus,
)
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.probed_host import computing

from . import sample
from . import sample_reports as samples

Row = dict[str, t.Any]
REPORTS: dict[str, t.Callable[[], Row]] = {
    "fleet": samples.fleet,
    "every status": samples.every_status,
    "hostile": samples.poisoned,
    "a megabyte": samples.megabyte,
    "nobody": lambda: samples.report_of([]),
    "unreachable": lambda: samples.report_of([], ["web1", "web2"]),
}


def series(report: Row) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample as the Python client reads it; none may come twice, have a timestamp or lack its metadata."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for family in text_string_to_metric_families(render_prometheus(report)):
        assert family.documentation and family.type == "gauge", family.name
        for entry in family.samples:
            key = (entry.name.removeprefix("websocket_health_"), tuple(sorted(entry.labels.items())))
            assert key not in found and entry.timestamp is None
            found[key] = entry.value
    return found


def value(report: Row, metric: str, **labels: str) -> float | None:
    return series(report).get((metric, tuple(sorted(labels.items()))))


@pytest.mark.parametrize("name", REPORTS)
def test_the_python_client_reads_it(name: str) -> None:
    text = render_prometheus(REPORTS[name]())
    assert text.endswith("\n") and "\n\n" not in text and "\r" not in text
    assert series(REPORTS[name]())


@pytest.mark.parametrize("name", REPORTS)
def test_promtool_reads_it_and_has_nothing_to_say(name: str) -> None:
    command = [samples.program("promtool", "prometheus"), "check", "metrics"]
    text = render_prometheus(REPORTS[name]())
    answer = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_the_documented_alerts_are_rules_about_metrics_that_there_are(tmp_path: pathlib.Path) -> None:
    page = (pathlib.Path(__file__).resolve().parents[3] / "docs" / "outputs.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(groups:\n.*?)```", page, re.S)
    assert found
    rules = tmp_path / "rules.yml"
    rules.write_text(found[1], encoding="utf-8")
    command = [samples.program("promtool", "prometheus"), "check", "rules", str(rules)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0 and "4 rules found" in answer.stdout, answer
    named = set(re.findall(r"websocket_health_(\w+)", page[page.index("## Prometheus") : page.index("## SARIF")]))
    assert named <= set(prometheus._HELP)


def test_promtool_rejects_wrong_metrics() -> None:
    command = [samples.program("promtool", "prometheus"), "check", "metrics"]
    for text in ("# HELP a_days x\n# TYPE a_days gauge\na_days 1\n", "a 1\na 1\n", 'a{b="\\"} 1\n'):
        assert subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False).returncode


def test_a_check_is_a_number() -> None:
    found = {
        status: value(
            samples.every_status(), "check_status", host="web1", service="chat", check="port." + status, vantage="host"
        )
        for status in (*NUMBERS, "skip")
    }
    assert found == {"pass": 0, "warn": 1, "fail": 2, "error": 3, "unknown": 4, "skip": None}
    help_line = re.search("HELP websocket_health_check_status (.*)", render_prometheus(samples.every_status()))
    assert help_line
    for status, number in NUMBERS.items():
        assert f"{number} {status}" in help_line.group(1)


def test_of_several_results_the_worst_counts() -> None:
    rows = [
        samples.check("port.shared", status, duration_ms=ms)
        for status, ms in (("unknown", 5), ("fail", 20), ("pass", 1))
    ]
    labels = {"host": "web1", "service": "chat", "check": "port.shared", "vantage": "host"}
    for order in (rows, rows[::-1]):
        assert value(samples.one_host(*order), "check_status", **labels) == 2
        assert value(samples.one_host(*order), "check_duration_seconds", **labels) == 0.02
    asked = samples.one_host(*(dict(row, instance=str(number)) for number, row in enumerate(rows)))
    assert [value(asked, "check_status", asked=str(number), **labels) for number in range(3)] == [4, 2, 0]


def test_names_that_become_the_same_are_one_series() -> None:
    """The escape of a control character, and the same text written out."""
    services = [sample.healthy(1), sample.not_running(1)]
    for first, second in (services, services[::-1]):
        report = samples.report_of([sample.result("web\x01", first), sample.result("web\\x01", second)])
        assert value(report, "host_status", host="web\\x01", status="fail") == 1
        assert value(report, "host_status", host="web\\x01", status="pass") == 0
        assert value(report, "service_status", host="web\\x01", service="chat", status="fail") == 1


def test_exactly_one_status_of_each_host_is_set() -> None:
    report = samples.fleet()
    found = series(report)
    for host in report["hosts"]:
        states = {
            dict(key[1])["status"]: number
            for key, number in found.items()
            if key[0] == "host_status" and ("host", host["host"]) in key[1]
        }
        assert [status for status, number in states.items() if number] == [host["status"]]
        assert len(states) == 5
    for status in ("pass", "warn", "fail", "unknown", "unreachable"):
        assert value(report, "hosts", status=status) == report["summary"]["hosts"][status]


def test_measurements_are_seconds_and_odd_ones_are_left_out() -> None:
    traits = {"latency_ms": 2.5, "certificate_days": 10.5}
    report = samples.one_host(samples.check("port.listening", "pass"), traits=traits)
    assert value(report, "handshake_seconds", host="web1", service="chat") == 0.0025
    # Ten and a half days after 2026-11-23T02:00:05Z.
    assert value(report, "certificate_expiry_timestamp_seconds", host="web1", service="chat") == 1795399205 + 907200
    assert value(report, "run_timestamp_seconds") == 1795399207
    report = samples.one_host(samples.check("port.listening", "pass", duration_ms=707.2999999999999))
    assert 'vantage="host"} 0.7073\n' in render_prometheus(report)
    for odd in ("3", True, None, [], float("inf"), 10**400):
        report = samples.one_host(samples.check("port.listening", "pass"))
        report["hosts"][0]["facts"]["services"]["chat"] = {"latency_ms": odd, "certificate_days": odd}
        assert not {"handshake_seconds", "certificate_expiry_timestamp_seconds"} & {
            name for name, _labels in series(report)
        }
    for facts in ({}, {"services": []}, {"services": {"chat": 1}}):
        report["hosts"][0]["facts"] = facts
        assert "handshake_seconds" not in {name for name, _labels in series(report)}


def test_issues_count_their_hosts() -> None:
    report = samples.fleet()
    assert value(report, "issue_hosts", id="process-not-running", layer="process", status="fail") == 2
    assert value(report, "issue_hosts", id="host.unreachable", layer="network", status="unreachable") == 2


def test_a_waived_check_has_a_series_of_its_own() -> None:
    report = samples.every_status()
    labels = {"host": "web1", "service": "chat", "check": "port.fail", "vantage": "host"}
    assert value(report, "check_accepted", **labels) is None
    samples.checks_of(report)[2]["waiver"] = {"reason": "known", "until": "2026-12-31"}
    assert value(report, "check_accepted", **labels) == 1
    assert value(report, "check_status", **labels) == 2


def test_labels_come_back_as_they_were() -> None:
    name = 'a\\b "c" {d="e"},\\n # f'
    report = samples.report_of([sample.result(name, sample.healthy(1))])
    assert value(report, "host_status", host=name, status="pass") == 1


def test_no_label_is_hostile_or_long() -> None:
    text = render_prometheus(samples.poisoned())
    assert not re.search(samples.UNSEEN, text)
    text.encode("utf-8")
    assert len(text.split("\n")) == len(render_prometheus(samples.poisoned("x")).split("\n"))
    assert len(render_prometheus(samples.megabyte())) < 20_000


def test_no_label_that_prometheus_sets_itself() -> None:
    names = {label for _name, labels in series(samples.poisoned()) for label, _value in labels}
    assert names <= {"host", "service", "status", "check", "vantage", "asked", "id", "layer"}


def test_the_same_report_gives_the_same_bytes() -> None:
    report = samples.fleet()
    untouched = copy.deepcopy(report)
    assert render_prometheus(report) == render_prometheus(copy.deepcopy(report))
    assert report == untouched


@pytest.mark.fuzz
def test_a_thousand_hosts_in_time() -> None:
    report = samples.large()
    with computing(15):
        text = render_prometheus(report)
    assert text.count("\nwebsocket_health_check_status{") == 25_000
