# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Where a service accepts handshakes: address, TLS or plaintext, path, sub-protocol."""

from __future__ import annotations

import itertools
import typing as t

from .client import Client, may_be_tls, spoken
from .engine_io_polling import poll, polling_path, websocket_path
from .handshake import Handshake
from .recording_socket import Endpoint

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.websocket import Alternative, Experiment, HandshakeSeen, Plain, Websocket

#: Where applications of one port commonly keep their WebSocket, besides the dialects' own paths.
COMMON_PATHS = ("/ws", "/ws/", "/websocket", "/socket", "/api/ws", "/stream")
#: A sub-protocol that no server speaks. One that selects it selects whatever is offered first, which means nothing.
NOBODYS_SUBPROTOCOL = "wshealth.nobody"
#: Statuses of a refusal that another Origin, Host or header may turn.
REFUSALS = (400, 401, 403, 404)


class Hint(t.NamedTuple):
    """A path on which a service may keep its WebSocket, and how that is known."""

    path: str
    #: ``page``, ``proxy``, ``log`` or ``discovered`` (a common path).
    source: str
    #: Where it stands, in words: a file and line, a log, a page.
    where: str
    #: Whether a refusal there means something: false where part of the path had to be guessed.
    sure: bool


class Found(t.NamedTuple):
    """The end of a search."""

    #: Asks as the service is to be asked from now on.
    client: Client
    #: The handshake that it did; open, if any was.
    main: Handshake


#: Where else a service may listen, and where its path may be known from; both are asked for only where that is needed.
Elsewhere = t.Callable[[], t.List[Endpoint]]
Hints = t.Callable[[Client], t.Iterator[Hint]]


def find_open_path(client: Client, evidence: Websocket, elsewhere: Elsewhere, hints: Hints) -> Found:
    """Ask where the options say, or else where such services commonly are.

    :param evidence: receives what was seen during the search, immediately: ``main``, ``path``, ``path_from``, ``tls``,
        ``alternatives``, ``first_refusal``, ``forwarded_proto``.
    :param elsewhere: asked where the likeliest endpoint refuses a connection.
    :param hints: asked where the first path refuses: paths that the service's surroundings name, the surest first.
    """
    configured = bool(client.path)
    client = _with_path(client, evidence)
    try:
        found = _first_answer(client, elsewhere)
    finally:
        client.context.first_answer.set()
    client, main = found
    if main.seen["outcome"] != "no-time":
        # What follows may take longer than there is time: this much is known.
        evidence.update({"main": main.seen, "path": client.path or "/", "tls": client.tls})
    client.context.tell(client.service, "spoken", spoken(main.seen, client.tls))
    client, main = found = _as_it_selects(_as_behind_tls(found, evidence))
    client, main = found = _as_page_dials(found, evidence)
    if main.open or main.seen["outcome"].startswith("connect"):
        return found
    if main.seen["outcome"] == "timeout" and (configured or client.plain()["outcome"] != "http"):
        # Nothing answers here at all; with an HTTP server that does, only this path may be silent.
        return found
    if not configured or main.seen["outcome"] in ("http", "eof"):
        return _try_others(found, evidence, hints(client), adopt=not configured)
    return found


def _with_path(client: Client, evidence: Websocket) -> Client:
    """The path to begin with: the inventory's, the public URL's, the dialect's, or that of an Engine.IO that answers."""
    if client.path:
        evidence["path_from"] = "configured"
        return client
    if "/" in client.public_url.split("://", 1)[-1]:
        evidence["path_from"] = "public_url"
        return client.having(path="/" + client.public_url.split("://", 1)[-1].split("/", 1)[1])
    evidence["path_from"] = "default"
    dialect = client.context.dialects.get(client.options.get("dialect") or "")
    if dialect is not None and dialect.PATHS:
        return client.having(path=dialect.PATHS[0])
    if _polls(client):
        # Asked first: on a path that they do not have some servers of Socket.IO fail with a stack trace.
        evidence["path_from"] = "discovered"
        return client.having(path=websocket_path(""))
    return client


