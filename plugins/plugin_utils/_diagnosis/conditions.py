# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Conditions that rules of several files share, and what makes conditions of the usual kinds."""

from __future__ import annotations

import typing as t

from .._model import FAIL, WARN
from .rule import Condition

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.process import ProcessRow

#: Answers that send the client to another URL.
REDIRECTS = (301, 302, 303, 307, 308)


def either(*statuses: int) -> str:
    """``401, 403 or 407``."""
    words = [str(status) for status in statuses]
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def failed(text: str, check_id: str, vantage: str = "host") -> Condition:
    """A check has failed."""
    return Condition("%s (`%s`)" % (text, check_id), lambda facts: facts.status(check_id, vantage) == FAIL)


def wrong(text: str, check_id: str, vantage: str = "host") -> Condition:
    """A check has failed, or it warns."""
    return Condition("%s (`%s`)" % (text, check_id), lambda facts: facts.status(check_id, vantage) in (WARN, FAIL))


def logged(text: str, *keys: str) -> Condition:
    """A line of one of these kinds is in the server's log."""
    return Condition(text, lambda facts: facts.signature(*keys))


def proxy_logged(text: str, *keys: str) -> Condition:
    """A line of one of these kinds, about the URL, is in the proxy's error log, of this very moment."""
    return Condition(text, lambda facts: facts.proxy_errors(*keys))


def ended(text: str, *outcomes: str) -> Condition:
    """The handshake with the server itself came to one of these ends."""
    return Condition(text, lambda facts: facts.handshake["outcome"] in outcomes)


def answered(*statuses: int) -> Condition:
    """The server itself answers the handshake so."""
    return Condition(
        "the server itself answers the handshake with %s" % either(*statuses),
        lambda facts: facts.handshake["status"] in statuses,
    )


def refused_by(*statuses: int) -> Condition:
    """The first answer from the inside out that accepts no handshake is one of these."""
    return Condition(
        "the handshake is answered with %s" % either(*statuses),
        lambda facts: facts.first_refusal.get("status") in statuses,
    )


def through_proxy(*statuses: int) -> Condition:
    """Through the proxy on the host the handshake is answered so."""
    return Condition(
        "through the proxy the handshake is answered with %s" % either(*statuses),
        lambda facts: facts.through.get("status") in statuses,
    )


def _count(rows: t.Any) -> int:
    """How many there are; a TypeError if that was not observed."""
    return len(rows)


#: Known only if it was observed: a port that was not checked is not free.
NOTHING_LISTENS = Condition("nothing listens on the expected port", lambda facts: _count(facts.port["listeners"]) == 0)
LISTENS = Condition("something listens on the expected port", lambda facts: facts.listeners)
NO_PROCESS = failed("no process of the service is found", "process.running")
ACCEPTED_DIRECTLY = ended("on the host itself the handshake is accepted", "open")
NOT_ACCEPTED_DIRECTLY = Condition(
    "on the host itself the handshake is not accepted", lambda facts: facts.handshake["outcome"] != "open"
)
GETS_NO_BYTE = ended("the handshake gets no byte in reply", "timeout", "connect-timeout")
OTHER_PATH_OPENS = Condition("another path of the same port answers 101", lambda facts: facts.open_alternatives)
TURNED_BAD_BY_PROXY = Condition(
    "the server itself accepts the handshake, but through the proxy on the host it is not accepted",
    lambda facts: facts.turned_bad_by_proxy,
)


def is_stopped(process: ProcessRow) -> bool:
    """Whether the kernel runs nothing of a process until it is continued."""
    return process.get("state") in ("T", "t") or process.get("frozen") is True


STOPPED = Condition(
    "a process of the service is in state T or t (stopped), or its control group is frozen",
    lambda facts: any(is_stopped(process) for process in facts.processes),
)
ACCEPT_QUEUE_FULL = failed("as many connections are waiting to be accepted as the backlog allows", "port.backlog")
#: A proxy's log is about the requests that it forwards, and not about the server's own work.
LOG_IS_PROXYS = Condition(
    "the log is that of a proxy, to which the service's port belongs", lambda facts: facts.proxy.get("role") == "port"
)
