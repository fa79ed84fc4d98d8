# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-undefined-host: the URL has undefined, null or NaN where a variable's value belongs."""

from __future__ import annotations

import re
import typing as t

from .....module_utils._protocol.web_url import dialled
from ...._evidence.browser import is_no_host
from ...._evidence.frontend import View
from ...facts import Facts
from ...rule import Found, If, Look, LookAlike, Rule
from ._files import BUILD, has, told
from ._seen_or_told import CONFIDENCE, VERIFY, both, either
from ._sockets import DIALS, OUTCOME, SOCKET_CHECKS, attempt, own

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.browser import PageSocket

_NO_PORT = re.compile(r"wss?://[^/]*:(?:undefined|null|NaN|)(?:/|$)")


def _to_no_host(facts: Facts) -> list[PageSocket]:
    """WebSockets whose host or port is what a program makes of an unset variable."""
    return [entry for entry in own(facts) if isinstance(entry.get("url"), str) and _is_unset(entry["url"])]


def _is_unset(url: str) -> bool:
    return is_no_host(dialled(url).host) or _NO_PORT.match(url) is not None


def _seen(facts: Facts) -> Found | None:
    sockets = _to_no_host(facts)
    return ("certain", attempt(sockets[0])) if sockets else None


def _find(facts: Facts) -> Found | None:
    return both(_seen(facts), told(facts, View.lost))


RULE = Rule(
    id="browser-undefined-host",
    layer="browser",
    title="The front end was built without the variable that names the host",
    users_see=(
        "browser console: `WebSocket connection to 'ws://undefined/ws' failed: Error in connection establishment: "
        "net::ERR_NAME_NOT_RESOLVED`",
        "with the port missing: `SyntaxError: Failed to construct 'WebSocket': The URL 'ws://…:undefined/' is invalid.`",
        "setting the variable on the server and restarting it changes nothing",
    ),
    why="Build tools such as Vite (VITE_…), Next.js (NEXT_PUBLIC_…) and Create React App (REACT_APP_…) replace variables of the "
    "environment by their values while they build. Where the variable is not set at that moment, in CI or in a Docker build, the "
    "bundle contains undefined, and JavaScript puts that word into the URL. The variable on the machine that serves the files is never read.",
    needs=(
        either(
            "the host or port of the URL is what an unset variable turns into, such as undefined or NaN",
            _to_no_host,
            "a URL has undefined, null or an unfilled placeholder where its host or port belongs",
            has(View.lost),
        ),
    ),
    find=_find,
    confidence=CONFIDENCE,
    because=(DIALS, OUTCOME, "{findings}"),
    fix=(
        (
            "set the variable used at {place} in the environment of the front end's build, rebuild and deploy",
            "set the variable for the WebSocket's URL in the environment of the page's build, rebuild and deploy",
        ),
    ),
    prevent=(
        (
            If(
                "url",
                "variables with the prefixes VITE_, NEXT_PUBLIC_ and REACT_APP_ are inlined at build time: setting them on the "
                "running server has no effect",
            ),
            "make the build fail when the variable is not set: setting it on the running server has no effect",
        ),
    ),
    verify=VERIFY,
    explains=(*SOCKET_CHECKS, "frontend.host"),
    supersedes=("browser-other-port-or-path",),
    look_alikes=(
        LookAlike(
            "browser-localhost-url",
            Look("the URL in the console's message"),
            "undefined, null or NaN: the variable was not set; localhost: the code has a default for development",
        ),
    ),
    sources=(BUILD,),
    staged=("browser/undefined-host", "browser/undefined-port", "frontend/undefined", "frontend/undefined-port"),
)
