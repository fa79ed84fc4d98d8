// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// tRPC's documentation "WebSockets": https://trpc.io/docs/server/websockets
const { initTRPC } = require('@trpc/server');
const { applyWSSHandler } = require('@trpc/server/adapters/ws');
const { WebSocketServer } = require('ws');

const t = initTRPC.create();
const appRouter = t.router({ greeting: t.procedure.query(() => 'hello') });

const wss = new WebSocketServer({ port: Number(process.env.PORT), host: process.env.HOST });
const handler = applyWSSHandler({
  wss,
  router: appRouter,
  createContext: () => ({}),
  keepAlive: { enabled: true, pingMs: 30000, pongWaitMs: 5000 },
});

wss.on('connection', (ws) => {
  console.log(`++ Connection (${wss.clients.size})`);
  ws.once('close', () => {
    console.log(`-- Connection (${wss.clients.size})`);
  });
});
console.log(`WebSocket Server listening on ws://localhost:${process.env.PORT}`);
process.on('SIGTERM', () => {
  console.log('SIGTERM');
  handler.broadcastReconnectNotification();
  wss.close();
});
