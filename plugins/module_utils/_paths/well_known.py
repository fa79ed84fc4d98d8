# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""On which paths published applications keep their WebSocket, besides the dialects' own: asked where nothing names the path."""

from __future__ import annotations

#: Path, application, and where that is written.
WELL_KNOWN = (
    ("/_stcore/stream", "Streamlit", "https://docs.streamlit.io/knowledge-base/deploy/remote-start"),
    ("/_nicegui_ws/socket.io/", "NiceGUI", "https://github.com/zauberzeug/nicegui/blob/main/nicegui/nicegui.py"),
    (
        "/api/events/subscribe",
        "Jupyter Server",
        "https://jupyter-server.readthedocs.io/en/stable/operators/events.html",
    ),
    (
        "/api/kernels/1/channels",
        "Jupyter Server",
        "https://jupyter-server.readthedocs.io/en/stable/developers/rest-api.html",
    ),
    (
        "/comms",
        "Node-RED",
        "https://github.com/node-red/node-red/blob/master/packages/node_modules/@node-red/editor-api/lib/editor/comms.js",
    ),
    ("/peerjs?key=peerjs&id=wshealth&token=wshealth", "PeerServer", "https://github.com/peers/peerjs-server"),
    ("/faye", "Faye", "https://faye.jcoglan.com/node.html"),
    ("/echo/websocket", "SockJS' examples", "https://github.com/sockjs/sockjs-node"),
    ("/sockjs/websocket", "SockJS", "https://github.com/sockjs/sockjs-node"),
    ("/wetty/socket.io/", "WeTTY", "https://butlerx.github.io/wetty/"),
    ("/connection/websocket", "Centrifugo", "https://centrifugal.dev/docs/transports/websocket"),
    ("/janus", "Janus", "https://janus.conf.meetecho.com/docs/websockets"),
    ("/api/live/ws", "Grafana", "https://grafana.com/docs/grafana/latest/setup-grafana/set-up-grafana-live/"),
    (
        "/notifications/hub",
        "Vaultwarden",
        "https://github.com/dani-garcia/vaultwarden/wiki/Enabling-WebSocket-notifications",
    ),
    ("/api/v4/websocket", "Mattermost", "https://developers.mattermost.com/contribute/more-info/server/websocket/"),
    ("/websockify", "noVNC", "https://novnc.com/noVNC/docs/EMBEDDING.html"),
    ("/chatsocket", "Tornado's chat", "https://github.com/tornadoweb/tornado/tree/stable/demos/websocket"),
    ("/echo", "many tutorials", "https://flask-sock.readthedocs.io/en/latest/quickstart.html"),
    ("/feed", "Sanic's guide", "https://sanic.dev/en/guide/advanced/websockets.html"),
    ("/chat", "many tutorials", "https://docs.spring.io/spring-framework/reference/web/websocket/server.html"),
    ("/events", "NestJS' documentation", "https://docs.nestjs.com/websockets/gateways"),
    ("/live", "ws' documentation", "https://github.com/websockets/ws/blob/master/doc/ws.md"),
)
