# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the action plugins have in common: validate, send, probe the host and test from outside, judge."""

from __future__ import annotations

import fnmatch
import math
import time
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ...module_utils._run.service_spec import PROBE_OPTIONS, probe_spec
from .._judge_service import CHECK_IDS, gate, headline, judge
from .._model import UNKNOWN, is_absent
from .._run.pack_payload import Shown, pack_services
from .._run.plain_data import plain
from .._run.service_values import complain
from .host_answer import OddAnswer, evidence_of, facts_of
from .join_evidence import join_evidence
from .route import Route, SshOption, find_route
from .view import DIALECTS, ControllerView

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.service import Service
    from ...module_utils._evidence.subjects import Subject, Subjects
    from ...module_utils._evidence.websocket import Clock
    from ...module_utils._run.service_spec import Spec

#: The variables of a task's host: an inventory has what it likes.
TaskVars = dict[str, t.Any]
#: What a task or a module returns: Ansible adds keys of its own, and a host may answer anything.
Result = dict[str, t.Any]

_FILTERS: tuple[t.Literal["skip", "only"], ...] = ("skip", "only")
#: Seconds that the controller's own handshake may take before the host is asked as well.
_HEAD_START = 0.15
#: Seconds in which the page of a service may say its path, before the host is asked without knowing one.
_PAGE_START = 2.0


class RunOptions(t.TypedDict):
    """A task's options about the run (see RUN in module_utils/_run/service_spec.py)."""

    #: Seconds.
    deadline: float
    #: Ids of checks, as globs.
    skip: list[str] | None
    only: list[str] | None


class ProbeOptions(RunOptions):
    """The same of a probe."""

    #: ``fail``, ``warn`` or ``never``.
    fail_on: str


def refuse(service: Service, where: str = "", deadline: float | None = None) -> None:
    """Raise AnsibleActionFail, naming the option, where a service's values make no sense.

    :param where: a prefix that names the entry, such as ``services[0] (chat): ``.
    :param deadline: seconds of the run, if they are known.
    """
    problem = complain(service, where)
    hold = (service.get("websocket") or {}).get("hold") or 0
    if problem is None and deadline is not None and hold >= deadline:
        words = "%soption 'websocket.hold' is %d, and the deadline is %g s: hold for less, or raise 'deadline'"
        problem = words % (where, hold, deadline)
    dialect = (service.get("websocket") or {}).get("dialect") or "auto"
    if problem is None and dialect != "auto" and dialect not in DIALECTS:
        problem = "%soption 'websocket.dialect' is %r; known are auto, %s" % (
            where,
            dialect,
            ", ".join(sorted(DIALECTS)),
        )
    sends = (service.get("websocket") or {}).get("send")
    if problem is None and sends and dialect in DIALECTS and not getattr(DIALECTS[dialect], "TAKES_TEXT", True):
        words = "%soption 'websocket.send' cannot be used with websocket.dialect %r, whose messages are binary: leave it out"
        problem = words % (where, dialect)
    if problem:
        raise AnsibleActionFail(problem)


def _refuse_endless(options: t.Mapping[str, object]) -> None:
    """Raise AnsibleActionFail where a number is infinite or none: no comparison with a limit would see it."""
    for name, value in options.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise AnsibleActionFail("option '%s' is %g; it must be a finite number" % (name, value))


def why_broken(error: Exception) -> tuple[str, str]:
    """Why a host could not be judged although it was reached, and what helps: no exception leaves an action.

    :param error: whatever was raised between the options and the verdict.
    """
    if isinstance(error, OddAnswer):
        remedy = "something on the host answers instead of the module: re-run the play with -vvv to see what it prints"
        return "the host's answer does not have the expected form: %s" % error, remedy
    if isinstance(error, MemoryError) or "can't start new thread" in str(error):
        words = "the machine that runs Ansible has no memory or threads left for it (%s)"
        remedy = "raise its limits (ulimit -v, -u), or use fewer forks"
        return words % (str(error) or type(error).__name__), remedy
    if isinstance(error, OSError):
        words = "the machine that runs Ansible cannot do it: %s"
        return words % (error.strerror or error), "free what is used up there (disk, descriptors), and re-run the play"
    if isinstance(error, AnsibleError):
        return str(error).strip().splitlines()[0][:400], "correct the inventory or the task"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "%s:%d" % (trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1], trace.tb_lineno) if trace else "?"
    words = "the checklist crashed on the machine that runs Ansible: %s: %s (%s)"
    return words % (type(error).__name__, str(error)[:300], place), "please report this"


