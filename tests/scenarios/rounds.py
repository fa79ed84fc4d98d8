# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deals scenarios out over the hosts of labs, round by round, and runs the checklist on each round as a user does."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import typing as t

from tests.conftest import link_collection
from tests.integration.conftest import Fleet, Report
from tests.lab.lab import Lab
from tests.scenarios.scenario import Scenario
from tests.scenarios.stage import Stage
from tests.unit import tls_ca
from tests.unit.browser_pages import trusting

#: Hosts of a round that have scenarios. The one beside them is the peer of all, and the controller where that has to be in the lab.
HOSTS = 10
#: Scenarios of one host in a round; a browser's are slow, and are therefore few at a time.
EACH, EACH_BROWSER, BROWSER_HOSTS = 7, 12, 2
_STAGERS = 3


@dataclasses.dataclass
class Outcome:
    """What the report said of a scenario."""

    scenario: Scenario
    #: The service of report.json; None: it could not be staged or judged.
    service: dict[str, t.Any] | None
    #: Seconds to stage it.
    seconds: float
    #: Why there is no service.
    error: str = ""
    #: ``{"service": its inventory entry, redacted, "evidence": by subject}``.
    kept: dict[str, t.Any] | None = None


@dataclasses.dataclass
class Round:
    """Scenarios that are judged in one run of the playbook, by host."""

    controller: str  # here | lab
    browser: bool
    deadline: int
    hosts: list[list[Scenario]] = dataclasses.field(default_factory=list)
    #: How often the checklist is run; the last report counts.
    times: int = 1

    @property
    def name(self) -> str:
        """For messages."""
        kind = "browser" if self.browser else "controller in the lab" if self.controller == "lab" else "plain"
        return f"{kind}, deadline {self.deadline} s"


def deal(scenarios: t.Iterable[Scenario]) -> list[Round]:
    """Rounds of scenarios that may be judged together; whoever needs a host of its own has one."""
    kinds: dict[tuple[str, bool, int, int], list[Scenario]] = collections.defaultdict(list)
    for scenario in scenarios:
        browser = "browser" in scenario.needs
        controller = "lab" if "controller in the lab" in scenario.needs else "here"
        times = 2 if "asked twice" in scenario.needs else 1
        kinds[controller, browser, max(scenario.deadline, 120 if browser else 0), times].append(scenario)
    rounds = []
    for (controller, browser, deadline, times), members in sorted(kinds.items()):
        rounds += [dataclasses.replace(one, times=times) for one in _rounds(controller, browser, deadline, members)]
    return rounds


def _rounds(controller: str, browser: bool, deadline: int, members: list[Scenario]) -> list[Round]:
    alone = [scenario for scenario in members if "own host" in scenario.needs]
    others = [scenario for scenario in members if "own host" not in scenario.needs]
    each, hosts = (EACH_BROWSER, BROWSER_HOSTS) if browser else (EACH, HOSTS)
    rounds: list[Round] = []
    while alone or others:
        single, alone = alone[: hosts - 1], alone[hosts - 1 :]
        shared = hosts - len(single)
        now, others = others[: shared * each], others[shared * each :]
        dealt = [now[number::shared] for number in range(shared)]
        rounds.append(
            Round(controller, browser, deadline, [[one] for one in single] + [part for part in dealt if part])
        )
    return rounds


def run_round(what: Round, directory: pathlib.Path) -> list[Outcome]:
    """Stage a round in a lab of its own, run the checklist, and read the report. The lab is gone afterwards.

    :param directory: an empty directory.
    """
    authority = tls_ca.authority()
    (directory / "authority.pem").write_bytes(authority.root.pem)
    with Lab(directory / "lab", len(what.hosts) + 1) as lab:
        fleet = Fleet(lab, directory, lab.inventory(python=["3.9", "3.13"]))
        try:
            return _judged(what, fleet, authority)
        finally:
            fleet.stop_everything()


