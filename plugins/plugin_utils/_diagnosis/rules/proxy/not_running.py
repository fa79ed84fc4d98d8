# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-not-running: nobody listens on the port of this host that the public URL names."""

from __future__ import annotations

import typing as t

from ...._evidence.port import is_loopback
from ...._evidence.proxy import name_of, nobody_at_url
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Condition, Found, If, LookAlike, Rule

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import ProxySeen


def _find(facts: Facts) -> Found:
    seen = facts.proxy.get("at_url") or {}
    address = str(seen.get("address"))
    others = ["%s on port %s" % (name_of(row), ", ".join(map(str, row.get("ports") or ()))) for row in _proxies(facts)]
    # What comes from outside may be redirected to another port, and what the host itself sends is not.
    asked = facts.public.get("outcome") is not None or is_loopback(address.rpartition(":")[0].strip("[]"))
    return "certain" if asked else "likely", {
        "url": facts.proxy.get("url"),
        "address": address,
        "port": address.rpartition(":")[2],
        "errno": seen.get("errno"),
        "others": others[:3],
        "accepted": facts.handshake.get("outcome") == "open",
    }


def _proxies(facts: Facts) -> list[ProxySeen]:
    return facts.proxy.get("proxies") or []


RULE = Rule(
    id="proxy-not-running",
    layer="proxy",
    title="Nothing listens on the port of this host that clients connect to: the proxy is not running there",
    users_see=(
        "Chrome's console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: "
        "net::ERR_CONNECTION_REFUSED`",
        "`curl: (7) Failed to connect to … port 443: Connection refused`",
        "`ss -ltn` has no line for port 443 (or 80)",
        "`systemctl status nginx` (or apache2, haproxy, caddy): `failed`, or `inactive (dead)`",
    ),
    why="Clients connect to the port of the public URL, not to the service's own. Where a reverse proxy should listen and "
    "does not, because it was not started, ended after an error in its configuration, or listens on another port, the "
    "kernel refuses every connection. The service itself may well be healthy, and it is right that it is bound to loopback.",
    needs=(
        Condition(
            "public_url names another port than the service's, of an address of this host; nothing listens on it, and "
            "a connection from the host itself is refused",
            lambda facts: nobody_at_url(facts.proxy),
        ),
    ),
    against=(
        Condition("the handshake with the public URL is accepted", lambda facts: facts.public.get("outcome") == "open"),
    ),
    find=_find,
    confidence={
        "certain": "the kernel refuses the connection, and has no listener on the port",
        "likely": "the public URL was not tested from outside: what comes from there may be redirected to another port",
    },
    because=(
        "{url} leads to {address} of this host, and nothing listens on it ({errno})",
        "running here: {others}",
        If("accepted", "the server itself accepts the handshake"),
    ),
    fix=(
        (
            "let one of these listen on port {port}, or correct public_url: {others}",
            "start the proxy that serves {url}, and read why it ended: systemctl --failed; journalctl -u <proxy> -n 50",
        ),
    ),
    prevent=("enable the proxy's unit, so that it starts at boot (systemctl enable <proxy>)",),
    verify=("ss -ltnp 'sport = :{port}' shows the proxy", RECHECK),
    explains=("proxy.*", "port.address", "port.reachable", "websocket.*", "tls.*", "frontend.*", *IN_BROWSER),
    supersedes=("bind-loopback-only",),
    look_alikes=(
        LookAlike(
            "bind-loopback-only",
            Command("ss -ltn 'sport = :<port of the public URL>'"),
            "no line: the proxy does not run; a line: clients connect to the service's own port",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man2/connect.2.html",),
    staged=("nginx/is-not-running",),
)
