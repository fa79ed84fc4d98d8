# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Applies the rules to a service and orders what they find: the root cause first, its symptoms folded under it."""

from __future__ import annotations

import dataclasses
import typing as t

from .._model import ERROR, FAIL, UNKNOWN, CheckResult, Diagnosis
from .catalogue import find_rules
from .facts import Facts
from .rule import LAYERS, Attempt, Condition, Rule
from .sentences import said

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.service import Service
    from ...module_utils._evidence.subjects import Subjects

#: Every rule; their order means nothing (see ``_rank``).
RULES: tuple[Rule, ...] = find_rules()

#: How the checks begin that only a browser can fail.
_BROWSER = "browser."
_CONFIDENCE = {"certain": 0, "likely": 1, "possible": 2}
#: What looking at evidence that lost a field raises; it must not cost the diagnoses of the other rules.
MISSING = (AttributeError, TypeError, LookupError, ValueError, ArithmeticError)


@dataclasses.dataclass(frozen=True)
class Match:
    """A rule that applies, and the values for its sentences."""

    rule: Rule
    confidence: str  # certain | likely | possible
    values: t.Mapping[str, object]
    #: Questions that would distinguish it from the others that also fit.
    open_questions: tuple[str, ...] = ()


#: Characters of a quoted line by which it is found again: what names its moment and its connection.
_TELLING = 200


def diagnose(results: t.Sequence[CheckResult], evidence: Subjects, service: Service) -> list[Diagnosis]:
    """Name the causes of what fails.

    :param results: all check results of the service.
    :param evidence: all evidence of the service, by subject.
    :returns: the root cause first. A later one that explains a failure of its own is a root too; one that
        explains only what is explained already is ``contributing``; one that explains nothing that is
        visible yet will show once the others are mended (``next``).
    """
    facts = Facts(results, evidence, service)
    matches = [match for rule in RULES for match in [_find(rule, facts)] if match is not None]
    matches = [match for match in matches if not (match.rule.general and _says_more(match, matches))]
    dropped = {name for match in matches for name in match.rule.supersedes}
    matches = sorted((match for match in matches if match.rule.id not in dropped), key=_rank)
    found = {match.rule.id for match in matches}
    return _with_roles(facts, [_asking_further(match, facts, found) for match in matches])


def _rank(match: Match) -> tuple[int, int, int, int, str]:
    """The order of judgement: the lowest layer, the surest, the software's own words, the most specific.

    The id only makes it the same in every run.
    """
    rule = match.rule
    layer, confidence = LAYERS.index(rule.layer), _CONFIDENCE[match.confidence]
    return layer, confidence, int(not rule.general), -rule.specificity, rule.id


def _find(rule: Rule, facts: Facts) -> Match | None:
    """What a rule finds, once all is seen that it needs and nothing that speaks against it."""
    if not all(_holds(condition, facts) for condition in rule.needs):
        return None
    objections = [_holds(condition, facts) for condition in rule.against]
    if any(objections):
        return None
    try:
        found = rule.find(facts)
    except MISSING:
        return None
    if found is None:
        return None
    confidence, values = found
    assumed = rule.layer == "proxy" and facts.url_is_assumed
    return Match(rule, "likely" if confidence == "certain" and (None in objections or assumed) else confidence, values)


def _says_more(general: Match, matches: list[Match]) -> bool:
    """Whether a cause of the same layer knows what the lines mean that a general one quotes: it quotes one of them, too.

    Where the lines may as well be a consequence, it is enough that the other cause is certain.
    """
    quoted, decisive = t.cast("list[str]", general.values["quoted"]), general.values["decisive"]
    for match in matches:
        if match.rule.general or match.rule.layer != general.rule.layer:
            continue
        text = "\n".join(said(match.rule.because, match.values))
        if (match.confidence == "certain" and not decisive) or any(line and line[:_TELLING] in text for line in quoted):
            return True
    return False


def _holds(condition: Condition, facts: Facts) -> bool | None:
    """Whether a condition holds; None if the evidence for it is missing."""
    try:
        return bool(condition.holds(facts))
    except MISSING:
        return None


def _asking_further(match: Match, facts: Facts, found: set[str]) -> Match:
    """A cause that is not certain, with the questions that would distinguish it from the others that also fit.

    What the probe has asked on its own is answered already: the rules have seen it.
    """
    if match.confidence == "certain":
        return match
    open_questions = tuple(
        "%s tells %s from %s: %s" % (other.ask.what, match.rule.id, other.id, other.tells)
        for other in match.rule.look_alikes
        if other.id in found and not (isinstance(other.ask, Attempt) and _was_asked(facts, other.ask.what))
    )
    return dataclasses.replace(match, open_questions=open_questions)


def _was_asked(facts: Facts, attempt: str) -> bool:
    """Whether the probe has made this attempt."""
    try:
        return bool(facts.attempt(attempt))
    except MISSING:
        return False


def _with_roles(facts: Facts, matches: list[Match]) -> list[Diagnosis]:
    explained: set[str] = set()
    ranked: list[tuple[int, Diagnosis]] = []
    something_fails = bool(facts.failing(("*",), (FAIL, ERROR)))
    for match in matches:
        ids, hard = _explained(facts, match.rule)
        # What explains warnings only is no root cause while something is broken.
        if hard - explained or (not something_fails and set(ids) - explained):
            role = "root"
        else:
            role = "contributing" if ids else "next"
        explained.update(ids)
        ranked.append(({"root": 0, "contributing": 1, "next": 2}[role], _diagnosis(match, ids, role)))
    ranked.sort(key=lambda pair: pair[0])
    return [diagnosis for _rank, diagnosis in ranked]


def _explained(facts: Facts, rule: Rule) -> tuple[list[str], set[str]]:
    """Checks that are wrong because of a rule's cause, and those of them that fail.

    What only a browser sees is not explained by a cause below: that one would also show without a browser.
    """
    if rule.of_unknown:
        return facts.failing(rule.explains, (UNKNOWN,)), set()
    ids, hard = facts.failing(rule.explains), set(facts.failing(rule.explains, (FAIL, ERROR)))
    elsewhere = [name for name in (ids if rule.layer == "tls" else hard) if not name.startswith(_BROWSER)]
    if rule.layer != LAYERS[-1] and not elsewhere:
        ids = [name for name in ids if not name.startswith(_BROWSER)]
        hard = set()
    return ids, hard


def _diagnosis(match: Match, explains: list[str], role: str) -> Diagnosis:
    rule, values = match.rule, match.values
    return Diagnosis(
        id=rule.id,
        title=rule.title,
        layer=rule.layer,
        confidence=match.confidence,
        because=said(rule.because, values),
        explains=explains,
        role=role,
        next_steps={
            "immediate": said(rule.fix, values),
            "configuration": said(rule.prevent, values),
            "testing": [*match.open_questions, *said(rule.verify, values)],
        },
        links=list(rule.sources),
    )
