# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Stack traces that show no error: a client went away.

Handlers of tutorials receive in a loop and let the library's exception end it. Servers write it down with the words of an
error, once for each client that leaves, the probes included.
"""

from __future__ import annotations

import typing as t

from .._run.lazy_pattern import LazyPattern

if t.TYPE_CHECKING:  # pragma: no cover
    from .stack_traces import Trace

#: The last line of a trace, as the libraries write it.
_ORDINARY = LazyPattern(
    # Starlette, FastAPI, Litestar, Falcon: bare, or with a code of RFC 6455, section 7.4.1, that is no complaint.
    r"(?:^|\.)WebSocketDisconnect(?:ed)?(?:$|: *(?:\(?(?:<\w+\.\w+: )?(?:1000|1001|1005|1006)\b.*|)$)"
    r"|(?:^|\.)WebSocketDisconnect(?:ed)?: Cannot call \"(?:send|receive)\" once a (?:close|disconnect) message"
    # websockets.
    r"|(?:^|\.)ConnectionClosedOK\b"
    # simple-websocket, which Flask-Sock and Flask-SocketIO use.
    r"|^simple_websocket\.errors\.ConnectionClosed: Connection closed: (?:1000|1001|1005|1006)\b"
    # gevent-websocket.
    r"|WebSocketError: Socket is dead"
    # Tornado, uvicorn, aiohttp: something was written to a connection that had ended.
    r"|(?:^|\.)(?:WebSocketClosedError|ClientDisconnected)\b|ConnectionResetError: Cannot write to closing transport"
)


def is_ordinary(trace: Trace) -> bool:
    """Whether a trace tells of no fault. That of a program which died of it does."""
    return trace.kind != "fatal" and _ORDINARY.search(trace.root) is not None
