# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy on one host and the back end on another: the proxy's fault is named on the proxy's host, by its own id.

The configurations are those of test_nginx.py and test_other_proxies.py, led to the other host.
"""

from __future__ import annotations

import typing as t

import pytest

from tests.integration import test_nginx, test_other_proxies
from tests.integration.conftest import Fleet, Report
from tests.integration.test_nginx import LEGACY, MUTE, NODE, NODE_PATH, TORNADO, write

#: Their fault is on the proxy's host itself: a unix socket, and a process of its own.
_LOCAL = {"unix socket is not the worker's"}
_OTHER = {"ws_standalone": NODE, "ws_attached": NODE_PATH, "websockets_echo": LEGACY, "tornado_echo": TORNADO}
_BACK = {
    "ws_standalone": test_other_proxies.NODE,
    "ws_attached": test_other_proxies.NODE_PATH,
    "tornado_echo": test_other_proxies.TORNADO,
}


class Staged(t.NamedTuple):
    """A case of one of the two tables, with the port of the proxy that serves it."""

    cause: str | None
    port: int
    path: str
    backend: int
    more: dict[str, t.Any]


def _staged() -> dict[str, Staged]:
    cases = {}
    for module, prefix in ((test_nginx, "nginx "), (test_other_proxies, "")):
        for name, case in module.CASES.items():
            if name not in _LOCAL:
                port = module._port(name)
                cases[prefix + name] = Staged(case.cause, port, case.path, case.backend, case.more)
    return cases


CASES = _staged()
BROKEN = [name for name, case in CASES.items() if case.cause]
HEALTHY = [name for name, case in CASES.items() if not case.cause]
#: What the back end's own host can tell, where the proxy's is not in the inventory: by its answers at the public URL.
FROM_BEHIND = {
    "nginx no headers": "nginx-missing-upgrade-headers",
    "nginx upstream is dead": "nginx-upstream-refused-502",
    "nginx redirect to https": "redirect-on-upgrade",
    "nginx single-page application": "spa-fallback-200",
    "apache no upgrade": "apache-no-upgrade-handling",
    "nginx as in the documentation": None,
    "haproxy backend": None,
}


def _entry(edge: t.Any, name: str, own_port: bool) -> dict[str, t.Any]:
    """The inventory entry: the service at the proxy's port, or as it stands for the back end's host."""
    case = CASES[name]
    more = dict(case.more)
    serves = more.pop("serves", case.path)
    more.pop("held", None)
    path = case.path if own_port else serves
    websocket = {"path": path, "dialect": "echo", **more.pop("websocket", {})}
    url = f"ws://{edge.address}:{case.port}{case.path}"
    return {
        "name": name,
        "port": case.port if own_port else case.backend,
        "public_url": url,
        **more,
        "websocket": websocket,
    }


def _start_back_ends(fleet: Fleet, back: t.Any) -> None:
    for table in (_OTHER, _BACK):
        for server, port in table.items():
            fleet.start(back, server, port)
    silent = test_nginx.SILENT.replace("127.0.0.1", "0.0.0.0")
    for port in (MUTE, test_other_proxies.MUTE):
        fleet.run(back, [test_nginx.PYTHON, "-c", silent % port], port)


def _start_proxies(fleet: Fleet, edge: t.Any, back: t.Any) -> None:
    write(edge, "/srv/nginx/conf.d/map.conf", 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }\n')
    write(edge, "/srv/spa/index.html", "<!doctype html><html><title>chat</title></html>")
    edge.run(["ip", "route", "add", "prohibit", "198.51.100.1/32"])
    text = test_nginx._configuration().replace("127.0.0.1", back.address)
    test_nginx.start_nginx(fleet, edge, test_nginx.FIRST_PORT, text)
    fleet.run(edge, [test_nginx.PYTHON, "-c", test_nginx.HOLD % test_nginx._port("limit")])
    edge.run(["sh", "-c", test_nginx.REFUSED % test_nginx._port("limit")])
    test_other_proxies.start_proxies(fleet, edge, back.address)


class Reports(t.NamedTuple):
    """Three runs over the same two hosts, by what the inventory says."""

    own_port: Report
    elsewhere: Report
    from_behind: Report


@pytest.fixture(scope="module")
def reports(lab_fleet: Fleet) -> t.Iterator[Reports]:
    """All cases: as services at the proxy's ports, as services of the other host, and asked on that host alone."""
    edge, back = lab_fleet.host(0), lab_fleet.host(1)
    _start_back_ends(lab_fleet, back)
    _start_proxies(lab_fleet, edge, back)
    runs = []
    for host, names, own_port in ((edge, CASES, True), (edge, CASES, False), (back, FROM_BEHIND, False)):
        services = {host.name: [_entry(edge, name, own_port) for name in names]}
        runs.append(lab_fleet.checklist(services, websocket_health_fail_on="never", websocket_health_deadline=40))
    yield Reports(*runs)
    lab_fleet.stop_everything()
    edge.run(["ip", "route", "del", "prohibit", "198.51.100.1/32"])


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("asked_as", ["own_port", "elsewhere"])
def test_the_cause_is_named_first_on_the_proxy_s_host(
    lab_fleet: Fleet, reports: Reports, asked_as: str, name: str
) -> None:
    getattr(reports, asked_as).names_first(lab_fleet.names[0], name, CASES[name].cause)


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("asked_as", ["own_port", "elsewhere"])
def test_what_is_right_stays_green(lab_fleet: Fleet, reports: Reports, asked_as: str, name: str) -> None:
    report = getattr(reports, asked_as)
    report.is_healthy(lab_fleet.names[0], name)


@pytest.mark.parametrize("name", FROM_BEHIND)
def test_what_the_back_end_s_host_tells(lab_fleet: Fleet, reports: Reports, name: str) -> None:
    cause, host = FROM_BEHIND[name], lab_fleet.names[1]
    if cause:
        reports.from_behind.names_first(host, name, cause)
    else:
        service = reports.from_behind.service(host, name)
        assert (service["diagnoses"], service["status"]) == ([], "pass"), reports.from_behind.wrong(host, name)
