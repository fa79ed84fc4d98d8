# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Apache, HAProxy and Caddy in front of real servers: what is broken is named, and what is right stays green."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.integration.test_nginx import HOLD, PYTHON, REFUSED, SILENT, write

NODE, NODE_PATH, TORNADO, MUTE, DEAD = 9601, 9602, 9603, 9604, 9699
APACHE_PORT, HAPROXY_PORT, CADDY_PORT, BARE_PORT = 8701, 8741, 8761, 8781
BACK = f"http://127.0.0.1:{NODE}"
BACK_PATH = f"http://127.0.0.1:{NODE_PATH}"


class Case(t.NamedTuple):
    """What stands in a virtual host, frontend or site (``{port}`` is its own); what is to be named."""

    proxy: str
    cause: str | None
    text: str
    path: str = "/"
    backend: int = NODE
    more: dict[str, t.Any] = {}
    #: Another virtual host on the same port.
    beside: str = ""


def _rewrite(condition: str) -> str:
    return (
        f"RewriteEngine On\nRewriteCond %{{HTTP:Upgrade}} {condition}\n"
        f'RewriteRule ^/ws$ "ws://127.0.0.1:{NODE_PATH}/ws" [P,L]\nProxyPass "/" "{BACK_PATH}/"'
    )


def _haproxy(servers: str, rules: str = "", timeouts: str = "timeout client 1m\ntimeout server 1m") -> str:
    return f"mode http\ntimeout connect 2s\n{timeouts}\n{rules}\n{servers}"


SERVER = f"server one 127.0.0.1:{NODE}"
HELD_IDLE = {"websocket": {"hold": 4}}
SECOND = "timeout client 1m\ntimeout server 1s"
SHORT_HOLD = {"websocket": {"hold": 2}}

