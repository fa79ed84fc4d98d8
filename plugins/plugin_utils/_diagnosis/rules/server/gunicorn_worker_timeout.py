# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-gunicorn-worker-timeout: gunicorn kills silent workers, and the WebSockets that they hold."""

from __future__ import annotations

from ...conditions import logged
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, Look, LookAlike, Rule
from ._server import EXPLAINS
from ._workers import others_wait


def _answers_inside(facts: Facts) -> bool:
    """Whether gunicorn's answer to a worker that it ended is inside the WebSocket stream."""
    return str(facts.conversation.get("stream_start") or "").startswith("HTTP/1.1 500")


def _find(facts: Facts) -> Found:
    """With the line of the log."""
    line = facts.quote(facts.signature("worker-timeout"))
    return "certain" if _answers_inside(facts) else "likely", {"line": line}


RULE = Rule(
    id="server-gunicorn-worker-timeout",
    layer="server",
    title="gunicorn kills workers on timeout, and their WebSockets with them",
    users_see=(
        "gunicorn's log: `[CRITICAL] WORKER TIMEOUT (pid:8372)`",
        "browser console (Chromium): `WebSocket connection to 'ws://…' failed: Invalid frame header`",
        "the connection ends every 30 seconds (`--timeout`), with close code 1006",
        "bytes in the WebSocket stream: `HTTP/1.1 500 Internal Server Error`",
    ),
    why="gunicorn's arbiter expects each worker to report within --timeout seconds, 30 by default, and kills one that does not. A sync worker that "
    "serves a WebSocket is busy with it and does not report, however healthy the connection is. While it is killed it writes an error page "
    "for the request that it was in: HTTP bytes in the middle of the WebSocket stream, which clients reject as an invalid frame.",
    needs=(
        logged('the log has "WORKER TIMEOUT"', "worker-timeout"),
        Condition(
            "connections break or wait now as well",
            lambda facts: others_wait(facts) or facts.ended or _answers_inside(facts),
        ),
    ),
    find=_find,
    confidence={"certain": "gunicorn's 500 is inside the WebSocket stream", "likely": "otherwise"},
    because=(
        "{line}",
        "gunicorn kills a sync worker that is silent for --timeout seconds (30): its WebSocket breaks with it",
    ),
    fix=("use workers that can hold connections: -k gthread --threads 100, gevent, or uvicorn.workers.UvicornWorker",),
    prevent=(
        "worker_class = 'gthread', threads = 100 in gunicorn.conf.py",
        "a longer --timeout only makes it rarer",
    ),
    verify=("hold a connection for longer than the timeout: websocket.hold", RECHECK),
    explains=EXPLAINS,
    supersedes=(
        "server-two-upgrade-handlers",
        "server-drops-after-101",
        "server-gunicorn-worker-taken",
        "network-path-mtu-black-hole",
    ),
    look_alikes=(
        LookAlike(
            "server-two-upgrade-handlers",
            Look("the status in the bytes after the 101"),
            "500, after --timeout seconds: gunicorn kills the worker; 400 or 101, at once: a second handler answers",
        ),
        LookAlike(
            "process-out-of-memory",
            Command("journalctl -k --since -1h | grep -i 'out of memory'"),
            "no line: gunicorn's timeout; a line: the kernel killed the worker",
        ),
    ),
    sources=("https://docs.gunicorn.org/en/stable/settings.html#timeout",),
    staged=("socketio/worker-timeout",),
)
