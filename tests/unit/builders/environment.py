# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of the environment: variables of the main process, and what files declare of them."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.environment import (
    Declared,
    Environment,
    Variable,
)

from tests.unit.recorded.load import Changes, change


def with_environment(**seen: t.Unpack[Environment]) -> Changes:
    """Changes in the evidence of the environment."""
    return change("environment", **seen)


def with_variables(**values: str) -> Changes:
    """Changes: these variables of the process, and no others, are known, and set."""
    variables: dict[str, Variable] = {name: {"set": True, "value": value} for name, value in values.items()}
    return with_environment(variables=variables)


def with_variable(name: str, **seen: t.Unpack[Variable]) -> Changes:
    """Changes: all that was seen of one variable of the process; the others stay."""
    return change("environment", "variables", add=True, **{name: seen})


def with_declared(name: str, **seen: t.Unpack[Declared]) -> Changes:
    """Changes of what a unit or a .env file says of a variable."""
    return change("environment", "declared", name, **seen)
