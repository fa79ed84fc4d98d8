# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Where one script opens WebSockets: constructors, URLs, schemes that follow the page's, libraries, development clients.

Two stages. Literals are searched for in the whole script, which costs less than a second for a gigabyte; regular expressions
look only at the few hundred bytes around what was found. Nothing is parsed: real bundles defeat parsers, and a parser
for each dialect of JavaScript would have to come along.
"""

from __future__ import annotations

import re
import typing as t

from .._run.digits import number
from .expression import HOST, HOSTNAME, ORIGIN, PORT, PROTOCOL, SECURE, UNKNOWN, Expression

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.frontend import Finding, FoldedUrl

#: Hits of one literal in a script that are looked at, expressions that are folded, and findings that are kept.
_HITS, _EVALUATED, _FINDINGS = 20000, 1000, 200
#: Characters of code that are shown.
_SHOWN = 160

#: How sure it is that a URL is dialled. ``dialled``: it is what a constructor gets. ``configured``: it is stored under a
#: name that says so, and that name is read. ``conditional``: only in some cases. ``mentioned``: it stands there.
USES = ("dialled", "configured", "conditional", "mentioned")

#: Constructors that take the URL first.
_CONSTRUCTOR = re.compile(rb"(?:WebSocket(?:Subject|Client|Link|Wrapper)?|SockJS(?:Client)?)\s{0,40}\(")
_NEW = re.compile(rb"\bnew\s{1,40}\(?(?:[\w$]{1,80}\.){0,8}[\w$]{0,40}$")
#: A key of an options object that holds the URL.
_URL_KEY = re.compile(rb"\{[^{}]{0,300}?(?<![\w$])[\"']?(?:url|uri|brokerURL|endpoint)[\"']?\s{0,9}:")

#: Functions that compare, cut or print a text; what they are given is not dialled.
_HARMLESS = frozenset(
    b"startsWith endsWith includes indexOf lastIndexOf replace replaceAll test match split push concat log info warn error debug"
    b" trace t i18n $t _ gettext Error TypeError SyntaxError URL RegExp String describe it test expect assert invariant"
    b" warning deprecated require import parse setAttribute createElement jsx jsxs h getItem setItem slice".split()
)
#: Functions that dial an http URL, by name.
_DIALS_HTTP = frozenset(b"io socketIOClient withUrl SockJS lookup ioClient".split())
_CALL = re.compile(rb"(?:(new)\s{1,40})?((?:[\w$]{1,80}\s{0,9}\.\s{0,9}){0,8})([\w$]{1,80})\)?\s{0,40}\(\s{0,40}$")
_KEY = re.compile(rb"[{,]\s{0,200}[\"']?([\w$-]{1,80})[\"']?\s{0,9}:\s{0,9}$")
_ASSIGNED = re.compile(rb"(?:^|[^=!<>])(?<![\w$])([\w$]{1,80})[\"']?\]?\s{0,9}=\s{0,9}$")
_BRANCH = re.compile(rb"(?:[?:]|&&|\|\||\?\?|\belse|\bif\s{0,9}\([^()]{0,200}\)|\breturn)\s{0,40}\(?\s{0,40}$")
#: Nearby, these make a URL one for development only.
_DEPENDS = re.compile(
    rb"\bhostname\b|NODE_ENV|[\"'`](?:localhost|127\.0\.0\.1|development|production)[\"'`]|\b(?:is_?(?:dev|local|prod)|isDevelopment|isProduction)\b"
    rb"|\bDEV\b|\b__DEV__\b",
    re.I,
)
_EMPTY_LEFT = re.compile(
    rb"(?:void 0|undefined|null|\"\"|''|\(?\{[^{}]{0,1500}\}\)?\.[\w$]{1,80})\s{0,9}(?:\|\||\?\?)\s{0,9}$"
)
#: Names under which a WebSocket's URL is kept; what is a default only is none.
_TELLING = re.compile(rb"ws|socket|broker|stomp|mqtt|signalr|realtime|hub|cable", re.I)
_DEFAULT = re.compile(rb"default|fallback|example|placeholder|sample|test|mock|hint|help|label|title", re.I)

_AUTHORITY = re.compile(r"(?i)(wss?|https?|%s):(?:\\?/){2}([^/?#\\]*)(.*)" % SECURE, re.S)
#: A pair of schemes, and what turns one into the other.
_DERIVED = (
    re.compile(rb"[\"'`]wss?(?::(?://)?)?[\"'`]\s{0,9}[:,]\s{0,9}[\"'`]wss?(?::(?://)?)?[\"'`]"),
    re.compile(rb"replace(?:All)?\(\s{0,9}(?:/\^?https?|[\"'`]http)[^()]{0,20},\s{0,9}[\"'`]wss?"),
    re.compile(rb"[\"'`]ws[\"'`]\s{0,9}\+\s{0,9}[\w$.]{1,80}\.(?:slice|substr|substring)\(4\)"),
    re.compile(rb"[\"'`]ws[\"'`]\s{0,9}\+\s{0,9}\("),
)

#: Strings that only a library has; all of them must be there.
LIBRARIES: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("Socket.IO", (b"EIO", b"/socket.io")),
    ("Engine.IO", (b"EIO", b"/engine.io")),
    ("SockJS", (b"xdr-streaming", b"websocket")),
    ("SignalR", (b"HubConnection", b"negotiateVersion")),
    ("Phoenix", (b"phx_join", b"phx_reply")),
    ("STOMP", (b"accept-version", b"heart-beat")),
    ("MQTT", (b"MQIsdp",)),
    ("graphql-ws", (b"graphql-transport-ws",)),
    ("subscriptions-transport-ws", (b'"graphql-ws"', b"connection_init")),
    ("subscriptions-transport-ws", (b"'graphql-ws'", b"connection_init")),
    ("Action Cable", (b"actioncable-v1-json",)),
    ("Pusher", (b"pusher:ping",)),
    ("Centrifuge", (b"centrifuge-protobuf",)),
)
#: Clients of development servers: none of these strings is in what a production build writes.
DEV_CLIENTS: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("vite", (b"[vite]", b"vite-hmr", b"new WebSocket(")),
    ("webpack-dev-server", (b"webpack-dev-server/client",)),
    ("webpack-dev-server", (b"[webpack-dev-server]", b"WebSocket")),
    ("webpack-dev-server", (b"/sockjs-node", b"webpackHotUpdate")),
    ("Next.js", (b"/_next/webpack-hmr", b"[HMR] connected")),
    ("Next.js", (b"/_next/webpack-hmr", b"new WebSocket(", b"devIndicator")),
    ("Parcel", (b"HMR_HOST", b"__parcel__")),
)


class Script:
    """What was found in one script.

    :ivar findings: each with ``kind`` (``url``, ``constructor``, ``derived``), ``use`` (see USES), ``line``, ``column`` (both
        from 1), ``offset``, ``text``, and of a URL ``scheme``, ``host``, ``port``, ``path`` (see take_apart).
    :ivar libraries: names of the libraries that are in it.
    :ivar dev_clients: names of the development servers whose client is in it, with the offset.
    :ivar cut: whether there was more than is kept.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.libraries: list[str] = []
        self.dev_clients: list[tuple[str, int]] = []
        self.service_worker = False
        self.cut = False


