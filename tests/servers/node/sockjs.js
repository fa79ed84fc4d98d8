// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// SockJS on the prefix /echo: /echo/websocket is raw, /echo/000/SESSION/websocket is framed.
const http = require('http');
const sockjs = require('sockjs');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const echo = sockjs.createServer({ prefix: '/echo', log: (severity, line) => console.log(`${severity} ${line}`) });
echo.on('connection', (connection) => {
  if (!connection) return;
  console.log(`client connected ${connection.id}`);
  connection.on('data', (message) => connection.write(message));
  connection.on('close', () => console.log('client disconnected'));
});

const server = http.createServer();
echo.installHandlers(server);
server.listen(port, host, () => console.log(`SockJS server listening on port ${port}`));
