# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API of FastAPI whose WebSocket is on a path of its own, with no page."""

import asyncio

from fastapi import APIRouter, FastAPI, WebSocket

app = FastAPI()
router = APIRouter(prefix="/api/v2")


@router.get("/health")
async def health():
    return {"status": "ok"}


@router.websocket("/stream")
async def stream(websocket: WebSocket):
    await websocket.accept()
    number = 0
    while True:
        await websocket.send_json({"number": number})
        number += 1
        await asyncio.sleep(1)


app.include_router(router)
