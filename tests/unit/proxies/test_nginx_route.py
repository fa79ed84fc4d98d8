# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an nginx configuration makes of a URL: the traps of the field, one row each."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import WebUrl
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_grammar import (
    NginxSyntaxError,
    Tree,
    parse_dump,
)
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_match import BadUri, normalised
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_route import leading_to, route
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_values import compiled, seconds
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.probed_host import computing

OLD, NEW = (1, 22, 1), (1, 29, 7)
WS = WebUrl("ws", "app.example", 80, "/ws/chat?x=1")
MAP = "map $http_upgrade $connection_upgrade { default upgrade; '' close; }"
PASS = "proxy_pass http://127.0.0.1:3000;"
UPGRADE = "proxy_set_header Upgrade $http_upgrade;"
CONNECTION = "proxy_set_header Connection $connection_upgrade;"
RIGHT = f"proxy_http_version 1.1; {UPGRADE} {CONNECTION}"
FIXED = ["proxy_http_version 1.1;", UPGRADE, CONNECTION]
Result = dict[str, t.Any]


def tree(http: str) -> Tree:
    """A configuration in one file; the http block's content begins on line 3."""
    return parse_dump("# configuration file /etc/nginx/nginx.conf:\nevents { }\nhttp {\n" + http + "\n}\n")


def site(server: str, http: str = MAP) -> str:
    """One server on port 80."""
    return f"{http}\nserver {{\nlisten 80;\nserver_name app.example;\n{server}\n}}"


def ask(http: str, url: WebUrl = WS, version: tuple[int, ...] = OLD, local_port: int | None = None) -> Result:
    """Route, and see that the result is plain JSON with every key."""
    seen = route(tree(http), url, version, local_port)
    assert json.loads(json.dumps(seen)) == seen
    assert set(seen) == KEYS
    assert all(set(value) == {"value", "file", "line", "default"} for value in seen["settings"].values())
    return seen


KEYS = {
    *("server", "location", "handler", "status", "redirect", "upstream", "upstream_path", "settings"),
    *("set_headers_at", "lost_headers", "fix", "undecided"),
    "refusals",
    "ignored",
}


def values(seen: Result, *keys: str) -> list[str | None]:
    return [seen["settings"][key]["value"] for key in keys]


HOPS = ("http_version", "upgrade", "connection", "connection_plain")

#: (name, location's content, http, server's content, version, the four hop settings, lost, whether it is fixed)
TRAPS: list[tuple[str, str, str, str, tuple[int, ...], list[str], list[str], bool]] = [
    ("right", f"{PASS} {RIGHT}", MAP, "", OLD, ["1.1", "websocket", "upgrade", "close"], [], True),
    ("missing", PASS, "", "", OLD, ["1.0", "", "close", "close"], [], False),
    ("missing, new", PASS, "", "", NEW, ["1.1", "", "", ""], [], False),
    (
        "lost",
        f"{PASS} proxy_set_header X a;",
        MAP,
        RIGHT,
        OLD,
        ["1.1", "", "close", "close"],
        ["Upgrade", "Connection"],
        False,
    ),
    ("inherited", PASS, MAP, RIGHT, OLD, ["1.1", "websocket", "upgrade", "close"], [], True),
    (
        "swapped",
        f"{PASS} proxy_http_version 1.1; proxy_set_header Upgrade $connection_upgrade; {CONNECTION}",
        MAP,
        "",
        OLD,
        ["1.1", "upgrade", "upgrade", "close"],
        [],
        False,
    ),
    (
        "no connection",
        f"{PASS} proxy_http_version 1.1; {UPGRADE}",
        "",
        "",
        OLD,
        ["1.1", "websocket", "close", "close"],
        [],
        False,
    ),
    (
        "hard-coded",
        f'{PASS} proxy_http_version 1.1; {UPGRADE} proxy_set_header Connection "upgrade";',
        "",
        "",
        OLD,
        ["1.1", "websocket", "upgrade", "upgrade"],
        [],
        True,
    ),
    ("http/1.0", f"{PASS} {UPGRADE} {CONNECTION}", MAP, "", OLD, ["1.0", "websocket", "upgrade", "close"], [], False),
    (
        "http/1.0, new",
        f"{PASS} {UPGRADE} {CONNECTION}",
        MAP,
        "",
        NEW,
        ["1.1", "websocket", "upgrade", "close"],
        [],
        True,
    ),
    ("http/2", f"{PASS} {RIGHT.replace('1.1', '2')}", MAP, "", NEW, ["2", "websocket", "upgrade", "close"], [], False),
    (
        "keepalive",
        PASS,
        "",
        'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;',
        OLD,
        ["1.1", "", "", ""],
        [],
        False,
    ),
    (
        "passed on",
        f"{PASS} {RIGHT.replace('$connection_upgrade', '$http_connection')}",
        "",
        "",
        OLD,
        ["1.1", "websocket", "Upgrade", "keep-alive"],
        [],
        True,
    ),
    (
        "map for empty",
        f"{PASS} {RIGHT}",
        "map $http_upgrade $connection_upgrade { '' close; }",
        "",
        OLD,
        ["1.1", "websocket", "", "close"],
        [],
        False,
    ),
    (
        "map with regex",
        f"{PASS} {RIGHT}",
        "map $http_upgrade $connection_upgrade { ~*^WebSocket$ upgrade; default ''; }",
        "",
        OLD,
        ["1.1", "websocket", "upgrade", ""],
        [],
        True,
    ),
    (
        "other map",
        PASS,
        "map $http_upgrade $conn { default upgrade; '' ''; }",
        "",
        OLD,
        ["1.0", "", "close", "close"],
        [],
        False,
    ),
    (
        "name taken",
        PASS,
        "map $uri $connection_upgrade { default x; }",
        "",
        OLD,
        ["1.0", "", "close", "close"],
        [],
        False,
    ),
]


