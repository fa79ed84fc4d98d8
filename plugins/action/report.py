# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the report of a run on the controller (module ``report``)."""

from __future__ import annotations

import itertools
import json
import os
import time
import typing as t

import jinja2
from ansible import constants, context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..plugin_utils._controller.once_per_run import forget_answers
from ..plugin_utils._report.formats.junit import render_junit
from ..plugin_utils._report.formats.nagios import render_nagios
from ..plugin_utils._report.formats.pages import render_html, render_json, render_markdown
from ..plugin_utils._report.formats.prometheus import render_prometheus
from ..plugin_utils._report.formats.sarif import render_sarif
from ..plugin_utils._report.model.assemble import REPORT_SCHEMA, assemble
from ..plugin_utils._report.model.changes import KINDS
from ..plugin_utils._report.model.gate import FAIL_ON, gate, reasons
from ..plugin_utils._report.model.waivers import WaiverEntry, read_waivers
from ..plugin_utils._report.shapes import Issue, ReadResult, Report, Snapshot
from ..plugin_utils._report.store.atomic_files import directory_of, read_regular, write_atomically
from ..plugin_utils._report.store.directory_lock import locked
from ..plugin_utils._report.store.expected_hosts import expect_hosts
from ..plugin_utils._report.store.history import read_history, write_history
from ..plugin_utils._report.store.results import checked, newest_run, overwritten, read_results, write_result
from ..plugin_utils._report.store.snapshot import earlier_than, moment_of, snapshot, snapshot_of_file
from ..plugin_utils._report.text.sanitise import clean
from ..plugin_utils._report.text.sentences import headline, hosts_of, terminal_lines
from ..plugin_utils._run.plain_data import plain
from ..plugin_utils._run.run_id import began, current_run_id
from ..plugin_utils._run.version import collection_version

if t.TYPE_CHECKING:  # pragma: no cover
    from ..module_utils._run.service_spec import Spec
    from ..plugin_utils._controller.host_action import Result, TaskVars

#: Each format: its file, and what renders it (templates are for the pages alone).
FORMATS: dict[str, tuple[str, t.Callable[..., str]]] = {
    "json": ("report.json", render_json),
    "html": ("report.html", render_html),
    "markdown": ("report.md", render_markdown),
    "junit": ("junit.xml", render_junit),
    "prometheus": ("metrics.prom", render_prometheus),
    "sarif": ("report.sarif", render_sarif),
    "nagios": ("nagios.txt", render_nagios),
}
_TEMPLATED = ("html", "markdown")

ARGUMENT_SPEC: Spec = {
    "report_dir": {"type": "path"},
    "formats": {
        "type": "list",
        "elements": "str",
        "choices": ["html", "markdown", "json", "junit", "prometheus", "sarif", "nagios"],
        "default": ["html", "markdown", "json"],
    },
    "hosts": {"type": "list", "elements": "str"},
    "run_id": {"type": "str"},
    "fail_on": {"type": "str", "default": "never"},
    "results": {"type": "list", "elements": "dict"},
    "baseline": {"type": "path"},
    "history": {"type": "int", "default": 30},
    "waivers": {
        "type": "list",
        "elements": "dict",
        "options": {
            "check": {"type": "str"},
            "cause": {"type": "str"},
            "host": {"type": "str"},
            "service": {"type": "str"},
            "reason": {"type": "str", "required": True},
            "until": {"type": "str", "required": True},
        },
        "required_one_of": [["check", "cause"]],
    },
    "templates": {"type": "path"},
}

_OWN_TEMPLATES = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "roles", "checklist", "templates"
)


class Options(t.TypedDict):
    """The module's options, as ARGUMENT_SPEC lets them through."""

    report_dir: str | None
    formats: list[str]
    hosts: list[str] | None
    run_id: str | None
    fail_on: str
    results: list[object] | None
    baseline: str | None
    history: int
    waivers: list[WaiverEntry] | None
    templates: str | None


class ShortIssue(t.TypedDict):
    """What the task returns of an issue."""

    id: str
    title: str
    status: str
    hosts: list[str]


