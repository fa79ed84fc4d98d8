# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the checkout importable as ``ansible_collections.websocket.health`` for every test."""

from __future__ import annotations

import pathlib
import sys

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
