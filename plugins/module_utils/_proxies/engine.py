# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the engines have in common, and the shape of what they answer.

The shape is that of nginx_route.route and nginx_route.leading_to: rules and checks read one for all.
"""

from __future__ import annotations

import glob
import itertools
import os
import re
import typing as t

from .._logs.journal import Unavailable, read_unit
from .._protocol.web_url import WebUrl
from .._run.context import CommandMissing, Context
from .._run.evidence import add_gap, os_reason
from .._run.redact import without_query
from .._system.base import Gone, NoAccess
from .._system.local_address import is_address, is_local
from .._system.only_root import changed_by_others, executable_of, reader, shares_files, uids_of
from .._system.open_file import Reader, open_regular, read_on
from .log_tail import stamped, tail_lines
from .own_lines import MOST_CHARACTERS, Asked, own_lines, shortened
from .setting_names import HEADERS, KEYS, UNSET

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import (
        Leading,
        OwnErrorLine,
        ProxySeen,
        Refusal,
        Route,
        Setting,
        SettingName,
        UpstreamAddress,
        Workers,
    )

#: Bytes of one configuration file that are read at most.
MOST = 16 << 20
#: Files that one pattern may match.
MOST_FILES = 10000
#: What helps where it cannot be read.
REMEDY = "run with become: true, or set proxy.config to the file"
#: Settings by the names of the headers they are about.
HEADER_KEYS = {name: key for key, name in HEADERS.items()}
#: Logs that are asked about one request, entries of the journal, and lines that are kept of all, at most.
_MOST_LOGS, _MOST_ENTRIES, _MOST_OWN = 6, 400, 6
#: URLs that leading_to tries at most.
_MAX_CANDIDATES = 100
_LOOPBACK = re.compile(r"(?:127\.[\d.]+|localhost|::1|0\.0\.0\.0|::|\*|ip6-localhost|)\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,5}\Z")

#: None: not known.
Truth = t.Optional[bool]


def nothing(notes: list[str], **settings: str) -> Route:
    """A route's result with every key: no server matches the URL.

    :param settings: further keys of ``settings``.
    """
    further = t.cast("t.Iterable[SettingName]", settings)
    return {
        "server": None,
        "location": None,
        "handler": "none",
        "status": None,
        "redirect": None,
        "upstream": None,
        "upstream_path": None,
        "settings": {key: UNSET.copy() for key in (*KEYS, *further)},
        "set_headers_at": None,
        "lost_headers": [],
        "fix": [],
        "refusals": [],
        "undecided": notes,
    }


def refusal(text: str, file: str, line: int, status: int | None, sure: bool) -> Refusal:
    """A directive by which a proxy may refuse the handshake."""
    return {"text": " ".join(text.split())[:200], "file": file, "line": line, "status": status, "sure": sure}


def setting(value: str | float | None, file: str | None = None, line: int | None = None) -> Setting:
    """One effective setting; without a place it is the program's default."""
    return {"value": value, "file": file, "line": line, "default": line is None}


def address(
    text: str, port: int | None, unix: str | None = None, down: bool = False, backup: bool = False
) -> UpstreamAddress:
    """One address of an upstream."""
    return {"address": text, "port": port, "unix": unix, "down": down, "backup": backup}


def host_and_port(text: str) -> tuple[str, int | None]:
    """``[::1]:80``, ``a:80``, ``::1:80`` or ``:80`` taken apart; the port is None if it is none."""
    found = re.match(r"\[([^\]]*)\](?::(.*))?\Z", text)
    if found is not None:
        host, port = found.group(1), found.group(2) or ""
    else:
        host, _colon, port = text.rpartition(":") if ":" in text else (text, "", "")
    return host, int(port) if _NUMBER.match(port) else None


def all_of(terms: t.Sequence[Truth]) -> Truth:
    """And, where some are not known."""
    return False if False in terms else None if None in terms else True


def any_of(terms: t.Sequence[Truth]) -> Truth:
    """Or, where some are not known."""
    return True if True in terms else None if None in terms else False


#: Where a back end is looked for.
HERE, ELSEWHERE, ANYWHERE = "here", "elsewhere", "anywhere"


