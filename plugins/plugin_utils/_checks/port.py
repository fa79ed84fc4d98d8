# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist items 4 and 6: is the service listening where it should, alone, and can it be reached?"""

from __future__ import annotations

import typing as t

from .._evidence.port import is_loopback, meant_for, sharers, where
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

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.port import ListenerRow, Port, Reached
    from ...module_utils._evidence.service import Service
    from .fields import Fields

DEFINITIONS = (
    CheckDefinition(
        "port.listening",
        "4",
        "Something listens on the expected port",
        "critical",
        "Fails when no socket listens on the port (or unix socket) of the service.",
    ),
    CheckDefinition(
        "port.owner",
        "4",
        "The port belongs to the service's own process",
        "critical",
        "Fails when the process that the inventory names is not the one that listens.",
    ),
    CheckDefinition(
        "port.address",
        "4",
        "Bound to addresses that suit its exposure",
        "high",
        "Loopback is right behind a proxy on the host; exposure: direct needs an address that clients can reach.",
    ),
    CheckDefinition(
        "port.family",
        "4",
        "Bound for the address families that its clients use",
        "medium",
        "Warns when an IPv6 wildcard is v6-only and nothing listens on IPv4.",
    ),
    CheckDefinition(
        "port.shared",
        "6",
        "No second program listens on the same port",
        "high",
        "Fails when two programs that are not master and worker share one port.",
    ),
    CheckDefinition(
        "port.backlog",
        "4",
        "The accept queue is not full",
        "high",
        "Fails when as many connections wait as the backlog holds.",
    ),
    CheckDefinition(
        "port.connections",
        "4",
        "Connected clients still respond",
        "medium",
        "Counts the established connections, including the checklist's own, and those whose peer no longer acknowledges "
        "anything. Warns when these are one in a hundred or more: a busy server always loses a few.",
    ),
    CheckDefinition(
        "port.reachable",
        "4",
        "Clients can open a TCP connection from outside",
        "high",
        "Tried from the controller; unknown when the controller has no route to the host.",
    ),
)

#: One stuck connection in so many is worth a warning.
_MANY = 100


