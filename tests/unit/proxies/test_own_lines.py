# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lines of a proxy's log are about one handshake. The lines are those of real servers."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import web_url
from ansible_collections.websocket.health.plugins.module_utils._proxies.own_lines import Asked, own_lines, shortened

NOW = 1796078177.0
ASKED = Asked(NOW, NOW + 2.0, frozenset({"127.0.0.1", "::1"}), "/ws", "chat.example:8443")

NGINX = (
    "2026/11/30 22:36:17 [error] 12#12: *3 no resolver defined to resolve back.example, client: 127.0.0.1, server: ,"
    ' request: "GET /ws HTTP/1.1", host: "chat.example:8443"'
)
CRIT = NGINX.replace("[error]", "[crit]").replace(
    "no resolver defined to resolve back.example", "bind(10.0.0.9) failed"
)
FULL = "2026/11/30 22:36:17 [crit] 12#12: accept4() failed (24: Too many open files)"
TLS = (
    "[Mon Nov 30 22:53:47.299504 2026] [ssl:error] [pid 61:tid 86] [remote 127.0.0.1:27200] AH02039: Certificate"
    " Verification: Error (18): self-signed certificate"
)
PROXY = (
    "[Mon Nov 30 22:53:47.299587 2026] [proxy:error] [pid 61:tid 86] [client 127.0.0.1:60848] AH00898: Error during SSL"
)
MODSEC = (
    "[Mon Nov 30 22:53:47 2026] [security2:error] [pid 7] [client 127.0.0.1:5] ModSecurity: Access denied with code 403"
    ' (phase 1). [id "949110"] [hostname "chat.example"] [uri "/ws"]'
)
CADDY = (
    '{"level":"error","ts":1796079217.77,"logger":"http.log.error","msg":"EOF","request":{"remote_ip":"127.0.0.1",'
    '"remote_port":"37926","method":"GET","host":"chat.example:8443","uri":"/ws?x=1","headers":{"Upgrade":["websocket"]}},'
    '"status":502}'
)
HAPROXY = (
    "127.0.0.1:55262 [30/Nov/2026:22:53:49.691] f b/one 0/0/-1/-1/3011 503 217 - - SC-- 2/2/1/0/3 0/0"
    ' "GET /ws HTTP/1.1"'
)
ACCESS = '127.0.0.1 - - [30/Nov/2026:22:36:17 +0000] "GET /ws HTTP/1.1" 502 157 "-" "-"'


def said(*lines: str, at: float = NOW, asked: Asked = ASKED) -> list[str]:
    return [row.text for row in own_lines([(at, line) for line in lines], asked)]


@pytest.mark.parametrize("line", [NGINX, CRIT, PROXY, MODSEC, CADDY, HAPROXY], ids=lambda line: line[-60:])
def test_a_line_that_names_the_request_is_its_own(line: str) -> None:
    (row,) = own_lines([(NOW, line)], ASKED)
    assert (row.text, row.named) == (line, True)


@pytest.mark.parametrize(
    "line",
    [
        NGINX.replace("GET /ws", "GET /other"),
        NGINX.replace("client: 127.0.0.1", "client: 192.0.2.7"),
        NGINX.replace("chat.example", "shop.example"),
        NGINX.replace("[error]", "[info]"),
        NGINX.replace("[error]", "[debug]"),
        CADDY.replace('"error"', '"info"', 1),
        CADDY.replace("/ws", "/x"),
        HAPROXY.replace("SC--", "----"),
        HAPROXY.replace("127.0.0.1:55262", "192.0.2.7:55262"),
        MODSEC.replace("127.0.0.1", "192.0.2.7"),
        TLS,
        ACCESS,
    ],
    ids=lambda line: line[:40],
)
def test_a_line_about_another_request_or_of_no_failure_is_not(line: str) -> None:
    assert said(line) == []


def test_what_the_same_worker_writes_beside_it_counts() -> None:
    assert said(TLS, PROXY) == [TLS, PROXY]


def test_what_names_no_request_only_counts_where_it_is_severe() -> None:
    rows = own_lines([(NOW, FULL), (NOW, NGINX)], ASKED)
    assert [(row.text, row.named) for row in rows] == [(NGINX, True), (FULL, False)]


def test_the_worst_comes_first() -> None:
    assert said(NGINX, CRIT) == [CRIT, NGINX]


@pytest.mark.parametrize("seconds", [-60.0, -2.5, 9.0])
def test_another_moment_is_another_request(seconds: float) -> None:
    assert said(NGINX, at=NOW + seconds) == []


def test_a_proxy_behind_another_gets_another_host_and_path() -> None:
    inner = ASKED._replace(path="", authority="")
    assert said(NGINX.replace("/ws", "/inner").replace("chat.example", "back"), asked=inner) != []


def test_the_request_s_headers_are_left_out() -> None:
    assert shortened(CADDY) == CADDY.replace('{"Upgrade":["websocket"]}', "{…}")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("wss://chat.example/ws", "chat.example"),
        ("wss://müller.example/ws", "xn--mller-kva.example"),
        ("wss://straße.example/", "xn--strae-oqa.example"),
        ("ws://[::1]:8080/", "::1"),
    ],
)
def test_names_are_those_that_clients_send(url: str, host: str) -> None:
    assert web_url(url).host == host
