# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real, healthy applications: never red, never warned of, and the same three times."""

from __future__ import annotations

import os
import pathlib
import typing as t

import pytest

from tests.apps.applications import CACHE, Application, load_all
from tests.apps.asking import Asked, ask, kept, table
from tests.integration.conftest import lab_needs_root, selected

APPLICATIONS = load_all()
#: Without APPS=all the light ones: what is quickly installed and started.
CHOSEN = [one for one in APPLICATIONS if os.environ.get("APPS") == "all" or not one.heavy]


@pytest.fixture(scope="session")
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[list[Asked]]:
    """All selected applications, asked."""
    lab_needs_root()
    directory = tmp_path_factory.mktemp("apps")
    found = ask(selected(request, "application"), directory)
    cache = pathlib.Path(CACHE).parent
    (cache / "apps.txt").write_text(table(found) + "\n", encoding="utf-8")
    kept(found, cache / "apps.json")
    yield found


def test_enough_are_asked() -> None:
    assert len(APPLICATIONS) >= 40, len(APPLICATIONS)
    assert len([one for one in APPLICATIONS if not one.heavy]) >= 25


@pytest.mark.parametrize("application", CHOSEN, ids=lambda application: application.name)
def test_application(application: Application, asked: list[Asked]) -> None:
    complaints = [
        f"{one.way}: {one.complaint}" for one in asked if one.application.name == application.name and one.complaint
    ]
    assert not complaints, "{}: {}".format(application.title, "\n".join(complaints))
