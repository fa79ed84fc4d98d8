# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apache's files read as data: each construct as httpd 2.4.68 reads it, and what is hostile."""

from __future__ import annotations

import errno
import os
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.websocket.health.plugins.module_utils._proxies import apache_files
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_config import ApacheSyntaxError
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_files import (
    Reading,
    Start,
    read_configuration,
)
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_grammar import ApacheTooMuch
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_includes import Files
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.proxies.apache_cases import CASES, MODULES, RECORDED, Case, on_disk, plain, reading

#: A test that asks the modules' own files needs them.
_OF_MODULES = ("IfDirective", "IfSection", "a module that is not there")


def outcome(case: Case, folder: Path) -> dict[str, t.Any]:
    """The tree that is read, or the error."""
    case.stage(folder)
    try:
        return {"tree": plain(reading(case, folder).tree.block, str(folder))}
    except ApacheSyntaxError as error:
        return {"error": str(error).replace(str(folder), "ROOT")}


@pytest.mark.parametrize("name", CASES)
def test_the_tree_is_what_httpd_reads(name: str, tmp_path: Path) -> None:
    if name in _OF_MODULES and not os.path.isdir(MODULES):
        pytest.skip("apache2 is not installed")
    expected = {key: RECORDED[name][key] for key in ("tree", "error") if key in RECORDED[name]}
    seen = outcome(CASES[name], tmp_path)
    if "error" in expected and "error" in seen:
        # httpd adds what a directive is for.
        assert (expected["error"] + ", ").startswith(seen["error"] + ", ")
    else:
        assert seen == expected


def in_memory(texts: dict[str, str]) -> Files:
    """Files that exist nowhere; a folder is what has something in it."""

    def read(path: str) -> str:
        if path not in texts:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
        return texts[path]

    def listing(pattern: str) -> list[str]:
        return [path for path in texts if path == pattern]

    return Files(
        read, listing, lambda path: any(name.startswith(path.rstrip("/") + "/") for name in texts), lambda _path: False
    )


def read(text: str, files: Files | None = None, **more: t.Any) -> Reading:
    """Read a main file."""
    return read_configuration(Start("main.conf", "/etc", **more), files or in_memory({"/etc/main.conf": text}))


def names(seen: Reading) -> list[str]:
    return [item.name for item in seen.tree.block]


def test_modules_files_and_server_root_are_told() -> None:
    files = in_memory(
        {
            "/etc/main.conf": "LoadModule a_module m/a.so\nLoadFile m/b.so\nInclude x\n",
            "/etc/x": "ServerRoot /etc/m",
            "/etc/m/a.so": "",
        }
    )
    seen = read("", files, compiled=("core_module", "so_module"))
    assert seen.modules == ["core", "so", "a"]
    assert seen.files == ["/etc/main.conf", "/etc/x"]
    assert seen.loaded == ["/etc/m/a.so", "/etc/m/b.so"]
    assert seen.root == "/etc/m"


def test_a_module_in_a_folder_that_cannot_be_seen_counts_as_loaded() -> None:
    assert (
        read("LoadModule a_module /secret/a.so\n<IfModule mod_a.c>\nAlias /1 /2\n</IfModule>").tree.block[0].name
        == "alias"
    )


@pytest.mark.parametrize(("condition", "holds"), [("<IfVersion >= 2.4>", True), ("<IfVersion >= 3>", False)])
def test_a_version_that_is_not_known_is_a_likely_one(condition: str, holds: bool) -> None:
    assert bool(read(condition + "\nAlias /1 /2\n</IfVersion>").tree.block) == holds


def test_programs_in_the_configuration_are_passed_over() -> None:
    text = (
        "<Perl>\n<x>\n</y>\n</Perl>\n<LuaHookFixups f>\nif a < b\n</LuaHookFixups>\nLuaAuthzProvider a b c\nListen 80"
    )
    assert names(read(text, compiled=("perl_module", "lua_module"))) == ["listen"]
    with pytest.raises(ApacheSyntaxError, match="line 1 of /etc/main.conf: Expected </perl> before end"):
        read("<Perl>\nprint 1", compiled=("perl_module",))
    with pytest.raises(ApacheSyntaxError, match="line 3 of /etc/main.conf: Expected </x> but saw </y>"):
        read(text)


# -- what cannot be read -----------------------------------------------------------------------------------------------


def test_the_main_file_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        read("", in_memory({}))


def test_a_file_that_cannot_be_read_is_no_syntax_error() -> None:
    texts = in_memory({"/etc/main.conf": "IncludeOptional x"})

    def refused(path: str) -> str:
        if path == "/etc/x":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return texts.read(path)

    with pytest.raises(PermissionError):
        read("", texts._replace(read=refused))


# -- hostile input: ends soon, in one of two ways ----------------------------------------------------------------------

