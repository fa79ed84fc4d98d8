# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Waivers: findings that somebody has accepted, with a reason and until a day. Pure: the day is passed in.

What is measured stays as it is: a waived result keeps its status and is shown as accepted. It just fails no host.
"""

from __future__ import annotations

import datetime
import fnmatch
import typing as t

from ..._model import host_status, service_status
from ..shapes import Acceptance, Check, Host, Service, Waiver, WaiverState
from ..store.snapshot import host_problem
from ..text.sentences import is_accepted
from .normalise import WRONG


class WaiverEntry(t.TypedDict, total=False):
    """A waiver as the operator wrote it, and YAML read it."""

    check: object
    cause: object
    host: object
    service: object
    reason: object
    until: object


def read_waivers(entries: t.Sequence[WaiverEntry], problems: list[str]) -> list[Waiver]:
    """The waivers that can be read; why the others can't goes to ``problems``.

    :param entries: ``check`` or ``cause``, ``host``, ``service`` (globs), ``reason``, ``until`` (``YYYY-MM-DD``, the last day).
    """
    found: list[Waiver] = []
    for number, entry in enumerate(entries):
        problem = _problem(entry)
        if problem:
            problems.append("waivers[%d]: %s. It was not applied." % (number, problem))
        else:
            found.append(
                {
                    "host": str(entry.get("host") or ""),
                    "service": str(entry.get("service") or ""),
                    "check": str(entry.get("check") or ""),
                    "cause": str(entry.get("cause") or ""),
                    "reason": str(entry.get("reason") or ""),
                    # One form, by which days can be compared.
                    "until": datetime.date.fromisoformat(str(entry["until"])).isoformat(),
                }
            )
    return found


def _problem(entry: WaiverEntry) -> str:
    if not entry.get("check") and not entry.get("cause"):
        return "set check or cause to what is accepted"
    if not str(entry.get("reason") or "").strip():
        return "set reason to why it is accepted"
    try:
        datetime.date.fromisoformat(str(entry.get("until")))
    except ValueError:
        return "until is %r; it must be the last day, as in 2026-12-31" % str(entry.get("until"))
    return ""


def apply_waivers(hosts: list[Host], waivers: t.Sequence[Waiver], day: str) -> list[WaiverState]:
    """Mark the accepted results of the hosts, and judge services and hosts by what is left.

    :param hosts: the hosts of report.json; changed in place.
    :param day: today, ``YYYY-MM-DD``.
    :returns: the waivers, and what became of each.
    """
    rows: list[WaiverState] = [
        {**waiver, "state": "expired" if waiver["until"] < day else "unused", "results": 0} for waiver in waivers
    ]
    live = [row for row in rows if row["state"] != "expired"]
    for host in hosts if live else ():
        _host(host, live)
    return rows


def _host(host: Host, waivers: list[WaiverState]) -> None:
    mine = [waiver for waiver in waivers if _fits(waiver["host"], host["host"])]
    if not host["services"]:
        problem = host_problem(host)
        about = [waiver for waiver in mine if not waiver["service"] and not waiver["cause"]]
        host["waiver"] = _use([waiver for waiver in about if problem and _fits(waiver["check"], problem)])
        return
    touched = False
    for service in host["services"]:
        touched |= _service(service, [waiver for waiver in mine if _fits(waiver["service"], service["name"])])
    if touched:
        host["status"] = host_status(service["status"] for service in host["services"])


def _service(service: Service, waivers: list[WaiverState]) -> bool:
    for check in service["checks"]:
        if check["status"] in WRONG:
            check["waiver"] = _use([waiver for waiver in waivers if _covers(waiver, check, service)])
    touched = any(check["waiver"] for check in service["checks"])
    if touched:
        left = [check for check in service["checks"] if not check["waiver"]]
        # A root cause that is accepted hides other results: that they were not seen is accepted with it.
        if _hides(service):
            left = [check for check in left if check["status"] != "unknown"]
        seen = [(check["status"], check["severity"], check["vantage"]) for check in left]
        service["status"] = service_status(seen) if seen else "pass"
    return touched


def _hides(service: Service) -> bool:
    """Whether all that a root cause explains is accepted."""
    return any(diagnosis["role"] == "root" and is_accepted(diagnosis, service) for diagnosis in service["diagnoses"])


def _covers(waiver: Waiver, check: Check, service: Service) -> bool:
    if waiver["check"] and not _fits(waiver["check"], check["id"]):
        return False
    if not waiver["cause"]:
        return True
    return any(
        _fits(waiver["cause"], diagnosis["id"]) and check["id"] in diagnosis["explains"]
        for diagnosis in service["diagnoses"]
    )


def _fits(pattern: str, name: str) -> bool:
    """Whether a name, or a glob, fits; without one, everything does."""
    return not pattern or name == pattern or fnmatch.fnmatchcase(name, pattern)


def _use(waivers: list[WaiverState]) -> Acceptance | None:
    """Count the waivers that cover a result; the one that lasts longest is shown."""
    for waiver in waivers:
        waiver["state"] = "active"
        waiver["results"] += 1
    if not waivers:
        return None
    longest = max(waivers, key=lambda waiver: waiver["until"])
    return {"reason": longest["reason"], "until": longest["until"]}
