// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// ws with its option path: https://github.com/websockets/ws/blob/master/doc/ws.md
const { WebSocketServer } = require('ws');

const wss = new WebSocketServer({ port: Number(process.env.PORT), host: process.env.HOST, path: '/live' });

wss.on('connection', function connection(ws) {
  ws.on('error', console.error);
  ws.on('message', function message(data) {
    console.log('received: %s', data);
  });
  ws.send('something');
});
