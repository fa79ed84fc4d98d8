# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-selinux-denied: the proxy is not allowed to connect to the back end."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...conditions import proxy_logged, through_proxy
from ...facts import Facts
from ...rule import RECHECK, Found, Look, LookAlike, Rule
from ._proxy import EXPLAINS, log_line


def _find(facts: Facts) -> Found:
    return "likely", {
        "through": outcome_words(facts.through),
        "line": log_line(facts.proxy_errors("upstream-denied")[0]),
    }


RULE = Rule(
    id="proxy-selinux-denied",
    layer="proxy",
    title="The proxy is not allowed to connect to the back end",
    users_see=(
        "browser: `502 Bad Gateway`; console: `Error during WebSocket handshake: Unexpected response code: 502`",
        "nginx error.log: `[crit] … connect() to 127.0.0.1:8081 failed (13: Permission denied) while connecting to "
        "upstream`",
        'audit.log: `avc:  denied  { name_connect } for … comm="nginx"`',
        "`curl` in a shell on the same host reaches the back end",
    ),
    why="On Red Hat Enterprise Linux and its relatives, SELinux confines nginx to the domain httpd_t. While the "
    "boolean httpd_can_network_connect is off, processes in it may connect only to a few kinds of ports, and the "
    "kernel refuses any other connect(2) with errno 13. A login shell is not confined, so the same connection works "
    "there. A route of type `prohibit` makes the kernel refuse with the same errno.",
    needs=(
        through_proxy(502),
        proxy_logged("nginx logs that connect(2) to a TCP port was denied (errno 13)", "upstream-denied"),
    ),
    find=_find,
    confidence={"likely": "a route of type prohibit causes the same error"},
    because=(
        "through nginx: {through}",
        "{line}",
        "errno 13 when connecting to a TCP port comes from SELinux or from a route of type prohibit",
    ),
    fix=("if getenforce prints Enforcing: setsebool -P httpd_can_network_connect 1",),
    prevent=(
        "set the boolean where the host is provisioned (Ansible: ansible.posix.seboolean), so that a rebuilt host has "
        "it",
    ),
    verify=("ausearch -m avc -c nginx | tail; ip route get <address of the back end>", RECHECK),
    explains=EXPLAINS,
    supersedes=("proxy-upstream-down",),
    look_alikes=(
        LookAlike(
            "proxy-nginx-unix-socket",
            Look("the address in nginx's log"),
            "a port: SELinux; unix:/…: the socket's permission",
        ),
    ),
    sources=("https://docs.redhat.com/en/documentation/red_hat_enterprise_linux/9/html/using_selinux/index",),
    staged=("nginx/upstream-is-denied",),
)
