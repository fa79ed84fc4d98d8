# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What is new, mended, still wrong or gone since an earlier run. Pure."""

from __future__ import annotations

import typing as t

from .normalise import WRONG
from .snapshot import Key, causes_of, host_problem, statuses

KINDS = ("new", "fixed", "still", "unseen", "gone")


def compare(
    hosts: list[dict[str, t.Any]], issues: list[dict[str, t.Any]], earlier: dict[str, t.Any] | None
) -> dict[str, t.Any]:
    """Failures and warnings against those of an earlier run, by host, service, check and vantage, and by cause.

    ``fixed`` holds only what was seen to pass; what was wrong and was not observed now is ``unseen``, and ``gone`` where
    the host, the service or the check is not in this run at all.

    :param hosts: the hosts of this report.
    :param issues: its issues.
    :param earlier: the snapshot of an earlier run, or None: then nothing is compared.
    :returns: a list for each of these words; ``against``, the run compared with; ``causes`` with ``new``, ``fixed`` and
        ``still``, each a list of ``id``, ``title`` and ``hosts``.
    """
    changes: dict[str, t.Any] = {"against": None, **{kind: [] for kind in KINDS}}
    changes["causes"] = {"new": [], "fixed": [], "still": []}
    if earlier is None:
        return changes
    changes["against"] = {"run_id": earlier["run_id"], "generated": earlier["generated"]}
    _checks(changes, hosts, {(row[0], row[1], row[2], row[3]): row[4] for row in earlier["wrong"]})
    _causes(changes["causes"], hosts, causes_of(issues), earlier["causes"])
    return changes


def _checks(changes: dict[str, t.Any], hosts: list[dict[str, t.Any]], before: dict[Key, str]) -> None:
    now = statuses(hosts)
    silent = {host["host"] for host in hosts if host_problem(host)}
    for key, status in now.items():
        if status in WRONG:
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


def _causes(
    changes: dict[str, list[t.Any]],
    hosts: list[dict[str, t.Any]],
    now: dict[str, dict[str, t.Any]],
    before: dict[str, dict[str, t.Any]],
) -> None:
    answered = {host["host"] for host in hosts if not host_problem(host)}
    for kind, these, those, among in (("new", now, before, None), ("fixed", before, now, answered)):
        for cause, entry in these.items():
            names = set(those.get(cause, {"hosts": ()})["hosts"])
            left = [name for name in entry["hosts"] if name not in names and (among is None or name in among)]
            if left:
                changes[kind].append({"id": cause, "title": entry["title"], "hosts": left})
    for cause, entry in now.items():
        both = [name for name in entry["hosts"] if name in set(before.get(cause, {"hosts": ()})["hosts"])]
        if both:
            changes["still"].append({"id": cause, "title": entry["title"], "hosts": both})
