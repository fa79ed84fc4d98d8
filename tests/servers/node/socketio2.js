// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// Socket.IO 2 (Engine.IO protocol 3): clients of version 3 and newer can't talk to it.
const http = require('http');
const socketio = require('socket.io-v2');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const server = http.createServer();
const io = socketio(server);

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
