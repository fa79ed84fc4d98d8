# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The request as a proxy writes it, sent to the server itself: which of its changes does the server refuse?"""

from __future__ import annotations

import typing as t

from .client import Client
from .handshake import head_of

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Route, Setting, SettingName
    from .._evidence.websocket import Experiment

#: Seconds of each handshake.
_EACH = 2.0
#: Settings of headers that a proxy writes, and the headers' names.
_HEADERS: t.Dict[SettingName, str] = {
    "host": "Host",
    "upgrade": "Upgrade",
    "connection": "Connection",
    "x_forwarded_proto": "X-Forwarded-Proto",
    "origin": "Origin",
}


class Change(t.NamedTuple):
    """One thing that the proxy writes in another way than the client did."""

    name: str
    before: str
    #: None: it is left out.
    after: t.Optional[str]


def replay(client: Client, route: Route) -> list[Experiment]:
    """Send what the proxy makes of an accepted request: first with all its changes, then each of them alone.

    :param client: of the server itself, asking as clients do.
    :param route: what the proxy's configuration makes of the URL.
    :returns: nothing where the server accepts not even the client's request, or the proxy changes nothing; else ``all``
        and, where that is refused, one row for each change. ``flipped``: it makes a refusal of the acceptance.
    """
    opened = client.handshake(patience=_EACH)
    head = head_of(opened)
    opened.close()
    changes = _changes(head, route) if opened.open else []
    if not changes:
        return []
    rows = [_row(client, head, "all", changes)]
    if rows[0]["flipped"] and len(changes) > 1:
        rows += [_row(client, head, change.name, [change]) for change in changes]
    elif rows[0]["flipped"]:
        rows.append({**rows[0], "name": changes[0].name})
    return rows


def _row(client: Client, head: bytes, name: str, changes: t.Sequence[Change]) -> Experiment:
    seen = client.handshake_seen(patience=_EACH, head=written(head, changes))
    accepted = seen["status"] == 101 and seen.get("accept") == "valid"
    return {
        "name": name,
        "from": ", ".join(change.before for change in changes),
        "to": ", ".join(_shown(change) for change in changes),
        "outcome": "open" if accepted else seen["outcome"],
        "status": seen["status"],
        "flipped": not accepted,
    }


def _shown(change: Change) -> str:
    return "no %s" % change.name if change.after is None else change.after


def _changes(head: bytes, route: Route) -> list[Change]:
    """What the proxy writes in another way, as far as its configuration tells; what depends on unknown values is left out."""
    lines = head.decode("latin-1").split("\r\n")
    _method, path, version = lines[0].split(" ", 2)
    sent = {name.strip().lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines[1:])}
    changes = []
    target = route.get("upstream_path")
    if target and target != path and target != path.partition("?")[0]:
        changes.append(Change("path", path, target))
    settings: t.Mapping[SettingName, Setting] = route.get("settings") or {}
    number = str((settings.get("http_version") or {}).get("value") or "")
    if number in ("1.0", "1.1") and version != "HTTP/" + number:
        changes.append(Change("HTTP version", version, "HTTP/" + number))
    for key, name in _HEADERS.items():
        value = (settings.get(key) or {}).get("value")
        before = sent.get(name.lower())
        if value is None or "$" in str(value) or value == "passed" or str(value).lower() == str(before or "").lower():
            continue
        changes.append(Change(name, before or "none", str(value) or None))
    return changes


def written(head: bytes, changes: t.Iterable[Change]) -> bytes:
    """A request's head with these changes."""
    lines = head.decode("latin-1").split("\r\n")
    for name, _before, after in changes:
        method, path, version = lines[0].split(" ", 2)
        if name == "path":
            lines[0] = " ".join((method, str(after), version))
        elif name == "HTTP version":
            lines[0] = " ".join((method, path, str(after)))
        else:
            rest = [line for line in lines[1:] if line.partition(":")[0].strip().lower() != name.lower()]
            lines = [lines[0], *([] if after is None else ["%s: %s" % (name, after)]), *rest]
    return "\r\n".join(lines).encode("latin-1", "replace")
