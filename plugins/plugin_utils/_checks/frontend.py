# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist items 8 and 12: does the deployed front end dial the service, and may it?"""

from __future__ import annotations

import typing as t

from .._evidence.content_security_policy import allowance
from .._evidence.frontend import Problem, View, dialled_elsewhere, differing, place_words, url_words
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
    from ...module_utils._evidence.frontend import FrontEnd, FrontEndSeen
    from ...module_utils._evidence.service import Service

DEFINITIONS = (
    CheckDefinition(
        "frontend.found",
        "8",
        "The front end has code that opens WebSockets",
        "medium",
        "Reports what was read, the libraries in it, and how many places open a WebSocket. Unknown if the served page's scripts have no "
        "such code, since chunks that are loaded later may have it; a warning if the whole root has none.",
    ),
    CheckDefinition(
        "frontend.url",
        "8",
        "The front end connects to the service's port and path",
        "high",
        "Compares fixed ports and paths on the service's host with port, websocket.path, public_url and the page's own address. "
        "Passes as soon as one URL fits: the others may belong to other services. URLs derived from the page's address pass.",
    ),
    CheckDefinition(
        "frontend.hardcoded",
        "8",
        "The front end connects to no development host",
        "critical",
        "Fails for localhost, private addresses, tunnels and container names that are passed to a constructor; a warning if they are only "
        "stored under a telling name, or if the page connects to the service as well. URLs chosen by a condition pass.",
    ),
    CheckDefinition(
        "frontend.host",
        "8",
        "No URL was built from an unset variable",
        "critical",
        "Fails for undefined, null or an unfilled placeholder as host or port.",
    ),
    CheckDefinition(
        "frontend.scheme",
        "12",
        "A page served over https uses wss://",
        "high",
        "Fails for a fixed ws:// in a page served over https. The visitor's own machine is exempt, as in browsers. Skipped if the page is "
        "served over http.",
    ),
    CheckDefinition(
        "frontend.port",
        "8",
        "No URL has a port that browsers block",
        "high",
        "Fails for the bad ports of the Fetch standard, such as 6000 and 10080.",
    ),
    CheckDefinition(
        "frontend.csp",
        "12",
        "The page's Content-Security-Policy allows the WebSocket",
        "high",
        "Looks for public_url and the URLs that the page uses in connect-src (else default-src) of headers and meta elements, as Chromium does.",
    ),
    CheckDefinition(
        "frontend.dev_client",
        "8",
        "No development server's client is deployed",
        "medium",
        "Fails for the clients of vite, webpack-dev-server, Next.js and Parcel, which connect to a server that is not there.",
    ),
    CheckDefinition(
        "frontend.served",
        "8",
        "The served scripts are the deployed ones",
        "medium",
        "Compares the scripts of the root's index.html with those of the page. A warning if they differ, a failure if they connect "
        "elsewhere. Skipped unless both are known.",
    ),
)

_REMEDIES = {
    "frontend.url": "correct the URL in the front end and rebuild it, or set public_url and websocket.path to the service's own",
    "frontend.hardcoded": "derive the URL from window.location, or set the production URL before the build",
    "frontend.host": "set the variable where the front end is built (VITE_…, NEXT_PUBLIC_…, REACT_APP_…), and rebuild",
    "frontend.scheme": "use wss://, or derive the scheme from location.protocol",
    "frontend.port": "put the service behind a port that browsers allow, such as 443",
}


