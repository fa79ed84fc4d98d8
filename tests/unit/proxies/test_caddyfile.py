# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Caddyfiles read as data: what only newer Caddys know, what is refused, and hostile ones.

What the installed Caddy knows is compared with it in tests/servers/test_caddy_corpus.py.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import web_url
from ansible_collections.websocket.health.plugins.module_utils._proxies.caddy_config import (
    CaddySyntaxError,
    Config,
    route,
    same_ways,
)
from ansible_collections.websocket.health.plugins.module_utils._proxies.caddyfile import read_caddyfile
from ansible_collections.websocket.health.plugins.module_utils._proxies.caddyfile_blocks import Files
from ansible_collections.websocket.health.plugins.module_utils._proxies.caddyfile_tokens import CaddyTooMuch, tokens_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.proxies.caddyfile_cases import CASES, VARIABLES, on_disk, read, stage


def files(**more: str) -> Files:
    """Files by their names in /etc/caddy."""
    found = {f"/etc/caddy/{name}": text for name, text in more.items()}

    def text_of(path: str) -> str:
        if path not in found:
            raise FileNotFoundError(2, "No such file or directory", path)
        return found[path]

    return Files(text_of, lambda pattern: [path for path in sorted(found) if path == pattern], lambda _path: False)


def raw(text: str, variables: t.Mapping[str, str] | None = None, version: tuple[int, ...] = (), **more: str) -> t.Any:
    """The JSON of a Caddyfile."""
    return read_caddyfile("/etc/caddy/C", files(C=text, **more), variables or {}, version).raw


def routes(body: str, version: tuple[int, ...] = ()) -> t.Any:
    """The routes of a site with this content."""
    return raw(":8080 {\n" + body + "\n}\n", version=version)["apps"]["http"]["servers"]["srv0"]["routes"]


def handlers(body: str, version: tuple[int, ...] = ()) -> list[str]:
    """Names of the handlers, in their order."""
    return [handler["handler"] for one in routes(body, version) for handler in one["handle"]]


def seen(text: str, url: str = "ws://app.example:8080/ws") -> t.Any:
    """What a Caddyfile makes of a URL."""
    return route(Config(raw(text)), web_url(url), None)


@pytest.mark.parametrize("name", CASES)
def test_cases_can_be_read(name: str, tmp_path: Path) -> None:
    main = stage(CASES[name], tmp_path)
    if name.startswith("refused: ") and name != "refused: a scheme of browsers":
        with pytest.raises(CaddySyntaxError):
            read(main, (2, 6, 2))
    else:
        config = Config(read(main, (2, 6, 2)).raw)
        assert same_ways(config, config)
        # What the newest would make of it is a configuration as well.
        Config(read_caddyfile(str(main), on_disk(), VARIABLES, ()).raw)


# -- what newer Caddys know --------------------------------------------------------------------------------------------


def test_routes_with_names() -> None:
    text = "&(chat) {\n\treverse_proxy 127.0.0.1:9000\n}\n:8080 {\n\thandle /ws {\n\t\tinvoke chat\n\t}\n}\n"
    found = seen(text)
    assert (found["handler"], found["upstream"]["addresses"][0]["port"]) == ("proxy_pass", 9000)


def test_arguments_of_a_snippet_are_filled_in() -> None:
    snippet = "(p) {\n\treverse_proxy {args[1:]} {\n\t\theader_up X-A {args[0]}-{args.0}-{args[9]}\n\t}\n}\n"
    made = raw(snippet + ":8080 {\n\timport p a 127.0.0.1:1 127.0.0.1:2\n}\n")
    (handler,) = made["apps"]["http"]["servers"]["srv0"]["routes"][0]["handle"]
    assert handler["upstreams"] == [{"dial": "127.0.0.1:1"}, {"dial": "127.0.0.1:2"}]
    assert handler["headers"]["request"]["set"] == {"X-A": ["a-a-{args[9]}"]}


def test_blocks_that_are_handed_over() -> None:
    snippet = "(p) {\n\thandle {\n\t\t{block}\n\t}\n}\n(q) {\n\thandle {\n\t\t{blocks.one}\n\t}\n}\n"
    inner = "{\n\t\tone {\n\t\t\trespond a\n\t\t}\n\t\ttwo {\n\t\t\trespond b\n\t\t}\n\t}\n"
    made = raw(snippet + ":8080 {\n\timport p {\n\t\trespond a\n\t}\n}\n:8081 {\n\timport q " + inner + "}\n")
    bodies = [
        server["routes"][0]["handle"][0]["routes"][0]["handle"][0]["body"]
        for server in made["apps"]["http"]["servers"].values()
    ]
    assert bodies == ["a", "a"]


