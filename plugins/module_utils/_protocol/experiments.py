# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""After a refusal: the same handshake with one thing changed, until one of them is accepted."""

from __future__ import annotations

import re
import typing as t

from .._run.digits import number
from .client import Client, authority
from .handshake import Handshake
from .path_search import experiment, known_subprotocols

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Experiment, HandshakeSeen

#: Handshakes at most, seconds of each and of all of them.
_MOST, _EACH, _ALL = 12, 1.5, 8.0
#: The experiment with the Origin and the Host of the endpoint at once.
TWO_THINGS = "origin and host"
#: Configured headers that are left out, one after the other.
_HEADERS = 4
#: How a refusal speaks of sub-protocols, and what stands for the name of one in it.
_OF_SUBPROTOCOLS = re.compile(r"sub-?\s?protocol|Sec-WebSocket-Protocol|ALPN", re.IGNORECASE)
_NAME = re.compile(
    r"""["'`]([A-Za-z0-9][A-Za-z0-9._+/-]{1,40})["'`]|\b([A-Za-z0-9+-]*[0-9.][A-Za-z0-9._+-]*[A-Za-z0-9])\b"""
)
_MOST_NAMES = 3


class Variation(t.NamedTuple):
    """One thing to change."""

    name: str
    before: str
    after: str
    #: What of the request is changed.
    changes: t.Mapping[str, t.Any]
    #: Whether it is sent in TLS; None: as before.
    tls: t.Optional[bool] = None


def vary(client: Client, main: Handshake, asked: t.Iterable[Experiment], paths: bool) -> list[Experiment]:
    """Change one thing at a time.

    :param main: was refused, dropped or not answered.
    :param asked: what was asked already; an accepted one ends the search.
    :param paths: vary the path as well: no other one is known to open.
    :returns: those and the new ones.
    """
    rows = list(asked)
    step = client.context.deadline.within(min(_ALL, 0.3 * client.context.deadline.remaining()))
    known = {(row["name"], row["to"]) for row in rows}
    silences = 0
    for variation in _variations(client, main, paths):
        # Where two things differ, which of them it is has yet to be found.
        found = any(row["flipped"] and row["name"] != TWO_THINGS for row in rows)
        if found or len(rows) >= _MOST or step.expired() or silences >= 3:
            break
        if (variation.name, variation.after) in known:
            continue
        asks = client if variation.tls is None else client.having(tls=variation.tls)
        seen = asks.handshake_seen(patience=min(_EACH, step.remaining()), **variation.changes)
        if seen["outcome"] == "no-time":
            break
        silences += seen["outcome"] == "timeout"
        row = experiment(variation.name, variation.before, variation.after, seen)
        # A 101 that browsers refuse is another fault, and still another answer.
        rows.append({**row, "flipped": seen["outcome"] == "open"})
    return rows


def _variations(client: Client, main: Handshake, paths: bool) -> t.Iterator[Variation]:
    """The cheap and telling ones first."""
    if _OF_SUBPROTOCOLS.search(main.body):
        yield from _subprotocols(client, main)
    yield from _headers(main)
    yield from _query(main)
    # A server of HTTP that answers is not asked for what it would only log as garbage.
    if main.seen["outcome"] in ("eof", "reset", "timeout"):
        yield from _transports(client, main)
    yield from _origins(client, main)
    yield from _hosts(client, main)
    yield from _forwarded(client, main)
    if paths and main.seen["status"] is not None:
        yield from _paths(main)
    if main.request.subprotocols:
        yield from _subprotocols(client, main)


def _origins(client: Client, main: Handshake) -> t.Iterator[Variation]:
    request = main.request
    before = _or_none(request.origin)
    secure = client.tls or client.public_url.startswith("wss:")
    own = "%s://%s" % ("https" if secure else "http", request.host)
    for origin in (None, own, "null"):
        if origin != request.origin:
            yield Variation("origin", before, _or_none(origin), {"origin": origin})


