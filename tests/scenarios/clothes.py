# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges scenarios again in other clothes, drawn by a seed: what was right for one port, name and neighbour has to be right for all.

A garment makes another scenario of one, or says why it does not fit. It tells what cannot be seen any more, too: there is no list of cases.
``python -m tests.scenarios.clothes --seed 1 --sample 60`` prints the table; the same seed draws the same clothes.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import pathlib
import random
import re
import sys
import tempfile
import typing as t

from tests.conftest import CHECKOUT
from tests.scenarios.calibration import NO_CAUSES, Claim, claims, keep, true_causes
from tests.scenarios.rounds import Outcome, deal, run_round
from tests.scenarios.scenario import END_OF_PORTS, FIRST_PORT, PORTS_EACH, PROGRAMS, PROXIES, Scenario, load_all

KINDS = ("first", "lesser", "unseen", "wrong", "certain-but-wrong", "missed", "healthy", "false alarm", "not staged")
#: Kinds that are no honest answer.
BAD = ("wrong", "certain-but-wrong", "missed", "false alarm")
_WORDS = ("harbour", "walnut", "kestrel", "saffron", "quarry", "lantern", "thistle", "cobalt")
#: Servers of the catalogue that are alike: they echo, on every path.
_RUNTIMES = {"ws_standalone": "websockets_echo", "websockets_echo": "ws_standalone"}
_NEIGHBOUR_SITE = """
server {
    listen <<beside>>;
    location / {
        proxy_pass http://127.0.0.1:<<neighbour>>;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
    }
}
"""


class DoesNotFit(Exception):
    """A garment does not fit a scenario; the message says why."""


Garment = t.Callable[[Scenario, random.Random], Scenario]


@dataclasses.dataclass(frozen=True)
class Dressed:
    """A scenario in other clothes."""

    garment: str
    #: The scenario as it is in its file, and as it is staged.
    plain: Scenario
    scenario: Scenario

    @property
    def may_be_unseen(self) -> bool:
        """Name and port alone: whatever the rest of the entry told (a URL, a process, a page, an Origin) may not be seen without it."""
        return self.garment == "name and port only"


