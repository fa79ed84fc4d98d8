// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// express-ws' README
const express = require('express');
const app = express();
require('express-ws')(app);

app.get('/', function (req, res) {
  res.end();
});

app.ws('/echo', function (ws, req) {
  ws.on('message', function (msg) {
    console.log(msg);
    ws.send(msg);
  });
});

app.listen(process.env.PORT, process.env.HOST);
