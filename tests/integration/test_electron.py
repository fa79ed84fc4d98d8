# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of an Electron app where there is none. Apps are staged under tests/scenarios/cases."""

from __future__ import annotations

from tests.integration.conftest import Fleet

PORT = 9851


def test_a_service_without_an_app_has_no_such_checks(fleet: Fleet) -> None:
    host = fleet.host(4)
    fleet.start(host, "ws_standalone", PORT)
    plain = {host.name: [{"name": "plain", "port": PORT}]}
    service = fleet.checklist(plain, websocket_health_fail_on="never").service(host.name, "plain")
    assert service["checks"]
    assert not [check["id"] for check in service["checks"] if check["id"].startswith("electron.")]


def test_the_probe_as_a_module(fleet: Fleet) -> None:
    host = fleet.host(4)
    options = {"port": PORT, "electron": {"path": "/srv/nowhere"}}
    tasks = [{"name": "Look", "websocket.health.electron_probe": options}]
    run = fleet.playbook([{"hosts": "all", "gather_facts": False, "tasks": tasks}], fleet.inventory({host.name: None}))
    assert run.returncode == 2, run.stdout[-2000:]
    assert "ENOENT" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
