// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// @hono/node-ws' README
const { createNodeWebSocket } = require('@hono/node-ws');
const { Hono } = require('hono');
const { serve } = require('@hono/node-server');

const app = new Hono();
const { injectWebSocket, upgradeWebSocket } = createNodeWebSocket({ app });

app.get(
  '/ws',
  upgradeWebSocket((c) => ({
    onMessage(event, ws) {
      console.log(`Message from client: ${event.data}`);
      ws.send('Hello from server!');
    },
    onClose: () => {
      console.log('Connection closed');
    },
  })),
);

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: process.env.HOST });
injectWebSocket(server);