class Backend:
    """The back end that leading_to looks for.

    :param port: its TCP port.
    :param socket: its unix socket, if it has one.
    :param own: addresses of this host, besides the loopback ones.
    :param where: it is: on this host (HERE), on any other (ELSEWHERE); ANYWHERE: any back end on any port.
    """

    def __init__(self, port: int, socket: str | None, own: t.Iterable[str], where: str = HERE) -> None:
        self._where = where
        self._port = port
        self._socket = socket
        self._own = {name.lower().strip("[]") for name in own}

    def is_at(self, row: UpstreamAddress) -> bool:
        """Whether it is what an upstream's address stands for."""
        if self._where == ANYWHERE:
            return True
        if row["unix"] is not None:
            return self._where == HERE and bool(self._socket) and row["unix"] == self._socket
        return row["port"] == self._port and self._is_here(row) == (self._where == HERE)

    def _is_here(self, row: UpstreamAddress) -> bool:
        """Whether an address is this host's."""
        host = str(row["address"]).lower().strip("[]")
        if _LOOPBACK.match(host) or host in self._own:
            return True
        if not is_address(host) or not is_local(host):
            return False
        self._own.add(host)
        return True

    def lead(self, seen: Route, url: WebUrl) -> Leading | None:
        """An entry of leading_to; None: the URL is not forwarded to it.

        :param seen: what route makes of the URL.
        """
        if not any(self.is_at(row) for row in (seen["upstream"] or {}).get("addresses") or ()):
            return None
        server, location = seen["server"] or {}, seen["location"] or {}
        return {
            "scheme": url.scheme,
            "host": url.host,
            "port": url.port,
            "path": url.path,
            "server_file": server["file"],
            "server_line": server["line"],
            "location_file": location.get("file"),
            "location_line": location.get("line"),
        }


def leads_among(candidates: t.Iterable[Leading | None]) -> list[Leading]:
    """The result of leading_to: the first candidates that are forwarded to the back end, each once."""
    found: list[Leading] = []
    for row in itertools.islice(candidates, _MAX_CANDIDATES):
        if row is not None and row not in found:
            found.append(row)
    return found


def wildcard(pattern: str) -> t.Pattern[str]:
    """A pattern with ``*`` and ``?`` for whole names, case-insensitive."""
    words = {"*": ".*", "?": "."}
    text = "".join(words.get(char) or re.escape(char) for char in pattern)
    return re.compile(text + r"\Z", re.IGNORECASE | re.DOTALL)


def compiled(pattern: str, ignore_case: bool = False) -> t.Pattern[str] | None:
    """A regular expression of PCRE or RE2 for Python's engine; None: it is another dialect's, or too long."""
    if len(pattern) > 2000:
        return None
    try:
        return re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    except (re.error, OverflowError, RecursionError):
        return None


def request_header(name: str, url: WebUrl) -> str | None:
    """What a browser's handshake sends for a header; None: that differs from browser to browser."""
    known = {
        "host": url.authority,
        "upgrade": "websocket",
        "connection": "Upgrade",
        "sec-websocket-version": "13",
        "content-length": "",
        "content-type": "",
        "transfer-encoding": "",
        "x-requested-with": "",
    }
    return known.get(name.lower())


def _changeable(path: str) -> str:
    """Whether users other than root can change a file, in words; empty: only root can."""
    try:
        part = changed_by_others(path)
    except OSError as error:
        return "%s: %s" % (path, os_reason(error))
    return "" if part is None else "users other than root can change %s" % part


