# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Failures that no known cause fits: where they begin, the most relevant observations, and what would show more. Pure, and invents nothing."""

from __future__ import annotations

import typing as t

from ..shapes import Check, Service, Telling, Traits, Unexplained
from .normalise import FAILING, SEVERITIES

Kind = t.Literal["process", "port", "server", "tls", "proxy", "network", "public", "browser"]


class _Hop(t.NamedTuple):
    """A hop of a connection."""

    kind: Kind
    name: str
    #: Of the catalogue.
    layer: str
    #: Of the checks that look at it.
    subjects: tuple[str, ...]
    #: From where they look at it; empty: from anywhere.
    vantages: tuple[str, ...] = ()


#: From the inside out.
_HOPS = (
    _Hop("process", "process", "process", ("process", "environment", "log")),
    _Hop("port", "port", "bind", ("port",), ("host",)),
    _Hop("server", "server", "server", ("websocket",), ("host",)),
    _Hop("tls", "TLS", "tls", ("tls",)),
    _Hop("proxy", "proxy", "proxy", ("proxy",)),
    _Hop("network", "network", "network", ("firewall", "capture", "port", "websocket"), ("controller",)),
    _Hop("public", "public URL", "proxy", ("websocket",), ("public",)),
    _Hop("browser", "browser", "browser", ("frontend", "browser", "electron")),
)
_HANDSHAKE = (
    "curl -isN --http1.1 -m 5 -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' "
    "-H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' %s"
)
_EVIDENCE = 3


def unexplained(service: Service, traits: Traits) -> Unexplained | None:
    """What can be said of a service's failures that no diagnosis explains; None: every failure is explained.

    :param service: of report.json.
    :param traits: what is known of it besides.
    """
    explained = {check_id for diagnosis in service["diagnoses"] for check_id in diagnosis["explains"]}
    failing = [check for check in service["checks"] if check["status"] in FAILING and check["id"] not in explained]
    if not failing:
        return None
    failing.sort(key=lambda check: (_place(check), SEVERITIES.index(check["severity"])))
    hop = _HOPS[_place(failing[0])]
    return {
        "hop": hop.name,
        "layer": hop.layer,
        "checks": [check["id"] for check in failing],
        "evidence": _telling(failing),
        "commands": _commands(hop.kind, traits),
    }


def _place(check: Check) -> int:
    subject = check["id"].partition(".")[0]
    for place, hop in enumerate(_HOPS):
        if subject in hop.subjects and (not hop.vantages or check["vantage"] in hop.vantages):
            return place
    return len(_HOPS) - 1


def _telling(failing: list[Check]) -> list[Telling]:
    """What was seen there: of each failing check its summary, and a line of evidence that says more."""
    found: dict[str, Telling] = {}
    for check in failing:
        found.setdefault(check["summary"], {"check": check["id"], "source": check["vantage"], "text": check["summary"]})
        for entry in check["evidence"][:1]:
            found.setdefault(entry["text"], {"check": check["id"], **entry})
    return [entry for entry in found.values() if entry["text"]][:_EVIDENCE]


def _commands(hop: Kind, traits: Traits) -> list[str]:
    """Commands that would show more, with what is known about the service filled in."""
    port, unit = traits.get("port") or "<port>", traits.get("unit") or "<unit>"
    url = (traits.get("public_url") or "<public URL>").replace("wss://", "https://").replace("ws://", "http://")
    authority = url.partition("://")[2].partition("/")[0].rpartition("@")[2] or "<host>"
    log, capture = "journalctl -u %s -n 100 --no-pager" % unit, "tcpdump -ni any -c 50 -A 'tcp port %s'" % port
    here = _HANDSHAKE % ("http://127.0.0.1:%s/" % port)
    commands: dict[Kind, list[str]] = {
        "process": ["systemctl status %s" % unit, log],
        "port": ["ss -ltnp 'sport = :%s'" % port, log],
        "server": [here, log, capture],
        "tls": [
            "openssl s_client -connect %s -servername %s </dev/null"
            % (_with_port(authority), authority.partition(":")[0])
        ],
        "proxy": [_HANDSHAKE % url, here, "nginx -T, apachectl -S, or haproxy -c -V -f <configuration>"],
        "network": ["nft list ruleset", capture],
        "public": [_HANDSHAKE % url, here],
        "browser": ["open %s with the developer tools, Network, filter WS" % url, _HANDSHAKE % url],
    }
    return commands[hop]


def _with_port(authority: str) -> str:
    return authority if ":" in authority else authority + ":443"
