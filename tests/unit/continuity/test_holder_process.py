# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections held over real ends of a real server: what is seen of each, and what stays behind (nothing)."""

from __future__ import annotations

import calendar
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import typing as t
from collections.abc import Iterator

import pytest
from ansible_collections.websocket.health.plugins.module_utils._continuity import clients, holder_process
from ansible_collections.websocket.health.plugins.module_utils._continuity.clients import Ledger
from ansible_collections.websocket.health.plugins.module_utils._continuity.holder_process import (
    PREFIX,
    Unknown,
    finish,
    start,
)
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.plugin_utils._continuity_verdict import finished, started

from tests.unit.probed_host import ROOT, child, wait_for
from tests.unit.tls_ca import NGINX, issue

#: Connections that are held in real time, by processes of their own.
pytestmark = pytest.mark.servers

SECRET = "Zq7cAnArYpLuM3"
Facts = dict[str, t.Any]
#: Seconds that a busy machine is given.
PATIENT = 60


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def deploying(port: int, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The server of tests/servers/deploying.py, once it listens."""
    program = str(ROOT / "tests" / "servers" / "deploying.py")
    with child(sys.executable, program, "--port", str(port), *arguments) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"listening")
        yield process


@pytest.fixture(autouse=True)
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pathlib.Path]:
    """A directory for temporary files of the test's own, which is empty afterwards."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(clients, "_PATIENCE", float(PATIENT))
    yield tmp_path
    left = [path.name for path in tmp_path.iterdir() if path.name.startswith(PREFIX)]
    for name in left:
        with contextlib.suppress(Unknown):
            finish(name.removeprefix(PREFIX), Deadline(PATIENT))
    assert left == []


def options(port: int, **more: t.Any) -> Facts:
    """Those of the module, with its defaults."""
    given = {"state": "started", "url": f"ws://127.0.0.1:{port}/ws", "connections": 3, "ping": 5.0, "lasts": 60.0}
    return {**given, **more}


def held(port: int, **more: t.Any) -> Facts:
    """Start; the facts."""
    facts = start(options(port, **more), Deadline(PATIENT))
    assert facts["held"] == options(port, **more)["connections"], facts
    return facts


def seen(facts: Facts) -> Facts:
    """What the process has written by now."""
    return holder_process._read_state(holder_process._folder(facts["id"]))


def _outcomes(facts: Facts) -> list[str]:
    return [entry["outcome"] for entry in seen(facts).get("refused") or ()]


def told(facts: Facts, **more: t.Any) -> Facts:
    """Finish; the result of the module."""
    return finished({"state": "finished", **more}, finish(facts["id"], Deadline(PATIENT)))


def alive(pid: int) -> bool:
    """Whether it runs; in a container whose init reaps nobody its entry stays."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_nothing_is_dropped_where_nothing_happens() -> None:
    port = _free_port()
    with deploying(port) as server:
        facts = held(port, ping=0.5)
        wait_for(lambda: seen(facts).get("pongs"))
        result = told(facts, max_dropped=0, max_gap=0)
        server.terminate()
        lines = server.stdout.read().decode()  # type: ignore[union-attr]
    assert (result["failed"], result["dropped"], result["drops"], result["ended"]) == (False, 0, [], "asked")
    assert result["pongs"] is True
    assert result["msg"].startswith("0 of 3 connections dropped in ")
    # Closed as RFC 6455 asks: no server has to log a client that vanished.
    assert lines.count("closed 1000") == 3
    assert not alive(facts["pid"])


@pytest.mark.parametrize(
    "code, reason, words",
    [
        (1001, "", "close code 1001 (going away)"),
        (1012, "deploying v2", "close code 1012 (service restart): deploying v2"),
        (4001, f"Bearer {SECRET}", "close code 4001 (application-specific): Bearer [redacted]"),
    ],
)
def test_close_codes_and_their_meaning(code: int, reason: str, words: str) -> None:
    port = _free_port()
    with deploying(port, "--code", str(code), "--reason", reason) as server:
        facts = held(port)
        server.send_signal(signal.SIGUSR1)
        wait_for(lambda: seen(facts).get("reconnected") == 3)
        result = told(facts)
    assert result["reasons"] == [{"reason": words, "count": 3}]
    assert {entry["code"] for entry in result["drops"]} == {code}
    assert (result["dropped"], result["reconnected"], result["still_down"]) == (3, 3, 0)
    # The server went on: the first attempt of each succeeds.
    assert [entry["attempts"] for entry in result["drops"]] == [1, 1, 1]
    assert result["refused"] == []


def test_a_reset_is_told_from_the_end_of_a_stream() -> None:
    port = _free_port()
    with deploying(port) as server:
        facts = held(port)
        server.send_signal(signal.SIGUSR2)
        wait_for(lambda: seen(facts).get("reconnected") == 3)
        server.kill()
        wait_for(lambda: "connect-refused" in _outcomes(facts) and len(seen(facts)["drops"]) == 6)
        result = told(facts)
    counts = {entry["reason"]: entry["count"] for entry in result["reasons"]}
    assert counts == {"TCP reset (1006)": 3, "end of stream without a close frame (1006)": 3}
    assert result["dropped"] == 3, "connections, not drops"
    assert result["still_down"] == 3
    assert "ECONNREFUSED (connection refused)" in [entry["said"] for entry in result["refused"]]
    assert "3 not reconnected" in result["msg"]


def test_a_restart_and_what_the_attempts_were_answered() -> None:
    port = _free_port()
    with deploying(port, "--reason", "restart") as server:
        facts = held(port)
        server.terminate()
        assert server.wait(10) == 0
        stopped = time.time()
        time.sleep(0.6)
    with deploying(port, "--warm", "0.8"):
        wait_for(lambda: seen(facts).get("reconnected") == 3, 30)
        result = told(facts, max_gap=0.5, max_dropped=3)
    assert result["reasons"] == [{"reason": "close code 1012 (service restart): restart", "count": 3}]
    said = {entry["said"] for entry in result["refused"]}
    # A server that is just ending may accept, and answer nothing.
    ending = {"TCP reset before an answer", "end of stream before an answer"}
    assert said - ending == {"ECONNREFUSED (connection refused)", "HTTP 503 Service Unavailable"}
    assert 1.4 <= result["longest_gap_s"] < 30
    for entry in result["drops"]:
        moment = time.strptime(entry["at"][:19], "%Y-%m-%dT%H:%M:%S")
        assert abs(calendar.timegm(moment) - stopped) < 5
        assert 0 <= entry["after_s"] < 10 and entry["back_after_s"] >= 1.4 and entry["attempts"] > 2
    # One limit holds, the other does not, and only that one is named.
    assert result["failed"] is True
    assert "max_gap is 0.5" in result["msg"] and "max_dropped" not in result["msg"]


def test_more_drops_than_may_be() -> None:
    port = _free_port()
    with deploying(port) as server:
        facts = held(port)
        server.send_signal(signal.SIGUSR1)
        wait_for(lambda: seen(facts).get("reconnected") == 3)
        result = told(facts, max_dropped=2)
    assert result["failed"] is True and "3 dropped, max_dropped is 2" in result["msg"]


def test_a_server_that_hangs_answers_no_ping() -> None:
    port = _free_port()
    with deploying(port) as server:
        facts = held(port, ping=0.5)
        wait_for(lambda: seen(facts).get("pongs"))
        server.send_signal(signal.SIGSTOP)
        try:
            wait_for(lambda: seen(facts).get("dropped") == 3)
        finally:
            server.send_signal(signal.SIGCONT)
        wait_for(lambda: seen(facts).get("reconnected") == 3)
        result = told(facts)
    assert result["reasons"] == [{"reason": "ping unanswered (1006)", "count": 3}]


def test_no_connection_is_held_unless_all_could_be_opened() -> None:
    port = _free_port()
    with deploying(port, "--broken"):
        asked = options(port, url=f"ws://127.0.0.1:{port}/ws?ticket={SECRET}")
        result = started(asked, start(asked, Deadline(PATIENT)))
    assert result["failed"] is True and result["held"] == 0 and "id" not in result
    assert result["msg"] == (
        f"none of 3 connections to ws://127.0.0.1:{port}/ws?… could be opened, so none is held: "
        "HTTP 503 Service Unavailable (3 times)"
    )


def test_the_message_names_a_refused_connection_and_an_unknown_name() -> None:
    port = _free_port()
    refused = started(options(port), start(options(port), Deadline(PATIENT)))
    assert "ECONNREFUSED (connection refused) (3 times)" in refused["msg"]
    asked = options(port, url="ws://nobody.websocket-health.invalid/")
    nowhere = started(asked, start(asked, Deadline(PATIENT)))
    assert "name not resolved (EAI_" in nowhere["msg"], nowhere["msg"]


def _everything_of(pid: int, folder: pathlib.Path) -> str:
    texts = [pathlib.Path(f"/proc/{pid}/{name}").read_bytes().decode("latin-1") for name in ("cmdline", "environ")]
    for path in folder.rglob("*"):
        if path.is_file():
            texts.append(path.read_text())
    return "\n".join(texts)


def test_secrets_stay_in_memory(folder: pathlib.Path) -> None:
    port = _free_port()
    with deploying(port, "--reason", f"no more {SECRET}") as server:
        url = f"ws://127.0.0.1:{port}/ws?ticket={SECRET}-ticket"
        facts = held(port, url=url, websocket={"headers": {"Authorization": f"Bearer {SECRET}"}})
        server.send_signal(signal.SIGUSR1)
        wait_for(lambda: seen(facts).get("reconnected") == 3)
        text = _everything_of(facts["pid"], folder)
        result = told(facts)
        server.terminate()
        lines = server.stdout.read().decode()  # type: ignore[union-attr]
    assert lines.count(f"connection Bearer {SECRET}") == 6, "the server was sent it, also by the second handshakes"
    assert SECRET not in text and "1012" in text
    assert SECRET not in json.dumps([facts, result])
    assert "no more [redacted]" in result["msg"]


def test_only_its_owner_may_look(folder: pathlib.Path) -> None:
    port = _free_port()
    with deploying(port):
        facts = held(port)
        (inside,) = folder.glob(PREFIX + "*")
        assert inside.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o077 for path in inside.iterdir()} == {0}
        assert len(facts["id"]) == 32
        told(facts)


def test_the_process_is_detached_and_holds_no_descriptor_of_its_starter() -> None:
    port = _free_port()
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    with deploying(port):
        facts = held(port)
        try:
            status = pathlib.Path(f"/proc/{facts['pid']}/stat").read_text().rpartition(")")[2].split()
            assert int(status[1]) != os.getpid(), "parent"
            assert int(status[3]) != os.getsid(0), "session"
            descriptors = pathlib.Path(f"/proc/{facts['pid']}/fd")
            assert {os.readlink(descriptors / name) for name in "012"} == {"/dev/null"}
            os.close(writer)
            # The end of a pipe that Ansible would wait for: the process holds no copy of the other one.
            os.set_blocking(reader, False)
            assert os.read(reader, 1) == b""
            adjusted = pathlib.Path(f"/proc/{facts['pid']}/oom_score_adj").read_text()
            assert adjusted.strip() == "1000"
        finally:
            os.close(reader)
            told(facts)


def test_finished_twice_and_ids_that_are_none() -> None:
    port = _free_port()
    with deploying(port):
        facts = held(port)
        told(facts)
    with pytest.raises(Unknown, match="finished already, or was started on another host"):
        finish(facts["id"], Deadline(PATIENT))
    for wrong in ("", "../../etc", "0" * 31 + "\n", facts["id"].upper()):
        with pytest.raises(Unknown, match="is not an id that state=started has returned"):
            finish(wrong, Deadline(PATIENT))


def test_the_directory_of_somebody_else_is_not_touched(folder: pathlib.Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to make a directory of another user")
    other = folder / (PREFIX + "0" * 32)
    other.mkdir()
    os.chown(other, 65534, 65534)
    with pytest.raises(Unknown, match="same become"):
        finish("0" * 32, Deadline(PATIENT))
    assert other.exists()
    other.rmdir()


def test_hosts_that_all_finish_the_same_id_do_so_once() -> None:
    port = _free_port()
    with deploying(port):
        facts = held(port)
        with holder_process._claimed(holder_process._folder(facts["id"])):
            with pytest.raises(Unknown, match="run_once"):
                finish(facts["id"], Deadline(PATIENT))
        assert told(facts)["dropped"] == 0


def test_what_is_known_survives_the_process() -> None:
    port = _free_port()
    with deploying(port) as server:
        facts = held(port)
        server.send_signal(signal.SIGUSR1)
        wait_for(lambda: seen(facts).get("reconnected") == 3)
        os.kill(facts["pid"], signal.SIGKILL)
        wait_for(lambda: not holder_process._alive(holder_process._folder(facts["id"])))
        result = told(facts)
    assert (result["failed"], result["ended"], result["dropped"]) == (True, "died", 3)
    assert "the process that held the connections is gone (last seen at 20" in result["msg"]
    assert "close code 1012" in result["msg"]


def test_a_process_that_does_not_react_is_killed() -> None:
    port = _free_port()
    with deploying(port):
        facts = held(port)
        os.kill(facts["pid"], signal.SIGSTOP)
        result = finished({"state": "finished"}, finish(facts["id"], Deadline(0.5)))
        wait_for(lambda: not alive(facts["pid"]))
    assert (result["ended"], result["failed"]) == ("stuck", True)
    assert "did not respond and was killed (last seen at 20" in result["msg"]


def test_one_that_is_slow_to_close_has_seen_all() -> None:
    """Its ledger was complete when it was asked: that it was killed while it closed takes nothing away."""
    port = _free_port()
    with deploying(port) as server:
        facts = held(port)
        server.send_signal(signal.SIGSTOP)
        try:
            result = finished({"max_dropped": 0}, finish(facts["id"], Deadline(0.5)))
        finally:
            server.send_signal(signal.SIGCONT)
    assert (result["ended"], result["failed"], result["dropped"]) == ("asked", False, 0)


def test_no_other_process_of_the_same_number_is_killed() -> None:
    with child(sys.executable, "-c", "import sys; sys.stdin.read()") as other:
        began = holder_process._started(other.pid)
        assert began is not None
        holder_process._kill({"pid": other.pid, "started": began - 60})
        time.sleep(0.1)
        assert other.poll() is None
        holder_process._kill({"pid": other.pid, "started": began})
        assert other.wait(5) == -signal.SIGKILL


def test_it_ends_by_itself_and_keeps_what_it_saw() -> None:
    port = _free_port()
    with deploying(port):
        facts = held(port, lasts=1.0)
        wait_for(lambda: not holder_process._alive(holder_process._folder(facts["id"])))
        assert not alive(facts["pid"])
        result = told(facts)
    assert (result["ended"], result["failed"], result["held"]) == ("lasts", False, 3)
    assert "'lasts' ran out" in result["msg"]


def test_a_terminated_process_says_so() -> None:
    port = _free_port()
    with deploying(port):
        facts = held(port)
        os.kill(facts["pid"], signal.SIGTERM)
        wait_for(lambda: not holder_process._alive(holder_process._folder(facts["id"])))
        result = told(facts)
    assert (result["ended"], result["failed"]) == ("signal", False)


LIMITS = {"max_dropped": 0, "max_gap": 0.0}


@pytest.mark.parametrize(
    "ending, words",
    [
        ("stuck", "did not respond and was killed"),
        ("lasts", "'lasts' ran out before state=finished"),
        ("signal", "ended by SIGTERM before state=finished"),
    ],
)
def test_the_task_fails_when_the_process_ended_before_it_was_finished(ending: str, words: str) -> None:
    port = _free_port()
    with deploying(port) as server:
        facts = held(port, lasts=1.0 if ending == "lasts" else 60.0)
        if ending == "stuck":
            os.kill(facts["pid"], signal.SIGSTOP)
        else:
            if ending == "signal":
                os.kill(facts["pid"], signal.SIGTERM)
            wait_for(lambda: not holder_process._alive(holder_process._folder(facts["id"])))
        server.kill()
        server.wait(5)
        result = finished(LIMITS, finish(facts["id"], Deadline(0.5)))
    assert (result["ended"], result["failed"], result["dropped"]) == (ending, True, 0)
    assert words in result["msg"]


def test_held_up_to_the_last_sign_of_life() -> None:
    """Nothing happens for seconds, so nothing is written, and the process is killed: it held until then."""
    port = _free_port()
    with deploying(port):
        facts = held(port)
        folder = holder_process._folder(facts["id"])
        wait_for(lambda: os.stat(os.path.join(folder, "life")).st_mtime - seen(facts).get("began", time.time()) > 2)
        os.kill(facts["pid"], signal.SIGKILL)
        wait_for(lambda: not holder_process._alive(folder))
        assert seen(facts)["held_s"] < 1
        result = told(facts)
    assert result["ended"] == "died" and 2 <= result["held_s"] < 30


@pytest.mark.parametrize(
    "ended, sign, held_s, gap",
    [
        (None, 1010.0, 10.0, 9.5),
        # The process's own last word is exact; and a clock that was set back takes nothing away.
        ("asked", 1010.0, 2.0, 1.5),
        (None, 900.0, 2.0, 1.5),
    ],
)
def test_a_connection_that_is_down_counts_up_to_the_process_s_last_sign_of_life(
    folder: pathlib.Path, ended: str | None, sign: float, held_s: float, gap: float
) -> None:
    left = folder / (PREFIX + "c" * 32)
    left.mkdir(0o700)
    ledger = {"held": 1, "began": 1000.0, "held_s": 2.0, "still_down": 1, "down_since_s": 0.5, "longest_gap_s": 1.5}
    (left / "state.json").write_text(json.dumps({**ledger, "ended": ended}))
    (left / "life").touch()
    os.utime(left / "life", (sign, sign))
    facts = finish("c" * 32, Deadline(PATIENT))
    assert (facts["held_s"], facts["longest_gap_s"]) == (held_s, gap)


def test_down_since_is_that_of_the_connection_that_is_down_longest() -> None:
    moments = iter([100.0, 101.0, 103.0, 104.0, 105.0, 106.0])
    ledger = Ledger(2, clock=lambda: next(moments))
    first = ledger.drop(1, "eof", None, "")
    ledger.drop(2, "eof", None, "")
    assert ledger.facts()["down_since_s"] == 1.0
    ledger.back(first)
    assert ledger.facts()["down_since_s"] == 3.0
    assert Ledger(2).facts()["down_since_s"] is None


def test_a_state_that_cannot_be_saved_ends_nothing(folder: pathlib.Path) -> None:
    port = _free_port()
    with deploying(port) as server:
        facts = held(port)
        (inside,) = folder.glob(PREFIX + "*")
        # As a full disk, also for root: the file that is written first can't be.
        (inside / "state.json.new").mkdir()
        server.send_signal(signal.SIGUSR1)
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(9)]
        time.sleep(1.5)
        assert alive(facts["pid"]) and not seen(facts)["dropped"], lines
        (inside / "state.json.new").rmdir()
        wait_for(lambda: seen(facts).get("reconnected") == 3)
        result = told(facts)
    assert (result["ended"], result["dropped"]) == ("asked", 3)


def test_a_last_word_that_cannot_be_saved_at_once_is_saved_later(folder: pathlib.Path) -> None:
    port = _free_port()
    with deploying(port) as server:
        facts = held(port)
        (inside,) = folder.glob(PREFIX + "*")
        (inside / "state.json.new").mkdir()
        server.send_signal(signal.SIGUSR1)
        (inside / "stop").touch()
        time.sleep(1.0)
        (inside / "state.json.new").rmdir()
        wait_for(lambda: not holder_process._alive(str(inside)))
        result = told(facts)
    assert result["ended"] == "asked"


def test_the_task_is_told_only_the_first_result() -> None:
    """After it the descriptor's number may be that of a connection."""
    reader, writer = os.pipe()
    word = holder_process._Word(writer)
    assert word.say({"held": 1}) is True
    assert os.read(reader, 100) == b'{"held": 1}'
    # The lowest free number: the one that was closed.
    again = os.dup(reader)
    os.close(reader)
    reader, other = os.pipe()
    os.dup2(other, writer)
    try:
        assert word.say({"error": "late"}) is False
        os.set_blocking(reader, False)
        with pytest.raises(BlockingIOError):
            os.read(reader, 100)
    finally:
        for number in {again, reader, other, writer}:
            os.close(number)


def test_a_deleted_directory_ends_it(folder: pathlib.Path) -> None:
    port = _free_port()
    with deploying(port):
        facts = held(port)
        (inside,) = folder.glob(PREFIX + "*")
        shutil.rmtree(inside)
        wait_for(lambda: not alive(facts["pid"]))


def test_uncollected_results_are_deleted_after_a_day(folder: pathlib.Path) -> None:
    forgotten, recent = folder / (PREFIX + "a" * 32), folder / (PREFIX + "b" * 32)
    for path in (forgotten, recent):
        path.mkdir(0o700)
        (path / "life").touch()
    yesterday = time.time() - 90000
    os.utime(forgotten / "life", (yesterday, yesterday))
    os.utime(forgotten, (yesterday, yesterday))
    holder_process._sweep()
    assert not forgotten.exists() and recent.exists()
    shutil.rmtree(recent)


@pytest.mark.servers("nginx")
def test_certificates_are_verified(folder: pathlib.Path) -> None:
    """As by a browser: a name that is not the certificate's, or an authority that nobody trusts, is refused."""
    authority = issue("Test CA", ca=True)
    certificate = issue("localhost", authority, names=["localhost"])
    port, front = _free_port(), _free_port()
    for name, data in (("ca.pem", authority.pem), ("cert.pem", certificate.pem), ("key.pem", certificate.key_pem)):
        (folder / name).write_bytes(data)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ access_log off;\n"
        f"server {{ listen 127.0.0.1:{front} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;\n"
        f"location / {{ proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1;\n"
        "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } } }\n"
    )

    def _listens() -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", front)) == 0

    with deploying(port) as server, child(NGINX, "-c", str(folder / "nginx.conf")) as nginx:
        wait_for(_listens)
        url = f"wss://localhost:{front}/ws"
        strict = start(options(port, url=url), Deadline(PATIENT))
        assert strict["held"] == 0 and strict["refused"][0]["outcome"] == "tls-error"
        for tls in ({"ca_path": str(folder / "ca.pem")}, {"verify": False}):
            facts = held(port, url=url, tls=tls)
            assert told(facts)["dropped"] == 0
        wrong = start(
            options(port, url=f"wss://127.0.0.1:{front}/", tls={"ca_path": str(folder / "ca.pem")}), Deadline(PATIENT)
        )
        assert "IP address mismatch" in started(options(port), wrong)["msg"]
        facts = held(port, url=url, tls={"verify": False})
        server.kill()
        wait_for(lambda: seen(facts).get("refused"))
        result = told(facts)
        nginx.terminate()
    assert result["refused"][0]["said"] == "HTTP 502 Bad Gateway"
