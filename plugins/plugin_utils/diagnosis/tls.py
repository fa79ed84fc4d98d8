# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in certificates and in what is spoken on a port: layer tls of the failure catalogue."""

from __future__ import annotations

import typing as t

from ..checks.proxy import effective_route
from ..checks.tls import chain_lines, day
from ..model import FAIL, WARN, is_number
from ..tls_view import (
    ISSUER_UNKNOWN,
    LEAF_ONLY,
    ROOT_UNKNOWN,
    SELF_SIGNED,
    View,
    dialled_of,
    rejected,
    urls_of_issuer,
    view_place,
    views,
)
from .rule import IN_BROWSER_TLS, Facts, Match, Rule

#: Clocks that differ by less agree: they were not read at the same moment.
_SKEW = 120
#: Programs that hold many names on one port.
_BY_NAME = ("nginx", "apache2", "httpd", "haproxy", "caddy", "traefik", "envoy", "lighttpd", "angie", "openresty")

_RELOAD = "systemctl reload nginx (or the server that holds the certificate)"


def _evidence(facts: Facts) -> dict[str, t.Any]:
    record = facts.evidence.get("tls")
    return record if isinstance(record, dict) else {}


def _wrong(facts: Facts, check_id: str, statuses: tuple[str, ...] = (FAIL, WARN)) -> t.Iterator[View]:
    """The views in which a check is not as it should be."""
    for view in views(_evidence(facts), facts.service):
        if facts.status(check_id, view.vantage) in statuses:
            yield view


def _shown(view: View) -> str:
    """The command that shows what was seen."""
    name = " -servername %s" % view.name if view.session.get("sni") else " -noservername"
    place = view.session.get("endpoint") or "<host>:443"
    return "openssl s_client -connect %s%s -showcerts </dev/null" % (place, name)


def _dates_command(view: View) -> str:
    return "%s | openssl x509 -noout -subject -issuer -dates -ext subjectAltName" % _shown(view)


def _sent(view: View) -> list[str]:
    return ["%s sent %s" % (line["source"], line["text"]) for line in chain_lines(view)[:3]]


def _said(view: View) -> list[str]:
    rows = [row for row in view.session.get("verified") or () if isinstance(row, dict) and row.get("code")]
    return ["OpenSSL with the store %s: %s (code %s)" % (r.get("store"), r.get("message"), r["code"]) for r in rows]


def _skew(facts: Facts, view: View) -> float | None:
    """Seconds by which the clock of the host is ahead of the controller's, where both were read."""
    there = _evidence(facts).get("public")
    host, other = _evidence(facts).get("clock"), there.get("clock") if isinstance(there, dict) else None
    if view.vantage != "host" or not is_number(host) or not is_number(other) or min(host, other) < 1_500_000_000:
        return None
    return float(host - other)


def _clock(facts: Facts) -> Match | None:
    """A certificate is not valid yet by the clock of the host, or it has expired by that clock and not by the
    controller's. Certain where the two clocks differ and the controller's finds it valid; likely where the
    certificate begins within two days, as a fresh one does; else possible: it may have been issued for later."""
    for view in _wrong(facts, "tls.dates"):
        leaf, now, skew = view.leaf, view.now, _skew(facts, view)
        if leaf is None or now is None:
            continue
        early, late = leaf.not_before > now, leaf.not_after < now
        apart = skew is not None and abs(skew) > _SKEW and leaf.not_before <= now - skew <= leaf.not_after
        if not early and not (late and apart):
            continue
        because = [
            "by the clock of the host it is %s; the certificate is valid from %s to %s"
            % (day(now), day(leaf.not_before), day(leaf.not_after))
        ]
        if apart and skew is not None:
            because.append("the clock of the host is %.0f s %s" % (abs(skew), "ahead" if skew > 0 else "behind"))
        return Match(
            "certain" if apart else "likely" if leaf.not_before - now < 2 * 86400 else "possible",
            because,
            immediate=["compare the clock with a time server: timedatectl; chronyc tracking"],
            configuration=["keep the clock right: run chrony or systemd-timesyncd (timedatectl set-ntp true)"],
            testing=["date -u; %s" % _dates_command(view)],
        )
    return None


