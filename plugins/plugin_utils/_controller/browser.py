# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What a browser on the controller sees of a service's page, looked at once in a run however many hosts serve it."""

from __future__ import annotations

import typing as t

from ...module_utils._probes.browser import AT_ONCE, MARGIN, look, not_looked_at, seconds_to_stay, visit_of
from ...module_utils._run.context import Context
from ...module_utils._run.service_secrets import redactor_of
from .once_per_run import once_per_run, one_of

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.browser import Browser
    from ...module_utils._evidence.service import Service


def ask_browser(service: Service, context: Context) -> Browser:
    """The service's page in a browser here, or what another worker of this run saw of it.

    :returns: evidence, as _probes/browser.py describes it.
    """
    deadline = context.deadline
    answer = once_per_run(
        visit_of(service), lambda: _look_in_turn(service, context), deadline.remaining(), _seconds_of_validity
    )
    if answer is None:
        return not_looked_at(service, deadline)
    # Another service's worker may have asked, who knows other secrets.
    picture = answer.pop("screenshot", None)
    shown = t.cast("Browser", redactor_of(service).tree(answer))
    return shown if picture is None else {**shown, "screenshot": picture}


def _seconds_of_validity(answer: t.Any) -> float:
    good = isinstance(answer, dict) and not answer["gaps"] and not (answer.get("page") or {}).get("error")
    return 60.0 if good and not any(record.get("error") for record in answer.get("sockets") or ()) else 3.0


def _look_in_turn(service: Service, context: Context) -> Browser:
    """Look when few enough others do: browsers that start all at once make each other late."""
    with one_of("browser", AT_ONCE, context.deadline.remaining() - MARGIN - seconds_to_stay(service)) as free:
        return look(service, context, "where Ansible runs") if free else not_looked_at(service, context.deadline)
