# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Front ends that are published: what they open is found, and none of it is called wrong that is not.

Each finding was looked at in its source; REVIEWED says what came of it.
"""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks.frontend import check

from tests.servers.catalogue import CACHE
from tests.unit.probed_host import Evidence, new_context, probe_with

FOLDER = CACHE / "bundles"


class Reviewed(t.NamedTuple):
    """What is to be found in a front end."""

    folder: str = ""
    libraries: tuple[str, ...] = ()
    #: Expressions that are folded to a URL, or to a part of one.
    constructors: tuple[str, ...] = ()
    #: Checks that fail rightly.
    wrong: tuple[str, ...] = ()


REVIEWED = {
    # Its server's default address stands there for scripts of people, and is no URL of the page.
    "bokeh": Reviewed(constructors=("new WebSocket(versioned_url",)),
    "centrifuge": Reviewed(libraries=("Centrifuge",)),
    "microsoft-signalr": Reviewed(libraries=("SignalR",)),
    "mqtt": Reviewed(libraries=("MQTT",), constructors=("new WebSocket(url, [",)),
    "node-red-editor-client": Reviewed(constructors=("new WebSocket(wspath",)),
    "phoenix": Reviewed(libraries=("Phoenix",)),
    # Beside the bundles the package has its own tests, which dial made-up hosts.
    "pusher-js": Reviewed("package/dist", libraries=("Pusher",), constructors=("new window.SockJS(url",)),
    "rails-actioncable": Reviewed(
        libraries=("Action Cable",), constructors=("new adapters.WebSocket(this.consumer.url",)
    ),
    "reconnecting-websocket": Reviewed(constructors=("new WebSocket(url",)),
    "sockjs-client": Reviewed(libraries=("SockJS",)),
    "stomp-stompjs": Reviewed(libraries=("STOMP",), constructors=("new WebSocket(this.brokerURL",)),
    "streamlit": Reviewed(constructors=("new WebSocket(e,[",)),
    # These two are the clients that must not be deployed.
    "vite": Reviewed(constructors=("new WebSocket(`${socketProtocol}://",), wrong=("frontend.dev_client",)),
    "webpack-dev-server": Reviewed(wrong=("frontend.dev_client",)),
    "wetty": Reviewed(libraries=("Engine.IO", "Socket.IO")),
    "zigbee2mqtt-frontend": Reviewed(),
}


def _service(name: str) -> dict[str, t.Any]:
    folder = FOLDER / name
    assert folder.is_dir(), "python tests/servers/setup.py fetches it"
    frontend = {"root": str(folder / REVIEWED[name].folder)}
    return {"name": name, "port": 8080, "public_url": "wss://chat.acme.com/ws", "frontend": frontend}


@pytest.fixture(scope="module")
def found() -> dict[str, Evidence]:
    """The evidence of each."""
    services = {name: _service(name) for name in REVIEWED}
    return {name: probe_with("frontend", service, new_context(service, 30.0)) for name, service in services.items()}


@pytest.mark.parametrize("name", REVIEWED)
def test_what_is_in_it(found: dict[str, Evidence], name: str) -> None:
    seen, reviewed = found[name]["root"], REVIEWED[name]
    assert tuple(sorted(seen["libraries"])) == reviewed.libraries
    texts = [entry["text"] for entry in seen["findings"] if entry["kind"] == "constructor"]
    for start in reviewed.constructors:
        assert any(text.startswith(start) for text in texts), (start, texts)
    assert found[name]["gaps"] == []


def _wrong(found: dict[str, Evidence], name: str) -> dict[str, str]:
    """Id and summary of what is not right with a front end."""
    results = check(found[name], _service(name))
    return {result.id: result.summary for result in results if result.status not in ("pass", "skip")}


@pytest.mark.parametrize("name", REVIEWED)
def test_no_false_alarm(found: dict[str, Evidence], name: str) -> None:
    wrong = _wrong(found, name)
    assert tuple(wrong) == REVIEWED[name].wrong, wrong


def test_sources_are_named(found: dict[str, Evidence]) -> None:
    named = {entry["original"]["source"] for entry in found["stomp-stompjs"]["root"]["findings"] if entry["original"]}
    assert "../src/client.ts" in named


def test_the_corpus_as_a_whole(found: dict[str, Evidence], capsys: pytest.CaptureFixture[str]) -> None:
    roots = [evidence["root"] for evidence in found.values()]
    files, size = sum(root["files"] for root in roots), sum(root["bytes"] for root in roots)
    places = sum(entry["times"] for root in roots for entry in root["findings"])
    alarms = sum(len(set(_wrong(found, name)) - set(REVIEWED[name].wrong)) for name in REVIEWED)
    with capsys.disabled():
        print(
            f"\nbundles: {len(roots)} front ends, {files} files, {size / 1e6:.0f} MB, {places} findings, "
            f"{alarms} false alarms"
        )
    assert size > 50e6
