# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-pusher-unknown-key: a server of Pusher's protocol does not know the application key in the URL."""

from __future__ import annotations

from ...conditions import ACCEPTED_DIRECTLY
from ...facts import Facts
from ...rule import Condition, Found, Look, LookAlike, Rule
from ._server import EXPLAINS, refusal


def _find(facts: Facts) -> Found:
    """With the server's words."""
    return "certain", {"refusal": refusal(facts, "pusher")}


RULE = Rule(
    id="server-pusher-unknown-key",
    layer="server",
    title="The Pusher server does not know the application key",
    users_see=(
        'message after the 101: `{"event":"pusher:error","data":"{\\"code\\":4001,\\"message\\":\\"Application does not exist\\"}"}`',
        "close code of the WebSocket: 4001",
        "Laravel Echo never connects, although Reverb runs and its port is open",
    ),
    why="In Pusher's protocol, which Laravel Reverb and Soketi speak, the path `/app/<key>` names the application. The server accepts the "
    "WebSocket first and looks the key up afterwards; one that it does not know gets pusher:error with code 4001. The key is built into "
    "the frontend (VITE_REVERB_APP_KEY) when it is bundled, so it stays the old one until the next build. A server that was started "
    "before .env changed, or with a cached configuration, has the old key as well.",
    needs=(
        ACCEPTED_DIRECTLY,
        Condition("the server refuses with code 4001", lambda facts: "4001" in refusal(facts, "pusher")),
    ),
    find=_find,
    confidence={"certain": "the server itself reports it"},
    because=("101, and then the server refuses: {refusal}",),
    fix=("compare the key in the URL (/app/<key>) with REVERB_APP_KEY of the server",),
    prevent=(
        "Laravel, after a change of the key: php artisan config:clear, php artisan reverb:restart, and build the frontend again",
    ),
    explains=EXPLAINS,
    supersedes=("server-application-silent", "server-refuses-after-open"),
    look_alikes=(
        LookAlike(
            "server-refuses-after-open",
            Look("the message before the close"),
            "`pusher:error` with code 4001: the key; none, only a close code: the application refuses",
        ),
    ),
    sources=("https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/#error-codes",),
    staged=("framework/pusher-key",),
)