def _hosts(client: Client, main: Handshake) -> t.Iterator[Variation]:
    dialled = "localhost" if client.endpoint.unix else str(client.endpoint)
    local = "localhost" if client.endpoint.unix else "localhost:%d" % client.endpoint.port
    for host in dict.fromkeys((client.origins_host, authority(client.public_url), client.dialled_host, dialled, local)):
        if host and host != main.request.host:
            yield Variation("host", main.request.host, host, {"host": host})


def _headers(main: Handshake) -> t.Iterator[Variation]:
    """Each configured header left out, the longest first."""
    fields = main.request.headers
    names = sorted(dict.fromkeys(name for name, _value in fields), key=lambda name: -_size(fields, name))
    for name in names[:_HEADERS]:
        others = tuple(pair for pair in fields if pair[0] != name)
        yield Variation("header %s" % name, "%d bytes" % _size(fields, name), "left out", {"headers": others})


def _forwarded(client: Client, main: Handshake) -> t.Iterator[Variation]:
    """What a proxy that ends TLS adds."""
    fields = main.request.headers
    if client.tls or any(name.lower() == "x-forwarded-proto" for name, _value in fields):
        return
    for proto in ("https", "wss"):
        yield Variation("X-Forwarded-Proto", "none", proto, {"headers": (*fields, ("X-Forwarded-Proto", proto))})


def _size(fields: t.Iterable[t.Tuple[str, str]], wanted: str) -> int:
    return sum(len(value) for name, value in fields if name == wanted)


def _paths(main: Handshake) -> t.Iterator[Variation]:
    path, mark, query = main.request.path.partition("?")
    if path != "/":
        other = path[:-1] if path.endswith("/") else path + "/"
        yield Variation("path", path, other, {"path": other + mark + query})


def _query(main: Handshake) -> t.Iterator[Variation]:
    path, _mark, query = main.request.path.partition("?")
    if query and not query.startswith("EIO="):
        yield Variation("query", "?…", "none", {"path": path})


def _subprotocols(client: Client, main: Handshake) -> t.Iterator[Variation]:
    offered = main.request.subprotocols
    before = ", ".join(offered) or "none"
    if offered:
        yield Variation("subprotocol", before, "none", {"subprotocols": ()})
    if _OF_SUBPROTOCOLS.search(main.body):
        for name in named_in(main.body):
            if name not in offered:
                yield Variation("subprotocol", before, name, {"subprotocols": (name,)})
        if not offered:
            every = known_subprotocols(client.context.dialects)
            yield Variation("subprotocol", before, "every known one", {"subprotocols": every})


def named_in(text: str) -> list[str]:
    """What may be names of sub-protocols in the words of a refusal: what is quoted, or has a digit or a dot in it."""
    names = [quoted or bare for quoted, bare in _NAME.findall(text)]
    return [name for name in dict.fromkeys(names) if number(name) is None][:_MOST_NAMES]


def _transports(client: Client, main: Handshake) -> t.Iterator[Variation]:
    if not client.tls and main.seen["outcome"] != "timeout":
        yield Variation("transport", "plaintext", "TLS", {"tls": True}, tls=True)
    if not client.endpoint.unix:
        family, address = ("TCP6", "::1") if ":" in client.endpoint.address else ("TCP4", "127.0.0.1")
        line = "PROXY %s %s %s 50000 %d\r\n" % (family, address, address, client.endpoint.port)
        yield Variation("PROXY line", "none", line.strip(), {"preface": line.encode("ascii")})


def with_plain(main: HandshakeSeen, plain: t.Mapping[str, t.Any]) -> Experiment:
    """The ordinary GET as an experiment: is it the upgrade that is not answered, or nothing at all?"""
    return {
        "name": "upgrade",
        "from": "websocket",
        "to": "none (an ordinary GET)",
        "outcome": plain["outcome"],
        "status": plain["status"],
        "flipped": main["status"] is None and plain["outcome"] == "http",
    }


def _or_none(origin: str | None) -> str:
    return "none" if origin is None else origin
