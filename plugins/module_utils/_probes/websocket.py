# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Tries with a WebSocket server everything that a client can do: several kinds of handshakes, frames, a close.

Every question is bounded; whatever comes back is recorded and left for the checks to judge.
"""

from __future__ import annotations

import threading
import typing as t

from .._protocol.client import Client, authority, client_of, endpoints_of, likeliest_endpoint
from .._protocol.handshake import Handshake, head_of, name_of
from .._protocol.path_search import REFUSALS, Elsewhere, Found, Hint, Hints, experiment, find_open_path
from .._protocol.recording_socket import Endpoint
from .._protocol.talk import GREETING, converse
from .._run.concurrently import Outcome, concurrently
from .._run.context import Context
from .._run.deadline import DeadlineExceeded
from .._run.evidence import add_gap, new_evidence

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.service import Service
    from .._evidence.websocket import Attempts, HandshakeSeen, Lookup, Plain, Repeat, Websocket

#: Variations of the main handshake.
ATTEMPTS = ("no_origin", "ipv4", "ipv6", "own_origin", "after_get")
#: Handshakes that are repeated to find two servers behind one port.
REPEATS = 10
#: Seconds that the resolver may take after everything else.
_RESOLVE = 0.5
#: Seconds to wait for word of a proxy on this host that leads to the service.
_PROXY = 3.0
#: Seconds to wait for a greeting where the controller listens on a connection of its own meanwhile.
_BRIEFLY = 0.2


def probe(service: Service, context: Context) -> Websocket:
    """Ask the service's port (or socket) on this host.

    :param service: one entry of websocket_health_services.
    :returns: evidence; see ``ask``. ``public_name`` is what the host's resolver says of the public URL's name.
    """
    evidence = t.cast("Websocket", new_evidence("websocket", vantage="host"))
    if context.library is None:
        add_gap(
            evidence,
            "library",
            context.library_note,
            "install websocket-client where Ansible runs; it is sent to the host from there",
        )
        # Nobody need wait for what is not asked.
        context.tell(service, "dialect", "")
        return evidence

    # Who listens where is looked up only if the likeliest place refuses: the handshake shall begin at once.
    def elsewhere() -> list[Endpoint]:
        return endpoints_of(service, context.found(service).on_port)

    look = _looking_up_public_name(service)
    try:
        ask(client_of(service, context, likeliest_endpoint(service)), evidence, elsewhere, _hints)
    finally:
        context.tell(service, "dialect", (evidence.get("conversation") or {}).get("dialect") or "")
        context.tell(service, "finished", "%s %s" % (_how_it_went(evidence), evidence.get("path") or "/"))
    evidence["public_name"] = look()
    if evidence.get("host_from") == "origin" and context.told(service, "through", _PROXY):
        evidence["host_from"] = "proxy"
    return evidence


def _how_it_went(evidence: Websocket) -> str:
    """In one word, for whoever reads the server's log after it: a ``guess`` is a path that nothing names, refused."""
    main = evidence.get("main") or {}
    if main.get("outcome") == "open":
        conversation = evidence.get("conversation") or {}
        exchange = conversation.get("exchange") or {}
        ended = conversation.get("ended") or exchange.get("ended")
        return "failed" if not conversation or ended or exchange.get("completed") is False else "accepted"
    if main.get("outcome") in (None, "timeout", "connect-timeout"):
        return "hung"
    refused = main.get("outcome") == "http" and (main.get("status") or 0) < 500
    return "guess" if evidence.get("path_from") == "default" and refused else "failed"


def _hints(client: Client) -> t.Iterator[Hint]:
    """Paths that the service's surroundings name, the surest first. A source that cannot be read names none."""
    for source in (_mapped_by_proxies, _named_by_page, _dialled_by_page, _passed_by_proxies, _named_in_log):
        try:
            yield from source(client)
        # What reads a page is not sent along if the inventory has the path.
        except (OSError, ValueError, DeadlineExceeded, ImportError):
            continue


# Imported where a path is looked for: most services say theirs.


def _mapped_by_proxies(client: Client) -> t.Iterator[Hint]:
    from .._paths.proxy import asked_by_proxies

    return asked_by_proxies(client.service, client.context, mapped=True)


def _named_by_page(client: Client) -> t.Iterator[Hint]:
    """What the controller has read in the page that is served elsewhere."""
    named = client.service.get("named_paths") or []
    return iter([Hint(entry["path"], "page", entry["where"], True) for entry in named])


def _passed_by_proxies(client: Client) -> t.Iterator[Hint]:
    from .._paths.proxy import asked_by_proxies

    return asked_by_proxies(client.service, client.context, mapped=False)


