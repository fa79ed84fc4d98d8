# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-name-rejected: the server ends the TLS handshake because of the requested name (SNI)."""

from __future__ import annotations

from ...._evidence.tls import View, rejected
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Command, Found, If, LookAlike, Rule
from ._nginx import RELOAD, SSL_DOC
from ._openssl import s_client, session
from ._views import seen, wrong_views


def _refuses_no_name(view: View) -> bool:
    """Whether the port behind a proxy refuses who asks for no name, as nginx does by default."""
    return view.hop and rejected(view.variant("none"))


def _find(facts: Facts) -> Found | None:
    """With the name that was asked for."""
    for view in wrong_views(facts, "tls.sni"):
        without = _refuses_no_name(view)
        if not view.name_rejected and not without:
            continue
        return "certain", {
            "without_name": without,
            "name": view.name,
            "endpoint": view.session.get("endpoint"),
            "failure": view.failure[:200],
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-name-rejected",
    layer="tls",
    title="The server rejects the requested host name (SNI)",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_SSL_UNRECOGNIZED_NAME_ALERT`",
        "OpenSSL, curl, Node.js: `tlsv1 unrecognized name`, `SSL alert number 112`; Python: `[SSL: TLSV1_UNRECOGNIZED_NAME]`",
        "nginx, error.log at level info: `handshake rejected`",
        "nginx as the proxy in front, error.log: `SSL_do_handshake() failed` with `unrecognized name` and `while SSL handshaking to upstream`, "
        "and 502 Bad Gateway",
    ),
    why="A TLS client names the host that it wants in the extension server_name (SNI), so one address can serve many certificates. "
    "A server that does not know the name may answer the alert unrecognized_name and end the handshake: nginx with ssl_reject_handshake on, "
    "HAProxy with strict-sni. The reason is a server_name that is missing or misspelled. Behind a proxy it is often the proxy: nginx sends "
    "its upstream no name at all unless proxy_ssl_server_name is on.",
    needs=(
        seen(
            "the alert unrecognized_name (112) when the public name is requested, or, behind a proxy, when none is",
            "tls.sni",
            lambda view: view.name_rejected or _refuses_no_name(view),
        ),
    ),
    find=_find,
    confidence={"certain": "the alert is specific to this"},
    because=(
        (
            If("without_name", "without a name (SNI), {endpoint} answers unrecognized_name"),
            "for the name {name}, {endpoint} answers unrecognized_name",
        ),
        "the TLS library reports: {failure}",
    ),
    fix=("nginx -T | grep -nE 'server_name|ssl_reject_handshake'   # which server block has the name?",),
    prevent=(
        (
            If("without_name", "nginx, in the proxy: proxy_ssl_server_name on;"),
            "add {name} to server_name in the block with its certificate, then " + RELOAD,
        ),
    ),
    verify=(s_client(),),
    explains=("tls.sni", "websocket.*", "proxy.*", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "tls-default-virtual-host",
            Command("openssl s_client -connect <host>:443 -servername <name> </dev/null"),
            "`unrecognized name`: the name is refused; a certificate for other names: the default virtual host answers",
        ),
    ),
    sources=(SSL_DOC + "#ssl_reject_handshake", "https://www.rfc-editor.org/rfc/rfc6066#section-3"),
    staged=("tls/name-is-rejected",),
)
