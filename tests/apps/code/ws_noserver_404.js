// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// ws attached by hand, 404 for every other path; the page beside it says where it is
const { createServer } = require('http');
const { WebSocketServer } = require('ws');

const server = createServer((request, response) => {
  if (request.url === '/') {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><script type="module" src="/assets/index-4f2a.js"></script>');
  } else if (request.url === '/assets/index-4f2a.js') {
    response.setHeader('Content-Type', 'text/javascript');
    response.end('const p=location.protocol==="https:"?"wss:":"ws:";const s=new WebSocket(`${p}//${location.host}/rt/events`);s.onmessage=console.log');
  } else {
    response.statusCode = 404;
    response.end('not found');
  }
});
const wss = new WebSocketServer({ noServer: true });

wss.on('connection', (ws) => {
  ws.on('error', console.error);
  ws.send(JSON.stringify({ type: 'hello' }));
});

server.on('upgrade', (request, socket, head) => {
  if (request.url === '/rt/events') {
    wss.handleUpgrade(request, socket, head, (ws) => wss.emit('connection', ws, request));
  } else {
    socket.write('HTTP/1.1 404 Not Found\r\n\r\n');
    socket.destroy();
  }
});

server.listen(process.env.PORT, process.env.HOST);
