# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-origin-rejected: the server refuses the Origin that this page has, and accepts others."""

from __future__ import annotations

import typing as t

from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import Attempt, Condition, Found, Look, LookAlike, Rule
from ._sockets import DIALS, REOPEN, SOCKET_CHECKS, attempt, failed

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import AskedAgain, OtherOrigin, PageSocket


def _accepted_otherwise(raw: AskedAgain) -> list[OtherOrigin]:
    """The same handshake with another Origin, and with none, as far as they are accepted."""
    others = [raw.get("other_origin") or {}, raw.get("no_origin") or {}]
    return [other for other in others if other.get("outcome") == "open"]


def _refused(facts: Facts) -> list[PageSocket]:
    """WebSockets that are refused with the page's Origin, and not with another or none."""
    asked = [(entry, entry.get("raw") or {}) for entry in failed(facts)]
    return [entry for entry, raw in asked if raw.get("outcome") == "http" and _accepted_otherwise(raw)]


def _find(facts: Facts) -> Found:
    entry = _refused(facts)[0]
    raw = entry["raw"]
    return "certain", {
        **attempt(entry),
        "origin": str(raw.get("origin")),
        "answer": outcome_words(raw),
        "accepted": _accepted_otherwise(raw)[0].get("origin") or "no Origin at all",
    }


RULE = Rule(
    id="browser-origin-rejected",
    layer="browser",
    title="The server rejects the page's Origin",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 403` "
        "(some frameworks respond with 400 or 404)",
        "curl, wscat and the server's own tests connect, because they send no Origin",
        "server logs: `Cross origin websockets not allowed` (Tornado, Jupyter), `Request origin not allowed` (Rails)",
    ),
    why="A browser adds the header Origin to every handshake: scheme, host and port of the page. It is the only protection against "
    "other sites that use a visitor's cookies, since no CORS check applies to WebSockets, so many servers compare it with a list. A page that "
    "is missing there is refused: a new domain, www in front of it, another port, http instead of https behind a proxy.",
    needs=(
        Condition(
            "without a browser, the handshake is refused with the page's Origin, and accepted with another one or none",
            _refused,
        ),
    ),
    find=_find,
    confidence={"certain": "each of them was tried"},
    because=(DIALS, "with Origin {origin}: {answer}", "with {accepted} the handshake is accepted"),
    fix=("add {origin} to the server's list of allowed origins",),
    prevent=(
        "list the scheme, host and port of every page that opens the WebSocket, as visitors see them",
        "the setting: origins (Python websockets), check_origin (Tornado, Phoenix), allowed_request_origins (Rails), "
        "setAllowedOrigins (Spring), ALLOWED_HOSTS (Django Channels)",
    ),
    verify=(REOPEN,),
    explains=SOCKET_CHECKS,
    supersedes=("browser-other-port-or-path",),
    look_alikes=(
        LookAlike(
            "server-credentials-required",
            Attempt("no_origin"),
            "accepted without an Origin: the Origin; refused without one as well: the server requires credentials",
        ),
        LookAlike(
            "browser-csp-blocks",
            Look("the browser's network panel"),
            "a handshake with 403: the server refuses the page's Origin; none is listed: the page's policy",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-10.2",),
    staged=("browser/origin",),
)
