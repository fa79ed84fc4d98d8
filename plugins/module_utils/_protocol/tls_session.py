# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""One TLS session (RFC 8446, RFC 5246), and everything that a client can see of it.

It is opened without verification, so that every property of the certificate can be judged on its own: OpenSSL
reports its first complaint only. What it says of a store of trusted roots is asked in a connection of its own.
"""

from __future__ import annotations

import base64
import functools
import os
import socket
import ssl
import time
import typing as t

from .._run.deadline import Deadline
from .._system.local_address import is_address
from .handshake import Request, open_stream, parse_head
from .recording_socket import Endpoint

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.tls import Session, Verified

#: Handshake messages and content types (RFC 8446, appendix B).
_SERVER_HELLO, _CERTIFICATE, _CERTIFICATE_REQUEST = 2, 11, 13
_ALERT, _HANDSHAKE = 21, 22
#: Certificates of a chain that are kept, and characters of one string: longer ones are cut before they leave the host.
_MOST_CERTIFICATES, _PIECE = 10, 3900
#: A name that no site serves (RFC 6761, section 6.4).
NOBODY = "nobody.websocket-health.invalid"
#: Alerts by which a server without a certificate from its client ends it (RFC 8446, section 6.2).
_NO_CERTIFICATE = (40, 41, 42, 116)
#: The alert of a server that speaks none of the protocols that its client offers (RFC 7301, section 3.2).
NO_APPLICATION_PROTOCOL = 120
#: Verification codes where what was sent leads to no root.
ISSUER_NOT_FOUND = (20, 21)
#: How servers refuse that send no alert.
_CUT = "the connection closed without an answer"
#: How a public key begins that is of Ed25519 or Ed448 (RFC 8410, section 4): its algorithm, and the length of the key.
_EDWARDS_KEYS = (b"\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", b"\x30\x05\x06\x03\x2b\x65\x71\x03\x3a\x00")
#: The cipher suites of TLS 1.2 that Chromium and Firefox offer: none with DHE, and none newer than 2018.
BROWSERS_CIPHERS = tuple(
    [
        "ECDHE-%s-%s" % (key, cipher)
        for key in ("ECDSA", "RSA")
        for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-SHA", "AES256-SHA")
    ]
    + ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA"]
)
#: Clients whose sessions differ in one thing from ours.
Client = t.Literal["h2", "rsa", "browser"]
#: Complaints about a version that both ends would have to know.
_OLD_VERSION = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_SSL_VERSION")
#: Complaints of either side about ciphers and keys that the other would have to take.
_OLD_CIPHER = (
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "NO_SHARED_CIPHER",
    "DH_KEY_TOO_SMALL",
    "EE_KEY_TOO_SMALL",
    "CA_KEY_TOO_SMALL",
    "CA_MD_TOO_WEAK",
    "UNSUPPORTED_SIGNATURE_ALGORITHM",
    "WRONG_SIGNATURE_TYPE",
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
)


class Store(t.NamedTuple):
    """Trusted roots, as a context that verifies with them."""

    name: str  # "system" or "ca_path"
    context: ssl.SSLContext
    #: The same, as clients verify that hold certificates to RFC 5280 (X509_V_FLAG_X509_STRICT), such as Python 3.13.
    strict: ssl.SSLContext


def open_session(
    endpoint: Endpoint, name: str, deadline: Deadline, patience: float = 3.0, path: str = "", host: str = ""
) -> Session:
    """Open TLS once, without verifying anything, and describe it.

    :param name: the server name to ask for (RFC 6066, section 3); empty, or an address: none is sent.
    :param patience: seconds for connection and handshake together.
    :param path: where a GET goes if the server asks for a certificate; only its answer shows whether it insists.
    :param host: the Host header of that request.
    :returns: always. ``endpoint``, ``sni``, ``outcome`` (``established``, ``tls-error``, ``eof``, ``reset``,
        ``timeout``, ``no-time`` or a ``connect-…``), ``error`` and OpenSSL's ``reason``, ``alert`` (the number that
        the server sent), ``spoke`` (whether the peer answered in TLS at all), ``protocol``, ``cipher``, ``alpn``,
        ``chain`` (certificates as sent, each a list of base64 pieces of its DER form), ``chain_from`` (``messages``,
        ``library``; ``leaf``: more was sent than can be seen), ``client_certificate``, ``clock`` (seconds since the
        epoch), ``ms``; where only a client that takes everything got a session, ``refused_first``, OpenSSL's reason
        why one of today did not.
    """
    seen: Session = {
        "endpoint": str(endpoint),
        "sni": sni_of(name),
        "outcome": "connect-error",
        "spoke": False,
        "chain": [],
        "chain_from": None,
        "client_certificate": {"requested": None, "demanded": None, "how": ""},
        "clock": int(time.time()),
    }
    step = deadline.within(patience)
    messages = _Messages()
    sock = _opened(endpoint, name, step, messages, seen)
    if sock is not None:
        try:
            _describe(sock, messages, seen)
            if messages.requested and path:
                _insist(sock, messages, seen, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (path, host))
        finally:
            _leave(sock)
    _note_messages(messages, seen)
    seen["ms"] = round(step.elapsed() * 1000.0, 1)
    return seen


def sni_of(name: str) -> str | None:
    """The server name that is sent for a host: none for an address (RFC 6066, section 3)."""
    return None if not name or is_address(name) else name.rstrip(".")


def verify(endpoint: Endpoint, name: str, deadline: Deadline, store: Store, patience: float = 3.0) -> Verified:
    """Open TLS again and let OpenSSL verify the chain against a store.

    The host name takes no part in it: its mismatch (62) would hide that the certificate has expired (10).

    :returns: ``store``, ``outcome`` (as of a session), ``code`` (X509_STORE_CTX_get_error(3); 0: verified; None:
        it did not come to that) and ``message``; of a chain that is verified also ``strict_code`` and
        ``strict_message``, what strict clients say of it.
    """
    outcome, code, message = _verified(endpoint, name, deadline.within(patience), store.context)
    seen: Verified = {"store": store.name, "outcome": outcome, "code": code, "message": message}
    if code == 0:
        _outcome, seen["strict_code"], seen["strict_message"] = _verified(
            endpoint, name, deadline.within(patience), store.strict
        )
    return seen


def _verified(endpoint: Endpoint, name: str, step: Deadline, context: ssl.SSLContext) -> tuple[str, int | None, str]:
    """Outcome, code and message of one verification."""
    seen: Session = {"outcome": "connect-error"}
    sock = _opened(endpoint, name, step, None, seen, context)
    if sock is None:
        return seen["outcome"], seen.get("verify_code"), seen.get("verify_message") or seen.get("error") or ""
    _leave(sock)
    return seen["outcome"], 0, ""


def open_otherwise(endpoint: Endpoint, name: str, deadline: Deadline, client: Client, patience: float = 3.0) -> Session:
    """Open TLS as another client does: what flips tells what the server insists on.

    :param client: ``h2`` offers HTTP/2 only; ``rsa`` takes no certificate but one with an RSA key, as TLS 1.2 lets
        clients say it; ``browser`` offers the cipher suites that browsers have of TLS 1.2.
    """
    context = _unverified()
    if client == "h2":
        context.set_alpn_protocols(["h2"])
    else:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("aRSA" if client == "rsa" else ":".join(BROWSERS_CIPHERS))
    seen: Session = {"endpoint": str(endpoint), "sni": sni_of(name), "outcome": "connect-error", "chain": []}
    seen.update({"chain_from": None, "client_certificate": {"requested": None, "demanded": None, "how": ""}})
    messages = _Messages()
    sock = _opened(endpoint, name, deadline.within(patience), messages, seen, context)
    if sock is not None:
        _describe(sock, messages, seen)
        _leave(sock)
    _note_messages(messages, seen)
    return seen


def has_edwards_key(pieces: list[list[str]]) -> bool:
    """Whether the server's own certificate holds a key for Ed25519 or Ed448 (RFC 8410): by its bytes, which no other
    key begins with."""
    der = base64.b64decode("".join(pieces[0])) if pieces else b""
    return any(start in der for start in _EDWARDS_KEYS)


@functools.lru_cache(maxsize=1)
def system_store() -> Store | None:
    """The roots that this host trusts by default; None if it has none."""
    context = _verifying()
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    strict = _verifying(strict=True)
    strict.load_default_certs(ssl.Purpose.SERVER_AUTH)
    folder = ssl.get_default_verify_paths().capath
    try:
        # Certificates in the folder are read when they are needed: none is counted before.
        filled = bool(folder) and bool(os.listdir(folder))
    except OSError:
        filled = False
    return Store("system", context, strict) if filled or context.cert_store_stats()["x509_ca"] else None


def file_store(path: str) -> tuple[Store, list[list[str]]]:
    """The roots in a PEM file, and the certificates themselves.

    :raises OSError: it can't be read, or holds no certificate (``ssl.SSLError``).
    """
    context, strict = _verifying(), _verifying(strict=True)
    for one in (context, strict):
        one.load_verify_locations(cafile=path)
    return Store("ca_path", context, strict), [_pieces(der) for der in context.get_ca_certs(binary_form=True)[:20]]


class _Messages:
    """What the peer said in its handshake: messages that the ssl module does not show otherwise."""

    def __init__(self) -> None:
        self.chain: list[bytes] = []
        self.heard = False
        #: Whether a certificate was asked for; None: messages are not shown by this Python.
        self.requested: bool | None = None
        self.alert: int | None = None

    def listen(self, context: ssl.SSLContext) -> None:
        """Note what comes in over connections of this context."""
        try:
            # Private, and there since 3.8; if it has been removed, its contents are taken from elsewhere.
            t.cast(t.Any, context)._msg_callback = self._note
        except (AttributeError, TypeError, ValueError):
            pass

    def _note(self, _sock: t.Any, direction: str, _version: int, content: int, _kind: int, data: bytes) -> None:
        if direction != "read" or len(data) < 2:
            return
        if content == _ALERT:
            self.alert = self.alert or data[1]
        elif content == _HANDSHAKE and data[0] == _SERVER_HELLO:
            self.heard, self.requested = True, bool(self.requested)
        elif content == _HANDSHAKE and data[0] == _CERTIFICATE:
            self.chain = certificates_of(data[4:])
        elif content == _HANDSHAKE and data[0] == _CERTIFICATE_REQUEST:
            self.requested = True


def certificates_of(body: bytes) -> list[bytes]:
    """The certificates of a Certificate message, in DER form; none if it is no such message.

    :param body: the message without its header, as of TLS 1.2 (RFC 5246, section 7.4.2) or 1.3 (RFC 8446, 4.4.2).
    """
    for start, trailer in ((0, False), (1 + body[0] if body else 1, True)):
        found = _entries(body[start:], trailer)
        if found:
            return found
    return []


def _entries(data: bytes, trailer: bool) -> list[bytes]:
    """A list of certificates with its length before it; in TLS 1.3 extensions follow each."""
    if len(data) < 3 or int.from_bytes(data[:3], "big") != len(data) - 3:
        return []
    found, at = [], 3
    while at < len(data):
        size = int.from_bytes(data[at : at + 3], "big")
        at += 3 + size
        if at > len(data) or not size:
            return []
        found.append(data[at - size : at])
        if trailer:
            at += 2 + int.from_bytes(data[at : at + 2], "big")
    return found if at == len(data) else []


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # A handshake is HTTP/1.1 (RFC 6455, section 4.1): a server that offers HTTP/2 only is no WebSocket server.
    context.set_alpn_protocols(["http/1.1"])
    return context


def _verifying(strict: bool = False) -> ssl.SSLContext:
    """A context that verifies chains, and no names."""
    context = _unverified()
    context.verify_mode = ssl.CERT_REQUIRED
    if strict:
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    else:
        # Some systems make it a default of their own.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def organizations(store: Store) -> list[str]:
    """The organizations of its roots: the name of one in a certificate's issuer is the trace of a higher CA."""
    found = set()
    for root in store.context.get_ca_certs():
        subject = t.cast("t.Tuple[t.Tuple[t.Tuple[str, str], ...], ...]", root.get("subject") or ())
        found |= {value for row in subject for name, value in row if name == "organizationName"}
    return sorted(name[:80] for name in found)[:400]


