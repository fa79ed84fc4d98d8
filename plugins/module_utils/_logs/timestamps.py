# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""When a log line was written: the usual shapes of timestamps, as seconds since the epoch."""

from __future__ import annotations

import calendar
import re
import time
import typing as t

from .._run.lazy_pattern import LazyPattern

#: A timestamp further to the right belongs to the message, not to the record.
_HEAD = 96
#: … and so does one that begins later than this.
_LATEST = 48
#: A JSON record may name its time anywhere near its beginning.
_JSON_HEAD = 400
#: docker's json-file driver puts the time last: ``…,"stream":"stdout","time":"2026-11-23T10:11:12.123Z"}``
_DOCKER_TAIL = 64
#: What every timestamp has: hours and minutes, or an epoch. Most lines without one are recognised by this alone.
_ANY_TIME = re.compile(rb"\d:\d\d|1\d{9}")

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}

_CLOCK = r"(?P<h>\d\d):(?P<mi>\d\d):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?"
_SHAPES = tuple(
    LazyPattern(shape)
    for shape in (
        # 2026-11-23T10:11:12.123+01:00 · 2026-11-23 10:11:12,123 · 2026/11/23 10:11:12 (Go, nginx)
        r"(?<!\d)(?P<y>\d{4})[-/](?P<mo>\d\d)[-/](?P<d>\d\d)[T ]" + _CLOCK + r"\s?(?P<z>Z\b|UTC\b|[+-]\d\d:?\d\d\b)?",
        # [23/Nov/2026:10:11:12 +0000] (access logs) · [23/Nov/2026 10:11:12] (Django) · 23-Nov-2026 10:11:12.123 (Tomcat)
        r"(?<!\d)(?P<d>\d\d?)[/-](?P<mon>[A-Z][a-z]{2})[/-](?P<y>\d{4})[: ]"
        + _CLOCK
        + r"(?: ?(?P<z>[+-]\d{4}\b|UTC\b))?",
        # Mon Nov 23 10:11:12.123456 2026 (Apache, ctime)
        r"[A-Z][a-z]{2} (?P<mon>[A-Z][a-z]{2}) {1,2}(?P<d>\d\d?) " + _CLOCK + r" (?P<y>\d{4})",
        # Nov 23 10:11:12 (syslog)
        r"^(?:<\d{1,3}>)?(?P<mon>[A-Z][a-z]{2}) {1,2}(?P<d>\d\d?) " + _CLOCK,
        # 11/23/2026, 10:11:12 AM (NestJS)
        r"(?<![\d/])(?P<mo>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{4}),? (?P<h>\d\d?):(?P<mi>\d\d):(?P<s>\d\d)(?: (?P<half>[AP]M))?",
        # Nov 23, 2026 2:08:57 AM (java.util.logging)
        r"^(?P<mon>[A-Z][a-z]{2}) (?P<d>\d\d?), (?P<y>\d{4}),? (?P<h>\d\d?):(?P<mi>\d\d):(?P<s>\d\d) (?P<half>[AP]M)",
        # [I 261123 10:11:12 web:2271] (tornado)
        r"^\[[A-Z] (?P<yy>\d\d)(?P<mo>\d\d)(?P<d>\d\d) " + _CLOCK,
        # 10:11:12.123 (Elixir and others): the day is not said
        r"^\[?" + _CLOCK + r"(?!\d|:)",
    )
)
_EPOCH = LazyPattern(r"^[@\[]?(?P<e>1\d{9})(?P<ms>\d{3})?(?:\.(?P<f>\d{1,9}))?(?=[]:,|\s])")
_JSON_EPOCH = LazyPattern(
    r"\"(?:ts|time|timestamp|@timestamp|t|date)\"\s*:\s*\"?(?P<e>1\d{9})(?P<ms>\d{3})?(?:\.(?P<f>\d+))?(?=[\s,}\"])"
)


