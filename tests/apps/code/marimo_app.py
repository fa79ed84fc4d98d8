# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A notebook of marimo."""

import marimo

app = marimo.App()


@app.cell
def _():
    return 1 + 1


if __name__ == "__main__":
    app.run()
