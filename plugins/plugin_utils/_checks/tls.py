# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist item 12: do clients accept the certificate and the TLS version that they get?

Every property is judged from its own evidence, not from the first complaint of a library: an expired certificate
may still be for the right name.
"""

from __future__ import annotations

import datetime
import typing as t

from .._evidence.certificates import Certificate
from .._evidence.tls import (
    EXPIRED,
    NOT_YET,
    VERSIONS,
    Refusal,
    View,
    chain_lines,
    day,
    dialled_of,
    elsewhere,
    host_view,
    public_view,
    rejected,
    view_place,
)
from .._evidence.verify_codes import meaning_of
from .._model import (
    FAIL,
    PASS,
    SKIP,
    UNKNOWN,
    WARN,
    CheckDefinition,
    CheckResult,
    Verdicts,
    evidence_line,
    gap,
    is_number,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.service import Service
    from ...module_utils._evidence.tls import Tls, Verified

DEFINITIONS = (
    CheckDefinition(
        "tls.protocol",
        "12",
        "TLS is on where clients use it, in a version they accept",
        "high",
        "Fails below TLS 1.2, if public_url says wss but the port answers without TLS, and if it says ws but the port speaks TLS.",
    ),
    CheckDefinition(
        "tls.trust",
        "12",
        "The certificate chains up to a trusted root",
        "high",
        "Verified by the host's OpenSSL against the system store and tls.ca_path; one of them is enough. Dates and name are checks of their own.",
    ),
    CheckDefinition(
        "tls.dates",
        "12",
        "The certificates are valid now, and for some time to come",
        "high",
        "By the clock of the host. Warns when fewer than tls.min_days are left.",
    ),
    CheckDefinition(
        "tls.name",
        "12",
        "The certificate is for the name that clients connect to",
        "high",
        "Compares the alternative names with the host of public_url, as browsers do: a name in the subject alone does not count.",
    ),
    CheckDefinition(
        "tls.chain",
        "12",
        "The server sends every intermediate certificate, in order, and nothing else",
        "high",
        "Fails when an intermediate certificate is missing; warns about a wrong order and certificates that no client needs.",
    ),
    CheckDefinition(
        "tls.sni",
        "12",
        "The server recognises the name that clients send (SNI)",
        "medium",
        "Fails when it refuses the public name, or answers it with its default certificate, which is for other names.",
    ),
    CheckDefinition(
        "tls.client_certificate",
        "12",
        "Clients are not required to present a certificate",
        "medium",
        "A browser's WebSocket cannot choose one, so its handshake fails.",
    ),
)

#: Seen from outside these are judged once more.
_PUBLIC = ("tls.trust", "tls.dates", "tls.name", "tls.chain")
_LEFT = 21


def check(evidence: Tls, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``tls_probe``, with the controller's session at the public URL under ``public``.

    :returns: one result for every definition, and those of ``_PUBLIC`` once more for vantage ``public``.
    """
    verdicts = Verdicts(DEFINITIONS, evidence)
    if not verdicts.not_observed():
        view = host_view(evidence, service)
        if view is None:
            _without_tls(verdicts, evidence, service)
        else:
            _host(verdicts, evidence, service, view)
    view = public_view(evidence)
    if view is not None:
        _judge(Verdicts(DEFINITIONS, evidence), view, service, verdicts.results)
    return verdicts.results


def _host(verdicts: Verdicts, evidence: Tls, service: Service, view: View) -> None:
    if view.unsure:
        remedy = "compare with the handshake from outside, or correct public_url"
        verdicts.rest(UNKNOWN, "not observed: %s" % view.unsure, remediation=[remedy])
        return
    _protocol(verdicts, view, service)
    _judge(verdicts, view, service, None)
    _sni(verdicts, view)
    _client_certificate(verdicts, view)


def _judge(verdicts: Verdicts, view: View, service: Service, into: list[CheckResult] | None) -> None:
    """The four questions about the certificates of one view."""
    for judge in (_trust, _dates, _name, _chain):
        judge(verdicts, view, service)
    if into is not None:
        into += [result for result in verdicts.results if result.id in _PUBLIC]


