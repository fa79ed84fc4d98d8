# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checks that say nothing new if no process of the service answers."""

from __future__ import annotations

from ...rule import IN_BROWSER

#: They can only fail or stay unknown while nothing useful answers on the port.
NOTHING_ANSWERS = ("port.listening", "port.reachable", "websocket.*", *IN_BROWSER)
