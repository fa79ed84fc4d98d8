# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-stale-upstream-address: the proxy connects to an outdated address of its back end."""

from __future__ import annotations

import typing as t

from ...._evidence.proxy import asked_proxy, backends_seen
from ...._evidence.websocket import outcome_words
from ...conditions import through_proxy
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._proxy import EXPLAINS, log_line

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import BackEnd


def _accepted_by_name(facts: Facts) -> list[BackEnd]:
    """Back ends that have a name in the configuration, and accept the handshake where it resolves to."""
    return [entry for entry in backends_seen(facts.proxy) if entry["outcome"] == "open" and entry.get("resolved")]


def _find(facts: Facts) -> Found:
    """The address that the name has now; and a line about another one, where the proxy's log has any."""
    good = _accepted_by_name(facts)[0]
    now = str(good["resolved"])
    lines = [
        line
        for line in facts.proxy_errors("upstream-refused", "upstream-mute", "upstream-unreachable")
        if line.get("upstream") and now not in str(line["upstream"])
    ]
    return "certain" if lines else "likely", {
        "name": str(good.get("address")).rpartition(":")[0],
        "now": now,
        "kind": str(asked_proxy(facts.proxy).get("kind")),
        "through": outcome_words(facts.through),
        "line": log_line(lines[0]) if lines else None,
    }


RULE = Rule(
    id="proxy-stale-upstream-address",
    layer="proxy",
    title="The proxy connects to an outdated address of its back end",
    users_see=(
        "browser: `502 Bad Gateway` or `504 Gateway Time-out` since the back end was recreated, until the proxy is "
        "reloaded",
        "nginx error.log: `connect() failed (111: Connection refused) while connecting to upstream`, `connect() "
        "failed (113: No route to host) while connecting to upstream` or `upstream timed out (110: Connection timed "
        'out) while connecting to upstream`, with an old address in `upstream: "http://…"`',
        "the answers of another service, which has got the old address",
    ),
    why="nginx resolves a host name in `proxy_pass` or `upstream` once, when it loads the configuration, and keeps "
    "the address; Apache and HAProxy do the same unless told otherwise. A container or pod that is recreated gets "
    "another address, and DNS knows it at once, but the proxy goes on asking the old one. There nothing answers, or "
    "something else does.",
    needs=(
        through_proxy(502, 503, 504),
        Condition("the back end's name resolves to an address where the handshake is accepted", _accepted_by_name),
    ),
    find=_find,
    confidence={"certain": "the proxy's log names another address", "likely": "otherwise"},
    because=(
        "{name} now resolves to {now}, where the handshake is accepted",
        "through {kind}: {through}",
        "{line}",
        "a name in the configuration is resolved only once, when the configuration is loaded",
    ),
    fix=("reload {kind}: it resolves the name again",),
    prevent=(
        "nginx: resolver <address of the DNS server> valid=10s; and the name in a variable (set $backend …; "
        "proxy_pass http://$backend;)",
        "HAProxy: a resolvers section and server … resolvers <its name>; Apache: ProxyPass … disablereuse=on",
    ),
    verify=("getent hosts {name}", RECHECK),
    explains=EXPLAINS,
    supersedes=(
        "proxy-upstream-down",
        "proxy-upstream-silent",
        "proxy-apache-answers",
        "proxy-haproxy-no-server",
        "proxy-caddy-answers",
    ),
    look_alikes=(
        LookAlike(
            "proxy-upstream-down",
            Command("getent hosts <name of the back end>"),
            "an address that the proxy does not use: an outdated one; the same: nothing listens there",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",),
    staged=("nginx/back-end-has-moved",),
)
