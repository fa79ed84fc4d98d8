# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy probe and its checks, on a real nginx of this machine in front of a real server."""

from __future__ import annotations

import contextlib
import datetime
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import typing as t
from collections.abc import Iterator

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks.proxy import check

from tests.servers.catalogue import free_port, running
from tests.unit.probed_host import Evidence, Service, is_root, new_context, probe_with, wait_for

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
MAP = 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }'
HEADERS = (
    "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;"
    " proxy_set_header Connection $connection_upgrade; proxy_set_header Host $http_host;"
)

pytestmark = [
    pytest.mark.servers("nginx", "node"),
    pytest.mark.skipif(not is_root(), reason="only root may start nginx as it is installed"),
]


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    """A WebSocket server."""
    with running("ws_standalone") as server:
        yield server.port


@contextlib.contextmanager
def nginx(folder: pathlib.Path, http: str) -> Iterator[pathlib.Path]:
    """nginx with these lines in its http block; yields its configuration file."""
    config = folder / "nginx.conf"
    config.write_text(
        f"worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off;\n{MAP}\n{http}\n}}\n"
    )
    folder.chmod(0o755)
    process = subprocess.Popen([NGINX, "-c", str(config), "-g", "daemon off;"], stderr=subprocess.PIPE)
    try:
        wait_for(lambda: (folder / "pid").exists() and (folder / "pid").read_text().strip() == str(process.pid))
        yield config
    finally:
        process.terminate()
        process.wait(10)
        assert process.stderr is not None
        process.stderr.close()


def look(service: Service, tell: str | None = None) -> Evidence:
    """The evidence; ``tell`` is the path that the search of the host's own probe finds."""
    context = new_context(service)
    if tell is not None:
        context.searching = True
        context.tell(service, "path", tell)
    return probe_with("proxy", service, context)


def verdicts(evidence: Evidence, service: Service) -> dict[str, str]:
    return {result.id: result.status for result in check(evidence, service)}


def service_of(port: int, listen: int | None, path: str = "/", **more: t.Any) -> Service:
    url = {"public_url": f"ws://127.0.0.1:{listen}{path}"} if listen else {}
    return {"name": "chat", "port": port, **url, **more}


def test_a_correct_nginx_has_no_finding(backend: int, tmp_path: pathlib.Path) -> None:
    listen = free_port()
    block = f"server {{ listen 127.0.0.1:{listen}; location / {{ proxy_pass http://127.0.0.1:{backend}; {HEADERS} }} }}"
    service = service_of(backend, listen)
    with nginx(tmp_path, block) as config:
        evidence = look(service)
    (proxy,) = [entry for entry in evidence["proxies"] if entry["pid"] == evidence["asked"]]
    assert (proxy["kind"], proxy["config"], proxy["leads"], proxy["ports"]) == ("nginx", str(config), True, [listen])
    assert (proxy["read_from"], proxy["test"]) == ("files", None)
    assert evidence["through"]["outcome"] == "open"
    (route,) = proxy["routes"]
    assert route["upstream"]["addresses"][0]["listeners"] == 1
    wrong = {name: status for name, status in verdicts(evidence, service).items() if status not in ("pass", "skip")}
    assert wrong == {}


def test_without_a_url_one_is_found_in_the_configuration(backend: int, tmp_path: pathlib.Path) -> None:
    listen = free_port()
    block = f"""server {{ listen 127.0.0.1:{listen}; server_name chat.example.com;
        location /static {{ return 404; }}
        location /live/ {{ proxy_pass http://127.0.0.1:{backend}; {HEADERS} }} }}"""
    with nginx(tmp_path, block):
        evidence = look(service_of(backend, None), tell="/live/ws")
    assert (evidence["url"], evidence["url_from"]) == (f"ws://chat.example.com:{listen}/live/ws", "configuration")
    assert evidence["through"]["outcome"] == "open"


def test_another_proxy_of_the_host_is_not_this_service_s(backend: int, tmp_path: pathlib.Path) -> None:
    block = f"server {{ listen 127.0.0.1:{free_port()}; location / {{ return 404; }} }}"
    service = service_of(backend, None, proxy={"kind": "nginx"})
    with nginx(tmp_path, block) as config:
        evidence = look(service)
    assert [entry["leads"] for entry in evidence["proxies"] if entry.get("config") == str(config)] == [False]
    assert set(verdicts(evidence, service).values()) == {"skip"}
    proxied = dict(service, exposure="proxied")
    assert verdicts(evidence, proxied)["proxy.found"] == "fail"


def test_a_configuration_that_would_not_load(backend: int, tmp_path: pathlib.Path) -> None:
    listen = free_port()
    block = f"server {{ listen 127.0.0.1:{listen}; location / {{ proxy_pass http://127.0.0.1:{backend}; {HEADERS} }} }}"
    service = service_of(backend, listen)
    with nginx(tmp_path, block) as config:
        config.write_text(config.read_text().replace("proxy_http_version 1.1;", "proxy_http_versoin 1.1;"))
        evidence = look(service)
    results = {result.id: result for result in check(evidence, service)}
    assert results["proxy.config"].status == "fail"
    assert f'unknown directive "proxy_http_versoin" in {config}:' in results["proxy.config"].summary
    assert results["proxy.handshake"].status == "pass", "what runs is the older one"