# -- no TLS ------------------------------------------------------------------------------------------------------------


def _without_tls(verdicts: Verdicts, evidence: Tls, service: Service) -> None:
    """Nothing on this host answers with TLS: is that as it should be?"""
    status, summary = _reason(evidence, service)
    if status == FAIL:
        _plain_where_tls_is_dialled(verdicts, evidence, summary)
        summary, status = "no certificate was seen: the port answers without TLS (see tls.protocol)", UNKNOWN
    verdicts.rest(status, summary)


def _reason(evidence: Tls, service: Service) -> tuple[str, str]:
    """Status and summary of a service without TLS on its host; a failure is one of tls.protocol alone."""
    own, edge, dialled = evidence.get("own") or {}, evidence.get("edge") or {}, evidence.get("dialled") or {}
    if not all(isinstance(record, dict) for record in (own, edge, dialled)) or not (own or edge):
        return UNKNOWN, "not observed: the evidence names no port"
    secure, port = dialled.get("scheme") == "wss", dialled.get("port")
    if secure and port == service.get("port"):
        place = own
        if service.get("exposure") in ("proxied", "local") or elsewhere(evidence):
            return SKIP, "the port speaks no TLS: TLS is terminated in front of this host's port %s" % port
    elif secure:
        place = edge
        if edge.get("speaks") == "closed":
            return SKIP, "nothing listens on port %s of this host: TLS is terminated elsewhere" % port
    else:
        if own.get("speaks") == "plain" or (edge and not own):
            return SKIP, "the port speaks no TLS, and no public_url with wss:// says that clients use it"
        return UNKNOWN, "not observed: %s gave no answer (%s)" % (own.get("endpoint"), own.get("speaks"))
    if place.get("speaks") == "plain" and not (place is edge and elsewhere(evidence)):
        return FAIL, "%s answers without TLS, but public_url says wss" % place.get("endpoint")
    return UNKNOWN, "not observed: %s answers neither TLS nor plaintext (%s)" % (
        place.get("endpoint"),
        place.get("speaks"),
    )


def _plain_where_tls_is_dialled(verdicts: Verdicts, evidence: Tls, summary: str) -> None:
    dialled = dialled_of(evidence)
    sessions = [row for row in evidence.get("sessions") or () if isinstance(row, dict)]
    verdicts.add(
        "tls.protocol",
        FAIL,
        summary,
        expected="TLS on port %s" % dialled.get("port"),
        actual="plain",
        evidence=[evidence_line(str(row.get("endpoint")), str(row.get("error"))) for row in sessions[:2]],
        remediation=["enable TLS on port %s, or use ws:// there" % dialled.get("port")],
    )


# -- the session -------------------------------------------------------------------------------------------------------


def _protocol(verdicts: Verdicts, view: View, service: Service) -> None:
    version, place = view.session.get("protocol"), view_place(view.session)
    dialled, mismatch = dialled_of(view.evidence), view.mismatch
    if dialled.get("scheme") == "ws" and not view.hop:
        verdicts.add(
            "tls.protocol",
            FAIL,
            "%s speaks TLS, but public_url says ws" % view.session.get("endpoint"),
            expected="no TLS on port %s" % dialled.get("port"),
            actual=version,
            remediation=["use wss:// (public_url, frontend), or disable TLS on the port"],
        )
    elif mismatch is not None:
        verdicts.add(
            "tls.protocol",
            WARN if view.hop else FAIL,
            "%s at %s: %s" % (mismatch.only, place, mismatch.browsers),
            expected=mismatch.browsers,
            actual=mismatch.only,
            remediation=[mismatch.fix],
        )
    elif version not in VERSIONS:
        verdicts.add("tls.protocol", UNKNOWN, "not observed: no session at %s: %s" % (place, view.failure[:160]))
    else:
        words = "%s, %s" % (version, view.session.get("cipher"))
        verdicts.add("tls.protocol", PASS, "%s at %s%s" % (words, place, _hop_words(view)), actual=version)


def _hop_words(view: View) -> str:
    return "; clients get another certificate, at public_url" if view.hop else ""


