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

import functools
import re
import typing as t

HIDDEN = "[redacted]"
#: Characters of a text whose redacted form is kept for the next time, and how many of them.
_BRIEF, _MOST_KNOWN = 120, 20000

#: Names whose value is a secret, wherever they stand: header, query parameter, JSON key, option, variable.
#: The long words count with any prefix (``myToken``, ``REDIS_PASSWORD``), the short ones only as a word of
#: their own (``sid`` but not ``inside``, ``auth`` but not ``author``).
_LONG = (
    r"(?:password|passwd|passphrase|secret|token|authorization|cookie|credentials?"
    r"|(?:api|access|private|master|signing|encryption|app)[-_]?key)"
)
_SHORT = r"(?:pass|pwd|auth|creds|dsn|session|session[-_]?id|sid|jwt|bearer|signature|sig|csrf|xsrf|otp|salt)"
# No prefix is consumed: a pattern that starts with a repetition is tried at every character of a long line.
_NAME = r"(?:" + _LONG + r"s?|(?<![A-Za-z0-9])" + _SHORT + r")(?:[-_.][A-Za-z0-9]{1,32}){0,3}"
_SECRET_NAME = re.compile(_NAME + r"$", re.I)
#: Header names of the handshake that look like secrets to the list above, and are none.
_PLAIN_HEADERS = frozenset(("sec-websocket-key", "sec-websocket-accept", "www-authenticate", "proxy-authenticate"))
_SECRET_HEADERS = frozenset(
    ("authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token")
)

#: A quoted string, also one whose end was cut off, or that is quoted itself (JSON inside JSON).
_QUOTED = (
    r"\\{1,3}[\"'](?:(?!\\{1,3}[\"'])[^\n]){0,4096}"
    r"|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?"
)
_VALUE = r"(?:" + _QUOTED + r"|[^\s\"'&;,}\])]+)"