def test_a_configuration_that_was_not_loaded(backend: int, tmp_path: pathlib.Path) -> None:
    listen = free_port()
    block = f"server {{ listen 127.0.0.1:{listen}; location / {{ proxy_pass http://127.0.0.1:{backend}; {HEADERS} }} }}"
    service = service_of(backend, listen)
    with nginx(tmp_path, block) as config:
        later = config.stat().st_mtime + 3600
        os.utime(config, (later, later))
        evidence = look(service)
    results = {result.id: result for result in check(evidence, service)}
    assert (results["proxy.config"].status, "after the workers started" in results["proxy.config"].summary) == (
        "warn",
        True,
    )


def test_nginx_prints_its_configuration_where_the_operator_wants_it() -> None:
    """``nginx -T`` executes and writes what files say: it is run only where all of them are root's alone."""
    listen, back = free_port(), free_port()
    block = f"server {{ listen 127.0.0.1:{listen}; location / {{ proxy_pass http://127.0.0.1:{back}; {HEADERS} }} }}"
    service = service_of(back, listen, proxy={"dump": True})
    with tempfile.TemporaryDirectory(dir="/run") as directory, nginx(pathlib.Path(directory), block) as config:
        (alone,) = [entry for entry in look(service)["proxies"] if entry.get("config") == str(config)]
        config.chmod(0o666)
        (shared,) = [entry for entry in look(service)["proxies"] if entry.get("config") == str(config)]
    assert (alone["read_from"], alone["test"]) == ("nginx -T", {"ok": True, "message": ""})
    assert (shared["read_from"], shared["test"], shared["leads"]) == ("files", None, True)
    (gap,) = [gap for gap in shared["gaps"] if gap["what"] == "dump"]
    assert f"users other than root can change {config}" in gap["reason"]


def test_the_proxy_protocol_is_not_spoken(backend: int, tmp_path: pathlib.Path) -> None:
    listen = free_port()
    block = (
        f"server {{ listen 127.0.0.1:{listen} proxy_protocol;"
        f" location / {{ proxy_pass http://127.0.0.1:{backend}; {HEADERS} }} }}"
    )
    service = service_of(backend, listen)
    with nginx(tmp_path, block):
        evidence = look(service)
    results = {result.id: result for result in check(evidence, service)}
    assert (results["proxy.handshake"].status, "PROXY protocol" in results["proxy.handshake"].summary) == (
        "unknown",
        True,
    )


def test_a_dead_upstream_fails_upstream_and_handshake(tmp_path: pathlib.Path) -> None:
    listen, dead = free_port(), free_port()
    block = f"server {{ listen 127.0.0.1:{listen}; location / {{ proxy_pass http://127.0.0.1:{dead}; {HEADERS} }} }}"
    service = service_of(dead, listen)
    with nginx(tmp_path, block) as config:
        look(service)
        evidence = look(service)
    found = verdicts(evidence, service)
    assert (found["proxy.upstream"], found["proxy.log"], found["proxy.handshake"]) == ("fail", "fail", "fail")
    (proxy,) = [entry for entry in evidence["proxies"] if entry.get("config") == str(config)]
    assert [line["key"] for line in proxy["errors"]] == ["upstream-refused"]


def test_an_idle_connection_is_cut(backend: int, tmp_path: pathlib.Path) -> None:
    listen = free_port()
    block = (
        f"server {{ listen 127.0.0.1:{listen}; proxy_read_timeout 1s;"
        f" location / {{ proxy_pass http://127.0.0.1:{backend}; {HEADERS} }} }}"
    )
    service = service_of(backend, listen, websocket={"hold": 3})
    with nginx(tmp_path, block):
        evidence = look(service)
    assert evidence["hold"]["ended"]["how"] == "eof"
    assert 0.9 < evidence["hold"]["held_s"] < 2.0
    assert verdicts(evidence, service)["proxy.idle"] == "fail"


def test_no_proxy_at_all(backend: int) -> None:
    evidence = look(service_of(backend, None, proxy={"kind": "none"}))
    assert (evidence["proxies"], evidence["url"]) == ([], None)
    assert set(verdicts(evidence, service_of(backend, None)).values()) == {"skip"}


@pytest.mark.parametrize("kind", ["deadline", "crash"])
def test_a_probe_that_did_not_finish(kind: str) -> None:
    evidence = {"subject": "proxy", "gaps": [], "error": {"kind": kind, "message": "x"}}
    expected = "error" if kind == "crash" else "unknown"
    assert set(verdicts(evidence, {"name": "x", "port": 1}).values()) == {expected}


def test_what_clients_were_answered(backend: int, tmp_path: pathlib.Path) -> None:
    """The access log tells of others who asked, and not of this look's own handshakes."""
    listen, log = free_port(), tmp_path / "access.log"
    block = (
        f"server {{ listen 127.0.0.1:{listen}; access_log {log};"
        f" location / {{ proxy_pass http://127.0.0.1:{backend}; {HEADERS} }} }}"
    )
    when = datetime.datetime.fromtimestamp(time.time() - 600, datetime.UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    lines = [
        f'192.0.2.7 - - [{when}] "GET {target} HTTP/1.1" {status} 0 "-" "-"\n'
        for target, status in (("/ws?ticket=cAnArY", 101), ("/ws", 101), ("/ws", 502), ("/other", 404))
    ]
    log.write_text("".join(lines))
    service = service_of(backend, listen, "/ws")
    with nginx(tmp_path, block):
        evidence = look(service)
    (proxy,) = [entry for entry in evidence["proxies"] if entry["pid"] == evidence["asked"]]
    assert proxy["access"]["statuses"] == {"101": 2, "502": 1}, proxy
    assert "cAnArY" not in str(evidence)
    found = next(result for result in check(evidence, service) if result.id == "proxy.log")
    assert any("2 × 101, 1 × 502" in line["text"] and "10.0 min ago" in line["text"] for line in found.evidence)
