# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scenario file says: real servers, a fault, the inventory entry of a user, and what has to be named.

README.md beside this file describes every key for those who write one.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import typing as t

import yaml

CASES = pathlib.Path(__file__).resolve().parent / "cases"
#: Ports that a scenario has for itself; below those the kernel gives to clients.
FIRST_PORT, PORTS_EACH, END_OF_PORTS = 11000, 12, 32768
#: Ten times as fast where PyYAML was built with libyaml; both load what is safe, alone.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PROXIES = ("nginx", "apache", "haproxy", "caddy")
PROGRAMS = ("python", "node", "shell")
_KEYS = {
    "title": str, "fault": str, "files": dict, "certificates": dict, "names": list, "ports": list, "words": dict, "before": list,
    "servers": dict, "then": list, "service": dict, "expect": dict, "needs": list, "deadline": int, "inventory": dict,
    "once": bool,
}  # fmt: skip
_EXPECT = {
    "first": str, "with": list, "never": list, "allow": list, "because": list, "seen": list, "hidden": list, "passed": list,
    "says": list, "confidence": str,
}  # fmt: skip
_CONFIDENCES = ("certain", "likely", "possible")
_NEEDS = ("browser", "own host", "controller in the lab")
_PLACEHOLDER = re.compile(r"<<([\w.]+)>>")


class ScenarioError(ValueError):
    """A scenario file is wrong; the message names the file and the key."""


@dataclasses.dataclass(frozen=True)
class Expect:
    """What the report has to say."""

    #: The id that must be the first root cause; None: the stack is healthy, and nothing may be named.
    first: str | None = None
    #: Further ids that may be named beside it.
    companions: tuple[str, ...] = ()
    #: Ids that must not be named, whatever their role.
    never: tuple[str, ...] = ()
    #: Of a healthy stack: check ids that may warn or fail all the same.
    allow: tuple[str, ...] = ()
    #: Words that the reasons of the first cause must have.
    because: tuple[str, ...] = ()
    #: Words that are somewhere in the results of the checks.
    seen: tuple[str, ...] = ()
    #: Words that are nowhere in the service's part of the report.
    hidden: tuple[str, ...] = ()
    #: Checks that pass, each an id and a vantage.
    passed: tuple[str, ...] = ()
    #: Sentences of the software's own that the report must quote word for word.
    says: tuple[str, ...] = ()
    #: How sure the first cause must be; None: whatever it is.
    confidence: str | None = None


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One file under cases/; its id is the path there without the suffix."""

    id: str
    number: int
    title: str
    #: The fault's entry in the catalogue of failures; None in a healthy scenario.
    fault: str | None
    expect: Expect
    servers: dict[str, dict[str, t.Any]]
    service: dict[str, t.Any]
    files: dict[str, str]
    certificates: dict[str, dict[str, t.Any]]
    names: tuple[str, ...]
    ports: dict[str, int]
    #: Further words, each the output of a command on the host.
    words: dict[str, str]
    before: tuple[t.Any, ...]
    then: tuple[t.Any, ...]
    needs: tuple[str, ...]
    #: Seconds that the checklist is given.
    deadline: int
    #: Further variables of the host in the inventory.
    inventory: dict[str, t.Any]
    #: Whether it goes wrong only the first time that somebody asks.
    once: bool = False

    @property
    def group(self) -> str:
        """The folder it lies in."""
        return self.id.partition("/")[0]

    @property
    def directory(self) -> str:
        """Its directory on the host."""
        return "/srv/scenarios/" + self.id.replace("/", "-")


def load_all(top: pathlib.Path = CASES) -> list[Scenario]:
    """Every scenario, in the order of their ids.

    :raises ScenarioError: a file is wrong.
    """
    paths = sorted(top.glob("*/*.yml"))
    return [load(path, number, path.relative_to(top).with_suffix("").as_posix()) for number, path in enumerate(paths)]


def load(path: pathlib.Path, number: int, scenario_id: str) -> Scenario:
    """One scenario.

    :param number: decides the ports that it gets.
    :raises ScenarioError: it has an unknown key, lacks one, or has a value of the wrong type.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _LOADER)
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path}: no YAML: {error}") from error
    _check(path, "", data, _KEYS)
    for key in ("title", "service", "expect"):
        if key not in data:
            raise ScenarioError(f"{path}: the key {key} is missing")
    expect = data["expect"] if data["expect"] is not None else {}
    _check(path, "expect.", expect, _EXPECT)
    servers = data.get("servers") or {}
    _check_needs(path, data)
    names = _names_of_ports(path, number, [*servers, *(data.get("ports") or ())])
    return Scenario(
        id=scenario_id,
        number=number,
        title=data["title"],
        fault=data.get("fault"),
        expect=_expected(path, data.get("fault"), expect),
        servers=servers,
        service=data["service"],
        files=data.get("files") or {},
        certificates=data.get("certificates") or {},
        names=tuple(data.get("names") or ()),
        ports={name: FIRST_PORT + PORTS_EACH * number + place for place, name in enumerate(names)},
        words=data.get("words") or {},
        before=tuple(data.get("before") or ()),
        then=tuple(data.get("then") or ()),
        needs=tuple(data.get("needs") or ()),
        deadline=data.get("deadline", 25),
        inventory=data.get("inventory") or {},
        once=data.get("once", False),
    )


