# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-socketio-path-mismatch: Engine.IO serves this port, but not the path that is dialled."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...._evidence.who_answered import fingerprint
from ...conditions import NOT_ACCEPTED_DIRECTLY
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._server import EXPLAINS_DIRECT, dialled_path


def _engine_paths(facts: Facts) -> list[str]:
    return [path for path in facts.open_alternatives if "EIO=" in path]


def _hangs_up_like_engine_io(facts: Facts) -> bool:
    """Whether the peer hangs up after the one second that Engine.IO waits on a path that it does not serve."""
    seen = facts.handshake
    waited = seen.get("outcome") == "eof" and 800 <= (seen.get("total_ms") or 0) <= 1500
    return waited and fingerprint(facts.plain) in ("engine.io", "Express", "")


def _find(facts: Facts) -> Found:
    """With the path of Engine.IO, where it was found."""
    engine = next(iter(_engine_paths(facts)), None)
    return "certain" if engine else "possible", {
        "path": dialled_path(facts),
        "answer": outcome_words(facts.handshake),
        "engine_io_path": engine,
    }


RULE = Rule(
    id="server-socketio-path-mismatch",
    layer="server",
    title="This port speaks Socket.IO, but on another path",
    users_see=(
        "Node: `Error: socket hang up`, one second after the handshake was sent",
        "browser console: `Connection closed before receiving a handshake response`",
        "a Socket.IO client that polls gets 404: `Cannot GET /socket.io/`",
    ),
    why="Engine.IO, the transport under Socket.IO, answers upgrades on its own path only: /socket.io/ unless the server's path option says "
    "otherwise. An upgrade on any other path is left to other handlers for one second (destroyUpgradeTimeout); after that Engine.IO closes "
    "the socket without an HTTP answer. A polling request on the wrong path reaches the application, which answers 404. A path in the URL "
    "given to io() does not help: Socket.IO takes it for a namespace and still connects to /socket.io/.",
    needs=(
        Condition(
            "an Engine.IO path on this port opens, or the server hangs up after one second, as Engine.IO does",
            lambda facts: _engine_paths(facts) or _hangs_up_like_engine_io(facts),
        ),
        NOT_ACCEPTED_DIRECTLY,
    ),
    find=_find,
    confidence={
        "certain": "an Engine.IO path opens",
        "possible": "the only sign is the one second before the server hangs up",
    },
    because=(
        "{path}: {answer}",
        ("101 on {engine_io_path}", "after 1.0 s Engine.IO hangs up on a path that it does not serve"),
    ),
    fix=(("connect to {engine_io_path}", "connect to /socket.io/, or to the path in the server's path option"),),
    prevent=("set the path with io(url, { path }): a path in the URL itself is taken for a namespace",),
    explains=EXPLAINS_DIRECT,
    supersedes=(
        "server-websocket-not-attached",
        "server-other-path",
        "server-path-option",
        "server-upgrade-closed",
    ),
    look_alikes=(
        LookAlike(
            "server-upgrade-closed",
            Command("curl -s 'http://127.0.0.1:<port>/socket.io/?EIO=4&transport=polling'"),
            'a reply that starts with 0{"sid": Socket.IO; anything else: the upgrade handler hangs up',
        ),
    ),
    sources=("https://socket.io/docs/v4/troubleshooting-connection-issues/",),
    staged=(
        "socketio/another-path",
        "socketio/namespace",
    ),
)
