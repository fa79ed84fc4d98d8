# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-gunicorn-worker-taken: a WebSocket occupies gunicorn's only worker."""

from __future__ import annotations

from ...conditions import ACCEPTED_DIRECTLY
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._workers import others_wait


def _runs_sync_workers(facts: Facts) -> bool:
    """Whether gunicorn runs with workers that do one thing at a time."""
    command = str(facts.main_process.get("command") or "")
    chosen = any(word in command for word in (" -k", "--worker-class", "--threads"))
    return "gunicorn" in command and not chosen


def _find(_facts: Facts) -> Found:
    """Another worker may be chosen by a configuration file, which is not read."""
    return "likely", {}


RULE = Rule(
    id="server-gunicorn-worker-taken",
    layer="server",
    title="A WebSocket occupies gunicorn's only worker",
    users_see=(
        "the first WebSocket opens, and from then on every page of the site hangs",
        "gunicorn's log at the start: `[INFO] Using worker: sync`",
        "Flask-SocketIO's log: `Failed websocket upgrade, expected UPGRADE packet, received None instead.`",
        "after 30 seconds `[CRITICAL] WORKER TIMEOUT (pid:…)`",
    ),
    why="A sync worker of gunicorn, the default, handles one request at a time, and a WebSocket is a request that does not end. As many open "
    "WebSockets as there are workers, often one, occupy the whole server: other requests wait in the accept queue until a connection ends "
    "or gunicorn kills the silent worker.",
    needs=(
        ACCEPTED_DIRECTLY,
        Condition("gunicorn runs with sync workers: neither --worker-class nor --threads is given", _runs_sync_workers),
        Condition("while it is open an ordinary GET waits, or the same handshake gets no answer", others_wait),
    ),
    find=_find,
    confidence={"likely": "a configuration file may choose another worker"},
    because=(
        "101, and other requests wait for as long as this connection is open",
        "gunicorn runs sync workers: each WebSocket occupies one",
    ),
    fix=("start it with -k gthread --threads 100 (Flask-SocketIO, threading), or with gevent or eventlet workers",),
    prevent=("worker_class = 'gthread', threads = 100 in gunicorn.conf.py; one worker unless sessions are sticky",),
    verify=("hold a WebSocket open and load a page", RECHECK),
    explains=("websocket.*", "log.*", "proxy.*"),
    supersedes=("network-path-mtu-black-hole",),
    look_alikes=(
        LookAlike(
            "process-event-loop-blocked",
            Command("top -b -n 1 -p <pid>"),
            "next to no processor time: the worker waits for the WebSocket; all of one: the loop is blocked",
        ),
        LookAlike(
            "server-gunicorn-worker-timeout",
            Command("journalctl -u <unit> -n 200 | grep 'WORKER TIMEOUT'"),
            "no line: the worker is only occupied; a line: gunicorn kills it as well",
        ),
    ),
    sources=("https://flask-socketio.readthedocs.io/en/latest/deployment.html#gunicorn-web-server",),
    staged=("socketio/sync-worker",),
)
