# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the action plugins have in common: validate, carry, ask the host and look from outside, judge."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ..module_utils.service_spec import PROBE_OPTIONS, complain, probe_spec
from .carry import carry
from .controller_view import DIALECTS, ControllerView
from .judge import gate, headline, judge
from .report.plain import plain
from .route import Route, find_route

#: Subjects whose evidence is completed by the controller's own view.
_SEEN_FROM_OUTSIDE = ("port", "websocket")


def refuse(service: dict[str, t.Any], where: str = "") -> None:
    """Raise AnsibleActionFail, naming the option, where a service's values make no sense.

    :param where: a prefix that names the entry, such as ``services[0] (chat): ``.
    """
    problem = complain(service, where)
    dialect = (service.get("websocket") or {}).get("dialect") or "auto"
    if problem is None and dialect != "auto" and dialect not in DIALECTS:
        problem = "%soption 'websocket.dialect' is %r; known are auto, %s" % (where, dialect, ", ".join(sorted(DIALECTS)))
    if problem:
        raise AnsibleActionFail(problem)


class HostAction(ActionBase):
    """An action that asks a managed host and judges on the controller."""

    TRANSFERS_FILES = False

    def options(self, spec: dict[str, t.Any], rules: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """The task's arguments, checked here so that a mistake costs no connection.

        :raises AnsibleActionFail: an option is unknown, misspelt or of the wrong type; the message names it.
        """
        offered = {name: entry for name, entry in spec.items() if name != "payload"}
        _result, options = self.validate_argument_spec(argument_spec=offered, **(rules or {}))
        options = plain(options)
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
        self, module: str, arguments: dict[str, t.Any], services: list[dict[str, t.Any]], task_vars: dict[str, t.Any]
    ) -> tuple[dict[str, t.Any], list[dict[str, dict[str, t.Any]]]]:
        """Run the module on the host while the controller looks at it from outside.

        :param arguments: the module's arguments, with the payload in them.
        :returns: the module's result, and each service's evidence by subject (empty if the module failed).
        """
        view = ControllerView(self.route(task_vars), services, arguments["deadline"])
        view.start()
        result = plain(self._execute_module(module_name=module, module_args=arguments, task_vars=task_vars))
        evidence = [service["evidence"] for service in (result.get("evidence") or {}).get("services") or ()]
        if evidence:
            view.finish(evidence)
        return result, evidence


class ProbeAction(HostAction):
    """The controller half of a module ``<subject>_probe``."""

    subject = ""

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Ask, judge, and fail as ``fail_on`` says.

        :returns: ``evidence`` (what was seen), ``checks`` and ``status`` (what it means), ``changed: false``.
        """
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        options = self.options(probe_spec(self.subject))
        service = {name: options.get(name) for name in PROBE_OPTIONS[self.subject]}
        refuse(service)
        shown, payload = carry([service])
        arguments = dict(shown[0], deadline=options["deadline"], payload=payload)
        answer, evidence = self.ask("websocket.health.%s_probe" % self.subject, arguments, [service], task_vars)
        if not evidence:
            result.update(answer)
            return result
        judged = judge(service, {self.subject: evidence[0][self.subject]}, options.get("skip") or (), options.get("only") or ())
        failed = gate(judged["status"], options["fail_on"])
        result.update(
            changed=False,
            failed=failed,
            status=judged["status"],
            checks=judged["checks"],
            evidence=evidence[0][self.subject],
            msg=headline(judged),
        )
        return result
