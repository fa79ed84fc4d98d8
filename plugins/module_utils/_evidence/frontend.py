# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of the front end says. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common

#: Where a policy comes from: ``header``, or ``meta`` and the page.
_From = t.TypedDict("_From", {"from": str}, total=False)


class FoldedUrl(t.TypedDict, total=False):
    """A URL of a front end, as far as it is known without running it."""

    #: Its scheme: ``ws``, ``wss``, ``http``, ``https``; ``page``: it follows the page's; empty: not known.
    scheme: str
    #: Its host; empty where the page's own is meant, or nothing is known.
    host: str
    #: Where the host comes from: ``literal``, ``page`` or ``unknown``.
    host_from: str
    #: Its port. None: the default, or not known.
    port: t.Optional[int]
    #: Where the port comes from: ``literal``, ``default``, ``page``, ``unknown`` or ``wrong`` (no number).
    port_from: str
    #: Its path, with ``*`` for unknown parts. None: all of it is unknown.
    path: t.Optional[str]


class Original(t.TypedDict, total=False):
    """Where something is in the source, according to a source map."""

    #: The file.
    source: str
    #: The line, from 1.
    line: int


class Finding(FoldedUrl, total=False):
    """A place that opens a WebSocket, or may."""

    #: What it is: ``constructor``, ``url`` (a literal) or ``derived`` (a scheme that follows the page's).
    kind: str
    #: What for: ``dialled``, ``configured`` (stored under a telling name), ``conditional`` or ``mentioned``.
    use: str
    #: The file below the root; of a served page the path of the URL.
    file: str
    #: The line, from 1.
    line: int
    #: The column, from 1.
    column: int
    #: Where it is in the script while that is scanned. It is not evidence.
    offset: int
    #: The code.
    text: str
    #: Where it is in the source. None: no source map shows it.
    original: t.Optional[Original]
    #: How often the same was found.
    times: int


class DevClient(t.TypedDict, total=False):
    """The client of a development server."""

    #: Of which server: ``vite``, ``webpack-dev-server``, ``Next.js`` or ``Parcel``.
    name: str
    #: The file that it is in.
    file: str
    #: The line, from 1.
    line: int


class Policy(_From, total=False):
    """A Content Security Policy."""

    #: Its text.
    policy: str


class LoadedScript(t.TypedDict, total=False):
    """A script that the page names."""

    #: Its address, as the page has it.
    src: str
    #: The start of its hash. None: the script is missing.
    sha256: t.Optional[str]


class FrontEndSeen(t.TypedDict, total=False):
    """What was found in a front end: in its files, or as it is served."""

    #: The directory or the URL.
    where: str
    #: How many files were read.
    files: int
    #: How many bytes were read.
    bytes: int
    #: Places that open a WebSocket, or may; those that are dialled come first.
    findings: t.List[Finding]
    #: Whether there was more than was read.
    cut: bool
    #: WebSocket libraries by name, with the file where each was found first.
    libraries: t.Dict[str, str]
    #: Clients of development servers.
    dev_clients: t.List[DevClient]
    #: The file that registers one; empty: none does.
    service_worker: str
    #: The page's Content Security Policies.
    policies: t.List[Policy]
    #: The scripts that the page itself names.
    scripts: t.List[LoadedScript]
    #: The address of a served page after redirects. Only where it is served.
    url: str
    #: The HTTP status of the answer. Only where it is served.
    status: int
    #: Scripts for which something else was served. Only where it is served.
    missing: t.List[str]
    #: Scripts of other hosts, which were not fetched. Only where it is served.
    elsewhere: t.List[str]
    #: Whether scripts were not fetched because time ran out or there were too many. Only where it is served.
    more: bool
    #: Why its certificate is not trusted by the controller; empty: it is. Only where it is served.
    untrusted: str
    #: Why the page could not be checked. Only where it could not.
    unknown: str
    #: Whether the connection was refused. Only where the page could not be checked.
    refused: bool


class FrontEnd(Common, total=False):
    """The evidence of the front end."""

    #: What the files below option ``frontend.root`` say. None: it is not set, or cannot be read.
    root: t.Optional[FrontEndSeen]
    #: What the page at option ``frontend.url`` says, and its scripts. None: it is not set. Added by the controller.
    page: t.Optional[FrontEndSeen]
