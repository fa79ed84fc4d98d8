# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Questions about the evidence of the proxy probe that checks and rules both ask."""

from __future__ import annotations

import typing as t

from ...module_utils._system.local_address import is_address
from .._model import is_number

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.proxy import (
        BackEnd,
        ErrorLine,
        Line,
        OwnErrorLine,
        Place,
        Proxy,
        ProxySeen,
        Route,
        SettingName,
        UpstreamAddress,
    )

#: Keys of error log lines that say something about a service behind the proxy.
TROUBLE = {
    "upstream-refused": "the back end refuses connections",
    "upstream-denied": "the proxy has no permission to connect to the back end",
    "upstream-socket": "the back end's unix socket is missing or not accessible",
    "upstream-mute": "the back end accepts connections and does not answer",
    "upstream-unreachable": "the back end cannot be reached",
    "upstream-tls": "TLS to the back end fails",
    "upstream-closed": "the back end closes the connection without an answer",
    "idle-cut": "idle connections are cut",
    "no-live-upstreams": "no back end of the upstream is left",
    "worker-connections": "worker_connections are used up",
    "limited": "a limit refuses connections",
    "denied": "an access rule refuses clients",
    "no-protocol-handler": "no module of the proxy speaks the scheme of the back end's URL",
}


def asked_proxy(evidence: Proxy) -> ProxySeen:
    """The proxy that serves the URL on this host, or an empty mapping."""
    proxies = evidence.get("proxies") or []
    return next((entry for entry in proxies if entry.get("pid") == evidence.get("asked")), t.cast("ProxySeen", {}))


def effective_route(evidence: Proxy) -> Route:
    """What the configuration of that proxy makes of the URL, or an empty mapping."""
    routes = asked_proxy(evidence).get("routes") or []
    return next((entry for entry in routes if entry), t.cast("Route", {}))


def setting(route: Route, name: SettingName) -> str | None:
    """An effective setting's value."""
    entry = (route.get("settings") or {}).get(name) or {}
    value = entry.get("value")
    return None if value is None else str(value)


def place(entry: Place | Line | None) -> str:
    """Where something is configured: ``/etc/nginx/conf.d/chat.conf:12``."""
    if not entry or not entry.get("file"):
        return "the configuration"
    return "%s:%s" % (entry["file"], entry.get("line"))


def location_words(route: Route) -> str:
    """The effective location in the words of its configuration."""
    location = route.get("location")
    if not location:
        return "server at %s" % place(route.get("server"))
    modifier = str(location.get("modifier") or "")
    # nginx has symbols; other programs have words: ProxyPass, backend, handle.
    kind = "" if modifier[:1].isalpha() else "location"
    words = " ".join(word for word in (kind, modifier, location.get("pattern")) if word)
    return "%s at %s" % (words, place(location))


def backends_seen(evidence: Proxy) -> list[BackEnd]:
    """Handshakes with back ends that bypass the proxy."""
    return [entry for entry in evidence.get("behind") or () if isinstance(entry.get("outcome"), str)]


def name_of(proxy: ProxySeen) -> str:
    """A proxy in a few words: ``nginx 1.22.1 (pid 12)``."""
    return "%s%s (pid %s)" % (
        proxy.get("kind"),
        " " + (proxy["version"] or "") if proxy.get("version") else "",
        proxy.get("pid"),
    )


def passes_upgrade(route: Route) -> bool | None:
    """Whether Upgrade and Connection reach the back end; None: nothing says so."""
    settings = route.get("settings") or {}
    # An engine names every setting, also one that is not set: what is not named was not read.
    read = all("value" in (settings.get(name) or {}) for name in ("upgrade", "connection"))
    if route.get("handler") != "proxy_pass" or not read:
        return None
    upgrade, connection = setting(route, "upgrade") or "", setting(route, "connection") or ""
    return upgrade.lower() == "websocket" and "upgrade" in connection.lower()


def hardcoded(evidence: Proxy) -> bool:
    """Whether Connection: upgrade is sent with ordinary requests too, in a location for a whole site that has some."""
    route = effective_route(evidence)
    location, plain = route.get("location") or {}, evidence.get("plain") or {}
    whole = not location.get("modifier") and location.get("pattern") == "/"
    status = plain.get("status")
    serves = is_number(status) and status < 400
    return whole and serves and (setting(route, "connection_plain") or "").lower() == "upgrade"


