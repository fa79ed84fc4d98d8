# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The programs of an Electron app: which process each runs in, what windows it opens, and where its WebSockets are made."""

from __future__ import annotations

import json
import os
import re
import typing as t

from .._frontend.html import read_page
from .._run.deadline import Deadline
from .._system.open_file import open_regular, read_text
from .asar import Archive, Folder
from .bridge import bridge
from .javascript import Token, TooMuch, line_of, split, string_of, tokens_of
from .main_process import decisions
from .roles import Roles
from .windows import windows

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.electron import AppPrograms, AppSocket, ElectronVersion, Load

#: Bytes of one program, of all of them together, and of a page.
MOST_OF_ONE, MOST_OF_ALL, _PAGE = 8 << 20, 64 << 20, 1 << 20
_SCRIPT, _PAGES = re.compile(r"\.(?:js|cjs|mjs|jsx)$"), re.compile(r"\.html?$")
#: Directories of other people's code: whatever it could do, the app may never call it.
_FOREIGN = re.compile(r"(?:^|/)node_modules/")
#: What makes a program worth taking apart.
_WORTH = re.compile(
    rb"BrowserWindow|exposeInMainWorld|WebSocket|loadURL|loadFile|setProxy|appendSwitch|certificate|child_process|utilityProcess"
)
#: ``Electron/30.1.0`` in the binary; its ``version`` file says the same.
_VERSION = re.compile(rb"Electron/(\d{1,4}\.\d{1,9}\.\d{1,9})")


class Package(t.TypedDict, total=False):
    """What of a package.json is looked at. Its author may have written anything there."""

    name: object
    version: object
    main: object
    dependencies: object
    devDependencies: object