@pytest.mark.parametrize("row", TRAPS, ids=lambda row: row[0])
def test_upgrade_headers(row: tuple[str, str, str, str, tuple[int, ...], list[str], list[str], bool]) -> None:
    _name, location, http, server, version, hops, lost, works = row
    text = site(f"{server}\nlocation /ws/ {{\n{location}\n}}", http)
    seen = ask(text, version=version)
    assert (seen["handler"], seen["location"]["pattern"], seen["undecided"]) == ("proxy_pass", "/ws/", [])
    assert values(seen, *HOPS) == hops
    assert seen["lost_headers"] == lost
    assert (seen["fix"] == []) is works
    fixed = ask(repaired(text, seen["fix"]), version=version)
    assert values(fixed, "http_version", "upgrade") == ["1.1", "websocket"]
    assert "upgrade" in str(values(fixed, "connection")[0]).lower()
    assert fixed["fix"] == []
    assert fixed["lost_headers"] == []


def repaired(http: str, fix: list[Result]) -> str:
    """The content of the http block with a fix applied as its fields say."""
    lines = ["events { }", "http {", *http.split("\n")]
    for change in sorted(fix, key=lambda one: one.get("line") or one["after_line"], reverse=True):
        assert change["file"] == "/etc/nginx/nginx.conf"
        if "add" in change:
            lines[change["after_line"] : change["after_line"]] = change["add"]
        else:
            at = change["line"] - 1
            assert change["search"] in lines[at]
            lines[at] = lines[at].replace(change["search"], change["replace"])
    return "\n".join(lines[2:])


def test_the_lines_to_add() -> None:
    seen = ask(site(f"location /ws/ {{\n{PASS}\n}}", ""))
    block = ["map $http_upgrade $connection_upgrade {", "    default upgrade;", "    ''      close;", "}"]
    assert seen["fix"] == [
        {"file": "/etc/nginx/nginx.conf", "after_line": 3, "add": block},
        {"file": "/etc/nginx/nginx.conf", "after_line": 8, "add": FIXED},
    ]


def test_the_lines_to_add_where_all_is_on_one() -> None:
    seen = ask(site(f"location /ws/ {{ {PASS} }}"))
    where = {"file": "/etc/nginx/nginx.conf", "line": 7}
    assert seen["fix"] == [{**where, "search": PASS, "replace": " ".join([PASS, *FIXED])}]


def test_what_an_outer_level_sets_is_repeated() -> None:
    """A location that only adds two headers would lose the others."""
    outer = "proxy_set_header Host $host; proxy_set_header Connection close;"
    (change,) = ask(site(f"{outer}\nlocation /ws/ {{\n{PASS}\n}}"))["fix"]
    assert change["add"] == ["proxy_http_version 1.1;", "proxy_set_header Host $host;", UPGRADE, CONNECTION]


