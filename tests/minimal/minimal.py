# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal Debian (minbase, git, make, python3, ca-certificates) and commands in a clone of the checkout in it.

    python tests/minimal/minimal.py 'make demo'

The tree is made once, by debootstrap, under .cache/minimal. Each run writes into a layer above it, which is gone
afterwards, in mount and PID namespaces of its own: with the command's end the kernel ends every process of it.
Needs root. The machine's settings of pip and apt are used inside, and what they name on this machine is to be read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
CACHE = CHECKOUT / ".cache" / "minimal"
SUITE, PACKAGES = "bookworm", "git,make,python3,ca-certificates"
#: Where the clone is, inside.
CLONE = "/root/health"
#: Environment that says where packages come from.
SETTINGS = re.compile(r"PIP_\w+|(https?|no|all)_proxy|SSL_CERT_FILE|REQUESTS_CA_BUNDLE", re.IGNORECASE)
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

#: Runs in new namespaces, as PID 1: $1 the tree, $2 a directory for the layer, the rest the command.
#: A layer cannot lie on a layer of the same kind (in a container): then it is kept in memory.
_INSIDE = r"""
set -eu
tree=$1 layer=$2 binds=$3; shift 3
mount --make-rprivate /
lay() {
    mkdir -p "$layer/upper" "$layer/work"
    mount -t overlay -o "lowerdir=$tree,upperdir=$layer/upper,workdir=$layer/work" overlay "$layer/root" 2>/dev/null
}
mkdir -p "$layer/root"
lay || { mount -t tmpfs tmpfs "$layer"; mkdir -p "$layer/root"; lay; }
root=$layer/root
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while IFS='	' read -r source target; do
    mkdir -p "$root$(dirname "$target")"
    if [ -d "$source" ]; then mkdir -p "$root$target"; else rm -f "$root$target"; : >"$root$target"; fi
    mount --bind "$source" "$root$target"
done <"$binds"
exec chroot "$root" "$@"
"""


class Impossible(Exception):
    """This machine cannot do it; the message says what is missing."""


def why_not() -> str:
    """What is missing here, empty when nothing is."""
    if os.geteuid() != 0:
        return "a minimal Debian needs root: it is a tree of its own in namespaces of its own"
    lacking = [name for name in ("debootstrap", "unshare", "chroot") if shutil.which(name, path=_path()) is None]
    return f"{', '.join(lacking)} is not on this machine: make setup installs it on Debian" if lacking else ""


def _path() -> str:
    return os.pathsep.join([*os.get_exec_path(), "/usr/sbin", "/sbin"])


def tree() -> pathlib.Path:
    """The tree, made if it is not there yet."""
    reason = why_not()
    if reason:
        raise Impossible(reason)
    wanted = hashlib.sha256(f"{SUITE} {PACKAGES}".encode()).hexdigest()
    target, stamp = CACHE / "root", CACHE / "root.made-from"
    if stamp.exists() and stamp.read_text() == wanted:
        return target
    for path in (stamp, target):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    target.mkdir(parents=True)
    command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(target), *_mirror()]
    print(f"minimal: making a {SUITE} of {PACKAGES} …", flush=True)
    done = subprocess.run(
        command, env={**os.environ, "PATH": _path()}, capture_output=True, text=True, timeout=900, check=False
    )
    if done.returncode:
        raise Impossible("debootstrap failed:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-10:]))
    stamp.write_text(wanted)
    return target


def _mirror() -> list[str]:
    """Where this machine gets the same suite from; nothing: debootstrap's own."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", f"Codename: {SUITE}"]
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout.split()[:1]
    return []


def _settings() -> list[str]:
    """The machine's own files that say where packages come from, and the directories that they and the environment name."""
    home = pathlib.Path(os.environ.get("HOME") or "/root")
    files = [pathlib.Path("/etc/pip.conf"), pathlib.Path(os.environ.get("PIP_CONFIG_FILE", "/nowhere"))]
    files += [home / ".config/pip/pip.conf", home / ".pip/pip.conf"]
    files = [path for path in files if path.is_file()]
    texts = [path.read_text(errors="replace") for path in files]
    texts += [value for name, value in os.environ.items() if SETTINGS.fullmatch(name)]
    named = {word.removeprefix("file://") for text in texts for word in re.findall(r"(?:file://)?/[^\s,;'\"]+", text)}
    folders = {path for path in map(_folder, named) if path is not None}
    return [*map(str, files), *sorted(folders)]


def _folder(name: str) -> str | None:
    """A directory of packages, or the file that is named; nothing of the system's own, which is there anyway."""
    path = pathlib.Path(name)
    if path.name == "simple":
        path = path.parent  # an index of the standard layout, whose files lie beside it
    own = any(path.is_relative_to(top) for top in ("/etc", "/usr", "/bin", "/proc", "/dev", "/sys"))
    return None if own or len(path.parts) < 2 or not path.exists() else str(path)


def _binds(work: pathlib.Path) -> list[tuple[str, str]]:
    """What of this machine is seen inside: source and target."""
    home = os.environ.get("HOME") or "/root"
    pairs = []
    for source in _settings():
        inside = "/root" + source[len(home) :] if source.startswith(home + "/") and "pip.conf" in source else source
        pairs.append((source, inside))
    pairs += [(path, path) for path in ("/etc/resolv.conf", "/etc/hosts", CERTIFICATES) if os.path.isfile(path)]
    acquire = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=False).stdout
    (work / "apt").write_text(acquire)
    pairs.append((str(work / "apt"), "/etc/apt/apt.conf.d/00machine"))
    for name, target in (("pip", "/root/.cache/pip"), ("archives", "/var/cache/apt/archives")):
        (CACHE / name / "partial").mkdir(parents=True, exist_ok=True)
        pairs.append((str(CACHE / name), target))
    pairs.append((str(clone(work)), CLONE))
    return pairs


def clone(work: pathlib.Path) -> pathlib.Path:
    """The checkout as a clone of it would be: what is in git, or would be."""
    command = ["sh", str(CHECKOUT / "tests" / "tools" / "tree.sh"), str(work / "clone")]
    answer = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return pathlib.Path(answer.stdout.strip())


@contextlib.contextmanager
def _workplace() -> Iterator[pathlib.Path]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE) as name:
        yield pathlib.Path(name)


def run(script: str, timeout: float = 900) -> subprocess.CompletedProcess[str]:
    """Run a shell script in the clone, in the tree; both outputs in one.

    :raises Impossible: where this machine has not what it takes.
    """
    base = tree()
    with _workplace() as work:
        pairs = _binds(work)
        (work / "binds").write_text("".join(f"{source}\t{target}\n" for source, target in pairs))
        environment = {name: value for name, value in os.environ.items() if SETTINGS.fullmatch(name)}
        environment.update(HOME="/root", PATH="/usr/sbin:/usr/bin:/sbin:/bin", LANG="C.UTF-8")
        clean = ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in sorted(environment.items()))]
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _INSIDE, "sh"]
        command += [str(base), str(work / "layer"), str(work / "binds")]
        return subprocess.run(
            [*command, *clean, "/bin/sh", "-c", f"cd {shlex.quote(CLONE)} && {script}"],
            env={**os.environ, "PATH": _path()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )


if __name__ == "__main__":
    answer = run(" ".join(sys.argv[1:]))
    print(answer.stdout)
    sys.exit(answer.returncode)