def _polls(client: Client) -> bool:
    """Whether an Engine.IO server answers on its usual path."""
    if (client.options.get("dialect") or "auto") != "auto":
        return False
    quick = min(1.0, 0.1 * client.context.deadline.remaining())

    def ask(path: str, patience: float, post: str | None = None) -> Plain:
        return client.get_bare(path, min(patience, quick), post)

    return bool(poll(ask, polling_path(""), 1)["sid"])


def _first_answer(client: Client, elsewhere: Elsewhere) -> Found:
    """The handshake at the first endpoint that accepts a connection, in TLS where the port speaks that."""
    main = client.handshake()
    if main.seen["outcome"].startswith("connect"):
        for endpoint in elsewhere():
            if endpoint == client.endpoint:
                continue
            other = client.having(endpoint=endpoint)
            opened = other.handshake()
            if not opened.seen["outcome"].startswith(("connect", "no-time")):
                client, main = other, opened
                break
    if may_be_tls(main.seen):
        secure = client.having(tls=True)
        opened = secure.handshake()
        # A server that our first handshake has ended refuses the second: that says nothing about TLS.
        if opened.seen["outcome"] not in ("tls-error", "no-time") and not opened.seen["outcome"].startswith("connect"):
            return Found(secure, opened)
    return Found(client, main)


def _as_behind_tls(found: Found, evidence: Websocket) -> Found:
    """A server behind a proxy that ends TLS may compare the Origin with what the proxy says of the scheme.

    :returns: a client that says so, where it makes a refusal an acceptance; else what was found.
    """
    client, main = found
    if main.seen["status"] not in REFUSALS or client.tls or not client.public_url.startswith("wss:"):
        return found
    other = client.having(forwarded=True)
    opened = other.handshake()
    evidence["forwarded_proto"] = opened.open
    return Found(other, opened) if opened.open else found


def _as_it_selects(found: Found) -> Found:
    """A server that names the sub-protocol of a known dialect unasked is offered it, as the dialect's clients do.

    :returns: a client that does, where that makes it a valid 101; else what was found.
    """
    client, main = found
    selected = main.seen.get("subprotocol")
    known = any(selected in dialect.SUBPROTOCOLS for dialect in client.context.dialects.values())
    if main.seen["outcome"] != "upgraded" or not known or client.subprotocols:
        return found
    other = client.having(offered=(selected,))
    opened = other.handshake()
    return Found(other, opened) if opened.open else found


def _as_page_dials(found: Found, evidence: Websocket) -> Found:
    """A server that compares Origin and Host may accept only the Host of clients that dial the server of their page.

    Which of the two clients dial is known only where there is a public URL.

    :param evidence: receives ``host_from``, and the handshake with the Host that was refused as an experiment.
    :returns: a client that sends the Origin's Host, where that makes a refusal an acceptance; else what was found.
    """
    client, main = found
    evidence["host_from"] = "public_url" if client.public_url else "dialled"
    dialled, other_host = client.request().host, client.origins_host
    if client.public_url or client.service.get("exposure") == "direct" or not other_host or other_host == dialled:
        return found
    if main.seen["status"] not in REFUSALS:
        return found
    other = client.having(host=other_host)
    opened = other.handshake()
    evidence["experiments"] = [experiment("host", dialled, other_host, opened.seen)]
    if not opened.open:
        return found
    evidence.update({"host_from": "origin", "first_refusal": main.seen})
    return Found(other, opened)


def experiment(name: str, before: str, after: str, seen: HandshakeSeen) -> Experiment:
    """A handshake of which one thing differs from a main one that was refused."""
    return {
        "name": name,
        "from": before,
        "to": after,
        "outcome": seen["outcome"],
        "status": seen["status"],
        "flipped": seen["outcome"] == "open",
    }


