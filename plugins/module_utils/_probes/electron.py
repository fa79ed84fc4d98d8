# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""An Electron app that is installed on this host: versions, windows, the bridge to the page, and its WebSockets."""

from __future__ import annotations

import typing as t

from .._protocol.recording_socket import Endpoint, connect
from .._protocol.web_url import web_url
from .._run.context import Context
from .._run.deadline import DeadlineExceeded
from .._run.evidence import add_gap, new_evidence, os_reason
from .._system.local_address import Lookup, looking_up

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.electron import Electron, NullOrigin, TriedProxy, Trust
    from .._evidence.service import Service

#: Entries of a kind that leave the host at most.
_MOST, _MOST_OF_KIND = 60, 12
#: Seconds to wait for the path that the host's own handshake found.
_PATH_WAIT = 3.0
#: Seconds that a proxy may take to accept, and below which nothing more is asked.
_PROXY_WAIT, _LEAST = 2.0, 0.5
#: Rules of proxies that are tried.
_MOST_PROXIES = 3
_AS_OWNER = "run with become: true, or correct electron.path"


def probe(service: Service, context: Context) -> Electron:
    """Open the app, and parse its scripts.

    :param service: one entry of websocket_health_services; ``electron.path`` names an archive or a directory.
    :returns: ``path``, ``app`` (name and version of the app, its main program, number of files), ``electron`` (version and
        where it was found), what app.App.look found, and what its WebSockets meet: ``null_origin``, ``trust`` and ``proxies``.
    """
    path = (service.get("electron") or {}).get("path")
    evidence = new_evidence("electron", path=path, app=None, electron=None)
    if not path:
        return evidence
    # Few services are behind an app on the same host.
    from .._electron.app import App
    from .._electron.asar import BadArchive, open_app

    try:
        source = open_app(path)
        app = App(source, path, context.deadline)
    except BadArchive as error:
        add_gap(evidence, "app", str(error), "set electron.path to the app's directory, or to its resources/app.asar")
        return evidence
    except OSError as error:
        absent = isinstance(error, FileNotFoundError)
        remedy = "correct electron.path" if absent else _AS_OWNER
        add_gap(evidence, "app", "%s: %s" % (path, os_reason(error)), remedy, absent)
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
        evidence.update(t.cast("Electron", {name: _cut(entries) for name, entries in app.look().items()}))
    except OSError as error:
        add_gap(evidence, "programs", "%s: %s" % (path, os_reason(error)), _AS_OWNER)
    except ValueError as error:
        add_gap(evidence, "programs", "%s: %s" % (path, error), "check it by hand")
    for what, reason in app.gaps[:5]:
        add_gap(evidence, what, reason, "check it by hand")
    if any(entry["role"] == "renderer" for entry in evidence.get("sockets") or ()):
        evidence["null_origin"] = _with_null_origin(service, context)
    evidence["trust"] = _trust(service, evidence, context)
    evidence["proxies"] = _proxies(evidence, context)
    return evidence


def _cut(entries: t.Any) -> list[t.Any]:
    """The first of every kind: one kind does not crowd out another."""
    counts: t.Dict[t.Any, int] = {}
    kept = []
    for entry in entries:
        kind = entry.get("kind") if isinstance(entry, dict) else None
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= (_MOST_OF_KIND if kind else _MOST):
            kept.append(entry)
    return kept


def _trust(service: Service, evidence: Electron, context: Context) -> Trust | None:
    """What the roots of this host say of the certificate that the app meets: ``url`` and ``code`` (0: trusted); None where
    its WebSockets use no TLS, or nothing answered."""
    urls = [str(entry["url"]) for entry in evidence.get("sockets") or () if entry.get("url")]
    if evidence.get("sockets") and len(urls) < len(evidence["sockets"]):
        urls.append(str(service.get("public_url") or ""))
    secure = next((url for url in urls if url.startswith("wss://")), None)
    if secure is None:
        return None
    from .._protocol.tls_session import system_store, verify

    try:
        url = web_url(secure)
    except ValueError:
        return None
    store, lookup = system_store(), _looked_up(url.host, context)
    if store is None or not lookup or not lookup.addresses or context.deadline.remaining() < _LEAST:
        return None
    seen = verify(Endpoint(lookup.addresses[0], url.port), url.host, context.deadline, store)
    return {"url": url.shown(), "code": seen["code"], "message": seen["message"]}


def _looked_up(host: str, context: Context) -> Lookup | None:
    """What the resolver says of a name; None: it takes too long."""
    return looking_up(host)(min(_PROXY_WAIT, context.deadline.remaining()))


def _proxies(evidence: Electron, context: Context) -> list[TriedProxy]:
    """Whether proxies that the app names for its pages take connections: ``rules``, ``address``, ``outcome`` of the first that
    does, or of the first of those of which none does."""
    from .._electron.main_process import proxies_for_websockets

    found = []
    named = {entry["value"] for entry in evidence.get("decisions") or () if entry["kind"] == "proxy" and entry["value"]}
    for rules in sorted(named)[:_MOST_PROXIES]:
        tried: list[TriedProxy] = [
            {**_try(host, port, context), "rules": rules} for host, port in proxies_for_websockets(rules)
        ]
        answers = [entry for entry in tried if entry["outcome"] == "connected"]
        # One that could not be tried may be the one that works.
        if answers or (tried and all(entry["outcome"] for entry in tried)):
            found.append((answers or tried)[0])
    return found


def _try(host: str, port: int, context: Context) -> TriedProxy:
    """A connection to each address of a proxy, until one is accepted; an empty ``outcome``: there was no time for all."""
    seen: TriedProxy = {"address": "%s port %d" % (host, port), "outcome": ""}
    if context.deadline.remaining() < _LEAST:
        return seen
    lookup = _looked_up(host, context)
    if lookup is not None and not lookup.addresses:
        return {**seen, "outcome": "%s: the name has no address" % lookup.error}
    for address in lookup.addresses if lookup else ():
        if context.deadline.remaining() < _LEAST:
            return {**seen, "outcome": ""}
        try:
            connect(Endpoint(address, port), context.deadline, _PROXY_WAIT).close()
            return {**seen, "outcome": "connected"}
        except DeadlineExceeded:
            return {**seen, "outcome": ""}
        except OSError as error:
            seen["outcome"] = os_reason(error)
    return seen


def _with_null_origin(service: Service, context: Context) -> NullOrigin | None:
    """The handshake of a page that was loaded from a file; None: the server accepts no client, or was not tried."""
    path = context.told(service, "path", _PATH_WAIT)
    if not path or context.library is None:
        return None
    from .._protocol.client import client_of, endpoints_of

    client = client_of(service, context, endpoints_of(service, context.found(service).on_port)[0])
    client = client.having(path=path, tls=context.told(service, "spoken", 0.0) == "tls")
    try:
        seen: NullOrigin = {**client.handshake_seen(origin="null")}
        if seen["outcome"] != "open":
            # What refuses every client now does not mind the Origin.
            seen["control"] = client.handshake_seen(origin=None)["outcome"]
    except DeadlineExceeded:
        return None
    return seen
