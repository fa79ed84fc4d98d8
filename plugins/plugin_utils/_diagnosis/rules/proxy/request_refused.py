# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-request-refused: the server accepts the client's request, and refuses it as the proxy writes it."""

from __future__ import annotations

from ...._evidence.proxy import asked_proxy, effective_route, location_words
from ...._evidence.websocket import outcome_words
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._proxy import EXPLAINS


def _find(facts: Facts) -> Found:
    """With the changes that the server refuses on their own."""
    rows = [row for row in facts.proxy.get("replay") or () if row.get("flipped")]
    alone = [row for row in rows if row.get("name") != "all"]
    return "certain", {
        "kind": asked_proxy(facts.proxy).get("kind"),
        "location": location_words(effective_route(facts.proxy)),
        "through": outcome_words(facts.through),
        "answer": rows[0].get("status") or rows[0].get("outcome"),
        "decides": [
            "%s: %s instead of %s (%s)"
            % (row.get("name"), row.get("to"), row.get("from"), row.get("status") or row.get("outcome"))
            for row in alone
        ],
        "together": None if alone else rows[0].get("to"),
        "names": [row.get("name") for row in alone],
        "quoted": [],
        "decisive": False,
    }


RULE = Rule(
    id="proxy-request-refused",
    layer="proxy",
    title="The server refuses the request as the proxy writes it",
    users_see=(
        "browser console: `Error during WebSocket handshake: Unexpected response code: 400` (or 403, 404, 426) at the public URL, while the same "
        "handshake with the server's own port is accepted",
    ),
    why="A proxy sends a request of its own to the server: with another path, Host, Connection or Upgrade, in another version of HTTP, with "
    "X-Forwarded headers. What it writes is known from its configuration. The same request, sent to the server without the proxy, is refused "
    "as well, and with the client's values it is accepted; so one of these changes decides.",
    needs=(
        TURNED_BAD_BY_PROXY,
        Condition(
            "sent to the server itself, the request is refused as the proxy writes it, and accepted as the client does",
            lambda facts: any(row.get("flipped") for row in facts.proxy.get("replay") or ()),
        ),
    ),
    find=_find,
    confidence={"certain": "the server was tested with and without these changes"},
    because=(
        "through the proxy: {through}",
        "the request as {location} writes it, sent to the server itself: {answer}",
        (
            "the server refuses each of these changes alone: {decides}",
            "no change is refused alone, all of them together are: {together}",
        ),
    ),
    fix=("let {location} pass on what the client sends: {names}", "or make the server accept what the proxy sends"),
    prevent=("test a proxy's configuration by the request that the server gets: log its headers there",),
    explains=EXPLAINS,
    general=True,
    look_alikes=(
        LookAlike(
            "proxy-upgrade-dropped",
            Look("the headers of the request in the server's log"),
            "without Upgrade: a hop drops it; with it: another change decides",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1",),
    staged=("nginx/header-added-for-all",),
)
