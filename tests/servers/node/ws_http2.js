// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// wss:// with HTTP/2 beside it: ws answers HTTP/1.1, and an extended CONNECT over HTTP/2 gets the status of CONNECT.
const fs = require('fs');
const http2 = require('http2');
const { WebSocketServer } = require('ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);
const status = Number(process.env.CONNECT || 405);

const server = http2.createSecureServer({
  allowHTTP1: true,
  key: fs.readFileSync(process.env.KEY),
  cert: fs.readFileSync(process.env.CERT),
  settings: { enableConnectProtocol: true },
});
server.on('stream', (stream, headers) => {
  stream.on('error', () => {});
  console.log(`stream ${headers[':method']} ${headers[':protocol'] || ''} answered by ${status}`);
  // A WebSocket stays open after its 200.
  stream.respond({ ':status': status }, { endStream: status !== 200 });
});

const wss = new WebSocketServer({ server });
wss.on('connection', (socket) => {
  console.log('client connected');
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  socket.on('error', (error) => console.error(`client error: ${error.message}`));
});
server.listen(port, host, () => console.log(`Server listening on port ${port}`));