def _is_expired(facts: Facts) -> Match | None:
    """A certificate of the path has ended by the clock of the host."""
    for view in _wrong(facts, "tls.dates", (FAIL, WARN)):
        now = view.now
        late = [entry for entry in view.needed if now is not None and entry.not_after < now]
        if not late or now is None:
            continue
        which = "the server's certificate" if late[0] is view.leaf else "the intermediate certificate"
        return Match(
            "certain",
            [
                "%s (%s) ended on %s, %.1f days ago"
                % (which, late[0].short, day(late[0].not_after), -late[0].days_left(now))
            ],
            immediate=[
                "compare the file with what is served: openssl x509 -in <certificate file> -noout -enddate",
                "the file is newer: %s; else renew it: certbot renew" % _RELOAD,
            ],
            configuration=["let the renewal reload the server: certbot renew --deploy-hook 'systemctl reload nginx'"],
            testing=[_dates_command(view)],
        )
    return None


def _is_self_signed(facts: Facts) -> Match | None:
    """OpenSSL's code 18: the only certificate names itself as its issuer, and no store has it."""
    for view in _wrong(facts, "tls.trust"):
        leaf = view.leaf
        if leaf is None or not leaf.self_signed or SELF_SIGNED not in view.codes.values():
            continue
        return Match(
            "certain",
            ["issuer and subject are the same: %s" % leaf.subject, *_said(view)],
            immediate=["install a certificate of a CA that the clients trust: certbot certonly -d <name>"],
            configuration=[
                "or give it to the clients (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, update-ca-certificates) "
                "and name it with tls.ca_path"
            ],
            testing=["%s -verify_return_error -CAfile <its file>" % _shown(view)],
        )
    return None


def _is_incomplete(facts: Facts) -> Match | None:
    """The server sends too few certificates. OpenSSL says of a private root that it does not know exactly what it
    says here (20), so there has to be a trace of the certificate between: the URL where it is published, or a root of
    the same organization in tls.ca_path. Only the certificates as they were sent tell, never a verified chain."""
    for view in _wrong(facts, "tls.chain"):
        reason = view.missing_intermediate
        if not reason:
            continue
        last = view.path[-1]
        urls = urls_of_issuer(last)
        fetch = "curl -sO %s" % urls[0] if urls else "ask the CA for it"
        return Match(
            "likely",
            [
                "%d certificate%s sent, the last is issued by %s"
                % (len(view.chain), "" if len(view.chain) == 1 else "s", last.issuer),
                reason,
                *_said(view),
            ],
            immediate=["serve the full chain (nginx: ssl_certificate …/fullchain.pem), then %s" % _RELOAD],
            configuration=["get the intermediate certificate (%s) and append it to the server's own" % fetch],
            testing=["%s | grep -c BEGIN" % _shown(view)],
        )
    return None


def _is_private(facts: Facts) -> Match | None:
    """The chain is whole and leads to a root that no store here has (19: the root was sent; 20: it was not, and
    nothing says that a certificate between is missing)."""
    wanted = {ROOT_UNKNOWN, ISSUER_UNKNOWN, LEAF_ONLY}
    for view in _wrong(facts, "tls.trust"):
        if view.leaf is None or view.leaf.self_signed or view.missing_intermediate or view.anchored:
            continue
        if not wanted & set(view.codes.values()):
            continue
        root = view.path[-1]
        return Match(
            "certain" if root.self_signed else "likely",
            ["the chain leads to %s" % (root.subject if root.self_signed else root.issuer), *_said(view)],
            immediate=["name the root's file with tls.ca_path, and see whether the clients have it"],
            configuration=[
                "give the root to every client: Node NODE_EXTRA_CA_CERTS, Python SSL_CERT_FILE (requests: "
                "REQUESTS_CA_BUNDLE), Java keytool -importcert -cacerts, the system update-ca-certificates",
            ],
            testing=["%s -verify_return_error -CAfile <root's file>" % _shown(view)],
        )
    return None


