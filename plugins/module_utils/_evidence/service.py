# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a probe checks: an entry of ``websocket_health_services``, as validated by ``_run/service_spec.py``.

An option that is not set is absent or None. Only types: nothing imports them on a host, and they are not sent there.
"""

from __future__ import annotations

import typing as t


class ProcessOptions(t.TypedDict, total=False):
    """How the service's processes are recognised."""

    #: A regular expression on the command line.
    command: t.Optional[str]
    user: t.Optional[str]
    unit: t.Optional[str]
    pidfile: t.Optional[str]
    min: t.Optional[int]
    max: t.Optional[int]


class EnvironmentOptions(t.TypedDict, total=False):
    """Which variables the running process should have."""

    #: Values as YAML reads them: a port is a number, ``debug: no`` a truth value.
    expect: t.Optional[t.Dict[str, t.Any]]
    require: t.Optional[t.List[str]]
    forbid: t.Optional[t.List[str]]
    file: t.Optional[str]


class LogOptions(t.TypedDict, total=False):
    """One log: a file or a unit's journal."""

    path: t.Optional[str]
    unit: t.Optional[str]
    #: Regular expressions on a line.
    ready: t.Optional[str]
    websocket: t.Optional[str]


class WebsocketOptions(t.TypedDict, total=False):
    """What a client of the service requests and sends."""

    path: t.Optional[str]
    dialect: t.Optional[str]
    origin: t.Optional[str]
    subprotocols: t.Optional[t.List[str]]
    #: Values as YAML reads them; one that is null is not sent.
    headers: t.Optional[t.Dict[str, t.Any]]
    send: t.Optional[str]
    expect: t.Optional[str]
    #: Seconds.
    hold: t.Optional[float]
    reveal: t.Optional[bool]


class TlsOptions(t.TypedDict, total=False):
    """What clients trust."""

    ca_path: t.Optional[str]
    min_days: t.Optional[int]
    #: Only for ``continuity``.
    verify: t.Optional[bool]


class ProxyOptions(t.TypedDict, total=False):
    """The reverse proxy on the host."""

    kind: t.Optional[str]
    config: t.Optional[str]
    dump: t.Optional[bool]


class FrontendOptions(t.TypedDict, total=False):
    """The page that connects to the service."""

    url: t.Optional[str]
    root: t.Optional[str]
    browser: t.Optional[bool]


class ChromiumOptions(t.TypedDict, total=False):
    """The browser that opens the page."""

    path: t.Optional[str]
    arguments: t.Optional[t.List[str]]
    user: t.Optional[str]
    where: t.Optional[str]
    #: Seconds.
    stay: t.Optional[float]
    screenshot: t.Optional[bool]


class ElectronOptions(t.TypedDict, total=False):
    """The desktop application."""

    path: t.Optional[str]


class CaptureOptions(t.TypedDict, total=False):
    """Only for ``capture_probe``."""

    seconds: float
    packets: int
    #: Bytes of a packet.
    snaplen: int
    pcap: bool


class NamedPath(t.TypedDict):
    """A path on which the service's page opens its WebSocket."""

    path: str
    #: Where that is written or was seen.
    where: str


class Service(t.TypedDict, total=False):
    """One service of a host: ``port`` or ``socket`` is set."""

    name: str
    port: t.Optional[int]
    socket: t.Optional[str]
    exposure: t.Optional[str]
    process: t.Optional[ProcessOptions]
    environment: t.Optional[EnvironmentOptions]
    logs: t.Optional[t.List[LogOptions]]
    websocket: t.Optional[WebsocketOptions]
    public_url: t.Optional[str]
    tls: t.Optional[TlsOptions]
    proxy: t.Optional[ProxyOptions]
    frontend: t.Optional[FrontendOptions]
    chromium: t.Optional[ChromiumOptions]
    electron: t.Optional[ElectronOptions]
    capture: t.Optional[CaptureOptions]
    #: Set by the action plugin: the controller listens on its own connection in the meantime.
    listened_to: bool
    #: Set by the action plugin where the inventory names no path.
    named_paths: t.List[NamedPath]