class ActionModule(ActionBase):
    """Reads result files, writes the report; touches no host."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: t.Any = None, task_vars: TaskVars | None = None) -> Result:
        """Build the report of one run.

        What is wrong with an option or a file is collected, so that whatever can be written is written.
        """
        result: Result = super().run(tmp, task_vars)
        options: Options = plain(self.validate_argument_spec(ARGUMENT_SPEC)[1])
        report_dir = directory_of(options["report_dir"])
        problems: list[str] = []
        notes: list[str] = []
        # Slices of a job may write at once: the second one must have read what the first one wrote.
        with locked(report_dir) as held:
            if not held:
                notes.append("Cannot lock %s: make sure that no other run writes its report there now." % report_dir)
            _keep(report_dir, options, problems, notes)
            report = _report(report_dir, options, problems, notes)
            files = _write(report, report_dir, options, problems)
        # A check after this report needs the state at that time: by then a public URL may serve a new release.
        forget_answers()
        problems = [clean(problem) for problem in problems + _fail_on(options["fail_on"])]
        lines = problems + terminal_lines(report, files, notes)
        changes = report["fleet"]["changes"]
        result.update(
            changed=False,
            status=report["summary"]["status"],
            summary=report["summary"],
            issues=[_short(issue) for issue in report["issues"]],
            gate=gate(report["hosts"], changes),
            reasons=reasons(report["issues"], changes),
            changes={kind: len(changes[kind]) for kind in KINDS} if changes["against"] else {},
            files=files,
            run_id=report["run_id"],
            msg="\n".join(lines),
            lines=lines,
        )
        # Plain lines, without a separate task to show them: what users want to read at the end of a run.
        Display().display("\n".join(lines))
        if problems:
            result["failed"] = True
        return result


def _report(report_dir: str, options: Options, problems: list[str], notes: list[str]) -> Report:
    """report.json of the run, compared with the run before it, which it then is for the next one."""
    rows, run_id, expected = _results(report_dir, options, notes)
    past = read_history(report_dir, notes) if options["history"] > 0 else []
    report = assemble(
        rows,
        expected,
        _now(notes),
        run_id,
        history=past,
        baseline=_baseline(options["baseline"], problems),
        collection=collection_version(),
        waivers=read_waivers(options["waivers"] or (), problems),
        inventory=_inventory(),
    )
    if options["history"] > 0:
        try:
            before = earlier_than(past, run_id, moment_of(report["hosts"], report["generated"]))
            write_history(report_dir, snapshot(report, before[-1] if before else None), options["history"])
        except OSError as error:
            problems.append("history: %s" % (error.strerror or error))
    return report


def _now(notes: list[str]) -> str:
    """The time to put on the report: now, or SOURCE_DATE_EPOCH (reproducible-builds.org), by which bytes can be compared."""
    form, epoch = "%Y-%m-%dT%H:%M:%SZ", os.environ.get("SOURCE_DATE_EPOCH", "")
    try:
        if epoch:
            return time.strftime(form, time.gmtime(int(epoch)))
    except (ValueError, OverflowError, OSError):
        notes.append(
            "SOURCE_DATE_EPOCH is %s, which is not a number of seconds since 1970: the current time was used."
            % epoch[:40]
        )
    return time.strftime(form, time.gmtime())


def _fail_on(value: str) -> list[str]:
    """What is wrong with the gate's setting; a typo must neither open it nor go unexplained."""
    if value in FAIL_ON:
        return []
    return ["fail_on: %r is not one of %s. Every host that fails is stopped." % (value, ", ".join(FAIL_ON))]


def _inventory() -> list[str]:
    """What ansible-playbook was given with -i; nothing if that is Ansible's default."""
    given = [str(entry) for entry in context.CLIARGS.get("inventory") or ()]
    return [] if given == [str(entry) for entry in constants.DEFAULT_HOST_LIST or ()] else given


def _keep(report_dir: str, options: Options, problems: list[str], notes: list[str]) -> None:
    """Results that were passed in as data are stored with the others, as results of this run.

    Of several for one host the newest is used: two jobs of a workflow may have checked it.
    """
    run_id = options["run_id"] or current_run_id()
    newest: dict[str, ReadResult] = {}
    for number, given in enumerate(options["results"] or ()):
        try:
            row = checked(given)
        except ValueError as error:
            problems.append("results[%d]: it is not a result of this collection: %s. It was ignored." % (number, error))
            continue
        known = newest.get(row["host"])
        if known is not None:
            notes.append("There are several results for %s: the newest was used." % row["host"])
        if known is None or str(row.get("generated")) >= str(known.get("generated")):
            newest[row["host"]] = row
    for row in newest.values():
        try:
            write_result(report_dir, {**row, "run_id": run_id})
        except OSError as error:
            problems.append("results: %s" % (error.strerror or error))


def _short(issue: Issue) -> ShortIssue:
    return {
        "id": issue["id"],
        "title": headline(issue),
        "status": issue["status"],
        "hosts": hosts_of(issue),
    }


