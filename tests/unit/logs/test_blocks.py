# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading texts in blocks: where points in time are, and files that change, are damaged or absurd."""

from __future__ import annotations

import functools
import os
import pathlib
import random
import resource
import subprocess
import sys
import time

import pytest
from ansible_collections.websocket.health.plugins.module_utils._logs.blocks import FileText, MemoryText, Reader
from ansible_collections.websocket.health.plugins.module_utils._logs.findings import Findings
from ansible_collections.websocket.health.plugins.module_utils._logs.needles import MAX_PLACES, Needles
from ansible_collections.websocket.health.plugins.module_utils._logs.scan import DETAIL, HEAD, Patterns, Scan, ranges
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline

from tests.unit.probed_host import computing

T0 = 1795400000


def stamped(count: int, step: float = 1.0, start: float = T0) -> list[bytes]:
    """Lines that begin with an ISO timestamp."""
    return list(_stamped(count, step, start))


@functools.cache
def _stamped(count: int, step: float, start: float) -> tuple[bytes, ...]:
    return tuple(
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start + number * step)).encode() + b" INFO line %d" % number
        for number in range(count)
    )


def scan(text: FileText | MemoryText, budget: int = 1 << 24, deadline: float = 30.0) -> tuple[Scan, Findings]:
    """Scan a whole text."""
    findings = Findings()
    one = Scan(Reader(text), "log", Patterns(None, None), findings, Deadline(deadline, time.process_time))
    one.run(ranges(0, text.size, budget), events_from=0)
    return one, findings


@pytest.mark.parametrize("size", [100, 1000, 70000, 1 << 20])
def test_blocks_cover_everything_once_in_whole_lines(size: int) -> None:
    data = b"\n".join(stamped(20000))
    reader = Reader(MemoryText(data, T0 + 20000))
    pieces = [(block.offset + block.begin, block.data[block.begin :]) for block in reader.blocks(0, len(data), size)]
    assert pieces == sorted(pieces, reverse=True)
    assert b"".join(piece for _offset, piece in reversed(pieces)) == data
    if size >= 1000:
        assert all(piece.startswith(b"2026-") for _offset, piece in pieces)


@pytest.mark.parametrize("number", [0, 1, 17, 5000, 19998, 19999])
def test_offset_of_a_moment(number: int) -> None:
    lines = stamped(20000)
    data = b"\n".join(lines) + b"\n"
    reader = Reader(MemoryText(data, T0 + 20000))
    offset = reader.offset_at(T0 + number - 0.5)
    assert data[offset:].startswith(lines[number])


def test_offset_of_a_moment_after_the_end_and_before_the_beginning() -> None:
    data = b"\n".join(stamped(100))
    reader = Reader(MemoryText(data, T0 + 100))
    assert reader.offset_at(T0 + 1000) == len(data)
    assert reader.offset_at(T0 - 1000) == 0


def test_offset_of_a_moment_with_long_traces_between_the_lines() -> None:
    random.seed(3)
    lines = stamped(3000)
    data = b"".join(line + b"\n" + b"    at f (/srv/a.js:1:2)\n" * random.randrange(200) for line in lines)
    reader = Reader(MemoryText(data, T0 + 3000))
    offset = reader.offset_at(T0 + 1500 - 0.5)
    assert data[offset:].startswith(lines[1500])


