# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which process the programs of an app run."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._electron.roles import Roles

FILES = {
    "main.js": "require('./lib/conn'); const {fork} = require('child_process'); fork(path.join(__dirname, 'worker.js'))",
    "lib/conn.js": "const { WebSocket } = require('ws'); import('./deep.mjs')",
    "lib/deep.mjs": "new WebSocket(u)",
    "worker.js": "new WebSocket(u)",
    "ui/app.js": "import { dial } from './dial'; import '../shared.js'",
    "ui/dial.js": "export const dial = () => new WebSocket(u)",
    "ui/chunk-4711.js": "new WebSocket(u)",
    "shared.js": "export default 1",
    "plugins/loaded-by-name.js": "require('fs')",
}
SCRIPTS = ["./app.js?v=3"]


def _roles(page: str = "ui/index.html") -> dict[str, str]:
    roles = Roles([*FILES, page])
    for name, text in FILES.items():
        roles.add_program(name, text.encode())
    roles.add_page(page, SCRIPTS)
    tell = roles.tell({"main.js"})
    return {name: tell(name) for name in FILES}


def test_scripts_have_the_role_of_what_loads_them() -> None:
    assert _roles() == {
        "main.js": "main",
        "lib/conn.js": "main",
        "lib/deep.mjs": "main",
        "worker.js": "main",
        "ui/app.js": "renderer",
        "ui/dial.js": "renderer",
        "ui/chunk-4711.js": "renderer",
        "shared.js": "renderer",
        "plugins/loaded-by-name.js": "unknown",
    }


def test_what_both_load_is_unknown() -> None:
    roles = Roles(FILES)
    for name, text in {**FILES, "main.js": "require('./shared')"}.items():
        roles.add_program(name, text.encode())
    roles.add_page("ui/index.html", SCRIPTS)
    assert roles.tell({"main.js"})("shared.js") == "unknown"


@pytest.mark.parametrize(
    "source", ["/ui/app.js", "ui/app.js", "https://elsewhere.example/app.js", "../../../etc/passwd", ""]
)
def test_paths_of_scripts(source: str) -> None:
    roles = Roles(FILES)
    roles.add_page("index.html", [source])
    assert roles.tell(())("ui/app.js") == "renderer"


def test_without_a_page_a_script_s_role_is_unknown() -> None:
    roles = Roles(FILES)
    roles.add_program("worker.js", b"new WebSocket(u)")
    assert roles.tell({"main.js"})("worker.js") == "unknown"
