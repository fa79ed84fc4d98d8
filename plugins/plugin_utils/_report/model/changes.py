# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What is new, fixed, still wrong or gone since an earlier run. Pure."""

from __future__ import annotations

import typing as t

from ..shapes import Cause, ChangeKind, Changes, Host, Issue, RememberedCause, Snapshot
from ..store.snapshot import Key, causes_of, host_problem, statuses, waived_keys
from .normalise import FAILING, WRONG

KINDS: tuple[ChangeKind, ...] = ("new", "fixed", "still", "unseen", "gone")

_Causes = dict[str, RememberedCause]


def compare(hosts: list[Host], issues: list[Issue], accepted: list[Issue], earlier: Snapshot | None) -> Changes:
    """Failures and warnings against those of an earlier run, by host, service, check and vantage, and by cause.

    ``fixed`` holds only what was seen to pass; what was wrong and was not observed now is ``unseen``, and ``gone`` where
    the host, the service or the check is not in this run at all. What a waiver accepts is in none of them.

    :param hosts: the hosts of this report.
    :param issues: its issues.
    :param accepted: the issues that a waiver accepts.
    :param earlier: the snapshot of an earlier run, or None: then nothing is compared.
    """
    changes = _none()
    if earlier is None:
        return changes
    changes["against"] = {"run_id": earlier["run_id"], "generated": earlier["generated"]}
    now, before = statuses(hosts), {row[:4]: (row.status, row.age) for row in earlier["wrong"]}
    _checks(changes, hosts, now, before)
    fixed = {(key[0], key[2]) for key in before if now.get(key) == "pass"}
    broken = {(key[0], key[2]) for key in before if key not in now or now[key] != "pass"}
    causes, old = causes_of(issues), earlier["causes"]
    had, has = _places(old), _places(causes_of([*issues, *accepted]))

    def is_fixed(cause: str, host: str) -> bool:
        """Whether all that failed on the host for this cause was seen to pass."""
        checks = [(host, check) for check in old[cause]["checks"]]
        return (cause, host) not in has and not fixed.isdisjoint(checks) and broken.isdisjoint(checks)

    changes["causes"] = {
        "new": _hosts_of_causes(causes, lambda cause, host: (cause, host) not in had),
        "fixed": _hosts_of_causes(old, is_fixed),
        "still": _hosts_of_causes(causes, lambda cause, host: (cause, host) in had),
    }
    return changes


def _none() -> Changes:
    return {
        "against": None,
        "new": [],
        "fixed": [],
        "still": [],
        "unseen": [],
        "gone": [],
        "causes": {"new": [], "fixed": [], "still": []},
    }


def _checks(changes: Changes, hosts: list[Host], now: dict[Key, str], before: dict[Key, tuple[str, int]]) -> None:
    waived = waived_keys(hosts)
    silent = {host["host"] for host in hosts if host_problem(host)}
    for key, status in now.items():
        if status in WRONG and key not in waived:
            was = before[key][0] if key in before else None
            # A warning that has become a failure is a new failure.
            worse = status in FAILING and was not in FAILING
            _add(changes, "new" if worse or was is None else "still", key, status, was)
    for key, (was, age) in before.items():
        if now.get(key) == "pass":
            _add(changes, "fixed", key, "pass", was)
        # What an earlier run did not see either was reported then.
        elif age == 0 and now.get(key) not in WRONG:
            # A host that says nothing has not lost what was wrong with it.
            _add(changes, "unseen" if key in now or key[0] in silent else "gone", key, now.get(key), was)


def _add(changes: Changes, kind: ChangeKind, key: Key, status: str | None, was: str | None) -> None:
    host, service, check, vantage = key
    changes[kind].append(
        {"host": host, "service": service, "check": check, "vantage": vantage, "status": status, "was": was}
    )


def _hosts_of_causes(causes: _Causes, keep: t.Callable[[str, str], bool]) -> list[Cause]:
    """The causes that are left with a host, each with these hosts."""
    found: list[Cause] = []
    for cause, entry in causes.items():
        left = [name for name in entry["hosts"] if keep(cause, name)]
        if left:
            found.append({"id": cause, "title": entry["title"], "hosts": left})
    return found


def _places(causes: _Causes) -> set[tuple[str, str]]:
    return {(cause, host) for cause, entry in causes.items() for host in entry["hosts"]}
