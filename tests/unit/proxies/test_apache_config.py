# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Apache's configuration makes of a URL, one row each; most rows were asked of httpd 2.4.71 too."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import web_url
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache import ERRORS
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_config import (
    ApacheSyntaxError,
    Config,
    modules_of,
    parse_dump,
    words_of,
)
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_files import Start, read_configuration
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_grammar import ApacheTooMuch
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_includes import Files
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_route import leading_to, route
from hypothesis import given, settings
from hypothesis import strategies as st

Row = dict[str, t.Any]
NEW, OLD = (2, 4, 71), (2, 4, 38)
ALL = ("proxy", "proxy_http", "proxy_wstunnel", "rewrite", "alias", "headers")
B = "http://127.0.0.1:3000"
W = "ws://127.0.0.1:3000"
CANONICAL = "RewriteCond %{HTTP:Upgrade} websocket [NC]\nRewriteCond %{HTTP:Connection} upgrade [NC]"


MAIN = "/etc/apache2/apache2.conf"


def config(text: str, version: tuple[int, ...] = NEW, modules: t.Iterable[str] = ALL) -> Config:
    files = Files(lambda _path: text, lambda _pattern: [], lambda _path: False, lambda _path: False)
    return Config(read_configuration(Start(MAIN, "/etc/apache2"), files).tree, modules, version)


def site(text: str) -> str:
    """A virtual host on port 80; its content begins on line 4."""
    return f"Listen 80\n<VirtualHost *:80>\nServerName app.example\n{text}\n</VirtualHost>"


def ask(text: str, path: str = "/ws", **more: t.Any) -> Row:
    """Route, and see that the result is plain JSON."""
    seen = route(config(site(text), **more), web_url("ws://app.example" + path), None)
    assert json.loads(json.dumps(seen)) == seen
    assert all(set(value) == {"value", "file", "line", "default"} for value in seen["settings"].values())
    return seen


def upgrades(seen: Row) -> bool:
    return bool(
        seen["settings"]["upgrade"]["value"] == "websocket" and seen["settings"]["connection"]["value"] == "Upgrade"
    )


