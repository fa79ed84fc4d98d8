# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""NiceGUI's first example: https://nicegui.io/documentation"""

import os

from nicegui import ui

ui.label("Hello NiceGUI!")
ui.run(host=os.environ["HOST"], port=int(os.environ["PORT"]), show=False, reload=False)
