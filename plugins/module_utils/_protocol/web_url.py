# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The URL of a WebSocket, taken apart (RFC 6455, section 3)."""

from __future__ import annotations

import typing as t
import urllib.parse

DEFAULT_PORTS = {"ws": 80, "http": 80, "wss": 443, "https": 443}


class WebUrl(t.NamedTuple):
    """Scheme (``ws`` or ``wss``), host without brackets, port, and path with query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def secure(self) -> bool:
        """Whether TLS is spoken."""
        return self.scheme == "wss"

    @property
    def authority(self) -> str:
        """What a browser sends as Host: without a default port."""
        host = "[%s]" % self.host if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else "%s:%d" % (host, self.port)

    def text(self) -> str:
        """The URL as it is written."""
        return "%s://%s%s" % (self.scheme, self.authority, self.path)

    def shown(self) -> str:
        """The same for people: a query may hold a ticket or a token, and stays here."""
        path, mark, _query = self.path.partition("?")
        return "%s://%s%s" % (self.scheme, self.authority, path + ("?…" if mark else ""))


def web_url(text: str) -> WebUrl:
    """Take a URL apart; http and https count as ws and wss.

    :raises ValueError: it has no host, another scheme or a port that is none.
    """
    parts = urllib.parse.urlsplit(text)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in ("ws", "wss") or not parts.hostname:
        raise ValueError("%r is not a WebSocket URL: that starts with ws:// or wss:// and names a host" % text)
    path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    return WebUrl(scheme, _ascii(parts.hostname), parts.port or DEFAULT_PORTS[scheme], path)


def _ascii(host: str) -> str:
    """A name as clients send it: labels beyond ASCII as IDNA has them (RFC 5891), which is what proxies compare."""
    labels = []
    for label in host.split("."):
        try:
            # Of these letters Python's older IDNA makes others; browsers keep them.
            kept = any(letter in label for letter in "\u00df\u03c2")
            text = "xn--" + label.encode("punycode").decode() if kept else label.encode("idna").decode()
        except UnicodeError:
            text = label
        labels.append(text)
    return ".".join(labels) if not host.isascii() else host


class Dialled(t.NamedTuple):
    """The target of a URL that someone else has written."""

    scheme: str
    host: str
    port: t.Optional[int]
    path: str


def dialled(url: t.Any) -> Dialled:
    """A URL taken apart; what a program left empty in it (``ws://undefined``, ``:NaN``) does not raise."""
    try:
        parts = urllib.parse.urlsplit(str(url or ""))
        host = (parts.hostname or "").lower()
    except ValueError:
        return Dialled("", "", None, "")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    try:
        port = parts.port or DEFAULT_PORTS.get(scheme)
    except ValueError:
        port = None
    return Dialled(scheme, host, port, parts.path or "/")
