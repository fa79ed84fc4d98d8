# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""config-proxy-variables: http_proxy and the like send the process's own connections to a proxy, which refuses them."""

from __future__ import annotations

import typing as t

from ...conditions import logged
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ..process._restart import service_unit

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.log import Signature

#: Variables that send a client's connections to a proxy.
_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


def _host_and_port(url: str | None) -> str:
    """``host:port`` of a proxy's URL, or nothing; what stands before an @ is secret."""
    place = str(url or "").split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
    return place if ":" in place else ""


def _refused_at(facts: Facts, place: str) -> list[Signature]:
    """Lines that report a refusal at a place."""
    lines = facts.signatures("dependency-refused")
    captured = [(line, line.get("captured") or {}) for line in lines]
    return [line for line, at in captured if "%s:%s" % (at.get("address"), at.get("port")) == place]


def _find(facts: Facts) -> Found | None:
    """What the process must reach without the proxy belongs in NO_PROXY."""
    for name in _PROXY_VARIABLES:
        place = _host_and_port(facts.variable(name))
        lines = [*facts.signatures("proxy-of-environment"), *_refused_at(facts, place)] if place else []
        if lines:
            return "certain" if lines[0].get("key") == "proxy-of-environment" else "likely", {
                "variable": name,
                "proxy": place,
                "exempt": facts.variable("no_proxy") or facts.variable("NO_PROXY"),
                "line": facts.quote(lines[0]),
                "unit": service_unit(facts),
            }
    return None


RULE = Rule(
    id="config-proxy-variables",
    layer="config",
    title="Outgoing connections of the process go to a proxy from its environment",
    users_see=(
        "websocket-client: `WebSocketProxyException: failed CONNECT via proxy status: 403`",
        "Python's websockets: `InvalidProxyStatus: proxy rejected connection: HTTP 403`",
        "Python's http.client and urllib3: `Tunnel connection failed: 403 Forbidden`",
        "Go: `proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused`",
        "`ECONNREFUSED` with the address and port of the proxy, which the code does not name anywhere",
    ),
    why="Many clients read http_proxy, https_proxy, all_proxy and no_proxy from the environment; websockets since "
    "version 15 and websocket-client do so for ws:// and wss:// as well, even for 127.0.0.1. They ask the proxy with "
    "CONNECT to open the connection. A proxy that is meant for the web refuses internal names and unusual ports, or "
    "cannot be reached from this host. Other clients on the same host (Node's ws, for one) ignore the variables, so "
    "the same address works for them.",
    needs=(
        Condition(
            "the running process has a variable that sends its connections to a proxy",
            lambda facts: any(_host_and_port(facts.variable(name)) for name in _PROXY_VARIABLES),
        ),
        logged("its log reports a refused connection", "proxy-of-environment", "dependency-refused"),
    ),
    find=_find,
    confidence={
        "certain": "the log names the proxy",
        "likely": "the log names only the address that refused, which is the proxy's",
    },
    because=(
        "{variable} in the process's environment points to the proxy {proxy}",
        ("NO_PROXY is {exempt}", "NO_PROXY is not set"),
        "{line}",
    ),
    fix=(
        "list in NO_PROXY (and no_proxy) the hosts that the process connects to without a proxy, and restart it",
        "or disable the proxy in the client: websockets proxy=None, websocket-client http_no_proxy=['*'], aiohttp "
        "trust_env=False",
    ),
    prevent=(
        (
            "systemctl edit {unit}: under [Service], Environment=NO_PROXY=localhost,127.0.0.1,::1,<host it connects "
            "to>",
            "where it is started: NO_PROXY=localhost,127.0.0.1,::1,<host it connects to>",
        ),
    ),
    verify=("curl --noproxy '*' -v <address it connects to>, run as the process's user, connects", RECHECK),
    explains=("log.*", "process.running", "process.restarts", "websocket.message"),
    look_alikes=(
        LookAlike(
            "server-slow-dependency",
            Command("curl --noproxy '*' -v <address it connects to>"),
            "it answers at once: the proxy is in the way; it hangs or is slow: the dependency itself",
        ),
    ),
    sources=("https://websockets.readthedocs.io/en/stable/topics/proxies.html",),
    staged=("network/environment-proxy",),
)
