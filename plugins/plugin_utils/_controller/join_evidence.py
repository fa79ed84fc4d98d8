# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What a host sent of a service and what the controller saw of it, joined to the evidence that is judged."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.browser import Browser
    from ...module_utils._evidence.frontend import FrontEndSeen
    from ...module_utils._evidence.port import ListeningProxy, Port, Reached
    from ...module_utils._evidence.proxy import Proxy
    from ...module_utils._evidence.subjects import Subjects
    from ...module_utils._evidence.tls import Session
    from ...module_utils._evidence.websocket import Clock, Controller, Public, Websocket


class SeenFromController(t.TypedDict, total=False):
    """What the controller saw of one service; what it did not look at is absent."""

    #: What its connection to the port came to.
    reached: t.Required[Reached]
    #: The clocks when the host had answered.
    clock: Clock
    #: The handshake at the port.
    handshake: Controller
    #: The handshake at the public URL, and the TLS session there.
    public: Public
    session: Session
    #: The front end's page as it is served.
    page: FrontEndSeen
    #: The same page in a browser.
    visit: Browser


def join_evidence(host: Subjects, seen: SeenFromController) -> Subjects:
    """Add to each subject what the controller saw of it.

    :param host: what the host sent. Neither it nor anything in it is changed.
    :returns: a new mapping; the controller's part is in the fields that the types of evidence name as added by it.
    """
    joined: Subjects = {**host}
    proxies: list[ListeningProxy] = []
    if "port" in host:
        proxies = _without_strangers(host["port"], host.get("proxy") or {})
        joined["port"] = {**host["port"], "controller": seen["reached"], "proxies": proxies}
    if "firewall" in host:
        joined["firewall"] = {
            **host["firewall"],
            "controller": seen["reached"],
            "port_evidence": {"proxies": proxies},
        }
    if "websocket" in host:
        joined["websocket"] = _websocket(host["websocket"], seen, {"proxies": proxies})
    if "tls" in host and "session" in seen:
        joined["tls"] = {**host["tls"], "public": seen["session"]}
    if "frontend" in host and "page" in seen:
        joined["frontend"] = {**host["frontend"], "page": seen["page"]}
    if "visit" in seen:
        joined["browser"] = seen["visit"]
    return joined


def _websocket(host: Websocket, seen: SeenFromController, port: Port) -> Websocket:
    """The evidence of the WebSocket, with the handshakes from the controller.

    :param port: what these are judged with of the evidence of the port.
    """
    joined: Websocket = {**host}
    if "clock" in seen:
        joined["clock"] = seen["clock"]
    if "handshake" in seen:
        joined["controller"] = {**seen["handshake"], "port_evidence": port}
    if "public" in seen:
        joined["public"] = {**seen["public"]}
        if seen["public"].get("lookup"):
            # Whether a name is unknown to both resolvers is seen by comparing the two.
            joined["public"]["host_lookup"] = host.get("public_name")
    return joined


def _without_strangers(port: Port, proxy: Proxy) -> list[ListeningProxy]:
    """The proxies of the host, without the ports of those whose configuration forwards elsewhere: they do not make a service of this
    host a proxied one.

    Not without the one that serves the public URL: clients are meant to come through it, wherever it sends them by mistake.
    """
    meant = proxy.get("asked") if proxy.get("url_from") == "public_url" else None
    read = [
        entry for entry in proxy.get("proxies") or () if entry.get("leads") is not None and entry.get("pid") != meant
    ]
    strangers = {number for entry in read if not entry["leads"] for number in entry.get("ports") or ()}
    return [
        {**entry, "ports": left}
        for entry in port.get("proxies") or ()
        for left in [[number for number in entry.get("ports") or () if number not in strangers]]
        if left
    ]
