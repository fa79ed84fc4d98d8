# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets of a service: which of its values they are, and that module arguments, and so logs, hold none."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._run.payload import Payload
from ansible_collections.websocket.health.plugins.module_utils._run.service_secrets import secrets_of, shown_service
from ansible_collections.websocket.health.plugins.plugin_utils._run.pack_payload import pack_services

CANARY = "cAnArY7x"
SERVICES: list[dict[str, t.Any]] = [
    {"name": "bare", "port": 1},
    {"name": "socket", "socket": "/run/chat.sock"},
    {"name": "none", "port": 1, "websocket": None, "socket": None},
    {"name": "header", "port": 1, "websocket": {"headers": {"Authorization": f"Bearer {CANARY}"}, "path": "/ws"}},
    {"name": "message", "port": 1, "websocket": {"send": f"login {CANARY}", "path": f"/ws?token={CANARY}"}},
    {"name": "url", "port": 1, "public_url": f"wss://user:{CANARY}@h/"},
    {"name": "variable", "port": 1, "environment": {"expect": {"API_TOKEN": CANARY, "NODE_ENV": "production"}}},
]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service["name"])
def test_what_is_carried_arrives(service: dict[str, t.Any]) -> None:
    before = copy.deepcopy(service)
    _shown, payload = pack_services([service])
    assert service == before, "the inventory's own entry must not change"
    assert Payload.unpack(payload).services == [service]


def test_module_arguments_hold_no_value() -> None:
    shown, payload = pack_services(SERVICES)
    assert CANARY not in json.dumps(shown)
    assert CANARY not in payload
    assert [entry["name"] for entry in shown] == [service["name"] for service in SERVICES]
    assert shown[1] == {"name": "socket", "socket": "/run/chat.sock"}
    assert shown[2] == {"name": "none", "port": 1}, "an option that is None is not given"


@pytest.mark.parametrize(
    ("headers", "secrets", "harmless"),
    [
        ({"Authorization": "Bearer tok-en"}, {"Bearer tok-en", "tok-en"}, {"Bearer"}),
        ({"Cookie": "theme=dark; sid=abc123"}, {"abc123", "dark"}, {"sid", "theme"}),
        ({"X-Number": 12345}, {"12345"}, set()),
        ({"X-None": None}, set(), {"None"}),
    ],
)
def test_header_values_must_never_leave(headers: dict[str, t.Any], secrets: set[str], harmless: set[str]) -> None:
    found = set(secrets_of({"websocket": {"headers": headers}}))
    assert secrets <= found
    assert not harmless & found


def test_expected_values_of_secret_variables_must_never_leave() -> None:
    expect = {"API_TOKEN": CANARY, "NODE_ENV": "production"}
    assert secrets_of({"environment": {"expect": expect}}) == [CANARY]


def test_a_service_without_secret_options_has_no_secrets() -> None:
    assert secrets_of({"port": 1}) == []
    assert secrets_of({"websocket": None, "environment": None}) == []


def test_an_entry_that_others_read_has_no_secret() -> None:
    entry = {
        "name": "chat",
        "port": 8080,
        "public_url": "wss://u:hunter@chat.example.com/?ticket=abcdefgh1",
        "websocket": {
            "headers": {"X-A": "abc", "Cookie": None},
            "send": "tea time",
            "expect": "welcome",
            "path": "/ws",
        },
    }
    shown = shown_service(entry)
    assert shown["websocket"] == {
        "headers": {"X-A": "[redacted]", "Cookie": "[redacted]"},
        "send": "[8 characters]",
        "expect": "[7 characters]",
        "path": "/ws",
    }
    assert "hunter" not in str(shown) and "abcdefgh1" not in str(shown)
    revealed = shown_service({**entry, "websocket": {**entry["websocket"], "reveal": True}})  # type: ignore[dict-item]
    assert revealed["websocket"]["send"] == "tea time"
    assert shown_service({"name": "bare", "port": 1}) == {"name": "bare", "port": 1}
