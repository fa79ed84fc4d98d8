# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Panel's getting started, shortened."""

import panel as pn

pn.extension()
pn.Column("# Hello", pn.widgets.IntSlider(name="x", start=0, end=10)).servable()
