# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find real Python interpreters by version, and give the bare ones that stand for a target's Python.

A name on PATH proves nothing: the shims of pyenv exit with 127 for versions that are not selected, and in CI the
home directory may be unset. So every candidate is run once and asked who it is.
"""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

#: Modules that a target must not have, or the tests would not show that targets need nothing.
UNWANTED = ("psutil", "websocket")

_WHO = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"


class PythonNotFound(LookupError):
    """No interpreter of the version that was asked for."""


def _pyenv_version_directories() -> Iterator[Path]:
    """Yield folders of installed versions, from the variables and from where pyenv itself lives."""
    root = os.environ.get("PYENV_ROOT")
    if root:
        yield Path(root) / "versions"
    pyenv = shutil.which("pyenv")
    if pyenv:
        # bin/pyenv is a link to libexec/pyenv: both have the root two levels up
        yield Path(pyenv).resolve().parents[1] / "versions"
    for entry in os.get_exec_path():
        if os.path.basename(entry) == "shims":
            yield Path(entry).parent / "versions"


#: Where tests/servers/setup.py puts a Python that the distribution does not have.
_UNPACKED = Path(__file__).resolve().parents[2] / ".cache" / "servers"


def _candidates(version: str) -> Iterator[Path]:
    """Yield files that may be an interpreter of this version, the likeliest first."""
    name = "python" + version
    yield _UNPACKED / name / "bin" / name
    for entry in os.get_exec_path():
        if os.path.basename(entry) != "shims":
            yield Path(entry) / name
    seen: set[Path] = set()
    for directory in _pyenv_version_directories():
        if directory in seen or not directory.is_dir():
            continue
        seen.add(directory)
        for installed in sorted(directory.iterdir(), reverse=True):
            if installed.name == version or installed.name.startswith(version + "."):
                yield installed / "bin" / name
    yield Path(sys.executable)
    for entry in os.get_exec_path():
        yield Path(entry) / "python3"


@functools.cache
def identify(candidate: str) -> tuple[str, str] | None:
    """Run an interpreter; return its version ("3.9") and its real path, or None when it does not run."""
    try:
        answer = subprocess.run([candidate, "-c", _WHO], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = answer.stdout.splitlines()
    if answer.returncode != 0 or len(lines) != 2:
        return None
    return lines[0], lines[1]


def find_all(version: str) -> Iterator[Path]:
    """Yield every interpreter of a version ("3.9") that really runs."""
    seen: set[str] = set()
    for candidate in _candidates(version):
        if not candidate.is_file():
            continue
        who = identify(str(candidate))
        if who and who[0] == version and who[1] not in seen:
            seen.add(who[1])
            yield Path(who[1])


def find(version: str) -> Path:
    """Return an interpreter of a version ("3.9"), whatever it has installed."""
    for interpreter in find_all(version):
        return interpreter
    raise PythonNotFound(f"no working interpreter for Python {version}: neither on PATH nor among pyenv's versions")


def imports(interpreter: Path, module: str) -> bool:
    """Tell whether an interpreter can import a module (asked from a directory that holds no module)."""
    command = [str(interpreter), "-c", f"import {module}"]
    return subprocess.run(command, capture_output=True, cwd="/", timeout=30, check=False).returncode == 0


def is_bare(interpreter: Path) -> bool:
    """Tell whether an interpreter has none of the modules that targets must do without."""
    return not any(imports(interpreter, module) for module in UNWANTED)


def find_bare(version: str, directory: Path) -> Path:
    """Return an interpreter without psutil and websocket-client; where there is none, make a venv in `directory`."""
    interpreters = list(find_all(version))
    for interpreter in interpreters:
        if is_bare(interpreter):
            return interpreter
    target = directory / f"python{version}"
    python = target / "bin" / "python"
    if not python.exists():
        origin = interpreters[0] if interpreters else find(version)
        command = [str(origin), "-m", "venv", "--without-pip", str(target)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    if not is_bare(python):
        raise PythonNotFound(f"even a fresh virtual environment of Python {version} has one of {', '.join(UNWANTED)}")
    return python


def main() -> int:
    """Print the interpreter of each version that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("versions", nargs="+", metavar="VERSION", help="such as 3.9")
    parser.add_argument("--path", action="store_true", help="print the folders of those that are here, as for PATH")
    parser.add_argument("--bare-in", type=Path, help="print bare ones, made here if need be")
    arguments = parser.parse_args()
    if arguments.path:
        found = [next(find_all(version), None) for version in arguments.versions]
        print(os.pathsep.join(str(path.parent) for path in found if path))
        return 0
    missing = 0
    for version in arguments.versions:
        try:
            print(version, find_bare(version, arguments.bare_in) if arguments.bare_in else find(version))
        except PythonNotFound as error:
            print(error, file=sys.stderr)
            missing = 1
    return missing


if __name__ == "__main__":
    raise SystemExit(main())
