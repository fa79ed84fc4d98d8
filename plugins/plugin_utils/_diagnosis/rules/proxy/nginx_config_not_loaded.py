# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-nginx-config-not-loaded: nginx rejects the configuration on disk and keeps running an older one."""

from __future__ import annotations

import typing as t

from ...._evidence.proxy import asked_proxy
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ._proxy import EXPLAINS

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.proxy import ConfigTest


def _test(facts: Facts) -> ConfigTest:
    """Whether the configuration on disk would be loaded."""
    return asked_proxy(facts.proxy).get("test") or {}


def _find(facts: Facts) -> Found:
    return "certain", {"message": _test(facts).get("message")}


RULE = Rule(
    id="proxy-nginx-config-not-loaded",
    layer="proxy",
    title="nginx rejects the configuration on disk and keeps running an older one",
    users_see=(
        'nginx -t: `nginx: [emerg] unknown directive "…" in /etc/nginx/…`, and `nginx: configuration file '
        "/etc/nginx/nginx.conf test failed`",
        'nginx error.log, at the time of the reload: `[emerg] … host not found in upstream "…"`',
        "a change of the configuration has no effect, although nginx was reloaded",
    ),
    why="On a reload the master process reads the new configuration first. If it cannot use it, it writes an [emerg] "
    "line to the error.log and goes on with the workers and the configuration that it has; `kill -HUP` reports "
    "nothing of that. So the files say one thing and nginx does another, until it is restarted: then it does not "
    "start at all.",
    needs=(
        Condition("nginx serves the URL", lambda facts: asked_proxy(facts.proxy).get("kind") == "nginx"),
        Condition("the configuration on disk would be rejected", lambda facts: _test(facts).get("ok") is False),
    ),
    find=_find,
    confidence={
        "certain": "what it rejects was read: a directive that the binary and its modules do not know, or a key that "
        "does not match its certificate; or nginx itself reports it"
    },
    because=(
        "nginx rejects it: {message}",
        "a rejected reload leaves the old configuration running",
    ),
    fix=("fix the line that nginx -t names, then nginx -t && nginx -s reload",),
    prevent=("run nginx -t in the deployment before each reload, and stop there if it fails",),
    verify=("nginx -t", RECHECK),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "tls-proxy-key-mismatch",
            Command("nginx -t"),
            "a certificate or its key is named: those; another line: the configuration itself",
        ),
        LookAlike(
            "proxy-nginx-old-workers",
            Command("ps -C nginx -o pid,lstart,args"),
            "no worker is as young as the reload: it was rejected; young workers alongside some that are shutting down: old "
            "workers",
        ),
    ),
    sources=("https://nginx.org/en/docs/switches.html",),
    staged=("nginx/broken-after-the-start",),
)
