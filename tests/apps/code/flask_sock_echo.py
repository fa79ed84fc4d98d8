# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flask-Sock's quick start and example: https://flask-sock.readthedocs.io/en/latest/quickstart.html"""

from flask import Flask
from flask_sock import Sock

app = Flask(__name__)
sock = Sock(app)

PAGE = """<!doctype html>
<html>
  <body>
    <h1>Flask-Sock Demo</h1>
    <div id="log"></div>
    <script>
      const socket = new WebSocket('ws://' + location.host + '/echo');
      socket.addEventListener('message', ev => {
        document.getElementById('log').innerText += ev.data;
      });
    </script>
  </body>
</html>"""


@app.route("/")
def index():
    return PAGE


@sock.route("/echo")
def echo(ws):
    while True:
        data = ws.receive()
        ws.send(data)
