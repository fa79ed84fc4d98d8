# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of lab hosts over real SSH, real servers on them, and playbooks run as a user runs them."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import typing as t

import pytest

from tests.conftest import link_collection
from tests.lab.lab import Host, Lab, to_yaml
from tests.lab.pythons import PythonNotFound
from tests.servers.catalogue import SERVERS, missing

HOSTS = 6


def _cannot(reason: str) -> None:
    """Skip loudly; with CI=true nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def lab_needs_root() -> None:
    """Skip loudly, or fail, where there can be no lab."""
    if os.geteuid() != 0:
        _cannot("the lab needs root: it makes network and PID namespaces")


def selected(request: pytest.FixtureRequest, parameter: str) -> list[t.Any]:
    """What the selected tests of the session have as this parameter: it is staged together, and nothing else is."""
    parameters = [getattr(getattr(item, "callspec", None), "params", {}) for item in request.session.items]
    return [entry[parameter] for entry in parameters if parameter in entry]


class Fleet:
    """Lab hosts, what was started on them, and the way to run plays against them.

    :param directory: for inventories, playbooks and reports.
    """

    def __init__(self, lab: Lab, directory: pathlib.Path, inventory: dict[str, t.Any]) -> None:
        self.lab = lab
        self.directory = directory
        self.base = inventory
        self.started: list[tuple[Host, int]] = []
        #: Environment of the last ansible-playbook run, to run its command again in another way.
        self.last_environment: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        """Names of the hosts."""
        return list(self.lab.hosts)

    def host(self, number: int) -> Host:
        """The host of this number, from 0."""
        return self.lab.host(self.names[number])

    def start(
        self, host: Host, name: str, port: int, *, bind: str = "0.0.0.0", wait: bool = True, **more: t.Any
    ) -> int:
        """Start a server of the catalogue on a host; its log is ``/var/log/<name>-<port>.log``."""
        reason = missing(name)
        if reason:
            _cannot(f"{name}: {reason}")
        server = SERVERS[name]
        environment = {**server.environment(bind, port), **more.pop("env", {})}
        return self.run(
            host,
            server.command(bind, port),
            port if wait else 0,
            env=environment,
            cwd=str(server.directory),
            stdout=f"/var/log/{name}-{port}.log",
            **more,
        )

    def run(self, host: Host, argv: list[str], port: int = 0, **more: t.Any) -> int:
        """Start any daemon; with a port, wait until it listens."""
        pid = host.start(argv, **more)
        self.started.append((host, pid))
        if port:
            host.wait_port(port, 20)
        return pid

    def stop_everything(self) -> None:
        """End what start and run started: asked first, so that masters end their workers."""
        for numbers in ((signal.SIGCONT, signal.SIGTERM), (signal.SIGKILL,)):
            for host, pid in self.started:
                for number in numbers if host.alive else ():
                    try:
                        host.kill(pid, number)
                    except Exception:  # it may have ended by itself
                        break
            if signal.SIGTERM in numbers:
                self._await_gone(1.0)
        self.started.clear()

    def _await_gone(self, seconds: float) -> None:
        """Until what was started has ended, for so long at most; seen from outside, in each host's own /proc."""
        end = time.monotonic() + seconds
        inside = [f"/proc/{host.pid}/root/proc/{pid}" for host, pid in self.started if host.alive]
        while any(map(os.path.exists, inside)) and time.monotonic() < end:
            time.sleep(0.02)

    def inventory(self, services: dict[str, t.Any], **variables: t.Any) -> pathlib.Path:
        """An inventory of the hosts that are named, with their services and further variables of each."""
        hosts = {}
        for name, entries in services.items():
            hosts[name] = {
                **self.base["all"]["hosts"].get(name, {"ansible_host": "192.0.2.1"}),
                **variables.get(name, {}),
            }
            if entries is not None:
                hosts[name]["websocket_health_services"] = entries
        path = self.directory / "inventory.yml"
        path.write_text(to_yaml({"all": {"hosts": hosts, "vars": self.base["all"]["vars"]}}))
        return path

    def playbook(
        self,
        what: str | list[dict[str, t.Any]],
        inventory: pathlib.Path,
        *arguments: str,
        env: dict[str, str] | None = None,
        **extra: t.Any,
    ) -> subprocess.CompletedProcess[str]:
        """Run a playbook (a name, or plays) with extra variables."""
        if not isinstance(what, str):
            path = self.directory / "play.yml"
            path.write_text(json.dumps(what))
            what = str(path)
        environment = {
            **self.lab.environment(),
            "ANSIBLE_COLLECTIONS_PATH": str(link_collection()),
            "ANSIBLE_FORKS": "10",
            "ANSIBLE_PIPELINING": "1",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_NOCOLOR": "1",
            **(env or {}),
        }
        self.last_environment = environment
        command = [
            str(pathlib.Path(sys.executable).parent / "ansible-playbook"),
            "-i",
            str(inventory),
            what,
            *arguments,
        ]
        if extra:
            command += ["-e", json.dumps(extra)]
        return subprocess.run(
            command, cwd=self.directory, env=environment, capture_output=True, text=True, check=False, timeout=300
        )

    def checklist(self, services: dict[str, t.Any], *arguments: str, **extra: t.Any) -> Report:
        """Run ``websocket.health.checklist`` and read its report."""
        variables = extra.pop("variables", {})
        env = extra.pop("env", None)
        inventory = self.inventory(services, **variables)
        run = self.playbook(extra.pop("play", "websocket.health.checklist"), inventory, *arguments, env=env, **extra)
        return Report(run, self.directory / "websocket-health" / "report.json")


