# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Clients of development servers, which only such a server answers, in a front end that is deployed."""

from __future__ import annotations

import typing as t

from ...facts import Facts
from ...rule import Condition, Found
from ._files import views

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.frontend import DevClient

EXPLAINS = ("frontend.dev_client",)
CONFIDENCE = {"likely": "a development server may run there on purpose"}
BECAUSE = ("{clients}",)
FIX = ("build the front end for production and deploy the output",)
PREVENT = ("serve the build's output as static files: neither the sources nor a development server",)


def loads(*names: str) -> Condition:
    """The page loads the client of one of these development servers."""
    text = "the page, or a script of it, loads the client of %s" % " or ".join(names)
    return Condition(text, lambda facts: _clients(facts, names))


def find_clients(*names: str) -> t.Callable[[Facts], Found]:
    """A rule's ``find``: the places that load such a client."""

    def find(facts: Facts) -> Found:
        found = _clients(facts, names)
        places = ["%s:%s: client of %s" % (entry.get("file"), entry.get("line"), entry.get("name")) for entry in found]
        return "likely", {"clients": list(dict.fromkeys(places))[:4]}

    return find


def _clients(facts: Facts, names: tuple[str, ...]) -> list[DevClient]:
    clients = [entry for view in views(facts) for entry in view.seen.get("dev_clients") or ()]
    return [entry for entry in clients if entry.get("name") in names]
