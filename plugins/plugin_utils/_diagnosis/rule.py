# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What a rule is: one root cause, how it is recognised, and every sentence that is said of it."""

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from .facts import Facts

#: Layers from the bottom up: the lowest failing one holds the root cause, what lies above it is masked.
LAYERS = ("process", "config", "bind", "network", "tls", "proxy", "server", "browser")
#: The last step of most: whether it helped.
RECHECK = "ansible-playbook websocket.health.checklist --limit <host>"
#: Checks that a browser fails as well where every client fails; what only browsers mind is not among them.
IN_BROWSER = ("browser.page", "browser.websocket", "browser.data", "browser.console")
#: The same for certificates.
IN_BROWSER_TLS = (*IN_BROWSER, "browser.certificate")

#: How sure a rule is, and the values that its sentences name.
Found = tuple[str, t.Mapping[str, object]]


@dataclasses.dataclass(frozen=True)
class If:
    """A sentence that is said only where something holds.

    :ivar name: of a value that ``find`` returns; what is not None, empty or false holds.
    :ivar sentence: may name other values.
    """

    name: str
    sentence: str


#: A sentence with ``{names}`` of values in it; or several, of which the first is said that can be said.
Sentence = str | If | tuple[str | If, ...]


@dataclasses.dataclass(frozen=True)
class Condition:
    """Something that a rule wants to have seen, or that speaks against it.

    :ivar text: what it is, in the operator's words; printed on the rule's page.
    :ivar holds: looks at the facts. If the evidence for it is missing, it may raise: then the answer is not known.
    """

    text: str
    holds: t.Callable[[Facts], object]


@dataclasses.dataclass(frozen=True)
class Attempt:
    """A question that the WebSocket probe answers itself: an attempt of ``_probes/websocket.py``.

    :ivar what: its name there.
    """

    what: str


@dataclasses.dataclass(frozen=True)
class Command:
    """A question for the operator's shell.

    :ivar what: the command; what the operator has to fill in stands in angle brackets.
    """

    what: str


@dataclasses.dataclass(frozen=True)
class Look:
    """Something to look at or to try, for which there is no one command.

    :ivar what: a noun phrase, such as *the same page in a private window*.
    """

    what: str


@dataclasses.dataclass(frozen=True)
class LookAlike:
    """Another cause that looks the same, and the question that distinguishes the two.

    :ivar id: the other rule.
    :ivar ask: the question.
    :ivar tells: what each answer means.
    """

    id: str
    ask: Attempt | Command | Look
    tells: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rule:
    """One root cause. A file ``rules/<layer>/<what>.py`` holds it as ``RULE``; a table of like ones, as ``RULES``.

    :ivar id: ``<layer>-<what>``, in kebab case. It names a product only where the cause is that product's own.
    :ivar layer: one of LAYERS.
    :ivar title: the cause in one line, without a full stop.
    :ivar users_see: error texts that users meet and search for, verbatim, with where they stand.
    :ivar why: why it happens: the mechanism, in whole sentences.
    :ivar needs: what must have been seen, all of it; what is not known has not been seen.
    :ivar against: what must not have been seen; if it is not known, the cause is no longer certain.
    :ivar find: once these hold, how sure it is and the values for the sentences; None where a computed value speaks against it.
    :ivar confidence: each confidence that ``find`` may return (certain, likely, possible), with when.
    :ivar because: the observations behind it.
    :ivar fix: what to do now.
    :ivar prevent: what to change so that it does not come back; configuration to write.
    :ivar verify: how to see that it is fixed.
    :ivar explains: ids of checks (globs) that fail because of it.
    :ivar of_unknown: it explains why checks could not be observed; otherwise what it explains is wrong.
    :ivar general: it quotes the software's own words (value ``quoted``, a list of lines) without knowing their meaning: it is
        dropped where another cause of its layer quotes one of these lines; or is certain, unless the value ``decisive`` says
        that no other cause leaves such words.
    :ivar supersedes: rules that say less about the same observation, and are dropped when this one matches.
    :ivar look_alikes: causes that look the same, with what distinguishes them.
    :ivar sources: where it is documented.
    :ivar staged: scenarios (tests/scenarios/cases) that stage it with real servers.
    """

    id: str
    layer: str
    title: str
    why: str
    find: t.Callable[[Facts], Found | None]
    confidence: t.Mapping[str, str]
    because: tuple[Sentence, ...]
    fix: tuple[Sentence, ...]
    explains: tuple[str, ...]
    staged: tuple[str, ...]
    of_unknown: bool = False
    general: bool = False
    users_see: tuple[str, ...] = ()
    needs: tuple[Condition, ...] = ()
    against: tuple[Condition, ...] = ()
    prevent: tuple[Sentence, ...] = ()
    verify: tuple[Sentence, ...] = (RECHECK,)
    supersedes: tuple[str, ...] = ()
    look_alikes: tuple[LookAlike, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def specificity(self) -> int:
        """How much it says: each condition narrows the cases that it fits, each rule that it replaces says less than it."""
        return len(self.needs) + len(self.against) + len(self.supersedes)
