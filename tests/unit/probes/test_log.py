# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log probe with real files and a fake host: windows, rotation, sources, the journal, limits."""

from __future__ import annotations

import bz2
import gzip
import json
import os
import pathlib
import time
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._logs import journal, sources
from ansible_collections.websocket.health.plugins.module_utils._logs.sources import rotated
from ansible_collections.websocket.health.plugins.module_utils._probes import log
from ansible_collections.websocket.health.plugins.module_utils._run.context import CommandMissing, Context
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._run.redact import Redactor
from ansible_collections.websocket.health.plugins.module_utils._system.base import Found, NoAccess, Process

NOW = float(int(time.time()))
STARTED = NOW - 3600.0


class Table:
    """Open files and control groups of made-up processes."""

    def __init__(self) -> None:
        self.files: dict[int, list[tuple[int, str]]] = {}
        self.groups: dict[int, str] = {}

    def open_files(self, pid: int) -> list[tuple[int, str]]:
        if pid not in self.files:
            raise NoAccess("not yours")
        return self.files[pid]

    def cgroup(self, pid: int) -> str:
        return self.groups.get(pid, "")


class System:
    """A host with one service."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.table = Table()

    def find(self, service: dict[str, t.Any]) -> Found:
        return self.found


def process(pid: int = 4242, ppid: int = 1, started: float = STARTED) -> Process:
    """A made-up process."""
    return Process(pid, ppid, "node", ["node", "/srv/chat/server.js"], "S", started, 1000, "chat", 0.1, 1, 1)


def make(started: float | None = STARTED, run: t.Any = None, deadline: float = 30.0) -> Context:
    """A context whose service runs since ``started``, or doesn't run (None)."""
    found = Found()
    if started is not None:
        found.processes = [process(started=started)]
    run = run or (lambda argv, **_options: (1, "", "no such command"))
    return Context(Deadline(deadline), System(found), run, lambda name: "/bin/" + name, Redactor(["hunter2hunter2"]))


def at(moment: float) -> str:
    """An ISO timestamp."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + ".000Z"


def write(path: pathlib.Path, lines: t.Iterable[str], mtime: float = NOW) -> pathlib.Path:
    """A log file."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.utime(path, (mtime, mtime))
    return path


def service(*paths: object, **options: str) -> dict[str, t.Any]:
    """A service with these logs."""
    return {"name": "chat", "port": 8080, "logs": [dict({"path": str(path)}, **options) for path in paths]}


CRASH = [
    "Error: listen EADDRINUSE: address already in use 127.0.0.1:8080",
    "    at Server.setupListenHandle [as _listen2] (node:net:1908:16)",
    "    at Object.<anonymous> (/srv/chat/server.js:4:8)",
    "",
    "Node.js v20.20.2",
]


def crash(moment: float) -> list[str]:
    """A crash at a moment."""
    return [at(moment) + " starting", *CRASH]


def test_only_what_was_written_since_the_start_counts(tmp_path: pathlib.Path) -> None:
    path = write(
        tmp_path / "server.log",
        crash(STARTED - 86400)
        + crash(STARTED - 30)
        + [at(STARTED + 1) + " Server listening on port 8080", at(STARTED + 2) + " WebSocket server ready"]
        + [at(STARTED + 9) + " INFO New WebSocket connection", at(STARTED + 9) + " Received: hello"],
    )
    before = time.time()
    evidence = log.probe(service(path), make())
    assert before - 1 <= evidence["window"]["to"] <= time.time() + 1
    assert evidence["traces"] == []
    assert evidence["signatures"] == []
    assert evidence["ready"]["lines"][0]["port"] == 8080
    assert evidence["ready"]["lines"][0]["line"] == 13
    assert evidence["websocket"]["lines"][0]["line"] == 14
    assert evidence["events"]["connection"]["count"] == 1
    assert evidence["events"]["message"]["count"] == 1
    assert evidence["window"] == {
        "from": STARTED,
        "to": evidence["window"]["to"],
        "why": "since the process started",
    }
    (source,) = evidence["sources"]
    assert source["since_known"] is True
    assert source["since"] == "timestamps"
    earlier = evidence["earlier"]
    assert earlier["trace"]["type"] == "Error"
    assert earlier["trace"]["count"] == 1
    assert earlier["seconds_before_start"] == 30.0
    assert earlier["signatures"][0]["key"] == "eaddrinuse"