def _results(report_dir: str, options: Options, notes: list[str]) -> tuple[t.Iterator[ReadResult], str, list[str]]:
    """The results to report, their run, and the hosts that were to be checked."""
    expected = list(dict.fromkeys(options["hosts"] or ()))
    run_id = options["run_id"] or current_run_id()
    mine = {row["host"] for row in _read(report_dir, run_id) if row["run_id"] == run_id}
    lost = list(overwritten(report_dir, run_id, (host for host in expected if host not in mine), began()))
    if options["run_id"] or mine or lost:
        # Another slice of this run may have expected hosts that left no result.
        rows = itertools.chain(_read(report_dir, run_id), lost)
        return rows, run_id, expect_hosts(report_dir, run_id, expected)
    newest = newest_run(report_dir)
    if expected:
        # These were checked now, and none of them answered: what an earlier run found must not hide that.
        if newest is not None:
            notes.append("This run has no results. Those of run %s were not used: set run_id to use them." % newest)
        return _read(report_dir, run_id), run_id, expect_hosts(report_dir, run_id, expected)
    # No host was checked now: the report is rebuilt from an earlier run's results.
    if newest is None:
        if not any(True for _row in _read(report_dir, run_id)):
            raise AnsibleActionFail(
                "report_dir: no results in %s; run websocket.health.checklist with the same report_dir first, "
                "or list the hosts that were to be checked in hosts" % report_dir
            )
        return _read(report_dir, run_id), run_id, expected
    notes.append("This run has no results: the report is about run %s, the newest in the directory." % newest)
    return _read(report_dir, newest), newest, expect_hosts(report_dir, newest, expected)


def _read(report_dir: str, run_id: str) -> t.Iterator[ReadResult]:
    try:
        yield from read_results(report_dir, run_id)
    except OSError as error:
        message = "report_dir: cannot read the results in %s: %s; correct report_dir, or its permissions"
        raise AnsibleActionFail(message % (report_dir, error.strerror or error)) from error


def _baseline(path: str | None, problems: list[str]) -> Snapshot | None:
    """The snapshot of the run whose report.json this is."""
    if not path:
        return None
    try:
        return snapshot_of_file(_load_report(path))
    except OSError as error:
        why = error.strerror or str(error)
    except (ValueError, RecursionError) as error:
        why = str(error)[:200]
    problems.append(
        "baseline: cannot compare with %s: %s. Set it to a report.json that this module wrote, or leave it out. "
        "The report was built without it." % (path, why)
    )
    return None


def _load_report(path: str) -> dict[str, object]:
    """A report.json.

    :raises ValueError: if it is something else.
    """
    data = read_regular(path)
    try:
        report = json.loads(data)
    except ValueError as error:
        raise ValueError("it is not JSON (%s)" % error) from error
    if not isinstance(report, dict) or report.get("schema") != REPORT_SCHEMA:
        raise ValueError("it is not a report of schema %s" % REPORT_SCHEMA)
    hosts = report.get("hosts")
    if not isinstance(hosts, list) or not all(isinstance(host, dict) for host in hosts):
        raise ValueError("it has no list of hosts")
    return report


def _write(report: Report, report_dir: str, options: Options, problems: list[str]) -> dict[str, str]:
    """Write each format; one that fails does not keep the others from being written."""
    files: dict[str, str] = {}
    for name, (file_name, render) in FORMATS.items():
        if name in options["formats"]:
            path = os.path.join(report_dir, file_name)
            try:
                if name in _TEMPLATED:
                    text = _render(name, render, report, options["templates"], problems)
                else:
                    text = render(report)
                write_atomically(path, text)
            except OSError as error:
                problems.append("report_dir: %s" % (error.strerror or error))
            # Whatever one of them fails on, the others are written, and the gate is applied.
            except Exception as error:
                problems.append(
                    "formats: %s could not be generated: %s. Please report this." % (file_name, _where(error))
                )
            else:
                files[name] = path
    return files


def _render(name: str, render: t.Callable[..., str], report: Report, templates: str | None, problems: list[str]) -> str:
    if not templates:
        return render(report, _OWN_TEMPLATES)
    try:
        if not os.path.isdir(templates):
            raise NotADirectoryError("it is not a directory")
        return render(report, [os.path.abspath(templates), _OWN_TEMPLATES])
    # A template may raise anything; the report must be written anyway.
    except Exception as error:
        problems.append(
            "templates: cannot render %s with the templates in %s: %s. Correct them; the collection's own were used."
            % (name, os.path.abspath(templates), _where(error))
        )
        return render(report, _OWN_TEMPLATES)


def _where(error: Exception) -> str:
    """An error in a template with file and line, as far as it knows them."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return "%s, line %s: %s" % (error.filename or error.name, error.lineno, error.message)
    trace, place = error.__traceback__, ""
    while trace is not None:
        file_name = trace.tb_frame.f_code.co_filename
        if file_name.endswith((".j2", ".css")):
            place = "%s, line %d: " % (file_name, trace.tb_lineno)
        trace = trace.tb_next
    return "%s%s" % (place, error)
