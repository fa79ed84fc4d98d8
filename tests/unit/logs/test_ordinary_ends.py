# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which stack traces show no error: clients that leave are none."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._logs.ordinary_ends import is_ordinary
from ansible_collections.websocket.health.plugins.module_utils._logs.stack_traces import trace_at

_PYTHON = """Traceback (most recent call last):
  File "/srv/app/main.py", line 51, in websocket_endpoint
    data = await websocket.receive_text()
%s"""
#: The last line of a trace, and whether it is ordinary.
ROOTS = {
    "starlette.websockets.WebSocketDisconnect": True,
    "starlette.websockets.WebSocketDisconnect: (1000, '')": True,
    "starlette.websockets.WebSocketDisconnect: (<CloseCode.NO_STATUS_RCVD: 1005>, '')": True,
    "starlette.websockets.WebSocketDisconnect: (1005, '')": True,
    "starlette.websockets.WebSocketDisconnect: (1011, 'no database')": False,
    "starlette.websockets.WebSocketDisconnect: (1009, 'message too big')": False,
    "falcon.errors.WebSocketDisconnected": True,
    "litestar.exceptions.websocket_exceptions.WebSocketDisconnect: disconnect event": False,
    "websockets.exceptions.ConnectionClosedOK: received 1000 (OK); then sent 1000 (OK)": True,
    "websockets.exceptions.ConnectionClosedOK: received 1001 (going away); then sent 1001 (going away)": True,
    "websockets.exceptions.ConnectionClosedError: sent 1011 (internal error) keepalive ping timeout; no close frame received": False,
    "simple_websocket.errors.ConnectionClosed: Connection closed: 1000 ": True,
    "simple_websocket.errors.ConnectionClosed: Connection closed: 1009 Message is too big": False,
    "geventwebsocket.exceptions.WebSocketError: Socket is dead": True,
    "tornado.websocket.WebSocketClosedError": True,
    "ValueError: No route found for path 'api/ws'.": False,
    "ValueError: invalid literal for int() with base 10: 'x'": False,
    "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 6379)": False,
    "KeyError: 'WebSocketDisconnect'": False,
}


@pytest.mark.parametrize("root", ROOTS)
def test_root(root: str) -> None:
    trace = trace_at((_PYTHON % root).splitlines(), 0)
    assert trace is not None
    assert is_ordinary(trace) is ROOTS[root]


def test_a_program_that_died_of_it_has_a_fault() -> None:
    trace = trace_at((_PYTHON % "websockets.exceptions.ConnectionClosedOK: received 1000 (OK)").splitlines(), 0)
    assert trace is not None
    assert not is_ordinary(trace._replace(kind="fatal"))