class Engine:
    """One master process of a proxy; subclasses set ``kind`` and ``programs``, and read the configuration.

    The configuration is read as data. Nothing is executed but the running binary for its version, where nobody but root
    could have put it there; its own dump of the configuration only where the operator asks for it (``dump``), since
    that executes what the files say.

    :param pid: of the master.
    :param dump: the inventory's ``proxy.dump``.
    :ivar seen: evidence of the process; see _probes/proxy.py.
    :ivar tree: what was read of the configuration; falsy: nothing.
    """

    kind = ""
    #: Names of its binaries, without directories.
    programs: t.Tuple[str, ...] = ()
    #: What its log says of connections to the back end: short keys, each with the pattern of its lines.
    meanings: t.Tuple[t.Tuple[str, t.Pattern[str]], ...] = ()

    def __init__(self, pid: int, context: Context, dump: bool = False) -> None:
        self.pid = pid
        self.context = context
        self.dump = dump
        self.tree: t.Any = None
        #: Who, besides root, may have chosen the names that are read: the process's user, and owners of what was read.
        self.readers: list[Reader] = []
        for uid in uids_of(pid):
            self._believe_no_more_than(uid)
        #: Of a log, which is not shown but for lines that are known, the process's user alone: it is he who writes to it.
        self.log_readers = list(self.readers)
        self.version: t.Tuple[int, ...] = ()
        self.seen: ProxySeen = {
            "kind": self.kind,
            "pid": pid,
            "version": None,
            "config": None,
            "read_from": None,
            "files": 0,
            "test": None,
            #: Whether what runs is what the files say now, where the program itself says what runs; None: not known.
            "loaded": None,
            "workers": {},
            "errors": [],
            "gaps": [],
        }

    def read_errors(self) -> None:
        """Read the error log, where the program keeps one of its own."""

    def error_logs(self) -> list[str]:
        """Files that the configuration names for errors."""
        return []

    def key_of(self, line: str) -> str | None:
        """The short name of a line's meaning, where it is known."""
        return next((key for key, pattern in self.meanings if pattern.search(line)), None)

    def own_errors(self, asked: Asked) -> list[OwnErrorLine]:
        """What the logs say about one request, verbatim: files of the configuration, what the master prints, the journal."""
        found = [(row, source) for source, rows in self._logs_of(asked) for row in own_lines(rows, asked)]
        found.sort(key=lambda pair: (not pair[0].named, pair[0].rank))
        lines: dict[str, OwnErrorLine] = {}
        for row, source in found[:_MOST_OWN]:
            sample = self.context.redactor.text(without_query(shortened(row.text)), MOST_CHARACTERS).strip()
            seen: OwnErrorLine = {"source": source, "at": row.at, "sample": sample, "named": row.named}
            lines.setdefault(sample, {**seen, "rank": row.rank, "key": self.key_of(row.text)})
        return list(lines.values())

    def _logs_of(self, asked: Asked) -> t.Iterator[t.Tuple[str, t.List[t.Tuple[t.Optional[float], str]]]]:
        """Each log that can be read, and its last lines with their times."""
        files, to_socket = self._output()
        named = self.error_logs()[:_MOST_LOGS]
        for path in dict.fromkeys([*named, *files]):
            try:
                yield path, tail_lines(path, asked.since, self.root(), self.log_readers)
            except OSError as error:
                if path not in named:
                    continue  # what it prints is seldom a log
                add_gap(self.seen, "error_log", "%s: %s" % (path, os_reason(error)), "run with become: true")
        unit = self.context.system.unit_of(self.pid) if to_socket or not files else None
        if unit:
            try:
                text = read_unit(self.context, unit, asked.since - 1.0, entries=_MOST_ENTRIES)[0]
            except (CommandMissing, Unavailable):
                return
            yield "journalctl -u %s" % unit, list(stamped(text.split(b"\n"), asked.until))

    def _output(self) -> t.Tuple[t.List[str], bool]:
        """The files that the master prints to, and whether it prints to a socket: that is the journal's."""
        targets = []
        for descriptor in (1, 2):
            try:
                targets.append(os.readlink("/proc/%d/fd/%d" % (self.pid, descriptor)))
            except OSError:
                continue
        files = [path for path in targets if path.startswith("/") and not path.startswith("/dev/")]
        return files, any(path.startswith("socket:") for path in targets)

    def access_log(self, _seen: Route) -> str | None:
        """The log of the requests that a route takes, where the program keeps one in the common format."""
        return None

    def version_output(self, option: str) -> str:
        """What the running binary prints for ``-v`` or ``-V``; empty, with a gap, if it is not run.

        :param option: the only argument.
        """
        program = executable_of(self.pid, self.programs)
        if program is None:
            reason = "%s (pid %d) was not run for its version: users other than root can change its binary, or it is not this host's"
            add_gap(self.seen, "version", reason % (self.kind, self.pid), "make the binary writable only by root")
            return ""
        status, out, err = self.run([program, option])
        if status == 127:
            add_gap(self.seen, "version", err, "run with become: true")
        return out + err

    def dumping(self, files: t.Iterable[str]) -> str | None:
        """The binary that may print its configuration, if the operator asks for that; else None, and a gap.

        :param files: all that it would read or load: only root may be able to change any of them.
        """
        if not self.dump:
            return None
        program = executable_of(self.pid, self.programs)
        reason = "users other than root can change its binary, or it is not this host's" if program is None else ""
        if os.geteuid() == 0 and not reason:
            reason = next((why for why in map(_changeable, files) if why), "")
        if reason:
            remedy = (
                "make what it reads writable only by root, or leave out proxy.dump: then the files are read as data"
            )
            add_gap(
                self.seen,
                "dump",
                "%s (pid %d) was not run to dump its configuration: %s" % (self.kind, self.pid, reason),
                remedy,
            )
            return None
        return program

    def refused(self, message: str) -> str:
        """Record what the program would refuse, or refused, of the configuration on disk; returns that, redacted."""
        message = self.context.redactor.text(message, 300)
        self.seen["test"] = {"ok": False, "message": message}
        return message

    @property
    def program(self) -> str:
        """The binary that runs, which may have been replaced on disk."""
        return "/proc/%d/exe" % self.pid

    @property
    def argv(self) -> list[str]:
        """The command line of the running master."""
        process = self.context.system.processes.get(self.pid)
        return list(process.argv) if process is not None else []

    def own_addresses(self) -> list[str]:
        """Addresses of this host that have a listener."""
        return sorted({row.address for row in self.context.system.listeners if row.family != "unix"})

    def run(self, argv: t.Sequence[str]) -> tuple[int, str, str]:
        """A command's exit status, stdout and stderr; a missing one has status 127."""
        try:
            return self.context.command(argv)
        except CommandMissing as error:
            return 127, "", str(error)

    def take_version(self, pattern: str, text: str) -> None:
        """The version, where a pattern's first group finds it."""
        found = re.search(pattern, text)
        if found is not None:
            self.seen["version"] = found.group(1)
            self.version = tuple(int(number) for number in found.group(1).split("."))

    def root(self) -> str:
        """Where the process's file system begins: that of a container is reached through it."""
        return "/proc/%d/root" % self.pid if shares_files(self.pid) is False else ""

    def absolute(self, path: str) -> str:
        """A path as the process takes it: relative ones begin at its working directory."""
        if os.path.isabs(path):
            return path
        try:
            return os.path.join(os.readlink("/proc/%d/cwd" % self.pid), path)
        except OSError:
            return path

    def text(self, path: str) -> str:
        """A configuration file.

        :raises OSError: it cannot be read.
        """
        descriptor = open_regular(path, self.root(), self.readers)
        try:
            self._believe_no_more_than(os.fstat(descriptor).st_uid)
            return read_on(descriptor, MOST).decode("utf-8", "replace")
        finally:
            os.close(descriptor)

    def _believe_no_more_than(self, uid: int) -> None:
        """From here on a file's name may be a user's choice: this process may read more than he."""
        if uid not in {0, os.geteuid(), *(row.uid for row in self.readers)}:
            self.readers.append(reader(uid, self.pid if uids_of(self.pid) == {uid} else 0))

    def listing(self, pattern: str) -> list[str]:
        """Paths that match a glob, in the order of their names, as the process sees them."""
        root = self.root()
        names = itertools.islice(glob.iglob(glob.escape(root) + pattern), MOST_FILES)
        return sorted(name[len(root) :] for name in names)

    def is_directory(self, path: str) -> bool:
        """Whether there is a directory at a path, as the process sees it."""
        return os.path.isdir(self.root() + path)

    def variables(self) -> dict[str, str]:
        """The environment that the master was started with; empty where it may not be seen."""
        try:
            return self.context.system.table.environ(self.pid)
        except (Gone, NoAccess):
            return {}

    def known_lines(
        self, path: str, errors: t.Iterable[t.Tuple[str, t.Pattern[str]]]
    ) -> t.Iterator[t.Tuple[str, t.Optional[float], str]]:
        """Lines of an error log since the master began whose meaning is known; a log that cannot be read is said.

        :param errors: keys, each with the pattern of its lines; the first that fits counts.
        :returns: key, time, line.
        """
        if path == os.devnull:
            return
        try:
            lines = tail_lines(path, self.seen["workers"].get("master_started") or 0.0, self.root(), self.log_readers)
        except OSError as error:
            add_gap(self.seen, "error_log", "%s: %s" % (path, os_reason(error)), "run with become: true")
            return
        for moment, line in lines:
            key = next((key for key, pattern in errors if pattern.search(line)), None)
            if key is not None:
                yield key, moment, line

    def workers(self, files: t.Iterable[str]) -> Workers:
        """When master and workers began, against the time the configuration was written (epoch seconds)."""
        processes = self.context.system.processes
        workers = [process for process in processes.values() if process.ppid == self.pid]
        # nginx writes into the title of a worker that it waits for the last connections of an older configuration.
        leaving = [process for process in workers if "shutting down" in " ".join(process.argv)]
        current = [process.started for process in workers if process not in leaving]
        master = processes.get(self.pid)
        root = self.root()
        written = [(os.stat(root + name).st_mtime, name) for name in files if os.path.exists(root + name)]
        newest = max(written, default=(0.0, ""))
        return {
            "count": len(current),
            "shutting_down": len(leaving),
            "started": round(max(current, default=master.started if master else 0.0), 2),
            "master_started": round(master.started, 2) if master else None,
            "config_written": round(newest[0], 2) or None,
            "config_newest": newest[1],
        }