@functools.lru_cache(maxsize=None)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """What looks like a secret, and what is put in its place; compiled when first needed."""
    return [
        # A private key, whole or cut.
        (
            re.compile(
                r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
                re.S,
            ),
            HIDDEN,
        ),
        # scheme://user:password@host; a password may hold an @ that nobody escaped
        (re.compile(r"(?P<keep>\b[a-z][a-z0-9+.-]{0,20}://)[^\s/\"'<>]+@", re.I), r"\g<keep>" + HIDDEN + "@"),
        # Header lines, whatever the scheme: also inside a log line
        (
            re.compile(
                r"(?P<keep>\b(?:(?:proxy-)?authorization|(?:set-)?cookie)\s{0,8}:\s{0,8})(?!\[redacted\])(?:"
                + _QUOTED
                + r"|[^\s\"'\\][^\r\n]*)",
                re.I,
            ),
            r"\g<keep>" + HIDDEN,
        ),
        (re.compile(r"(?P<keep>\bbearer\s{1,8})[A-Za-z0-9+/=._~-]{6,}", re.I), r"\g<keep>" + HIDDEN),
        # These are words of English too ("failed to negotiate subprotocol"): lower-case letters alone are no credentials.
        (
            re.compile(
                r"(?P<keep>\b(?i:basic|digest|negotiate)\s{1,8})(?=[a-z-]{0,64}[A-Z0-9+/=_~])[A-Za-z0-9+/=._~-]{6,}"
            ),
            r"\g<keep>" + HIDDEN,
        ),
        # JSON web tokens, and key shapes of large providers
        (re.compile(r"\beyJ[A-Za-z0-9_-]{6,4096}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"), HIDDEN),
        (
            re.compile(
                r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bsk-[A-Za-z0-9_-]{16,}"
                r"|\b[rsp]k_(?:live|test)_[A-Za-z0-9]{8,}|\bglpat-[A-Za-z0-9_-]{16,}|\bAIza[A-Za-z0-9_-]{30,}"
            ),
            HIDDEN,
        ),
        # name=value, name: value, "name": "value"
        (
            re.compile(
                r"(?P<keep>" + _NAME + r"(?:\\{0,3}[\"'])?\s{0,8}[=:]\s{0,8})"
                r"(?!(?:true|false|null|none|undefined|\d{1,2})(?![\w.~+/=-]))(?!\[redacted\])(?!//)" + _VALUE,
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
        #: Short texts, the names of fields above all, come by the thousand, and the same ones again and again.
        self._known: dict[str, str] = {}

    def text(self, value: str, limit: int | None = None) -> str:
        """The text without secrets, cut to ``limit`` characters (the cut is marked).

        What is cut off is cut after redaction, so that half a secret never stays behind. What the operating
        system or a peer sent and is no text (lone surrogates) becomes question marks: evidence is UTF-8.
        """
        if len(value) > _BRIEF or (limit is not None and len(value) > limit):
            return self._redacted(value, limit)
        known = self._known.get(value)
        if known is None:
            known = self._redacted(value, None)
            if len(self._known) < _MOST_KNOWN:
                self._known[value] = known
        return known if limit is None or len(known) <= limit else self._redacted(value, limit)

    def _redacted(self, value: str, limit: int | None) -> str:
        value = value.encode("utf-8", "replace").decode("utf-8")
        for secret in self._secrets:
            if secret in value:
                value = value.replace(secret, HIDDEN)
            value = _without_start_of(secret, value)
        more = 0
        if limit is not None and len(value) > 4 * limit + 4096:
            # Far more than will be kept: don't spend regex time on a megabyte.
            more = len(value) - 4 * limit - 4096
            value = value[: 4 * limit + 4096]
        for pattern, replacement in _patterns():
            value = pattern.sub(replacement, value)
        if limit is not None and (more or len(value) > limit):
            more += max(0, len(value) - limit)
            value = value[:limit] + "… (%d characters more)" % more
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
            # ["bearer", "…"]: the name is none, what follows it is.
            hidden = [is_secret_name(before) or len(item) > 40 for before, item in zip([""] + items, items)]
            return ", ".join(HIDDEN if hide else self.text(item) for hide, item in zip(hidden, items))
        return self.text(value, 1024)

    def headers(self, pairs: t.Iterable[t.Sequence[str]]) -> list[list[str]]:
        """The same for a list of ``[name, value]`` pairs, order kept."""
        return [[str(pair[0])[:128], self.header(str(pair[0]), str(pair[1]))] for pair in pairs]

    def command(self, argv: t.Sequence[str], limit: int = 512) -> str:
        """A command line joined by spaces, without secrets; here an argument with spaces is still one."""
        words: list[str] = []
        for word in argv:
            name, equals, _value = word.partition("=")
            if words and words[-1].startswith("-") and is_secret_name(words[-1]) and word[:1] != "-":
                words.append(HIDDEN)
            elif equals and is_secret_name(name) and " " not in name:
                words.append("%s=%s" % (name, HIDDEN))
            else:
                words.append(word)
        return self.text(" ".join(words), limit)

    def tree(self, value: t.Any, limit: int = 4096) -> t.Any:
        """The same JSON-like value with every string redacted and cut; the last gate before evidence leaves.

        Strings under a secret-looking key are hidden whole.
        """
        if isinstance(value, str):
            return self.text(value, limit)
        if isinstance(value, dict):
            return {
                self.text(str(key), limit): HIDDEN
                if entry and isinstance(entry, str) and is_secret_name(str(key))
                else self.tree(entry, limit)
                for key, entry in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.tree(entry, limit) for entry in value]
        return value


def _without_start_of(secret: str, value: str) -> str:
    """The value, and where it was cut in the middle of the secret, a mark instead of the first part."""
    for length in range(min(len(secret), len(value)) - 1, 3, -1):
        if value.endswith(secret[:length]):
            return value[:-length] + HIDDEN
    return value


def without_query(text: str) -> str:
    """A line in which the values of URLs' queries are hidden: other people's tickets and tokens stand there."""
    return _query_value().sub(r"\g<1>" + HIDDEN, text)


@functools.lru_cache(maxsize=1)
def _query_value() -> t.Pattern[str]:
    return re.compile(r"([?&][\w.\[\]-]{1,64}=)[^&\s\"']+")


def without_tickets(text: str) -> str:
    """The same for the longer values only: ``transport=websocket`` and ``v=4`` tell what was dialled."""
    return _ticket().sub(r"\g<1>" + HIDDEN, text)


@functools.lru_cache(maxsize=1)
def _ticket() -> t.Pattern[str]:
    return re.compile(r"([?&][\w.\[\]-]{1,64}=)(?!websocket(?![^&\s\"'<>#]))(?!\[redacted\])[^&\s\"'<>#]{8,}")
