# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an ordinary user of a host can stage against a run as root: nothing of his is executed, nothing changes, nothing hangs.

Each bait was one once: with it a local user became root, or turned a failing host green.
"""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.integration.lab_files import HEADERS, HOST, MAP, write
from tests.security.conftest import APP, MALLORY, MARK, PORT, Site, Statuses

Staged = tuple[Site, Statuses]
_MODULE = f"""
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void run(void) {{ close(open("{MARK}", O_CREAT | O_WRONLY, 0666)); }}
"""
_SCRIPT = f"#!/bin/sh\ntouch {MARK}\nexit 0\n"


def mallorys(site: Site, path: str, text: str, mode: str = "755") -> None:
    """A file of the ordinary user's."""
    write(site.host, path, text)
    site.root(f"chown {MALLORY}: {path}; chmod {mode} {path}; chown {MALLORY}: $(dirname {path})")


@pytest.fixture(scope="module")
def module(staged: Staged) -> str:
    """A shared object of the ordinary user's that leaves a mark when it is loaded."""
    site, _before = staged
    mallorys(site, "/srv/mallory/e.c", _MODULE)
    site.mallory("cc -shared -fPIC -o /srv/mallory/e.so /srv/mallory/e.c")
    # It would: whoever loads it leaves the mark.
    site.root("LD_PRELOAD=/srv/mallory/e.so /bin/true")
    assert site.root(f"ls {MARK}")
    site.root(f"rm {MARK}")
    return "/srv/mallory/e.so"


def unharmed(staged: Staged, *but: str, variables: dict[str, str] | None = None, **changes: t.Any) -> Statuses:
    """Run the checklist as root: nothing foreign ran, nothing changed, nothing hung, the verdicts are those of before.

    :param but: beginnings of checks whose verdict may be another one, but not a better one.
    """
    site, before = staged
    files = site.look()
    after = site.run(variables, **changes)
    assert site.look() == files
    assert not site.root(f"ls {MARK} 2>/dev/null || true"), "foreign code ran"
    assert site.seconds < 12, "a part of the run hung"
    for check, status in before.items():
        if not check.startswith(but or ("none",)):
            assert after.get(check) == status, (check, status, after.get(check))
    return after


def test_a_setuid_program_under_the_name_of_a_proxy(staged: Staged, module: str) -> None:
    """Its effective user is root and its binary root's: what is in its command line is the ordinary user's."""
    site, _before = staged
    site.root("cp $(readlink -f $(command -v python3)) /usr/local/bin/helper && chmod 4755 /usr/local/bin/helper")
    site.mallory("ln -sf /usr/local/bin/helper /srv/mallory/apache2")
    program = (
        "import os, socket, sys, time; s = socket.create_server(('127.0.0.1', 8090)); "
        "os.set_inheritable(s.fileno(), True); "
        f"os.execv('/srv/mallory/apache2', ['apache2', '-c', 'import time; time.sleep(600)', '-C', 'LoadModule e_module {module}'])"
    )
    site.fleet.run(site.host, ["/usr/bin/python3", "-c", program], 8090, user=MALLORY, cwd="/srv/mallory")
    unharmed(staged)


def test_a_configuration_of_root_s_that_includes_another_user_s(staged: Staged, module: str) -> None:
    site, _before = staged
    site.root(f"mkdir -p /srv/mallory/apache.d && chown {MALLORY}: /srv/mallory/apache.d")
    modules = "mpm_event authz_core proxy proxy_http"
    loads = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in modules.split())
    lines = (
        f"ServerRoot /srv/www\nPidFile /run/apache-bait.pid\nErrorLog /dev/null\n{loads}Listen 8091\n"
        f'ProxyPass / http://127.0.0.1:{PORT}/\nIncludeOptional "/srv/mallory/apache.d/*.conf"\n'
    )
    write(site.host, "/etc/apache-bait.conf", lines)
    site.fleet.run(site.host, ["/usr/sbin/apache2", "-f", "/etc/apache-bait.conf", "-DFOREGROUND"], 8091)
    mallorys(site, "/srv/mallory/apache.d/e.conf", f"LoadModule e_module {module}\n")
    after = unharmed(staged)
    assert after, "and its configuration was read as data"


