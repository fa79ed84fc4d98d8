# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-upstream-down: a proxy answers 502 or 503, because it cannot connect to its back end."""

from __future__ import annotations

from ...._evidence.proxy import location_words
from ...._evidence.websocket import outcome_words
from ...._evidence.who_answered import fingerprint, is_proxy
from ...facts import Facts
from ...rule import Command, Condition, Found, If, LookAlike, Rule
from ._proxy import EXPLAINS, leads_to_accepting, log_line, route_of, silent_upstreams

_STATUSES = (502, 503)


def _accepts(facts: Facts) -> bool:
    """Whether the server itself accepts the handshake: then it is up, and the proxy connects to something else."""
    return facts.handshake.get("outcome") == "open"


def _refused_at_nginx(facts: Facts) -> Found | None:
    """Where nothing listens at the address that nginx connects to, by its configuration or its log."""
    if facts.through.get("status") not in _STATUSES:
        return None
    silent = silent_upstreams(facts, "nginx")
    errors = facts.proxy_errors("upstream-refused", "no-live-upstreams")
    if not silent and not errors:
        return None
    return "certain" if silent else "likely", {
        "through": outcome_words(facts.through),
        "silent": silent[:3],
        "log_lines": [log_line(line) for line in errors[:1]],
        "location": location_words(route_of(facts, "nginx")),
        "elsewhere": _accepts(facts),
    }


def _listens_at(facts: Facts) -> str:
    """Where the service really listens."""
    rows = ["%s port %s" % (row.get("address"), facts.service.get("port")) for row in facts.listeners]
    return ", ".join(sorted(set(rows))[:3]) or "where the service listens"


def _find(facts: Facts) -> Found | None:
    """From nginx's configuration and log, or else from the answer."""
    found = _refused_at_nginx(facts)
    if found is not None:
        return found
    accepts = _accepts(facts)
    own = facts.first_refusal == facts.handshake and not is_proxy(fingerprint(facts.first_refusal))
    if leads_to_accepting(facts) or own:
        return None  # the back end is up; or it is the server's own answer
    return "likely", {
        "answer": outcome_words(facts.first_refusal),
        "accepts": accepts,
        "elsewhere": accepts,
        "listens_at": _listens_at(facts) if accepts else None,
    }


RULE = Rule(
    id="proxy-upstream-down",
    layer="proxy",
    title="A proxy cannot connect to the address of its back end",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 502` (or `503`)",
        "a page with `502 Bad Gateway`",
        "nginx's error.log: `connect() failed (111: Connection refused) while connecting to upstream`, and later, with "
        "more than one server in the upstream, `no live upstreams while connecting to upstream`",
    ),
    why="502 and 503 come from the proxy, not from the server: the proxy could not connect to the address in its "
    "configuration. Either nothing listens there, because the server is stopped, listens on another port or on the "
    "other loopback address (`127.0.0.1`, `::1`), or runs in another container or network namespace; or a firewall "
    "between the two rejects the connection.",
    needs=(
        Condition(
            "where it is first refused, or through the proxy on the host, the handshake is answered with 502 or 503",
            lambda facts: {facts.first_refusal.get("status"), facts.through.get("status")} & set(_STATUSES),
        ),
    ),
    find=_find,
    confidence={
        "certain": "nginx is configured to connect to an address where nothing listens",
        "likely": "otherwise",
    },
    because=(
        "through nginx: {through}",
        "nothing answers at {silent}",
        "{log_lines}",
        "the handshake is answered with {answer}",
        (
            If("accepts", "the server itself accepts it: a proxy in the path does not reach the server"),
            If("answer", "so the port belongs to a proxy whose back end does not answer"),
        ),
    ),
    fix=(
        "start the back end at that address, or correct the upstream at {location}",
        (
            "compare the proxy's upstream with {listens_at}, and look for a firewall between them",
            If("answer", "start the back end behind this port, and compare its port with the proxy's upstream"),
        ),
    ),
    prevent=(
        (
            If(
                "elsewhere",
                "configure the server's address and the proxy's upstream from one place, or use a unix socket",
            ),
            "start the back end at boot and restart it on failure (systemctl enable <unit>, Restart=on-failure)",
        ),
    ),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "proxy-stale-upstream-address",
            Command("getent hosts <name of the back end>"),
            "an address that the proxy does not use: a stale name; the same: nothing listens there",
        ),
        LookAlike(
            "proxy-selinux-denied",
            Command("ausearch -m avc -c nginx | tail"),
            "denied: the proxy is not allowed to connect; nothing: the back end refuses",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_upstream_module.html",),
    staged=(
        "browser/upstream-is-dead",
        "nginx/upstream-is-dead",
        "two-hosts/nginx-upstream-is-dead",
        "two-hosts/nginx-upstream-is-dead-from-behind",
        "two-hosts/nginx-upstream-is-dead-own-port",
    ),
)
