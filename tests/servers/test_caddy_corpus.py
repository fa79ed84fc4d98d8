# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of Caddyfiles against ``caddy adapt``, and a running Caddy against its admin API.

n configurations of which Caddy and the reader make the same, or refuse with the same words, are n/n.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import types
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import web_url
from ansible_collections.websocket.health.plugins.module_utils._proxies.caddy import Caddy
from ansible_collections.websocket.health.plugins.module_utils._proxies.caddy_config import Config, leading_to, route
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._run.redact import Redactor
from ansible_collections.websocket.health.plugins.module_utils._system.base import Listener

from tests.scenarios.scenario import load_all
from tests.scenarios.stage import _caddy
from tests.unit.proxies.caddyfile_cases import CASES, VARIABLES, compared, read, stage

CADDY = shutil.which("caddy", path="/usr/bin:/usr/local/bin")
pytestmark = pytest.mark.skipif(CADDY is None, reason="caddy is not installed")
CHECKOUT = Path(__file__).resolve().parents[2]


def caddy(*words: str) -> subprocess.CompletedProcess[str]:
    """Run Caddy."""
    environment = {**os.environ, **VARIABLES}
    return subprocess.run(
        [str(CADDY), *words], capture_output=True, text=True, check=False, timeout=30, env=environment
    )


def version() -> tuple[int, ...]:
    """Of the Caddy that is installed."""
    found = re.search(r"\d+(?:\.\d+)+", caddy("version").stdout)
    assert found is not None
    return tuple(int(part) for part in found.group().split("."))


def adapted(path: Path) -> dict[str, t.Any] | str:
    """The JSON that Caddy makes of a file, or what it says is wrong."""
    run = caddy("adapt", "--config", str(path), "--adapter", "caddyfile")
    if run.returncode == 0:
        raw: dict[str, t.Any] = json.loads(run.stdout)
        return raw
    return next(line[7:] for line in run.stderr.splitlines() if line.startswith("Error: "))


def ours(path: Path) -> dict[str, t.Any] | str:
    """The same from the reader."""
    try:
        return read(path, version()).raw
    except ValueError as error:
        return str(error)


def asked(raw: dict[str, t.Any], named: dict[str, t.Any]) -> list[t.Any]:
    """What a configuration makes of the URLs that another one names, and which lead to ports."""
    config, text = Config(raw), json.dumps(named)
    hosts = re.findall(r'"([\w*-]+(?:\.[\w-]+)+)"', text)[:6] + ["nobody.example"]
    paths = [path.rstrip("*") for path in re.findall(r'"(/[\w/.-]*\*?)"', text)[:15]] + ["/", "/ws"]
    found: list[t.Any] = [leading_to(config, port, None, []) for port in (9000, 9001, 8080)]
    for scheme, port in (("ws", 80), ("wss", 443), ("ws", 8080), ("wss", 8443)):
        for host in dict.fromkeys(hosts):
            for path in dict.fromkeys(paths):
                found.append(route(config, web_url(f"{scheme}://{host.replace('*', 'any')}:{port}{path}"), None))
    return found


def difference(path: Path) -> tuple[str, int]:
    """In what Caddy and the reader differ, or nothing; and how many URLs were asked."""
    theirs, own = adapted(path), ours(path)
    if isinstance(theirs, str) or isinstance(own, str):
        return "" if theirs == own else f"Caddy {str(theirs)[:300]!r}, reader {str(own)[:300]!r}", 0
    if compared(theirs) != compared(own):
        return f"Caddy {compared(theirs)}, reader {compared(own)}", 0
    routes = asked(theirs, theirs)
    return ("" if routes == asked(own, theirs) else "the routes differ"), len(routes)


def test_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, urls, refused = [], 0, 0
    for number, (name, files) in enumerate(CASES.items()):
        problem, count = difference(stage(files, tmp_path / str(number)))
        urls += count
        refused += not count
        if problem:
            wrong.append(f"{name}: {problem}")
        if not problem and name.startswith("refused: ") != (not count):
            wrong.append(f"{name}: {'refused' if not count else 'taken'} by both")
    with capsys.disabled():
        print(f"\nCaddyfiles: {len(CASES) - len(wrong)}/{len(CASES)} agree ({refused} refused by both), {urls} URLs")
    assert wrong == []
    assert len(CASES) - refused >= 60 and refused >= 20


def test_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    servers = [
        (f"{case.id}:{name}", server)
        for case in load_all()
        for name, server in case.servers.items()
        if server.get("run") == "caddy"
    ]
    texts = [(name, _caddy("", "front", server)) for name, server in servers]
    page = (CHECKOUT / "docs" / "behind-a-proxy.md").read_text(encoding="utf-8")
    texts += [("documented", text) for text in re.findall(r"```caddy\n(.*?)```", page, re.DOTALL)]
    wrong, urls = [], 0
    for number, (name, text) in enumerate(texts):
        text = re.sub(r"<<[\w.]+>>", "8080", re.sub(r"<<(?:address|peer)>>", "127.0.0.1", text))
        problem, count = difference(
            stage({"Caddyfile": text.replace("<<dir>>", str(tmp_path))}, tmp_path / str(number))
        )
        urls += count
        if problem:
            wrong.append(f"{name}: {problem}")
    with capsys.disabled():
        print(f"\nscenarios with Caddy: {len(texts) - len(wrong)}/{len(texts)} agree, {urls} URLs")
    assert wrong == []
    assert len(texts) >= 10 and urls >= 100


