// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// sockjs-node's README
const http = require('http');
const sockjs = require('sockjs');

const echo = sockjs.createServer();
echo.on('connection', function (conn) {
  conn.on('data', function (message) {
    conn.write(message);
  });
  conn.on('close', function () {});
});

const server = http.createServer();
echo.installHandlers(server, { prefix: '/echo' });
server.listen(process.env.PORT, process.env.HOST);
