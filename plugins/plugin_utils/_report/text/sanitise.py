# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Making text from servers harmless: it is evidence, and an attacker of a server writes some of it."""

from __future__ import annotations

import json
import re
import typing as t

#: Longer texts are cut in the page; report.json keeps them.
LONGEST = 4000

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# C0 and C1 controls but tab and newline, marks that reorder text, invisible tags, lone surrogates, byte order mark.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def clean(text: str, longest: int = LONGEST) -> str:
    """A text of bounded length in which nothing is invisible or reorders what is beside it.

    Control characters are shown as their escapes: that they were there is part of the evidence.
    """
    size = len(text)
    cut = text[:longest]
    if not cut.isprintable():
        cut = _COLOURS.sub("", cut.replace("\r\n", "\n"))
        cut = _UNSEEN.sub(lambda match: ascii(match.group())[1:-1], cut)
    return cut if size <= longest else "%s… [cut: %d characters in all]" % (cut, size)


def show(value: t.Any, longest: int = 600) -> str:
    """An expected or actual value as text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return clip(text, longest)


def clip(text: str, longest: int) -> str:
    """A text cut to a length."""
    return text if len(text) <= longest else text[:longest] + "…"


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


_SPECIAL = re.compile(r"[\\`*\[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_AT_START = re.compile(r"^([#+\-=]|[0-9]+(?=[.)](?: |$)))")


#: What GitHub, GitLab and others make links or mentions of without any mark of Markdown (https://github.github.com/gfm/#autolinks-extension-):
#: addresses, names of people, numbers of issues.
_ACTIVE = re.compile(
    r"@(?=[\w-])|\b(?:https?|ftp):(?=//)|\b(?:www|mailto|xmpp)(?=[.:]\S)|[#!](?=[0-9])|\bGH-(?=[0-9])", re.IGNORECASE
)
#: Keeps two characters together, is not seen, and parts what would be a link.
_WORD_JOINER = "\u2060"


def md(value: t.Any) -> str:
    """Text as one line of Markdown, in a table cell or elsewhere, that means nothing but itself."""
    if isinstance(value, Markdown):
        return value
    return Markdown(_line_start(_escape(" ".join(clean(str(value)).split()))))


def _escape(text: str) -> str:
    text = _SPECIAL.sub(lambda match: "\\" + match.group(), text)
    text = _ACTIVE.sub(lambda match: match.group() + _WORD_JOINER, text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _line_start(text: str) -> str:
    """Where it begins a line or a list item, text must not become a heading, a rule or another list."""
    return _AT_START.sub(lambda match: "\\" + match.group() if match.group() in "#+-=" else match.group() + "\\", text)


def code_parts(text: str) -> list[tuple[str, bool]]:
    """A sentence split at its backticks: (text, whether it is code); an unpaired backtick is an ordinary character."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        tail = "`".join(parts[-2:])
        parts = parts[:-2] + [tail]
    return [(part, index % 2 == 1) for index, part in enumerate(parts) if part]


def md_prose(value: t.Any) -> str:
    """A sentence as Markdown; what stands between backticks stays code."""
    result = ""
    for part, is_code in code_parts(" ".join(clean(str(value)).split())):
        # In a table a pipe ends the cell even inside code; two spans side by side would join.
        if is_code and part.strip() and "|" not in part and not result.endswith("`"):
            result += "`%s`" % part
        else:
            result += _escape("`%s`" % part if is_code else part)
    return Markdown(_line_start(result))


def fenced(text: str, indent: int = 0) -> str:
    """A block of code that its content cannot end."""
    text = clean(text, 8 * LONGEST)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = [fence + "text", *text.split("\n"), fence]
    return Markdown("\n".join((" " * indent + line).rstrip() for line in lines))
