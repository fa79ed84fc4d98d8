# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of the module checklist: one round trip per host, then the verdict and its file."""

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.display import Display

from ..module_utils._run.run_probes import wanted_everywhere
from ..module_utils._run.service_secrets import shown_service
from ..module_utils._run.service_spec import SERVICE, checklist_spec
from ..plugin_utils._controller.host_action import HostAction, RunOptions, TaskVars, refuse, why_broken
from ..plugin_utils._controller.host_action import Result as TaskResult
from ..plugin_utils._controller.host_answer import facts_of
from ..plugin_utils._fleet_traits import traits_of
from ..plugin_utils._judge_service import gate, headline, judge
from ..plugin_utils._model import UNKNOWN, UNREACHABLE, HostStatus, JudgedService, host_status, worst
from ..plugin_utils._report.shapes import NO_SERVICES, Result, ServiceEvidence
from ..plugin_utils._report.store.atomic_files import directory_of
from ..plugin_utils._report.store.results import RESULT_SCHEMA, write_evidence, write_result
from ..plugin_utils._run.option_names import unknown_option
from ..plugin_utils._run.plain_data import plain
from ..plugin_utils._run.progress import still_asking
from ..plugin_utils._run.run_id import current_run_id
from ..plugin_utils._run.version import collection_version

if t.TYPE_CHECKING:  # pragma: no cover
    from ..module_utils._evidence.service import Service

_NO_PYTHON = (
    "No python interpreters found",
    "python: not found",
    "No such file or directory",
    "interpreter",
    "command not found",
)


class _Options(RunOptions):
    """The module's options, as checklist_spec lets them through."""

    services: list[Service]
    keep_evidence: bool


class _NotJudged(t.NamedTuple):
    """Why a host could not be judged."""

    status: HostStatus
    #: In the operator's words, and what helps.
    reason: str
    remedy: str


class ActionModule(HostAction):
    """Asks all services of a host.

    Whatever happens, a result is written: a host that cannot be reached, has no Python, or whose options are
    wrong is a row of the report too.
    """

    def run(self, tmp: t.Any = None, task_vars: TaskVars | None = None) -> TaskResult:
        """Ask, judge, write ``results/<host>.json``; never fails for what it finds."""
        result: TaskResult = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        started = time.monotonic()
        row = self._new_row(task_vars)
        self._seen: list[ServiceEvidence] = []
        report_dir = directory_of(plain(self._task.args.get("report_dir")))
        try:
            self._fill(row, task_vars)
        except AnsibleConnectionFailure as error:
            _tell(row, _unreachable(str(error)))
            result["unreachable"] = True
        except AnsibleActionFail as error:
            _tell(row, _NotJudged(UNKNOWN, str(error), "correct the option in the inventory or the task"))
            result["failed"] = True
        except Exception as error:  # whatever it is, the host is a row of the report, and is not unreachable for it
            _tell(row, _NotJudged(UNKNOWN, *why_broken(error)))
            row["services"] = []
        row["duration_s"] = round(time.monotonic() - started, 2)
        result.update(self._summary(row), changed=False)
        if boolean(plain(self._task.args.get("artifacts") or False), strict=False):
            result["ansible_stats"] = _stats(row, str(plain(task_vars.get("awx_job_id")) or "0"))
        try:
            result["result_file"] = write_result(report_dir, row)
            if self._seen:
                result["evidence_file"] = write_evidence(report_dir, row, self._seen)
        except OSError as error:
            result.update(failed=True, msg="cannot write the result of %s: %s" % (row["host"], error))
        return result

    def _new_row(self, task_vars: TaskVars) -> Result:
        return {
            "schema": RESULT_SCHEMA,
            "run_id": plain(self._task.args.get("run_id")) or current_run_id(),
            "host": plain(task_vars.get("inventory_hostname") or ""),
            "generated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "collection": collection_version(),
            "status": UNKNOWN,
            "reason": "",
            "remedy": "",
            "facts": {},
            "services": [],
            "duration_s": None,
        }

    def _fill(self, row: Result, task_vars: TaskVars) -> None:
        """Probe and judge; may raise AnsibleActionFail and AnsibleConnectionFailure."""
        self._refuse_unknown_options()
        options: _Options = self.options(checklist_spec())
        services = [_without_picture(service) for service in options["services"]]
        if not services:
            _tell(row, _NotJudged(UNKNOWN, "no services are defined for this host", "set websocket_health_services"))
            row["why"] = NO_SERVICES
            return
        self._refuse_nonsense(services, options["deadline"])
        subjects = wanted_everywhere(options.get("skip"), options.get("only"))
        with still_asking(row["host"], options["deadline"], Display().display):
            answer, evidence = self.ask(
                "websocket.health.checklist", options, services, subjects, task_vars, lambda shown: {"services": shown}
            )
        if not evidence:
            _tell(row, _why_no_answer(answer))
            return
        if options["keep_evidence"]:
            self._seen = [
                {"service": shown_service(service), "evidence": seen}
                for service, seen in zip(services, evidence, strict=True)
            ]
        row["facts"] = facts_of(answer)
        row["facts"]["services"] = {
            service["name"]: traits_of(subjects, service) for service, subjects in zip(services, evidence, strict=True)
        }
        row["services"] = [
            judge(service, subjects, options.get("skip") or (), options.get("only") or ())
            for service, subjects in zip(services, evidence, strict=True)
        ]
        row["status"] = host_status(service["status"] for service in row["services"])

    def _refuse_unknown_options(self) -> None:
        services = plain(self._task.args.get("services"))
        for number, service in enumerate(services if isinstance(services, list) else ()):
            name = service.get("name") if isinstance(service, dict) else None
            problem = unknown_option(service, SERVICE, "services[%d]%s" % (number, " (%s)" % name if name else ""))
            if problem:
                raise AnsibleActionFail(problem)

    @staticmethod
    def _refuse_nonsense(services: list[Service], deadline: float) -> None:
        seen: set[str] = set()
        for number, service in enumerate(services):
            where = "services[%d] (%s): " % (number, service["name"])
            refuse(service, where, deadline)
            if service["name"] in seen:
                raise AnsibleActionFail(where + "option 'name' is used twice; every service of a host needs its own")
            seen.add(service["name"])

    @staticmethod
    def _summary(row: Result) -> dict[str, object]:
        lines = ["%s: %s" % (service["name"], headline(service)) for service in row["services"]]
        return {
            "host": row["host"],
            "run_id": row["run_id"],
            "status": row["status"],
            "services": row["services"],
            # What the role's gate asks: a host that could not be asked has not passed.
            "gate": {
                fail_on: fail_on != "never" and (_not_asked(row) or gate(_worst(row["services"]), fail_on))
                for fail_on in ("fail", "warn", "never")
            },
            "msg": "; ".join(lines) or row["reason"],
        }


