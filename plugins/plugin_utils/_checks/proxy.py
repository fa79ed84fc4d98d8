# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist item 11: does the reverse proxy on the host forward the URL to the service, with all that a WebSocket needs?"""

from __future__ import annotations

import typing as t

from .._evidence.proxy import (
    AN_ERROR,
    TROUBLE,
    about_url,
    address_words,
    asked_proxy,
    backends_seen,
    effective_route,
    fix_lines,
    hardcoded,
    is_recent,
    location_words,
    name_of,
    nobody_at_url,
    old_workers,
    own_errors,
    passes_upgrade,
    place,
    setting,
    url_is_guess,
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
    is_number,
)
from .websocket import polling

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.proxy import BackEnd, Proxy, ProxySeen, Route, Stranger, UpstreamAddress, Workers
    from ...module_utils._evidence.service import Service
    from ...module_utils._evidence.websocket import HandshakeSeen, Hold

DEFINITIONS = (
    CheckDefinition(
        "proxy.found",
        "11",
        "A reverse proxy on the host forwards to the service",
        "high",
        "Fails when the inventory says exposure: proxied, but no proxy on the host forwards to the service; and when public_url"
        " names a port of this host on which nothing listens.",
    ),
    CheckDefinition(
        "proxy.config",
        "11",
        "The proxy runs the configuration that is on disk, and it is valid",
        "high",
        "Fails when a reload would be refused, as far as the files show; warns when files are newer than the running workers,"
        " or differ from what the program reports as loaded.",
    ),
    CheckDefinition(
        "proxy.route",
        "11",
        "The public URL is routed to the service",
        "critical",
        "Fails when the effective server and location answer the URL themselves or forward it elsewhere.",
    ),
    CheckDefinition(
        "proxy.upgrade",
        "11",
        "The proxy passes on Upgrade and Connection",
        "critical",
        "Fails when the effective location does not pass both headers and the handshake through the proxy is refused.",
    ),
    CheckDefinition(
        "proxy.upstream",
        "11",
        "Something listens where the proxy connects",
        "critical",
        "Fails when none of the effective upstream's addresses on this host has a listener.",
    ),
    CheckDefinition(
        "proxy.backend",
        "11",
        "The back end accepts a handshake that bypasses the proxy",
        "critical",
        "Tested from the proxy's host if the back end is on another host, or if the service's port is the proxy's own;"
        " fails if nothing is reached, and for anything but a valid 101. Skipped where websocket.handshake tests the"
        " same.",
    ),
    CheckDefinition(
        "proxy.log",
        "11",
        "The proxy's error log has no trouble with the service",
        "medium",
        "Fails where the handshake through the proxy is not accepted and its log says why, whatever the words; warns about"
        " known lines since the proxy's master process started: refused, denied or silent upstreams, limits.",
    ),
    CheckDefinition(
        "proxy.handshake",
        "11",
        "A handshake through the proxy is accepted",
        "critical",
        "Tried on the host, with the public Host, Origin and SNI; fails for anything but a valid 101.",
    ),
    CheckDefinition(
        "proxy.origin",
        "11",
        "The answer is the same with and without an Origin",
        "high",
        "Fails when only the handshake with the page's Origin is refused: then browsers fail, and other clients do not.",
    ),
    CheckDefinition(
        "proxy.idle",
        "11",
        "An idle connection through the proxy is kept",
        "high",
        "Fails when the connection was cut before the seconds of websocket.hold; skipped where hold is not set.",
    ),
    CheckDefinition(
        "proxy.polling",
        "11",
        "Socket.IO polling works through the proxy, and its sessions are known",
        "high",
        "Only for Socket.IO. Warns when a session is unknown on its second request: the proxy sent it to another server.",
    ),
)

_DAY = 86400.0
#: What the proxy is to the service, where that is not simply in front of it.
_ROLES = {
    "port": "; the service's port is its own",
    "elsewhere": " on another host",
}


