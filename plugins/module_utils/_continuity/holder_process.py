# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A process that holds connections while other tasks run, and the two tasks that start it and end it.

What they share is a directory that only its owner may enter: ``state.json`` (what has happened, no secrets), ``life``
(a file that the process has locked for as long as it lives, which no other process that gets its number can fake),
``stop`` (its order to end) and ``claim`` (which task collects). What the clients send stays in memory.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import resource
import secrets
import select
import shutil
import signal
import stat
import tempfile
import threading
import time
import typing as t

from .._protocol.handshake import Request
from .._protocol.web_url import WebUrl, web_url
from .._run.concurrently import concurrently
from .._run.deadline import Deadline
from .._run.payload import load_library
from .._run.redact import Redactor
from .._run.service_secrets import secrets_of
from .._system.base import Gone, NoAccess
from .._system.find import Host, make_system
from .._system.open_file import open_own, read_text
from .clients import Aim, Client, Ledger, Stop, tls_context

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.continuity import ContinuityOptions, Finished, Holder, LedgerFacts, Refused, Started
    from .._evidence.websocket import HandshakeSeen

PREFIX = "websocket-health-continuity-"
#: Seconds between two looks at the order to end, and between two signs of life.
_TICK, _SIGN = 0.1, 1.0
#: Seconds that the process may outlive its time while it closes; then the kernel ends it.
_GRACE = 15
#: Seconds after which what an earlier process has left behind is deleted, if no task has collected it.
_FORGOTTEN = 86400.0
#: Bytes of the state at most.
_STATE = 16 << 20


class Unknown(RuntimeError):
    """There is nothing to be collected; the message says why."""


def start(options: ContinuityOptions, deadline: Deadline) -> Started:
    """Open the connections in a process of their own, and leave it.

    :param options: those of the module ``continuity``.
    :param deadline: until when all connections are open.
    :returns: ``id``, ``pid`` and ``held``; if not all could be opened ``held`` is 0, and ``opened`` and ``refused``
        (what was seen, with a count) say how many were, and why the others not.
    :raises RuntimeError: no process could be started.
    """
    _sweep()
    aim = _aim(options)
    token = secrets.token_hex(16)
    folder = _folder(token)
    os.mkdir(folder, 0o700)
    answer: Started = {}
    try:
        answer = _answer_of(_fork(lambda pipe: _live(aim, options, folder, deadline, pipe)), deadline)
    finally:
        if not answer.get("held"):
            shutil.rmtree(folder, ignore_errors=True)
    return {**answer, "id": token} if answer["held"] else answer


def finish(token: str, deadline: Deadline) -> Finished:
    """End the process, collect what it saw, and delete its directory.

    :returns: the ledger's facts, with ``ended``: ``asked``, ``lasts`` (its time was over before), ``signal`` (SIGTERM),
        ``stuck`` (it did not react, and was killed) or ``died``; ``last_sign`` is when it was seen alive last, up to
        which the last two are told.
    :raises Unknown: nothing is held under this id, or another task collects it.
    """
    folder = _owned(token)
    with _claimed(folder):
        state = _read_state(folder)
        stuck = False
        if _alive(folder):
            os.close(open_own(os.path.join(folder, "stop"), os.O_CREAT | os.O_WRONLY))
            _await_end(folder, deadline)
            stuck = _alive(folder)
            if stuck:
                _kill(state)
                _await_end(folder, Deadline(5.0))
        state = _read_state(folder)
        with contextlib.suppress(OSError):
            state["last_sign"] = round(os.stat(os.path.join(folder, "life")).st_mtime, 3)
        # One that was killed while it closed had seen all by then.
        if not state.get("ended"):
            state["ended"] = "stuck" if stuck else "died"
            _reach_last_sign(state)
        shutil.rmtree(folder, ignore_errors=True)
        return state


