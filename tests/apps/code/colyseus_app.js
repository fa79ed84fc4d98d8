// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// A Colyseus server with a room: https://docs.colyseus.io/server
const http = require('http');
const express = require('express');
const { Server, Room } = require('@colyseus/core');
const { WebSocketTransport } = require('@colyseus/ws-transport');

class MyRoom extends Room {
  onCreate() {
    this.onMessage('type', (client, message) => {});
  }
}

const app = express();
const gameServer = new Server({ transport: new WebSocketTransport({ server: http.createServer(app) }) });
gameServer.define('my_room', MyRoom);
gameServer.listen(Number(process.env.PORT), process.env.HOST);
