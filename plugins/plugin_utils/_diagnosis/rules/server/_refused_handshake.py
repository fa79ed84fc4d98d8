# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Rules that say less about a refused handshake than one that knows the words of the framework that refused it."""

from __future__ import annotations

LESS_SPECIFIC = (
    "server-origin-rejected",
    "server-credentials-required",
    "server-other-path",
    "server-path-option",
    "server-websocket-not-attached",
    "server-asgi-no-route",
)
