# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-upstream-scheme-mismatch: nginx and its back end do not agree on TLS."""

from __future__ import annotations

from ...._evidence.proxy import location_words
from ...conditions import TURNED_BAD_BY_PROXY
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._proxy import EXPLAINS, led_by, log_line, route_of, turned


def _scheme(facts: Facts) -> str | None:
    """The scheme of proxy_pass."""
    return (route_of(facts, "nginx").get("upstream") or {}).get("scheme")


def _disagree(facts: Facts) -> object:
    if facts.proxy_errors("upstream-tls"):
        return True
    return facts.proxy_errors("upstream-closed") and facts.own_tls and _scheme(facts) == "http"


def _find(facts: Facts) -> Found:
    refused = facts.proxy_errors("upstream-tls")
    # TLS on both sides that fails has nothing to do with the scheme.
    wanted = ("http" if not facts.own_tls else None) if refused else "https"
    return "certain" if wanted else "likely", {
        "turned": turned(facts, "nginx"),
        "line": log_line((refused or facts.proxy_errors("upstream-closed"))[0]),
        "scheme": _scheme(facts),
        "spoken": "TLS" if facts.own_tls else "plaintext",
        "wanted": wanted,
        "location": location_words(route_of(facts, "nginx")),
    }


RULE = Rule(
    id="proxy-upstream-scheme-mismatch",
    layer="proxy",
    title="nginx and its back end do not agree on TLS",
    users_see=(
        "browser: `502 Bad Gateway`; console: `Error during WebSocket handshake: Unexpected response code: 502`",
        "nginx error.log, with `proxy_pass https://` to a server without TLS: `SSL_do_handshake() failed (SSL: "
        "error:…:wrong version number) while SSL handshaking to upstream`",
        "nginx error.log, with `proxy_pass http://` to a server with TLS: `upstream prematurely closed connection "
        "while reading response header from upstream`; in Node, `tlsClientError` with `ERR_SSL_HTTP_REQUEST`",
    ),
    why="The scheme of `proxy_pass` alone decides whether nginx encrypts the connection to the back end; it has "
    "nothing to do with the scheme of the public URL. A server without TLS answers nginx's ClientHello in plaintext, "
    "which OpenSSL reports as `wrong version number`, or closes the connection. A TLS server that receives a "
    "plaintext request closes without an HTTP answer. Either way nginx can only answer 502.",
    needs=(
        TURNED_BAD_BY_PROXY,
        led_by("nginx", "nginx"),
        Condition(
            "nginx logs that TLS to the back end failed, or that a back end which speaks TLS closed the connection on "
            "a plaintext request",
            _disagree,
        ),
    ),
    find=_find,
    confidence={
        "certain": "the back end speaks the other one of the two",
        "likely": "the back end speaks TLS, and nginx's TLS handshake with it still fails",
    },
    because=(
        "{turned}",
        "{line}",
        "proxy_pass has {scheme}://, the back end speaks {spoken}",
    ),
    fix=(
        (
            "write proxy_pass {wanted}://… at {location}, then nginx -t && nginx -s reload",
            "make nginx's TLS settings match the back end's at {location} (proxy_ssl_server_name on;, "
            "proxy_ssl_protocols, proxy_ssl_certificate), then nginx -t && nginx -s reload",
        ),
    ),
    explains=EXPLAINS,
    supersedes=("proxy-upstream-down",),
    look_alikes=(
        LookAlike(
            "proxy-upstream-down",
            Command("openssl s_client -connect <back end>:<port> </dev/null"),
            "a certificate: it needs https://; wrong version number: it needs http://; no connection: it is down",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",),
    staged=("nginx/tls-to-a-plain-back-end",),
)
