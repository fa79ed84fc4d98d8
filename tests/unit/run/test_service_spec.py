# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wrong option is named, with its value and what is allowed, before anything is asked."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.websocket.health.plugins.module_utils._run.run_probes import ON_CONTROLLER, OPT_IN, SUBJECTS
from ansible_collections.websocket.health.plugins.module_utils._run.service_spec import (
    PROBE_OPTIONS,
    SERVICE,
    SERVICE_RULES,
    checklist_spec,
    probe_spec,
)
from ansible_collections.websocket.health.plugins.plugin_utils._run.service_values import complain

WRONG: list[tuple[dict[str, t.Any], str, str]] = [
    ({"port": 0}, "'port'", "0.*1 to 65535"),
    ({"port": 70000}, "'port'", "70000.*1 to 65535"),
    ({"port": -1}, "'port'", "-1"),
    ({}, "'port'", "'socket'"),
    ({"process": {"min": 1}}, "'port'", "found"),
    ({"process": {"command": "node"}, "exposure": "auto"}, "'port'", "this probe checks"),
    ({"port": 1, "process": {"command": "node("}}, "'process.command'", r"node\("),
    ({"port": 1, "websocket": {"expect": "*"}}, "'websocket.expect'", "nothing to repeat"),
    ({"port": 1, "logs": [{"path": "/a", "ready": "ok"}, {"path": "/b", "ready": "["}]}, "'logs[1].ready'", r"\["),
    ({"port": 1, "logs": [{"unit": "a", "websocket": "(?P<x"}]}, "'logs[0].websocket'", r"\(\?P<x"),
    ({"port": 1, "process": {"min": -1}}, "'process.min'", "-1"),
    ({"port": 1, "process": {"min": 3, "max": 2}}, "'process.max'", r"less than 'process.min' \(3\)"),
    ({"port": 1, "websocket": {"hold": -5}}, "'websocket.hold'", "-5"),
    ({"port": 1, "websocket": {"path": "ws"}}, "'websocket.path'", "starts with '/'"),
    ({"port": 1, "websocket": {"path": "/ws HTTP/1.1\r\nX: y"}}, "'websocket.path'", "no spaces"),
    ({"port": 1, "websocket": {"path": "/ws\n"}}, "'websocket.path'", "no spaces"),
    ({"port": 1, "public_url": "https://chat.example.com/"}, "'public_url'", "ws://"),
    ({"port": 1, "public_url": "wss:///ws"}, "'public_url'", "names a host"),
    ({"port": 1, "public_url": "chat.example.com"}, "'public_url'", "ws://"),
    ({"port": 1, "frontend": {"url": "chat.example.com"}}, "'frontend.url'", "https://"),
    ({"frontend": {"url": "http://a/"}, "chromium": {"stay": -1.0}}, "'chromium.stay'", "0 to 600"),
    ({"chromium": {"stay": 1.0}}, "'frontend.url'", "page"),
]
RIGHT: list[dict[str, t.Any]] = [
    {"port": 1},
    {"port": 65535},
    {"socket": "/run/chat.sock"},
    {"process": {"command": "node"}},
    {"process": {"pidfile": "/run/chat.pid"}, "port": None},
    {"port": 1, "process": {"min": 0, "max": 0}},
    {"port": 1, "process": None, "websocket": None, "logs": None},
    {"port": 1, "websocket": {"path": "/socket.io/?EIO=4&transport=websocket", "expect": "po+ng", "hold": 0}},
    {"port": 1, "public_url": "wss://[::1]:8443/ws?x=1"},
    {"port": 1, "logs": [{"path": "/a", "ready": r"port (?P<port>\d+)"}]},
    {"chromium": None, "frontend": {"url": "https://chat.example.com/"}},
]


@pytest.mark.parametrize(("service", "option", "words"), WRONG)
def test_the_message_names_the_option(service: dict[str, t.Any], option: str, words: str) -> None:
    message = complain(service, "services[2] (chat): ")
    assert message is not None
    assert message.startswith("services[2] (chat): ")
    assert option in message
    assert re.search(words, message)


@pytest.mark.parametrize("service", RIGHT)
def test_what_is_allowed_passes(service: dict[str, t.Any]) -> None:
    assert complain(service) is None


def test_every_probe_has_its_options() -> None:
    assert set(PROBE_OPTIONS) == {*SUBJECTS, *OPT_IN, *ON_CONTROLLER}
    for subject, names in PROBE_OPTIONS.items():
        assert set(names) - {"capture"} <= set(SERVICE)
        spec = probe_spec(subject)
        assert set(names) | {"deadline", "skip", "only", "payload", "fail_on"} == set(spec)
        assert spec["fail_on"]["default"] == "fail"
        assert spec["payload"]["no_log"] is True


def test_only_name_and_port_are_required() -> None:
    spec = checklist_spec()
    answer = ArgumentSpecValidator(spec).validate({"services": [{"name": "chat", "port": 8080}]})
    assert answer.error_messages == []
    assert answer.validated_parameters["services"][0]["exposure"] == "auto"


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ({"port": 1}, "name"),
        ({"name": "a"}, "one of the following is required: port, socket"),
        ({"name": "a", "port": 1, "socket": "/s"}, "mutually exclusive: port|socket"),
        ({"name": "a", "port": "http"}, "port"),
        ({"name": "a", "port": 1, "prot": 2}, "prot"),
        ({"name": "a", "port": 1, "exposure": "public"}, "exposure"),
        ({"name": "a", "port": 1, "logs": [{"ready": "x"}]}, "path, unit"),
    ],
)
def test_types_and_rules_are_ansibles_own(service: dict[str, t.Any], words: str) -> None:
    assert SERVICE_RULES
    answer = ArgumentSpecValidator(checklist_spec()).validate({"services": [service]})
    assert any(words in message for message in answer.error_messages), answer.error_messages
