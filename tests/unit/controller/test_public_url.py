# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public URL is asked once in a run, and what cannot be known there is not held against it."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import pathlib
import socket
import time
import types
import typing as t

import pytest
from ansible import constants
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.plugin_utils._controller import once_per_run as once
from ansible_collections.websocket.health.plugins.plugin_utils._controller import public_url
from ansible_collections.websocket.health.plugins.plugin_utils._controller.once_per_run import once_per_run
from ansible_collections.websocket.health.plugins.plugin_utils._controller.public_url import ask_public

from tests.servers.fault_server import staged
from tests.unit.probed_host import new_context


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))


def _asked(url: str, seconds: float = 5.0, **websocket: t.Any) -> dict[str, t.Any]:
    service = {"name": "chat", "port": 1, "public_url": url, "websocket": websocket}
    return ask_public(service, new_context(service).with_deadline(Deadline(seconds)))


def test_the_handshake_at_the_public_url_is_accepted() -> None:
    with staged(["healthy"]) as ports:
        url = f"ws://127.0.0.1:{ports['healthy']}/ws"
        seen = _asked(url)
    assert (seen["outcome"], seen["url"], seen["path"]) == ("open", url, "/ws")


def test_the_public_url_is_asked_once() -> None:
    with staged(["healthy"]) as ports:
        url = f"ws://127.0.0.1:{ports['healthy']}/ws"
        first = _asked(url)
    # The server is gone: only the answer of the first worker can say that it was open.
    assert _asked(url) == first
    assert _asked(url + "?other")["outcome"] == "connect-refused"


def test_the_connection_is_held_idle_where_that_is_asked_for() -> None:
    with staged(["healthy", "mute"]) as ports:
        held = _asked(f"ws://127.0.0.1:{ports['healthy']}/", hold=1)["hold"]
        # What answers no ping before would tell nothing by its silence afterwards.
        assert "hold" not in _asked(f"ws://127.0.0.1:{ports['mute']}/", seconds=2.0, hold=1)
        assert "hold" not in _asked(f"ws://127.0.0.1:{ports['healthy']}/")
    assert (held["wanted_s"], held["ended"]) == (1.0, None)
    assert held["pong_ms"] is not None


def test_a_hold_gives_way_to_the_deadline() -> None:
    with staged(["healthy"]) as ports:
        held = _asked(f"ws://127.0.0.1:{ports['healthy']}/", seconds=2.0, hold=60)["hold"]
    assert held["held_s"] <= 2.0
    assert (held["ended"], held["pinged"]) == (None, False)


def test_the_canonical_name_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "lb-1.eu-central-1.elb.amazonaws.com"
    monkeypatch.setattr(public_url.socket, "getaddrinfo", lambda *_a, **_o: [(2, 1, 6, name, ("127.0.0.1", 9))])
    assert _asked("ws://chat.example.com:9/")["canonical"] == name


def _resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: rows)


def test_every_address_of_the_name_is_tried_and_one_that_answers_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with staged(["healthy"]) as ports:
        _resolves_to(monkeypatch, "127.0.0.2", "127.0.0.1", "127.0.0.2")
        seen = _asked(f"ws://twice.example.test:{ports['healthy']}/")
    told = {row["address"]: (row["outcome"], row["errno"]) for row in seen["addresses"]}
    assert told == {"127.0.0.2": ("connect-refused", "ECONNREFUSED"), "127.0.0.1": ("connected", None)}
    assert (seen["outcome"], seen["address"]) == ("open", f"127.0.0.1:{ports['healthy']}")


def test_large_packets_are_tried_where_the_handshake_is_accepted() -> None:
    with staged(["healthy"]) as ports:
        seen = _asked(f"ws://127.0.0.1:{ports['healthy']}/")
    assert seen["large"]["outcome"] == "open"
    assert "small_segments" not in seen


def test_only_the_names_of_cookies_are_kept() -> None:
    head = b"HTTP/1.1 101 x\r\nSet-Cookie: AWSALB=cAnArY7x; Path=/\r\nset-cookie: b=cAnArY7x\r\n\r\n"
    opened = types.SimpleNamespace(socket=types.SimpleNamespace(received=head))
    assert public_url._cookies(opened) == ["AWSALB", "b"]


def _count(path: str) -> str:
    def ask() -> str:
        with open(path, "a", encoding="utf-8") as stream:
            stream.write("x")
        time.sleep(0.3)
        return "answer"

    return str(once_per_run("key", ask, 5.0))


def test_workers_that_come_together_ask_once(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "count")
    with concurrent.futures.ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(_count, [path] * 4)) == ["answer"] * 4
    assert pathlib.Path(path).read_text() == "x"


def test_a_worker_that_waits_too_long_gets_no_answer(tmp_path: pathlib.Path) -> None:
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        first = pool.submit(_count, str(tmp_path / "count"))
        time.sleep(0.15)
        assert once_per_run("key", lambda: "mine", 0.01) is None
        assert first.result() == "answer"


def test_a_name_that_the_controller_cannot_resolve_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> t.NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "words of the resolver")

    monkeypatch.setattr(public_url.socket, "getaddrinfo", fail)
    seen = _asked("wss://chat.example.com/ws")
    assert "outcome" not in seen
    assert "cannot resolve chat.example.com" in seen["unknown"]
    # Together with what the host's resolver says it may prove something.
    assert seen["lookup"] == {"name": "chat.example.com", "error": "EAI_NONAME"}


def test_what_failed_is_asked_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A play that waits until the service is back must not be told for ever that it is not."""
    answers = iter(["refused", "open"])
    lasts = {"refused": 3.0, "open": 60.0}.__getitem__
    now = [1000.0]
    monkeypatch.setattr(once.time, "time", lambda: now[0])
    assert once_per_run("key", lambda: next(answers), 1.0, lasts) == "refused"
    now[0] += 2.0
    assert once_per_run("key", lambda: next(answers), 1.0, lasts) == "refused"
    now[0] += 2.0
    assert once_per_run("key", lambda: next(answers), 1.0, lasts) == "open"
    now[0] += 30.0
    assert once_per_run("key", lambda: next(answers), 1.0, lasts) == "open"


def test_secrets_of_the_url_are_not_kept() -> None:
    with staged(["healthy"]) as ports:
        seen = _asked(f"ws://user:cAnArY7xPass@127.0.0.1:{ports['healthy']}/ws?ticket=cAnArY7xTicket&EIO=4")
    assert seen["outcome"] == "open"
    assert "cAnArY7x" not in str(seen), seen


def test_waiting_for_another_worker_costs_no_time_of_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker asks first and fails; what it took is not taken from whoever asks then."""

    def late(_key: str, ask: t.Callable[[], t.Any], *_more: t.Any) -> t.Any:
        time.sleep(1.2)
        return ask()

    monkeypatch.setattr(public_url, "once_per_run", late)
    monkeypatch.setattr(public_url, "_PATIENCE", 1.0)
    with staged(["healthy"]) as ports:
        assert _asked(f"ws://127.0.0.1:{ports['healthy']}/")["outcome"] == "open"


def test_without_the_library_the_answer_is_unknown() -> None:
    service = {"name": "chat", "port": 1, "public_url": "ws://127.0.0.1:9/"}
    context = new_context(service)
    context.library = None
    seen = ask_public(service, context)
    assert "websocket-client" in seen["unknown"]
