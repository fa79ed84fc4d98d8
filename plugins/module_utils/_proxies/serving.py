# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which proxy of this host takes a URL, and how it is asked there."""

from __future__ import annotations

import typing as t

from .._protocol.web_url import WebUrl
from .._system.local_address import resolving
from .running import RunningProxy

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Leading
    from .._evidence.service import Service

#: Seconds that a name may take to be resolved.
_RESOLVE = 1.0


def scheme_of(entry: Leading) -> str:
    """The scheme that a proxy speaks at one of its URLs."""
    return "wss" if entry["scheme"] in ("wss", "https") else "ws"


def serving(
    url: WebUrl, own: RunningProxy | None, proxies: list[RunningProxy], service: Service
) -> t.Tuple[RunningProxy, int, str] | None:
    """The proxy of this host to ask for a URL: (proxy, port, scheme it speaks there); None: no proxy takes it here."""
    if own is not None:
        port = service.get("port") or 0
        at_port = [scheme_of(entry) for entry in own.seen["leading"] if entry["port"] == port]
        return own, port, url.scheme if url.port == port or not at_port else at_port[0]
    # One that forwards to the service comes first; one that is read and does not may be that of another site.
    likely = sorted(proxies, key=lambda proxy: (proxy.seen["leads"] is not True, proxy.seen["leads"] is False))
    for proxy in likely:
        if url.port in proxy.ports and not (proxy.seen["leads"] is False and _meant_elsewhere(url, service)):
            return proxy, url.port, url.scheme
    # TLS may be terminated in front of this host: then a plain port of the proxy that forwards to the service is tried.
    for proxy in likely:
        for entry in proxy.seen["leading"]:
            if entry["port"] in proxy.ports and (url.secure or scheme_of(entry) == "ws"):
                return proxy, entry["port"], scheme_of(entry)
    return None


def _meant_elsewhere(url: WebUrl, service: Service) -> bool:
    """Whether clients reach something other than this host at the URL: a load balancer, say, that forwards to the service."""
    if service.get("exposure") in ("proxied", "direct"):
        return service["exposure"] == "direct"
    addresses = resolving(url.host)(_RESOLVE) or []
    return bool(addresses) and not any(row["local"] for row in addresses)