#: Content, path asked for, path that the back end sees, whether the connection is upgraded.
PASSES = [
    (f"ProxyPass /ws {B}/ws upgrade=websocket", "/ws?q=1", "/ws?q=1", True),
    (f"ProxyPass /ws {B}/ws upgrade=WebSocket", "/ws", "/ws", True),
    (f"ProxyPass /ws {B}/ws upgrade=ANY", "/ws", "/ws", True),
    (f"ProxyPass /ws {B}/ws upgrade=NONE", "/ws", "/ws", False),
    (f"ProxyPass /ws {B}/ws", "/ws", "/ws", False),
    (f"ProxyPass /ws {W}/ws", "/ws/x", "/ws/x", True),
    (f"ProxyPass / {B}/\nProxyPass /ws {W}/ws", "/ws", "/ws", False),
    (f"ProxyPass /ws {W}/ws\nProxyPass / {B}/", "/ws", "/ws", True),
    (f"ProxyPass /ws/ {W}/\nProxyPass / {B}/", "/ws", "/ws", False),
    (f"ProxyPass /api {B}/\nProxyPass /ws {B}/ws upgrade=websocket", "/ws", "/ws", False),
    (f"ProxyPass /api {B}/ws\nProxyPass /ws {B}/ws upgrade=websocket", "/ws", "/ws", False),
    (f"ProxyPass /ws {B}/ws upgrade=websocket\nProxyPass /api {B}/", "/api/ws", "//ws", False),
    (f"ProxyPass /ws {B} upgrade=websocket\nProxyPass / {B}/", "/x", "/x", True),
    (f"ProxyPass /api {B}/\nProxyPass /ws {W}/ws", "/ws", "/ws", True),
    (f"ProxyPassMatch ^/(ws.*)$ {W}/x/$1", "/ws?q=1", "/x/ws?q=1", True),
    (f"ProxyPassMatch ^/ws {W}", "/ws/a", "/ws/a", True),
    (f"<Location /ws>\nProxyPass {W}/b\n</Location>\nProxyPass / {B}/", "/ws/1", "/b/1", True),
    (f"<Location /a>\nProxyPass {B}/A\n</Location>\n<Location /a/b>\nProxyPass {W}/B\n</Location>", "/a/b/c", "/B/c", True),
    (f"<Location /a/b>\nProxyPass {W}/B\n</Location>\n<Location /a>\nProxyPass {B}/A\n</Location>", "/a/b/c", "/A/b/c", False),
    (f"<LocationMatch ^/ws>\nProxyPass {W}\n</LocationMatch>", "/ws", "/ws", True),
    (f"RewriteEngine On\nRewriteCond %{{HTTP:Upgrade}} =websocket [NC]\nRewriteRule ^/ws(.*) {W}/w$1 [P]\nProxyPass / {B}/", "/ws/1?q=1", "/w/1?q=1", True),
    (f"RewriteEngine On\n{CANONICAL}\nRewriteRule ^/?(.*) {W}/$1 [P,L]\nProxyPass / {B}/", "/ws", "/ws", True),
    (f"RewriteEngine On\nRewriteCond %{{HTTP:Upgrade}} =WebSocket\nRewriteRule .* {W}%{{REQUEST_URI}} [P]\nProxyPass / {B}/", "/ws", "/ws", False),
    (f"RewriteEngine On\nRewriteRule ^/r/(.*) {B}/ws/$1 [P]\nProxyPass /ws {B}/ws upgrade=websocket", "/r/q", "/ws/q", True),
    (f"RewriteEngine On\nRewriteRule ^/r/(.*) {B}/ws/$1 [P]", "/r/q", "/ws/q", False),
    (f"RewriteEngine On\nRewriteRule ^/r/(.*) /ws/$1 [PT]\nProxyPass /ws {W}/ws", "/r/q", "/ws/q", True),
    (f"RewriteEngine Off\nRewriteRule .* - [F]\nProxyPass / {W}/", "/ws", "/ws", True),
    (f"RewriteEngine On\nRewriteCond %{{HTTP_HOST}} other [OR]\nRewriteCond %{{HTTPS}} off\nRewriteRule ^/a /b [PT]\nProxyPass /b {W}/b", "/a", "/b", True),
    (f"Redirect /ws http://z/\nProxyPass / {W}/", "/ws", "/ws", True),
    (f"RequestHeader unset Upgrade\nProxyPass / {W}/", "/ws", "/ws", False),
    (f"<Proxy balancer://b>\nBalancerMember {W}/x\nBalancerMember ws://127.0.0.1:3001 status=+H\n</Proxy>\nProxyPass / balancer://b/", "/ws", "/x/ws", True),
    (f"<Proxy balancer://b>\nBalancerMember {B}\n</Proxy>\nProxyPass / balancer://b/", "/ws", "/ws", False),
    ("ProxyPass / unix:/run/x.sock|http://localhost/ upgrade=websocket", "/ws", "/ws", True),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "sent", "upgraded"), PASSES)
def test_what_is_passed(text: str, path: str, sent: str, upgraded: bool) -> None:
    seen = ask(text, path)
    assert (seen["handler"], seen["upstream_path"], upgrades(seen)) == ("proxy_pass", sent, upgraded)
    assert not (upgraded and seen["fix"])


