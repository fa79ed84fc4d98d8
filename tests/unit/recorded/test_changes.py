# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a recorded case change what they name, and are refused where that was not recorded."""

from __future__ import annotations

import pytest

from tests.unit.builders.port import with_listener, with_port
from tests.unit.builders.service import with_websocket_options
from tests.unit.builders.websocket import with_hold
from tests.unit.recorded.load import Changes, change, load


def test_a_change_replaces_only_the_values_that_it_names() -> None:
    _service, recorded = load("service-healthy")
    _service, changed = load("service-healthy", with_listener(queued=60) + with_port(proxies=[]))
    assert changed["port"]["listeners"][0] == {**recorded["port"]["listeners"][0], "queued": 60}
    assert changed["port"]["proxies"] == []
    assert {**changed, "port": None} == {**recorded, "port": None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (change("port", listener=[]), "has no listener; it has"),
        (change("prt", gaps=[]), "prt"),
        (change("port", "listeners", 7, pids=[]), "index out of range"),
        (change("port", "listeners", 0, "pid", number=7), "pid"),
    ],
)
def test_a_change_of_what_was_not_recorded_is_refused(changes: Changes, words: str) -> None:
    with pytest.raises(LookupError, match=words):
        load("service-healthy", changes)


def test_options_and_what_was_not_tried_are_added() -> None:
    assert "hold" not in (load("healthy")[0].get("websocket") or {})
    service, evidence = load("healthy", with_websocket_options(hold=60) + with_hold(held_s=60.0))
    assert service["websocket"]["hold"] == 60
    assert evidence["websocket"]["conversation"]["hold"] == {"held_s": 60.0}


def test_two_tests_do_not_share_what_they_change() -> None:
    rows = [{"name": "nginx", "ports": [443]}]
    changes = change("port", proxies=rows)
    load("service-healthy", changes)[1]["port"]["proxies"][0]["ports"].append(80)
    assert load("service-healthy", changes)[1]["port"]["proxies"] == rows == [{"name": "nginx", "ports": [443]}]