def _old() -> ssl.SSLContext:
    """A context that speaks versions which should not be used: to see which one a server speaks."""
    context = _unverified()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return context


def _opened(
    endpoint: Endpoint,
    name: str,
    step: Deadline,
    messages: _Messages | None,
    seen: Session,
    context: ssl.SSLContext | None = None,
) -> ssl.SSLSocket | None:
    """Connect and shake hands; what went wrong is in ``seen``."""
    own = context is None
    if context is None:
        context = _unverified()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    sock = _wrapped(endpoint, name, step, messages, seen, context)
    reason = seen.get("reason")
    first = seen["outcome"]
    # Some servers, asyncio's among them, send no alert and close.
    silent = first in ("eof", "reset") and messages is not None and not messages.heard
    if sock is None and own and messages is not None and (silent or reason in _OLD_VERSION + _OLD_CIPHER):
        # A server that asks for a certificate ends it by the same alert.
        alert, asked = messages.alert, messages.requested
        messages.alert = None
        sock = _wrapped(endpoint, name, step, messages, seen, _old())
        if sock is None:
            messages.alert, messages.requested = alert or messages.alert, asked or messages.requested
        else:
            seen["refused_first"] = str(reason or first)
    return sock


def _wrapped(
    endpoint: Endpoint, name: str, step: Deadline, messages: _Messages | None, seen: Session, context: ssl.SSLContext
) -> ssl.SSLSocket | None:
    if messages is not None:
        messages.listen(context)
    raw = open_stream(endpoint, Request(), seen, step)
    if raw is None:
        return None
    try:
        # The time-out is that of the whole handshake: the ssl module counts it down over its reads.
        raw.settimeout(max(step.remaining(), 0.001))
        sock = context.wrap_socket(raw, server_hostname=name.rstrip(".") or None)
    except (OSError, ValueError) as error:
        raw.close()
        seen.update(_problem(error))
        return None
    seen.update({"outcome": "established", "error": None, "reason": None})
    return t.cast(ssl.SSLSocket, sock)


