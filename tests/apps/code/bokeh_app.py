# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bokeh's example sliders.py, shortened: https://github.com/bokeh/bokeh/blob/branch-3.8/examples/server/app/sliders.py"""

from bokeh.io import curdoc
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, Slider
from bokeh.plotting import figure

source = ColumnDataSource(data={"x": [1, 2, 3], "y": [1, 4, 9]})
plot = figure(height=400, width=400, title="my sine wave")
plot.line("x", "y", source=source)
offset = Slider(title="offset", value=0.0, start=-5.0, end=5.0, step=0.1)


def update(attrname, old, new):
    source.data = {"x": [1, 2, 3], "y": [1 + offset.value, 4, 9]}


offset.on_change("value", update)
curdoc().add_root(column(offset, plot))
curdoc().title = "Sliders"
