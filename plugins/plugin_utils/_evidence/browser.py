# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Questions about what a browser saw that checks and rules both ask."""

from __future__ import annotations

import re
import typing as t

from ...module_utils._protocol.web_url import Dialled, dialled
from .._model import evidence_line
from .frontend import host_kind
from .websocket import exchange_lines

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.browser import Browser, ConsoleEntry, Issue, PageSocket
    from ...module_utils._evidence.service import Service

#: Ends of a connection that are a normal closure: done, the page left, and a close frame without a code.
NORMAL = (1000, 1001, 1005)
#: What Chromium says when the page itself gave a connection up, and of a constructor on an https page.
GIVEN_UP = "closed before the connection is established"
INSECURE = "insecure WebSocket connection"
_CERTIFICATE = re.compile(r"net::ERR_(?:CERT_\w+|SSL_\w+|BAD_SSL_\w+)")
_ABOUT = re.compile(r"WebSocket|ECONNREFUSED|ERR_CONNECTION_REFUSED|wss?://", re.IGNORECASE)
_URL = re.compile(r"wss?://[^\s'\"]+")
#: Milliseconds after which a handshake without an answer is one that will not come.
MUTE = 2000.0


def is_local(host: str) -> bool:
    """Whether a name means the machine that the browser runs on."""
    return host_kind(host) == "loopback"


def is_no_host(host: str) -> bool:
    """Whether a name is what a program makes of an unset variable."""
    return host in ("", "undefined", "null", "nan", "none", "object", "true", "false") or host[:1] in "$%{["


def page_url(evidence: Browser) -> Dialled:
    """The page that was opened, after redirects."""
    return dialled((evidence.get("page") or {}).get("url"))


def own_sockets(evidence: Browser, service: Service) -> list[PageSocket]:
    """The WebSockets of the page that are meant for this service.

    Those to its public URL or to the page's own host, or with its path. If there are none, those that connect to no
    real host, or to its port or path on the visitor's own machine: if a page has no other WebSocket, they are meant for
    the service.
    """
    sockets = [entry for entry in evidence.get("sockets") or () if isinstance(entry, dict)]
    found = [entry for entry in sockets if _belongs(dialled(entry.get("url")), evidence, service)]
    if found:
        return found
    return [entry for entry in sockets if _may_be_meant(dialled(entry.get("url")), service)]


def _may_be_meant(where: Dialled, service: Service) -> bool:
    """Whether a WebSocket that reaches the service for no visitor may have been meant for it. Other programs on the visitor's
    own machine, such as signing and printing helpers, have ports and paths of their own."""
    if not is_local(where.host):
        return _is_nowhere(where)
    paths = telling_paths(service)
    return not paths or where.path in paths or where.port in (None, service.get("port"))


def telling_paths(service: Service) -> set[str]:
    """Paths at which the inventory says the service is, and which other services are unlikely to have."""
    own = str((service.get("websocket") or {}).get("path") or "/").partition("?")[0]
    return {own, dialled(service.get("public_url")).path} - {"/", ""}


def _is_nowhere(where: Dialled) -> bool:
    return is_no_host(where.host) or where.port is None or is_local(where.host)


def _belongs(where: Dialled, evidence: Browser, service: Service) -> bool:
    public, page = dialled(service.get("public_url")), page_url(evidence)
    if where.host and where.host in (public.host, page.host):
        return True
    return where.path in telling_paths(service) or (
        _is_nowhere(where) and where.port is not None and where.port == service.get("port")
    )


def outcome(entry: PageSocket) -> str:
    """What became of one WebSocket of a page.

    :returns: ``open``, ``thrown`` (by its constructor), ``blocked`` (before anything was sent), ``given-up`` (by the
        page), ``failed`` or ``pending``.
    """
    error = str(entry.get("error") or "")
    if entry.get("thrown"):
        return "thrown"
    if entry.get("status") in (101, 200):
        return "open"
    if GIVEN_UP in error:
        return "given-up"
    if not entry.get("created"):
        return "blocked"
    return "failed" if error or entry.get("closed_ms") is not None else "pending"


def words(entry: PageSocket, watched_ms: float = 0.0) -> str:
    """The same in a phrase, in Chromium's own words where it has any."""
    became = outcome(entry)
    if became == "open":
        return "%s in %.0f ms" % (entry["status"], (entry.get("answered_ms") or 0) - (entry.get("at_ms") or 0))
    if became == "thrown":
        return "the constructor throws %s" % entry["thrown"]
    if became == "blocked":
        return "blocked by the browser before it is sent"
    if became == "given-up":
        return "abandoned by the page before an answer came"
    if became == "pending":
        return "no answer for %.1f s" % (max(0.0, watched_ms - (entry.get("at_ms") or 0)) / 1000.0)
    return str(entry.get("error") or "closed without an answer")


def by_url(sockets: t.Iterable[PageSocket]) -> dict[str, list[PageSocket]]:
    """Attempts by the URL that they connect to, in the order of the first."""
    found: dict[str, list[PageSocket]] = {}
    for entry in sockets:
        found.setdefault(str(entry.get("url")), []).append(entry)
    return found


