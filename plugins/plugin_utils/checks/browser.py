# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist items 9, 10 and 12: the page in a real browser."""

from __future__ import annotations

import re
import typing as t

from ...module_utils.browser.visit import CRASHED
from ...module_utils.web_url import Dialled, dialled
from ..frontend_meanings import host_kind
from ..model import (
    FAIL,
    PASS,
    SKIP,
    UNKNOWN,
    WARN,
    CheckDefinition,
    CheckResult,
    Verdicts,
    evidence_line,
    gap,
    is_absent,
)
from .websocket import exchange_lines, outcome_words

DEFINITIONS = (
    CheckDefinition(
        "browser.page",
        "9",
        "The page opens in a browser",
        "high",
        "Fails when it cannot be loaded or is answered by an error, warns when one of its scripts cannot be loaded, or the process of one of "
        "its frames crashes.",
    ),
    CheckDefinition(
        "browser.websocket",
        "9",
        "The page's WebSockets are answered by 101",
        "critical",
        "One result for each URL that belongs to the service. Fails when none of its attempts opens, warns when some do not; "
        "a connection that the page itself gives up before another one opens is no fault. Unknown where the page opens none.",
    ),
    CheckDefinition(
        "browser.data",
        "9",
        "Frames flow both ways, and the connection stays open",
        "high",
        "Fails when a connection ends otherwise than by a normal closure, warns when nothing answers what the page sends.",
    ),
    CheckDefinition(
        "browser.console",
        "10",
        "The console has no errors about the WebSocket",
        "high",
        "Fails on errors of the service's WebSockets, ECONNREFUSED and exceptions about them; warns on other exceptions that "
        "nobody caught. Other sites' WebSockets, missing icons and connections that the page gave up itself do not count.",
    ),
    CheckDefinition(
        "browser.mixed_content",
        "12",
        "An https page opens wss:// and loads nothing in clear",
        "critical",
        "Fails on a ws:// of the service on an https page, warns on other content in clear. Skipped on an http page.",
    ),
    CheckDefinition(
        "browser.csp",
        "10",
        "The page's Content Security Policy lets it connect",
        "critical",
        "Fails when the policy blocks a WebSocket of the service, warns when a policy that only reports would.",
    ),
    CheckDefinition(
        "browser.certificate",
        "12",
        "The browser trusts the certificates",
        "critical",
        "Of the page and of its wss:// connections. Skipped where neither uses TLS.",
    ),
)

#: Ends of a connection that are a normal closure: done, the page left, and a close frame without a code.
NORMAL = (1000, 1001, 1005)
#: What Chromium says when the page itself gave a connection up, and of a constructor on an https page.
GIVEN_UP = "closed before the connection is established"
INSECURE = "insecure WebSocket connection"
_CERTIFICATE = re.compile(r"net::ERR_(?:CERT_\w+|SSL_\w+|BAD_SSL_\w+)")
_ABOUT = re.compile(r"WebSocket|ECONNREFUSED|ERR_CONNECTION_REFUSED|wss?://", re.IGNORECASE)
_URL = re.compile(r"wss?://[^\s'\"]+")
#: Milliseconds after which a handshake without an answer is one that will not come.
_MUTE = 2000.0

Socket = dict[str, t.Any]
Evidence = dict[str, t.Any]