def _judged(what: Round, fleet: Fleet, authority: tls_ca.Authority) -> list[Outcome]:
    peer = fleet.host(len(what.hosts))
    if what.controller == "lab":
        # What a scenario does to routes and rules must not cost Ansible its connections.
        for name in fleet.names:
            subprocess.run(fleet.lab.host(name).ssh("true"), check=True, timeout=30)
    outcomes: list[Outcome] = []
    services: dict[str, list[dict[str, t.Any]]] = {}
    variables: dict[str, dict[str, t.Any]] = {}

    def stage(number: int) -> None:
        host = fleet.host(number)
        for scenario in what.hosts[number]:
            started = time.monotonic()
            try:
                staged = Stage(fleet, host, peer, scenario, authority)
                entry = staged.entry()
            except Exception as error:  # one that cannot be staged must not cost the others
                outcomes.append(Outcome(scenario, None, time.monotonic() - started, f"{type(error).__name__}: {error}"))
                continue
            services.setdefault(host.name, []).append(entry)
            variables.setdefault(host.name, {}).update(staged.variables())
            outcomes.append(Outcome(scenario, None, time.monotonic() - started))

    with concurrent.futures.ThreadPoolExecutor(_STAGERS) as pool:
        list(pool.map(stage, range(len(what.hosts))))
    for _time in range(what.times):
        report = _report(what, fleet, services, variables)
    kept = _kept(report)
    for outcome in outcomes:
        if not outcome.error:
            _read(outcome, report)
            outcome.kept = kept.get(outcome.scenario.id)
    return outcomes


def _report(
    what: Round, fleet: Fleet, services: dict[str, list[dict[str, t.Any]]], variables: dict[str, dict[str, t.Any]]
) -> Report:
    extra = {
        "websocket_health_fail_on": "never",
        "websocket_health_deadline": what.deadline,
        "websocket_health_keep_evidence": True,
    }
    if what.controller == "lab":
        return _run_there(fleet, fleet.inventory(services, **variables), extra)
    home = fleet.directory / "home"
    if what.browser and not home.exists():
        trusting(home, str(fleet.directory / "authority.pem"))
    env = {"HOME": str(home)} if what.browser else None
    return fleet.checklist(services, env=env, variables=variables, **extra)


def _run_there(fleet: Fleet, inventory: pathlib.Path, extra: dict[str, t.Any]) -> Report:
    """The checklist, run on the last host of the lab as a user runs it on a machine of his own."""
    controller, directory = fleet.host(len(fleet.names) - 1), pathlib.Path(fleet.lab.directory, "controller")
    directory.mkdir(exist_ok=True)
    shutil.copy(inventory, directory / "inventory.yml")
    environment = {
        "ANSIBLE_COLLECTIONS_PATH": str(link_collection()),
        "ANSIBLE_FORKS": "10",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_HOME": str(directory / "ansible"),
        "HOME": str(directory),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "PATH": os.environ["PATH"],
    }
    command = [
        str(pathlib.Path(sys.executable).parent / "ansible-playbook"),
        *("-i", str(directory / "inventory.yml"), "websocket.health.checklist", "-e", json.dumps(extra)),
    ]
    run = controller.run(command, env=environment, cwd=str(directory), check=False, timeout=400)
    return Report(run, directory / "websocket-health" / "report.json")


def _kept(report: Report) -> dict[str, dict[str, t.Any]]:
    """What was seen of each service, by its name."""
    files = [json.loads(path.read_text()) for path in (report.path.parent / "evidence").glob("*.json")]
    return {entry["service"]["name"]: entry for content in files for entry in content["services"]}


def _read(outcome: Outcome, report: Report) -> None:
    for row in report.data["hosts"]:
        for service in row["services"] or ():
            if service["name"] == outcome.scenario.id:
                outcome.service = service
                return
    rows = [f"{row['host']}: {row['reason']}" for row in report.data["hosts"] if row["reason"]]
    outcome.error = "it was not judged: " + ("; ".join(rows) or report.run.stdout[-800:])