def _is_for_others(facts: Facts) -> Match | None:
    """The name that clients dial is not among the certificate's alternative names."""
    for view in _wrong(facts, "tls.name"):
        leaf = view.leaf
        if leaf is None or not leaf.names or leaf.covers(view.name):
            continue
        return Match(
            "certain",
            ["clients dial %s" % view.name, "the certificate is for %s" % ", ".join(leaf.names[:8])],
            immediate=["issue it for the name that clients dial: certbot certonly -d %s" % view.name],
            configuration=["list every public name as subjectAltName, or let clients dial one that is there"],
            testing=[_dates_command(view)],
        )
    return None


def _has_common_name_only(facts: Facts) -> Match | None:
    """There are no alternative names. Python and curl compare the common name then, browsers compare nothing."""
    for view in _wrong(facts, "tls.name"):
        leaf = view.leaf
        if leaf is None or leaf.names or not leaf.common_name:
            continue
        return Match(
            "certain",
            [
                "the certificate has the common name %s and no subjectAltName" % leaf.common_name,
                "browsers answer ERR_CERT_COMMON_NAME_INVALID, while Python, Node and curl accept it",
            ],
            immediate=["issue it again with -addext subjectAltName=DNS:%s (openssl req)" % view.name],
            configuration=["let the CA copy or set subjectAltName in every server certificate"],
            testing=[_dates_command(view)],
        )
    return None


#: How a server is chosen that has not the name: ``by`` of a route's server.
_WITHOUT_NAME = (None, "", "default", "port", "main server")


def _is_default_host(facts: Facts) -> Match | None:
    """A server of many names answers the public one with the certificate that it gives to names it does not know, and
    that is for others: no virtual host has the name. Or the port behind a proxy gives a client without SNI, as nginx
    is by default, another certificate than one that sends the name."""
    for view in _wrong(facts, "tls.sni"):
        leaf = view.leaf
        if leaf is None or rejected(view.variant("none")) or view.name_rejected:
            continue
        default = view.default_leaf("nobody") or view.default_leaf("none")
        if view.hop:
            return _default_behind(view)
        owners = (_evidence(facts).get("edge") or {}).get("owners") or ()
        if default is None or default.der != leaf.der or leaf.covers(view.name) or not set(owners) & set(_BY_NAME):
            continue
        # Where the proxy's configuration was read: a virtual host that has the name is the right one.
        if (effective_route(facts.proxy).get("server") or {}).get("by") not in _WITHOUT_NAME:
            continue
        return Match(
            "likely",
            [
                "asked for %s, %s sends the certificate of %s" % (view.name, view_place(view.session), leaf.short),
                "a name that nobody serves gets the same",
                "%s chooses by name, and listens there" % ", ".join(owners),
            ],
            immediate=["nginx -T | grep -n server_name   # is %s there, on this port?" % view.name],
            configuration=["give %s a server block with its own ssl_certificate, then %s" % (view.name, _RELOAD)],
            testing=[_dates_command(view)],
        )
    return None


def _default_behind(view: View) -> Match:
    return Match(
        "possible",
        [
            "with SNI %s the port sends %s" % (view.name, view.leaf.short if view.leaf else ""),
            "without SNI it sends %s" % (getattr(view.default_leaf("none"), "short", "") or "another one"),
        ],
        immediate=["nginx: proxy_ssl_server_name on; proxy_ssl_name %s;" % view.name],
        configuration=["or make the virtual host of %s the default of the back end's port" % view.name],
        testing=["openssl s_client -connect %s -noservername </dev/null" % view.session.get("endpoint")],
    )


