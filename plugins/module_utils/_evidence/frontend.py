# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of the front end says. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common

#: Where a policy is from: ``header``, or ``meta`` and the page.
_From = t.TypedDict("_From", {"from": str}, total=False)


class FoldedUrl(t.TypedDict, total=False):
    """A URL of a front end, as far as it can be told without running it."""

    #: ``ws``, ``wss``, ``http``, ``https``; ``page``: follows the page's; empty: not known.
    scheme: str
    host: str
    #: ``literal``, ``page`` or ``unknown``.
    host_from: str
    port: t.Optional[int]
    #: ``literal``, ``default``, ``page``, ``unknown`` or ``wrong`` (no number).
    port_from: str
    #: ``*`` for what is not known in it; None: nothing is.
    path: t.Optional[str]


class Original(t.TypedDict, total=False):
    """Where something was written, by a source map."""

    source: str
    line: int


class Finding(FoldedUrl, total=False):
    """A place that opens a WebSocket, or may."""

    #: ``constructor``, ``url`` (a literal) or ``derived`` (a scheme that follows the page's).
    kind: str
    #: ``dialled``, ``configured``, ``conditional`` or ``mentioned``.
    use: str
    #: Below the root; of a served page the path of the URL.
    file: str
    #: Both from 1.
    line: int
    column: int
    #: In the script while it is scanned; no evidence.
    offset: int
    #: The code.
    text: str
    #: None: no source map tells.
    original: t.Optional[Original]
    #: How often the same was found.
    times: int


class DevClient(t.TypedDict, total=False):
    """The client of a development server."""

    #: ``vite``, ``webpack-dev-server``, ``Next.js`` or ``Parcel``.
    name: str
    file: str
    line: int


class Policy(_From, total=False):
    """A Content Security Policy."""

    policy: str


class LoadedScript(t.TypedDict, total=False):
    """A script that the page names."""

    src: str
    #: The beginning of its hash; None: the script is not there.
    sha256: t.Optional[str]


class FrontEndSeen(t.TypedDict, total=False):
    """What was found in a front end: in its files, or as it is served."""

    #: The directory or the URL.
    where: str
    #: How many were read, and how many bytes.
    files: int
    bytes: int
    #: What is dialled first.
    findings: t.List[Finding]
    #: Whether there was more.
    cut: bool
    #: By name, where each was found first.
    libraries: t.Dict[str, str]
    dev_clients: t.List[DevClient]
    #: The file that registers one; empty: none does.
    service_worker: str
    policies: t.List[Policy]
    #: Those that the page itself names.
    scripts: t.List[LoadedScript]
    #: Of a served page, as all that follows: its address after redirections, and the status of the answer.
    url: str
    status: int
    #: Scripts that were not answered by a script, and those of other hosts, which were not fetched.
    missing: t.List[str]
    elsewhere: t.List[str]
    #: Whether some were not fetched for want of time or for their number.
    more: bool
    #: Why its certificate is not trusted by the controller; empty: it is.
    untrusted: str
    #: Why the page could not be looked at, and whether the connection was refused.
    unknown: str
    refused: bool


class FrontEnd(Common, total=False):
    """The evidence of the front end."""

    #: The files below ``frontend.root``; None: none is given, or it cannot be read.
    root: t.Optional[FrontEndSeen]
    #: The page at ``frontend.url``; added by the controller.
    page: t.Optional[FrontEndSeen]
