# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Where a service's logs are: what the inventory says, else what its processes have open."""

from __future__ import annotations

import glob
import os
import re
import stat
import typing as t

from .._run.context import Context
from .._run.evidence import BECOME, add_gap
from .._system.base import Found, Gone, NoAccess
from .._system.open_file import read_bytes
from .scan import Patterns

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.log import Log
    from .._evidence.service import LogOptions, Service

#: More files than these are not read (a glob may match a year of logs).
MAX_FILES = 12
_MAX_PROCESSES = 6
#: How a log was found that is neither stdout nor stderr of its process.
_OPEN_FILE = "open file"
_LOG_NAME = re.compile(r"\.(?:log|out|err)(?:\.\d+)?$|[-_.]log$|/logs?/[^/]+$", re.I)
_NO_LOG = re.compile(
    r"\.(?:db|sqlite3?|wal|shm|journal|pid|lock|sock|dat|bin|idx|json5?|map|js|css|pack)$|^/(?:proc|dev|sys)/"
)
#: What rotation appends: ``.1``, ``.1.gz``, ``-20261123``, ``.2026-11-23.gz``.
_ROTATED = re.compile(r"^[.-](?:\d{1,4}|\d{4}-?\d\d-?\d\d(?:[-T_]\d+)?)(?:\.(?:gz|bz2|xz|zst))?$")
_CONTAINER = re.compile(r"(?:docker[-/]|libpod-|cri-containerd-|crio-)(?P<id>[0-9a-f]{64})")


class Source(t.NamedTuple):
    """One log to read."""

    kind: str  # file | journal
    #: The path or the unit, as the operator knows it.
    name: str
    #: How it was found: configured, rotated, stdout, stderr, open file, parent, container, unit.
    how: str
    #: What to open (``/proc/<pid>/fd/<n>`` if the name points to nothing).
    path: str
    patterns: Patterns


def _patterns(entry: LogOptions) -> Patterns:
    def compiled(expression: str | None) -> re.Pattern[str] | None:
        try:
            return re.compile(expression) if expression else None
        except re.error:
            return None

    return Patterns(compiled(entry.get("ready")), compiled(entry.get("websocket")))


_NONE = Patterns(None, None)


def find_sources(service: Service, context: Context, found: Found, evidence: Log) -> list[Source]:
    """The logs of a service, most telling first; what can't be found becomes a gap of ``evidence``."""
    sources: list[Source] = []
    for number, entry in enumerate(service.get("logs") or ()):
        named, path = entry.get("unit"), entry.get("path")
        if named:
            sources.append(Source("journal", named, "configured", "", _patterns(entry)))
        elif path:
            sources += _configured(path, _patterns(entry), "logs[%d].path" % number, evidence)
    if service.get("logs"):
        return sources
    sources, to_socket = _open_files(context, found, evidence)
    if not sources:
        sources = _container_logs(context, found)
    unit = found.unit or (service.get("process") or {}).get("unit")
    # A socket as stdout is the journal's: what the program logs to files besides doesn't replace it.
    if unit and (not sources or to_socket):
        sources.append(Source("journal", unit, "unit", "", _NONE))
    if not sources:
        reason = "no log is configured, and none was found through the service's processes or unit"
        if not found.processes:
            reason = "no log is configured, and no process or unit of the service was found to locate one by"
        remedy = "set 'logs' of the service: [{path: /var/log/…}] or [{unit: ….service}]"
        add_gap(evidence, "log", reason, remedy)
    return sources


def _configured(pattern: str, patterns: Patterns, option: str, evidence: Log) -> list[Source]:
    paths = sorted(glob.glob(pattern)) if glob.has_magic(pattern) else [pattern]
    paths = [path for path in paths if not os.path.isdir(path)]
    if not paths:
        add_gap(
            evidence,
            pattern,
            "%s matches no file: %s" % (option, pattern),
            "correct %s, or check that the service has been started since it was configured to log there" % option,
        )
    rest = len(paths) - MAX_FILES
    sources = []
    for path in sorted(paths, key=_mtime, reverse=True)[:MAX_FILES]:
        sources.append(Source("file", path, "configured", path, patterns))
        sources += rotated(path, patterns)
    if rest > 0:
        add_gap(evidence, pattern, "%s matches %d more files than are read" % (option, rest), "use a narrower pattern")
    return sources