def test_a_wrong_header_is_changed_where_it_stands() -> None:
    (change,) = ask(
        site(f"{RIGHT.replace('$connection_upgrade', chr(34) + 'close' + chr(34))}\nlocation / {{ {PASS} }}")
    )["fix"]
    assert change["search"] == 'proxy_set_header Connection "close";'
    assert change["replace"] == CONNECTION


def test_directives_in_other_files_are_found_with_their_file() -> None:
    text = "\n".join(
        [
            "# configuration file /etc/nginx/nginx.conf:",
            "http { include sites/*; include conf.d/*.conf; }",
            "# configuration file /etc/nginx/sites/app:",
            f"server {{ listen 80; location / {{ {PASS} include snippets/ws; }} }}",
            "# configuration file /etc/nginx/snippets/ws:",
            RIGHT,
            "# configuration file /etc/nginx/conf.d/map.conf:",
            MAP,
        ]
    )
    seen = route(parse_dump(text), WS, OLD, None)
    assert values(seen, *HOPS) == ["1.1", "websocket", "upgrade", "close"]
    assert seen["settings"]["upgrade"]["file"] == "/etc/nginx/snippets/ws"
    assert seen["set_headers_at"] == {"file": "/etc/nginx/snippets/ws", "line": 1, "level": "location"}
    assert seen["server"]["file"] == "/etc/nginx/sites/app"
    assert seen["fix"] == []


#: (name, server's content, path, handler, status, redirect, upstream path)
WAYS: list[tuple[str, str, str, str, int | None, str | None, str | None]] = [
    ("kept path", f"location /ws/ {{ {PASS} }}", "/ws/a?b", "proxy_pass", None, None, "/ws/a?b"),
    (
        "trailing slash",
        "location /ws/ { proxy_pass http://127.0.0.1:3000/; }",
        "/ws/a?b",
        "proxy_pass",
        None,
        None,
        "/a?b",
    ),
    ("slash missing", "location /ws { proxy_pass http://127.0.0.1:3000/; }", "/ws/a", "proxy_pass", None, None, "//a"),
    ("own redirect", f"location /ws/ {{ {PASS} }}", "/ws?a=1", "redirect", 301, "http://app.example/ws/?a=1", None),
    ("no redirect", f"location /ws/ {{ {PASS} }} location = /ws {{ return 204; }}", "/ws", "return", 204, None, None),
    ("spa", "location / { try_files $uri $uri/ /index.html; }", "/ws", "spa", 200, None, None),
    (
        "spa, exact page",
        "location / { try_files $uri /index.html; } location = /index.html { expires 0; }",
        "/ws",
        "spa",
        200,
        None,
        None,
    ),
    ("spa of the server", "root /srv; try_files $uri /index.html;", "/ws", "spa", 200, None, None),
    (
        "spa by error page",
        "location / { root /srv; error_page 404 =200 /index.html; }",
        "/ws",
        "spa",
        200,
        None,
        None,
    ),
    (
        "try, then app",
        f"location / {{ try_files $uri @app; }} location @app {{ {PASS} }}",
        "/ws?a",
        "proxy_pass",
        None,
        None,
        "/ws?a",
    ),
    ("try, then 404", "location / { try_files $uri =404; }", "/ws", "return", 404, None, None),
    (
        "try, then php",
        "location / { try_files $uri /index.php?$args; } location ~ \\.php$ { fastcgi_pass unix:/x; }",
        "/ws",
        "other",
        None,
        None,
        None,
    ),
    ("https", "return 301 https://$host$request_uri;", "/ws?a", "redirect", 301, "https://app.example/ws?a", None),
    (
        "https by if",
        f"if ($scheme = http) {{ return 308 https://$host$request_uri; }} location / {{ {PASS} }}",
        "/a",
        "redirect",
        308,
        "https://app.example/a",
        None,
    ),
    (
        "https by rewrite",
        "rewrite ^(.*)$ https://$host$1 permanent;",
        "/a?b",
        "redirect",
        301,
        "https://app.example/a?b",
        None,
    ),
    (
        "if upgrade",
        f"location / {{ if ($http_upgrade ~* websocket) {{ {PASS} }} root /srv; }}",
        "/a",
        "proxy_pass",
        None,
        None,
        "/a",
    ),
    (
        "if not upgrade",
        f"location / {{ if ($http_upgrade != websocket) {{ return 400; }} {PASS} }}",
        "/a",
        "proxy_pass",
        None,
        None,
        "/a",
    ),
    ("closed", "return 444;", "/ws", "return", 444, None, None),
    ("static", "location / { root /srv; }", "/ws", "static", None, None, None),
    ("no location", f"location /api {{ {PASS} }}", "/ws", "static", None, None, None),
    ("grpc", "location / { grpc_pass grpc://127.0.0.1:1; }", "/ws", "other", None, None, None),
    ("set", "location / { set $up http://127.0.0.1:3000; proxy_pass $up; }", "/a?b", "proxy_pass", None, None, "/a?b"),
    ("circle", "location / { rewrite ^ /x last; }", "/ws", "return", 500, None, None),
    ("traversal", f"location / {{ {PASS} }}", "/a/../../b", "return", 400, None, None),
    ("case", f"location /WS {{ {PASS} }}", "/ws", "static", None, None, None),
    (
        "regex wins",
        f"location /ws {{ return 1; }} location ~* ^/WS {{ {PASS} }}",
        "/ws",
        "proxy_pass",
        None,
        None,
        "/ws",
    ),
    (
        "prefix holds",
        f"location ^~ /ws {{ {PASS} }} location ~ ^/ws {{ return 403; }}",
        "/ws",
        "proxy_pass",
        None,
        None,
        "/ws",
    ),
    (
        "port in redirect off",
        f"port_in_redirect off; location /w/ {{ {PASS} }}",
        "/w",
        "redirect",
        301,
        "http://app.example/w/",
        None,
    ),
    ("relative redirect", f"absolute_redirect off; location /w/ {{ {PASS} }}", "/w", "redirect", 301, "/w/", None),
]


