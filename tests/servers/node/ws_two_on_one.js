// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// The fault ws-two-servers-one-http: both answer every upgrade. A client of the first path gets its 101 and
// then the second server's "HTTP/1.1 400" inside the stream; one of the second path gets a plain 400.
const http = require('http');
const { WebSocketServer } = require('ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const server = http.createServer((request, response) => response.end('hello'));
for (const path of ['/ws', '/notifications']) {
  const wss = new WebSocketServer({ server, path });
  wss.on('connection', (socket) => {
    console.log(`client connected on ${path}`);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('close', (code) => console.log(`client disconnected code=${code}`));
    socket.on('error', (error) => console.error(`client error: ${error.message}`));
  });
}

server.listen(port, host, () => console.log(`Server listening on port ${port}`));
