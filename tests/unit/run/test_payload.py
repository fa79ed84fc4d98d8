# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What travels inside the module: packed, checked, and imported from memory by a Python that has nothing."""

from __future__ import annotations

import base64
import importlib
import json
import marshal
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import types
import warnings
import zlib

import pytest
from ansible_collections.websocket.health.plugins.module_utils._run import payload as payload_module
from ansible_collections.websocket.health.plugins.module_utils._run.payload import (
    HALF,
    Dialects,
    Payload,
    load_library,
    pack,
    pack_code,
)
from ansible_collections.websocket.health.plugins.plugin_utils._run.pack_payload import (
    carry,
    carry_continuity,
    code_to_carry,
)

from tests.lab.pythons import PythonNotFound, find_bare
from tests.servers.fault_server import staged
from tests.unit.probed_host import DIALECTS, PLUGINS

CODE = pack_code({"_core": "x = 1\n"}, "9.9", {"_dialects.echo": "NAME = 'echo'\n", "redact": "y = 2\n"})


#: What the modules import by name, and Ansible therefore packs.
BY_ANSIBLE = ("_run.payload", "_run.probe_module", "_run.service_spec")


def _packed(value: object) -> str:
    return base64.b64encode(zlib.compress(json.dumps(value).encode())).decode()


def _whole(index: object, services: object, compiled: str = "AAAA") -> str:
    """A payload whose sum is right."""
    code = f"{_packed([{}, {}])}.{payload_module._BYTECODE}.{compiled}.{_packed(index)}"
    return f"{zlib.crc32(code.encode()):08x}.{code}.{_packed(services)}"


def test_what_was_packed_is_unpacked() -> None:
    payload = Payload.unpack(pack(CODE, [{"name": "ü"}, {}]))
    assert payload.library == ["_core"]
    assert payload.library_version == "9.9"
    assert payload.names == ["_dialects.echo", "redact"]
    assert payload.sources == {
        "websocket": "__version__ = '9.9'\n",
        "websocket._core": "x = 1\n",
        f"{HALF}._dialects": "",
        f"{HALF}._dialects.echo": "NAME = 'echo'\n",
        f"{HALF}.redact": "y = 2\n",
    }
    assert payload.dialects == ["echo"]
    assert payload.services == [{"name": "ü"}, {}]


@pytest.mark.parametrize("nothing", ["", None])
def test_nothing_is_an_empty_payload(nothing: str | None) -> None:
    payload = Payload.unpack(nothing)
    assert (payload.sources, payload.dialects, payload.services) == ({}, [], [])


_MARSHALLED = base64.b64encode(zlib.compress(marshal.dumps({}))).decode()


def test_a_payload_made_by_hand_is_unpacked() -> None:
    assert Payload.unpack(_whole([[], "1", []], [], _MARSHALLED)).library_version == "1"


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "a.b",
        CODE,
        CODE + "." + CODE + "." + CODE,
        pack(CODE, [])[:-8],
        "A" + pack(CODE, [])[1:],
        pack(CODE[:40] + CODE[44:], []),
        pack(CODE, []).replace(".", "-", 1),
        _whole(1, [], _MARSHALLED),
        _whole([1, 2, 3, 4], [], _MARSHALLED),
        _whole([[], "1", []], {"a": 1}, _MARSHALLED),
        _whole([[], "1", []], []),
        pack(CODE, []).rsplit(".", 1)[0] + "." + base64.b64encode(b"plain").decode(),
    ],
)
def test_tampering_is_named_and_crashes_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="option 'payload' is filled in by the action plugin"):
        Payload.unpack(text)


def _imported(payload: Payload, name: str) -> types.ModuleType:
    """A module of what was brought along, imported as on a target."""
    before = list(sys.meta_path)
    sys.modules.pop(name, None)
    try:
        payload.install()
        return importlib.import_module(name)
    finally:
        sys.meta_path[:] = before
        sys.modules.pop(name, None)


def test_code_for_this_python_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    name = HALF + ".hello"
    payload = Payload.unpack(pack(pack_code({}, "", {"hello": "SAID = 'compiled'\n"}), []))
    payload.sources[name] = "SAID = 'source'\n"
    assert _imported(payload, name).SAID == "compiled"
    monkeypatch.setattr(payload_module, "_BYTECODE", "another-python")
    other = Payload.unpack(pack(CODE, []))
    assert (other.compiled, bool(other.sources)) == ({}, True)


