# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The lines by which servers say that they are ready, that WebSocket works, and that clients came and went."""

from __future__ import annotations

import re
import typing as t

from .._run.digits import number

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.log import EventKind

_PORT = r"(?P<port>\d{1,5})\b"
#: ``http://127.0.0.1:8080``, ``[::]:8080``, ``0.0.0.0:8080``, ``*:8080``
_ADDRESS = r"(?:\w+://)?(?P<address>\[[0-9a-fA-F:.%\w]*\]|[\w.*-]*|[0-9a-fA-F:]+):" + _PORT
#: The same with the address left out: ``8080``
_WHERE = r"(?:(?:\w+://)?(?P<address>\[[0-9a-fA-F:.%\w]*\]|[\w.*-]*|[0-9a-fA-F:]+):)?" + _PORT

#: (server, part of the line that is cheap to look for, the line). Specific ones first: the first match wins.
_READY: tuple[tuple[str, str, str], ...] = (
    ("uvicorn", "Uvicorn running on", r"Uvicorn running on (?:" + _ADDRESS + r"|(?P<socket>(?:unix )?socket \S+))"),
    ("gunicorn", "Listening at: ", r"Listening at: (?:unix:(?P<socket>\S+)|" + _ADDRESS + ")"),
    ("hypercorn", "Running on http", r"Running on " + _ADDRESS + r" \(CTRL \+ C to quit\)"),
    ("aiohttp", "======== Running on", r"======== Running on " + _ADDRESS),
    ("werkzeug", "* Running on http", r"\* Running on " + _ADDRESS),
    ("daphne", "Listening on TCP address", r"Listening on TCP address " + _ADDRESS),
    ("daphne", "Listening on UNIX socket", r"Listening on UNIX socket (?P<socket>\S+)"),
    (
        "django-asgi",
        "development server at",
        r"Starting ASGI/\w+ version \S+ development server at " + _ADDRESS,
    ),
    ("django-wsgi", "development server at", r"Starting development server at " + _ADDRESS),
    ("granian", "Listening at: ", r"Listening at: " + _ADDRESS),
    (
        "websockets",
        "server listening on",
        r"(?<!ocket )\bserver listening on (?:(?P<address>\[[^]]*\]|[\d.]+):" + _PORT + r"|(?P<socket>/\S+))",
    ),
    (
        "jupyter",
        "is running at:",
        r"(?:Jupyter Server|Jupyter Notebook|JupyterLab|The Jupyter)\b.*is running at:",
    ),
    ("jupyter", "/tree?token=", r"https?://[\w.-]+:(?P<port>\d{1,5})/\S*token="),
    ("puma", "* Listening on ", r"\* Listening on (?:unix://(?P<socket>\S+)|" + _ADDRESS + ")"),
    (
        "phoenix",
        "Running ",
        r"Running [\w.]+ with (?:cowboy|Bandit|Plug\.Cowboy)\b.* at (?:" + _ADDRESS + r"|(?P<socket>/\S+))",
    ),
    ("spring", " started on port", r"(?:Tomcat|Undertow|Jetty|Netty) started on ports?(?:\(s\):?)? " + _PORT),
    ("kestrel", "Now listening on: ", r"Now listening on: " + _ADDRESS),
    # "Opening … listen socket on port …" comes before it is tried.
    ("mosquitto", "mosquitto version ", r"mosquitto version \S+ running"),
    ("rabbitmq", "Server startup complete", r"Server startup complete; \d+ plugins? started"),
    ("prosody", "Activated service 'http'", r"Activated service 'https?' on (?P<address>.*) port " + _PORT),
    ("grafana", "HTTP Server Listen", r"HTTP Server Listen.*\baddress=" + _ADDRESS),
    ("home-assistant", "Home Assistant initialized in", r"Home Assistant initialized in [\d.]+ ?s"),
    ("code-server", "HTTP server listening on", r"HTTPS? server listening on " + _ADDRESS),
    ("reverb", "Starting s", r"Starting (?:secure )?server on " + _ADDRESS),
    ("caddy", "server running", r"\"msg\":\"server running\""),
    ("caddy", "serving initial configuration", r"serving initial configuration"),
    ("next", "- Local:", r"- Local:\s+" + _ADDRESS),
    ("next", "Ready on http", r"> Ready on " + _ADDRESS),
    ("vite", "Local:   http", r"\u279c\s+Local:\s+" + _ADDRESS),
    ("apache", "resuming normal operations", r"configured -- resuming normal operations"),
    ("nginx", "start worker processes", r"start worker processes"),
    # An application's own words
    (
        "",
        "istening ",
        r"(?i:\blistening (?:on|at|to)?[ :]*(?:tcp )?(?:the )?(?:port|address)?[ :=#]*)" + _WHERE,
    ),
    (
        "",
        "unning ",
        r"(?i:\brunning (?:on|at)[ :]*(?:port)?[ :=#]*)" + _WHERE,
    ),
    (
        "",
        "tarted ",
        r"(?i:\b(?:server|service|app(?:lication)?|api)\b.{0,20}\bstarted (?:on|at)[ :]*(?:port)?[ :=#]*)" + _WHERE,
    ),
    ("", "tarted", r"(?i:\b(?:server|application|app|service) (?:has |is )?(?:successfully )?started\b)"),
    ("spring", "Started ", r"Started \w+ in [\d.]+ seconds"),
    ("", "eady", r"(?i:\bserver (?:is )?ready\b)"),
)

