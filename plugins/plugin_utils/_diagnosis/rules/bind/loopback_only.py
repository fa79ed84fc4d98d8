# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""bind-loopback-only: the port is bound to 127.0.0.1 or ::1, and clients come from elsewhere."""

from __future__ import annotations

from ...._evidence.port import is_loopback
from ...._model import FAIL
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Condition, Found, If, LookAlike, Rule
from ._listeners import addresses, is_refused_outside, ms_outside


def _all_on_loopback(facts: Facts) -> bool:
    return bool(addresses(facts)) and all(is_loopback(address) for address in addresses(facts))


def _is_to_be_reached(facts: Facts) -> bool:
    """Whether clients are to reach the port itself: the inventory has it so, or the controller tries and fails."""
    return facts.status("port.address") == FAIL or facts.status("port.reachable", "controller") == FAIL


def _find(facts: Facts) -> Found:
    """Loopback is right behind a proxy of the same host, and only there."""
    refused = is_refused_outside(facts)
    # What leads clients to it from this host may be a proxy that is misconfigured, or a program that is no proxy by its name.
    assumed = "possible" if facts.proxy.get("proxies") or facts.proxy.get("strangers") else "likely"
    return "certain" if facts.status("port.address") == FAIL else assumed, {
        "addresses": sorted(set(addresses(facts))),
        "dialled": facts.from_outside.get("address") if refused else None,
        "ms": ms_outside(facts),
        "opens_here": facts.handshake.get("outcome") == "open",
        "port": facts.service.get("port"),
    }


RULE = Rule(
    id="bind-loopback-only",
    layer="bind",
    title="Bound to loopback only: nothing outside the host can connect",
    users_see=(
        "it works on the server itself (`curl http://127.0.0.1:8080/`), and from anywhere else it is refused",
        "Chrome's console: `WebSocket connection to 'ws://…' failed: Error in connection establishment: "
        "net::ERR_CONNECTION_REFUSED`",
        "Node clients: `connect ECONNREFUSED`, with the server's own address",
        "a container with a published port: `curl: (56) Recv failure: Connection reset by peer` on the host",
        "`ss -ltn` shows `127.0.0.1:8080` or `[::1]:8080`",
    ),
    why="A socket that is bound to 127.0.0.1 or ::1 gets only what is sent to that address, which never leaves the "
    "host. What arrives for the host's other addresses finds no socket, and the kernel refuses it, without any "
    "firewall. Many frameworks and development servers bind to loopback unless they are configured otherwise. In a "
    "container, loopback is the container's own: a published port does not reach it either.",
    needs=(
        Condition("every listener is bound to loopback", _all_on_loopback),
        Condition(
            "clients are meant to reach the port itself: its exposure is configured so (`port.address`), or the "
            "controller tries and cannot connect (`port.reachable`)",
            _is_to_be_reached,
        ),
    ),
    find=_find,
    confidence={
        "certain": "the address of every listener was seen, and the inventory has it that clients connect to the port itself",
        "likely": "the address of every listener was seen; that clients connect to the port itself is what the controller assumes",
        "possible": "the same, beside a proxy on this host through which they may be meant to come",
    },
    because=(
        "bound to {addresses} only",
        "the controller's connection to {dialled} is refused after {ms} ms",
        If("opens_here", "on the host itself the handshake succeeds"),
    ),
    fix=("bind to 0.0.0.0 or :: (HOST=0.0.0.0, --host 0.0.0.0, or the listen address), and restart",),
    prevent=(
        "or keep loopback, put a reverse proxy on this host in front, and set exposure: proxied in the inventory",
    ),
    verify=("ss -ltn 'sport = :{port}' shows 0.0.0.0 or *", RECHECK),
    explains=(
        "port.address",
        "port.reachable",
        "port.family",
        "websocket.handshake",
        "websocket.loopback",
        *IN_BROWSER,
    ),
    supersedes=("bind-localhost-other-family", "network-firewall-rejects"),
    look_alikes=(
        LookAlike(
            "network-firewall-rejects",
            Command("ss -ltn 'sport = :<port>'"),
            "127.0.0.1 or [::1] only: the binding; 0.0.0.0 or *: something else refuses the connection",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man7/ip.7.html",),
    staged=("bind/loopback-only",),
)
