# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The file a process was started to run: the script behind an interpreter, the module behind a server."""

from __future__ import annotations

import os
import re

_INTERPRETERS = re.compile(
    r"^(?:node|nodejs|deno|bun|python[0-9.]*|pypy[0-9.]*|ruby[0-9.]*|php[0-9.]*|perl|java|dotnet)$"
)
#: Servers that are given ``package.module:attribute``.
_APPLICATION = re.compile(r"^([A-Za-z_][\w.]*):([A-Za-z_][\w.()]*)$")


def main_script(argv: list[str], cwd: str) -> str | None:
    """The path of the main script of a command line, if one is recognised and exists.

    :param argv: the command line.
    :param cwd: the working directory, for relative paths.
    """
    for word in argv[1:24]:
        application = _APPLICATION.match(word)
        if application:
            path = _module_file(application.group(1), cwd)
            if path:
                return path
    if not argv or not _INTERPRETERS.match(os.path.basename(argv[0])):
        return None
    return _first_file(argv[1:24], cwd)


def _first_file(words: list[str], cwd: str) -> str | None:
    previous = ""
    for word in words:
        if previous == "-m":
            return _module_file(word, cwd)
        if not word.startswith("-") and previous not in ("-r", "--require", "--import", "-c", "-e", "-W", "-X"):
            path = os.path.join(cwd, word)
            for candidate in (path, path + ".js", path + ".mjs", path + ".cjs", os.path.join(path, "index.js")):
                if os.path.isfile(candidate):
                    return candidate
        previous = word
    return None


def _module_file(name: str, cwd: str) -> str | None:
    base = os.path.join(cwd, *name.split("."))
    for candidate in (base + ".py", os.path.join(base, "__main__.py"), os.path.join(base, "__init__.py")):
        if os.path.isfile(candidate):
            return candidate
    return None