def _bad(view: View) -> str:
    """What fails for clients is a warning where only a proxy connects, which may not care."""
    return WARN if view.hop else FAIL


def _no_certificate(verdicts: Verdicts, view: View, check_id: str) -> bool:
    """Answer a check of which nothing could be seen."""
    if view.leaf is not None:
        return False
    see = " (see tls.sni)" if view.name_rejected else ""
    reason = view.failure or "it cannot be read"
    summary = "no certificate was seen at %s: %s%s" % (view_place(view.session), reason[:160], see)
    verdicts.add(check_id, UNKNOWN, summary, vantage=view.vantage, instance=view.instance)
    return True


# -- the certificates --------------------------------------------------------------------------------------------------


def _add(verdicts: Verdicts, view: View, check_id: str, status: str, summary: str, **fields: t.Any) -> None:
    if status != SKIP:
        fields.setdefault("evidence", chain_lines(view))
    verdicts.add(check_id, status, summary, vantage=view.vantage, instance=view.instance, **fields)


def _store_name(view: View, store: str) -> str:
    if store != "ca_path":
        return "the system store"
    rows = [row for row in view.evidence.get("stores") or () if isinstance(row, dict)]
    return "tls.ca_path %s" % next((row.get("path") for row in rows if row.get("name") == "ca_path"), "")


def _trust(verdicts: Verdicts, view: View, service: Service) -> None:
    if _no_certificate(verdicts, view, "tls.trust"):
        return
    codes = view.codes
    hidden = gap(view.evidence, "ca_path")
    ends = [code for code in codes.values() if code == EXPIRED]
    if view.refusal is not None:
        _refused(verdicts, view, view.refusal)
    elif view.anchored and (view.verified or not ends or _expired(view)):
        good = [store for store in codes if codes[store] in (0, NOT_YET, EXPIRED)]
        bad = [_store_name(view, store) for store in codes if store not in good]
        summary = "verified against %s" % " and ".join(_store_name(view, store) for store in good)
        _add(verdicts, view, "tls.trust", PASS, summary + ("; not by %s" % bad[0] if bad else ""))
    elif view.anchored:
        _add(
            verdicts,
            view,
            "tls.trust",
            _bad(view),
            "what the server sends is valid, but its root in the trust store has expired (code 10)",
            expected="a trusted root that is valid",
            actual=EXPIRED,
            remediation=["update the trusted roots (ca-certificates), and check the clock"],
        )
    elif view.vantage == "public" and view.unheard and (service.get("tls") or {}).get("ca_path"):
        _by_own_roots(verdicts, view)
    elif view.unheard:
        reason = hidden["reason"] if hidden and view.vantage == "host" else _no_verdict(view)
        remedy = (
            hidden["remedy"]
            if hidden and view.vantage == "host"
            else "install ca-certificates, or set tls.ca_path to your roots"
        )
        _add(verdicts, view, "tls.trust", UNKNOWN, "not observed: %s" % reason, remediation=[remedy])
    else:
        _untrusted(verdicts, view, codes)


def _refused(verdicts: Verdicts, view: View, refusal: Refusal) -> None:
    """A chain to a trusted root that is refused for something else that it says."""
    meaning = meaning_of(refusal.code, refusal.message)
    said = "OpenSSL: %s, code %d" % (refusal.message[:160], refusal.code)
    if refusal.strict:
        summary = "verified, but strict clients such as Python 3.13 and newer refuse it: %s (%s)" % (
            meaning.wrong,
            said,
        )
    else:
        summary = "it leads to a root of %s, and is refused: %s (%s)" % (
            _store_name(view, refusal.store),
            meaning.wrong,
            said,
        )
    _add(
        verdicts,
        view,
        "tls.trust",
        WARN if refusal.strict else _bad(view),
        summary,
        expected="a chain that clients accept",
        actual=refusal.code,
        remediation=[meaning.fix],
    )