def check(evidence: FrontEnd, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``frontend_probe``, with the served page under ``page``.

    :returns: one result of each check for the root (vantage ``host``), and one for the page (``public``).
    """
    options = service.get("frontend") or {}
    results: list[CheckResult] = []
    if options.get("root") or not options.get("url"):
        results += _of_root(evidence, service)
    if options.get("url"):
        results += _of_page(evidence, service)
    return results


def _of_root(evidence: FrontEnd, service: Service) -> list[CheckResult]:
    verdicts = Verdicts(DEFINITIONS, evidence)
    if not (service.get("frontend") or {}).get("root"):
        verdicts.rest(SKIP, "no front end is configured (frontend.url, frontend.root)")
    elif not verdicts.not_observed():
        seen = evidence.get("root")
        missing = gap(evidence, "root")
        if not isinstance(seen, dict):
            reason = missing or {"reason": "the root was not read", "remedy": "set frontend.root"}
            first, others = (WARN, SKIP) if is_absent(missing) else (UNKNOWN, UNKNOWN)
            verdicts.add("frontend.found", first, reason["reason"], remediation=[reason["remedy"]])
            verdicts.rest(others, "not observed: see frontend.found")
        else:
            _judge(verdicts, View(seen, service), evidence, gap(evidence, "rest"))
    return verdicts.results


def _of_page(evidence: FrontEnd, service: Service) -> list[CheckResult]:
    # Neither the duration nor a failure of the host's probe counts here.
    verdicts = Verdicts(DEFINITIONS, {}, vantage="public")
    page = evidence.get("page")
    seen: FrontEndSeen = page if isinstance(page, dict) else {"unknown": "the page was not fetched"}
    if seen.get("unknown"):
        reason, status = seen["unknown"], seen.get("status")
        if seen.get("refused") or (isinstance(status, int) and (status == 404 or status >= 500)):
            verdicts.add(
                "frontend.found",
                FAIL,
                "%s: %s" % (seen.get("where"), reason),
                remediation=["start the web server, or correct frontend.url"],
            )
        verdicts.rest(
            UNKNOWN,
            "not observed: %s" % reason,
            remediation=["check that frontend.url is right, and reachable from the controller"],
        )
    else:
        _judge(verdicts, View(seen, service), evidence, None)
    return verdicts.results


def _judge(verdicts: Verdicts, view: View, evidence: FrontEnd, rest: dict[str, str] | None) -> None:
    """All checks of one vantage.

    :param rest: why some of it was not read: then nothing passes.
    """
    _found(verdicts, view)
    tables = {
        "frontend.url": view.misdirected(),
        "frontend.hardcoded": view.hardcoded(),
        "frontend.host": view.lost(),
        "frontend.scheme": view.insecure(),
        "frontend.port": view.unsafe(),
    }
    astray = _leads_nowhere(view)
    for check_id, problems in tables.items():
        if problems:
            _wrong(verdicts, check_id, problems)
        elif check_id == "frontend.scheme" and not view.is_https:
            words = (
                "the page is served over http"
                if view.is_https is False
                else "whether the page is served over https is not known"
            )
            verdicts.add(check_id, SKIP, words)
        elif rest is not None:
            verdicts.add(check_id, UNKNOWN, "not observed: %s" % rest["reason"], remediation=[rest["remedy"]])
        elif check_id == "frontend.url" and astray:
            words = "none of the %d URLs is on the service's host: %s" % (len(view.used()), astray)
            verdicts.add(check_id, UNKNOWN, words, remediation=[_REMEDIES[check_id]])
        else:
            verdicts.add(check_id, PASS, _right(check_id, view))
    _policy(verdicts, view)
    _dev_client(verdicts, view)
    _served(verdicts, evidence, view)


def _found(verdicts: Verdicts, view: View) -> None:
    seen = view.seen
    libraries = ", ".join(sorted(seen.get("libraries") or ()))
    dialling = view.used("dialled", "conditional")
    read = "%d files, %d KiB" % (seen.get("files") or 0, (seen.get("bytes") or 0) // 1024)
    lines = [evidence_line(place_words(finding), str(finding.get("text"))) for finding in view.findings[:8]]
    missing = seen.get("missing") or []
    if missing:
        words = "%d scripts of the page are not served: %s" % (len(missing), ", ".join(missing[:3]))
        verdicts.add(
            "frontend.found", WARN, words, evidence=lines, remediation=["deploy the page together with its scripts"]
        )
    elif view.findings or libraries:
        places = "%d constructor%s" % (len(dialling), "" if len(dialling) == 1 else "s") if dialling else ""
        what = " and ".join(part for part in (places, libraries) if part) or "schemes derived from the page's"
        verdicts.add("frontend.found", PASS, "%s in %s" % (what, read), evidence=lines)
    elif "status" in seen:
        verdicts.add(
            "frontend.found",
            UNKNOWN,
            "nothing in the page and its scripts opens a WebSocket (%s); what is loaded later was not seen" % read,
            remediation=["set frontend.root, so that all chunks are read"],
        )
    else:
        remedy = "set frontend.root to the directory of the built front end"
        verdicts.add("frontend.found", WARN, "nothing in the root opens a WebSocket (%s)" % read, remediation=[remedy])


def _wrong(verdicts: Verdicts, check_id: str, problems: list[Problem]) -> None:
    sure = [problem for problem in problems if problem.sure]
    first = (sure or problems)[0]
    more = " (and %d more)" % (len(problems) - 1) if len(problems) > 1 else ""
    lines = [
        evidence_line(place_words(entry.finding), str(entry.finding.get("text"))) for entry in (*sure, *problems)[:8]
    ]
    verdicts.add(
        check_id,
        FAIL if sure else WARN,
        first.words + more,
        evidence=list({line["source"]: line for line in lines}.values()),
        actual=[problem.words for problem in problems[:10]],
        remediation=[_REMEDIES[check_id]],
    )


def _right(check_id: str, view: View) -> str:
    if check_id != "frontend.url":
        return "none of the URLs (%d)" % len(view.used())
    own = [finding for finding in view.used() if view.is_own(finding)]
    derived = sum(finding.get("kind") == "derived" or finding.get("host_from") == "page" for finding in view.findings)
    if own:
        return "%d of %d URLs are on the service's host, and fit %s" % (
            len(own),
            len(view.used()),
            view.expected() or "it",
        )
    return "no fixed URL is on the service's host; %d are derived from the page's address" % derived


def _leads_nowhere(view: View) -> str:
    """The first URL of a front end none of whose URLs is the service's; empty: one may be."""
    derived = any(
        finding.get("kind") == "derived" or finding.get("host_from") != "literal" for finding in view.findings
    )
    dialled = view.used("dialled")
    own = any(view.is_own(finding) for finding in view.used())
    return url_words(dialled[0]) if dialled and not own and not derived else ""


def _policy(verdicts: Verdicts, view: View) -> None:
    policies = view.seen.get("policies") or []
    if not policies:
        headers = "" if "status" in view.seen else " in its files; headers can only be seen at frontend.url"
        verdicts.add("frontend.csp", PASS, "no Content-Security-Policy%s" % headers)
        return
    if view.page is None:
        verdicts.add("frontend.csp", SKIP, "it is not known where the page is served: set frontend.url")
        return
    forbidden = view.forbidden()
    if forbidden:
        where, directive, url = forbidden[0]
        verdicts.add(
            "frontend.csp",
            FAIL,
            "%s forbids %s (%s)" % (directive[:200], url, where),
            evidence=[evidence_line(source, text[:300]) for source, text, _url in forbidden[:4]],
            expected=url,
            actual=directive[:300],
            remediation=[allowance(directive, "/".join(url.split("/")[:3]))],
        )
    else:
        targets = len(view.targets())
        verdicts.add("frontend.csp", PASS, "%d policies allow %d URLs" % (len(policies), targets))


def _dev_client(verdicts: Verdicts, view: View) -> None:
    clients = view.seen.get("dev_clients") or []
    if not clients:
        verdicts.add("frontend.dev_client", PASS, "none")
        return
    names = ", ".join(sorted({str(entry.get("name")) for entry in clients}))
    verdicts.add(
        "frontend.dev_client",
        FAIL,
        "the development client of %s is in %s" % (names, clients[0].get("file")),
        evidence=[
            evidence_line("%s:%s" % (entry.get("file"), entry.get("line")), "client of %s" % entry.get("name"))
            for entry in clients[:6]
        ],
        actual=names,
        remediation=["deploy what the production build writes (vite build, next build, webpack --mode production)"],
    )


def _served(verdicts: Verdicts, evidence: FrontEnd, view: View) -> None:
    root, page = evidence.get("root") or {}, evidence.get("page") or {}
    if "status" not in view.seen:
        verdicts.add("frontend.served", SKIP, "compared for the served page, if frontend.url is set")
        return
    if not root.get("scripts") or not page.get("scripts"):
        verdicts.add(
            "frontend.served",
            SKIP,
            "the comparison needs the scripts of both frontend.url and frontend.root's index.html",
        )
        return
    changed = differing(evidence)
    if not changed:
        verdicts.add("frontend.served", PASS, "the page's scripts are the root's")
        return
    other = dialled_elsewhere(evidence)
    words = changed[0] + ("; it connects elsewhere" if other else "")
    verdicts.add(
        "frontend.served",
        FAIL if other else WARN,
        words,
        evidence=[evidence_line(str(page.get("where")), line) for line in changed[:5]],
        remediation=[
            "purge the caches in front of the page, and make sure that index.html is served with Cache-Control: no-cache"
        ],
    )
