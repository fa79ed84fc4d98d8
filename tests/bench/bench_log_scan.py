# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a large log is searched, next to ``grep -cE`` with the same alternation, and in how much memory.

``python tests/bench/bench_log_scan.py [--mebibytes 2048] [--directory DIR]``

Writes a realistic log of 2 GiB, reads it once (so that both find it in the page cache), measures grep and the
scan alternately, prints one line with both throughputs, their ratio and the scan's peak memory, and exits
with 1 if the scan is slower than half of grep or takes more than 64 MiB. The file is removed in any case.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests import conftest
from tests.interrupt import unwinding

MIN_RATIO = 0.5
MAX_MEMORY = 64.0
ROUNDS = 3

_SCAN = """
import json, re, sys, time
sys.path.insert(0, sys.argv[2])
from tests import conftest
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._logs.blocks import FileText, Reader
from ansible_collections.websocket.health.plugins.module_utils._logs.findings import Findings
from ansible_collections.websocket.health.plugins.module_utils._logs.scan import EVENTS, Patterns, Scan, ranges
started = time.perf_counter()
text = FileText(sys.argv[1])
findings = Findings()
scan = Scan(Reader(text), sys.argv[1], Patterns(None, None), findings, Deadline(600))
scan.run(ranges(0, text.size, text.size), events_from=text.size - EVENTS)
seconds = time.perf_counter() - started
traces = sum(group.count for group in findings.traces.values())
print(json.dumps({"seconds": seconds, "bytes": scan.bytes, "traces": traces,
                  "signatures": sum(group.count for group in findings.signatures.values()),
                  # Not ru_maxrss: it begins with the parent's.
                  "memory": int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read()).group(1)) / 1024.0}))
"""

_TRACES = (
    "ERROR handler failed\nTraceback (most recent call last):\n"
    '  File "/srv/chat/app.py", line 41, in on_message\n    room = rooms[message["room"]]\nKeyError: \'room\'\n',
    "unhandled\nTypeError: Cannot read properties of undefined (reading 'id')\n"
    "    at onMessage (/srv/chat/server.js:88:21)\n    at WebSocket.emit (node:events:518:28)\n"
    "    at Receiver.receiverOnMessage (/srv/chat/node_modules/ws/lib/websocket.js:1220:20)\n",
    "ERROR listen EADDRINUSE: address already in use 127.0.0.1:8080\n",
)


def _line(moment: float) -> str:
    number = random.randrange
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + f".{number(1000):03d}Z "
    kind = random.random()
    if kind < 0.50:
        return (
            f"{stamp}INFO chat.server message from client {number(9999)} room={number(99)} bytes={number(5000)} "
            f"latency_ms={random.random() * 9:.2f} trace={random.getrandbits(128):032x}\n"
        )
    if kind < 0.70:
        return (
            f'10.1.2.{number(255)} - - [23/Nov/2026:10:11:12 +0000] "GET /api/v1/rooms/{number(1000)} HTTP/1.1" 200 '
            f'{number(9999)} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) '
            'Chrome/120.0 Safari/537.36"\n'
        )
    if kind < 0.85:
        return f"{stamp}DEBUG connection open from 10.0.0.{number(255)}:{number(65535)}\n"
    if kind < 0.98:
        return f"{stamp}DEBUG connection closed code=1000 from 10.0.0.{number(255)}\n"
    if kind < 0.9998:
        return f"{stamp}WARN slow consumer {number(9999)} queue={number(99)}\n"
    return stamp + random.choice(_TRACES)


def write_log(path: pathlib.Path, mebibytes: int) -> None:
    """A log of the given size: 16 MiB of lines, again and again."""
    random.seed(7)
    lines: list[str] = []
    size, moment = 0, 1.79e9
    while size < 16 << 20:
        moment += 0.01
        lines.append(_line(moment))
        size += len(lines[-1])
    piece = "".join(lines).encode()
    with open(path, "wb") as stream:
        for _ in range(max(1, mebibytes // 16)):
            stream.write(piece)


def alternation() -> str:
    """The literals that the scan looks for in gigabytes, as grep takes them."""
    from ansible_collections.websocket.health.plugins.module_utils._logs.needles import DEEP

    return "|".join(re.escape(literal.decode()).replace("\\ ", " ") for literal in DEEP)


def measure(path: pathlib.Path) -> int:
    """Measure both, print the line, return the exit status."""
    grep = shutil.which("grep") or "grep"
    best = {"grep": 1e9, "scan": 1e9}
    memory, result, count = 0.0, {}, ""
    size = path.stat().st_size
    with open(path, "rb") as stream:
        while stream.read(1 << 24):
            pass
    for _ in range(ROUNDS):
        started = time.perf_counter()
        count = subprocess.run([grep, "-cE", alternation(), str(path)], capture_output=True, text=True).stdout.strip()
        best["grep"] = min(best["grep"], time.perf_counter() - started)
        checkout = str(conftest.CHECKOUT)
        run = subprocess.run(
            [sys.executable, "-c", _SCAN, str(path), checkout], capture_output=True, text=True, check=True
        )
        result = json.loads(run.stdout)
        if result["bytes"] != size:
            print(f"the scan read {result['bytes']} of {size} bytes")
            return 1
        best["scan"] = min(best["scan"], result["seconds"])
        memory = max(memory, result["memory"])
    mega = size / 1e6
    ratio = best["grep"] / best["scan"]
    good = ratio >= MIN_RATIO and memory <= MAX_MEMORY
    print(
        f"log scan, {mega:.0f} MB: scan {mega / best['scan']:.0f} MB/s, grep -cE {mega / best['grep']:.0f} MB/s "
        f"({count} lines), ratio {ratio:.2f} (at least {MIN_RATIO}), peak {memory:.1f} MiB (at most {MAX_MEMORY:.0f}), "
        f"{result['traces']} traces, {result['signatures']} signatures: {'ok' if good else 'MISSED'}"
    )
    return 0 if good else 1


def main() -> int:
    """Write, measure, remove."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mebibytes", type=int, default=2048)
    parser.add_argument("--directory", default=None, help="where the log is written (needs that much space)")
    options = parser.parse_args()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="bench-log-", dir=options.directory))
    try:
        path = directory / "server.log"
        write_log(path, options.mebibytes)
        return measure(path)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    unwinding()
    sys.exit(main())
