# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Caddy's JSON makes of a URL, one row each; the JSON is as ``caddy adapt`` prints it."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import web_url
from ansible_collections.websocket.health.plugins.module_utils._proxies.caddy_config import (
    CaddySyntaxError,
    Config,
    duration,
    leading_to,
    parsed,
    route,
)
from hypothesis import given, settings
from hypothesis import strategies as st

Json = dict[str, t.Any]


def proxy(dial: str = "127.0.0.1:3000", **more: t.Any) -> Json:
    return {"handler": "reverse_proxy", "upstreams": [{"dial": dial}], **more}


def on(match: Json | None, *handlers: Json, **more: t.Any) -> Json:
    return {**({"match": [match]} if match else {}), "handle": list(handlers), **more}


def sub(*routes: Json) -> Json:
    return {"handler": "subroute", "routes": list(routes)}


def config(*routes: Json, listen: str = ":8080", source: str = "", **more: t.Any) -> Config:
    raw = {"apps": {"http": {"servers": {"srv0": {"listen": [listen], "routes": list(routes), **more}}}}}
    return Config(raw, {"/etc/caddy/Caddyfile": source})


def ask(found: Config, url: str = "ws://app.example:8080/ws/chat?x=1") -> Json:
    seen = route(found, web_url(url), None)
    assert json.loads(json.dumps(seen)) == seen
    assert all(set(value) == {"value", "file", "line", "default"} for value in seen["settings"].values())
    return seen


SPA = {"file": {"try_files": ["{http.request.uri.path}", "/index.html"]}}
REWRITE = {"handler": "rewrite", "uri": "{http.matchers.file.relative}"}
FILES = {"handler": "file_server"}

