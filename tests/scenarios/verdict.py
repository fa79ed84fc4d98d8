# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what the report said of a scenario with what was expected, and sums it up in a table."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from tests.scenarios.calibration import Claim, claims
from tests.scenarios.rounds import Outcome
from tests.scenarios.scenario import Expect

_COLUMNS = ("group", "staged", "named first", "in first 3", "missed", "false alarms", "seconds")
_WRONG = ("fail", "warn", "error")


@dataclasses.dataclass
class Verdict:
    """What was right and wrong about one scenario."""

    outcome: Outcome
    #: Place of the expected id among the diagnoses, from 1; None: it was not named.
    place: int | None
    #: Whether anything was said to be wrong.
    detected: bool
    #: Ids, or failing checks of a healthy stack, that ought not to be there.
    alarms: list[str]
    #: What else was expected and is not so.
    lacking: list[str]

    @property
    def healthy(self) -> bool:
        """Whether nothing was wrong with the stack."""
        return self.outcome.scenario.expect.first is None

    @property
    def complaint(self) -> str:
        """Why the scenario has not gone as expected; empty: it has."""
        scenario, said = self.outcome.scenario, []
        if self.outcome.error:
            return self.outcome.error
        if not self.healthy and self.place != 1:
            said.append(
                f"{scenario.expect.first} was expected first; named: {', '.join(named(self.outcome)) or 'nothing'}"
            )
        if self.alarms:
            said.append("not expected: " + ", ".join(self.alarms))
        said += self.lacking
        return "; ".join(said)


def named(outcome: Outcome) -> list[str]:
    """The ids of the diagnoses, each with its role where that is not root."""
    found = outcome.service["diagnoses"] if outcome.service else []
    return [entry["id"] + ("" if entry["role"] == "root" else f" ({entry['role']})") for entry in found]


def judge(outcome: Outcome) -> Verdict:
    """Compare."""
    expect, service = outcome.scenario.expect, outcome.service or {"diagnoses": [], "checks": [], "status": "unknown"}
    ids = [entry["id"] for entry in service["diagnoses"]]
    roots = [entry["id"] for entry in service["diagnoses"] if entry["role"] == "root"]
    wrong = [check for check in service["checks"] if check["status"] in _WRONG]
    if expect.first is None:
        checks = [
            f"{check['status']} {check['id']} ({check['vantage']}): {check['summary']}"
            for check in wrong
            if check["id"] not in expect.allow
        ]
        alarms = [name for name in ids if name not in expect.companions] + checks
        return Verdict(
            outcome, None, bool(alarms), alarms, _status(service, expect.allow) + missing_words(expect, service)
        )
    allowed = {expect.first, *expect.companions}
    alarms = [name for name in ids if name not in allowed or name in expect.never]
    place = ids.index(expect.first) + 1 if expect.first in ids else None
    if place == 1 and roots[:1] != [expect.first]:
        place = 2
    lacking = missing_words(expect, service)
    explained = {check for entry in service["diagnoses"] for check in entry["explains"]}
    lacking += [
        f"{check['id']} ({check['vantage']}) is explained by nothing: {check['summary']}"
        for check in wrong
        if check["status"] != "warn" and check["id"] not in explained
    ]
    return Verdict(outcome, place, bool(ids or wrong), alarms, lacking)


def missing_words(expect: Expect, service: dict[str, t.Any]) -> list[str]:
    """What the report ought to say and does not, or says and ought not to."""
    first: dict[str, t.Any] = next(iter(service["diagnoses"]), {"because": [], "confidence": None})
    because, whole = " ".join(first["because"]), json.dumps(service, ensure_ascii=False)
    checks = json.dumps(service["checks"], ensure_ascii=False)
    lacking = [f"its reasons lack {words!r}: {because}" for words in expect.because if words not in because]
    lacking += [f"no check says {words!r}" for words in expect.seen if words not in checks]
    lacking += [f"the report does not quote {words!r}" for words in expect.says if words not in whole]
    lacking += [f"the report says {words!r}" for words in expect.hidden if words in whole]
    passing = {f"{check['id']} {check['vantage']}" for check in service["checks"] if check["status"] == "pass"}
    lacking += [f"{check} does not pass" for check in expect.passed if check not in passing]
    if expect.confidence not in (None, first["confidence"]):
        lacking.append(f"it is {first['confidence']}, not {expect.confidence}")
    return lacking


def _status(service: dict[str, t.Any], allow: tuple[str, ...]) -> list[str]:
    """A healthy stack passes: what was not seen is no health."""
    if service["status"] in (("pass", "warn", "fail") if allow else ("pass",)):
        return []
    return [f"its status is {service['status']}"]


def claimed(verdicts: t.Iterable[Verdict]) -> list[Claim]:
    """The root causes that were named, each right or wrong."""
    outcomes = [verdict.outcome for verdict in verdicts]
    return [claim for one in outcomes for claim in claims(one.scenario.id, one.scenario.expect, one.service)]


def table(verdicts: t.Sequence[Verdict], rounds: t.Sequence[tuple[str, int, float]]) -> str:
    """The table of all groups, the runs, and every confusion.

    :param rounds: name, number of scenarios and seconds of every run of the playbook, staging included.
    """
    groups = sorted({verdict.outcome.scenario.group for verdict in verdicts})
    rows = [_row(name, [one for one in verdicts if one.outcome.scenario.group == name]) for name in groups]
    faults = [one for one in verdicts if not one.healthy]
    healthy = [one for one in verdicts if one.healthy]
    rows += [_row("all faults", faults), _row("all healthy", healthy)]
    widths = [max(len(row[place]) for row in [list(_COLUMNS), *rows]) for place in range(len(_COLUMNS))]
    lines = [
        "  ".join(
            text.rjust(width) if place else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in [list(_COLUMNS), *rows]
    ]
    different = {one.outcome.scenario.fault for one in faults}
    lines += [
        "",
        f"{len(different)} different faults in {len(faults)} scenarios; {len(healthy)} healthy stacks",
    ]
    lines += [f"run of {number} scenarios ({name}): {seconds:.0f} s" for name, number, seconds in rounds]
    lines += [f"all runs: {sum(seconds for _name, _number, seconds in rounds):.0f} s", "", "Confusions:"]
    confusions = [f"  {one.outcome.scenario.id}: {one.complaint}" for one in verdicts if one.complaint]
    return "\n".join(lines + (confusions or ["  none"]))


def _row(name: str, verdicts: t.Sequence[Verdict]) -> list[str]:
    faults = [one for one in verdicts if not one.healthy]
    numbers: list[t.Any] = [
        len(verdicts),
        sum(one.place == 1 for one in faults) if faults else "-",
        sum(one.place is not None and one.place <= 3 for one in faults) if faults else "-",
        sum(not one.detected for one in faults) if faults else "-",
        sum(bool(one.alarms) for one in verdicts),
        round(sum(one.outcome.seconds for one in verdicts)),
    ]
    return [name, *map(str, numbers)]
