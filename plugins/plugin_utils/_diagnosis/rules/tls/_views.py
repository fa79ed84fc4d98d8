# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The places from which TLS was seen, on the host and at the public URL, and in which of them a check is wrong."""

from __future__ import annotations

import typing as t

from ...._evidence.tls import View, dialled_of, views
from ...._model import FAIL, WARN
from ...facts import Facts
from ...rule import Condition

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.tls import Dialled


def wrong_views(facts: Facts, check_id: str, statuses: tuple[str, ...] = (FAIL, WARN)) -> t.Iterator[View]:
    """The views in which a check is not as it should be."""
    for view in views(facts.tls, facts.service):
        if facts.status(check_id, view.vantage) in statuses:
            yield view


def seen(text: str, check_id: str, test: t.Callable[[View], object]) -> Condition:
    """In a view, on the host or at the public URL, the check is not as it should be, and this was seen."""
    return Condition(
        "%s (`%s`)" % (text, check_id), lambda facts: any(test(view) for view in wrong_views(facts, check_id))
    )


def dialled(facts: Facts) -> Dialled:
    """Scheme, host and port of the public URL, or nothing."""
    return dialled_of(facts.tls)


def url_says(scheme: str) -> Condition:
    """The public URL has this scheme."""
    return Condition("public_url says %s://" % scheme, lambda facts: dialled(facts).get("scheme") == scheme)
