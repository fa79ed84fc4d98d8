# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-uvicorn-no-websocket-library: uvicorn treats every upgrade as an ordinary GET."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...conditions import NOT_ACCEPTED_DIRECTLY
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS_DIRECT, server_name


def _answers_404(facts: Facts) -> bool:
    """Whether uvicorn answers a handshake like an ordinary GET, whatever the path."""
    seen = facts.handshake
    refused = seen.get("status") == 404 and "Not Found" in str(seen.get("body") or "")
    return refused and "uvicorn" in server_name(facts) and not facts.open_alternatives


def _find(facts: Facts) -> Found:
    """With the warning, where it was found, and the answer."""
    line = facts.signature("uvicorn-no-ws-library")
    return "certain" if line else "likely", {
        "log_line": facts.quote(line) if line else None,
        "answer": outcome_words(facts.handshake),
    }


RULE = Rule(
    id="server-uvicorn-no-websocket-library",
    layer="server",
    title="uvicorn has no WebSocket library installed",
    users_see=(
        "uvicorn's log: `WARNING:  Unsupported upgrade request.` and `WARNING:  No supported WebSocket library detected. Please use "
        "\"pip install 'uvicorn[standard]'\", or install 'websockets' or 'wsproto' manually.`",
        'uvicorn\'s access log: `"GET /ws HTTP/1.1" 404`, where a server that works logs `"WebSocket /ws" [accepted]`',
        "browser console: `Error during WebSocket handshake: Unexpected response code: 404`",
        'the body of the 404 from Starlette and FastAPI: `{"detail":"Not Found"}`',
    ),
    why="uvicorn has no WebSocket implementation of its own: when it starts, it looks for websockets or wsproto and uses what it can import, "
    "and the plain package uvicorn depends on neither. Without one it ignores the Upgrade header and hands the request to the application as "
    "an ordinary GET. The path has a WebSocket route only, so the application answers 404. Often the library is installed, but in "
    "another virtual environment or image than the one that runs.",
    needs=(
        Condition(
            "uvicorn's own warning is in the log, or uvicorn answers the handshake with the 404 of an ordinary GET and none of the "
            "paths tried opens",
            lambda facts: facts.signature("uvicorn-no-ws-library") or _answers_404(facts),
        ),
        NOT_ACCEPTED_DIRECTLY,
    ),
    find=_find,
    confidence={"certain": "the warning is in the log", "likely": "otherwise"},
    because=(
        ("{log_line}", "uvicorn answers the handshake like an ordinary GET: {answer}"),
        (If("log_line", "the handshake is answered with {answer}"), "none of the paths tried answers 101"),
    ),
    fix=("pip install 'uvicorn[standard]' (or websockets) in the environment of the running process, then restart it",),
    prevent=(
        "list uvicorn[standard] or websockets in the deployment's requirements; don't start uvicorn with --ws none",
    ),
    verify=("python -c 'import websockets' succeeds with the service's own interpreter", RECHECK),
    explains=EXPLAINS_DIRECT,
    supersedes=("server-websocket-not-attached",),
    look_alikes=(
        LookAlike(
            "server-websocket-not-attached",
            Command("<python of the service> -c 'import websockets'"),
            "an ImportError: no library; no error: no WebSocket server is attached",
        ),
        LookAlike(
            "proxy-upgrade-dropped",
            Look("a handshake that bypasses the proxy, on the host itself"),
            "404 there as well: the server; 101: a hop in the path strips the Upgrade header",
        ),
    ),
    sources=("https://www.uvicorn.org/deployment/",),
    staged=("framework/uvicorn-no-library",),
)
