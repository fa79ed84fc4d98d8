# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checklist as a whole: every host a row, report before gate, one round trip, nothing left behind, no secret out."""

from __future__ import annotations

import gzip
import json
import pathlib
import re
import shlex
import typing as t
import uuid

import pytest

from tests.integration.conftest import Fleet, Report
from tests.integration.lab_files import HEADERS, HOST, MAP, start_nginx

PORT = 8080
#: Another one in every run: no file from before holds it, and no source.
CANARY = f"c4n4ry-{uuid.uuid4().hex[:12]}"


#: What the module-wide fixture starts stays up beside the other tests.
MIXED_PORT = 8081


def echo(port: int = PORT) -> list[dict[str, t.Any]]:
    """A healthy service."""
    return [{"name": "echo", "port": port, "websocket": {"path": "/", "dialect": "echo"}}]


def _role_play(**keywords: t.Any) -> list[dict[str, t.Any]]:
    tasks = [{"name": "Run", "ansible.builtin.include_role": {"name": "websocket.health.checklist"}}]
    return [{"name": "Checklist", "hosts": "all", "gather_facts": False, "tasks": tasks, **keywords}]


@pytest.fixture(scope="module")
def mixed(lab_fleet: Fleet) -> t.Iterator[Report]:
    """One host of every kind in one run: healthy, stopped, off, without Python, without services, misconfigured."""
    names = lab_fleet.names
    for number in range(4):
        lab_fleet.start(lab_fleet.host(number), "ws_standalone", MIXED_PORT)
    lab_fleet.host(1).kill(lab_fleet.started[1][1], 19)
    nobody = lab_fleet.host(0).address.rsplit(".", 1)[0] + ".250"
    services = {
        names[0]: echo(MIXED_PORT),
        names[1]: echo(MIXED_PORT),
        "powered-off": echo(MIXED_PORT),
        names[2]: echo(MIXED_PORT),
        names[4]: None,
        names[3]: [{"name": "echo", "prot": MIXED_PORT}],
        names[5]: [{"name": "echo", "port": 70000}],
    }
    variables = {
        "powered-off": {"ansible_host": nobody, "ansible_timeout": 3},
        names[2]: {"ansible_python_interpreter": "/nonexistent/python"},
    }
    yield lab_fleet.checklist(services, "-vvv", variables=variables, websocket_health_deadline=8)
    lab_fleet.stop_everything()


def test_every_host_is_a_row(lab_fleet: Fleet, mixed: Report) -> None:
    names = lab_fleet.names
    statuses = {row["host"]: row["status"] for row in mixed.data["hosts"]}
    assert statuses == {
        names[0]: "pass",
        names[1]: "fail",
        "powered-off": "unreachable",
        names[2]: "unknown",
        names[3]: "unknown",
        names[4]: "unknown",
        names[5]: "unknown",
    }
    counts = mixed.data["summary"]["hosts"]
    assert counts["total"] == 7 == sum(counts[name] for name in ("pass", "warn", "fail", "unknown", "unreachable"))


def test_rows_say_why(lab_fleet: Fleet, mixed: Report) -> None:
    names = lab_fleet.names
    reasons = {row["host"]: row["reason"] for row in mixed.data["hosts"]}
    assert "Python" in reasons[names[2]] or "interpreter" in reasons[names[2]], reasons
    assert "prot" in reasons[names[3]] and "port" in reasons[names[3]], reasons
    assert "no services" in reasons[names[4]]
    assert "70000" in reasons[names[5]] and "'port'" in reasons[names[5]]
    assert reasons["powered-off"]


def test_report_comes_before_the_gate(mixed: Report) -> None:
    assert mixed.run.returncode == 2, mixed.run.stdout[-2000:]
    assert mixed.causes(mixed.data["hosts"][1]["host"], "echo") == ["process-stopped"]
    assert "Traceback" not in mixed.run.stdout


def test_one_remote_execution_for_each_host(lab_fleet: Fleet, mixed: Report) -> None:
    for name in lab_fleet.names[:2]:
        address = lab_fleet.lab.host(name).address
        lines = [line for line in mixed.run.stdout.splitlines() if f"<{address}> SSH: EXEC" in line]
        assert len(lines) == 1, lines


