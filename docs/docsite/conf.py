# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx: the pages of docs/, and the pages that antsibull-docs makes of the plugins. See tests/tools/docsite.sh."""

project = "websocket.health"
copyright = "websocket.health contributors"
title = "websocket.health"
html_title = "WebSocket health"
html_short_title = "websocket.health"

extensions = ["myst_parser"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["docsite", "example"]
# What is told here is one release; the version is in galaxy.yml.
language = "en"
# Commands and configuration stand in plain text, too.
smartquotes = False
myst_heading_anchors = 4
# Files beside the pages (schemas, scenarios) are on the web where the repository is.
suppress_warnings = ["myst.xref_missing", "misc.highlighting_failure"]
html_theme = "furo"
html_show_sphinx = False
html_copy_source = False
html_extra_path = []
pygments_style = "default"
highlight_language = "yaml"
