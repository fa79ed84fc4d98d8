# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the rules about HAProxy have in common."""

from __future__ import annotations

#: The manual; what is used of it reads the same in later versions.
DOC = "https://docs.haproxy.org/2.6/configuration.html"
#: Applies a change of the configuration; open connections stay with the old process.
RELOAD = "haproxy -c -f <file> && systemctl reload haproxy"