def test_heredocs() -> None:
    (one,) = routes("respond <<END\n\t\tfirst\n\t\t  second\n\n\t\tEND 404")
    assert (one["handle"][0]["body"], one["handle"][0]["status_code"]) == ("first\n  second\n", 404)
    assert handlers("respond \\<<END 200\nreverse_proxy a") == ["static_response", "reverse_proxy"]
    assert [token.text for token in tokens_of("a <<END\nb\nEND", "f", heredocs=False)] == ["a", "<<END", "b", "END"]


def test_ranges_of_ports() -> None:
    (one,) = routes("reverse_proxy 127.0.0.1:8001-8003")
    assert [row["dial"][-4:] for row in one["handle"][0]["upstreams"]] == ["8001", "8002", "8003"]


def test_a_root_alone_and_directives_of_later_versions() -> None:
    body = "root /srv\nlog_append a b\nlog_skip\nlog_name x\nfs x\nbasic_auth {\n}\nintercept {\n}\nfile_server"
    found = handlers(body)
    assert sorted(found) == sorted(
        ["vars", "log_append", "vars", "vars", "vars", "authentication", "intercept", "file_server"]
    )


def test_paths_that_differ_by_a_star() -> None:
    body = "respond /foo* a\nrespond /foo b"
    newer = [one["match"][0]["path"][0] for one in routes(body)]
    older = [one["match"][0]["path"][0] for one in routes(body, (2, 6, 2))]
    assert (newer, older) == (["/foo", "/foo*"], ["/foo*", "/foo"])


def test_servers_with_names() -> None:
    options = "{\n\tservers :8080 {\n\t\tname front\n\t}\n}\n"
    assert sorted(raw(options + ":8080 {\n}\n:8081 {\n}\n")["apps"]["http"]["servers"]) == ["front", "srv1"]


def test_directives_of_plugins() -> None:
    read_ = read_caddyfile("/etc/caddy/C", files(C=":80 {\n\treverse_proxy a\n\trate_limit 5 {\n\t\tx\n\t}\n}\n"), {})
    assert read_.unknown == {"rate_limit"}
    assert handlers("reverse_proxy a\nrate_limit {\n}") == ["rate_limit", "reverse_proxy"]
    found = seen(":8080 {\n\trate_limit\n\treverse_proxy 127.0.0.1:1\n}\n")
    assert found["undecided"] == ["It is not known what the handler rate_limit does."]
    options = "{\n\torder rate_limit after reverse_proxy\n}\n"
    made = raw(options + ":8080 {\n\trate_limit\n\treverse_proxy a\n}\n")
    (one,) = made["apps"]["http"]["servers"]["srv0"]["routes"]
    assert [handler["handler"] for handler in one["handle"]] == ["reverse_proxy", "rate_limit"]


# -- the environment, files and errors ---------------------------------------------------------------------------------


def test_variables_are_data() -> None:
    made = raw(":8080 {\n\treverse_proxy {$BACK:127.0.0.1:1} {$NONE:127.0.0.1:2}\n}\n", {"BACK": "127.0.0.1:9"})
    (one,) = made["apps"]["http"]["servers"]["srv0"]["routes"]
    assert [row["dial"] for row in one["handle"][0]["upstreams"]] == ["127.0.0.1:9", "127.0.0.1:2"]


def test_messages_do_not_repeat_values_of_variables() -> None:
    with pytest.raises(CaddySyntaxError) as error:
        raw(":8080 {\n\treverse_proxy a {\n\t\t{$TOKEN}\n\t}\n}\n", {"TOKEN": "hush-hush more-of-it"})
    assert str(error.value).endswith("unrecognized subdirective {$TOKEN}")


def test_what_cannot_be_read() -> None:
    with pytest.raises(FileNotFoundError):
        read_caddyfile("/etc/caddy/nope", files(), {})
    found = Files(lambda _path: ":80 {\n\timport /x/a\n}\n", lambda pattern: [pattern], lambda _path: True)
    with pytest.raises(CaddySyntaxError, match="is a directory"):
        read_caddyfile("/x/C", found, {})