def _try_others(found: Found, evidence: Websocket, hints: t.Iterator[Hint], adopt: bool) -> Found:
    """After a refusal: is there a WebSocket on another path of this port?

    :param adopt: take the first that opens as the path; else it is only reported. Where none opens, the first that is
        known for sure is the one whose refusal counts: that of a guess says nothing.
    """
    client, main = found
    evidence["alternatives"] = []
    step = client.context.deadline.within(min(8.0, client.context.deadline.seconds * 0.4))
    known: tuple[Hint, Handshake] | None = None
    for hint in _candidates(client, hints):
        if step.expired():
            break
        other = _try_path(client, hint.path, min(1.5, step.remaining()))
        if other.seen["outcome"] == "no-time":
            break
        evidence["alternatives"].append(_tried(hint, other))
        if other.open and adopt:
            return _adopted(found, evidence, hint, other)
        other.close()
        if known is None and hint.sure and other.seen["outcome"] == "http":
            known = hint, other
        # A framework that fails on an unknown path writes a stack trace each time: two are enough.
        if other.open or [entry["status"] for entry in evidence["alternatives"]].count(500) >= 2:
            break
    if known is not None and adopt and evidence["path_from"] in ("default", "public_url"):
        return _adopted(found, evidence, *known)
    return found


def _candidates(client: Client, hints: t.Iterator[Hint]) -> t.Iterator[Hint]:
    """What the surroundings name, then what is common; each path once, and not the one that was asked."""
    seen = {_bare(client.path or "/")}
    well_known = (Hint(path, "discovered", "a common path", False) for path in other_paths(client))
    for hint in itertools.chain(hints, well_known):
        # Another query is not another path.
        if _bare(hint.path) not in seen:
            seen.add(_bare(hint.path))
            yield hint


def _bare(path: str) -> str:
    return path.partition("?")[0]


def _tried(hint: Hint, other: Handshake) -> Alternative:
    return {
        "path": other.seen["path"],
        "outcome": other.seen["outcome"],
        "status": other.seen["status"],
        "from": hint.source,
        "where": hint.where,
    }


def _adopted(found: Found, evidence: Websocket, hint: Hint, other: Handshake) -> Found:
    """The service is asked at a hint's path from now on."""
    evidence.update({"path_from": hint.source, "path_where": hint.where, "first_refusal": found.main.seen})
    return Found(found.client.having(path=hint.path, offered=other.request.subprotocols), other)


def _try_path(client: Client, path: str, patience: float) -> Handshake:
    """A handshake on another path; where it is refused as a bad request, once more with sub-protocols offered."""
    first = client.handshake(path=path, patience=patience)
    if first.seen["status"] not in (400, 501) or client.subprotocols:
        return first
    offered = client.handshake(path=path, patience=patience, subprotocols=known_subprotocols(client.context.dialects))
    selected = offered.seen.get("subprotocol")
    offered.close()
    if not offered.open or selected in (None, NOBODYS_SUBPROTOCOL):
        return first
    return client.handshake(path=path, patience=patience, subprotocols=(selected,))


def other_paths(client: Client) -> list[str]:
    """Paths on which WebSockets are commonly served, besides the one that is asked; the likeliest first."""
    paths = [path for dialect in client.context.dialects.values() for path in dialect.PATHS if "EIO=3" not in path]
    # The commonest first: the search stops at the first that opens.
    ordered = ["/", "/ws", "/socket.io/?EIO=4&transport=websocket"] + list(COMMON_PATHS) + paths
    tried = client.path or "/"
    return [path for path in dict.fromkeys(ordered) if path != tried]


def known_subprotocols(dialects: t.Mapping[str, t.Any]) -> tuple[str, ...]:
    """One sub-protocol of each dialect, after one that no server speaks."""
    # The first of each dialect: libwebsockets (Mosquitto) refuses a list of 128 characters.
    return tuple(
        [NOBODYS_SUBPROTOCOL] + [item for name in sorted(dialects) for item in dialects[name].SUBPROTOCOLS[:1]]
    )