def _by_own_roots(verdicts: Verdicts, view: View) -> None:
    """The roots of tls.ca_path are a file on the host: what the controller met is compared with them by its signatures."""
    root = view.leads_to_ca_path
    if root is not None:
        summary = "it is signed by %s of %s" % (root.short, _store_name(view, "ca_path"))
        _add(verdicts, view, "tls.trust", PASS, summary)
        return
    last = view.path[-1]
    issuer = last.short if last.self_signed else last.issuer[:120]
    summary = "not observed: the system store of the controller has no root of it, nor has %s (it is by %s)" % (
        _store_name(view, "ca_path"),
        issuer,
    )
    remedy = "compare with the certificate that the host itself serves: something in front may serve another"
    _add(verdicts, view, "tls.trust", UNKNOWN, summary, remediation=[remedy])


def _no_verdict(view: View) -> str:
    rows = [row for row in _verified(view) if not is_number(row.get("code"))]
    if rows:
        return "verification did not finish: %s" % str(rows[0].get("message") or rows[0].get("outcome"))[:160]
    return view.failure[:160] or "there are no trusted roots to verify with"


def _verified(view: View) -> list[Verified]:
    rows = view.session.get("verified")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _untrusted(verdicts: Verdicts, view: View, codes: dict[str, int]) -> None:
    rows = _verified(view)
    said = {str(row.get("store")): str(row.get("message"))[:160] for row in rows}
    text = "; ".join("%s: %s (code %d)" % (_store_name(view, s), said.get(s, ""), c) for s, c in codes.items())
    remedy = "install a certificate from a public CA, or set tls.ca_path to your own CA and give it to the clients"
    given = [root.short for root in view.own_roots]
    if given:
        remedy = (
            "issue the certificate by a CA of tls.ca_path (%s), or add its own CA to that file and to the clients"
            % (", ".join(given[:3]))
        )
    if view.missing_intermediate:
        remedy = "see tls.chain: the intermediate certificate is missing"
    _add(
        verdicts,
        view,
        "tls.trust",
        _bad(view),
        "not trusted by %s" % text,
        expected="a chain to a trusted root",
        actual=codes,
        remediation=[remedy],
    )


def _expired(view: View) -> list[Certificate]:
    now = view.now
    return [entry for entry in view.needed if now is not None and entry.not_after < now]


def _dates(verdicts: Verdicts, view: View, service: Service) -> None:
    now = view.now
    if _no_certificate(verdicts, view, "tls.dates"):
        return
    if now is None:
        _add(verdicts, view, "tls.dates", UNKNOWN, "not observed: the evidence has no clock")
        return
    needed = view.needed
    least = min(needed, key=lambda entry: entry.not_after)
    late = next((entry for entry in needed if entry.not_before > now), None)
    left = least.days_left(now)
    minimum = (service.get("tls") or {}).get("min_days")
    minimum = minimum if is_number(minimum) else _LEFT
    words = "%s until %s" % (least.short, day(least.not_after))
    if left < 0:
        summary = "%s: expired %s ago" % (words, _days(-left))
        _wrong_dates(verdicts, view, summary, "renew the certificate, and reload the server afterwards")
    elif late is not None:
        summary = "%s is not valid yet: only from %s" % (late.short, _moment(late.not_before))
        _wrong_dates(verdicts, view, summary, "compare the clock of the host with a time server")
    elif left < minimum:
        remedy = "renew it, and find out why that does not happen automatically (certbot renew --dry-run)"
        summary = "%s: %s left, fewer than %d" % (words, _days(left), minimum)
        _add(verdicts, view, "tls.dates", WARN, summary, actual=round(left, 1), remediation=[remedy])
    else:
        _add(verdicts, view, "tls.dates", PASS, "%s: %s left" % (words, _days(left)), actual=round(left, 1))


def _wrong_dates(verdicts: Verdicts, view: View, summary: str, remedy: str) -> None:
    clock = evidence_line("clock there", _moment(view.now or 0))
    expected = "valid on %s" % day(view.now or 0)
    lines = [*chain_lines(view), clock]
    _add(verdicts, view, "tls.dates", _bad(view), summary, expected=expected, evidence=lines, remediation=[remedy])


def _moment(moment: float) -> str:
    try:
        return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "an impossible time"


def _days(days: float) -> str:
    return "%.1f days" % days if days < 3 else "%.0f days" % days


