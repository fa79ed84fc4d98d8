# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The front end as it is served: the page at frontend.url and what it loads, fetched by the controller once in a run."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
import typing as t
import urllib.parse
import zlib

from ...module_utils._frontend.collect import Collection, fingerprint
from ...module_utils._frontend.html import resolved
from ...module_utils._protocol.web_url import DEFAULT_PORTS
from ...module_utils._run.deadline import Deadline, DeadlineExceeded
from ...module_utils._run.redact import Redactor
from .once_per_run import once_per_run

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.frontend import FrontEndSeen, LoadedScript
    from ...module_utils._evidence.service import Service

#: Seconds for everything, bytes of one answer and of all, scripts, redirections.
_SECONDS, _ONE, _ALL, _SCRIPTS, _REDIRECTS = 12.0, 16 << 20, 64 << 20, 80, 5
_PATIENCE = 6.0
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "websocket.health"}
#: Names of further scripts in a script: chunks that are loaded when they are needed.
_CHUNK = re.compile(rb"[\"'`]((?:\.{0,2}/)?[\w@~-][\w./@~-]{0,200}\.m?js)[\"'`]")
#: What a bundler puts into a name.
_BUILT = re.compile(r"/|[-.~][\w-]{6,40}\.m?js$")
#: How webpack names them: ``"static/js/"+e+"."+{88:"1f2e3d4c"}[e]+".chunk.js"``.
_WEBPACK = re.compile(
    rb"[\"']([\w./-]{0,80})[\"']\s{0,9}\+\s{0,9}(?:\w{1,3}|\(?\{[^{}]{0,4000}\}\[\w{1,3}\](?:\|\|\w{1,3}\))?)\s{0,9}\+\s{0,9}[\"']([.-])[\"']\s{0,9}\+\s{0,9}"
    rb"\{([^{}]{1,20000})\}\[\w{1,3}\]\s{0,9}\+\s{0,9}[\"']([\w.-]{0,40}\.js)[\"']"
)
_WEBPACK_ENTRY = re.compile(rb"[\"']?([\w~-]{1,80})[\"']?:[\"']([\w-]{4,40})[\"']")


def ask_page(service: Service, redactor: Redactor, deadline: Deadline) -> FrontEndSeen:
    """Fetch and scan the page at ``frontend.url``.

    :returns: what was found, as module_utils/_frontend/collect.py describes it, with ``url`` (after redirections), ``status``,
        ``scripts`` (each with a hash of its contents), ``untrusted`` (why its certificate is not trusted here; empty: it is) and
        ``missing`` (scripts for which something else was served); or ``unknown``, the reason why it could not be fetched, and whether
        the connection was ``refused``.
    """
    url = str((service.get("frontend") or {}).get("url") or "")
    seconds = min(_SECONDS, deadline.remaining())
    answer = once_per_run(
        "frontend " + url, lambda: _ask(url, redactor, Deadline(seconds)), deadline.remaining(), _seconds_of_validity
    )
    return t.cast("FrontEndSeen", answer) if answer is not None else page_too_late(service)


def page_too_late(service: Service) -> FrontEndSeen:
    """What stands for a page that did not come."""
    url = str((service.get("frontend") or {}).get("url") or "")
    return {"where": _shown(url), "unknown": "the deadline came before an answer"}


def _seconds_of_validity(answer: t.Any) -> float:
    return 60.0 if isinstance(answer, dict) and "unknown" not in answer else 3.0


def _ask(url: str, redactor: Redactor, deadline: Deadline) -> FrontEndSeen:
    fetcher = _Fetcher(deadline)
    try:
        answer = fetcher.get(url)
        for _redirection in range(_REDIRECTS):
            if not answer.location:
                break
            answer = fetcher.get(answer.location)
    except (_Unfetched, DeadlineExceeded) as error:
        refused = isinstance(error.__cause__, ConnectionRefusedError)
        return {"where": _shown(url), "unknown": redactor.text(str(error), 300), "refused": refused}
    finally:
        fetcher.close()
    if answer.location:
        return {"where": _shown(url), "unknown": "more than %d redirects" % _REDIRECTS}
    if answer.status != 200:
        return {"where": _shown(url), "status": answer.status, "unknown": "the server answers %d" % answer.status}
    try:
        return redactor_tree(redactor, _looked_through(answer, fetcher, redactor, deadline))
    finally:
        fetcher.close()


def redactor_tree(redactor: Redactor, seen: FrontEndSeen) -> FrontEndSeen:
    """The same without secrets."""
    return t.cast("FrontEndSeen", redactor.tree(seen))