BROKEN: dict[str, Case] = {
    "apache no upgrade": Case("apache", "apache-no-upgrade-handling", f'ProxyPass "/" "{BACK}/"'),
    "apache shared worker": Case(
        "apache",
        "apache-no-upgrade-handling",
        f'ProxyPass "/api" "{BACK_PATH}/"\nProxyPass "/ws" "{BACK_PATH}/ws" upgrade=websocket',
        "/ws",
        NODE_PATH,
    ),
    "apache order": Case(
        "apache",
        "apache-proxypass-order",
        f'ProxyPass "/" "{BACK_PATH}/"\nProxyPass "/ws" "ws://127.0.0.1:{NODE_PATH}/ws"',
        "/ws",
        NODE_PATH,
    ),
    "apache condition": Case("apache", "apache-rewritecond", _rewrite("=WebSocket"), "/ws", NODE_PATH),
    "apache another path": Case(
        "apache",
        "nginx-path-mismatch",
        f'ProxyPass "/chat" "{BACK_PATH}/chat" upgrade=websocket',
        "/chat/ws",
        NODE_PATH,
        {"serves": "/ws"},
    ),
    "apache default host": Case(
        "apache",
        "wrong-vhost-default-server",
        "ServerName other.example.com\nRedirect 404 /",
        beside=f'ServerName chat.example.com\nProxyPass "/" "{BACK}/" upgrade=websocket',
    ),
    "apache dead": Case("apache", "apache-503", f'ProxyPass "/" "http://127.0.0.1:{DEAD}/" upgrade=websocket'),
    "apache denied": Case(
        "apache",
        "apache-503",
        f'ProxyPass "/" "{BACK}/" upgrade=websocket\n<Location "/">\nRequire all denied\n</Location>',
    ),
    "apache idle": Case(
        "apache", "apache-idle-timeout", f'Timeout 2\nProxyPass "/" "{BACK}/" upgrade=websocket', more=HELD_IDLE
    ),
    "apache redirect": Case("apache", "redirect-on-upgrade", 'Redirect permanent "/" "https://chat.example.com/"'),
    "apache page": Case("apache", "spa-fallback-200", "FallbackResource /index.html\nDirectoryIndex disabled", "/ws"),
    "apache Host": Case(
        "apache",
        "proxy-host-rewritten-origin-check",
        f'ProxyPass "/" "http://127.0.0.1:{TORNADO}/" upgrade=websocket',
        "/ws",
        TORNADO,
    ),
    "apache no module": Case("bare", "apache-wstunnel-missing", f'ProxyPass "/" "{BACK}/" upgrade=websocket'),
    "haproxy idle": Case(
        "haproxy",
        "haproxy-no-tunnel-timeout",
        _haproxy(SERVER, timeouts="timeout client 2s\ntimeout server 1m"),
        more=HELD_IDLE,
    ),
    "haproxy dead": Case("haproxy", "haproxy-503", _haproxy(f"retries 0\nserver one 127.0.0.1:{DEAD}")),
    "haproxy mute": Case("haproxy", "haproxy-504", _haproxy(f"server one 127.0.0.1:{MUTE}", timeouts=SECOND)),
    "haproxy is full": Case(
        "haproxy", "haproxy-maxconn-queue", _haproxy(f"{SERVER} maxconn 1", "timeout queue 500ms"), more={"held": True}
    ),
    "haproxy over HTTP/2": Case("haproxy", "h2-extended-connect-unhandled", _haproxy(f"{SERVER} proto h2")),
    "haproxy another path": Case(
        "haproxy",
        "nginx-path-mismatch",
        _haproxy(f"server one 127.0.0.1:{NODE_PATH}", "http-request set-path /chat%[path]"),
        "/ws",
        NODE_PATH,
    ),
    "haproxy nowhere": Case("haproxy", "haproxy-503", _haproxy("", "use_backend none if { path /other }")),
    "haproxy denied": Case(
        "haproxy", "haproxy-504", _haproxy(SERVER, "http-request deny if { hdr(Upgrade) -m found }")
    ),
    "haproxy redirect": Case("haproxy", "redirect-on-upgrade", _haproxy(SERVER, "redirect scheme https")),
    "caddy unmatched": Case("caddy", "caddy", f"reverse_proxy /other/* 127.0.0.1:{NODE}", "/ws"),
    "caddy dead": Case("caddy", "caddy", f"reverse_proxy 127.0.0.1:{DEAD}"),
    "caddy another path": Case(
        "caddy",
        "nginx-path-mismatch",
        f"reverse_proxy /chat/* 127.0.0.1:{NODE_PATH}",
        "/chat/ws",
        NODE_PATH,
        {"serves": "/ws"},
    ),
    "caddy redirect": Case("caddy", "redirect-on-upgrade", "redir https://chat.example.com{uri} permanent"),
    "caddy page": Case(
        "caddy", "spa-fallback-200", "root * /srv/page\ntry_files {path} /index.html\nfile_server", "/ws"
    ),
}
KEEP = "ProxyPreserveHost On\n"
HEALTHY: dict[str, Case] = {
    "apache upgrade": Case("apache", None, f'{KEEP}ProxyPass "/" "{BACK}/" upgrade=websocket'),
    "apache ws": Case(
        "apache",
        None,
        f'{KEEP}ProxyPass "/ws" "ws://127.0.0.1:{NODE_PATH}/ws"\nProxyPass "/" "{BACK_PATH}/"',
        "/ws",
        NODE_PATH,
    ),
    "apache condition, any case": Case("apache", None, KEEP + _rewrite("websocket [NC]"), "/ws", NODE_PATH),
    "apache own Origin": Case(
        "apache", None, f'{KEEP}ProxyPass "/" "http://127.0.0.1:{TORNADO}/" upgrade=websocket', "/ws", TORNADO
    ),
    "apache held": Case("apache", None, f'{KEEP}ProxyPass "/" "{BACK}/" upgrade=websocket', more=SHORT_HOLD),
    "haproxy plain": Case("haproxy", None, _haproxy(SERVER), more=SHORT_HOLD),
    "haproxy tunnel": Case(
        "haproxy",
        None,
        _haproxy(SERVER, timeouts="timeout client 1s\ntimeout server 1s\ntimeout tunnel 1h"),
        more=SHORT_HOLD,
    ),
    "haproxy backend": Case(
        "haproxy",
        None,
        _haproxy("", "acl chat path_beg /ws\nacl up hdr(Upgrade) -i websocket\nuse_backend chat if chat up"),
        "/ws",
        NODE_PATH,
    ),
    "haproxy tcp": Case("haproxy", None, _haproxy(SERVER).replace("mode http", "mode tcp")),
    "caddy plain": Case("caddy", None, f"reverse_proxy 127.0.0.1:{NODE}", more=SHORT_HOLD),
    "caddy path": Case(
        "caddy",
        None,
        f"handle_path /chat/* {{\nreverse_proxy 127.0.0.1:{NODE_PATH}\n}}\nrespond 404",
        "/chat/ws",
        NODE_PATH,
        {"serves": "/ws"},
    ),
}
CASES = {**BROKEN, **HEALTHY}
FIRST = {"apache": APACHE_PORT, "haproxy": HAPROXY_PORT, "caddy": CADDY_PORT, "bare": BARE_PORT}


def _port(name: str) -> int:
    kind = CASES[name].proxy
    return FIRST[kind] + [other for other, case in CASES.items() if case.proxy == kind].index(name)


def _of(kind: str) -> list[tuple[int, Case]]:
    return [(_port(name), case) for name, case in CASES.items() if case.proxy == kind]


