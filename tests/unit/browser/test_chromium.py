# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program is found, or its absence is told; its command line; what is said of one that ends at once."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.websocket.health.plugins.module_utils._browser.chromium import (
    CannotStart,
    command_line,
    find,
    why_not,
)


def _program(folder: pathlib.Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_chromium_is_preferred_to_google_chrome(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStart, match="no Chromium found"):
        find(None)
    chrome = _program(tmp_path, "google-chrome")
    assert find(None) == chrome
    chromium = _program(tmp_path, "chromium")
    assert find(None) == chromium


def test_a_configured_browser_is_used_or_named_as_missing(tmp_path: pathlib.Path) -> None:
    own = _program(tmp_path, "own")
    assert find(own) == own
    with pytest.raises(CannotStart, match="is not an executable program") as error:
        find(str(tmp_path / "absent"))
    assert "chromium.path" in error.value.remedy


def test_the_sandbox_is_off_for_whom_asks_for_that_alone() -> None:
    assert "--no-sandbox" not in command_line("x")
    assert command_line("x", ["--no-sandbox"])[-1] == "--no-sandbox"


def test_no_proxy_of_the_environment_unless_one_is_asked_for() -> None:
    assert "--no-proxy-server" in command_line("x")
    assert "--no-proxy-server" not in command_line("x", ["--proxy-server=p:3128"])
    assert command_line("x", ["--one", "--two"])[-2:] == ["--one", "--two"]


def test_the_remedy_depends_on_why_the_browser_did_not_start() -> None:
    for complaint in (
        "FATAL:zygote_host_impl_linux.cc(128)] No usable sandbox!",
        "FATAL:zygote_host_impl_linux.cc:205] Check failed: . : Operation not permitted (1)",
        "Failed to move to new namespace: PID namespaces supported, but failed: errno = Operation not permitted",
        "FATAL:credentials.cc:131] Check failed: . : Permission denied (13)",
    ):
        assert "--no-sandbox" in why_not("/c", complaint).remedy
    assert "chromium.user" in why_not("/c", "cannot start /c: Permission denied").remedy
    assert "CAP_SETUID" in why_not("/c", "cannot become user 9: Operation not permitted").remedy
    assert "/c --version" in why_not("/c", "cannot open display").remedy
    assert str(why_not("/c", "")) == "/c exited immediately: without a message"
