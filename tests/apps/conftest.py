# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the table at the end."""

from __future__ import annotations

import typing as t

from tests.apps.applications import CACHE


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """The table of this session's run."""
    path = CACHE.parent / "apps.txt"
    if path.exists() and any(
        "tests/apps" in report.nodeid
        for kind in ("passed", "failed")
        for report in terminalreporter.stats.get(kind, ())
    ):
        terminalreporter.section("applications")
        terminalreporter.write_line(path.read_text(encoding="utf-8"))