#: Content, path, handler, status, redirect.
ANSWERS = [
    ("", "/ws", "static", None, None),
    ("FallbackResource /index.html", "/ws", "spa", None, None),
    (f"ProxyPass /ws !\nProxyPass / {B}/", "/ws/x", "static", None, None),
    ("Redirect permanent / https://z/", "/ws?q=1", "redirect", 301, "https://z/ws?q=1"),
    ("Redirect gone /ws", "/ws", "return", 410, None),
    (f"<Location /a>\nProxyPass {B}/B\nRedirect 302 http://z/\n</Location>", "/a", "redirect", 302, "http://z/"),
    (f"ProxyPass /ws {W}/ws\n<Location /ws>\nRequire all denied\n</Location>", "/ws", "return", 403, None),
    (f"RewriteEngine On\nRewriteRule ^/r/(.*) /ws/$1\nProxyPass /ws {W}/ws", "/r/q", "static", None, None),
    ("RewriteEngine On\nRewriteRule .* - [F]", "/ws", "return", 403, None),
    (
        "RewriteEngine On\nRewriteCond %{HTTPS} off\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]",
        "/ws",
        "redirect",
        301,
        "https://app.example/ws",
    ),
    ("RewriteEngine On\nRewriteCond %{REMOTE_ADDR} ^10\nRewriteRule .* - [F]", "/ws", "undecided", None, None),
    ("ProxyPass / ajp://127.0.0.1:8009/", "/ws", "undecided", None, None),
    ("ProxyPass / balancer://none/", "/ws", "undecided", None, None),
]


@pytest.mark.parametrize(("text", "path", "handler", "status", "redirect"), ANSWERS)
def test_what_apache_answers_by_itself(
    text: str, path: str, handler: str, status: int | None, redirect: str | None
) -> None:
    seen = ask(text, path)
    assert (seen["handler"], seen["status"], seen["redirect"]) == (handler, status, redirect)
    assert bool(seen["undecided"]) == (handler == "undecided")


#: URL of the rule, modules, version, handler, whether it upgrades.
MODULES = [
    (f"{W}/", ("proxy_http",), NEW, "proxy_pass", True),
    (f"{W}/", ("proxy_wstunnel",), NEW, "proxy_pass", True),
    (f"{W}/", ("proxy_http",), OLD, "return", False),
    (f"{W}/", ("proxy_http", "proxy_wstunnel"), OLD, "proxy_pass", True),
    (f"{B}/ upgrade=websocket", ("proxy_wstunnel",), NEW, "return", False),
    (f"{B}/ upgrade=websocket", ("proxy_http",), OLD, "proxy_pass", False),
    (f"{B}/ upgrade=websocket", ("proxy",), NEW, "return", False),
]


@pytest.mark.parametrize(("url", "modules", "version", "handler", "upgraded"), MODULES)
def test_modules_and_versions(
    url: str, modules: tuple[str, ...], version: tuple[int, ...], handler: str, upgraded: bool
) -> None:
    seen = ask(f"ProxyPass / {url}", modules=modules, version=version)
    assert (seen["handler"], upgrades(seen)) == (handler, upgraded)
    assert seen["status"] == (500 if handler == "return" else None)


#: Content, the idle limit (measured).
LIMITS = [
    (f"ProxyPass / {W}/", 60),
    (f"Timeout 2\nProxyPass / {W}/", 2),
    (f"Timeout 2\nProxyTimeout 4\nProxyPass / {W}/", 4),
    (f"Timeout 2\nProxyTimeout 1\nProxyPass / {W}/", 2),
    (f"Timeout 2\nProxyPass / {W}/ timeout=4", 4),
    (f"Timeout 2\nProxyTimeout 9\nProxyPass / {W}/ timeout=4", 4),
]


@pytest.mark.parametrize(("text", "limit"), LIMITS)
def test_the_idle_limit(text: str, limit: int) -> None:
    assert ask(text)["settings"]["read_timeout_s"]["value"] == limit


def test_why_it_is_not_upgraded() -> None:
    seen = ask(f"ProxyPass / {B}/\nProxyPass /ws {W}/ws secret=hunter2")
    assert [(row["line"], row["text"]) for row in seen["shadowed"]] == [(5, f"ProxyPass /ws {W}/ws")]
    seen = ask(f"ProxyPass /api {B}/\nProxyPass /ws {B}/ws upgrade=websocket")
    assert seen["shares"]["line"] == 4
    seen = ask(f"RewriteEngine On\nRewriteCond %{{HTTP:Upgrade}} =WebSocket\nRewriteRule .* {W}/ [P]\nProxyPass / {B}/")
    assert (seen["missed"][0]["condition"]["line"], seen["missed"][0]["rule"]["line"]) == (5, 6)


