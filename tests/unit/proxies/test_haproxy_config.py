# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a configuration of HAProxy makes of a URL, one row each."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import web_url
from ansible_collections.websocket.health.plugins.module_utils._proxies.haproxy_config import (
    Config,
    HaproxySyntaxError,
    parse,
    seconds,
    words_of,
)
from ansible_collections.websocket.health.plugins.module_utils._proxies.haproxy_route import leading_to, route
from hypothesis import given, settings
from hypothesis import strategies as st

FILE = "/etc/haproxy/haproxy.cfg"
DEFAULTS = "defaults\n mode http\n timeout client 30s\n timeout server 40s\n"
FRONT = DEFAULTS + "frontend f\n bind *:80\n"
BACKS = "backend ws\n server a 127.0.0.1:3000\nbackend web\n server b 127.0.0.1:8000\n"


def config(text: str) -> Config:
    return parse([(FILE, text)])


def ask(text: str, url: str = "ws://app.example/ws/chat?x=1") -> dict[str, t.Any]:
    """Route, and see that the result is plain JSON with the keys that the checks read."""
    seen = route(config(text), web_url(url), None)
    assert json.loads(json.dumps(seen)) == seen
    assert {"handler", "status", "redirect", "upstream", "upstream_path", "fix", "undecided"} < set(seen)
    assert all(set(value) == {"value", "file", "line", "default"} for value in seen["settings"].values())
    return seen


def port(seen: dict[str, t.Any]) -> int | None:
    return seen["upstream"]["addresses"][0]["port"] if seen["upstream"] else None


WORDS = [
    ("server a 1.2.3.4:80 # no", ("server", "a", "1.2.3.4:80")),
    (r"a b\ c 'd e' " + '"f g"', ("a", "b c", "d e", "f g")),
    (r"path_reg ^/ws\.x$", ("path_reg", r"^/ws\.x$")),
    ("a\\#b 'c\\d' \"\"", ("a#b", "c\\d", "")),
    ("   ", ()),
]


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_a_line_is_split_into_words(text: str, expected: tuple[str, ...]) -> None:
    assert words_of(text, "x:1") == expected


@pytest.mark.parametrize(
    ("text", "value"), [("3000", 3), ("5s", 5), ("1h", 3600), ("250ms", 0.25), ("2d", 172800), ("x", None)]
)
def test_times_without_a_unit_are_milliseconds(text: str, value: float | None) -> None:
    assert seconds(text) == value


#: Rules of the frontend, URL, port of the server that is asked.
CHOICES = [
    ("default_backend web", "ws://x/ws", 8000),
    ("use_backend ws if { path_beg /ws }\n default_backend web", "ws://x/ws/1", 3000),
    ("use_backend ws if { path_beg /ws }\n default_backend web", "ws://x/other", 8000),
    ("use_backend ws unless { path_beg /ws }\n default_backend web", "ws://x/ws", 8000),
    ("acl up hdr(Upgrade) -i WebSocket\n use_backend ws if up\n default_backend web", "ws://x/", 3000),
    ("acl up hdr(Upgrade) WebSocket\n use_backend ws if up\n default_backend web", "ws://x/", 8000),
    ("acl up hdr(Connection) -i upgrade\n use_backend ws if up\n default_backend web", "ws://x/", 3000),
    ("acl h hdr(host) -i App.Example\n use_backend ws if h\n default_backend web", "ws://app.example/", 3000),
    ("acl h hdr(host) -i a.example b.example\n use_backend ws if h\n default_backend web", "ws://b.example/", 3000),
    ("acl h hdr_beg(host) -i ws.\n use_backend ws if h\n default_backend web", "ws://ws.example/", 3000),
    ("acl h hdr_dom(host) -i example\n use_backend ws if h\n default_backend web", "ws://ws.example/", 3000),
    ("acl p path -m beg /ws\n acl p path /chat\n use_backend ws if p\n default_backend web", "ws://x/chat", 3000),
    ("acl p path_reg -i ^/WS\n use_backend ws if p\n default_backend web", "ws://x/ws", 3000),
    ("acl p path_dir ws\n use_backend ws if p\n default_backend web", "ws://x/a/ws/b", 3000),
    ("use_backend ws if { path /a } || { path /b }\n default_backend web", "ws://x/b", 3000),
    ("use_backend ws if { path /a } { hdr(host) x }\n default_backend web", "ws://x/b", 8000),
    ("use_backend ws if !{ path /a }\n default_backend web", "ws://x/b", 3000),
    ("use_backend ws if ! { path /a }\n default_backend web", "ws://x/a", 8000),
    ("use_backend ws if { path,lower /a }\n default_backend web", "ws://x/A", 3000),
    ("use_backend ws if { url_beg /ws?x }\n default_backend web", "ws://x/ws?x=1", 3000),
    ("use_backend ws if { src 10.0.0.0/8 }\n default_backend ws", "ws://x/", 3000),
    ("use_backend ws if METH_GET\n default_backend web", "ws://x/", 3000),
    (
        "http-request set-path /ws if { path /old }\n use_backend ws if { path /ws }\n default_backend web",
        "ws://x/old",
        3000,
    ),
    ("http-request set-path /ws%[path]\n use_backend ws if { path /ws/a }\n default_backend web", "ws://x/a?b", 3000),
    ("http-request set-path /ws%[query]\n use_backend ws if { path /wsb }\n default_backend web", "ws://x/a?b", 3000),
]


