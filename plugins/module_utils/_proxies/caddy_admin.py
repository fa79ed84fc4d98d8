# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The configuration that a running Caddy has loaded, from its admin API (https://caddyserver.com/docs/api).

It is asked where the running process itself listens, on a loopback address or a unix socket of this host, and nowhere
else. What it answers stays here: only settings that are effective for a URL leave the host.
"""

from __future__ import annotations

import ipaddress
import typing as t

from .._protocol.handshake import Request
from .._protocol.plain_http import fetch
from .._protocol.recording_socket import Endpoint
from .._run.context import Context
from .._system.base import Listener
from .caddy_config import CaddySyntaxError, parsed
from .engine import host_and_port

if t.TYPE_CHECKING:  # pragma: no cover
    from .caddy_types import Whole

#: Where it listens if nothing else is said.
_USUAL = "localhost:2019"
#: Bytes of a configuration.
_MOST = 16 << 20
#: Seconds that the answer may take.
_PATIENCE = 3.0


def loaded(pid: int, places: t.Iterable[str | None], context: Context) -> Whole | None:
    """What a Caddy runs; None: its admin API is off, or elsewhere, or does not say it.

    :param pid: of the process, which must be one that is believed.
    :param places: where configuration and environment put the API, as Caddy writes addresses.
    """
    for place in dict.fromkeys([*filter(None, places), _USUAL]):
        for endpoint, host in _endpoints(pid, place, context):
            answer = fetch(endpoint, Request("/config/", host), context.deadline.within(_PATIENCE), _MOST)
            body = answer.body if answer is not None and answer.status == 200 else None
            if body is None:
                continue
            try:
                return parsed(body.decode("utf-8", "replace"), "admin API")
            except CaddySyntaxError:
                continue
    return None


def _endpoints(pid: int, place: str, context: Context) -> list[tuple[Endpoint, str]]:
    """Listeners of the process, and of no other, at a place; each with the Host that it accepts."""
    network, slash, rest = place.partition("/")
    own = [row for row in context.system.listeners if list(row.pids) == [pid] and row.netns == "host"]
    if slash and network.startswith("unix"):
        path = rest.partition("|")[0]
        return [(Endpoint(path, unix=True), "") for row in own if row.family == "unix" and row.address == path]
    name, port = host_and_port(rest if slash else place)
    rows = [row for row in own if row.family != "unix" and row.port == port and _is_loopback(row)]
    return [(Endpoint(row.address, row.port), "%s:%d" % (_bracketed(name or row.address), row.port)) for row in rows]


def _is_loopback(row: Listener) -> bool:
    try:
        return ipaddress.ip_address(row.address).is_loopback
    except ValueError:
        return False


def _bracketed(name: str) -> str:
    return "[%s]" % name if ":" in name else name