def test_firefox_is_treated_otherwise() -> None:
    rule = (
        f"RewriteEngine On\nRewriteCond %{{HTTP:Connection}} =upgrade [NC]\nRewriteRule .* {W}/ [P]\nProxyPass / {B}/"
    )
    assert "Firefox" in ask(rule)["undecided"][0]
    assert ask(rule.replace("=upgrade", "upgrade"))["undecided"] == []


#: Content, version, the change.
FIXES = [
    (f"ProxyPass / {B}/", NEW, {"after_line": 3, "add": [f'ProxyPass "/ws" "{B}/ws" upgrade=websocket']}),
    (f"ProxyPass / {B}/", OLD, {"after_line": 3, "add": [f'ProxyPass "/ws" "{W}/ws"']}),
    (f"ProxyPass /ws {B}/ws", NEW, {"after_line": 3, "add": [f'ProxyPass "/ws" "{B}/ws" upgrade=websocket']}),
    (
        f"ProxyPass /x {B}/\nProxyPass /ws {B}/ws upgrade=websocket",
        NEW,
        {"after_line": 3, "add": [f'ProxyPass "/ws" "{B}/ws" upgrade=websocket']},
    ),
    (
        f"<Location /ws>\nProxyPass {B}/ws\n</Location>",
        NEW,
        {"line": 5, "search": f"{B}/ws", "replace": f"{B}/ws upgrade=websocket"},
    ),
    (f"RewriteEngine On\nRewriteRule .* {B}/ [P]", NEW, {"line": 5, "search": B, "replace": W}),
    (
        f"<Proxy balancer://b>\nBalancerMember {B}\n</Proxy>\nProxyPass / balancer://b/",
        NEW,
        {"line": 5, "search": B, "replace": f"{B} upgrade=websocket"},
    ),
]


@pytest.mark.parametrize(("text", "version", "change"), FIXES)
def test_the_line_that_mends_it(text: str, version: tuple[int, ...], change: Row) -> None:
    assert ask(text, version=version)["fix"] == [{"file": "/etc/apache2/apache2.conf", **change}]


def test_headers_for_the_back_end() -> None:
    text = f'RequestHeader set X-Forwarded-Proto "https"\nRequestHeader set Origin x env=y\nProxyPass / {W}/'
    seen = ask(text)
    values = {key: seen["settings"][key]["value"] for key in ("host", "x_forwarded_proto", "origin")}
    assert values == {"host": "127.0.0.1:3000", "x_forwarded_proto": "https", "origin": None}
    assert ask("ProxyPreserveHost On\n" + text)["settings"]["host"]["value"] == "app.example"


HOSTS = f"""Listen 80
Listen 443 https
ProxyPass /main {W}/main
<VirtualHost *:80>
ServerName a.example
ProxyPass / {W}/
</VirtualHost>
<VirtualHost *:80>
ServerName b.example
ServerAlias *.b.example
ProxyPass / ws://127.0.0.1:4000/
</VirtualHost>
<VirtualHost _default_:443>
SSLEngine on
</VirtualHost>"""


@pytest.mark.parametrize(
    ("url", "line", "by", "handler"),
    [
        ("ws://a.example/", 4, "name", "proxy_pass"),
        ("ws://x.b.example/", 8, "name", "proxy_pass"),
        ("ws://c.example/", 4, "default", "proxy_pass"),
        ("wss://c.example/main", 13, "default", "proxy_pass"),
        ("wss://c.example/", 13, "default", "static"),
    ],
)
def test_the_virtual_host(url: str, line: int, by: str, handler: str) -> None:
    seen = route(config(HOSTS), web_url(url), None)
    assert (seen["server"]["line"], seen["server"]["by"], seen["handler"]) == (line, by, handler)