def _name(verdicts: Verdicts, view: View, service: Service) -> None:
    if not view.name:
        _add(verdicts, view, "tls.name", SKIP, "no public_url says which name clients use")
        return
    if view.hop:
        _add(verdicts, view, "tls.name", SKIP, "only a proxy connects here: clients use public_url")
        return
    leaf = view.leaf
    if _no_certificate(verdicts, view, "tls.name") or leaf is None:
        return
    shown = ", ".join(leaf.names[:6]) + (" and %d more" % (len(leaf.names) - 6) if len(leaf.names) > 6 else "")
    if leaf.covers(view.name):
        _add(verdicts, view, "tls.name", PASS, "%s is among its names (%s)" % (view.name, shown))
        return
    remedy = "issue the certificate with %s as subjectAltName, or connect to a name that it has" % view.name
    if view.name in leaf.address_as_dns_name:
        summary = "it has %s as a DNS name, where no client looks for an address" % view.name
        remedy = "issue it with the address as an address: subjectAltName = IP:%s (not DNS:%s)" % (view.name, view.name)
    elif leaf.names:
        deep = leaf.too_deep(view.name)
        summary = "it is for %s, not for %s" % (shown, view.name)
        summary += "; %s stands for one label only" % deep if deep else ""
    else:
        summary = "it has no alternative name, only the common name %s: browsers refuse it" % (leaf.short)
    _add(
        verdicts,
        view,
        "tls.name",
        FAIL,
        summary,
        expected=view.name,
        actual=list(leaf.names[:20]) or "CN=%s" % leaf.common_name,
        remediation=[remedy],
    )


def _chain(verdicts: Verdicts, view: View, service: Service) -> None:
    leaf = view.leaf
    if _no_certificate(verdicts, view, "tls.chain") or leaf is None:
        return
    count = "%d certificate%s sent" % (len(view.chain), "" if len(view.chain) == 1 else "s")
    reason = view.missing_intermediate
    held = [root.short for root in view.own_roots if view.path[-1].issued_by(root) and not root.self_signed]
    if not view.whole:
        status = PASS if view.verified else UNKNOWN
        words = (
            "complete, since it was verified"
            if view.verified
            else "not observed: only the server's own certificate can be seen here"
        )
        remedies = [] if view.verified else ["openssl s_client -connect %s -showcerts" % view.session.get("endpoint")]
        _add(verdicts, view, "tls.chain", status, words, remediation=remedies)
    elif leaf.self_signed:
        _add(verdicts, view, "tls.chain", SKIP, "a self-signed certificate has no chain")
    elif reason:
        summary = "%s, and the certificate of %s is missing: %s" % (count, view.path[-1].issuer[:120], reason)
        remedy = "serve the full chain: the certificate and then its intermediates in one file (fullchain.pem)"
        _add(verdicts, view, "tls.chain", _bad(view), summary, actual=len(view.chain), remediation=[remedy])
    elif held:
        summary = "%s; complete only for clients that have %s, as tls.ca_path does" % (count, held[0])
        remedy = "serve the intermediate certificate too; clients have only roots"
        _add(verdicts, view, "tls.chain", WARN, summary, actual=len(view.chain), remediation=[remedy])
    else:
        _order(verdicts, view, count)


def _order(verdicts: Verdicts, view: View, count: str) -> None:
    """A chain that is complete, as far as can be seen: is it in order (RFC 5246, section 7.4.2), with nothing else in it?"""
    problems = []
    places = [view.chain.index(entry) for entry in view.path]
    if places != sorted(places):
        problems.append("they are not in order")
    if len({entry.der for entry in view.chain}) < len(view.chain):
        problems.append("one is sent twice")
    known = {entry.subject for entry in view.path} | {entry.issuer for entry in view.path}
    strangers = [entry for entry in view.chain if entry.subject not in known]
    if strangers:
        problems.append("%s does not belong to it" % strangers[0].short)
    # A root under the path's own name that is cross-signed too is sent for old clients.
    roots = [entry for entry in view.path[1:] if entry.self_signed]
    if roots:
        problems.append("the root %s need not be sent" % roots[0].short)
    summary = "%s%s" % (count, ": " + "; ".join(problems) if problems else ", in order")
    remedy = "send the server's certificate first, each issuer after it, and not the root"
    _add(verdicts, view, "tls.chain", WARN if problems else PASS, summary, remediation=[remedy] if problems else [])