def scan(data: bytes) -> Script:
    """Look through one script."""
    script = Script()
    script.service_worker = (
        b"serviceWorker" in data and re.search(rb"serviceWorker[^;]{0,80}\.register\(", data) is not None
    )
    has_socket = b"WebSocket" in data or b"websocket" in data
    if has_socket or b"SockJS" in data:
        script.libraries = list(dict.fromkeys(name for name, marks in LIBRARIES if all(mark in data for mark in marks)))
        for name, marks in DEV_CLIENTS:
            if name not in dict(script.dev_clients) and all(mark in data for mark in marks):
                script.dev_clients.append((name, data.find(marks[0])))
    seeker = _Seeker(data, script)
    seeker.constructors()
    seeker.literals()
    seeker.derived()
    script.findings = sorted(seeker.found.values(), key=lambda finding: finding["offset"])
    if len(script.findings) > _FINDINGS:
        # What is dialled goes before what is mentioned.
        kept = sorted(script.findings, key=lambda finding: USES.index(finding["use"]))[:_FINDINGS]
        script.findings = sorted(kept, key=lambda finding: finding["offset"])
        script.cut = True
    _number_lines(data, script.findings)
    return script


class _Seeker:
    def __init__(self, data: bytes, script: Script) -> None:
        self.data = data
        self.script = script
        self.expression = Expression(data)
        self.found: dict[int, Finding] = {}
        self._left = _EVALUATED
        self._read: dict[bytes, str] = {}

    def hits(self, literal: bytes) -> t.Iterator[int]:
        """Where a literal stands; not more often than is looked at."""
        position = self.data.find(literal)
        for _hit in range(_HITS):
            if position < 0 or self._left <= 0:
                break
            yield position
            position = self.data.find(literal, position + len(literal))
        self.script.cut = self.script.cut or position >= 0

    def constructors(self) -> None:
        """``new WebSocket(…)`` and its kin, whatever they are a member of."""
        for literal in (b"WebSocket", b"SockJS"):
            for position in self.hits(literal):
                match = _CONSTRUCTOR.match(self.data, position)
                before = _NEW.search(self.data, max(0, position - 200), position) if match else None
                if match is None or before is None or in_comment(self.data, before.start()):
                    continue
                self._constructed(before.start(), match.end(), b"SockJS" in match.group())

    def _constructed(self, start: int, argument: int, sockjs: bool) -> None:
        self._left -= 1
        key = _URL_KEY.match(self.data, argument)
        values, end = self.expression.at(key.end() if key else argument)
        branch = bool(_BRANCH.search(self.data, max(0, start - 250), start)) and self._depends(start)
        for place, value in enumerate(values):
            target = take_apart(value.text)
            use = "conditional" if value.conditional or branch else "dialled"
            if sockjs:
                target["path"] = None
            # Alternatives share a place: each is a finding of its own.
            self.found[-start - place * len(self.data) if place else start] = self._finding(
                "constructor", start, end, use, target
            )

    def literals(self) -> None:
        """Whole URLs in literals that no constructor was seen to get."""
        data = self.data
        for position in self.hits(b"://"):
            scheme = re.search(rb"(?:wss?|https?)$", data[max(0, position - 5) : position])
            if scheme is None:
                continue
            start = max(0, position - 5) + scheme.start() - 1
            if data[start : start + 1] not in (b'"', b"'", b"`") or start in self.expression.literals:
                continue
            http = scheme.group().startswith(b"http")
            if http and not self._dials_http(start):
                continue
            if in_comment(data, start):
                continue
            self._literal(start, http)

    def _dials_http(self, start: int) -> bool:
        """Whether a function that is given this http URL makes a WebSocket of it."""
        call = _CALL.search(self.data, max(0, start - 120), start)
        if call is None:
            return False
        if (
            call.group(3) in _DIALS_HTTP
            or call.group(2).replace(b" ", b"").endswith(b"io.")
            and call.group(3) == b"connect"
        ):
            return True
        # A minified name: only the origin of a server is what Socket.IO is given, and nothing else.
        whole = re.match(rb"[\"'`]https?://[^\"'`/\s]{1,200}/?[\"'`]\s{0,9}[,)]", self.data[start : start + 240])
        return bool(whole) and len(call.group(3)) <= 3 and not call.group(2) and "Socket.IO" in self.script.libraries

    def _literal(self, start: int, http: bool) -> None:
        self._left -= 1
        values, end = self.expression.at(start)
        use = self._use(start, http)
        for place, value in enumerate(values):
            target = take_apart(value.text)
            if not target["host"] and target["host_from"] == "literal":
                continue
            if http:
                target["path"] = None
            finding = self._finding("url", start, end, "conditional" if value.conditional else use, target)
            self.found[-start - place * len(self.data) if place else start] = finding

    def _use(self, start: int, http: bool) -> str:
        """How sure it is that the literal here is dialled."""
        before = self.data[max(0, start - 250) : start]
        left = _EMPTY_LEFT.search(before)
        if left is not None:
            before = before[: left.start()]
        elif _BRANCH.search(before) and not _KEY.search(before):
            return "mentioned" if before.rstrip().endswith(b"return") else "conditional"
        call = _CALL.search(before)
        if call is None:
            used = self._named(before)
        elif http:
            used = "dialled" if call.group(3) in (*_DIALS_HTTP, b"connect") else "configured"
        else:
            used = "mentioned" if call.group(3) in _HARMLESS else "dialled"
        return "conditional" if used != "mentioned" and self._depends(start) else used

    def _named(self, before: bytes) -> str:
        """The use of a literal that is stored under a name."""
        key = _KEY.search(before)
        assigned = None if key else _ASSIGNED.search(before)
        if (
            key
            and key.group(1) in (b"url", b"uri", b"brokerURL", b"endpoint")
            and re.search(rb"\(\{[^{}]{0,300}$", before)
        ):
            return "dialled"
        found = key or assigned
        if found is None:
            return "mentioned"
        name = found.group(1)
        if len(name) < 3 or not _TELLING.search(name) or _DEFAULT.search(name):
            return "mentioned"
        return self._stored(name)

    def _stored(self, name: bytes) -> str:
        """The use of what is stored under a telling name: does a constructor get it, does anything read it?"""
        if name not in self._read and len(self._read) < 50:
            word = rb"(?<![\w$\"'-])" + re.escape(name) + rb"(?![\w$\"'])"
            given = (
                rb"(?:WebSocket|SockJS)[\w$]{0,20}\(\s{0,40}(?:[\w$]{1,80}\.){0,8}" + re.escape(name) + rb"\s{0,9}[,)]"
            )
            if re.search(given, self.data):
                self._read[name] = "dialled"
            else:
                is_read = re.search(word + rb"(?!\s{0,9}(?:=(?!=)|:))", self.data)
                self._read[name] = "configured" if is_read else "mentioned"
        return self._read.get(name, "mentioned")

    def _depends(self, start: int) -> bool:
        """Whether something nearby chooses between development and production."""
        return _DEPENDS.search(self.data, max(0, start - 250), start) is not None

    def derived(self) -> None:
        """Schemes that follow that of the page."""
        for literal in (b'"ws', b"'ws", b"`ws"):
            for position in self.hits(literal):
                for pattern in _DERIVED:
                    match = pattern.search(self.data, max(0, position - 50), position + 60)
                    if match is None or match.start() in self.found:
                        continue
                    if not in_comment(self.data, match.start()):
                        finding = self._finding(
                            "derived", match.start(), match.end(), "mentioned", take_apart(SECURE + "://" + UNKNOWN)
                        )
                        self.found[match.start()] = finding
                    break

    def _finding(self, kind: str, start: int, end: int, use: str, target: FoldedUrl) -> Finding:
        end = min(max(end, start + 20), start + _SHOWN)
        text = self.data[start:end].decode("utf-8", "replace")
        if (
            target["scheme"] == "ws"
            and target["host_from"] != "literal"
            and b"wss" in self.data[max(0, start - 300) : end + 300]
        ):
            # The other branch of a choice that is too far away to be folded.
            target["scheme"] = ""
        return {**target, "kind": kind, "offset": start, "use": use, "text": " ".join(text.split())}


