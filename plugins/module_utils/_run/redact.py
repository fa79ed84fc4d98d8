# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The one redactor: every piece of evidence passes it on the host, before it travels.

Two redactors with two word lists leak what only one of them knows; so no other part of the collection
hides anything on its own. It errs towards hiding values next to telling names, and leaves the words that
make evidence useful (``NODE_ENV=production``, a path, a status line) alone.
"""

from __future__ import annotations

import functools
import re
import typing as t

from .._protocol import subprotocols
from .lazy_pattern import LazyPattern
from .secret_shapes import SHAPES

HIDDEN = "[redacted]"
#: Characters of a text whose redacted form is kept for the next time, and of all of them.
_BRIEF, _MOST_KNOWN = 1000, 4 << 20

#: Names whose value is a secret, wherever they stand: header, query parameter, JSON key, option, variable.
#: The long words count with any prefix (``myToken``, ``REDIS_PASSWORD``), the short ones only as a word of
#: their own (``sid`` but not ``inside``, ``auth`` but not ``author``).
_LONG = (
    r"(?:password|passwd|passphrase|passcode|secret|token|ticket|authorization|cookie|credentials?"
    r"|(?:api|access|private|master|signing|encryption|app|account|shared|storage|subscription|service|client)[-_ ]?key)"
)
_SHORT = (
    r"(?:pass|pwd|pw|pin|auth|creds|dsn|session|session[-_]?id|sid|jwt|bearer|signature|sig|csrf|xsrf|otp|salt|connstr"
    r"|(?:x-amz-)?(?:signature|credential|security-token))"
)
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
#: What stands between a secret's name and its value: the name's quote and a sign, as they are or in another notation.
_CLOSING = r"(?:\\{0,3}[\"']|%22|%27|&quot;|&#0?3[49];|\\{1,3}u002[27])?"
_SIGN = r"(?:[=:]>|:=|->|[=:]|%3[AD]|&#6[01];|\\{1,3}u003[ad]|(?<=[A-Za-z])>(?=[^\s<]))"
#: The value: a list or an object whole, a string with its prefix, a word.
_VALUE = r"(?:" + _QUOTED + r"|[^\s\"'&;,}\])]+)"
_WHOLE = (
    r"(?:\[[^\]\n]{1,4096}\]?|\{[^{}\n]{1,4096}(?:\{[^{}\n]{0,4096}\}[^{}\n]{0,4096})?\}?"
    r"|%22[^\s\"'&]{1,4096}?(?:%22|(?=[\s\"'&]|\Z))|&quot;[^\n]{1,4096}?(?:&quot;|(?=\n|\Z))"
    r"|(?:[a-z]{1,2}(?=[\"']))?" + _VALUE + r")"
)

#: A word that is nothing but base64, and has the length of such a line or its padding.
_BODY_LINE = r"(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/]{60,76}={0,2}|[A-Za-z0-9+/]{30,59}={1,2})(?![A-Za-z0-9+/=_-])"
#: Nouns for secrets as people write them in sentences.
_NOUN = r"\b(?:password|passwd|passphrase|passcode|secret(?:[ _-]key)?|token|(?:api|access|private)[ _-]?key|credentials?|pin)"
#: ``password hunter2``: a word that no language has, with a digit or a sign in it, or capitals after small letters.
_SAID = (
    r"(?P<keep>" + _NOUN + r"\s{1,8}[\"'`]?)"
    r"(?=[^\s\"'`,;]{0,64}[0-9!#$%&*+/=@^~_]|(?-i:[^\s\"'`,;]{0,64}[a-z][^\s\"'`,;]{0,64}[A-Z]))"
    r"(?!\[redacted\])(?!//)[^\s\"'`,;)]{4,4096}"
)
#: ``the api key is hunter``: after "is" any word, but for those that say something about a secret.
_SAID_IS = (
    r"(?P<keep>" + _NOUN + r"\s{1,8}(?:is|was|are|equals)\s{1,8}[\"'`]?)"
    r"(?!(?:a|an|the|not|no|now|in|on|at|of|to|too|set|unset|empty|missing|wrong|invalid|valid|incorrect|correct|expired|required"
    r"|undefined|null|none|unknown|known|given|needed|weak|strong|short|long|ok|okay|bad|good|used|unused|stored|sent|ignored"
    r"|deprecated|disabled|enabled|being|been|only|still|already|never|always|accepted|rejected|refused|revoked|malformed"
    r"|different|absent|present|visible|hidden|read|checked|verified|hashed|encrypted|public|private)\b)"
    r"(?!\[redacted\])[^\s\"'`,;)]{3,4096}"
)


def _body_line(found: t.Match[str]) -> str:
    """Of base64 in both cases and with digits nothing stays; a path or a digest in hexadecimal is none."""
    word = found.group(0)
    mixed = word != word.lower() and word != word.upper() and any("0" <= char <= "9" for char in word)
    return HIDDEN if mixed else word


#: Tokens that vendors gave a shape of their own: a text that a token has, and its pattern.
_SHAPES = [(needle, LazyPattern(shape)) for _vendor, needles, shape, _source in SHAPES for needle in needles]
#: No such token has fewer characters.
SHORTEST_TOKEN = 14


def _published(found: t.Match[str]) -> str:
    """A quoted sub-protocol as it may travel."""
    return found.group("keep") + subprotocols.shown(found.group(0)[len(found.group("keep")) :])


def _published_names(found: t.Match[str]) -> str:
    """A list of them, quoted or not."""
    rest = found.group(0)[len(found.group("keep")) :]
    return found.group("keep") + re.sub(
        r"\[[^\]]*\]|[^\\\"',\s]+", lambda name: subprotocols.shown(name.group(0)), rest
    )


def _published_list(found: t.Match[str]) -> str:
    """A header's value, or what a log shows of it: each name as it may travel."""
    return found.group("keep") + shown_list(found.group(0)[len(found.group("keep")) :])


