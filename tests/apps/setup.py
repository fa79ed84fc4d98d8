# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the applications under .cache/apps: python/ (PyPI), node/ (npm) and debian/ (packages taken apart).

    python -m tests.apps.setup          those of make test
    python -m tests.apps.setup --all    those of make apps, which are large, too

Each part has a stamp that holds the hash of what it was made from, so that a second run costs nothing.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tests.apps.applications import CACHE, HERE
from tests.servers.setup import Missing, digest, run


def main() -> int:
    """Install what is missing, and say loudly what could not be."""
    heavy = "--all" in sys.argv[1:]
    failures = 0
    for part, (name, install) in _PARTS.items():
        lists = [HERE / f"{name}.txt", *([HERE / f"{name}-heavy.txt"] if heavy else [])]
        try:
            _ensure(CACHE / part, lists, install)
        except Missing as error:
            failures += 1
            print(f"APPLICATIONS MISSING: {error}", file=sys.stderr)
    return 1 if failures else 0


def _ensure(directory: Path, lists: list[Path], install: Callable[[Path, list[Path]], None]) -> None:
    stamp = directory / ".stamp"
    texts = [path.read_text(encoding="utf-8") for path in lists]
    # What has the heavy ones has the others.
    enough = [digest(*texts), digest(*texts, *_of_heavy(lists))]
    if stamp.exists() and stamp.read_text(encoding="utf-8") in enough:
        return
    print(f"applications: installing {directory.name} …", flush=True)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    install(directory, lists)
    stamp.write_text(digest(*texts), encoding="utf-8")


def _of_heavy(lists: list[Path]) -> list[str]:
    if len(lists) > 1:
        return []
    return [lists[0].with_name(lists[0].stem + "-heavy.txt").read_text(encoding="utf-8")]


def _entries(lists: list[Path]) -> list[str]:
    lines = [line for path in lists for line in path.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _python(directory: Path, lists: list[Path]) -> None:
    run([sys.executable, "-m", "venv", str(directory)], "python -m venv")
    required = [word for path in lists for word in ("-r", str(path))]
    run([str(directory / "bin" / "pip"), "install", "--quiet", *required], "pip install of the applications")


def _node(directory: Path, lists: list[Path]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("npm is not on PATH: install Node.js 20 or newer with npm")
    (directory / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    options = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    run([npm, "install", *options, *_entries(lists)], "npm install of the applications", cwd=directory)


def _debian(directory: Path, lists: list[Path]) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Missing("applications of Debian packages need apt-get and dpkg-deb")
    options = ["-qq", "-o", "APT::Sandbox::User=root"]
    try:
        run(["apt-get", *options, "download", *_entries(lists)], "apt-get download", cwd=directory)
    except Missing:
        # A machine that never asked knows no packages, or older ones than there are.
        run(["apt-get", *options, "update"], "apt-get update")
        run(["apt-get", *options, "download", *_entries(lists)], "apt-get download", cwd=directory)
    for package in sorted(directory.glob("*.deb")):
        run(["dpkg-deb", "-x", str(package), str(directory)], f"dpkg-deb -x {package.name}")
        package.unlink()


_PARTS = {"python": ("requirements", _python), "node": ("npm", _node), "debian": ("debian", _debian)}

if __name__ == "__main__":
    sys.exit(main())
