# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""On which paths a service's page opens its WebSocket: what its scripts say, and what a browser did."""

from __future__ import annotations

import typing as t

from ...module_utils._protocol.web_url import dialled

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.browser import Browser
    from ...module_utils._evidence.frontend import Finding, FrontEndSeen
    from ...module_utils._evidence.service import NamedPath, Service

#: Paths of one service that are passed on.
_MOST = 5


def named_by_scripts(page: FrontEndSeen, service: Service) -> list[NamedPath]:
    """The paths that scripts of the page dial, those of constructors first.

    :param page: what was found in the page as it is served.
    """
    return _each_once(
        {"path": str(finding["path"]), "where": "%s:%s" % (finding.get("file"), finding.get("line"))}
        for finding in page.get("findings") or ()
        if finding.get("use") in ("dialled", "configured") and _is_whole(finding) and _may_be_here(finding, service)
    )


def named_by_browser(visit: Browser, service: Service) -> list[NamedPath]:
    """The paths on which the page's WebSockets were opened, accepted ones first."""
    sockets = [entry for entry in visit.get("sockets") or () if entry.get("created") and entry.get("url")]
    accepted = sorted(sockets, key=lambda entry: entry.get("status") not in (101, 200))
    return _each_once(
        {"path": dialled(entry["url"]).path, "where": "the page in a browser"}
        for entry in accepted
        if _is_meant(dialled(entry["url"]).host, dialled(entry["url"]).port, service)
    )


def _is_whole(finding: Finding) -> bool:
    """Whether all of the path is known."""
    return bool(finding.get("path")) and "*" not in (finding.get("path") or "")


def _may_be_here(finding: Finding, service: Service) -> bool:
    """Whether a URL in a script may be the service's: its host or port is the page's, or it is told as the service's."""
    if finding.get("host_from") != "literal" or finding.get("port") == service.get("port"):
        return True
    return _is_meant(finding.get("host") or "", finding.get("port"), service)


def _is_meant(host: str, port: int | None, service: Service) -> bool:
    """Whether a page that dials this host and port means the service: directly, or as its public URL or its page is reached."""
    if port == service.get("port"):
        return True
    urls = (service.get("public_url"), (service.get("frontend") or {}).get("url"))
    known = [dialled(url) for url in urls if url]
    # A script that names no port dials the scheme's own.
    return any(entry.host == host.lower() and port in (None, entry.port) for entry in known)


def _each_once(paths: t.Iterable[NamedPath]) -> list[NamedPath]:
    found: dict[str, NamedPath] = {}
    for entry in paths:
        found.setdefault(entry["path"], entry)
    return list(found.values())[:_MOST]