def shown_list(value: str) -> str:
    """The value of Sec-WebSocket-Protocol (RFC 6455, section 11.3.4) as it may travel."""
    return ", ".join(subprotocols.shown(item) for item in value.split(","))


#: What the names of _LONG and _SHORT, and the nouns of _NOUN, have in them.
_NAMES = (
    *(
        "pass",
        "secret",
        "token",
        "ticket",
        "auth",
        "cookie",
        "cred",
        "key",
        "pw",
        "pin",
        "dsn",
        "session",
        "sid",
        "jwt",
    ),
    *("bearer", "sig", "csrf", "xsrf", "otp", "salt", "connstr"),
)
_NOUNS = ("pass", "secret", "token", "key", "credential", "pin")
_SPACES = tuple(" \t\n\r\v\f\x1c\x1d\x1e\x1f")
#: What _SIGN has in it.
_SIGNS = tuple("=:>%&\\")

#: What looks like a secret: what a text must have for it, in small letters (one of each), the pattern, and what is put in
#: its place. Compiling all patterns takes longer than all texts of a healthy host, and few of them are needed there.
_PATTERNS: list[tuple[tuple[tuple[str, ...], ...], LazyPattern, t.Any]] = [
    # A private key, whole or cut.
    (
        (("private key",),),
        LazyPattern(
            r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
            re.S,
        ),
        HIDDEN,
    ),
    # scheme://user:password@host; a password may contain an unescaped @
    (
        (("@",), ("://",)),
        LazyPattern(r"(?P<keep>\b[a-z][a-z0-9+.-]{0,20}://)[^\s/\"'<>]+@", re.I),
        r"\g<keep>" + HIDDEN + "@",
    ),
    # Header lines, whatever the scheme: also inside a log line
    (
        (("authorization", "cookie"), (":",)),
        LazyPattern(
            r"(?P<keep>\b(?:(?:proxy-)?authorization|(?:set-)?cookie)\s{0,8}:\s{0,8})(?!\[redacted\])(?:"
            + _QUOTED
            + r"|[^\s\"'\\][^\r\n]*)",
            re.I,
        ),
        r"\g<keep>" + HIDDEN,
    ),
    ((("bearer",),), LazyPattern(r"(?P<keep>\bbearer\s{1,8})[A-Za-z0-9+/=._~-]{6,}", re.I), r"\g<keep>" + HIDDEN),
    # These are words of English too ("failed to negotiate subprotocol"): lower-case letters alone are no credentials.
    (
        (("basic", "digest", "negotiate"), _SPACES),
        LazyPattern(
            r"(?P<keep>\b(?i:basic|digest|negotiate)\s{1,8})(?=[a-z-]{0,64}[A-Z0-9+/=_~])[A-Za-z0-9+/=._~-]{6,}"
        ),
        r"\g<keep>" + HIDDEN,
    ),
    # Lines of a private key's body, which a log shows one by one (RFC 7468, section 2: 64 characters; the last has fewer)
    ((), LazyPattern(_BODY_LINE), _body_line),
    # What a browser says of a sub-protocol that it does not like; what a log says of those that were offered
    (
        (("protocol",), ("'", '"')),
        LazyPattern(r"(?P<keep>\bsub-?protocols?:? ['\"])(?!\[redacted\])[^'\"\n]{1,4096}(?=['\"])", re.I),
        _published,
    ),
    (
        (("protocol",), ("[",)),
        LazyPattern(
            r"(?P<keep>\bsub-?protocols?(?:\\{0,3}[\"'])?\s{0,8}[:=]\s{0,8}\[)"
            r"(?!(?:[0-9]{1,6} characters|redacted)\])(?:\[[^\]\n]{0,40}\]|[^\]\n]){1,4096}",
            re.I,
        ),
        _published_names,
    ),
    (
        (("protocol",), (":", "=")),
        LazyPattern(
            r"(?P<keep>\bsub-?protocols?\s{0,8}[:=]\s{0,8})(?!(?:none|null|undefined|true|false)\b)[^\s\"'\[\]{};,&]{1,4096}",
            re.I,
        ),
        _published,
    ),
    (
        (("sec-websocket-protocol",), (":", "=")),
        LazyPattern(r"(?P<keep>\bsec-websocket-protocol(?:\\{0,3}[\"'])?\s{0,8}[:=]\s{0,8})[^\r\n]{1,4096}", re.I),
        _published_list,
    ),
    # A sentence: "password hunter2", "the api key is …"
    ((_NOUNS, _SPACES), LazyPattern(_SAID, re.I), r"\g<keep>" + HIDDEN),
    ((_NOUNS, _SPACES, ("is", "was", "are", "equals")), LazyPattern(_SAID_IS, re.I), r"\g<keep>" + HIDDEN),
    # name=value, name: value, "name": "value", name => [value, …], <name>value<: also as URLs, HTML and JSON in JSON write it
    (
        (_NAMES, _SIGNS),
        LazyPattern(
            r"(?P<keep>" + _NAME + _CLOSING + r"\s{0,8}" + _SIGN + r"\s{0,8})"
            r"(?!(?:true|false|null|none|undefined|\d{1,2})(?![\w.~+/=-]))(?!\[redacted\])(?!//)" + _WHOLE,
            re.I,
        ),
        r"\g<keep>" + HIDDEN,
    ),
    # curl -u name:value; two numbers are a user's and a group's
    (
        (("-u",), (":",)),
        LazyPattern(
            r"(?P<keep>(?:^|(?<=[\s\0]))(?:-u|--user|--proxy-user)[\s\0=]{1,4}[\"']?[^\s\0:\"']{1,64}:)"
            r"(?!\[redacted\])(?![0-9]{1,10}(?!\S))[^\s\0\"']{1,4096}"
        ),
        r"\g<keep>" + HIDDEN,
    ),
    # --name value
    (
        (("-",), _NAMES, (*_SPACES, "\0")),
        LazyPattern(
            r"(?P<keep>(?:^|(?<=[\s\0]))--?[A-Za-z0-9_-]{0,40}?"
            + _NAME
            + r"[\s\0]{1,8})(?!-)(?!\[redacted\])"
            + _VALUE,
            re.I,
        ),
        r"\g<keep>" + HIDDEN,
    ),
]


