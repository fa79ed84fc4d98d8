# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roots as they are found on hosts: what is read, what is left out and told, and nothing outside."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._frontend import walk as walk_module

from tests.unit.frontend.source_maps import bundle
from tests.unit.probed_host import Evidence, ask, new_context, probe_with

LOCAL = 'new WebSocket("ws://localhost:3000/ws")'


def _root(folder: pathlib.Path, files: dict[str, str | bytes]) -> pathlib.Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def _probe(root: pathlib.Path, **more: t.Any) -> Evidence:
    service = {"name": "chat", "port": 1, "frontend": {"root": str(root)}, **more}
    return probe_with("frontend", service, new_context(service, 20.0))


def _files(evidence: Evidence) -> list[str]:
    return sorted(entry["file"] for entry in evidence["root"]["findings"])


def _gaps(evidence: Evidence) -> dict[str, str]:
    return {entry["what"]: entry["reason"] for entry in evidence["gaps"]}


def test_without_a_root() -> None:
    service = {"name": "chat", "port": 1}
    assert probe_with("frontend", service, new_context(service))["root"] is None


def test_scripts_pages_and_configured_json_are_read(tmp_path: pathlib.Path) -> None:
    root = _root(
        tmp_path,
        {
            "index.html": f"<script src=/a.js></script><script>{LOCAL};1</script>",
            "a.js": f"{LOCAL};2",
            "deep/er/b.mjs": f"{LOCAL};3",
            "config.json": '{"wsUrl": "ws://localhost:8080"}',
            "other.json": '{"wsUrl": "ws://localhost:8080"}',
            "README.md": LOCAL,
            "a.js.LICENSE.txt": LOCAL,
            "a.js.map": LOCAL,
            "node_modules/x/y.js": LOCAL,
            ".git/x.js": LOCAL,
        },
    )
    evidence = _probe(root)
    assert _files(evidence) == ["a.js", "config.json"]
    assert sum(entry["times"] for entry in evidence["root"]["findings"]) == 4
    assert evidence["root"]["files"] == 4
    assert [entry["src"] for entry in evidence["root"]["scripts"]] == ["/a.js"]
    assert evidence["root"]["scripts"][0]["sha256"]
    assert evidence["gaps"] == []


@pytest.mark.parametrize("form", ["beside", "absolute", "embedded", "elsewhere", "outside"])
def test_the_source_is_named(tmp_path: pathlib.Path, form: str) -> None:
    script, text = bundle({"src/é.ts": "let a='é';", "src/chat.ts": f"\n{LOCAL};"})
    import base64

    target = {
        "beside": "app.js.map",
        "absolute": "/assets/app.js.map?v=1",
        "embedded": "data:application/json;base64," + base64.b64encode(text.encode()).decode(),
        "elsewhere": "https://maps.example.com/app.js.map",
        "outside": "../../app.js.map",
    }[form]
    script = script.replace("app.js.map", target)
    (tmp_path / "app.js.map").write_text(text)
    root = _root(tmp_path / "root", {"assets/app.js": script, "assets/app.js.map": text})
    (finding,) = _probe(root)["root"]["findings"]
    known = form in ("beside", "absolute", "embedded")
    assert finding["original"] == ({"source": "src/chat.ts", "line": 2} if known else None)


def test_links_are_followed_within_the_root_only(tmp_path: pathlib.Path) -> None:
    outside = _root(tmp_path / "outside", {"secret.js": LOCAL})
    root = _root(tmp_path / "releases/1", {"a.js": LOCAL})
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "self.js").symlink_to("self.js")
    (root / "inside.js").symlink_to("a.js")
    (root / "out").symlink_to(outside, target_is_directory=True)
    (root / "out.js").symlink_to(outside / "secret.js")
    current = tmp_path / "current"
    current.symlink_to(root, target_is_directory=True)
    evidence = _probe(current)
    assert evidence["root"]["files"] == 2
    assert "out" in _gaps(evidence)["outside"]
    assert "secret" not in json.dumps(evidence)


def test_what_is_no_file(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "pipe.js")
    _root(tmp_path, {"dir.js/a.js": LOCAL})
    evidence = _probe(tmp_path)
    assert _gaps(evidence)["special"].startswith("pipe.js")
    assert _files(evidence) == ["dir.js/a.js"]


def test_what_cannot_be_read(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _root(tmp_path, {"a.js": LOCAL, "b.js": LOCAL})
    opened = walk_module.open_regular

    def refusing(path: str) -> int:
        if path.endswith("b.js"):
            raise PermissionError(13, "Permission denied")
        return opened(path)

    # Root, as whom these tests may run, is refused nothing.
    monkeypatch.setattr(walk_module, "open_regular", refusing)
    assert _gaps(_probe(tmp_path))["unreadable"].startswith("b.js")


def test_a_root_that_is_none(tmp_path: pathlib.Path) -> None:
    for path in (tmp_path / "none", _root(tmp_path, {"a.js": LOCAL}) / "a.js"):
        evidence = _probe(path)
        assert evidence["root"] is None
        assert str(path) in _gaps(evidence)["root"]


def test_a_large_file_is_read_in_part(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "large.js"
    path.write_text(LOCAL)
    os.truncate(path, 1 << 30)
    evidence = _probe(tmp_path)
    assert evidence["root"]["bytes"] < 1 << 26
    assert _files(evidence) == ["large.js"]
    assert "large" in _gaps(evidence)


def test_too_many_files(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _root(tmp_path, {f"{number}.js": "1" for number in range(20)})
    monkeypatch.setattr(walk_module, "MOST_ENTRIES", 10)
    assert "more than 10" in _gaps(_probe(tmp_path))["rest"]


def test_too_many_bytes(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _root(tmp_path, {f"{number}.js": "1" * 1000 for number in range(20)})
    monkeypatch.setattr(walk_module, "MOST_BYTES", 5000)
    evidence = _probe(tmp_path)
    assert "rest" in _gaps(evidence)
    assert evidence["root"]["files"] < 10


def test_secrets_in_urls_are_not_in_the_evidence(tmp_path: pathlib.Path) -> None:
    code = 'new WebSocket("wss://user:hunter2@h.io/ws?token=hunter3&room=hunter4");x={wsUrl:"ws://h.io/?key=hunter5"};f(x.wsUrl)'
    root = _root(tmp_path, {"a.js": code, "index.html": '<meta name="ws-url" content="wss://h.io/?t=hunter6">'})
    service = {"name": "chat", "port": 1, "frontend": {"root": str(root)}}
    evidence = ask(service, ["frontend"])
    assert len(evidence["frontend"]["root"]["findings"]) == 3
    assert "hunter" not in json.dumps(evidence)


@pytest.mark.fuzz
def test_evidence_stays_small(tmp_path: pathlib.Path) -> None:
    names = {
        f"{number}.js": "\n".join(f'new WebSocket("ws://h{number}.io:{port}/{"x" * 900}")' for port in range(300))
        for number in range(20)
    }
    evidence = ask({"name": "chat", "port": 1, "frontend": {"root": str(_root(tmp_path, names))}}, ["frontend"])
    assert evidence["frontend"]["root"]["cut"]
    assert len(json.dumps(evidence)) < 200_000
