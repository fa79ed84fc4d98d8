# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of the module of the same name: brings the code along, puts what was seen into words, and judges."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail

from ..module_utils._run.service_spec import continuity_spec
from ..plugin_utils._continuity_verdict import complain, finished, started
from ..plugin_utils._controller.host_action import HostAction, Result, TaskVars
from ..plugin_utils._run.pack_payload import pack_continuity
from ..plugin_utils._run.plain_data import plain

if t.TYPE_CHECKING:  # pragma: no cover
    from ..module_utils._evidence.continuity import ContinuityOptions

_PASSED_ON: tuple[t.Literal["state", "id", "deadline"], ...] = ("state", "id", "deadline")
_REQUIRED = {"required_if": [("state", "started", ("url",)), ("state", "finished", ("id",))]}


class ActionModule(HostAction):
    """Starts holding connections, or reports what happened to them."""

    def run(self, tmp: t.Any = None, task_vars: TaskVars | None = None) -> Result:
        """See the module's documentation."""
        result: Result = super().run(tmp, task_vars)
        options: ContinuityOptions = self.options(continuity_spec(), _REQUIRED)
        problem = complain(options)
        if problem:
            raise AnsibleActionFail(problem)
        # URL and headers travel in the payload alone, which no log shows.
        arguments: dict[str, object] = {name: options[name] for name in _PASSED_ON if options.get(name) is not None}
        arguments["payload"] = pack_continuity(options if options["state"] == "started" else {})
        answer = plain(
            self._execute_module(
                module_name="websocket.health.continuity", module_args=arguments, task_vars=task_vars or {}
            )
        )
        facts = answer.pop("facts", None)
        if facts is None:
            result.update(answer)
            return result
        result.update(started(options, facts) if options["state"] == "started" else finished(options, facts))
        return result
