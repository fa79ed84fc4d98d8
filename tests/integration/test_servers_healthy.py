# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers that are healthy: all of them in one run, none may be called broken."""

from __future__ import annotations

import re
import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.servers.catalogue import SERVERS

#: Servers of the catalogue that answer 101, and what their dialect is called here.
HEALTHY = {name: server for name, server in SERVERS.items() if server.status == 101 and name not in ("ws_two_on_one",)}
_DIALECTS = {"socketio-v2": "socketio2"}
FIRST_PORT = 9100


def _configured(name: str, port: int) -> dict[str, t.Any]:
    """What a careful user writes for a server."""
    server = SERVERS[name]
    websocket: dict[str, t.Any] = {"path": server.path, "dialect": _DIALECTS.get(server.dialect or "", server.dialect)}
    if server.subprotocols:
        websocket["subprotocols"] = list(server.subprotocols)
    headers = {key: value for key, value in server.headers.items() if key != "Origin"}
    if headers:
        websocket["headers"] = headers
    if "Origin" in server.headers:
        websocket["origin"] = server.headers["Origin"]
    if server.send:
        websocket["send"] = server.send
    return {"name": name, "port": port, "websocket": websocket}


@pytest.fixture(scope="module")
def both_ways(lab_fleet: Fleet) -> t.Iterator[tuple[Report, Report]]:
    """Every healthy server, dealt out over the hosts; asked with full configuration, and with name and port alone."""
    places = {}
    for number, name in enumerate(HEALTHY):
        host = lab_fleet.host(number % len(lab_fleet.names))
        places[name] = (host, FIRST_PORT + number)
        lab_fleet.start(host, name, FIRST_PORT + number)
    reports = []
    for make in (_configured, lambda name, port: {"name": name, "port": port}):
        services: dict[str, list[dict[str, t.Any]]] = {}
        for name, (host, port) in places.items():
            services.setdefault(host.name, []).append(make(name, port))
        reports.append(lab_fleet.checklist(services, websocket_health_fail_on="never"))
    yield reports[0], reports[1]
    lab_fleet.stop_everything()


def _host_of(fleet: Fleet, name: str) -> str:
    return fleet.names[list(HEALTHY).index(name) % len(fleet.names)]


@pytest.mark.parametrize("name", HEALTHY)
def test_configured_server_is_healthy(lab_fleet: Fleet, both_ways: tuple[Report, Report], name: str) -> None:
    report, _zero = both_ways
    host = _host_of(lab_fleet, name)
    assert report.service(host, name)["status"] == "pass", report.wrong(host, name)
    assert report.service(host, name)["diagnoses"] == []
    messages = [entry for entry in report.service(host, name)["checks"] if entry["id"] == "websocket.message"]
    # Without a dialect nothing is sent: some servers answer nobody, and only tell.
    assert [entry["status"] for entry in messages] == ["pass" if SERVERS[name].dialect else "skip"], messages


#: Without a path these answer nowhere where a stranger would look, or only to those who know a secret.
_NEEDS_PATH = {
    *("uvicorn_token", "ws_auth", "daphne_channels", "actioncable", "socketio2", "phoenix", "sockjs"),
    *("vite", "pusher", "jupyter", "rails_cable"),
    # It has a domain of its own, and says so.
    "prosody",
    # Its handler fails with a stack trace on a path that is not its own, as Daphne's does.
    "socketio_asgi",
}


@pytest.mark.parametrize("name", [name for name in HEALTHY if name not in _NEEDS_PATH])
def test_name_and_port_are_enough(lab_fleet: Fleet, both_ways: tuple[Report, Report], name: str) -> None:
    _configured_report, report = both_ways
    host = _host_of(lab_fleet, name)
    assert report.service(host, name)["status"] == "pass", report.wrong(host, name)
    checks = {entry["id"]: entry for entry in report.service(host, name)["checks"] if entry["vantage"] == "host"}
    assert checks["process.running"]["status"] == "pass"
    assert checks["port.owner"]["status"] == "pass"
    assert checks["log.source"]["status"] == "pass", checks["log.source"]


#: Servers whose log tells of events, and of which.
_TALKATIVE = {"ws_attached": "connection, message, close", "uvicorn_fastapi": "connection"}


@pytest.mark.parametrize("name", _TALKATIVE)
def test_the_log_shows_what_the_probe_did(lab_fleet: Fleet, both_ways: tuple[Report, Report], name: str) -> None:
    report, _zero = both_ways
    checks = report.service(_host_of(lab_fleet, name), name)["checks"]
    (events,) = [entry for entry in checks if entry["id"] == "log.events"]
    assert f"of one connection of the probe: {_TALKATIVE[name]}" in events["summary"], events


def test_controller_sees_every_server_from_outside(both_ways: tuple[Report, Report]) -> None:
    report, _zero = both_ways
    seen = [
        c for row in report.data["hosts"] for s in row["services"] for c in s["checks"] if c["vantage"] == "controller"
    ]
    assert seen
    assert {entry["status"] for entry in seen} == {"pass"}, [entry for entry in seen if entry["status"] != "pass"]


def test_probing_leaves_no_stack_trace_in_the_servers_logs(lab_fleet: Fleet, both_ways: tuple[Report, Report]) -> None:
    for number in range(len(lab_fleet.names)):
        logs = [f"/var/log/{name}-{FIRST_PORT + place}.log" for place, name in enumerate(HEALTHY)]
        found = lab_fleet.host(number).run(["grep", "-slE", "Traceback|Error:", *logs], check=False).stdout
        # These fail with a trace on a path that they do not route: the search for an unknown path costs two.
        assert [name for name in found.split() if not re.search("daphne|socketio_asgi", name)] == []
