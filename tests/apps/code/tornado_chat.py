# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tornado's demo "websocket": https://github.com/tornadoweb/tornado/tree/stable/demos/websocket"""

import asyncio
import logging
import os
import uuid

import tornado.escape
import tornado.web
import tornado.websocket
from tornado.options import parse_command_line

PAGE = """<!DOCTYPE html>
<html><head><title>Tornado Chat Demo</title></head><body><div id="inbox"></div>
<script src="/static/chat.js" type="text/javascript"></script></body></html>"""
SCRIPT = """var updater = {
    socket: null,
    start: function() {
        var url = "ws://" + location.host + "/chatsocket";
        updater.socket = new WebSocket(url);
        updater.socket.onmessage = function(event) {
            updater.showMessage(JSON.parse(event.data));
        }
    },
    showMessage: function(message) { console.log(message); }
};
updater.start();
"""


class MainHandler(tornado.web.RequestHandler):
    def get(self):
        self.write(PAGE)


class ScriptHandler(tornado.web.RequestHandler):
    def get(self):
        self.set_header("Content-Type", "text/javascript")
        self.write(SCRIPT)


class ChatSocketHandler(tornado.websocket.WebSocketHandler):
    waiters = set()
    cache = []

    def get_compression_options(self):
        return {}

    def open(self):
        ChatSocketHandler.waiters.add(self)

    def on_close(self):
        ChatSocketHandler.waiters.remove(self)

    def on_message(self, message):
        logging.info("got message %r", message)
        parsed = tornado.escape.json_decode(message)
        chat = {"id": str(uuid.uuid4()), "body": parsed["body"]}
        ChatSocketHandler.cache.append(chat)
        for waiter in ChatSocketHandler.waiters:
            waiter.write_message(chat)


async def main():
    parse_command_line([])
    app = tornado.web.Application(
        [(r"/", MainHandler), (r"/static/chat.js", ScriptHandler), (r"/chatsocket", ChatSocketHandler)],
        cookie_secret="__TODO:_GENERATE_YOUR_OWN_RANDOM_VALUE_HERE__",
    )
    app.listen(int(os.environ["PORT"]), os.environ["HOST"])
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
