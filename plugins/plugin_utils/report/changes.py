# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What is new, mended, still wrong or gone since an earlier run. Pure."""

from __future__ import annotations

import typing as t

from .normalise import WRONG
from .snapshot import Key, causes_of, host_problem, statuses, waived_keys

KINDS = ("new", "fixed", "still", "unseen", "gone")


_Row = dict[str, t.Any]
_Causes = dict[str, _Row]


def compare(hosts: list[_Row], issues: list[_Row], accepted: list[_Row], earlier: _Row | None) -> _Row:
    """Failures and warnings against those of an earlier run, by host, service, check and vantage, and by cause.

    ``fixed`` holds only what was seen to pass; what was wrong and was not observed now is ``unseen``, and ``gone`` where
    the host, the service or the check is not in this run at all. What a waiver accepts is in none of them.

    :param hosts: the hosts of this report.
    :param issues: its issues.
    :param accepted: the issues that a waiver accepts.
    :param earlier: the snapshot of an earlier run, or None: then nothing is compared.
    :returns: a list for each of these words; ``against``, the run compared with; ``causes`` with ``new``, ``fixed`` and
        ``still``, each a list of ``id``, ``title`` and ``hosts``.
    """
    changes: _Row = {"against": None, **{kind: [] for kind in KINDS}}
    changes["causes"] = {"new": [], "fixed": [], "still": []}
    if earlier is None:
        return changes
    changes["against"] = {"run_id": earlier["run_id"], "generated": earlier["generated"]}
    _checks(changes, hosts, {(row[0], row[1], row[2], row[3]): row[4] for row in earlier["wrong"]})
    now, before = causes_of(issues), earlier["causes"]
    # A host that does not answer has mended nothing.
    answered = {host["host"] for host in hosts if not host_problem(host)}
    standing = causes_of(issues + accepted)
    changes["causes"] = {
        "new": _hosts_of_causes(now, lambda cause, host: host not in _hosts(before, cause)),
        "fixed": _hosts_of_causes(before, lambda cause, host: host in answered and host not in _hosts(standing, cause)),
        "still": _hosts_of_causes(now, lambda cause, host: host in _hosts(before, cause)),
    }
    return changes


def _checks(changes: _Row, hosts: list[_Row], before: dict[Key, str]) -> None:
    now, waived = statuses(hosts), waived_keys(hosts)
    silent = {host["host"] for host in hosts if host_problem(host)}
    for key, status in now.items():
        if status in WRONG and key not in waived:
            _add(changes, "still" if key in before else "new", key, status, before.get(key))
    for key, was in before.items():
        if key not in now:
            # A host that says nothing has not lost what was wrong with it.
            _add(changes, "unseen" if key[0] in silent else "gone", key, None, was)
        elif now[key] not in WRONG:
            _add(changes, "fixed" if now[key] == "pass" else "unseen", key, now[key], was)


def _add(changes: dict[str, t.Any], kind: str, key: Key, status: str | None, was: str | None) -> None:
    host, service, check, vantage = key
    record = {"host": host, "service": service, "check": check, "vantage": vantage, "status": status, "was": was}
    changes[kind].append(record)


def _hosts_of_causes(causes: _Causes, keep: t.Callable[[str, str], bool]) -> list[_Row]:
    """The causes that are left with a host, each with these hosts."""
    found = []
    for cause, entry in causes.items():
        left = [name for name in entry["hosts"] if keep(cause, name)]
        if left:
            found.append({"id": cause, "title": entry["title"], "hosts": left})
    return found


def _hosts(causes: _Causes, cause: str) -> t.Collection[str]:
    return causes[cause]["hosts"] if cause in causes else ()