class Stamp(t.NamedTuple):
    """A timestamp of a line.

    ``epoch`` is in seconds; without a zone in the text it was read as local time.
    """

    epoch: float
    #: The text named its zone (or is an epoch).
    zoned: bool
    #: The text named the day.
    dated: bool


def find_stamp(line: bytes, mtime: float) -> Stamp | None:
    """The timestamp at the beginning of a line, or None.

    :param line: the raw line, whole (docker's time stands at its end); else only its beginning is looked at.
    :param mtime: when the file was last written (epoch): gives the year and the day if the text doesn't.
    """
    json = line[:1] == b"{"
    head = line[:_HEAD] if not json else line[-_DOCKER_TAIL:] if line[:8] == b'{"log":"' else line[:_JSON_HEAD]
    if _ANY_TIME.search(head) is None:
        return None
    text = head.decode("latin-1")
    match = _JSON_EPOCH.search(text) if json else _EPOCH.match(text)
    if match is not None:
        return Stamp(int(match.group("e")) + _fraction(match.group("ms") or match.group("f")), True, True)
    for pattern in _SHAPES:
        match = pattern.search(text)
        if match is not None and (json or match.start() <= _LATEST):
            stamp = _from_match(match, mtime)
            if stamp is not None:
                return stamp
    return None


def _fraction(digits: str | None) -> float:
    return float("0." + digits) if digits else 0.0


def _from_match(match: re.Match[str], mtime: float) -> Stamp | None:
    found = match.groupdict()
    base = time.localtime(mtime)
    try:
        month = _MONTHS[found["mon"].lower()] if found.get("mon") else int(found.get("mo") or base.tm_mon)
        day = int(found.get("d") or base.tm_mday)
        year = int(found["y"]) if found.get("y") else 2000 + int(found["yy"]) if found.get("yy") else base.tm_year
        hour = _hour(int(found["h"]), found.get("half"))
        fields = (year, month, day, hour, int(found["mi"]), int(found["s"]))
        if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and fields[4] < 60 and fields[5] < 62):
            return None
        epoch, zoned = _epoch(fields, found.get("z"))
    except (KeyError, ValueError, OverflowError):
        return None
    dated = found.get("d") is not None
    if epoch > mtime + 86400 and not found.get("y") and not found.get("yy"):
        # No year in the text: a line of December read in January. No day: a line of yesterday.
        epoch = _epoch((year - 1,) + fields[1:], None)[0] if dated else epoch - 86400
    elif not dated and epoch > mtime + 60:
        epoch -= 86400
    return Stamp(epoch + _fraction(found.get("f")), zoned, dated)


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    return hour % 12 + (12 if half == "PM" else 0)


def _epoch(fields: tuple[int, ...], zone: str | None) -> tuple[float, bool]:
    if zone is None:
        year, month, day, hour, minute, second = fields
        return time.mktime((year, month, day, hour, minute, second, 0, 0, -1)), False
    epoch = float(calendar.timegm(fields + (0, 0, 0)))
    if zone[0] in "+-":
        digits = zone[1:].replace(":", "")
        offset = int(digits[:2]) * 3600 + int(digits[2:]) * 60
        epoch -= offset if zone[0] == "+" else -offset
    return epoch, True


def zone_shift(last: Stamp, mtime: float) -> float:
    """Seconds to add to zoneless timestamps of a file so that they are right.

    Many programs log UTC without saying so. The last line of a file was written when the file was last
    modified: if that fits UTC and not the local zone, the zoneless timestamps are UTC.

    :param last: the stamp of the file's very last line.
    :param mtime: when the file was last written (epoch).
    """
    if last.zoned or not last.dated or abs(mtime - last.epoch) < 120:
        return 0.0
    as_utc = calendar.timegm(time.localtime(int(last.epoch))) - int(last.epoch)
    return float(as_utc) if as_utc and abs(mtime - last.epoch - as_utc) < 120 else 0.0
