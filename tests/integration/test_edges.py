# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edges in front of a healthy server, each answering in its vendor's words: named by its id; what looks like it is not.

The public URL of each service is one of the answers in tests/servers/python/edge.py, served on another host.
"""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.integration.test_nginx import start_nginx
from tests.servers.catalogue import SERVERS
from tests.servers.python.edge import ANSWERS

EDGE, NODE = 9900, 9901
HTTP2_REFUSED, HTTP2_ACCEPTED, HTTP2_NGINX = 9910, 9911, 9912
OWN = "/srv/edges"
#: The id by what the answer's name begins with.
_IDS = {
    "cloudflare": "cloudflare",
    "alb": "aws-alb",
    "cloudfront": "cloudfront",
    "envoy": "envoy",
    "traefik": "traefik",
    "ingress": "k8s-ingress",
    "squid": "corporate-forward-proxy",
    "proxy": "corporate-forward-proxy",
}
_PASSED_ON = {"app-403", "cloudflare-app-403", "envoy-app-403"}
#: What each answer has to be named as; and the answers that tell too little to be sure.
NAMED = {name: _IDS[name.split("-")[0]] for name in ANSWERS if name not in _PASSED_ON}
POSSIBLE = {"traefik-404", "ingress-503"}


class Alike(t.NamedTuple):
    """The port and path of the back end, the answer at the public URL, and the id that must not be named."""

    port: int
    path: str
    public: str
    cause: str
    #: What is named instead; None: nothing has to be.
    instead: str | None = None


ALIKE = {
    "the server itself, in Go, knows no such path": Alike(EDGE, "/traefik-404", "traefik-404", "traefik"),
    "the public path is another than the server's": Alike(NODE, "/ws", "traefik-404", "traefik"),
    "the server calls itself envoy": Alike(EDGE, "/own-envoy", "envoy-403", "envoy"),
    "Cloudflare passes on what the server says": Alike(EDGE, "/app-403", "cloudflare-app-403", "cloudflare"),
    "Cloudflare passes on what the server says there": Alike(NODE, "/", "cloudflare-app-403", "cloudflare"),
    "Envoy passes on what the server says": Alike(NODE, "/", "envoy-app-403", "envoy"),
    "the server's own 521": Alike(EDGE, "/cloudflare-521", "cloudflare-521", "cloudflare"),
}


def _service(name: str, port: int, path: str, url: str, **more: t.Any) -> dict[str, t.Any]:
    websocket = {"path": path, "dialect": "echo", **more.pop("websocket", {})}
    return {"name": name, "port": port, "exposure": "direct", "public_url": url, "websocket": websocket, **more}


@pytest.fixture(scope="module")
def hosts(lab_fleet: Fleet) -> t.Iterator[tuple[t.Any, t.Any]]:
    """The host of the edges and that of the back ends, with their servers."""
    edge, back = lab_fleet.host(0), lab_fleet.host(1)
    for host, server, port in ((edge, "edge", EDGE), (back, "edge", EDGE), (back, "ws_standalone", NODE)):
        lab_fleet.start(host, server, port)
    yield edge, back
    lab_fleet.stop_everything()


def _http2(fleet: Fleet, back: t.Any) -> list[dict[str, t.Any]]:
    """Servers with a certificate of their own for the host's address, and nginx with HTTP/2 in front of one."""
    back.run(["mkdir", "-p", OWN])
    request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90"]
    names = ["-subj", "/CN=edges", "-addext", f"subjectAltName=IP:{back.address}"]
    back.run(["openssl", *request, *names, "-keyout", f"{OWN}/key.pem", "-out", f"{OWN}/cert.pem"])
    server = SERVERS["ws_standalone"]
    script = str(server.directory / "ws_http2.js")
    for port, status in ((HTTP2_REFUSED, "405"), (HTTP2_ACCEPTED, "200")):
        own = {"KEY": f"{OWN}/key.pem", "CERT": f"{OWN}/cert.pem", "CONNECT": status}
        env = {**server.environment("0.0.0.0", port), **own}
        fleet.run(
            back, [server.command("0.0.0.0", port)[0], script], port, env=env, stdout=f"/var/log/http2-{port}.log"
        )
    text = (
        "worker_processes 1; events { worker_connections 64; }\nhttp { access_log off; error_log /var/log/h2-error.log;\n"
        f"server {{ listen {HTTP2_NGINX} ssl http2; ssl_certificate {OWN}/cert.pem; ssl_certificate_key {OWN}/key.pem;\n"
        f"location / {{ proxy_pass http://127.0.0.1:{NODE}; proxy_http_version 1.1; proxy_set_header Host $http_host;\n"
        'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; } } }\n'
    )
    fleet.start(back, "ws_standalone", NODE)
    start_nginx(fleet, back, HTTP2_NGINX, text)
    ports = {"http2 refused": HTTP2_REFUSED, "http2 accepted": HTTP2_ACCEPTED, "http2 nginx": HTTP2_NGINX}
    tls = {"ca_path": f"{OWN}/cert.pem"}
    return [
        _service(name, NODE if port == HTTP2_NGINX else port, "/", f"wss://{back.address}:{port}/", tls=tls)
        for name, port in ports.items()
    ]


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet, hosts: tuple[t.Any, t.Any]) -> Report:
    """All answers at once."""
    edge, back = hosts
    url = f"ws://{edge.address}:{EDGE}/"
    services = [_service(name, NODE, f"/{name}", url + name) for name in NAMED]
    services += [_service(name, case.port, case.path, url + case.public) for name, case in ALIKE.items()]
    # On a host of its own: an nginx that leads to the back ends of the others would be part of their way.
    secure = lab_fleet.host(2)
    entries = {back.name: services, secure.name: _http2(lab_fleet, secure)}
    return lab_fleet.checklist(entries, websocket_health_fail_on="never", websocket_health_deadline=40)