def _reach_last_sign(state: Finished) -> None:
    """What was written last is of the time of the last event; the connections were held, and clients down, for longer."""
    if state.get("began") is None or state.get("last_sign") is None:
        return
    # The times of a clock that may have been set meanwhile: never less than what was written.
    state["held_s"] = round(max(state["held_s"], state["last_sign"] - state["began"]), 3)
    since = state.get("down_since_s")
    if since is not None:
        state["longest_gap_s"] = round(max(state["longest_gap_s"], state["held_s"] - since), 3)


# The directory.


def _folder(token: str) -> str:
    return os.path.join(tempfile.gettempdir(), PREFIX + token)


def _owned(token: str) -> str:
    """The directory of an id; no other user can have put anything into it."""
    if not re.match(r"[0-9a-f]{32}\Z", token):
        raise Unknown("%r is not an id that state=started has returned" % token[:64])
    folder = _folder(token)
    try:
        seen = os.lstat(folder)
    except OSError:
        words = (
            "no connections are held under id %s in %s: it has been finished already, or was started on another host"
        )
        raise Unknown(words % (token, tempfile.gettempdir())) from None
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.geteuid():
        raise Unknown(
            "the connections of id %s are held by another user: use the same become settings as for state=started"
            % token
        )
    return folder


@contextlib.contextmanager
def _claimed(folder: str) -> t.Iterator[None]:
    """Only one task collects: if all hosts of a play delegate it, they come at once."""
    try:
        handle = open_own(os.path.join(folder, "claim"), os.O_CREAT | os.O_RDWR)
    except OSError:
        raise Unknown("another task has just finished this id (use run_once)") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Unknown("another task is finishing this id (use run_once)") from None
    finally:
        os.close(handle)


def _read_state(folder: str) -> Finished:
    try:
        state = json.loads(read_text(os.path.join(folder, "state.json"), _STATE))
    except (OSError, ValueError):
        return {}
    return t.cast("Finished", state) if isinstance(state, dict) else {}