def test_a_port_without_a_virtual_host_has_no_handler() -> None:
    assert route(config(HOSTS), web_url("ws://a.example:81/"), None)["handler"] == "none"


def test_urls_that_lead_to_a_port() -> None:
    rows = leading_to(config(HOSTS), 3000, None, [])
    found = [(row["scheme"], row["host"], row["port"], row["path"]) for row in rows]
    assert ("ws", "a.example", 80, "/") in found
    assert ("wss", "localhost", 443, "/main") in found
    assert [
        (row["host"], row["location_line"]) for row in leading_to(config(HOSTS), 4000, None, []) if row["path"] == "/"
    ] == [("b.example", 11)]


def test_words_and_modules() -> None:
    assert words_of(r'"/a b" c "d\"e" ' + r"'f' ^/x\.y$") == ["/a b", "c", 'd"e', "f", r"^/x\.y$"]
    assert modules_of("Loaded Modules:\n core_module (static)\n proxy_http_module (shared)\n") == ["core", "proxy_http"]


#: As httpd prints it: sections without content are not closed, what is in one is indented.
DUMP = """# In file: /etc/apache2/apache2.conf
#   1:
Listen 80
#   2:
<VirtualHost *:80>
  #   3:
  <Location /a>
  #   5:
  <Location /b> # x
# In file: /etc/apache2/one.conf
    #   1:
    Require all granted
  </Location>
  #   9:
  <Location /c>
</VirtualHost>
# In file: /etc/apache2/apache2.conf
#  12:
<VirtualHost *:81>
 core_module (static)
"""


def test_a_dump() -> None:
    listen, first, second = parse_dump(DUMP).block
    assert (listen.text, listen.where, listen.section) == ("Listen 80", f"{MAIN}:1", False)
    assert [item.where for item in (first, second)] == [f"{MAIN}:2", f"{MAIN}:12"]
    assert [(item.args, len(item.block)) for item in first.block] == [(["/a"], 0), (["/b"], 1), (["/c"], 0)]
    assert first.block[1].block[0].where == "/etc/apache2/one.conf:1"
    assert second.section and not second.block


@pytest.mark.parametrize(
    "text", ["</VirtualHost>", "<A b>\n  #   2:\n  C d\n#   3:\nE", "<A b>\n  #   2:\n  C d\n</B>"]
)
def test_what_is_no_dump(text: str) -> None:
    with pytest.raises(ApacheSyntaxError, match=r"apache2\.conf:\d+: "):
        parse_dump(f"# In file: {MAIN}\n#   1:\n{text}")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("[proxy:error] (111)Connection refused: AH00957: ws: attempt to connect to 127.0.0.1:9 (*:9) failed", "upstream-refused"),
        ("[proxy:warn] AH01144: No protocol handler was valid for the URL / (scheme 'ws').", "no-protocol-handler"),
        ("[authz_core:error] AH01630: client denied by server configuration: proxy:ws://127.0.0.1/", "denied"),
        ("[authz_core:error] AH01630: client denied by server configuration: /srv/page/x", None),
        ("[proxy_http:error] (70007)The timeout specified has expired: [client x] AH01102: error reading status line", "upstream-mute"),
    ],
)  # fmt: skip
def test_known_lines(line: str, key: str | None) -> None:
    assert next((name for name, pattern in ERRORS if pattern.search(line)), None) == key


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abP/<>$%{}()[]!|= \n\"'\\^*:", max_size=50), st.sampled_from(PASSES))
def test_odd_input_is_no_crash(odd: str, row: tuple[str, str, str, bool]) -> None:
    try:
        tree = config(site(row[0] + " " + odd))
    except (ApacheSyntaxError, ApacheTooMuch):
        return
    route(tree, web_url("ws://app.example" + row[1]), None)
    leading_to(tree, 3000, None, [])
