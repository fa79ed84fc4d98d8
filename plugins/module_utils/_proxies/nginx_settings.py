# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The settings that hold where a request is answered: inheritance, defaults by version, what to write instead.

Facts: https://nginx.org/en/docs/http/ngx_http_proxy_module.html, https://nginx.org/en/docs/http/websocket.html,
https://nginx.org/en/CHANGES (1.29.7: the defaults of proxy_http_version and of the Connection header).
"""

from __future__ import annotations

import re
import typing as t

from .nginx_grammar import Directive
from .nginx_values import Variables, maps_of, seconds
from .setting_names import HEADERS, KEYS, LISTS, SCALARS, UNSET

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Fix, Setting, SettingName

#: Since here HTTP/1.1 is spoken to upstreams by default and Connection is no longer set to close.
HTTP11_DEFAULT = (1, 29, 7)
_TOKENS = re.compile(r"\s*,\s*")


class Levels:
    """The blocks around a request, the outermost first.

    :param blocks: (``http``, ``server`` or ``location``, its directives).
    """

    def __init__(self, blocks: list[tuple[str, list[Directive]]]) -> None:
        self._levels: list[tuple[str, dict[str, list[Directive]]]] = []
        for kind, block in blocks:
            by_name: dict[str, list[Directive]] = {}
            for item in block:
                by_name.setdefault(item.name, []).append(item)
            self._levels.append((kind, by_name))

    def nearest(self, *names: str) -> tuple[str, list[Directive]]:
        """The innermost level that has any of these directives, and them."""
        for kind, by_name in reversed(self._levels):
            found = [item for name in names for item in by_name.get(name, ()) if item.args]
            if found:
                return kind, sorted(found, key=lambda item: (item.file, item.line)) if len(names) > 1 else found
        return "", []

    def all(self, name: str) -> list[list[Directive]]:
        """The directives of every level that has some, the innermost first."""
        return [by_name[name] for _kind, by_name in reversed(self._levels) if by_name.get(name)]


def is_upgrade(value: str | None) -> bool:
    """Whether a Connection header holds the token ``upgrade`` (RFC 9110, section 7.6.1)."""
    return "upgrade" in [token.lower() for token in _TOKENS.split((value or "").strip())]


def settings_of(
    levels: Levels, variables: Variables, version: tuple[int, ...], notes: list[str]
) -> dict[SettingName, Setting]:
    """The effective settings; keys as in KEYS.

    :param variables: of a WebSocket request, with ``proxy_host`` known.
    :param notes: gets a sentence for every header whose value is not known.
    """
    found: dict[SettingName, Setting] = {"http_version": _http_version(levels, version)}
    found.update({key: _scalar(levels, *row) for key, row in SCALARS.items()})
    found.update({key: _list(levels, names) for key, names in LISTS.items()})
    for key, name in HEADERS.items():
        found[key] = _header(levels, name, variables, version, notes)
    plain = variables.copy(http_upgrade="", http_connection="keep-alive")
    found["connection_plain"] = _header(levels, "connection", plain, version, notes)
    return {key: found[key] for key in KEYS}


def _seen(value: str | None, item: Directive) -> Setting:
    return {"value": value, "file": item.file, "line": item.line, "default": False}


def _http_version(levels: Levels, version: tuple[int, ...]) -> Setting:
    _kind, found = levels.nearest("proxy_http_version")
    if found:
        return _seen(found[-1].args[0], found[-1])
    return {**UNSET, "value": "1.1" if version >= HTTP11_DEFAULT else "1.0"}


def _scalar(levels: Levels, name: str, default: str | None, is_time: bool) -> Setting:
    _kind, found = levels.nearest(name)
    if not found:
        return {**UNSET, "value": default}
    text = " ".join(found[-1].args)
    return _seen((seconds(text) or text) if is_time else text, found[-1])


def _list(levels: Levels, names: tuple[str, ...]) -> Setting:
    if names == LISTS["auth"]:
        # Each of them is inherited separately, and "off" ends it.
        rows = [levels.nearest(name)[1] for name in names]
        found = [row[-1] for row in rows if row and row[-1].args[0] != "off"]
    else:
        _kind, found = levels.nearest(*names)
    if not found:
        return UNSET.copy()
    if names == ("allow", "deny"):
        return _seen("; ".join("%s %s" % (item.name, item.args[0]) for item in found), found[0])
    if names == LISTS["auth"]:
        return _seen("; ".join("%s %s" % (item.name, " ".join(item.args)) for item in found), found[0])
    return _seen("; ".join(" ".join(item.args) for item in found), found[0])


def headers_set(levels: Levels) -> tuple[str, list[Directive]]:
    """The ``proxy_set_header`` list that holds, and its level: the innermost level that has any."""
    kind, found = levels.nearest("proxy_set_header")
    return kind, [item for item in found if len(item.args) > 1]


def lost_headers(levels: Levels) -> list[Directive]:
    """``proxy_set_header`` of outer levels that the innermost list drops and does not repeat."""
    lists = levels.all("proxy_set_header")
    have = {item.args[0].lower() for item in (lists[0] if lists else []) if item.args}
    lost = []
    for item in (one for outer in lists[1:] for one in outer if len(one.args) > 1):
        if item.args[0].lower() not in have:
            have.add(item.args[0].lower())
            lost.append(item)
    return lost


def _header(levels: Levels, name: str, variables: Variables, version: tuple[int, ...], notes: list[str]) -> Setting:
    """What the upstream gets for a header: ``""`` if nothing is sent; ``passed``: the client's Origin."""
    found = [item for item in headers_set(levels)[1] if item.args[0].lower() == name]
    if not found:
        return {**UNSET, "value": _default_header(name, variables, version)}
    values = []
    for item in found:
        if name == "origin" and item.args[1] in ("$http_origin", "${http_origin}"):
            values.append("passed")
            continue
        value = variables.expand(item.args[1])
        if value is None:
            sentence = "The %s header set at %s depends on %s." % (
                item.args[0],
                item.where,
                ", ".join(variables.unknown_in(item.args[1])),
            )
            notes.extend([sentence] if sentence not in notes else [])
            value = item.args[1]
        if value:
            values.append(value)
    return _seen(", ".join(values), found[-1])


