# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which settings of a proxy are reported, and by which directives nginx has them; apart from the rest, since every host imports them."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Setting, SettingName

UNSET: Setting = {"value": None, "file": None, "line": None, "default": True}
#: Settings of headers, and the headers' names.
HEADERS: t.Dict[SettingName, str] = {
    "upgrade": "upgrade",
    "connection": "connection",
    "host": "host",
    "origin": "origin",
}
HEADERS["x_forwarded_proto"] = "x-forwarded-proto"
#: Directives of which the innermost level's value counts: (name, default, whether it is a time).
SCALARS: t.Dict[SettingName, t.Tuple[str, t.Optional[str], bool]] = {
    "read_timeout_s": ("proxy_read_timeout", "60", True),
    "send_timeout_s": ("proxy_send_timeout", "60", True),
    "connect_timeout_s": ("proxy_connect_timeout", "60", True),
    "access_log": ("access_log", None, False),
    "buffering": ("proxy_buffering", "on", False),
    "request_buffering": ("proxy_request_buffering", "on", False),
    "ssl_server_name": ("proxy_ssl_server_name", "off", False),
    "ssl_verify": ("proxy_ssl_verify", "off", False),
    "large_client_header_buffers": ("large_client_header_buffers", "4 8k", False),
}
#: Directives that may be repeated: a level with any of them drops those of outer levels.
LISTS: t.Dict[SettingName, t.Tuple[str, ...]] = {
    "limit_conn": ("limit_conn",),
    "limit_req": ("limit_req",),
    "access_rules": ("allow", "deny"),
    "auth": ("auth_basic", "auth_request", "auth_jwt"),
}
KEYS: t.Tuple[SettingName, ...] = (
    "http_version",
    "upgrade",
    "connection",
    "connection_plain",
    *tuple(HEADERS)[2:],
    *SCALARS,
    *LISTS,
)