def check(evidence: Evidence, service: dict[str, t.Any]) -> list[CheckResult]:
    """Judge the evidence of ``browser_probe``.

    :returns: one result for every definition; for WebSockets, one for each URL.
    """
    verdicts = Verdicts(DEFINITIONS, evidence, "browser")
    hidden = gap(evidence, "browser")
    if evidence.get("skip"):
        verdicts.rest(SKIP, evidence["skip"])
    elif hidden:
        if is_absent(hidden):
            verdicts.add("browser.page", WARN, hidden["reason"], remediation=[hidden["remedy"]])
        verdicts.rest(UNKNOWN, "not observed: %s" % hidden["reason"], remediation=[hidden["remedy"]])
    elif not verdicts.not_observed() and not evidence.get("page"):
        verdicts.rest(UNKNOWN, "not observed: the page was not opened")
    elif not evidence.get("error"):
        _page(verdicts, evidence)
        _certificate(verdicts, evidence, service)
        if (evidence.get("page") or {}).get("error"):
            verdicts.rest(UNKNOWN, "not observed: the page does not load, see browser.page")
            return verdicts.results
        if int((evidence.get("page") or {}).get("status") or 200) >= 400:
            # What the web server shows in its place is not the page that was meant.
            verdicts.rest(UNKNOWN, "not observed: the page is answered by an error, see browser.page")
            return verdicts.results
        _websockets(verdicts, evidence, service)
        _console(verdicts, evidence, service)
        _mixed_content(verdicts, evidence, service)
        _csp(verdicts, evidence, service)
    return verdicts.results


# -- what belongs to the service ---------------------------------------------------------------------------------------


def is_local(host: str) -> bool:
    """Whether a name means the machine that the browser runs on."""
    return host_kind(host) == "loopback"


def is_no_host(host: str) -> bool:
    """Whether a name is what a program makes of a variable that nobody has set."""
    return host in ("", "undefined", "null", "nan", "none", "object", "true", "false") or host[:1] in "$%{["


def page_url(evidence: Evidence) -> Dialled:
    """The page that was opened, after redirects."""
    return dialled((evidence.get("page") or {}).get("url"))


def own_sockets(evidence: Evidence, service: dict[str, t.Any]) -> list[Socket]:
    """The WebSockets of the page that are meant for this service.

    Those that lead to its public URL or to the page's own host, or ask for its path. Where there are none, those that
    lead nowhere, or to its port or path on the visitor's own machine: a page without any other WebSocket means the service
    by them.
    """
    sockets = [entry for entry in evidence.get("sockets") or () if isinstance(entry, dict)]
    found = [entry for entry in sockets if _belongs(dialled(entry.get("url")), evidence, service)]
    if found:
        return found
    return [entry for entry in sockets if _may_be_meant(dialled(entry.get("url")), service)]


def _may_be_meant(where: Dialled, service: dict[str, t.Any]) -> bool:
    """Whether a WebSocket that leads no visitor to the service may have been meant for it. Other programs on the visitor's own
    machine, such as signing and printing helpers, have ports and paths of their own."""
    if not is_local(where.host):
        return _is_nowhere(where)
    paths = telling_paths(service)
    return not paths or where.path in paths or where.port in (None, service.get("port"))


def telling_paths(service: dict[str, t.Any]) -> set[str]:
    """Paths at which the service is said to be, and which other services do not have as well."""
    own = str((service.get("websocket") or {}).get("path") or "/").partition("?")[0]
    return {own, dialled(service.get("public_url")).path} - {"/", ""}


def _is_nowhere(where: Dialled) -> bool:
    return is_no_host(where.host) or where.port is None or is_local(where.host)


def _belongs(where: Dialled, evidence: Evidence, service: dict[str, t.Any]) -> bool:
    public, page = dialled(service.get("public_url")), page_url(evidence)
    if where.host and where.host in (public.host, page.host):
        return True
    return where.path in telling_paths(service) or (
        _is_nowhere(where) and where.port is not None and where.port == service.get("port")
    )


# -- what became of them -----------------------------------------------------------------------------------------------


def outcome(entry: Socket) -> str:
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


def words(entry: Socket, watched_ms: float = 0.0) -> str:
    """The same in a phrase, in Chromium's own words where it has any."""
    became = outcome(entry)
    if became == "open":
        return "%s in %.0f ms" % (entry["status"], (entry.get("answered_ms") or 0) - (entry.get("at_ms") or 0))
    if became == "thrown":
        return "the constructor throws %s" % entry["thrown"]
    if became == "blocked":
        return "the browser blocks it before it is sent"
    if became == "given-up":
        return "given up by the page before it was answered"
    if became == "pending":
        return "no answer for %.1f s" % (max(0.0, watched_ms - (entry.get("at_ms") or 0)) / 1000.0)
    return str(entry.get("error") or "closed without an answer")


