# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Litestar's documentation, "Websocket listeners": https://docs.litestar.dev/latest/usage/websockets.html"""

from litestar import Litestar
from litestar.handlers.websocket_handlers import websocket_listener


@websocket_listener("/listener")
async def handler(data: str) -> str:
    return data


app = Litestar([handler])
