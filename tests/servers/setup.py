# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the real WebSocket servers of the tests under .cache/servers of the checkout.

    python tests/servers/setup.py            install what is missing, say what could not be
    python tests/servers/setup.py --check    install nothing, only say what is missing

Ten parts, each with a stamp that holds the hash of what it was made from, so that a second run costs nothing:
`node/` (npm packages), `page/` (axe-core, for the report page), `python/` (servers of PyPI), `bare/` (uvicorn without any
WebSocket library), `go/` (a compiled server),
`nginx-corpus/` and `apache-corpus/` (configurations that Debian packages bring), `bundles/` (published front ends),
`electron-apps/` (apps and templates of npm) and `python3.14/` (a Python that stable Debian has no package of).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
CACHE = CHECKOUT / ".cache" / "servers"
#: What the report page is held against.
PAGE_TOOLS = HERE.parent / "browser" / "package.json"
DEBIAN_LISTS = tuple(folder / "debian.txt" for folder in (HERE, HERE.parent / "lab", HERE.parent / "minimal"))

#: The program, or file, that shows that a Debian package is there. dpkg is not asked: what counts is that it can be run.
PROGRAMS = {
    "apache2": "apache2",
    "caddy": "caddy",
    "chromium": "chromium",
    "debootstrap": "debootstrap",
    "faketime": "faketime",
    "golang-github-gorilla-websocket-dev": "/usr/share/gocode/src/github.com/gorilla/websocket/conn.go",
    "golang-go": "go",
    "haproxy": "haproxy",
    "iptables": "iptables",
    "libmonitoring-plugin-perl": "/usr/share/perl5/Monitoring/Plugin.pm",
    "monitoring-plugins-common": "/usr/lib/nagios/plugins/negate",
    "mosquitto": "mosquitto",
    "nginx": "nginx",
    "tcpdump": "tcpdump",
    "openssl": "openssl",
    "prometheus": "promtool",
    "prosody": "prosody",
    "puma": "puma",
    "rabbitmq-server": "/usr/lib/rabbitmq/bin/rabbitmq-server",
    "ruby-actioncable": "/usr/share/rubygems-integration/all/specifications/actioncable-*.gemspec",
    "iproute2": "ip",
    "openssh-client": "ssh",
    "openssh-server": "sshd",
    "nodejs": "node",
    "npm": "npm",
    "nftables": "nft",
    "curl": "curl",
}

OLDEST_PYTHON = (3, 10)
#: Parts that are the same whichever Python made them.
UNBOUND = ("node", "page", "go", "nginx-corpus", "apache-corpus", "bundles", "electron-apps", "python3.14")
#: Configurations of Apache in packages.
APACHE_FILES = re.compile(r"^etc/apache2/|apache[^/]*\.(?:conf|inc)|httpd[^/]*\.conf|/apache[^/]*/.*\.conf")


class Missing(Exception):
    """Something the servers need is not there; the message names it and says what to do."""