def by_url(sockets: t.Iterable[Socket]) -> dict[str, list[Socket]]:
    """Attempts by the URL that they dial, in the order of the first."""
    found: dict[str, list[Socket]] = {}
    for entry in sockets:
        found.setdefault(str(entry.get("url")), []).append(entry)
    return found


def ended_badly(entry: Socket) -> str:
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


def socket_lines(entry: Socket) -> list[dict[str, str]]:
    """One WebSocket as evidence: who opened it, what was sent and answered, and how it ended."""
    source = "%s %s" % (entry.get("from") or "page", entry.get("from_url") or "")
    lines = ["+%.0f ms new WebSocket('%s')" % (entry.get("at_ms") or 0, entry.get("url"))]
    if entry.get("initiator"):
        lines[0] += " at %s" % entry["initiator"]
    lines += ["> %s: %s" % tuple(pair) for pair in entry.get("request") or () if _is_telling(pair)]
    if entry.get("status"):
        lines.append("< %s %s" % (entry["status"], entry.get("reason_phrase") or ""))
        lines += ["< %s: %s" % tuple(pair) for pair in (entry.get("response") or [])[:8]]
    for name, mark in (("sent", ">"), ("received", "<")):
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


# -- the checks --------------------------------------------------------------------------------------------------------


def _page(verdicts: Verdicts, evidence: Evidence) -> None:
    page = evidence.get("page") or {}
    url, status = str(page.get("url") or ""), page.get("status")
    fields: dict[str, t.Any] = {"instance": url, "actual": page.get("error") or status}
    fields["evidence"] = [evidence_line(str(evidence.get("browser") or "browser"), _page_text(page))]
    failed = [entry for entry in evidence.get("failed") or () if isinstance(entry, dict)]
    scripts = [entry for entry in failed if entry.get("kind") == "Script"]
    crashed = [entry for entry in failed if entry.get("error") == CRASHED]
    if page.get("error"):
        verdicts.add("browser.page", FAIL, "the page does not load: %s" % page["error"], **fields)
    elif not url or url == "about:blank":
        verdicts.add("browser.page", FAIL, "the page did not answer in time", **fields)
    elif isinstance(status, int) and status >= 400:
        verdicts.add("browser.page", FAIL, "the page is answered by %d" % status, expected="200", **fields)
    elif crashed:
        summary = "part of the page is gone: %s %s: %s" % (crashed[0].get("kind"), crashed[0].get("url"), CRASHED)
        verdicts.add("browser.page", WARN, summary, **fields)
    elif scripts:
        first = scripts[0]
        summary = "a script of the page does not load: %s (%s)" % (first["url"], first["error"] or first["status"])
        verdicts.add("browser.page", WARN, summary, **fields)
    else:
        loaded = page.get("loaded_ms")
        summary = "loaded in %.0f ms" % loaded if loaded is not None else "still loading when the time was over"
        short = gap(evidence, "stay")
        if short:
            summary += "; %s" % short["reason"]
            fields["remediation"] = [short["remedy"]]
        verdicts.add("browser.page", PASS, ("%s %s" % (status or "", summary)).strip(), **fields)


def _page_text(page: dict[str, t.Any]) -> str:
    address = "%s port %s" % (page["address"], page.get("port")) if page.get("address") else ""
    parts = (page.get("url"), page.get("status"), page.get("error"), address, page.get("protocol"))
    return ", ".join(str(part) for part in parts if part)


