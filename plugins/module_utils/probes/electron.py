# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""An Electron app that is installed on this host: versions, windows, the bridge to the page, and its WebSockets."""

from __future__ import annotations

import socket
import typing as t

from ..context import Context
from ..deadline import DeadlineExceeded
from ..evidence import Evidence, add_gap, new_evidence, os_reason
from ..local_address import error_name
from ..recording_socket import Endpoint, connect
from ..web_url import web_url

#: Entries of a kind that leave the host at most.
_MOST = 60
#: Seconds to wait for the path that the host's own handshake found.
_PATH_WAIT = 3.0
#: Seconds that a proxy may take to accept, and below which nothing more is asked.
_PROXY_WAIT, _LEAST = 2.0, 0.5
_AS_OWNER = "run with become: true, or correct electron.path"


def probe(service: dict[str, t.Any], context: Context) -> Evidence:
    """Open the app, and take its programs apart.

    :param service: one entry of websocket_health_services; ``electron.path`` names an archive or a directory.
    :returns: ``path``, ``app`` (name and version of the app, its main program, number of files), ``electron`` (version and
        where it was found), what app.App.look found, and what its WebSockets meet: ``null_origin``, ``trust`` and ``proxies``.
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
    except FileNotFoundError as error:
        add_gap(evidence, "app", "%s: %s" % (path, os_reason(error)), "correct electron.path")
        evidence["gaps"][-1]["kind"] = "absent"
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
    evidence["trust"] = _trust(service, evidence, context)
    evidence["proxies"] = _proxies(evidence, context)
    return evidence


def _trust(service: dict[str, t.Any], evidence: Evidence, context: Context) -> dict[str, t.Any] | None:
    """What the roots of this host say of the certificate that the app meets: ``url`` and ``code`` (0: trusted); None where
    its WebSockets use no TLS, or nobody could look."""
    urls = [str(entry["url"]) for entry in evidence.get("sockets") or () if entry.get("url")]
    if evidence.get("sockets") and len(urls) < len(evidence["sockets"]):
        urls.append(str(service.get("public_url") or ""))
    secure = next((url for url in urls if url.startswith("wss://")), None)
    if secure is None:
        return None
    from ..tls_session import system_store, verify

    store = system_store()
    try:
        url = web_url(secure)
        address = str(socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, ValueError):
        return None
    if store is None or context.deadline.remaining() < _LEAST:
        return None
    seen = verify(Endpoint(address, url.port), url.host, context.deadline, store)
    return {"url": url.shown(), "code": seen["code"], "message": seen["message"]}


def _proxies(evidence: Evidence, context: Context) -> list[dict[str, t.Any]]:
    """Whether proxies that the app names for its pages take connections: ``rules``, ``address``, ``outcome``."""
    from ..electron.main_process import proxy_for_websockets

    found = []
    for rules in sorted(
        {entry["value"] for entry in evidence.get("decisions") or () if entry["kind"] == "proxy" and entry["value"]}
    ):
        target = proxy_for_websockets(rules)
        if target is None or context.deadline.remaining() < _LEAST:
            continue
        outcome = "connected"
        try:
            address = str(socket.getaddrinfo(target[0], target[1], type=socket.SOCK_STREAM)[0][4][0])
            connect(Endpoint(address, target[1]), context.deadline, _PROXY_WAIT).close()
        except DeadlineExceeded:
            continue
        except OSError as error:
            outcome = error_name(error) if isinstance(error, socket.gaierror) else os_reason(error)
        found.append({"rules": rules, "address": "%s port %d" % target, "outcome": outcome})
    return found


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
