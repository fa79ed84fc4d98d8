# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Solara's quick start: https://solara.dev/documentation/getting_started"""

import solara

clicks = solara.reactive(0)


@solara.component
def Page():
    solara.Button(label=f"Clicked: {clicks.value}", on_click=lambda: clicks.set(clicks.value + 1))
