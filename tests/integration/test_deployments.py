# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of docs/deployments.md, as they stand there: real hosts, a real server that is restarted or broken."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import tempfile
import typing as t

import pytest
import yaml
from ansible_collections.websocket.health.plugins.modules import report as report_module

from tests.integration.conftest import Fleet
from tests.integration.lab_files import HEADERS, HOST, MAP, PYTHON, start_nginx
from tests.servers.catalogue import missing

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "deployments.md"
SERVER = str(ROOT / "tests" / "servers" / "deploying.py")
PORT, FRONT = 9571, 8571
#: The hosts of the group chat, and the one with the proxy in front of them.
CHAT, PROXY = (0, 1, 2, 3), 4
WEBSOCKET = {"path": "/ws", "dialect": "echo"}

#: What a deployment is in these tests: the server ends as it was asked to, and starts with other arguments.
RESTART = """
- name: Stop the server
  ansible.builtin.shell: |
    test -e /run/chat.pid || exit 0
    kill $(cat /run/chat.pid)
    while kill -0 $(cat /run/chat.pid) 2> /dev/null; do sleep 0.05; done
- name: Start it
  ansible.builtin.shell: |
    cd /
    setsid %s %s --bind 0.0.0.0 --port %d {{ %s }} < /dev/null > /var/log/chat.log 2>&1 &
    echo $! > /run/chat.pid
- name: Wait for its port
  ansible.builtin.wait_for:
    port: %d
    timeout: 20
    sleep: 1
"""


def blocks() -> dict[str, str]:
    """The files on the page by name."""
    return dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE.read_text(), re.S))


def playbooks() -> dict[str, list[dict[str, t.Any]]]:
    """Those that are playbooks."""
    parsed = {name: yaml.safe_load(text) for name, text in blocks().items()}
    return {name: plays for name, plays in parsed.items() if isinstance(plays, list)}


class Deployment:
    """Hosts with the old release, and the playbooks of the page."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.hosts = [fleet.host(number) for number in CHAT]
        self.names = [host.name for host in self.hosts]
        self.base = fleet.directory
        for name, arguments in (("deploy.yml", "chat_new"), ("rollback.yml", "chat_old")):
            (self.base / name).write_text(RESTART % (PYTHON, SERVER, PORT, arguments, PORT))
        (self.base / "groups.yml").write_text(json.dumps({"chat": {"hosts": dict.fromkeys(self.names, {})}}))

    def play(
        self,
        name: str,
        *arguments: str,
        new: dict[int, str] | None = None,
        change: t.Callable[[str], str] = str,
        env: dict[str, str] | None = None,
        websocket: dict[str, t.Any] | None = WEBSOCKET,
        **extra: t.Any,
    ) -> subprocess.CompletedProcess[str]:
        """Run a playbook of the page.

        :param new: arguments of the new release by host; others get none, and are healthy.
        :param change: puts the lab's names into its text.
        :param websocket: that of the service; None: it has a name and a port alone.
        """
        service = {"name": "chat", "port": PORT, **({"websocket": websocket} if websocket else {})}
        variables = {
            host: {"chat_old": "", "chat_new": (new or {}).get(number, "")} for number, host in enumerate(self.names)
        }
        inventory = self.fleet.inventory({host: [service] for host in self.names}, **variables)
        path = self.base / name
        path.write_text(change(blocks()[name]))
        groups = ("-i", str(self.base / "groups.yml"))
        return self.fleet.playbook(
            str(path), inventory, *groups, *arguments, env=env, websocket_health_deadline=10, **extra
        )

    def arguments(self, number: int) -> str:
        """With what the server of a host runs now."""
        command = self.hosts[number].run(["sh", "-c", "tr '\\0' ' ' < /proc/$(cat /run/chat.pid)/cmdline"]).stdout
        return str(command).split(f"--port {PORT}")[1].strip()

    def report(self, directory: str = "websocket-health") -> dict[str, t.Any]:
        """A report that a playbook wrote."""
        return t.cast("dict[str, t.Any]", json.loads((self.base / directory / "report.json").read_text()))


@pytest.fixture
def deployment(fleet: Fleet) -> t.Iterator[Deployment]:
    """The old release on every host."""
    reason = missing("aiohttp_echo")
    if reason:
        pytest.skip(reason)
    made = Deployment(fleet)
    command = f"setsid {PYTHON} {SERVER} --bind 0.0.0.0 --port {PORT} < /dev/null > /var/log/chat.log 2>&1 & echo $! > /run/chat.pid"
    for host in made.hosts:
        host.run(["sh", "-c", command])
    for host in made.hosts:
        host.wait_port(PORT, 20)
    yield made
    for host in made.hosts:
        host.run(["sh", "-c", "kill -9 $(cat /run/chat.pid); rm /run/chat.pid"], check=False)
    for name in ("before", "websocket-health"):
        subprocess.run(["rm", "-rf", str(made.base / name)], check=True)


OLD, NEW, BROKEN = "", "--code 1001", "--broken"
#: A play that is written behind those of the page.
LATER = """
- name: Later
  hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: a later play}