def take_apart(text: str) -> FoldedUrl:
    """A folded URL as evidence.

    :returns: ``scheme`` (``ws``, ``wss``, ``http``, ``https``; ``page``: follows the page's; empty: not known), ``host`` with
        ``host_from`` (``literal``, ``page``, ``unknown``), ``port`` with ``port_from`` (``literal``, ``default``, ``page``,
        ``unknown``, ``wrong``: no number), ``path`` (``*`` for what is not known in it; None: nothing is).
    """
    parts: FoldedUrl = {
        "scheme": "",
        "host": "",
        "host_from": "unknown",
        "port": None,
        "port_from": "unknown",
        "path": None,
    }
    if text.startswith(("/", "./", "../")) and not text.startswith("//"):
        text = SECURE + "://" + HOST + text
    elif text.startswith("//"):
        text = SECURE + ":" + text
    text = text.replace(PROTOCOL + "//", SECURE + "://")
    if text.startswith(ORIGIN):
        text = SECURE + "://" + HOST + text[1:]
    match = _AUTHORITY.match(text)
    if match is None:
        # What a build left of a variable that was not set, with a path behind it: browsers take it for a relative URL.
        lost = re.match(r"(undefined|null)[/:]", text)
        return {**parts, "host": lost.group(1), "host_from": "literal"} if lost else parts
    scheme, authority, path = match.group(1).lower(), match.group(2), match.group(3)
    parts["scheme"] = "page" if scheme == SECURE else scheme
    _authority(authority.rpartition("@")[2], parts)
    if UNKNOWN not in authority or path:
        parts["path"] = _shown_path(path)
    return parts


