# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Which hosts a run was to ask: one that left no result is known from nowhere else."""

from __future__ import annotations

import contextlib
import json
import os

from ..._run.plain_data import unique
from .atomic_files import read_regular, write_atomically

NAME = ".expected.json"


def expect_hosts(report_dir: str, run_id: str, hosts: list[str]) -> list[str]:
    """Add hosts to those that a run was to ask; returns all of them.

    Slices and batches of a run know their own hosts alone. Only the last run is remembered.
    """
    path = os.path.join(report_dir, NAME)
    everybody = unique([*_known(path, run_id), *hosts])
    if hosts:
        # The report itself goes to the same directory: what is wrong there is said with it.
        with contextlib.suppress(OSError):
            write_atomically(path, json.dumps({"run_id": run_id, "hosts": everybody}, ensure_ascii=False) + "\n")
    return everybody


def _known(path: str, run_id: str) -> list[str]:
    try:
        known = json.loads(read_regular(path))
    except (OSError, ValueError, RecursionError):
        return []
    hosts = known.get("hosts") if isinstance(known, dict) and known.get("run_id") == run_id else None
    return [host for host in hosts if isinstance(host, str)] if isinstance(hosts, list) else []
