# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the nginx engine says of a configuration is what a running nginx does with it."""

from __future__ import annotations

import contextlib
import glob
import http.client
import http.server
import json
import random
import re
import shutil
import socket
import subprocess
import threading
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import WebUrl
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_grammar import (
    Tree,
    parse_dump,
    parse_files,
)
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_match import normalised
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_route import route

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
SEED = 20261123

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Nginx(t.NamedTuple):
    """A running nginx and the tree of its configuration."""

    port: int
    tree: Tree
    version: tuple[int, ...]
    config: Path

    def ask(self, host: str, target: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
        """Status, headers and body of a GET; the target goes out as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": host, **(headers or {})}.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            told = {name.lower(): value.encode("latin-1").decode() for name, value in answer.getheaders()}
            return answer.status, told, answer.read().decode()

    def route(self, host: str, target: str) -> dict[str, t.Any]:
        """What the engine says of the same request."""
        return route(self.tree, WebUrl("ws", host, self.port, target), self.version, None)


@contextlib.contextmanager
def nginx(folder: Path, servers: str, port: int, whole: str = "") -> Iterator[Nginx]:
    """Start nginx on the content of an http block, or on a whole configuration, and end it."""
    assert NGINX is not None
    (folder / "html").mkdir(parents=True)
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    settings = " ".join(["access_log off; server_names_hash_bucket_size 128;", *(f"{n}_temp_path {n};" for n in names)])
    config = folder / "nginx.conf"
    config.write_text(
        whole
        or f"user root;\ndaemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        f"events {{ }}\nhttp {{\n{settings}\nroot {folder}/html;\n{servers}\n}}\n"
    )
    version = subprocess.run([NGINX, "-v"], capture_output=True, text=True, check=True).stderr
    numbers = tuple(int(number) for number in re.findall(r"\d+", version.split("/")[1].split(" ")[0])[:3])
    tree = parse_files(str(config), lambda path: Path(path).read_text(), glob.glob)
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(config)], stderr=subprocess.PIPE, text=True)
    try:
        _wait(process, port)
        yield Nginx(port, tree, numbers, config)
    finally:
        process.terminate()
        process.wait(10)
        assert process.stderr is not None
        process.stderr.close()


def _wait(process: subprocess.Popen[str], port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if process.poll() is not None:
            assert process.stderr is not None
            pytest.fail("nginx ended: " + process.stderr.read())
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    pytest.fail("nginx does not listen")


class _Echo(http.server.BaseHTTPRequestHandler):
    """A back end that says what it was asked."""

    def do_GET(self) -> None:
        # self.path has doubled slashes taken out.
        target = self.requestline.split(" ")[1]
        seen = {"path": target, "version": self.request_version.split("/")[1], "headers": self.headers.items()}
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: t.Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    """The port of an echoing back end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


# --- locations ---

NAMES = ["a", "b", "ab", "ws", "WS", "x.php", "a b", "socket.io", "é", "%"]


def _name(chance: random.Random) -> str:
    return chance.choice(NAMES[:6] if chance.random() < 0.85 else NAMES)


def _path(chance: random.Random, begin: str = "") -> str:
    parts = [_name(chance) for _ in range(chance.randint(0, 2))]
    if begin:
        return begin + ("" if begin.endswith("/") or not parts or chance.random() < 0.2 else "/") + "/".join(parts)
    return "/" + "/".join(parts) + ("/" if parts and chance.random() < 0.4 else "")


def _regex(chance: random.Random) -> str:
    return chance.choice(
        [r"^/a", r"\.php$", r"/ws", r"^/(a|b)/", r"b/?$", r"^/[^/]+/ab", "^/ab$", r"/WS$", r"^/a(?<rest>/.*)?$", r"/$"]
    )


def _locations(chance: random.Random, owner: str, outer: str = "", depth: int = 0, regex: bool = False) -> str:
    """Random locations, each of which answers with an id of its own.

    Within a prefix there are longer ones and regular expressions, within a regular expression only such.
    """
    lines: list[str] = []
    taken: set[tuple[str, str]] = set()
    for number in range(chance.randint(2, 7) if not depth else chance.randint(0, 3)):
        kind = chance.choice(["~", "~*"] if regex else ["", "", "", "=", "^~", "~", "~*"])
        pattern = _regex(chance) if kind.startswith("~") else _path(chance, outer)
        # A prefix is one location, whether or not it has "^~".
        key = (kind.replace("^~", ""), pattern)
        if key in taken:
            continue
        taken.add(key)
        own = f"{owner}.{number}"
        inner = ""
        if depth < 2 and kind != "=" and chance.random() < 0.4:
            inner = _locations(chance, own, pattern, depth + 1, kind.startswith("~"))
        lines.append(f'location {kind} "{_quoted(pattern)}" {{ return 200 "{own}";\n{inner} }}')
    return "\n".join(lines)


def _quoted(pattern: str) -> str:
    return pattern.replace("\\", "\\\\")


def _request(chance: random.Random) -> str:
    """A path with escapes, doubled slashes and dot segments."""
    target = "/" + "/".join(
        chance.choice(["", ".", "..", "%2e%2E"]) if chance.random() < 0.15 else _name(chance)
        for _ in range(chance.randint(0, 4))
    )
    target += chance.choice(["", "", "/", "//", "/."])
    out = ["/"]
    for char in target[1:]:
        if char in " %é" or chance.random() < 0.06:
            out.extend(f"%{byte:02x}" for byte in char.encode())
        else:
            out.append(char)
    return "".join(out) + chance.choice(["", "", "?a=/b/../c", "?"])


def test_locations_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Random locations against random requests: the location that answered is the one the engine names."""
    chance = random.Random(SEED)
    port = free_port()
    servers = [
        f"server {{ listen 127.0.0.1:{port}; server_name s{number};\n{_locations(chance, f's{number}')} }}"
        for number in range(60)
    ]
    asked = wrong = 0
    with nginx(tmp_path / "n", "\n".join(servers), port) as running:
        by_line = _answers(running.tree)
        for number in range(len(servers)):
            for _ in range(35):
                target = _request(chance)
                status, headers, body = running.ask(f"s{number}", target)
                seen = running.route(f"s{number}", target)
                asked += 1
                # Without a location it is a file that is not there, or the root folder, which may not be listed.
                expected = body if status == 200 else 404 if status == 403 else status
                got = _said(seen, by_line)
                if expected != got:
                    wrong += 1
                    print(f"s{number} {target}: nginx {expected!r} {headers.get('location', '')}, engine {got!r}")
    with capsys.disabled():
        print(f"\nlocation matching: {asked - wrong}/{asked} agree")
    assert asked >= 1000
    assert wrong == 0


def _answers(tree: Tree) -> dict[int, str]:
    """What locations answer, by their line: each begins one."""
    found: dict[int, str] = {}
    pending = list(tree)
    while pending:
        item = pending.pop()
        pending.extend(item.block or [])
        if item.name == "location" and item.block:
            assert item.line not in found
            found[item.line] = item.block[0].args[1]
    return found


def _said(seen: dict[str, t.Any], by_line: dict[int, str]) -> str | int:
    return int(seen["status"] or 404) if seen["location"] is None else by_line[seen["location"]["line"]]


# --- what proxy_pass makes of the path ---

PATHS = """
location /plain/ { proxy_pass http://127.0.0.1:BACK; }
location /cut/ { proxy_pass http://127.0.0.1:BACK/; }
location /cut2 { proxy_pass http://127.0.0.1:BACK/; }
location /moved/ { proxy_pass http://127.0.0.1:BACK/new/place/; }
location /group/ { proxy_pass http://back/g/; }
location ~ ^/regex/(.*)$ { proxy_pass http://127.0.0.1:BACK; }
location /variable/ { set $up 127.0.0.1:BACK; proxy_pass http://$up; }
location /variable-uri/ { set $up 127.0.0.1:BACK; proxy_pass http://$up/fixed; }
location ~ ^/captured/(?<rest>.*)$ { set $up 127.0.0.1:BACK; proxy_pass http://$up/c/$rest; }
location /broken/ { rewrite ^/broken/(.*)$ /$1 break; proxy_pass http://127.0.0.1:BACK; }
location /broken-uri/ { rewrite ^/broken-uri/(.*)$ /z/$1 break; proxy_pass http://127.0.0.1:BACK/ignored/; }
location /last/ { rewrite ^/last/(.*)$ /cut/$1 last; return 403; }
location /query/ { rewrite ^/query/(.*)$ /plain/$1?added=1 last; }
location /no-query/ { rewrite ^/no-query/(.*)$ /plain/$1? last; }
location /tried/ { try_files $uri @back; }
location @back { proxy_pass http://127.0.0.1:BACK; }
location /paged/ { try_files $uri /cut/page?p=$uri; }
location /error/ { error_page 418 = @back; return 418; }
location /upgrade/ { error_page 419 = @back; if ($http_upgrade = "websocket") { return 419; } return 403; }
location /if/ { if ($http_upgrade ~* ^websocket$) { proxy_pass http://127.0.0.1:BACK; } return 405; }
location /if2/ { if ($http_upgrade) { proxy_pass http://127.0.0.1:BACK; } proxy_pass http://127.0.0.1:1; }
location /outer/ { proxy_pass http://127.0.0.1:1; location /outer/inner/ { proxy_pass http://127.0.0.1:BACK/i/; } }
location /query-uri/ { proxy_pass http://127.0.0.1:BACK?q=; }
location = /exact { proxy_pass http://127.0.0.1:BACK/e; }
location /to/ { return 301 https://$host/x$request_uri; }
location /to-path/ { return 302 /login?next=$uri; }
location /moved-on/ { rewrite ^/moved-on/(.*)$ https://other.example/$1 permanent; }
location /moved-path/ { rewrite ^/moved-path/(.*)$ /plain/$1 redirect; }
location /circle/ { rewrite ^ /circle/x last; }
location /mapped/ { proxy_pass http://$pool; }
location /private/ { internal; proxy_pass http://127.0.0.1:BACK; }
location /set-break/ { set $a 1; if ($a = 1) { rewrite ^ /changed; } break; proxy_pass http://127.0.0.1:BACK; }
"""

TARGETS = [
    "/plain/x",
    "/plain/a%20b?x=1",
    "/plain//a/../b",
    "/cut/chat",
    "/cut/",
    "/cut/a%2fb%20c?x=%20",
    "/cut/%3F%25",
    "/cut/%22%3C%7C",
    "/cut/%C3%A9",
    "/cut2/chat",
    "/cut2",
    "/moved/a/./b?x",
    "/group/x?y=1",
    "/regex/a%20b",
    "/variable/q%20r?s",
    "/variable-uri/x?y",
    "/captured/a/b?x=1",
    "/broken/x%20y?z",
    "/broken-uri/x?z",
    "/last/x?z=1",
    "/query/x?z=1",
    "/no-query/x?z=1",
    "/tried/x%20y?z",
    "/paged/x",
    "/error/x?y",
    "/upgrade/x?y",
    "/if/x",
    "/if2/x?y",
    "/outer/inner/x",
    "/query-uri/x",
    "/exact?y",
    "/to/x?y=1",
    "/to-path/x",
    "/moved-on/x?y",
    "/moved-path/x?y=1",
    "/circle/y",
    "/mapped/x",
    "/private/x",
    "/set-break/x?y=1",
    "/plain",
    "/cut?x=1",
    "/outer",
    "/nowhere",
    "/../x",
]
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}


def test_paths_and_redirects_agree(tmp_path: Path, backend: int, capsys: pytest.CaptureFixture[str]) -> None:
    """The request target that the back end sees, or the status and Location that the client sees."""
    port = free_port()
    text = (
        f"upstream back {{ server 127.0.0.1:{backend}; }}\n"
        f"map $http_upgrade $pool {{ default none; WebSocket 127.0.0.1:{backend}; }}\n"
        f"server {{ listen 127.0.0.1:{port}; {PATHS.replace('BACK', str(backend))} }}"
    )
    wrong: list[t.Any] = []
    with nginx(tmp_path / "n", text, port) as running:
        for target in TARGETS:
            status, headers, body = running.ask(f"app.example:{port}", target, UPGRADE)
            seen = running.route("app.example", target)
            if status == 200:
                agree = (json.loads(body)["path"], "proxy_pass") == (seen["upstream_path"], seen["handler"])
            elif "location" in headers:
                agree = (status, headers["location"]) == (seen["status"], seen["redirect"])
            else:
                agree = status == (seen["status"] or {"static": 404}.get(seen["handler"]))
            if not agree or seen["undecided"]:
                wrong.append((target, status, headers.get("location"), body[:60], seen["handler"], seen["status"]))
                wrong.append((seen["redirect"], seen["upstream_path"], seen["undecided"]))
    with capsys.disabled():
        print(f"\npaths and redirects: {len(TARGETS) - len(wrong) // 2}/{len(TARGETS)} agree")
    assert wrong == []


CODES = [
    "set $m 2;",
    "set $n $uri;",
    "if ($m = 2) { rewrite ^/(\\w+)(.*)$ /ab$2 break; }",
    "if ($uri ~ ^/(a|b)(/.*)?$) { set $n $1$2; }",
    "if ($http_upgrade ~* ^web) { set $m 2; }",
    "if ($m) { proxy_pass http://127.0.0.1:BACK; }",
    "if ($n != /ab) { break; }",
    "if ($args ~ x=(.)) { set $m $1; return 403; }",
    "rewrite ^/a/(.*)$ /b/$1 last;",
    "rewrite ^/b(.*)$ /ws$1?m=$m;",
    "rewrite ^/ws/(.*)$ /a/$1? break;",
    "rewrite ^/ab/(.*)$ /moved/$1 redirect;",
    "rewrite x\\.php http://$host/$n permanent;",
    "break;",
    "if ($n) { return 403; }",
    "return 302 /r$uri?$args;",
]
ONCE = [
    "try_files $uri @back;",
    "try_files $uri /ws/fallback?m=$m;",
    "try_files $uri =404;",
    "error_page 403 404 = @back;",
    "error_page 403 = /b/error;",
    "internal;",
]


def _body(chance: random.Random, nested: bool) -> str:
    codes = chance.choices(CODES, k=chance.choice([0, 0, 1, 1, 2, 3]))
    once = [chance.choice(ONCE)] if chance.random() < 0.3 else []
    passes = [] if nested or chance.random() < 0.15 else [chance.choice(["", "", "/", "/pre/", "/$m"])]
    return "\n".join([*codes, *once, *(f"proxy_pass http://127.0.0.1:BACK{uri};" for uri in passes)])


def test_rewrites_agree(tmp_path: Path, backend: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Random rewrites, conditions, fallbacks and error pages: where the request ends, and as what."""
    chance = random.Random(SEED)
    port = free_port()
    servers = []
    for number in range(60):
        codes = chance.choices([code for code in CODES if "pass" not in code], k=chance.choice([0, 0, 0, 1, 2]))
        places = sorted({_path(chance) for _ in range(5)})
        locations = [
            f'location {chance.choice(["", "=", "^~"])} "{place}" {{ {_body(chance, False)} }}' for place in places
        ]
        locations.append("location @back { proxy_pass http://127.0.0.1:BACK; }")
        servers.append(
            f"server {{ listen 127.0.0.1:{port}; server_name r{number}; set $m 1;\n"
            + "\n".join([*codes, *locations]).replace("BACK", str(backend))
            + "}"
        )
    wrong, asked = [], 0
    with nginx(tmp_path / "n", "\n".join(servers), port) as running:
        for number in range(len(servers)):
            for _ in range(20):
                target = _request(chance).replace("?a=/b/../c", chance.choice(["?x=1", "?y=2"]))
                status, headers, body = running.ask(f"r{number}:{port}", target, UPGRADE)
                seen = running.route(f"r{number}", target)
                asked += 1
                got: t.Any = (seen["status"], seen["redirect"])
                expected: t.Any = (status, headers.get("location"))
                if seen["handler"] in ("static", "spa"):
                    # A page to fall back to that is not there is looked for again and again: 500.
                    # The root folder is there, and may not be listed: error_page 403.
                    missing = status in (403, 404, 500) or normalised(target.partition("?")[0]) == "/"
                    got, expected = 404, 404 if missing else status
                elif seen["handler"] == "proxy_pass":
                    got, expected = seen["upstream_path"], json.loads(body)["path"] if status == 200 else status
                if got != expected or seen["undecided"]:
                    wrong.append((f"r{number}", target, expected, got, seen["handler"], seen["undecided"]))
    with capsys.disabled():
        print(f"\nrewrites: {asked - len(wrong)}/{asked} agree")
    assert wrong == []


# --- headers ---

HEADERS = """
map $http_upgrade $connection_upgrade { default upgrade; '' close; }
proxy_set_header X-Outer http;
server {
    listen 127.0.0.1:PORT; server_name inherits;
    location /none/ { proxy_pass http://127.0.0.1:BACK; }
    location /own/ { proxy_pass http://127.0.0.1:BACK; proxy_set_header Host $http_host; }
    location /right/ {
        proxy_pass http://127.0.0.1:BACK; proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
    }
    location /passed/ { proxy_pass http://127.0.0.1:BACK; proxy_set_header Connection $http_connection; }
    location /origin/ { proxy_pass http://127.0.0.1:BACK; proxy_set_header Origin ""; }
    location /origin2/ { proxy_pass http://127.0.0.1:BACK; proxy_set_header Origin $http_origin; }
    location /group/ { proxy_pass http://pool; }
}
server {
    listen 127.0.0.1:PORT; server_name level;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-Proto $scheme;
    location /kept/ { proxy_pass http://127.0.0.1:BACK; }
    location /lost/ { proxy_pass http://127.0.0.1:BACK; proxy_set_header X-Real-IP $remote_addr; }
    location /nested/ {
        proxy_set_header Upgrade $connection_upgrade;
        location /nested/in/ { proxy_pass http://127.0.0.1:BACK; }
    }
    location /if/ { if ($http_upgrade) { proxy_pass http://127.0.0.1:BACK; } proxy_set_header Upgrade "${http_upgrade}"; }
    location /twice/ { proxy_pass http://127.0.0.1:BACK; proxy_http_version 1.0; proxy_set_header Connection ""; }
}
upstream pool { server 127.0.0.1:BACK; }
"""


def test_headers_agree(tmp_path: Path, backend: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Headers and protocol version as the back end gets them."""
    port = free_port()
    cases = [("inherits", name) for name in ("none", "own", "right", "passed", "origin", "origin2", "group")]
    cases += [("level", name) for name in ("kept", "lost", "nested/in", "if", "twice")]
    compared = 0
    with nginx(tmp_path / "n", HEADERS.replace("PORT", str(port)).replace("BACK", str(backend)), port) as running:
        for host, name in cases:
            origin = f"http://{host}:{port}"
            asked = running.ask(f"{host}:{port}", f"/{name}/x", {**UPGRADE, "Origin": origin})
            plain = running.ask(f"{host}:{port}", f"/{name}/x", {"Connection": "keep-alive"})
            settings = running.route(host, f"/{name}/x")["settings"]
            told = json.loads(asked[2])
            got = {key.lower(): value for key, value in told["headers"]}
            for key in ("upgrade", "connection", "host", "x_forwarded_proto"):
                assert (settings[key]["value"] or "") == got.get(key.replace("_", "-"), ""), (host, name, key)
                compared += 1
            if name != "if":
                plain_got = {key.lower(): value for key, value in json.loads(plain[2])["headers"]}
                assert settings["connection_plain"]["value"] == plain_got.get("connection", ""), (host, name)
            assert settings["origin"]["value"].replace("passed", origin) == got.get("origin", ""), (host, name)
            assert settings["http_version"]["value"] == told["version"], (host, name)
            compared += 3
    with capsys.disabled():
        print(f"\nheaders: {compared}/{compared} agree")


# --- servers ---

SERVER_NAMES = [
    "example.com www.example.com",
    "*.example.com",
    ".example.org",
    "*.deep.example.com",
    "www.*",
    "www.example.*",
    r'"~^(?<user>[a-z]+)\.users\.net$"',
    r'"~^.*\.net$"',
    "_",
    "API.example.com",
    '""',
]


def test_server_names_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which server a Host header leads to, on a port with several and on one whose default is not the first."""
    chance = random.Random(SEED)
    port, other = free_port(), free_port()
    servers = []
    for number, names in enumerate(SERVER_NAMES):
        extra = f"listen 127.0.0.1:{other}{' default_server' if number == 8 else ''};" if number > 4 else ""
        servers.append(
            f"server {{ listen 127.0.0.1:{port}; {extra} server_name {names};\nlocation / {{ return 200 {number}; }} }}"
        )
    hosts = ["example.com", "www.example.com", "WWW.Example.COM", "example.org", "a.example.org", "www.example.org"]
    hosts += [
        "a.deep.example.com",
        "deep.example.com",
        "www.example.net",
        "joe.users.net",
        "x.y.users.net",
        "127.0.0.1",
    ]
    hosts += ["api.example.com", "www.example", "www.", "example.com.", "badexample.org", "_", "www.other.com"]
    labels = ["www", "a", "example", "com", "org", "net", "users", "deep", "api"]
    hosts += [".".join(chance.choices(labels, k=chance.randint(1, 4))) for _ in range(60)]
    wrong: list[t.Any] = []
    with nginx(tmp_path / "n", "\n".join(servers), port) as running:
        for at in (port, other):
            one = running._replace(port=at)
            for host in hosts:
                _status, _headers, body = one.ask(host, "/")
                seen = one.route(host, "/")
                lines = [item.line for item in running.tree[-1].block or [] if item.name == "server"]
                if lines.index(seen["server"]["line"]) != int(body):
                    wrong.append((host, body, seen["server"]))
        dump = subprocess.run(
            [str(NGINX), "-T", "-p", str(tmp_path / "n"), "-c", str(running.config)],
            capture_output=True,
            text=True,
            check=True,
        )
    with capsys.disabled():
        print(f"\nserver names: {2 * len(hosts) - len(wrong)}/{2 * len(hosts)} agree")
    assert wrong == []
    assert parse_dump(dump.stdout) == running.tree


# --- what is proposed ---

GOOD = "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
BROKEN = [
    ("", "", ""),
    ("", "proxy_set_header X-Outer a; proxy_set_header Host $host;", ""),
    ("", "proxy_set_header Host $host; proxy_set_header Connection '';", ""),
    ("map $http_upgrade $connection_upgrade { default upgrade; '' close; }", GOOD, "proxy_set_header X-Real-IP a;"),
    ("map $http_upgrade $c { default upgrade; '' ''; }", "", 'proxy_set_header Upgrade "$c"; proxy_http_version 1.0;'),
    ("map $uri $connection_upgrade { default x; }", "proxy_set_header Connection close;", "proxy_http_version 1.1;"),
    ("", "", "proxy_set_header\n  Connection\n  close;"),
]


@pytest.mark.parametrize(("in_http", "in_server", "in_location"), BROKEN)
@pytest.mark.parametrize("lines", [True, False], ids=["on lines", "on one line"])
def test_a_fix_works(tmp_path: Path, backend: int, in_http: str, in_server: str, in_location: str, lines: bool) -> None:
    """nginx takes the configuration with the fix, and the back end gets the upgrade and what was set before."""
    port = free_port()
    end = "\n" if lines else " "
    text = (
        f"{in_http}\nserver {{ listen 127.0.0.1:{port}; {in_server}\n"
        f"location / {{{end}proxy_pass http://127.0.0.1:{backend};{end}{in_location}{end}}}{end}}}"
    )
    with nginx(tmp_path / "broken", text, port) as running:
        before = {name.lower() for name, _value in json.loads(running.ask("h", "/", UPGRADE)[2])["headers"]}
        fix = running.route("h", "/")["fix"]
        fixed = _applied(running.config.read_text(), fix)
    assert fix != []
    with nginx(tmp_path / "fixed", "", port, fixed) as running:
        told = json.loads(running.ask("h", "/", UPGRADE)[2])
        assert running.route("h", "/")["fix"] == []
    got = {name.lower(): value for name, value in told["headers"]}
    assert (told["version"], got["upgrade"], got["connection"].lower()) == ("1.1", "websocket", "upgrade")
    assert before <= set(got)


def _applied(text: str, fix: list[dict[str, t.Any]]) -> str:
    """A file after the changes of a fix."""
    lines = text.split("\n")
    for change in sorted(fix, key=lambda one: one.get("line") or one["after_line"], reverse=True):
        if "add" in change:
            lines[change["after_line"] : change["after_line"]] = change["add"]
        else:
            before, after = "\n".join(lines[: change["line"] - 1]), "\n".join(lines[change["line"] - 1 :])
            assert change["search"] in after
            lines = (before + "\n" + after.replace(change["search"], change["replace"], 1)).split("\n")
    return "\n".join(lines)
