# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands for a VNC server behind websockify: it says its version, as RFB begins (RFC 6143, 7.1.1)."""

import socketserver


class Rfb(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"RFB 003.008\n")
        self.request.recv(64)


socketserver.ThreadingTCPServer(("127.0.0.1", 5900), Rfb).serve_forever()
