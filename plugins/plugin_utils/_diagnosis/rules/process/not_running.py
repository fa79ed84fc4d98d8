# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-not-running: no process of the service runs, and nothing listens on its port."""

from __future__ import annotations

from ...conditions import NO_PROCESS, NOTHING_LISTENS
from ...facts import Facts
from ...rule import Command, Found, LookAlike, Rule
from ._ended import SERVES, is_named, is_served_otherwise, last_words, quoted
from ._nothing_answers import NOTHING_ANSWERS
from ._restart import service_unit, unit_name


def _find(facts: Facts) -> Found:
    """With the last stack trace of the log, which may show why it exited."""
    refused = facts.handshake.get("outcome") == "connect-refused"
    trace = facts.fatal_trace()
    words = quoted(last_words(facts, "ended"))
    named = is_named(facts)
    return "certain" if named and not is_served_otherwise(facts) else "likely", {
        "sought": str(facts.process.get("found_by")) if named else None,
        "errno": facts.handshake.get("errno") if refused else None,
        "trace": facts.quote(trace) if trace else None,
        "words": words if not trace else None,
        "unit": unit_name(facts),
        "service_unit": service_unit(facts),
    }


RULE = Rule(
    id="process-not-running",
    layer="process",
    title="The back end is not running, or not on this port",
    users_see=(
        "Chrome's console: `WebSocket connection to 'ws://…' failed: Error in connection establishment: "
        "net::ERR_CONNECTION_REFUSED`",
        "Node clients: `Error: connect ECONNREFUSED 127.0.0.1:8080`",
        "nginx: 502 Bad Gateway, and `connect() failed (111: Connection refused) while connecting to upstream` in "
        "error.log",
        "HAProxy: 503 with `No server is available to handle this request.`; Caddy: 502 with an empty body",
        "a supervisor that no longer tries: systemd `Start request repeated too quickly`, supervisord `gave up: … "
        "entered FATAL state, too many start retries too quickly`",
    ),
    why="The kernel refuses a connection to a port on which no process listens: it answers the SYN with a RST at once. "
    "Clients that connect directly see ECONNREFUSED; a proxy in front turns it into a 502 or 503. The process was "
    "stopped, was never started after boot, or exited with an error that is in the last lines of its log. Supervisors "
    "stop trying after a few quick failures, and then nothing starts it again.",
    needs=(NO_PROCESS, NOTHING_LISTENS),
    against=(SERVES,),
    find=_find,
    confidence={
        "certain": "a process was looked for by more than its port, there is none, and no client gets a 101",
        "likely": "only its port is known, so it may run and listen elsewhere or not yet; or clients are served",
    },
    because=(
        (
            "no process was found by its {sought}",
            "no process has the port; the service was looked for by nothing else (process.command, process.unit)",
        ),
        "nothing listens on the port",
        "a connection on the host is refused ({errno})",
        "the last stack trace: {trace}",
        "its last words: {words}",
    ),
    fix=(
        (
            "find out why it exited: journalctl -u {unit} -n 100, or the end of its log",
            "find out why it exited: read the end of its log",
        ),
        ("start it: systemctl start {service_unit}", "start it, if it does not run"),
    ),
    prevent=("start it at boot and restart it on failure (systemctl enable, Restart=on-failure in the unit)",),
    explains=("process.*", "log.*", "environment.*", *NOTHING_ANSWERS),
    look_alikes=(
        LookAlike(
            "network-firewall-rejects",
            Command("ss -ltnp 'sport = :<port>'"),
            "no row: it is not running; a row: something else refuses the connection",
        ),
    ),
    sources=(
        "https://man7.org/linux/man-pages/man2/connect.2.html",
        "https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html",
    ),
    staged=("browser/not-running", "process/not-running"),
)
