# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-token-clock-skew: by a wrong clock, tokens have expired or are not yet valid."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, If, LookAlike, Rule
from ._server import CLOSED_AS_REFUSED, EXPLAINS_DIRECT, dialled_path

#: Seconds by which clocks may differ: about what libraries tolerate, and more than an answer takes.
_LEEWAY = 15.0


def _is_refused(facts: Facts) -> bool:
    """Whether credentials that the probe sent were refused, in the handshake or after it."""
    websocket = facts.service.get("websocket") or {}
    if not websocket.get("headers") and "?" not in dialled_path(facts):
        return False
    return facts.handshake.get("status") in (401, 403) or bool(CLOSED_AS_REFUSED.holds(facts))


def _seconds_ahead(facts: Facts) -> float | None:
    """Seconds by which the host's clock is ahead of the controller's, where both were read."""
    clock = facts.websocket.get("clock") or {}
    host, controller = clock.get("host"), clock.get("controller")
    if not isinstance(host, (int, float)) or not isinstance(controller, (int, float)):
        return None
    return float(host - controller)


def _is_ahead(facts: Facts) -> bool:
    """Whether the host's clock is ahead of the controller's by more than libraries tolerate."""
    skew = _seconds_ahead(facts)
    return skew is not None and skew > _LEEWAY


def _find(facts: Facts) -> Found:
    """With the clocks of host and controller, where both were read."""
    early, late = facts.signature("token-not-yet-valid"), facts.signature("token-expired")
    skew = _seconds_ahead(facts)
    behind, ahead = skew is not None and skew < -_LEEWAY, _is_ahead(facts)
    off = (early and behind) or (late and ahead)
    seconds = "%.0f" % abs(skew or 0.0)
    return "certain" if off else "likely", {
        "log_line": facts.quote(early or late),
        "answer": outcome_words(facts.handshake),
        "seconds_ahead": seconds if ahead else None,
        "seconds_behind": seconds if behind else None,
        "clocks_agree": skew is not None and not ahead and not behind,
    }


RULE = Rule(
    id="server-token-clock-skew",
    layer="server",
    title="Tokens are rejected as expired or not yet valid: a clock is wrong",
    users_see=(
        "server log, jsonwebtoken: `NotBeforeError: jwt not active` or `TokenExpiredError: jwt expired`",
        "server log, PyJWT: `ImmatureSignatureError: The token is not yet valid (nbf)` or `ExpiredSignatureError: Signature has expired`",
        "server log, Go: `token used before issued` or `token is not valid yet`",
        "browser console, right after a login: `HTTP Authentication failed; no valid credentials available`, or a close code such as `4401`",
    ),
    why="A token carries times: it is not valid before iat and nbf, nor from exp on. The issuer writes them by its own clock, and the server "
    "compares them with another one. If the server's clock is behind, fresh tokens are not valid yet; if it is ahead, short-lived tokens "
    "have expired before they are used. Libraries allow a few seconds of difference, or none.",
    needs=(
        Condition("the credentials that the probe sent are refused", _is_refused),
        Condition(
            "the log reports a token that is not yet valid, or one that has expired while the host's clock is ahead of the controller's",
            lambda facts: (
                facts.signature("token-not-yet-valid") or (facts.signature("token-expired") and _is_ahead(facts))
            ),
        ),
    ),
    find=_find,
    confidence={
        "certain": "the host's clock is wrong in the direction that explains it",
        "likely": "the issuer's clock, which cannot be read from here, may be wrong",
    },
    because=(
        "{log_line}",
        "the handshake: {answer}",
        (
            "the host's clock is {seconds_ahead} s ahead of the controller's",
            "the host's clock is {seconds_behind} s behind the controller's",
            If("clocks_agree", "the host's clock and the controller's agree: check the clock of the token issuer"),
        ),
    ),
    fix=("compare the clocks of the host and of the token issuer with a time server: date -u; chronyc tracking",),
    prevent=(
        "keep both clocks synchronized: run chrony or systemd-timesyncd (timedatectl set-ntp true)",
        "allow a few seconds of skew: clockTolerance (jsonwebtoken), leeway (PyJWT)",
    ),
    verify=("timedatectl shows 'System clock synchronized: yes'", RECHECK),
    explains=EXPLAINS_DIRECT,
    supersedes=("server-credentials-required", "server-refuses-after-open", "server-asgi-no-route"),
    look_alikes=(
        LookAlike(
            "server-credentials-required",
            Command("date -u"),
            "on the host and where tokens are issued: different times: a clock; the same time: the credentials",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc7519#section-4.1.5",),
    staged=("network/clock-is-behind", "network/token-too-early"),
)