def _refuses_name(facts: Facts) -> Match | None:
    """The server ends the handshake with the alert unrecognized_name (112) where the public name is asked for, or,
    behind a proxy, where none is."""
    for view in _wrong(facts, "tls.sni"):
        without = view.hop and rejected(view.variant("none"))
        if not view.name_rejected and not without:
            continue
        asked = "asked for no name" if without else "asked for %s" % view.name
        return Match(
            "certain",
            ["%s, %s answers unrecognized_name" % (asked, view.session.get("endpoint")), view.failure[:200]],
            immediate=["nginx -T | grep -nE 'server_name|ssl_reject_handshake'   # which server block takes the name?"],
            configuration=[
                "nginx, in the proxy: proxy_ssl_server_name on"
                if without
                else "add %s to server_name of the block with its certificate, then %s" % (view.name, _RELOAD)
            ],
            testing=[_shown(view)],
        )
    return None


def _wants_certificate(facts: Facts) -> Match | None:
    """The server asks for a certificate of the client (CertificateRequest), and refuses who has none: by an alert, or
    in HTTP, as nginx does."""
    for view in _wrong(facts, "tls.client_certificate"):
        if view.client_certificate.get("demanded") is not True:
            continue
        return Match(
            "certain",
            [
                "%s asks for a certificate of the client" % view_place(view.session),
                "without one it answers: %s" % view.client_certificate.get("how"),
                "browsers cannot choose one for a WebSocket: the opening handshake is canceled",
            ],
            immediate=["give the WebSocket a server name that demands none (nginx: ssl_verify_client off)"],
            configuration=[
                "authenticate WebSocket clients by a cookie or token. ssl_verify_client optional, with a test of "
                "$ssl_client_verify in the locations that need it, is for browsers only where the page comes from the same "
                "name and port"
            ],
            testing=[
                "%s | grep -A1 'client certificate CA names'" % _shown(view).replace(" </dev/null", " -msg </dev/null")
            ],
        )
    return None


def _plain_to_tls(facts: Facts) -> Match | None:
    """public_url says ws, and the port that it names speaks TLS."""
    for view in _wrong(facts, "tls.protocol", (FAIL,)):
        dialled = dialled_of(_evidence(facts))
        if dialled.get("scheme") != "ws" or view.vantage != "host":
            continue
        return Match(
            "certain",
            [
                "public_url says ws://%s, port %s" % (dialled.get("host"), dialled.get("port")),
                "%s speaks %s" % (view.session.get("endpoint"), view.session.get("protocol") or "TLS"),
            ],
            immediate=["dial wss:// in the client and in public_url"],
            configuration=["derive the URL from the page: location.protocol === 'https:' ? 'wss:' : 'ws:'"],
            testing=["curl -skI https://%s/" % view.session.get("endpoint")],
        )
    return None


def _tls_to_plain(facts: Facts) -> Match | None:
    """public_url says wss, and the port that it names answers in clear. Certain where the name leads to an address of
    this host; else likely: something in front may end TLS on the same port number."""
    evidence, dialled = _evidence(facts), dialled_of(_evidence(facts))
    if facts.status("tls.protocol") != FAIL or dialled.get("scheme") != "wss":
        return None
    place = evidence.get("own") if dialled.get("port") == facts.service.get("port") else evidence.get("edge")
    if not isinstance(place, dict) or place.get("speaks") != "plain":
        return None
    rows = [row for row in evidence.get("addresses") or () if isinstance(row, dict) and row.get("local") is True]
    because = ["public_url says wss://%s, port %s" % (dialled.get("host"), dialled.get("port"))]
    because.append("%s answers in clear" % place.get("endpoint"))
    if rows:
        because.append("%s is %s, an address of this host" % (dialled.get("host"), rows[0].get("address")))
    return Match(
        "certain" if rows else "likely",
        because,
        immediate=["switch TLS on for the port (nginx: listen %s ssl; ssl_certificate …)" % dialled.get("port")],
        configuration=["or end TLS in a proxy on port 443, and let public_url name that port"],
        testing=["openssl s_client -connect %s:%s </dev/null" % (dialled.get("host"), dialled.get("port"))],
    )