def _problem(error: Exception) -> Session:
    """Outcome, message and OpenSSL's reason of a handshake that failed."""
    reason = getattr(error, "reason", None)
    if isinstance(error, socket.timeout):
        outcome = "timeout"
    elif isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or reason == "UNEXPECTED_EOF_WHILE_READING":
        outcome = "eof"
    elif isinstance(error, ConnectionError):
        outcome = "reset"
    else:
        outcome = "tls-error"
    return {
        "outcome": outcome,
        "error": str(error)[:300],
        "reason": str(reason) if isinstance(error, ssl.SSLError) and reason else None,
        "verify_code": getattr(error, "verify_code", None),
        "verify_message": getattr(error, "verify_message", None),
    }


def _describe(sock: ssl.SSLSocket, messages: _Messages, seen: Session) -> None:
    cipher = sock.cipher()
    seen.update({"protocol": sock.version(), "cipher": cipher[0] if cipher else None})
    seen["alpn"] = sock.selected_alpn_protocol()
    chain, source = messages.chain, "messages"
    if not chain and hasattr(sock, "get_unverified_chain"):
        chain, source = [bytes(der) for der in sock.get_unverified_chain()], "library"
    if not chain:
        leaf = sock.getpeercert(binary_form=True)
        chain, source = [leaf] if leaf else [], "leaf"
    pieces = [_pieces(der) for der in chain[:_MOST_CERTIFICATES]]
    seen.update({"chain": pieces, "chain_from": source, "sent": len(chain)})