"""


def _ended(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 2, run.stdout[-3000:] + run.stderr[-1000:]
    assert "Traceback" not in run.stdout + run.stderr
    return run.stdout


def _statuses(report: dict[str, t.Any]) -> dict[str, str]:
    return {row["host"]: row["status"] for row in report["hosts"]}


def test_a_roll_stops_at_the_first_host_that_is_not_healthy(deployment: Deployment) -> None:
    new = {0: NEW, 1: BROKEN, 2: NEW, 3: NEW}
    out = _ended(deployment.play("rolling.yml", new=new, change=lambda text: text + LATER))
    assert [deployment.arguments(number) for number in CHAT] == [NEW, BROKEN, OLD, OLD]
    rows = _statuses(deployment.report())
    assert [rows[name] for name in deployment.names] == ["pass", "fail", "unreachable", "unreachable"]
    assert "503" in out and "a later play" not in out


def test_a_roll_of_a_service_with_a_name_and_a_port_alone(deployment: Deployment) -> None:
    """The rest is found, also by the wait for the server: it asks, and nothing of it is ignored."""
    run = deployment.play("rolling.yml", new=dict.fromkeys(CHAT, NEW), websocket=None)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert [deployment.arguments(number) for number in CHAT] == [NEW] * 4
    assert "...ignoring" not in run.stdout and "ignored=0" in run.stdout


def test_too_many_failures_in_a_batch_end_the_playbook(deployment: Deployment) -> None:
    new = {0: NEW, 1: NEW, 2: BROKEN, 3: NEW}
    out = _ended(deployment.play("batches.yml", new=new, change=lambda text: text + LATER))
    # Batches of one, two and one: one of the two fails, which is more than a quarter.
    assert [deployment.arguments(number) for number in CHAT] == [NEW, NEW, BROKEN, OLD]
    assert "a later play" not in out


def test_half_of_a_batch_is_not_more_than_half(deployment: Deployment) -> None:
    """What the page says of the percentage: it has to be exceeded."""
    new = {0: NEW, 1: NEW, 2: BROKEN, 3: NEW}
    change = "max_fail_percentage: 50"
    _ended(deployment.play("batches.yml", new=new, change=lambda text: text.replace("max_fail_percentage: 25", change)))
    assert deployment.arguments(3) == NEW


def test_a_release_that_does_not_work_is_rolled_back(deployment: Deployment) -> None:
    out = _ended(deployment.play("rollback-on-failure.yml", new={0: BROKEN, 1: NEW}))
    assert [deployment.arguments(number) for number in CHAT] == [OLD, OLD, OLD, OLD]
    first = deployment.names[0]
    assert f"{first} was rolled back: " in out and "rescued=1" in out
    for directory, status in (("deployed", "fail"), ("rolled-back", "pass")):
        assert _statuses(deployment.report(f"websocket-health/{directory}"))[first] == status, directory


def test_only_what_the_deployment_broke_fails(deployment: Deployment) -> None:
    # The fourth host is broken before and after, the second one by the deployment.
    deployment.hosts[3].run(["sh", "-c", "kill -9 $(cat /run/chat.pid)"])
    out = _ended(deployment.play("before-and-after.yml", new={1: BROKEN, 3: BROKEN}))
    assert re.findall(r"^(\S+) +: ok=.*failed=1", out, re.M) == [deployment.names[1]]
    assert [_statuses(deployment.report())[deployment.names[number]] for number in (1, 3)] == ["fail", "fail"]


def _balanced(deployment: Deployment) -> str:
    """nginx in front of all hosts; its URL."""
    proxy = deployment.fleet.host(PROXY)
    servers = " ".join(f"server {host.address}:{PORT} max_fails=0;" for host in deployment.hosts)
    start_nginx(
        deployment.fleet,
        proxy,
        FRONT,
        f"pid /run/deployments-nginx.pid;\nevents {{}}\nhttp {{ access_log off; {MAP}upstream chat {{ {servers} }}\n"
        f"server {{ listen {FRONT}; location / {{ proxy_pass http://chat; {HEADERS} {HOST} }} }} }}\n",
        "deployments",
    )
    return f"ws://{proxy.address}:{FRONT}/ws"


def _left_behind() -> list[str]:
    return [path.name for path in pathlib.Path(tempfile.gettempdir()).glob("websocket-health-continuity-*")]


def test_a_roll_s_cost_is_counted(deployment: Deployment) -> None:
    url, before = _balanced(deployment), _left_behind()
    run = deployment.play("continuity.yml", change=lambda text: text.replace("wss://chat.example.com/ws", url))
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    told = re.search(r'"cost.msg": "(.*)"', run.stdout)
    assert told, run.stdout[-2000:]
    # Every host restarts once, so every client is dropped at least once, by the old release's code.
    assert re.match(r"30 of 30 connections dropped in [\d.]+ s: close code 1012 \(service restart\)", told[1]), told[1]
    assert "all reconnected" in told[1]
    gap = re.search(r"longest gap ([\d.]+) s", told[1])
    assert gap and float(gap[1]) < 5
    assert _left_behind() == before


def test_a_gap_that_is_too_long_fails(deployment: Deployment) -> None:
    # One server, asked by its own host, over SSH and by a bare Python 3.9: nobody stands in while it starts.
    host = deployment.hosts[0]

    def change(text: str) -> str:
        text = text.replace("wss://chat.example.com/ws", f"ws://127.0.0.1:{PORT}/ws").replace(
            "hosts: localhost", "hosts: chat"
        )
        return text.replace("hosts: chat", f"hosts: {host.name}").replace("max_gap: 5", "max_gap: 0.05")

    out = _ended(deployment.play("continuity.yml", change=change))
    assert re.search(r"without a connection, max_gap is 0\.05", out), out[-2000:]
    assert "ECONNREFUSED (connection refused)" in out
    # No task has waited for the process, and it is gone with all that it had.
    assert host.run(["sh", "-c", "ls -d /tmp/websocket-health-continuity-* 2> /dev/null || true"]).stdout == ""
    assert "AnsiballZ_continuity" not in host.run(["ps", "-eo", "args"]).stdout


def test_the_cost_of_a_roll_that_fails_is_told_too(deployment: Deployment) -> None:
    url, before = _balanced(deployment), _left_behind()
    out = _ended(
        deployment.play(
            "continuity-with-rollback.yml",
            new={0: NEW, 1: BROKEN, 2: NEW, 3: NEW},
            change=lambda text: text.replace("wss://chat.example.com/ws", url),
        )
    )
    assert [deployment.arguments(number) for number in CHAT] == [NEW, OLD, OLD, OLD]
    assert re.search(rf"{deployment.names[1]}: .*; \d+ of 10 connections dropped in ", out), out[-2000:]
    assert _left_behind() == before


def test_slices_hand_their_results_on(deployment: Deployment) -> None:
    """As AWX does: two jobs with directories of their own, and a third one that is given what they set as statistics."""
    deployment.hosts[2].run(["sh", "-c", "kill -9 $(cat /run/chat.pid)"])
    artifacts: dict[str, t.Any] = {}
    for job, limit in ((41, deployment.names[:2]), (42, deployment.names[2:3])):
        run = deployment.play(
            "checklist-slice.yml",
            "--limit",
            ",".join(limit),
            env={"ANSIBLE_SHOW_CUSTOM_STATS": "1"},
            awx_job_id=job,
            websocket_health_report_dir=f"websocket-health/{job}",
        )
        assert run.returncode == 0, run.stdout[-3000:]
        told = re.search(r"^\s*RUN: (\{.*\})$", run.stdout, re.M)
        assert told, run.stdout[-1500:]
        artifacts.update(json.loads(told[1]))
    assert set(artifacts) == {"websocket_health_results_41", "websocket_health_results_42"}
    run = deployment.fleet.playbook(
        "websocket.health.report",
        deployment.base / "inventory.yml",
        websocket_health_report_dir="websocket-health/merged",
        **artifacts,
    )
    # The slices failed nobody: here the verdict is made, after the report.
    assert deployment.names[2] in _ended(run)
    rows = _statuses(deployment.report("websocket-health/merged"))
    assert [rows[name] for name in deployment.names] == ["pass", "pass", "fail", "unreachable"]


# Without a host.


def test_the_page_has_the_files_that_are_tested() -> None:
    assert set(playbooks()) == {
        "rolling.yml",
        "batches.yml",
        "rollback-on-failure.yml",
        "before-and-after.yml",
        "continuity.yml",
        "continuity-with-rollback.yml",
        "checklist-slice.yml",
    }
    assert set(blocks()) - set(playbooks()) == {".github/workflows/deploy.yml", ".gitlab-ci.yml"}


def _commands() -> list[str]:
    github = yaml.safe_load(blocks()[".github/workflows/deploy.yml"])
    gitlab = yaml.safe_load(blocks()[".gitlab-ci.yml"])
    steps = [step["run"] for step in github["jobs"]["deploy"]["steps"] if "run" in step]
    return [line for line in [*steps, *gitlab["deploy"]["script"]] if line.startswith("ansible-playbook")]


def test_pipelines_name_formats_and_playbooks_that_exist() -> None:
    known = set(yaml.safe_load(report_module.DOCUMENTATION)["options"]["formats"]["choices"])
    assert len(_commands()) == 2
    for command in _commands():
        words = re.search(r"-e '(.*)'", command)
        assert words
        variables = json.loads(words[1])
        assert set(variables["websocket_health_formats"]) <= known
        assert re.search(r" (\S+\.yml) -e", command)[1] in playbooks()  # type: ignore[index]


def test_pipelines_keep_files_that_are_written() -> None:
    """The files of the formats that the command asks for, and those alone."""
    files = {"html": "report.html", "markdown": "report.md", "json": "report.json", "junit": "junit.xml"}
    text = blocks()
    assert "websocket-health/report.sarif" in text[".github/workflows/deploy.yml"]
    gitlab = yaml.safe_load(text[".gitlab-ci.yml"])["deploy"]["artifacts"]
    kept = {*gitlab["paths"], gitlab["reports"]["junit"]}
    (formats,) = re.findall(r'"websocket_health_formats": (\[.*?\])', text[".gitlab-ci.yml"])
    assert kept == {f"websocket-health/{files[name]}" for name in json.loads(formats)}


def test_pipelines_run_after_a_failure_what_is_about_it() -> None:
    github = yaml.safe_load(blocks()[".github/workflows/deploy.yml"])
    steps = github["jobs"]["deploy"]["steps"]
    after = steps[next(number for number, step in enumerate(steps) if "ansible-playbook" in step.get("run", "")) + 1 :]
    assert len(after) == 3
    assert {step["if"] for step in after} == {"always()"}
    # "on" is a truth value in YAML 1.1.
    assert github[True] == "workflow_dispatch"
    assert github["permissions"]["security-events"] == "write"


def test_variables_of_the_page_are_the_role_s() -> None:
    specs = yaml.safe_load((ROOT / "roles" / "checklist" / "meta" / "argument_specs.yml").read_text())
    known = specs["argument_specs"]["main"]["options"]
    used = set(re.findall(r"websocket_health_[a-z_]+[a-z]", "\n".join(blocks().values())))
    assert used and used <= set(known)
    gates = re.findall(r"websocket_health_fail_on: (\w+)", PAGE.read_text())
    assert set(gates) <= set(known["websocket_health_fail_on"]["choices"])