def test_a_crash_since_the_start(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path / "server.log", [at(STARTED + 1) + " listening on 8080"] + crash(STARTED + 60))
    evidence = log.probe(service(path), make())
    (trace,) = evidence["traces"]
    assert (trace["kind"], trace["count"], trace["line"]) == ("fatal", 1, 3)
    assert trace["last"] == STARTED + 60
    (signature,) = evidence["signatures"]
    assert signature["captured"] == {"address": "127.0.0.1", "port": "8080"}
    assert evidence["earlier"] is None


def test_without_a_process_the_last_minutes_count(tmp_path: pathlib.Path) -> None:
    three_days = NOW - 3 * 86400
    path = write(tmp_path / "server.log", crash(three_days - 7200) + crash(three_days - 5), three_days)
    evidence = log.probe(service(path), make(None))
    assert [trace["count"] for trace in evidence["traces"]] == [1]
    assert evidence["window"]["from"] is None
    assert evidence["process"]["found"] is False


def test_without_timestamps_the_last_start_up_line_marks_the_start(tmp_path: pathlib.Path) -> None:
    path = write(
        tmp_path / "server.log",
        [*CRASH, "Server initialized for threading.", "listening on 8080", "New WebSocket connection"],
    )
    evidence = log.probe(service(path), make())
    assert evidence["traces"] == []
    assert evidence["sources"][0]["since"] == "ready line"
    assert evidence["sources"][0]["since_known"] is False
    assert evidence["websocket"]["lines"][0]["server"] == "flask-socketio"
    assert evidence["earlier"]["trace"]["type"] == "Error"
    assert evidence["earlier"]["seconds_before_start"] is None


def test_without_timestamps_and_start_up_line_everything_counts(tmp_path: pathlib.Path) -> None:
    evidence = log.probe(service(write(tmp_path / "server.log", CRASH)), make())
    assert [trace["kind"] for trace in evidence["traces"]] == ["fatal"]
    assert evidence["sources"][0]["since"] == "whole"


def test_a_file_last_written_before_the_start_says_nothing(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path / "server.log", CRASH, STARTED - 100)
    evidence = log.probe(service(path), make())
    assert evidence["traces"] == []
    assert evidence["sources"][0]["since"] == "file time"


def test_configured_patterns(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path / "a.log", [at(STARTED + 1) + " bereit auf Port 8080", at(STARTED + 2) + " WS bereit"])
    options = {"ready": r"bereit auf Port (?P<port>\d+)", "websocket": "WS kommt nie"}
    evidence = log.probe(service(path, **options), make())
    assert evidence["ready"]["patterns"] == [{"pattern": options["ready"], "matched": True}]
    assert evidence["ready"]["lines"][0]["port"] == 8080
    assert evidence["websocket"]["patterns"] == [{"pattern": options["websocket"], "matched": False}]


def test_rotation_by_time_with_gz_and_every_file_once(tmp_path: pathlib.Path) -> None:
    base = write(tmp_path / "server.log", [at(NOW - 10) + " quiet"])
    write(tmp_path / "server.log.1", [at(STARTED + 1) + " listening on 8080"], NOW - 1000)
    packed = tmp_path / "server.log-20261123.gz"
    packed.write_bytes(gzip.compress(("\n".join(crash(STARTED + 5)) + "\n").encode()))
    os.utime(packed, (NOW - 1500, NOW - 1500))
    old = tmp_path / "server.log.9.gz"
    old.write_bytes(gzip.compress(("\n".join(crash(STARTED - 90000)) + "\n").encode()))
    os.utime(old, (STARTED - 80000, STARTED - 80000))
    os.link(base, tmp_path / "server.log.2")
    write(tmp_path / "server.log.bak", CRASH)
    evidence = log.probe(service(base), make())
    assert [pathlib.Path(source["name"]).name for source in evidence["sources"]] == [
        "server.log",
        "server.log.1",
        "server.log-20261123.gz",
    ]
    assert evidence["ready"]["lines"][0]["port"] == 8080
    assert [trace["count"] for trace in evidence["traces"]] == [1]