class App:
    """An app that was opened.

    :param source: its files.
    :param path: where the inventory says it is.
    :ivar gaps: (what, reason) of what was not looked at.
    """

    def __init__(self, source: Archive | Folder, path: str, deadline: Deadline) -> None:
        self._source = source
        self._path = path
        self._deadline = deadline
        self.names = [name for name in source.names() if not _FOREIGN.search(name)]
        self.package = self._package()
        self.gaps: list[t.Tuple[str, str]] = []
        self._roles = Roles(self.names)

    @property
    def main(self) -> str:
        """The program of the main process."""
        named = str(self.package.get("main") or "index.js")
        path = os.path.normpath(named).replace(os.sep, "/")
        candidates = (path, path + ".js", path + ".cjs", path + "/index.js")
        return next((name for name in candidates if name in self.names), path)

    def electron(self) -> ElectronVersion:
        """The version of Electron: ``version``, ``major`` and ``from`` (where it was found), or nothing but None."""
        resources = os.path.dirname(self._source.path)
        for folder in (os.path.dirname(resources), self._path):
            text = _text(os.path.join(folder, "version"))
            if re.match(r"v?\d{1,4}\.\d{1,9}\.\d{1,9}", text):
                return _version(text.strip().lstrip("v"), os.path.join(folder, "version"))
        found = self._binary(os.path.dirname(resources))
        if found:
            return found
        for packages in (self.package.get("devDependencies"), self.package.get("dependencies")):
            wanted = packages.get("electron") if isinstance(packages, dict) else None
            number = re.search(r"(?<!\d)\d{1,4}(?:\.\d{1,9}){0,2}", str(wanted or "")[:100])
            if number:
                return _version(number.group(), "package.json (%s)" % wanted)
        return {"version": None, "major": None, "from": None}

    def _binary(self, folder: str) -> ElectronVersion:
        """The version in the largest program beside the resources: Electron's own binary."""
        try:
            files = [entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
            largest = max(files, key=lambda entry: entry.stat().st_size, default=None)
            if largest is None or largest.stat().st_size < 20 << 20 or not os.access(largest.path, os.X_OK):
                return {}
            with os.fdopen(open_regular(largest.path), "rb") as stream:
                while not self._deadline.expired():
                    block = stream.read(8 << 20)
                    found = _VERSION.search(block)
                    if found:
                        return _version(found.group(1).decode(), largest.path)
                    if len(block) < 8 << 20:
                        break
        except OSError:
            pass
        return {}

    def look(self) -> AppPrograms:
        """Take the programs and pages apart.

        :returns: ``windows``, ``exposed`` and ``findings`` (see bridge.py), ``loads`` (pages that windows load), ``sockets``
            (WebSockets that are made: ``url`` or None where no literal says it, and ``role``), ``policies``, ``decisions`` (see
            main_process.py).
        """
        seen: AppPrograms = {
            "windows": [],
            "exposed": [],
            "findings": [],
            "loads": [],
            "sockets": [],
            "policies": [],
            "decisions": [],
            "programs": [],
        }
        left = MOST_OF_ALL
        for name in self.names:
            if self._deadline.remaining() < 0.5:
                self.gaps.append(("programs", "no time was left to read all of them"))
                break
            if _SCRIPT.search(name) and left > 0:
                left -= self._program(name, seen)
            elif _PAGES.search(name):
                self._page(name, seen)
        if left <= 0:
            self.gaps.append(("programs", "more than %d MB: the rest was not read" % (MOST_OF_ALL >> 20)))
        self._give_roles(seen)
        return seen

    def _program(self, name: str, seen: AppPrograms) -> int:
        data = self._source.read(name, MOST_OF_ONE + 1) or b""
        self._roles.add_program(name, data)
        if len(data) > MOST_OF_ONE:
            self.gaps.append((name, "%s is larger than %d MB and was not read" % (name, MOST_OF_ONE >> 20)))
        elif _WORTH.search(data):
            text = data.decode("utf-8", "replace")
            try:
                tokens = tokens_of(text, self._deadline)
            except TooMuch as error:
                self.gaps.append((name, "%s was not parsed: %s" % (name, error)))
                return len(data)
            seen["programs"].append(name)
            seen["windows"] += windows(text, tokens, name)
            surface = bridge(text, tokens, name)
            seen["exposed"] += surface["exposed"]
            seen["findings"] += surface["findings"]
            seen["loads"] += _loads(text, tokens, name)
            seen["sockets"] += _sockets(text, tokens, name)
            seen["decisions"] += decisions(text, tokens, name)
        return len(data)

    def _page(self, name: str, seen: AppPrograms) -> None:
        page = read_page(self._source.read(name, _PAGE) or b"")
        self._roles.add_page(name, page.scripts)
        seen["policies"].append({"file": name, "policy": "; ".join(page.policies)[:1000] or None})

    def _give_roles(self, seen: AppPrograms) -> None:
        """Say in which process each WebSocket is made: main, preload or renderer, or that it is unknown."""
        opening = {entry["file"] for entry in seen["windows"]} | {self.main}
        preloads = {entry["file"] for entry in seen["exposed"]}
        ends = tuple(
            entry["preload"].lstrip("./") for entry in seen["windows"] if entry["preload"] not in ("", "unknown")
        )
        role = self._roles.tell(opening)
        for entry in (*seen["sockets"], *seen["decisions"]):
            file = entry["file"]
            is_preload = file in preloads or bool(ends and file.endswith(ends))
            entry["role"] = "preload" if is_preload else role(file)

    def _package(self) -> Package:
        try:
            value = json.loads((self._source.read("package.json", _PAGE) or b"{}").decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return {}
        return t.cast("Package", value) if isinstance(value, dict) else {}


def _loads(text: str, tokens: t.Sequence[Token], file: str) -> list[Load]:
    """Calls of loadURL and loadFile, with the scheme of the page if that is a literal."""
    found: list[Load] = []
    for place, token in enumerate(tokens[:-1]):
        if token.text not in ("loadURL", "loadFile") or tokens[place + 1].text != "(" or token.kind != "name":
            continue
        arguments = split(tokens, place + 1)
        first = tokens[arguments[0][0]] if arguments else None
        literal = first.text[1:-1] if first is not None and first.kind in ("string", "template") else ""
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", literal)
        how = "file" if token.text == "loadFile" else scheme.group(1) if scheme else None
        found.append({"file": file, "line": line_of(text, token.at), "scheme": how})
    return found


def _sockets(text: str, tokens: t.Sequence[Token], file: str) -> list[AppSocket]:
    """``new WebSocket(…)``, whatever object it is taken from."""
    found: list[AppSocket] = []
    for place, token in enumerate(tokens[:-2]):
        if token.text != "new" or token.kind != "name":
            continue
        end = place + 1
        while end + 2 < len(tokens) and tokens[end + 1].text == "." and tokens[end + 2].kind == "name":
            end += 2
        if not tokens[end].text.endswith("WebSocket") or end + 1 >= len(tokens) or tokens[end + 1].text != "(":
            continue
        arguments = split(tokens, end + 1)
        literal = string_of(tokens[arguments[0][0]]) if arguments and arguments[0][1] - arguments[0][0] == 1 else None
        url = literal.partition("?")[0][:300] if literal else None
        found.append({"file": file, "line": line_of(text, token.at), "url": url})
    return found


def _version(text: str, place: str) -> ElectronVersion:
    return {"version": text, "major": int(text.split(".")[0]), "from": place}


def _text(path: str) -> str:
    """The beginning of an ordinary file."""
    try:
        return read_text(path, 64)
    except OSError:
        return ""