def _note_messages(messages: _Messages, seen: Session) -> None:
    """What the messages showed, also of a handshake that failed."""
    # Without messages a failure shows by OpenSSL's reason whether it was the peer's, in TLS.
    answered = str(seen.get("reason") or "").startswith(("TLSV1", "SSLV3_ALERT"))
    alert = messages.alert or None
    seen["alert"] = alert
    seen["spoke"] = seen["outcome"] == "established" or messages.heard or bool(alert) or answered
    if not seen["chain"] and messages.chain:
        pieces = [_pieces(der) for der in messages.chain[:_MOST_CERTIFICATES]]
        seen.update({"chain": pieces, "chain_from": "messages", "sent": len(messages.chain)})
    record = seen["client_certificate"]
    record["requested"] = messages.requested
    if messages.requested and seen["outcome"] == "tls-error" and alert in _NO_CERTIFICATE:
        record.update({"demanded": True, "how": "alert %s" % alert})
    elif messages.requested and seen["outcome"] in ("eof", "reset"):
        record.update({"demanded": True, "how": _CUT})


def _insist(sock: ssl.SSLSocket, messages: _Messages, seen: Session, request: str) -> None:
    """Ask something without a certificate: in TLS 1.3 a refusal comes after the handshake, nginx answers in HTTP."""
    record, data, ended = seen["client_certificate"], b"", False
    end = time.monotonic() + 2.0
    try:
        sock.sendall(request.encode("ascii", "replace"))
        while len(data) < 8192 and time.monotonic() < end:
            chunk = sock.recv(8192)
            if not chunk:
                ended = True
                break
            data += chunk
    except ssl.SSLError as error:
        if messages.alert in _NO_CERTIFICATE or "CERTIFICATE" in str(error.reason or ""):
            record.update({"demanded": True, "how": "alert %s" % (messages.alert or error.reason)})
        else:
            ended = isinstance(error, ssl.SSLEOFError)
    except OSError as error:
        ended = isinstance(error, ConnectionError)
    if ended and not data:
        record.update({"demanded": True, "how": _CUT})
    head = parse_head(data)
    if head is not None:
        body = data[head["length"] :].decode("utf-8", "replace").lower()
        refused = head["status"] in (400, 403, 495, 496) and "certificate" in body
        how = "HTTP %d%s" % (head["status"], " about a certificate" if refused else "")
        record.update({"demanded": refused, "how": how})


def _leave(sock: ssl.SSLSocket) -> None:
    """Say goodbye (RFC 8446, section 6.1) without waiting for the answer."""
    try:
        sock.settimeout(0)
        sock.unwrap()
    except (OSError, ValueError):
        pass  # it was sent; the answer does not matter
    finally:
        sock.close()


def _pieces(der: bytes) -> list[str]:
    text = base64.b64encode(der).decode("ascii")
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
