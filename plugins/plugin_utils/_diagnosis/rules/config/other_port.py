# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""config-other-port: the service listens, but not on the port on which it is expected."""

from __future__ import annotations

import typing as t

from ...._evidence.process import describe
from ...conditions import NOTHING_LISTENS
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule
from ..process._debugger import service_ports
from ..process._nothing_answers import NOTHING_ANSWERS

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.port import ListenerRow


def _on_other_ports(facts: Facts) -> list[ListenerRow]:
    # A debugger's port serves no clients.
    ports = service_ports(facts)
    return [row for row in facts.owned if row.get("family") != "unix" and row.get("port") in ports]


def _find(facts: Facts) -> Found:
    """Which of the two ports is right, the inventory's or the process's, is for the operator to decide."""
    return "certain", {
        "process": describe(facts.main_process),
        "actual": _on_other_ports(facts)[0].get("port"),
        "expected": facts.service.get("port"),
        "variable": facts.variable("PORT"),
    }


RULE = Rule(
    id="config-other-port",
    layer="config",
    title="The service listens on a different port than expected",
    users_see=(
        "nginx: 502 Bad Gateway although the application runs, and `connect() failed (111: Connection refused) while "
        "connecting to upstream` in error.log, with the port that nothing listens on",
        "Chrome's console: `net::ERR_CONNECTION_REFUSED`; Node clients: `connect ECONNREFUSED 127.0.0.1:8080`",
        "the server's own log names another port at its start, such as `listening on 3000`",
    ),
    why="The port is written in at least two places: where the service is started (PORT in its unit or .env file, an "
    "option, a default in the code) and where clients or the proxy connect. If one of them is changed alone, or a "
    "variable is not set and the code's default applies, the service listens where nothing connects, and what connects "
    "is refused.",
    needs=(
        NOTHING_LISTENS,
        Condition("a process of the service is running", lambda facts: facts.processes),
        Condition("it listens on a different port", _on_other_ports),
    ),
    find=_find,
    confidence={"certain": "the kernel lists the other socket as the service's own"},
    because=(
        "{process} listens on port {actual}, expected port {expected}",
        "PORT={variable} in the environment of the process",
    ),
    fix=(
        "start it with PORT={expected} (or its option for the port), or point the proxy and the inventory at {actual}",
    ),
    prevent=("set the port in one place, the unit, and generate the proxy's upstream from it",),
    verify=("ss -ltn 'sport = :{expected}' shows a listener", RECHECK),
    explains=("log.port", *NOTHING_ANSWERS),
    supersedes=("process-not-running",),
    look_alikes=(
        LookAlike("process-not-running", Command("ss -ltnp"), "a row of the service: wrong port; none: not running"),
    ),
    sources=("https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass",),
    staged=("process/another-port",),
)
