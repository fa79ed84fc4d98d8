# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of the module of the same name: a browser here opens the page, unless the host's is to."""

from __future__ import annotations

import typing as t

from ..module_utils._run.deadline import Deadline
from ..module_utils._run.run_probes import asked_on_controller
from ..plugin_utils._controller.browser import ask_browser
from ..plugin_utils._controller.host_action import ProbeAction, Result, RunOptions, TaskVars
from ..plugin_utils._controller.view import make_context
from ..plugin_utils._run.pack_payload import Shown

if t.TYPE_CHECKING:  # pragma: no cover
    from ..module_utils._evidence.service import Service
    from ..module_utils._evidence.subjects import Subjects


class ActionModule(ProbeAction):
    """See ProbeAction."""

    def ask(
        self,
        module: str,
        options: RunOptions,
        services: list[Service],
        subjects: list[str],
        task_vars: TaskVars,
        as_arguments: t.Callable[[list[Shown]], Shown],
    ) -> tuple[Result, list[Subjects]]:
        """Open the page; see HostAction.ask."""
        (service,) = services
        if not asked_on_controller(subjects, service):
            return super().ask(module, options, services, subjects, task_vars, as_arguments)
        return {}, [{"browser": ask_browser(service, make_context(service, Deadline(options["deadline"])))}]
