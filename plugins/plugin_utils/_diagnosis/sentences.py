# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Fills the values that a rule found into its sentences; or, for its page, the names of these."""

from __future__ import annotations

import re
import typing as t

from .rule import If, Sentence

#: Braces around anything else are configuration: ``location /ws { … }``.
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def names_in(sentences: t.Iterable[Sentence]) -> set[str]:
    """Names of all values that sentences depend on."""
    return {name for sentence in sentences for choice in _choices(sentence) for name in _needed(choice)}


def said(sentences: t.Iterable[Sentence], values: t.Mapping[str, object]) -> list[str]:
    """The sentences with these values.

    :param values: by name. A sentence with a name whose value is None or empty is not said. A list says a sentence that is
        its name alone once for each entry, and is joined by commas in any other.
    """
    lines = []
    for sentence in sentences:
        choice = next((one for one in _choices(sentence) if _can_be_said(one, values)), None)
        if choice is not None:
            lines += _filled(_text_of(choice), values)
    return lines


def shown(sentences: t.Iterable[Sentence]) -> list[str]:
    """The sentences as a page shows them: ``kill -CONT <pid>``, each choice on a line.

    One that is the name of a value alone says nothing where there is no host at hand.
    """
    texts = [_text_of(choice) for sentence in sentences for choice in _choices(sentence)]
    return [
        _NAME.sub(lambda found: "<%s>" % found[1].replace("_", " "), text)
        for text in texts
        if not _NAME.fullmatch(text)
    ]


def _choices(sentence: Sentence) -> tuple[str | If, ...]:
    return sentence if isinstance(sentence, tuple) else (sentence,)


def _text_of(choice: str | If) -> str:
    return choice.sentence if isinstance(choice, If) else choice


def _needed(choice: str | If) -> list[str]:
    return [*([choice.name] if isinstance(choice, If) else []), *_NAME.findall(_text_of(choice))]


def _can_be_said(choice: str | If, values: t.Mapping[str, object]) -> bool:
    if isinstance(choice, If) and not values.get(choice.name):
        return False
    return all(_is_known(values.get(name)) for name in _NAME.findall(_text_of(choice)))


def _is_known(value: object) -> bool:
    """0 and false are said; nothing, and the empty text and list, are not."""
    return value is not None and value != "" and value != [] and value != ()


def _filled(text: str, values: t.Mapping[str, object]) -> list[str]:
    whole = _NAME.fullmatch(text)
    value = values[whole[1]] if whole else None
    if isinstance(value, (list, tuple)):
        return [str(entry) for entry in value if _is_known(entry)]
    return [_NAME.sub(lambda found: _in_words(values[found[1]]), text)]


def _in_words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