def _websockets(verdicts: Verdicts, evidence: Evidence, service: dict[str, t.Any]) -> None:
    groups = by_url(own_sockets(evidence, service))
    if not groups:
        _none_opened(verdicts, evidence)
        return
    watched = float((evidence.get("page") or {}).get("watched_ms") or 0.0)
    rows = [(_handshake(attempts, watched), url, attempts) for url, attempts in groups.items()]
    # Whoever looks at the first result only is to see the worst.
    rows.sort(key=lambda row: (FAIL, WARN, UNKNOWN, PASS).index(row[0][0]))
    for (status, summary), url, attempts in rows:
        verdicts.add(
            "browser.websocket",
            status,
            summary,
            instance=url,
            expected="101 Switching Protocols",
            actual=[outcome(entry) for entry in attempts][:8],
            evidence=[line for entry in _telling(attempts) for line in socket_lines(entry)],
        )
    for url, attempts in groups.items():
        _data(verdicts, url, [entry for entry in attempts if outcome(entry) == "open"], watched)


def _none_opened(verdicts: Verdicts, evidence: Evidence) -> None:
    others = len(evidence.get("sockets") or ())
    what = (
        "none of the page's %d WebSockets leads to the service" % others if others else "the page opened no WebSocket"
    )
    summary = "not observed: %s within %s s" % (what, evidence.get("stay_s"))
    remedy = "name a page that connects without a login, or raise chromium.stay"
    verdicts.add("browser.websocket", UNKNOWN, summary, remediation=[remedy])
    verdicts.add("browser.data", SKIP, "the page opened no WebSocket of the service")


def _telling(attempts: list[Socket]) -> list[Socket]:
    """The attempts to show: the first that failed, and the last."""
    bad = [entry for entry in attempts if outcome(entry) not in ("open", "given-up")]
    return [*bad[:1], attempts[-1]] if bad and bad[0] is not attempts[-1] else attempts[-1:]


def _handshake(attempts: list[Socket], watched: float) -> tuple[str, str]:
    """Status and summary of all attempts at one URL."""
    became = [outcome(entry) for entry in attempts]
    bad = [entry for entry, name in zip(attempts, became, strict=True) if name not in ("open", "given-up")]
    if "open" in became and not bad:
        summary = words(attempts[became.index("open")])
        if "given-up" in became:
            summary += "; the page gave up %d before it was answered" % became.count("given-up")
        return PASS, summary
    if "open" in became:
        return WARN, "%d of %d attempts opened; else: %s" % (became.count("open"), len(became), words(bad[0], watched))
    if not bad:
        return WARN, "the page gave up every attempt before it was answered"
    if became[-1] == "pending" and watched - (attempts[-1].get("at_ms") or 0) < _MUTE:
        return UNKNOWN, "not observed: %s, then the time to stay was over" % words(attempts[-1], watched)
    raw = next((entry["raw"] for entry in attempts if entry.get("raw")), None)
    asked = "; asked again raw: %s" % outcome_words(raw) if raw else ""
    return FAIL, "%s: %s%s" % (bad[-1].get("url"), words(bad[-1], watched), asked)


def _data(verdicts: Verdicts, url: str, opened: list[Socket], watched: float) -> None:
    if not opened:
        verdicts.add("browser.data", UNKNOWN, "not observed: see browser.websocket", instance=url)
        return
    bad = [entry for entry in opened if ended_badly(entry)]
    chosen = bad[0] if bad else max(opened, key=lambda entry: _frames(entry, "sent") + _frames(entry, "received"))
    sent, received = _frames(chosen, "sent"), _frames(chosen, "received")
    counts = "frames: %d sent, %d received" % (sent, received)
    fields: dict[str, t.Any] = {"instance": url, "actual": {"sent": sent, "received": received}}
    fields["evidence"] = socket_lines(chosen)
    if bad:
        after = ((chosen.get("closed_ms") or 0) - (chosen.get("answered_ms") or 0)) / 1000.0
        summary = "%s, %.1f s after it opened (%s)" % (ended_badly(chosen), after, counts)
        verdicts.add("browser.data", FAIL, summary, expected="an open connection, or a normal closure", **fields)
    elif sent and not received:
        quiet = max(0.0, watched - ((chosen.get("sent") or {}).get("first") or [{}])[0].get("at_ms", watched))
        verdicts.add("browser.data", WARN, "%s within %.1f s: nothing answers" % (counts, quiet / 1000.0), **fields)
    elif sent or received:
        verdicts.add("browser.data", PASS, counts, **fields)
    else:
        verdicts.add("browser.data", SKIP, "open, and neither side said anything while the page was watched", **fields)