def _apache(kind: str, modules: str) -> str:
    """One httpd with a virtual host for every case; the modules are those of the distribution."""
    folder = "/usr/lib/apache2/modules"
    lines = [f"LoadModule {name}_module {folder}/mod_{name}.so" for name in modules.split()]
    hosts = [
        f'<VirtualHost *:{port}>\nDocumentRoot "/srv/page"\n{text}\n</VirtualHost>'
        for port, case in _of(kind)
        for text in (case.text, case.beside)
        if text
    ]
    return "\n".join(
        [
            'ServerRoot "/srv/apache"',
            f"PidFile /srv/apache/{kind}.pid",
            "ServerName localhost",
            f"ErrorLog /srv/apache/{kind}.log",
            "User www-data\nGroup www-data",
            *lines,
            *[f"Listen {port}" for port, _case in _of(kind)],
            *hosts,
        ]
    )


def _haproxy_file() -> str:
    parts = ["global\nmaxconn 200"]
    parts += [f"listen case{port}\nbind *:{port}\n{case.text}" for port, case in _of("haproxy")]
    parts += [
        f"backend chat\nmode http\ntimeout connect 2s\ntimeout server 1m\nserver one 127.0.0.1:{NODE_PATH}",
        f"backend none\nmode http\ntimeout connect 2s\ntimeout server 1m\n{SERVER}",
    ]
    return "\n".join(parts) + "\n"


def _caddy_file() -> str:
    sites = "\n".join(f":{port} {{\n{case.text}\n}}" for port, case in _of("caddy"))
    return "{\nadmin off\n}\n" + sites + "\n"


def _entry(host: t.Any, name: str, case: Case) -> dict[str, t.Any]:
    more = dict(case.more)
    serves = more.pop("serves", case.path)
    more.pop("held", None)
    websocket = {"path": serves, "dialect": "echo", **more.pop("websocket", {})}
    url = f"ws://{host.address}:{_port(name)}{case.path}"
    return {"name": name, "port": case.backend, "public_url": url, "websocket": websocket, **more}


def hold_connections(fleet: Fleet, host: t.Any) -> None:
    """Take the only connection that some cases allow."""
    for name, case in CASES.items():
        if case.more.get("held"):
            fleet.run(host, [PYTHON, "-c", HOLD % _port(name)])
            host.run(["sh", "-c", REFUSED % _port(name)])


def start_proxies(fleet: Fleet, host: t.Any, backend: str = "127.0.0.1") -> None:
    """Two httpd, one HAProxy and one Caddy with all cases.

    :param backend: the address of the host on which the back ends run.
    """
    common = "mpm_event authz_core proxy dir alias rewrite"
    files = {
        "/srv/page/index.html": "<!doctype html><html><title>chat</title></html>",
        "/srv/apache/apache.conf": _apache("apache", common + " proxy_http"),
        "/srv/apache/bare.conf": _apache("bare", common),
        "/srv/haproxy/haproxy.cfg": _haproxy_file(),
        "/srv/caddy/Caddyfile": _caddy_file(),
    }
    for path, text in files.items():
        write(host, path, text.replace("127.0.0.1", backend))
    for name, port in (("apache", APACHE_PORT), ("bare", BARE_PORT)):
        fleet.run(host, ["/usr/sbin/apache2", "-f", f"/srv/apache/{name}.conf", "-DFOREGROUND"], port)
    fleet.run(host, ["/usr/sbin/haproxy", "-db", "-f", "/srv/haproxy/haproxy.cfg"], HAPROXY_PORT)
    environment = {"HOME": "/srv/caddy", "XDG_DATA_HOME": "/srv/caddy", "XDG_CONFIG_HOME": "/srv/caddy"}
    hold_connections(fleet, host)
    caddy = ["/usr/bin/caddy", "run", "--config", "/srv/caddy/Caddyfile", "--adapter", "caddyfile"]
    fleet.run(host, caddy, CADDY_PORT, env=environment)


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet) -> t.Iterator[Report]:
    """All cases in one run on one host."""
    host = lab_fleet.host(0)
    for server, port in (("ws_standalone", NODE), ("ws_attached", NODE_PATH), ("tornado_echo", TORNADO)):
        lab_fleet.start(host, server, port, bind="127.0.0.1")
    lab_fleet.run(host, [PYTHON, "-c", SILENT % MUTE], MUTE)
    start_proxies(lab_fleet, host)
    services = {host.name: [_entry(host, name, case) for name, case in CASES.items()]}
    yield lab_fleet.checklist(services, websocket_health_fail_on="never", websocket_health_deadline=25)
    lab_fleet.stop_everything()


@pytest.mark.parametrize("name", BROKEN)
def test_the_cause_is_named_first(lab_fleet: Fleet, report: Report, name: str) -> None:
    host = lab_fleet.names[0]
    report.names_first(host, name, BROKEN[name].cause)
    report.folds_symptoms(host, name)


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_right_stays_green(lab_fleet: Fleet, report: Report, name: str) -> None:
    report.is_healthy(lab_fleet.names[0], name)
