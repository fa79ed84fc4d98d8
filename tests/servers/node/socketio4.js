// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// Socket.IO 4 (Engine.IO protocol 4) on its default path.
// Environment: CORS_ORIGIN (separated by commas; cors.origin: none is refused, browsers miss a header), REJECT_ORIGIN=1
// (allowRequest refuses other origins than those with 403), TRANSPORTS (separated by commas), REJECT=1 (a middleware refuses),
// NAMESPACE (the events are there and not in /; the middleware is, too), ALLOW_EIO3=1, MAX_HTTP_BUFFER (bytes), SOCKETIO_PATH.
const http = require('http');
const { Server } = require('socket.io');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);

const list = (name) => (process.env[name] ? process.env[name].split(',') : undefined);
const origins = list('CORS_ORIGIN');
const options = {
  cors: origins && { origin: origins },
  transports: list('TRANSPORTS'),
  allowEIO3: process.env.ALLOW_EIO3 === '1',
  maxHttpBufferSize: process.env.MAX_HTTP_BUFFER && Number(process.env.MAX_HTTP_BUFFER),
  path: process.env.SOCKETIO_PATH,
  allowRequest:
    process.env.REJECT_ORIGIN === '1' &&
    ((request, done) => done('origin not allowed', (origins || []).includes(request.headers.origin))),
};
for (const name of Object.keys(options)) if (!options[name]) delete options[name];

const server = http.createServer();
const io = new Server(server, options);
const namespace = io.of(process.env.NAMESPACE || '/');

namespace.use((socket, next) => next(process.env.REJECT === '1' ? new Error('not authorized') : undefined));
namespace.on('connection', (socket) => {
  console.log(`client connected ${socket.id}`);
  socket.on('echo', (value, acknowledge) => {
    console.log('event echo');
    if (typeof acknowledge === 'function') acknowledge(value);
    else socket.emit('echo', value);
  });
  socket.on('disconnect', (reason) => console.log(`client disconnected ${reason}`));
});

server.listen(port, host, () => console.log(`Socket.IO server listening on port ${port}`));
