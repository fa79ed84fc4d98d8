// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// The fault server-websocket-not-attached: app.listen() makes an HTTP server of its own, and the one that
// ws hangs on never listens. Logs look healthy; the client gets "Cannot GET /ws".
const http = require('http');
const express = require('express');
const { WebSocketServer } = require('ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const app = express();
app.get('/health', (request, response) => response.json({ status: 'ok' }));

const wss = new WebSocketServer({ noServer: true, path: '/ws' });
const server = http.createServer(app);
server.on('upgrade', (request, socket, head) => {
  wss.handleUpgrade(request, socket, head, (client) => wss.emit('connection', client, request));
});
wss.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
console.log('WebSocket server initialised on path /ws');

app.listen(port, host, (error) => {
  if (error) throw error;
  console.log(`Server listening on port ${port}`);
});
