# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who the browser is: an unprivileged user in a sandbox, who can reach nothing of its starter's, nor have it deleted."""

from __future__ import annotations

import contextlib
import os
import pathlib
import pwd
import signal
import subprocess
import sys
import tempfile
import typing as t
from collections.abc import Iterator

import pytest
from ansible_collections.websocket.health.plugins.module_utils._browser import guard
from ansible_collections.websocket.health.plugins.module_utils._browser.chromium import CannotStart, unprivileged
from ansible_collections.websocket.health.plugins.plugin_utils._checks.browser import check

from tests.conftest import TREE
from tests.unit import tls_ca
from tests.unit.browser_pages import everybodys, needs_chromium, program, trusting, visit
from tests.unit.probed_host import ROOT, Evidence, wait_for

NOBODY = pwd.getpwnam("nobody")
OURS = (NOBODY.pw_uid, NOBODY.pw_gid)
needs_root = pytest.mark.servers("root")

#: Starts a browser with a page, says so, and ends with standard input.
_VISITOR = """
import sys
sys.path[:0] = sys.argv[1:3]
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._browser.cdp import Gone
from ansible_collections.websocket.health.plugins.module_utils._browser.chromium import find, running, why_not
program = find(sys.argv[3] if len(sys.argv) > 3 else None)
with running(program) as protocol:
    try:
        protocol.call("Browser.getVersion", None, Deadline(20.0))
        protocol.call("Target.createTarget", {"url": "about:blank"}, Deadline(20.0))
        print("ready", flush=True)
    except Gone as error:
        reason = why_not(program, str(error))
        print("%s; %s" % (reason, reason.remedy), flush=True)
    sys.stdin.read()
"""
#: Runs the rest of its command line in a user namespace with all users of this one, in which no further one may be made.
_WITHOUT_NAMESPACES = """
import ctypes, os, sys
ready, mapped = os.pipe(), os.pipe()
child = os.fork()
if child:
    os.read(ready[0], 1)
    for name in ("uid_map", "gid_map"):
        with open("/proc/%d/%s" % (child, name), "w") as stream:
            stream.write("0 0 4294967295")
    os.write(mapped[1], b".")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
if ctypes.CDLL(None).unshare(0x10000000):
    sys.exit("no user namespaces here")
os.write(ready[1], b".")
os.read(mapped[0], 1)
with open("/proc/sys/user/max_user_namespaces", "w") as stream:
    stream.write("0")
os.execvp(sys.argv[1], sys.argv[1:])
"""


@contextlib.contextmanager
def _visitor(*before: str, path: str = "", **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A starter of a browser and what it says first.

    :param before: what starts the starter.
    """
    command = [*before, sys.executable, "-c", _VISITOR, str(ROOT), str(TREE), *([path] if path else [])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **environment}
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().decode().strip()
        finally:
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
            process.wait(30)


def _parents() -> dict[int, int]:
    """All processes with their parents."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def _below(pid: int) -> list[int]:
    """Children of a process, and theirs."""
    parents = _parents()
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def _browser_of(pid: int) -> list[int]:
    """The processes of the browser that a starter runs, its first one first."""
    (guarding,) = (child for child, parent in _parents().items() if parent == pid)
    return _below(guarding)


def _status(pid: int) -> dict[str, list[str]]:
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.split() for name, _colon, value in (line.partition(":") for line in lines)}


def _command(pid: int) -> str:
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def _environment(pid: int) -> dict[str, str]:
    words = pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(word.partition("=")[::2] for word in words if word)


@pytest.fixture(scope="module")
def browser() -> Iterator[list[int]]:
    """The processes of a browser that has a page."""
    with _visitor(WEBSOCKET_HEALTH_SECRET="hunter2-hunter2") as (process, said):
        assert said == "ready"
        yield _browser_of(process.pid)


@needs_root
@needs_chromium
def test_every_process_is_an_unprivileged_users(browser: list[int]) -> None:
    assert len(browser) > 4
    for pid in browser:
        status = _status(pid)
        assert (set(status["Uid"]), set(status["Gid"])) == ({str(OURS[0])}, {str(OURS[1])}), _command(pid)
        assert status["Groups"] == [], _command(pid)


@needs_root
@needs_chromium
def test_pages_are_in_the_sandbox(browser: list[int]) -> None:
    assert "--no-sandbox" not in _command(browser[0])
    renderers = [pid for pid in browser if "--type=renderer" in _command(pid)]
    assert renderers
    for pid in renderers:
        # One that has just begun takes it on before it gets a page.
        wait_for(lambda pid=pid: _status(pid)["Seccomp"] == ["2"], 10.0)
        status = _status(pid)
        assert (status["Seccomp"], status["NoNewPrivs"], status["CapEff"]) == (["2"], ["1"], ["0" * 16])
        for space in ("user", "net", "pid"):
            assert os.readlink(f"/proc/{pid}/ns/{space}") != os.readlink(f"/proc/{browser[0]}/ns/{space}"), space