class Report:
    """report.json of a run, with shortcuts."""

    def __init__(self, run: subprocess.CompletedProcess[str], path: pathlib.Path) -> None:
        self.run = run
        self.path = path
        assert path.exists(), f"no report was written ({run.returncode}):\n{run.stdout[-4000:]}\n{run.stderr[-2000:]}"
        self.data = json.loads(path.read_text())

    def row(self, host: str) -> dict[str, t.Any]:
        """The row of a host."""
        return next(row for row in self.data["hosts"] if row["host"] == host)

    def service(self, host: str, name: str) -> dict[str, t.Any]:
        """One service of a host."""
        row = self.row(host)
        assert row["services"], f"{host} was not judged: {row['reason']}"
        return next(entry for entry in row["services"] if entry["name"] == name)

    def causes(self, host: str, name: str) -> list[str]:
        """Ids of the root causes, first things first."""
        return [entry["id"] for entry in self.service(host, name)["diagnoses"] if entry["role"] == "root"]

    def wrong(self, host: str, name: str, among: tuple[str, ...] = ("fail", "warn", "error")) -> list[str]:
        """What does not pass, for messages of assertions."""
        checks = self.service(host, name)["checks"]
        return [f"{c['status']} {c['id']} ({c['vantage']}): {c['summary']}" for c in checks if c["status"] in among]

    def names_first(self, host: str, name: str, cause: str | None) -> None:
        """Assert that this is the first cause of a service."""
        found = [(entry["id"], entry["role"]) for entry in self.service(host, name)["diagnoses"]]
        assert found[:1] == [(cause, "root")], (found, self.wrong(host, name), self.wrong(host, name, ("unknown",)))


@pytest.fixture(scope="session")
def lab_fleet(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Fleet]:
    """The hosts, up for the whole session: the first half with Python 3.9, the second with 3.13, both bare."""
    lab_needs_root()
    directory = tmp_path_factory.mktemp("fleet")
    with Lab(directory / "lab", HOSTS) as lab:
        try:
            inventory = lab.inventory(python=["3.9", "3.13"])
        except PythonNotFound as error:
            _cannot(str(error))
        yield Fleet(lab, directory, inventory)


@pytest.fixture
def fleet(lab_fleet: Fleet) -> t.Iterator[Fleet]:
    """The hosts with nothing running on them and no report of an earlier test."""
    subprocess.run(["rm", "-rf", str(lab_fleet.directory / "websocket-health")], check=True)
    yield lab_fleet
    lab_fleet.stop_everything()