def _dialled_by_page(client: Client) -> t.Iterator[Hint]:
    from .._paths.page import dialled_by_page

    return dialled_by_page(client)


def _named_in_log(client: Client) -> t.Iterator[Hint]:
    from .._paths.log import named_in_log

    return named_in_log(client.service, client.context)


def _looking_up_public_name(service: Service) -> t.Callable[[], Lookup | None]:
    """Begin to look up the name in the public URL, while the handshakes take their time.

    :returns: asks for ``name``, number of ``addresses`` and ``error``; None: there is no name, or no answer so far.
    """
    url = service.get("public_url")
    if not url:
        return lambda: None
    # Most services have no public URL to look up.
    from .._system.local_address import is_address, looking_up

    host = name_of(authority(url))
    if not host or is_address(host):
        return lambda: None
    look = looking_up(host)

    def answer() -> Lookup | None:
        found = look(_RESOLVE)
        if found is None:
            return None
        return {"name": host, "addresses": len(found.addresses), "error": found.error}

    return answer


def ask(client: Client, evidence: Websocket, elsewhere: Elsewhere, hints: Hints) -> None:
    """Fill the evidence.

    ``main`` is the handshake a browser would do, ``conversation`` what followed on it; ``attempts`` are
    variations of it (no Origin, each loopback), ``plain`` an ordinary GET, ``repeat`` the outcomes of
    ten handshakes in a row, ``alternatives`` other paths that were tried after a refusal, ``tls`` whether the
    port speaks TLS itself.

    :param elsewhere: see ``find_open_path``, as of ``hints``.
    :raises DeadlineExceeded: no time was left for a handshake.
    """
    context = client.context
    evidence["library"] = context.library_note
    if context.deadline.remaining() < min(0.5, 0.25 * context.deadline.seconds):
        # Begun now it would look like a server that does not answer.
        raise DeadlineExceeded("no time left for a handshake (deadline %.1f s)" % context.deadline.seconds)
    client, main = _as_proxies_ask(find_open_path(client, evidence, elsewhere, hints), evidence)
    path = client.path or "/"
    context.tell(client.service, "host", client.host)
    if client.host:
        evidence["host"] = client.host
    context.tell(client.service, "offered", "\n".join(client.offered))
    context.tell(client.service, "path", path if main.open else "")
    if main.seen["outcome"] == "no-time":
        raise DeadlineExceeded(main.seen["error"])
    evidence.update({"main": main.seen, "path": path, "tls": client.tls, "offered": list(client.offered)})
    if main.seen["outcome"] == "timeout":
        # One long wait is enough to know; the variations need not repeat it.
        client = client.having(patience=min(client.patience, 2.0))
    _collect(evidence, concurrently(_tasks(client, main), context.deadline))
    main.close()
    if not main.open and evidence["path_from"] != "default":
        _experiment(client, main, evidence)
    if (evidence.get("conversation") or {}).get("get_unanswered") and not context.deadline.expired():
        # Was it the open connection that it waited for, or is it always slow?
        again = client.plain()
        evidence["plain_again"] = {"status": again["status"], "ms": again["ms"]}


def _as_proxies_ask(found: Found, evidence: Websocket) -> Found:
    """A server may accept only the Host that the proxy in front of it sends: the one that counts then.

    :returns: a client that sends it, where that makes a refusal an acceptance; else what was found.
    """
    client, main = found
    if not client.public_url or main.seen["outcome"] != "http" or evidence["path_from"] == "default":
        return found
    from .._paths.proxy import hosts_of_proxies

    try:
        hosts = [host for host in hosts_of_proxies(client.service, client.context) if host != main.request.host]
    except (OSError, ValueError, DeadlineExceeded, ImportError):
        return found
    for host in hosts[:1]:
        other = client.having(host=host)
        opened = other.handshake()
        evidence["experiments"] = [experiment("host", main.request.host, host, opened.seen)]
        if opened.open:
            evidence.update({"host_from": "proxy", "first_refusal": main.seen})
            return Found(other, opened)
    return found


