# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What a certificate says (RFC 5280), and how the certificates of a chain belong together.

Read with ``cryptography``, which ansible-core brings along; it is imported when there is a certificate to read.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import ipaddress
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.tls import Pieces


@dataclasses.dataclass(frozen=True)
class Certificate:
    """The fields that clients look at; times are seconds since the epoch."""

    der: bytes
    subject: str
    issuer: str
    not_before: float
    not_after: float
    common_name: str = ""
    organization: str = ""
    issuer_organization: str = ""
    dns_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    is_ca: bool = False
    key_id: bytes = b""
    issuer_key_id: bytes = b""
    #: URLs where the issuer's certificate can be had (RFC 5280, section 4.2.2.1): public CAs give one.
    issuer_urls: tuple[str, ...] = ()
    #: What kind of key it holds, such as ``RSA`` or ``Ed25519``.
    key_kind: str = ""

    @property
    def self_signed(self) -> bool:
        """Whether it names itself as its issuer."""
        same_key = not (self.key_id and self.issuer_key_id) or self.key_id == self.issuer_key_id
        return self.subject == self.issuer and same_key

    def issued_by(self, other: Certificate) -> bool:
        """Whether the other's name, and its key if both have one, are those of the issuer."""
        same_key = not (other.key_id and self.issuer_key_id) or other.key_id == self.issuer_key_id
        return self.issuer == other.subject and same_key

    @property
    def names(self) -> tuple[str, ...]:
        """All names that clients compare with what they dial."""
        return self.dns_names + self.addresses

    def covers(self, name: str) -> bool:
        """Whether it is for this host (RFC 6125, section 6.4): the common name does not count."""
        try:
            return str(ipaddress.ip_address(name)) in self.addresses
        except ValueError:
            return any(matches(pattern, name) for pattern in self.dns_names)

    @property
    def address_as_dns_name(self) -> tuple[str, ...]:
        """Addresses that it lists as DNS names, where no client looks for them (RFC 9525, section 6.5)."""
        return tuple(name for name in self.dns_names if _is_address(name))

    def too_deep(self, name: str) -> str:
        """The wildcard among its names that would cover the host if it stood for more than one label; or nothing."""
        wildcards = [pattern for pattern in self.dns_names if pattern.startswith("*.")]
        return next((pattern for pattern in wildcards if name.rstrip(".").lower().endswith(pattern[1:].lower())), "")

    def days_left(self, now: float) -> float:
        """Days until it expires; negative: since."""
        return (self.not_after - now) / 86400.0

    @property
    def short(self) -> str:
        """Its common name, or else its subject."""
        return self.common_name or self.subject or "(no subject)"


