# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What is new, mended or still wrong since an earlier report."""

from __future__ import annotations

import typing as t

from .normalise import host_row

_WRONG = ("fail", "warn")
_Key = tuple[str, str, str, str]
#: Of several results under one key the worst one counts.
_WEIGHT = {"skip": 0, "pass": 1, "unknown": 2, "error": 3, "warn": 4, "fail": 5}


def compare(hosts: list[dict[str, t.Any]], baseline: dict[str, t.Any] | None) -> dict[str, list[dict[str, t.Any]]]:
    """Failures and warnings against those of an earlier report, by host, service, check and vantage.

    ``fixed`` holds only what was seen to pass; what was wrong and is not observed any more is ``unseen``.

    :param hosts: the hosts of this report.
    :param baseline: an earlier report.json, or None: then nothing is compared.
    """
    changes: dict[str, list[dict[str, t.Any]]] = {"new": [], "fixed": [], "still": [], "unseen": []}
    if baseline is None:
        return changes
    now = _statuses(hosts)
    before = _statuses([host_row(row) for row in baseline.get("hosts") or () if isinstance(row, dict)])
    for key in list(now) + [key for key in before if key not in now]:
        status, was = now.get(key), before.get(key)
        if status in _WRONG:
            kind = "still" if was in _WRONG else "new"
        elif was in _WRONG:
            kind = "fixed" if status == "pass" else "unseen"
        else:
            continue
        host, service, check, vantage = key
        record = {"host": host, "service": service, "check": check, "vantage": vantage, "status": status, "was": was}
        changes[kind].append(record)
    return changes


def _statuses(hosts: list[dict[str, t.Any]]) -> dict[_Key, str]:
    statuses: dict[_Key, str] = {}
    for host in hosts:
        for service in host["services"]:
            for check in service["checks"]:
                key = (host["host"], service["name"], check["id"], check["vantage"])
                statuses[key] = max(statuses.get(key, "skip"), check["status"], key=_WEIGHT.__getitem__)
    return statuses
