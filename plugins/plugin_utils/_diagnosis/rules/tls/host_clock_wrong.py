# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-host-clock-wrong: the certificate is fine, and the clock of the host is not."""

from __future__ import annotations

import typing as t

from ...._evidence.certificates import Certificate
from ...._evidence.tls import View, day
from ...._model import is_number
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Condition, Found, Look, LookAlike, Rule
from ._openssl import ERRORS_DOC, session, shows_dates
from ._views import wrong_views

#: Clocks that differ by less agree: they were not read at the same moment.
_SKEW = 120
#: Seconds that may lie between a fresh certificate's issue and now, where the clock is wrong by no more.
_FRESH = 2 * 86400


def _skew(facts: Facts, view: View) -> float | None:
    """Seconds by which the clock of the host is ahead of the controller's, where both were read."""
    there = facts.tls.get("public")
    host, other = facts.tls.get("clock"), there.get("clock") if isinstance(there, dict) else None
    if view.vantage != "host" or not is_number(host) or not is_number(other) or min(host, other) < 1_500_000_000:
        return None
    return float(host - other)


def _dated(facts: Facts) -> t.Iterator[tuple[View, Certificate, float]]:
    """Views in which dates are wrong, with the server's certificate and the time by the clock of the host."""
    for view in wrong_views(facts, "tls.dates"):
        if view.leaf is not None and view.now is not None:
            yield view, view.leaf, view.now


def _clocks_differ(facts: Facts, view: View) -> bool:
    """Whether the clocks of host and controller differ, and the controller's finds the certificate valid."""
    leaf, now, skew = view.leaf, view.now, _skew(facts, view)
    if leaf is None or now is None or skew is None:
        return False
    return abs(skew) > _SKEW and leaf.not_before <= now - skew <= leaf.not_after


def _is_wrong_by_the_clock(facts: Facts) -> bool:
    return any(
        leaf.not_before > now or (leaf.not_after < now and _clocks_differ(facts, view))
        for view, leaf, now in _dated(facts)
    )


def _find(facts: Facts) -> Found | None:
    """With the two clocks, where both were read."""
    for view, leaf, now in _dated(facts):
        skew, apart = _skew(facts, view), _clocks_differ(facts, view)
        if leaf.not_before <= now and not (leaf.not_after < now and apart):
            continue
        confidence = "certain" if apart else "likely" if leaf.not_before - now < _FRESH else "possible"
        return confidence, {
            "today": day(now),
            "not_before": day(leaf.not_before),
            "not_after": day(leaf.not_after),
            "skew": "%.0f" % abs(skew) if apart and skew is not None else None,
            "ahead_or_behind": "ahead" if skew is not None and skew > 0 else "behind",
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-host-clock-wrong",
    layer="tls",
    title="The host's clock is wrong: by its time the certificate is not valid",
    users_see=(
        "clients on the host, OpenSSL, curl, Python: `certificate is not yet valid` (code 9), or `certificate has expired` (code 10) although "
        "browsers elsewhere accept the certificate",
        "Node.js on the host: `CERT_NOT_YET_VALID` or `CERT_HAS_EXPIRED`",
        "Chrome on a machine whose clock is wrong: `net::ERR_CERT_DATE_INVALID`",
        "`date -u` on the host differs from another machine's; `timedatectl` prints `System clock synchronized: no`",
    ),
    why="A certificate is valid between two times, and every client compares them with its own clock. Where that clock is behind, a fresh "
    "certificate is not valid yet; where it is ahead, a good one has expired. Machines without a battery-backed clock, virtual machines "
    "that were resumed, and hosts on which NTP (UDP port 123) is blocked run into this. Tokens with a time limit fail on such a host, too.",
    needs=(
        Condition(
            "by the host's clock the certificate is not valid yet; or it has expired by that clock, but not by the controller's "
            "(`tls.dates`)",
            _is_wrong_by_the_clock,
        ),
    ),
    find=_find,
    confidence={
        "certain": "the clocks of host and controller differ, and the certificate is valid by the controller's",
        "likely": "the certificate becomes valid within two days, as a newly issued one would",
        "possible": "it becomes valid later: it may have been issued for that date",
    },
    because=(
        "by the host's clock it is {today}; the certificate is valid from {not_before} to {not_after}",
        "the host's clock is {skew} s {ahead_or_behind}",
    ),
    fix=("compare the clock with a time server: timedatectl; chronyc tracking",),
    prevent=("keep the clock synchronized: run chrony or systemd-timesyncd (timedatectl set-ntp true)",),
    verify=(shows_dates("date -u; "),),
    explains=("tls.dates", *IN_BROWSER_TLS),
    supersedes=("tls-expired",),
    look_alikes=(
        LookAlike(
            "tls-expired",
            Look("`date -u` on the host and on another machine"),
            "they differ: the clock is wrong; they agree: the certificate has expired",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5", ERRORS_DOC),
    staged=("tls/not-yet-valid",),
)
