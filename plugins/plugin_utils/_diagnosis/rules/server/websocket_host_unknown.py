# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""websocket-host-unknown: the server accepts only one of two Hosts, and nobody says which of them clients send."""

from __future__ import annotations

from ...._evidence.websocket import host_is_guess, hosts_tried
from ...facts import Facts
from ...rule import RECHECK, Condition, Found, Look, LookAlike, Rule


def _find(facts: Facts) -> Found:
    """With both Hosts."""
    return "possible", {**hosts_tried(facts.websocket), "origin": facts.handshake.get("origin")}


RULE = Rule(
    id="websocket-host-unknown",
    layer="server",
    title="The server compares Origin and Host, and the Host that clients send is not known",
    users_see=(
        "browser console: `Error during WebSocket handshake: Unexpected response code: 403`, where it is the wrong one",
    ),
    why="Many servers accept a page only where the host in its Origin is the one in the Host header, port included. A page that dials its own "
    "server sends the same in both; a page that dials the port of the service directly does not. The inventory names the page "
    "(websocket.origin) but not the URL that it dials, and no proxy on this host forwards to the service.",
    needs=(
        Condition(
            "the handshake is refused with the Host of a client that dials the port, and accepted with that of the Origin",
            lambda facts: host_is_guess(facts.websocket),
        ),
    ),
    find=_find,
    confidence={"possible": "always: which Host clients send decides, and that is not known"},
    because=(
        "with Origin {origin} and Host {dialled}: {answer}",
        "with Origin {origin} and Host {of_page}: 101",
    ),
    fix=("set public_url of the service to the URL that its clients dial, and run the checklist again",),
    prevent=(
        "where pages dial another host or port than their own, add {origin} to the server's allowed origins",
        "behind a proxy, pass the client's Host on (nginx: proxy_set_header Host $http_host)",
    ),
    verify=(RECHECK,),
    explains=("websocket.handshake", "websocket.origin"),
    of_unknown=True,
    look_alikes=(
        LookAlike(
            "server-origin-rejected",
            Look("the URL that the page dials"),
            "the page's own host and port: accepted; another: the server rejects the Origin",
        ),
    ),
    sources=("https://www.rfc-editor.org/rfc/rfc6455#section-10.2",),
    staged=("server/host-unknown",),
)