def test_what_this_python_cannot_compile_travels_as_source() -> None:
    payload = Payload.unpack(pack(pack_code({}, "", {"hello": "SAID = 1\n", "broken": "this is no Python\n"}), []))
    assert [name.rsplit(".", 1)[1] for name in payload.compiled] == ["hello"]
    assert set(payload.names) == {"hello", "broken"}
    with pytest.raises(SyntaxError):
        _imported(payload, HALF + ".broken")


def test_what_is_rarely_imported_travels_as_source() -> None:
    files = {"proxies.nginx": "SAID = 1\n", "hello": "SAID = 2\n"}
    payload = Payload.unpack(pack(pack_code({}, "", files, ("proxies.",)), []))
    assert {name.removeprefix(HALF + ".") for name in payload.compiled} == {"hello", "proxies"}
    assert _imported(payload, HALF + ".proxies.nginx").SAID == 1


def test_nothing_to_bring_along_installs_nothing() -> None:
    before = list(sys.meta_path)
    Payload().install()
    assert sys.meta_path == before


def test_the_real_payload_is_small_and_whole() -> None:
    payload = Payload.unpack(carry([{"name": "a", "port": 1, "electron": {"path": "/opt/a"}}])[1])
    assert {"_core", "_abnf", "_handshake", "_exceptions"} <= set(payload.library)
    assert not {"_app", "_wsdump", "__init__"} & set(payload.library)
    half = PLUGINS / "module_utils"
    holding = {"_continuity.clients", "_continuity.holder_process"}
    assert set(payload.names) | set(BY_ANSIBLE) | holding == {
        ".".join(path.relative_to(half).with_suffix("").parts)
        for path in half.rglob("*.py")
        if path.parent.name != "_evidence" and not path.stem.endswith("_types")
    }
    assert {"echo", "socketio", "mqtt"} <= set(payload.dialects)
    assert len(code_to_carry(whole=False)) < 850_000, "it travels to every host of every run"


def test_what_holds_connections_travels_with_its_own_module_alone() -> None:
    files = set(Payload.unpack(carry_continuity({"url": "ws://a/"})).names)
    assert files - set(Payload.unpack(carry([{"name": "a", "port": 1}])[1]).names) == {
        "_continuity.clients",
        "_continuity.holder_process",
    }


def test_only_modules_that_a_service_needs_are_carried() -> None:
    asked: dict[str, object] = {"name": "a", "port": 1, "websocket": {"path": "/ws"}}
    few = Payload.unpack(carry([asked])[1]).names
    assert "_probes.log" in few
    assert not [name for name in few if "frontend" in name or "electron" in name]
    page = Payload.unpack(carry([asked, {**asked, "name": "b", "frontend": {"root": "/srv"}}])[1]).names
    assert {"_probes.frontend", "_frontend.walk"} <= set(page)
    # Where the path is not known, the service's own page is read.
    assert "_frontend.scan" in Payload.unpack(carry([{"name": "a", "port": 1}])[1]).names


def test_the_library_is_found_here() -> None:
    package, note = load_library()
    assert package._core.WebSocket
    assert note[0].isdigit()


def test_a_broken_library_is_a_reason_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websocket", None)
    package, note = load_library()
    assert package is None
    assert "websocket-client cannot be imported" in note


def test_dialects_are_known_by_their_name() -> None:
    few = Dialects(["graphql_ws", "echo", "_graphql", "__init__"])
    assert (list(few), len(few), "mqtt" in few) == (["echo", "graphql-ws"], 2, False)
    assert few["graphql-ws"].NAME == "graphql-ws"
    with pytest.raises(KeyError):
        few["mqtt"]
    assert {"echo", "socketio", "graphql-transport-ws", "mqtt", "stomp"} <= set(DIALECTS)


_ON_TARGET = r"""
import json, os, sys
sys.path.insert(0, sys.argv[1])
for name in ("websocket", "psutil"):
    try:
        __import__(name)
    except ImportError:
        continue
    sys.exit("%s is installed: this proves nothing" % name)
from ansible_collections.websocket.health.plugins.module_utils._run.payload import Payload

class Module:
    def run_command(self, argv, **options):
        return 1, "", ""

task = json.load(sys.stdin)
before = set(sys.modules)
carried = Payload.unpack(task["payload"])
carried.install()
from ansible_collections.websocket.health.plugins.module_utils._run.run_probes import SUBJECTS, Asking
asking = Asking(carried.services, carried, 20.0, Module())
answer = asking.ask(list(SUBJECTS))
answer["origins"] = sorted({str(getattr(sys.modules[name].__spec__, "origin", None))
                            for name in sys.modules if name not in before
                            and name.split(".")[0] in ("websocket", "ansible_collections")})
answer["dialects"] = sorted(asking.context.dialects)
answer["compiles"] = not carried.compiled or carried._sources is not None
json.dump(answer, sys.stdout)
"""