def test_names_of_rotated_files(tmp_path: pathlib.Path) -> None:
    names = ["a.log", "a.log.1", "a.log.2.gz", "a.log-20261123", "a-20261123.log", "a.log.2026-11-23.gz"]
    for number, name in enumerate([*names, "a.logger", "ab.log", "a.log.bak", "a-old.log"]):
        write(tmp_path / name, ["x"], NOW - number)
    found = [pathlib.Path(source.name).name for source in rotated(str(tmp_path / "a.log"))]
    assert found == names[1:]


def test_other_compression_and_a_torn_archive(tmp_path: pathlib.Path) -> None:
    packed = tmp_path / "a.log.bz2"
    packed.write_bytes(bz2.compress("\n".join(crash(STARTED + 5)).encode()))
    torn = tmp_path / "b.log.gz"
    torn.write_bytes(gzip.compress(os.urandom(100000))[:5000])
    damaged = tmp_path / "c.log.gz"
    damaged.write_bytes(b"no gzip at all")
    for path in (packed, torn, damaged):
        os.utime(path, (NOW, NOW))
    evidence = log.probe(service(packed, torn, damaged), make())
    assert len(evidence["traces"]) == 1
    problems = [source["problem"] for source in evidence["sources"]]
    assert problems[0] is None
    assert "incomplete" in problems[1]
    assert problems[2]


