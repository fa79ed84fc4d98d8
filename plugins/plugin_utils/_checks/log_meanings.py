# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What each known line of a server's log means for its clients, and what to do about it."""

from __future__ import annotations

import dataclasses

from .._model import FAIL, PASS, WARN


@dataclasses.dataclass(frozen=True)
class Meaning:
    """One signature of the log probe (``plugins/module_utils/_logs/signatures.py``).

    ``status`` is what its presence makes of ``log.signatures``: ``pass`` for lines that clients can cause, too (and
    so does every handshake that the checklist itself tries with a wrong or absent Origin).
    ``title`` and ``remedy`` may hold ``{port}``, ``{module}``, ``{address}``, ``{path}``, ``{status}`` …
    """

    status: str
    title: str
    remedy: str


MEANINGS: dict[str, Meaning] = {
    "eaddrinuse": Meaning(
        FAIL,
        "port {port} was already in use",
        "stop what is using port {port} (ss -ltnp 'sport = :{port}'; an old instance, or a second one), then restart the "
        "service",
    ),
    "eacces-bind": Meaning(
        FAIL,
        "not allowed to bind port {port}",
        "use a port of 1024 or above behind the proxy, or give the unit AmbientCapabilities=CAP_NET_BIND_SERVICE",
    ),
    "address-not-available": Meaning(
        FAIL,
        "address {address} does not exist on this host",
        "bind to an address that the host has (ip address): 127.0.0.1 behind a local proxy, or 0.0.0.0",
    ),
    "listen-failed": Meaning(
        FAIL,
        "no listening socket could be opened",
        "check with ss -ltnp that the configured ports are free, and that the configured addresses exist",
    ),
    "missing-module": Meaning(
        FAIL,
        "module {module} is missing",
        "install {module} in the environment the unit runs in (its own virtualenv or node_modules), then restart",
    ),
    "uvicorn-no-ws-library": Meaning(
        FAIL,
        "uvicorn has no WebSocket library: every handshake gets 404",
        "run pip install 'uvicorn[standard]' (or websockets) in the virtualenv the unit runs in, then restart",
    ),
    "unsupported-upgrade": Meaning(
        WARN,
        "upgrade requests that uvicorn does not support",
        "if uvicorn's WebSocket library is missing, install it; else a client or proxy requests another upgrade (h2c)",
    ),
    "fd-limit": Meaning(
        FAIL,
        "out of file descriptors",
        "raise LimitNOFILE= of the unit, and look for connections that are never closed",
    ),
    "out-of-memory": Meaning(
        FAIL,
        "out of memory",
        "give the process more memory (MemoryMax=, --max-old-space-size, -Xmx) or find the leak",
    ),
    "worker-timeout": Meaning(
        FAIL,
        "gunicorn killed workers that were busy: their WebSockets broke",
        "use a worker that can hold connections (-k uvicorn.workers.UvicornWorker, gthread or gevent)",
    ),
    "worker-failed-to-boot": Meaning(
        FAIL, "a worker failed to boot", "read the stack trace above it and fix its cause; the master has given up"
    ),
    "worker-killed": Meaning(
        FAIL, "a worker was killed", "look for the reason in the kernel log (out of memory) and in gunicorn's --timeout"
    ),
    "invalid-frame": Meaning(
        WARN,
        "invalid WebSocket frames ({code}{detail})",
        "look for two WebSocket servers on one HTTP server, or a proxy that alters the stream; both ends must agree on "
        "extensions",
    ),
    "message-too-big": Meaning(
        WARN, "messages larger than the server accepts", "raise maxPayload / max_size, or send smaller messages"
    ),
    "invalid-utf8": Meaning(WARN, "text frames that are not UTF-8", "send binary data in binary frames"),
    "handshake-rejected": Meaning(
        PASS,
        "handshakes were refused with {status}",
        "compare the refused clients' path, Origin and credentials with what the server expects",
    ),
    "channels-reject": Meaning(
        PASS,
        "Channels rejected handshakes on {path}",
        "compare the clients' Origin with ALLOWED_HOSTS (AllowedHostsOriginValidator), and the consumer's accept()",
    ),
    "channels-no-route": Meaning(
        WARN, "no route for WebSocket path {path}", "add the path to websocket_urlpatterns, or correct the client's URL"
    ),
    "no-websocket-application": Meaning(
        FAIL,
        "the ASGI application handles no WebSockets",
        "give ProtocolTypeRouter a 'websocket' entry, and serve the application that has it",
    ),
    "asgi-app-under-wsgi": Meaning(
        FAIL,
        "an ASGI application runs under a WSGI worker",
        "start gunicorn with -k uvicorn.workers.UvicornWorker, or use an ASGI server",
    ),
    "handshake-failed": Meaning(
        PASS, "opening handshakes failed", "check who connects: plain TCP or HTTP health checks look the same"
    ),
    "origin-rejected": Meaning(
        PASS,
        "origin {origin} was refused",
        "allow the public origin in the server's configuration, or send the right Host through the proxy",
    ),
    "host-rejected": Meaning(
        WARN, "host {host} was refused", "allow the public host name (ALLOWED_HOSTS, server.allowedHosts)"
    ),
    "untrusted-proxy": Meaning(
        FAIL, "a reverse proxy is not trusted", "set use_x_forwarded_for and trusted_proxies to the proxy's address"
    ),
    "upgrade-stripped": Meaning(
        WARN,
        "handshakes arrived without a valid Upgrade header",
        "make the reverse proxy pass on Upgrade and Connection (proxy_http_version 1.1 in nginx)",
    ),
    "socketio-session-unknown": Meaning(
        WARN,
        "Socket.IO sessions unknown to the process that got the request",
        "make the load balancer sticky, run one worker, or allow the websocket transport only",
    ),
    "socketio-version-mismatch": Meaning(
        WARN,
        "Socket.IO clients with another protocol version",
        "use the same major version in client and server, or set allowEIO3",
    ),
    "gevent-websocket-missing": Meaning(
        FAIL, "gevent runs without WebSocket support", "install gevent-websocket and use its worker class"
    ),
    "development-server": Meaning(
        WARN, "a development server", "use a production server (gunicorn, uvicorn, hypercorn, daphne)"
    ),
    "tls-error": Meaning(
        WARN,
        "TLS errors",
        "check which side failed: the server's own certificate, or a connection it makes to something else",
    ),
    "proxy-of-environment": Meaning(
        WARN,
        "a connection went through the environment's HTTP proxy and failed",
        "list in NO_PROXY what the service reaches without a proxy, or make its client use no proxy (proxy=None)",
    ),
    "token-not-yet-valid": Meaning(
        WARN,
        "tokens that are not valid yet",
        "compare the clocks of the host and of the token issuer: date -u; chronyc tracking",
    ),
    "token-expired": Meaning(PASS, "tokens that have expired", "have clients fetch a new token before they reconnect"),
    "redis-refused": Meaning(
        FAIL,
        "Redis at {address}:{port} refused the connection",
        "start Redis, or correct its address in the service's environment (REDIS_URL)",
    ),
    "dependency-refused": Meaning(
        WARN,
        "{address}:{port} refused the connection",
        "check that what the service depends on runs at that address",
    ),
    "name-not-resolved": Meaning(
        WARN, "the name {address} could not be resolved", "correct the name, /etc/hosts or the resolver of this host"
    ),
    "unhandled-rejection": Meaning(
        FAIL,
        "unhandled promise rejections",
        "handle the rejection where it occurs; by default Node ends the process",
    ),
    "uncaught-exception": Meaning(
        FAIL, "uncaught exceptions", "fix the cause; after an uncaught exception the process should be restarted"
    ),
    "segfault": Meaning(
        FAIL,
        "a segmentation fault",
        "update or rebuild native modules for the installed runtime; keep a core dump",
    ),
    "killed": Meaning(FAIL, "the process was killed", "look for the out-of-memory killer: journalctl -k"),
    "exit-failure": Meaning(
        FAIL, "the main process exited ({status})", "read the last lines before that: systemctl status, journalctl -u"
    ),
    "missing-variable": Meaning(
        FAIL, "an environment variable is missing", "set it in the unit (Environment=, EnvironmentFile=) and restart"
    ),
    "application-startup-failed": Meaning(
        FAIL, "the application failed to start", "read the error above that line and fix it"
    ),
    "mqtt-protocol-error": Meaning(
        WARN,
        "clients that do not speak MQTT on this listener",
        "give the listener 'protocol websockets', or have clients use the listener that has it",
    ),
}

#: For a key that this version does not know.
UNKNOWN_LINE = Meaning(WARN, "a line with a known fault", "read the line")
