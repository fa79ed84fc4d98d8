# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Result files: one per host, ``<report_dir>/results/<host>.json``, from which the report is built."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import typing as t

from ..._model import UNKNOWN
from ..._run.plain_data import natural, plain
from ..shapes import ReadResult, Result, ServiceEvidence
from .atomic_files import read_regular, write_atomically

RESULT_SCHEMA, EVIDENCE_SCHEMA = "websocket.health/result/1", "websocket.health/evidence/1"
DIRECTORY, EVIDENCE_DIRECTORY = "results", "evidence"

#: Names that are file names as they are. Upper case is not among them: on some file systems it collides.
_SAFE = re.compile(r"[a-z0-9_][a-z0-9._-]{0,99}")
#: More than any result can hold: evidence is capped at its source.
_LARGEST = 32 * 1024 * 1024
_REMEDY = "re-run the checklist for this host; if the file is not one of its results, move it out of the directory"


def file_name(host: str) -> str:
    """The name of a host's result file; two hosts never share one."""
    if _SAFE.fullmatch(host):
        return host + ".json"
    digest = hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", host)[:60].strip("_") or "host"
    # No name that is safe as it is contains a tilde.
    return "%s~%s.json" % (readable, digest)


def result_path(report_dir: str, host: str) -> str:
    """Where the result of a host is kept.

    :param host: its name in the inventory.
    """
    return os.path.join(report_dir, DIRECTORY, file_name(host))


def write_result(report_dir: str, result: Result | ReadResult) -> str:
    """Keep the result of one host for the report.

    :returns: the path of the file.
    :raises OSError: with a message for the user.
    """
    return _write(report_dir, result_path(report_dir, result["host"]), result)


def write_evidence(report_dir: str, row: Result, services: list[ServiceEvidence]) -> str:
    """Keep what was seen on one host, for people who want to know why it was judged so.

    :param row: its result.
    :returns: the path of the file.
    :raises OSError: with a message for the user.
    """
    content = {
        "schema": EVIDENCE_SCHEMA,
        "run_id": row["run_id"],
        "host": row["host"],
        "generated": row["generated"],
        "collection": row["collection"],
        "facts": row["facts"],
        "services": services,
    }
    return _write(report_dir, os.path.join(report_dir, EVIDENCE_DIRECTORY, file_name(row["host"])), content)


def _write(report_dir: str, path: str, content: t.Mapping[str, object]) -> str:
    directory, root = os.path.realpath(os.path.dirname(path)), os.path.realpath(report_dir)
    if os.path.commonpath((directory, root)) != root:
        message = "cannot write %s: %s is a symbolic link to %s, outside report_dir; remove the link" % (
            path,
            os.path.dirname(path),
            directory,
        )
        raise OSError(errno.ELOOP, message)
    write_atomically(path, json.dumps(plain(content), ensure_ascii=False, separators=(",", ":")) + "\n")
    return path


def read_results(report_dir: str, run_id: str | None) -> t.Iterator[ReadResult]:
    """The results of one run, sorted by host, one after the other: of a large fleet not all fit in memory at once.

    A file that is no result is a row of its own, with status ``unknown`` and the reason; results of other runs
    are left out.

    :param run_id: the run; None for the newest one in the directory.
    """
    wanted = newest_run(report_dir) if run_id is None else run_id
    for row in _rows(report_dir):
        if row.get("unreadable") or row.get("run_id") == wanted:
            yield row


def overwritten(report_dir: str, run_id: str, hosts: t.Iterable[str], since: str) -> t.Iterator[ReadResult]:
    """Rows for hosts whose result of this run is gone because another run has written its own in its place.

    :param hosts: those of this run that have no result of it.
    :param since: when this run began (ISO 8601, UTC); what was written earlier has replaced nothing.
    """
    for host in hosts:
        name = file_name(host)
        path = os.path.join(report_dir, DIRECTORY, name)
        row = _read(os.path.dirname(path), name) if os.path.exists(path) else None
        if row is None or row.get("unreadable") or row["run_id"] == run_id or str(row.get("generated")) < since:
            continue
        words = "another run (%s) wrote its result of this host to the same report_dir at %s and replaced this run's"
        reason = words % (row["run_id"], row.get("generated"))
        remedy = "give runs that may overlap different report_dirs"
        yield _no_result(host, run_id, reason, remedy)


def newest_run(report_dir: str) -> str | None:
    """The run that wrote the latest of the results."""
    # A run's id may be chosen by the user and need not sort by time, so the time of writing decides.
    readable = (row for row in _rows(report_dir) if not row.get("unreadable"))
    runs = {(str(row.get("generated") or ""), row["run_id"] or "") for row in readable}
    return max(runs)[1] if runs else None


def checked(row: object) -> ReadResult:
    """A result that came another way than through a file.

    :raises ValueError: if it is none.
    """
    return _as_result(plain(row))


def _rows(report_dir: str) -> t.Iterator[ReadResult]:
    directory = os.path.join(report_dir, DIRECTORY)
    try:
        names = [name for name in os.listdir(directory) if name.endswith(".json") and not name.startswith(".")]
    except FileNotFoundError:
        return
    for name in sorted(names, key=natural):
        yield _read(directory, name)


def _read(directory: str, name: str) -> ReadResult:
    """One file: the result in it, or a row that says why there is none."""
    path = os.path.join(directory, name)
    shown = os.path.join(DIRECTORY, name)
    try:
        row = json.loads(read_regular(path, _LARGEST), parse_constant=lambda _word: None)
    except OSError as error:
        return _unreadable(name, "%s cannot be read: %s" % (shown, error.strerror or error))
    except (ValueError, RecursionError) as error:
        return _unreadable(name, "%s is not valid JSON (%s)" % (shown, str(error)[:120]))
    try:
        result = _as_result(row)
    except ValueError as error:
        return _unreadable(name, "%s is not a result of this collection: %s" % (shown, error))
    own = file_name(result["host"])
    if own != name:
        return _unreadable(name, "%s contains the result of host %s, whose file is %s" % (shown, result["host"], own))
    return result


def _as_result(row: t.Any) -> ReadResult:
    """What was read, if it is a result; ValueError says why it is none."""
    problem = _problem(row)
    if problem:
        raise ValueError(problem)
    for own in ("unreadable", "file"):
        # What is said of a file is not for the file to say.
        row.pop(own, None)
    return t.cast("ReadResult", row)


def _problem(row: t.Any) -> str:
    """Why this is no result; nothing if it is one."""
    if not isinstance(row, dict):
        return "it is not a JSON object"
    if row.get("schema") != RESULT_SCHEMA:
        return "its schema is %s, not %s" % (str(row.get("schema"))[:80], RESULT_SCHEMA)
    for key in ("run_id", "host", "status"):
        if not isinstance(row.get(key), str) or not row[key]:
            return "%s is missing" % key
    services = row.get("services")
    if not isinstance(services, list) or not all(isinstance(service, dict) for service in services):
        return "services is not a list of services"
    for service in services:
        for key in ("checks", "diagnoses"):
            entries = service.get(key, [])
            if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
                return "%s of service %s is not a list" % (key, str(service.get("name"))[:80])
    return ""


def _unreadable(name: str, reason: str) -> ReadResult:
    row = _no_result(name.removesuffix(".json"), None, reason, _REMEDY)
    row["file"] = name
    row["unreadable"] = True
    return row


def _no_result(host: str, run_id: str | None, reason: str, remedy: str) -> ReadResult:
    return {
        "run_id": run_id,
        "host": host,
        "status": UNKNOWN,
        "reason": reason,
        "remedy": remedy,
        "services": [],
    }
