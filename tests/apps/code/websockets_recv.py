# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The websockets library's tutorial, first part: a handler that receives in a loop and prints."""

import asyncio
import os

from websockets.asyncio.server import serve


async def handler(websocket):
    while True:
        message = await websocket.recv()
        print(message)


async def main():
    async with serve(handler, os.environ["HOST"], int(os.environ["PORT"])) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
