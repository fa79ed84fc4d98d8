# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of an Electron app says. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common
from .websocket import HandshakeSeen

#: The file that has it. None: none has.
_From = t.TypedDict("_From", {"from": t.Optional[str]}, total=False)


class AppSeen(t.TypedDict, total=False):
    """The app itself."""

    #: Its name, from its package.json.
    name: str
    #: Its version, from its package.json.
    version: str
    #: The script of its main process.
    main: str
    #: How many files it has, without other people's packages.
    files: int
    #: The archive or directory that was opened.
    opened: str


class ElectronVersion(_From, total=False):
    """The version of Electron."""

    #: The full version. None: nothing shows it.
    version: t.Optional[str]
    #: Its first number. None: nothing shows it.
    major: t.Optional[int]


class InProgram(t.TypedDict, total=False):
    """A place in a script of the app."""

    #: The script that it is in.
    file: str
    #: The line that it is on.
    line: int


#: ``default`` if the window sets nothing, ``unknown`` if an expression decides.
Setting = t.Union[bool, str]


class WindowSettings(t.TypedDict, total=False):
    """The settings of a window's page, by their names in Electron."""

    #: Whether preload scripts run in a separate context.
    contextIsolation: Setting
    #: Whether the page has Node's functions.
    nodeIntegration: Setting
    #: Whether the page's process is in the sandbox.
    sandbox: Setting
    #: Whether the same-origin policy is enforced.
    webSecurity: Setting
    #: Whether a page from https runs content from http.
    allowRunningInsecureContent: Setting


class Window(InProgram, total=False):
    """A ``new BrowserWindow``."""

    #: The settings of its page: true, false, ``default`` if the window sets nothing, ``unknown`` if an
    #: expression decides.
    settings: WindowSettings
    #: The last part of the path of its preload script; empty: it names none; ``unknown``.
    preload: str


class Exposed(InProgram, total=False):
    """What a preload script exposes to the page."""

    #: Its name in the page.
    name: str
    #: The functions and values in it.
    keys: t.List[str]


class BridgeFinding(InProgram, total=False):
    """Something that is wrong with what a preload script exposes to the page."""

    #: What is wrong: ``raw``, ``any-channel``, ``event``, ``generic`` or ``unknown``.
    kind: str
    #: The function or value, by its name in the page.
    name: str


class Load(InProgram, total=False):
    """A page that a window loads."""

    #: The scheme of its URL: ``file``, ``https`` and so on. None: it is not a literal.
    scheme: t.Optional[str]


class AppSocket(InProgram, total=False):
    """A ``new WebSocket``."""

    #: The URL that it connects to. None: it is not a literal.
    url: t.Optional[str]
    #: The process that creates it: ``main``, ``preload``, ``renderer`` or ``unknown``.
    role: str


class Decision(InProgram, total=False):
    """What a script decides about connections."""

    #: What is decided: ``proxy`` (which proxy is used), ``blind`` (any certificate is accepted), ``own-trust`` (the
    #: app decides which certificates to accept, or has its own roots), ``child`` (a program is started), ``waits`` (for a
    #: sign of one) or ``reconnects``.
    kind: str
    #: For a proxy Chromium's rules, None if they are not a literal; else what decides it.
    value: t.Optional[str]
    #: For a proxy: Chromium's rules for what bypasses it.
    bypass: t.Optional[str]
    #: The process that decides it: ``main``, ``preload``, ``renderer`` or ``unknown``.
    role: str


class PagePolicy(t.TypedDict, total=False):
    """The Content Security Policy of a page, from its meta element."""

    #: The page.
    file: str
    #: The policy. None: the page has none.
    policy: t.Optional[str]


class NullOrigin(HandshakeSeen, total=False):
    """A handshake with the Origin of pages from files."""

    #: The outcome without any Origin. Only where the handshake was not accepted.
    control: str


class Trust(t.TypedDict, total=False):
    """Whether this host's roots verify the certificate that the app gets."""

    #: The URL that was connected to.
    url: str
    #: OpenSSL's code: 0 is trusted. None: there was no answer.
    code: t.Optional[int]
    #: The same in OpenSSL's words.
    message: t.Optional[str]


class TriedProxy(t.TypedDict, total=False):
    """A proxy that the app sets, and whether it accepts connections from this host."""

    #: Chromium's rules, as the app has them.
    rules: str
    #: Where the proxy is, such as ``localhost port 3128``.
    address: str
    #: ``connected``, or why not; empty: there was no time.
    outcome: str


class AppPrograms(t.TypedDict, total=False):
    """What the app's scripts and pages say."""

    #: Every ``new BrowserWindow``. Only where the app was opened.
    windows: t.List[Window]
    #: What preload scripts expose to the page through contextBridge. Only where the app was opened.
    exposed: t.List[Exposed]
    #: What is wrong with what preload scripts expose to the page. Only where the app was opened.
    findings: t.List[BridgeFinding]
    #: Pages that windows load. Only where the app was opened.
    loads: t.List[Load]
    #: Every ``new WebSocket``. Only where the app was opened.
    sockets: t.List[AppSocket]
    #: The Content Security Policy of each page. Only where the app was opened.
    policies: t.List[PagePolicy]
    #: What the app's scripts decide about its connections. Only where the app was opened.
    decisions: t.List[Decision]
    #: The scripts that were parsed. Only where the app was opened.
    programs: t.List[str]


class Electron(Common, AppPrograms, total=False):
    """The evidence of the Electron app."""

    #: The configured path.
    path: t.Optional[str]
    #: The app itself. None: it was not opened.
    app: t.Optional[AppSeen]
    #: The version of Electron.
    electron: t.Optional[ElectronVersion]
    #: A handshake with the Origin of pages from files. None: no server was tried.
    null_origin: t.Optional[NullOrigin]
    #: Whether this host's roots verify the certificate that the app gets. None: the app uses no TLS, or the certificate
    #: could not be seen.
    trust: t.Optional[Trust]
    #: Proxies that the app sets by a literal, and whether they accept connections from this host.
    proxies: t.List[TriedProxy]
