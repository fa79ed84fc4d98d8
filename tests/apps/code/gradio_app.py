# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gradio's quick start: https://www.gradio.app/guides/quickstart (its events are server-sent, not a WebSocket)"""

import os

import gradio as gr


def greet(name, intensity):
    return "Hello, " + name + "!" * int(intensity)


demo = gr.Interface(fn=greet, inputs=["text", "slider"], outputs=["text"])
demo.launch(server_name=os.environ["HOST"], server_port=int(os.environ["PORT"]))
