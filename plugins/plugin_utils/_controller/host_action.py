# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the action plugins have in common: validate, carry, ask the host and look from outside, judge."""

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
from .._run.pack_payload import carry
from .._run.plain_data import plain
from .._run.service_values import complain
from .host_answer import OddAnswer, evidence_of, facts_of
from .route import Route, find_route
from .view import DIALECTS, ControllerView

#: Seconds that the controller's own handshake may take before the host is asked as well.
_HEAD_START = 0.15


def refuse(service: dict[str, t.Any], where: str = "", deadline: float | None = None) -> None:
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
    if problem:
        raise AnsibleActionFail(problem)


def _refuse_endless(options: dict[str, t.Any]) -> None:
    """Raise AnsibleActionFail where a number is infinite or none: no comparison with a limit would see it."""
    for name, value in options.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise AnsibleActionFail("option '%s' is %g; give a finite number" % (name, value))


def why_broken(error: Exception) -> tuple[str, str]:
    """Why a host could not be judged although it was reached, and what helps: no exception leaves an action.

    :param error: whatever was raised between the options and the verdict.
    """
    if isinstance(error, OddAnswer):
        remedy = (
            "something on the host answers in the module's place: run the play again with -vvv to see what it prints"
        )
        return "the host's answer has not the expected shape: %s" % error, remedy
    if isinstance(error, MemoryError) or "can't start new thread" in str(error):
        words = "the machine that runs Ansible has no memory, or no thread, left for it (%s)"
        remedy = "raise its limits (ulimit -v, -u), or use fewer forks"
        return words % (str(error) or type(error).__name__), remedy
    if isinstance(error, OSError):
        words = "the machine that runs Ansible cannot do it: %s"
        return words % (
            error.strerror or error
        ), "free what is used up there (disk, descriptors), and run the play again"
    if isinstance(error, AnsibleError):
        return str(error).strip().splitlines()[0][:400], "correct the inventory or the task"
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "%s:%d" % (trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1], trace.tb_lineno) if trace else "?"
    words = "the checklist broke on the machine that runs Ansible: %s: %s (%s)"
    return words % (type(error).__name__, str(error)[:300], place), "this is worth a report"


class HostAction(ActionBase):
    """An action that asks a managed host and judges on the controller."""

    TRANSFERS_FILES = False

    def options(self, spec: dict[str, t.Any], rules: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """The task's arguments, checked here so that a mistake costs no connection.

        :raises AnsibleActionFail: an option is unknown, misspelt or of the wrong type; the message names it.
        """
        offered = {name: entry for name, entry in spec.items() if name != "payload"}
        # Before the types are checked, too: a message about infinity as an integer names no option.
        _refuse_endless(self._task.args)
        _result, options = self.validate_argument_spec(argument_spec=offered, **(rules or {}))
        _refuse_endless(options)
        options = plain(options)
        for name in ("skip", "only"):
            for pattern in options.get(name) or ():
                if not any(
                    fnmatch.fnmatchcase(known, pattern) or fnmatch.fnmatchcase(pattern, known) for known in CHECK_IDS
                ):
                    raise AnsibleActionFail(
                        "option '%s' has %r, which matches no check; docs/checks lists them" % (name, pattern)
                    )
        seconds = options.get("deadline")
        if seconds is not None and not 0.5 <= seconds <= 3600:
            raise AnsibleActionFail("option 'deadline' is %g; give seconds from 0.5 to 3600" % seconds)
        return t.cast("dict[str, t.Any]", options)

    def route(self, task_vars: dict[str, t.Any]) -> Route:
        """How the controller reaches the host (see route.py)."""
        connection = self._connection
        settings: dict[str, t.Any] = {}
        for name in ("host", "ssh_args", "ssh_common_args", "ssh_extra_args", "ssh_executable"):
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
        options: dict[str, t.Any],
        services: list[dict[str, t.Any]],
        subjects: list[str],
        task_vars: dict[str, t.Any],
        as_arguments: t.Callable[[list[dict[str, t.Any]]], dict[str, t.Any]],
    ) -> tuple[dict[str, t.Any], list[dict[str, dict[str, t.Any]]]]:
        """Run the module on the host while the controller looks at it from outside.

        :param options: the task's options; those about the run are passed on.
        :param subjects: what the run is about.
        :param as_arguments: makes module arguments of what may be shown of the services.
        :returns: the module's result, and each service's evidence by subject (empty if the module failed).
        :raises OddAnswer: the host answered something else.
        """
        view = ControllerView(self.route(task_vars), services, subjects, options["deadline"])
        view.start()
        heard = view.listened_to(_HEAD_START)
        marked = [dict(service, listened_to=flag) for service, flag in zip(services, heard, strict=True)]
        shown, payload = carry(marked)
        arguments = dict(as_arguments(shown), deadline=options["deadline"], payload=payload)
        arguments.update({name: options[name] for name in ("skip", "only") if options.get(name)})
        result = plain(self._execute_module(module_name=module, module_args=arguments, task_vars=task_vars))
        evidence = evidence_of(result, len(services))
        if evidence:
            _add_clocks(evidence, facts_of(result).get("now"))
            view.finish(evidence)
        return result, evidence


def _add_clocks(evidence: list[dict[str, dict[str, t.Any]]], now: t.Any) -> None:
    """The host's clock when the probes were done, and the controller's when it was told: what tokens are judged by."""
    for subjects in evidence:
        if "websocket" in subjects:
            subjects["websocket"]["clock"] = {"host": now, "controller": round(time.time(), 2)}


class ProbeAction(HostAction):
    """The controller half of a module ``<subject>_probe``."""

    @property
    def subject(self) -> str:
        """What the task asks for, by the module's name: ``port`` of ``websocket.health.port_probe``."""
        return str(self._task.action).rpartition(".")[2].removesuffix("_probe")

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Ask, judge, and fail as ``fail_on`` says.

        :returns: ``evidence`` (what was seen), ``checks`` and ``status`` (what it means), ``changed: false``.
        """
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        options = self.options(probe_spec(self.subject))
        service = {name: options.get(name) for name in PROBE_OPTIONS[self.subject]}
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
        judged = judge(
            service, {self.subject: evidence[0][self.subject]}, options.get("skip") or (), options.get("only") or ()
        )
        # What was asked for and could not be observed is no success either.
        absent = any(map(is_absent, evidence[0][self.subject].get("gaps") or ()))
        unseen = (absent or judged["status"] == UNKNOWN) and options["fail_on"] != "never"
        failed = unseen or gate(judged["status"], options["fail_on"])
        result.update(
            changed=False,
            failed=failed,
            status=judged["status"],
            checks=judged["checks"],
            diagnoses=judged["diagnoses"],
            evidence=evidence[0][self.subject],
            msg=headline(judged),
        )
        return result
