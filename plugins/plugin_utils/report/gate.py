# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Which hosts fail their play, for each setting of ``fail_on``. Pure."""

from __future__ import annotations

import typing as t

from .normalise import FAILING, NO_SERVICES, WRONG
from .plain import unique
from .snapshot import host_problem


def gate(hosts: list[dict[str, t.Any]], changes: dict[str, t.Any]) -> dict[str, list[str]]:
    """The names of the hosts that ``fail``, ``warn`` and ``new`` are to stop; what is waived stops nobody.

    A host that could not be asked has not passed; one without services has nothing to fail. With no earlier run to
    compare with, every failure is ``new``.

    :param hosts: the hosts of report.json, waivers applied.
    :param changes: what :func:`compare` said.
    """
    failing = [host["host"] for host in hosts if _stops(host, FAILING)]
    if changes["against"] is None:
        new = failing
    else:
        stopped = set(failing)
        new = unique([row["host"] for row in changes["new"] if row["status"] in FAILING and row["host"] in stopped])
    return {
        "fail": failing,
        "warn": [host["host"] for host in hosts if _stops(host, WRONG)],
        "new": new,
    }


def _stops(host: dict[str, t.Any], statuses: t.Sequence[str]) -> bool:
    if host_problem(host):
        return not host["waiver"] and host["remedy"] != NO_SERVICES
    return any(service["status"] in statuses for service in host["services"])
