# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What works overrules what is inferred: findings that a success on the clients' own way contradicts are no failures."""

from __future__ import annotations

import dataclasses
import fnmatch
import typing as t

from ._evidence.what_works import (
    is_dialled_directly,
    opens_at_public_url,
    opens_here,
    opens_only_from_outside,
    opens_through_proxy,
    was_asked_through_proxy,
)
from ._model import FAIL, PASS, UNKNOWN, CheckResult

if t.TYPE_CHECKING:  # pragma: no cover
    from ..module_utils._evidence.service import Service
    from ..module_utils._evidence.subjects import Subjects


@dataclasses.dataclass(frozen=True)
class Overruling:
    """Checks that cannot stand beside a success.

    :ivar holds: whether there is one.
    :ivar checks: ids (globs) of failing checks that it contradicts.
    :ivar vantages: from which these were seen.
    :ivar status: what they are then.
    :ivar because: why, in the operator's words.
    """

    holds: t.Callable[[Subjects, Service], bool]
    checks: tuple[str, ...]
    vantages: tuple[str, ...]
    status: str
    because: str


def _past_the_port(evidence: Subjects, service: Service) -> bool:
    return opens_here(evidence) and not is_dialled_directly(evidence, service)


def _elsewhere(evidence: Subjects, service: Service) -> bool:
    return opens_at_public_url(evidence) and not is_dialled_directly(evidence, service)


OVERRULINGS = (
    Overruling(
        _past_the_port,
        ("websocket.handshake", "websocket.origin"),
        ("host", "controller"),
        UNKNOWN,
        "clients do not send this handshake to the port itself: through the proxy or at the public URL it is accepted (set exposure: direct if "
        "clients dial the port)",
    ),
    Overruling(
        lambda evidence, _service: opens_through_proxy(evidence),
        ("proxy.found", "proxy.route", "proxy.upgrade", "proxy.upstream"),
        ("host", "proxy"),
        PASS,
        "through the proxy the handshake is accepted nevertheless",
    ),
    Overruling(
        lambda evidence, _service: opens_at_public_url(evidence) and not was_asked_through_proxy(evidence),
        ("proxy.found", "proxy.route", "proxy.upgrade", "proxy.upstream"),
        ("host", "proxy"),
        PASS,
        "at the public URL the handshake is accepted: whatever is between passes it on",
    ),
    Overruling(
        _elsewhere,
        ("port.reachable", "port.address"),
        ("host", "controller"),
        UNKNOWN,
        "clients come by the public URL, where the handshake is accepted (set exposure: direct if they dial the port)",
    ),
    # iptables-extensions(8): DNAT in PREROUTING holds for packets from other hosts alone.
    Overruling(
        lambda evidence, _service: opens_only_from_outside(evidence),
        ("process.running", "process.count", "port.listening", "websocket.handshake"),
        ("host",),
        UNKNOWN,
        "from the controller the handshake with the port is accepted: what arrives from other hosts is redirected to a program that does not "
        "listen in this host's own network (iptables -t nat -S, nft list ruleset)",
    ),
)


def without_overruled(results: list[CheckResult], evidence: Subjects, service: Service) -> list[CheckResult]:
    """The results, of which those that a success contradicts no longer fail; each says why."""
    active = [entry for entry in OVERRULINGS if entry.holds(evidence, service)]
    return [_judged(result, active) for result in results]


def _judged(result: CheckResult, active: list[Overruling]) -> CheckResult:
    for entry in active:
        concerned = any(fnmatch.fnmatchcase(result.id, pattern) for pattern in entry.checks)
        if result.status == FAIL and concerned and result.vantage in entry.vantages:
            summary = "%s; %s" % (result.summary, entry.because)
            return dataclasses.replace(result, status=entry.status, summary=summary, remediation=[])
    return result
