// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// Socket.IO 4 (Engine.IO protocol 4) on its default path.
const http = require('http');
const { Server } = require('socket.io');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const server = http.createServer();
const io = new Server(server);

io.on('connection', (socket) => {
  console.log(`client connected ${socket.id}`);
  socket.on('echo', (value, acknowledge) => {
    console.log('event echo');
    if (typeof acknowledge === 'function') acknowledge(value);
    else socket.emit('echo', value);
  });
  socket.on('disconnect', (reason) => console.log(`client disconnected ${reason}`));
});

server.listen(port, host, () => console.log(`Socket.IO server listening on port ${port}`));