def environment() -> dict[str, str]:
    """Return the environment for installers: with a home directory (CI may have none) and a cache of our own."""
    result = dict(os.environ)
    if not result.get("HOME"):
        result["HOME"] = pwd.getpwuid(os.getuid()).pw_dir
    result["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    result["npm_config_update_notifier"] = "false"
    result["npm_config_cache"] = str(CACHE / "npm-cache")
    # what an activated environment leaves behind would send pip to the wrong place
    for name in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX"):
        result.pop(name, None)
    return result


def search_path() -> str:
    """Return PATH with the directories of system programs, which a plain user's PATH often lacks."""
    return os.pathsep.join([*os.get_exec_path(), "/usr/sbin", "/sbin"])


def digest(*parts: str) -> str:
    """Return one hash over several texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def run(command: list[str], what: str, cwd: Path | None = None) -> None:
    """Run an installer; on failure show the end of what it printed, for that is where the reason is."""
    # npm makes a standard input that it shares with others non-blocking, which Ansible refuses to run with.
    answer = subprocess.run(
        command,
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        tail = "\n    ".join(answer.stdout.splitlines()[-15:])
        raise Missing(f"{what} failed with exit code {answer.returncode}:\n    {tail}")


def installer_of_npm(package: Path) -> Callable[[Path], None]:
    """Return the function that installs the packages of a package.json."""

    def install(directory: Path) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise Missing("npm is not on PATH: install Node.js 18 or newer with npm")
        directory.mkdir(parents=True)
        shutil.copy(package, directory)
        # No lock file is kept: it would carry the addresses of a registry.
        options = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        run([npm, "install", *options], "npm install", cwd=directory)

    return install


def installer_of_venv(requirements: Path) -> Callable[[Path], None]:
    """Return the function that makes a virtual environment from a requirements file."""

    def install(directory: Path) -> None:
        if sys.version_info < OLDEST_PYTHON:
            raise Missing("run this with Python {}.{} or newer: the servers need it".format(*OLDEST_PYTHON))
        run([sys.executable, "-m", "venv", str(directory)], "python -m venv")
        pip = [str(directory / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        run([*pip, "-r", str(requirements)], f"pip install -r {requirements.name}")

    return install


def build_go(directory: Path) -> None:
    """Compile the Go server from Debian's sources of its library: no module proxy is asked."""
    go = shutil.which("go")
    if go is None:
        raise Missing("go is not on PATH: install golang-go")
    directory.mkdir(parents=True)
    variables = {
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(directory / "cache"),
        "GOFLAGS": "",
    }
    settings = ["env", *(f"{name}={value}" for name, value in variables.items())]
    run([*settings, go, "build", "-o", str(directory / "gorilla"), str(HERE / "go" / "gorilla.go")], "go build")
    shutil.rmtree(directory / "cache", ignore_errors=True)


def lines_of(name: str) -> list[str]:
    """Return the entries of a list beside this file."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def unpacker(source: str, what: str, kept: re.Pattern[str]) -> Callable[[Path], None]:
    """Return a function that fetches the Debian packages of a list and keeps those of their files whose paths fit."""

    def unpack(directory: Path) -> None:
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            raise Missing(f"configurations of {what} come from Debian packages: apt-get and dpkg-deb are needed")
        names = lines_of(source)
        directory.mkdir(parents=True)
        # The user that root's apt would become may not write here.
        options = ["-qq", "-o", "APT::Sandbox::User=root"]
        try:
            run(["apt-get", *options, "download", *names], "apt-get download", cwd=directory)
        except Missing:
            # A machine that never asked knows no packages, or older ones than there are.
            run(["apt-get", *options, "update"], "apt-get update")
            run(["apt-get", *options, "download", *names], "apt-get download", cwd=directory)
        for package in sorted(directory.glob("*.deb")):
            target = directory / package.name.partition("_")[0]
            run(["dpkg-deb", "-x", str(package), str(target)], f"dpkg-deb -x {package.name}")
            for path in target.rglob("*"):
                if path.is_file() and not kept.search(str(path.relative_to(target))):
                    path.unlink()
            package.unlink()

    return unpack


def of_unstable(directory: Path) -> list[str]:
    """Ask Debian's mirror of this machine for the package lists of unstable, apart from its own; apt-get's options for them."""
    lines = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)"], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    mirrors = [line.split()[1] for line in lines if line.startswith("Debian ")]
    if not mirrors:
        raise Missing("apt-get knows no mirror of Debian: run apt-get update")
    (directory / "lists" / "partial").mkdir(parents=True)
    (directory / "archives" / "partial").mkdir(parents=True)
    (directory / "sources.list").write_text(f"deb {mirrors[0]} sid main\n", encoding="utf-8")
    settings = {
        "APT::Sandbox::User": "root",
        "Dir::Etc::sourcelist": directory / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": directory / "lists",
        "Dir::Cache": directory,
    }
    options = ["-qq", *(word for name, value in settings.items() for word in ("-o", f"{name}={value}"))]
    run(["apt-get", *options, "update"], "apt-get update (unstable)")
    return options


def unpack_python(directory: Path) -> None:
    """Take the packages of python3.14.txt apart, and write a program that starts what is in them with its own libraries."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Missing("Python 3.14 comes from Debian packages: apt-get and dpkg-deb are needed")
    files, packages = directory / "files", directory / "packages"
    packages.mkdir(parents=True)
    options = of_unstable(directory / "apt")
    run(["apt-get", *options, "download", *lines_of("python3.14.txt")], "apt-get download", cwd=packages)
    for package in sorted(packages.glob("*.deb")):
        run(["dpkg-deb", "-x", str(package), str(files)], f"dpkg-deb -x {package.name}")
    shutil.rmtree(packages)
    shutil.rmtree(directory / "apt")
    loader = next(files.glob("usr/lib/*/ld-linux*"))
    program = directory / "bin" / "python3.14"
    program.parent.mkdir()
    # From its own name it finds its library, as an installed one does.
    (directory / "lib").symlink_to("files/usr/lib")
    program.write_text(
        f'#!/bin/sh\nexec "{loader}" --library-path "{loader.parent}" --argv0 "$0" "{files}/usr/bin/python3.14" "$@"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)


def pack(directory: Path, packages: list[str]) -> None:
    """Unpack packages of npm, each into a folder that is named after it."""
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("npm is not on PATH: install Node.js 18 or newer with npm")
    run([npm, "pack", "--silent", *packages], "npm pack", cwd=directory)
    for package in sorted(directory.glob("*.tgz")):
        target = directory / package.name.rpartition("-")[0]
        target.mkdir()
        run(["tar", "-xzf", str(package), "-C", str(target)], f"tar -xzf {package.name}")
        package.unlink()


def unpack_apps(directory: Path) -> None:
    """Fetch the packages of electron_apps.txt."""
    directory.mkdir(parents=True)
    pack(directory, lines_of("electron_apps.txt"))


def unpack_bundles(directory: Path) -> None:
    """Fetch the archives of bundles.txt and keep their scripts, pages and source maps."""
    directory.mkdir(parents=True)
    named = [line.split() for line in lines_of("bundles.txt")]
    pack(directory, [name for kind, name in named if kind == "npm"])
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    run([*fetch, *(name for kind, name in named if kind == "pypi")], "pip download", cwd=directory)
    for wheel in sorted(directory.glob("*.whl")):
        shutil.unpack_archive(wheel, directory / wheel.name.partition("-")[0], "zip")
        wheel.unlink()
    for path in directory.rglob("*"):
        if path.is_file() and path.suffix not in (".js", ".mjs", ".cjs", ".html", ".map", ".json"):
            path.unlink()


def parts() -> dict[str, tuple[Path, Callable[[Path], None]]]:
    """Return each part's name with the file that it is made from and the function that makes it."""
    return {
        "node": (HERE / "package.json", installer_of_npm(HERE / "package.json")),
        "page": (PAGE_TOOLS, installer_of_npm(PAGE_TOOLS)),
        "python": (HERE / "requirements.txt", installer_of_venv(HERE / "requirements.txt")),
        "go": (HERE / "go" / "gorilla.go", build_go),
        "nginx-corpus": (HERE / "nginx_corpus.txt", unpacker("nginx_corpus.txt", "nginx", re.compile("nginx"))),
        "apache-corpus": (HERE / "apache_corpus.txt", unpacker("apache_corpus.txt", "Apache", APACHE_FILES)),
        "electron-apps": (HERE / "electron_apps.txt", unpack_apps),
        "bundles": (HERE / "bundles.txt", unpack_bundles),
        "python3.14": (HERE / "python3.14.txt", unpack_python),
        "bare": (HERE / "requirements-bare.txt", installer_of_venv(HERE / "requirements-bare.txt")),
    }


def wanted_stamp(name: str, source: Path) -> str:
    """Return the stamp a part has when it is up to date."""
    tool = name if name in UNBOUND else "{}.{}".format(*sys.version_info[:2])
    return digest(name, tool, source.read_text(encoding="utf-8"))


def is_current(name: str, source: Path) -> bool:
    """Tell whether a part is installed from the present file. A venv made by another Python is as good."""
    try:
        stamp = (CACHE / name / ".stamp").read_text(encoding="utf-8")
    except OSError:
        return False
    if name in UNBOUND:
        return stamp == wanted_stamp(name, source)
    content = source.read_text(encoding="utf-8")
    made = {digest(name, f"3.{minor}", content) for minor in range(OLDEST_PYTHON[1], 30)}
    python = CACHE / name / "bin" / "python"
    return stamp in made and python.exists()


def ensure_part(name: str, source: Path, install: Callable[[Path], None]) -> None:
    """Install one part unless it is there. The stamp comes last: a run that was interrupted starts over."""
    if is_current(name, source):
        return
    print(f"servers: installing {name} (from {source.name}) …", flush=True)
    directory = CACHE / name
    shutil.rmtree(directory, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    install(directory)
    (directory / ".stamp").write_text(wanted_stamp(name, source), encoding="utf-8")


def is_there(mark: str) -> bool:
    """Tell whether a program can be run, or a file (a pattern with a slash in front) exists."""
    if mark.startswith("/"):
        return any(Path("/").glob(mark[1:]))
    return shutil.which(mark, path=search_path()) is not None


def missing_debian() -> list[str]:
    """Return the Debian packages whose program is not on this machine."""
    result = []
    for listing in DEBIAN_LISTS:
        for package in listing.read_text(encoding="utf-8").split():
            if not is_there(PROGRAMS[package]):
                result.append(package)
    return result


def ensure_debian() -> None:
    """Install missing Debian packages when root, else name them."""
    packages = missing_debian()
    if not packages:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing("Debian packages are missing; as root: " + " ".join(command))
    print("servers: installing Debian packages " + " ".join(packages) + " …", flush=True)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    with no_daemons_started():
        try:
            run(command, "apt-get install")
        except Missing:
            # a fresh machine has no package lists, or old ones
            run(["apt-get", "update"], "apt-get update")
            run(command, "apt-get install")


@contextlib.contextmanager
def no_daemons_started(policy: Path = Path("/usr/sbin/policy-rc.d")) -> Iterator[None]:
    """Packages of servers start them; the tests start their own. An administrator's own policy is left alone."""
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def missing() -> list[str]:
    """Return what is missing, as sentences; empty when everything is there."""
    result = [
        f"{CACHE.relative_to(CHECKOUT)}/{name} is missing or out of date"
        for name, (source, _install) in parts().items()
        if not is_current(name, source)
    ]
    packages = missing_debian()
    if packages:
        result.append("Debian packages without their program: " + " ".join(packages))
    if shutil.which("node") is None:
        result.append("node is not on PATH")
    return result


def ensure() -> list[str]:
    """Install all that can be; return what could not, as sentences."""
    failures = []
    steps: list[Callable[[], None]] = [ensure_debian]
    for name, (source, install) in parts().items():
        steps.append(lambda name=name, source=source, install=install: ensure_part(name, source, install))  # type: ignore[misc]
    for step in steps:
        try:
            step()
        except Missing as error:
            failures.append(str(error))
    return failures


def main() -> int:
    """Install or check, and say loudly what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="install nothing; exit with 1 when something is missing")
    arguments = parser.parse_args()
    failures = missing() if arguments.check else ensure()
    for failure in failures:
        print(f"SERVERS MISSING: {failure}", file=sys.stderr)
    if not failures:
        print("servers: complete")
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
