# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the service's own page dials: many applications serve the page beside their WebSocket, on the same port."""

from __future__ import annotations

import re
import typing as t
import urllib.parse

from .._frontend.collect import Collection
from .._protocol.client import Client
from .._protocol.path_search import Hint
from .._protocol.plain_http import Fetched
from .._run.deadline import Deadline

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.frontend import Finding

#: Seconds for the page and its scripts, scripts that are fetched, bytes of one answer, and redirections.
_SECONDS, _SCRIPTS, _MOST, _REDIRECTS = 3.0, 12, 8 << 20, 3
#: What stands in a path for what a script computes; a digit is a name and a number.
_COMPUTED, _STAND_IN = "*", "1"
#: The token that a development server of Vite writes into its client, which dials with it.
_VITE_TOKEN = re.compile(rb"\bwsToken\s?=\s?\"([\w-]{1,64})\"")
_VITE = "/@vite/client"
#: Uses of a URL in a script that show that it is dialled, and paths that are accepted.
_USES, _PATHS = ("dialled", "configured", "conditional"), 6


def dialled_by_page(client: Client) -> t.Iterator[Hint]:
    """Paths that scripts of the service's pages dial, those that are written out first.

    The pages are the one that the inventory names as the front end, and the one at ``/``.
    """
    step = client.context.deadline.within(min(_SECONDS, 0.2 * client.context.deadline.remaining()))
    for start in dict.fromkeys([_front_end(client), "/"]):
        fetched = _page(client, start, step)
        if fetched is not None:
            yield from _dialled(client, *fetched, step)


def _front_end(client: Client) -> str:
    """Path and query of the front end's URL; its host and port may be a proxy's."""
    url = (client.service.get("frontend") or {}).get("url") or ""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return "/"
    return (parts.path or "/") + ("?" + parts.query if parts.query else "")


def _dialled(client: Client, place: str, body: bytes, step: Deadline) -> t.Iterator[Hint]:
    """What the scripts of one page dial."""
    collection = Collection(place, lambda _script, _reference: None, step, client.context.redactor)
    page = collection.add_page(place, body)
    for source in page.scripts[:_SCRIPTS]:
        target = urllib.parse.urljoin(place, source)
        # Scripts of other hosts dial other services, as a rule; root asks nobody but the service.
        if not target.startswith("/") or target.startswith("//") or step.expired():
            continue
        answer = client.fetch(target, step, _MOST)
        if answer is not None and answer.status == 200:
            bare = target.partition("?")[0]
            if bare.endswith(_VITE):
                yield from _of_vite(bare, answer.body)
            collection.add_script(bare, answer.body)
    seen = collection.evidence()
    findings = [finding for finding in seen["findings"] if _is_here(finding, client)]
    found = [_hint(finding, seen["where"], client) for finding in sorted(findings, key=_is_computed)]
    if "Socket.IO" in seen["libraries"]:
        found.append(Hint("/socket.io/", "page", "%s loads Socket.IO" % place, False))
    yield from list(dict.fromkeys(found))[:_PATHS]


def _of_vite(script: str, body: bytes) -> t.Iterator[Hint]:
    """A development server of Vite answers only those who have its token and speak its sub-protocol."""
    token = _VITE_TOKEN.search(body)
    if token is not None:
        path = "%s?token=%s" % (script[: -len(_VITE)] + "/", token.group(1).decode("ascii"))
        yield Hint(path, "page", "%s dials it" % script, True, ("vite-hmr",))


def _page(client: Client, place: str, step: Deadline) -> tuple[str, bytes] | None:
    """The page, after redirections on the same port."""
    for _redirection in range(_REDIRECTS + 1):
        answer: Fetched | None = client.fetch(place, step, _MOST)
        if answer is None:
            return None
        if answer.status == 200:
            return place, answer.body
        target = urllib.parse.urlsplit(urllib.parse.urljoin(place, answer.location))
        if not answer.location or target.netloc not in ("", client.request().host):
            return None
        place = target.path + ("?" + target.query if target.query else "")
    return None


def _is_here(finding: Finding, client: Client) -> bool:
    """Whether a script dials the port that it was loaded from, or may."""
    port = client.endpoint.port
    if finding["use"] not in _USES or not finding["path"] or finding["port_from"] == "wrong":
        return False
    # Tutorials write localhost and their own port into a page that is served elsewhere, too.
    local = str(finding["host"] or "") in ("localhost", "127.0.0.1", "::1")
    return (
        local
        or finding["port_from"] in ("page", "unknown")
        or finding["host_from"] == "page"
        or finding["port"] == port
    )


def _is_computed(finding: Finding) -> bool:
    return _COMPUTED in (finding["path"] or "")


def _hint(finding: Finding, place: str, client: Client) -> Hint:
    path = finding["path"] or "/"
    where = "%s:%d dials %s" % (finding.get("file") or place, finding.get("line") or 1, path)
    # What is written for another port may be another service's.
    sure = _COMPUTED not in path and finding["port"] in (None, client.endpoint.port)
    return Hint(path.replace(_COMPUTED, _STAND_IN), "page", where, sure)
