# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The evidence of ``tls_probe`` as checks and rules look at it: one view for each place TLS was seen from."""

from __future__ import annotations

import datetime
import functools
import typing as t

from .._model import evidence_line, is_number
from .certificates import Certificate, leads_to, path_of, read_all
from .verify_codes import is_of_a_found_chain

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.service import Service
    from ...module_utils._evidence.tls import ClientCertificate, Dialled, Session, Tls

#: Verification codes of OpenSSL (X509_STORE_CTX_get_error(3)) that come after a chain to a trusted root was found.
VERIFIED, NOT_YET, EXPIRED = 0, 9, 10
SELF_SIGNED, ROOT_UNKNOWN, ISSUER_UNKNOWN, LEAF_ONLY = 18, 19, 20, 21
#: Versions that they refuse.
_OLD_VERSIONS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1")
#: Kinds of keys that browsers do not take.
_EDWARDS = ("Ed25519", "Ed448")
#: How servers end a handshake that they refuse.
_REFUSED = ("tls-error", "eof", "reset")
#: Versions that browsers speak.
VERSIONS = ("TLSv1.2", "TLSv1.3")
#: The alert of a server that does not know the name (RFC 6066, section 3).
UNRECOGNIZED_NAME = 112
#: No checklist ran before this: a clock that says so is wrong.
_EARLIEST = 1_500_000_000

#: Where a row of verification says what strict clients find, and what all do.
_STRICT: tuple[t.Literal["strict_code"], t.Literal["strict_message"]] = ("strict_code", "strict_message")
_USUAL: tuple[t.Literal["code"], t.Literal["message"]] = ("code", "message")

Row = t.TypeVar("Row")


class Refusal(t.NamedTuple):
    """A chain to a trusted root was found, and OpenSSL refuses it for what else it says."""

    store: str
    code: int
    message: str
    #: Whether only strict clients refuse it (X509_V_FLAG_X509_STRICT).
    strict: bool


class Mismatch(t.NamedTuple):
    """What the server insists on in TLS, and browsers do not offer."""

    #: ``version``, ``cipher``, ``http2`` or ``key``.
    kind: str
    #: What the server speaks, in words.
    only: str
    #: What browsers speak instead.
    browsers: str
    #: What mends it.
    fix: str
    #: Whether another client was tried and the outcome flipped, or the session itself shows it.
    shown: bool


