# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""How evidence begins. Types alone: nothing imports them on a host, and they do not travel."""

from __future__ import annotations

import typing as t

from .browser import Browser
from .capture import Capture
from .common import Common
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


class NewEvidence(t.Protocol):
    """new_evidence of ``_run/evidence.py``: a subject, and fields of its evidence by their names."""

    @t.overload
    def __call__(self, subject: t.Literal["browser"], /, **fields: t.Unpack[Browser]) -> Browser: ...
    @t.overload
    def __call__(self, subject: t.Literal["capture"], /, **fields: t.Unpack[Capture]) -> Capture: ...
    @t.overload
    def __call__(self, subject: t.Literal["electron"], /, **fields: t.Unpack[Electron]) -> Electron: ...
    @t.overload
    def __call__(self, subject: t.Literal["environment"], /, **fields: t.Unpack[Environment]) -> Environment: ...
    @t.overload
    def __call__(self, subject: t.Literal["firewall"], /, **fields: t.Unpack[Firewall]) -> Firewall: ...
    @t.overload
    def __call__(self, subject: t.Literal["frontend"], /, **fields: t.Unpack[FrontEnd]) -> FrontEnd: ...
    @t.overload
    def __call__(self, subject: t.Literal["log"], /, **fields: t.Unpack[Log]) -> Log: ...
    @t.overload
    def __call__(self, subject: t.Literal["port"], /, **fields: t.Unpack[Port]) -> Port: ...
    @t.overload
    def __call__(self, subject: t.Literal["process"], /, **fields: t.Unpack[Process]) -> Process: ...
    @t.overload
    def __call__(self, subject: t.Literal["proxy"], /, **fields: t.Unpack[Proxy]) -> Proxy: ...
    @t.overload
    def __call__(self, subject: t.Literal["tls"], /, **fields: t.Unpack[Tls]) -> Tls: ...
    @t.overload
    def __call__(self, subject: t.Literal["websocket"], /, **fields: t.Unpack[Websocket]) -> Websocket: ...
    @t.overload
    def __call__(self, subject: str, /) -> Common: ...
