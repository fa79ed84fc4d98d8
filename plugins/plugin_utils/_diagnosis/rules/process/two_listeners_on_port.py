# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-two-listeners-on-port: two programs share the port by SO_REUSEPORT, and each gets some connections."""

from __future__ import annotations

from ...._evidence.port import sharers
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Condition, Found, LookAlike, Rule


def _find(facts: Facts) -> Found:
    """Handshakes then differ from one to the next."""
    twins = sharers(facts.listeners)
    repeat = facts.websocket.get("repeat") or {}
    outcomes = repeat.get("outcomes") or {}
    counts = ["%d × %s" % (count, name) for name, count in sorted(outcomes.items())]
    return "certain", {
        "owners": ["pid %s: %s" % (twin.get("pid"), (twin.get("command") or "")[:120]) for twin in twins[:4]],
        "tried": repeat.get("tried"),
        "counts": counts if len(counts) > 1 else None,
        "oldest": twins[0].get("pid"),
        "port": facts.service.get("port"),
    }


RULE = Rule(
    id="process-two-listeners-on-port",
    layer="process",
    title="Two programs listen on the same port and share its connections",
    users_see=(
        "it works about every second time: one handshake gets 101, the next one 404 or another error",
        "Chrome's console, now and then: `Error during WebSocket handshake: Unexpected response code: 404`",
        "`ss -ltnp` shows two LISTEN rows for the same address and port, with different pids",
        "some clients still get the behaviour of the previous release",
    ),
    why="Sockets that set SO_REUSEPORT before bind() may listen on the same address and port, if they belong to the "
    "same user. The kernel then distributes new connections among them by a hash of addresses and ports. That is meant "
    "for the workers of one server. When an old and a new instance both set it, the second start does not fail with "
    "EADDRINUSE, and each gets a share of the clients.",
    needs=(
        Condition(
            "two programs, not a master and its worker, each hold a listening socket on the same address and port",
            lambda facts: sharers(facts.listeners),
        ),
    ),
    find=_find,
    confidence={"certain": "the kernel lists both sockets"},
    because=("{owners}", "results of {tried} handshakes: {counts}"),
    fix=("stop the one you do not want (the oldest is pid {oldest})",),
    prevent=("set SO_REUSEPORT only for the workers of one master: without it, a second start fails with EADDRINUSE",),
    verify=("ss -ltnp 'sport = :{port}' shows one owner", RECHECK),
    explains=("port.shared", "port.owner", "process.count", "websocket.*", *IN_BROWSER),
    supersedes=("process-port-owned-by-another", "process-port-in-use"),
    look_alikes=(
        LookAlike(
            "process-port-in-use",
            Command("ss -ltnp 'sport = :<port>'"),
            "two owners: they share it; one: the other cannot start",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man7/socket.7.html",),
    staged=("process/two-owners",),
)