def test_a_script_that_a_proxy_would_run(staged: Staged) -> None:
    site, _before = staged
    mallorys(site, "/srv/mallory/x.lua", "-- nothing yet\n")
    lines = (
        "global\n lua-load /srv/mallory/x.lua\ndefaults\n mode http\n timeout client 9s\n timeout server 9s\n timeout connect 9s\n"
        f"listen l\n bind :8092\n server s 127.0.0.1:{PORT}\n"
    )
    write(site.host, "/etc/haproxy-bait.cfg", lines)
    site.fleet.run(site.host, ["/usr/sbin/haproxy", "-f", "/etc/haproxy-bait.cfg", "-db"], 8092)
    mallorys(site, "/srv/mallory/x.lua", f'os.execute("touch {MARK}")\n')
    unharmed(staged)
    unharmed(staged, proxy={"dump": True})


def test_paths_that_nginx_would_make_and_give_away(staged: Staged) -> None:
    site, _before = staged
    site.mallory("mkdir -p /srv/mallory/taken")
    lines = "client_body_temp_path /srv/mallory/taken/body; access_log /srv/mallory/taken/access.log;"
    site.app(f"echo '{lines}' > /srv/app/nginx.d/bait.conf")
    # The configuration is newer than what runs, and that is said.
    unharmed(staged, "proxy.config")
    unharmed(staged, "proxy.config", proxy={"dump": True})
    assert not site.root("ls /srv/mallory/taken")


def test_a_binary_that_others_can_change(staged: Staged) -> None:
    site, _before = staged
    site.root(f"cp /usr/sbin/haproxy /srv/mallory/haproxy && chown {MALLORY}: /srv/mallory/haproxy")
    lines = f"defaults\n mode http\n timeout client 9s\n timeout server 9s\n timeout connect 9s\nlisten l\n bind :8093\n server s 127.0.0.1:{PORT}\n"
    write(site.host, "/etc/haproxy-other.cfg", lines)
    site.fleet.run(site.host, ["/srv/mallory/haproxy", "-f", "/etc/haproxy-other.cfg", "-db"], 8093)
    site.mallory("mv /srv/mallory/haproxy /srv/mallory/old")
    mallorys(site, "/srv/mallory/haproxy", _SCRIPT)
    unharmed(staged)


def test_tools_in_a_directory_of_another_user_s(staged: Staged) -> None:
    """Root's PATH may have one; the tools of the system come from its own directories."""
    site, _before = staged
    for name in ("timeout", "nft", "iptables-save", "ip6tables-save", "systemctl", "journalctl", "tcpdump", "nginx"):
        mallorys(site, f"/srv/mallory/bin/{name}", _SCRIPT)
    unharmed(staged, variables={"PATH": "/srv/mallory/bin:/usr/sbin:/usr/bin:/sbin:/bin"})


def test_a_process_that_calls_itself_a_proxy(staged: Staged) -> None:
    """It claims the service's URL with a configuration of its own: it is named, and neither read nor believed."""
    site, _before = staged
    block = (
        f"server {{ listen 8094; location / {{ proxy_pass http://127.0.0.1:{PORT}; {HEADERS} {HOST} return 403; }} }}"
    )
    mallorys(site, "/srv/mallory/n.conf", f"events {{}} http {{ {MAP} {block} }}")
    site.root(f"cp $(readlink -f $(command -v python3)) /srv/mallory/nginx; chown {MALLORY}: /srv/mallory/nginx")
    program = (
        "import os, socket; s = socket.create_server(('', 8094)); os.set_inheritable(s.fileno(), True); "
        "os.execv('/srv/mallory/nginx', ['nginx: master process nginx -c /srv/mallory/n.conf', '-c', 'import time; time.sleep(600)'])"
    )
    site.fleet.run(site.host, ["/usr/bin/python3", "-c", program], 8094, user=MALLORY, cwd="/srv/mallory")
    unharmed(staged)
    assert f"runs as {MALLORY}, neither root nor the service's user" in site.text


NAMED = {
    "environment.file": ("environment", {"environment": {"file": "/srv/mallory/bait"}}),
    "process.pidfile": ("process", {"process": {"pidfile": "/srv/mallory/bait"}}),
    "logs": ("log", {"logs": [{"path": "/srv/mallory/bait"}]}),
    "electron.path": ("electron", {"electron": {"path": "/srv/mallory/bait"}}),
    "proxy.config": ("proxy", {"proxy": {"config": "/srv/mallory/bait"}}),
    "frontend.root": ("frontend", {"frontend": {"root": "/srv/mallory/front"}}),
}
BAITS = {
    "fifo": "mkfifo {}",
    "endless": "ln -s /dev/zero {}",
    "terminal": "ln -s /dev/tty {}",
    "socket": "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"{}\")'",
}


