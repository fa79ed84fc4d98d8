# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Which hosts fail their play, for each setting of ``fail_on``. Pure."""

from __future__ import annotations

import typing as t

from ..._run.plain_data import unique
from ..shapes import NO_SERVICES, Changes, Host, Issue
from ..store.snapshot import host_problem
from ..text.sanitise import clean
from ..text.sentences import headline, hosts_of
from .normalise import FAILING, WRONG

#: Which hosts the gate stops: those that fail; warnings too; those that fail and did not in the run before; none.
FAIL_ON = ("fail", "warn", "new", "never")


def gate(hosts: list[Host], changes: Changes) -> dict[str, list[str]]:
    """The names of the hosts that ``fail``, ``warn`` and ``new`` stop; what is waived stops no host.

    A host that could not be asked has not passed; one without services has nothing to fail. With no earlier run to
    compare with, every failure is ``new``.

    :param hosts: the hosts of report.json, waivers applied.
    :param changes: what :func:`compare` said.
    """
    failing = [host["host"] for host in hosts if _stops(host, FAILING)]
    if changes["against"] is None:
        new = failing
    else:
        new = unique([row["host"] for row in changes["new"] if row["status"] in FAILING])
    return {
        "fail": failing,
        "warn": [host["host"] for host in hosts if _stops(host, WRONG)],
        "new": new,
    }


def reasons(issues: list[Issue], changes: Changes) -> dict[str, str]:
    """Why each of these hosts is stopped, in a line: its first issue, or the first that is new where something is compared.

    :param issues: the issues of report.json, the gravest first.
    """
    new = {(row["host"], row["check"]) for row in changes["new"]}
    found: dict[str, tuple[bool, str]] = {}
    for issue in issues:
        for host in hosts_of(issue):
            fresh = any((host, check) in new for check in (*issue["failed_checks"], issue["id"]))
            if host not in found or (fresh and not found[host][0]):
                found[host] = (fresh, "%s [%s]" % (headline(issue), issue["id"]))
    return {host: clean(text) for host, (_fresh, text) in found.items()}


def _stops(host: Host, statuses: t.Sequence[str]) -> bool:
    if host_problem(host):
        return not host["waiver"] and host.get("why") != NO_SERVICES
    return any(service["status"] in statuses for service in host["services"])