class HostAction(ActionBase):
    """An action that asks a managed host and judges on the controller."""

    TRANSFERS_FILES = False

    def options(self, spec: Spec, rules: Spec | None = None) -> t.Any:
        """The task's arguments, checked here so that a mistake costs no connection.

        :returns: by name, of the types in the spec; callers that know them say which they are.
        :raises AnsibleActionFail: an option is unknown, misspelt or of the wrong type; the message names it.
        """
        offered = {name: entry for name, entry in spec.items() if name != "payload"}
        # Before the types are checked, too: a message about infinity as an integer names no option.
        _refuse_endless(self._task.args)
        _result, options = self.validate_argument_spec(argument_spec=offered, **(rules or {}))
        _refuse_endless(options)
        options = plain(options)
        for name in _FILTERS:
            for pattern in options.get(name) or ():
                if not any(
                    fnmatch.fnmatchcase(known, pattern) or fnmatch.fnmatchcase(pattern, known) for known in CHECK_IDS
                ):
                    raise AnsibleActionFail(
                        "option '%s' has %r, which matches no check; docs/checks lists all checks" % (name, pattern)
                    )
        seconds = options.get("deadline")
        if seconds is not None and not 0.5 <= seconds <= 3600:
            raise AnsibleActionFail("option 'deadline' is %g; it must be from 0.5 to 3600 seconds" % seconds)
        return options

    def route(self, task_vars: TaskVars) -> Route:
        """How the controller reaches the host (see route.py)."""
        connection = self._connection
        settings: dict[SshOption, object] = {}
        names: tuple[SshOption, ...] = t.get_args(SshOption)
        for name in names:
            try:
                settings[name] = plain(connection.get_option(name))
            except (KeyError, AnsibleError):
                continue
        address = plain(self._templar.template(task_vars.get("ansible_host") or ""))
        host = plain(task_vars.get("inventory_hostname") or "")
        return find_route(connection.transport, settings, host, "" if address == host else address)

    def ask(
        self,
        module: str,
        options: RunOptions,
        services: list[Service],
        subjects: list[str],
        task_vars: TaskVars,
        as_arguments: t.Callable[[list[Shown]], Shown],
    ) -> tuple[Result, list[Subjects]]:
        """Run the module on the host while the controller looks at it from outside.

        :param options: the task's options; those about the run are passed on.
        :param subjects: what the run is about.
        :param as_arguments: makes module arguments of what may be shown of the services.
        :returns: the module's result, and of each service what host and controller saw (empty if the module failed).
        :raises OddAnswer: the host answered something else.
        """
        view = ControllerView(self.route(task_vars), services, subjects, options["deadline"])
        view.start()
        heard = view.listened_to(_HEAD_START)
        named = view.named_paths(min(_PAGE_START, 0.2 * options["deadline"]))
        marked: list[Service] = [
            {**service, "listened_to": flag, "named_paths": paths}
            for service, flag, paths in zip(services, heard, named, strict=True)
        ]
        shown, payload = pack_services(marked)
        arguments = dict(as_arguments(shown), deadline=options["deadline"], payload=payload)
        arguments.update({name: options[name] for name in _FILTERS if options.get(name)})
        result = plain(self._execute_module(module_name=module, module_args=arguments, task_vars=task_vars))
        evidence = evidence_of(result, len(services))
        if not evidence:
            return result, []
        # The host's clock when the probes were done, and the controller's when it got the result: what tokens are judged by.
        clock: Clock = {"host": facts_of(result).get("now"), "controller": round(time.time(), 2)}
        seen = view.finish(evidence)
        return result, [
            join_evidence(host, {**part, "clock": clock}) for host, part in zip(evidence, seen, strict=True)
        ]


class ProbeAction(HostAction):
    """The controller half of a module ``<subject>_probe``."""

    @property
    def subject(self) -> Subject:
        """What the task asks for, by the module's name: ``port`` of ``websocket.health.port_probe``."""
        return t.cast("Subject", str(self._task.action).rpartition(".")[2].removesuffix("_probe"))

    def run(self, tmp: t.Any = None, task_vars: TaskVars | None = None) -> Result:
        """Ask, judge, and fail as ``fail_on`` says.

        :returns: ``evidence`` (what was seen), ``checks`` and ``status`` (what it means), ``changed: false``.
        """
        result: Result = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        given = self.options(probe_spec(self.subject))
        options: ProbeOptions = given
        service = t.cast("Service", {name: given.get(name) for name in PROBE_OPTIONS[self.subject]})
        refuse(service, deadline=options["deadline"])
        module = "websocket.health.%s_probe" % self.subject
        try:
            answer, evidence = self.ask(module, options, [service], [self.subject], task_vars, lambda shown: shown[0])
        except Exception as error:
            reason, remedy = why_broken(error)
            result.update(failed=True, status=UNKNOWN, checks=[], diagnoses=[], msg="%s; %s" % (reason, remedy))
            return result
        if not evidence:
            result.update(answer)
            return result
        seen: t.Any = evidence[0][self.subject]  # of the subject's own type
        asked = t.cast("Subjects", {self.subject: seen})
        judged = judge(service, asked, options.get("skip") or (), options.get("only") or ())
        # What was asked for and could not be observed is no success either.
        absent = any(map(is_absent, seen.get("gaps") or ()))
        unseen = (absent or judged["status"] == UNKNOWN) and options["fail_on"] != "never"
        failed = unseen or gate(judged["status"], options["fail_on"])
        result.update(
            changed=False,
            failed=failed,
            status=judged["status"],
            checks=judged["checks"],
            diagnoses=judged["diagnoses"],
            evidence=seen,
            msg=headline(judged),
        )
        return result