def _looked_through(answer: _Answer, fetcher: _Fetcher, redactor: Redactor, deadline: Deadline) -> FrontEndSeen:
    def fetch_map(name: str, reference: str) -> bytes | None:
        target = resolved(urllib.parse.urljoin(answer.url, name), "", reference)
        got = fetcher.quietly(target) if _same_host(target, answer.url) else None
        return got.body if got is not None and got.status == 200 else None

    collection = Collection(_shown(answer.url), fetch_map, deadline, redactor)
    collection.policies += [{"from": "header", "policy": policy[:2000]} for policy in answer.policies[:10]]
    page = collection.add_page(urllib.parse.urlsplit(answer.url).path or "/", answer.body)
    loading = _Loading(answer.url, page.base, collection, fetcher)
    sources = list(dict.fromkeys(page.scripts))
    for source in sources:
        loading.load(source, resolved(answer.url, page.base, source))
    for _offset, text in page.inline:
        loading.mentioned(text, answer.url)
    loading.rest()
    return {
        **collection.evidence(),
        "url": _shown(answer.url),
        "status": answer.status,
        "scripts": loading.scripts,
        "missing": loading.missing[:20],
        "elsewhere": loading.elsewhere[:20],
        "more": loading.more,
        "untrusted": fetcher.untrusted,
    }


class _Loading:
    """Loads the scripts of a page, and those that they mention.

    :ivar scripts: those that the page itself names.
    :ivar more: whether some were not fetched for want of time or for their number.
    """

    def __init__(self, url: str, base: str, collection: Collection, fetcher: _Fetcher) -> None:
        self.scripts: list[LoadedScript] = []
        self.missing: list[str] = []
        self.elsewhere: list[str] = []
        self.more = False
        self._url, self._base = url, base
        self._collection, self._fetcher = collection, fetcher
        self._known: set[str] = set()
        self._waiting: list[str] = []

    def load(self, source: str, target: str) -> None:
        """Fetch a script that the page names."""
        if not _same_host(target, self._url):
            self.elsewhere.append(_shown(target)[:200])
            return
        if target.partition("#")[0] in self._known:
            return
        body = self._fetch(target)
        if body is None and self.more:
            # It was not asked for: the page names more than are fetched.
            return
        self.scripts.append({"src": source[:300], "sha256": fingerprint(body) if body is not None else None})
        if body is None:
            self.missing.append(source[:300])

    def rest(self) -> None:
        """Fetch what the scripts mention, breadth first."""
        while self._waiting and not self.more:
            self._fetch(self._waiting.pop(0))

    def mentioned(self, text: bytes, url: str) -> None:
        """Note the names of chunks in a script."""
        for match in list(_CHUNK.finditer(text))[:400]:
            name = match.group(1).decode("ascii", "replace")
            # A bare name is below the page's base, as bundlers write it; the name of a library is none.
            beside = name.startswith((".", "/"))
            target = resolved(url, "", name) if beside else resolved(self._url, self._base, name)
            if (beside or _BUILT.search(name)) and _same_host(target, self._url):
                self._waiting.append(target)
        for match in list(_WEBPACK.finditer(text))[:4]:
            start, dot, table, end = (part.decode("ascii", "replace") for part in match.groups())
            for number, digest in _WEBPACK_ENTRY.findall(match.group(3))[:200]:
                name = "%s%s%s%s%s" % (start, number.decode(), dot, digest.decode(), end)
                self._waiting.append(resolved(self._url, self._base, name))

    def _fetch(self, target: str) -> bytes | None:
        target = target.partition("#")[0]
        if target in self._known:
            return None
        if len(self._known) >= _SCRIPTS or self._fetcher.is_spent():
            self.more = True
            return None
        self._known.add(target)
        answer = self._fetcher.quietly(target)
        if answer is None or answer.status != 200 or answer.is_html:
            return None
        self._collection.add_script(urllib.parse.urlsplit(target).path, answer.body)
        self.mentioned(answer.body, target)
        return answer.body


class _Unfetched(Exception):
    """Why there is no answer."""


class _Answer(t.NamedTuple):
    url: str
    status: int
    location: str
    policies: list[str]
    is_html: bool
    body: bytes


