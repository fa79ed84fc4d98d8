# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-forwarded-proto-missing: the server assumes http:// because the proxy does not send X-Forwarded-Proto."""

from __future__ import annotations

from ...._evidence.proxy import effective_route, setting
from ...._model import FAIL
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import Condition, Found, If, Rule
from ._origin import ORIGIN_SENTENCES, SERVERS_LIST, host_kept, origin_values
from ._proxy import EXPLAINS

_REFUSED, _ACCEPTED_WITHOUT, _ACCEPTED_DIRECTLY = ORIGIN_SENTENCES


def _find(facts: Facts) -> Found:
    # A server that compares the scheme may refuse a handshake without an Origin as well: then that means nothing.
    with_origin_only = facts.status("proxy.origin", "proxy") == FAIL
    return "likely", {**origin_values(facts), "header_decides": not with_origin_only}


RULE = Rule(
    id="proxy-forwarded-proto-missing",
    layer="proxy",
    title="The server assumes http:// because the proxy does not send X-Forwarded-Proto",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 404` (or 403); clients other than browsers connect",
        "log of Rails' Action Cable: `Request origin not allowed: https://…`, although that is the site's own address",
        "endless redirects to `https://`, and session cookies with `Secure` that are not set",
    ),
    why="The proxy terminates TLS, and the server behind it gets plain HTTP. Without `X-Forwarded-Proto: https` it takes "
    "the site's address for `http://chat.example.com`. The browser sends `Origin: https://chat.example.com`: the "
    "hosts agree, the schemes do not, and a server that compares whole origins refuses. Frameworks heed the header "
    "only if they are configured to trust the proxy.",
    needs=(
        TURNED_BAD_BY_PROXY,
        Condition(
            "the server itself rejects a handshake without X-Forwarded-Proto: https; or through the proxy the "
            "handshake is refused with the page's Origin, and accepted without one",
            lambda facts: facts.websocket.get("forwarded_proto") or facts.status("proxy.origin", "proxy") == FAIL,
        ),
        Condition("the Origin begins with https:", lambda facts: str(facts.through["origin"]).startswith("https:")),
        Condition("the back end gets the client's Host", host_kept),
    ),
    against=(
        Condition(
            "X-Forwarded-Proto is sent", lambda facts: setting(effective_route(facts.proxy), "x_forwarded_proto")
        ),
    ),
    find=_find,
    confidence={"likely": "what the server compares cannot be seen"},
    because=(
        _REFUSED,
        (
            If("header_decides", "the server itself accepts it with X-Forwarded-Proto: https, and rejects it without"),
            _ACCEPTED_WITHOUT,
        ),
        _ACCEPTED_DIRECTLY,
        "Host is passed on, X-Forwarded-Proto is not: the server compares with http://",
    ),
    fix=("nginx: proxy_set_header X-Forwarded-Proto $scheme; and configure the server to trust it",),
    explains=EXPLAINS,
    look_alikes=(SERVERS_LIST,),
    sources=("https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-Proto",),
    staged=("nginx/forwarded-proto-missing",),
)
