# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What several rules say of nginx: it holds the certificate more often than anything else."""

from __future__ import annotations

#: How a server gets to use what was changed.
RELOAD = "systemctl reload nginx (or the server that holds the certificate)"
SSL_DOC = "https://nginx.org/en/docs/http/ngx_http_ssl_module.html"
