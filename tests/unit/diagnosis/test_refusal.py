# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a server refuses, in its own words: what says more than a status, and what it is about."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.experiments import named_in
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.refusal import (
    close_words,
    flip_of,
    origin_flip,
    own_words,
    speaks_of_credentials,
)

if t.TYPE_CHECKING:
    from ansible_collections.websocket.health.plugins.module_utils._evidence.websocket import (
        Experiment,
        HandshakeSeen,
        Websocket,
    )


def refusal(status: int, body: str, reason: str = "") -> HandshakeSeen:
    return {"outcome": "http", "status": status, "body": body, "reason": reason}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Origin not allowed\n", "Origin not allowed"),
        ("missing subprotocol", "missing subprotocol"),
        ("Missing ALPN Protocol", "Missing ALPN Protocol"),
        ("Host header is specified", "Host header is specified"),
        ('{"error":"quota exceeded","code":403}', "quota exceeded"),
        ('{"errors":[{"detail":"tenant is suspended"}]}', "tenant is suspended"),
        (
            "<html><head><title>403</title></head><body><h1>Forbidden</h1><p>Blocked by policy 7</p></body></html>",
            "Forbidden Blocked by policy 7",
        ),
        ("<style>p{color:red}</style><p>no seats &amp; no tickets</p>", "no seats & no tickets"),
        ("Соединение запрещено", "Соединение запрещено"),
    ],
)
def test_a_reason_is_quoted(body: str, words: str) -> None:
    assert own_words(refusal(403, body)) == words


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Forbidden",
        "403 Forbidden",
        "Bad Request",
        "404 page not found",
        '{"detail":"Not Found"}',
        '{"code":403,"message":"forbidden"}',
        "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx/1.22.1</center></body></html>",
        "<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Cannot GET /ws</pre></body></html>",
        "<h1>Not Found</h1><p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>",
        '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN"><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1>'
        "<p>The requested URL was not found on this server.</p><hr><address>Apache/2.4.57 (Debian) Server at localhost Port 80</address></body></html>",
    ],
)
def test_a_page_for_a_status_gives_no_reason(body: str) -> None:
    assert own_words(refusal(404, body)) == ""


def test_a_status_line_may_give_the_reason() -> None:
    assert own_words(refusal(403, "", "Tenant suspended")) == "Tenant suspended"
    assert own_words(refusal(403, "", "Forbidden")) == ""
    assert own_words({"outcome": "open", "status": 101, "body": "Tenant suspended"}) == ""


@pytest.mark.parametrize(
    ("words", "about_credentials"),
    [
        ("invalid token", True),
        ("authentication required", True),
        ("please log in", True),
        ("members only", True),
        ("Origin not allowed", False),
        ("user origin rejected", False),
        ("unsupported User-Agent", False),
        ("missing subprotocol", False),
        ("quota exceeded", False),
    ],
)
def test_what_a_reason_is_about(words: str, about_credentials: bool) -> None:
    assert speaks_of_credentials(words) == about_credentials


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("missing subprotocol", []),
        ("expected 'acme-chat' or \"acme-feed\"", ["acme-chat", "acme-feed"]),
        ("no supported subprotocol, expected acme.v7", ["acme.v7"]),
        ("Missing ALPN Protocol h2c-14", ["h2c-14"]),
        ("error 400: subprotocol required", []),
    ],
)
def test_names_of_subprotocols_in_a_refusal(text: str, names: list[str]) -> None:
    assert named_in(text) == names


def _rows(*flips: tuple[str, str, bool]) -> Websocket:
    rows = [
        t.cast(
            "Experiment", {"name": name, "from": "a", "to": to, "outcome": "http", "status": 403, "flipped": flipped}
        )
        for name, to, flipped in flips
    ]
    return {"experiments": rows}


def test_the_change_that_decides() -> None:
    assert flip_of(_rows(("origin", "none", False), ("upgrade", "none", True))) is None
    found = flip_of(_rows(("origin", "none", False), ("host", "b", True)))
    assert found is not None and found["name"] == "host"


def test_two_things_at_once_tell_of_the_origin_only_where_the_host_alone_does_not_decide() -> None:
    both = ("origin and host", "http://b", True)
    assert origin_flip(_rows(both)) is not None
    assert origin_flip(_rows(both, ("host", "b", True))) is None
    assert origin_flip(_rows(both, ("host", "b", True), ("origin", "none", True))) is not None


@pytest.mark.parametrize(
    ("code", "reason", "says_more"),
    [
        (4500, "no-session", True),
        (1001, "quota of the tenant is used up", True),
        (1001, "going away", False),
        (1001, "Server shutting down", False),
        (1012, "service restart", False),
        (1011, "Failed to connect to downstream server", True),
        (1011, "internal error", False),
        (1011, "keepalive ping timeout", False),
        (1000, "bye", False),
        (1000, "", False),
    ],
)
def test_the_words_of_a_close_frame_overrule_its_number(code: int, reason: str, says_more: bool) -> None:
    assert close_words({"how": "close", "code": code, "reason": reason}) == (reason if says_more else "")
