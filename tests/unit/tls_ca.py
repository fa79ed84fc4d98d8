# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorities, certificates and servers in TLS, made for a test."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import ipaddress
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import typing as t
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tests.unit.probed_host import ROOT, child, wait_for

#: Of what kinds the keys are.
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"


@dataclasses.dataclass
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The key as PEM."""
        kind, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, kind, none)


def issue(
    common_name: str,
    issuer: Issued | None = None,
    *,
    names: t.Sequence[str] = (),
    days: tuple[float, float] = (-1, 90),
    ca: bool = False,
    issuer_url: str = "",
    organization: str = "",
    key: Key | None = None,
    now: float | None = None,
) -> Issued:
    """Issue a certificate; without an issuer it is self-signed.

    :param names: alternative names, addresses among them.
    :param days: from when until when it is valid, from now.
    :param now: seconds since 1970, for certificates that recorded evidence is to show: the time that it was recorded.
        Without it, for servers that run: the time by the clock.
    """
    key = key or ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.append(x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organization))
    subject = x509.Name(attributes)
    moment = datetime.datetime.fromtimestamp(time.time() if now is None else now, datetime.UTC)
    by, signing = (issuer.certificate.subject, issuer.key) if issuer else (subject, key)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(by).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(moment + datetime.timedelta(days=days[0]))
    builder = builder.not_valid_after(moment + datetime.timedelta(days=days[1]))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    if ca:
        # Strict clients, such as those of Python 3.13, refuse an authority that does not say what its key is for.
        signs = dict.fromkeys(("key_cert_sign", "crl_sign"), True)
        others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
        usage = x509.KeyUsage(**signs, **dict.fromkeys((*others, "encipher_only", "decipher_only"), False))
        builder = builder.add_extension(usage, critical=True)
    own = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    builder = builder.add_extension(own, critical=False)
    if names:
        alternative = x509.SubjectAlternativeName([_general_name(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    if issuer_url:
        where = x509.UniformResourceIdentifier(issuer_url)
        method = x509.AuthorityInformationAccessOID.CA_ISSUERS
        access = x509.AuthorityInformationAccess([x509.AccessDescription(method, where)])
        builder = builder.add_extension(access, critical=False)
    return Issued(
        builder.sign(signing, None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()), key
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@dataclasses.dataclass
class Authority:
    """A root and an intermediate below it."""

    root: Issued
    intermediate: Issued
    #: When it was issued, and what it issues: see issue().
    now: float | None = None

    def leaf(self, *names: str, **options: t.Any) -> Issued:
        """A server's certificate by the intermediate."""
        return issue(names[0] if names else "server", self.intermediate, names=names, now=self.now, **options)


def authority(organization: str = "", *, now: float | None = None, **options: t.Any) -> Authority:
    """A new one."""
    root = issue("Test Root", ca=True, days=(-100, 3650), organization=organization, now=now)
    intermediate = issue("Test Issuing CA", root, ca=True, organization=organization, now=now, **options)
    return Authority(root, intermediate, now)


def store(path: pathlib.Path | str, *entries: Issued, key: bool = False) -> str:
    """Write certificates, and the key of the first, into one PEM file."""
    pathlib.Path(path).write_bytes(b"".join(entry.pem for entry in entries) + (entries[0].key_pem if key else b""))
    return str(path)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


#: A WebSocket server of the fault server in TLS: certificate file, version, and the CA whose clients it takes.
_SERVER = """
import asyncio, ssl, sys
sys.path.insert(0, sys.argv[1])
import fault_server
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2])
if sys.argv[3]:
    context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, sys.argv[3])
if sys.argv[4]:
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(sys.argv[4])
async def main():
    handler = fault_server.handler(fault_server.STAGES['healthy'])
    server = await asyncio.start_server(handler, '127.0.0.1', 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


@contextlib.contextmanager
def serving(pem: str, version: str = "", clients: str = "") -> Iterator[int]:
    """A WebSocket server in TLS; yields its port."""
    servers = str(ROOT / "tests" / "servers")
    with child(sys.executable, "-c", _SERVER, servers, pem, version, clients, stderr=subprocess.DEVNULL) as it:
        assert it.stdout is not None
        yield int(it.stdout.readline())


@contextlib.contextmanager
def nginx(folder: pathlib.Path | str, servers: str, port: int) -> Iterator[int]:
    """An nginx with these server blocks; yields the port once it answers."""
    folder = pathlib.Path(folder)
    config = (
        "daemon off; master_process on; user root; pid nginx.pid; error_log error.log info;\n"
        "events {}\nhttp { access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;"
        f" uwsgi_temp_path u; scgi_temp_path s;\n{servers}\n}}\n"
    )
    (folder / "nginx.conf").write_text(config)
    with child(NGINX, "-p", str(folder), "-c", "nginx.conf", stderr=subprocess.DEVNULL) as it:
        wait_for(lambda: _answers(port))
        try:
            yield port
        finally:
            it.terminate()
            it.wait(10)


def _answers(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0
