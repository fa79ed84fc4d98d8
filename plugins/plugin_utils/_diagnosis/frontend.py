# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the front end, told from its files and from the page that is served: layer browser of the failure catalogue."""

from __future__ import annotations

import typing as t

from .._evidence.content_security_policy import allowance
from .._evidence.frontend import Finding, Problem, View, dialled_elsewhere, differing, host_kind, place_words
from .facts import Facts
from .rule import Match

_AGAIN = "reload the page without its cache and look at the WebSockets in the browser's developer tools"


def _views(facts: Facts) -> list[View]:
    """The front end as it is deployed and as it is served, as far as either was seen."""
    evidence = facts.evidence.get("frontend") or {}
    seen = [evidence.get("root"), evidence.get("page")]
    return [View(entry, facts.service) for entry in seen if isinstance(entry, dict) and not entry.get("unknown")]


def problems_of(facts: Facts, find: t.Callable[[View], list[Problem]]) -> list[Problem]:
    """The same problem in both is one."""
    found: dict[str, Problem] = {}
    for view in _views(facts):
        for problem in find(view):
            found.setdefault(problem.words, problem)
    return sorted(found.values(), key=lambda problem: not problem.sure)


def _seen(problems: list[Problem]) -> list[str]:
    return ["%s: %s" % (place_words(problem.finding), problem.words) for problem in problems[:4]]


def _at(finding: Finding) -> str:
    """The place where people correct it."""
    original = finding.get("original") or {}
    return "%s:%s" % (original["source"], original["line"]) if original else place_words(finding)


def _match(problems: list[Problem], immediate: str, configuration: str, *more: str) -> Match | None:
    if not problems:
        return None
    return Match(
        "likely" if problems[0].sure else "possible",
        [*_seen(problems), *more],
        immediate=[immediate % _at(problems[0].finding)],
        configuration=[configuration],
        testing=[_AGAIN],
    )


def told_localhost(facts: Facts) -> Match | None:
    """With the place in the source."""
    problems = problems_of(facts, View.hardcoded)
    own = problems and host_kind(str(problems[0].finding.get("host"))) == "loopback"
    return _match(
        problems,
        "derive the URL at %s from window.location, build again and deploy",
        "give the WebSocket's URL to the build as a variable of its environment, one for each stage",
        "a browser on the server itself does not notice" if own else "",
    )


def told_undefined(facts: Facts) -> Match | None:
    """With the place in the source."""
    return _match(
        problems_of(facts, View.lost),
        "set the variable that %s is made of where the front end is built, build again and deploy",
        "let the build stop where the variable is not set: one that is set on the running server changes nothing",
    )


def told_wrong_url(facts: Facts) -> Match | None:
    """With the place in the source."""
    return _match(
        problems_of(facts, View.misdirected),
        "correct port and path at %s, build again and deploy",
        "derive host and port from window.location, and route the path in the proxy",
    )


def told_unsafe_port(facts: Facts) -> Match | None:
    """With the place in the source."""
    return _match(
        problems_of(facts, View.unsafe),
        "dial another port than the one at %s, such as that of the page",
        "let a reverse proxy on port 443 lead to the service",
    )


def told_mixed_content(facts: Facts) -> Match | None:
    """With the place in the source."""
    return _match(
        problems_of(facts, View.insecure),
        "dial wss:// at %s, build again and deploy",
        'derive the scheme: location.protocol === "https:" ? "wss:" : "ws:"',
    )


def forbidding(facts: Facts) -> list[View]:
    """The front end as it is deployed or served, where a policy in it has no source that matches the WebSocket's URL."""
    return [view for view in _views(facts) if view.forbidden()]


def told_csp(facts: Facts) -> Match | None:
    """With the directive, and the source that is missing."""
    for view in forbidding(facts):
        where, directive, url = view.forbidden()[0]
        origin = "/".join(url.split("/")[:3])
        return Match(
            "certain" if "status" in view.seen else "likely",
            ["%s of the page (%s) does not allow %s" % (directive[:300], where, url)],
            immediate=[allowance(directive, origin)],
            configuration=["name the WebSocket's origin with its scheme: neither https: nor a bare host covers wss:"],
            testing=[_AGAIN],
        )
    return None


def served_differently(facts: Facts) -> list[str]:
    """In words, what of the scripts that are served is not as deployed."""
    return differing(facts.evidence.get("frontend") or {})


def told_stale(facts: Facts) -> Match:
    """With the scripts that differ."""
    evidence = facts.evidence.get("frontend") or {}
    changed, page = served_differently(facts), evidence.get("page") or {}
    worker = page.get("service_worker")
    return Match(
        "likely" if dialled_elsewhere(evidence) else "possible",
        [
            *changed[:3],
            "a service worker is registered in %s: browsers may keep the old page even longer" % worker
            if worker
            else "",
        ],
        immediate=["purge %s from the caches in front of it" % page.get("where")],
        configuration=[
            "serve index.html%s with Cache-Control: no-cache, and scripts under names with a hash"
            % (" and the service worker" if worker else "")
        ],
        testing=[_AGAIN],
    )


def clients_of(facts: Facts, names: tuple[str, ...]) -> list[dict[str, t.Any]]:
    """Scripts of the page that load the client of one of these development servers."""
    clients = [entry for view in _views(facts) for entry in view.seen.get("dev_clients") or ()]
    return [entry for entry in clients if entry.get("name") in names]


def told_client_of(*names: str) -> t.Callable[[Facts], Match]:
    """With the places that load the client of one of these development servers."""

    def find(facts: Facts) -> Match:
        found = clients_of(facts, names)
        places = ["%s:%s: client of %s" % (entry.get("file"), entry.get("line"), entry.get("name")) for entry in found]
        return Match(
            "likely",
            list(dict.fromkeys(places))[:4],
            immediate=["build the front end for production and deploy what that writes"],
            configuration=["serve the build's output as files, not the sources, and no development server"],
            testing=[_AGAIN],
        )

    return find
