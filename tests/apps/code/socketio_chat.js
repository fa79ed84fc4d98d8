// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// Socket.IO's tutorial: https://socket.io/docs/v4/tutorial/step-5
const express = require('express');
const { createServer } = require('node:http');
const { Server } = require('socket.io');

const app = express();
const server = createServer(app);
const io = new Server(server);

app.get('/', (req, res) => {
  res.send(`<!DOCTYPE html><html><head><title>Socket.IO chat</title></head><body>
    <ul id="messages"></ul><form id="form" action=""><input id="input" autocomplete="off" /><button>Send</button></form>
    <script src="/socket.io/socket.io.js"></script>
    <script>
      const socket = io();
      socket.on('chat message', (msg) => { console.log(msg); });
    </script></body></html>`);
});

io.on('connection', (socket) => {
  socket.on('chat message', (msg) => {
    io.emit('chat message', msg);
  });
});

server.listen(process.env.PORT, process.env.HOST, () => {
  console.log('server running at http://localhost:' + process.env.PORT);
});
