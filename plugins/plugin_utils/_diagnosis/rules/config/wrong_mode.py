# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""config-wrong-mode: the running process has a NODE_ENV, or the like, that it should not have."""

from __future__ import annotations

import typing as t

from ...._model import FAIL
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ..process._restart import restart_words

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.environment import Declared

#: Variables by which frameworks choose between development and production.
_MODES = (
    "NODE_ENV",
    "FLASK_ENV",
    "DJANGO_SETTINGS_MODULE",
    "RAILS_ENV",
    "APP_ENV",
    "ASPNETCORE_ENVIRONMENT",
    "SPRING_PROFILES_ACTIVE",
    "MIX_ENV",
    "GO_ENV",
)


def _unexpected_modes(facts: Facts) -> list[str]:
    """Mode variables that are not as the inventory expects them."""
    return [name for name in _MODES if facts.status("environment." + name) == FAIL]


def _declared(facts: Facts) -> dict[str, Declared]:
    return facts.environment.get("declared") or {}


def _undeclared_modes(facts: Facts) -> list[str]:
    """Mode variables that are not as the unit or the .env file has them."""
    declared = _declared(facts)
    return [name for name in _MODES if (declared.get(name) or {}).get("set") and declared[name].get("same") is False]


def _find(facts: Facts) -> Found:
    """What the inventory expects counts for more than what a file declares."""
    unexpected = _unexpected_modes(facts)
    name = (unexpected or _undeclared_modes(facts))[0]
    declared = _declared(facts).get(name) or {}
    expected = ((facts.service.get("environment") or {}).get("expect") or {}).get(name)
    return "certain" if unexpected else "likely", {
        "name": name,
        "value": "''" if facts.variable(name) == "" else facts.variable(name),
        "pid": facts.main_process.get("pid"),
        "declared": declared.get("value"),
        "where": declared.get("where"),
        "expected": expected or declared.get("value"),
        "restart": restart_words(facts),
    }


RULE = Rule(
    id="config-wrong-mode",
    layer="config",
    title="The process runs in the wrong mode (NODE_ENV and the like)",
    users_see=(
        "the production page connects to a development server: `/@vite/client`, `/_next/webpack-hmr`, `/sockjs-node` "
        "or `ws://localhost:…` in the browser's network panel",
        "Express shows stack traces in its error pages",
        "Django: `CommandError: You must set settings.ALLOWED_HOSTS if DEBUG is False.`, or `Invalid HTTP_HOST header`",
        "URLs, allowed origins or cookies are those of development, so that handshakes are refused on the production "
        "host",
    ),
    why="Frameworks choose their settings (origins, URLs, secrets, the development client of a bundler) by a variable "
    "such as NODE_ENV, RAILS_ENV or DJANGO_SETTINGS_MODULE, and fall back to a default when it is not set. A process "
    "has the variables with which it was started. What a login shell's profile sets does not reach a unit or a "
    "container, and what is set in a unit or a .env file later does not reach a process that is already running.",
    needs=(
        Condition(
            "a mode variable (NODE_ENV, DJANGO_SETTINGS_MODULE …) of the running process is not what the inventory "
            "expects, or not what its unit or .env file declares",
            lambda facts: _unexpected_modes(facts) or _undeclared_modes(facts),
        ),
    ),
    find=_find,
    confidence={"certain": "the inventory expects another value", "likely": "only a file declares another one"},
    because=(
        (
            "{name}={value} in the running process (pid {pid})",
            "{name} is not set in the running process (pid {pid})",
        ),
        "but {name}={declared} in {where}",
    ),
    fix=("set {name}={expected} where the service is started, then {restart}",),
    prevent=("set it in the unit (Environment=) or in the container's definition, not in a login shell's profile",),
    verify=("tr '\\0' '\\n' < /proc/<pid>/environ | grep {name}", RECHECK),
    explains=("environment.*",),
    look_alikes=(
        LookAlike(
            "browser-dev-client",
            Command("tr '\\0' '\\n' < /proc/<pid>/environ | grep <name>"),
            "another value than expected: the mode; the expected one: the front end was built for development",
        ),
    ),
    sources=(
        "https://nodejs.org/en/learn/getting-started/nodejs-the-difference-between-development-and-production",
        "https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html",
    ),
    staged=("process/wrong-node-env",),
)
