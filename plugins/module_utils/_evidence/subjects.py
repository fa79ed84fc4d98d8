# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""All evidence of one service, by subject. Types alone: nothing imports them on a host, and they do not travel."""

from __future__ import annotations

import typing as t

from .browser import Browser
from .capture import Capture
from .electron import Electron
from .environment import Environment
from .firewall import Firewall
from .frontend import FrontEnd
from .log import Log
from .port import Port
from .process import Process
from .proxy import Proxy
from .tls import Tls
from .websocket import Websocket

Subject = t.Literal[
    "process",
    "environment",
    "log",
    "port",
    "websocket",
    "proxy",
    "tls",
    "firewall",
    "frontend",
    "browser",
    "electron",
    "capture",
]


class Subjects(t.TypedDict, total=False):
    """The evidence of one service; a subject that nobody asked about is absent."""

    process: Process
    environment: Environment
    log: Log
    port: Port
    websocket: Websocket
    proxy: Proxy
    tls: Tls
    firewall: Firewall
    frontend: FrontEnd
    browser: Browser
    electron: Electron
    capture: Capture