def ended_badly(entry: PageSocket) -> str:
    """How an open connection ended, if not by a normal closure; else nothing."""
    if outcome(entry) != "open":
        return ""
    if entry.get("error"):
        return str(entry["error"])
    code = entry.get("code")
    if code is None or code in NORMAL:
        return ""
    if code == 1006:
        return "ended without a close frame (code 1006)"
    return "closed with code %s%s" % (code, " %s" % entry["reason"] if entry.get("reason") else "")


def socket_lines(entry: PageSocket) -> list[dict[str, str]]:
    """One WebSocket as evidence: who opened it, what was sent and answered, and how it ended."""
    source = "%s %s" % (entry.get("from") or "page", entry.get("from_url") or "")
    lines = ["+%.0f ms new WebSocket('%s')" % (entry.get("at_ms") or 0, entry.get("url"))]
    if entry.get("initiator"):
        lines[0] += " at %s" % entry["initiator"]
    lines += ["> %s: %s" % tuple(pair) for pair in entry.get("request") or () if _is_telling(pair)]
    if entry.get("status"):
        lines.append("< %s %s" % (entry["status"], entry.get("reason_phrase") or ""))
        lines += ["< %s: %s" % tuple(pair) for pair in (entry.get("response") or [])[:8]]
    directions: tuple[tuple[t.Literal["sent", "received"], str], ...] = (("sent", ">"), ("received", "<"))
    for name, mark in directions:
        for frame in (entry.get(name) or {}).get("first") or ():
            shown = "%s +%.0f ms %s, %s bytes" % (mark, frame.get("at_ms") or 0, frame.get("kind"), frame.get("bytes"))
            lines.append("%s: %s" % (shown, frame["text"]) if frame.get("text") else shown)
    for text in (entry.get("thrown"), entry.get("error")):
        if text:
            lines.append(str(text))
    if entry.get("code") is not None:
        lines.append("+%.0f ms close %s %s" % (entry.get("closed_ms") or 0, entry["code"], entry.get("reason") or ""))
    found = [evidence_line(source.strip(), "\n".join(line.rstrip() for line in lines))]
    if entry.get("raw"):
        found += exchange_lines(entry["raw"])
    return found


def _is_telling(pair: t.Sequence[str]) -> bool:
    return str(pair[0]).lower() in ("origin", "host", "sec-websocket-protocol", "cookie")


def console_errors(evidence: Browser, service: Service) -> tuple[list[ConsoleEntry], list[ConsoleEntry]]:
    """Entries of the console about the service's WebSocket (or Socket.IO's polling for it), and other uncaught
    exceptions.
    """
    own = by_url(own_sockets(evidence, service))
    about, others = [], []
    for entry in evidence.get("console") or ():
        text, named = str(entry.get("text")), _URL.search(str(entry.get("text")))
        if entry.get("level") != "error":
            continue
        if _ABOUT.search(text):
            # Another site's WebSocket does not count.
            if named is None or any(_is_named(url, named.group()) for url in own):
                about.append(entry)
        elif _about_polling(text, service):
            about.append(entry)
        elif entry.get("source") == "exception":
            others.append(entry)
    return about, others


def _about_polling(text: str, service: Service) -> bool:
    """Whether CORS keeps a page from polling the service, which clients of Socket.IO do before they open a WebSocket."""
    if "transport=polling" not in text or "CORS" not in text:
        return False
    public = str(service.get("public_url") or "").partition("://")[2].partition("/")[0]
    return ":%s/" % service.get("port") in text or bool(public and "//%s/" % public in text)


def mixed_sockets(evidence: Browser, service: Service) -> list[PageSocket]:
    """The service's WebSockets that an https page may not open because they are not in TLS."""
    return [entry for entry in own_sockets(evidence, service) if INSECURE in str(entry.get("thrown"))]


def blocked_by_policy(evidence: Browser, service: Service) -> list[Issue]:
    """Reports of the page's Content Security Policy about WebSockets of the service."""
    own = by_url(own_sockets(evidence, service))
    reports = [entry for entry in evidence.get("issues") or () if entry.get("kind") == "csp"]
    return [entry for entry in reports if entry.get("url") in own or _same_place(entry.get("url"), own)]


def _same_place(url: t.Any, own: t.Iterable[str]) -> bool:
    """A report names a URL without its query, or a redirect's origin alone."""
    where = dialled(url)
    return where.scheme in ("ws", "wss") and any(dialled(entry)[:4] == where for entry in own)


def policies(evidence: Browser) -> list[list[str]]:
    """The page's headers that contain a policy."""
    headers = (evidence.get("page") or {}).get("headers") or []
    return [pair for pair in headers if str(pair[0]).lower().startswith("content-security-policy")]


def certificate_errors(evidence: Browser, service: Service) -> list[tuple[str, str]]:
    """URLs whose TLS the browser refuses, and Chromium's name of the reason."""
    page = evidence.get("page") or {}
    # Where a page did not load, Chromium shows one of its own.
    url = str(page.get("url") or "")
    entries = [(url if url.startswith("http") else "the page", str(page.get("error") or ""))]
    entries += [(str(entry.get("url")), str(entry.get("error") or "")) for entry in own_sockets(evidence, service)]
    found = [(url, match.group()) for url, error in entries for match in [_CERTIFICATE.search(error)] if match]
    return list(dict.fromkeys(found))


def _is_named(url: str, name: str) -> bool:
    """Whether a text that may be cut names a URL."""
    whole, cut, _rest = name.partition("…")
    return url.startswith(whole) if cut else url == name.rstrip(".,;")