def _frames(entry: Socket, direction: str) -> int:
    return int((entry.get(direction) or {}).get("frames") or 0)


def _console(verdicts: Verdicts, evidence: Evidence, service: dict[str, t.Any]) -> None:
    errors, others = console_errors(evidence, service)
    lines = [evidence_line(_place(entry), str(entry.get("text"))) for entry in (errors + others)[:6]]
    if errors:
        summary = "%d about the WebSocket: %s" % (len(errors), errors[0].get("text"))
        verdicts.add("browser.console", FAIL, summary, expected="no error", evidence=lines)
    elif others:
        summary = "%d uncaught: %s" % (len(others), others[0].get("text"))
        verdicts.add("browser.console", WARN, summary, expected="no error", evidence=lines)
    else:
        verdicts.add("browser.console", PASS, "no error about the WebSocket, no uncaught exception")


def _place(entry: dict[str, t.Any]) -> str:
    where = "%s:%s" % (entry["url"], (entry.get("line") or 0) + 1) if entry.get("url") else str(entry.get("from"))
    return "console, %s" % where


def console_errors(
    evidence: Evidence, service: dict[str, t.Any]
) -> tuple[list[dict[str, t.Any]], list[dict[str, t.Any]]]:
    """Entries of the console about the service's WebSocket (or Socket.IO's polling for it), and other exceptions that nobody
    caught.
    """
    own = by_url(own_sockets(evidence, service))
    about, others = [], []
    for entry in evidence.get("console") or ():
        text, named = str(entry.get("text")), _URL.search(str(entry.get("text")))
        if entry.get("level") != "error":
            continue
        if _ABOUT.search(text):
            # Another site's WebSocket is another site's affair.
            if named is None or any(_is_named(url, named.group()) for url in own):
                about.append(entry)
        elif _about_polling(text, service):
            about.append(entry)
        elif entry.get("source") == "exception":
            others.append(entry)
    return about, others


def _is_named(url: str, name: str) -> bool:
    """Whether a text that may be cut names a URL."""
    whole, cut, _rest = name.partition("…")
    return url.startswith(whole) if cut else url == name.rstrip(".,;")


def _about_polling(text: str, service: dict[str, t.Any]) -> bool:
    """Whether CORS keeps a page from polling the service, which clients of Socket.IO do before they open a WebSocket."""
    if "transport=polling" not in text or "CORS" not in text:
        return False
    public = str(service.get("public_url") or "").partition("://")[2].partition("/")[0]
    return ":%s/" % service.get("port") in text or bool(public and "//%s/" % public in text)


def mixed_sockets(evidence: Evidence, service: dict[str, t.Any]) -> list[Socket]:
    """The service's WebSockets that an https page may not open because they are not in TLS."""
    return [entry for entry in own_sockets(evidence, service) if INSECURE in str(entry.get("thrown"))]


def _mixed_content(verdicts: Verdicts, evidence: Evidence, service: dict[str, t.Any]) -> None:
    if page_url(evidence).scheme != "wss":
        verdicts.add("browser.mixed_content", SKIP, "the page is not served by https")
        return
    own = mixed_sockets(evidence, service)
    loaded = [entry for entry in evidence.get("issues") or () if entry.get("kind") == "mixed"]
    lines = [line for entry in own[:3] for line in socket_lines(entry)]
    lines += [
        evidence_line("mixed content", "%s (%s)" % (entry.get("url"), entry.get("blocked"))) for entry in loaded[:3]
    ]
    if own:
        summary = "an https page may not open %s" % own[0]["url"]
        verdicts.add("browser.mixed_content", FAIL, summary, expected="wss://", evidence=lines)
    elif loaded:
        summary = "the https page asks for %s in clear" % loaded[0].get("url")
        verdicts.add("browser.mixed_content", WARN, summary, evidence=lines)
    else:
        verdicts.add("browser.mixed_content", PASS, "nothing in clear on an https page")


