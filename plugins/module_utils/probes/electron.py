# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""An Electron app that is installed on this host: versions, windows, the bridge to the page, and its WebSockets."""

from __future__ import annotations

import typing as t

from ..context import Context
from ..deadline import DeadlineExceeded
from ..evidence import Evidence, add_gap, new_evidence, os_reason

#: Entries of a kind that leave the host at most.
_MOST = 60
#: Seconds to wait for the path that the host's own handshake found.
_PATH_WAIT = 3.0
_AS_OWNER = "run with become: true, or correct electron.path"


def probe(service: dict[str, t.Any], context: Context) -> Evidence:
    """Open the app, and take its programs apart.

    :param service: one entry of websocket_health_services; ``electron.path`` names an archive or a directory.
    :returns: ``path``, ``app`` (name and version of the app, its main program, number of files), ``electron`` (version and
        where it was found), and what app.App.look found.
    """
    path = (service.get("electron") or {}).get("path")
    evidence = new_evidence("electron", path=path, app=None, electron=None)
    if not path:
        return evidence
    # Few services are behind an app on the same host.
    from ..electron.app import App
    from ..electron.asar import BadArchive, open_app

    try:
        source = open_app(path)
        app = App(source, path, context.deadline)
    except BadArchive as error:
        add_gap(
            evidence, "app", str(error), "name the directory of the app, or its resources/app.asar, in electron.path"
        )
        return evidence
    except OSError as error:
        add_gap(evidence, "app", "%s: %s" % (path, os_reason(error)), _AS_OWNER)
        return evidence
    evidence["electron"] = app.electron()
    evidence["app"] = {
        "name": str(app.package.get("name") or ""),
        "version": str(app.package.get("version") or ""),
        "main": app.main,
        "files": len(app.names),
        "opened": source.path,
    }
    try:
        evidence.update({name: entries[:_MOST] for name, entries in app.look().items()})
    except OSError as error:
        add_gap(evidence, "programs", "%s: %s" % (path, os_reason(error)), _AS_OWNER)
    for what, reason in app.gaps[:5]:
        add_gap(evidence, what, reason, "look at it by hand")
    if any(entry["role"] == "renderer" for entry in evidence.get("sockets") or ()):
        evidence["null_origin"] = _with_null_origin(service, context)
    return evidence


def _with_null_origin(service: dict[str, t.Any], context: Context) -> dict[str, t.Any] | None:
    """The handshake of a page that was loaded from a file; None: the server accepts nobody, or was not asked."""
    path = context.told(service, "path", _PATH_WAIT)
    if not path or context.library is None:
        return None
    from .websocket import Questions, endpoints_of

    questions = Questions(service, context, endpoints_of(service, context.found(service).on_port))
    questions.path = path
    questions.tls = context.told(service, "spoken", 0.0) == "tls"
    try:
        return questions.handshake_seen(origin="null")
    except DeadlineExceeded:
        return None