def _tell(row: Result, why: _NotJudged) -> None:
    """Put into a result that its host could not be judged."""
    row["status"], row["reason"], row["remedy"] = why


def _unreachable(said: str) -> _NotJudged:
    """A host that could not be connected to, with what the connection said."""
    return _NotJudged(UNREACHABLE, _first_line(said) or _NO_REASON, "check address, SSH and the host itself")


def _stats(row: Result, job: str) -> dict[str, object]:
    """The result as set_stats hands data on: under a name of this job's own, for those of several slices are merged by name.

    In a list, since dictionaries of two runs in one job would be merged into each other, and lists are replaced.
    """
    return {"data": {"websocket_health_results_" + job: {row["host"]: [row]}}, "per_host": False, "aggregate": True}


def _without_picture(service: Service) -> Service:
    """A screenshot is only for the probe of the page: the checklist's evidence is not read by people."""
    return {**service, "chromium": {**(service.get("chromium") or {}), "screenshot": False}}


def _not_asked(row: Result) -> bool:
    """Whether services were to be checked and could not be; a host without services has nothing to fail."""
    return not row["services"] and row.get("why") != NO_SERVICES


def _worst(services: list[JudgedService]) -> str:
    return worst(service["status"] for service in services)


_NO_REASON = "no reason was given"


def _why_no_answer(answer: TaskResult) -> _NotJudged:
    """Why the module brought no evidence, in the operator's words."""
    if answer.get("unreachable"):
        return _unreachable(str(answer.get("msg")))
    text = "\n".join(str(answer.get(key) or "") for key in ("msg", "module_stderr", "module_stdout"))
    crashed = "Traceback" in text
    if any(words in text for words in _NO_PYTHON) and not crashed:
        return _NotJudged(
            UNKNOWN,
            "no Python could be run on the host: %s" % (_first_line(text) or _NO_REASON),
            "install python3 (3.9 or newer), or set ansible_python_interpreter",
        )
    last = [line for line in text.splitlines() if line.strip()]
    reason = last[-1].strip() if crashed and last else _first_line(text)
    printed = _first_line(str(answer.get("module_stderr") or answer.get("module_stdout") or ""))
    if printed and printed != reason and not crashed:
        reason += " (%s)" % printed
    return _NotJudged(
        UNKNOWN,
        "the probe did not run on the host: %s" % (reason or _NO_REASON)[:400],
        "re-run the play with -vvv; please report a crash of the probe",
    )


def _first_line(text: str) -> str:
    """The first line that says something; empty if none does."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:400]
