# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the rules about Apache httpd have in common."""

from __future__ import annotations

#: The module that proxies.
PROXY_DOC = "https://httpd.apache.org/docs/2.4/mod/mod_proxy.html"
#: Applies a change of the configuration; open connections stay.
RELOAD = "apachectl configtest && apachectl graceful"