def _check(path: pathlib.Path, where: str, data: t.Any, keys: dict[str, type]) -> None:
    if not isinstance(data, dict):
        raise ScenarioError(f"{path}: {where or 'the file'} must be a mapping")
    for key, value in data.items():
        if key not in keys:
            raise ScenarioError(f"{path}: {where}{key} is no known key; known are {', '.join(keys)}")
        if value is not None and not isinstance(value, keys[key]):
            raise ScenarioError(f"{path}: {where}{key} must be a {keys[key].__name__}, not {value!r}")


def _check_needs(path: pathlib.Path, data: dict[str, t.Any]) -> None:
    """What servers and hosts need."""
    for name, server in (data.get("servers") or {}).items():
        if not isinstance(server, dict) or "run" not in server:
            raise ScenarioError(f"{path}: servers.{name} must be a mapping with the key run")
    needs = data.get("needs") or ()
    for need in needs:
        if need not in _NEEDS:
            raise ScenarioError(f"{path}: needs: {need!r} is none of {', '.join(_NEEDS)}")
    if data.get("inventory") and "own host" not in needs:
        raise ScenarioError(f"{path}: inventory is about the whole host: needs must have own host")


def _names_of_ports(path: pathlib.Path, number: int, names: list[str]) -> list[str]:
    """The names, if there is a port for each."""
    if len(names) > PORTS_EACH or len(set(names)) < len(names):
        raise ScenarioError(f"{path}: servers and ports need {PORTS_EACH} names at most, each once: {names}")
    if FIRST_PORT + PORTS_EACH * (number + 1) > END_OF_PORTS:
        raise ScenarioError(f"{path}: ports: there are none left for scenario {number}")
    return names


def _expected(path: pathlib.Path, fault: str | None, expect: dict[str, t.Any]) -> Expect:
    if (fault is None) != (expect.get("first", fault) is None):
        raise ScenarioError(f"{path}: a fault has an expect.first (the fault's own id if absent), a healthy stack none")
    about_cause = [key for key in ("because", "confidence") if fault is None and expect.get(key)]
    if about_cause:
        raise ScenarioError(f"{path}: expect.{about_cause[0]} is about a cause, which a healthy stack has not")
    confidence = expect.get("confidence")
    if confidence is not None and confidence not in _CONFIDENCES:
        raise ScenarioError(f"{path}: expect.confidence: {confidence!r} is none of {', '.join(_CONFIDENCES)}")
    return Expect(
        first=expect.get("first", fault),
        companions=tuple(expect.get("with") or ()),
        never=tuple(expect.get("never") or ()),
        allow=tuple(expect.get("allow") or ()),
        because=tuple(expect.get("because") or ()),
        seen=tuple(expect.get("seen") or ()),
        hidden=tuple(expect.get("hidden") or ()),
        passed=tuple(expect.get("passed") or ()),
        says=tuple(expect.get("says") or ()),
        confidence=confidence,
    )


def render(value: t.Any, words: t.Mapping[str, t.Any], where: str) -> t.Any:
    """Fill ``<<name>>`` in all texts of a value; a text that is nothing else becomes the word itself (a port a number).

    :param where: the scenario, for the message of the error.
    :raises ScenarioError: there is no such word.
    """
    if isinstance(value, dict):
        return {render(key, words, where): render(entry, words, where) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [render(entry, words, where) for entry in value]
    if not isinstance(value, str):
        return value
    for name in _PLACEHOLDER.findall(value):
        if name not in words:
            raise ScenarioError(f"{where}: <<{name}>> is none of {', '.join(sorted(words))}")
    whole = _PLACEHOLDER.fullmatch(value)
    if whole:
        return words[whole[1]]
    return _PLACEHOLDER.sub(lambda match: str(words[match[1]]), value)