def test_stopped_host_does_not_hold_up_the_others(mixed: Report, lab_fleet: Fleet) -> None:
    assert mixed.row(lab_fleet.names[0])["duration_s"] < 6
    assert mixed.row(lab_fleet.names[1])["duration_s"] < 8 + 4


#: Secrets as servers log them: each line is one that the log probe shows.
LOGGED = [
    f"Error: login with password={CANARY}-log",
    f"Error: login failed with password {CANARY}-said",
    f"Error: the api key is {CANARY}-is",
    f"Error: GET /ws?ticket={CANARY}-ticket&pw={CANARY}-pw failed",
    f"Error: connect AccountName=a;AccountKey={CANARY}-account;EndpointSuffix=x",
    f"Error: unexpected header Sec-WebSocket-Protocol: bearer, {CANARY}-offered",
]


def _what_is_written(directory: pathlib.Path) -> t.Iterator[tuple[pathlib.Path, str]]:
    """Every file of a run as text, what is packed unpacked."""
    for path in directory.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            yield path, (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "replace")


@pytest.mark.parametrize("through_role", [False, True], ids=["playbook", "role with validation"])
def test_no_secret_gets_out(fleet: Fleet, through_role: bool, tmp_path: pathlib.Path) -> None:
    """Planted in environment, log, headers, cookie, URLs and the proxy's configuration: in no form of the report, no file
    that stays, and no line of a verbose run."""
    host = fleet.host(0)
    host.run(["touch", "/run/before"])
    location = (
        f"location /ws {{ proxy_pass http://127.0.0.1:{PORT}; {HEADERS} {HOST}"
        f" proxy_set_header Authorization 'Bearer {CANARY}-proxy'; add_header Set-Cookie 's={CANARY}-answer'; }}"
    )
    server = f"server {{ listen 80; server_name chat.example.com; location / {{ return 404; }} {location} }}"
    start_nginx(fleet, host, 80, f"events {{}} http {{ {MAP} access_log /var/log/nginx/{CANARY}.log; {server} }}")
    fleet.start(
        host, "ws_auth", PORT, env={"DATABASE_PASSWORD": CANARY + "-env", "SESSION_SECRET": CANARY + "-required"}
    )
    for line in LOGGED:
        host.run(["sh", "-c", f"echo {shlex.quote(line)} >> /var/log/ws_auth-{PORT}.log"])
    services = [
        {
            "name": "chat",
            "port": PORT,
            "environment": {
                "require": ["DATABASE_PASSWORD"],
                "forbid": ["SESSION_SECRET"],
                "expect": {"API_TOKEN": CANARY + "-expected"},
            },
            "websocket": {
                "path": f"/ws?token={CANARY}-url",
                "dialect": "echo",
                "headers": {"Authorization": f"Bearer {CANARY}-header", "Cookie": f"s={CANARY}-cookie"},
                "subprotocols": ["bearer", f"{CANARY}-subprotocol"],
                "send": f'{{"op":"login","key":"{CANARY}-sent"}}',
                "expect": f"{CANARY}-(?:sent|expected-answer)",
            },
            "public_url": f"ws://user:{CANARY}-password@{host.address}/ws?access_token={CANARY}-public",
        }
    ]
    play: dict[str, t.Any] = {}
    if through_role:
        path = fleet.directory / "role.yml"
        path.write_text(json.dumps(_role_play()))
        play = {"play": str(path)}
    report = fleet.checklist(
        {host.name: services},
        "-vvv",
        env={"ANSIBLE_LOCAL_TEMP": str(tmp_path), "ANSIBLE_PIPELINING": "0" if through_role else "1"},
        websocket_health_fail_on="never",
        websocket_health_formats=["html", "markdown", "json", "junit", "prometheus", "sarif", "nagios"],
        websocket_health_artifacts=True,
        **play,
    )
    assert report.service(host.name, "chat")["checks"]
    written = [*_what_is_written(fleet.directory / "websocket-health"), *_what_is_written(tmp_path)]
    assert {path.suffix for path, _text in written} >= {
        ".html",
        ".md",
        ".json",
        ".xml",
        ".prom",
        ".sarif",
        ".txt",
        ".gz",
    }
    for path, text in written:
        # The name of the proxy's log is no secret; everything else that holds the word is.
        assert CANARY not in text.replace(f"/var/log/nginx/{CANARY}.log", ""), path
    # The inventory, which names them, is below the directory of the tests.
    own = shlex.quote(str(tmp_path.parent))
    places = f"find /tmp /var/tmp /dev/shm ~/.ansible -path {own} -prune -o -type f -newer /run/before -print0"
    left = host.run(["sh", "-c", f"{places} 2>/dev/null | xargs -0r grep -l {CANARY} || true"])
    assert not str(left.stdout).split(), left.stdout
    # What the inventory itself says is not shown either, however verbose the run.
    output = (report.run.stdout + report.run.stderr).replace(f"/var/log/nginx/{CANARY}.log", "")
    shown = [line for line in output.splitlines() if CANARY in line]
    assert not shown, [line[max(0, line.find(CANARY) - 200) : line.find(CANARY) + 60] for line in shown]
    environ = {
        c["id"]: c["status"] for c in report.service(host.name, "chat")["checks"] if c["id"].startswith("environment.")
    }
    assert environ["environment.DATABASE_PASSWORD"] == "pass", [
        c["summary"] for c in report.service(host.name, "chat")["checks"] if c["id"].startswith("environment.")
    ]
    assert environ["environment.SESSION_SECRET"] == "fail"
    assert environ["environment.API_TOKEN"] == "fail"