_OPENSSL = "https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/"
_NGINX_SSL = "https://nginx.org/en/docs/http/ngx_http_ssl_module.html"


def _rule(
    rule_id: str,
    title: str,
    explains: tuple[str, ...],
    find: t.Callable[[Facts], Match | None],
    source: tuple[str, ...],
    supersedes: tuple[str, ...] = (),
) -> Rule:
    return Rule(rule_id, title, "tls", (*explains, *IN_BROWSER_TLS), find, supersedes, source)


RULES: tuple[Rule, ...] = (
    _rule(
        "tls-tls-to-plain-port",
        "Clients begin with TLS, and the port answers in clear",
        ("tls.protocol", "websocket.*", "proxy.*"),
        _tls_to_plain,
        ("https://www.rfc-editor.org/rfc/rfc6455#section-3",),
    ),
    _rule(
        "tls-plain-to-tls-port",
        "Clients speak in clear to a port that speaks TLS",
        ("tls.protocol", "websocket.*", "proxy.*"),
        _plain_to_tls,
        ("https://www.rfc-editor.org/rfc/rfc6455#section-3",),
    ),
    _rule(
        "tls-sni-rejected",
        "The server refuses the name that it is asked for",
        ("tls.sni", "websocket.*", "proxy.*"),
        _refuses_name,
        (_NGINX_SSL + "#ssl_reject_handshake", "https://www.rfc-editor.org/rfc/rfc6066#section-3"),
    ),
    _rule(
        "tls-mtls-required",
        "The server demands a certificate that browsers do not send for a WebSocket",
        ("tls.client_certificate", "websocket.*", "proxy.*"),
        _wants_certificate,
        (_NGINX_SSL + "#ssl_verify_client",),
    ),
    _rule(
        "clock-skew-tls",
        "The certificate is not valid at the time that the host has: its clock is wrong",
        ("tls.dates",),
        _clock,
        ("https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5", _OPENSSL),
        ("tls-expired",),
    ),
    _rule("tls-expired", "The certificate has expired", ("tls.dates",), _is_expired, (_OPENSSL,)),
    _rule(
        "tls-missing-intermediate",
        "The server does not send the intermediate certificate",
        ("tls.chain", "tls.trust"),
        _is_incomplete,
        ("https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2", _OPENSSL),
    ),
    _rule(
        "tls-self-signed",
        "The certificate is self-signed: clients do not trust it",
        ("tls.trust",),
        _is_self_signed,
        (_OPENSSL,),
    ),
    _rule(
        "tls-private-ca-untrusted-by-app",
        "The certificate is of a private CA that this host does not trust",
        ("tls.trust",),
        _is_private,
        ("https://nodejs.org/api/cli.html#node_extra_ca_certsfile", _OPENSSL),
    ),
    _rule(
        "tls-sni-default-vhost",
        "The name gets the certificate of the default virtual host",
        ("tls.sni", "tls.name", "proxy.*"),
        _is_default_host,
        (
            "https://nginx.org/en/docs/http/configuring_https_servers.html#name_based_https_servers",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_server_name",
        ),
        ("tls-wrong-host",),
    ),
    _rule(
        "tls-wrong-host",
        "The certificate is for another name",
        ("tls.name", "tls.sni"),
        _is_for_others,
        ("https://www.rfc-editor.org/rfc/rfc9525#section-6", _OPENSSL),
    ),
    _rule(
        "tls-cn-only",
        "The certificate has no alternative name: browsers refuse it, other clients do not",
        ("tls.name",),
        _has_common_name_only,
        ("https://www.rfc-editor.org/rfc/rfc9525#section-2",),
    ),
)