@pytest.mark.parametrize("row", WAYS, ids=lambda row: row[0])
def test_where_it_leads(row: tuple[str, str, str, str, int | None, str | None, str | None]) -> None:
    _name, server, path, handler, status, redirect, upstream_path = row
    seen = ask(site(server), WS._replace(path=path))
    assert seen["undecided"] == []
    assert (seen["handler"], seen["status"]) == (handler, status)
    assert seen["redirect"] == redirect
    assert seen["upstream_path"] == upstream_path
    if handler == "proxy_pass":
        (address,) = seen["upstream"]["addresses"]
        assert (address["address"], address["port"]) == ("127.0.0.1", 3000)


#: (server's content, http, what the sentence says)
UNDECIDED = [
    ("location / { proxy_pass http://$arg_to$cookie_to; }", "", "depends on $cookie_to"),
    (
        f"location / {{ if ($cookie_beta) {{ return 403; }} {PASS} }}",
        "",
        "'if ($cookie_beta)' at /etc/nginx/nginx.conf:7",
    ),
    (f"location / {{ if (!-f $request_filename) {{ return 404; }} {PASS} }}", "", "-f $request_filename"),
    (f"location / {{ auth_request /auth; {PASS} }}", "", "'auth_request /auth'"),
    (f"access_by_lua_block {{ a() }} location / {{ {PASS} }}", "", "'access_by_lua_block'"),
    ("location / { content_by_lua_file x.lua; }", "", "its own code"),
    ("location / { js_content a.b; }", "", "its own code"),
    (f"location / {{ {PASS} {RIGHT.replace('$http_upgrade', '$jwt_x')} }}", MAP, "Upgrade header set at"),
    (f"location ~ ^/ws\\K {{ return 200; }} location / {{ {PASS} }}", "", "could not be evaluated"),
    (f"include snippets/lost; location / {{ {PASS} }}", "", "snippets/lost, included at"),
    ("return 302 https://$cookie_x/;", "", "depends on $cookie_x"),
    (f"location / {{ limit_except POST {{ deny all; }} {PASS} }}", "", "restricts GET"),
]


@pytest.mark.parametrize(("server", "http", "says"), UNDECIDED)
def test_what_the_configuration_does_not_decide(server: str, http: str, says: str) -> None:
    seen = ask(site(server, http))
    assert any(says in sentence for sentence in seen["undecided"]), seen["undecided"]


SERVERS = """
server { listen 80 default_server; server_name _; return 444; }
server { listen 80; listen [::]:80; server_name app.example *.app.example; location / { return 201; } }
server { listen 80; server_name ~^(?<who>\\w+)\\.users\\.example$; location / { return 301 https://x/$who; } }
server { listen 443 ssl; server_name app.example; location / { return 202; } }
server { listen 443; server_name other.example; location / { return 203; } }
server { listen 10.0.0.5:80; server_name inner.example; location / { return 204; } }
server { listen 127.0.0.1:8443 ssl; location / { return 205; } }
server { listen 9000-9010; location / { return 206; } }
server { listen unix:/run/n.sock; location / { return 207; } }
server { listen 444 quic; location / { return 208; } }
"""


