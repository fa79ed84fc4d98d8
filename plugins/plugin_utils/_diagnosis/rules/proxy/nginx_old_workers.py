# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-nginx-old-workers: old nginx workers outlive reloads because open WebSockets keep them alive."""

from __future__ import annotations

from ...._evidence.proxy import asked_proxy, old_workers
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._proxy import EXPLAINS, led_by


def _workers(facts: Facts) -> str:
    return old_workers(asked_proxy(facts.proxy))


def _find(facts: Facts) -> Found:
    return "certain", {"workers": _workers(facts)}


RULE = Rule(
    id="proxy-nginx-old-workers",
    layer="proxy",
    title="Old nginx workers outlive reloads because open WebSockets keep them alive",
    users_see=(
        "`ps` shows many `nginx: worker process is shutting down`",
        "the memory that nginx uses grows with every reload",
        "after a reload, clients with an open WebSocket still get the old configuration, and new ones the new",
    ),
    why="On a reload nginx starts new workers and tells the old ones to finish: they accept no new connections and "
    "end with their last one. A WebSocket may stay open for days, and for so long its worker lives on with the memory "
    "and the configuration that it has. With every reload (a renewed certificate, a deployment, an ingress "
    "controller) another generation is added.",
    needs=(
        led_by("nginx", "nginx"),
        Condition("more workers of older configurations are running than of the current one", _workers),
    ),
    find=_find,
    confidence={"certain": "the workers were counted"},
    because=(
        "{workers}",
        "a worker that is shutting down waits for its open connections, and serves them with its old configuration",
    ),
    fix=("check how old they are: ps -C nginx -o pid,lstart,args",),
    prevent=("set worker_shutdown_timeout 10m; and have clients reconnect when their socket is closed",),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "proxy-nginx-config-not-loaded",
            Command("ps -C nginx -o pid,lstart,args"),
            "young workers alongside some that are shutting down: old workers; no worker is as young as the reload: it was "
            "rejected",
        ),
    ),
    sources=("https://nginx.org/en/docs/ngx_core_module.html#worker_shutdown_timeout",),
    staged=("nginx/reloaded-under-open-sockets",),
)
