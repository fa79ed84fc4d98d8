// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// The usual shape: Express and ws share one HTTP server, WebSocket on /ws.
const http = require('http');
const express = require('express');
const { WebSocketServer } = require('ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const app = express();
app.get('/', (request, response) => response.send('<!doctype html><title>chat</title>'));
app.get('/health', (request, response) => response.json({ status: 'ok' }));

const server = http.createServer(app);
const wss = new WebSocketServer({ server, path: '/ws' });
console.log('WebSocket server initialised on path /ws');

wss.on('connection', (socket, request) => {
  console.log(`client connected from ${request.socket.remoteAddress}`);
  socket.on('message', (data, isBinary) => {
    console.log(`message received: ${data.length} bytes`);
    socket.send(data, { binary: isBinary });
  });
  socket.on('close', (code) => console.log(`client disconnected code=${code}`));
  socket.on('error', (error) => console.error(`client error: ${error.message}`));
});

server.listen(port, host, () => console.log(`Server listening on port ${port}`));
