# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The commands of the operating system that probes ask: ``nft``, ``systemctl``, ``journalctl``, ``tcpdump`` …

They are looked for in the system's own directories and not in PATH: whoever runs Ansible may have a directory in it that
others can write to.
"""

from __future__ import annotations

import os

from .only_root import is_roots

#: Where systems keep them (hier(7); the last one is NixOS's).
DIRECTORIES = (
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/run/current-system/sw/bin",
)


def find_tool(name: str) -> str | None:
    """The path of a command, or None. For root only what only root could have put there counts.

    :param name: without directories.
    """
    for directory in DIRECTORIES:
        path = os.path.join(directory, name)
        if os.path.isfile(path) and os.access(path, os.X_OK) and (os.geteuid() != 0 or is_roots(path)):
            return path
    return None
