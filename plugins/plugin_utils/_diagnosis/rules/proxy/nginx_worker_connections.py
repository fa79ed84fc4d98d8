# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-nginx-worker-connections: nginx has no worker connections left."""

from __future__ import annotations

from ...conditions import proxy_logged
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._proxy import EXPLAINS, led_by, log_line


def _find(facts: Facts) -> Found:
    return "certain", {"line": log_line(facts.proxy_errors("worker-connections")[0])}


RULE = Rule(
    id="proxy-nginx-worker-connections",
    layer="proxy",
    title="nginx has no worker connections left",
    users_see=(
        "nginx error.log: `[alert] … 1024 worker_connections are not enough while connecting to upstream`",
        "browser console: `Error during WebSocket handshake: Unexpected response code: 500`, or `Connection closed "
        "before receiving a handshake response`",
        "at busy hours some clients connect and others do not; open connections go on working",
    ),
    why="Each nginx worker has room for `worker_connections` connections (512 unless set), and connections to back "
    "ends count as well as those of clients: a proxied WebSocket takes two for as long as it is open. When the room "
    "is used up, the worker closes new connections, or cannot open the one to the back end and answers 500. The limit "
    "on open files (`worker_rlimit_nofile`) has to be higher than it.",
    needs=(
        led_by("nginx", "nginx"),
        proxy_logged("nginx logs that worker_connections are not enough", "worker-connections"),
    ),
    against=(
        Condition("the handshake through nginx is accepted", lambda facts: facts.through.get("outcome") == "open"),
    ),
    find=_find,
    confidence={"certain": "nginx logs it at the time of the handshake"},
    because=(
        "{line}",
        "a proxied WebSocket takes two of them",
    ),
    fix=("raise worker_connections in the events block (and worker_rlimit_nofile), then nginx -t && nginx -s reload",),
    prevent=(
        "plan two worker_connections for each WebSocket: worker_processes times worker_connections above twice the "
        "sockets at busy hours, and worker_rlimit_nofile above worker_connections",
    ),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "process-descriptors-used-up",
            Look("the words of nginx's log"),
            "worker_connections are not enough: raise those; Too many open files: descriptors",
        ),
    ),
    sources=("https://nginx.org/en/docs/ngx_core_module.html#worker_connections",),
    staged=("nginx/no-connections-left",),
)
