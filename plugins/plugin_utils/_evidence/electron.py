# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Questions about the evidence of the Electron probe that checks and rules both ask."""

from __future__ import annotations

import typing as t

from ...module_utils._electron.main_process import goes_past
from ...module_utils._protocol.web_url import dialled

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.electron import AppSocket, Decision, Electron

LOCAL = ("localhost", "127.0.0.1", "::1")


def decided(evidence: Electron, kind: str) -> list[Decision]:
    """Decisions of a kind in the app's programs (see _electron/main_process.py)."""
    return [entry for entry in evidence.get("decisions") or () if entry.get("kind") == kind]


def pages_beyond(evidence: Electron) -> list[AppSocket]:
    """WebSockets of pages to another host by a literal URL: Chromium uses no proxy for its own host."""
    return [entry for entry in by_pages(evidence) if _host_of(entry) and not _is_here(entry)]


def pages_here(evidence: Electron) -> list[AppSocket]:
    """WebSockets of pages whose literal URL names the app's own host."""
    return [entry for entry in by_pages(evidence) if _is_here(entry)]


def by_pages(evidence: Electron) -> list[AppSocket]:
    return [entry for entry in evidence.get("sockets") or () if entry.get("role") in ("renderer", "preload")]


def _is_here(entry: AppSocket) -> bool:
    return _host_of(entry) in LOCAL


def _host_of(entry: AppSocket) -> str:
    """The host that a literal URL names; empty: none does."""
    return dialled(entry.get("url")).host


def through_proxy(evidence: Electron) -> list[AppSocket]:
    """WebSockets of pages that Chromium sends through a proxy that the app sets."""
    bypasses = [entry.get("bypass") for entry in decided(evidence, "proxy")]
    found = pages_beyond(evidence)
    if any("<-loopback>" in str(bypass) for bypass in bypasses):
        found = found + pages_here(evidence)
    return [entry for entry in found if not any(goes_past(_host_of(entry), bypass) for bypass in bypasses)]


def from_file(evidence: Electron) -> bool:
    """Whether a page makes a WebSocket, and pages are loaded from files."""
    renderer = any(entry.get("role") == "renderer" for entry in evidence.get("sockets") or ())
    return renderer and any(entry.get("scheme") == "file" for entry in evidence.get("loads") or ())
