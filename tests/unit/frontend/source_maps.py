# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundles with source maps, made as bundlers make them: several sources on one line."""

from __future__ import annotations

import json

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def vlq(number: int) -> str:
    """A number in base64 VLQ."""
    value = (-number << 1) | 1 if number < 0 else number << 1
    text = ""
    while True:
        value, digit = value >> 5, value & 31
        text += _DIGITS[digit | 32 if value else digit]
        if not value:
            return text


def bundle(sources: dict[str, str], name: str = "app.js", units: bool = True) -> tuple[str, str]:
    """Each line of each source without its line break, one behind the other, and the map of it.

    :param units: count columns as browsers do, in units of UTF-16.
    """
    script, segments = "", []
    before = (0, 0, 0)
    for number, text in enumerate(sources.values()):
        for line, content in enumerate(text.split("\n")):
            column = len(script.encode("utf-16-le")) // 2 if units else len(script)
            now = (column, number, line)
            segments.append("".join(vlq(new - old) for new, old in zip(now, before, strict=True)) + "A")
            before = now
            script += content
    content = {"version": 3, "file": name, "sources": list(sources), "names": [], "mappings": ",".join(segments)}
    return f"{script}\n//# sourceMappingURL={name}.map\n", json.dumps(content)