# -- demands -----------------------------------------------------------------------------------------------------------


def _sni(verdicts: Verdicts, view: View) -> None:
    leaf, name = view.leaf, view.name
    if view.session.get("asks") != "name":
        words = "no name is sent: %s" % (
            "public_url has an address" if name else "no public_url says which name clients use"
        )
        verdicts.add("tls.sni", SKIP, words)
        return
    if view.name_rejected:
        verdicts.add(
            "tls.sni",
            _bad(view),
            "%s is refused: %s" % (name, view.failure[:160]),
            expected="a certificate for %s" % name,
            actual="unrecognized_name",
            remediation=["add %s to the names of the virtual host (server_name, ServerName)" % name],
        )
        return
    if leaf is None:
        verdicts.add("tls.sni", UNKNOWN, "not observed: %s" % (view.failure[:160] or "the certificate cannot be read"))
        return
    others = {asks: _default(view, asks) for asks in ("none", "nobody")}
    lines = [evidence_line("SNI %s" % name, leaf.subject)]
    lines += [
        evidence_line({"none": "without SNI", "nobody": "a name that no site serves"}[k], others[k]) for k in others
    ]
    default = view.default_leaf("nobody") or view.default_leaf("none")
    served, edge = leaf.covers(name) or not leaf.names, view.session.get("role") == "edge"
    if not served and default is not None and default.der == leaf.der and edge:
        verdicts.add(
            "tls.sni",
            FAIL,
            "%s gets the certificate that unknown names get: %s" % (name, leaf.short),
            expected="a certificate for %s" % name,
            actual=list(leaf.names[:20]),
            evidence=lines,
            remediation=["add a virtual host for %s with its certificate, or correct its server_name" % name],
        )
        return
    without = view.default_leaf("none")
    differs = rejected(view.variant("none")) or (without is not None and without.der != leaf.der)
    if view.hop and differs:
        summary = "a client that sends no name, as nginx does by default, gets %s" % others["none"]
        remedy = "nginx: proxy_ssl_server_name on; proxy_ssl_name %s" % name
        verdicts.add("tls.sni", WARN, summary, evidence=lines, remediation=[remedy])
        return
    words = "%s gets %s" % (name, leaf.short)
    if differs:
        words += "; without SNI: %s" % others["none"]
    verdicts.add("tls.sni", PASS, words, evidence=lines)


def _default(view: View, asks: str) -> str:
    leaf, session = view.default_leaf(asks), view.variant(asks)
    if leaf is not None:
        return leaf.subject or leaf.short
    return "refused" if rejected(session) else str(session.get("error") or session.get("outcome") or "not tried")[:120]


def _client_certificate(verdicts: Verdicts, view: View) -> None:
    record = view.client_certificate
    how = str(record.get("how") or "")
    if record.get("demanded") is True:
        verdicts.add(
            "tls.client_certificate",
            PASS if view.hop else FAIL,
            "required, and without one: %s%s" % (how, "; only a proxy connects here" if view.hop else ""),
            expected="none" if not view.hop else None,
            actual="demanded",
            evidence=[evidence_line(view_place(view.session), "CertificateRequest; %s" % how)],
            remediation=[]
            if view.hop
            else [
                "give the WebSocket a host name without it (nginx: ssl_verify_client off), and authenticate by token"
            ],
        )
    elif record.get("requested") is True:
        answer = " (%s without one)" % how if how else ""
        verdicts.add("tls.client_certificate", PASS, "requested, but not required%s" % answer, actual="requested")
    elif record.get("requested") is False:
        verdicts.add("tls.client_certificate", PASS, "none is requested")
    else:
        reason = view.failure[:160] or "this host's Python does not show it"
        verdicts.add("tls.client_certificate", UNKNOWN, "not observed: %s" % reason)
