# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The browser as a part of runs: where it is started, what it leaves, and what a report tells of it.

What Chromium says of every failure is staged under tests/scenarios/cases.
"""

from __future__ import annotations

import json
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import typing as t

import pytest

from tests.integration.conftest import Fleet, Report, _cannot
from tests.integration.lab_files import HEADERS, HOST, MAP, start_nginx, write
from tests.scenarios.scenario import load_all
from tests.unit.browser_pages import TALK, page, profiles
from tests.unit.probed_host import ROOT, wait_for

ECHO, FIRST_PORT = 9821, 8521
FOLDER = "/srv/pages"


class Case(t.NamedTuple):
    """A page's script, in which %(ws)s is the service's URL, the cause to name, and more of its server block."""

    cause: str | None
    script: str
    server: str = ""
    #: Further options of the service.
    more: dict[str, t.Any] = {}


CASES: dict[str, Case] = {
    # It fails for what the browser has no part in.
    "plain": Case(None, TALK.replace("%s", "%(ws)s"), more={"environment": {"expect": {"NODE_ENV": "production"}}}),
    "policy": Case(
        "browser-csp-blocks",
        "new WebSocket('ws://%(address)s:9821/ws');",
        "add_header Content-Security-Policy \"connect-src 'self'\";",
    ),
    "unsafe port": Case("browser-unsafe-port", "new WebSocket('ws://%(address)s:6000/ws');"),
}
#: What Chromium has words for.
TOLD = sorted(
    {one.expect.first for one in load_all() if "browser" in one.needs and one.expect.seen and one.expect.first}
)

#: Of others, or left by a run before this one.
_BEFORE = frozenset(profiles())


def profiles_since(before: frozenset[pathlib.Path]) -> set[pathlib.Path]:
    """Profiles that have appeared; other tests of the machine may visit pages, too, but none keeps its profile."""
    return {*profiles()} - before


def all_gone(appeared: set[pathlib.Path]) -> None:
    """Wait until the last of these profiles is removed."""
    wait_for(lambda: not appeared & {*profiles()}, 40.0)


def _port(name: str) -> int:
    return FIRST_PORT + list(CASES).index(name)


def _words(host: t.Any, name: str) -> dict[str, t.Any]:
    """What the scripts may name."""
    return {"ws": f"ws://{host.address}:{_port(name)}/ws", "address": host.address}


def _entry(host: t.Any, name: str) -> dict[str, t.Any]:
    return {
        "name": name,
        "port": ECHO,
        "public_url": _words(host, name)["ws"],
        "websocket": {"path": "/ws", "dialect": "echo"},
        "frontend": {"url": f"http://{host.address}:{_port(name)}/"},
        "chromium": {"stay": 2.5},
        **CASES[name].more,
    }


def _start(fleet: Fleet, host: t.Any) -> None:
    """Everything on the host."""
    fleet.start(host, "ws_standalone", ECHO)
    servers = []
    for name, case in CASES.items():
        root = f"{FOLDER}/{_port(name)}"
        write(host, f"{root}/index.html", page(case.script % _words(host, name)))
        proxy = f"location /ws {{ proxy_pass http://127.0.0.1:{ECHO}; {HEADERS} {HOST} }}"
        servers.append(f"server {{ listen {_port(name)}; {case.server} root {root}; {proxy} }}")
    text = (
        "user root; pid /run/nginx-pages.pid; error_log /var/log/nginx-pages.log;\nevents {}\n"
        f"http {{ types {{ text/html html; }} access_log off; {MAP}\n" + "\n".join(servers) + "\n}\n"
    )
    start_nginx(fleet, host, FIRST_PORT, text, "nginx-pages")


@pytest.fixture(scope="module")
def staged(lab_fleet: Fleet) -> t.Iterator[list[dict[str, t.Any]]]:
    """The services of all cases, up on one host."""
    if shutil.which("chromium") is None:
        _cannot("chromium is not installed")
    host = lab_fleet.host(2)
    _start(lab_fleet, host)
    yield [_entry(host, name) for name in CASES]
    lab_fleet.stop_everything()


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet, staged: list[dict[str, t.Any]]) -> Report:
    """All cases in one run."""
    services = {lab_fleet.names[2]: staged}
    return lab_fleet.checklist(services, websocket_health_fail_on="never", websocket_health_deadline=120)


def test_what_happens_is_seen_and_its_place_is_told(lab_fleet: Fleet, report: Report) -> None:
    report.names_first(lab_fleet.names[2], "unsafe port", "browser-unsafe-port")
    first = report.service(lab_fleet.names[2], "unsafe port")["diagnoses"][0]
    because = " ".join(first["because"])
    assert "Chromium" in because and "/:2:1" in because
    assert "/:2:1" in " ".join(first["next_steps"]["immediate"])
    assert {"browser.websocket"} < set(first["explains"])


@pytest.mark.parametrize("cause", TOLD)
def test_the_guide_lists_it(cause: str) -> None:
    """The table of what Chromium says names every cause that it is staged with."""
    table = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8").partition("### What Chromium says")[2]
    assert f"(diagnoses/{cause}.md)" in table


def test_no_process_and_no_profile_stays(report: Report) -> None:
    assert report.data["hosts"]
    all_gone(profiles_since(_BEFORE))


def test_the_path_ends_at_the_browser(lab_fleet: Fleet, report: Report) -> None:
    text = (report.path.parent / "report.md").read_text()
    assert "public URL ✓ → browser ✗ (turns bad here)" in text
    assert "browser ✓" in text


def test_the_module_alone(lab_fleet: Fleet, staged: list[dict[str, t.Any]]) -> None:
    entry = next(service for service in staged if service["name"] == "plain")
    options = {name: entry[name] for name in ("port", "public_url", "frontend", "chromium")}
    options["chromium"] = {**options["chromium"], "screenshot": True}
    target = lab_fleet.directory / "browser.json"
    keep = {
        "delegate_to": "localhost",
        "connection": "local",
        "ansible.builtin.copy": {"content": "{{ answer | to_json }}", "dest": str(target), "mode": "0600"},
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "check_mode": False,
    }
    tasks = [{"websocket.health.browser_probe": options, "register": "answer"}, keep]
    # A host that does not exist: it is not asked.
    inventory = lab_fleet.inventory({"nowhere": None})
    run = lab_fleet.playbook([{"hosts": "all", "gather_facts": False, "tasks": tasks}], inventory, "--check")
    assert run.returncode == 0, run.stdout[-3000:]
    answer = json.loads(target.read_text())
    assert (answer["status"], answer["changed"]) == ("pass", False)
    assert answer["evidence"]["sockets"][0]["status"] == 101 and answer["evidence"]["screenshot"]


def _opened_by_the_host(entry: dict[str, t.Any]) -> dict[str, t.Any]:
    """The same page at an address that leads to it on the host alone."""
    port = entry["frontend"]["url"].rstrip("/").rpartition(":")[2]
    chromium = {**entry["chromium"], "where": "host"}
    return {**entry, "frontend": {"url": f"http://127.0.0.1:{port}/"}, "chromium": chromium}


def _left_on(host: t.Any) -> str:
    """Profiles and processes of browsers on a host."""
    look = "ls -d /tmp/websocket-health-browser-* 2>&-; pgrep -af 'remote-debugging-pip[e]'; true"
    return str(host.run(["sh", "-c", look]).stdout)


def test_the_browser_of_a_host(lab_fleet: Fleet, staged: list[dict[str, t.Any]]) -> None:
    host = lab_fleet.host(2)
    entries = {entry["name"]: entry for entry in staged}
    services = [_opened_by_the_host(entries[name]) for name in CASES]
    report = lab_fleet.checklist({host.name: services}, websocket_health_fail_on="never", websocket_health_deadline=60)
    for service in services[1:]:
        report.names_first(host.name, service["name"], CASES[service["name"]].cause)
    checks = {
        check["id"]: check["status"]
        for check in report.service(host.name, "plain")["checks"]
        if check["vantage"] == "browser"
    }
    assert set(checks.values()) <= {"pass", "skip"} and checks["browser.websocket"] == "pass", checks
    assert _left_on(host) == ""


def test_the_module_on_a_chosen_host(lab_fleet: Fleet, staged: list[dict[str, t.Any]]) -> None:
    host = lab_fleet.host(2)
    entry = _opened_by_the_host(next(service for service in staged if service["name"] == "plain"))
    options = {name: entry[name] for name in ("port", "public_url", "frontend", "chromium")}
    task = {"websocket.health.browser_probe": options, "delegate_to": host.name, "run_once": True}
    inventory = lab_fleet.inventory({"nowhere": None, host.name: None})
    run = lab_fleet.playbook([{"hosts": "nowhere", "gather_facts": False, "tasks": [task]}], inventory)
    assert run.returncode == 0, run.stdout[-3000:]
    # Without a browser there the answer says so, and where.
    task["websocket.health.browser_probe"] = {**options, "chromium": {"where": "host", "path": "/nowhere/chromium"}}
    run = lab_fleet.playbook([{"hosts": "nowhere", "gather_facts": False, "tasks": [task]}], inventory)
    assert run.returncode == 2 and "/nowhere/chromium is not an executable program on the host" in run.stdout
    assert _left_on(host) == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_killed_leaves_nothing(
    lab_fleet: Fleet, staged: list[dict[str, t.Any]], number: signal.Signals
) -> None:
    entry = next(service for service in staged if service["name"] == "plain")
    options = {"frontend": entry["frontend"], "chromium": {"stay": 25}, "deadline": 40}
    play = [{"hosts": "all", "gather_facts": False, "tasks": [{"websocket.health.browser_probe": options}]}]
    path, before = lab_fleet.directory / "killed.yml", frozenset(profiles())
    path.write_text(json.dumps(play))
    lab_fleet.playbook([{"hosts": "none", "tasks": []}], lab_fleet.inventory({"nowhere": None}))
    command = [
        str(pathlib.Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        str(lab_fleet.directory / "inventory.yml"),
    ]
    process = subprocess.Popen(
        [*command, str(path)], env=lab_fleet.last_environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(lambda: profiles_since(before), 20.0)
        time.sleep(1.0)
        appeared = profiles_since(before)
        assert appeared
        process.send_signal(number)
        process.wait(30)
        # Of a play that was killed the worker goes on to its task's end.
        all_gone(appeared)
    finally:
        process.kill()