def _default_header(name: str, variables: Variables, version: tuple[int, ...]) -> str | None:
    if name == "host":
        return variables.get("proxy_host")
    if name == "connection":
        return "" if version >= HTTP11_DEFAULT else "close"
    return {"upgrade": "", "origin": "passed"}.get(name)


class Fixer:
    """The lines that let a WebSocket pass where it does not.

    :param http: the ``http`` block, or None if the tree has none.
    :param settings: see settings_of.
    """

    def __init__(
        self,
        http: Directive | None,
        items: list[Directive],
        levels: Levels,
        variables: Variables,
        settings: dict[SettingName, Setting],
    ) -> None:
        self._http = http
        self._items = items
        self._levels = levels
        self._variables = variables
        self._settings = settings
        self._fix: list[Fix] = []

    def fix(self, proxy_pass: Directive, location: Directive | None) -> list[Fix]:
        """Changes as nginx_route.route describes them, the ``map`` they need first."""
        add = self._http_version() + self._headers(location)
        if add:
            self._fix.append(_insert(proxy_pass, location, add))
        return self._fix

    def _http_version(self) -> list[str]:
        """The line to add, if no directive is there to be changed."""
        if self._settings["http_version"]["value"] == "1.1":
            return []
        line = "proxy_http_version 1.1;"
        _kind, found = self._levels.nearest("proxy_http_version")
        if found:
            self._replace(found[-1], line)
        return [] if found else [line]

    def _headers(self, location: Directive | None) -> list[str]:
        """The ``proxy_set_header`` lines to add to the location; wrong ones are changed where they stand."""
        wrong = self._wrong()
        _kind, effective = headers_set(self._levels)
        there = {item.args[0].lower(): item for item in effective}
        missing = [line for name, line in wrong.items() if name not in there]
        if not missing or not effective or _within(effective[0], location):
            for name, line in wrong.items():
                if name in there:
                    self._replace(there[name], line)
            if not missing:
                return []
            lost = lost_headers(self._levels)
            return [*(_line(item) for item in lost if item.args[0].lower() not in wrong), *missing]
        # A first proxy_set_header of the location's own drops those of the level above, so it has to repeat them.
        return [*(_line(item) for item in effective if item.args[0].lower() not in wrong), *wrong.values()]

    def _wrong(self) -> dict[str, str]:
        """The right line for each of the two headers that is not as it should be; unknown values are left alone."""
        upgrade, connection = (str(self._settings[key]["value"] or "") for key in ("upgrade", "connection"))
        wrong = {}
        if upgrade.lower() != "websocket" and "$" not in upgrade:
            wrong["upgrade"] = "proxy_set_header Upgrade $http_upgrade;"
        if not is_upgrade(connection) and "$" not in connection:
            wrong["connection"] = "proxy_set_header Connection %s;" % self._variable()
        return wrong

    def _replace(self, item: Directive, line: str) -> None:
        self._fix.append({"file": item.file, "line": item.line, "search": item.text, "replace": line})

    def _variable(self) -> str:
        """The variable of a map that turns Upgrade into Connection; the map is added if there is none."""
        maps = maps_of(self._items)
        plain = self._variables.copy(http_upgrade="", http_connection="keep-alive")
        for name, item in maps.items():
            about_upgrade = item.args[0].strip("${}").lower() == "http_upgrade"
            if about_upgrade and is_upgrade(self._variables.get(name)) and not is_upgrade(plain.get(name)):
                return "$" + name
        name = "connection_upgrade" if "connection_upgrade" not in maps else "websocket_connection"
        # An empty Connection keeps connections to the upstream open; it was set for that.
        otherwise = "''" if self._settings["connection_plain"]["value"] == "" else "close"
        block = ["map $http_upgrade $%s {" % name, "    default upgrade;", "    ''      %s;" % otherwise, "}"]
        self._fix.insert(0, self._in_http(block))
        return "$" + name

    def _in_http(self, lines: list[str]) -> Fix:
        if self._http is None:
            return {"file": self._items[0].file, "after_line": 0, "add": lines}
        after = self._http.line
        if self._items and self._items[0].file == self._http.file:
            after = max(after, self._items[0].line - 1)
        return {"file": self._http.file, "after_line": after, "add": lines}


def _within(item: Directive, location: Directive | None) -> bool:
    """Whether a directive stands in the location itself."""
    return location is not None and any(one is item for one in location.block or [])


def _line(item: Directive) -> str:
    """A directive on one line, as it is written."""
    return " ".join(item.text.split("\n")).strip() if item.text else " ".join([item.name, *item.args]) + ";"


def _insert(proxy_pass: Directive, location: Directive | None, lines: list[str]) -> Fix:
    """Lines after ``proxy_pass``; on the same line where the location is a single one."""
    if location is None or _within(proxy_pass, location):
        if location is not None and location.line == proxy_pass.line and location.file == proxy_pass.file:
            replaced = " ".join([proxy_pass.text, *lines])
            return {"file": proxy_pass.file, "line": proxy_pass.line, "search": proxy_pass.text, "replace": replaced}
        after = proxy_pass.line + proxy_pass.text.count("\n")
        return {"file": proxy_pass.file, "after_line": after, "add": lines}
    # Within "if" there may be a proxy_pass, but no proxy_set_header.
    return {"file": location.file, "after_line": location.line, "add": lines}
