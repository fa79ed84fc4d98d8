# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Which server wrote an HTTP answer, told from its headers and body."""

from __future__ import annotations

import re
import typing as t

#: (name, test on lower-case headers, pattern on the body), the more specific first.
_BODIES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "engine.io",
        re.compile(r'"code":[0-5],"message":"(?:Transport unknown|Session ID unknown|Bad |Forbidden|Unsupported)'),
    ),
    ("uvicorn/Starlette", re.compile(r'^\{"detail":"Not Found"\}$')),
    ("Express", re.compile(r"<pre>Cannot GET ")),
    ("Apache", re.compile(r"<address>Apache/|<!DOCTYPE HTML PUBLIC \"-//IETF")),
    ("nginx", re.compile(r"<hr><center>(?:nginx|openresty|angie)")),
    ("HAProxy", re.compile(r"No server is available to handle this request|The server didn't respond in time")),
    ("SockJS", re.compile(r"^Welcome to SockJS!")),
    ("python websockets", re.compile(r"Failed to open a WebSocket connection|You cannot access a WebSocket server")),
    ("aiohttp", re.compile(r"No WebSocket UPGRADE hdr|No CONNECTION upgrade hdr")),
    ("tornado", re.compile(r'Can "Upgrade" only to "WebSocket"|"Connection" must be "Upgrade"')),
    ("Flask-SocketIO", re.compile(r'^"(?:Not an accepted origin|Invalid session|The client is using an unsupported)')),
    ("Django", re.compile(r"The requested resource was not found on this server")),
    ("ActionCable", re.compile(r"^Page not found$")),
)
_SERVERS = (
    "nginx",
    "Apache",
    "Caddy",
    "TornadoServer",
    "uvicorn",
    "daphne",
    "hypercorn",
    "gunicorn",
    "Werkzeug",
    "cloudflare",
)


def fingerprint(answer: dict[str, t.Any] | None) -> str:
    """The name of the server that wrote this answer, or an empty string.

    :param answer: ``status``, ``headers`` (pairs) and ``body`` of an attempt or of the plain GET.
    """
    if not answer:
        return ""
    headers = {str(pair[0]).lower(): str(pair[1]) for pair in answer.get("headers") or () if len(pair) == 2}
    body = str(answer.get("body") or "").strip()
    for name, pattern in _BODIES:
        if pattern.search(body):
            return name
    server = headers.get("server", "")
    for name in _SERVERS:
        if name.lower() in server.lower():
            return server
    if headers.get("x-powered-by") == "Express":
        return "Express"
    if body in ("Upgrade Required", "Bad Request", "Invalid HTTP method") and "server" not in headers:
        return "node ws"
    if not headers.get("server") and answer.get("status") == 403 and headers.get("content-length") == "0":
        return "uvicorn"
    return server