@needs_root
@needs_chromium
def test_nothing_of_its_starters_environment_is_handed_on(browser: list[int]) -> None:
    found = _environment(browser[0])
    assert "WEBSOCKET_HEALTH_SECRET" not in found and "hunter2" not in "".join(found.values())
    place = found["HOME"]
    assert found.get("TMPDIR") == place and place.startswith(os.path.join(tempfile.gettempdir(), "websocket-health-"))
    assert pathlib.Path(place).stat().st_mode & 0o777 == 0o700 and pathlib.Path(place).owner() == "nobody"
    # What the home is in is root's: nobody can move or replace it.
    assert pathlib.Path(place).parent.owner() == "root" and pathlib.Path(place).parent.stat().st_mode & 0o022 == 0


def _tried(script: str, **chromium: t.Any) -> tuple[Evidence, list[str]]:
    """What a program in the browser's place writes down, where it may write, and what is said of it."""
    with everybodys() as folder:
        out = folder / "out"
        out.touch()
        out.chmod(0o666)
        path = program(folder, f"exec >>{out} 2>&1\n{script}\n")
        places = folder / "places"
        places.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(places))
            _service, seen = visit("http://127.0.0.1:1/", chromium={"path": path, **chromium}, deadline=12.0)
        assert os.listdir(places) == []
        lines = out.read_text().splitlines()
    return seen, lines


@needs_root
def test_it_has_its_pipes_and_no_other_descriptor() -> None:
    _seen, lines = _tried("ls -l /proc/$$/fd; id -u; id -g; id -G; pwd")
    found = dict(line.split()[-3::2] for line in lines[1:-4])
    # The shell has its own script open.
    found = {number: file for number, file in found.items() if not file.endswith("/chromium")}
    assert sorted(found) == ["0", "1", "2", "3", "4"]
    assert found["3"].startswith("pipe:") and found["4"].startswith("pipe:") and found["3"] != found["4"]
    assert lines[-4:] == [str(OURS[0]), str(OURS[1]), str(OURS[1]), "/"]


@needs_root
def test_the_home_of_root_is_not_readable(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "secret").write_text("hunter2")
    store, other = tmp_path / ".pki/nssdb", tmp_path / ".local/share/pki/nssdb"
    for folder in (store, other):
        folder.mkdir(parents=True)
    (store / "cert9.db").write_text("certificates")
    (store / "key4.db").write_text("private keys")
    (store / "pkcs11.txt").symlink_to("/etc/shadow")
    os.mkfifo(other / "cert9.db")
    (other / "pkcs11.txt").write_text("somebody else's")
    os.chown(other / "pkcs11.txt", *OURS)
    monkeypatch.setenv("HOME", str(tmp_path))
    script = f'cd "$HOME"; find . -type f -print -exec cat {{}} \\; -exec echo \\;; cat {tmp_path}/secret /etc/shadow'
    _seen, lines = _tried(script)
    assert lines[:2] == ["./.pki/nssdb/cert9.db", "certificates"] and len(lines) == 4
    assert all("Permission denied" in line for line in lines[2:])