def test_the_hole_that_copytruncate_leaves(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "server.log"
    with open(path, "wb") as stream:
        stream.seek(300 << 20)
        stream.write(b"\n" + b"\n".join(stamped(1000)) + b"\nTraceback (most recent call last):\nValueError: x\n")
    text = FileText(str(path))
    reader = Reader(text)
    assert reader.stamped
    offset = reader.offset_at(T0 + 500 - 0.5)
    assert text.read(offset, 20) == b"2026-11-23T02:21:40Z"
    text.close()


def test_truncated_while_being_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "server.log"
    path.write_bytes(b"\n".join(stamped(60000)))
    text = FileText(str(path))
    reader = Reader(text)
    findings = Findings()
    one = Scan(reader, "log", Patterns(None, None), findings, Deadline(30))
    with open(path, "wb"):
        pass
    one.run(ranges(0, text.size, 1 << 24))
    assert text.truncated
    assert not findings.traces
    text.close()


def test_truncated_by_another_process_in_the_middle(tmp_path: pathlib.Path) -> None:
    """With mmap this would be SIGBUS."""
    path = tmp_path / "server.log"
    path.write_bytes(b"x" * 99 + b"\n")
    with open(path, "ab") as stream:
        for _ in range(40):
            stream.write(b"\n".join(stamped(20000)) + b"\n")
    writer = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep(0.02); open({str(path)!r}, 'w')"])
    text = FileText(str(path))
    one, _findings = scan(text, budget=1 << 30)
    writer.wait()
    assert one.bytes >= 0
    text.close()


@pytest.mark.fuzz
def test_a_line_of_30_megabytes() -> None:
    data = b"INFO start\n" + b"x" * (30 << 20) + b" Error: y\nTypeError: z\n    at f (/srv/a.js:1:2)\n"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _one, findings = scan(MemoryText(data, T0), budget=1 << 26)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert [group.fields["type"] for group in findings.traces.values()] == ["TypeError"]
    assert after - before < 20 * 1024


@pytest.mark.fuzz
def test_a_line_of_30_megabytes_full_of_hits() -> None:
    with computing(20):
        _one, findings = scan(MemoryText(b"Error: " * (30 << 17), T0), budget=1 << 26)
    assert findings.sampled


@pytest.mark.fuzz
@pytest.mark.parametrize("filler", [b"A", b"a.", b" ", b"(", b":1:in `", b"x: ", b"Aa::", b"\t", b"[", b"'"])
def test_no_line_takes_long(filler: bytes) -> None:
    """Whoever can write to the log must not be able to stop the scan."""
    line = filler * (8000 // len(filler)) + b" Error: x EADDRINUSE\n    at f (/srv/a.js:1:2)\n"
    with computing(4):
        one, _findings = scan(MemoryText(line * 64, T0))
    assert not one.cut


def test_a_trace_amid_binary_data_is_found() -> None:
    random.seed(1)
    junk = bytes(random.getrandbits(8) for _ in range(200000))
    _one, findings = scan(MemoryText(junk + b"\0\0\nTypeError: z\n    at f (/srv/a.js:1:2)\n" + junk, T0))
    assert [group.fields["type"] for group in findings.traces.values()] == ["TypeError"]


def test_a_trace_across_the_border_of_two_blocks() -> None:
    trace = b'ERROR x\nTraceback (most recent call last):\n  File "/srv/a.py", line 1, in f\n    y\nValueError: z\n'
    for before in range(512 * 1024 - len(trace) - 8, 512 * 1024 + 8, 7):
        filler = (b"INFO line\n" * (1 + (before // 10)))[:before] + b"\n"
        _one, findings = scan(MemoryText(b"INFO line\n" * 3 + trace + filler, T0))
        assert [group.count for group in findings.traces.values()] == [1]


def test_ranges_respect_the_budget_and_read_the_beginning() -> None:
    size, budget = 1 << 31, 1 << 24
    stretches = ranges(1000, size, budget)
    assert sum(stretch.high - stretch.low for stretch in stretches) == budget
    assert stretches[0].low == 1000
    assert stretches[0].high == 1000 + HEAD
    assert stretches[1].high == size
    assert ranges(5, 5, budget) == []
    whole = ranges(0, 3 * DETAIL, 1 << 30)
    assert sum(stretch.high - stretch.low for stretch in whole) == 3 * DETAIL


def test_a_scan_without_time_reads_nothing_and_says_so() -> None:
    data = b"\n".join(stamped(1000))
    one, _findings = scan(MemoryText(data, T0), deadline=0.1)
    assert one.cut
    assert one.bytes == 0


def test_not_a_regular_file(tmp_path: pathlib.Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(OSError, match="not a regular file"):
        FileText(str(fifo))


def test_needles_find_what_find_would() -> None:
    literals = [b"Error", b"EACCES", b"Traceback (most recent call last)", b"in use", b"Too", b"Two"]
    data = b"xError EACCES Traceback (most recent call last) in use Too Two Error"
    expected = sorted(position for word in literals for position in range(len(data)) if data.startswith(word, position))
    assert Needles(literals).places(data) == (expected, False)
    assert Needles(literals).places(data, 10)[0] == [place for place in expected if place >= 10]
    places, more = Needles([b"aa"]).places(b"aa" * 10 * MAX_PLACES)
    assert (len(places), more) == (MAX_PLACES, True)
