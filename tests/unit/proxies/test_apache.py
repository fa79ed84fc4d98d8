# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A master of Apache: what it was started with, what is read then, and that nothing is run."""

from __future__ import annotations

import os
import types
import typing as t
from pathlib import Path

import pytest
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache import Apache
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_build import (
    exported,
    options_of,
    read_build,
)
from ansible_collections.websocket.health.plugins.module_utils._run.redact import Redactor

#: As the strings of Debian's binary, and its answer to -V, hold them.
BINARY = (
    "\x7fELF\0ap_top_module\0\ufffd\0core_module\0so_module\0http_module\0ap_hack_ap_add_module\0"
    'mod_x_module_of\0mpm_winnt.c\0 -D HTTPD_ROOT="/opt/httpd"\0 -D SERVER_CONFIG_FILE="conf/httpd.conf"\0'
    ' -D DEFAULT_ERRORLOG="logs/error_log"\0Apache/2.4.57 (Debian)\0'
    "Listen\0ErrorLog\0LoadModule\0<VirtualHost\0<Location\0SSLCertificateFile\0"
)


class Staged(Apache):
    """A master whose binary, command line and variables are given, and that notes what is run."""

    def __init__(self, folder: Path, argv: list[str], variables: dict[str, str], dump: bool = False) -> None:
        context = t.cast(
            t.Any, types.SimpleNamespace(redactor=Redactor([]), system=types.SimpleNamespace(processes={}))
        )
        super().__init__(os.getpid(), context, dump)
        self.ran: list[t.Sequence[str]] = []
        self.binary = folder / "httpd"
        self.given, self.argv_given = variables, argv
        self.answer = (1, "", "")
        self.asked: list[str] = []

    @property
    def argv(self) -> list[str]:
        return self.argv_given

    def _program(self) -> str:
        return str(self.binary)

    def variables(self) -> dict[str, str]:
        return self.given

    def run(self, argv: t.Sequence[str]) -> tuple[int, str, str]:
        self.ran.append(argv)
        return self.answer

    def dumping(self, files: t.Iterable[str]) -> str | None:
        self.asked = list(files)
        return "/opt/httpd/bin/httpd" if self.dump else None


def staged(folder: Path, text: str, *options: str, **more: t.Any) -> Staged:
    (folder / "conf").mkdir(exist_ok=True)
    (folder / "conf" / "httpd.conf").write_text(text)
    (folder / "httpd").write_bytes(BINARY.replace("/opt/httpd", str(folder)).encode())
    return Staged(folder, ["httpd", *options], more.pop("variables", {"APACHE_X": "x"}), **more)


def test_what_a_binary_tells() -> None:
    build = read_build(BINARY)
    assert build == (
        "2.4.57",
        "/opt/httpd",
        "conf/httpd.conf",
        "logs/error_log",
        ["core_module", "so_module", "http_module"],
    )
    assert read_build("").version == "" and "core_module" in read_build("").modules


def test_options_of_a_command_line_are_read() -> None:
    words = ["httpd", "-D", "A", "-DB", "-f", "x.conf", "-k", "start", "-X", "-C", "Listen 1", "-cListen 2", "-d"]
    assert options_of(words) == {
        "D": ["A", "B"],
        "f": ["x.conf"],
        "k": ["start"],
        "C": ["Listen 1"],
        "c": ["Listen 2"],
        "d": [""],
    }


def test_variables_of_a_file() -> None:
    text = "SUFFIX=\nexport A=/run/x$SUFFIX\n  export B='/b'\nexport LANG\nexport C=$(id)\nexport D=`id`\nexport E=$A/b\nexport F=x; id\n#export G=1"
    assert exported(text) == {"A": "/run/x", "B": "/b"}


def test_the_configuration_is_read_without_running_httpd(tmp_path: Path) -> None:
    text = "Listen ${P}\n<IfDefine SSL>\nListen 443 https\n</IfDefine>\nListen ${APACHE_X}:1\nErrorLog e.log\n"
    master = staged(tmp_path, text, "-D", "SSL", "-C", "Define P 81", "-c", "Listen 82")
    master.read(None)
    assert master.tree.listens == [(81, False), (443, True), (1, False), (82, False)]
    assert master.seen["version"] == "2.4.57"
    assert (master.seen["config"], master.seen["read_from"], master.seen["files"]) == (
        f"{tmp_path}/conf/httpd.conf",
        "files",
        1,
    )
    assert (master.seen["test"], master.seen["gaps"], master.ran) == (None, [], [])


def test_a_configuration_of_the_inventory(tmp_path: Path) -> None:
    (tmp_path / "other.conf").write_text("Listen 90\n")
    master = staged(tmp_path, "Listen 80\n", "-f", "nope.conf")
    master.read(str(tmp_path / "other.conf"))
    assert master.tree.listens == [(90, False)]


def test_an_error_is_told_with_its_place(tmp_path: Path) -> None:
    master = staged(tmp_path, "Listen 80\n<VirtualHost *:80>\n</Location>\n")
    master.read(None)
    message = f"Syntax error on line 3 of {tmp_path}/conf/httpd.conf: Expected </VirtualHost> but saw </Location>"
    assert master.seen["test"] == {"ok": False, "message": message}
    assert [gap["what"] for gap in master.seen["gaps"]] == ["config"]
    assert not master.tree and master.ran == []


