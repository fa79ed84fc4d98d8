# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compressed logs, which anybody may have written."""

from __future__ import annotations

import lzma
import pathlib
import zlib

import pytest
from ansible_collections.websocket.health.plugins.module_utils._logs.opening import MemoryText, open_source
from ansible_collections.websocket.health.plugins.module_utils._logs.sources import Patterns, Source

from tests.unit.probed_host import new_context


def _opened(path: pathlib.Path) -> tuple[bytes, str | None]:
    """What is kept of a log, and what is said against it."""
    source = Source("file", str(path), "rotated", str(path), Patterns(None, None))
    text, notes = open_source(source, new_context({"port": 1}), None)
    assert isinstance(text, MemoryText)
    return text.read(0, text.size), notes["problem"]


@pytest.mark.parametrize("padding", [0, 4, 1 << 19])
@pytest.mark.parametrize("streams", [1, 2])
def test_xz_with_all_its_streams(tmp_path: pathlib.Path, padding: int, streams: int) -> None:
    path = tmp_path / "app.log.1.xz"
    path.write_bytes((lzma.compress(b"a line\n" * 50000, preset=9) + bytes(padding)) * streams)
    assert _opened(path) == (b"a line\n" * 50000 * streams, None)
    path.write_bytes(path.read_bytes()[: -40 - padding])
    assert "incomplete" in str(_opened(path)[1])


def test_xz_that_asks_for_gigabytes(tmp_path: pathlib.Path) -> None:
    """Its header says how large the dictionary is: few bytes that cost a host its memory."""
    data = bytearray(lzma.compress(b"a line\n"))
    header = data[12 : 12 + (data[12] + 1) * 4]
    header[header.index(b"\x21\x01") + 2] = 37  # LZMA2's property: 1.5 GiB
    header[-4:] = zlib.crc32(bytes(header[:-4])).to_bytes(4, "little")
    data[12 : 12 + len(header)] = header
    path = tmp_path / "app.log.1.xz"
    path.write_bytes(data)
    assert _opened(path) == (b"", "damaged: Memory usage limit exceeded")
