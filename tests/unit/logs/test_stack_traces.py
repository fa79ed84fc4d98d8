# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stack traces of real runs (``recorded/``; ``spec_*`` are written after the runtimes' documentation)."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.websocket.health.plugins.module_utils._logs.blocks import MemoryText, Reader
from ansible_collections.websocket.health.plugins.module_utils._logs.findings import Findings
from ansible_collections.websocket.health.plugins.module_utils._logs.scan import Patterns, Scan, ranges
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline

RECORDED = pathlib.Path(__file__).parent / "recorded"

# (file, [(runtime, kind, type, part of the root line, part of the frame)]), in any order
TRACES = [
    ("node_eaddr", [("node", "fatal", "Error", "EADDRINUSE", "setupListenHandle")]),
    ("node_missing", [("node", "fatal", "Error", "Cannot find module 'no-such-module-x'", "")]),
    ("node_reject", [("node", "fatal", "UnhandledPromiseRejection", 'reason "no reason"', "")]),
    ("node_rejecterr", [("node", "fatal", "Error", "connect ECONNREFUSED 127.0.0.1:6379", "/srv/chat/rejecterr.js:1")]),
    ("node_heap", [("node", "fatal", "FATAL ERROR", "heap out of memory", "")]),
    ("node_rsv", [("node", "logged", "RangeError", "RSV1 must be clear", "")]),
    ("node_typeerr", [("node", "fatal", "TypeError", "Cannot read properties", "handle (/srv/chat/typeerr.js:1:39)")]),
    ("python_chain", [("python", "unhandled", "KeyError", "KeyError: 'REDIS_URL'", "/srv/chat/chain.py:3 in load")]),
    (
        "python_during",
        [("python", "unhandled", "ConnectionError", "cannot connect", "/srv/chat/during.py:5 in connect")],
    ),
    ("python_logged", [("python", "logged", "KeyError", "KeyError: 'body'", "/srv/chat/logged.py:2 in handle")]),
    ("python_task", [("python", "unhandled", "ValueError", "bad frame", "/srv/chat/task.py:2 in job")]),
    ("python_thread", [("python", "unhandled", "OSError", "Too many open files", "/srv/chat/thread.py:2 in work")]),
    ("python_group", [("python", "unhandled", "TypeError", "second", "/srv/chat/group.py:3 in b")]),
    ("python_missing", [("python", "unhandled", "ModuleNotFoundError", "no_such_module_x", "/srv/chat/missing.py:1")]),
    ("python_syntax", [("python", "unhandled", "SyntaxError", "invalid syntax", "/srv/chat/bad.py:1")]),
    ("python_segv", [("python", "fatal", "Fatal Python error", "Segmentation fault", "/srv/chat/segv.py")]),
    ("bind_aiohttp", [("python", "unhandled", "OSError", "Errno 98", "/srv/chat/aiohttp_echo.py:34 in main")]),
    ("bind_hypercorn", [("python", "unhandled", "OSError", "Errno 98", "")]),
    (
        "server_daphne",
        [("python", "unhandled", "ValueError", "No route found for path 'nope/'", "channels/routing.py")],
    ),
    (
        "java_main",
        [
            ("java", "logged", "java.net.BindException", "Caused by: java.net.BindException", "Main.bind(Main.java:3)"),
            ("java", "unhandled", "java.lang.NullPointerException", 'thread "ws-worker"', "Main.lambda$main$0"),
            ("java", "unhandled", "java.lang.IllegalArgumentException", "port", "Main.main(Main.java:6)"),
        ],
    ),
    (
        "spec_spring",
        [("java", "unhandled", "java.lang.IllegalStateException", "no room", "com.example.chat.RoomService.find")],
    ),
    ("go_panic", [("go", "fatal", "panic", "index out of range [5]", "main.deep /srv/chat/p.go:4")]),
    ("ruby_missing", [("ruby", "fatal", "LoadError", "no_such_gem_x", "m.rb:1")]),
    ("ruby_cause", [("ruby", "fatal", "ArgumentError", 'invalid value for Integer(): "x"', "p.rb:2")]),
    ("spec_rails", [("ruby", "logged", "RuntimeError", "redis is down", "application_cable/connection.rb:8")]),
    ("php_uncaught", [("php", "fatal", "RuntimeException", "redis refused", "/srv/chat/p.php:2")]),
    ("php_parse", [("php", "fatal", "Parse error", "Unclosed", "/srv/chat/b.php:2")]),
    (
        "elixir_genserver",
        [
            ("elixir", "unhandled", "RuntimeError", "redis is down", "p.exs:4 Chat.Server.handle_cast/2"),
            ("elixir", "unhandled", "FunctionClauseError", "no function clause", "p.exs:9"),
            ("elixir", "fatal", "ArgumentError", "port must be a number", "p.exs:11"),
        ],
    ),
    (
        "spec_dotnet",
        [
            ("dotnet", "unhandled", "System.NullReferenceException", "Object reference", "Chat.Hubs.ChatHub.Send"),
            ("dotnet", "fatal", "System.Net.Sockets.SocketException", "Address already in use", "Program.<Main>$"),
        ],
    ),
    (
        "spec_json_loggers",
        [
            ("node", "logged", "TypeError", "x is not a function", "onMessage (/srv/chat/server.js:12:5)"),
            ("python", "logged", "ValueError", "ValueError: 1", "/srv/chat/app.py:3 in handle"),
        ],
    ),
]
WITHOUT = [
    "bind_daphne",
    "bind_gunicorn",
    "bind_uvicorn",
    "server_aiohttp",
    "server_gunicorn",
    "server_hypercorn",
    "server_mosquitto",
    "server_tornado",
    "server_uvicorn",
    "server_uvicornbare",
    "server_websockets",
]


