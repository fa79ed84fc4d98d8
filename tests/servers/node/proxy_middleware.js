// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';
// http-proxy-middleware in front of an echo server of ws, which it brings along on a port of its own; WebSocket on /ws.
// Environment: WS_UPGRADE: server (default: the HTTP server hands upgrades to it), lazy (ws: true alone: upgrades work only
// once an ordinary request has passed through it), off (ws: false).
// UPSTREAM: URL of a back end that is used instead of its own; CHANGE_ORIGIN=1 (the Host becomes the back end's).
const http = require('http');
const express = require('express');
const { createProxyMiddleware } = require('http-proxy-middleware');
const { WebSocketServer } = require('ws');

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT);
const upgrade = process.env.WS_UPGRADE || 'server';

function serve(target) {
  const proxy = createProxyMiddleware({
    target,
    pathFilter: '/ws',
    changeOrigin: process.env.CHANGE_ORIGIN === '1',
    ws: upgrade === 'lazy',
    logger: console,
  });
  const app = express();
  app.use(proxy);
  app.get('/', (request, response) => response.send('<!doctype html><title>chat</title>'));
  const server = http.createServer(app);
  if (upgrade === 'server') server.on('upgrade', proxy.upgrade);
  server.listen(port, host, () => console.log(`Proxy listening on port ${port}`));
}

if (process.env.UPSTREAM) {
  serve(process.env.UPSTREAM);
} else {
  const behind = http.createServer((request, response) => response.end('behind'));
  const wss = new WebSocketServer({ server: behind, path: '/ws' });
  wss.on('connection', (socket) => {
    console.log('client connected');
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('close', (code) => console.log(`client disconnected code=${code}`));
    socket.on('error', (error) => console.error(`client error: ${error.message}`));
  });
  behind.listen(0, '127.0.0.1', () => serve(`http://127.0.0.1:${behind.address().port}`));
}
