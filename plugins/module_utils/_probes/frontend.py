# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The deployed front end on this host: which WebSockets do its files open?"""

from __future__ import annotations

import typing as t

from .._frontend.collect import Collection, beside, fingerprint
from .._frontend.source_map import MOST_BYTES
from .._frontend.walk import MOST_OF_ONE, Walk
from .._run.context import Context
from .._run.evidence import add_gap, new_evidence, os_reason

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.frontend import FrontEnd, LoadedScript
    from .._evidence.service import Service

#: Seconds for a whole root, and the share of the deadline that they may take.
_SECONDS, _SHARE = 15.0, 0.6
#: Scripts of the start page whose contents are compared with what is served.
_SCRIPTS = 40
_REMEDY = "set frontend.root to the directory that the web server serves the built front end from"
_LEFT_OUT = {
    "outside": ("points outside the root", "set frontend.root to the directory itself"),
    "unreadable": ("cannot be read", "run with become: true, or let this user read it"),
    "large": ("is larger than %d MiB: only its beginning was read" % (MOST_OF_ONE >> 20), "check the rest by hand"),
    "special": ("is not a regular file", "remove it from the root"),
}


def probe(service: Service, context: Context) -> FrontEnd:
    """Look through the files below ``frontend.root``.

    :param service: one entry of websocket_health_services.
    :returns: ``root``: what was found there, as _frontend/collect.py describes it, with ``scripts`` (those of its index.html, with a
        hash of their contents); None where no root is given or it cannot be read. ``page`` is added by the controller.
    """
    evidence = new_evidence("frontend", root=None, page=None)
    root = (service.get("frontend") or {}).get("root")
    if not root:
        return evidence
    deadline = context.deadline.within(min(_SECONDS, _SHARE * context.deadline.seconds))
    walk = Walk(root, deadline)

    def fetch_map(name: str, reference: str) -> bytes | None:
        path = beside(name, reference)
        return walk.read_quietly(path, MOST_BYTES) if path else None

    collection = Collection(root, fetch_map, deadline, context.redactor)
    scripts: list[str] = []
    try:
        for path, kind, data in walk.files():
            if kind == "script":
                collection.add_script(path, data)
            elif kind == "page":
                page = collection.add_page(path, data)
                scripts = page.scripts if path == "index.html" else scripts
            else:
                collection.add_settings(path, data)
    except OSError as error:
        absent = isinstance(error, FileNotFoundError)
        add_gap(evidence, "root", "%s: %s" % (root, os_reason(error)), _remedy(error), absent)
        return evidence
    evidence["root"] = {**collection.evidence(), "scripts": _fingerprints(walk, scripts)}
    _note_gaps(evidence, walk)
    return evidence


def _remedy(error: OSError) -> str:
    return "run with become: true, or let this user read it" if isinstance(error, PermissionError) else _REMEDY


def _note_gaps(evidence: FrontEnd, walk: Walk) -> None:
    for kind, count in walk.left_out.items():
        words, remedy = _LEFT_OUT[kind]
        more = " (and %d more)" % (count - 1) if count > 1 else ""
        add_gap(evidence, kind, "%s%s %s" % (walk.example[kind], more, words), remedy)
    if walk.ended:
        add_gap(evidence, "rest", "not all of the root was read: %s" % walk.ended, _REMEDY)


def _fingerprints(walk: Walk, scripts: list[str]) -> list[LoadedScript]:
    """The scripts of the start page, with hashes; a root may be served below a path, which is tried without."""
    found: list[LoadedScript] = []
    for source in list(dict.fromkeys(scripts))[:_SCRIPTS]:
        parts = [part for part in source.partition("?")[0].split("/") if part not in ("", ".")]
        if "://" in source or source.startswith("//") or ".." in parts:
            continue
        for start in range(min(len(parts), 4)):
            data = walk.read_quietly("/".join(parts[start:]))
            if data is not None:
                found.append({"src": source, "sha256": fingerprint(data)})
                break
        else:
            found.append({"src": source, "sha256": None})
    return found
