# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the rules about edges have in common: products in front of the host that are known from their answers alone.

The configuration of a content delivery network, a load balancer or an ingress is not at hand; but each has words of its own for
what is wrong behind it.
"""

from __future__ import annotations

import typing as t

from .....module_utils._system.forwarders import FORWARDERS
from ...._evidence.tls import public_view
from ...._evidence.websocket import outcome_words
from ...._evidence.who_answered import headers_of, passed_on_by, writer
from ...._model import FAIL
from ...facts import Facts
from ...rule import RECHECK, Found, If, Look, LookAlike, Sentence
from ._proxy import stripped

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.websocket import HandshakeSeen

#: Seconds by which an idle connection may end earlier or later than at its limit.
_ROUND = 1.5
#: General rules about the same answers: those of edges say who gave them, and why.
GENERAL = ("proxy-upstream-down", "proxy-upstream-silent")
#: When the product's own words are proof, and when its answer may have several causes.
CONFIDENCE = {
    "certain": "the product's own words name the cause, or an idle connection on the host itself stays open longer",
    "likely": "the answer can have several causes, or the limit is one that other products have too",
}
PAST_IT = LookAlike(
    "proxy-upstream-down",
    Look("a handshake with the host's own address, bypassing what stands in front of it"),
    "101: the cause is in front of the host; 502 there as well: the proxy on the host",
)


class Meaning(t.NamedTuple):
    """What an answer means in a product, and what to do about it.

    A rule has them in a table, by names that are values of its sentences: exactly one of them is true.
    """

    words: str
    fix: tuple[str, ...] = ()
    prevent: tuple[str, ...] = ()
    confidence: str = "certain"


Meanings = t.Mapping[str, Meaning]

# -- whose answer it is ------------------------------------------------------------------------------------------------


def written(facts: Facts, product: str, *programs: str) -> HandshakeSeen:
    """The first refusal, if this product wrote it; else nothing.

    :param programs: names of the product's processes. What the service's own port says counts only if it may be theirs.
    """
    answer = facts.first_refusal
    if writer(answer) != product:
        return {}
    if answer is not facts.handshake:
        # A server that calls itself so in its other answers may have written this one, too.
        server = headers_of(answer).get("server")
        own = (headers_of(facts.handshake).get("server"), headers_of(facts.plain).get("server"))
        return {} if server and server in own else answer
    if facts.behind:
        return answer
    names = {str(process.get("name") or "") for process in facts.processes}
    return answer if not names or names & {*programs, *FORWARDERS} else {}


def stripped_by(facts: Facts, product: str) -> str:
    """What shows that this product passed the handshake on without Upgrade; empty: nothing does."""
    answer = facts.first_refusal
    if answer is facts.handshake or facts.through.get("outcome") not in (None, "open"):
        return ""
    return stripped(facts) if product in passed_on_by(answer) - passed_on_by(facts.handshake) else ""


def default_certificate(facts: Facts, words: str) -> bool:
    """Whether the certificate at the public URL is the one that a product makes for itself."""
    view = public_view(facts.tls)
    return view is not None and view.leaf is not None and words in view.leaf.subject


def leaves_trace(facts: Facts, product: str) -> bool:
    """Whether the product left its trace on the accepted handshake at the public URL, and the server itself does not."""
    return product in passed_on_by(facts.public) - passed_on_by(facts.handshake)


def cut_at_public_url(facts: Facts) -> bool:
    """Whether the idle connection at the public URL was cut."""
    return facts.status("websocket.hold", "public") == FAIL


# -- what is said of it ------------------------------------------------------------------------------------------------

#: The answer, and where it was given.
ANSWERED: tuple[str | If, ...] = (
    "at the public URL {public_url}: {answer}",
    If("through_proxy", "through the proxy: {answer}"),
    "at {address}: {answer}",
)
ACCEPTED_INSIDE = If("accepted_inside", "the server itself accepts the same handshake")
#: An idle connection that was cut: no answer shows it.
_CUT = "at the public URL an idle connection ended without a close frame after {held} s"
_STAYS_OPEN = If("stays_open", "on the host itself it stays open longer")
_NOT_CUT = {"held": None, "stays_open": False}


def observations(meanings: Meanings) -> tuple[Sentence, ...]:
    """What was seen, and what it means."""
    words = tuple(If(name, meaning.words) for name, meaning in meanings.items())
    if "idle" in meanings:
        return (_CUT, *ANSWERED), *words, ACCEPTED_INSIDE, _STAYS_OPEN
    return ANSWERED, *words, ACCEPTED_INSIDE


def fixes(meanings: Meanings, *more: If) -> tuple[Sentence, ...]:
    """What to do about each.

    :param more: what is to be done about several of them.
    """
    return (*(If(name, step) for name, meaning in meanings.items() for step in meaning.fix), *more)


def preventions(meanings: Meanings, *more: If) -> tuple[Sentence, ...]:
    """What to change so that it does not come back."""
    return (*(If(name, step) for name, meaning in meanings.items() for step in meaning.prevent), *more)


def idle_fix(limit: int) -> str:
    """What to do about an idle connection that a product closes after so many seconds."""
    return "configure the server to ping idle connections at least every %d s" % (limit // 2)


def idle_verify(limit: int) -> tuple[Sentence, ...]:
    """How to see that an idle connection is no longer closed; of an answer, that it has changed."""
    return ((If("idle", "set websocket.hold above %d and run the checklist" % limit), RECHECK),)


def answer_values(facts: Facts) -> dict[str, object]:
    """Values of ANSWERED and ACCEPTED_INSIDE."""
    answer = facts.first_refusal
    return {
        "public_url": facts.public.get("url") if answer is facts.public else None,
        "through_proxy": answer is facts.through,
        "address": answer.get("address") or "the port",
        "answer": outcome_words(answer),
        "accepted_inside": facts.handshake.get("outcome") == "open" and answer is not facts.handshake,
    }


def meant(facts: Facts, meanings: Meanings, name: str, confidence: str = "", **more: object) -> Found:
    """The meaning of this name, for the answer that was given.

    :param confidence: instead of the meaning's own.
    :param more: further values that the rule's sentences name.
    """
    which = {one: one == name for one in meanings}
    return confidence or meanings[name].confidence, {**answer_values(facts), **_NOT_CUT, **which, **more}


def idle_cut(facts: Facts, meanings: Meanings, limit: float, sure: bool = True, **more: object) -> Found | None:
    """The meaning ``idle``: a connection at the public URL that this product cuts, and nothing behind it does.

    :param limit: seconds after which the product ends an idle connection unless configured otherwise.
    :param sure: whether the limit cannot be configured; otherwise others may have the same one.
    """
    hold = facts.public.get("hold") or {}
    how, held = (hold.get("ended") or {}).get("how"), float(hold.get("held_s") or 0)
    inside = (facts.conversation.get("hold") or {}, facts.proxy.get("hold") or {})
    if how not in ("eof", "reset") or not cut_at_public_url(facts):
        return None
    if abs(held - limit) > _ROUND or any(seen.get("ended") for seen in inside):
        return None
    longer = any(float(seen.get("held_s") or 0) > held + _ROUND for seen in inside)
    seen = {
        "held": hold.get("held_s"),
        "stays_open": longer,
        "accepted_inside": False,
    }
    return meant(facts, meanings, "idle", "certain" if longer and sure else "likely", **{**more, **seen})
