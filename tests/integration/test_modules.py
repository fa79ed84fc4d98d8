# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each probe as a module of its own, as tasks of a playbook over SSH."""

from __future__ import annotations

import json
import subprocess
import typing as t

import pytest

from tests.integration.conftest import Fleet
from tests.integration.lab_files import start_nginx
from tests.servers.catalogue import SERVERS

PORT = 8085
#: Options of each probe module against a healthy ws_standalone, and a check that must pass.
PROBES: dict[str, tuple[dict[str, t.Any], str]] = {
    "process_probe": ({"port": PORT, "process": {"command": "ws_standalone", "min": 1, "max": 1}}, "process.running"),
    "environment_probe": (
        {"port": PORT, "environment": {"expect": {"NODE_ENV": "production"}}},
        "environment.NODE_ENV",
    ),
    "log_probe": ({"port": PORT}, "log.source"),
    "port_probe": ({"port": PORT}, "port.listening"),
    "websocket_probe": ({"port": PORT, "websocket": {"path": "/", "dialect": "echo"}}, "websocket.message"),
    "capture_probe": ({"port": PORT, "websocket": {"path": "/"}, "capture": {"seconds": 2}}, "capture.handshake"),
}
#: What passes without a server, too.
NO_SERVER: dict[str, tuple[dict[str, t.Any], str]] = {
    "firewall_probe": ({"port": PORT, "exposure": "direct"}, "firewall.input"),
}


def _run(
    fleet: Fleet, tasks: list[dict[str, t.Any]], *arguments: str, **play: t.Any
) -> subprocess.CompletedProcess[str]:
    host = fleet.host(3)
    inventory = fleet.inventory({host.name: None})
    return fleet.playbook(
        [{"name": "Probe", "hosts": "all", "gather_facts": False, "tasks": tasks, **play}], inventory, *arguments
    )


@pytest.fixture
def healthy(fleet: Fleet) -> Fleet:
    """A fleet whose fourth host serves a healthy echo."""
    fleet.start(fleet.host(3), "ws_standalone", PORT, env={"NODE_ENV": "production"})
    return fleet


@pytest.mark.parametrize("module", [*PROBES, *NO_SERVER])
def test_result(healthy: Fleet, module: str) -> None:
    options, check = {**PROBES, **NO_SERVER}[module]
    target = healthy.directory / "result.json"
    tasks: list[dict[str, t.Any]] = [
        {"name": "Ask", f"websocket.health.{module}": options, "register": "answer"},
        {
            "name": "Keep",
            "delegate_to": "localhost",
            "connection": "local",
            "ansible.builtin.copy": {"content": "{{ answer | to_json }}", "dest": str(target), "mode": "0600"},
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "check_mode": False,
        },
    ]
    run = _run(healthy, tasks, "--check")
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-500:]
    answer = json.loads(target.read_text())
    assert answer["changed"] is False and answer["status"] == "pass", answer["msg"]
    assert {entry["id"]: entry["status"] for entry in answer["checks"]}[check] == "pass"
    assert answer["evidence"]["subject"] == module.split("_")[0]


@pytest.mark.parametrize("module", PROBES)
def test_fails_by_default_and_says_why(fleet: Fleet, module: str) -> None:
    # Nothing runs: what is plainly wrong fails, and so does a probe that could observe nothing it was asked for.
    run = _run(fleet, [{"name": "Ask", f"websocket.health.{module}": PROBES[module][0]}])
    assert run.returncode != 0, run.stdout[-2000:]
    assert "Traceback" not in run.stdout + run.stderr


def test_retries_until_the_service_is_up(fleet: Fleet) -> None:
    host = fleet.host(3)
    node = SERVERS["ws_standalone"]
    command = " ".join(node.command("0.0.0.0", PORT))
    fleet.run(
        host, ["sh", "-c", f"sleep 12; exec {command}"], env=node.environment("0.0.0.0", PORT), cwd=str(node.directory)
    )
    task = {
        "name": "Wait",
        "websocket.health.websocket_probe": PROBES["websocket_probe"][0],
        "register": "answer",
        "until": "answer is succeeded",
        "retries": 30,
        "delay": 1,
    }
    run = _run(fleet, [task])
    assert run.returncode == 0, run.stdout[-2000:]
    assert "FAILED - RETRYING" in run.stdout