def _replaced(scenario: Scenario, pattern: t.Pattern[str], word: t.Callable[[str], str]) -> Scenario:
    """The scenario with a word replaced in everything that is staged or asked."""

    def walk(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return {walk(key): walk(entry) for key, entry in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(walk(entry) for entry in value)
        return pattern.sub(lambda match: word(match[0]), value) if isinstance(value, str) else value

    staged = ("files", "certificates", "names", "words", "before", "servers", "then", "service", "inventory")
    return dataclasses.replace(scenario, **{key: walk(getattr(scenario, key)) for key in staged})


def _more_ports(scenario: Scenario, *names: str) -> dict[str, int]:
    if len(scenario.ports) + len(names) > PORTS_EACH:
        raise DoesNotFit("it has no port left")
    first = FIRST_PORT + PORTS_EACH * scenario.number + len(scenario.ports)
    return {**scenario.ports, **{name: first + place for place, name in enumerate(names)}}


def _other_ports(scenario: Scenario, draw: random.Random) -> Scenario:
    span = (END_OF_PORTS - FIRST_PORT) // PORTS_EACH // 2 * PORTS_EACH
    order = list(scenario.ports)
    draw.shuffle(order)
    first = FIRST_PORT + span + PORTS_EACH * scenario.number
    if first + PORTS_EACH > END_OF_PORTS:
        raise DoesNotFit("there are no other ports for it")
    return dataclasses.replace(scenario, ports={name: first + place for place, name in enumerate(order)})


def _other_names(scenario: Scenario, draw: random.Random) -> Scenario:
    """Its service and directory have another name; so have the hosts that it names itself."""
    word = draw.choice(_WORDS)
    names = [name for name in scenario.names if re.fullmatch(r"[\w-]+(\.[\w-]+)+", name)]
    if names:
        pattern = re.compile("|".join(rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in names))
        scenario = _replaced(scenario, pattern, lambda name: f"{word}-{name}")
    return dataclasses.replace(scenario, id=f"{scenario.group}/{word}-{scenario.number}")


def _other_path(scenario: Scenario, draw: random.Random) -> Scenario:
    path = (scenario.service.get("websocket") or {}).get("path") or "/"
    if not re.fullmatch(r"/[a-z][a-z0-9-]+", path):
        raise DoesNotFit("it has no path of its own")
    if any(server["run"] not in (*PROXIES, *PROGRAMS, *_RUNTIMES) for server in scenario.servers.values()):
        raise DoesNotFit("a server of the catalogue has its path in its own files")
    pattern = re.compile(rf"(?<![\w/.]){path}(?![\w-])|(?<=>>){path}(?![\w-])")
    word = draw.choice(_WORDS)
    return _replaced(scenario, pattern, lambda _path: "/" + word)


def _other_runtime(scenario: Scenario, _draw: random.Random) -> Scenario:
    if not scenario.fault or scenario.group in ("framework", "server", "socketio", "process"):
        raise DoesNotFit("its fault is in the server, or there is none")
    servers = {
        name: {**server, "run": _RUNTIMES.get(server["run"], server["run"])}
        for name, server in scenario.servers.items()
    }
    if servers == scenario.servers:
        raise DoesNotFit("no server of it has an equivalent")
    return dataclasses.replace(scenario, servers=servers)


def _neighbours(scenario: Scenario, _draw: random.Random) -> Scenario:
    """A second healthy service, and a second site of the same nginx before it."""
    ports = _more_ports(scenario, "neighbour", "beside")
    servers: dict[str, dict[str, t.Any]] = {"neighbour": {"run": "ws_standalone", "bind": "127.0.0.1"}}
    for name, server in scenario.servers.items():
        site = _NEIGHBOUR_SITE if server["run"] == "nginx" and "beside" not in str(servers) else ""
        servers[name] = {**server, "http": server.get("http", "") + site} if site else server
    return dataclasses.replace(scenario, ports=ports, servers=servers)


def _other_namespace(scenario: Scenario, _draw: random.Random) -> Scenario:
    """Another service has the same number in another network namespace of the host."""
    port = scenario.service.get("port")
    if not isinstance(port, str):
        raise DoesNotFit("it has no port of its own")
    listen = f"ip link set lo up; exec python3 -m http.server --bind 127.0.0.1 {port}"
    step = f"cd / && setsid unshare --net sh -c '{listen}' >/dev/null 2>&1 </dev/null &\n"
    step += f"await \"nsenter --net=/proc/$!/ns/net ss -Hltn | grep -q ':{port} '\""
    return dataclasses.replace(scenario, before=(*scenario.before, step))


def _name_and_port(scenario: Scenario, _draw: random.Random) -> Scenario:
    if set(scenario.service) == {"port"} or "port" not in scenario.service:
        raise DoesNotFit("its entry has nothing that could be dropped, or no port")
    return dataclasses.replace(scenario, service={"port": scenario.service["port"]})


def _no_log(scenario: Scenario, _draw: random.Random) -> Scenario:
    """What the servers print goes nowhere."""
    if "log" in scenario.service or ".log" in str((scenario.before, scenario.then, scenario.words)):
        raise DoesNotFit("its steps or its entry need the log")
    servers = {name: {**server, "log": "/dev/null"} for name, server in scenario.servers.items()}
    return dataclasses.replace(scenario, servers=servers)


def _asked_twice(scenario: Scenario, _draw: random.Random) -> Scenario:
    if scenario.once:
        raise DoesNotFit("it goes wrong the first time alone")
    return dataclasses.replace(scenario, needs=(*scenario.needs, "asked twice"))


GARMENTS: dict[str, Garment] = {
    "other ports": _other_ports,
    "other names": _other_names,
    "other path": _other_path,
    "other runtime": _other_runtime,
    "neighbours": _neighbours,
    "other namespace": _other_namespace,
    "name and port only": _name_and_port,
    "no log": _no_log,
    "asked twice": _asked_twice,
}


def wardrobe(scenarios: t.Iterable[Scenario], seed: int) -> list[Dressed]:
    """Each scenario in one garment that fits it. The same seed draws the same one for a case, whatever else is drawn."""
    found = []
    for scenario in scenarios:
        draw = random.Random(f"{seed} {scenario.id}")
        for name in draw.sample(sorted(GARMENTS), len(GARMENTS)):
            try:
                found.append(Dressed(name, scenario, GARMENTS[name](scenario, draw)))
                break
            except DoesNotFit:
                continue
    return found


def sample(scenarios: t.Sequence[Scenario], size: int, seed: int) -> list[Scenario]:
    """So many of them, spread over the groups: those of a browser are too slow for a sample."""
    groups: dict[str, list[Scenario]] = collections.defaultdict(list)
    for scenario in random.Random(seed).sample(list(scenarios), len(scenarios)):
        if "browser" not in scenario.needs and scenario.deadline <= 25:
            groups[scenario.group].append(scenario)
    chosen: list[Scenario] = []
    while len(chosen) < size and any(groups.values()):
        chosen += [members.pop() for _name, members in sorted(groups.items()) if members]
    return chosen[:size]


def kind(dressed: Dressed, outcome: Outcome) -> str:
    """What became of it; one of KINDS."""
    expect, service = dressed.plain.expect, outcome.service
    if service is None:
        return "not staged"
    found = service["diagnoses"]
    roots = [entry for entry in found if entry["role"] == "root" and entry["id"] not in NO_CAUSES]
    right = true_causes(expect)
    wrong = [entry for entry in roots if entry["id"] not in right]
    if expect.first is None:
        failing = [
            check for check in service["checks"] if check["status"] == "fail" and check["id"] not in expect.allow
        ]
        return "false alarm" if failing or wrong else "healthy" if service["status"] != "unknown" else "lesser"
    # What is only possible claims no more than that.
    wrong = [entry for entry in wrong if entry["confidence"] != "possible"]
    if any(entry["confidence"] == "certain" for entry in wrong):
        return "certain-but-wrong"
    if roots and found[0]["id"] == expect.first:
        return "first"
    if any(entry["id"] == expect.first for entry in found) or (roots and not wrong):
        return "lesser"
    if roots:
        return "wrong"
    if found or service["status"] not in ("pass", "warn"):
        return "lesser"
    return "unseen" if dressed.may_be_unseen else "missed"


def run(wanted: t.Sequence[Dressed], directory: pathlib.Path) -> list[tuple[Dressed, Outcome]]:
    """Stage and judge them all."""
    by_id = {dressed.scenario.id: dressed for dressed in wanted}
    judged = []
    for number, what in enumerate(deal(dressed.scenario for dressed in wanted)):
        place = directory / f"round{number}"
        place.mkdir()
        try:
            outcomes = run_round(what, place)
        except Exception as error:  # one round that cannot be run must not cost the others
            said = f"{type(error).__name__}: {error}"
            outcomes = [Outcome(one, None, 0.0, said) for members in what.hosts for one in members]
        for outcome in outcomes:
            judged.append((by_id[outcome.scenario.id], outcome))
            print(f"{len(judged)} of {len(wanted)}: {outcome.scenario.id}", file=sys.stderr)
    return judged


def claimed(judged: t.Iterable[tuple[Dressed, Outcome]]) -> list[Claim]:
    """The root causes that were named, each right or wrong."""
    return [
        claim
        for dressed, outcome in judged
        for claim in claims(f"{dressed.plain.id} ({dressed.garment})", dressed.plain.expect, outcome.service)
    ]


def table(judged: t.Sequence[tuple[Dressed, Outcome]]) -> str:
    """What became of them by garment and by group, how often each confidence was right, and every confusion."""
    rows: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    confusions = []
    for dressed, outcome in judged:
        became = kind(dressed, outcome)
        for name in (dressed.garment, "  " + dressed.plain.group, "all"):
            rows[name][became] += 1
        found = outcome.service["diagnoses"] if outcome.service else []
        if became in (*BAD, "not staged"):
            said = ", ".join(f"{entry['id']} ({entry['confidence']}, {entry['role']})" for entry in found)
            confusions.append(
                f"  {became}: {dressed.plain.id} in {dressed.garment}: expected {dressed.plain.expect.first or 'nothing'}, "
                f"named {said or 'nothing'} {_failing(outcome)}{outcome.error[:300]}"
            )
    order = [name for name in GARMENTS if name in rows] + sorted(name for name in rows if name[0] == " ") + ["all"]
    lines = [f"{'':20}" + "".join(f"  {column}" for column in KINDS)]
    lines += [f"{name:20}" + "".join(f"  {rows[name][column]:>{len(column)}}" for column in KINDS) for name in order]
    sure: dict[str, list[bool]] = collections.defaultdict(list)
    for claim in claimed(judged):
        sure[claim.confidence].append(claim.right)
    lines += ["", "Root causes that were right, by confidence:"]
    lines += [f"  {name}: {sum(right)} of {len(right)}" for name, right in sorted(sure.items())]
    return "\n".join([*lines, "", "Confusions:", *(sorted(confusions) or ["  none"])])


def _failing(outcome: Outcome) -> str:
    checks = outcome.service["checks"] if outcome.service else []
    return json.dumps([f"{check['id']} {check['vantage']}" for check in checks if check["status"] == "fail"])


def main() -> int:
    """Print the table, and keep it in .cache/clothes.txt. Ends with 1 where something was certain and wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=0, help="so many, spread over the groups; 0: all")
    options = parser.parse_args()
    scenarios = load_all()
    if options.sample:
        scenarios = sample(scenarios, options.sample, options.seed)
    with tempfile.TemporaryDirectory() as directory:
        judged = run(wardrobe(scenarios, options.seed), pathlib.Path(directory))
    text = table(judged)
    print(text)
    keep(f"clothes of seed {options.seed}", claimed(judged))
    (CHECKOUT / ".cache" / "clothes.txt").write_text(text + "\n", encoding="utf-8")
    return int(any(kind(*one) == "certain-but-wrong" for one in judged))


if __name__ == "__main__":
    sys.exit(main())