#: Letters that a pattern without regard to case takes for ASCII's i, s and k.
_LIKE_ASCII = {0x130: "i", 0x131: "i", 0x17F: "s", 0x212A: "k"}


def _small(value: str) -> str:
    """A text in small letters, to look for what a pattern requires."""
    # Beyond ASCII there are other spaces too: there may be one.
    return value.lower() if value.isascii() else value.translate(_LIKE_ASCII).lower() + " "


def _has(small: str, required: t.Iterable[t.Iterable[str]]) -> bool:
    """Whether a text in small letters has one of each."""
    for parts in required:  # twice as quick as all and any, for fifteen patterns and each text
        for part in parts:
            if part in small:
                break
        else:
            return False
    return True


#: Fields of evidence that hold names of sub-protocols.
_SUBPROTOCOLS = ("subprotocol", "subprotocols", "offered")
#: What hides sub-protocols.
_ABOUT_SUBPROTOCOLS = (_published, _published_names, _published_list)


@functools.lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether a value of this name (variable, header, option, query parameter) must not travel."""
    return _SECRET_NAME.search(name) is not None


class Redactor:
    """Hides secrets by name, by shape and by value.

    :param secrets: exact strings that must never leave (header values of the inventory, say). Strings of
        fewer than 4 characters are ignored: hiding them everywhere would make evidence unreadable.
    :ivar reveal: whether names of sub-protocols, and what is sent and received, may be shown (``websocket.reveal``).
    """

    def __init__(self, secrets: t.Iterable[str] = (), reveal: bool = False) -> None:
        self.reveal = reveal
        self._secrets = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)
        #: Short texts, the names of fields above all, come by the thousand, and the same ones again and again.
        self._known: dict[str, str] = {}
        self._known_size = 0

    def text(self, value: str, limit: int | None = None) -> str:
        """The text without secrets, cut to ``limit`` characters (the cut is marked).

        What is cut off is cut after redaction, so that half a secret never stays behind. What the operating
        system or a peer sent and is no text (lone surrogates) becomes question marks: evidence is UTF-8.
        """
        if len(value) > _BRIEF:
            return self._redacted(value, limit)
        known = self._known.get(value)
        if known is None:
            known = self._redacted(value, None)
            if self._known_size < _MOST_KNOWN:
                self._known[value] = known
                self._known_size += len(value) + 100
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
        if len(value) >= SHORTEST_TOKEN:
            for needle, shape in _SHAPES:
                if needle in value:
                    value = shape.sub(HIDDEN, value)
        small = _small(value)
        for required, pattern, replacement in _PATTERNS:
            if _has(small, required) and not (self.reveal and replacement in _ABOUT_SUBPROTOCOLS):
                value = pattern.sub(replacement, value)
                small = _small(value)
        if limit is not None and (more or len(value) > limit):
            more += max(0, len(value) - limit)
            value = value[:limit] + "… (%d characters more)" % more
        return value

    def header(self, name: str, value: str) -> str:
        """The value of an HTTP header as it may travel.

        Of ``Sec-WebSocket-Protocol`` the published names are kept: applications of browsers hide tokens there.
        """
        lowered = name.lower()
        if lowered in _PLAIN_HEADERS:
            return value
        if lowered in _SECRET_HEADERS or is_secret_name(lowered):
            return HIDDEN
        if lowered == "sec-websocket-protocol" and not self.reveal:
            return shown_list(value)
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

        Strings under a secret-looking key are hidden whole, and names of unpublished sub-protocols.
        """
        if isinstance(value, str):
            return self.text(value, limit)
        if isinstance(value, dict):
            return {self.text(str(key), limit): self._field(str(key), entry, limit) for key, entry in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.tree(entry, limit) for entry in value]
        return value

    def _field(self, key: str, value: t.Any, limit: int) -> t.Any:
        """The value of a field as it may travel."""
        if value and isinstance(value, str):
            if is_secret_name(key):
                return HIDDEN
            if key in _SUBPROTOCOLS and not self.reveal:
                return shown_list(value)
        if key in _SUBPROTOCOLS and not self.reveal and isinstance(value, (list, tuple)):
            return [subprotocols.shown(str(item)) for item in value]
        return self.tree(value, limit)


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
    """The same for the longer values only: ``transport=websocket`` and ``v=4`` show what was requested."""
    return _ticket().sub(r"\g<1>" + HIDDEN, text)


@functools.lru_cache(maxsize=1)
def _ticket() -> t.Pattern[str]:
    return re.compile(r"([?&][\w.\[\]-]{1,64}=)(?!websocket(?![^&\s\"'<>#]))(?!\[redacted\])[^&\s\"'<>#]{8,}")
