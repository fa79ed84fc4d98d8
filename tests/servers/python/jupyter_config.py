# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configuration of a Jupyter server without kernels in use: the WebSocket of its events is /api/events/subscribe.

TOKEN (default: none is asked for), ALLOW_ORIGIN (allow_origin; default: the page's own), BASE_URL, ALLOW_REMOTE=0 (other
names in Host than those of this machine are refused).
"""

import os

c = get_config()  # noqa: F821  (Jupyter defines it)
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True
c.ServerApp.port_retries = 0
c.ServerApp.root_dir = os.path.dirname(__file__)
c.ServerApp.allow_remote_access = os.environ.get("ALLOW_REMOTE") != "0"
c.ServerApp.allow_origin = os.environ.get("ALLOW_ORIGIN", "")
c.ServerApp.base_url = os.environ.get("BASE_URL", "/")
c.IdentityProvider.token = os.environ.get("TOKEN", "")
c.ServerApp.terminals_enabled = False
