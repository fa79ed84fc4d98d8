# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long 5 MB of nginx configuration take to be judged: parsed, searched for what leads to a port, one URL routed."""

from __future__ import annotations

import pathlib
import sys
import time

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / ".cache" / "tree")]

from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import WebUrl
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_grammar import parse_dump
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_route import leading_to, route

from tests.interrupt import unwinding

SIZE, TARGET = 5_000_000, 2.0
SERVER = """
    server {
        listen 443 ssl;
        server_name s%(n)d.example.com *.s%(n)d.example.net;
        ssl_certificate /etc/ssl/s%(n)d.pem;
        location / { try_files $uri /index.html; }
        location /ws/ {
            proxy_pass http://127.0.0.1:%(port)d;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Host $http_host;
            proxy_read_timeout 1h;
        }
        location ~* \\.(js|css|png)$ { expires 1h; root /srv/s%(n)d; }
    }
"""


def configuration() -> str:
    """A dump of one file with as many servers as it takes."""
    parts = [
        "# configuration file /etc/nginx/nginx.conf:\nevents {}\nhttp {\n"
        'map $http_upgrade $connection_upgrade { default upgrade; "" close; }\n'
    ]
    size = number = 0
    while size < SIZE:
        parts.append(SERVER % {"n": number, "port": 8000 + number % 100})
        size += len(parts[-1])
        number += 1
    return "".join(parts) + "}\n"


def main() -> int:
    """Print the seconds; 1 if the target is missed."""
    text = configuration()
    started = time.monotonic()
    tree = parse_dump(text)
    parsed = time.monotonic()
    found = leading_to(tree, 8042, None)
    searched = time.monotonic()
    result = route(tree, WebUrl("wss", "s4242.example.com", 443, "/ws/chat"), (1, 22, 1), 443)
    done = time.monotonic()
    assert result["server"]["names"][0] == "s4242.example.com" and found
    seconds = done - started
    print(
        f"nginx configuration, {len(text) / 1e6:.1f} MB: {seconds:.2f} s (at most {TARGET:g}): parsed in {parsed - started:.2f} s, "
        f"searched in {searched - parsed:.2f} s, one URL routed in {done - searched:.2f} s: {'ok' if seconds <= TARGET else 'MISSED'}"
    )
    return int(seconds > TARGET)


if __name__ == "__main__":
    unwinding()
    sys.exit(main())