def test_a_directive_that_nothing_knows(tmp_path: Path) -> None:
    (tmp_path / "mod_a.so").write_bytes(b"\0Known\0<Section\0")
    load = "LoadModule a_module mod_a.so\n"
    known = f"{load}listen 80\n<virtualhost *>\nKNOWN 1\n<section>\n</section>\n</virtualhost>\n"
    master = staged(tmp_path, known)
    master.read(None)
    assert master.seen["test"] is None
    for line, name in (
        ("Knwon 1", "Knwon"),
        ("<Sect x>\n</Sect>", "<Sect"),
        ("<Known>\n</Known>", "<Known"),
        ("Section", "Section"),
    ):
        master = staged(tmp_path, f"{known}{line}\nListen 81\n")
        master.read(None)
        expected = f"on line 8 of {tmp_path}/conf/httpd.conf: Invalid command '{name}', perhaps misspelled"
        # A section's name is no directive's, but a text that ends as another one may be.
        assert (expected in (master.seen["test"] or {}).get("message", "")) == (name != "Section")
        # What is there is what a restart would make of it: it is looked at all the same.
        assert [port for port, _tls in master.tree.listens] == [80, 81]


@pytest.mark.parametrize("name", ["mod_perl.so", "mod_secret.so"])
def test_where_directives_cannot_be_known(name: str, tmp_path: Path) -> None:
    (tmp_path / "mod_perl.so").touch()
    (tmp_path / "mod_secret.so").mkdir()
    master = staged(tmp_path, f"LoadModule x_module {name}\nAnything 1\n")
    master.read(None)
    assert master.seen["test"] is None and master.tree


def test_a_certificate_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "a.pem").touch()
    for path, told in (("certs/b.pem", True), ("certs/a.pem", False), ("closed/b.pem", False), ("pkcs11:x", False)):
        master = staged(tmp_path, f"Listen 80\nSSLCertificateFile {path}\n")
        master.read(None)
        message = f"Syntax error on line 2 of {tmp_path}/conf/httpd.conf: SSLCertificateFile: file '{tmp_path}/{path}'"
        assert (message + " does not exist or is empty" == (master.seen["test"] or {}).get("message")) == told


def test_a_fifo_that_is_included_is_a_gap(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "conf.fifo")
    master = staged(tmp_path, f"Include {tmp_path}/conf.fifo\n")
    master.read(None)
    assert (master.seen["test"], master.tree) == (None, None)
    assert "conf.fifo" in master.seen["gaps"][0]["reason"]


def test_more_than_is_read_is_a_gap(tmp_path: Path) -> None:
    master = staged(tmp_path, "<Location /x>\n" * 200)
    master.read(None)
    assert (master.seen["test"], master.tree) == (None, None)
    assert "nested deeper" in master.seen["gaps"][0]["reason"]


def test_no_binary_and_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    master = staged(tmp_path, "Listen 80\n")
    (tmp_path / "httpd").unlink()
    monkeypatch.setattr(master, "version_output", lambda _option: "")
    master.read(None)
    assert master.tree is None and [gap["what"] for gap in master.seen["gaps"]] == ["config"]
    master = staged(tmp_path, "Listen 80\n", "-f", str(tmp_path / "conf" / "httpd.conf"))
    (tmp_path / "httpd").unlink()
    monkeypatch.setattr(master, "version_output", lambda _option: BINARY.replace("\0", "\n"))
    master.read(None)
    assert master.tree.listens == [(80, False)] and master.seen["version"] == "2.4.57"


@pytest.mark.parametrize("option", [(), ("-C", "Listen 1")])
def test_the_dump_takes_the_place(option: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    for name in ("mod_a.so", "mod_info.so"):
        (tmp_path / "m" / name).touch()
    master = staged(tmp_path, "LoadModule a_module m/mod_a.so\nListen 80\n", "-DX", *option, dump=True)
    master.answer = (0, f"# In file: {tmp_path}/conf/httpd.conf\n#   2:\nListen 81\n core_module (static)\n", "")
    master.read(None)
    if option:
        assert master.ran == [] and master.seen["read_from"] == "files"
        return
    assert master.tree.listens == [(81, False)] and master.seen["test"] == {"ok": True, "message": ""}
    assert master.seen["read_from"] == "httpd -D DUMP_CONFIG"
    assert master.asked == [f"{tmp_path}/{name}" for name in ("conf/httpd.conf", "m/mod_a.so", "m/mod_info.so")]
    [command] = master.ran
    assert command[:3] == ["env", "APACHE_X=x", "/opt/httpd/bin/httpd"]
    assert command[5:11] == ["-d", str(tmp_path), "-f", "conf/httpd.conf", "-D", "X"]


def test_a_dump_that_fails(tmp_path: Path) -> None:
    (tmp_path / "mod_info.so").touch()
    master = staged(tmp_path, "LoadModule info_module mod_info.so\nListen 80\n", dump=True)
    master.answer = (1, "", "AH00526: Syntax error on line 2 of /x:\nInvalid command 'Listn', perhaps\n")
    master.read(None)
    assert master.seen["test"]["message"] == "AH00526: Syntax error on line 2 of /x: Invalid command 'Listn', perhaps"


@pytest.mark.parametrize(
    "logs",
    [([], "logs/error_log"), (["ErrorLog e.log", "ErrorLog |cat", "ErrorLog syslog"], ""), (["ErrorLog /x"], "/x")],
)
def test_error_logs(logs: tuple[list[str], str], tmp_path: Path) -> None:
    lines, path = logs
    master = staged(tmp_path, "\n".join([*lines, "<VirtualHost *:80>", "ErrorLog v.log", "</VirtualHost>"]))
    master.read(None)
    expected = [path if path.startswith("/") else f"{tmp_path}/{path}"] if path else []
    assert master._error_logs == [*expected, f"{tmp_path}/v.log"]