def _authority(authority: str, parts: FoldedUrl) -> None:
    host, colon, port = authority, "", ""
    if not authority.startswith("[") or "]:" in authority:
        host, colon, port = authority.rpartition(":") if ":" in authority else (authority, "", "")
    if HOST in host:
        parts.update({"host_from": "page", "port_from": "page"})
    elif HOSTNAME in host:
        parts.update({"host_from": "page", "port_from": "default"})
    elif not _is_known(host):
        parts.update(
            {
                "host": "" if UNKNOWN in host else host,
                "host_from": "unknown",
                "port_from": "unknown" if not colon else "default",
            }
        )
    else:
        parts.update({"host": host.strip("[]").lower()[:253], "host_from": "literal", "port_from": "default"})
    if colon:
        parts.update(_port(port))


def _is_known(host: str) -> bool:
    return not any(mark in host for mark in (UNKNOWN, ORIGIN, PORT, PROTOCOL))


def _port(text: str) -> FoldedUrl:
    if number(text) is not None and len(text) <= 6:
        return {"port": number(text), "port_from": "literal"}
    if PORT in text:
        return {"port": None, "port_from": "page"}
    if not text:
        return {"port": None, "port_from": "default"}
    known = _is_known(text)
    return {"port": None, "port_from": "wrong" if known and text in ("undefined", "null", "NaN") else "unknown"}


