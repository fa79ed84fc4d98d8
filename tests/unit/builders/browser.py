# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of a browser: the page, and its first WebSocket."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.browser import (
    AskedAgain,
    Browser,
    Page,
    PageSocket,
)

from tests.unit.recorded.load import Changes, change


def socket(**seen: t.Unpack[PageSocket]) -> PageSocket:
    """A WebSocket of the page, which was accepted."""
    usual: PageSocket = {"created": True, "status": 101}
    return {**usual, **seen}


def with_browser(**seen: t.Unpack[Browser]) -> Changes:
    """Changes in the evidence of the browser."""
    return change("browser", **seen)


def with_page(**seen: t.Unpack[Page]) -> Changes:
    """Changes of the page."""
    return change("browser", "page", **seen)


def with_socket(**seen: t.Unpack[PageSocket]) -> Changes:
    """Changes of the page's first WebSocket."""
    return change("browser", "sockets", 0, add=True, **seen)


def with_asked_again(**seen: t.Unpack[AskedAgain]) -> Changes:
    """Changes: what the first WebSocket's handshake came to when it was asked again without a browser."""
    return change("browser", "sockets", 0, "raw", **seen)
