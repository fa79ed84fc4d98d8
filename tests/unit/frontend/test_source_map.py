# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps of every form lead to the source; maps that are none, or too much, lead nowhere and take no time."""

from __future__ import annotations

import base64
import json
import time
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._frontend.source_map import (
    embedded,
    original_places,
    reference,
)
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline

from tests.unit.frontend.source_maps import bundle, vlq

SOURCES = {"webpack://app/./src/a.ts": "let a=1;\nlet b=2;", "src/b.ts": "// é\nlet c=3;\nnew WebSocket(u);"}
SCRIPT, MAP = bundle(SOURCES)


def _places(text: bytes | str, *wanted: tuple[int, int]) -> dict[tuple[int, int], t.Any]:
    data = text if isinstance(text, bytes) else text.encode()
    return {key: tuple(place) for key, place in original_places(data, wanted, Deadline(2.0)).items()}


def test_a_place_in_a_bundle() -> None:
    column = SCRIPT.index("new WebSocket") + 1
    assert _places(MAP, (1, column)) == {(1, column): ("src/b.ts", 3)}
    assert _places(MAP, (1, 1), (1, 9), (1, 12)) == {
        (1, 1): ("./src/a.ts", 1),
        (1, 9): ("./src/a.ts", 2),
        (1, 12): ("./src/a.ts", 2),
    }


def test_segments_count_within_their_line() -> None:
    # Lines of a bundle: nothing on the first, one segment on each of the others.
    mappings = ";" + "AAAA;" + vlq(4) + "AECA"
    text = json.dumps({"version": 3, "sources": ["a"], "mappings": mappings})
    assert _places(text, (1, 1), (2, 7), (3, 2), (3, 5), (9, 1)) == {(2, 7): ("a", 1), (3, 5): ("a", 3)}


def test_an_index_map() -> None:
    inner = json.loads(MAP)
    sections = [
        {"offset": {"line": 0, "column": 0}, "map": inner},
        {"offset": {"line": 4, "column": 10}, "map": inner},
    ]
    found = _places(json.dumps({"version": 3, "sections": sections}), (1, 9), (5, 5), (5, 19))
    assert found[1, 9] == found[5, 19] == ("./src/a.ts", 2)


def test_forms_of_references() -> None:
    data = base64.b64encode(MAP.encode()).decode()
    url = f"data:application/json;charset=utf-8;base64,{data}"
    assert reference(f"x\n//# sourceMappingURL={url}\n".encode()) == url
    assert embedded(url) == MAP.encode()
    assert embedded("app.js.map") is None
    assert embedded("data:application/json;base64,%%%") in (b"", None)
    assert reference(b"x\n//@ sourceMappingURL=a.map */") == "a.map"
    assert reference(b'var sourceMappingURL="x"') == ""
    assert reference(b"a = `sourceMappingURL=${x}`") == ""


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<!doctype html>",
        b"[]",
        b"{}",
        b'{"version":3,"sources":null,"mappings":"AAAA"}',
        b'{"version":3,"sources":["a"],"mappings":7}',
        b'{"version":3,"sources":[null],"mappings":"AAAA"}',
        b'{"version":3,"sources":["a"],"mappings":"!!!!,\xc3\xa9"}',
        b'{"version":3,"sources":["a"],"mappings":"AAAAAAAAAAAAAA,g"}'.replace(b"AAAAAAAAAAAAAA", b"D"),
        b'{"sections":[{"offset":7,"map":{}},{"map":[]},7,{"offset":{"line":"x","column":0},"map":{}}]}',
        b'{"sections":[{"offset":{"line":0,"column":0},"map":{"sections":[]}}]}',
    ],
)
def test_what_is_no_map_knows_nothing(text: bytes) -> None:
    assert _places(text, (1, 1)) == {}


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "text",
    [
        b'{"a":' + b"[" * 5_000_000,
        b'{"version":' + b"9" * 5_000_000 + b"}",
        json.dumps({"version": 3, "sources": ["a"], "mappings": "AAAA," * 3_000_000}).encode(),
        json.dumps({"version": 3, "sources": ["a"], "mappings": ";" * 3_000_000}).encode(),
        json.dumps({"version": 3, "sources": ["a"], "mappings": "g" * 3_000_000}).encode(),
        b"{" + b" " * (25 << 20) + b"}",
    ],
    ids=["deep", "digits", "long line", "lines", "long number", "large"],
)
def test_no_map_takes_long(text: bytes) -> None:
    started = time.process_time()
    original_places(text, [(2_999_999, 10**9), (1, 10**9)], Deadline(1.0))
    assert time.process_time() - started < 4.0
