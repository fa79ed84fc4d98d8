# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Whether a Content-Security-Policy lets a page open a WebSocket (CSP Level 3, connect-src), as Chromium decides it.

The word ``'self'`` covers WebSockets of the page's own host and port. Nothing else that is meant for http does: neither
``https:`` nor a host without a scheme lets a page open a WebSocket.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._protocol.web_url import DEFAULT_PORTS

_SOURCE = re.compile(
    r"(?:([a-z][a-z0-9+.-]*)://)?(\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*\.?|\[[0-9a-f:.]+\])(?::(\d+|\*))?(/[^?#]*)?(?:[?#].*)?$",
    re.I,
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):$", re.I)


class Target(t.NamedTuple):
    """What is dialled, or the page that dials."""

    scheme: str
    host: str
    port: int
    path: str = "/"


def forbidding(policy: str, page: Target, target: Target) -> str:
    """The directive of a policy that forbids a page to open a WebSocket; empty: none does.

    :param policy: the value of one header or meta element; a header may hold several policies, separated by commas.
    """
    for single in policy.split(","):
        directive = _directive(single)
        if directive is not None and not any(_allows(source, page, target) for source in directive.split()[1:]):
            return directive
    return ""


def allowance(directive: str, origin: str) -> str:
    """What to change in a policy so that a page may open a WebSocket.

    :param directive: the one that decides, with its sources; a connect-src that is new takes its place altogether.
    :param origin: the WebSocket's, such as ``wss://chat.example.com``.
    """
    name, *sources = directive.split() or [""]
    if name.lower() != "default-src":
        return "add %s to connect-src of the page's Content-Security-Policy" % origin
    # Of the words in quotes only 'self' is about connections.
    kept = " ".join([*(source for source in sources if source[:1] != "'" or source.lower() == "'self'"), origin])
    return "add connect-src %s to the page's Content-Security-Policy: without one its default-src applies" % kept


def deciding(policies: t.Iterable[str]) -> str:
    """The directive about connections of the first policy that has one; empty: none has."""
    found = (_directive(single) for policy in policies for single in policy.split(","))
    return next((directive for directive in found if directive), "")


def _directive(policy: str) -> str | None:
    """The directive that decides about connections: the first connect-src, else the first default-src."""
    found: dict[str, str] = {}
    for part in policy.split(";"):
        words = part.split()
        if words:
            found.setdefault(words[0].lower(), " ".join(words))
    return found.get("connect-src", found.get("default-src"))


def _allows(source: str, page: Target, target: Target) -> bool:
    word = source.lower()
    if word == "*":
        # Any host over a network scheme.
        return True
    if word == "'self'":
        return _is_own(page, target)
    scheme = _SCHEME.match(source)
    if scheme:
        return _scheme_allows(scheme.group(1).lower(), target.scheme)
    match = _SOURCE.match(source)
    if match is None:
        return False
    own, host, port, path = (part or "" for part in match.groups())
    return (
        _scheme_allows(own.lower(), target.scheme)
        and _host_allows(host.lower(), target.host.lower())
        and _port_allows(own.lower(), port, target)
        and _path_allows(path, target)
    )


def _is_own(page: Target, target: Target) -> bool:
    """Whether a WebSocket is of the page's origin."""
    same = page.port == target.port or (page.port, target.port) == (80, 443)
    return same and page.host.lower() == target.host.lower() and (page.scheme == "http" or target.scheme == "wss")


def _scheme_allows(scheme: str, target: str) -> bool:
    return scheme == target or (scheme == "ws" and target == "wss")


def _host_allows(pattern: str, host: str) -> bool:
    if pattern == "*":
        return True
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else pattern.strip("[]") == host.strip("[]")


def _port_allows(scheme: str, port: str, target: Target) -> bool:
    if port == "*":
        return True
    if not port:
        return target.port == DEFAULT_PORTS[target.scheme]
    # A port that is named is that of the scheme that is named; only 80 stands for 443 as well.
    if scheme == target.scheme:
        return int(port) == target.port
    return (int(port), target.port) == (80, 443)


def _path_allows(path: str, target: Target) -> bool:
    if path in ("", "/"):
        return True
    return target.path.startswith(path) if path.endswith("/") else target.path == path