@pytest.mark.parametrize("bait", BAITS)
def test_files_whose_names_others_choose(staged: Staged, bait: str) -> None:
    """All at once where nobody named them: ``.env`` in the working directory, an included configuration, a proxy's log."""
    site, _before = staged
    for path in ("/srv/app/.env", "/srv/app/nginx.d/bait.conf"):
        site.app("rm -f " + path + "; " + BAITS[bait].format(path))
    # Files that are newer than what runs are told, whatever they are.
    unharmed(staged, "proxy.config", "environment", "process.code")


@pytest.mark.parametrize("option", NAMED)
def test_a_fifo_that_the_operator_named(staged: Staged, option: str) -> None:
    """It costs its own subject alone, at once, and that is not green."""
    site, _before = staged
    subject, changes = NAMED[option]
    site.mallory(
        "rm -rf bait front; mkfifo /srv/mallory/bait; mkdir front; mkfifo front/app.js; echo '<script src=app.js></script>' > front/index.html"
    )
    # Who the process is decides what else is looked at.
    others = ("process", "environment", "log", "port") if subject == "process" else (subject,)
    after = unharmed(staged, *others, "firewall", "tls", **changes)
    mine = {status for check, status in after.items() if check.startswith(subject)}
    assert mine & {"unknown", "warn", "fail"}, mine


def test_a_link_to_what_its_maker_may_not_read(staged: Staged) -> None:
    """Root could read it for him, and the report would show it."""
    site, _before = staged
    write(site.host, "/root/secret", "NODE_ENV=c4n4ry-of-root\n")
    site.root("chmod 600 /root/secret")
    site.app("rm -f /srv/app/.env; ln -s /root/secret /srv/app/.env")
    unharmed(staged, "environment", "process.code")
    assert "c4n4ry-of-root" not in site.text


def test_a_configuration_that_includes_what_its_maker_may_not_read(staged: Staged) -> None:
    """Root's proxy would not start with it; what stands in it would be quoted as an unknown directive."""
    site, _before = staged
    write(site.host, "/root/included", "c4n4ry_of_root with_more words;\n")
    site.root("chmod 600 /root/included")
    for name in ("/root/included", "/proc/1/cwd/root/included", "/proc/1/root/root/included"):
        site.app(f"echo 'include {name};' > /srv/app/nginx.d/bait.conf")
        unharmed(staged, "proxy.config")
        assert "c4n4ry_of_root" not in site.text


def test_another_user_on_the_service_s_port(staged: Staged) -> None:
    """At another address of the loopback: his processes are not the service's, and his proxy is not believed."""
    site, _before = staged
    block = f"server {{ listen 8095; location / {{ proxy_pass http://127.0.0.1:{PORT}; return 403; }} }}"
    mallorys(site, "/srv/mallory/n.conf", f"events {{}} http {{ {block} }}")
    program = (
        "import ctypes, os, socket, time; kept = [socket.create_server((a, p)) for a, p in "
        f"(('127.0.0.9', {PORT}), ('127.0.0.1', 8095))]; print('password=c4n4ry of mallory', flush=True); "
        "ctypes.CDLL(None).prctl(15, b'nginx', 0, 0, 0); time.sleep(600)"
    )
    site.fleet.run(site.host, ["/usr/bin/python3", "-c", program], 8095, user=MALLORY, cwd="/srv/mallory")
    unharmed(staged, "port")
    assert f"runs as {MALLORY}, neither root nor the service's user" in site.text


def test_names_that_look_like_the_kernel_s_words(staged: Staged) -> None:
    """Of a process, in /proc/PID/status; of a socket, in /proc/net/unix."""
    site, _before = staged
    program = (
        "import ctypes, os, socket, time; s = socket.create_server(('127.0.0.1', 8096)); os.chdir('/srv/mallory'); "
        "u = socket.socket(socket.AF_UNIX); u.bind('bait\\nx y z zz q w e r t'); u.listen(); libc = ctypes.CDLL(None)\n"
        "while True:\n"
        " libc.prctl(15, b'nginx', 0, 0, 0); time.sleep(0.05); libc.prctl(15, b'\\rUid:\\t0\\t0\\t0\\t0', 0, 0, 0); time.sleep(0.01)"
    )
    site.fleet.run(site.host, ["/usr/bin/python3", "-c", program], 8096, user=MALLORY, cwd="/srv/mallory")
    unharmed(staged)
    site.root("rm -f /srv/mallory/bait*")


def test_the_target_half_is_what_was_tested() -> None:
    """These tests speak of the collection of this checkout, and of root."""
    assert pathlib.Path(__file__).parents[2].joinpath("plugins/module_utils/_system/open_file.py").exists()
    assert APP != MALLORY