def test_a_bomb_is_read_to_its_end_within_limits(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.websocket.health.plugins.module_utils._logs import opening

    monkeypatch.setattr(opening, "MAX_DECOMPRESSED", 4 << 20)
    monkeypatch.setattr(opening, "IN_MEMORY", 1 << 20)
    packed = tmp_path / "a.log.gz"
    packed.write_bytes(gzip.compress(b"\0" * (40 << 20)))
    evidence = log.probe(service(packed), make())
    assert "4 MiB" in evidence["sources"][0]["problem"]
    assert evidence["sources"][0]["size"] <= 2 << 20


def test_missing_unreadable_and_no_match(tmp_path: pathlib.Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    evidence = log.probe(service(tmp_path / "none.log", tmp_path / "*.nothing", fifo), make())
    reasons = {entry["what"]: entry for entry in evidence["gaps"]}
    assert "does not exist" in reasons[f"log:{tmp_path / 'none.log'}"]["reason"]
    assert "matches no file" in reasons[str(tmp_path / "*.nothing")]["reason"]
    assert "not a regular file" in reasons[f"log:{fifo}"]["reason"]
    assert all(entry["remedy"] for entry in evidence["gaps"])


def test_every_file_of_a_glob_is_read(tmp_path: pathlib.Path) -> None:
    write(tmp_path / "a.log", [at(STARTED + 1) + " listening on 8080"], NOW - 5)
    write(tmp_path / "b.log", crash(STARTED + 2))
    evidence = log.probe(service(tmp_path / "*.log"), make())
    assert len(evidence["sources"]) == 2
    assert evidence["traces"]
    assert evidence["ready"]["lines"]


def test_secrets_do_not_leave(tmp_path: pathlib.Path) -> None:
    lines = [
        at(STARTED + 1) + " TypeError: bad token=abcdef123456 hunter2hunter2",
        "    at connect (redis://user:passw0rd@db/1?password=xyzzy9:1:2)",
        at(STARTED + 2) + " New WebSocket connection Authorization: Bearer abcdef123456",
    ]
    text = json.dumps(log.probe(service(write(tmp_path / "a.log", lines)), make()))
    assert "TypeError" in text
    for secret in ("abcdef123456", "hunter2hunter2", "passw0rd", "xyzzy9"):
        assert secret not in text


def test_evidence_stays_small(tmp_path: pathlib.Path) -> None:
    lines = []
    for number in range(400):
        name = "abcdefgh"[number % 8] * 3 + str(number)
        lines.append(at(STARTED + number) + f" Error{name}: Cannot find module '{name}' " + "x" * 2000)
        lines += [f"{name.title()}Error: {name} " + "y" * 3000]
        lines += [f"    at {name} (/srv/chat/{name}.js:{number}:1) " + "z" * 500] * 30
    evidence = log.probe(service(write(tmp_path / "a.log", lines)), make())
    assert len(json.dumps(evidence)) < 65536
    assert evidence["dropped"] > 0


def test_the_budget_and_the_beginning(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "big.log"
    with open(path, "wb") as stream:
        stream.write((at(STARTED + 1) + " Server listening on port 8080\n").encode())
        line = " INFO nothing at all happens here, again and again\n"
        for number in range(3000):
            stream.write((at(STARTED + 2 + number) + line).encode() * 30)
        stream.write(("\n".join(crash(NOW - 1)) + "\n").encode())
    os.utime(path, (NOW, NOW))
    evidence = log.probe(service(path), make(), budget=2 << 20)
    assert evidence["scanned"]["bytes"] <= (2 << 20) + 65536
    assert evidence["sources"][0]["complete"] is False
    assert evidence["ready"]["lines"][0]["port"] == 8080
    assert len(evidence["traces"]) == 1


def test_a_log_without_time_left_is_incomplete(tmp_path: pathlib.Path) -> None:
    evidence = log.probe(service(write(tmp_path / "a.log", CRASH)), make(deadline=0.2))
    assert evidence["scanned"]["complete"] is False
    assert "time" in evidence["sources"][0]["problem"]


# ---- finding logs -----------------------------------------------------------------------------------------------------


def test_files_behind_the_process(tmp_path: pathlib.Path) -> None:
    out = write(tmp_path / "stdout.txt", [at(STARTED + 1) + " listening on 8080"])
    other = write(tmp_path / "access.log", [at(STARTED + 1) + " x"])
    data = write(tmp_path / "data.db", ["x"])
    context = make()
    files = [(1, str(out)), (2, str(out)), (5, str(other)), (6, str(data)), (7, "/dev/null"), (8, "socket:[1]")]
    context.system.table.files[4242] = files
    evidence = log.probe({"name": "chat", "port": 8080}, context)
    assert [(source["name"], source["how"]) for source in evidence["sources"]] == [
        (str(out), "stdout"),
        (str(other), "open file"),
    ]


def test_a_deleted_log_is_read_through_the_process(tmp_path: pathlib.Path) -> None:
    """Of this very process, so that /proc/<pid>/fd is real."""
    path = write(tmp_path / "server.log", crash(STARTED + 1))
    with open(path, "rb") as stream:
        path.unlink()
        context = make()
        found = context.system.find({})
        found.processes = [found.processes[0]._replace(pid=os.getpid())]
        context.system.table.files[os.getpid()] = [(stream.fileno(), str(path) + " (deleted)")]
        evidence = log.probe({"name": "chat", "port": 8080}, context)
    assert evidence["sources"][0]["name"].endswith(" (deleted)")
    assert evidence["traces"]


def test_logs_of_a_supervisor(tmp_path: pathlib.Path) -> None:
    mine = write(tmp_path / "server-out.log", [at(STARTED + 1) + " listening on 8080"])
    others = [write(tmp_path / f"other{number}.log", ["x"]) for number in range(5)]
    context = make()
    found = context.system.find({})
    found.processes = [found.processes[0]._replace(ppid=77)]
    context.system.table.files[4242] = [(1, "pipe:[5]"), (2, "pipe:[6]")]
    context.system.table.files[77] = [(9 + number, str(path)) for number, path in enumerate([*others, mine])]
    evidence = log.probe({"name": "chat", "port": 8080}, context)
    assert [source["name"] for source in evidence["sources"]] == [str(mine)]


def test_log_of_a_container(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = "a" * 64
    seen = []
    monkeypatch.setattr(sources.os.path, "exists", lambda path: seen.append(path) is None and "docker" in path)
    context = make()
    context.system.table.files[4242] = [(1, "pipe:[5]")]
    context.system.table.groups[4242] = "/system.slice/docker-" + identity + ".scope"
    (found,) = sources._container_logs(context, context.found({}))
    assert found.path == f"/var/lib/docker/containers/{identity}/{identity}-json.log"


def test_nothing_found_says_what_to_do() -> None:
    context = make()
    evidence = log.probe({"name": "chat", "port": 8080}, context)
    reasons = {entry["what"]: entry for entry in evidence["gaps"]}
    assert "become" in reasons["open files"]["remedy"]
    assert "logs" in reasons["log"]["remedy"]
    assert evidence["sources"] == []


# ---- the journal ------------------------------------------------------------------------------------------------------


def entry(moment: float, message: t.Any) -> str:
    """One record as journalctl -o json prints it."""
    return json.dumps({"__REALTIME_TIMESTAMP": str(int(moment * 1e6)), "MESSAGE": message, "_PID": "4242"})


def test_journal_of_a_unit() -> None:
    calls = []

    def run(argv: list[str], **_options: t.Any) -> tuple[int, str, str]:
        calls.append(argv)
        records = [entry(STARTED - 20, line) for line in CRASH]
        records += [entry(STARTED + 1, list(b"\x1b[32mlistening on 8080\x1b[0m"))]
        records += [entry(STARTED + 2, None), entry(STARTED + 3, "two\nlines"), "garbage", "{broken"]
        records += [entry(STARTED + 60, line) for line in CRASH]
        return 0, "\n".join(records) + "\n", ""

    evidence = log.probe({"name": "chat", "port": 8080, "logs": [{"unit": "chat.service"}]}, make(run=run))
    (source,) = evidence["sources"]
    assert (source["kind"], source["format"], source["timestamped"]) == ("journal", "journal", True)
    assert [(trace["count"], trace["last"]) for trace in evidence["traces"]] == [(1, STARTED + 60)]
    assert evidence["ready"]["lines"][0]["port"] == 8080
    assert evidence["earlier"]["seconds_before_start"] == 20.0
    (argv,) = calls
    assert argv[argv.index("-u") + 1] == "chat.service"
    assert argv[argv.index("--since") + 1] == f"@{STARTED - log.EARLIER:.0f}"


def test_journal_of_the_unit_that_was_found() -> None:
    context = make(run=lambda argv, **_options: (0, entry(STARTED + 1, "listening on 8080") + "\n", ""))
    context.found({}).unit = "chat.service"
    context.system.table.files[4242] = [(1, "socket:[5]"), (2, "socket:[5]")]
    evidence = log.probe({"name": "chat", "port": 8080}, context)
    assert [(source["name"], source["how"]) for source in evidence["sources"]] == [("chat.service", "unit")]
    assert evidence["ready"]["lines"]


def test_busy_journal_asks_for_the_beginning_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.websocket.health.plugins.module_utils._logs import opening

    monkeypatch.setattr(opening, "MAX_ENTRIES", 3)
    calls = []

    def run(argv: list[str], **_options: t.Any) -> tuple[int, str, str]:
        calls.append(argv)
        if "--until" in argv:
            return 0, entry(STARTED + 1, "listening on 8080") + "\n", ""
        return 0, "\n".join(entry(NOW - 5 + number, "busy") for number in range(3)) + "\n", ""

    evidence = log.probe({"name": "chat", "port": 8080, "logs": [{"unit": "chat.service"}]}, make(run=run))
    assert len(calls) == 2
    assert evidence["ready"]["lines"][0]["port"] == 8080


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((1, "", "Failed to open journal: Permission denied"), "Permission denied"), ((124, "", ""), "124")],
)
def test_journal_that_cannot_be_read(answer: tuple[int, str, str], reason: str) -> None:
    context = make(run=lambda argv, **_options: answer)
    evidence = log.probe({"name": "chat", "port": 8080, "logs": [{"unit": "chat.service"}]}, context)
    (found,) = evidence["gaps"]
    assert reason in found["reason"]
    assert "systemd-journal" in found["remedy"]


def test_journal_that_shows_nothing_to_this_user(monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.websocket.health.plugins.module_utils._logs import opening

    assert journal.may_be_hidden(1000, [1000], [4])
    assert not journal.may_be_hidden(1000, [4], [4])
    assert not journal.may_be_hidden(0, [], [4])
    monkeypatch.setattr(opening, "_hidden", lambda: True)
    context = make(run=lambda argv, **_options: (0, "", ""))
    evidence = log.probe({"name": "chat", "port": 8080, "logs": [{"unit": "chat.service"}]}, context)
    assert "nothing to this user" in evidence["gaps"][0]["reason"]


def test_without_journalctl(monkeypatch: pytest.MonkeyPatch) -> None:
    context = make()

    def command(argv: list[str], seconds: float = 5.0) -> tuple[int, str, str]:
        raise CommandMissing("journalctl is not installed on this host")

    monkeypatch.setattr(context, "command", command)
    evidence = log.probe({"name": "chat", "port": 8080, "logs": [{"unit": "chat.service"}]}, context)
    assert "not installed" in evidence["gaps"][0]["reason"]
