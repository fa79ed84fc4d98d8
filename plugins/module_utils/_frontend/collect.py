# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Joins what is found in the files of one front end, in the same form for a directory and for a served page."""

from __future__ import annotations

import hashlib
import posixpath
import re
import typing as t

from .._run.deadline import Deadline
from .._run.redact import Redactor, without_query
from . import source_map
from .html import Page, read_page
from .scan import USES, Script, scan, take_apart

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.frontend import DevClient, Finding, FrontEndSeen, Policy

    _Identity = t.Literal["kind", "use", "scheme", "host", "host_from", "port", "port_from", "path", "text"]

#: Findings that are kept of all files, those of one file whose source is looked up, and seconds for all maps together.
_FINDINGS, _MAPPED, _MAP_SECONDS = 120, 20, 2.0
_SOCKET_NAME = re.compile(r"(?i)ws|socket|cable|broker|hub")
#: What a page loads from a development server.
_DEV_SCRIPTS = (
    ("vite", re.compile(r"(?:^|/)@vite/client$|/@react-refresh$")),
    ("webpack-dev-server", re.compile(r"/webpack-dev-server\.js$|/sockjs-node/")),
    ("Next.js", re.compile(r"/_next/static/(?:development/|chunks/react-refresh\.js)")),
)
_DEV_IMPORT = re.compile(rb"(?:\bfrom|\bimport)\s{0,9}\(?[\"'][^\"']{0,80}/@(?:vite/client|react-refresh)[\"']")

#: Fetches the source map that a script names: ``fetch(script, reference)``; None: not to be had.
FetchMap = t.Callable[[str, str], t.Optional[bytes]]


