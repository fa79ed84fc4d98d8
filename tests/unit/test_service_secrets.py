# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets leave a service before it becomes module arguments, and come back on the target."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils.service_secrets import seal, secrets_of, unseal
from ansible_collections.websocket.health.plugins.plugin_utils.carry import carry

CANARY = "cAnArY7x"
SERVICES: list[dict[str, t.Any]] = [
    {"name": "bare", "port": 1},
    {"name": "none", "port": 1, "websocket": None},
    {"name": "empty", "port": 1, "websocket": {"headers": {}, "send": None, "path": "/ws"}},
    {"name": "one", "port": 1, "websocket": {"headers": {"Authorization": f"Bearer {CANARY}"}, "path": "/ws"}},
    {
        "name": "all",
        "port": 1,
        "websocket": {
            "headers": {"b": CANARY + "1", "A": CANARY + "2", "c": f"[sealed 0] {CANARY}"},
            "send": f"login {CANARY}",
            "expect": "welcome",
        },
    },
]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service["name"])
def test_what_was_sealed_comes_back(service: dict[str, t.Any]) -> None:
    before = copy.deepcopy(service)
    sealed, values = seal(service)
    assert service == before, "the inventory's own entry must not change"
    assert CANARY not in json.dumps(sealed)
    assert unseal(json.loads(json.dumps(sealed)), json.loads(json.dumps(values))) == service


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service["name"])
def test_names_stay_readable(service: dict[str, t.Any]) -> None:
    sealed, _values = seal(service)
    assert (sealed["name"], sealed["port"]) == (service["name"], 1)
    headers = (service.get("websocket") or {}).get("headers") or {}
    assert set((sealed.get("websocket") or {}).get("headers") or {}) == set(headers)


def test_numbers_become_text_and_nothing_stays_nothing() -> None:
    sealed, values = seal({"websocket": {"headers": {"X-A": 12345678, "X-B": None}}})
    assert "12345678" not in json.dumps(sealed)
    assert unseal(sealed, values)["websocket"]["headers"] == {"X-A": "12345678", "X-B": None}


def test_what_was_never_sealed_stays() -> None:
    service = {"websocket": {"headers": {"X-A": "plain"}, "send": "ping"}}
    assert unseal(service, []) == service
    assert unseal(service, ["something else"]) == service


@pytest.mark.parametrize(
    ("headers", "secrets", "harmless"),
    [
        ({"Authorization": "Bearer tok-en"}, {"Bearer tok-en", "tok-en"}, {"Bearer"}),
        ({"Cookie": "theme=dark; sid=abc123"}, {"abc123", "dark"}, {"sid", "theme"}),
        ({"X-Number": 12345}, {"12345"}, set()),
        ({"X-None": None}, set(), {"None"}),
    ],
)
def test_values_that_must_never_leave(headers: dict[str, t.Any], secrets: set[str], harmless: set[str]) -> None:
    found = set(secrets_of({"websocket": {"headers": headers}}))
    assert secrets <= found
    assert not harmless & found


def test_no_service_has_secrets_by_itself() -> None:
    assert secrets_of({"port": 1}) == []
    assert secrets_of({"websocket": None}) == []


def test_module_arguments_hold_no_value() -> None:
    sealed, payload = carry(SERVICES)
    assert CANARY not in json.dumps(sealed)
    assert CANARY not in payload
    assert "None" not in json.dumps(sealed) and "null" not in json.dumps(sealed), "an option that is None is not given"
