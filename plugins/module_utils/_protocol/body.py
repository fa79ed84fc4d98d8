# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The body of an HTTP/1 answer as its writer meant it: without chunks (RFC 9112, section 7.1) and decompressed."""

from __future__ import annotations

import typing as t
import zlib

from .._run.digits import number

#: Bytes that a decompressed body may have: a small answer must not become a large one.
_MOST = 8192
_HEXADECIMAL = b"0123456789abcdefABCDEF"


def decoded(fields: t.Iterable[t.Sequence[str]], body: bytes) -> bytes:
    """The start of a body, as far as it came.

    :param fields: headers of the answer, as (name, value).
    :param body: what followed them. What cannot be decoded (br, zstd) is returned as it is.
    """
    headers = {str(field[0]).lower(): str(field[1]).strip().lower() for field in fields}
    length = number(headers.get("content-length") or "")
    if headers.get("transfer-encoding", "").endswith("chunked"):
        body = _without_chunks(body)
    elif length is not None:
        body = body[:length]
    encoding = headers.get("content-encoding", "")
    return _decompressed(body, encoding) if encoding in ("gzip", "x-gzip", "deflate") else body


def is_whole(fields: t.Iterable[t.Sequence[str]], body: bytes) -> bool:
    """Whether the last chunk of a chunked body has come."""
    chunked = any(
        str(name).lower() == "transfer-encoding" and str(value).lower().endswith("chunked") for name, value in fields
    )
    return chunked and (body.startswith(b"0\r\n") or b"\r\n0\r\n" in body)


def _without_chunks(body: bytes) -> bytes:
    data, rest = b"", body
    while rest:
        line, end, rest = rest.partition(b"\r\n")
        digits = line.partition(b";")[0].strip()
        if not end or not digits or len(digits) > 8 or any(digit not in _HEXADECIMAL for digit in digits):
            break
        size = int(digits, 16)
        if not size:
            break
        data, rest = data + rest[:size], rest[size + 2 :]
    return data or body


def _decompressed(body: bytes, encoding: str) -> bytes:
    # "deflate" is a zlib stream (RFC 9110, section 8.4.1.2); some servers send the bare one.
    for window in (zlib.MAX_WBITS | 16,) if encoding != "deflate" else (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(window).decompress(body, _MOST)
        except zlib.error:
            continue
    return body