def rotated(path: str, patterns: Patterns = _NONE) -> list[Source]:
    """The rotated siblings of a log, newest first by modification time (names lie)."""
    directory, name = os.path.split(path)
    stem, extension = os.path.splitext(name)
    try:
        names = os.listdir(directory or ".")
    except OSError:
        return []
    siblings = []
    for other in names:
        if other == name:
            continue
        tail = other[len(name) :] if other.startswith(name) else None
        if tail is None and extension and other.startswith(stem) and other.endswith(extension):
            # server-20261123.log
            tail = other[len(stem) : -len(extension)]
        if tail is not None and _ROTATED.match(tail):
            siblings.append(os.path.join(directory, other))
    siblings = sorted(siblings, key=_mtime, reverse=True)[:MAX_FILES]
    return [Source("file", sibling, "rotated", sibling, patterns) for sibling in siblings]


def _mtime(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _open_files(context: Context, found: Found, evidence: Log) -> tuple[list[Source], bool]:
    """Files behind stdout and stderr, and other open files that look like logs; whether the output is a socket."""
    sources: list[Source] = []
    seen: set[str] = set()
    piped = to_socket = False
    for process in found.processes[:_MAX_PROCESSES]:
        try:
            files = context.system.table.open_files(process.pid)
        except Gone:
            continue
        except NoAccess as error:
            add_gap(evidence, "open files", "open files of pid %d: %s" % (process.pid, error), BECOME)
            continue
        for descriptor, path in sorted(files):
            if descriptor in (1, 2):
                piped = piped or path.startswith("pipe:")
                to_socket = to_socket or path.startswith("socket:")
            how = "stdout" if descriptor == 1 else "stderr" if descriptor == 2 else _OPEN_FILE
            _add(sources, seen, process.pid, descriptor, path, how)
    if piped and not sources:
        sources = _parents_files(context, found)
    for source in list(sources):
        # Where the name is that of another file system, this one's files beside it are others' logs.
        if source.path == source.name:
            sources += rotated(source.name)
    return sources, to_socket


def _add(sources: list[Source], seen: set[str], pid: int, descriptor: int, path: str, how: str) -> None:
    plain = path[: -len(" (deleted)")] if path.endswith(" (deleted)") else path
    if not plain.startswith("/") or _NO_LOG.search(plain) or plain in seen or len(seen) >= MAX_FILES:
        return
    if how == _OPEN_FILE and not (_LOG_NAME.search(plain) or _appends(pid, descriptor)):
        return
    link = "/proc/%d/fd/%d" % (pid, descriptor)
    if not _regular(plain) and not _regular(link):
        return
    seen.add(plain)
    sources.append(Source("file", path, how, plain if _same(plain, link) else link, _NONE))


def _regular(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def _same(path: str, link: str) -> bool:
    """Whether the path is that of the file the process has open (it isn't for deleted ones and in containers)."""
    try:
        opened = os.stat(link)
    except OSError:
        return True
    try:
        named = os.stat(path)
    except OSError:
        return False
    return (opened.st_dev, opened.st_ino) == (named.st_dev, named.st_ino)


def _appends(pid: int, descriptor: int) -> bool:
    """Whether a file is open for appending, as logs are (Linux only)."""
    try:
        flags = re.search(rb"flags:\s*(\d+)", read_bytes("/proc/%d/fdinfo/%d" % (pid, descriptor), 512))
    except OSError:
        return False
    return flags is not None and bool(int(flags.group(1), 8) & os.O_APPEND)


def _parents_files(context: Context, found: Found) -> list[Source]:
    """The output goes through a pipe to a supervisor (pm2, supervisord …): the logs that it has open.

    A supervisor of several programs has all their logs open: then only names with the program's name count.
    """
    main = found.main
    if main is None or main.ppid <= 1:
        return []
    sources: list[Source] = []
    seen: set[str] = set()
    try:
        for descriptor, path in sorted(context.system.table.open_files(main.ppid)):
            if _LOG_NAME.search(path):
                _add(sources, seen, main.ppid, descriptor, path, "parent")
    except (Gone, NoAccess):
        return []
    if len(sources) <= 3:
        return sources
    words = {main.name.lower()} | {os.path.splitext(os.path.basename(word))[0].lower() for word in main.argv[:3]}
    return [source for source in sources if any(word and word in source.name.lower() for word in words)]


def _container_logs(context: Context, found: Found) -> list[Source]:
    """The log that a container engine keeps for the container the process runs in."""
    if found.main is None:
        return []
    try:
        match = _CONTAINER.search(context.system.table.cgroup(found.main.pid))
    except (Gone, NoAccess):
        return []
    if match is None:
        return []
    identity = match.group("id")
    candidates = [
        "/var/lib/docker/containers/%s/%s-json.log" % (identity, identity),
        "/var/lib/containers/storage/overlay-containers/%s/userdata/ctr.log" % identity,
    ]
    return [Source("file", path, "container", path, _NONE) for path in candidates if os.path.exists(path)]
