# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations that people wrote for their programs: read as crossplane reads them, matched as nginx matches them."""

from __future__ import annotations

import re
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_grammar import (
    Directive,
    NginxSyntaxError,
    Tree,
    parse_files,
)

from tests.servers.catalogue import CACHE
from tests.servers.test_nginx_locations import NGINX, free_port, nginx
from tests.unit.proxies.test_nginx_grammar import Plain, oracle, plain

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")

FOLDER = CACHE / "nginx-corpus"
#: What lies beside configurations and is none.
_OTHERS = re.compile(
    r"\.(?:gz|init|md|py|sh|svg|vim|html|yml|yaml|service)$|/(?:copyright|README|Dockerfile|Makefile)$"
)
_OTHER_FOLDERS = ("etc/init.d", "etc/default", "etc/logrotate.d", "etc/ufw", "usr/share/doc/nginx")
#: A path that begins as a regular expression does, as far as it is literal.
_LITERAL = re.compile(r"\^?((?:[\w/-]|\\.)*)")
_NAMES = (
    "index.html",
    "a.php",
    "ws",
    "socket.io/",
    "static/app.js",
    "x/y.png",
    ".htaccess",
    "cgi-bin/x.cgi",
    "a/../b",
    "%2e",
)


def _files() -> list[Path]:
    found = []
    for path in sorted(FOLDER.rglob("*")):
        inside = str(path.relative_to(FOLDER)).partition("/")[2]
        examples = inside.startswith("usr/share/doc/nginx/examples/")
        if path.is_file() and not _OTHERS.search(inside) and (examples or not inside.startswith(_OTHER_FOLDERS)):
            found.append(path)
    return [path for path in found if path.name != ".stamp"]


FILES = _files()


def _name(path: Path) -> str:
    return str(path.relative_to(FOLDER))


def _read(path: Path) -> Tree:
    """The tree of one file; what it includes lies on another machine, and counts as empty."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return parse_files("/nginx.conf", lambda name: text if name == "/nginx.conf" else "", lambda _pattern: [])


def _as_we_read(rows: Plain) -> Plain:
    """crossplane's rows without includes."""
    return [(name, args, line, block and _as_we_read(block)) for name, args, line, block in rows if name != "include"]


def _as_they_read(rows: Plain) -> Plain:
    """Our rows with the parentheses of "if" taken away, as crossplane does."""
    found = []
    for name, args, line, block in rows:
        words = list(args)
        if name == "if":
            words[0], words[-1] = words[0][1:], words[-1]
            words[-1] = words[-1][:-1]
            words = [word for number, word in enumerate(words) if word or number not in (0, len(words) - 1)]
        found.append((name, words, line, block and _as_they_read(block)))
    return found


def _refused_by_nginx(path: Path, folder: Path) -> bool:
    """Whether nginx finds an error in the syntax itself, in the file alone or in an http block."""
    assert NGINX is not None
    within = folder / "nginx.conf"
    within.write_text(f"events {{}}\nhttp {{ include {path}; }}\n")
    said = [
        subprocess.run([NGINX, "-t", "-c", str(config)], capture_output=True, text=True, check=False).stderr
        for config in (path, within)
    ]
    return any(words in text for text in said for words in ("unexpected", "is not terminated by"))


def test_the_corpus_is_there() -> None:
    assert len(FILES) >= 40, "python tests/servers/setup.py fetches it"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_read_as_crossplane(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        expected = oracle(text)
    except AssertionError:
        # A template, say: what is no configuration is refused by both.
        with pytest.raises(NginxSyntaxError):
            _read(path)
        return
    try:
        rows = plain(_read(path))
    except NginxSyntaxError as error:
        # crossplane takes braces within words, and scripts; nginx has the last word.
        assert _refused_by_nginx(path, tmp_path), error
        return
    assert _as_they_read(rows) == _as_we_read(expected)


# -- locations ---------------------------------------------------------------------------------------------------------


def _servers(tree: Tree) -> t.Iterator[Directive]:
    """The server blocks of http, wherever they stand in a file."""
    for item in tree:
        if item.name == "server" and item.block is not None and not item.args:
            yield item
        elif item.name == "http":
            yield from _servers(item.block or [])


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _skeleton(block: Tree, own: str) -> str:
    """The locations of a block, in their order and nesting; each answers with an id of its own."""
    lines = []
    for number, item in enumerate(block):
        if item.name == "location" and item.args and not item.args[-1].startswith("@"):
            words = " ".join(_quoted(word) for word in item.args)
            inner = _skeleton(item.block or [], f"{own}.{number}")
            lines.append(f'location {words} {{ return 200 "{own}.{number}"; {inner} }}')
    return "\n".join(lines)


def _patterns(block: Tree) -> t.Iterator[str]:
    """The literal part of each location's pattern."""
    for item in block:
        if item.name == "location" and item.args:
            found = _LITERAL.match(item.args[-1]) if item.args[0].startswith("~") else None
            text = found.group(1).replace("\\", "") if found else item.args[-1]
            yield text if text.startswith("/") else "/" + text.lstrip("@")
            yield from _patterns(item.block or [])


def _targets(block: Tree) -> list[str]:
    """Requests at, below, above and beside each location."""
    begins = list(dict.fromkeys(["/", *_patterns(block)]))
    ends = ("", "/", *("/" + name for name in _NAMES))
    targets = [begin + "x" for begin in begins] + [begin.rstrip("/") + end for begin in begins for end in ends]
    return [target or "/" for target in dict.fromkeys(targets)]


def _staged() -> list[tuple[str, Directive]]:
    found = []
    for path in FILES:
        try:
            tree = _read(path)
        except NginxSyntaxError:
            continue
        for number, server in enumerate(_servers(tree)):
            if any(item.name == "location" for item in server.block or []):
                found.append((f"{_name(path)}#{number}", server))
    return found


def test_locations_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every server's locations against requests made of their own patterns, on a running nginx."""
    staged, port = _staged(), free_port()
    blocks = [
        f"server {{ listen 127.0.0.1:{port}; server_name s{number};\n{_skeleton(server.block or [], f's{number}')} }}"
        for number, (_words, server) in enumerate(staged)
    ]
    asked = 0
    wrong = []
    with nginx(tmp_path / "n", "\n".join(blocks), port) as running:
        answers = _by_line(running.tree)
        for number, (words, server) in enumerate(staged):
            for target in _targets(server.block or []):
                status, headers, body = running.ask(f"s{number}", target)
                seen = running.route(f"s{number}", target)
                expected = body if status == 200 else 404 if status == 403 else status
                location = seen["location"]
                got = answers[location["line"]] if location else int(seen["status"] or 404)
                asked += 1
                if expected != got:
                    wrong.append(f"{words} {target}: nginx {expected!r} {headers.get('location', '')}, engine {got!r}")
    with capsys.disabled():
        print(f"\nlocations of {len(staged)} real servers: {asked - len(wrong)}/{asked} agree")
    assert asked >= 1000
    assert wrong == []


def _by_line(tree: Tree) -> dict[int, str]:
    """The id of each location, by its line."""
    found: dict[int, str] = {}
    for item in tree:
        if item.name == "location" and item.block:
            found[item.line] = item.block[0].args[1]
        found.update(_by_line(item.block or []))
    return found
