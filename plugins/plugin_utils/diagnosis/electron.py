# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in an Electron app: layer browser of the failure catalogue."""

from __future__ import annotations

from ..checks.electron import from_file
from ..checks.websocket import outcome_words
from ..model import FAIL
from .rule import Facts, Match, Rule


def _origin(facts: Facts) -> Match | None:
    """The page is loaded from a file, so its Origin is null; the server accepts other Origins and refuses this one."""
    electron = facts.evidence.get("electron") or {}
    if facts.status("electron.origin") != FAIL or not from_file(electron):
        return None
    loads = next(entry for entry in electron["loads"] if entry.get("scheme") == "file")
    made = next(entry for entry in electron["sockets"] if entry.get("role") == "renderer")
    return Match(
        "certain",
        [
            "the page is loaded from a file at %s:%s" % (loads.get("file"), loads.get("line")),
            "it makes the WebSocket at %s:%s, with Origin: null" % (made.get("file"), made.get("line")),
            "the server answers that by %s, and accepts other Origins"
            % outcome_words(electron.get("null_origin") or {}),
        ],
        immediate=[
            "allow the Origin null in the server's list, if it proves clients by something else than their Origin"
        ],
        configuration=[
            "or make the WebSocket in the main process (package ws), which sends no Origin",
            "or serve the page by a protocol of the app's own (protocol.handle), and allow that Origin",
        ],
        testing=["wscat -o null -c <url>"],
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="electron-origin",
        title="The server refuses the Origin null, which pages from files have",
        layer="browser",
        explains=("electron.origin",),
        find=_origin,
        source=(
            "https://www.electronjs.org/docs/latest/api/protocol",
            "https://www.rfc-editor.org/rfc/rfc6454#section-7",
        ),
    ),
)
