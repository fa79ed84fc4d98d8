# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-port-in-use: another process holds the port, so each start of the service fails."""

from __future__ import annotations

import typing as t

from ...._evidence.port import where
from ...._evidence.process import describe
from ...._model import FAIL
from ...conditions import LISTENS
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Condition, Found, If, LookAlike, Rule
from ._owners import own_pids, serving_pids
from ._restart import restart_words

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.log import Signature


def _in_use(facts: Facts) -> list[Signature]:
    """Lines that say that the service's port is in use."""
    # What is captured from a line is text; a line for another port is another story.
    ours = (None, "", str(facts.service.get("port")))
    return [line for line in facts.signatures("eaddrinuse") if (line.get("captured") or {}).get("port") in ours]


def _serves_alone(facts: Facts) -> bool:
    """Whether the port is the service's own, and it is not started again and again."""
    own, serving = own_pids(facts), serving_pids(facts)
    return bool(own & serving) and not serving - own and facts.status("process.restarts") != FAIL


def _find(facts: Facts) -> Found:
    """The process that holds the port is to be stopped; starting the service again does not help."""
    own = own_pids(facts)
    strangers = serving_pids(facts) - own
    held = [row for row in facts.listeners if row.get("pids")] or facts.listeners
    holder = next((row for row in held if strangers.intersection(row.get("pids") or ())), held[0])
    return "certain", {
        "line": facts.quote(_in_use(facts)[0]),
        "holder": where(holder),
        "own_process": describe(facts.main_process) if own and strangers else None,
        "pid": min(strangers, default=None),
        "itself": bool(own & serving_pids(facts)) and not strangers,
        "port": facts.service.get("port"),
        "restart": restart_words(facts),
    }


RULE = Rule(
    id="process-port-in-use",
    layer="process",
    title="The service cannot start: its port is already in use by another process",
    users_see=(
        "Node's log: `Error: listen EADDRINUSE: address already in use 127.0.0.1:8080` and `code: 'EADDRINUSE'`",
        "uvicorn: `ERROR: [Errno 98] error while attempting to bind on address ('0.0.0.0', 8080): address already in "
        "use`, after `Application startup complete.`",
        "gunicorn: `[ERROR] Connection in use: ('0.0.0.0', 8080)`, once a second",
        "daphne: `CRITICAL Listen failure: Couldn't listen on 0.0.0.0:8080: [Errno 98] Address already in use.`",
        "the unit restarts every few seconds, while the port answers: with the old release, or another program",
    ),
    why="Only one socket can listen on an address and port, unless all of them ask for SO_REUSEPORT. A second bind() "
    "fails with EADDRINUSE, and the new process exits. Its supervisor starts it again, which fails in the same way. "
    "The holder is often an earlier instance of the same service, started by hand, by pm2 or by another unit, so "
    "clients may well be served, but by the wrong process.",
    needs=(Condition("the log reports that the service's own port is in use", _in_use), LISTENS),
    against=(
        Condition("only the service itself holds the port, and it is not being restarted over and over", _serves_alone),
    ),
    find=_find,
    confidence={"certain": "the log and the owner of the port agree"},
    because=(
        "{line}",
        "the port is held by {holder}",
        "the holder is not one of the service's processes ({own_process})",
        If("itself", "the holder is the service itself: a second instance is being started"),
    ),
    fix=(
        (
            If("itself", "start the service once: the instance that fails is surplus"),
            "stop the holder (kill {pid}), then {restart}",
            "stop the holder, then {restart}",
        ),
    ),
    prevent=("start the service in one place only: not by hand, under pm2 and under systemd at once",),
    verify=("ss -ltnp 'sport = :{port}' shows the service's own process", RECHECK),
    explains=(
        "process.running",
        "process.count",
        "process.restarts",
        "process.state",
        "log.*",
        "port.owner",
        "port.shared",
        "environment.*",
        "websocket.*",
        *IN_BROWSER,
    ),
    supersedes=("process-port-owned-by-another", "process-ended", "process-not-running", "config-other-port"),
    look_alikes=(
        LookAlike(
            "process-two-listeners-on-port",
            Command("ss -ltnp 'sport = :<port>'"),
            "one owner, which is not the service: the port is in use; two owners: they share it",
        ),
    ),
    sources=("https://nodejs.org/api/errors.html#common-system-errors",),
    staged=("process/address-in-use",),
)
