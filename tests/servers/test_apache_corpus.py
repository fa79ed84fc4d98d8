# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations that people wrote for Apache, read as httpd's own dump has them, and what both make of URLs.

httpd runs here on files that the test has written. Its dump needs every directive to be known: lines of modules that are not
installed, and what needs files of other packages, are taken out of the copies that both read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.websocket.health.plugins.module_utils._protocol.web_url import web_url
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_build import read_build
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_config import (
    ApacheSyntaxError,
    Config,
    Directive,
    modules_of,
    parse_dump,
)
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_files import Start, read_configuration
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_refusals import refusal
from ansible_collections.websocket.health.plugins.module_utils._proxies.apache_route import leading_to, route

from tests.integration.test_documented_proxies import APACHE
from tests.scenarios.scenario import load_all
from tests.scenarios.stage import _apache
from tests.servers.catalogue import CACHE
from tests.unit.proxies.apache_cases import CASES, RECORDED, on_disk, plain, reading

HTTPD = shutil.which("apache2", path="/usr/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(HTTPD is None, reason="apache2 is not installed")

FOLDER = CACHE / "apache-corpus"
CHECKOUT = Path(__file__).resolve().parents[2]
MODULES = Path("/usr/lib/apache2/modules")
#: Variables of Debian's envvars.
ENVIRONMENT = {
    "APACHE_RUN_USER": "www-data",
    "APACHE_RUN_GROUP": "www-data",
    "APACHE_CASE": "from the environment",
}
#: Modules that cannot be loaded beside others, or that do something when they are.
_LEFT_OUT = ("mpm_prefork", "mpm_worker", "cgi", "mpm_itk", "md")
_OTHERS = re.compile(r"/(?:magic|envvars|apache2\.conf)$|\.(?:load|html|md|php|gz)$")
_READING = re.compile(r"apache2: (Syntax error (?:on line|in -C/-c) .*)")
_WALKING = re.compile(r"Syntax error on line (\d+) of (/\S+):\s*\n?(.*)")
_NO_LOG = re.compile(r"AH022(?:91|97): Cannot access directory .* defined at (/\S+):\d+")
_MOST_ROUNDS = 60
_UNKNOWN = re.compile(r"Syntax error on line \d+ of \S+: Invalid command '.*?server configuration")
#: Of each configuration with a directive that httpd does not know: whether that was told from data.
REFUSED: list[bool] = []
Outcome = Config | str


def dumped(options: list[str], folder: Path) -> tuple[Outcome, str]:
    """The tree of httpd's dump, or the error; and what it wrote to stderr."""
    info = f"LoadModule info_module {MODULES}/mod_info.so"
    dumps = ["-t", "-D", "DUMP_CONFIG", "-D", "DUMP_MODULES"]
    variables = {**ENVIRONMENT, **{f"APACHE_{name}_DIR": str(folder) for name in ("RUN", "LOCK", "LOG")}}
    variables["APACHE_PID_FILE"] = str(folder / "pid")
    command = [str(HTTPD), *options, *dumps]
    if not any("info_module" in path.read_text(errors="replace") for path in folder.rglob("main.conf")):
        command[1:1] = ["-C", info]
    run = subprocess.run(command, capture_output=True, check=False, env={**os.environ, **variables}, timeout=60)
    out, err = (stream.decode("utf-8", "replace") for stream in (run.stdout, run.stderr))
    if run.returncode == 0:
        return Config(parse_dump(out), modules_of(out), (2, 4, 68)), err
    found = _READING.search(err)
    return (" ".join(re.sub(r"\\[nt]", " ", found.group(1)).split()) if found is not None else ""), err


def ours(config: str, root: str, folder: Path) -> Outcome:
    """The tree that the reader makes of the same files, or its error."""
    build = read_build(Path(str(HTTPD)).read_bytes().decode("utf-8", "replace"))
    variables = {**ENVIRONMENT, **{f"APACHE_{name}_DIR": str(folder) for name in ("RUN", "LOCK", "LOG")}}
    variables["APACHE_PID_FILE"] = str(folder / "pid")
    start = Start(config, root, environment=variables, compiled=build.modules, program=str(HTTPD), version=(2, 4, 68))
    try:
        seen = read_configuration(start, on_disk())
    except ApacheSyntaxError as error:
        return " ".join(str(error).split())
    return Config(seen.tree, seen.modules, start.version)


def without_line(err: str, folder: Path) -> bool:
    """Take the line out that a module refuses, of a section both ends; False: there is none of this test's."""
    log = _NO_LOG.search(err)
    if log is not None and log.group(1).startswith(str(folder)):
        path = Path(log.group(1))
        path.write_bytes(re.sub(rb"(?mi)^[ \t]*(?:Error|Custom|Transfer)Log .*$", b"", path.read_bytes()))
        return True
    found = _WALKING.search(err)
    if found is None or not found.group(2).startswith(str(folder)):
        return False
    path, number = Path(found.group(2)), int(found.group(1)) - 1
    lines = path.read_bytes().split(b"\n")
    begins = number
    while begins and lines[begins - 1].rstrip(b"\r").endswith(b"\\"):
        begins -= 1
    opened = re.match(rb"\s*<(\w+)", lines[begins])
    for at in range(begins, number + 1):
        lines[at] = b""
    if opened is not None:
        depth = 1
        for at in range(number + 1, len(lines)):
            depth += len(re.findall(rb"(?i)^\s*<" + opened.group(1) + rb"\b", lines[at]))
            depth -= len(re.findall(rb"(?i)^\s*</" + opened.group(1) + rb">", lines[at]))
            if not depth:
                lines[at] = b""
                break
    path.write_bytes(b"\n".join(lines))
    return True


def both(config: Path, root: Path, folder: Path) -> tuple[Outcome, Outcome]:
    """What httpd and the reader make of a configuration, once httpd knows all that is in it."""
    options = ["-d", str(root), "-f", str(config)]
    seen, err = dumped(options, folder)
    for _round in range(_MOST_ROUNDS):
        if seen or not without_line(err, folder):
            break
        seen, err = dumped(options, folder)
    assert seen, err
    return seen, ours(str(config), str(root), folder)


def rows(tree: Directive, folder: Path) -> list[t.Any]:
    """The tree as it is compared: with places and with each directive's text."""
    return [plain(tree.block, str(folder)), [item.text.lower() for item in tree.block]]


def urls(config: Config) -> t.Iterator[str]:
    """URLs at the servers and paths that a configuration names."""
    hosts: list[Directive | None] = [None, *config.hosts]
    for host in hosts[:20]:
        block = host.block if host is not None else config.root.block
        named = [item.args[0] for item in block if item.name in ("servername", "serveralias") and item.args]
        paths = [item.args[0] for item in block if item.args and item.name in ("location", "proxypass", "alias")]
        for name in [*named[:3], "nobody.example"]:
            for path in [*paths[:20], "/", "/ws"]:
                yield f"ws://{re.sub(r'[^a-z0-9.-]', '', name.lower()) or 'x'}{path if path.startswith('/') else '/'}"


def routes(config: Config, asked: list[str]) -> list[t.Any]:
    """What a tree makes of URLs."""
    found: list[t.Any] = [leading_to(config, 8080, None, [])]
    for text in asked:
        try:
            url = web_url(text)
        except ValueError:
            continue
        found.append(route(config, url, None))
    return found


def refused(config: Config, root: Path) -> str:
    """What of a tree is refused by its data alone."""
    programs = [str(HTTPD), *(str(path) for path in MODULES.glob("mod_*.so") if path.stem[4:] in config.modules)]
    return refusal(config.root, programs, str(root), on_disk(), "")


def compare(config: Path, root: Path, folder: Path) -> tuple[str, int]:
    """What is different, or nothing; and how many URLs were asked."""
    first = ours(str(config), str(root), folder)
    _seen, err = dumped(["-d", str(root), "-f", str(config)], folder)
    unknown = _UNKNOWN.search(" ".join(err.split()))
    if isinstance(first, Config) and unknown is not None:
        told = refused(first, root)
        # Words are looked for in programs: one that is the end of another is not told.
        if told and told != unknown.group(0) and "does not exist" not in told:
            return f"httpd {unknown.group(0)!r}, reader {told!r}", 0
        REFUSED.append(bool(told))
    seen, read = both(config, root, folder)
    if isinstance(seen, str) or isinstance(read, str):
        same = isinstance(seen, str) and isinstance(read, str) and (seen + ", ").startswith(read + ", ")
        # Only the innermost place of a chain of includes is told.
        same = same or (isinstance(seen, str) and isinstance(read, str) and seen.endswith(read))
        return "" if same else f"httpd {str(seen)[:300]!r}, reader {str(read)[:300]!r}", 0
    theirs, own = rows(seen.root, folder), rows(read.root, folder)
    if theirs != own:
        return f"httpd {theirs}, reader {own}", 0
    told = refused(read, root)
    if told and "does not exist" not in told:
        return f"httpd takes it, reader {told!r}", 0
    missing = seen.modules - {"info"} ^ read.modules - {"info"}
    if missing:
        return f"modules {sorted(missing)}", 0
    asked = list(urls(seen))
    return ("" if routes(seen, asked) == routes(read, asked) else "the routes differ"), len(asked)


def _files() -> list[Path]:
    found = [path for path in sorted(FOLDER.rglob("*")) if path.is_file() and path.name != ".stamp"]
    return [path for path in found if not _OTHERS.search(str(path))]


def _loads() -> str:
    """Lines that load all modules that are installed."""
    names = sorted(path.stem[4:] for path in MODULES.glob("mod_*.so"))
    # What others need comes first.
    order = {
        "proxy": 0,
        "dav": 0,
        "session": 0,
        "ldap": 0,
        "cache": 0,
        "authn_core": 0,
        "slotmem_shm": 0,
        "watchdog": 0,
    }
    names.sort(key=lambda name: (order.get(name, 1), name))
    return "\n".join(
        f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names if name not in (*_LEFT_OUT, "info")
    )


def test_the_corpus_is_there() -> None:
    packages = {path.relative_to(FOLDER).parts[0] for path in _files()}
    assert len(packages) >= 25, "python tests/servers/setup.py fetches it"


def test_files_of_packages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file by itself, in a server with all modules that are installed."""
    wrong, asked, refused, files = [], 0, 0, _files()
    for number, path in enumerate(files):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "one.conf").write_bytes(path.read_bytes())
        text = f"ServerRoot {folder}\nErrorLog {folder}/error.log\nServerName x\n{_loads()}\nInclude one.conf\n"
        (folder / "main.conf").write_text(text)
        difference, urls_asked = compare(folder / "main.conf", folder, folder)
        asked += urls_asked
        refused += not urls_asked
        if difference:
            wrong.append(f"{path.relative_to(FOLDER)}: {difference}")
    with capsys.disabled():
        print(
            f"\nfiles of packages for Apache: {len(files) - len(wrong)}/{len(files)} agree ({refused} refused by both), ",
            end="",
        )
        print(f"{asked} URLs; directives that no module knows: {sum(REFUSED)}/{len(REFUSED)} told")
    assert wrong == []
    assert refused <= len(files) // 3


@pytest.mark.parametrize("enabled", ["as installed", "everything"])
def test_debian_as_it_is_packaged(enabled: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole of /etc/apache2, with what the package enables, or all modules, settings and sites that there are."""
    etc = tmp_path / "etc"
    shutil.copytree(FOLDER / "apache2" / "etc" / "apache2", etc)
    for kind in ("mods", "conf", "sites"):
        (etc / f"{kind}-enabled").mkdir(exist_ok=True)
        for path in sorted((etc / f"{kind}-available").iterdir()):
            there = kind != "mods" or (MODULES / f"mod_{path.stem}.so").exists()
            basic = path.stem in (
                "mpm_event",
                "authz_core",
                "000-default",
                "alias",
                "mime",
                "dir",
                "charset",
                "security",
            )
            if there and path.stem not in _LEFT_OUT and (enabled == "everything" or basic):
                (etc / f"{kind}-enabled" / path.name).symlink_to(f"../{kind}-available/{path.name}")
    if enabled == "everything":
        for path in _files():
            folder = path.parent.name
            if folder in ("conf-available", "sites-available") and "apache2/etc" not in str(path):
                shutil.copy(path, etc / folder.replace("available", "enabled"))
    difference, asked = compare(etc / "apache2.conf", etc, etc)
    with capsys.disabled():
        print(f"\nDebian's /etc/apache2, {enabled}: {'agrees' if not difference else 'differs'}, {asked} URLs")
    assert difference == ""
    assert asked > 0


def _scenarios() -> list[tuple[str, dict[str, t.Any]]]:
    """The Apache configurations of all scenarios."""
    return [
        (f"{case.id}:{name}", server)
        for case in load_all()
        for name, server in case.servers.items()
        if server.get("run") == "apache"
    ]


def test_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, asked, staged = [], 0, _scenarios()
    texts = [(name, lambda folder, server=server: _apache(folder, "front", server)) for name, server in staged]
    documented = re.search(r"```apache\n(.*?)```", (CHECKOUT / "docs" / "behind-a-proxy.md").read_text(), re.DOTALL)
    assert documented is not None
    texts.append(("documented", lambda _folder: APACHE.format(port=8080) + documented.group(1)))
    for number, (name, write) in enumerate(texts):
        folder = tmp_path / str(number)
        (folder / "site").mkdir(parents=True)
        text = write(str(folder)).replace("<<dir>>", str(folder))
        text = re.sub(r"<<(?:address|peer)>>", "127.0.0.1", text)
        (folder / "main.conf").write_text(re.sub(r"<<[\w.]+>>", "8080", text))
        difference, urls_asked = compare(folder / "main.conf", folder, folder)
        asked += urls_asked
        if difference:
            wrong.append(f"{name}: {difference}")
    with capsys.disabled():
        print(f"\nscenarios with Apache: {len(texts) - len(wrong)}/{len(texts)} agree, {asked} URLs")
    assert wrong == []
    assert len(texts) >= 20 and asked >= 50


@pytest.mark.parametrize("name", CASES)
def test_cases_are_as_recorded(name: str, tmp_path: Path) -> None:
    """The unit tests' cases, asked again: the grammar of this httpd is the one that was recorded."""
    case = CASES[name]
    main = case.stage(tmp_path)
    seen, err = dumped([*case.options, "-f", str(main)], tmp_path)
    if isinstance(seen, str):
        # Only the innermost place of a chain of includes is recorded; httpd cuts what it prints.
        error = RECORDED[name].get("error", "-")
        assert seen.replace(str(tmp_path), "ROOT").endswith(error) or len(seen) > 7000, err
    else:
        assert plain(seen.root.block, str(tmp_path)) == RECORDED[name].get("tree")
        assert plain(reading(case, tmp_path).tree.block, str(tmp_path)) == RECORDED[name]["tree"]
