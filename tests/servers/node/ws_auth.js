// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// Asks for "Authorization: Bearer TOKEN" (TOKEN from the environment) before it upgrades; 401 without.
const http = require('http');
const { WebSocketServer } = require('ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);
const token = process.env.TOKEN || 'open-sesame';

const server = http.createServer((request, response) => response.end('hello'));
const wss = new WebSocketServer({ noServer: true });

server.on('upgrade', (request, socket, head) => {
  if (request.headers.authorization !== `Bearer ${token}`) {
    console.log('client rejected: unauthorized');
    socket.end('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  wss.handleUpgrade(request, socket, head, (client) => wss.emit('connection', client, request));
});
wss.on('connection', (socket) => {
  console.log('client connected');
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on('close', (code) => console.log(`client disconnected code=${code}`));
  socket.on('error', (error) => console.error(`client error: ${error.message}`));
});

server.listen(port, host, () => console.log(`WebSocket server listening on port ${port}`));
