# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of an Electron app says. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common
from .websocket import HandshakeSeen

#: Where the version was found: a file.
_From = t.TypedDict("_From", {"from": t.Optional[str]}, total=False)


class AppSeen(t.TypedDict, total=False):
    """The app as such."""

    #: As of its package.json.
    name: str
    version: str
    #: The program of the main process.
    main: str
    #: How many it has, without other people's packages.
    files: int
    #: The archive or directory.
    opened: str


class ElectronVersion(_From, total=False):
    """The version of Electron; None: nothing tells it."""

    version: t.Optional[str]
    major: t.Optional[int]


class InProgram(t.TypedDict, total=False):
    """A place in a program of the app."""

    file: str
    line: int


#: ``default`` where the window says nothing, ``unknown`` where an expression decides.
Setting = t.Union[bool, str]


class WindowSettings(t.TypedDict, total=False):
    """What decides about the page of a window, by the names of Electron."""

    contextIsolation: Setting
    nodeIntegration: Setting
    sandbox: Setting
    webSecurity: Setting
    allowRunningInsecureContent: Setting


class Window(InProgram, total=False):
    """A ``new BrowserWindow``."""

    settings: WindowSettings
    #: The last part of the path that is named; empty: none is; ``unknown``.
    preload: str


class Exposed(InProgram, total=False):
    """What a preload script hands to the page."""

    name: str
    keys: t.List[str]


class BridgeFinding(InProgram, total=False):
    """What is wrong with it."""

    #: ``raw``, ``any-channel``, ``event``, ``generic`` or ``unknown``.
    kind: str
    name: str


class Load(InProgram, total=False):
    """A page that a window loads."""

    #: ``file``, ``https`` and so on; None: no literal tells.
    scheme: t.Optional[str]


class AppSocket(InProgram, total=False):
    """A ``new WebSocket``."""

    #: None: no literal tells it.
    url: t.Optional[str]
    #: The process that makes it: ``main``, ``preload``, ``renderer`` or ``unknown``.
    role: str


class Decision(InProgram, total=False):
    """What a program decides about connections."""

    #: ``proxy``, ``blind``, ``own-trust``, ``child``, ``waits`` or ``reconnects``.
    kind: str
    #: Of a proxy Chromium's rules, None where no literal tells them; else what it is by.
    value: t.Optional[str]
    #: Of a proxy: Chromium's rules for what goes past it.
    bypass: t.Optional[str]
    #: As of a WebSocket.
    role: str


class PagePolicy(t.TypedDict, total=False):
    """The Content Security Policy of a page, as its meta element says it."""

    file: str
    policy: t.Optional[str]


class NullOrigin(HandshakeSeen, total=False):
    """A handshake with the Origin of pages from files."""

    #: Where it was not accepted: the outcome without any Origin.
    control: str


class Trust(t.TypedDict, total=False):
    """What this host's roots say of the certificate that the app meets."""

    url: str
    #: OpenSSL's: 0 is trusted; None: there was no answer.
    code: t.Optional[int]
    message: t.Optional[str]


class TriedProxy(t.TypedDict, total=False):
    """A proxy that the app names, and whether it takes connections from this host."""

    #: As the app has them.
    rules: str
    #: ``localhost port 3128``
    address: str
    #: ``connected``, or why not; empty: there was no time.
    outcome: str


class AppPrograms(t.TypedDict, total=False):
    """What the programs and pages of the app say."""

    windows: t.List[Window]
    exposed: t.List[Exposed]
    findings: t.List[BridgeFinding]
    loads: t.List[Load]
    sockets: t.List[AppSocket]
    policies: t.List[PagePolicy]
    decisions: t.List[Decision]
    #: Those that were taken apart.
    programs: t.List[str]


class Electron(Common, AppPrograms, total=False):
    """The evidence of the Electron app."""

    #: As it is given.
    path: t.Optional[str]
    #: None: it was not opened.
    app: t.Optional[AppSeen]
    electron: t.Optional[ElectronVersion]
    #: A handshake with the Origin of pages from files; None: nobody was asked.
    null_origin: t.Optional[NullOrigin]
    #: None: the app uses no TLS, or nobody could look.
    trust: t.Optional[Trust]
    proxies: t.List[TriedProxy]