@pytest.mark.parametrize("name", NAMED)
def test_the_edge_is_named_first(lab_fleet: Fleet, report: Report, name: str) -> None:
    report.names_first(lab_fleet.names[1], name, NAMED[name])
    first = report.service(lab_fleet.names[1], name)["diagnoses"][0]
    assert (first["confidence"] == "possible") is (name in POSSIBLE), first
    assert report.causes(lab_fleet.names[1], name) == [NAMED[name]]


@pytest.mark.parametrize("name", NAMED)
def test_symptoms_are_folded_under_the_edge(lab_fleet: Fleet, report: Report, name: str) -> None:
    report.folds_symptoms(lab_fleet.names[1], name)


@pytest.mark.parametrize("name", ALIKE)
def test_what_only_looks_like_an_edge_is_not_named(lab_fleet: Fleet, report: Report, name: str) -> None:
    found = [entry["id"] for entry in report.service(lab_fleet.names[1], name)["diagnoses"]]
    assert ALIKE[name].cause not in found


def test_websockets_over_http2_that_are_refused(lab_fleet: Fleet, report: Report) -> None:
    host = lab_fleet.names[2]
    report.names_first(host, "http2 refused", "h2-extended-connect-unhandled")
    report.folds_symptoms(host, "http2 refused")


@pytest.mark.parametrize("name", ["http2 accepted", "http2 nginx"])
def test_http2_that_is_right(lab_fleet: Fleet, report: Report, name: str) -> None:
    service = report.service(lab_fleet.names[2], name)
    seen = {check["id"]: check["status"] for check in service["checks"] if check["vantage"] == "public"}
    assert seen["websocket.http2"] == "pass"
    assert (service["diagnoses"], service["status"]) == ([], "pass"), report.wrong(lab_fleet.names[2], name)


#: By the path at the public URL: port and path of the server itself, and the id. Cloudflare's 100 s are in the unit tests.
IDLE = {
    "alb-idle": (NODE, "/", "aws-alb"),
    "own-idle": (EDGE, "/own-idle", None),
}


@pytest.fixture(scope="module")
def held(lab_fleet: Fleet, hosts: tuple[t.Any, t.Any]) -> Report:
    """Connections held idle for longer than the edges let them."""
    edge, back = hosts
    url = f"ws://{edge.address}:{EDGE}/"
    services = [
        _service(name, port, path, url + name, websocket={"hold": 63}) for name, (port, path, _cause) in IDLE.items()
    ]
    return lab_fleet.checklist({back.name: services}, websocket_health_fail_on="never", websocket_health_deadline=80)


@pytest.mark.parametrize("name", IDLE)
def test_who_cuts_an_idle_connection(lab_fleet: Fleet, held: Report, name: str) -> None:
    host, cause = lab_fleet.names[1], IDLE[name][2]
    if cause:
        held.names_first(host, name, cause)
        held.folds_symptoms(host, name)
    else:
        found = [entry["id"] for entry in held.service(host, name)["diagnoses"]]
        assert not set(found) & set(_IDS.values())
