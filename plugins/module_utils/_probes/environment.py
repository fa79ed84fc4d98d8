# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Reads the environment of the running process, not that of a login shell.

Only the variables that are listed here or named by the inventory are reported, and of those only the values
that are no secrets. proc(5): what is read is the environment at the start; a program may have changed its own since.
"""

from __future__ import annotations

import os
import typing as t

from .._run.context import Context
from .._run.evidence import BECOME, add_gap, new_evidence, os_reason
from .._run.redact import is_secret_name
from .._system import systemd_unit
from .._system.base import Found, Gone, NoAccess
from .._system.only_root import reader
from .._system.open_file import NotRegular, Reader

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.environment import Environment, Variable
    from .._evidence.service import EnvironmentOptions, Service

#: Variables that say in which mode, where and through what a server works.
COMMON = (
    "NODE_ENV",
    "FLASK_ENV",
    "FLASK_DEBUG",
    "DJANGO_SETTINGS_MODULE",
    "DJANGO_DEBUG",
    "DEBUG",
    "RAILS_ENV",
    "RACK_ENV",
    "APP_ENV",
    "APP_DEBUG",
    "ASPNETCORE_ENVIRONMENT",
    "DOTNET_ENVIRONMENT",
    "SPRING_PROFILES_ACTIVE",
    "MIX_ENV",
    "PHX_HOST",
    "PHX_SERVER",
    "GO_ENV",
    "GIN_MODE",
    "ENVIRONMENT",
    "PORT",
    "HOST",
    "HOSTNAME",
    "BIND",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "NODE_EXTRA_CA_CERTS",
    "TZ",
)


def probe(service: Service, context: Context) -> Environment:
    """Read the variables of the service's main process.

    :returns: ``pid``, ``source``, ``variables`` (name → ``{"set", "value"}``; a value that may not travel is
        None and ``withheld``; ``matches`` says whether an expected secret is the expected one) and
        ``declared`` (name → ``{"value", "where", "same"}``: what unit and .env file say where they differ
        or agree).
    """
    found = context.found(service)
    wanted = service.get("environment") or {}
    evidence = new_evidence("environment", pid=None, source=None, variables={}, declared={}, differing={})
    evidence["gaps"].extend(found.gaps)
    hidden = next((entry for entry in found.gaps if entry["what"] == "owner"), None)
    if found.main is None and hidden is not None:
        add_gap(evidence, "environ", hidden["reason"], hidden["remedy"])
        return evidence
    if found.main is None:
        add_gap(evidence, "environ", "no process of the service was found", "start the service, or set 'process'")
        return evidence
    try:
        environ = context.system.table.environ(found.main.pid)
    except (Gone, NoAccess) as error:
        add_gap(evidence, "environ", str(error), BECOME if isinstance(error, NoAccess) else "re-run the checklist")
        return evidence
    evidence["pid"] = found.main.pid
    evidence["source"] = "/proc/%d/environ (as of its start)" % found.main.pid
    if not environ:
        add_gap(
            evidence,
            "environ",
            "the process has an empty environment, or has overwritten it (as nginx does)",
            "check the unit or the start script instead",
        )
    expected = {str(name): str(value) for name, value in (wanted.get("expect") or {}).items()}
    silent = set(wanted.get("require") or ()) | set(wanted.get("forbid") or ())
    for name in sorted(set(COMMON) | set(expected) | silent):
        entry = _entry(name, environ, expected, silent, context)
        if entry is not None:
            evidence["variables"][name] = entry
    _add_declared(evidence, environ, set(COMMON) | set(expected), found, wanted, context)
    _add_workers(evidence, environ, found, context)
    return evidence


def _entry(
    name: str, environ: dict[str, str], expected: dict[str, str], silent: set[str], context: Context
) -> Variable | None:
    """What may be reported about one variable; None for a common one that is not set."""
    value = environ.get(name)
    named = name in expected or name in silent
    if value is None:
        unset: Variable = {"set": False, "value": None}
        if is_secret_name(name):
            unset["withheld"] = True
        return unset if named else None
    entry: Variable = {"set": True, "value": None}
    if name in expected:
        entry["matches"] = value == expected[name]
    if is_secret_name(name) or (name in silent and name not in expected and name not in COMMON):
        entry["withheld"] = True
    else:
        entry["value"] = context.redactor.text(value, 256)
    return entry


def _add_declared(
    evidence: Environment,
    environ: dict[str, str],
    names: set[str],
    found: Found,
    wanted: EnvironmentOptions,
    context: Context,
) -> None:
    """What the unit and the .env file say of the same variables."""
    declared: dict[str, tuple[str, str]] = {}
    path = wanted.get("file")
    readers: list[Reader] = []
    if not path and found.main is not None:
        # The process chooses where it works: in a file system of its own that may be called as anything of this one.
        readers = [reader(found.main.uid, found.main.pid)]
        try:
            path = os.path.join(context.system.table.cwd(found.main.pid), ".env")
        except (Gone, NoAccess):
            path = None
    if path:
        try:
            declared.update(systemd_unit.read_environment_file(path, readers))
        except FileNotFoundError as error:
            # A working directory need not have one; a file that was named has to be there.
            if wanted.get("file"):
                add_gap(evidence, "file", "%s: %s" % (path, os_reason(error)), "correct environment.file", absent=True)
        except OSError as error:
            remedy = "check what is there: only regular files are read" if isinstance(error, NotRegular) else BECOME
            add_gap(evidence, "file", "%s: %s" % (path, os_reason(error)), remedy)
    properties = systemd_unit.show(context, found.unit) if found.unit else None
    if properties:
        declared.update(systemd_unit.environment_of(properties))
    for name in sorted(names & set(declared)):
        value, where = declared[name]
        secret = is_secret_name(name)
        evidence["declared"][name] = {
            "value": None if secret else context.redactor.text(value, 256),
            "where": where,
            "set": name in environ,
            "same": environ.get(name) == value,
        }


def _add_workers(evidence: Environment, environ: dict[str, str], found: Found, context: Context) -> None:
    """Processes of one service that run in different modes: names of the common variables that differ."""
    for process in found.processes[1:8]:
        try:
            other = context.system.table.environ(process.pid)
        except (Gone, NoAccess):
            continue
        names = [name for name in COMMON if name != "PORT" and other.get(name) != environ.get(name)]
        if other and names:
            evidence["differing"][str(process.pid)] = names