_DOUBLING = "".join(f"<Macro m{n}>\nUse m{n + 1}\nUse m{n + 1}\n</Macro>\n" for n in range(40))
_WITHIN = "".join(f"<Macro m{n}>\n" for n in range(200)) + "Use m0\n" + "</Macro>\n" * 200
_OUTER = "<Macro a>\n<Macro b>\n<Macro c>\nAlias /1 /2\n</Macro>\nUse c\n</Macro>\nUse b\n</Macro>\nUse a\n"
HOSTILE = {
    "macros that double": _DOUBLING + "<Macro m40>\nAlias /1 /2\n</Macro>\nUse m0\n",
    "a chain of macros": "".join(f"<Macro m{n}>\nUse m{n + 1}\n</Macro>\n" for n in range(500)) + "Use m0",
    "macros in macros": _WITHIN,
    "macros that define macros": _OUTER,
    "a long line": "Alias " + "x" * (3 << 20),
    "a long word in quotes": 'Alias "' + "\\x" * (1 << 20),
    "many continuations": "Alias \\\n" * 100000,
    "many words": "Alias " + "x " * (1 << 20),
    "many variables": "Alias " + "${x}" * (1 << 18),
    "variables that do not end": "Alias " + "${" * (1 << 20),
    "many sections": "<Location /x>\n" * 100000,
    "many containers": "<IfDefine !x>\n" * 100000,
    "many containers that are passed over": "<IfDefine x>\n" * 100000,
    "many lines": "Listen 80\n" * 110001,
    "a macro of many parameters": "<Macro m " + " ".join(f"${n}" for n in range(10000)) + ">\n</Macro>",
    "values that grow": "Define a x\n" + "Define a ${a}${a}\n" * 60,
    "values of many names": "Define a "
    + "x" * 60000
    + "\n"
    + "".join(f"Define b{n} ${{a}}${{a}}${{a}}\n" for n in range(5000)),
    "binary data": bytes(range(256)).decode("latin1") * 4096,
    "a number of many digits": "<IfVersion >= " + "1" * 100000 + ">\n</IfVersion>",
    "an odd expression": "<IfVersion ~ (((((x+x+)+)+)+)+)y(>\n</IfVersion>",
    "ends of sections": "</a>\n" * 100000,
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_ends(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What counts is that there is a limit: with the real one it takes some seconds.
    monkeypatch.setattr(apache_files, "_MAX_LINES", 110000)
    begun = time.process_time()
    try:
        seen = read(HOSTILE[name])
        assert len(seen.tree.block) <= 110000
    except (ApacheSyntaxError, ApacheTooMuch) as error:
        assert len(str(error)) < 20000
    # Of the processor, not of the clock: what grows with the square of the input takes minutes.
    assert time.process_time() - begun < 60


def test_files_that_include_each_other() -> None:
    texts = {"/etc/main.conf": "Include a\n", "/etc/a": "Include b\nInclude b\n", "/etc/b": "Include a\nInclude a\n"}
    with pytest.raises(ApacheSyntaxError, match=r"on line 1 of /etc/b: Exceeded maximum include depth of 128"):
        read("", in_memory(texts))


def test_more_files_than_are_read() -> None:
    texts = {"/etc/main.conf": "Include a\n" * 200, "/etc/a": "Include b\n" * 200, "/etc/b": ""}
    with pytest.raises(ApacheTooMuch, match="more than 20000 files"):
        read("", in_memory(texts))


def test_folders_that_lead_to_themselves(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "again").symlink_to("../d")
    with pytest.raises((ApacheSyntaxError, OSError)):
        outcome(Case("Include d\n"), tmp_path)


def test_places_of_macros_stay_short() -> None:
    text = (
        "".join(f"<Macro m{n}>\n" for n in range(60))
        + "Listen 80\n"
        + "".join(f"</Macro>\nUse m{n}\n" for n in reversed(range(60)))
    )
    seen = read(text)
    assert names(seen) == ["listen"]
    assert all(len(item.file) <= 1000 for item in seen.tree.block)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                "<VirtualHost *:80>",
                "</VirtualHost>",
                "<IfModule a>",
                "<IfModule !a>",
                "</IfModule>",
                "<Macro m $a>",
                "</Macro>",
            ]
            + [
                "Use m 1",
                "Use m",
                "Include main.conf",
                "Define a ${a}",
                "<IfVersion 2>",
                "</IfVersion>",
                "\\",
                "#",
                '"',
                "<",
                ">",
            ]
            + [
                "</",
                "<>",
                "''",
                "Use",
                "<Macro",
                "Include",
                "<IfDefine a>",
                "</IfDefine>",
                "\0",
                "LoadModule",
                "UndefMacro m",
                "ServerRoot /",
            ]
        )
        | st.text(max_size=6),
        max_size=12,
    )
)
def test_odd_text_is_no_crash(lines: list[str]) -> None:
    try:
        read("\n".join(lines))
    except (ApacheSyntaxError, ApacheTooMuch):
        pass


def test_files_of_this_machine_are_read_by_the_same_calls(tmp_path: Path) -> None:
    """The helper of these tests keeps to what the engine offers."""
    (tmp_path / "a").write_text("x")
    files = on_disk()
    assert files.exists(str(tmp_path / "a")) and not files.exists(str(tmp_path / "b"))
