# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nginx would refuse, as far as that shows: only what is known for sure."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_grammar import Tree, parse_files
from ansible_collections.websocket.health.plugins.module_utils._proxies.nginx_refusals import (
    unknown_directive,
    wrong_key,
)

from tests.unit.probed_host import is_root

PAIR = "events {}\nhttp { server { listen 443 ssl; ssl_certificate a.pem; ssl_certificate_key a.key; } }\n"


def tree_of(text: str) -> Tree:
    return parse_files("/etc/nginx/nginx.conf", lambda _path: text, lambda _pattern: [])


def test_a_certificate_that_is_not_there(tmp_path: Path) -> None:
    assert wrong_key(tree_of(PAIR), str(tmp_path), "").startswith(
        f'cannot load certificate "{tmp_path}/a.pem": No such'
    )


@pytest.mark.skipif(not is_root(), reason="only root makes links of other users")
def test_what_this_process_does_not_open_nginx_may_load(tmp_path: Path) -> None:
    """A user's link to root's file is not followed here; nginx, which root starts, follows it."""
    (tmp_path / "real.pem").touch(0o600)
    for name in ("a.pem", "a.key"):
        (tmp_path / name).symlink_to("real.pem")
        os.lchown(tmp_path / name, 5, 5)
    assert wrong_key(tree_of(PAIR), str(tmp_path), "") == ""


def test_a_directive_that_no_program_knows(tmp_path: Path) -> None:
    program = tmp_path / "nginx"
    program.write_bytes(b"\0".join(b"events http server listen ssl_certificate ssl_certificate_key".split()) + b"\0")
    assert unknown_directive(tree_of(PAIR), [str(program)], "") == ""
    told = unknown_directive(tree_of(PAIR + "woker_processes 1;\n"), [str(program)], "")
    assert told.startswith('unknown directive "woker_processes" in ')
    assert unknown_directive(tree_of(PAIR + "woker_processes 1;\n"), [str(tmp_path / "gone")], "") == ""
