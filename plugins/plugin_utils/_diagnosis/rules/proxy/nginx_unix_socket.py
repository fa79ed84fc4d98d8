# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-nginx-unix-socket: nginx has no permission on the back end's unix socket, or there is no such file."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...conditions import proxy_logged, through_proxy
from ...facts import Facts
from ...rule import RECHECK, Found, If, Look, LookAlike, Rule
from ._proxy import EXPLAINS, log_line


def _find(facts: Facts) -> Found:
    line = facts.proxy_errors("upstream-socket")[0]
    return "certain", {
        "through": outcome_words(facts.through),
        "line": log_line(line),
        "missing": "failed (2:" in str(line.get("sample")),
    }


RULE = Rule(
    id="proxy-nginx-unix-socket",
    layer="proxy",
    title="nginx cannot use the back end's unix socket: no permission, or no such file",
    users_see=(
        "browser: `502 Bad Gateway`; console: `Error during WebSocket handshake: Unexpected response code: 502`",
        "nginx error.log: `[crit] … connect() to unix:/run/app.sock failed (13: Permission denied) while connecting "
        "to upstream`",
        "nginx error.log: `[crit] … connect() to unix:/run/app.sock failed (2: No such file or directory) while "
        "connecting to upstream`",
    ),
    why="A unix socket is a file: to connect, the user of nginx's workers (`www-data`, `nginx`) needs write "
    "permission on it and x (search) on every directory above it. Servers create the socket with their own user and "
    "umask, so it often comes out as `srwxr-xr-x` or stricter, and it is created anew, with the same mode, at each "
    "start. Error 2 means that the file is not there: the server has not started, uses another path, or has a private "
    "/tmp (systemd's PrivateTmp).",
    needs=(
        through_proxy(502),
        proxy_logged(
            "nginx logs that it has no permission on the unix socket, or that there is no such file", "upstream-socket"
        ),
    ),
    find=_find,
    confidence={"certain": "nginx logs it at the time of the handshake"},
    because=(
        "through nginx: {through}",
        "{line}",
    ),
    fix=(
        (
            If("missing", "start the back end, or correct the socket's path in proxy_pass: there is no such file"),
            "give nginx's worker user write permission on the socket, and search permission (x) on every directory "
            "above it",
        ),
    ),
    prevent=(
        "have the back end create the socket with mode 0660, in a group that nginx's worker user belongs to, below "
        "/run (systemd: Group=, UMask=0007, RuntimeDirectory=)",
    ),
    verify=("sudo -u <nginx's worker user> test -w <socket> && echo writable", RECHECK),
    explains=EXPLAINS,
    supersedes=("proxy-upstream-down",),
    look_alikes=(
        LookAlike(
            "proxy-selinux-denied",
            Look("the address in nginx's log"),
            "unix:/…: the socket's permission; a port: SELinux",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_upstream_module.html",),
    staged=("nginx/unix-socket-is-not-the-worker-s",),
)
