# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What an httpd was built with, and how its master was started: read from the program's file and from its command line."""

from __future__ import annotations

import re
import typing as t

_VERSION = re.compile(r"\bApache/([0-9]+\.[0-9]+\.[0-9]+)")
_SETTING = re.compile(r' -D ([A-Z_]+)="([^"\0\n]*)"')
#: Identifiers of modules are strings of their own in the program (ap_prelinked_module_symbols).
_MODULE = re.compile(r"(?<=\0)(?!ap_)([a-z][a-z0-9_]{0,60}_module)(?=\0)")
#: What Debian's packages have compiled in; others load some of them.
_COMPILED = ("core", "so", "http", "log_config", "logio", "unixd", "version", "watchdog")
#: Options with a value (getopt's string in server/main.c).
_WITH_VALUE = "CDEcdefk"
_ASSIGNMENT = re.compile(r"^[ \t]*export[ \t]+([A-Za-z_]\w*)=([^\s`;&|]*)[ \t]*$", re.MULTILINE)


class Build(t.NamedTuple):
    """Defaults of a program; empty: not known.

    :ivar modules: identifiers of those that are part of it.
    """

    version: str
    root: str
    config: str
    error_log: str
    modules: t.List[str]


def read_build(text: str) -> Build:
    """What a program's file contains, or what it prints for ``-V``: both have the same words."""
    found = _VERSION.search(text)
    settings = dict(_SETTING.findall(text))
    modules = list(dict.fromkeys(_MODULE.findall(text))) or ["%s_module" % name for name in _COMPILED]
    return Build(
        found.group(1) if found is not None else "",
        settings.get("HTTPD_ROOT", ""),
        settings.get("SERVER_CONFIG_FILE", ""),
        settings.get("DEFAULT_ERRORLOG", ""),
        modules,
    )


def options_of(argv: t.Sequence[str]) -> dict[str, list[str]]:
    """Values of a command line's options, by their letters."""
    found: t.Dict[str, t.List[str]] = {}
    words = iter(argv[1:])
    for word in words:
        letter = word[1:2]
        if word.startswith("-") and letter and letter in _WITH_VALUE:
            found.setdefault(letter, []).append(word[2:] or next(words, ""))
    return found


def exported(text: str) -> dict[str, str]:
    """Variables of a file such as Debian's envvars, as far as their values are plain; ``$SUFFIX`` is empty there."""
    values = {name: value.strip("\"'").replace("$SUFFIX", "") for name, value in _ASSIGNMENT.findall(text)}
    return {name: value for name, value in values.items() if "$" not in value}