class Collection:
    """What was found in a front end.

    :param where: the directory or the URL.
    :param fetch_map: reads a source map.
    """

    def __init__(self, where: str, fetch_map: FetchMap, deadline: Deadline, redactor: Redactor) -> None:
        self.where = where
        self.files = 0
        self.bytes = 0
        self.policies: list[Policy] = []
        self.dev_clients: list[DevClient] = []
        self.libraries: dict[str, str] = {}
        self.service_worker = ""
        self.cut = False
        self._findings: dict[tuple[t.Any, ...], Finding] = {}
        self._fetch_map = fetch_map
        self._deadline = deadline
        self._map_seconds = _MAP_SECONDS
        self._redactor = redactor

    def add_script(self, name: str, data: bytes, inline: int | None = None, page: bytes = b"") -> Script:
        """Scan one script.

        :param inline: where in the page it stands, if it stands in one.
        """
        if inline is None:
            self._count(data)
        script = scan(data)
        before = page.count(b"\n", 0, inline) if inline is not None else 0
        if script.findings and inline is None:
            self._add_originals(name, data, script.findings)
        for finding in script.findings:
            self._add({**finding, "file": name, "line": finding["line"] + before})
        for library in script.libraries:
            self.libraries.setdefault(library, name)
        for client, offset in script.dev_clients:
            self._add_dev_client(client, name, data.count(b"\n", 0, offset) + 1 + before)
        if _DEV_IMPORT.search(data):
            self._add_dev_client("vite", name, before + 1)
        if script.service_worker:
            self.service_worker = self.service_worker or name
        self.cut = self.cut or script.cut
        return script

    def add_page(self, name: str, data: bytes) -> Page:
        """Look at a page: its own scripts, its policies, its attributes. What it loads is the caller's business."""
        self._count(data)
        page = read_page(data)
        for offset, text in page.inline:
            self.add_script(name, text, offset, data)
        self.policies += [{"from": "meta, %s" % name, "policy": policy[:2000]} for policy in page.policies[:10]]
        for source in page.scripts:
            for client, pattern in _DEV_SCRIPTS:
                if pattern.search(source.partition("?")[0]):
                    self._add_dev_client(
                        client, name, data[: data.find(source.encode("utf-8", "replace"))].count(b"\n") + 1
                    )
        for attribute, value, offset in page.urls:
            self._add_stored(attribute, value, name, data, offset)
        return page

    def add_settings(self, name: str, data: bytes) -> None:
        """Look at a file of settings: ``"wsUrl": "ws://…"``."""
        self._count(data)
        for match in re.finditer(rb"\"([^\"\\\n]{1,80})\"\s{0,40}:\s{0,40}\"(wss?://[^\"\\\n]{1,400})\"", data):
            self._add_stored(
                match.group(1).decode("utf-8", "replace"),
                match.group(2).decode("utf-8", "replace"),
                name,
                data,
                match.start(),
            )

    def evidence(self) -> FrontEndSeen:
        """All of it as plain JSON, what is dialled first."""
        findings = sorted(
            self._findings.values(), key=lambda entry: (USES.index(entry["use"]), entry["kind"] == "derived")
        )
        return {
            "where": self.where,
            "files": self.files,
            "bytes": self.bytes,
            "findings": findings[:_FINDINGS],
            "cut": self.cut or len(findings) > _FINDINGS,
            "libraries": self.libraries,
            "dev_clients": self.dev_clients[:20],
            "service_worker": self.service_worker,
            "policies": self.policies[:20],
        }

    def _count(self, data: bytes) -> None:
        self.files += 1
        self.bytes += len(data)

    def _add_stored(self, name: str, value: str, file: str, data: bytes, offset: int) -> None:
        """A URL that stands outside of scripts, under a name that says what it is for."""
        told = bool(_SOCKET_NAME.search(name)) and "placeholder" not in name
        self._add(
            {
                **take_apart(value),
                "kind": "url",
                "use": "configured" if told else "mentioned",
                "offset": offset,
                "file": file,
                "line": data.count(b"\n", 0, offset) + 1,
                "column": 1,
                "text": "%s=%s" % (name, value[:200]),
            }
        )

    def _add(self, finding: Finding) -> None:
        """Keep a finding; what is the same elsewhere is counted."""
        finding["text"] = without_query(self._redactor.text(finding["text"], 200))
        finding.setdefault("original", None)
        del finding["offset"]
        names: t.Tuple[_Identity, ...]
        names = ("kind", "use", "scheme", "host", "host_from", "port", "port_from", "path", "text")
        key = tuple(finding[name] for name in names)
        known = self._findings.get(key)
        if known is not None:
            known["times"] += 1
        elif len(self._findings) < 20 * _FINDINGS:
            self._findings[key] = {**finding, "times": 1}
        else:
            self.cut = True

    def _add_dev_client(self, client: str, name: str, line: int) -> None:
        if not any(entry["name"] == client and entry["file"] == name for entry in self.dev_clients):
            self.dev_clients.append({"name": client, "file": name, "line": line})

    def _add_originals(self, name: str, data: bytes, findings: list[Finding]) -> None:
        """Where the findings were written, if the script has a source map."""
        chosen = sorted(
            (entry for entry in findings if entry["kind"] != "derived"), key=lambda entry: USES.index(entry["use"])
        )
        reference = source_map.reference(data) if chosen and self._map_seconds > 0 else ""
        if not reference:
            return
        step = self._deadline.within(self._map_seconds)
        text = source_map.embedded(reference)
        if text is None:
            text = self._fetch_map(name, reference)
        if text:
            wanted = {(entry["line"], _column(data, entry)): entry for entry in chosen[:_MAPPED]}
            for place, original in source_map.original_places(text, wanted, step).items():
                wanted[place]["original"] = {"source": original.source, "line": original.line}
        self._map_seconds -= step.elapsed()


def _column(data: bytes, finding: Finding) -> int:
    """The column as source maps count: in units of UTF-16."""
    begin = finding["offset"] - finding["column"] + 1
    before = data[begin : finding["offset"]]
    # A mebibyte of a line is decoded quickly, and twenty of them are not.
    if len(before) > 1 << 20 or before.isascii():
        return int(finding["column"])
    return len(before.decode("utf-8", "replace").encode("utf-16-le")) // 2 + 1


def beside(name: str, reference: str) -> str:
    """The path of a map that a script names, below the same root; empty where it is elsewhere."""
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]{0,20}:|//", reference):
        return ""
    reference = reference.partition("?")[0]
    if reference.startswith("/"):
        return posixpath.normpath(reference).lstrip("/")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), reference))
    return "" if path.startswith("../") else path


def fingerprint(data: bytes) -> str:
    """What distinguishes two versions of a file."""
    return hashlib.sha256(data).hexdigest()[:20]
