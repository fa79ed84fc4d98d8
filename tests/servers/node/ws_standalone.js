// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// ws with a port of its own: no HTTP server beside it, every path is accepted.
const { WebSocketServer } = require('ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const wss = new WebSocketServer({ host, port }, () => {
  console.log(`WebSocket server listening on port ${port}`);
});

wss.on('connection', (socket, request) => {
  console.log(`client connected from ${request.socket.remoteAddress} path ${request.url}`);
  socket.on('message', (data, isBinary) => {
    console.log(`message received: ${data.length} bytes`);
    socket.send(data, { binary: isBinary });
  });
  socket.on('close', (code) => console.log(`client disconnected code=${code}`));
  socket.on('error', (error) => console.error(`client error: ${error.message}`));
});