@needs_root
def test_a_home_full_of_traps_is_deleted_and_nothing_else(tmp_path: pathlib.Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("here")
    own = tempfile.mkdtemp()
    os.chmod(own, 0o777)
    traps = f"""cd "$HOME"
        ln -s {tmp_path} link; ln -s {tmp_path}/kept/file file; mkdir a; ln -s {tmp_path}/kept a/link; ln -s / a/root
        mkfifo fifo a/fifo; mkdir -p closed/in/it; touch closed/in/it/file; chmod 000 closed/in/it closed/in closed
        mkdir empty; chmod 500 empty a
        i=0; while [ $i -lt 60 ]; do mkdir -p d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d; cd d; i=$((i+1)); done
        cd "$HOME"; mv "$HOME" "$HOME.moved"; mv "$HOME/.." {own}/; ln -s {tmp_path} "$HOME/../another"
        chmod 000 "$HOME"; echo done"""
    _seen, lines = _tried(traps)
    assert lines[-1] == "done" and len([line for line in lines if "denied" in line or "not permitted" in line]) >= 2, (
        lines
    )
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["kept", "kept/file"]
    assert os.listdir(own) == []
    os.rmdir(own)


@needs_root
def test_who_deletes_has_the_rights_of_who_wrote() -> None:
    """Even where something of root's is moved into the home: it stays, and is root's affair."""
    with everybodys() as folder:
        place = folder / "place"
        (place / "home/in").mkdir(parents=True)
        (place / "home/in/roots").write_text("root's")
        os.chown(place / "home", *OURS)
        os.chown(place, -1, OURS[1])
        place.chmod(0o710)
        guard._PATIENCE, before = 0.3, guard._PATIENCE
        try:
            assert guard.main(["delete", str(place), *map(str, OURS)]) == 1
        finally:
            guard._PATIENCE = before
        assert (place / "home/in/roots").read_text() == "root's"


@needs_chromium
@pytest.mark.parametrize(
    ("victim", "number"),
    [
        ("starter", signal.SIGTERM), ("starter", signal.SIGINT), ("starter", signal.SIGKILL),
        ("guard", signal.SIGTERM), ("guard", signal.SIGKILL), ("browser", signal.SIGKILL), ("nobody", 0),
    ],
)  # fmt: skip
def test_no_process_and_no_home_stays(victim: str, number: int) -> None:
    with _visitor() as (process, said):
        assert said == "ready"
        ours = _browser_of(process.pid)
        place = pathlib.Path(_environment(ours[0])["HOME"]).parent
        (guarding,) = (child for child, parent in _parents().items() if parent == process.pid)
        if victim != "nobody":
            os.kill({"starter": process.pid, "guard": guarding, "browser": ours[0]}[victim], number)
        if victim != "starter":
            # The visit ends.
            assert process.stdin is not None
            process.stdin.close()
        wait_for(lambda: not place.exists() and not any(_alive(pid) for pid in ours), 15.0)


def _alive(pid: int) -> bool:
    try:
        who = OURS[0] if os.geteuid() == 0 else os.geteuid()
        return str(who) in _status(pid)["Uid"] and _status(pid)["State"][0] != "Z"
    except OSError:
        return False


# -- where it is impossible --------------------------------------------------------------------------------------------


def _unknown(seen: Evidence) -> dict[str, t.Any]:
    """The gap of a browser that was not started: every check is unknown, and says what helps."""
    (gap,) = seen["gaps"]
    results = check(seen, {"frontend": {"url": "http://a/"}})
    assert {result.status for result in results} == {"unknown"}
    assert all(result.remediation == [gap["remedy"]] for result in results)
    return dict(gap)


@needs_root
@pytest.mark.parametrize("user", ["root", "no-such-user"])
def test_root_and_unknown_users_are_refused_as_the_browsers_user(user: str) -> None:
    seen, lines = _tried("echo started", user=user)
    assert lines == []
    gap = _unknown(seen)
    assert user in gap["reason"] and "chromium.user" in gap["remedy"]


@needs_root
def test_the_browser_runs_as_the_configured_user() -> None:
    daemon = pwd.getpwnam("daemon")
    assert _tried("id -u; id -G", user="daemon")[1] == [str(daemon.pw_uid), str(daemon.pw_gid)]


@needs_root
def test_a_program_that_the_user_may_not_start(tmp_path: pathlib.Path) -> None:
    tmp_path.chmod(0o700)
    seen = visit("http://127.0.0.1:1/", chromium={"path": program(tmp_path, "")})[1]
    gap = _unknown(seen)
    assert "Permission denied" in gap["reason"] and "let nobody read and execute it" in gap["remedy"]


@needs_root
@needs_chromium
def test_without_user_namespaces_the_browser_is_not_started_and_the_remedy_is_named() -> None:
    """It is told, with the remedy, and nothing is started without the sandbox."""
    with _visitor(sys.executable, "-c", _WITHOUT_NAMESPACES) as (_process, said):
        assert "exited immediately" in said and "kernel.unprivileged_userns_clone" in said and "--no-sandbox" in said, (
            said
        )


@needs_root
def test_a_root_that_may_not_change_users() -> None:
    with everybodys() as folder:
        path = program(folder, "exit 1\n")
        with _visitor("setpriv", "--bounding-set=-setuid,-setgid", path=path) as (_process, said):
            assert "cannot become user 65534: Operation not permitted" in said and "CAP_SETUID" in said, said


def test_without_root_the_user_is_not_changed() -> None:
    assert unprivileged(None, root=False) is None and unprivileged("no-such-user", root=False) is None
    assert unprivileged(None, root=True) == OURS and unprivileged("daemon", root=True) != OURS
    with pytest.raises(CannotStart, match="no-such-user"):
        unprivileged("no-such-user", root=True)


@needs_root
def test_temporary_files_that_others_cannot_reach(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        path = program(folder, "echo FATAL $HOME >&2\nexit 1\n")
        seen = visit("http://127.0.0.1:1/", chromium={"path": path})[1]
    assert "FATAL /tmp/websocket-health-" in seen["gaps"][0]["reason"]


@needs_root
@needs_chromium
@pytest.mark.servers("certutil")
def test_a_trust_store_without_its_keys_is_trusted(tmp_path: pathlib.Path) -> None:
    """Chromium reads the certificates of a store whose private keys it was not given."""
    authority = tls_ca.authority()
    trusting(tmp_path, tls_ca.store(tmp_path / "root.pem", authority.root))
    place = tmp_path / "home"
    place.mkdir()
    number = os.open(place, os.O_RDONLY)
    guard._copy_trust(str(tmp_path), number, OURS)
    os.close(number)
    assert sorted(path.name for path in place.rglob("*") if path.is_file()) == ["cert9.db", "pkcs11.txt"]
