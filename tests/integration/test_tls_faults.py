# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and TLS settings of a real nginx in front of a real server, with a throw-away authority."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.integration.test_nginx import HEADERS, HOST, start_nginx, write
from tests.unit import tls_kit

NODE, FIRST_PORT = 9801, 8441
NAME, OTHER = "chat.lab.test", "other.lab.test"
#: Where the files lie on the host.
FOLDER = "/srv/tls"
#: Where a certificate says that its issuer's is to be had.
AIA = "http://ca.lab.test/issuing.pem"


class Case(t.NamedTuple):
    """The certificates that are sent, what is named, and what else differs from an edge that is right."""

    cause: str | None
    chain: t.Callable[[tls_kit.Authority], tuple[tls_kit.Issued, ...]]
    names: str = NAME
    more: str = ""
    #: Another server block on the port; it has a certificate of its own name.
    beside: str = ""
    trusted: bool = True
    scheme: str = "wss"
    ssl: bool = True


def _full(authority: tls_kit.Authority) -> tuple[tls_kit.Issued, ...]:
    return authority.leaf(NAME), authority.intermediate


def _expired(authority: tls_kit.Authority) -> tuple[tls_kit.Issued, ...]:
    return authority.leaf(NAME, days=(-90, -1)), authority.intermediate


CASES: dict[str, Case] = {
    "expired": Case("tls-expired", _expired),
    "for another name": Case("tls-wrong-host", lambda ca: (ca.leaf(OTHER), ca.intermediate)),
    "self-signed": Case("tls-self-signed", lambda _ca: (tls_kit.issue(NAME, names=[NAME]),)),
    "intermediate is missing": Case("tls-missing-intermediate", lambda ca: (ca.leaf(NAME, issuer_url=AIA),)),
    "private authority": Case("tls-private-ca-untrusted-by-app", _full, trusted=False),
    "no alternative name": Case("tls-cn-only", lambda ca: (tls_kit.issue(NAME, ca.intermediate), ca.intermediate)),
    "default virtual host": Case("tls-sni-default-vhost", _full, names="misspelt.lab.test", beside=OTHER),
    "name is rejected": Case("tls-sni-rejected", _full, names="misspelt.lab.test", beside="-"),
    "client certificate": Case("tls-mtls-required", _full, more="ssl_verify_client on; ssl_client_certificate {root};"),
    "dialled in clear": Case("tls-plain-to-tls-port", _full, scheme="ws"),
    "dialled in TLS": Case("tls-tls-to-plain-port", _full, ssl=False),
    "right": Case(None, _full),
    "right beside another name": Case(None, _full, beside=OTHER),
    "right where others are rejected": Case(None, _full, beside="-"),
    "client certificate is optional": Case(
        None, _full, more="ssl_verify_client optional; ssl_client_certificate {root};"
    ),
}
BROKEN = [name for name, case in CASES.items() if case.cause]
HEALTHY = [name for name, case in CASES.items() if not case.cause]


def _port(name: str) -> int:
    return FIRST_PORT + list(CASES).index(name)


def _servers(folder: pathlib.Path, authority: tls_kit.Authority, name: str, case: Case) -> str:
    """The server blocks of a case; the first of a port is its default."""
    port = _port(name)
    blocks = []
    if case.beside == "-":
        blocks.append(f"server {{ listen {port} ssl; server_name _; ssl_reject_handshake on; }}")
    elif case.beside:
        tls_kit.store(folder / f"{port}-other.pem", authority.leaf(case.beside), authority.intermediate, key=True)
        keys = f"ssl_certificate {FOLDER}/{port}-other.pem; ssl_certificate_key {FOLDER}/{port}-other.pem;"
        blocks.append(f"server {{ listen {port} ssl; server_name {case.beside}; {keys} return 404; }}")
    tls_kit.store(folder / f"{port}.pem", *case.chain(authority), key=True)
    pem = f"{FOLDER}/{port}.pem"
    keys = f"ssl_certificate {pem}; ssl_certificate_key {pem};" if case.ssl else ""
    more = case.more.format(root=f"{FOLDER}/authority.pem")
    location = f"location / {{ proxy_pass http://127.0.0.1:{NODE}; {HEADERS} {HOST} }}"
    listen = f"{port} ssl" if case.ssl else str(port)
    blocks.append(f"server {{ listen {listen}; server_name {case.names}; {keys} {more} {location} }}")
    return "\n".join(blocks)


def _entry(name: str, case: Case) -> dict[str, t.Any]:
    tls = {"tls": {"ca_path": f"{FOLDER}/authority.pem"}} if case.trusted else {}
    url = f"{case.scheme}://{NAME}:{_port(name)}/"
    return {"name": name, "port": NODE, "public_url": url, "websocket": {"path": "/", "dialect": "echo"}, **tls}


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Report]:
    """All cases in one run on one host. The name is the host's own: the controller does not know it."""
    host, folder = lab_fleet.host(3), tmp_path_factory.mktemp("tls")
    authority = tls_kit.authority()
    tls_kit.store(folder / "authority.pem", authority.root)
    host.run(["sh", "-c", f"echo 127.0.0.1 {NAME} {OTHER} >> /etc/hosts"])
    write(host, "/srv/nginx/conf.d/map.conf", 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }\n')
    lab_fleet.start(host, "ws_standalone", NODE, bind="127.0.0.1")
    servers = "\n".join(_servers(folder, authority, name, case) for name, case in CASES.items())
    for path in folder.iterdir():
        write(host, f"{FOLDER}/{path.name}", path.read_text())
    text = (
        "user www-data; pid /run/nginx-tls.pid; error_log /var/log/nginx-tls.log;\nevents {}\n"
        f"http {{ access_log off; include /srv/nginx/conf.d/*.conf;\n{servers}\n}}\n"
    )
    start_nginx(lab_fleet, host, FIRST_PORT, text, "nginx-tls")
    services = {host.name: [_entry(name, case) for name, case in CASES.items()]}
    yield lab_fleet.checklist(services, websocket_health_fail_on="never", websocket_health_deadline=25)
    lab_fleet.stop_everything()


@pytest.mark.parametrize("name", BROKEN)
def test_the_cause_is_named_first(lab_fleet: Fleet, report: Report, name: str) -> None:
    report.names_first(lab_fleet.names[3], name, CASES[name].cause)
    report.folds_symptoms(lab_fleet.names[3], name)


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_right_stays_green(lab_fleet: Fleet, report: Report, name: str) -> None:
    service = report.service(lab_fleet.names[3], name)
    wrong = [line for line in report.wrong(lab_fleet.names[3], name) if "proxy.log" not in line]
    assert (service["diagnoses"], wrong, service["status"]) == ([], [], "pass")
