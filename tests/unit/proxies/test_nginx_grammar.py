# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading nginx configurations: against crossplane where that is right, against nginx's own rules where it is not."""

from __future__ import annotations

import fnmatch
import pathlib
import tempfile
import typing as t

import crossplane
import pytest
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_grammar import (
    NginxSyntaxError,
    Tree,
    glob_pattern,
    parse_dump,
    parse_files,
    split_dump,
)
from hypothesis import given, settings
from hypothesis import strategies as st

Plain = list[tuple[str, list[str], int, t.Any]]


def parse(text: str, **files: str) -> Tree:
    """The tree of a main file and of others beside it."""
    known = {"/etc/nginx/" + name: body for name, body in {**files, "nginx.conf": text}.items()}

    def read(path: str) -> str:
        if path not in known:
            raise FileNotFoundError(path)
        return known[path]

    return parse_files("/etc/nginx/nginx.conf", read, lambda pattern: fnmatch.filter(known, pattern))


def plain(tree: Tree) -> Plain:
    """A tree as (name, args, line, block)."""
    return [(d.name, d.args, d.line, None if d.block is None else plain(d.block)) for d in tree]


def oracle(text: str) -> Plain:
    """The same by crossplane; it takes the parentheses of "if" away, and wants files."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "nginx.conf"
        path.write_text(text, encoding="utf-8")
        payload = crossplane.parse(str(path), single=True, check_ctx=False, check_args=False, comments=False)
    assert payload["status"] == "ok", payload["errors"]

    def walk(block: list[dict[str, t.Any]]) -> Plain:
        rows: Plain = []
        for item in block:
            inner = walk(item["block"]) if "block" in item else None
            rows.append((item["directive"], item["args"], item["line"], inner))
        return rows

    return walk(payload["config"][0]["parsed"])


WRITTEN = [
    "user nginx;\nworker_processes  4;\n\nevents { worker_connections 1024; }\n",
    'http {\n  log_format main \'$remote_addr - "$request"\'\n     "$status";\n  types { text/html html htm; }\n}\n',
    "server { listen 80; server_name ~^(?<a>\\w+)\\.x$; location ~* \\.(png|jpg)$ { expires 1d; } }",
    'map $http_upgrade $connection_upgrade { default upgrade; "" close; }',
    "# a comment\nserver {} # another; one {\n#}\nlocation / { }\n",
    'location / { proxy_pass http://${backend}:8080; set $a "${b}c"; }',
    "add_header X 'a;b{c}#d' always;",
    "a\n b\n\tc ;\r\nd e;",
    "upstream u { server unix:/run/a.sock; server [::1]:80 backup; keepalive 16; }",
    "rewrite ^/(.*)$ https://x/$1 permanent; return 301 https://$host$request_uri;",
    'x "multi\nline" y;\nz;',
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_configuration_is_parsed_as_crossplane_does(text: str) -> None:
    assert plain(parse(text)) == oracle(text)


# crossplane takes whatever follows "${a}" for a part of the word.
_WORD = st.from_regex(r"\A(?:[a-zA-Z0-9_/.:*^~=+@|()?-]|\$[a-z]{1,3}|\$\{[a-z]{1,3}\}[a-z/]){1,8}\Z")
_QUOTED = st.tuples(st.sampled_from("\"'"), st.text("ab ;{}#$/\n\téß", max_size=12)).map(
    lambda pair: pair[0] + pair[1] + pair[0]
)
_SPACE = st.sampled_from([" ", "  ", "\n", "\t", "\r\n", " \n  "])
_BETWEEN = st.sampled_from(["", " ", "\n", "\n# a comment; {\n", "\n\n", "  # x }\n"])
_NAME = st.sampled_from(
    ["server", "location", "listen", "set", "proxy_pass", "map", "default", "a.b", "~x", "text/html"]
)


@st.composite
def _simple(draw: st.DrawFn) -> str:
    words = [draw(_NAME), *draw(st.lists(st.one_of(_WORD, _QUOTED), max_size=4))]
    return draw(_SPACE).join(words)


_CONFIGURATION = st.recursive(
    st.tuples(_simple(), _BETWEEN).map(lambda pair: pair[0] + ";" + pair[1]),
    lambda inner: st.one_of(
        st.tuples(_simple(), _BETWEEN, st.lists(inner, max_size=4)).map(
            lambda row: row[0] + " {" + row[1] + "".join(row[2]) + "}\n"
        ),
        st.lists(inner, min_size=1, max_size=3).map("".join),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(_CONFIGURATION)
def test_random_configurations_as_crossplane(text: str) -> None:
    assert plain(parse(text)) == oracle(text)


@settings(max_examples=400, deadline=None)
@given(st.text("ab ;{}#$\\\"'\n*include[]=-()éÿ\x00", max_size=60))
def test_anything_is_a_tree_or_an_error(text: str) -> None:
    for read in (parse, lambda body: parse_dump("# configuration file /n.conf:\n" + body), parse_dump):
        try:
            read(text)
        except NginxSyntaxError as error:
            assert str(error) == f"{error.file}:{error.line}: {error.reason}"


@pytest.mark.parametrize(
    ("text", "args"),
    [
        (r'x "a\"b" c;', ['a"b', "c"]),
        (r"x 'a\'b\\';", ["a'b\\"]),
        (r'x "a\nb\tc\rd";', ["a\nb\tc\rd"]),
        (r"x a\;b\ c\d;", [r"a\;b\ c\d"]),
        ('x a}b#c"d;', ['a}b#c"d']),
        ('x ($a = "");', ["($a", "=", "", ")"]),
        ("x a # not } this;\n b;", ["a", "b"]),
        ("x ${a}${b}c;", ["${a}${b}c"]),
        (r"x ^/\d+\.php$;", [r"^/\d+\.php$"]),
        ("x \u00a0a;", ["\u00a0a"]),
    ],
)
def test_words_are_split_and_unquoted(text: str, args: list[str]) -> None:
    assert parse(text)[0].args == args


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a b", 1, 'unexpected end of file, expecting ";" or "}"'),
        ("a {\nb;\n", 3, 'unexpected end of file, expecting "}"'),
        ("a;\n}\n", 2, 'unexpected "}"'),
        ("a;\n\n;", 3, 'unexpected ";"'),
        ("{ }", 1, 'unexpected "{"'),
        ("server {\n listen 80\n}\n", 3, 'unexpected "}"'),
        ('a "b"c;', 1, 'unexpected "c"'),
        ('a;\nb "c;\n', 2, "unexpected end of file"),
        ("a_by_lua_block {\n x = {\n}", 1, "unexpected end of file"),
        ("a {" * 200, 1, "blocks are nested too deep"),
        ("a;\ninclude nginx.conf;", 2, "includes form a loop"),
    ],
)
def test_what_nginx_refuses(text: str, line: int, reason: str) -> None:
    with pytest.raises(NginxSyntaxError) as caught:
        parse(text)
    assert (caught.value.file, caught.value.line) == ("/etc/nginx/nginx.conf", line)
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize(
    "body",
    [
        "ngx.say('}')",
        'ngx.say("}", "\\"}")',
        "-- a } comment\nlocal x = {a = {}}",
        "--[[ long } \n comment }]] local a = 1",
        "local s = [[ } ]] .. [==[ }]] ]==]",
        "if a then t = {'{', \"it's\"} end",
    ],
)
def test_lua_bodies_are_skipped(body: str) -> None:
    tree = parse("location / {\n  content_by_lua_block {\n" + body + "\n}\n  set $a 1;\n}\nuser x;")
    assert [item.name for item in tree] == ["location", "user"]
    assert [item.name for item in tree[0].block or []] == ["content_by_lua_block", "set"]
    assert (tree[0].block or [])[0].block == []
    assert (tree[0].block or [])[1].line == 4 + body.count("\n") + 1


def test_includes_are_expanded_in_place() -> None:
    files = {
        "conf.d/b.conf": "b;\n\nbb;",
        "conf.d/a.conf": "a;",
        "conf.d/.c.conf": "c;",
        "one": "include /etc/nginx/two;",
    }
    tree = parse("x;\ny { include conf.d/*.conf; include one; }\nz;", **files, two="two;")
    assert [item.name for item in tree] == ["x", "y", "z"]
    names = [(item.name, item.where) for item in tree[1].block or []]
    assert ("a", "/etc/nginx/conf.d/a.conf:1") in names and ("bb", "/etc/nginx/conf.d/b.conf:3") in names
    assert names[-1] == ("two", "/etc/nginx/two:1")
    assert tree[2].where == "/etc/nginx/nginx.conf:3"


def test_a_file_that_cannot_be_read_leaves_its_include() -> None:
    (left,) = parse("include secret.conf;")
    assert (left.name, left.args, left.block, left.line) == ("include", ["/etc/nginx/secret.conf"], None, 1)
    with pytest.raises(OSError):
        parse_files("/nowhere", lambda path: pathlib.Path(path).read_text(), lambda _pattern: [])


def test_includes_that_multiply_end() -> None:
    files = {f"f{n}": f"include f{n + 1}; include f{n + 1};" for n in range(40)}
    with pytest.raises(NginxSyntaxError, match="too large"):
        parse("include f0;", **files, f40="a;")


DUMP = """nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
# configuration file /etc/nginx/nginx.conf:
http {
    include conf.d/*.conf;
    include mime.types;
    # configuration file /etc/nginx/x.conf:
# configuration file /etc/nginx/not-asked-for.conf:
    user a;
}

# configuration file /etc/nginx/conf.d/b.conf:
map $http_upgrade $c { default upgrade; }
# configuration file /etc/nginx/conf.d/a.conf:
include /etc/nginx/snippet;

# configuration file /etc/nginx/snippet:

snippet here;
# configuration file /etc/nginx/mime.types:
types { }
"""


def test_a_dump_is_cut_where_nginx_cut_it() -> None:
    names = [path for path, _body in split_dump(DUMP)]
    assert names == [
        "/etc/nginx/" + name for name in ("nginx.conf", "conf.d/b.conf", "conf.d/a.conf", "snippet", "mime.types")
    ]
    (http,) = parse_dump(DUMP)
    found = [(item.name, item.file.rpartition("/")[2], item.line) for item in http.block or []]
    assert found == [
        ("snippet", "snippet", 2),
        ("map", "b.conf", 1),
        ("types", "mime.types", 1),
        ("user", "nginx.conf", 6),
    ]


def test_a_text_that_is_no_dump_raises() -> None:
    with pytest.raises(NginxSyntaxError):
        parse_dump("nginx: [emerg] open() failed\n")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("/e/*.conf", "/e/a.conf", True),
        ("/e/*.conf", "/e/.a.conf", False),
        ("/e/*.conf", "/e/d/a.conf", False),
        ("/e/*/x", "/e/d/x", True),
        ("/e/?.conf", "/e/ab.conf", False),
        ("/e/[a-c]x", "/e/bx", True),
        ("/e/[!a-c]x", "/e/bx", False),
        ("/e/[!a-c]x", "/e/zx", True),
        ("/e/[z-a]*", "/e/b", False),
        ("/e/a+(b).conf*", "/e/a+(b).conf", True),
    ],
)
def test_an_include_s_pattern_matches_as_glob_does(pattern: str, path: str, matches: bool) -> None:
    assert bool(glob_pattern(pattern).match(path)) is matches
