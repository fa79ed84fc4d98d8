# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of TLS says. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common

#: A certificate in DER form, as base64 in one or more pieces.
Pieces = t.List[str]


class Dialled(t.TypedDict, total=False):
    """The public URL, taken apart."""

    #: ``ws`` or ``wss``.
    scheme: str
    host: str
    port: int


class Place(t.TypedDict, total=False):
    """A port on which TLS may end."""

    #: ``127.0.0.1:443``; where nobody connected, ``port 443`` or the path of a unix socket.
    endpoint: str
    #: ``tls``, ``plain``, ``closed`` or ``unknown``.
    speaks: str
    #: Of an edge: the names of the programs that listen there.
    owners: t.List[str]


class Address(t.TypedDict, total=False):
    """An address to which the public name leads."""

    address: str
    #: It is one of this host's.
    local: bool


class TrustStore(t.TypedDict, total=False):
    """A store of trusted roots."""

    #: ``system`` or ``ca_path``.
    name: str
    #: Of ``ca_path``: the file.
    path: str
    #: It could be read, and is not empty.
    usable: bool
    #: Of ``ca_path``: what is in it, cut.
    certificates: t.List[Pieces]


class ClientCertificate(t.TypedDict, total=False):
    """Whether the server wants a certificate of its client; None: it did not show."""

    requested: t.Optional[bool]
    demanded: t.Optional[bool]
    #: How it answers without one.
    how: str


class Verified(t.TypedDict, total=False):
    """What OpenSSL says of the chain with one store."""

    #: ``system`` or ``ca_path``.
    store: str
    #: As of a session.
    outcome: str
    #: X509_STORE_CTX_get_error(3); 0: verified, None: it did not come to that.
    code: t.Optional[int]
    message: str


class Session(t.TypedDict, total=False):
    """One TLS session, opened without verification."""

    #: ``own`` or ``edge``: which place it was opened at.
    role: str
    #: ``name``: for the public name; ``none``: for none; ``nobody``: for one that no site serves.
    asks: str
    endpoint: str
    #: The server name that was sent; None: none was.
    sni: t.Optional[str]
    #: ``established``, ``tls-error``, ``eof``, ``reset``, ``timeout``, ``no-time`` or a ``connect-…``.
    outcome: str
    error: t.Optional[str]
    #: The symbol of the system's error, where there was no connection.
    errno: t.Optional[str]
    #: OpenSSL's symbol for what went wrong.
    reason: t.Optional[str]
    #: The number of the alert that the server sent.
    alert: t.Optional[int]
    #: What verification said where a handshake failed, as in ``verified``.
    verify_code: t.Optional[int]
    verify_message: t.Optional[str]
    #: The peer answered in TLS at all.
    spoke: bool
    #: ``TLSv1.3``
    protocol: t.Optional[str]
    cipher: t.Optional[str]
    alpn: t.Optional[str]
    #: As sent, the server's own first; cut, and only that one where ``asks`` is ``none`` or ``nobody``.
    chain: t.List[Pieces]
    #: ``messages`` or ``library``; ``leaf``: more was sent than can be seen.
    chain_from: t.Optional[str]
    #: How many certificates were sent, as far as can be seen.
    sent: int
    client_certificate: ClientCertificate
    #: By store; absent where nobody answered in TLS.
    verified: t.List[Verified]
    #: Where it was opened, in seconds since the epoch.
    clock: int
    connect_ms: float
    ms: float
    #: Added by the controller to its own at the public URL: that, and what its name is an alias of.
    url: str
    canonical: str
    #: Why the controller could not look. No session of this version has it: such an answer has no session.
    unknown: str


class Tls(Common, total=False):
    """The evidence of TLS."""

    #: The clock of the host, in seconds since the epoch.
    clock: int
    #: The host of the public URL; empty: there is none.
    name: str
    #: None: there is no public URL.
    dialled: t.Optional[Dialled]
    #: The service's own port.
    own: t.Optional[Place]
    #: The port that clients dial, where that is another one.
    edge: t.Optional[Place]
    #: None: they were not asked for, or did not come.
    addresses: t.Optional[t.List[Address]]
    stores: t.List[TrustStore]
    sessions: t.List[Session]
    #: Added by the controller: its own session at the public URL.
    public: Session
