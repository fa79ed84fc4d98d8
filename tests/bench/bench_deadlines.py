# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far past its deadline a probe ends, against servers that do all to hold it up; fails where it is too late."""

from __future__ import annotations

import concurrent.futures
import pathlib
import sys
import threading
import time
from collections.abc import Callable

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / ".cache" / "tree")]

from ansible_collections.websocket.health.plugins.module_utils._run.concurrently import concurrently
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline

from tests.interrupt import unwinding
from tests.servers.fault_server import STAGES, staged
from tests.unit.probed_host import ask, looked_at, new_context, probe_with

DEADLINE, LATE = 4.0, 0.5


def seconds(call: Callable[[], object]) -> float:
    """What the clock says of a call."""
    began = time.monotonic()
    call()
    return time.monotonic() - began


def slowest(calls: dict[str, Callable[[], object]]) -> tuple[float, str]:
    """The one that takes longest, a few at a time."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        taken = dict(zip(calls, pool.map(seconds, calls.values()), strict=True))
    name = max(taken, key=lambda key: taken[key])
    return taken[name], name


def main() -> int:
    """Measure, print, compare."""
    rows: list[tuple[str, float, float]] = []
    with staged() as ports:
        system = looked_at()
        services = {name: {"name": name, "port": port, "websocket": {"path": "/"}} for name, port in ports.items()}
        one = {
            name: lambda it=it: probe_with("websocket", it, new_context(it, DEADLINE, system=system))
            for name, it in services.items()
        }
        took, name = slowest(one)
        rows.append((f"handshake, {len(STAGES)} kinds of server ({name})", took, DEADLINE + LATE))
        took, name = slowest({name: lambda it=it: ask(it, deadline=DEADLINE) for name, it in services.items()})
        rows.append((f"all probes of a service ({name})", took, DEADLINE + LATE))
    release = threading.Event()
    deaf = {str(number): lambda: release.wait(30) for number in range(12)}
    rows.append(("12 tasks that ignore it", seconds(lambda: concurrently(deaf, Deadline(0.3))), 0.3 + 1.2))
    release.set()
    for what, took, most in rows:
        print(f"{what}: {took:.2f} s (at most {most:g}): {'ok' if took <= most else 'MISSED'}")
    return int(any(took > most for _what, took, most in rows))


if __name__ == "__main__":
    unwinding()
    sys.exit(main())
