# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of the main process's environment says. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common


class Variable(t.TypedDict, total=False):
    """One variable of the running process, as of its start."""

    #: Whether the process has it.
    set: bool
    #: Its value. None: it is not set, or withheld.
    value: t.Optional[str]
    #: Whether the value stays on the host. Absent: it does not.
    withheld: bool
    #: Whether the value is the one that the inventory expects. Absent: it is not set, or none is expected.
    matches: bool


class Declared(t.TypedDict, total=False):
    """What a unit or a .env file declares for a variable."""

    #: Its value there. None: a secret, which stays on the host.
    value: t.Optional[str]
    #: The unit's file, or path and line.
    where: str
    #: Whether the process has it at all.
    set: bool
    #: Whether the process has exactly this value.
    same: bool


class Environment(Common, total=False):
    """Evidence of the subject ``environment``."""

    #: The main process, whose environment was read. None: it was not.
    pid: t.Optional[int]
    #: Where it was read. None: it was not.
    source: t.Optional[str]
    #: The common variables that are set, and those that the inventory names, by name.
    variables: t.Dict[str, Variable]
    #: What a unit and a ``.env`` file declare for the same variables, by name.
    declared: t.Dict[str, Declared]
    #: Names of common variables that differ in other processes of the service, by process ID.
    differing: t.Dict[str, t.List[str]]
