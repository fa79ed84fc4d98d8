# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Streamlit's "Create an app", shortened."""

import streamlit as st

st.title("Uber pickups in NYC")
st.slider("hour", 0, 23, 17)
