# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a preload script hands to the page: the surface of contextBridge, and how much of IPC lies open in it.

https://www.electronjs.org/docs/latest/tutorial/context-isolation#security-considerations
"""

from __future__ import annotations

import typing as t

from .javascript import Property, Token, closing, constant, line_of, opening, properties, split, string_of

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.electron import AppPrograms, BridgeFinding, Exposed

#: Packages whose ready-made object passes any channel on.
GENERIC = {"@electron-toolkit/preload": "electronAPI"}
_CALLS = ("send", "sendSync", "invoke", "postMessage", "sendToHost", "on", "once", "addListener")
_LISTENS = ("on", "once", "addListener")
#: Words by which a function shows that it looks the channel up in a list first.
_GUARDS = ("includes", "has", "indexOf", "some", "hasOwnProperty")


def bridge(text: str, tokens: t.Sequence[Token], file: str) -> AppPrograms:
    """The surface that a preload script exposes.

    :returns: ``exposed`` (``name``, ``keys``, ``file``, ``line``) and ``findings`` (``kind``, ``name``, ``file``, ``line``);
        kinds: ``raw`` (ipcRenderer itself, or one of its methods), ``any-channel`` (the page chooses it), ``event``
        (the page's callback is given the event), ``generic`` (an object of a package that does either), ``unknown``.
    """
    exposed: list[Exposed] = []
    findings: list[BridgeFinding] = []
    for place, token in enumerate(tokens):
        if token.text != "exposeInMainWorld" or place + 1 >= len(tokens) or tokens[place + 1].text != "(":
            continue
        arguments = split(tokens, place + 1)
        if len(arguments) < 2:
            continue
        name = string_of(tokens[arguments[0][0]]) or "?"
        line = line_of(text, token.at)
        keys, found = _value(text, tokens, name, *arguments[1])
        exposed.append({"name": name, "keys": keys, "file": file, "line": line})
        findings += [{**entry, "file": file} for entry in found]
    return {"exposed": exposed, "findings": findings}


def _value(
    text: str, tokens: t.Sequence[Token], name: str, begin: int, end: int
) -> t.Tuple[list[str], list[BridgeFinding]]:
    """Keys and findings of what is exposed: an object literal, or a constant that is one."""
    line = line_of(text, tokens[begin].at)
    if tokens[begin].text == "{" and closing(tokens, begin) == end - 1:
        return _object(text, tokens, name, begin)
    if end - begin == 1 and tokens[begin].kind == "name":
        word = tokens[begin].text
        if word == "ipcRenderer":
            return [], [{"kind": "raw", "name": name, "line": line}]
        if word in GENERIC.values() and _imports(tokens, word):
            return [], [{"kind": "generic", "name": name, "line": line}]
        known = constant(tokens, word)
        if known is not None and tokens[known[0]].text != word:
            return _value(text, tokens, name, *known)
        return [], [{"kind": "unknown", "name": name, "line": line}]
    return [], _expression(text, tokens, name, begin, end)


def _object(text: str, tokens: t.Sequence[Token], name: str, brace: int) -> t.Tuple[list[str], list[BridgeFinding]]:
    keys: list[str] = []
    findings: list[BridgeFinding] = []
    for entry in properties(tokens, brace):
        if entry.name is not None:
            keys.append(entry.name)
        findings += _property(text, tokens, "%s.%s" % (name, entry.name or "…"), entry)
    return keys, findings


def _property(text: str, tokens: t.Sequence[Token], name: str, entry: Property) -> list[BridgeFinding]:
    first = tokens[entry.begin]
    if entry.begin < entry.end and first.text == "{" and closing(tokens, entry.begin) == entry.end - 1:
        return _object(text, tokens, name, entry.begin)[1]
    if entry.end - entry.begin == 1 and first.kind == "name" and first.text not in ("ipcRenderer",):
        known = constant(tokens, first.text)
        if known is not None:
            return _expression(text, tokens, name, *known)
    return _expression(text, tokens, name, entry.begin, entry.end)


def _expression(text: str, tokens: t.Sequence[Token], name: str, begin: int, end: int) -> list[BridgeFinding]:
    """What an expression does with ipcRenderer."""
    found: list[BridgeFinding] = []
    parameters = _parameters(tokens, begin, end)
    guarded = any(tokens[place].text in _GUARDS for place in range(begin, end))
    for place in range(begin, end):
        if tokens[place].text != "ipcRenderer" or tokens[place].kind != "name":
            continue
        kind = _use(tokens, place, end, parameters, guarded)
        if kind:
            found.append({"kind": kind, "name": name, "line": line_of(text, tokens[place].at)})
    return found


def _use(tokens: t.Sequence[Token], place: int, end: int, parameters: set[str], guarded: bool) -> str:
    """The kind of one mention of ipcRenderer, or nothing where it is right."""
    if place + 2 >= end or tokens[place + 1].text != "." or tokens[place + 2].text not in _CALLS:
        has_method = place + 2 < end and tokens[place + 1].text == "."
        return "" if has_method and tokens[place + 2].text.startswith("remove") else "raw"
    method = tokens[place + 2].text
    if place + 3 >= end or tokens[place + 3].text != "(":
        return "raw"
    arguments = split(tokens, place + 3)
    if not arguments:
        return ""
    channel = tokens[arguments[0][0]]
    if channel.kind == "name" and channel.text in parameters and not guarded:
        return "any-channel"
    if method in _LISTENS and len(arguments) > 1:
        first, behind = arguments[1]
        if behind - first == 1 and tokens[first].text in parameters:
            return "event"
    return ""


def _parameters(tokens: t.Sequence[Token], begin: int, end: int) -> set[str]:
    """Names of the parameters of the functions in an expression: what the page hands in."""
    names: set[str] = set()
    for place in range(begin, end):
        text = tokens[place].text
        if text == "=>" and place > begin:
            before = tokens[place - 1]
            if before.kind == "name":
                names.add(before.text)
            elif before.text == ")":
                names |= _names(tokens, max(begin, opening(tokens, place - 1)), place - 1)
        elif text == "function" and place + 1 < end:
            start = next((at for at in range(place, min(place + 4, end)) if tokens[at].text == "("), None)
            names |= _names(tokens, start, closing(tokens, start)) if start is not None else set()
    if begin < end and tokens[begin].text == "(":
        # A method: ``send(channel) { … }``.
        names |= _names(tokens, begin, closing(tokens, begin))
    return names


def _names(tokens: t.Sequence[Token], begin: int, end: int) -> set[str]:
    return {token.text for token in tokens[begin:end] if token.kind == "name"}


def _imports(tokens: t.Sequence[Token], word: str) -> bool:
    """Whether the program names a package of GENERIC that brings this object."""
    packages = {package for package, name in GENERIC.items() if name == word}
    return any(string_of(token) in packages for token in tokens if token.kind == "string")
