# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host sent stays as it is; what the controller saw is added to each subject that judges it."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._controller.join_evidence import join_evidence

from tests.unit.recorded.load import NAMES, load

REACHED = {"address": "192.0.2.12 port 8080", "outcome": "connected", "ms": 1.5}
SEEN: dict[str, t.Any] = {
    "clock": {"host": 1.0, "controller": 2.0},
    "reached": REACHED,
    "handshake": {"outcome": "open", "address": "192.0.2.12 port 8080"},
    "public": {"url": "wss://chat.example.com/", "lookup": {"name": "chat.example.com", "error": "EAI_NONAME"}},
    "session": {"outcome": "established", "url": "wss://chat.example.com/"},
    "page": {"url": "https://chat.example.com/", "status": 200},
    "visit": {"subject": "browser", "sockets": []},
}
EMPTY: dict[str, t.Any] = {name: {} for name in ("process", "port", "websocket", "tls", "firewall", "frontend")}


def _unchanged(host: dict[str, t.Any], seen: dict[str, t.Any]) -> dict[str, t.Any]:
    """The two joined, neither of them changed."""
    sent, looked = copy.deepcopy(host), copy.deepcopy(seen)
    joined: dict[str, t.Any] = join_evidence(host, seen)
    assert (host, seen) == (sent, looked)
    return joined


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_a_host_sent_is_changed(name: str) -> None:
    _service, host = load(name)
    joined = _unchanged(host, SEEN)
    assert joined.keys() == host.keys() | {"browser"}


def test_each_subject_gets_what_it_judges() -> None:
    joined = _unchanged({**EMPTY, "websocket": {"path": "/ws", "public_name": {"error": ""}}}, SEEN)
    assert joined["port"] == {"controller": REACHED, "proxies": []}
    assert joined["firewall"] == {"controller": REACHED, "port_evidence": {"proxies": []}}
    assert joined["websocket"] == {
        "path": "/ws",
        "public_name": {"error": ""},
        "clock": SEEN["clock"],
        "controller": {**SEEN["handshake"], "port_evidence": {"proxies": []}},
        "public": {**SEEN["public"], "host_lookup": {"error": ""}},
    }
    assert joined["tls"] == {"public": SEEN["session"]}
    assert joined["frontend"] == {"page": SEEN["page"]}
    assert joined["browser"] == SEEN["visit"]
    assert joined["process"] == {}


def test_what_nobody_looked_at_is_not_added() -> None:
    joined = _unchanged(EMPTY, {"reached": REACHED})
    assert joined["websocket"] == joined["tls"] == joined["frontend"] == {}
    assert joined.keys() == EMPTY.keys()


def test_a_subject_that_was_not_asked_is_not_made() -> None:
    assert _unchanged({"process": {"processes": []}}, {**SEEN, "visit": {}}) == {
        "process": {"processes": []},
        "browser": {},
    }


def test_a_name_that_the_controller_knows_is_not_asked_of_the_host() -> None:
    joined = _unchanged(EMPTY, {**SEEN, "public": {"url": "wss://chat.example.com/", "outcome": "open"}})
    assert joined["websocket"]["public"] == {"url": "wss://chat.example.com/", "outcome": "open"}


@pytest.mark.parametrize(
    ("proxy", "ports"),
    [
        ({}, [80, 443]),
        ({"proxies": [{"pid": 7, "leads": None, "ports": [443]}]}, [80, 443]),
        ({"proxies": [{"pid": 7, "leads": True, "ports": [443]}]}, [80, 443]),
        ({"proxies": [{"pid": 7, "leads": False, "ports": [443]}]}, [80]),
        ({"proxies": [{"pid": 7, "leads": False, "ports": [80, 443]}]}, None),
        ({"proxies": [{"pid": 7, "leads": False, "ports": [443]}], "asked": 7, "url_from": "public_url"}, [80, 443]),
    ],
)
def test_proxies_that_lead_elsewhere(proxy: dict[str, t.Any], ports: list[int] | None) -> None:
    listening = {"proxies": [{"name": "nginx", "ports": [80, 443]}]}
    joined = _unchanged({**EMPTY, "port": listening, "proxy": proxy}, SEEN)
    left = [] if ports is None else [{"name": "nginx", "ports": ports}]
    assert joined["port"]["proxies"] == left
    assert (
        joined["firewall"]["port_evidence"] == joined["websocket"]["controller"]["port_evidence"] == {"proxies": left}
    )
