# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of TLS says. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common

#: A certificate in DER form, as base64 in one or more pieces.
Pieces = t.List[str]


class Dialled(t.TypedDict, total=False):
    """The parts of the public URL."""

    #: Its scheme: ``ws`` or ``wss``.
    scheme: str
    #: Its host.
    host: str
    #: Its port.
    port: int


class Place(t.TypedDict, total=False):
    """A port on which TLS may be terminated."""

    #: Where it is, such as ``127.0.0.1:443``; without a connection, ``port 443`` or the path of a unix socket.
    endpoint: str
    #: What it speaks: ``tls``, ``plain``, ``closed`` or ``unknown``.
    speaks: str
    #: The names of the programs that listen there. Only where it is not the service's own port.
    owners: t.List[str]


class Address(t.TypedDict, total=False):
    """An address that the public name resolves to."""

    #: The address.
    address: str
    #: Whether it is one of this host's.
    local: bool


class TrustStore(t.TypedDict, total=False):
    """A store of trusted roots."""

    #: ``system`` or ``ca_path``.
    name: str
    #: The file. Only where it is ``ca_path``.
    path: str
    #: Whether it could be read and is not empty.
    usable: bool
    #: What is in it, cut; each certificate in pieces of base64. Only where it is ``ca_path``.
    certificates: t.List[Pieces]
    #: The organizations of its roots. Only where it is ``system`` and no chain that was sent reaches one of them.
    organizations: t.List[str]


class ClientCertificate(t.TypedDict, total=False):
    """Whether the server requests a client certificate; None: that could not be seen."""

    #: Whether it requests one. None: that could not be seen.
    requested: t.Optional[bool]
    #: Whether it refuses clients without one. None: that could not be seen.
    demanded: t.Optional[bool]
    #: How it answers without one.
    how: str


class Verified(t.TypedDict, total=False):
    """What OpenSSL says about the chain with one store."""

    #: The store: ``system`` or ``ca_path``.
    store: str
    #: The outcome of the session, as of any session.
    outcome: str
    #: X509_STORE_CTX_get_error(3); 0: verified. None: it did not get that far.
    code: t.Optional[int]
    #: The same in OpenSSL's words.
    message: str
    #: The code for clients that verify strictly (X509_V_FLAG_X509_STRICT), such as Python 3.13. None: it did not get
    #: that far. Only where the chain is verified.
    strict_code: t.Optional[int]
    #: The same in OpenSSL's words.
    strict_message: str


class Session(t.TypedDict, total=False):
    """One TLS session, opened without verification."""

    #: Where it was opened: ``own`` or ``edge``.
    role: str
    #: Which server name was sent: ``name``: the public name; ``none``: none; ``nobody``: one that no site serves; or
    #: in what a client with the first one's name differed: ``h2``: it offers HTTP/2 only; ``rsa``: it takes keys for
    #: RSA only; ``browser``: it offers the cipher suites of browsers only.
    asks: str
    #: Where it was opened, such as ``127.0.0.1:443``.
    endpoint: str
    #: The server name that was sent. None: none was.
    sni: t.Optional[str]
    #: ``established``, ``tls-error``, ``eof``, ``reset``, ``timeout``, ``no-time`` or a ``connect-…``.
    outcome: str
    #: What went wrong, in words. None: nothing.
    error: t.Optional[str]
    #: The symbol of the system's error. None: there was a connection.
    errno: t.Optional[str]
    #: OpenSSL's symbol for what went wrong. None: nothing.
    reason: t.Optional[str]
    #: OpenSSL's symbol for why a client of today got no session. Only where one got it that takes what is outdated.
    refused_first: str
    #: The number of the alert that the server sent. None: it sent none.
    alert: t.Optional[int]
    #: The result of verification if a handshake failed, as in ``verified``. None: none did.
    verify_code: t.Optional[int]
    #: The same in OpenSSL's words.
    verify_message: t.Optional[str]
    #: Whether the peer answered with TLS at all.
    spoke: bool
    #: The version of TLS, such as ``TLSv1.3``.
    protocol: t.Optional[str]
    #: The cipher suite.
    cipher: t.Optional[str]
    #: The protocol that the server selected. None: none.
    alpn: t.Optional[str]
    #: The certificates as sent, the server's own first, each in pieces of base64; cut, and only that one where
    #: ``asks`` is neither ``name`` nor the first session's.
    chain: t.List[Pieces]
    #: How they were seen: ``messages`` or ``library``; ``leaf``: more was sent than can be seen.
    chain_from: t.Optional[str]
    #: How many certificates were sent, as far as can be seen.
    sent: int
    #: Whether the server requests a client certificate.
    client_certificate: ClientCertificate
    #: What OpenSSL says about the chain, by store. Only where something answered with TLS.
    verified: t.List[Verified]
    #: When it was opened, by the clock of the machine that opened it, in seconds since the epoch.
    clock: int
    #: Milliseconds until there was a connection.
    connect_ms: float
    #: Milliseconds that the session took.
    ms: float
    #: The public URL. Only where the controller opened it.
    url: str
    #: What the URL's name is an alias of. Only where the controller opened it.
    canonical: str
    #: Why the controller could not open one. Only where another version of the collection tried.
    unknown: str


class Tls(Common, total=False):
    """The evidence of TLS."""

    #: The clock of the host, in seconds since the epoch.
    clock: int
    #: The host of the public URL, which clients send; empty: there is none.
    name: str
    #: The parts of the public URL. None: there is none.
    dialled: t.Optional[Dialled]
    #: The service's own port.
    own: t.Optional[Place]
    #: The port that clients connect to. None: it is the service's own, or there is no public URL.
    edge: t.Optional[Place]
    #: The addresses that the public name resolves to. None: they were not looked up, or no answer came.
    addresses: t.Optional[t.List[Address]]
    #: The stores of trusted roots.
    stores: t.List[TrustStore]
    #: The sessions that were opened, without verification.
    sessions: t.List[Session]
    #: The controller's own session at the public URL. Only where option ``public_url`` is given, and TLS is spoken
    #: there.
    public: Session
