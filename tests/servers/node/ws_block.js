// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// The fault process-event-loop-blocked: an echo server whose first GET /block keeps its event loop busy for
// BLOCK_SECONDS. Until then, and after, it is healthy.
const http = require('http');
const { WebSocketServer } = require('ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);
const seconds = Number(process.env.BLOCK_SECONDS || 6);

let blocked = false;
const server = http.createServer((request, response) => {
  response.end('ok', () => {
    if (request.url !== '/block' || blocked) return;
    blocked = true;
    // on a later turn of the loop, so that the answer is out
    setTimeout(() => {
      console.log('computing the report');
      const end = Date.now() + seconds * 1000;
      while (Date.now() < end);
      console.log('report done');
    }, 50);
  });
});
const wss = new WebSocketServer({ server, path: '/ws' });
wss.on('connection', (socket) => {
  console.log('client connected');
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on('close', (code) => console.log(`client disconnected code=${code}`));
  socket.on('error', (error) => console.error(`client error: ${error.message}`));
});

server.listen(port, host, () => console.log(`WebSocket server listening on port ${port}`));
