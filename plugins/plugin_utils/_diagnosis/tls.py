# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in certificates and in what is spoken on a port: layer tls of the failure catalogue."""

from __future__ import annotations

import typing as t

from .._evidence.certificates import Certificate
from .._evidence.proxy import effective_route
from .._evidence.tls import (
    ISSUER_UNKNOWN,
    LEAF_ONLY,
    ROOT_UNKNOWN,
    SELF_SIGNED,
    View,
    chain_lines,
    day,
    dialled_of,
    rejected,
    urls_of_issuer,
    view_place,
    views,
)
from .._model import FAIL, WARN, is_number
from .conditions import always, never_sure, sure_where
from .facts import Facts
from .rule import IN_BROWSER_TLS, Condition, Match, Rival, Rule

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


def _dated(facts: Facts) -> t.Iterator[tuple[View, Certificate, float]]:
    """Views in which dates are wrong, with the server's certificate and the time by the clock of the host."""
    for view in _wrong(facts, "tls.dates"):
        if view.leaf is not None and view.now is not None:
            yield view, view.leaf, view.now


def _clocks_differ(facts: Facts, view: View) -> bool:
    """Whether the clocks of host and controller differ, and the controller's finds the certificate valid."""
    leaf, now, skew = view.leaf, view.now, _skew(facts, view)
    if leaf is None or now is None or skew is None:
        return False
    return abs(skew) > _SKEW and leaf.not_before <= now - skew <= leaf.not_after


def _clock(facts: Facts) -> Match | None:
    """With the two clocks, where both were read."""
    for view, leaf, now in _dated(facts):
        skew, apart = _skew(facts, view), _clocks_differ(facts, view)
        if leaf.not_before <= now and not (leaf.not_after < now and apart):
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


def _late(view: View) -> list[Certificate]:
    """Certificates of the path that have ended by the clock of the host."""
    now = view.now
    return [entry for entry in view.needed if now is not None and entry.not_after < now]


def _is_expired(facts: Facts) -> Match | None:
    """With the certificate, and the day on which it ended."""
    for view in _wrong(facts, "tls.dates"):
        late, now = _late(view), view.now
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


def _self_signed(view: View) -> bool:
    return view.leaf is not None and view.leaf.self_signed and SELF_SIGNED in view.codes.values()


def _is_self_signed(facts: Facts) -> Match | None:
    """With what the stores say of it."""
    for view in _wrong(facts, "tls.trust"):
        leaf = view.leaf
        if leaf is None or not _self_signed(view):
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
    """With what was sent, and the trace of what was not."""
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


def _root_unknown(view: View) -> bool:
    """Whether the chain is whole and leads to a root that no store here has."""
    if view.leaf is None or view.leaf.self_signed or view.missing_intermediate or view.anchored:
        return False
    return bool({ROOT_UNKNOWN, ISSUER_UNKNOWN, LEAF_ONLY} & set(view.codes.values()))


def _is_private(facts: Facts) -> Match | None:
    """With the root to which the chain leads."""
    for view in _wrong(facts, "tls.trust"):
        if not _root_unknown(view):
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
    """With the name that is dialled, and those of the certificate."""
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
    """With the common name, which browsers do not look at."""
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


def _has_the_name(facts: Facts) -> bool:
    """Whether the proxy's configuration was read, and has a virtual host of this name: then that is the right one."""
    return (effective_route(facts.proxy).get("server") or {}).get("by") not in _WITHOUT_NAME


def _is_default_host(facts: Facts) -> Match | None:
    """With the certificate that the name gets, and who chooses it."""
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


def _refuses_no_name(view: View) -> bool:
    """Whether the port behind a proxy refuses who asks for no name, as nginx does by default."""
    return view.hop and rejected(view.variant("none"))


def _refuses_name(facts: Facts) -> Match | None:
    """With the name that was asked for."""
    for view in _wrong(facts, "tls.sni"):
        without = _refuses_no_name(view)
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
    """With how it answers who has none."""
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
    """With what the port speaks."""
    dialled = dialled_of(_evidence(facts))
    for view in _wrong(facts, "tls.protocol", (FAIL,)):
        if view.vantage != "host":
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


def _dialled_place(facts: Facts) -> dict[str, t.Any]:
    """What was seen of the port that public_url names, on this host."""
    evidence, own = _evidence(facts), dialled_of(_evidence(facts)).get("port") == facts.service.get("port")
    place = evidence.get("own") if own else evidence.get("edge")
    return place if isinstance(place, dict) else {}