_WEBSOCKET: tuple[tuple[str, str, str], ...] = (
    (
        "flask-socketio",
        "Server initialized for ",
        r"Server initialized for (?:threading|gevent|eventlet|gevent_uwsgi|asgi|aiohttp|tornado|sanic)\b",
    ),
    ("mosquitto", "Opening websockets listen", r"Opening websockets listen socket on port " + _PORT),
    ("prosody", "Serving 'websocket'", r"Serving 'websocket' at (?P<address>\S+)"),
    ("daphne", "HTTP/2 support", r"Starting server at tcp:port=" + _PORT),
    ("django-asgi", "Starting ASGI/", r"Starting ASGI/\w+ version \S+ development server"),
    ("spring", "BrokerAvailabilityEvent", r"BrokerAvailabilityEvent\[available=true"),
    ("grafana", "logger=live", r"logger=live\b.*(?:[Ii]nitializ|[Ss]tart)"),
    (
        "",
        "ocket",
        r"(?i:\b(?:web ?sockets?|wss?|socket\.io)(?: server| service| gateway| endpoint)?\b.{0,40}?"
        r"\b(?:ready|listening|started|initiali[sz]ed|running|attached|enabled|up)\b)",
    ),
    ("", "WS", r"\bWSS? (?:server )?(?:ready|listening|started|initiali[sz]ed|running)\b"),
    (
        "",
        "ocket",
        r"(?i:\b(?:initiali[sz](?:ed|ing)|started|starting|created|attached|mounted|enabled)\b.{0,30}?"
        r"\b(?:web ?socket|socket\.io)(?: server| gateway)?\b)",
    ),
)

#: Short strings one of which stands in every line above.
NEEDLES: tuple[bytes, ...] = (
    b"ctivated service",
    b"BrokerAvailabilityEvent",
    b"HTTP Server Listen",
    b"Running ",
    b"WS",
    b"eady",
    b"evelopment server",
    b"initial configuration",
    b"initialized in",
    b"is running at",
    b"istening ",
    b"logger=live",
    b"mosquitto version",
    b"nitialized for",
    b"ocal: ",
    b"ocket",
    b"HTTP/2 support",
    b"resuming normal operations",
    b"server running",
    b"start worker processes",
    b"tarted",
    b"tarting",
    b"token=",
    b"unning on",
    b"unning at",
    b"erver startup complete",
)

#: What of each kind is counted: literal parts of lines, because counting bytes is cheap in the largest log.
EVENTS: dict[EventKind, tuple[bytes, ...]] = {
    "connection": (
        b"[accepted]",
        b"connection open",
        b"onnection established",
        b"onnection Established",
        b"WSCONNECT /",
        b"WebSocket CONNECT ",
        b"Successfully upgraded to WebSocket",
        b"CONNECTED TO ",
        b"New client connected from",
        b"ew WebSocket connection",
        b"ew connection",
        b"ew client",
        b"lient connected",
        b"ser connected",
        b"ocket connected",
        b"Upgrade to websocket successful",
        b"incoming connection",
        b'"GET /socket.io/?EIO=4&transport=websocket',
        b" 101 GET ",
    ),
    "message": (
        b"Received:",
        b"eceived message",
        b"essage received",
        b"eceived packet",
        b"eceived event",
        b"essage from ",
        b"Received PUBLISH",
        b"received: ",
    ),
    "close": (
        b"connection closed",
        b"onnection lost",
        b"onnection terminated",
        b"WSDISCONNECT /",
        b"WebSocket DISCONNECT ",
        b'Finished "/cable" [WebSocket]',
        b"lient disconnected",
        b"ser disconnected",
        b"ocket disconnected",
        b"ocket closed",
        b" disconnected.",
        b"onnection Terminated",
    ),
}


class Known(t.NamedTuple):
    """What a line says."""

    #: The server that words it so; empty for an application's own words.
    server: str
    port: int | None
    address: str


_compiled: dict[str, list[tuple[str, str, re.Pattern[str]]]] = {}


def _table(kind: str) -> list[tuple[str, str, re.Pattern[str]]]:
    if kind not in _compiled:
        lines = _READY if kind == "ready" else _WEBSOCKET
        _compiled[kind] = [(server, literal, re.compile(pattern)) for server, literal, pattern in lines]
    return _compiled[kind]


def _known(kind: str, text: str) -> Known | None:
    for server, literal, pattern in _table(kind):
        if literal in text:
            match = pattern.search(text)
            if match is None:
                continue
            known = Known(server, port_of(match), _address_of(match))
            # "listening on 12 channels", "running at 80 %" name no port.
            bare = not server and known.port is not None and known.port < 1000 and not known.address
            if not bare or "port" in text.lower() or ":%d" % (known.port or 0) in text:
                return known
    return None


def ready_line(text: str) -> Known | None:
    """What a start-up line says, or None for any other line."""
    # An error about listening is no sign of being ready, and neither is a client's port.
    if "rror" in text or "ailed" in text or "Could" in text:
        return None
    return _known("ready", text)


def websocket_line(text: str) -> Known | None:
    """What a WebSocket-initialised line says, or None for any other line."""
    if "rror" in text or "ailed" in text or "upgrade request" in text:
        return None
    return _known("websocket", text)


def port_of(match: re.Match[str]) -> int | None:
    """The group ``port`` of a match, as a number of a port, wherever the pattern has one."""
    found = match.groupdict()
    value = found.get("port") or ""
    port = number(value)
    return port if port is not None and 0 < port < 65536 else None


def _address_of(match: re.Match[str]) -> str:
    found = match.groupdict()
    return found.get("socket") or found.get("address") or ""