@pytest.mark.parametrize(("rules", "url", "expected"), CHOICES)
def test_the_backend_is_chosen(rules: str, url: str, expected: int) -> None:
    seen = ask(FRONT + " " + rules + "\n" + BACKS, url)
    assert (seen["handler"], port(seen), seen["undecided"]) == ("proxy_pass", expected, [])


#: Rules, handler, status, redirect.
ANSWERS = [
    ("http-request deny", "return", 403, None),
    ("http-request deny deny_status 429 if { path_beg /ws }", "return", 429, None),
    ("http-request return status 204 if TRUE", "return", 204, None),
    ("http-request redirect location /x code 301", "redirect", 301, "/x"),
    ("redirect scheme https if !{ ssl_fc }", "redirect", 302, "https://app.example/ws/chat?x=1"),
    ("redirect prefix https://b.example code 308", "redirect", 308, "https://b.example/ws/chat?x=1"),
    ("monitor-uri /ws/chat?x=1", "return", 200, None),
    ("use_backend ws if { path /no }", "return", 503, None),
    ("default_backend empty", "return", 503, None),
    ("default_backend gone", "undecided", None, None),
    ("use_backend %[req.hdr(host),lower]", "undecided", None, None),
    ("use_backend ws if { src 10.0.0.0/8 }\n default_backend web", "undecided", None, None),
    ("use_backend ws if { path -f /etc/paths }\n default_backend web", "undecided", None, None),
]


@pytest.mark.parametrize(("rules", "handler", "status", "redirect"), ANSWERS)
def test_what_haproxy_answers_by_itself(rules: str, handler: str, status: int | None, redirect: str | None) -> None:
    seen = ask(FRONT + " " + rules + "\n" + BACKS + "backend empty\n")
    assert (seen["handler"], seen["status"], seen["redirect"]) == (handler, status, redirect)
    assert bool(seen["undecided"]) == (handler == "undecided")


#: Time-outs of defaults and backend, the limit that holds, whether a tunnel is missing.
LIMITS = [
    ("", "", 30, True),
    ("", "timeout tunnel 1h", 3600, False),
    ("timeout tunnel 1h", "", 3600, False),
    ("timeout tunnel 1h", "timeout tunnel 8000", 8, False),
    ("", "timeout server 5s", 5, True),
]


@pytest.mark.parametrize(("defaults", "backend", "limit", "fixed"), LIMITS)
def test_the_idle_limit(defaults: str, backend: str, limit: int, fixed: bool) -> None:
    text = f"{DEFAULTS} {defaults}\nfrontend f\n bind :80\n default_backend b\nbackend b\n {backend}\n server a 127.0.0.1:1\n"
    seen = ask(text)
    assert seen["settings"]["read_timeout_s"]["value"] == limit
    assert bool(seen["fix"]) == fixed
    assert seen["settings"]["timeout_client_s"]["value"] == 30


def test_named_defaults_listen_and_tcp() -> None:
    text = (
        "defaults a\n mode tcp\n timeout client 9s\ndefaults b\n mode http\n"
        "listen l from a\n bind 10.0.0.1:80-90,:443 ssl crt /x.pem\n server s unix@/run/x.sock check\n"
    )
    seen = ask(text, "ws://x:85/")
    assert (seen["handler"], seen["upstream"]["addresses"][0]["unix"]) == ("proxy_pass", "/run/x.sock")
    assert seen["settings"]["read_timeout_s"]["value"] == 9
    assert ask(text, "ws://x:91/")["handler"] == "none"