def matches(pattern: str, name: str) -> bool:
    """Whether a DNS name of a certificate is that of a host; ``*`` stands for one whole label, the first."""
    wanted, given = name.rstrip(".").lower(), pattern.rstrip(".").lower()
    if given.startswith("*."):
        label, _dot, rest = wanted.partition(".")
        return bool(label) and rest == given[2:] and "." in rest
    return given == wanted and bool(wanted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def leads_to(path: t.Sequence[Certificate], roots: t.Sequence[Certificate]) -> Certificate | None:
    """The root that has signed the last certificate of a path, all of whose signatures are right; judged without OpenSSL's
    verification.

    Neither dates nor purposes nor constraints count.
    """
    from cryptography import x509

    for below, above in zip(path, path[1:], strict=False):
        if not _signed(below, above, x509):
            return None
    ends = path[-1:]
    return next((root for root in roots for end in ends if end.der == root.der or _signed(end, root, x509)), None)


def _signed(below: Certificate, above: Certificate, x509: t.Any) -> bool:
    try:
        lower, upper = (x509.load_der_x509_certificate(one.der) for one in (below, above))
        lower.verify_directly_issued_by(upper)
    except Exception:  # what cannot be compared, an odd key among them, proves nothing
        return False
    return True


def read(pieces: Pieces) -> Certificate | None:
    """A certificate from evidence.

    :param pieces: its DER form in base64, in one or more strings.
    :returns: None where it is none, or ``cryptography`` is not there to read it.
    """
    try:
        return _parsed(base64.b64decode("".join(pieces), validate=True))
    except (ImportError, TypeError, ValueError):
        return None


def read_all(chain: list[Pieces] | None) -> list[Certificate]:
    """The certificates of a chain, in the order they were sent, up to the first that cannot be read."""
    found: list[Certificate] = []
    for pieces in chain if isinstance(chain, list) else ():
        certificate = read(pieces)
        if certificate is None:
            break
        found.append(certificate)
    return found


def path_of(chain: t.Sequence[Certificate]) -> list[int]:
    """Positions of the certificates from the first one upwards, each the issuer of the one before, wherever they are in the chain."""
    path = [0] if chain else []
    while path and not chain[path[-1]].self_signed:
        below = chain[path[-1]]
        above = [n for n, other in enumerate(chain) if n not in path and below.issued_by(other)]
        # Of two with the same name and key (cross-signed) the one that is no root leads further.
        above.sort(key=lambda n: chain[n].self_signed)
        if not above:
            break
        path.append(above[0])
    return path


def _parsed(der: bytes) -> Certificate:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    it = x509.load_der_x509_certificate(der)
    return Certificate(
        der=der,
        subject=it.subject.rfc4514_string(),
        issuer=it.issuer.rfc4514_string(),
        not_before=_epoch(it, "not_valid_before"),
        not_after=_epoch(it, "not_valid_after"),
        common_name=_attribute(it.subject, NameOID.COMMON_NAME),
        organization=_attribute(it.subject, NameOID.ORGANIZATION_NAME),
        issuer_organization=_attribute(it.issuer, NameOID.ORGANIZATION_NAME),
        key_kind=_kind_of_key(it),
        **_extensions(it, x509),
    )


def _kind_of_key(it: t.Any) -> str:
    try:
        return type(it.public_key()).__name__.replace("PublicKey", "").strip("_")
    except Exception:  # an algorithm that this version of the library does not know
        return ""


class _Extensions(t.TypedDict):
    """The fields of a Certificate that are in its extensions."""

    dns_names: tuple[str, ...]
    addresses: tuple[str, ...]
    is_ca: bool
    key_id: bytes
    issuer_key_id: bytes
    issuer_urls: tuple[str, ...]


def _extensions(it: t.Any, x509: t.Any) -> _Extensions:
    alternative = _extension(it, x509, "SubjectAlternativeName")
    constraints = _extension(it, x509, "BasicConstraints")
    own, issuers = _extension(it, x509, "SubjectKeyIdentifier"), _extension(it, x509, "AuthorityKeyIdentifier")
    access = _extension(it, x509, "AuthorityInformationAccess")
    issuer_method = x509.oid.AuthorityInformationAccessOID.CA_ISSUERS
    return {
        "dns_names": tuple(alternative.get_values_for_type(x509.DNSName)) if alternative else (),
        "addresses": tuple(str(a) for a in alternative.get_values_for_type(x509.IPAddress)) if alternative else (),
        "is_ca": bool(constraints and constraints.ca),
        "key_id": own.digest if own else b"",
        "issuer_key_id": (issuers.key_identifier or b"") if issuers else b"",
        "issuer_urls": tuple(str(a.access_location.value) for a in access or () if a.access_method == issuer_method),
    }


def _extension(it: t.Any, x509: t.Any, name: str) -> t.Any:
    try:
        return it.extensions.get_extension_for_class(getattr(x509, name)).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _attribute(name: t.Any, oid: t.Any) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _epoch(it: t.Any, field: str) -> float:
    # Since cryptography 42 times have a zone; before, they are in UTC and do not say so.
    moment = getattr(it, field + "_utc", None) or getattr(it, field).replace(tzinfo=datetime.UTC)
    return float(moment.timestamp())
