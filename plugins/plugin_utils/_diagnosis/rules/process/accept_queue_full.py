# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-accept-queue-full: the process accepts no connections, and the kernel queues no more for it."""

from __future__ import annotations

from ...conditions import ACCEPT_QUEUE_FULL
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Found, LookAlike, Rule


def _find(facts: Facts) -> Found:
    """With what the handshake met."""
    outcome = facts.handshake.get("outcome")
    result = facts.result("port.backlog")
    return "certain" if outcome in ("connect-timeout", "timeout") else "likely", {
        "queue": result.summary if result else None,
        "outcome": outcome,
        "port": facts.service.get("port"),
    }


RULE = Rule(
    id="process-accept-queue-full",
    layer="process",
    title="The accept queue is full: the process does not accept connections",
    users_see=(
        "Chrome's console: `net::ERR_CONNECTION_TIMED_OUT`; Node clients: `connect ETIMEDOUT`; as if a firewall "
        "dropped them",
        "nginx: 504 Gateway Time-out, and `upstream timed out (110: Connection timed out) while connecting to "
        "upstream` in error.log",
        "`ss -ltn` shows a Recv-Q above the Send-Q for the port",
        "`TcpExtListenOverflows` and `TcpExtListenDrops` keep growing in `nstat -az`",
    ),
    why="The kernel completes TCP handshakes on its own and queues the connections until the process calls accept(). "
    "The queue holds as many as the backlog given to listen(), but no more than net.core.somaxconn. Once it is full, "
    "Linux drops the packets that would open further connections, so clients retry and time out as if a firewall "
    "dropped them. It fills up when the process no longer calls accept(), or for moments when connections arrive in a "
    "burst that is larger than the backlog.",
    needs=(ACCEPT_QUEUE_FULL,),
    find=_find,
    confidence={"certain": "the handshake gets no answer either", "likely": "otherwise"},
    because=("{queue}", "handshake on the host: {outcome}"),
    fix=("find out why the process does not call accept(): stack dump, file descriptors, CPU use",),
    prevent=("for bursts: raise both the backlog passed to listen() and net.core.somaxconn",),
    verify=("ss -ltn 'sport = :{port}' shows Recv-Q 0", RECHECK),
    explains=("port.backlog", "port.reachable", "websocket.*", *IN_BROWSER),
    supersedes=("server-upgrade-unanswered", "network-firewall-drops"),
    look_alikes=(
        LookAlike(
            "network-firewall-drops",
            Command("ss -ltn 'sport = :<port>'"),
            "Recv-Q above Send-Q: the queue is full; Recv-Q 0: packets are dropped before they reach it",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man2/listen.2.html",),
    staged=("process/accept-queue",),
)
