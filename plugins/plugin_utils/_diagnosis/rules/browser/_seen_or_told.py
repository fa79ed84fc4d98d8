# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes that a browser sees happen, and whose place the front end's files show: each is enough, both say most."""

from __future__ import annotations

import typing as t

from ...facts import Facts
from ...rule import Condition, Found, If, Sentence
from ._files import RELOAD
from ._sockets import REOPEN

#: Of a URL in the files that is stored, or put together from parts that are not known.
NOT_SURE = "found in the files, where it is not certain that the URL is dialled"
#: What a browser sees is certain; what files contain may never be run.
CONFIDENCE = {
    "certain": "seen in a browser",
    "likely": "found in the files",
    "possible": NOT_SURE,
}
#: The last step: what a browser met, a browser shows again.
VERIFY: tuple[Sentence, ...] = ((If("url", REOPEN), RELOAD),)
#: Values of ``_sockets.attempt`` and ``_files.told``, of which either may be missing.
_NAMES = ("dialler", "url", "outcome", "raw_answer", "findings", "place")

_Test = t.Callable[[Facts], object]


def either(seen_text: str, seen: _Test, told_text: str, told: _Test) -> Condition:
    """One condition of what a browser or the files show."""
    text = "in a browser: %s; or in the files: %s" % (seen_text, told_text)
    return Condition(text, lambda facts: seen(facts) or told(facts))


def both(seen: Found | None, told: Found | None, *more_names: str) -> Found | None:
    """What was found in both ways, as one.

    :param seen: by a browser: it decides how sure the whole is.
    :param told: by the files.
    :param more_names: of further values, of which either may be missing.
    """
    found = seen or told
    if found is None:
        return None
    values: dict[str, object] = dict.fromkeys((*_NAMES, *more_names))
    for one in (seen, told):
        values.update(one[1] if one else {})
    return found[0], values