def test_a_circle_of_files() -> None:
    with pytest.raises(CaddySyntaxError, match="a cycle of imports exists between /etc/caddy/D and /etc/caddy/C"):
        raw("import D\n", D="import C\n")


# -- hostile ones ------------------------------------------------------------------------------------------------------

_DOUBLING = "".join(f"(s{n}) {{\n\timport s{n + 1}\n\timport s{n + 1}\n}}\n" for n in range(40))
HOSTILE = {
    "snippets that double": f"(s40) {{\n\trespond a\n}}\n{_DOUBLING}:80 {{\n\timport s0\n}}\n",
    "deep blocks": ":80 " + "{\nhandle " * 20000,
    "many words": "a " * 3000000,
    "many binds": ":80 {\n\tbind " + " ".join(f"127.0.{n // 250}.{n % 250}" for n in range(30000)) + "\n}\n",
    "a range of ports": ":80 {\n\treverse_proxy a:1-65000\n}\n",
    "a chain of snippets": "".join(f"(s{n}) {{\n\timport s{n - 1} {{args[:]}}\n}}\n" for n in range(1, 500))
    + ":80 {\n\timport s499 a\n}\n",
    "arguments that double": "".join(f"(s{n}) {{\n\timport s{n + 1} {{args[0]}}{{args[0]}}\n}}\n" for n in range(60))
    + "(s60) {\n\trespond {args[0]}\n}\n:80 {\n\timport s0 aa\n}\n",
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", HOSTILE)
def test_a_caddyfile_that_grows_too_large_raises(name: str) -> None:
    with pytest.raises((CaddyTooMuch, CaddySyntaxError)):
        raw(HOSTILE[name])


def test_variables_that_grow() -> None:
    with pytest.raises(CaddyTooMuch):
        raw("{$A}" * 1000, {"A": "x" * 100000})


#: What must not take time by its square: each with the least that comes of it.
LONG = {
    "openings of variables": "{$" * 500000,
    "quotes that are not closed": 'respond "' + "\\" * 1000000,
    "openings of texts": "<<" * 300000,
    "heredocs that are not closed": "<<A\n" * 100000,
    "spaces": " \\\n" * 500000,
    "many sites": "".join(f"a{n}.example {{\n}}\n" for n in range(10000)),
    "routes": ":80 {\n" + "respond /a a\n" * 15000 + "}\n",
    "sites with many names": ", ".join(f"http://a{n}.example" for n in range(20000)) + " {\n\trespond a\n}\n",
    "matchers": ":80 {\n" + "".join(f"@m{n} path /a\n" for n in range(20000)) + "}\n",
    "placeholders": ":80 {\n\trespond " + "{a." * 300000 + "\n}\n",
    "handles": ":80 {\n" + "".join(f"handle /{n} {{\n}}\n" for n in range(10000)) + "}\n",
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", LONG)
def test_long_input_ends(name: str) -> None:
    try:
        Config(raw(LONG[name]))
    except (CaddySyntaxError, CaddyTooMuch):
        pass


_WORDS = st.sampled_from(
    [
        *(":80", "a.example", "http://a", "{", "}", "\n", "\n", "\n", "{\n", "}\n", ",", "import", "import s", "(s)"),
        *(
            "@x",
            "path",
            "/ws",
            "*",
            "not",
            "header",
            "handle",
            "handle_path",
            "route",
            "reverse_proxy",
            "respond",
            "redir",
        ),
        *("uri strip_prefix", "rewrite", "try_files", "php_fastcgi", "forward_auth", "transport http", "tls", "bind"),
        *(
            "{$A}",
            "{args[0]}",
            "{args[:]}",
            "{block}",
            "order",
            "servers",
            "&(n)",
            "invoke n",
            '"',
            "`",
            "<<A",
            "\\",
            "#",
        ),
        *("unix//x", "h2c://a", "a:1-9", "header_up", "handle_response", "²", "\x00", "{path.0}", "admin", "[::1]"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_WORDS, max_size=40), st.sampled_from([(), (2, 6, 2)]))
def test_odd_input_is_refused_or_read(words: list[str], version: tuple[int, ...]) -> None:
    for text in (" ".join(words), ":80 {\n" + " ".join(words) + "\n}\n"):
        try:
            made = raw(text, {"A": "} {"}, version)
        except (CaddySyntaxError, CaddyTooMuch, OSError):
            continue
        assert json.loads(json.dumps(made)) == made
        route(Config(made), web_url("ws://a.example/ws"), None)
