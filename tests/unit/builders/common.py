# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the evidence of every subject has: gaps, and a probe that did not finish.

The functions of this folder make evidence for tests, whose keywords are the fields of the TypedDicts in
plugins/module_utils/_evidence: ``make lint`` finds a misspelt one. Those named ``with_…`` change a recorded case.
"""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.browser import Browser
from ansible_collections.websocket.health.plugins.module_utils._evidence.common import Gap
from ansible_collections.websocket.health.plugins.module_utils._evidence.firewall import Firewall
from ansible_collections.websocket.health.plugins.module_utils._evidence.frontend import FrontEnd
from ansible_collections.websocket.health.plugins.module_utils._evidence.tls import Tls
from ansible_collections.websocket.health.plugins.module_utils._evidence.websocket import Websocket

from tests.unit.recorded.load import Changes, change

Subject = t.Literal["process", "environment", "log", "port", "tls", "websocket", "proxy", "browser"]


class Subjects(t.TypedDict, total=False):
    """Evidence by subject."""

    browser: Browser
    firewall: Firewall
    frontend: FrontEnd
    tls: Tls
    websocket: Websocket


def gap(what: str, reason: str, remedy: str = "run with become: true") -> Gap:
    """Something that could not be observed."""
    return {"what": what, "reason": reason, "remedy": remedy}


def with_evidence(**subjects: t.Unpack[Subjects]) -> Changes:
    """Changes: the whole evidence of these subjects, whether they were recorded or not."""
    return change(add=True, **subjects)


def with_time_out(subject: Subject, message: str = "no time left") -> Changes:
    """Changes: the deadline came before the probe of a subject had seen anything."""
    return change(add=True, **{subject: {"gaps": [], "error": {"kind": "deadline", "message": message}}})


def with_crash(subject: Subject, message: str = "KeyError") -> Changes:
    """Changes: the probe of a subject broke, after it had seen what was recorded."""
    return change(subject, error={"kind": "crash", "message": message})
