# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-default-virtual-host: no virtual host has the name, so the default one answers with its own certificate."""

from __future__ import annotations

from ...._evidence.proxy import effective_route
from ...._evidence.tls import View, rejected, view_place
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Condition, Found, If, LookAlike, Rule
from ._nginx import RELOAD
from ._openssl import session, shows_dates
from ._views import seen, wrong_views

#: Programs that hold many names on one port.
_BY_NAME = ("nginx", "apache2", "httpd", "haproxy", "caddy", "traefik", "envoy", "lighttpd", "angie", "openresty")
#: How a server is chosen that has not the name: ``by`` of a route's server.
_WITHOUT_NAME = (None, "", "default", "port", "main server")


def _has_the_name(facts: Facts) -> bool:
    """Whether the proxy's configuration was read, and has a virtual host of this name: then that is the right one."""
    return (effective_route(facts.proxy).get("server") or {}).get("by") not in _WITHOUT_NAME


def _find(facts: Facts) -> Found | None:
    """With the certificate that the name gets, and who chooses it."""
    for view in wrong_views(facts, "tls.sni"):
        leaf = view.leaf
        if leaf is None or rejected(view.variant("none")) or view.name_rejected:
            continue
        if view.hop:
            return _behind_a_proxy(view)
        default = view.default_leaf("nobody") or view.default_leaf("none")
        owners = (facts.tls.get("edge") or {}).get("owners") or ()
        if default is None or default.der != leaf.der or leaf.covers(view.name) or not set(owners) & set(_BY_NAME):
            continue
        return "likely", {
            "name": view.name,
            "endpoint": view_place(view.session),
            "certificate": leaf.short,
            "software": list(owners),
            **session(view),
        }
    return None


def _behind_a_proxy(view: View) -> Found:
    return "possible", {
        "behind_a_proxy": True,
        "name": view.name,
        "endpoint": view.session.get("endpoint"),
        "certificate": view.leaf.short if view.leaf else "",
        "other_certificate": getattr(view.default_leaf("none"), "short", "") or "another one",
    }


RULE = Rule(
    id="tls-default-virtual-host",
    layer="tls",
    title="The default virtual host answers, with its own certificate",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_CERT_COMMON_NAME_INVALID`",
        "Node.js: `Hostname/IP does not match certificate's altnames`, code `ERR_TLS_CERT_ALTNAME_INVALID`",
        "curl: `no alternative certificate subject name matches target` (60); Python: `Hostname mismatch, certificate is not valid for`",
        "nginx as the proxy in front, with proxy_ssl_verify on, error.log: `upstream SSL certificate does not match`",
    ),
    why="A server with many names on one port chooses the certificate by the name in the TLS handshake (SNI). Where no virtual host has that "
    "name, the default one answers: in nginx the first server block of the port, or the one with default_server. So a misspelled or missing "
    "server_name shows as a certificate for another site. Behind a proxy the name may never be sent: nginx sends its upstream none unless "
    "proxy_ssl_server_name is on.",
    needs=(
        seen(
            "the name gets the certificate that unknown names get, from a server with many names; or the port behind a proxy "
            "sends another certificate to clients without SNI than to clients with it",
            "tls.sni",
            lambda view: (
                view.leaf is not None and (view.hop or view.default_leaf("nobody") or view.default_leaf("none"))
            ),
        ),
    ),
    against=(
        Condition(
            "a server block in the proxy's configuration has the name",
            lambda facts: not any(view.hop for view in wrong_views(facts, "tls.sni")) and _has_the_name(facts),
        ),
    ),
    find=_find,
    confidence={
        "likely": "an unknown name gets the same certificate",
        "possible": "behind a proxy, where the name that the proxy sends is not known",
    },
    because=(
        (
            If("behind_a_proxy", "with SNI {name} the port sends {certificate}"),
            "for the name {name}, {endpoint} sends the certificate of {certificate}",
        ),
        (
            If("behind_a_proxy", "without SNI it sends {other_certificate}"),
            "a name that no server has gets the same certificate",
        ),
        "{software} chooses the certificate by name, and listens there",
    ),
    fix=(
        (
            If("behind_a_proxy", "nginx: proxy_ssl_server_name on; proxy_ssl_name {name};"),
            "nginx -T | grep -n server_name   # is {name} listed, on this port?",
        ),
    ),
    prevent=(
        (
            If("behind_a_proxy", "alternatively, make the virtual host of {name} the default on the back end's port"),
            "give {name} a server block with its own ssl_certificate, then " + RELOAD,
        ),
    ),
    verify=(
        (
            If("behind_a_proxy", "openssl s_client -connect {endpoint} -noservername </dev/null"),
            *shows_dates(),
        ),
    ),
    explains=("tls.sni", "tls.name", "proxy.*", *IN_BROWSER_TLS),
    supersedes=("tls-wrong-name",),
    look_alikes=(
        LookAlike(
            "tls-wrong-name",
            Command("openssl s_client -connect <host>:443 -servername nobody.invalid </dev/null"),
            "the same certificate: the default virtual host answers; another one: it was issued for another name",
        ),
        LookAlike(
            "tls-name-rejected",
            Command("openssl s_client -connect <host>:443 -servername <name> </dev/null"),
            "a certificate for other names: the default virtual host answers; `unrecognized name`: the name is refused",
        ),
    ),
    sources=(
        "https://nginx.org/en/docs/http/configuring_https_servers.html#name_based_https_servers",
        "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_server_name",
    ),
    staged=("tls/default-virtual-host",),
)