class View:
    """One session, and what belongs to it.

    :ivar session: the record of it (see tls_session.py).
    :ivar name: the host that clients connect to; empty: not known.
    :ivar hop: whether only a proxy connects here, not the clients.
    :ivar unsure: why it may not be what clients get; empty: it is.
    """

    def __init__(
        self,
        session: Session,
        evidence: Tls,
        stores: t.Iterable[str] = (),
        vantage: str = "host",
        instance: str = "",
    ) -> None:
        self.session: Session = session if isinstance(session, dict) else {}
        self._stores = tuple(stores)
        self.evidence = evidence
        self.vantage = vantage
        self.instance = instance
        self.name = _text(evidence.get("name"))
        self.hop = False
        self.unsure = ""

    @property
    def now(self) -> int | None:
        """The clock where the session was opened."""
        for clock in (self.session.get("clock"), self.evidence.get("clock")):
            if is_number(clock) and clock > _EARLIEST:
                return clock
        return None

    @functools.cached_property
    def chain(self) -> list[Certificate]:
        """The certificates as they were sent."""
        return read_all(self.session.get("chain"))

    @property
    def leaf(self) -> Certificate | None:
        """The server's own certificate."""
        return self.chain[0] if self.chain else None

    @functools.cached_property
    def path(self) -> list[Certificate]:
        """The certificates from the server's own upwards, each the issuer of the one before."""
        return [self.chain[position] for position in path_of(self.chain)]

    @property
    def whole(self) -> bool:
        """Whether all that was sent could be seen and read."""
        sent = self.session.get("sent")
        return self.session.get("chain_from") in ("messages", "library") and sent == len(self.chain)

    @property
    def codes(self) -> dict[str, int]:
        """What verification said, by store."""
        rows = _rows(self.session.get("verified"))
        told = ((_text(row.get("store")), row.get("code")) for row in rows)
        return {store: code for store, code in told if is_number(code)}

    @property
    def verified(self) -> bool:
        """Whether a store verifies the chain."""
        return VERIFIED in self.codes.values()

    @property
    def refusal(self) -> Refusal | None:
        """Why a chain that leads to a trusted root is refused, if no store takes it as it is.

        Where a store verifies it, only strict clients refuse it.
        """
        rows = _rows(self.session.get("verified"))
        if any(row.get("code") == VERIFIED and not row.get("strict_code") for row in rows):
            return None
        found = []
        for row in rows:
            only_strict = row.get("code") == VERIFIED
            code, message = (row.get(key) for key in (_STRICT if only_strict else _USUAL))
            if is_number(code) and is_of_a_found_chain(code):
                found.append(Refusal(_text(row.get("store")), int(code), _text(message), only_strict))
        return min(found, key=lambda one: not one.strict if self.verified else one.strict, default=None)

    @property
    def mismatch(self) -> Mismatch | None:
        """What browsers do not offer, and the server insists on; None: nothing was seen of the kind."""
        session, leaf = self.session, self.leaf
        version = session.get("protocol")
        if version in _OLD_VERSIONS:
            fix = "allow only TLS 1.2 and 1.3 (nginx: ssl_protocols TLSv1.2 TLSv1.3)"
            return Mismatch("version", str(version), "browsers accept TLS 1.2 and newer", fix, True)
        like_browser = self.variant("browser").get("outcome")
        if version and (session.get("refused_first") or like_browser in _REFUSED):
            first = session.get("refused_first")
            only = "%s%s" % (session.get("cipher"), " (today's OpenSSL: %s)" % first if first else "")
            fix = "allow today's cipher suites (nginx: ssl_ciphers HIGH:!aNULL:!MD5), with a key and DH parameters of 2048 bits or more"
            return Mismatch("cipher", only, "browsers offer no such suite or key", fix, True)
        if self.variant("h2").get("outcome") == "established":
            fix = "offer http/1.1 by ALPN, too (Node.js: allowHTTP1: true; HAProxy: alpn h2,http/1.1)"
            return Mismatch("http2", "only HTTP/2, by ALPN", "clients of WebSocket offer http/1.1", fix, True)
        other = self.variant("rsa")
        if leaf is not None and leaf.key_kind in _EDWARDS and other.get("outcome") != "established":
            fix = "issue the certificate again with an EC key (P-256) or one for RSA"
            only = "a certificate with an %s key" % leaf.key_kind
            return Mismatch("key", only, "browsers take keys for ECDSA and RSA only", fix, bool(other))
        return None

    @property
    def leads_to_ca_path(self) -> Certificate | None:
        """The certificate of ``tls.ca_path`` to which the chain leads by its signatures, told apart from OpenSSL."""
        return leads_to(self.path, self.own_roots)

    @property
    def anchored(self) -> bool:
        """Whether the chain ends at a root that a store trusts, whatever the dates."""
        return bool({VERIFIED, NOT_YET, EXPIRED} & set(self.codes.values()))

    @property
    def unheard(self) -> bool:
        """Whether a store that might verify the chain said nothing."""
        return not self.codes or any(store not in self.codes for store in self._stores)

    @property
    def needed(self) -> list[Certificate]:
        """The certificates whose dates count: the whole path upwards.

        Of a chain that was verified only the first: what is above a trusted root may be as old as it likes, such as
        a root that is signed by an older one for old clients.
        """
        return self.path[:1] if self.verified or self.unheard else self.path

    @property
    def failure(self) -> str:
        """Why there was no session, or an empty string."""
        if self.session.get("outcome") == "established":
            return ""
        return (
            _text(self.session.get("unknown"))
            or _text(self.session.get("error"))
            or _text(self.session.get("outcome"))
            or "nothing was seen"
        )

    @property
    def name_rejected(self) -> bool:
        """Whether the server refused because of the name that was sent."""
        return rejected(self.session)

    @property
    def client_certificate(self) -> ClientCertificate:
        """Whether the server asks for a certificate of the client."""
        record = self.session.get("client_certificate")
        return record if isinstance(record, dict) else {}

    @property
    def missing_intermediate(self) -> str:
        """Why a certificate between the last one sent and a root is thought to be missing; empty: none is.

        OpenSSL says the same of a private root that it was not given. So there has to be a trace of a higher CA: a
        server's own certificate that says where its issuer's can be downloaded, as those of public CAs do, or a root
        of the issuer's own organization among those of ``tls.ca_path``.
        """
        if not self.path or not self.whole or self.anchored or self.path[-1].self_signed:
            return ""
        if self.refusal is not None or self.leads_to_ca_path is not None:
            return ""
        if not {ISSUER_UNKNOWN, LEAF_ONLY} & set(self.codes.values()):
            return ""
        last = self.path[-1]
        if urls_of_issuer(last) and len(self.path) == 1:
            return "its issuer's certificate is published at %s" % urls_of_issuer(last)[0][:120]
        system = next((row for row in _rows(self.evidence.get("stores")) if row.get("name") == "system"), None)
        known = (system or {}).get("organizations") or ()
        if last.issuer_organization and last.issuer_organization in known:
            return "its issuer is of %s, which has a root in the system store" % last.issuer_organization
        for root in self.own_roots:
            if root.self_signed and root.organization and root.organization == last.issuer_organization:
                return "its issuer belongs to %s, as does the root %s in tls.ca_path" % (root.organization, root.short)
        return ""

    @property
    def own_roots(self) -> list[Certificate]:
        """The certificates of ``tls.ca_path``."""
        rows = [row for row in _rows(self.evidence.get("stores")) if row.get("name") == "ca_path"]
        return [certificate for row in rows for certificate in read_all(row.get("certificates"))]

    def variant(self, asks: str) -> Session:
        """The session at the same place that sent no name (``none``) or one that no site serves (``nobody``)."""
        rows = [row for row in _rows(self.evidence.get("sessions")) if row.get("role") == self.session.get("role")]
        nothing: Session = {}
        return next((row for row in rows if row.get("asks") == asks and row is not self.session), nothing)

    def default_leaf(self, asks: str) -> Certificate | None:
        """The certificate that such a client gets."""
        return next(iter(read_all(self.variant(asks).get("chain"))), None)


