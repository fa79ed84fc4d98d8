# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""bind-localhost-unresolved: the server binds to the name localhost, which the host cannot resolve."""

from __future__ import annotations

import typing as t

from ...conditions import NOTHING_LISTENS
from ...facts import Facts
from ...rule import IN_BROWSER, RECHECK, Command, Condition, Found, LookAlike, Rule
from ..process._restart import restart_words

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.log import Signature


def _localhost_line(facts: Facts) -> Signature:
    """The line of the log that reports that localhost was not found."""
    lines = facts.signatures("name-not-resolved")
    return next((line for line in lines if "localhost" in str(line.get("sample"))), t.cast("Signature", {}))


def _find(facts: Facts) -> Found:
    """With the line of the log."""
    return "certain", {"line": facts.quote(_localhost_line(facts)), "restart": restart_words(facts)}


RULE = Rule(
    id="bind-localhost-unresolved",
    layer="bind",
    title="The host cannot resolve the name localhost",
    users_see=(
        "Node's log: `Error: getaddrinfo ENOTFOUND localhost`, and the process exits",
        "Python's log: `socket.gaierror: [Errno -2] Name or service not known`",
        "`curl http://localhost:8080/` still finds the address, but `getent hosts localhost` prints nothing",
    ),
    why="The name localhost is resolved like any other, as a rule from /etc/hosts. In minimal images and after a "
    "script has rewritten the file, the entry may be missing. A server that is to listen on localhost then has no "
    "address to bind to, and exits at startup. curl resolves localhost on its own, so it is no test for this.",
    needs=(
        NOTHING_LISTENS,
        Condition("the log reports that the name localhost could not be resolved", _localhost_line),
    ),
    find=_find,
    confidence={"certain": "the log line names localhost"},
    because=("{line}", "nothing listens on the expected port"),
    fix=("add 127.0.0.1 localhost (and ::1 localhost) to /etc/hosts, then {restart}",),
    prevent=("or bind to 127.0.0.1 instead; do not test with curl, which resolves localhost on its own",),
    verify=("getent hosts localhost prints an address", RECHECK),
    explains=("process.*", "port.*", "websocket.*", "log.*", *IN_BROWSER),
    supersedes=("process-ended", "process-not-running"),
    look_alikes=(
        LookAlike(
            "process-not-running",
            Command("getent hosts localhost"),
            "no address: the name is missing; an address: it exited for another reason",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man5/hosts.5.html",),
    staged=("bind/localhost-missing",),
)
