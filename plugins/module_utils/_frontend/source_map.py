# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Where a place in a bundle was written (ECMA-426, source maps)."""

from __future__ import annotations

import base64
import binascii
import json
import re
import typing as t
import urllib.parse

from .._run.deadline import Deadline

#: Bytes of a map that are read, and segments between two looks at the clock.
MOST_BYTES = 24 << 20
_LOOK = 20000
_DIGITS = {
    ord(char): value for value, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_MARK = b"sourceMappingURL="
_SEGMENT = re.compile("[^,]+")


class SourceMap(t.TypedDict, total=False):
    """The parts of a map that are used. The bundle's author may have written anything there."""

    mappings: object
    sources: object
    sourceRoot: object
    #: Of an index map.
    sections: object


class Section(t.TypedDict, total=False):
    """A part of an index map."""

    offset: object
    map: object


class Offset(t.TypedDict, total=False):
    """Where it begins."""

    line: object
    column: object


#: Line and column, from 0.
_At = t.Tuple[int, int]


class Place(t.NamedTuple):
    """A line (from 1) of an original source."""

    source: str
    line: int


def reference(data: bytes) -> str:
    """What a script names as its map; empty if it names none."""
    start = data.rfind(_MARK)
    if start < 0 or data[max(0, start - 6) : start].strip(b" \t")[-1:] not in (b"#", b"@"):
        return ""
    end = start + len(_MARK)
    stop = min(
        (found for found in (data.find(char, end) for char in (b"\n", b"\r", b" ", b"*")) if found >= 0),
        default=len(data),
    )
    return data[end:stop].decode("ascii", "replace")


def embedded(url: str) -> bytes | None:
    """The map that a data: URL holds; None if it is none."""
    head, comma, body = url.partition(",")
    if not head.startswith("data:") or not comma:
        return None
    try:
        return base64.b64decode(body) if head.endswith(";base64") else urllib.parse.unquote_to_bytes(body)
    except (binascii.Error, ValueError):
        return b""


def original_places(
    text: bytes, wanted: t.Iterable[tuple[int, int]], deadline: Deadline
) -> dict[tuple[int, int], Place]:
    """Where places of a bundle come from.

    :param text: the map.
    :param wanted: pairs of line and column, both from 1.
    :returns: those that the map knows. A map that is none, or takes longer than the deadline, knows nothing.
    """
    if len(text) > MOST_BYTES:
        return {}
    try:
        found = json.loads(text[4:] if text.startswith(b")]}'") else text, parse_int=_whole)
    except (ValueError, RecursionError):
        return {}
    whole = _map_of(found)
    if whole is None:
        return {}
    sought = sorted((line - 1, column - 1) for line, column in wanted)
    places: dict[tuple[int, int], Place] = {}
    for (line, column), section, ends in _sections(whole):
        own = [(a - line, b - column if a == line else b) for a, b in sought if (line, column) <= (a, b) < ends]
        for (a, b), place in _decoded(section, own, deadline).items():
            places[a + line + 1, (b + column if a == 0 else b) + 1] = place
    return places


def _whole(digits: str) -> int:
    """A number of a map: what has more digits than a file has bytes is none, and costs quadratic time."""
    return int(digits) if len(digits) < 12 else 0


def _map_of(value: object) -> SourceMap | None:
    """A map as far as its JSON is an object."""
    return t.cast("SourceMap", value) if isinstance(value, dict) else None


def _sections(found: SourceMap) -> t.Iterator[tuple[_At, SourceMap, _At]]:
    """The maps of an index map, each with where it begins and ends; a plain map is one from the beginning on."""
    far = (1 << 60, 0)
    sections = found.get("sections")
    if not isinstance(sections, list):
        yield (0, 0), found, far
        return
    begun: list[tuple[_At, SourceMap]] = []
    for entry in sections[:2000]:
        section = t.cast("Section", entry if isinstance(entry, dict) else {})
        inner, offset = _map_of(section.get("map")), section.get("offset")
        # Sections of sections are not allowed; nor would they end.
        if inner is None or "sections" in inner or not isinstance(offset, dict):
            continue
        place = t.cast("Offset", offset)
        line, column = place.get("line"), place.get("column")
        if isinstance(line, int) and isinstance(column, int):
            begun.append(((line, column), inner))
    ends = [start for start, _inner in begun[1:]] + [far]
    for (start, inner), end in zip(begun, ends):
        yield start, inner, end


def _decoded(section: SourceMap, wanted: list[tuple[int, int]], deadline: Deadline) -> dict[tuple[int, int], Place]:
    """The places of one map; ``wanted`` is sorted, lines and columns from 0."""
    mappings, sources = section.get("mappings"), section.get("sources")
    if not wanted or not isinstance(mappings, str) or not isinstance(sources, list):
        return {}
    found = {}
    for place, source, line in _walk(mappings, wanted, deadline):
        if 0 <= source < len(sources) and isinstance(sources[source], str):
            found[place] = Place(_name(section.get("sourceRoot"), sources[source]), line + 1)
    return found


def _walk(
    mappings: str, wanted: list[tuple[int, int]], deadline: Deadline
) -> t.Iterator[tuple[tuple[int, int], int, int]]:
    """Each wanted place with the source and its line as of the last segment at or before it.

    Numbers are deltas to those of the segment before, through all lines: there is no way to begin in the middle.
    """
    source = source_line = 0
    number = counted = 0
    for line, begin, end in _lines(mappings, wanted[-1][0]):
        column = 0
        mapped: tuple[int, int] | None = None
        for match in _SEGMENT.finditer(mappings, begin, end):
            segment = match.group()
            counted += 1
            if counted % _LOOK == 0 and deadline.expired():
                return
            numbers = _numbers(segment)
            if not numbers:
                continue
            column += numbers[0]
            while number < len(wanted) and wanted[number][0] == line and wanted[number][1] < column:
                if mapped is not None:
                    yield wanted[number], mapped[0], mapped[1]
                number += 1
            if len(numbers) >= 4:
                source += numbers[1]
                source_line += numbers[2]
                mapped = (source, source_line)
            else:
                mapped = None
            if number >= len(wanted):
                return
        while number < len(wanted) and wanted[number][0] == line:
            if mapped is not None:
                yield wanted[number], mapped[0], mapped[1]
            number += 1


def _lines(mappings: str, last: int) -> t.Iterator[tuple[int, int, int]]:
    """Number, begin and end of the lines up to the last one that is wanted; a list of them could be long."""
    begin = 0
    for line in range(last + 1):
        end = mappings.find(";", begin)
        yield line, begin, end if end >= 0 else len(mappings)
        if end < 0:
            return
        begin = end + 1


def _numbers(segment: str) -> list[int]:
    """Base64 VLQ: five bits a digit, the sixth says that more follow, the lowest of the first is the sign."""
    numbers = []
    value = shift = 0
    for char in segment[:80]:
        digit = _DIGITS.get(ord(char))
        if digit is None:
            return []
        value |= (digit & 31) << shift
        if digit & 32:
            shift += 5
            continue
        numbers.append(-(value >> 1) if value & 1 else value >> 1)
        value = shift = 0
    return numbers


def _name(root: t.Any, source: str) -> str:
    """A source as people know it: without the bundler's scheme."""
    name = source if not isinstance(root, str) or not root or "://" in source else root.rstrip("/") + "/" + source
    if name.startswith("webpack://"):
        name = name[len("webpack://") :].partition("/")[2] or name
    return name[:300]