def check(evidence: Proxy, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``proxy_probe``.

    :returns: exactly one result for every definition.
    """
    verdicts = Verdicts(DEFINITIONS, evidence, vantage="proxy")
    if verdicts.not_observed():
        return verdicts.results
    asked = asked_proxy(evidence)
    if not _found(verdicts, evidence, service):
        return verdicts.results
    _config(verdicts, evidence)
    route = effective_route(evidence)
    _route(verdicts, evidence, service, asked, route)
    _upstream(verdicts, evidence, route)
    _backend(verdicts, evidence)
    _log(verdicts, evidence)
    _handshake(verdicts, evidence)
    _upgrade(verdicts, evidence, route)
    _origin(verdicts, evidence)
    _idle(verdicts, evidence, route)
    polling(verdicts, "proxy.polling", evidence)
    return verdicts.results


def _found(verdicts: Verdicts, evidence: Proxy, service: Service) -> bool:
    """Judge whether there is a proxy at all; the rest is only judged behind one."""
    proxies = evidence.get("proxies") or []
    leading = [entry for entry in proxies if entry.get("leads")]
    unread = [entry for entry in proxies if entry.get("leads") is None]
    proxied = service.get("exposure") == "proxied"
    strangers = [_stranger_words(entry) for entry in evidence.get("strangers") or []]
    lines = [evidence_line("processes and their configuration", _found_words(entry)) for entry in proxies[:4]]
    lines += [evidence_line("processes", words) for words in strangers[:4]]
    if nobody_at_url(evidence):
        _nobody_there(verdicts, evidence, lines)
        return False
    if leading or evidence.get("asked"):
        first = leading[0] if leading else asked_proxy(evidence)
        words = _found_words(first) + _ROLES.get(str(evidence.get("role")), "")
        verdicts.add("proxy.found", PASS, words, evidence=lines, vantage="host")
        return True
    if unread:
        reason = "; ".join(entry["reason"] for entry in unread[0].get("gaps") or () if entry.get("what") == "config")
        remedy = [entry["remedy"] for entry in unread[0].get("gaps") or () if entry.get("what") == "config"]
        summary = "%s runs here; whether it forwards to the service could not be read: %s" % (
            name_of(unread[0]),
            reason,
        )
        verdicts.add("proxy.found", UNKNOWN, summary, remediation=remedy, evidence=lines, vantage="host")
    elif gap(evidence, "owner") is not None:
        hidden = t.cast("dict[str, str]", gap(evidence, "owner"))
        verdicts.add("proxy.found", UNKNOWN, hidden["reason"], remediation=[hidden["remedy"]], vantage="host")
    elif proxied and strangers and not proxies:
        verdicts.add(
            "proxy.found",
            UNKNOWN,
            strangers[0],
            evidence=lines,
            remediation=["run the proxy as root or as the service's user, or check its host as that user"],
            vantage="host",
        )
    elif proxied:
        found = "none runs here" if not proxies else "%s does not" % ", ".join(name_of(entry) for entry in proxies)
        verdicts.add(
            "proxy.found",
            FAIL,
            "exposure is proxied, but no proxy on the host forwards to the service: %s" % found,
            expected="a proxy that forwards to the service",
            evidence=lines,
            remediation=["add the route to the proxy's configuration, or correct exposure"],
            vantage="host",
        )
    else:
        verdicts.add(
            "proxy.found", SKIP, "no proxy on this host forwards to the service", evidence=lines, vantage="host"
        )
    verdicts.rest(SKIP, "not behind a proxy on this host, as far as can be seen")
    return False


def _nobody_there(verdicts: Verdicts, evidence: Proxy, lines: list[dict[str, str]]) -> None:
    """Nobody listens where clients connect to."""
    seen = evidence.get("at_url") or {}
    words = "%s, which public_url names: %s" % (seen.get("address"), outcome_words(seen))
    verdicts.add(
        "proxy.found",
        FAIL,
        words,
        expected="a proxy that listens there",
        actual="nobody",
        evidence=[evidence_line(str(seen.get("address")), words), *lines],
        remediation=["start the proxy, or correct public_url"],
        vantage="host",
    )


def _stranger_words(entry: Stranger) -> str:
    """Why a process that is named like a proxy is not asked for its configuration."""
    return "%s (pid %s) runs as %s, neither root nor the service's user: its configuration is not trusted or read" % (
        entry.get("kind"),
        entry.get("pid"),
        entry.get("user"),
    )


def _found_words(proxy: ProxySeen) -> str:
    ports = ", ".join(str(port) for port in (proxy.get("ports") or [])[:6])
    leads = {True: "forwards to the service", False: "does not forward to the service", None: "not read"}[
        proxy.get("leads")
    ]
    return "%s on port %s, %s: %s" % (name_of(proxy), ports or "none", proxy.get("config") or "configuration", leads)


def _config(verdicts: Verdicts, evidence: Proxy) -> None:
    leading = [entry for entry in evidence.get("proxies") or [] if entry.get("leads")]
    proxy: ProxySeen = asked_proxy(evidence) or (leading[0] if leading else {})
    test, workers = proxy.get("test"), proxy.get("workers") or {}
    missing = gap(proxy, "config")
    if test and not test.get("ok"):
        verdicts.add(
            "proxy.config",
            FAIL,
            "the configuration on disk is refused: %s" % test.get("message"),
            evidence=[evidence_line(str(proxy.get("config")), str(test.get("message")))],
            remediation=["correct it, test it, reload; until then a restart of the proxy would fail"],
        )
    elif missing is not None:
        verdicts.add("proxy.config", UNKNOWN, missing["reason"], remediation=[missing["remedy"]])
    elif old_workers(proxy):
        verdicts.add(
            "proxy.config",
            WARN,
            "%s: open connections stay on an older configuration" % old_workers(proxy),
            remediation=["let clients reconnect now and then, or set worker_shutdown_timeout"],
        )
    elif (newer := _newer_by(workers)) is not None:
        verdicts.add(
            "proxy.config",
            WARN,
            "%s was written %s after the workers started: it is not the running configuration"
            % (workers.get("config_newest"), _span(newer)),
            remediation=["reload the proxy (systemctl reload %s), and read its error log" % proxy.get("kind")],
        )
    elif proxy.get("loaded") is False:
        verdicts.add(
            "proxy.config",
            WARN,
            "%s differs from the running configuration: it was changed and not reloaded, or the running configuration was"
            " changed through the admin API" % proxy.get("config"),
            evidence=[evidence_line("admin API", "the loaded configuration routes URLs differently from the file")],
            remediation=[
                "reload the proxy (systemctl reload %s) if the file is right; else save the running configuration to it,"
                " or it is lost at the next start" % proxy.get("kind")
            ],
        )
    else:
        read = "read by %s, %s files" % (proxy.get("read_from"), proxy.get("files"))
        verdicts.add("proxy.config", PASS, "valid and loaded; %s" % read if test else "loaded; %s" % read)


def _newer_by(workers: Workers) -> float | None:
    """Seconds by which the configuration is newer than the workers; a second may pass between writing and starting."""
    written, started = workers.get("config_written"), workers.get("started")
    if isinstance(written, float) and isinstance(started, float) and written > started + 1.0:
        return written - started
    return None


def _route(
    verdicts: Verdicts,
    evidence: Proxy,
    service: Service,
    proxy: ProxySeen,
    route: Route,
) -> None:
    url = evidence.get("url")
    if not proxy:
        verdicts.add(
            "proxy.route", UNKNOWN, "no proxy on this host listens on the port of %s" % (url or "a public URL")
        )
        return
    if not route:
        verdicts.add("proxy.route", UNKNOWN, "the configuration of %s was not read" % name_of(proxy))
        return
    words = "%s → %s" % (url, location_words(route))
    lines = [evidence_line(place(route.get("location") or route.get("server")), words)]
    lines += [evidence_line("not decided", text) for text in (route.get("undecided") or [])[:3]]
    handler = route.get("handler")
    if handler in ("undecided", "other"):
        reason = "; ".join(route.get("undecided") or ()) or "it is handled by a protocol other than HTTP"
        verdicts.add("proxy.route", UNKNOWN, "%s: %s" % (words, reason), evidence=lines)
    elif handler == "proxy_pass":
        leading = [entry for entry in evidence.get("proxies") or () if entry.get("leads")]
        after = next((entry for entry in leading if entry.get("pid") == (proxy.get("next") or {}).get("pid")), None)
        _leads(verdicts, service, evidence.get("role"), after, route, words, lines)
    else:
        verdicts.add(
            "proxy.route",
            FAIL,
            "%s: %s" % (words, _answer_words(route)),
            expected="forwarded to %s" % _target(service, evidence.get("role")),
            actual=handler,
            evidence=lines,
            remediation=[
                "add a location for the WebSocket path that forwards to %s" % _target(service, evidence.get("role"))
            ],
        )


def _leads(
    verdicts: Verdicts,
    service: Service,
    role: str | None,
    after: ProxySeen | None,
    route: Route,
    words: str,
    lines: list[dict[str, str]],
) -> None:
    upstream = route.get("upstream") or {}
    addresses = upstream.get("addresses") or []
    where = ", ".join(address_words(entry) for entry in addresses) or "nowhere known"
    # Behind a port of the proxy's own there is no other port to compare with.
    ports = (after or {}).get("ports") or []
    if (role == "port" and addresses) or any(
        _is_service(entry, service) or entry.get("port") in ports for entry in addresses
    ):
        path = route.get("upstream_path")
        verdicts.add(
            "proxy.route",
            PASS,
            "%s → %s%s" % (words, where, " as " + path if path else ""),
            evidence=lines,
            actual=where,
        )
    elif not addresses:
        verdicts.add("proxy.route", UNKNOWN, "%s: its target is decided at run time" % words, evidence=lines)
    else:
        verdicts.add(
            "proxy.route",
            FAIL,
            "%s → %s, not %s" % (words, where, _target(service)),
            expected=_target(service),
            actual=where,
            evidence=lines,
            remediation=["forward the location to %s, or correct the service's port" % _target(service)],
        )


def _target(service: Service, role: str | None = None) -> str:
    if role == "port":
        return "the back end"
    return str(service.get("socket") or "port %s" % service.get("port"))


def _is_service(entry: UpstreamAddress, service: Service) -> bool:
    if service.get("socket"):
        return entry.get("unix") == service["socket"]
    return entry.get("port") == service.get("port")


def _answer_words(route: Route) -> str:
    handler, status = route.get("handler"), route.get("status")
    if handler == "redirect":
        return "the proxy itself redirects (%s to %s)" % (status, route.get("redirect"))
    if handler == "return":
        return "the proxy itself answers %s" % ("it" if status is None else status)
    if handler == "spa":
        return "a fallback serves a page for it"
    if handler == "static":
        return "static files are served for it"
    return "no server or location matches it"


def _upstream(verdicts: Verdicts, evidence: Proxy, route: Route) -> None:
    addresses = (route.get("upstream") or {}).get("addresses") or []
    local = [entry for entry in addresses if is_number(entry.get("listeners")) and not entry.get("down")]
    if not addresses:
        verdicts.add("proxy.upstream", SKIP, "the URL is not forwarded to an upstream")
    elif not local:
        words = ", ".join(address_words(entry) for entry in addresses[:4])
        verdicts.add("proxy.upstream", SKIP, "the upstream is not on this host: %s; see proxy.backend" % words)
    elif any(entry["listeners"] for entry in local):
        up = next(entry for entry in local if entry["listeners"])
        verdicts.add("proxy.upstream", PASS, "%s: something listens" % address_words(up), actual=len(local))
    elif (evidence.get("through") or {}).get("outcome") == "open":
        verdicts.add("proxy.upstream", PASS, "the handshake through the proxy is accepted", actual=len(local))
    else:
        words = ", ".join(address_words(entry) for entry in local[:4])
        verdicts.add(
            "proxy.upstream",
            FAIL,
            "nothing listens at %s" % words,
            expected="a listener",
            actual="none",
            remediation=["start the back end there, or correct the upstream at %s" % location_words(route)],
        )


def _backend(verdicts: Verdicts, evidence: Proxy) -> None:
    seen = backends_seen(evidence)
    missing = next((entry for entry in evidence.get("gaps") or () if str(entry.get("what")).startswith("behind")), None)
    if not seen and missing is not None:
        verdicts.add("proxy.backend", UNKNOWN, missing["reason"], remediation=[missing["remedy"]])
        return
    if not seen:
        verdicts.add("proxy.backend", SKIP, "the back end is on this host, where websocket.handshake tests it")
        return
    good = [entry for entry in seen if entry["outcome"] == "open"]
    lines = ["%s: %s" % (entry.get("address"), _backend_words(entry)) for entry in seen]
    verdicts.add(
        "proxy.backend",
        PASS if len(good) == len(seen) else WARN if good else FAIL,
        "; ".join(lines[:3]),
        expected=101,
        actual="%d of %d" % (len(good), len(seen)),
        evidence=[evidence_line("handshake from this host, bypassing the proxy", line) for line in lines],
        remediation=[] if len(good) == len(seen) else ["run the checklist on the back end's host too"],
    )


def _backend_words(entry: BackEnd) -> str:
    if entry["outcome"] == "unresolved":
        return str(entry.get("error"))
    return "%s on path %s" % (outcome_words(entry), entry.get("path"))


def _log(verdicts: Verdicts, evidence: Proxy) -> None:
    proxies = [entry for entry in evidence.get("proxies") or [] if entry.get("leads") or entry == asked_proxy(evidence)]
    missing = next((found for found in (gap(entry, "error_log") for entry in proxies) if found), None)
    errors = [line for entry in proxies for line in entry.get("errors") or () if line.get("key") in TROUBLE]
    # What a guess of this run provoked is no finding.
    own = (
        []
        if url_is_guess(evidence)
        else [line for line in errors if about_url(line, evidence) and is_recent(line, evidence, _DAY)]
    )
    lines = [evidence_line(str(line.get("source")), str(line.get("sample"))) for line in own[:4]]
    lines += _access_lines(evidence)
    words = own_errors(evidence)
    if words:
        first = words[0]
        certain = first.get("named") and (first.get("rank") or 0) <= AN_ERROR
        verdicts.add(
            "proxy.log",
            FAIL if certain else WARN,
            "about the handshake: %s" % first.get("sample"),
            expected="no error about the handshake",
            actual=len(words),
            evidence=[evidence_line(str(line.get("source")), str(line.get("sample"))) for line in words[:4]] + lines,
        )
    elif own:
        worst = max(own, key=lambda line: line.get("count") or 0)
        verdicts.add(
            "proxy.log",
            WARN,
            "%s × %s: %s" % (worst.get("count"), worst.get("key"), TROUBLE[worst["key"]]),
            evidence=lines,
        )
    elif missing is not None:
        verdicts.add("proxy.log", UNKNOWN, missing["reason"], remediation=[missing["remedy"]])
    elif any(entry.get("read_from") for entry in proxies):
        verdicts.add("proxy.log", PASS, "no known trouble since the proxy's master process started", evidence=lines)
    else:
        verdicts.add("proxy.log", UNKNOWN, "the proxy's error log was not read")


def _access_lines(evidence: Proxy) -> list[dict[str, str]]:
    """How the proxy answered clients of the path recently."""
    access = asked_proxy(evidence).get("access") or {}
    statuses = sorted((access.get("statuses") or {}).items(), key=lambda pair: -pair[1])
    if not statuses:
        return []
    words = ", ".join("%s × %s" % (number, status) for status, number in statuses[:6])
    last, clock = access.get("last_open"), evidence.get("clock")
    ago = clock - last if isinstance(last, float) and isinstance(clock, float) else None
    opened = "the last WebSocket that ended was accepted %s ago" % _span(ago) if ago is not None else "no WebSocket yet"
    return [evidence_line(str(access.get("source")), "clients of the path got %s; %s" % (words, opened))]


def _handshake(verdicts: Verdicts, evidence: Proxy) -> None:
    """What came of the handshake through the proxy."""
    seen, missing = evidence.get("through"), gap(evidence, "through") or gap(evidence, "library")
    instance = str(evidence.get("url") or "")
    if not seen or not _answered(seen):
        reason = missing["reason"] if missing else "no proxy on this host listens for the URL"
        remedy = [missing["remedy"]] if missing else []
        verdicts.add("proxy.handshake", UNKNOWN, reason, remediation=remedy, instance=instance)
        return
    words = "through %s at %s: %s" % (
        asked_proxy(evidence).get("kind"),
        evidence.get("endpoint"),
        outcome_words(seen),
    )
    if url_is_guess(evidence):
        verdicts.add(
            "proxy.handshake", UNKNOWN, "the path of the WebSocket is not known; %s" % words, instance=instance
        )
        return
    verdicts.add(
        "proxy.handshake",
        PASS if seen.get("outcome") == "open" else FAIL,
        words,
        expected=101,
        actual=seen.get("status") or seen.get("outcome"),
        evidence=[evidence_line("%s via %s" % (evidence.get("url"), evidence.get("endpoint")), words)],
        instance=instance,
    )


def _answered(seen: HandshakeSeen) -> bool:
    """Whether a handshake was tried at all."""
    return isinstance(seen.get("outcome"), str)


def _upgrade(verdicts: Verdicts, evidence: Proxy, route: Route) -> None:
    passes = passes_upgrade(route)
    through = evidence.get("through") or {}
    if passes is None:
        verdicts.add("proxy.upgrade", SKIP, "the URL is not forwarded to an upstream, as far as can be read")
        return
    upgrade, connection = setting(route, "upgrade"), setting(route, "connection")
    words = "%s sends Upgrade %s, Connection %s" % (
        location_words(route),
        upgrade or "not at all",
        connection or "close",
    )
    lines = [evidence_line(place(route.get("set_headers_at") or route.get("location")), words)]
    if passes and hardcoded(evidence):
        verdicts.add(
            "proxy.upgrade",
            WARN,
            "%s, with every other request too" % words,
            evidence=lines,
            remediation=["set Connection from a map of $http_upgrade: see docs/behind-a-proxy.md"],
        )
    elif passes:
        verdicts.add("proxy.upgrade", PASS, words, evidence=lines)
    elif through.get("outcome") == "open":
        verdicts.add("proxy.upgrade", PASS, "the handshake through it is accepted anyway; %s" % words, evidence=lines)
    else:
        verdicts.add(
            "proxy.upgrade",
            FAIL,
            words,
            expected="Upgrade: websocket, Connection: upgrade",
            actual="Upgrade: %s, Connection: %s" % (upgrade or "", connection or "close"),
            evidence=lines,
            remediation=fix_lines(route),
        )


def _origin(verdicts: Verdicts, evidence: Proxy) -> None:
    seen, bare = evidence.get("through") or {}, evidence.get("through_no_origin") or {}
    if not _answered(seen) or not _answered(bare):
        verdicts.add("proxy.origin", UNKNOWN, "the handshakes to compare are missing")
        return
    accepted = bare.get("outcome") in ("open", "upgraded")
    if accepted and seen.get("outcome") not in ("open", "upgraded"):
        verdicts.add(
            "proxy.origin",
            FAIL,
            "with Origin %s: %s; without: accepted" % (seen.get("origin"), outcome_words(seen)),
            expected="the same answer",
            actual=seen.get("status") or seen.get("outcome"),
            remediation=[
                "pass on the client's Host (nginx: proxy_set_header Host $http_host), or allow the Origin in the server"
            ],
        )
    else:
        verdicts.add("proxy.origin", PASS, "%s with and without an Origin" % ("accepted" if accepted else "refused"))


def _idle(verdicts: Verdicts, evidence: Proxy, route: Route) -> None:
    hold = evidence.get("hold") or {}
    limit = setting(route, "read_timeout_s")
    note = "; the proxy cuts it after %s s without a byte from the back end" % limit if limit else ""
    if not hold:
        verdicts.add("proxy.idle", SKIP, "websocket.hold is not set%s" % note)
    elif not hold.get("opened"):
        verdicts.add("proxy.idle", UNKNOWN, "no connection could be opened to hold")
    elif hold.get("ended"):
        verdicts.add(
            "proxy.idle",
            FAIL,
            "cut after %s s of %s: %s%s" % (hold.get("held_s"), hold.get("wanted_s"), _ended_words(hold), note),
            expected="%s s" % hold.get("wanted_s"),
            actual="%s s" % hold.get("held_s"),
            remediation=["let the server ping more often than that, or raise the proxy's timeout for this location"],
        )
    else:
        verdicts.add("proxy.idle", PASS, "held idle for %s s%s" % (hold.get("held_s"), note))


def _ended_words(hold: Hold) -> str:
    ended = hold.get("ended") or {}
    if ended.get("code"):
        return "close frame %s" % ended["code"]
    return {"eof": "end of stream without a close frame", "reset": "connection reset"}.get(
        str(ended.get("how")), str(ended.get("how"))
    )


def _span(seconds: float) -> str:
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return "%.1f %s" % (seconds / size, name)
    return "%.0f s" % seconds