def test_action_group_gives_defaults_to_all_probes(fleet: Fleet) -> None:
    # fail_on never for the whole group: nothing runs, and yet no task fails.
    tasks = [{"name": module, f"websocket.health.{module}": options} for module, (options, _check) in PROBES.items()]
    run = _run(fleet, tasks, module_defaults={"group/websocket.health.probes": {"fail_on": "never"}})
    assert run.returncode == 0, run.stdout[-3000:]


@pytest.mark.parametrize(
    "module, options, words",
    [
        ("port_probe", {"port": 0}, ["'port'", "1 to 65535"]),
        ("port_probe", {"port": 70000}, ["'port'", "70000"]),
        ("port_probe", {"prot": 80}, ["prot"]),
        ("port_probe", {"port": "eighty"}, ["port"]),
        ("process_probe", {"process": {"command": "node ("}}, ["process.command", "regular expression"]),
        ("log_probe", {"port": PORT, "logs": [{"path": "/x", "ready": "*"}]}, ["logs[0].ready"]),
        ("websocket_probe", {"port": PORT, "websocket": {"path": "ws"}}, ["websocket.path"]),
        ("websocket_probe", {"port": PORT, "websocket": {"dialect": "klingon"}, "fail_on": "fail"}, ["klingon"]),
        ("websocket_probe", {"port": PORT, "deadline": 0}, ["deadline"]),
        ("environment_probe", {}, ["port"]),
    ],
)
def test_bad_input_names_the_option(healthy: Fleet, module: str, options: dict[str, t.Any], words: list[str]) -> None:
    run = _run(healthy, [{"name": "Ask", f"websocket.health.{module}": options}])
    assert run.returncode != 0, run.stdout[-1500:]
    for word in words:
        assert word in run.stdout + run.stderr, run.stdout[-2000:]
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize("path, mode", [("/var/log/no/such.log", None), ("/var/log/closed.log", "000")])
def test_log_that_cannot_be_read_is_unknown(healthy: Fleet, path: str, mode: str | None) -> None:
    options: dict[str, t.Any] = {"port": PORT, "logs": [{"path": path, "ready": "up"}], "fail_on": "fail"}
    tasks = [
        {"name": "Ask", "websocket.health.log_probe": options, "register": "answer"},
        {
            "name": "Show",
            "ansible.builtin.debug": {
                "msg": "{{ answer.checks | selectattr('id', 'eq', 'log.source') | map(attribute='summary') }}"
            },
        },
    ]
    if mode:
        healthy.host(3).run(["sh", "-c", f"touch {path} && chmod {mode} {path}"])
        become = {
            "become": True,
            "become_method": "su",
            "become_user": "nobody",
            "vars": {"ansible_become_flags": "-s /bin/sh", "ansible_python_interpreter": "/usr/bin/python3"},
        }
    else:
        become = {}
    run = _run(healthy, tasks, **become)
    assert path in run.stdout, run.stdout[-2500:]
    assert "Traceback" not in run.stdout


def test_the_proxy_s_fault_and_its_place(healthy: Fleet) -> None:
    """The module needs no other probe to say what is wrong, and where."""
    host, front = healthy.host(3), PORT + 1
    location = f"location / {{ proxy_pass http://127.0.0.1:{PORT}; }}"
    text = f"pid /run/nginx-module.pid;\nevents {{}}\nhttp {{ access_log off;\nserver {{ listen {front}; {location} }}\n}}\n"
    start_nginx(healthy, host, front, text)
    options = {"port": PORT, "public_url": f"ws://{host.address}:{front}/"}
    run = _run(healthy, [{"name": "Ask", "websocket.health.proxy_probe": options}])
    assert run.returncode == 2, run.stdout[-2000:]
    assert "Traceback" not in run.stdout + run.stderr
    assert "location / at /srv/nginx/nginx.conf" in run.stdout
    assert "proxy_set_header Upgrade $http_upgrade;" in run.stdout
