# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-error-at-handshake: the proxy's own log says why it did not pass the handshake on."""

from __future__ import annotations

import re
import typing as t

from ...._evidence.proxy import AN_ERROR, asked_proxy, chain_of, location_words, name_of
from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import RECHECK, Condition, Found, If, Look, LookAlike, Rule
from ._proxy import EXPLAINS, log_line

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import OwnErrorLine, ProxySeen

#: What helps against words that proxies are known for; every other line is quoted all the same.
_HINTS = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (
            r"no resolver defined",
            "name a DNS server (resolver …; in the http block), or write proxy_pass without a variable",
        ),
        (r"could not be resolved|lookup \S+.*no such host", "correct the name of the back end, or the resolver"),
        (
            r"certificate verify error|certificate does not match",
            "make nginx expect the name that the back end's certificate has (proxy_ssl_name) and trust its authority"
            " (proxy_ssl_trusted_certificate)",
        ),
        (
            r"AH02(?:039|411)",
            "make Apache trust the authority of the back end's certificate (SSLProxyCACertificateFile), whose name ProxyPass"
            " has to have (SSLProxyCheckPeerName)",
        ),
        (
            r"x509:",
            "make Caddy expect the name that the back end's certificate has (transport http { tls_server_name … }) and trust"
            " its authority (tls_trusted_ca_certs)",
        ),
        (
            r'"msg":"EOF"|first record does not look like a TLS|malformed HTTP response|wrong version number',
            "compare the scheme that the proxy uses with what the back end speaks: http:// for plaintext, https:// for TLS",
        ),
        (
            r"connection upgrade in subrequest",
            'let the server that auth_request asks see no upgrade: in its location proxy_set_header Upgrade ""; and'
            ' proxy_set_header Connection "";',
        ),
        (
            r" 503 \d+ \S+ \S+ SC",
            "compare the server line with what the server is: its address, ssl or not, verify and ca-file, send-proxy",
        ),
        (r"\bbind\S* failed \(99", "bind to an address that this host has (ip -br addr), or remove proxy_bind"),
        (r"ModSecurity", "exempt the WebSocket path from the rule whose id the line names (SecRuleRemoveById)"),
        (r"Too many open files", "raise the limit on open files (nginx: worker_rlimit_nofile; systemd: LimitNOFILE=)"),
        (r"MaxRequestWorkers", "raise MaxRequestWorkers: each open WebSocket holds a worker"),
        (
            r"user \S* ?.*(?:not found|password mismatch)|no user/password",
            "give clients credentials, or exempt the path",
        ),
        (r"broken header .*PROXY|PROXY protocol", "send the PROXY protocol on both sides or on neither"),
    )
)
#: HAProxy's flags of how a session ended: who ended it, and when (8.5 of its manual).
_WHO = {
    "C": "the client ended it",
    "S": "the server refused or ended it",
    "P": "HAProxy itself refused it",
    "L": "HAProxy itself answered",
    "R": "a resource of HAProxy was used up",
    "I": "HAProxy itself failed",
    "D": "the server went down",
    "c": "the client was silent until timeout client",
    "s": "the server was silent until a timeout of the server",
}
_WHEN = {
    "R": "while the request was read",
    "Q": "while it waited in the queue",
    "C": "while the connection to the server was opened",
    "H": "while the answer's headers were awaited",
    "D": "while data were passed on",
}
_FLAGS = re.compile(r" (?:\d{3}|-1) \d+ \S+ \S+ ([A-Za-z])([A-Za-z-])[A-Za-z-]{2} \d+/")


def _server_is_at_fault(facts: Facts, line: OwnErrorLine) -> bool:
    """Whether the server itself refuses as well, and the proxy only complains about that."""
    if facts.handshake.get("outcome") in (None, "open"):
        return False
    same = facts.handshake.get("status") is not None and facts.handshake.get("status") == facts.through.get("status")
    return same or bool(
        re.search(r"upstream|backend|AH0(?:0898|0957|1102|1114)|dial tcp|/\S+ \d+/", str(line["sample"]))
    )


def _line(facts: Facts) -> OwnErrorLine | None:
    return next((line for line in facts.own_errors if not _server_is_at_fault(facts, line)), None)


