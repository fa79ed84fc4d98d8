# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of Apache, one for each construct of its grammar, and a way to read them.

apache_cases.json holds them, each with the tree or the error that httpd 2.4.68 made of it;
tests/servers/test_apache_corpus.py asks the httpd that is installed again.
"""

from __future__ import annotations

import glob
import json
import os
import typing as t
from pathlib import Path

from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_config import Directive
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_files import (
    Reading,
    Start,
    read_configuration,
)
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_includes import Files

RECORDED: dict[str, t.Any] = json.loads(Path(__file__).with_name("apache_cases.json").read_text(encoding="utf-8"))
MODULES = "/usr/lib/apache2/modules"
_HEAD = "\n".join(
    [
        'ServerRoot "ROOT"',
        "ErrorLog ROOT/error.log",
        *(
            f"LoadModule {name}_module {MODULES}/mod_{name}.so"
            for name in ("info", "mpm_event", "authz_core", "macro", "alias", "setenvif")
        ),
        "",
    ]
)
#: What Debian's httpd has compiled in.
COMPILED = tuple(
    f"{name}_module" for name in ("core", "so", "watchdog", "http", "log_config", "logio", "version", "unixd")
)
Plain = list[t.Any]


class Case(t.NamedTuple):
    """A configuration: the text of its main file, other files (None: a folder; a tuple: a link), options."""

    text: str
    files: dict[str, t.Any] = {}
    options: tuple[str, ...] = ()

    def stage(self, folder: Path) -> Path:
        """Write it; ROOT stands for the folder."""
        for name, content in {**self.files, "main.conf": _HEAD + self.text}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.mkdir(exist_ok=True)
            elif isinstance(content, tuple):
                path.symlink_to(content[0])
            else:
                path.write_bytes(content.replace("ROOT", str(folder)).encode("utf-8", "surrogateescape"))
        return folder / "main.conf"


def _cases() -> dict[str, Case]:
    """The cases of apache_cases.json; the place of a link is an object there."""
    found = {}
    for name, row in RECORDED.items():
        files = {
            path: (text["link"],) if isinstance(text, dict) else text for path, text in row.get("files", {}).items()
        }
        found[name] = Case("\n".join(row["text"]), files, tuple(row.get("options", ())))
    return found


CASES = _cases()


def on_disk() -> Files:
    """Files of this machine."""

    def read(path: str) -> str:
        return Path(path).read_bytes().decode("utf-8", "replace")

    return Files(read, glob.glob, os.path.isdir, os.path.islink)


def plain(block: list[Directive], root: str) -> Plain:
    """Rows of name, arguments, file, line, content; ROOT stands for the folder."""

    def short(text: str) -> str:
        return text.replace(root, "ROOT")

    return [
        [item.name, [short(arg) for arg in item.args], short(item.file), item.line, plain(item.block, root)]
        if item.section
        else [item.name, [short(arg) for arg in item.args], short(item.file), item.line]
        for item in block
    ]


def reading(case: Case, folder: Path, version: tuple[int, ...] = (2, 4, 68)) -> Reading:
    """Read a staged case."""
    pairs = list(zip(case.options[::2], case.options[1::2], strict=True))
    given = {name: [value for option, value in pairs if option == name] for name in ("-C", "-c", "-D")}
    start = Start(
        str(folder / "main.conf"),
        "/",
        defines=given["-D"],
        before=given["-C"],
        after=given["-c"],
        environment={"APACHE_CASE": "from the environment"},
        compiled=COMPILED,
        program="/usr/sbin/apache2",
        version=version,
    )
    return read_configuration(start, on_disk())
