# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the host's proxies request from the service: where their configuration forwards to it, and with which path."""

from __future__ import annotations

import typing as t

from .._protocol.path_search import Hint
from .._protocol.web_url import WebUrl, web_url
from .._proxies.running import RunningProxy, running_proxies
from .._proxies.serving import scheme_of, serving
from .._run.context import Context

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Route
    from .._evidence.service import Service

#: URLs of a configuration that are looked at.
_MOST = 12


def asked_by_proxies(service: Service, context: Context, mapped: bool) -> t.Iterator[Hint]:
    """The paths by which proxies ask the service.

    :param mapped: what they make of ``public_url``; else of the locations that pass WebSockets on to the service.
    """
    public_url = service.get("public_url")
    if mapped and not public_url:
        return
    proxies, _strangers = running_proxies(service, context)
    for proxy in proxies:
        proxy.look_for(service)
    if public_url and mapped:
        url = web_url(public_url)
        asked = serving(url, None, proxies, service)
        if asked is not None:
            proxy, port, scheme = asked
            yield from _hint(proxy, url._replace(scheme=scheme), port, True)
        return
    for proxy in proxies:
        for entry in proxy.seen["leading"][:_MOST]:
            url = WebUrl(scheme_of(entry), entry["host"] or "localhost", entry["port"], entry["path"] or "/")
            yield from _hint(proxy, url, entry["port"], False)


def hosts_of_proxies(service: Service, context: Context) -> t.Iterator[str]:
    """The Host that proxies of this host send to the service for ``public_url``, where their configuration says it."""
    public_url = service.get("public_url")
    if not public_url:
        return
    proxies, _strangers = running_proxies(service, context)
    for proxy in proxies:
        proxy.look_for(service)
    url = web_url(public_url)
    asked = serving(url, None, proxies, service)
    if asked is None:
        return
    proxy, port, scheme = asked
    route = proxy.route(url._replace(scheme=scheme), port) or {}
    host = str(((route.get("settings") or {}).get("host") or {}).get("value") or "")
    if route.get("handler") == "proxy_pass" and host and "$" not in host:
        yield host


def _hint(proxy: RunningProxy, url: WebUrl, port: int, meant: bool) -> t.Iterator[Hint]:
    """What the back end is asked for.

    :param meant: clients use this URL; else it is the beginning of some, and only one that passes WebSockets on counts.
    """
    route = proxy.route(url, port)
    if route is None or route.get("handler") != "proxy_pass" or not route.get("upstream_path"):
        return
    upgrades = bool(((route.get("settings") or {}).get("upgrade") or {}).get("value"))
    if meant or (upgrades and url.path != "/"):
        yield Hint(str(route["upstream_path"]), "proxy", _place(route) or str(proxy.seen["kind"]), meant)


def _place(route: Route) -> str:
    """Where it is written."""
    place = route.get("location") or route.get("server") or {}
    return "%s:%s" % (place["file"], place.get("line")) if place.get("file") else ""