def _experiment(client: Client, main: Handshake, evidence: Websocket) -> None:
    """What flips the refusal of a path that is known: the variations that were asked, and more of them."""
    if main.seen["outcome"] not in ("http", "eof", "reset", "timeout"):
        return
    # Imported where something is wrong: most services are accepted at once.
    from .._protocol.experiments import TWO_THINGS, vary, with_plain

    attempts, rows = evidence["attempts"], list(evidence.get("experiments") or ())
    without, own = attempts.get("no_origin"), attempts.get("own_origin")
    if without:
        rows.append(experiment("origin", str(main.seen["origin"]), "none", without))
    if own and own["origin"] != main.seen["origin"]:
        rows.append(experiment(TWO_THINGS, str(main.seen["origin"]), str(own["origin"]), own))
    plain = evidence.get("plain")
    evidence["experiments"] = rows
    others = any(entry["outcome"] == "open" for entry in evidence.get("alternatives") or ())
    try:
        evidence["experiments"] = vary(client, main, rows, paths=not others)
    except DeadlineExceeded:
        pass  # what was asked before is known
    if plain and main.seen["status"] is None:
        evidence["experiments"].append(with_plain(main.seen, plain))


def _tasks(client: Client, main: Handshake) -> dict[str, t.Callable[[], t.Any]]:
    """What is asked at once, by the name that its answer has in the evidence."""
    plain_answered = threading.Event()

    def plain() -> Plain:
        # The conversation stays open until it is answered; a second try comes after it.
        try:
            return client.plain()
        finally:
            plain_answered.set()

    def after_get() -> HandshakeSeen:
        plain_answered.wait(min(client.patience, client.context.deadline.remaining()))
        return client.handshake_seen(patience=2.0)

    tasks: dict[str, t.Callable[[], t.Any]] = {
        "no_origin": lambda: client.handshake_seen(origin=None),
        "plain": plain,
        "repeat": lambda: repeated(client, main),
        **_families(client, main.seen),
    }
    if main.seen["outcome"] == "timeout":
        tasks["after_get"] = after_get
    if main.seen["outcome"] == "http" and main.seen["status"] in REFUSALS:
        # The Origin of a page that the port itself serves.
        own = str(client.endpoint) if not client.endpoint.unix else "localhost"
        scheme = "https" if client.tls else "http"
        tasks["own_origin"] = lambda: client.handshake_seen(host=own, origin="%s://%s" % (scheme, own))
    if client.speaks_engine_io():
        tasks["polling"] = client.polling
    if main.open:
        greeting = _BRIEFLY if client.service.get("listened_to") else GREETING
        tasks["conversation"] = lambda: converse(client, main, greeting, plain_answered)
    return tasks


def _families(client: Client, main: HandshakeSeen) -> dict[str, t.Callable[[], HandshakeSeen]]:
    """The handshake at each loopback."""
    if client.endpoint.unix:
        return {}

    def task(address: str) -> t.Callable[[], HandshakeSeen]:
        endpoint = Endpoint(address, client.endpoint.port)
        # The main handshake was done at this one: no need to ask it the same again.
        return (lambda: main) if endpoint == client.endpoint else client.having(endpoint=endpoint).handshake_seen

    return {"ipv4": task("127.0.0.1"), "ipv6": task("::1")}


def _collect(evidence: Websocket, outcomes: dict[str, Outcome]) -> None:
    attempts: dict[str, t.Any] = {}  # of Attempts
    evidence["attempts"] = t.cast("Attempts", attempts)
    others = t.cast("dict[str, t.Any]", evidence)
    for name, outcome in outcomes.items():
        value = outcome.value
        if outcome.kind:
            add_gap(evidence, name, outcome.message, "raise the deadline, or check the server's own log")
            value = None
        (attempts if name in ATTEMPTS else others)[name] = value


def repeated(client: Client, main: Handshake) -> Repeat:
    """The main handshake ten times more from fresh source ports; two time-outs end the series."""
    outcomes: dict[str, int] = {}
    times: list[float] = []
    head = head_of(main)
    if not head or main.seen["outcome"] in ("timeout", "too-much"):
        return {"tried": 0, "outcomes": outcomes, "ms": []}
    for number in range(REPEATS):
        if outcomes.get("timeout", 0) >= 2 or client.context.deadline.expired():
            break
        try:
            seen = client.handshake_seen(patience=min(2.0, client.patience), head=head)
        except DeadlineExceeded:
            break
        if client.context.deadline.expired():
            # It may have run out of time by the probe's fault: two outcomes would look like two servers.
            break
        good = seen["outcome"] == "http" or seen.get("accept") == "valid"
        label = str(seen["status"]) if good else seen["outcome"]
        outcomes[label] = outcomes.get(label, 0) + 1
        if seen.get("first_byte_ms") is not None:
            times.append(seen["first_byte_ms"])
        if label == "eof" and number >= 2:
            # Each costs up to a second (Engine.IO waits before it hangs up); three are enough.
            break
    return {"tried": sum(outcomes.values()), "outcomes": outcomes, "ms": sorted(times)}