def check(evidence: Port, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``port_probe``, with the controller's view under ``controller``.

    :returns: exactly one result for every definition.
    """
    verdicts = Verdicts(DEFINITIONS, evidence)
    if verdicts.not_observed():
        return verdicts.results
    listeners = evidence.get("listeners")
    if not isinstance(listeners, list):
        verdicts.rest(UNKNOWN, "not observed: the evidence names no listening sockets")
        return verdicts.results
    target = service.get("socket") or "port %s" % service.get("port")
    if not listeners:
        _silent(verdicts, evidence, target)
        return verdicts.results
    lines = [evidence_line("listening sockets", where(listener)) for listener in listeners[:6]]
    verdicts.add("port.listening", PASS, "listening: %s" % where(listeners[0]), evidence=lines, actual=len(listeners))
    _owner(verdicts, evidence, service, listeners, lines)
    _address(verdicts, evidence, service, listeners, lines)
    _family(verdicts, listeners, lines)
    _shared(verdicts, evidence, listeners, lines)
    _backlog(verdicts, evidence, listeners)
    _connections(verdicts, evidence, listeners)
    _reachable(verdicts, evidence, service, listeners)
    return verdicts.results


def _silent(verdicts: Verdicts, evidence: Port, target: str) -> None:
    owned = evidence.get("owned") or []
    elsewhere = "; its process listens on %s" % ", ".join(where(row) for row in owned[:3]) if owned else ""
    verdicts.add(
        "port.listening",
        FAIL,
        "nothing listens on %s%s" % (target, elsewhere),
        expected=target,
        actual=[where(row) for row in owned[:5]] or None,
        evidence=[evidence_line("listening sockets", where(row)) for row in owned[:5]],
        remediation=[
            "configure the service with the expected port (PORT), or correct the inventory"
            if owned
            else "start the service; if it is running, look in its log for the port that it uses"
        ],
    )
    verdicts.rest(UNKNOWN, "nothing listens on %s (see port.listening)" % target)


def _owner(
    verdicts: Verdicts,
    evidence: Port,
    service: Service,
    listeners: list[ListenerRow],
    lines: list[dict[str, str]],
) -> None:
    owners = _pids([pid for listener in listeners for pid in listener.get("pids") or ()])
    own = _pids(evidence.get("service_pids"))
    hidden = gap(evidence, "owner")
    if owners is None or own is None:
        verdicts.add("port.owner", UNKNOWN, "not observed: the evidence names no process")
    elif not owners:
        reason = hidden["reason"] if hidden else "no process of this host holds the socket (one in a container may)"
        remedies = [hidden["remedy"]] if hidden else []
        verdicts.add("port.owner", UNKNOWN, "not observed: %s" % reason, remediation=remedies)
    elif evidence.get("found_by") == "port":
        verdicts.add("port.owner", PASS, "owned by %s" % where(listeners[0]), evidence=lines)
    elif owners & own:
        verdicts.add("port.owner", PASS, "owned by the service: %s" % where(listeners[0]), evidence=lines)
    else:
        expected = "a process of the service (%s)" % (
            "PIDs %s" % ", ".join(str(pid) for pid in sorted(own)[:5]) if own else "none is running"
        )
        verdicts.add(
            "port.owner",
            FAIL,
            "held by another process: %s" % where(listeners[0]),
            expected=expected,
            actual=sorted(owners)[:5],
            evidence=lines,
            remediation=["stop pid %s if it is a leftover, or give one of the two another port" % min(owners)],
        )


def _pids(value: t.Any) -> set[int] | None:
    """Process IDs of a list, or None if it is no list of them: evidence that lost a field accuses no process."""
    if not isinstance(value, list) or not all(is_number(pid) for pid in value):
        return None
    return set(value)


def _address(
    verdicts: Verdicts,
    evidence: Port,
    service: Service,
    listeners: list[ListenerRow],
    lines: list[dict[str, str]],
) -> None:
    if listeners[0].get("family") == "unix":
        verdicts.add("port.address", PASS, "a unix socket: %s" % listeners[0].get("address"), evidence=lines)
        return
    addresses = sorted({str(listener.get("address")) for listener in listeners})
    loopback_only = all(is_loopback(address) for address in addresses)
    shown = ", ".join(addresses)
    meant = meant_for(service, evidence)
    if meant == "direct" and loopback_only:
        verdicts.add(
            "port.address",
            FAIL,
            "bound to loopback only (%s), but clients are meant to reach it directly" % shown,
            expected="0.0.0.0, :: or an address of this host",
            actual=addresses,
            evidence=lines,
            remediation=[
                "bind to 0.0.0.0 or :: (HOST, --host, listen), or put a proxy in front and set exposure: proxied"
            ],
        )
    elif meant in ("local", "proxied") and not loopback_only and service.get("exposure") in ("local", "proxied"):
        verdicts.add(
            "port.address",
            WARN,
            "bound to %s: clients can bypass the proxy" % shown if meant == "proxied" else "bound to %s" % shown,
            expected="127.0.0.1 or ::1",
            actual=addresses,
            evidence=lines,
            remediation=["bind to 127.0.0.1, or have the firewall close the port to other hosts"],
        )
    else:
        kind = {"direct": "direct", "proxied": "behind a proxy on this host", "local": "local"}.get(
            meant, "no exposure configured"
        )
        verdicts.add("port.address", PASS, "bound to %s (%s)" % (shown, kind), evidence=lines, actual=addresses)


def _family(verdicts: Verdicts, listeners: list[ListenerRow], lines: list[dict[str, str]]) -> None:
    rows = [listener for listener in listeners if listener.get("family") != "unix"]
    if not rows:
        verdicts.add("port.family", SKIP, "a unix socket has no address family")
        return
    if not any(row.get("family") == "ipv4" for row in rows) and not all(
        isinstance(row.get("address"), str) and isinstance(row.get("v6only"), bool)
        for row in rows
        if row.get("family") == "ipv6"
    ):
        verdicts.add("port.family", UNKNOWN, "the kernel did not report whether the IPv6 listener is dual-stack")
        return
    four = any(
        row.get("family") == "ipv4" or (row.get("address") == "::" and row.get("v6only") is False) for row in rows
    )
    six = any(row.get("family") == "ipv6" for row in rows)
    text = "IPv4 and IPv6" if four and six else "IPv4 only" if four else "IPv6 only"
    if four:
        verdicts.add("port.family", PASS, "accepts %s" % text, actual=text, evidence=lines)
    else:
        verdicts.add(
            "port.family",
            WARN,
            "accepts IPv6 only: a client or proxy that connects to 127.0.0.1 or an IPv4 address is refused",
            expected="IPv4 too",
            actual=text,
            evidence=lines,
            remediation=["bind both families: '::' with IPV6_V6ONLY off, or a second listener on 0.0.0.0 / 127.0.0.1"],
        )


def _shared(verdicts: Verdicts, evidence: Port, listeners: list[ListenerRow], lines: list[dict[str, str]]) -> None:
    twins = sharers(listeners)
    if twins:
        verdicts.add(
            "port.shared",
            FAIL,
            "two programs share the port: %s"
            % " and ".join("pid %s %s" % (twin.get("pid"), (twin.get("command") or "")[:80]) for twin in twins[:3]),
            expected="one owner",
            actual=[twin.get("pid") for twin in twins],
            evidence=lines,
            remediation=["stop the unwanted one (the older is pid %s)" % twins[0].get("pid")],
        )
        return
    owners = {
        (owner.get("pid"), listener.get("address")) for listener in listeners for owner in listener.get("owners") or ()
    }
    if not owners:
        verdicts.add("port.shared", UNKNOWN, "the port's owners cannot be seen (see port.owner)")
        return
    first: dict[str, set[t.Any]] = {}
    for listener in listeners:
        first.setdefault(str(listener.get("address")), set()).update(listener.get("pids") or ())
    pids = list(first.values())
    apart = len(pids) > 1 and not set.intersection(*pids) and not _related(listeners)
    if apart:
        verdicts.add(
            "port.shared",
            FAIL,
            "different programs listen on the port on different addresses: %s"
            % "; ".join(where(row) for row in listeners[:3]),
            evidence=lines,
            remediation=["stop the unwanted one: clients reach one or the other depending on the address family"],
        )
    else:
        verdicts.add("port.shared", PASS, "one owner", evidence=lines)


def _related(listeners: list[ListenerRow]) -> bool:
    owners = [owner for listener in listeners for owner in listener.get("owners") or ()]
    pids = {owner.get("pid") for owner in owners}
    parents = {owner.get("ppid") for owner in owners}
    units = {owner.get("unit") for owner in owners}
    return bool(pids & parents) or (len(parents) == 1 and parents != {1}) or (len(units) == 1 and units != {None})


def _backlog(verdicts: Verdicts, evidence: Port, listeners: list[ListenerRow]) -> None:
    measured = [row for row in listeners if row.get("queued") is not None]
    if not measured:
        verdicts.add("port.backlog", SKIP, "the kernel shows no accept queue for this kind of socket")
        return
    fullest = max(measured, key=lambda row: row["queued"] or 0)
    queued, backlog = fullest["queued"] or 0, fullest.get("backlog")
    full = backlog is not None and queued > 0 and queued >= backlog
    waiting = queued > 0 and not full
    counters = evidence.get("counters") or {}
    verdicts.add(
        "port.backlog",
        FAIL if full else WARN if waiting and backlog and queued > backlog // 2 else PASS,
        "%d connections are waiting to be accepted, room for %s"
        % (queued, "an unknown number" if backlog is None else backlog),
        expected="an empty queue",
        actual=queued,
        evidence=[evidence_line("TcpExt", "%s=%s" % pair) for pair in sorted(counters.items())],
        remediation=[
            "the process does not call accept(): look at process.state and process.cpu first",
            "then raise backlog and net.core.somaxconn",
        ]
        if full
        else [],
    )


def _connections(verdicts: Verdicts, evidence: Port, listeners: list[ListenerRow]) -> None:
    seen = evidence.get("connections") or {}
    established, stuck = seen.get("established"), seen.get("stuck")
    if listeners[0].get("family") == "unix":
        verdicts.add("port.connections", SKIP, "nothing is lost in the path to a unix socket")
    elif not is_number(established) or not is_number(stuck):
        verdicts.add("port.connections", UNKNOWN, "not observed: the established connections cannot be seen here")
    elif not stuck:
        verdicts.add("port.connections", PASS, "%d established, none of them stuck" % established, actual=seen)
    else:
        peers = ", ".join(str(peer) for peer in seen.get("peers") or ())
        words = "%d of %d established connections no longer answer (%s)" % (
            stuck,
            established,
            peers or "peers unknown",
        )
        many = stuck * _MANY >= established
        verdicts.add(
            "port.connections",
            WARN if many else PASS,
            words,
            expected="acknowledgements",
            actual=seen,
            evidence=[
                evidence_line(
                    "TCP sockets of the host",
                    "%s bytes retransmitted %s times without an acknowledgement"
                    % (seen.get("unacknowledged"), seen.get("repeated")),
                )
            ],
            remediation=["ping every client from the server and drop those that do not answer"] if many else [],
        )


def _reachable(verdicts: Verdicts, evidence: Port, service: Service, listeners: list[ListenerRow]) -> None:
    seen = evidence.get("controller") or {}
    meant = meant_for(service, evidence)
    fields: Fields = {"vantage": "controller", "instance": str(seen.get("address") or "")}
    if listeners[0].get("family") == "unix":
        verdicts.add("port.reachable", SKIP, "a unix socket can only be reached from its own host", **fields)
    elif not seen or seen.get("unknown"):
        verdicts.add(
            "port.reachable",
            UNKNOWN,
            "not observed: %s" % (seen.get("unknown") or "not tested from outside"),
            **fields,
        )
    elif seen.get("skip"):
        verdicts.add("port.reachable", SKIP, seen["skip"], **fields)
    elif seen.get("outcome") == "connected":
        bypass = service.get("exposure") in ("proxied", "local")
        verdicts.add(
            "port.reachable",
            WARN if bypass else PASS,
            "connected to %s in %.0f ms%s"
            % (seen.get("address"), seen.get("ms") or 0, ", bypassing the proxy" if bypass else ""),
            actual="connected",
            remediation=["bind to 127.0.0.1, or close the port to other hosts"] if bypass else [],
            **fields,
        )
    elif meant in ("proxied", "local"):
        verdicts.add("port.reachable", SKIP, "not meant to be reached from outside (%s)" % meant, **fields)
    else:
        _unreached(verdicts, seen, fields)


def _unreached(verdicts: Verdicts, seen: Reached, fields: Fields) -> None:
    what = {"connect-timeout": "no answer for %.1f s" % ((seen.get("ms") or 0) / 1000.0)}.get(
        str(seen.get("outcome")), "%s after %.0f ms" % (seen.get("errno") or seen.get("error"), seen.get("ms") or 0)
    )
    verdicts.add(
        "port.reachable",
        FAIL,
        "the controller cannot connect to %s: %s" % (seen.get("address"), what),
        expected="connected",
        actual=seen.get("errno") or seen.get("outcome"),
        evidence=[evidence_line("connect(2) from the controller", what)],
        remediation=["compare the bound address (port.address) with the firewall between controller and host"],
        **fields,
    )
