# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The windows that an app opens, with the settings that keep its pages apart from Node.js.

Defaults by version: https://www.electronjs.org/docs/latest/breaking-changes
"""

from __future__ import annotations

import typing as t

from .javascript import Token, boolean, closing, constant, line_of, properties, split, string_of

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.electron import Setting, Window, WindowSettings

#: Settings that decide what a page may do.
SETTINGS = ("contextIsolation", "nodeIntegration", "sandbox", "webSecurity", "allowRunningInsecureContent")
#: What holds since a version; earlier it was the contrary.
_SINCE = {"contextIsolation": (12, True), "nodeIntegration": (5, False), "sandbox": (20, True)}
_ALWAYS = {"webSecurity": True, "allowRunningInsecureContent": False}


def windows(text: str, tokens: t.Sequence[Token], file: str) -> list[Window]:
    """Every ``new BrowserWindow(…)`` of a program.

    :returns: ``file``, ``line``, ``settings`` (true, false, ``default`` or ``unknown`` for each of SETTINGS) and ``preload``
        (the last part of the path that is named, empty, or ``unknown``).
    """
    names = {"BrowserWindow"} | _aliases(tokens)
    found: list[Window] = []
    for place, token in enumerate(tokens):
        opening = _constructor(tokens, place, names) if token.text == "new" and token.kind == "name" else None
        if opening is not None:
            settings, preload = _preferences(tokens, opening)
            line = line_of(text, token.at)
            found.append({"file": file, "line": line, "settings": settings, "preload": preload})
    return found


def default(setting: str, major: int | None, node_integration: t.Any = False) -> bool | None:
    """What holds where a window says nothing; None: it depends on a version that is not known.

    :param node_integration: of the same window: it switches the sandbox off.
    """
    if setting in _ALWAYS:
        return _ALWAYS[setting]
    since, value = _SINCE[setting]
    if setting == "sandbox" and node_integration is True:
        return False
    if major is None:
        return None
    return value if major >= since else not value


def _aliases(tokens: t.Sequence[Token]) -> set[str]:
    """Other names of BrowserWindow: ``{ BrowserWindow: t }`` and ``{ BrowserWindow as t }``."""
    return {
        tokens[place + 2].text
        for place, token in enumerate(tokens[:-3])
        if token.text == "BrowserWindow"
        and tokens[place + 1].text in (":", "as")
        and tokens[place + 2].kind == "name"
        and tokens[place + 3].text in (",", "}")
    }


def _constructor(tokens: t.Sequence[Token], place: int, names: set[str]) -> int | None:
    """The bracket of ``new a.b.BrowserWindow(``."""
    place += 1
    last = ""
    while place + 1 < len(tokens) and tokens[place].kind == "name":
        last = tokens[place].text
        place += 1
        if tokens[place].text != ".":
            break
        place += 1
    return place if last in names and place < len(tokens) and tokens[place].text == "(" else None


def _preferences(tokens: t.Sequence[Token], opening: int) -> t.Tuple[WindowSettings, str]:
    """The settings and the preload script of one window."""
    absent = t.cast("WindowSettings", dict.fromkeys(SETTINGS, "default"))
    hidden = t.cast("WindowSettings", dict.fromkeys(SETTINGS, "unknown"))
    arguments = split(tokens, opening)
    if not arguments:
        return absent, ""
    options = _object(tokens, *arguments[0])
    if options is None:
        return hidden, "unknown"
    spread = False
    for entry in reversed(properties(tokens, options)):
        spread = spread or entry.spread
        if entry.name == "webPreferences":
            inner = _object(tokens, entry.begin, entry.end) if not spread else None
            return _settings(tokens, inner) if inner is not None else (hidden, "unknown")
    return (hidden, "unknown") if spread else (absent, "")


def _object(tokens: t.Sequence[Token], begin: int, end: int) -> int | None:
    """The brace of an object literal, written here or the value of a constant; None: it is another expression."""
    if begin < end and tokens[begin].text == "{" and closing(tokens, begin) == end - 1:
        return begin
    if end - begin == 1 and tokens[begin].kind == "name":
        known = constant(tokens, tokens[begin].text)
        if known is not None and tokens[known[0]].text == "{" and closing(tokens, known[0]) == known[1] - 1:
            return known[0]
    return None


def _settings(tokens: t.Sequence[Token], brace: int) -> t.Tuple[WindowSettings, str]:
    """What an object literal of preferences says: what comes after a spread holds, what comes before may not."""
    found: dict[str, Setting] = {}
    preload = ""
    entries = properties(tokens, brace)
    for entry in entries:
        if entry.spread:
            found, preload = dict.fromkeys(SETTINGS, "unknown"), "unknown"
        elif entry.name in SETTINGS:
            value = boolean(tokens, entry.begin, entry.end)
            found[str(entry.name)] = "unknown" if value is None else value
        elif entry.name == "preload":
            preload = _last_string(tokens, entry.begin, entry.end)
    return t.cast("WindowSettings", {name: found.get(name, "default") for name in SETTINGS}), preload


def _last_string(tokens: t.Sequence[Token], begin: int, end: int) -> str:
    """The last string of an expression such as ``path.join(__dirname, "preload.js")``."""
    strings = [text for text in map(string_of, tokens[begin:end]) if text]
    return strings[-1] if strings else "unknown"