def _shown_path(path: str) -> str:
    """The path without its query, which may hold a token."""
    path = re.split(r"[?#]", path, maxsplit=1)[0]
    path = re.sub("[%s-%s]+" % (HOST, UNKNOWN), "*", path)
    return (path or "/")[:200]


def in_comment(data: bytes, position: int) -> bool:
    """Whether a place in a script is commented out."""
    line = data.rfind(b"\n", max(0, position - 2000), position) + 1
    if line or position < 2000:
        before = data[line:position]
        slashes = re.search(rb"(?:^|[\s;{}(),])//", before)
        if slashes and _balanced(before[: slashes.end() - 2]):
            return True
    opened = data.rfind(b"/*", max(0, position - 20000), position)
    if opened < 0 or data.find(b"*/", opened + 2, position) >= 0:
        return False
    return opened == 0 or data[opened - 1 : opened] in b" \t\r\n;{}(),=:>["


def _balanced(text: bytes) -> bool:
    """Whether no string is open at the end of a line's beginning."""
    return all(text.count(quote) % 2 == 0 for quote in (b'"', b"'", b"`"))


def _number_lines(data: bytes, findings: list[Finding]) -> None:
    """Lines and columns, counted once over the script."""
    line, begin, done = 1, 0, 0
    for finding in findings:
        offset = finding["offset"]
        line += data.count(b"\n", done, offset)
        begin = max(begin, data.rfind(b"\n", done, offset) + 1)
        done = offset
        finding["line"] = line
        finding["column"] = offset - begin + 1
