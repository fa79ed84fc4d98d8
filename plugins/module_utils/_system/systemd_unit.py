# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What systemd knows about a unit (systemctl(1), org.freedesktop.systemd1(5))."""

from __future__ import annotations

import contextlib
import os
import typing as t

from .._run.context import CommandMissing, Context
from .._run.digits import number
from .open_file import Reader, read_text

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.process import Unit

_PROPERTIES = (
    "LoadState,ActiveState,SubState,MainPID,NRestarts,Result,ExecMainCode,ExecMainStatus,NeedDaemonReload,"
    "FragmentPath,Environment,EnvironmentFiles,ActiveEnterTimestampMonotonic,LimitNOFILESoft,MemoryMax,Restart,Type"
)


def show(context: Context, unit: str) -> dict[str, str] | None:
    """The unit's properties as systemctl prints them; None where systemd does not run or does not know it.

    ``Environment`` holds values: callers pick the variables they may report and drop the rest.
    """
    if not os.path.isdir("/run/systemd/system"):
        return None
    try:
        status, out, _err = context.command(["systemctl", "show", "--no-pager", "-p", _PROPERTIES, "--", unit])
    except CommandMissing:
        return None
    properties = parse(out)
    if status != 0 or properties.get("LoadState") in (None, "not-found"):
        return None
    return properties


def parse(text: str) -> dict[str, str]:
    """``Name=value`` lines as a mapping; a property that occurs twice is joined by newlines."""
    properties: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            properties[name] = properties[name] + "\n" + value if name in properties else value
    return properties


def environment_of(properties: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Variables a unit sets, by name: (value, where): its Environment= lines, then its files, which win."""
    import shlex

    found: dict[str, tuple[str, str]] = {}
    try:
        words = shlex.split(properties.get("Environment", ""))
    except ValueError:
        words = []
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            found[name] = (value, properties.get("FragmentPath") or "unit")
    for line in properties.get("EnvironmentFiles", "").splitlines():
        path = line.split(" (ignore_errors=")[0].strip()
        # Without "ignore_errors" the unit would not have started: systemd reports that.
        with contextlib.suppress(OSError):
            found.update(read_environment_file(path))
    return found


def read_environment_file(path: str, readers: t.Iterable[Reader] = ()) -> dict[str, tuple[str, str]]:
    """``NAME=value`` lines of a unit's EnvironmentFile or a .env file: (value, "path:line") by name.

    ``export`` and quotes are taken off as dotenv does.

    :param readers: those who may have chosen the path (see _system/open_file.py).
    :raises OSError: it cannot be read.
    """
    found: dict[str, tuple[str, str]] = {}
    for at, line in enumerate(read_text(path, 1 << 18, readers=readers).splitlines(), 1):
        name, equals, value = line.strip().partition("=")
        name = name[7:].strip() if name.startswith("export ") else name.strip()
        if equals and name and not name.startswith("#"):
            found[name] = (_unquoted(value.strip()), "%s:%d" % (path, at))
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.split(" #", 1)[0].rstrip()


def facts(properties: dict[str, str] | None, unit: str | None) -> Unit | None:
    """The properties that the process checks judge, numbers as numbers."""
    if properties is None:
        return None
    numbers = {name: _int(properties.get(name)) for name in ("MainPID", "NRestarts", "ExecMainCode", "ExecMainStatus")}
    return {
        "name": unit,
        "active": properties.get("ActiveState"),
        "sub": properties.get("SubState"),
        "result": properties.get("Result"),
        "main_pid": numbers["MainPID"],
        "restarts": numbers["NRestarts"],
        "exit_code": numbers["ExecMainCode"],
        "exit_status": numbers["ExecMainStatus"],
        "need_daemon_reload": properties.get("NeedDaemonReload") == "yes",
        "path": properties.get("FragmentPath"),
        "type": properties.get("Type"),
    }


def _int(text: str | None) -> int | None:
    found = number((text or "").lstrip("-"))
    return -found if found is not None and (text or "").startswith("-") else found
