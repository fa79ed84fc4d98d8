# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist items 9, 10 and 12: the page in a real browser."""

from __future__ import annotations

import typing as t

from ...module_utils._protocol.web_url import dialled
from .._evidence.browser import (
    MUTE,
    blocked_by_policy,
    by_url,
    certificate_errors,
    console_errors,
    ended_badly,
    mixed_sockets,
    outcome,
    own_sockets,
    page_url,
    policies,
    socket_lines,
    words,
)
from .._evidence.websocket import outcome_words
from .._model import (
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

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.browser import Browser, ConsoleEntry, Page, PageSocket
    from ...module_utils._evidence.service import Service
    from .fields import Fields

DEFINITIONS = (
    CheckDefinition(
        "browser.page",
        "9",
        "The page opens in a browser",
        "high",
        "Fails when it cannot be loaded or the server answers with an error; warns when one of its scripts cannot be loaded, or the process "
        "of one of its frames crashes.",
    ),
    CheckDefinition(
        "browser.websocket",
        "9",
        "The page's WebSockets are answered with 101",
        "critical",
        "One result for each URL that belongs to the service. Fails when none of the attempts opens, warns when some do not; "
        "a connection that the page itself abandons before another one opens is no fault. Unknown if the page opens none.",
    ),
    CheckDefinition(
        "browser.data",
        "9",
        "Frames flow both ways, and the connection stays open",
        "high",
        "Fails when a connection ends other than by a normal closure, warns when what the page sends gets no answer.",
    ),
    CheckDefinition(
        "browser.console",
        "10",
        "The console has no errors about the WebSocket",
        "high",
        "Fails on errors of the service's WebSockets, ECONNREFUSED and exceptions about them; warns about other uncaught "
        "exceptions. Other sites' WebSockets, missing icons and connections that the page itself abandoned do not count.",
    ),
    CheckDefinition(
        "browser.mixed_content",
        "12",
        "An https page opens wss:// and loads nothing over plain HTTP",
        "critical",
        "Fails on a ws:// of the service on an https page, warns about other content without TLS. Skipped on an http page.",
    ),
    CheckDefinition(
        "browser.csp",
        "10",
        "The page's Content Security Policy lets it connect",
        "critical",
        "Fails when the policy blocks a WebSocket of the service, warns when a report-only policy would.",
    ),
    CheckDefinition(
        "browser.certificate",
        "12",
        "The browser trusts the certificates",
        "critical",
        "Those of the page and of its wss:// connections. Skipped if neither uses TLS.",
    ),
)


def check(evidence: Browser, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``browser_probe``.

    :returns: one result for every definition; for WebSockets, one for each URL.
    """
    verdicts = Verdicts(DEFINITIONS, evidence, "browser")
    hidden = gap(evidence, "browser")
    if evidence.get("skip"):
        verdicts.rest(SKIP, str(evidence["skip"]))
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
            # What the web server shows instead is not the page that was meant.
            verdicts.rest(UNKNOWN, "not observed: the server answers with an error, see browser.page")
            return verdicts.results
        _websockets(verdicts, evidence, service)
        _console(verdicts, evidence, service)
        _mixed_content(verdicts, evidence, service)
        _csp(verdicts, evidence, service)
    return verdicts.results


# -- what belongs to the service ---------------------------------------------------------------------------------------


# -- what became of them -----------------------------------------------------------------------------------------------


# -- the checks --------------------------------------------------------------------------------------------------------


def _page(verdicts: Verdicts, evidence: Browser) -> None:
    page = evidence.get("page") or {}
    url, status = str(page.get("url") or ""), page.get("status")
    fields: Fields = {"instance": url, "actual": page.get("error") or status}
    fields["evidence"] = [evidence_line(str(evidence.get("browser") or "browser"), _page_text(page))]
    failed = [entry for entry in evidence.get("failed") or () if isinstance(entry, dict)]
    scripts = [entry for entry in failed if entry.get("kind") == "Script"]
    crashed = [entry for entry in failed if entry.get("crashed")]
    if page.get("error"):
        verdicts.add("browser.page", FAIL, "the page does not load: %s" % page["error"], **fields)
    elif not url or url == "about:blank":
        verdicts.add("browser.page", FAIL, "the page did not answer in time", **fields)
    elif isinstance(status, int) and status >= 400:
        verdicts.add("browser.page", FAIL, "the server answers %d" % status, expected="200", **fields)
    elif crashed:
        gone = crashed[0]
        summary = "part of the page crashed: %s %s: %s" % (gone.get("kind"), gone.get("url"), gone.get("error"))
        verdicts.add("browser.page", WARN, summary, **fields)
    elif scripts:
        first = scripts[0]
        summary = "a script of the page does not load: %s (%s)" % (first["url"], first["error"] or first["status"])
        verdicts.add("browser.page", WARN, summary, **fields)
    else:
        loaded = page.get("loaded_ms")
        summary = "loaded in %.0f ms" % loaded if loaded is not None else "still loading when time ran out"
        short = gap(evidence, "stay")
        if short:
            summary += "; %s" % short["reason"]
            fields["remediation"] = [short["remedy"]]
        verdicts.add("browser.page", PASS, ("%s %s" % (status or "", summary)).strip(), **fields)


def _page_text(page: Page) -> str:
    address = "%s port %s" % (page["address"], page.get("port")) if page.get("address") else ""
    parts = (page.get("url"), page.get("status"), page.get("error"), address, page.get("protocol"))
    return ", ".join(str(part) for part in parts if part)


def _websockets(verdicts: Verdicts, evidence: Browser, service: Service) -> None:
    groups = by_url(own_sockets(evidence, service))
    if not groups:
        _none_opened(verdicts, evidence)
        return
    watched = float((evidence.get("page") or {}).get("watched_ms") or 0.0)
    rows = [(_handshake(attempts, watched), url, attempts) for url, attempts in groups.items()]
    # Someone who only looks at the first result should see the worst.
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


def _none_opened(verdicts: Verdicts, evidence: Browser) -> None:
    others = len(evidence.get("sockets") or ())
    what = (
        "none of the page's %d WebSockets connects to the service" % others
        if others
        else "the page opened no WebSocket"
    )
    summary = "not observed: %s within %s s" % (what, evidence.get("stay_s"))
    remedy = "use a page that connects without a login, or raise chromium.stay"
    verdicts.add("browser.websocket", UNKNOWN, summary, remediation=[remedy])
    verdicts.add("browser.data", SKIP, "the page opened no WebSocket of the service")


def _telling(attempts: list[PageSocket]) -> list[PageSocket]:
    """The attempts to show: the first failed one, and the last."""
    bad = [entry for entry in attempts if outcome(entry) not in ("open", "given-up")]
    return [*bad[:1], attempts[-1]] if bad and bad[0] is not attempts[-1] else attempts[-1:]


def _handshake(attempts: list[PageSocket], watched: float) -> tuple[str, str]:
    """Status and summary of all attempts at one URL."""
    became = [outcome(entry) for entry in attempts]
    bad = [entry for entry, name in zip(attempts, became, strict=True) if name not in ("open", "given-up")]
    if "open" in became and not bad:
        summary = words(attempts[became.index("open")])
        if "given-up" in became:
            summary += "; the page abandoned %d before an answer came" % became.count("given-up")
        return PASS, summary
    if "open" in became:
        return WARN, "%d of %d attempts opened; otherwise: %s" % (
            became.count("open"),
            len(became),
            words(bad[0], watched),
        )
    if not bad:
        return WARN, "the page abandoned every attempt before an answer came"
    if became[-1] == "pending" and watched - (attempts[-1].get("at_ms") or 0) < MUTE:
        return UNKNOWN, "not observed: %s, then chromium.stay was over" % words(attempts[-1], watched)
    raw = next((entry["raw"] for entry in attempts if entry.get("raw")), None)
    asked = "; repeated outside the browser: %s" % outcome_words(raw) if raw else ""
    return FAIL, "%s: %s%s" % (bad[-1].get("url"), words(bad[-1], watched), asked)


def _data(verdicts: Verdicts, url: str, opened: list[PageSocket], watched: float) -> None:
    if not opened:
        verdicts.add("browser.data", UNKNOWN, "not observed: see browser.websocket", instance=url)
        return
    bad = [entry for entry in opened if ended_badly(entry)]
    chosen = bad[0] if bad else max(opened, key=lambda entry: _frames(entry, "sent") + _frames(entry, "received"))
    sent, received = _frames(chosen, "sent"), _frames(chosen, "received")
    counts = "frames: %d sent, %d received" % (sent, received)
    fields: Fields = {"instance": url, "actual": {"sent": sent, "received": received}}
    fields["evidence"] = socket_lines(chosen)
    if bad:
        after = ((chosen.get("closed_ms") or 0) - (chosen.get("answered_ms") or 0)) / 1000.0
        summary = "%s, %.1f s after it opened (%s)" % (ended_badly(chosen), after, counts)
        verdicts.add("browser.data", FAIL, summary, expected="an open connection, or a normal closure", **fields)
    elif sent and not received:
        quiet = max(0.0, watched - ((chosen.get("sent") or {}).get("first") or [{}])[0].get("at_ms", watched))
        verdicts.add("browser.data", WARN, "%s within %.1f s: no answer" % (counts, quiet / 1000.0), **fields)
    elif sent or received:
        verdicts.add("browser.data", PASS, counts, **fields)
    else:
        verdicts.add("browser.data", SKIP, "open, but neither side sent anything while the page was watched", **fields)


def _frames(entry: PageSocket, direction: t.Literal["sent", "received"]) -> int:
    return int((entry.get(direction) or {}).get("frames") or 0)


def _console(verdicts: Verdicts, evidence: Browser, service: Service) -> None:
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


def _place(entry: ConsoleEntry) -> str:
    where = "%s:%s" % (entry["url"], (entry.get("line") or 0) + 1) if entry.get("url") else str(entry.get("from"))
    return "console, %s" % where


def _mixed_content(verdicts: Verdicts, evidence: Browser, service: Service) -> None:
    if page_url(evidence).scheme != "wss":
        verdicts.add("browser.mixed_content", SKIP, "the page is not served over https")
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
        summary = "the https page loads %s over plain HTTP" % loaded[0].get("url")
        verdicts.add("browser.mixed_content", WARN, summary, evidence=lines)
    else:
        verdicts.add("browser.mixed_content", PASS, "an https page that loads nothing over plain HTTP")


def _csp(verdicts: Verdicts, evidence: Browser, service: Service) -> None:
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
        summary = "a report-only policy would block %s (%s)" % (
            reports[0].get("url"),
            reports[0].get("directive"),
        )
        verdicts.add("browser.csp", WARN, summary, evidence=lines[:6])
    else:
        verdicts.add("browser.csp", PASS, "no policy blocks a WebSocket of the service")


def _certificate(verdicts: Verdicts, evidence: Browser, service: Service) -> None:
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
