# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stages a scenario on a host of the lab: files, certificates, servers, and what is done to them."""

from __future__ import annotations

import time
import typing as t

from tests.integration.conftest import Fleet
from tests.integration.lab_files import MAP, PYTHON, write
from tests.scenarios.scenario import PROGRAMS, PROXIES, Scenario, ScenarioError, render
from tests.servers.catalogue import CACHE, SERVERS
from tests.unit import tls_ca

AUTHORITY = "/srv/scenarios/authority.pem"
#: For steps that wait: until a command succeeds, and until a file has a text.
_PRELUDE = """
await() { for i in $(seq 150); do if eval "$1" >/dev/null 2>&1; then return 0; fi; sleep 0.1; done; echo "never true: $1" >&2; return 1; }
await_text() { await "grep -q -e '$1' '$2'"; }
"""
_APACHE_MODULES = "mpm_event authz_core proxy proxy_http dir alias rewrite headers ssl socache_shmcb"
_SECONDS = 30


class Stage:
    """A scenario on a host.

    :param peer: another host, for what a scenario does elsewhere.
    :param authority: issues certificates.
    """

    def __init__(self, fleet: Fleet, host: t.Any, peer: t.Any, scenario: Scenario, authority: tls_ca.Authority) -> None:
        self.fleet, self.host, self.peer, self.scenario, self.authority = fleet, host, peer, scenario, authority
        self.words: dict[str, t.Any] = {
            **scenario.ports,
            "address": host.address,
            "peer": peer.address,
            "dir": scenario.directory,
            "authority": AUTHORITY,
            "cache": str(CACHE),
            "servers": str(SERVERS["ws_standalone"].directory.parent),
            "pythonpath": PYTHON,
            "host": host.name,
            "interpreter": fleet.base["all"]["hosts"][host.name]["ansible_python_interpreter"],
        }

    def entry(self) -> dict[str, t.Any]:
        """Stage it.

        :returns: the inventory entry, named like the scenario.
        """
        scenario = self.scenario
        self.host.run(["mkdir", "-p", scenario.directory])
        self.peer.run(["mkdir", "-p", scenario.directory])
        write(self.host, AUTHORITY, self.authority.root.pem.decode())
        for word, command in scenario.words.items():
            self.words[word] = self.host.run(["sh", "-c", self._filled(command)]).stdout.strip()
        for name in self._filled(scenario.names):
            self.host.run(["sh", "-c", f"echo 127.0.0.1 {name} >> /etc/hosts"])
        for name, options in scenario.certificates.items():
            self._certify(name, self._filled(options))
        for path, text in self._filled(scenario.files).items():
            write(self.host, path if path.startswith("/") else f"{scenario.directory}/{path}", text)
        for step in scenario.before:
            self._do(step)
        for name, options in scenario.servers.items():
            self._start(name, self._filled(options))
        for step in scenario.then:
            self._do(step)
        return {**self._filled(scenario.service), "name": scenario.id}

    def variables(self) -> dict[str, t.Any]:
        """Further variables of the host in the inventory."""
        return dict(self._filled(self.scenario.inventory))

    def _filled(self, value: t.Any) -> t.Any:
        return render(value, self.words, self.scenario.id)

    def _do(self, step: t.Any) -> None:
        """A shell script on the host, or ``{at: peer, run: …}``."""
        step = self._filled(step)
        host = self.host
        if isinstance(step, dict):
            host, step = self._on(step), step["run"]
        done = host.run(["sh", "-c", _PRELUDE + step], check=False)
        if done.returncode:
            raise ScenarioError(f"{self.scenario.id}: a step failed: {step}\n{done.stdout}{done.stderr}")

    def _on(self, options: dict[str, t.Any]) -> t.Any:
        where = options.get("at", "host")
        if where not in ("host", "peer"):
            raise ScenarioError(f"{self.scenario.id}: at: {where!r} is neither host nor peer")
        return self.host if where == "host" else self.peer

    def _certify(self, name: str, options: dict[str, t.Any]) -> None:
        """``<dir>/<name>.pem``: what is sent, and the key."""
        names = [str(entry) for entry in options.get("names") or ()]
        issuer = options.get("issuer", "authority")
        authority = tls_ca.authority() if issuer == "stranger" else self.authority
        by = None if issuer == "self" else authority.intermediate
        issued = tls_ca.issue(
            options.get("common_name") or (names or ["localhost"])[0], by, names=names,
            days=tuple(options.get("days") or (-1, 90)), issuer_url=options.get("issuer_url", ""),
        )  # fmt: skip
        text = issued.pem.decode()
        if by is not None and options.get("send", "full") == "full":
            text += authority.intermediate.pem.decode()
        write(self.host, f"{self.scenario.directory}/{name}.pem", text + issued.key_pem.decode())

    # Servers.

    def _start(self, name: str, options: dict[str, t.Any]) -> None:
        host, kind, port = self._on(options), options["run"], self.scenario.ports[name]
        log = options.get("log") or f"{self.scenario.directory}/{name}.log"
        environment = {key: str(value) for key, value in (options.get("env") or {}).items()}
        if kind in PROXIES:
            argv, more = self._proxy(kind, name, options)
        elif kind in PROGRAMS:
            argv, more = self._program(kind, options, port)
        elif kind in SERVERS:
            server, bind = SERVERS[kind], options.get("bind", "0.0.0.0")
            argv = server.command(bind, port)
            more = {"env": server.environment(bind, port), "cwd": str(server.directory)}
        else:
            known = ", ".join([*PROXIES, *PROGRAMS, *SERVERS])
            raise ScenarioError(f"{self.scenario.id}: servers.{name}.run: {kind!r} is none of {known}")
        more["env"] = {**more.get("env", {}), **environment}
        more["cwd"] = options.get("cwd", more.get("cwd"))
        for key in ("nofile", "user"):
            if key in options:
                more[key] = options[key]
        pid = self.fleet.run(host, argv, stdout=log, **more)
        self.words[name + ".pid"] = pid
        if options.get("wait", True):
            self._await(host, pid, name, port, log)

    def _await(self, host: t.Any, pid: int, name: str, port: int, log: str) -> None:
        """Until it listens; a server that has ended does not have to be waited for."""
        deadline = time.monotonic() + _SECONDS
        while port not in host.listening():
            gone = host.run(["kill", "-0", str(pid)], check=False).returncode
            if gone or time.monotonic() > deadline:
                text = host.run(["tail", "-n", "30", log], check=False).stdout
                raise ScenarioError(f"{self.scenario.id}: {name} does not listen on port {port}:\n{text}")
            time.sleep(0.05)

    def _program(self, kind: str, options: dict[str, t.Any], port: int) -> tuple[list[str], dict[str, t.Any]]:
        """A program of the scenario's own, with HOST, PORT and the libraries of the catalogue's servers."""
        common = SERVERS["ws_standalone"].environment(options.get("bind", "0.0.0.0"), port)
        code = options.get("code", "")
        argv = {"python": [PYTHON, "-u", "-c", code], "node": ["node", "-e", code], "shell": ["sh", "-c", code]}[kind]
        return argv, {"env": common, "cwd": self.scenario.directory}

    def _proxy(self, kind: str, name: str, options: dict[str, t.Any]) -> tuple[list[str], dict[str, t.Any]]:
        host, folder = self._on(options), self.scenario.directory
        path = f"{folder}/{name}.conf"
        text = {"nginx": _nginx, "apache": _apache, "haproxy": _haproxy, "caddy": _caddy}[kind](folder, name, options)
        write(host, path, text)
        argv = {
            "nginx": ["/usr/sbin/nginx", "-c", path, "-g", "daemon off;"],
            "apache": ["/usr/sbin/apache2", "-f", path, "-DFOREGROUND"],
            "haproxy": ["/usr/sbin/haproxy", "-db", "-f", path],
            "caddy": ["/usr/bin/caddy", "run", "--config", path, "--adapter", "caddyfile"],
        }[kind]
        home = {"HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder} if kind == "caddy" else {}
        if kind == "nginx":
            host.run(["mkdir", "-p", "/var/log/nginx", "/var/lib/nginx"])
        return argv, {"env": home}


def _nginx(folder: str, name: str, options: dict[str, t.Any]) -> str:
    """A whole nginx.conf around the text of its http block; the map is in an include, as it often is."""
    return (
        f"user {options.get('worker', 'www-data')}; worker_processes 1; pid {folder}/{name}.pid;\n"
        f"error_log {folder}/{name}-error.log {options.get('level', 'error')};\n{options.get('main', '')}\n"
        f"events {{ worker_connections {options.get('connections', 256)}; }}\n"
        f"http {{ access_log {folder}/{name}-access.log;\n"
        "types { text/html html; text/javascript js; application/json map; }\n"
        f"{MAP}{options.get('http', '')}\n}}\n"
    )


def _apache(folder: str, name: str, options: dict[str, t.Any]) -> str:
    """A whole httpd.conf around the text of its virtual hosts."""
    modules = options.get("modules", _APACHE_MODULES).split()
    loaded = [f"LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so" for module in modules]
    return "\n".join(
        [
            f'ServerRoot "{folder}"', f"PidFile {folder}/{name}.pid", "ServerName localhost", f"ErrorLog {folder}/{name}-error.log",
            "User www-data", "Group www-data", *loaded, options.get("config", ""), "",
        ]
    )  # fmt: skip


def _haproxy(_folder: str, _name: str, options: dict[str, t.Any]) -> str:
    """A global section, and the text of the others."""
    return f"global\nmaxconn 200\n{options.get('config', '')}\n"


def _caddy(_folder: str, _name: str, options: dict[str, t.Any]) -> str:
    """Global options, and the text of the sites."""
    return f"{{\nadmin {options.get('admin', 'off')}\nauto_https off\n}}\n{options.get('config', '')}\n"
