# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of an Electron app says. Types alone: nothing imports them on a host, and they do not travel."""

from __future__ import annotations

import typing as t

from .common import Common
from .websocket import HandshakeSeen

#: The file that tells it. None: none does.
_From = t.TypedDict("_From", {"from": t.Optional[str]}, total=False)


class AppSeen(t.TypedDict, total=False):
    """The app as such."""

    #: Its name, as its package.json has it.
    name: str
    #: Its version, as its package.json has it.
    version: str
    #: The program of its main process.
    main: str
    #: How many files it has, without other people's packages.
    files: int
    #: The archive or directory that was opened.
    opened: str


class ElectronVersion(_From, total=False):
    """The version of Electron."""

    #: The version in full. None: nothing tells it.
    version: t.Optional[str]
    #: Its first number. None: nothing tells it.
    major: t.Optional[int]


class InProgram(t.TypedDict, total=False):
    """A place in a program of the app."""

    #: The program that it is in.
    file: str
    #: The line that it is on.
    line: int


#: ``default`` where the window says nothing, ``unknown`` where an expression decides.
Setting = t.Union[bool, str]


class WindowSettings(t.TypedDict, total=False):
    """What decides about the page of a window, by the names of Electron."""

    #: Whether preload scripts have a world of their own.
    contextIsolation: Setting
    #: Whether the page has Node's functions.
    nodeIntegration: Setting
    #: Whether the page's process is in the sandbox.
    sandbox: Setting
    #: Whether the same-origin policy holds.
    webSecurity: Setting
    #: Whether a page from https runs what comes from http.
    allowRunningInsecureContent: Setting


class Window(InProgram, total=False):
    """A ``new BrowserWindow``."""

    #: What decides about its page: true, false, ``default`` where the window says nothing, ``unknown`` where an
    #: expression decides.
    settings: WindowSettings
    #: The last part of the path of its preload script; empty: it names none; ``unknown``.
    preload: str


class Exposed(InProgram, total=False):
    """What a preload script hands to the page."""

    #: The name that the page has it by.
    name: str
    #: The functions and values in it.
    keys: t.List[str]


class BridgeFinding(InProgram, total=False):
    """Something that is wrong with what a preload script hands to the page."""

    #: What is wrong: ``raw``, ``any-channel``, ``event``, ``generic`` or ``unknown``.
    kind: str
    #: The function or value, as the page calls it.
    name: str


class Load(InProgram, total=False):
    """A page that a window loads."""

    #: The scheme of its URL: ``file``, ``https`` and so on. None: no literal tells.
    scheme: t.Optional[str]


class AppSocket(InProgram, total=False):
    """A ``new WebSocket``."""

    #: The URL that it dials. None: no literal tells it.
    url: t.Optional[str]
    #: The process that makes it: ``main``, ``preload``, ``renderer`` or ``unknown``.
    role: str


class Decision(InProgram, total=False):
    """What a program decides about connections."""

    #: What is decided: ``proxy`` (which proxy is taken), ``blind`` (any certificate is taken), ``own-trust`` (the
    #: app decides about certificates, or has roots of its own), ``child`` (a program is started), ``waits`` (for a
    #: sign of one) or ``reconnects``.
    kind: str
    #: Of a proxy Chromium's rules, None where no literal tells them; else what it is decided by.
    value: t.Optional[str]
    #: Of a proxy: Chromium's rules for what goes past it.
    bypass: t.Optional[str]
    #: The process that decides it: ``main``, ``preload``, ``renderer`` or ``unknown``.
    role: str


class PagePolicy(t.TypedDict, total=False):
    """The Content Security Policy of a page, as its meta element says it."""

    #: The page.
    file: str
    #: The policy. None: the page has none.
    policy: t.Optional[str]


class NullOrigin(HandshakeSeen, total=False):
    """A handshake with the Origin of pages from files."""

    #: The outcome without any Origin. Only where the handshake was not accepted.
    control: str


class Trust(t.TypedDict, total=False):
    """What this host's roots say of the certificate that the app meets."""

    #: The URL that was dialled.
    url: str
    #: OpenSSL's code: 0 is trusted. None: there was no answer.
    code: t.Optional[int]
    #: The same in OpenSSL's words.
    message: t.Optional[str]


class TriedProxy(t.TypedDict, total=False):
    """A proxy that the app names, and whether it takes connections from this host."""

    #: Chromium's rules, as the app has them.
    rules: str
    #: Where the proxy is, such as ``localhost port 3128``.
    address: str
    #: ``connected``, or why not; empty: there was no time.
    outcome: str


class AppPrograms(t.TypedDict, total=False):
    """What the programs and pages of the app say."""

    #: Every ``new BrowserWindow``. Only where the app was opened.
    windows: t.List[Window]
    #: What preload scripts hand to the page by contextBridge. Only where the app was opened.
    exposed: t.List[Exposed]
    #: What is wrong with what preload scripts hand to the page. Only where the app was opened.
    findings: t.List[BridgeFinding]
    #: Pages that windows load. Only where the app was opened.
    loads: t.List[Load]
    #: Every ``new WebSocket``. Only where the app was opened.
    sockets: t.List[AppSocket]
    #: The Content Security Policy of each page. Only where the app was opened.
    policies: t.List[PagePolicy]
    #: What the app's programs decide about its connections. Only where the app was opened.
    decisions: t.List[Decision]
    #: The programs that were taken apart. Only where the app was opened.
    programs: t.List[str]


class Electron(Common, AppPrograms, total=False):
    """The evidence of the Electron app."""

    #: The path that was given.
    path: t.Optional[str]
    #: The app as such. None: it was not opened.
    app: t.Optional[AppSeen]
    #: The version of Electron.
    electron: t.Optional[ElectronVersion]
    #: A handshake with the Origin of pages from files. None: no server was asked.
    null_origin: t.Optional[NullOrigin]
    #: What this host's roots say of the certificate that the app meets. None: the app uses no TLS, or the certificate
    #: could not be seen.
    trust: t.Optional[Trust]
    #: Proxies that the app names by a literal, and whether they take connections from this host.
    proxies: t.List[TriedProxy]