@pytest.mark.parametrize("fail_on, returncode", [("fail", 0), ("warn", 2), ("never", 0)])
def test_gate(fleet: Fleet, fail_on: str, returncode: int) -> None:
    host = fleet.host(5)
    fleet.start(host, "ws_standalone", PORT, env={"NODE_TLS_REJECT_UNAUTHORIZED": "0"})
    report = fleet.checklist({host.name: echo()}, websocket_health_fail_on=fail_on)
    assert report.row(host.name)["status"] == "warn", report.wrong(host.name, "echo")
    assert report.run.returncode == returncode, report.run.stdout[-1500:]


@pytest.mark.parametrize(
    "keywords, arguments, environment",
    [
        ({"serial": 2}, (), {}),
        ({"strategy": "free"}, (), {}),
        ({"become": True}, (), {}),
        ({}, ("--check",), {}),
        ({}, (), {"ANSIBLE_PIPELINING": "0"}),
    ],
    ids=["serial", "free", "become", "check mode", "no pipelining"],
)
def test_ways_to_run(
    fleet: Fleet, keywords: dict[str, t.Any], arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    names = fleet.names[:3]
    for number in range(3):
        fleet.start(fleet.host(number), "ws_standalone", PORT)
    play = _role_play(**keywords)
    path = fleet.directory / "role.yml"
    path.write_text(json.dumps(play))
    report = fleet.checklist({name: echo() for name in names}, *arguments, play=str(path), env=environment)
    assert report.run.returncode == 0, report.run.stdout[-2500:]
    assert {row["host"]: row["status"] for row in report.data["hosts"]} == dict.fromkeys(names, "pass")
    assert "changed=0" in report.run.stdout and not re.search(r"changed=[1-9]", report.run.stdout)


def test_nothing_stays_on_the_host(fleet: Fleet) -> None:
    host = fleet.host(4)
    fleet.start(host, "ws_standalone", PORT)
    # The connection that ControlPersist keeps open is SSH's own.
    count = "cat /proc/[0-9]*/comm 2>/dev/null | grep -cvE '^(sshd|sh|cat|grep)$'"
    processes = host.run(["sh", "-c", count]).stdout
    before = set(host.written())
    fleet.checklist({host.name: echo()}, env={"ANSIBLE_PIPELINING": "0"})
    left = {path for path in set(host.written()) - before if "sshd" not in path and "log" not in path}
    assert left == set()
    assert host.run(["sh", "-c", count]).stdout == processes


def test_without_root_the_rest_is_unknown_and_says_so(fleet: Fleet) -> None:
    host = fleet.host(5)
    fleet.start(host, "ws_standalone", PORT)
    play = _role_play(become=True, become_user="nobody")
    path = fleet.directory / "role.yml"
    path.write_text(json.dumps(play))
    # nobody has no login shell, and the hosts have no sudo.
    # A Python under /root is not for nobody.
    become = {
        "ansible_become_method": "su",
        "ansible_become_flags": "-s /bin/sh",
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    report = fleet.checklist({host.name: echo()}, play=str(path), websocket_health_fail_on="never", **become)
    checks = {c["id"]: c for c in report.service(host.name, "echo")["checks"] if c["vantage"] == "host"}
    assert checks["websocket.handshake"]["status"] == "pass"
    for check in ("process.running", "port.owner", "environment.mode"):
        assert checks[check]["status"] == "unknown", checks[check]
    assert any("become" in step for step in checks["port.owner"]["remediation"])


def test_behind_a_jump_host_the_controller_knows_nothing(fleet: Fleet) -> None:
    host, jump = fleet.host(0), fleet.host(1)
    # Bound to loopback: a controller that did connect would be refused and call it a failure.
    fleet.start(host, "ws_standalone", PORT, bind="127.0.0.1")
    variables = fleet.base["all"]["vars"]
    through = f"ssh {variables['ansible_ssh_args']} -i {variables['ansible_ssh_private_key_file']} -W %h:%p root@{jump.address}"
    extra = {host.name: {"ansible_ssh_common_args": f"-o ProxyCommand={shlex.quote(through)}"}}
    report = fleet.checklist({host.name: echo()}, variables=extra)
    outside = {c["id"]: c for c in report.service(host.name, "echo")["checks"] if c["vantage"] == "controller"}
    assert {c["status"] for c in outside.values()} == {"unknown"}, outside
    assert "jump host" in outside["port.reachable"]["summary"]
    assert report.row(host.name)["status"] == "pass"
    assert report.run.returncode == 0


def test_earlier_results_are_not_taken_for_fresh_ones(fleet: Fleet) -> None:
    first, second = fleet.names[:2]
    for number in range(2):
        fleet.start(fleet.host(number), "ws_standalone", PORT)
    assert fleet.checklist({first: echo(), second: echo()}).data["summary"]["hosts"]["pass"] == 2
    nobody = fleet.host(0).address.rsplit(".", 1)[0] + ".251"
    report = fleet.checklist(
        {first: echo(), second: echo()}, variables={second: {"ansible_host": nobody, "ansible_timeout": 3}}
    )
    assert {row["host"]: row["status"] for row in report.data["hosts"]} == {first: "pass", second: "unreachable"}


def test_job_slices_make_one_report(fleet: Fleet) -> None:
    first, second = fleet.names[:2]
    for number in range(2):
        fleet.start(fleet.host(number), "ws_standalone", PORT)
    for name in (first, second):
        fleet.checklist({name: echo()}, websocket_health_run_id="nightly-7")
    report = fleet.checklist(
        {first: echo(), second: echo()}, play="websocket.health.report", websocket_health_run_id="nightly-7"
    )
    assert {row["host"]: row["status"] for row in report.data["hosts"]} == {first: "pass", second: "pass"}


def test_skip_and_only(fleet: Fleet) -> None:
    host = fleet.host(0)
    fleet.start(host, "ws_standalone", PORT)
    report = fleet.checklist(
        {host.name: echo()}, websocket_health_only=["port.*"], websocket_health_skip=["port.backlog"]
    )
    ids = {c["id"] for c in report.service(host.name, "echo")["checks"]}
    assert ids and all(name.startswith("port.") for name in ids) and "port.backlog" not in ids


def test_full_disk_keeps_the_old_report(fleet: Fleet) -> None:
    host = fleet.host(0)
    fleet.start(host, "ws_standalone", PORT)
    report = fleet.checklist({host.name: echo()})
    old = report.path.read_bytes()
    # RLIMIT_FSIZE stands in for a full disk: every write past 4 KiB fails.
    limited = fleet.directory / "limited.py"
    limited.write_text(
        "import os, resource, signal, sys\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\nos.execv(sys.argv[1], sys.argv[1:])\n"
    )
    inventory = fleet.inventory({host.name: echo()})
    run = fleet.playbook("websocket.health.report", inventory, env={"ANSIBLE_LOCAL_TEMP": str(fleet.directory / "tmp")})
    assert run.returncode == 0
    import subprocess
    import sys

    command = [sys.executable, str(limited), *run.args]
    again = subprocess.run(
        command, cwd=fleet.directory, capture_output=True, text=True, check=False, env=fleet.last_environment
    )
    assert again.returncode != 0
    assert report.path.read_bytes()[:1] == b"{" and json.loads(report.path.read_text())["hosts"]
    assert len(report.path.read_bytes()) >= len(old) // 2
    assert not list((fleet.directory / "websocket-health").glob("*.tmp*"))
