# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of a log that the probe's own connection caused."""

from __future__ import annotations

import datetime
import pathlib
import time

from ansible_collections.websocket.health.plugins.module_utils.logs.own_events import own_events


def _stamped(seconds: float, text: str) -> str:
    when = datetime.datetime.fromtimestamp(time.time() + seconds, datetime.UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ ") + text + "\n"


def test_lines_with_a_time_count_from_the_start_of_the_probe(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "server.log"
    old = _stamped(-60, "client connected") + _stamped(-50, "Received: wsh-0123") + _stamped(-40, "client disconnected")
    log.write_text(old + _stamped(0, "client connected from 127.0.0.1"))
    size = log.stat().st_size
    began = time.time() - 2.0
    assert set(own_events(str(log), size, began, "wsh-0123")["events"]) == {"connection"}
    with log.open("a") as stream:
        stream.write(_stamped(0, "Received: wsh-abcd") + _stamped(0, "client disconnected"))
    seen = own_events(str(log), size, began, "wsh-abcd")
    assert set(seen["events"]) == {"connection", "message", "close"}
    assert seen["message_sent"]
    assert not own_events(str(log), size, began, "wsh-0123")["message_sent"], "an earlier run sent that"


def test_without_times_what_was_appended_counts(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("client connected\n")
    size = log.stat().st_size
    assert own_events(str(log), size, time.time(), "")["events"] == {}
    with log.open("a") as stream:
        stream.write("client disconnected\n")
    assert own_events(str(log), size, time.time(), "")["events"] == {"close": "client disconnected"}


def test_a_log_that_was_cut_is_new(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("client connected\n")
    assert set(own_events(str(log), 10_000_000, time.time(), "")["events"]) == {"connection"}