def urls_of_issuer(certificate: Certificate) -> list[str]:
    """Where its issuer's certificate can be downloaded by HTTP: private CAs that name a place often mean their directory."""
    return [url for url in certificate.issuer_urls if url.lower().startswith("http")]


def rejected(session: Session) -> bool:
    """Whether a session ended by ``unrecognized_name``."""
    return session.get("alert") == UNRECOGNIZED_NAME or "UNRECOGNIZED_NAME" in _text(session.get("reason"))


def host_view(evidence: Tls, service: Service) -> View | None:
    """What clients get on the host, or else what the proxy in front gets; None: there is no TLS on it."""
    asked = _rows(evidence.get("sessions"))
    # Where the name was sent, the answer to an unknown name is another host's certificate.
    named = any(row.get("asks") == "name" for row in asked)
    rows = [row for row in asked if row.get("spoke") is True and (row.get("asks") == "name" or not named)]
    mains: dict[str, Session] = {}
    for row in rows:
        mains.setdefault(_text(row.get("role")), row)
    session = mains.get("edge") or mains.get("own")
    if session is None:
        return None
    view = View(session, evidence, _stores(evidence, service))
    dialled = dialled_of(evidence)
    view.hop = (
        session.get("role") == "own"
        and bool(dialled)
        and dialled.get("port") != service.get("port")
        and service.get("exposure") != "direct"
    )
    view.unsure = _unsure(view)
    return view


def public_view(evidence: Tls) -> View | None:
    """What the controller got at the public URL, if it connected."""
    record = evidence.get("public")
    if not isinstance(record, dict) or not (record.get("outcome") or record.get("unknown")):
        return None
    dialled = dialled_of(evidence)
    url = "%s://%s:%s" % (dialled.get("scheme"), dialled.get("host"), dialled.get("port"))
    view = View(record, evidence, (), "public", _text(record.get("url")) or (url if dialled else view_place(record)))
    view.name = view.name or _text(record.get("sni"))
    return view


def views(evidence: Tls, service: Service) -> list[View]:
    """Every view there is, the host's first, and none of which it is unsure whether clients meet it."""
    if not isinstance(evidence, dict):
        return []
    found = [host_view(evidence, service), public_view(evidence)]
    return [view for view in found if view is not None and not view.unsure]


def view_place(session: Session) -> str:
    """Where a session was opened, and for which name: ``127.0.0.1:443 (SNI chat.example.com)``."""
    sni = session.get("sni")
    return "%s (%s)" % (session.get("endpoint") or "?", "SNI %s" % sni if sni else "without SNI")


def dialled_of(evidence: Tls) -> Dialled:
    """Scheme, host and port of the public URL, or nothing."""
    dialled = evidence.get("dialled")
    return dialled if isinstance(dialled, dict) else {}


def elsewhere(evidence: Tls) -> list[str]:
    """The addresses of the public name, if none of them is one of this host's."""
    rows = _rows(evidence.get("addresses"))
    return [] if any(row.get("local") is not False for row in rows) else [_text(row.get("address")) for row in rows]


def _stores(evidence: Tls, service: Service) -> list[str]:
    """The stores that the host has."""
    rows = [row for row in _rows(evidence.get("stores")) if row.get("name") == "system" and row.get("usable") is False]
    return ([] if rows else ["system"]) + (["ca_path"] if (service.get("tls") or {}).get("ca_path") else [])


def _unsure(view: View) -> str:
    """A certificate for another name, and the name resolves to other hosts: clients may never come here."""
    addresses = elsewhere(view.evidence)
    if not addresses or view.hop:
        return ""
    if view.leaf is not None and view.leaf.covers(view.name):
        return ""
    return "%s resolves to %s, which is not this host, and what listens here does not serve that name" % (
        view.name,
        ", ".join(addresses[:3]),
    )


def _rows(value: t.Sequence[Row] | None) -> list[Row]:
    return t.cast("list[Row]", [row for row in value if isinstance(row, dict)]) if isinstance(value, list) else []


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else ""


def chain_lines(view: View) -> list[dict[str, str]]:
    """The chain as evidence: subject, issuer, end and days left of every certificate."""
    lines = []
    for number, certificate in enumerate(view.chain):
        text = "%d: %s; issuer %s; until %s" % (
            number,
            certificate.subject[:120] or "(no subject)",
            "itself" if certificate.self_signed else certificate.issuer[:120],
            day(certificate.not_after),
        )
        if view.now is not None:
            text += ", %.0f days left" % certificate.days_left(view.now)
        lines.append(evidence_line(view_place(view.session), text))
    return lines


def day(moment: float) -> str:
    """A time as its date in UTC."""
    try:
        return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%d")
    except (OverflowError, ValueError, OSError):
        return "an impossible date"
