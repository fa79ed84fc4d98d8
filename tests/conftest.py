# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the checkout importable as ``ansible_collections.websocket.health`` for every test."""

from __future__ import annotations

import os
import pathlib
import sys
import typing as t

import pytest

from tests.interrupt import unwinding

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
TREE = CHECKOUT / ".cache" / "tree"


def link_collection() -> pathlib.Path:
    """A directory for ``ANSIBLE_COLLECTIONS_PATH`` in which the collection is this checkout."""
    link = TREE / "ansible_collections" / "websocket" / "health"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() and not link.exists():
        link.symlink_to(CHECKOUT, target_is_directory=True)
    return TREE


sys.path.insert(0, str(link_collection()))


def pytest_configure() -> None:
    """Whatever stops pytest, fixtures end what they started."""
    unwinding()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> t.Iterator[None]:
    """With CI=true nothing may be skipped: what could not run has not passed."""
    outcome = yield
    report = t.cast(t.Any, outcome).get_result()
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI=true forbids: {report.longrepr}"