#: Routes, handler, status, path that the back end sees, how many sentences are undecided.
ROUTES: list[tuple[list[Json], str, int | None, str | None, int]] = [
    ([on(None, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([], "return", 200, None, 0),
    ([on({"path": ["/ws/*"]}, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on({"path": ["/WS*"]}, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on({"path": ["/ws"]}, proxy())], "return", 200, None, 0),
    ([on({"path": ["*/chat"]}, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on({"path": ["/*/chat"]}, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on({"path_regexp": {"pattern": "^/ws"}}, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on({"host": ["APP.example"]}, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on({"host": ["*.example"]}, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on({"host": ["other.example"]}, proxy())], "return", 200, None, 0),
    ([on({"host": ["{env.HOST}"]}, proxy())], "undecided", None, None, 1),
    ([on({"header": {"Upgrade": ["websocket"], "Connection": ["*Upgrade*"]}}, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on({"header": {"Upgrade": ["WebSocket"]}}, proxy())], "return", 200, None, 0),
    ([on({"header": {"Cookie": ["a*"]}}, proxy())], "undecided", None, None, 1),
    ([on({"not": [{"path": ["/ws/*"]}]}, proxy())], "return", 200, None, 0),
    ([on({"remote_ip": {"ranges": ["10.0.0.0/8"]}}, proxy())], "undecided", None, None, 1),
    ([on({"remote_ip": {}}, {"handler": "headers"}), on(None, proxy())], "proxy_pass", None, "/ws/chat?x=1", 1),
    ([on({"method": ["POST"]}, FILES), on(None, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on({"protocol": "http"}, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on({"path": ["/ws/*"]}, sub(on(None, {"handler": "rewrite", "strip_path_prefix": "/ws"}), on(None, proxy())))], "proxy_pass", None, "/chat?x=1", 0),
    ([on(None, {"handler": "rewrite", "uri": "/new{http.request.uri}"}), on(None, proxy())], "proxy_pass", None, "/new/ws/chat?x=1", 0),
    ([on(None, {"handler": "rewrite", "uri": "/x"}), on(None, proxy())], "proxy_pass", None, "/x?x=1", 0),
    ([on(None, {"handler": "rewrite", "uri": "/{http.vars.x}"}), on(None, proxy())], "proxy_pass", None, None, 1),
    ([on({"path": ["/ws/*"]}, FILES, group="g"), on(None, proxy(), group="g")], "static", None, None, 0),
    ([on({"path": ["/no"]}, FILES, group="g"), on(None, proxy(), group="g")], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on(SPA, REWRITE), on(None, FILES)], "spa", None, None, 1),
    ([on(None, FILES)], "static", None, None, 0),
    ([on(None, {"handler": "static_response", "status_code": 403})], "return", 403, None, 0),
    ([on(None, {"handler": "static_response", "abort": True})], "return", None, None, 0),
    ([on(None, {"handler": "intercept"}, {"handler": "log_append"}), on(None, proxy())], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on(None, proxy("auth:1", handle_response=[{"match": {"status_code": [2]}, "routes": []}])), on(None, proxy())], "proxy_pass", None, "/ws/chat?x=1", 1),
    ([on(None, proxy(handle_response=[{"match": {"status_code": [5]}, "routes": []}]))], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on(None, {"handler": "invoke", "name": "chat"})], "proxy_pass", None, "/ws/chat?x=1", 0),
    ([on(None, {"handler": "invoke", "name": "nobody"})], "return", 200, None, 0),
    ([on(None, {"handler": "static_response"})], "return", 200, None, 0),
    ([on(None, {"handler": "error", "status_code": "404"})], "return", 404, None, 0),
    ([on(None, proxy(transport={"protocol": "fastcgi"}))], "other", None, None, 0),
    ([on(None, {"handler": "reverse_proxy", "dynamic_upstreams": {"source": "srv"}})], "undecided", None, None, 1),
    ([on({"host": ["app.example"]}, sub(on({"path": ["/no"]}, FILES)), terminal=True), on(None, proxy())], "return", 200, None, 0),
]  # fmt: skip


@pytest.mark.parametrize(("routes", "handler", "status", "path", "notes"), ROUTES)
def test_the_route_s_handler_status_and_path(
    routes: list[Json], handler: str, status: int | None, path: str | None, notes: int
) -> None:
    seen = ask(config(*routes, named_routes={"chat": {"handle": [sub(on(None, proxy()))]}}))
    assert (seen["handler"], seen["status"], seen["upstream_path"]) == (handler, status, path)
    assert len(seen["undecided"]) == notes, seen["undecided"]


def test_upgrades_pass_by_themselves() -> None:
    seen = ask(config(on(None, proxy("unix//run/x.sock"))))
    assert seen["upstream"]["addresses"][0]["unix"] == "/run/x.sock"
    values = {key: seen["settings"][key]["value"] for key in ("upgrade", "connection", "host", "read_timeout_s")}
    assert values == {
        "upgrade": "websocket",
        "connection": "Upgrade",
        "host": "app.example:8080",
        "read_timeout_s": None,
    }


def test_headers_and_times_of_the_transport() -> None:
    request = {"set": {"Host": ["{http.reverse_proxy.upstream.hostport}"]}, "delete": ["Upgrade"]}
    transport = {"protocol": "http", "tls": {}, "read_timeout": 3000000000, "dial_timeout": "1m30s"}
    seen = ask(config(on(None, proxy(headers={"request": request}, transport=transport))))
    keys = ("upgrade", "host", "read_timeout_s", "connect_timeout_s")
    assert [seen["settings"][key]["value"] for key in keys] == ["", "127.0.0.1:3000", 3, 90]
    assert seen["upstream"]["scheme"] == "https"


def test_redirects() -> None:
    moved = {
        "handler": "static_response",
        "status_code": 308,
        "headers": {"Location": ["https://{http.request.host}{http.request.uri}"]},
    }
    seen = ask(config(on(None, moved)))
    assert (seen["handler"], seen["redirect"]) == ("redirect", "https://app.example/ws/chat?x=1")
    site = on({"host": ["app.example"]}, proxy(), terminal=True)
    seen = ask(config(site, listen=":443"), "ws://app.example/ws")
    assert (seen["handler"], seen["status"], seen["redirect"]) == ("redirect", 308, "https://app.example/ws")
    for off in ({"disable": True}, {"disable_redirects": True}):
        assert ask(config(site, listen=":443", automatic_https=off), "ws://app.example/ws")["handler"] == "none"


def test_places_are_looked_up_where_they_are_named_once() -> None:
    source = ":8080 {\n\thandle /ws/* {\n\t\treverse_proxy 127.0.0.1:3000\n\t}\n}\n"
    seen = ask(config(on({"path": ["/ws/*"]}, proxy()), source=source))
    assert (seen["server"]["line"], seen["location"]["line"]) == (1, 2)
    seen = ask(config(on({"path": ["/ws/*"]}, proxy()), source=source + source))
    assert (seen["server"]["line"], seen["location"]["line"]) == (None, None)


def test_urls_that_lead_to_a_port() -> None:
    site = on({"host": ["app.example"]}, sub(on({"path": ["/ws/*"]}, proxy()), on(None, proxy("10.0.0.9:3000"))))
    rows = leading_to(config(site, listen=":443"), 3000, None, [])
    assert [(row["scheme"], row["host"], row["port"], row["path"]) for row in rows] == [
        ("wss", "app.example", 443, "/ws/")
    ]
    assert len(leading_to(config(site, listen=":443"), 3000, None, ["10.0.0.9"])) == 2
    assert leading_to(config(site), 1, None, []) == []


@pytest.mark.parametrize(
    ("value", "expected"), [("1m30s", 90), (3000000000, 3), ("250ms", 0.25), (None, None), ("x", None), (True, None)]
)
def test_durations_are_seconds(value: t.Any, expected: float | None) -> None:
    assert duration(value) == expected


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100000])
def test_what_is_no_configuration(text: str) -> None:
    with pytest.raises(CaddySyntaxError):
        parsed(text, "caddy.json")


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["/ws", "reverse_proxy", "subroute", "{x}", ":80", "*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["handler", "routes", "handle", "match", "path", "host", "upstreams", "dial"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(_JSON)
def test_odd_input_is_no_crash(value: t.Any) -> None:
    inner = {"handler": "subroute", "routes": value}
    routes = [value, on(value if isinstance(value, dict) else None, inner)]
    server = {"listen": [":80", value], "routes": routes, "named_routes": value}
    found = Config({"apps": {"http": {"servers": {"a": server}}}})
    route(found, web_url("ws://x/ws"), None)
    leading_to(found, 3000, None, [])
