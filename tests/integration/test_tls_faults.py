# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and TLS settings of a real nginx in front of a real server, with a throw-away authority, seen by the host
and by a page in a real browser that trusts this authority."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.integration.test_nginx import HEADERS, HOST, start_nginx, write
from tests.unit import tls_kit
from tests.unit.pages import TALK, led_to, page, trusting

NODE, FIRST_PORT, PAGES = 9801, 8441, 8440
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
    #: What Chromium says of it.
    words: str = ""
    #: The page comes from the same server as the WebSocket, in place of another one in clear.
    own_page: bool = False


def _full(authority: tls_kit.Authority) -> tuple[tls_kit.Issued, ...]:
    return authority.leaf(NAME), authority.intermediate


def _expired(authority: tls_kit.Authority) -> tuple[tls_kit.Issued, ...]:
    return authority.leaf(NAME, days=(-90, -1)), authority.intermediate


_NAME_INVALID, _UNKNOWN = "ERR_CERT_COMMON_NAME_INVALID", "ERR_CERT_AUTHORITY_INVALID"
CASES: dict[str, Case] = {
    "expired": Case("tls-expired", _expired, words="ERR_CERT_DATE_INVALID"),
    "for another name": Case("tls-wrong-host", lambda ca: (ca.leaf(OTHER), ca.intermediate), words=_NAME_INVALID),
    "self-signed": Case("tls-self-signed", lambda _ca: (tls_kit.issue(NAME, names=[NAME]),), words=_UNKNOWN),
    "intermediate is missing": Case(
        "tls-missing-intermediate", lambda ca: (ca.leaf(NAME, issuer_url=AIA),), words=_UNKNOWN
    ),
    "private authority": Case(
        "tls-private-ca-untrusted-by-app", lambda _ca: _full(tls_kit.authority()), trusted=False, words=_UNKNOWN
    ),
    # Python, curl and Node accept it.
    "no alternative name": Case(
        "tls-cn-only", lambda ca: (tls_kit.issue(NAME, ca.intermediate), ca.intermediate), words=_NAME_INVALID
    ),
    "default virtual host": Case(
        "tls-sni-default-vhost", _full, names="misspelt.lab.test", beside=OTHER, words=_NAME_INVALID
    ),
    "name is rejected": Case(
        "tls-sni-rejected", _full, names="misspelt.lab.test", beside="-", words="ERR_SSL_UNRECOGNIZED_NAME_ALERT"
    ),
    "client certificate": Case(
        "tls-mtls-required",
        _full,
        more="ssl_verify_client on; ssl_client_certificate {root};",
        words="WebSocket opening handshake was canceled",
    ),
    "dialled in clear": Case("tls-plain-to-tls-port", _full, scheme="ws", words="Unexpected response code: 400"),
    "dialled in TLS": Case("tls-tls-to-plain-port", _full, ssl=False, words="ERR_SSL_PROTOCOL_ERROR"),
    "client certificate is asked for": Case(
        "tls-client-certificate-asked",
        _full,
        more="ssl_verify_client optional; ssl_client_certificate {root};",
        words="WebSocket opening handshake was canceled",
    ),
    "right": Case(None, _full),
    "right with a page in TLS": Case(None, _full, own_page=True),
    "right beside another name": Case(None, _full, beside=OTHER),
    "right where others are rejected": Case(None, _full, beside="-"),
    # The page's own server has asked the browser before, which has none.
    "client certificate is optional": Case(
        None, _full, more="ssl_verify_client optional; ssl_client_certificate {root};", own_page=True
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
    pages = f"location /page/ {{ alias /srv/tls-pages/{port}/; }}"
    blocks.append(f"server {{ listen {listen}; server_name {case.names}; {keys} {more} {location} {pages} }}")
    return "\n".join(blocks)


def _url(name: str, case: Case) -> str:
    return f"{case.scheme}://{NAME}:{_port(name)}/"


def _entry(host: t.Any, name: str, case: Case) -> dict[str, t.Any]:
    tls = {"tls": {"ca_path": f"{FOLDER}/authority.pem"}} if case.trusted else {}
    page_url = f"https://{NAME}:{_port(name)}/page/" if case.own_page else f"http://{NAME}:{PAGES}/{_port(name)}/"
    return {
        "name": name,
        "port": NODE,
        "public_url": _url(name, case),
        "websocket": {"path": "/", "dialect": "echo"},
        "frontend": {"url": page_url},
        "chromium": {"stay": 1.0, "arguments": [led_to(host.address, NAME)]},
        **tls,
    }


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
    for name, case in CASES.items():
        write(host, f"/srv/tls-pages/{_port(name)}/index.html", page(TALK % _url(name, case)))
    text = (
        "user www-data; pid /run/nginx-tls.pid; error_log /var/log/nginx-tls.log;\nevents {}\n"
        f"http {{ access_log off; include /srv/nginx/conf.d/*.conf; types {{ text/html html; }}\n"
        f"server {{ listen {PAGES}; root /srv/tls-pages; }}\n{servers}\n}}\n"
    )
    start_nginx(lab_fleet, host, FIRST_PORT, text, "nginx-tls")
    services = {host.name: [_entry(host, name, case) for name, case in CASES.items()]}
    yield lab_fleet.checklist(
        services,
        env={"HOME": str(trusting(folder / "home", str(folder / "authority.pem")))},
        websocket_health_fail_on="never",
        websocket_health_deadline=60,
    )
    lab_fleet.stop_everything()


@pytest.mark.parametrize("name", BROKEN)
def test_the_cause_is_named_first(lab_fleet: Fleet, report: Report, name: str) -> None:
    report.names_first(lab_fleet.names[3], name, CASES[name].cause)
    report.folds_symptoms(lab_fleet.names[3], name)
    seen = [check for check in report.service(lab_fleet.names[3], name)["checks"] if check["vantage"] == "browser"]
    assert CASES[name].words in json.dumps(seen)


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_right_stays_green(lab_fleet: Fleet, report: Report, name: str) -> None:
    service = report.service(lab_fleet.names[3], name)
    wrong = [line for line in report.wrong(lab_fleet.names[3], name) if "proxy.log" not in line]
    assert (service["diagnoses"], wrong, service["status"]) == ([], [], "pass")
