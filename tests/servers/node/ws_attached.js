// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// The usual shape: Express and ws share one HTTP server, WebSocket on /ws.
// Environment: MAX_PAYLOAD (bytes; longer messages end in 1009), SUBPROTOCOLS (separated by commas: the first that a client
// offers is selected; without, that of the client), DEFLATE=1 (permessage-deflate), IDLE_SECONDS (then it ends the connection).
const http = require('http');
const express = require('express');
const { WebSocketServer } = require('ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const app = express();
app.get('/', (request, response) => response.send('<!doctype html><title>chat</title>'));
app.get('/health', (request, response) => response.json({ status: 'ok' }));

const server = http.createServer(app);
const options = { server, path: '/ws', perMessageDeflate: process.env.DEFLATE === '1' };
if (process.env.MAX_PAYLOAD) options.maxPayload = Number(process.env.MAX_PAYLOAD);
if (process.env.SUBPROTOCOLS) {
  const spoken = process.env.SUBPROTOCOLS.split(',');
  options.handleProtocols = (offered) => spoken.find((name) => offered.has(name)) || false;
}
const idle = Number(process.env.IDLE_SECONDS || 0) * 1000;
const wss = new WebSocketServer(options);
console.log('WebSocket server initialised on path /ws');

wss.on('connection', (socket, request) => {
  console.log(`client connected from ${request.socket.remoteAddress}`);
  const wait = () => idle && setTimeout(() => socket.close(1001, 'idle'), idle);
  let timer = wait();
  socket.on('message', (data, isBinary) => {
    clearTimeout(timer);
    timer = wait();
    console.log(`message received: ${data.length} bytes`);
    socket.send(data, { binary: isBinary });
  });
  socket.on('close', (code) => {
    clearTimeout(timer);
    console.log(`client disconnected code=${code}`);
  });
  socket.on('error', (error) => console.error(`client error: ${error.message}`));
});

server.listen(port, host, () => console.log(`Server listening on port ${port}`));
