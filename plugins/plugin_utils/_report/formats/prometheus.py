# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""report.json in Prometheus' text format, for node_exporter's textfile collector. Renders, decides nothing."""

from __future__ import annotations

import math
import typing as t

from ..._model import ERROR, FAIL, HOST_STATUSES, PASS, SKIP, STATUSES, UNKNOWN, UNREACHABLE, WARN, worst
from ..model.traits import service_traits
from ..shapes import Check, Host, Issue, Report
from .shared import acceptance, moment, one_line

#: The numbers of a check's status; a skipped check has none.
NUMBERS = {PASS: 0, WARN: 1, FAIL: 2, ERROR: 3, UNKNOWN: 4}
#: Longest value of a label: every series repeats it, in every scrape.
_LABEL = 200
_DAY = 86400
_HELP = {
    "run_timestamp_seconds": "When the report was made, in seconds since the epoch.",
    "hosts": "Hosts of the run by status.",
    "host_status": "1 for the status that a host has, 0 for the others.",
    "service_status": "1 for the status that a service has, 0 for the others.",
    "check_status": "Result of a check: 0 pass, 1 warn, 2 fail, 3 error, 4 unknown. Skipped checks are absent.",
    "check_accepted": "1 for a check that does not pass but is accepted by a waiver.",
    "check_duration_seconds": "How long the probe of a check took; checks of one subject share a probe.",
    "certificate_expiry_timestamp_seconds": "When the certificate expires, in seconds since the epoch.",
    "handshake_seconds": "Median duration of WebSocket handshakes on the host.",
    "issue_hosts": "Hosts that have an issue.",
}

_Labels = tuple[tuple[str, str], ...]


class _Families:
    """Samples by metric; a series that comes twice is one."""

    def __init__(self) -> None:
        self._samples: dict[str, dict[_Labels, float]] = {name: {} for name in _HELP}

    def add(self, metric: str, value: float, labels: _Labels = ()) -> None:
        """One sample; of several with the same labels, the largest."""
        samples = self._samples[metric]
        samples[labels] = max(value, samples.get(labels, value))

    def text(self) -> str:
        """All of it, one sample a line; metrics without samples are left out."""
        lines = []
        for metric, samples in self._samples.items():
            name = "websocket_health_" + metric
            if samples:
                lines += ["# HELP %s %s" % (name, _HELP[metric]), "# TYPE %s gauge" % name]
            for labels, value in samples.items():
                inner = ",".join('%s="%s"' % (key, _escape(label)) for key, label in labels)
                lines.append("%s%s %s" % (name, "{%s}" % inner if inner else "", _number(value)))
        return "".join(line + "\n" for line in lines)


def render_prometheus(report: Report) -> str:
    """The report as metrics, all of them gauges of the last run, without timestamps (the textfile collector refuses them).

    The label ``asked`` is a check's instance: Prometheus itself sets ``instance``, and would rename ours. A
    certificate's end is a time and no number of days, so that it runs down between runs.

    :param report: schema ``websocket.health/report/1``.
    """
    families = _Families()
    generated = moment(report["generated"])
    if generated:
        families.add("run_timestamp_seconds", generated.timestamp())
    for status in HOST_STATUSES:
        families.add("hosts", report["summary"]["hosts"][status], _labels(status=status))
    _states(families, "host_status", _host_states(report["hosts"]), HOST_STATUSES)
    states: dict[_Labels, list[str]] = {}
    for host in report["hosts"]:
        for service in host["services"]:
            labels = _labels(host=host["host"], service=service["name"])
            states.setdefault(labels, []).append(service["status"])
            _checks(families, labels, service["checks"])
            _facts(families, labels, host, service["name"], report)
    _states(families, "service_status", {labels: worst(found) for labels, found in states.items()}, STATUSES)
    for labels, names in _issues(report["issues"]).items():
        families.add("issue_hosts", len(names), labels)
    return families.text()


def _labels(**values: str) -> _Labels:
    """Labels; an empty one is the same as none to Prometheus."""
    return tuple(
        (name, label) for name, label in ((name, one_line(text, _LABEL)) for name, text in values.items()) if label
    )


def _escape(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    # Microseconds are enough: 0.7073, and not 0.7072999999999999.
    return "%d" % value if float(value).is_integer() else repr(round(float(value), 6))


def _host_states(hosts: list[Host]) -> dict[_Labels, str]:
    """The status of each host; where names are the same once they are harmless, the worst."""
    order = (PASS, UNKNOWN, WARN, FAIL, UNREACHABLE)
    states: dict[_Labels, str] = {}
    for host in hosts:
        labels = _labels(host=host["host"])
        states[labels] = max(states.get(labels, PASS), host["status"], key=order.index)
    return states


def _states(families: _Families, metric: str, states: dict[_Labels, str], statuses: t.Sequence[str]) -> None:
    for labels, found in states.items():
        for status in statuses:
            families.add(metric, float(status == found), (*labels, ("status", status)))


def _checks(families: _Families, labels: _Labels, checks: list[Check]) -> None:
    found: dict[_Labels, list[str]] = {}
    for check in checks:
        own = (*labels, *_labels(check=check["id"], vantage=check["vantage"], asked=check["instance"]))
        if check["status"] == SKIP:
            continue
        found.setdefault(own, []).append(check["status"])
        if acceptance(check):
            families.add("check_accepted", 1, own)
        if check["duration_ms"] is not None:
            families.add("check_duration_seconds", check["duration_ms"] / 1000, own)
    for own, statuses in found.items():
        families.add("check_status", NUMBERS[worst(statuses)], own)


def _facts(families: _Families, labels: _Labels, host: Host, service: str, report: Report) -> None:
    """What is measured, besides what is judged: of hosts that found it, and in the form that it has there."""
    traits = service_traits(host, service)
    latency, days = _finite(traits.get("latency_ms")), _finite(traits.get("certificate_days"))
    if latency is not None:
        families.add("handshake_seconds", latency / 1000, labels)
    seen = moment(host["generated"]) or moment(report["generated"])
    if days is not None and seen:
        families.add("certificate_expiry_timestamp_seconds", round(seen.timestamp() + days * _DAY), labels)


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and abs(value) < 1e15 and math.isfinite(value) else None


def _issues(issues: list[Issue]) -> dict[_Labels, set[str]]:
    found: dict[_Labels, set[str]] = {}
    for issue in issues:
        labels = _labels(id=issue["id"], layer=issue["layer"], status=issue["status"])
        found.setdefault(labels, set()).update(place["host"] for place in issue["hosts"])
    return found
