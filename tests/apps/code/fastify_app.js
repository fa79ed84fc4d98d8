// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// @fastify/websocket's README
const fastify = require('fastify')({ logger: true });
fastify.register(require('@fastify/websocket'));
fastify.register(async function (fastify) {
  fastify.get('/hello', { websocket: true }, (socket, req) => {
    socket.on('message', (message) => {
      socket.send('hi from server');
    });
  });
});

fastify.listen({ port: Number(process.env.PORT), host: process.env.HOST }, (err) => {
  if (err) {
    fastify.log.error(err);
    process.exit(1);
  }
});