def _tls_to_plain(facts: Facts) -> Match | None:
    """With the place that answers in clear."""
    evidence, dialled, place = _evidence(facts), dialled_of(_evidence(facts)), _dialled_place(facts)
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
    **more: t.Any,
) -> Rule:
    return Rule(rule_id, title, "tls", (*explains, *IN_BROWSER_TLS), find, supersedes, source, **more)


def _seen(text: str, check_id: str, test: t.Callable[[View], object]) -> Condition:
    """In a view, on the host or at the public URL, the check is not as it should be, and this was seen."""
    return Condition("%s (`%s`)" % (text, check_id), lambda facts: any(test(view) for view in _wrong(facts, check_id)))


def _url_says(scheme: str) -> Condition:
    return Condition(
        "public_url says %s://" % scheme, lambda facts: dialled_of(_evidence(facts)).get("scheme") == scheme
    )


_SENT = "openssl s_client -connect <host>:443 -servername <name> -showcerts </dev/null"


RULES: tuple[Rule, ...] = (
    _rule(
        "tls-to-plaintext-port",
        "Clients begin with TLS, and the port answers in clear",
        ("tls.protocol", "websocket.*", "proxy.*"),
        _tls_to_plain,
        ("https://www.rfc-editor.org/rfc/rfc6455#section-3",),
        needs=(
            _url_says("wss"),
            Condition(
                "the port that it names answers in clear (`tls.protocol`)",
                lambda facts: facts.status("tls.protocol") == FAIL and _dialled_place(facts).get("speaks") == "plain",
            ),
        ),
        sureness=sure_where(
            "the name leads to an address of this host", "something in front may end TLS on the same port number"
        ),
    ),
    _rule(
        "tls-plaintext-to-tls-port",
        "Clients speak in clear to a port that speaks TLS",
        ("tls.protocol", "websocket.*", "proxy.*"),
        _plain_to_tls,
        ("https://www.rfc-editor.org/rfc/rfc6455#section-3",),
        needs=(
            _url_says("ws"),
            _seen("the port that it names speaks TLS", "tls.protocol", lambda view: view.vantage == "host"),
        ),
        sureness=always("the port was asked in both"),
    ),
    _rule(
        "tls-name-rejected",
        "The server refuses the name that it is asked for",
        ("tls.sni", "websocket.*", "proxy.*"),
        _refuses_name,
        (_NGINX_SSL + "#ssl_reject_handshake", "https://www.rfc-editor.org/rfc/rfc6066#section-3"),
        needs=(
            _seen(
                "the alert unrecognized_name (112) where the public name is asked for, or, behind a proxy, where none is",
                "tls.sni",
                lambda view: view.name_rejected or _refuses_no_name(view),
            ),
        ),
        sureness=always("the alert says so"),
    ),
    _rule(
        "tls-client-certificate-required",
        "The server demands a certificate that browsers do not send for a WebSocket",
        ("tls.client_certificate", "websocket.*", "proxy.*"),
        _wants_certificate,
        (_NGINX_SSL + "#ssl_verify_client",),
        needs=(
            _seen(
                "the server asks for a certificate of the client, and refuses who has none",
                "tls.client_certificate",
                lambda view: view.client_certificate.get("demanded") is True,
            ),
        ),
        sureness=always("a handshake without one was refused for it"),
    ),
    _rule(
        "tls-host-clock-wrong",
        "The certificate is not valid at the time that the host has: its clock is wrong",
        ("tls.dates",),
        _clock,
        ("https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5", _OPENSSL),
        ("tls-expired",),
        needs=(
            Condition(
                "by the clock of the host the certificate is not valid yet; or it has ended by that clock, and not by the "
                "controller's (`tls.dates`)",
                lambda facts: any(
                    leaf.not_before > now or (leaf.not_after < now and _clocks_differ(facts, view))
                    for view, leaf, now in _dated(facts)
                ),
            ),
        ),
        sureness=(
            ("certain", "the clocks of host and controller differ, and the controller's finds it valid"),
            ("likely", "the certificate begins within two days, as a fresh one does"),
            ("possible", "it begins later: it may have been issued for then"),
        ),
        apart=(
            Rival(
                "tls-expired",
                "date -u, on the host and elsewhere",
                "they differ: the clock; they agree: it has expired",
            ),
        ),
    ),
    _rule(
        "tls-expired",
        "The certificate has expired",
        ("tls.dates",),
        _is_expired,
        (_OPENSSL,),
        needs=(_seen("a certificate of the path has ended by the clock of the host", "tls.dates", _late),),
        sureness=always("its date was read"),
        apart=(
            Rival(
                "tls-host-clock-wrong",
                "date -u, on the host and elsewhere",
                "they agree: it has expired; they differ: the clock",
            ),
        ),
    ),
    _rule(
        "tls-missing-intermediate",
        "The server does not send the intermediate certificate",
        ("tls.chain", "tls.trust"),
        _is_incomplete,
        ("https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2", _OPENSSL),
        needs=(
            _seen(
                "the certificates as they were sent do not lead to a root, and there is a trace of the one between: the URL where "
                "it is published, or a root of the same organization in tls.ca_path",
                "tls.chain",
                lambda view: view.missing_intermediate,
            ),
        ),
        sureness=never_sure("OpenSSL says the same (20) of a root that it does not know"),
        apart=(
            Rival(
                "tls-private-ca-untrusted",
                _SENT,
                "one certificate, whose issuer is no root: the intermediate is missing; the whole chain: the root is unknown",
            ),
        ),
    ),
    _rule(
        "tls-self-signed",
        "The certificate is self-signed: clients do not trust it",
        ("tls.trust",),
        _is_self_signed,
        (_OPENSSL,),
        needs=(
            _seen(
                "the only certificate names itself as its issuer, and no store has it (OpenSSL's code 18)",
                "tls.trust",
                _self_signed,
            ),
        ),
        sureness=always("issuer and subject were read"),
    ),
    _rule(
        "tls-private-ca-untrusted",
        "The certificate is of a private CA that this host does not trust",
        ("tls.trust",),
        _is_private,
        ("https://nodejs.org/api/cli.html#node_extra_ca_certsfile", _OPENSSL),
        needs=(
            _seen("the chain is whole and leads to a root that no store of this host has", "tls.trust", _root_unknown),
        ),
        sureness=sure_where("the root itself was sent", "its issuer is all that is known of it"),
        apart=(
            Rival(
                "tls-missing-intermediate",
                _SENT,
                "the whole chain: the root is unknown; one certificate, whose issuer is no root: the intermediate is missing",
            ),
        ),
    ),
    _rule(
        "tls-default-virtual-host",
        "The name gets the certificate of the default virtual host",
        ("tls.sni", "tls.name", "proxy.*"),
        _is_default_host,
        (
            "https://nginx.org/en/docs/http/configuring_https_servers.html#name_based_https_servers",
            "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ssl_server_name",
        ),
        ("tls-wrong-name",),
        needs=(
            _seen(
                "the name gets the certificate that unknown names get, from a server of many names; or the port behind a proxy "
                "gives who sends no name another certificate than who does",
                "tls.sni",
                lambda view: (
                    view.leaf is not None and (view.hop or view.default_leaf("nobody") or view.default_leaf("none"))
                ),
            ),
        ),
        against=(
            Condition(
                "a server in the configuration of the proxy that was read has the name",
                lambda facts: not any(view.hop for view in _wrong(facts, "tls.sni")) and _has_the_name(facts),
            ),
        ),
        sureness=(
            ("likely", "an unknown name gets the same certificate"),
            ("possible", "behind a proxy, where it is not known which name the proxy sends"),
        ),
        apart=(
            Rival(
                "tls-wrong-name",
                "openssl s_client -connect <host>:443 -servername nobody.invalid </dev/null",
                "the same certificate: the default one; another: it was issued for another name",
            ),
        ),
    ),
    _rule(
        "tls-wrong-name",
        "The certificate is for another name",
        ("tls.name", "tls.sni"),
        _is_for_others,
        ("https://www.rfc-editor.org/rfc/rfc9525#section-6", _OPENSSL),
        needs=(
            _seen(
                "the name that clients dial is not among the certificate's alternative names",
                "tls.name",
                lambda view: view.leaf is not None and view.leaf.names and not view.leaf.covers(view.name),
            ),
        ),
        sureness=always("the names were read"),
        apart=(
            Rival(
                "tls-default-virtual-host",
                "openssl s_client -connect <host>:443 -servername nobody.invalid </dev/null",
                "another certificate: issued for another name; the same: the default one",
            ),
        ),
    ),
    _rule(
        "tls-no-alternative-name",
        "The certificate has no alternative name: browsers refuse it, other clients do not",
        ("tls.name",),
        _has_common_name_only,
        ("https://www.rfc-editor.org/rfc/rfc9525#section-2",),
        needs=(
            _seen(
                "the server's certificate has a common name and no alternative ones: Python and curl compare that name, browsers "
                "compare nothing",
                "tls.name",
                lambda view: view.leaf is not None and not view.leaf.names and view.leaf.common_name,
            ),
        ),
        sureness=always("the certificate was read"),
    ),
)
