# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps and templates that people publish: what is read of them was compared with their programs by hand."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.websocket.health.plugins.module_utils._electron.app import App
from ansible_collections.websocket.health.plugins.module_utils._electron.asar import Folder
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline

from tests.servers.catalogue import CACHE

FOLDER = CACHE / "electron-apps"


def _look(place: str) -> dict[str, t.Any]:
    path = FOLDER / place
    assert path.is_dir(), "python tests/servers/setup.py fetches it"
    return App(Folder(str(path)), str(path), Deadline(20)).look()


#: By window, what its settings say besides the defaults, and its preload script.
WINDOWS: dict[str, list[tuple[dict[str, t.Any], str]]] = {
    "react-devtools/package": [({"contextIsolation": True, "sandbox": False}, "preload.js")],
    "electron-forge-template-base/package/tmpl": [({}, "preload.js")],
    "electron-forge-template-vite/package/tmpl": [({}, "preload.js")],
    "quick-start-create-electron/package/template/vue": [({"sandbox": False}, "../preload/index.js")],
    "svelte-electron/package/templates/js-elec-svelte": [({}, "preload.js")],
    "electron-react-boilerplate/package": [({}, "")],
}


@pytest.mark.parametrize("place", WINDOWS)
def test_windows(place: str) -> None:
    seen = [
        ({name: value for name, value in entry["settings"].items() if value != "default"}, entry["preload"])
        for entry in _look(place)["windows"]
    ]
    assert seen == WINDOWS[place]


def test_a_bundle_with_windows_that_a_spread_decides() -> None:
    seen = _look("nativefier/package/app/lib")["windows"]
    assert [entry["line"] for entry in seen] == [4910, 5789, 6049]
    assert [entry["settings"]["contextIsolation"] for entry in seen] == [False, "unknown", "unknown"]


def test_bridges() -> None:
    vue = _look("quick-start-create-electron/package/template/vue")
    assert [(entry["kind"], entry["name"]) for entry in vue["findings"]] == [("generic", "electron")]
    devtools = _look("react-devtools/package")
    assert devtools["findings"] == []
    assert [(entry["name"], entry["keys"]) for entry in devtools["exposed"]] == [
        ("api", ["electron", "ip", "getDevTools", "readEnv"])
    ]


@pytest.mark.parametrize("place", sorted(path.name for path in FOLDER.glob("*") if path.is_dir()))
def test_no_app_is_too_much(place: str) -> None:
    seen = _look(place)
    assert all(Path(entry["file"]).suffix in (".js", ".cjs", ".mjs", ".jsx") for entry in seen["windows"])
