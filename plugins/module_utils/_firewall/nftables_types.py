# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Of the JSON that nft prints (libnftables-json(5)), what is looked at. Types alone: nothing imports this file when it runs, and it
does not travel."""

from __future__ import annotations

import typing as t


class Field(t.TypedDict, total=False):
    """A field of a packet."""

    protocol: str
    field: str


class Key(t.TypedDict, total=False):
    """Something else that is known of a packet."""

    key: str


class Fib(t.TypedDict, total=False):
    """What the routes say of it."""

    result: str
    flags: t.List[str]


class Left(t.TypedDict, total=False):
    """What is compared: one of these."""

    payload: Field
    meta: Key
    ct: Key
    fib: Fib


class Match(t.TypedDict, total=False):
    """A condition."""

    op: str
    left: Left
    #: A value, several, or an object: a set, a range, a prefix.
    right: t.Any


class VerdictMap(t.TypedDict, total=False):
    """A verdict for each value."""

    key: Left
    #: Of one that has a name: that.
    data: t.Any


class Target(t.TypedDict, total=False):
    """The chain that a rule jumps to."""

    #: A chain.
    target: str
    #: Another host, as right of a condition.
    addr: t.Any


class Statement(t.TypedDict, total=False):
    """A part of a rule: one of these, or of others."""

    match: Match
    vmap: VerdictMap
    jump: Target
    goto: Target
    dnat: Target
    #: A module of iptables.
    xt: object


class TableObject(t.TypedDict, total=False):
    """A table."""

    family: str
    name: str


class ChainObject(TableObject, total=False):
    """A chain; one that packets come to by themselves has a hook."""

    table: str
    type: str
    hook: str
    prio: int
    policy: str


class RuleObject(t.TypedDict, total=False):
    """A rule."""

    family: str
    table: str
    chain: str
    handle: int
    expr: t.List[Statement]


class SetObject(TableObject, total=False):
    """A set that has a name."""

    table: str
    elem: t.List[t.Any]


class Ruleset(t.TypedDict):
    """The objects by their kinds."""

    table: t.List[TableObject]
    chain: t.List[ChainObject]
    rule: t.List[RuleObject]
    set: t.List[SetObject]