@pytest.fixture(scope="module", params=["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"])
def bare_python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A Python without psutil and websocket-client, as on a target."""
    try:
        return find_bare(request.param, tmp_path_factory.mktemp("pythons"))
    except PythonNotFound as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must have it: {error}")
        warnings.warn(f"NOT TESTED on Python {request.param}: {error}", stacklevel=1)
        pytest.skip(str(error))


def _packed_by_ansible(half: pathlib.Path) -> None:
    """What Ansible itself brings to a target."""
    for name in BY_ANSIBLE:
        path = pathlib.Path(*name.split(".")).with_suffix(".py")
        (half / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PLUGINS / "module_utils" / path, half / path)


def test_a_bare_python_imports_it_from_memory(
    bare_python: pathlib.Path, tmp_path: pathlib.Path, request: pytest.FixtureRequest
) -> None:
    """Of the target half the target has what Ansible packs; the rest and websocket-client it gets without a file."""
    (tmp_path / "root").mkdir()
    log = tmp_path / "root" / "server.log"
    log.write_text("2026-11-23 02:00:00 listening on port 1\nTraceback (most recent call last):\nValueError: x\n")
    target = tmp_path / "ansible_collections" / "websocket" / "health" / "plugins"
    _packed_by_ansible(target / "module_utils")
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    with staged(["healthy"]) as ports:
        service = {
            "name": "chat",
            "port": ports["healthy"],
            "websocket": {"dialect": "echo", "headers": {"X-A": "canary7x"}},
            "logs": [{"path": str(log), "ready": "listening on port (?P<port>[0-9]+)"}],
            "frontend": {"root": str(tmp_path / "root"), "browser": False},
        }
        shown, payload = carry([service])
        assert shown == [{"name": "chat", "port": service["port"]}]
        done = subprocess.run(
            [str(bare_python), "-I", "-B", "-c", _ON_TARGET, str(tmp_path)],
            input=json.dumps({"payload": payload}),
            capture_output=True,
            text=True,
            timeout=60,
            cwd="/",
        )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    evidence = answer["services"][0]["evidence"]
    assert answer["host"]["python"].startswith(request.node.callspec.params["bare_python"] + ".")
    assert answer["host"]["table"] == "procfs"
    assert "brought along" in answer["host"]["library"]
    assert answer["origins"] == ["brought along"]
    assert "socketio" in answer["dialects"]
    assert evidence["websocket"]["main"]["outcome"] == "open"
    assert evidence["websocket"]["conversation"]["exchange"]["completed"] is True
    assert {subject: part["error"] for subject, part in evidence.items()} == dict.fromkeys(evidence)
    assert "canary7x" not in done.stdout
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before, "nothing stays on a target"


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="no limit on address space here")
def test_it_works_within_64_megabytes_of_address_space(tmp_path: pathlib.Path) -> None:
    """Threads have eight megabytes of stack each, and sixty-four of heap: there "can't start new thread" was the end."""
    target = tmp_path / "ansible_collections" / "websocket" / "health" / "plugins" / "module_utils"
    _packed_by_ansible(target)
    with staged(["healthy"]) as ports:
        payload = carry([{"name": "chat", "port": ports["healthy"], "websocket": {"path": "/", "dialect": "echo"}}])[1]
        done = subprocess.run(
            [str(find_bare("3.11", tmp_path / "bare")), "-I", "-B", "-c", _ON_TARGET, str(tmp_path)],
            input=json.dumps({"payload": payload}),
            capture_output=True,
            text=True,
            timeout=60,
            cwd="/",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (64 << 20, 64 << 20)),
        )
    assert done.returncode == 0, done.stderr
    evidence = json.loads(done.stdout)["services"][0]["evidence"]
    assert {subject: part["error"] for subject, part in evidence.items()} == dict.fromkeys(evidence)
    assert evidence["websocket"]["main"]["outcome"] == "open"
    # Readers of a proxy's configuration travel as source: other tests may run one on this host now.
    if sys.version_info[:2] == (3, 11) and not evidence["proxy"].get("proxies"):
        assert not json.loads(done.stdout)["compiles"], "a healthy service on the same Python needs no source"
