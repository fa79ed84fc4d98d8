# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller saw at a public URL: the answers of tests/servers/python/edge.py as evidence."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.websocket import (
    HandshakeSeen,
    Hold,
    Http2,
    Public,
)

from tests.servers.python.edge import ACCEPTING, ANSWERS
from tests.unit.builders.service import with_service, with_websocket_options
from tests.unit.builders.websocket import end, hold, with_hold
from tests.unit.recorded.load import Changes, change

URL = "wss://chat.example.com/"


def _pairs(lines: t.Iterable[str]) -> list[list[str]]:
    return [[part.strip() for part in line.split(":", 1)] for line in lines]


def answer(name: str) -> HandshakeSeen:
    """A refusal as handshake.py describes it."""
    status, _space, reason = ANSWERS[name].status.partition(" ")
    return {
        "address": "198.51.100.7:443",
        "path": "/",
        "outcome": "http",
        "status": int(status),
        "reason": reason,
        "headers": _pairs(ANSWERS[name].headers),
        "body": ANSWERS[name].body,
    }


def at_public_url(**seen: t.Unpack[Public]) -> Changes:
    """Changes: all that was seen at the public URL, whatever the inventory says of it."""
    return change("websocket", add=True, public=seen)


def at_edge(name: str, **more: t.Unpack[Public]) -> Changes:
    """Changes: the public URL answers so."""
    seen: Public = {**answer(name), "url": URL, **more}
    return with_service(public_url=URL) + at_public_url(**seen)


def accepted(name: str = "", **more: t.Unpack[Public]) -> Changes:
    """Changes: the public URL accepts the handshake, with the headers of an edge."""
    headers = ACCEPTING[name][0] if name else []
    usual: Public = {"path": "/", "outcome": "open", "status": 101, "first_byte_ms": 2.0, "url": URL}
    seen: Public = {**usual, "headers": _pairs(headers), **more}
    return with_service(public_url=URL) + at_public_url(**seen)


def cut(name: str, seconds: float, here: Hold | None = None, **more: t.Unpack[Public]) -> Changes:
    """Changes: a connection at the public URL was cut after so long, on the host it was not, or as given."""
    there = hold(wanted_s=700.0, held_s=seconds, ended=end("eof"), pinged=False, pong_ms=None)
    here = hold(wanted_s=700.0, held_s=700.0) if here is None else here
    seen: Public = {"hold": there, **more}
    return with_websocket_options(hold=700) + with_hold(**here) + accepted(name, **seen)


def over_http2(**seen: t.Unpack[Http2]) -> Changes:
    """Changes: what was seen of HTTP/2 at a public URL that accepts the handshake over HTTP/1.1."""
    usual: Http2 = {"outcome": "answered", "advertised": True, "status": 405, "code": None, "ms": 3.1}
    return accepted(http2={**usual, **seen})
