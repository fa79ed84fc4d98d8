# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of the main process's environment says. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common


class Variable(t.TypedDict, total=False):
    """One variable of the running process, as of its start."""

    set: bool
    #: None: not set, or withheld.
    value: t.Optional[str]
    #: Whether the value stays on the host. Absent: it does not.
    withheld: bool
    #: Whether the value is the one that the inventory expects. Absent: not set, or none is expected.
    matches: bool


class Declared(t.TypedDict, total=False):
    """What a unit or a .env file says of a variable."""

    #: None: a secret, which stays on the host.
    value: t.Optional[str]
    #: The unit's file, or ``path:line``.
    where: str
    #: Whether the process has it at all.
    set: bool
    #: Whether the process has this very value.
    same: bool


class Environment(Common, total=False):
    """Evidence of the subject ``environment``."""

    #: Of the main process; None: its environment was not read.
    pid: t.Optional[int]
    #: Where it was read.
    source: t.Optional[str]
    #: By name: the common ones that are set, and those that the inventory names.
    variables: t.Dict[str, Variable]
    #: By name: those that a unit or a .env file sets.
    declared: t.Dict[str, Declared]
    #: Names of common variables that other processes of the service have otherwise, by process id.
    differing: t.Dict[str, t.List[str]]