# -- a running Caddy ---------------------------------------------------------------------------------------------------


class Running:
    """A Caddy whose admin API listens on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "Caddyfile"
        self.admin, self.site = _free_port(), _free_port()
        self.write("127.0.0.1:9000")
        home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        self.process = subprocess.Popen(
            [str(CADDY), "run", "--config", str(self.path), "--adapter", "caddyfile"],
            env={**os.environ, **home, "CADDY_TEST_SECRET": "hush-hush"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _await(self.site)

    def write(self, back: str) -> None:
        """Write the file."""
        head = f"{{\n\tadmin localhost:{self.admin}\n\tauto_https off\n}}\n"
        proxy = f"\treverse_proxy {back} {{\n\t\theader_up X-Token {{$CADDY_TEST_SECRET}}\n\t}}\n"
        self.path.write_text(f"{head}http://:{self.site} {{\n{proxy}}}\n")

    def load(self, raw: dict[str, t.Any]) -> None:
        """Load a configuration through the API."""
        data = json.dumps(raw).encode()
        with socket.create_connection(("127.0.0.1", self.admin), timeout=10) as sock:
            head = f"POST /load HTTP/1.0\r\nHost: localhost:{self.admin}\r\nContent-Type: application/json\r\n"
            sock.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
            answer = sock.makefile("rb").read()
        assert b" 200 " in answer.split(b"\r\n")[0], answer

    def engine(self, pid: int | None = None, **more: t.Any) -> Caddy:
        """What reads it; with another pid: as though another process had the API's port."""
        listener = Listener("ipv4", "127.0.0.1", self.admin, None, 1, 0, 0, 0, "host", [pid or self.process.pid])
        context = t.cast(
            t.Any,
            types.SimpleNamespace(
                redactor=Redactor([]),
                deadline=Deadline(20),
                system=types.SimpleNamespace(
                    listeners=[listener],
                    processes={
                        self.process.pid: types.SimpleNamespace(
                            argv=["caddy", "run", "--config", str(self.path)],
                            ppid=1,
                            started=time.time(),
                            pid=self.process.pid,
                        )
                    },
                    table=types.SimpleNamespace(environ=lambda _pid: {"CADDY_TEST_SECRET": "hush-hush"}),
                ),
                command=lambda argv: (0, caddy(*argv[1:]).stdout, ""),
            ),
        )
        found = Caddy(self.process.pid, context, **more)
        found.read(None)
        return found

    def back(self, engine: Caddy) -> t.Any:
        """Where the site leads."""
        seen = engine.route(web_url(f"ws://127.0.0.1:{self.site}/ws"), None)
        return seen["upstream"]["addresses"][0]["port"]


@pytest.fixture()
def running(tmp_path: Path) -> Iterator[Running]:
    one = Running(tmp_path)
    try:
        yield one
    finally:
        one.process.terminate()
        one.process.wait(10)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _await(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Caddy does not listen")


def test_what_runs_is_what_the_admin_api_says(running: Running) -> None:
    seen = running.engine()
    assert (seen.seen["read_from"], seen.seen["loaded"], running.back(seen)) == ("admin API", True, 9000)
    loaded = json.loads(
        json.dumps(read(running.path, version(), {"CADDY_TEST_SECRET": "x"}).raw).replace("9000", "9001")
    )
    running.load(loaded)
    seen = running.engine()
    assert (seen.seen["read_from"], seen.seen["loaded"], running.back(seen)) == ("admin API", False, 9001)
    assert "hush-hush" not in json.dumps([seen.seen, seen.route(web_url(f"ws://x:{running.site}/"), None)])


def test_a_file_that_was_changed_and_not_loaded(running: Running) -> None:
    running.write("127.0.0.1:9002")
    seen = running.engine()
    assert (seen.seen["loaded"], running.back(seen)) == (False, 9000)
    running.path.write_text(running.path.read_text() + "x {\n\thandle {\n")
    seen = running.engine()
    assert (seen.seen["loaded"], running.back(seen), seen.seen["test"]["ok"]) == (None, 9000, False)


def test_another_process_is_not_asked(running: Running) -> None:
    """Whoever else listens on the API's port is no Caddy that is believed."""
    running.load(json.loads(json.dumps(read(running.path, version()).raw).replace("9000", "9001")))
    seen = running.engine(pid=os.getpid())
    assert (seen.seen["read_from"], seen.seen["loaded"], running.back(seen)) == ("files", None, 9000)
