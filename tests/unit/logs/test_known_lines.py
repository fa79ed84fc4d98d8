# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines by which servers say that they are ready and that WebSocket works (failures.md, appendix C)."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._logs import known_lines

READY = [
    ("INFO:     Uvicorn running on http://127.0.0.1:9017 (Press CTRL+C to quit)", "uvicorn", 9017),
    ("INFO:     Uvicorn running on unix socket /run/chat.sock (Press CTRL+C to quit)", "uvicorn", None),
    ("[2026-11-23 02:19:31 +0000] [7] [INFO] Listening at: http://127.0.0.1:9022 (10415)", "gunicorn", 9022),
    ("[2026-11-23 02:19:31 +0000] [7] [INFO] Listening at: unix:/run/chat.sock (10415)", "gunicorn", None),
    ("[INFO] Running on http://127.0.0.1:9020 (CTRL + C to quit)", "hypercorn", 9020),
    ("2026-11-23 02:19:29,547 INFO     Listening on TCP address 127.0.0.1:9021", "daphne", 9021),
    ("Starting ASGI/Daphne version 4.1.2 development server at http://127.0.0.1:8000/", "django-asgi", 8000),
    ("Starting development server at http://127.0.0.1:8000/", "django-wsgi", 8000),
    ("2026-11-23 02:19:38,111 INFO websockets.server server listening on 127.0.0.1:9014", "websockets", 9014),
    ("INFO websockets.server server listening on [::1]:9014", "websockets", 9014),
    ("======== Running on http://127.0.0.1:9015 ========", "aiohttp", 9015),
    ("[I 2026-11-23 10:00:00.123 ServerApp] Jupyter Server 2.14.0 is running at:", "jupyter", None),
    ("[I 2026-11-23 10:00:00.123 ServerApp] http://localhost:8888/tree?token=abc", "jupyter", 8888),
    (" * Running on http://127.0.0.1:9961", "werkzeug", 9961),
    ("* Listening on http://127.0.0.1:9981", "puma", 9981),
    ("* Listening on unix:///run/puma.sock", "puma", None),
    ("10:00:00.000 [info] Running ChatWeb.Endpoint with cowboy 2.10.0 at 0.0.0.0:4000 (http)", "phoenix", 4000),
    ("[info] Running ChatWeb.Endpoint with Bandit 1.5.0 at :::4000 (http)", "phoenix", 4000),
    ("o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat started on port 8080 (http)", "spring", 8080),
    ("TomcatWebServer  : Tomcat started on port(s): 8080 (http)", "spring", 8080),
    ("Now listening on: http://0.0.0.0:5000", "kestrel", 5000),
    ("1795400459: mosquitto version 2.0.11 running", "mosquitto", None),
    ("2026-11-23 10:00:00 [info] <0.1.0> Server startup complete; 4 plugins started.", "rabbitmq", None),
    ('{"level":"info","msg":"server running","name":"srv0"}', "caddy", None),
    ("AH00489: Apache/2.4.71 (Debian) configured -- resuming normal operations", "apache", None),
    ('logger=http.server level=info msg="HTTP Server Listen" address=[::]:3000 protocol=http', "grafana", 3000),
    (
        "2026-11-23 10:00:00.1 INFO (MainThread) [homeassistant.bootstrap] Home Assistant initialized in 4.2s",
        "home-assistant",
        None,
    ),
    ("[2026-11-23T10:00:00.000Z] info  HTTP server listening on http://127.0.0.1:8080/", "code-server", 8080),
    ("   INFO  Starting server on 0.0.0.0:8080 (chat.example.com).", "reverb", 8080),
    ("   - Local:        http://localhost:3000", "next", 3000),
    ("> Ready on http://localhost:3000", "next", 3000),
    ("  \u279c  Local:   http://localhost:5173/", "vite", 5173),
    ("Server listening on port 8080", "", 8080),
    ("listening on 8080", "", 8080),
    ("Listening on :8080", "", 8080),
    ("app listening at http://0.0.0.0:3000", "", 3000),
    ("Server is running on port 80", "", 80),
    ("Server started on port 9000", "", 9000),
    ("Server started", "", None),
]
NOT_READY = [
    "subscriber is listening on 12 channels",
    "running at 80% of capacity",
    "Error: failed listening on port 8080",
    "Application startup complete.",
    "1795400459: Opening websockets listen socket on port 9944.",
    "Could not start server: listening on port 8080 failed",
]
WEBSOCKET = [
    ("WebSocket server ready", None),
    ("WebSocket server listening on port 8080", None),
    ("Websocket server started", None),
    ("websockets enabled", None),
    ("Initialized WebSocket server", None),
    ("Socket.IO server initialized", None),
    ("WSS server listening", None),
    ("Server initialized for threading.", None),
    ("Server initialized for gevent.", None),
    ("1795400459: Opening websockets listen socket on port 9944.", 9944),
    ("Serving 'websocket' at http://127.0.0.1:9982/xmpp-websocket", None),
]
NOT_WEBSOCKET = [
    "WARNING:  Unsupported upgrade request.",
    "WebSocket error: failed to start",
    "Control socket listening at /run/gunicorn.ctl",
    "New WebSocket connection",
]


@pytest.mark.parametrize(("line", "server", "port"), READY)
def test_a_ready_line_names_server_and_port(line: str, server: str, port: int | None) -> None:
    known = known_lines.ready_line(line)
    assert known is not None
    assert (known.server, known.port) == (server, port)
    assert any(needle in line.encode() for needle in known_lines.NEEDLES)


@pytest.mark.parametrize("line", NOT_READY)
def test_other_lines_are_not_ready_lines(line: str) -> None:
    assert known_lines.ready_line(line) is None


@pytest.mark.parametrize(("line", "port"), WEBSOCKET)
def test_websocket(line: str, port: int | None) -> None:
    known = known_lines.websocket_line(line)
    assert known is not None
    assert known.port == port
    assert any(needle in line.encode() for needle in known_lines.NEEDLES)


@pytest.mark.parametrize("line", NOT_WEBSOCKET)
def test_not_websocket(line: str) -> None:
    assert known_lines.websocket_line(line) is None


def test_addresses() -> None:
    known = known_lines.ready_line("[INFO] Listening at: unix:/run/chat.sock (10415)")
    assert known is not None
    assert known.address == "/run/chat.sock"
