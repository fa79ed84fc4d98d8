# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What works overrules what is inferred: a refusal that no client meets is no failure and has no cause."""

from __future__ import annotations

import typing as t

import pytest

from tests.unit.recorded.load import Changes, change, load, results, verdict

OPEN = {"outcome": "open", "status": 101, "first_byte_ms": 1.0}
THROUGH_PROXY = change("proxy", add=True, through=OPEN)


def _at_public_url(address: str, controller: str = "192.0.2.12") -> Changes:
    return change("websocket", add=True, public=dict(OPEN, address=address, url="wss://chat.example.com/ws")) + change(
        "port", "controller", add=True, outcome="connected", numeric=controller
    )


@pytest.mark.parametrize("name", ["origin-403", "not-found-404", "upgrade-required-426"])
def test_a_refusal_past_the_proxy_is_no_failure(name: str) -> None:
    assert results(name)["websocket.handshake"]["status"] == "fail"
    overruled = results(name, THROUGH_PROXY)
    assert overruled["websocket.handshake"]["status"] == "unknown"
    assert "through the proxy" in overruled["websocket.handshake"]["summary"]
    assert not [entry for entry in verdict(name, THROUGH_PROXY)["diagnoses"] if entry["role"] == "root"]


def test_the_port_itself_counts_where_clients_dial_it() -> None:
    service, evidence = load("not-found-404", THROUGH_PROXY)
    from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import judge

    judged = judge(t.cast(t.Any, {**service, "exposure": "direct"}), t.cast(t.Any, evidence))
    assert [entry["status"] for entry in judged["checks"] if entry["id"] == "websocket.handshake"][0] == "fail"


def test_a_public_url_counts_where_it_is_the_host_s_own() -> None:
    here, elsewhere = _at_public_url("192.0.2.12:443"), _at_public_url("198.51.100.1:443")
    assert results("not-found-404", here)["websocket.handshake"]["status"] == "unknown"
    # A load balancer's answer may be another host's.
    assert results("not-found-404", elsewhere)["websocket.handshake"]["status"] == "fail"


def test_a_public_url_on_the_service_s_own_port_is_the_port_itself() -> None:
    service, _evidence = load("not-found-404")
    same = _at_public_url(f"192.0.2.12:{service['port']}")
    assert results("not-found-404", same)["websocket.handshake"]["status"] == "fail"


def test_what_does_not_depend_on_the_way_still_fails() -> None:
    assert results("not-running", THROUGH_PROXY)["port.listening"]["status"] == "fail"


def test_who_is_redirected_to_another_network_is_served() -> None:
    """Of packets from other hosts alone: this host refuses itself, sees no listener, and must not say that nothing runs."""
    assert [entry["id"] for entry in verdict("not-running")["diagnoses"]] == ["process-not-running"]
    outside = change("websocket", add=True, controller=dict(OPEN, address="192.0.2.12:3000"))
    judged = verdict("not-running", outside)
    assert (judged["diagnoses"], judged["status"]) == ([], "unknown")
    rows = {(entry["id"], entry["vantage"]): entry for entry in judged["checks"]}
    assert rows["websocket.handshake", "controller"]["status"] == "pass"
    for name in ("process.running", "port.listening", "websocket.handshake"):
        assert rows[name, "host"]["status"] == "unknown"
        assert "does not listen in this host's own network" in rows[name, "host"]["summary"]
