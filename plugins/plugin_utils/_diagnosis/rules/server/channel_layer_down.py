# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-channel-layer-down: the Redis behind the channel layer or adapter is down, and connections end at the first message."""

from __future__ import annotations

from ...conditions import ACCEPTED_DIRECTLY
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, If, LookAlike, Rule
from ._server import EXPLAINS, traced


def _find(facts: Facts) -> Found:
    """With the error of the log."""
    trace = traced(facts, "redis.", "Redis")
    sure = trace and facts.ended.get("code") in (None, 1006, 1011)
    return "certain" if sure else "likely", {
        "error": facts.quote(trace or facts.signature("redis-refused")),
        "ended": bool(facts.ended),
    }


RULE = Rule(
    id="server-channel-layer-down",
    layer="server",
    title="The channel layer (Redis) is down: connections end at the first message",
    users_see=(
        "Django's log: `redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.`",
        "log of channels_redis before version 4: `ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 6379)`",
        "Node: `Error: connect ECONNREFUSED 127.0.0.1:6379`",
        "browser: the WebSocket opens, then closes with code 1011 or 1006 as soon as something is sent",
    ),
    why="Frameworks that run in several processes pass messages between them through Redis: the channel layer of Django Channels, the "
    "adapter of Action Cable or Socket.IO. The handshake needs no Redis, so it succeeds. The first group_add, group_send or broadcast "
    "does: the client raises an exception in the consumer, and the server ends the connection.",
    needs=(
        ACCEPTED_DIRECTLY,
        Condition(
            "the log has the error of a Redis client that cannot connect",
            lambda facts: facts.signature("redis-refused") or traced(facts, "redis.exceptions.ConnectionError"),
        ),
        Condition("the conversation ends or is not answered", lambda facts: not facts.exchange["completed"]),
    ),
    find=_find,
    confidence={
        "certain": "the log has the client's exception, and the connection ends without a close code of the application's own",
        "likely": "otherwise",
    },
    because=("{error}", If("ended", "101, and then the connection ends")),
    fix=(
        "start Redis, or correct its address: CHANNEL_LAYERS (Django), cable.yml (Rails), the adapter's URL (Socket.IO)",
    ),
    prevent=("let the application's unit wait for Redis: After=redis-server.service",),
    verify=("redis-cli -u <url> ping answers PONG", RECHECK),
    explains=EXPLAINS,
    supersedes=(
        "server-dependency-unavailable",
        "server-handler-exception",
        "server-error-at-handshake",
        "server-drops-after-101",
        "server-application-silent",
    ),
    look_alikes=(
        LookAlike(
            "server-handler-exception",
            Command("redis-cli -u <url> ping"),
            "connection refused: Redis is down; PONG: look for another exception of the handler",
        ),
    ),
    sources=("https://channels.readthedocs.io/en/stable/topics/channel_layers.html",),
    staged=("framework/channel-layer-down",),
)