def _write_state(folder: str, state: Finished) -> None:
    """At once or not at all: the process may be killed at any moment."""
    path = os.path.join(folder, "state.json")
    writing = open_own(path + ".new", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        json.dump(state, stream)
    os.replace(path + ".new", path)


def _could_write(folder: str, state: Finished) -> bool:
    """Whether the state could be written: a disk that is full now need not be so when the task asks."""
    try:
        _write_state(folder, state)
    except OSError:
        return False
    return True


def _alive(folder: str) -> bool:
    """Whether the process lives: the lock is its, and the kernel releases it with its end."""
    try:
        handle = open_own(os.path.join(folder, "life"), os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _await_end(folder: str, deadline: Deadline) -> None:
    while _alive(folder) and not deadline.expired():
        time.sleep(0.02)


def _sweep() -> None:
    """Delete what processes of this user have left that ended long ago, and that no task has collected."""
    top = tempfile.gettempdir()
    for name in os.listdir(top):
        folder = os.path.join(top, name)
        with contextlib.suppress(OSError):
            seen = os.lstat(folder)
            if not re.match(PREFIX + r"[0-9a-f]{32}\Z", name) or seen.st_uid != os.geteuid():
                continue
            last = max(seen.st_mtime, os.stat(os.path.join(folder, "life")).st_mtime)
            if stat.S_ISDIR(seen.st_mode) and time.time() - last > _FORGOTTEN and not _alive(folder):
                shutil.rmtree(folder, ignore_errors=True)


# Starting and killing.


def _fork(live: t.Callable[[int], None]) -> int:
    """Run something in a daemon (daemon(7), without its files); returns the end of a pipe that it writes its answer to."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        os.waitpid(child, 0)
        return reader
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.chdir("/")
        os.umask(0o077)
        writer = _close_others(writer)
        live(writer)
    finally:
        os._exit(0)


def _close_others(keep: int) -> int:
    """Close every descriptor but one, so that no connection of Ansible's stays open; returns that one's number."""
    nothing = open_own(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.dup2(keep, 3)
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.closerange(4, soft if 0 < soft < 1 << 16 else 1 << 16)
    return 3


def _answer_of(pipe: int, deadline: Deadline) -> Started:
    """What the process says when its connections are open, or are not."""
    data = b""
    try:
        while select.select([pipe], [], [], deadline.remaining() + 5.0)[0]:
            chunk = os.read(pipe, 65536)
            if not chunk:
                break
            data += chunk
    finally:
        os.close(pipe)
    try:
        answer: Started = json.loads(data.decode("utf-8"))
    except ValueError:
        raise RuntimeError("the process that should hold the connections ended without an error message") from None
    if answer.get("error"):
        raise RuntimeError(answer["error"])
    return answer


def _started(pid: int) -> float | None:
    try:
        return t.cast(Host, make_system()).table.process(pid).started
    except (Gone, NoAccess, RuntimeError):
        return None


def _kill(state: Finished) -> None:
    """Kill the process, if the one of this number began when it did."""
    pid, began = state.get("pid"), state.get("started")
    seen = _started(pid) if pid and began else None
    # The clock may have been set in the meantime, and with it the start times of processes that the kernel reports.
    if pid and began and seen is not None and abs(seen - began) < 2.0:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


# The process.


def _aim(options: ContinuityOptions) -> Aim:
    """Where the clients connect.

    :raises RuntimeError: websocket-client is missing, or the CA can't be read.
    """
    library, note = load_library()
    if library is None:
        raise RuntimeError(note)
    asked, tls = options.get("websocket") or {}, options.get("tls") or {}
    url = web_url(options["url"])
    url = url._replace(path=asked.get("path") or url.path)
    request = Request(
        path=url.path,
        host=url.authority,
        origin=asked.get("origin") or _origin(url),
        subprotocols=tuple(asked.get("subprotocols") or ()),
        headers=tuple((str(name), str(value)) for name, value in (asked.get("headers") or {}).items()),
        tls=url.secure,
    )
    try:
        context = tls_context(tls.get("ca_path"), tls.get("verify") is not False) if url.secure else None
    except OSError as error:
        raise RuntimeError("tls.ca_path %s: %s" % (tls.get("ca_path"), error)) from error
    redactor = Redactor(secrets_of({"websocket": asked, "public_url": url.text()}))
    return Aim(url, request, context, library, redactor, float(options["ping"]))


def _origin(url: WebUrl) -> str:
    return "%s://%s" % ("https" if url.secure else "http", url.authority)


class _Word:
    """The one answer that the process gives the task that has started it.

    :param pipe: the end that is written to; afterwards its number may be that of a connection.
    """

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def say(self, answer: Started) -> bool:
        """Report to the task, if nothing was reported yet; whether it still listens."""
        pipe, self._pipe = self._pipe, -1
        try:
            os.write(pipe, json.dumps(answer).encode("utf-8"))
            os.close(pipe)
        except OSError:
            return False
        return True


def _live(aim: Aim, options: ContinuityOptions, folder: str, opening: Deadline, pipe: int) -> None:
    """The whole life of the process."""
    word = _Word(pipe)
    try:
        lasts = float(options["lasts"])
        ordered: list[int] = []
        signal.signal(signal.SIGTERM, lambda number, _frame: ordered.append(number))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # Whatever becomes of this program, the kernel ends it.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, lasts + opening.remaining() + _GRACE)
        _be_modest(options["connections"])
        life = open_own(os.path.join(folder, "life"), os.O_CREAT | os.O_RDWR)
        fcntl.flock(life, fcntl.LOCK_EX)
        stop = Stop()
        life_time = Deadline(lasts + opening.remaining() + _GRACE)
        clients, seen = _open_all(aim, options["connections"], life_time, opening, stop)
        failed = [entry for entry in seen if entry.get("outcome") != "open"]
        if failed:
            _leave(clients)
            opened = len(seen) - len(failed)
            word.say({"held": 0, "opened": opened, "wanted": len(seen), "refused": _counted(failed, aim)})
            return
        own: Holder = {"pid": os.getpid(), "started": _started(os.getpid()), "url": aim.url.shown()}
        # What can't be written now could not be collected either.
        _write_state(folder, {**own, "ended": None})
        _hold(clients, stop, own, aim.redactor, folder, lasts, word, ordered)
    except Exception as error:  # a traceback would be lost: the process has no standard error
        word.say({"error": "%s: %s" % (type(error).__name__, aim.redactor.text(str(error), 300))})


def _be_modest(connections: int) -> None:
    """Descriptors enough for the connections; and where memory runs out, this goes before any server does."""
    with contextlib.suppress(OSError, ValueError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = connections + 256
        if soft != resource.RLIM_INFINITY and soft < wanted:
            limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    with contextlib.suppress(OSError):  # Linux: proc(5)
        adjusting = open_own("/proc/self/oom_score_adj", os.O_WRONLY)
        try:
            os.write(adjusting, b"1000")
        finally:
            os.close(adjusting)


def _open_all(
    aim: Aim, connections: int, life: Deadline, opening: Deadline, stop: Stop
) -> tuple[list[Client], list[HandshakeSeen]]:
    """Open every connection; the clients, and what each saw."""
    turns = threading.BoundedSemaphore(20)
    clients = [Client(number + 1, aim, stop, life, turns) for number in range(connections)]
    outcomes = concurrently({str(client.number): client.open_first for client in clients}, opening)
    return clients, [
        outcome.value if outcome.value is not None else {"outcome": "no-time", "error": outcome.message}
        for outcome in outcomes.values()
    ]


def _counted(failed: list[HandshakeSeen], aim: Aim) -> list[Refused]:
    """What was seen of attempts, alike ones once."""
    ledger = Ledger(0)
    for seen in failed:
        ledger.refused({"attempts": 0}, seen)
    shown: list[Refused] = aim.redactor.tree(ledger.facts()["refused"])
    return shown


def _hold(
    clients: list[Client],
    stop: Stop,
    own: Holder,
    redactor: Redactor,
    folder: str,
    lasts: float,
    word: _Word,
    ordered: list[int],
) -> None:
    """Let the clients stay until a task says stop, and keep the file up to date as far as it can be written."""
    ledger, over = Ledger(len(clients)), Deadline(lasts)
    threads = [threading.Thread(target=client.stay, args=(ledger,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()

    def state(ended: str | None) -> Finished:
        shown: LedgerFacts = redactor.tree(ledger.facts())
        return {**own, "ended": ended, **shown}

    # Read before it is written: what happens meanwhile is written next time.
    version, sign = ledger.version, 0.0
    saved = _could_write(folder, state(None))
    # The task that is to know of this may have gone.
    told = word.say({**own, "held": len(clients)})
    while told and not ordered and not over.expired() and not _is_asked(folder):
        due = over.elapsed() - sign > _SIGN
        # What could not be written is tried again, but not at every look.
        if (version != ledger.version and saved) or (due and not saved):
            version = ledger.version
            saved = _could_write(folder, state(None))
        if due:
            sign = over.elapsed()
            with contextlib.suppress(OSError):  # the directory may have been deleted: an order, too
                os.utime(os.path.join(folder, "life"))
        time.sleep(_TICK)
    last = state("signal" if ordered else "asked" if _is_asked(folder) else "lasts")
    saved = _could_write(folder, last)
    stop.set()
    end = Deadline(_GRACE / 2)
    for thread in threads:
        thread.join(end.remaining())
    while not saved and os.path.isdir(folder) and not end.expired():
        time.sleep(_TICK)
        saved = _could_write(folder, last)


def _is_asked(folder: str) -> bool:
    """Whether the process shall end."""
    return os.path.exists(os.path.join(folder, "stop")) or not os.path.exists(os.path.join(folder, "life"))


def _leave(clients: list[Client]) -> None:
    """Close what is open, in good order and all at once."""
    concurrently({str(client.number): client.close for client in clients}, Deadline(3.0))