def scan(data: bytes) -> Findings:
    """Everything in some bytes."""
    text = MemoryText(data, 1795400400.0)
    findings = Findings()
    reader = Reader(text)
    Scan(reader, "log", Patterns(None, None), findings, Deadline(30)).run(ranges(0, text.size, 1 << 24), events_from=0)
    return findings


def record(name: str) -> bytes:
    """One recorded log."""
    return (RECORDED / (name + ".log")).read_bytes()


def compare(findings: Findings, expected: list[tuple[str, ...]]) -> None:
    """Exactly these traces were found."""
    found = [group.fields for group in findings.traces.values()]
    assert len(found) == len(expected), found
    for runtime, kind, kind_of, root, frame in expected:
        same = [entry for entry in found if entry["type"] == kind_of and entry["runtime"] == runtime]
        assert same, found
        assert any(entry["kind"] == kind and root in entry["root"] and frame in entry["frame"] for entry in same), same


@pytest.mark.parametrize(("name", "expected"), TRACES, ids=[name for name, _expected in TRACES])
def test_trace_of_a_real_run(name: str, expected: list[tuple[str, ...]]) -> None:
    compare(scan(record(name)), expected)


@pytest.mark.parametrize("name", WITHOUT)
def test_no_trace_where_there_is_none(name: str) -> None:
    assert not scan(record(name)).traces


@pytest.mark.parametrize(("name", "expected"), TRACES, ids=[name for name, _expected in TRACES])
@pytest.mark.parametrize("carrier", ["syslog", "journal", "docker", "cri", "crlf"])
def test_the_same_through_a_carrier(name: str, expected: list[tuple[str, ...]], carrier: str) -> None:
    """What wraps every line must not change what is found."""
    import json

    lines = record(name).decode().split("\n")
    if carrier == "syslog":
        text = "\n".join("Nov 23 02:20:00 web1 chat[123]: " + line for line in lines)
    elif carrier == "journal":
        text = "\n".join("@1795400400.123456 " + line for line in lines)
    elif carrier == "cri":
        text = "\n".join("2026-11-23T02:20:00.123456789Z stderr F " + line for line in lines)
    elif carrier == "docker":
        stamp = "2026-11-23T02:20:00.123456789Z"
        text = "\n".join(
            json.dumps({"log": line + "\n", "stream": "stderr", "time": stamp}, separators=(",", ":")) for line in lines
        )
    else:
        text = "\r\n".join(lines)
    compare(scan(text.encode()), expected)


def test_equal_traces_are_counted_and_the_worst_kind_counts() -> None:
    findings = scan(record("node_typeerr"))
    (group,) = findings.traces.values()
    assert group.count == 3
    assert group.fields["kind"] == "fatal"


def test_http_panics_of_go_are_one_group() -> None:
    groups = [group for group in scan(record("go_http")).traces.values() if "main.handle" in group.fields["frame"]]
    assert [(group.count, group.fields["kind"]) for group in groups] == [(3, "unhandled")]


def test_colours_are_no_obstacle() -> None:
    data = b"\x1b[31mTypeError: x is not a function\x1b[39m\n\x1b[90m    at f (/srv/chat/a.js:1:2)\x1b[39m\n"
    (group,) = scan(data).traces.values()
    assert group.fields["frame"] == "f (/srv/chat/a.js:1:2)"


def test_trace_cut_by_the_end_of_the_file() -> None:
    data = b'Traceback (most recent call last):\n  File "/srv/chat/a.py", line 1, in f\n    x('
    (group,) = scan(data).traces.values()
    assert group.fields["runtime"] == "python"
    assert group.fields["frame"] == "/srv/chat/a.py:1 in f"


@pytest.mark.parametrize(
    "line",
    [
        "GET /error HTTP/1.1 200",
        "INFO: 0 errors, 0 exceptions",
        "panic: not a trace",
        "Error: something without a stack",
        "2026-11-23 10:00:00 ERROR app Exception while saving: disk full",
        "{broken json Error \\n",
    ],
)
def test_lines_that_are_no_traces(line: str) -> None:
    assert not scan((line + "\nnext line\nand another\n").encode()).traces
