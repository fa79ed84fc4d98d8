# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What a rule is, and what it may look at."""

from __future__ import annotations

import dataclasses
import typing as t

from .facts import Facts

#: Layers from the bottom up: the lowest failing one holds the root cause, what lies above it is masked.
LAYERS = ("process", "config", "bind", "network", "tls", "proxy", "server", "browser")
#: The last step of most: whether it helped.
CHECK_AGAIN = "ansible-playbook websocket.health.checklist --limit <host>"
#: Checks that a browser fails as well where every client fails; what only browsers mind is not among them.
IN_BROWSER = ("browser.page", "browser.websocket", "browser.data", "browser.console")
#: The same for certificates.
IN_BROWSER_TLS = (*IN_BROWSER, "browser.certificate")


@dataclasses.dataclass(frozen=True)
class Match:
    """What a rule found.

    ``because`` are the observations that led to it; the three lists are next steps in the operator's words.
    """

    confidence: str  # certain | likely | possible
    because: list[str]
    immediate: list[str] = dataclasses.field(default_factory=list)
    configuration: list[str] = dataclasses.field(default_factory=list)
    testing: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Condition:
    """Something that a rule wants to have seen, or that speaks against it.

    :ivar text: what it is, in the operator's words; printed on the rule's page.
    :ivar holds: looks at the facts. Where evidence is missing that would tell, it may raise: then nobody knows.
    """

    text: str
    holds: t.Callable[[Facts], object]


@dataclasses.dataclass(frozen=True)
class Rival:
    """Another cause that looks alike, and the question that tells the two apart.

    :ivar id: the other rule.
    :ivar question: an attempt of the WebSocket probe (``no_origin``), which asks by itself, or a command for the operator.
    :ivar answers: what each answer means.
    """

    id: str
    question: str
    answers: str


@dataclasses.dataclass(frozen=True)
class Rule:
    """One root cause.

    :ivar id: the id of its entry in the failure catalogue.
    :ivar explains: check ids (globs) that fail because of it.
    :ivar find: says how sure it is, why, and what to do next, once the conditions are met; None where a computed value
        speaks against it.
    :ivar supersedes: rules that say less about the same observation and are dropped when this one matches.
    :ivar source: where it is documented.
    :ivar needs: what must have been seen, all of it; what nobody knows has not been seen.
    :ivar against: what must not have been seen; with what nobody knows the cause is no longer certain.
    :ivar sureness: each confidence that it can have, with when.
    :ivar apart: the causes that look alike, with what tells them apart.
    """

    id: str
    title: str
    layer: str
    explains: tuple[str, ...]
    find: t.Callable[[Facts], Match | None]
    supersedes: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    needs: tuple[Condition, ...] = ()
    against: tuple[Condition, ...] = ()
    sureness: tuple[tuple[str, str], ...] = ()
    apart: tuple[Rival, ...] = ()

    @property
    def specificity(self) -> int:
        """How much it says: each condition narrows the cases that it fits, each rule that it replaces says less than it."""
        return len(self.needs) + len(self.against) + len(self.supersedes)
