# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that the workers of a run share, until its report is written."""

from __future__ import annotations

import pathlib

import pytest
from ansible import constants
from ansible_collections.websocket.health.plugins.plugin_utils._controller.once_per_run import (
    forget_answers,
    once_per_run,
)


def test_asked_once_until_the_report_is_written(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    asked: list[str] = []

    def ask() -> str:
        asked.append("")
        return f"release {len(asked)}"

    assert [once_per_run("wss://a", ask, 5) for _time in range(3)] == ["release 1"] * 3
    forget_answers()
    assert [once_per_run("wss://a", ask, 5) for _time in range(2)] == ["release 2"] * 2
    # Nothing of another's in that directory is touched.
    (tmp_path / "websocket-health-browser-1.lock").touch()
    (tmp_path / "other").touch()
    forget_answers()
    assert {path.name for path in tmp_path.iterdir()} >= {"websocket-health-browser-1.lock", "other"}
