# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""The version of this collection, from where it is installed."""

from __future__ import annotations

import functools
import json
import pathlib
import re

_ROOT = pathlib.Path(__file__).resolve().parents[3]


@functools.lru_cache(maxsize=1)
def collection_version() -> str:
    """``MANIFEST.json`` of an installed collection, ``galaxy.yml`` of a checkout, else ``unknown``."""
    try:
        return str(json.loads((_ROOT / "MANIFEST.json").read_text())["collection_info"]["version"])
    except (OSError, ValueError, KeyError):
        pass
    try:
        found = re.search(r"^version:\s*['\"]?([\w.+-]+)", (_ROOT / "galaxy.yml").read_text(), re.M)
    except OSError:
        found = None
    return found.group(1) if found else "unknown"