def old_workers(proxy: ProxySeen) -> str:
    """In words, that more workers wait for connections of older configurations than serve the current one."""
    workers = proxy.get("workers") or {}
    leaving, count = workers.get("shutting_down"), workers.get("count")
    if not is_number(leaving) or not is_number(count) or leaving <= count:
        return ""
    return "%d workers are still shutting down, %d are serving" % (leaving, count)


def address_words(entry: UpstreamAddress) -> str:
    """An upstream's address as it is written."""
    return "unix:%s" % entry["unix"] if entry.get("unix") else "%s:%s" % (entry.get("address"), entry.get("port"))


def url_is_guess(evidence: Proxy) -> bool:
    """Whether a path was asked through the proxy that nobody named, and refused: that says nothing about the proxy.

    Not where no path would help: nothing listens where the proxy forwards it.
    """
    opened = (evidence.get("through") or {}).get("outcome") == "open"
    return (
        evidence.get("path_known") is False and not opened and not nothing_listens_upstream(effective_route(evidence))
    )


def nothing_listens_upstream(route: Route) -> bool:
    """Whether all enabled addresses of the upstream are on this host, and nothing listens at any."""
    enabled = [entry for entry in (route.get("upstream") or {}).get("addresses") or [] if not entry.get("down")]
    return bool(enabled) and all(entry.get("listeners") == 0 for entry in enabled)


def about_url(line: ErrorLine, evidence: Proxy) -> bool:
    """Whether a line of the error log is about the URL, as far as it says: by the host asked for, and by the upstream."""
    authority = str(evidence.get("url") or "").split("://", 1)[-1].split("/", 1)[0]
    if line.get("host") and str(line["host"]).lower() != authority.lower():
        return False
    addresses = (effective_route(evidence).get("upstream") or {}).get("addresses") or []
    # The log has the address that a name was resolved to.
    if not line.get("upstream") or not all(
        entry.get("unix") or is_address(str(entry["address"])) for entry in addresses
    ):
        return True
    return not addresses or str(line["upstream"]) in [address_words(entry) for entry in addresses]


def is_recent(line: ErrorLine, evidence: Proxy, seconds: float) -> bool:
    """Whether a line was written in the last seconds before the handshake through the proxy; without a time: yes."""
    written, clock = line.get("at"), evidence.get("clock")
    if not isinstance(written, (int, float)) or not isinstance(clock, (int, float)):
        return True
    return written >= clock - seconds


def nobody_at_url(evidence: Proxy) -> bool:
    """Whether the kernel of this host refuses connections to the port that the public URL names: nobody listens there."""
    return (evidence.get("at_url") or {}).get("outcome") == "connect-refused"


def own_errors(evidence: Proxy) -> list[OwnErrorLine]:
    """What the proxy's log says about the handshake through it, the worst first, where that was not accepted."""
    if (evidence.get("through") or {}).get("outcome") in (None, "open"):
        return []
    lines = [line for proxy in chain_of(evidence) for line in proxy.get("own_errors") or ()]
    return sorted(lines, key=lambda line: (not line.get("named"), line.get("rank") or 0))


def chain_of(evidence: Proxy) -> list[ProxySeen]:
    """The proxy that serves the URL on this host, and those that it forwards to, one after the other."""
    by_pid = {entry.get("pid"): entry for entry in evidence.get("proxies") or ()}
    found: list[ProxySeen] = []
    proxy = by_pid.get(evidence.get("asked")) if evidence.get("asked") else None
    while proxy is not None and proxy not in found:
        found.append(proxy)
        proxy = by_pid.get((proxy.get("next") or {}).get("pid"))
    return found


def routes_of(evidence: Proxy) -> list[Route]:
    """What each proxy of the chain makes of the URL, the outermost first."""
    return [route for proxy in chain_of(evidence) for route in proxy.get("routes") or () if route]


#: Severities of lines that say that something failed.
AN_ERROR = 3


def fix_lines(route: Route) -> list[str]:
    """The exact lines to add or change."""
    lines = []
    for entry in route.get("fix") or ():
        if entry.get("add"):
            lines.append(
                "%s, after line %s, add: %s" % (entry["file"], entry.get("after_line"), " ".join(entry["add"]))
            )
        elif entry.get("replace"):
            lines.append(
                "%s, line %s: replace %s with %s"
                % (entry["file"], entry.get("line"), entry.get("search"), entry["replace"])
            )
    return lines
