# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chromium, its tabs, and the pages to open in them."""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.websocket.health.plugins.module_utils._browser import chromium
from ansible_collections.websocket.health.plugins.module_utils._browser.cdp import Protocol
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats.pages import render_html

from tests.browser.reports import REPORTS
from tests.browser.tab import Tab
from tests.unit.browser_pages import everybodys
from tests.unit.report import sample

#: mutants.py hands over templates that it has broken.
TEMPLATES = os.environ.get("WEBSOCKET_HEALTH_TEST_TEMPLATES") or str(sample.TEMPLATES)


@pytest.fixture(scope="session")
def protocol() -> Iterator[Protocol]:
    """One Chromium for all tests; each has a tab and a profile of its own."""
    try:
        program = chromium.find(None)
    except chromium.CannotStart as error:
        # With CI=true tests/conftest.py makes a failure of it.
        pytest.skip(f"{error}; {error.remedy}")
    with chromium.running(program) as found:
        yield found


@pytest.fixture
def tab(protocol: Protocol) -> Iterator[Tab]:
    """A tab; whatever the test is about, its page has nothing to complain about."""
    found = Tab(protocol)
    yield found
    complaints = found.complains()
    found.close()
    assert complaints == []


@pytest.fixture(scope="session")
def shared(protocol: Protocol, page: Callable[[str], pathlib.Path]) -> Iterator[Tab]:
    """A tab with the fleet's page, loaded once."""
    found = Tab(protocol).open(page("fleet"))
    yield found
    found.close()


@pytest.fixture
def kept(shared: Tab) -> Iterator[Tab]:
    """The fleet's page for a test that leaves nothing in it but a view, a search and a medium; it begins at the causes."""
    shared.listen()
    shared.media()
    shared.show("causes")
    yield shared
    assert shared.complains() == []


@pytest.fixture(scope="session")
def page() -> Iterator[Callable[[str], pathlib.Path]]:
    """The file of a report by its name in REPORTS, rendered once, where the browser's user can read it."""
    with everybodys() as directory:
        yield functools.partial(_rendered, directory)


def _rendered(directory: pathlib.Path, name: str) -> pathlib.Path:
    path = directory / f"{name.replace(' ', '-')}.html"
    if not path.exists():
        path.write_text(render_html(REPORTS[name](), TEMPLATES), encoding="utf-8")
    return path
