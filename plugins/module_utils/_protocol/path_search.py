# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Where a service accepts handshakes: address, TLS or plaintext, path, sub-protocol."""

from __future__ import annotations

import functools
import itertools
import typing as t

from .._run.concurrently import concurrently
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
#: Sub-protocols that published servers insist on, besides those of the dialects.
OTHER_SUBPROTOCOLS = (NOBODYS_SUBPROTOCOL, "ocpp1.6", "ocpp2.0.1", "janus-protocol", "cockpit1", "binary", "rfb")
#: Seconds that a path is given: where another kept silence, many are asked at once, and each is given less.
_PATIENCE, _LESS, _AT_ONCE = 1.5, 0.6, 8
#: Seconds in which a server that accepts whatever it is asked for hangs up on a path that it does not have.
_SOON = 0.4
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
    #: What is offered there, where the source says it.
    subprotocols: t.Tuple[str, ...] = ()


class Found(t.NamedTuple):
    """The end of a search."""

    #: Asks as the service is to be asked from now on.
    client: Client
    #: The handshake that it did; open, if any was.
    main: Handshake


_Answer = t.Tuple[Hint, Handshake]
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
    try:
        return _find(client, evidence, elsewhere, hints)
    finally:
        client.context.tell(client.service, "guessed", "\n".join(_guessed(evidence)))


def _guessed(evidence: Websocket) -> list[str]:
    """Paths that were asked although nobody named them, and refused: without their query, as logs have them."""
    paths = [entry["path"] for entry in evidence.get("alternatives") or () if entry["outcome"] != "open"]
    refused = (evidence.get("first_refusal") or evidence.get("main") or {}).get("outcome") != "open"
    if refused and evidence.get("path_from") != "configured":
        paths.append("/")
    return [_bare(path) for path in paths]


def _find(client: Client, evidence: Websocket, elsewhere: Elsewhere, hints: Hints) -> Found:
    """See ``find_open_path``."""
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
    if main.seen["outcome"].startswith("connect") or main.open and not (_is_guess(evidence) and main.ended_soon(_SOON)):
        return found
    if main.seen["outcome"] == "timeout" and configured:
        return found
    if not configured and lacks_subprotocol(main):
        client, main = found = offering(found)
        if main.open:
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
    mute = main.seen["outcome"] == "timeout"
    if mute and client.fetch("/", client.context.deadline.within(1.0), 1 << 16) is None:
        # No page tells anything, either.
        hints = iter(())
    # Of a port that answers nothing at all little is to be learned.
    step = client.context.deadline.within(min(3.0 if mute else 8.0, client.context.deadline.seconds * 0.4))
    known: _Answer | None = None
    candidates = _candidates(client, hints, adopt)
    while not step.expired():
        many = mute or len(evidence["alternatives"]) > _AT_ONCE
        hints_now = list(itertools.islice(candidates, _AT_ONCE if many else 1))
        answers = _ask_all(client, hints_now, min(_LESS if mute else _PATIENCE, step.remaining()))
        opened, refused = _sorted(answers, evidence, adopt)
        known = known or refused
        mute = mute or any(other.seen["outcome"] == "timeout" for _hint, other in answers)
        if opened is not None and adopt:
            main.close()
            return _adopted(found, evidence, *opened)
        if opened is not None:
            opened[1].close()
        # A framework that fails on an unknown path writes a stack trace each time: two are enough.
        statuses = [entry["status"] for entry in evidence["alternatives"]]
        if opened is not None or statuses.count(500) >= 2 or len(answers) < len(hints_now) or not hints_now:
            break
    if known is not None and adopt and evidence["path_from"] in ("default", "public_url"):
        return _adopted(found, evidence, *known)
    return found


def _sorted(answers: list[_Answer], evidence: Websocket, adopt: bool) -> tuple[_Answer | None, _Answer | None]:
    """The first that opened and stays open, which is left so, and the first that was refused on a path that is known for sure."""
    opened: _Answer | None = None
    refused: _Answer | None = None
    for hint, other in answers:
        if other.seen["outcome"] == "no-time":
            continue
        evidence["alternatives"].append(_tried(hint, other))
        if opened is None and other.open and not (adopt and other.ended_soon(_SOON)):
            opened = hint, other
            continue
        if refused is None and hint.sure and other.seen["outcome"] == "http":
            refused = hint, other
        other.close()
    return opened, refused


def _ask_all(client: Client, hints: list[Hint], patience: float) -> list[_Answer]:
    """A handshake on the path of each, at once if there are several; in their order, less those that could not be asked."""
    if len(hints) < 2:
        return [(hint, _try_path(client, hint, patience)) for hint in hints]
    tasks = {str(number): functools.partial(_try_path, client, hint, patience) for number, hint in enumerate(hints)}
    outcomes = concurrently(tasks, client.context.deadline)
    answers = [(hint, outcomes[str(number)].value) for number, hint in enumerate(hints)]
    return [(hint, answer) for hint, answer in answers if answer is not None]


def _is_guess(evidence: Websocket) -> bool:
    """Whether nobody named the path that is asked: the root of a public URL is the site's address as often."""
    return evidence["path_from"] == "default" or evidence["path_from"] == "public_url" and evidence["path"] == "/"


def lacks_subprotocol(main: Handshake) -> bool:
    """Whether the server may have refused for want of a sub-protocol: it says so, or hangs up without a word."""
    told = "subprotocol" in str(main.seen.get("body") or "").lower().replace("-", "")
    return main.seen["outcome"] == "eof" or (main.seen["status"] == 400 and told)


def offering(found: Found) -> Found:
    """The client that offers a sub-protocol which the server selects, if there is one; else what was found."""
    client = found.client
    for offer in () if client.subprotocols else (known_subprotocols(client.context.dialects), OTHER_SUBPROTOCOLS):
        several = client.handshake(subprotocols=offer)
        selected = several.seen.get("subprotocol")
        several.close()
        if several.open and selected not in (None, NOBODYS_SUBPROTOCOL):
            again = client.having(offered=(str(selected),))
            return Found(again, again.handshake())
    return found


def _candidates(client: Client, hints: t.Iterator[Hint], queries: bool) -> t.Iterator[Hint]:
    """What the surroundings name, then what is common; each path once, and not the one that was asked.

    :param queries: whether another query is another question: where the path is known it is not.
    """
    asked = client.path or "/"
    seen = {(asked if queries else _bare(asked), client.subprotocols)}
    common = (Hint(path, "discovered", "a common path", False) for path in other_paths(client))
    for hint in itertools.chain(hints, common, _well_known()):
        # With a sub-protocol that the page offers it is another question, too.
        key = (hint.path if queries else _bare(hint.path), hint.subprotocols or client.subprotocols)
        if key not in seen:
            seen.add(key)
            yield hint


def _well_known() -> t.Iterator[Hint]:
    """Where published applications have it."""
    try:
        from .._paths.well_known import WELL_KNOWN
    except ImportError:
        # It is not carried where the inventory says every path.
        return
    for path, application, _source in WELL_KNOWN:
        yield Hint(path, "discovered", "a common path: %s" % application, False)


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


def _try_path(client: Client, hint: Hint, patience: float) -> Handshake:
    """A handshake on another path; where it is refused as a bad request, once more with sub-protocols offered."""
    path = hint.path
    if hint.subprotocols and not client.subprotocols:
        return client.handshake(path=path, patience=patience, subprotocols=hint.subprotocols)
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