def _writer(facts: Facts, line: OwnErrorLine) -> ProxySeen:
    """The proxy of the chain that wrote a line."""
    writers = [proxy for proxy in chain_of(facts.proxy) if line in (proxy.get("own_errors") or ())]
    return writers[0] if writers else asked_proxy(facts.proxy)


def _flags_in_words(sample: str) -> str | None:
    found = _FLAGS.search(sample)
    if found is None or found[1] not in _WHO:
        return None
    when = _WHEN.get(found[2], "")
    return "the flags %s%s mean: %s%s" % (found[1], found[2], _WHO[found[1]], ", %s" % when if when else "")


def _find(facts: Facts) -> Found | None:
    """With the line of the log that is about this very handshake."""
    line = _line(facts)
    if line is None:
        return None
    sample = str(line.get("sample"))
    route = next((entry for entry in _writer(facts, line).get("routes") or () if entry), None)
    asked = facts.handshake.get("outcome") == "open" or facts.proxy_answers or "upstream" not in sample
    certain = line.get("named") and (line.get("rank") or 0) <= AN_ERROR and asked
    return "certain" if certain else "likely" if line.get("named") else "possible", {
        "proxy": name_of(asked_proxy(facts.proxy)),
        "through": outcome_words(facts.through),
        "accepted": facts.handshake.get("outcome") == "open",
        "said": log_line(line),
        "flags": _flags_in_words(sample),
        "quoted": [sample],
        # What is forwarded and fails with words that no rule knows; a file that is missing is told by the route, too.
        "decisive": bool(certain) and line.get("key") is None and not facts.proxy_answers,
        "hint": next((advice for pattern, advice in _HINTS if pattern.search(sample)), None),
        "location": location_words(route) if route else None,
        "source": line.get("source"),
    }


RULE = Rule(
    id="proxy-error-at-handshake",
    layer="proxy",
    title="The proxy's own log says why it did not pass the handshake on",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected "
        "response code: 502` (or `500`, `403`)",
        "nginx's error.log: `no resolver defined to resolve …`, `upstream SSL certificate verify error: …`, "
        "`bind(…) failed (99: Cannot assign requested address) while connecting to upstream`, `access forbidden by rule`",
        "Apache's error log: a line with the client's address and a code such as `AH01114`, or `ModSecurity: Access denied "
        'with code 403 … [id "…"]`',
        'HAProxy\'s log: the status with flags such as `SC--`; Caddy\'s log: `"level":"error"` with the request\'s uri',
    ),
    why="A proxy that answers in the place of its back end writes the reason to its own log, next to the time, the client "
    "and the request. The line with exactly these is quoted. It says more than the status, which is the same for many "
    "reasons.",
    needs=(Condition("the handshake through the proxy is not accepted, and its log has a line about it", _line),),
    find=_find,
    confidence={
        "certain": "an error that names this handshake, and the back end does not refuse it itself",
        "likely": "a warning that names this handshake, or the back end was not tested",
        "possible": "an error of the same moment that names no request",
    },
    because=(
        "through {proxy}: {through}",
        If("accepted", "the server itself accepts the handshake"),
        "{said}",
        "{flags}",
    ),
    fix=(("{hint}", "fix what this line names, at {location}, and reload the proxy", "fix what this line names"),),
    verify=("tail -f {source}: a new handshake adds no such line", RECHECK),
    explains=EXPLAINS,
    general=True,
    supersedes=("proxy-upstream-down", "proxy-haproxy-no-server", "proxy-caddy-answers"),
    look_alikes=(
        LookAlike(
            "proxy-upstream-down",
            Look("a handshake that bypasses the proxy, on the host itself"),
            "101: what the proxy's line says; refused as well: the back end",
        ),
    ),
    sources=("https://nginx.org/en/docs/ngx_core_module.html#error_log",),
    staged=(
        "caddy/tls-to-a-plain-back-end",
        "nginx/auth-request-forwards-upgrade",
        "nginx/bind-to-a-foreign-address",
        "nginx/error-log-on-the-command-line",
        "nginx/no-resolver",
    ),
)
