# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What in a log is a finding, and what the asker leaves there: from a table of what real servers log."""

from __future__ import annotations

import pathlib
import threading

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.log import (
    Log,
    Provoked,
    Signature,
    StackTrace,
)
from ansible_collections.websocket.health.plugins.module_utils._logs.provoked import Growth
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.log import (
    error_of_handshake,
    is_footprint_line,
    says_peer_has_gone,
    without_footprints,
)

from tests.unit.probed_host import new_context


def trace(kind: str, name: str, root: str) -> StackTrace:
    """A stack trace of a Python program."""
    return {"runtime": "python", "kind": kind, "type": name, "root": root, "frame": "app.py:12 in handler"}


#: Kind, type and message of an error, and whether it only says that the client has gone.
GONE = (
    (
        "unhandled",
        "starlette.websockets.WebSocketDisconnect",
        "starlette.websockets.WebSocketDisconnect: (1000, '')",
        True,
    ),
    ("unhandled", "starlette.websockets.WebSocketDisconnect", "starlette.websockets.WebSocketDisconnect: 1005", True),
    ("unhandled", "starlette.websockets.WebSocketDisconnect", "starlette.websockets.WebSocketDisconnect", True),
    (
        "logged",
        "websockets.exceptions.ConnectionClosedOK",
        "websockets.exceptions.ConnectionClosedOK: received 1000 (OK); then sent 1000 (OK)",
        True,
    ),
    (
        "logged",
        "websockets.exceptions.ConnectionClosedError",
        "websockets.exceptions.ConnectionClosedError: no close frame received or sent",
        True,
    ),
    (
        "logged",
        "websockets.exceptions.ConnectionClosedError",
        "websockets.exceptions.ConnectionClosedError: sent 1011 (internal error) keepalive ping timeout",
        False,
    ),
    ("unhandled", "geventwebsocket.exceptions.WebSocketError", "WebSocketError: Socket is dead", True),
    ("logged", "BrokenPipeError", "BrokenPipeError: [Errno 32] Broken pipe", True),
    ("logged", "Error", "Error: read ECONNRESET", True),
    ("fatal", "Error", "Error: read ECONNRESET", False),
    ("logged", "redis.exceptions.ConnectionError", "Connection reset by peer 10.0.0.5:6379", False),
    ("unhandled", "KeyError", "KeyError: 'user'", False),
)


@pytest.mark.parametrize(("kind", "name", "root", "gone"), GONE)
def test_says_peer_has_gone(kind: str, name: str, root: str, gone: bool) -> None:
    """By type or words, never where the program died of it or another machine is named."""
    assert says_peer_has_gone(trace(kind, name, root)) is gone


#: The kind of an error that this run provoked, whether a lone handshake did so again, whether the handshake was accepted,
#: its path (empty: a guess), and whether the error is a finding.
PROVOKED = (
    ("unhandled", False, True, "/ws", False),
    ("unhandled", True, True, "/ws", True),
    ("unhandled", True, False, "/ws", True),
    ("unhandled", False, False, "/ws", True),
    ("unhandled", True, False, "", False),
    ("fatal", False, True, "/ws", True),
)


@pytest.mark.parametrize(("kind", "handshake", "accepted", "path", "finding"), PROVOKED)
def test_provoked_by_the_asker(kind: str, handshake: bool, accepted: bool, path: str, finding: bool) -> None:
    """What only guesses provoke is no finding; what the handshake provokes is; so is whatever ends the program."""
    seen = trace(kind, "KeyError", "KeyError: 'user'")
    provoked: Provoked = {"path": path, "accepted": accepted, "traces": [{**seen, "handshake": handshake}]}
    evidence: Log = {"traces": [seen], "provoked": provoked}
    assert without_footprints(evidence) == ([seen] if finding else [])


def test_error_of_the_handshake() -> None:
    """What a lone handshake provokes comes first, and disconnects are none."""
    left = trace("logged", "BrokenPipeError", "BrokenPipeError: [Errno 32] Broken pipe")
    one, other = trace("logged", "KeyError", "KeyError: 'a'"), trace("logged", "TypeError", "TypeError: b")
    provoked: Provoked = {
        "path": "/ws",
        "accepted": False,
        "traces": [{**left, "handshake": True}, {**one, "handshake": False}, {**other, "handshake": True}],
    }
    assert error_of_handshake({"provoked": provoked}).get("type") == "TypeError"
    assert not error_of_handshake({"provoked": {**provoked, "path": ""}})
    assert not error_of_handshake({"provoked": {**provoked, "accepted": True}})


@pytest.mark.parametrize(
    ("of_a_path", "handshake", "path", "footprint"),
    [
        (True, False, "/ws", True),
        (True, True, "/ws", False),
        (True, True, "", True),
        (False, True, "", False),
        (False, False, "/ws", False),
    ],
)
def test_lines(of_a_path: bool, handshake: bool, path: str, footprint: bool) -> None:
    """A route that a guess misses is none; a module that is missing is missing on each path."""
    line: Signature = {"key": "channels-no-route", "captured": {"path": ""}}
    provoked: Provoked = {"path": path, "accepted": True, "signatures": [{**line, "handshake": handshake}]}
    assert is_footprint_line({"provoked": provoked}, line, of_a_path) is footprint


def test_what_goes_wrong_unasked_is_a_finding() -> None:
    """A connection of the program's own that fails every second fails while the asker asks, too."""
    seen = trace("unhandled", "KeyError", "KeyError: 'user'")
    line: Signature = {"key": "proxy-of-environment", "captured": {"status": "403"}}
    provoked: Provoked = {"path": "/ws", "accepted": True}
    for unasked in (False, True):
        provoked["traces"] = [{**seen, "handshake": False, "unasked": unasked}]
        provoked["signatures"] = [{**line, "handshake": False, "unasked": unasked}]
        evidence: Log = {"traces": [seen], "provoked": provoked}
        assert (without_footprints(evidence) == [seen]) is unasked
        assert is_footprint_line(evidence, line, of_a_path=True) is not unasked


def test_the_log_is_watched_while_nothing_is_asked(tmp_path: pathlib.Path) -> None:
    """Only what is logged again is; a line that is not repeated costs the whole quiet time, and no more."""
    log = tmp_path / "app.log"
    log.write_text("started\n")
    growth = Growth({str(log): (str(log), log.stat().st_size)}, [], 0.0)
    context = new_context({"port": 1})
    words = "upstream failed: InvalidProxyStatus: proxy rejected connection: HTTP 403\n"
    log.write_text("started\n" + words)
    faults = growth.read(context)[0].faults()
    assert faults

    def write() -> None:
        with log.open("a") as stream:
            stream.write(words)

    assert growth.logged_unasked(faults, context) == set()
    later = threading.Timer(0.2, write)
    later.start()
    assert growth.logged_unasked(faults, context) == faults
    later.join()