class _Fetcher:
    """Fetches over connections of its own: variables of the environment that name a proxy do not count.

    :ivar untrusted: why the first certificate is not trusted here; empty: it is.
    """

    def __init__(self, deadline: Deadline) -> None:
        self.untrusted = ""
        self._deadline = deadline
        self._bytes = 0
        self._connections: dict[tuple[str, str, int], http.client.HTTPConnection] = {}
        self._trusting = ssl.create_default_context()
        self._trusting.check_hostname = False
        self._trusting.verify_mode = ssl.CERT_NONE

    def is_spent(self) -> bool:
        """Whether no more is to be fetched."""
        return self._deadline.remaining() < 0.5 or self._bytes > _ALL

    def quietly(self, url: str) -> _Answer | None:
        """An answer, or None."""
        try:
            return self.get(url)
        except (_Unfetched, DeadlineExceeded):
            return None

    def get(self, url: str) -> _Answer:
        """The answer to a GET.

        :raises _Unfetched: there is none.
        """
        try:
            parts = urllib.parse.urlsplit(url)
            port = parts.port or DEFAULT_PORTS[parts.scheme]
        except (ValueError, KeyError):
            raise _Unfetched("%s is not a page URL" % _shown(url)) from None
        key = parts.scheme, parts.hostname or "", port
        target = urllib.parse.quote(
            (parts.path or "/") + ("?" + parts.query if parts.query else ""), safe="/?&=%:@,;+~!$'()*"
        )
        for _attempt in range(2):
            kept = self._connections.pop(key, None)
            try:
                return self._exchange(kept or self._connection(*key), key, url, target)
            except (http.client.HTTPException, OSError, ValueError) as error:
                # A server may close what it kept open: then once more, on a new connection.
                if kept is None or self._deadline.expired():
                    raise _Unfetched("%s: %s" % (_shown(url), _words(error))) from error
        raise _Unfetched("%s: no answer" % _shown(url))

    def _connection(self, scheme: str, host: str, port: int) -> http.client.HTTPConnection:
        patience = min(_PATIENCE, self._deadline.require("fetching the page"))
        if scheme != "https":
            return http.client.HTTPConnection(host, port, timeout=patience)
        connection = http.client.HTTPSConnection(host, port, timeout=patience, context=ssl.create_default_context())
        if not self.untrusted:
            try:
                connection.connect()
                return connection
            except ssl.SSLCertVerificationError as error:
                self.untrusted = error.verify_message or "not trusted"
                connection.close()
        return http.client.HTTPSConnection(host, port, timeout=patience, context=self._trusting)

    def _exchange(
        self, connection: http.client.HTTPConnection, key: tuple[str, str, int], url: str, target: str
    ) -> _Answer:
        if connection.sock is None:
            connection.connect()
        sock = connection.sock
        # A server that sends a byte now and then defeats every time-out of a single read.
        guard = threading.Timer(self._deadline.remaining(), _hang_up, (sock,))
        guard.daemon = True
        guard.start()
        try:
            connection.request("GET", target, headers=_HEADERS)
            response = connection.getresponse()
            location = (response.getheader("Location") or "") if 300 <= response.status < 400 else ""
            body = self._body(response)
        except BaseException:
            connection.close()
            raise
        finally:
            guard.cancel()
        if response.isclosed() and not response.will_close:
            self._connections[key] = connection
        else:
            connection.close()
        kind = response.getheader("Content-Type") or ""
        policies = response.headers.get_all("Content-Security-Policy") or []
        location = resolved(url, "", location) if location else ""
        return _Answer(url, response.status, location, list(policies), "html" in kind.lower(), body)

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        """At most so much of the body, unpacked."""
        pieces: list[bytes] = []
        unpack = None
        if (response.getheader("Content-Encoding") or "").lower() in ("gzip", "x-gzip", "deflate"):
            unpack = zlib.decompressobj(47)
        left = _ONE
        while left > 0:
            self._deadline.require("reading the page")
            piece = response.read1(65536)
            if not piece:
                break
            self._bytes += len(piece)
            try:
                piece = unpack.decompress(piece, left) if unpack is not None else piece
            except zlib.error:
                break
            pieces.append(piece)
            left -= len(piece)
        # An answer that was cut by the deadline is none.
        self._deadline.require("reading the page")
        return b"".join(pieces)[:_ONE]

    def close(self) -> None:
        """Close what is kept open."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()


def _hang_up(sock: t.Any) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _same_host(url: str, page: str) -> bool:
    """Whether a URL is of the page's host, on whatever port."""
    try:
        there, here = urllib.parse.urlsplit(url), urllib.parse.urlsplit(page)
    except ValueError:
        return False
    return there.scheme in ("http", "https") and there.hostname == here.hostname


def _shown(url: str) -> str:
    """A URL without what may be secret in it."""
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "frontend.url"
    return "%s://%s%s" % (parts.scheme, host, parts.path)