def test_headers_that_are_taken_away_or_set() -> None:
    seen = ask(
        FRONT
        + " http-request del-header Upgrade\n http-request set-header Host back.example\n"
        + " http-request set-header X-Forwarded-Proto %[var(x)]\n default_backend ws\n"
        + BACKS
    )
    values = {key: seen["settings"][key]["value"] for key in ("upgrade", "host", "x_forwarded_proto")}
    assert values == {"upgrade": "", "host": "back.example", "x_forwarded_proto": None}
    assert len(seen["undecided"]) == 1


def test_servers_and_their_options() -> None:
    seen = ask(
        FRONT
        + " default_backend b\nbackend b\n default-server ssl\n server a [::1]:1 disabled\n server b 10.0.0.1:2 backup\n"
        + " server c d.example:+1\n"
    )
    rows = [(row["address"], row["port"], row["down"], row["backup"]) for row in seen["upstream"]["addresses"]]
    assert rows == [("::1", 1, True, False), ("10.0.0.1", 2, False, True), ("d.example", 81, False, False)]
    assert seen["upstream"]["scheme"] == "https"


def test_the_path_that_the_back_end_sees() -> None:
    rule = r" http-request replace-path /ws/(.*) /\1" + "\n default_backend ws\n"
    assert ask(FRONT + rule + BACKS)["upstream_path"] == "/chat?x=1"
    rule = " http-request set-path %[path,regsub(^/ws,)]\n default_backend ws\n"
    seen = ask(FRONT + rule + BACKS)
    assert (seen["upstream_path"], len(seen["undecided"])) == (None, 1)


def test_conditions_that_cannot_be_told_are_undecided() -> None:
    text = FRONT + ".if 0\n default_backend no\n.else\n default_backend ws\n.endif\n.if defined(X)\n bind :81\n.endif\n"
    seen = ask(text + BACKS)
    assert (port(seen), len(seen["undecided"])) == (3000, 1)


def test_urls_that_lead_to_a_port() -> None:
    text = (
        FRONT
        + " acl h hdr(host) -i chat.example\n use_backend ws if h { path_beg /ws }\n default_backend web\n"
        + BACKS
    )
    rows = leading_to(config(text), 3000, None, [])
    assert [(row["scheme"], row["host"], row["port"], row["path"]) for row in rows] == [
        ("ws", "chat.example", 80, "/ws")
    ]
    assert {row["path"] for row in leading_to(config(text), 8000, None, [])} == {"/", "/ws"}
    assert leading_to(config(text), 1, None, []) == []


def test_what_it_refuses_still_leads() -> None:
    """Who is refused does not change whom it would reach: the back end is behind this proxy all the same."""
    text = """
frontend web
    bind :8080
    mode http
    http-request deny deny_status 405 if { req.hdr(upgrade) -i websocket }
    default_backend chat
backend chat
    mode http
    server one 127.0.0.1:3000
"""
    assert [row["path"] for row in leading_to(config(text), 3000, None, [])] == ["/"]
    assert ask(text)["upstream"] is None


def test_secrets_stay_in_the_file() -> None:
    text = (
        "userlist u\n user a insecure-password hunter2\n"
        + FRONT
        + " stats auth a:hunter2\n default_backend ws\n"
        + BACKS
    )
    assert "hunter2" not in json.dumps(ask(text)) + json.dumps(leading_to(config(text), 3000, None, []))


@pytest.mark.parametrize("text", ["bind :80\n", "defaults\n log 'x\n", ".else\n"])
def test_what_is_no_configuration(text: str) -> None:
    with pytest.raises(HaproxySyntaxError, match=r"haproxy\.cfg:\d+: "):
        config(text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abc/{}()!|-% \n\"'\\#.:if", max_size=60), st.sampled_from(CHOICES))
def test_odd_input_is_no_crash(odd: str, row: tuple[str, str, int]) -> None:
    try:
        tree = config(FRONT + " " + row[0] + " " + odd + "\n" + BACKS + odd)
    except HaproxySyntaxError:
        return
    route(tree, web_url(row[1]), None)
    leading_to(tree, 3000, None, [])
