# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the newest Python on PATH that a supported ansible-core runs on (3.11 or newer).

An entry of PATH may be a shim of a version manager that runs nothing, so each is tried.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

#: Newest first; 3.14 and later have not been tried with this collection.
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3")


def main() -> int:
    """Print the path, or say what is missing."""
    for name in CANDIDATES:
        path = shutil.which(name)
        if path is None:
            continue
        probe = "import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else 1)"
        if subprocess.run([path, "-c", probe], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            print(path)
            return 0
    sys.stderr.write("no Python from 3.11 to 3.13 on PATH: ansible-core 2.18 and newer need one\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
