# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of an answer as its writer meant it."""

from __future__ import annotations

import gzip
import zlib

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.body import decoded, is_whole

TEXT = b"Origin not allowed"
CHUNKS = b"7\r\nOrigin \r\nb;ext=1\r\nnot allowed\r\n0\r\n\r\n"
_BARE = zlib.compressobj(wbits=-15)
BARE = _BARE.compress(TEXT) + _BARE.flush()


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("fields", "body", "text"),
    [
        ([], TEXT, TEXT),
        ([("Content-Length", "6")], TEXT, b"Origin"),
        ([("Transfer-Encoding", "chunked")], CHUNKS, TEXT),
        ([("transfer-encoding", "gzip, Chunked")], CHUNKS, TEXT),
        ([("Transfer-Encoding", "chunked")], CHUNKS[:9], b"Origin"),
        ([("Transfer-Encoding", "chunked")], b"not chunked at all", b"not chunked at all"),
        ([("Transfer-Encoding", "chunked")], b"-5\r\nabc\r\n", b"-5\r\nabc\r\n"),
        ([("Content-Encoding", "gzip")], gzip.compress(TEXT, mtime=0), TEXT),
        ([("Content-Encoding", "deflate")], zlib.compress(TEXT), TEXT),
        ([("Content-Encoding", "deflate")], BARE, TEXT),
        ([("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")], chunked(gzip.compress(TEXT, mtime=0)), TEXT),
        ([("Content-Encoding", "gzip")], TEXT, TEXT),
        ([("Content-Encoding", "br")], b"\x0b\x02", b"\x0b\x02"),
    ],
)
def test_a_body_is_decoded(fields: list[tuple[str, str]], body: bytes, text: bytes) -> None:
    assert decoded(fields, body) == text


def test_a_small_answer_does_not_become_a_large_one() -> None:
    assert len(decoded([("Content-Encoding", "gzip")], gzip.compress(b"x" * 10_000_000, mtime=0))) <= 8192


def test_the_last_chunk_ends_a_body() -> None:
    assert is_whole([("Transfer-Encoding", "chunked")], CHUNKS)
    assert not is_whole([("Transfer-Encoding", "chunked")], CHUNKS[:20])
    assert not is_whole([], CHUNKS)
