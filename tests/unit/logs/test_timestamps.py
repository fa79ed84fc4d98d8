# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a line was written."""

from __future__ import annotations

import calendar
import os
import time
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._logs.timestamps import find_stamp, zone_shift

EPOCH = calendar.timegm((2026, 11, 23, 10, 11, 12))
MTIME = EPOCH + 60.0


@pytest.fixture(params=["UTC", "Europe/Berlin"])
def zone(request: pytest.FixtureRequest) -> t.Iterator[str]:
    """Local time zones to run in."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


ZONED = [
    (b"2026-11-23T10:11:12.5Z INFO x", 0.5),
    (b"2026-11-23T11:11:12.123+01:00 INFO x", 0.123),
    (b"[2026-11-23 10:11:12 +0000] [7] [INFO] x", 0),
    (b'1.2.3.4 - - [23/Nov/2026:10:11:12 +0000] "GET / HTTP/1.1" 200', 0),
    (b"[23-Nov-2026 10:11:12 UTC] PHP Fatal error", 0),
    (b'{"level":30,"time":%d123,"msg":"x"}' % EPOCH, 0.123),
    (b'{"level":"info","ts":%d.25,"msg":"x"}' % EPOCH, 0.25),
    (b'{"@timestamp":"2026-11-23T10:11:12.000Z","message":"x"}', 0),
    (b'{"log":"2020-01-01 00:00:00 x\\n","stream":"stdout","time":"2026-11-23T10:11:12.75Z"}', 0.75),
    (b"%d: mosquitto version 2.0.11 running" % EPOCH, 0),
    (b"@%d.500000 text" % EPOCH, 0.5),
    (b"2026-11-23T10:11:12.123456789Z stdout F x", 0.123456789),
]
LOCAL = [
    b"2026-11-23 10:11:12,123 INFO x",
    b"2026/11/23 10:11:12 listen tcp",
    b"I, [2026-11-23T10:11:12.123456 #123]  INFO -- : x",
    b"[23/Nov/2026 10:11:12] GET",
    b"23-Nov-2026 10:11:12.123 INFO [main]",
    b"[Mon Nov 23 10:11:12.123456 2026] [core:notice]",
    b"Nov 23 10:11:12 web1 chat[123]: x",
    b"<30>Nov 23 10:11:12 web1 chat[123]: x",
    b"[Nest] 123  - 11/23/2026, 10:11:12 AM     LOG",
    b"Nov 23, 2026 10:11:12 AM Main main",
    b"[I 261123 10:11:12 web:2271] 101 GET /ws",
    b"10:11:12.123 [info] CONNECTED TO",
]
NONE = [
    b"INFO:     Uvicorn running on http://127.0.0.1:9017",
    b"",
    b"    at f (/srv/a.js:10:11)",
    b"Server started on port 8080",
    b"x" * 80 + b" 2026-11-23 10:11:12",
    b"99/Foo/2026:10:11:12 x",
]


@pytest.mark.parametrize(("line", "fraction"), ZONED)
def test_a_timestamp_with_a_zone_is_exact(zone: str, line: bytes, fraction: float) -> None:
    stamp = find_stamp(line, MTIME)
    assert stamp is not None
    assert stamp.zoned
    assert stamp.epoch == pytest.approx(EPOCH + fraction, abs=1e-6)


@pytest.mark.parametrize("line", LOCAL)
def test_a_timestamp_without_a_zone_is_local_time(zone: str, line: bytes) -> None:
    offset = 3600 if zone == "Europe/Berlin" else 0
    stamp = find_stamp(line, MTIME + offset * -1)
    assert stamp is not None
    assert not stamp.zoned
    assert int(stamp.epoch) == EPOCH - offset


@pytest.mark.parametrize("line", NONE)
def test_a_line_without_a_timestamp_has_none(line: bytes) -> None:
    assert find_stamp(line, MTIME) is None


def test_december_read_in_january() -> None:
    january = time.mktime((2027, 1, 2, 0, 0, 0, 0, 0, -1))
    stamp = find_stamp(b"Dec 31 23:59:59 web1 chat: x", january)
    assert stamp is not None
    assert time.localtime(stamp.epoch).tm_year == 2026


def test_time_of_day_after_the_last_write_was_yesterday() -> None:
    noon = time.mktime((2026, 11, 23, 12, 0, 0, 0, 0, -1))
    stamp = find_stamp(b"23:00:00 x", noon)
    assert stamp is not None
    assert not stamp.dated
    assert noon - stamp.epoch == 13 * 3600


def test_utc_without_saying_so(zone: str) -> None:
    """The last line was written when the file was: that tells the zone."""
    stamp = find_stamp(b"2026-11-23 10:11:12,000 INFO x", EPOCH + 1.0)
    assert stamp is not None
    assert stamp.epoch + zone_shift(stamp, EPOCH + 1.0) == EPOCH
    # A log that was copied or touched later tells nothing.
    assert zone_shift(stamp, EPOCH + 50000.0) == 0.0
