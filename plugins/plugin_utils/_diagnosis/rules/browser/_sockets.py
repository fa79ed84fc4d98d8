# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What a browser saw of the page's WebSockets, for conditions and sentences."""

from __future__ import annotations

import typing as t

from .....module_utils._protocol.web_url import dialled
from ...._evidence.browser import is_local, outcome, own_sockets, words
from ...._evidence.websocket import outcome_words
from ...._evidence.who_answered import fingerprint
from ...facts import Facts

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import PageSocket

#: Checks that fail in a browser as long as one of the page's WebSockets has a cause of its own.
SOCKET_CHECKS = ("browser.websocket", "browser.data", "browser.console")
#: The last step of causes that only a browser shows: whether it helped.
REOPEN = "re-open the page: run the task websocket.health.browser_probe, or the whole checklist"
#: Where Chromium's sources are.
CHROMIUM = "https://chromium.googlesource.com/chromium/src/+/main/"
#: How sure a rule is that repeats the browser's own words.
BROWSER_SAYS = {"certain": "the browser itself reports it"}

#: Observations about one attempt, with the values of ``attempt``.
DIALS = "{dialler} dials {url}"
OUTCOME = "Chromium: {outcome}"
ASKED_RAW = "the same handshake without a browser: {raw_answer}"


def own(facts: Facts) -> list[PageSocket]:
    """The page's WebSockets that are meant for the service."""
    return own_sockets(facts.browser, facts.service)


def failed(facts: Facts) -> list[PageSocket]:
    """Those that did not open, and that the page did not give up itself."""
    return [entry for entry in own(facts) if outcome(entry) in ("failed", "thrown", "blocked")]


def reaches_service(facts: Facts) -> bool:
    """Whether the page gets to the service by another WebSocket, which is not on the visitor's own machine."""
    return any(outcome(entry) == "open" and not is_local(dialled(entry.get("url")).host) for entry in own(facts))


def attempt(entry: PageSocket) -> dict[str, object]:
    """Values of one attempt: who dials which URL, what came of it, and what the same handshake met without a browser."""
    raw = entry.get("raw") or {}
    who = fingerprint(raw)
    return {
        "dialler": _dialler(entry),
        "url": str(entry.get("url")),
        "outcome": words(entry),
        "raw_answer": "%s%s" % (outcome_words(raw), ", by %s" % who if who else "") if raw else None,
    }


def _dialler(entry: PageSocket) -> str:
    where = " at %s" % entry["initiator"] if entry.get("initiator") else ""
    return {"page": "the page", "iframe": "a frame of the page"}.get(
        str(entry.get("from")), "a worker of the page"
    ) + where


def right_url(facts: Facts) -> str:
    """What the page should dial, as far as that is known."""
    return str(facts.service.get("public_url") or "") or "the page's own host, from window.location"