def blocked_by_policy(evidence: Evidence, service: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Reports of the page's Content Security Policy about WebSockets of the service."""
    own = by_url(own_sockets(evidence, service))
    reports = [entry for entry in evidence.get("issues") or () if entry.get("kind") == "csp"]
    return [entry for entry in reports if entry.get("url") in own or _same_place(entry.get("url"), own)]


def _same_place(url: t.Any, own: t.Iterable[str]) -> bool:
    """A report names a URL without its query, or a redirect's origin alone."""
    where = dialled(url)
    return where.scheme in ("ws", "wss") and any(dialled(entry)[:4] == where for entry in own)


def _csp(verdicts: Verdicts, evidence: Evidence, service: dict[str, t.Any]) -> None:
    reports = blocked_by_policy(evidence, service)
    blocking = [entry for entry in reports if not entry.get("report_only")]
    lines = [
        evidence_line("console", str(entry.get("text")))
        for entry in evidence.get("console") or ()
        if entry.get("source") == "security" and "Content Security Policy" in str(entry.get("text"))
    ]
    lines += [evidence_line("page", "%s: %s" % tuple(pair)) for pair in policies(evidence)]
    if blocking:
        summary = "%s of the page's policy blocks %s" % (blocking[0].get("directive"), blocking[0].get("url"))
        verdicts.add("browser.csp", FAIL, summary, actual=blocking[0].get("directive"), evidence=lines[:6])
    elif reports:
        summary = "a policy that only reports would block %s (%s)" % (
            reports[0].get("url"),
            reports[0].get("directive"),
        )
        verdicts.add("browser.csp", WARN, summary, evidence=lines[:6])
    else:
        verdicts.add("browser.csp", PASS, "no policy blocks a WebSocket of the service")


def policies(evidence: Evidence) -> list[list[str]]:
    """The page's headers that carry a policy."""
    headers = (evidence.get("page") or {}).get("headers") or []
    return [pair for pair in headers if str(pair[0]).lower().startswith("content-security-policy")]


def certificate_errors(evidence: Evidence, service: dict[str, t.Any]) -> list[tuple[str, str]]:
    """URLs whose TLS the browser refuses, and Chromium's name of the reason."""
    page = evidence.get("page") or {}
    # Where a page did not load, Chromium shows one of its own.
    url = str(page.get("url") or "")
    entries = [(url if url.startswith("http") else "the page", str(page.get("error") or ""))]
    entries += [(str(entry.get("url")), str(entry.get("error") or "")) for entry in own_sockets(evidence, service)]
    found = [(url, match.group()) for url, error in entries for match in [_CERTIFICATE.search(error)] if match]
    return list(dict.fromkeys(found))


def _certificate(verdicts: Verdicts, evidence: Evidence, service: dict[str, t.Any]) -> None:
    errors, page = certificate_errors(evidence, service), evidence.get("page") or {}
    seen = page.get("certificate") or {}
    secure = [entry for entry in own_sockets(evidence, service) if dialled(entry.get("url")).scheme == "wss"]
    opened = [entry for entry in secure if outcome(entry) == "open"]
    if errors:
        url, reason = errors[0]
        lines = [evidence_line(where, text) for where, text in errors]
        verdicts.add("browser.certificate", FAIL, "%s for %s" % (reason, url), actual=reason, evidence=lines)
    elif seen or opened:
        until = " of %s, by %s" % (seen.get("subject"), seen.get("issuer")) if seen else ""
        parts = ["the page's certificate%s" % until] if seen else []
        parts += ["that of %s" % opened[0]["url"]] if opened else []
        verdicts.add("browser.certificate", PASS, "trusted: " + " and ".join(parts), actual=seen or None)
    elif secure:
        verdicts.add("browser.certificate", UNKNOWN, "not observed: no wss:// connection got as far as TLS")
    else:
        verdicts.add("browser.certificate", SKIP, "neither the page nor its WebSocket uses TLS")
