# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives that the packer of Electron makes are read byte by byte, and hostile ones do no harm."""

from __future__ import annotations

import json
import pathlib
import struct
import subprocess
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._electron.asar import (
    Archive,
    BadArchive,
    Folder,
    open_app,
)

from tests.servers.catalogue import CACHE

FILES = {
    "package.json": b'{"name": "chat", "main": "main.js"}',
    "main.js": b"new BrowserWindow()",
    "empty.txt": b"",
    "deep/er/page.html": "<p>\u00e9</p>".encode(),
    "native/addon.node": bytes(range(256)) * 40,
}
_PACK = "require('@electron/asar').createPackageWithOptions(process.argv[1], process.argv[2], {unpack: '*.node'})"


def _tree(folder: pathlib.Path) -> pathlib.Path:
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "link.js").symlink_to("main.js")
    return folder


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """An archive made by Electron's own tool, with one file left beside it."""
    folder = tmp_path_factory.mktemp("app")
    archive = folder / "resources" / "app.asar"
    archive.parent.mkdir()
    command = ["node", "-e", _PACK, str(_tree(folder / "source")), str(archive)]
    subprocess.run(command, cwd=CACHE / "node", check=True, timeout=60)
    return archive


@pytest.mark.servers("node")
def test_what_electron_packs_is_read(packed: pathlib.Path) -> None:
    archive = Archive(str(packed))
    assert set(archive.names()) == set(FILES)
    for name, data in FILES.items():
        assert archive.read(name, 1 << 20) == data
    assert archive.read("main.js", 3) == b"new"
    assert archive.read("link.js", 99) == FILES["main.js"]
    assert archive.read("nothing.js", 99) is None


@pytest.mark.servers("node")
def test_an_app_is_found_where_it_is_installed(packed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    assert isinstance(open_app(str(packed)), Archive)
    assert open_app(str(packed.parents[1])).path == str(packed)
    assert isinstance(open_app(str(_tree(tmp_path / "plain"))), Folder)
    with pytest.raises(BadArchive, match="neither package.json nor app.asar"):
        open_app(str(tmp_path))
    with pytest.raises(FileNotFoundError):
        open_app(str(tmp_path / "gone.asar"))


def _archive(path: pathlib.Path, header: t.Any, data: bytes = b"", **sizes: int) -> str:
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    padded = text + b"\0" * (-len(text) % 4)
    outer = sizes.get("outer", len(padded) + 8)
    path.write_bytes(struct.pack("<4I", 4, outer, len(padded) + 4, sizes.get("length", len(text))) + padded + data)
    return str(path)


@pytest.mark.parametrize(
    ("header", "sizes"),
    [
        (b"not json", {}),
        (b"[" * 100000, {}),
        ({"files": {}}, {"outer": 1 << 31}),
        ({"files": {}}, {"length": (1 << 32) - 1}),
    ],
)
def test_a_broken_archive_raises(tmp_path: pathlib.Path, header: t.Any, sizes: dict[str, int]) -> None:
    with pytest.raises(BadArchive):
        Archive(_archive(tmp_path / "a.asar", header, **sizes))
    (tmp_path / "short.asar").write_bytes(b"abc")
    with pytest.raises(BadArchive):
        Archive(str(tmp_path / "short.asar"))


def test_names_offsets_and_links_are_not_believed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret.txt").write_text("cAnArY")
    nested: dict[str, t.Any] = {"files": {"x.js": {"size": 1, "offset": "0"}}}
    for _level in range(60):
        nested = {"files": {"d": nested}}
    header = {
        "files": {
            "..": {"files": {"secret.txt": {"size": 6, "unpacked": True}}},
            "../secret.txt": {"size": 6, "unpacked": True},
            "a\\b": {"size": 1, "offset": "0"},
            "outside.js": {"size": 99999, "offset": "0"},
            "negative.js": {"size": -1, "offset": "0"},
            "number.js": {"size": 1, "offset": 0},
            "huge.js": {"size": 1, "offset": "9" * 40},
            "loop": {"link": "loop"},
            "one": {"link": "two"},
            "two": {"link": "one"},
            "out": {"link": "../secret.txt"},
            "list.js": [1],
            "good.js": {"size": 4, "offset": "0"},
            "deep": nested,
        }
    }
    archive = Archive(_archive(tmp_path / "a.asar", header, b"good"))
    assert archive.names() == ["good.js"]
    assert archive.read("good.js", 99) == b"good"
    for name in ("loop", "one", "out", "../secret.txt"):
        assert archive.read(name, 99) is None


def test_what_is_unpacked_does_not_lead_out(tmp_path: pathlib.Path) -> None:
    (tmp_path / "secret.txt").write_text("cAnArY")
    beside = tmp_path / "a.asar.unpacked"
    beside.mkdir()
    (beside / "link.txt").symlink_to(tmp_path / "secret.txt")
    archive = Archive(_archive(tmp_path / "a.asar", {"files": {"link.txt": {"size": 6, "unpacked": True}}}))
    assert archive.read("link.txt", 99) is None
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "link.js").symlink_to(tmp_path / "secret.txt")
    assert Folder(str(plain)).read("link.js", 99) is None