@pytest.mark.parametrize(
    ("scheme", "host", "port", "by", "status"),
    [
        ("ws", "app.example", 80, "name", 201),
        ("ws", "APP.example.", 80, "name", 201),
        ("ws", "a.b.app.example", 80, "wildcard", 201),
        ("ws", "joe.users.example", 80, "regex", 301),
        ("ws", "192.0.2.7", 80, "default", 444),
        ("wss", "app.example", 443, "name", 202),
        ("wss", "other.example", 443, "name", 203),
        ("wss", "unknown.example", 443, "default", 202),
        ("ws", "app.example", 443, "name", 400),
        ("ws", "10.0.0.5", 80, "default", 204),
        ("wss", "localhost", 8443, "default", 205),
        ("ws", "x", 9004, "default", 206),
        ("ws", "x", 444, None, None),
        ("ws", "x", 1, None, None),
    ],
)
def test_the_server_is_chosen_as_nginx_chooses_it(
    scheme: str, host: str, port: int, by: str | None, status: int | None
) -> None:
    seen = ask(SERVERS, WebUrl(scheme, host, port, "/"))
    assert (seen["server"] or {}).get("by") == by
    assert seen["status"] == status
    assert by is not None or seen["handler"] == "none"


def test_a_server_is_described() -> None:
    seen = ask(SERVERS, WebUrl("ws", "joe.users.example", 80, "/"))
    assert seen["redirect"] == "https://x/joe"
    assert seen["server"]["line"] == 6 and seen["server"]["listen"] == "80"
    seen = ask(SERVERS, WebUrl("wss", "app.example", 443, "/"))
    assert seen["server"]["listen"] == "443 ssl" and seen["server"]["default"] is True
    assert seen["server"]["names"] == ["app.example"]


def test_a_server_at_an_address_of_its_own_is_undecided() -> None:
    seen = ask(SERVERS, WebUrl("ws", "inner.example", 80, "/"))
    assert seen["server"]["by"] == "default"
    assert any("10.0.0.5:80" in sentence for sentence in seen["undecided"])


def test_a_port_that_is_changed_on_the_way() -> None:
    seen = ask(SERVERS, WebUrl("wss", "x.example", 443, "/"), local_port=9001)
    assert (seen["status"], seen["undecided"]) == (206, [])


def test_tls_where_none_is_spoken() -> None:
    seen = ask(site(f"location / {{ {PASS} }}"), WebUrl("wss", "app.example", 80, "/"))
    assert seen["handler"] == "proxy_pass"
    assert any("speaks no TLS" in sentence for sentence in seen["undecided"])


def test_stream_takes_the_port() -> None:
    text = "# configuration file /n.conf:\nstream { server { listen 443; proxy_pass 127.0.0.1:1; } }"
    seen = route(parse_dump(text), WebUrl("wss", "x", 443, "/"), OLD, None)
    assert (seen["handler"], seen["undecided"]) == (
        "none",
        ["Port 443 is forwarded by the stream server at /n.conf:1."],
    )


