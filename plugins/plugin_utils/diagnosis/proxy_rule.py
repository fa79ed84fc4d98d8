# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the rules about all kinds of proxies have in common."""

from __future__ import annotations

import typing as t

from ..checks.proxy import asked_proxy, effective_route
from ..checks.websocket import outcome_words
from .rule import Facts, Match, Rule

CHECK_AGAIN = "ansible-playbook websocket.health.checklist --limit <host>"


def route_of(facts: Facts, kind: str) -> dict[str, t.Any]:
    """The effective route where a proxy of this kind serves the URL, else an empty mapping."""
    return effective_route(facts.proxy) if asked_proxy(facts.proxy).get("kind") == kind else {}


def turned(facts: Facts, name: str) -> list[str]:
    """The observation that these rules begin with: the server accepts what the proxy makes something else of."""
    return [
        "on the host itself the handshake is accepted",
        "through %s: %s" % (name, outcome_words(facts.through)),
    ]


def proxy_rule(
    rule_id: str, title: str, find: t.Callable[[Facts], Match | None], source: str, supersedes: tuple[str, ...] = ()
) -> Rule:
    """A rule of layer proxy, which explains what is seen by way of the proxy and at the public URL.

    :param source: where the cause is documented.
    """
    return Rule(
        id=rule_id,
        title=title,
        layer="proxy",
        explains=("proxy.*", "websocket.*"),
        find=find,
        supersedes=supersedes,
        source=(source,),
    )
