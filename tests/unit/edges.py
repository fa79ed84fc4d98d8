# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers of tests/servers/python/edge.py as evidence from a public URL: changes for recorded cases."""

from __future__ import annotations

import typing as t

from tests.servers.python.edge import ACCEPTING, ANSWERS

PUBLIC = "evidence__websocket__public"
URL = "wss://chat.example.com/"


def _pairs(lines: t.Iterable[str]) -> list[list[str]]:
    return [[part.strip() for part in line.split(":", 1)] for line in lines]


def answer(name: str) -> dict[str, t.Any]:
    """A refusal as handshake.py describes it."""
    status, _space, reason = ANSWERS[name].status.partition(" ")
    seen = {"address": "198.51.100.7:443", "path": "/", "outcome": "http", "status": int(status), "reason": reason}
    return {**seen, "headers": _pairs(ANSWERS[name].headers), "body": ANSWERS[name].body}


def at_edge(name: str, **more: t.Any) -> dict[str, t.Any]:
    """Changes: the public URL answers so."""
    return {"service__public_url": URL, PUBLIC: {**answer(name), "url": URL, **more}}


def accepted(name: str = "", **more: t.Any) -> dict[str, t.Any]:
    """Changes: the public URL accepts the handshake, with the headers of an edge."""
    headers = ACCEPTING[name][0] if name else []
    seen = {"path": "/", "outcome": "open", "status": 101, "first_byte_ms": 2.0, "url": URL}
    return {"service__public_url": URL, PUBLIC: {**seen, "headers": _pairs(headers), **more}}


def cut(name: str, seconds: float, here: dict[str, t.Any] | None = None, **more: t.Any) -> dict[str, t.Any]:
    """Changes: a connection at the public URL was cut after so long, on the host it was not, or as given."""
    gone = {"how": "eof", "code": None, "reason": ""}
    hold = {"wanted_s": 700.0, "held_s": seconds, "ended": gone, "pinged": False, "pong_ms": None}
    open_still = {"wanted_s": 700.0, "held_s": 700.0, "ended": None, "pinged": True, "pong_ms": 0.8}
    return {
        "service__websocket__hold": 700,
        "evidence__websocket__conversation__hold": open_still if here is None else here,
        **accepted(name, hold=hold, **more),
    }


def over_http2(**seen: t.Any) -> dict[str, t.Any]:
    """Changes: what was seen of HTTP/2 at a public URL that accepts the handshake over HTTP/1.1."""
    record = {"outcome": "answered", "advertised": True, "status": 405, "code": None, "ms": 3.1}
    return accepted(http2={**record, **seen})