#: (lines in the location, lines in the server, URL, key, value)
SETTINGS: list[tuple[str, str, WebUrl, str, str | None]] = [
    ("", "", WS, "host", "127.0.0.1:3000"),
    ("proxy_set_header Host $host;", "", WS._replace(port=8080), "host", "app.example"),
    ("proxy_set_header Host $http_host;", "", WS._replace(port=8080), "host", "app.example:8080"),
    ("proxy_set_header Host $host:$server_port;", "", WS, "host", "app.example:80"),
    ("", "", WS, "origin", "passed"),
    ('proxy_set_header Origin "";', "", WS, "origin", ""),
    ("proxy_set_header Origin $http_origin;", "", WS, "origin", "passed"),
    ("proxy_set_header Origin http://a;", "", WS, "origin", "http://a"),
    ("", "", WS, "x_forwarded_proto", None),
    ("proxy_set_header X-Forwarded-Proto $scheme;", "", WS, "x_forwarded_proto", "http"),
    ("", "", WS, "read_timeout_s", "60"),
    ("proxy_read_timeout 1h;", "proxy_read_timeout 5;", WS, "read_timeout_s", "3600"),
    ("", "proxy_read_timeout 1m 30s;", WS, "read_timeout_s", "90"),
    ("proxy_send_timeout 500ms;", "", WS, "send_timeout_s", "0.5"),
    ("proxy_buffering off;", "", WS, "buffering", "off"),
    ("", "", WS, "ssl_verify", "off"),
    ("limit_conn a 2; limit_conn b 3;", "limit_conn c 1;", WS, "limit_conn", "a 2; b 3"),
    ("", "limit_req zone=a burst=5;", WS, "limit_req", "zone=a burst=5"),
    ("", "allow 10.0.0.0/8; deny all;", WS, "access_rules", "allow 10.0.0.0/8; deny all"),
    ("auth_basic off;", "auth_basic x;", WS, "auth", None),
    ("", "auth_basic 'the realm';", WS, "auth", "auth_basic the realm"),
    ("", "large_client_header_buffers 4 16k;", WS, "large_client_header_buffers", "4 16k"),
]


@pytest.mark.parametrize(("location", "server", "url", "key", "value"), SETTINGS)
def test_a_setting_has_its_effective_value_and_line(
    location: str, server: str, url: WebUrl, key: str, value: str | None
) -> None:
    seen = ask(site(f"listen 8080; {server}\nlocation / {{ {PASS} {location} }}"), url)["settings"][key]
    assert seen["value"] == value
    assert seen["default"] is (seen["line"] is None)
    assert seen["line"] is None or seen["line"] == (8 if location.strip() else 7)


def test_an_upstream_s_addresses_are_listed() -> None:
    group = "upstream back { server 127.0.0.1:3000; server [::1]:3001 backup; server unix:/run/a.sock; server b down; }"
    seen = ask(site("location / { proxy_pass https://back/x/; }", group))
    assert seen["upstream"] == {
        "name": "back",
        "scheme": "https",
        "uri": "/x/",
        "addresses": [
            {"address": "127.0.0.1", "port": 3000, "unix": None, "down": False, "backup": False},
            {"address": "::1", "port": 3001, "unix": None, "down": False, "backup": True},
            {"address": "unix:/run/a.sock", "port": None, "unix": "/run/a.sock", "down": False, "backup": False},
            {"address": "b", "port": 80, "unix": None, "down": True, "backup": False},
        ],
    }
    assert values(seen, "host") == ["back"]
    seen = ask(site("location / { proxy_pass http://unix:/run/b.sock:/y; }", group))
    assert (seen["upstream"]["addresses"][0]["unix"], seen["upstream"]["uri"]) == ("/run/b.sock", "/y")
    assert values(seen, "host") == ["localhost"]
    seen = ask(site("location / { proxy_pass https://far.example; }", group))
    assert (seen["upstream"]["addresses"][0]["port"], values(seen, "host")) == (443, ["far.example"])


LEADING = """
upstream app { server 127.0.0.1:3000; server 10.9.9.9:3000; }
upstream sock { server unix:/run/a.sock; }
server { listen 80; server_name app.example; return 301 https://$host$request_uri; }
server {
    listen 443 ssl; listen [::]:443 ssl; server_name app.example www.app.example;
    location / { try_files $uri @app; }
    location @app { proxy_pass http://app; }
    location /ws/ { proxy_pass http://localhost:3000/; }
    location ~ ^/socket\\.io/ { proxy_pass http://app; }
    location /var/ { set $to 127.0.0.1; proxy_pass http://$to:3000; }
    location /other/ { proxy_pass http://10.1.1.1:3000; }
    location /sock/ { proxy_pass http://sock; }
    location /shadowed { proxy_pass http://app; }
    location = /shadowed { return 404; }
}
server { listen 8080; location / { proxy_pass http://10.1.1.1:3000; } }
"""


