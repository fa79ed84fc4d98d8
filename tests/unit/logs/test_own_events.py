# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of a log that the probe's own connection caused."""

from __future__ import annotations

import pathlib

from ansible_collections.websocket.health.plugins.module_utils._logs.own_events import own_events


def test_what_a_log_grew_by_counts(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("client connected\nReceived: wsh-0123\nclient disconnected\n")
    sizes = {str(log): log.stat().st_size}
    assert own_events(sizes, "wsh-0123") == {"events": {}, "message_sent": False}
    with log.open("a") as stream:
        stream.write("client connected\nReceived: wsh-abcd\nclient disconnected\n")
    seen = own_events(sizes, "wsh-abcd")
    assert seen["events"] == {
        "connection": "client connected",
        "message": "Received: wsh-abcd",
        "close": "client disconnected",
    }
    assert seen["message_sent"]
    assert not own_events(sizes, "wsh-0123")["message_sent"], "an earlier run sent that"


def test_a_log_that_was_cut_is_new(tmp_path: pathlib.Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("client connected\n")
    assert set(own_events({str(log): 10_000_000}, "")["events"]) == {"connection"}
    assert own_events({str(tmp_path / "gone.log"): 5}, "")["events"] == {}
