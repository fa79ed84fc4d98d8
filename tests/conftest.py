# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the checkout importable as ``ansible_collections.websocket.health``, and tells what a test needs by its marks."""

from __future__ import annotations

import os
import pathlib
import shlex
import sys
import threading
import time
import typing as t

import pytest

from tests.interrupt import unwinding
from tests.servers.catalogue import lacking

#: Marks of tests that are not fast.
NEEDY = ("servers", "browser", "fuzz")
_PROCESSES = "processes of its own, whose age the kernel tells, and faketime does not move the kernel's time"
_SOCKETS = "real sockets and time-outs of processes of its own, which wait for hours or not at all under faketime"
#: Files of tests, or tests, that cannot run under faketime, and why.
AT_THE_KERNELS_TIME = {
    "tests/unit/probes/test_process.py": _PROCESSES,
    "tests/unit/system/test_find.py": _PROCESSES,
    "tests/unit/system/test_process_tables.py": _PROCESSES,
    "tests/unit/system/test_listeners.py": _PROCESSES,
    "tests/unit/probes/test_environment.py": _PROCESSES,
    "tests/unit/probes/test_port.py": _SOCKETS,
    "tests/unit/probes/test_websocket.py": _SOCKETS,
    "tests/unit/probes/test_tls.py": _SOCKETS,
    "tests/unit/test_fault_matrix.py": _SOCKETS,
    "tests/unit/protocol/test_handshake.py": _SOCKETS,
    "tests/unit/controller/test_http2_connect.py": _SOCKETS,
    "tests/unit/controller/test_public_url.py": _SOCKETS,
    "tests/unit/controller/test_served_frontend.py": _SOCKETS,
    "tests/unit/controller/test_route.py": _SOCKETS,
    "tests/unit/browser/test_facts.py": _SOCKETS,
    "tests/unit/browser/test_privileges.py": _SOCKETS,
    "tests/unit/controller/test_browser.py": _SOCKETS,
    "tests/unit/run/test_payload.py": _SOCKETS,
    "tests/unit/report/test_nagios.py": "its plugin is a shell script that asks find(1) for the age of a file",
}
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


def pytest_configure(config: pytest.Config) -> None:
    """Whatever stops pytest, fixtures end what they started."""
    unwinding()
    if config.getoption("other_time"):
        # faketime cannot do clock_nanosleep(2) by the monotonic clock, which it is told to leave alone.
        time.sleep = lambda seconds: threading.Event().wait(seconds)  # type: ignore[assignment,return-value]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--fast``, for make test-fast; ``--other-time``, for make times."""
    parser.addoption("--fast", action="store_true", help="skip all but what is marked fast, and say what that needs")
    parser.addoption("--other-time", action="store_true", help="skip what cannot run under faketime, and say why")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks by place: who is no unit test needs servers, or a browser; who has no mark is fast."""
    for item in items:
        place = item.path.relative_to(CHECKOUT / "tests").parts[0] if item.path.is_relative_to(CHECKOUT) else ""
        if place == "browser":
            item.add_marker("browser")
        elif place != "unit":
            item.add_marker("servers")
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("fuzz")
        if not any(item.get_closest_marker(name) for name in NEEDY):
            item.add_marker("fast")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what cannot run here, or is not to."""
    needs = [str(need) for mark in item.iter_markers("servers") for need in mark.args]
    if item.get_closest_marker("browser"):
        needs.append("chromium")
    if item.config.getoption("fast") and not item.get_closest_marker("fast"):
        marks = ", ".join(name for name in NEEDY if item.get_closest_marker(name))
        pytest.skip(f"not fast: {marks}" + (f" ({', '.join(needs)})" if needs else ""))
    if "root" in needs and os.geteuid() != 0:
        pytest.skip("needs root")
    place = item.nodeid.partition("[")[0]
    for name, reason in AT_THE_KERNELS_TIME.items() if item.config.getoption("other_time") else ():
        if place == name or place.startswith(name + "::"):
            pytest.skip(reason)
    lacks = lacking(need for need in needs if need != "root")
    if lacks:
        pytest.skip(f"needs {', '.join(lacks)}: make setup")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> t.Iterator[None]:
    """With CI=true nothing may be skipped: what could not run has not passed."""
    outcome = yield
    report = t.cast(t.Any, outcome).get_result()
    chosen = item.config.getoption("fast") or item.config.getoption("other_time")
    if report.skipped and not chosen and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI=true forbids: {report.longrepr}"


def pytest_terminal_summary(terminalreporter: t.Any) -> None:
    """How to run what failed once more, alone."""
    failed = [*terminalreporter.stats.get("failed", ()), *terminalreporter.stats.get("error", ())]
    for report in failed[:10]:
        terminalreporter.write_line(
            f"again: .venv/bin/python -m pytest -p no:cacheprovider {shlex.quote(report.nodeid)}"
        )