def test_locations_that_lead_to_a_port_are_listed() -> None:
    rows = leading_to(tree(LEADING), 3000)
    assert [(row["scheme"], row["host"], row["port"], row["path"]) for row in rows] == [
        ("wss", "app.example", 443, path) for path in ("/ws/", "/socket.io/", "/var/", "/")
    ]
    assert set(rows[0]) == {
        *("scheme", "host", "port", "path", "server_file", "server_line", "location_file", "location_line"),
    }
    assert [row["path"] for row in leading_to(tree(LEADING), 0, "/run/a.sock")] == ["/sock/"]
    more = leading_to(tree(LEADING), 3000, None, ["10.1.1.1"])
    assert [(row["host"], row["port"], row["path"]) for row in more][-1] == ("localhost", 8080, "/")
    assert leading_to(tree(LEADING), 4000) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/./b/../c", "/a/c"),
        ("//a///b", "/a/b"),
        ("/%61%2fb", "/a/b"),
        ("/a/%2e%2E/b", "/b"),
        ("/a/..", "/"),
        ("/%2523", "/%23"),
        ("/%25../x", "/%../x"),
        ("/%C3%A9", "/é"),
        ("/a/.", "/a/"),
        ("/", "/"),
    ],
)
def test_a_path_is_normalised_as_nginx_does(path: str, expected: str) -> None:
    assert normalised(path) == expected


@pytest.mark.parametrize("path", ["/..", "/a/../..", "/%zz", "/%0", "/%00"])
def test_paths_that_nginx_refuses(path: str) -> None:
    with pytest.raises(BadUri):
        normalised(path)


def test_regular_expressions() -> None:
    named = compiled(r"^/(?<a>[[:alpha:]]+)\z", False)
    assert named is not None and named.search("/ab") is not None and named.search("/a1") is None
    assert compiled("(", False) is None
    assert compiled(r"a\Kb", False) is None
    assert [seconds(text) for text in ("60", "1h30m", "1d", "250ms", "x", "")] == [
        "60",
        "5400",
        "86400",
        "0.25",
        None,
        None,
    ]


_PIECES = st.sampled_from(
    [
        *(
            "server {",
            "location / {",
            "location ~ (x {",
            "}",
            "}",
            "}",
            "listen 80;",
            "listen [::;",
            "listen 99999999-1;",
        ),
        *(
            "if ($a = ) {",
            "if ( {",
            "if () {",
            "rewrite ( x;",
            "rewrite ^ $1$9 last;",
            "return;",
            "return x;",
            "set $a;",
        ),
        *("proxy_pass;", "proxy_pass http://;", "proxy_pass $x;", "proxy_set_header;", "proxy_set_header Upgrade;"),
        *("map $a $a {", "default $a;", "~( x;", "map;", "upstream {", "server;", "try_files;", "try_files a @b;"),
        *(
            "server_name;",
            "server_name ~( *. .* ;",
            "error_page 404;",
            "error_page 404 = @x;",
            "return 404;",
            "location;",
        ),
        *("location @x {", "include;", "include x;", "limit_except {", "proxy_read_timeout;", "auth_basic;", "listen;"),
        *("proxy_pass http://unix:;", "proxy_pass http://[::1;", "set $a $b$a;", "return 301 $a$b;", "internal;"),
        *(
            "return ²;",
            f"return {'9' * 5000};",
            f"listen {'9' * 5000};",
            f"proxy_pass http://a:{'9' * 5000};",
            "listen ³;",
        ),
        *(f"proxy_read_timeout {'9' * 5000};", "try_files a =²;", f"server a:{'9' * 5000};", "return 301 \udcff;"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=25), st.text("/%.~2fé?#\x00a \ud800\udcff", max_size=8))
def test_no_configuration_makes_it_raise(pieces: list[str], path: str) -> None:
    text = "\n".join(pieces)
    for body in (text + "}" * (text.count("{") - text.count("}")), "server { listen 80; location / { " + text + "} }"):
        try:
            parsed = tree(body)
        except NginxSyntaxError:
            continue
        for url in (WS._replace(path=path), WebUrl("wss", "[::1]", 80, path), WebUrl("ws", "", 80, "")):
            assert set(json.loads(json.dumps(route(parsed, url, (), None)))) == KEYS
        leading_to(parsed, 3000, "/x")


@pytest.mark.fuzz
def test_a_large_configuration_is_quick() -> None:
    """5 MB."""
    one = site(
        f"location /ws/ {{ {PASS} {RIGHT} }} location ~ \\.php$ {{ fastcgi_pass unix:/x; }}\n", "# a comment\n" * 3
    )
    count = 5000000 // len(one)
    text = "\n".join(one.replace("app.example", f"app{n}.example") for n in range(count))
    with computing(6):
        seen = route(tree(MAP + text), WS._replace(host=f"app{count // 2}.example"), OLD, None)
    assert seen["fix"] == [] and seen["server"]["by"] == "name"
