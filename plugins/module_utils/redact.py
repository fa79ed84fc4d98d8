# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The one redactor: every piece of evidence passes it on the host, before it travels.

Two redactors with two word lists leak what only one of them knows; so no other part of the collection
hides anything by itself. It errs towards hiding values next to telling names, and leaves the words that
make evidence useful (``NODE_ENV=production``, a path, a status line) alone.
"""

from __future__ import annotations

import re
import typing as t

HIDDEN = "[redacted]"

#: Names whose value is a secret, wherever they stand: header, query parameter, JSON key, option, variable.
#: The long words count with any prefix (``myToken``, ``REDIS_PASSWORD``), the short ones only as a word of
#: their own (``sid`` but not ``inside``, ``auth`` but not ``author``).
_LONG = (
    r"(?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|authorization|cookie"
    r"|credentials?)"
)
_SHORT = r"(?:pass|pwd|auth|creds|dsn|session|session[-_]?id|sid|jwt|bearer|signature|sig|csrf|xsrf|otp|salt)"
# No prefix is consumed: a pattern that starts with a repetition is tried at every character of a long line.
_NAME = r"(?:" + _LONG + r"s?|(?<![A-Za-z0-9])" + _SHORT + r")(?:[-_.][A-Za-z0-9]{1,32})?"
_SECRET_NAME = re.compile(_NAME + r"$", re.I)
#: Header names of the handshake that look like secrets to the list above, and are none.
_PLAIN_HEADERS = frozenset(("sec-websocket-key", "sec-websocket-accept", "www-authenticate", "proxy-authenticate"))
_SECRET_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token")
)

_VALUE = r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'&;,}\])]+)"
_PATTERNS: list[tuple[re.Pattern[str], str]] = [
    # A private key, whole or cut.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), HIDDEN),
    # scheme://user:password@host
    (re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{0,20}://)[^\s/@\"'<>]+@", re.I), r"\g<keep>" + HIDDEN + "@"),
    # Authorization: Bearer xyz, also inside a log line
    (re.compile(r"(?P<keep>\b(?:bearer|basic|digest|negotiate)\s+)[A-Za-z0-9+/=._~-]{6,}", re.I), r"\g<keep>" + HIDDEN),
    (re.compile(r"(?P<keep>\b(?:set-)?cookie\s*:\s*)[^\r\n]+", re.I), r"\g<keep>" + HIDDEN),
    # JSON web tokens, and key shapes of large providers
    (re.compile(r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"), HIDDEN),
    (
        re.compile(
            r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bsk-[A-Za-z0-9_-]{16,}"
        ),
        HIDDEN,
    ),
    # name=value, name: value, "name": "value"
    (
        re.compile(
            r"(?P<keep>" + _NAME + r"[\"']?\s{0,8}[=:]\s{0,8})"
            r"(?!(?:true|false|null|none|undefined|\d{1,2})\b)(?!\[redacted\])(?!//)" + _VALUE,
            re.I,
        ),
        r"\g<keep>" + HIDDEN,
    ),
    # --name value
    (
        re.compile(
            r"(?P<keep>(?:^|(?<=[\s\0]))--?[A-Za-z0-9_-]{0,40}?"
            + _NAME
            + r"[\s\0]{1,8})(?!-)(?!\[redacted\])"
            + _VALUE,
            re.I,
        ),
        r"\g<keep>" + HIDDEN,
    ),
]


def is_secret_name(name: str) -> bool:
    """Whether a value of this name (variable, header, option, query parameter) must not travel."""
    return _SECRET_NAME.search(name) is not None


class Redactor:
    """Hides secrets by name, by shape and by value.

    :param secrets: exact strings that must never leave (header values of the inventory, say). Strings of
        fewer than 4 characters are ignored: hiding them everywhere would make evidence unreadable.
    """

    def __init__(self, secrets: t.Iterable[str] = ()) -> None:
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)

    def text(self, value: str, limit: int | None = None) -> str:
        """The text without secrets, cut to ``limit`` characters (the cut is marked).

        What is cut off is cut after redaction, so that half a secret never stays behind.
        """
        if limit is not None and len(value) > 4 * limit + 4096:
            # Far more than will be kept: don't spend regex time on a megabyte.
            value = value[: 4 * limit + 4096] + "…"
        for secret in self._secrets:
            if secret in value:
                value = value.replace(secret, HIDDEN)
        for pattern, replacement in _PATTERNS:
            value = pattern.sub(replacement, value)
        if limit is not None and len(value) > limit:
            value = value[:limit] + "… (%d characters more)" % (len(value) - limit)
        return value

    def header(self, name: str, value: str) -> str:
        """The value of an HTTP header as it may travel.

        ``Sec-WebSocket-Protocol`` is kept but its bearer-like items are hidden: browsers smuggle tokens there.
        """
        lowered = name.lower()
        if lowered in _PLAIN_HEADERS:
            return value
        if lowered in _SECRET_HEADERS or is_secret_name(lowered):
            return HIDDEN
        if lowered == "sec-websocket-protocol":
            items = [item.strip() for item in value.split(",")]
            return ", ".join(HIDDEN if len(item) > 40 or is_secret_name(item) else self.text(item) for item in items)
        return self.text(value, 1024)

    def headers(self, pairs: t.Iterable[t.Sequence[str]]) -> list[list[str]]:
        """The same for a list of ``[name, value]`` pairs, order kept."""
        return [[str(pair[0])[:128], self.header(str(pair[0]), str(pair[1]))] for pair in pairs]

    def command(self, argv: t.Sequence[str], limit: int = 512) -> str:
        """A command line joined by spaces, without secrets."""
        return self.text(" ".join(argv), limit)

    def tree(self, value: t.Any, limit: int = 4096) -> t.Any:
        """The same JSON-like value with every string redacted and cut; the last gate before evidence leaves.

        Values under a secret-looking key are hidden whole.
        """
        if isinstance(value, str):
            return self.text(value, limit)
        if isinstance(value, dict):
            return {str(key): self.tree(entry, limit) for key, entry in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.tree(entry, limit) for entry in value]
        return value
