# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the controller sees at a service's public URL, asked once in a run however many hosts stand behind it."""

from __future__ import annotations

import errno
import json
import socket
import typing as t

from ...module_utils._protocol import tls_session
from ...module_utils._protocol.client import Client, client_of
from ...module_utils._protocol.conversation import Conversation, Ended
from ...module_utils._protocol.handshake import Handshake, parse_head
from ...module_utils._protocol.path_search import Found, lacks_subprotocol, offering
from ...module_utils._protocol.recording_socket import Endpoint, connect
from ...module_utils._protocol.talk import hold
from ...module_utils._protocol.web_url import WebUrl, web_url
from ...module_utils._run.concurrently import concurrently
from ...module_utils._run.context import Context
from ...module_utils._run.deadline import Deadline, DeadlineExceeded
from ...module_utils._system.local_address import error_name
from .http2_connect import ask_http2
from .once_per_run import once_per_run

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.service import Service
    from ...module_utils._evidence.tls import Session
    from ...module_utils._evidence.websocket import Hold, Public, PublicAddress

#: Seconds that name, connection and handshake may take together.
_PATIENCE = 8.0
#: Seconds that are kept for what is asked once that got no answer.
_AFTERWARDS = 6.0
#: Seconds that a connection to one of several addresses may take, and how many of them are tried.
_EACH, _MOST_ADDRESSES = 3.0, 8
#: Errors of a machine that has no address or route of a kind itself: they say nothing of the address.
_NO_ROUTE = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
#: Seconds for a pong before and after an idle time.
_PONG = 5.0
#: Seconds by which a connection that is held gives way to the deadline: the answer has to be handed over yet.
_MARGIN = 0.75


def ask_public(service: Service, context: Context) -> Public:
    """The handshake at the public URL.

    :param service: one entry of websocket_health_services, with ``public_url``.
    :returns: the answer as in handshake.py, with ``url``, ``canonical`` (what its name is an alias of), ``cookies``
        (names of those that it sets), ``hold`` where the service asks for it, and where TLS is spoken ``session`` (see
        tls_session.py) and, of an accepted handshake, ``http2`` (see http2_connect.py); or ``unknown``, the reason why
        it could not be tried.
    """
    key = json.dumps([service.get(name) for name in ("public_url", "websocket", "tls")], sort_keys=True, default=str)
    hold = float((service.get("websocket") or {}).get("hold") or 0)
    left = context.deadline.remaining()
    seconds = min(_PATIENCE + _AFTERWARDS + hold, left - (_MARGIN if hold else 0))
    # Its time starts when it is called: until then another worker may be at it.
    answer = once_per_run(
        key, lambda: _ask(service, context.with_deadline(Deadline(seconds))), left, _seconds_of_validity
    )
    if answer is None:
        return too_late(service)
    return t.cast("Public", answer)


def too_late(service: Service) -> Public:
    """The placeholder for an answer that did not come."""
    try:
        shown = web_url(service.get("public_url") or "").shown()
    except ValueError:
        shown = "public_url"
    return {"url": shown, "unknown": "the deadline came before an answer"}


def _seconds_of_validity(answer: t.Any) -> float:
    return 60.0 if isinstance(answer, dict) and answer.get("outcome") == "open" else 3.0


def _ask(service: Service, context: Context) -> Public:
    try:
        url = web_url(service.get("public_url") or "")
    except ValueError:
        return {"url": "public_url", "unknown": "public_url is not a WebSocket URL"}
    seen: Public = {"url": url.shown()}
    try:
        addresses = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
    except (OSError, UnicodeError) as error:
        # The controller may use another resolver than clients do: that it finds no address proves nothing on its own.
        seen["lookup"] = {"name": url.host, "error": error_name(error)}
        return {**seen, "unknown": "the controller cannot resolve %s (%s)" % (url.host, error)}
    if context.library is None:
        return {**seen, "unknown": "websocket-client is not installed where Ansible runs"}
    names = list(dict.fromkeys(str(row[4][0]) for row in addresses))[:_MOST_ADDRESSES]
    if len(names) > 1:
        seen["addresses"] = _try_each(names, url.port, context.deadline)
        # As clients do that go on to the next address.
        names = [row["address"] for row in seen["addresses"] if row["outcome"] == "connected"] or names
    endpoint = Endpoint(names[0], url.port)
    if addresses[0][3] not in ("", url.host):
        seen["canonical"] = addresses[0][3]
    patience = min(_PATIENCE, max(0.6 * context.deadline.remaining(), context.deadline.remaining() - _AFTERWARDS))
    client = client_of(service, context, endpoint).having(path=url.path, tls=url.secure, patience=patience)
    opened = client.handshake()
    if opened.seen["status"] == 400 and lacks_subprotocol(opened):
        client, opened = offering(Found(client, opened))
    try:
        return _described(opened, client, url, seen)
    finally:
        opened.close()


def _try_each(addresses: list[str], port: int, deadline: Deadline) -> list[PublicAddress]:
    """Connect to every address at once: a client may take any of them."""
    step = deadline.within(_EACH)
    tasks = {address: lambda it=address: _connected(Endpoint(it, port), step) for address in addresses}
    late: PublicAddress = {"outcome": "no-time", "errno": None}
    outcomes = concurrently(tasks, step)
    return [{"address": address, **(outcomes[address].value or late)} for address in addresses]


def _connected(endpoint: Endpoint, step: Deadline) -> PublicAddress:
    started = step.elapsed()
    outcome, symbol = "connected", None
    try:
        connect(endpoint, step, _EACH).close()
    except DeadlineExceeded:
        outcome = "no-time"
    except TimeoutError:
        outcome, symbol = "connect-timeout", "ETIMEDOUT"
    except OSError as error:
        usual = "connect-refused" if error.errno == errno.ECONNREFUSED else "connect-error"
        outcome = "no-route" if error.errno in _NO_ROUTE else usual
        symbol = errno.errorcode.get(error.errno or 0)
    return {"outcome": outcome, "errno": symbol, "ms": round((step.elapsed() - started) * 1000.0, 1)}


def _described(opened: Handshake, client: Client, url: WebUrl, seen: Public) -> Public:
    """What the handshake showed, and what may be asked beside it, on it and after it."""
    if opened.seen["outcome"] == "no-time":
        raise DeadlineExceeded(opened.seen["error"])
    answer = t.cast("Public", dict(client.context.redactor.tree(opened.seen), **seen))
    cookies = _cookies(opened)
    if cookies:
        answer["cookies"] = cookies
    _add_large(answer, client)
    if url.secure and not str(answer["outcome"]).startswith("connect"):
        session = _session(opened.endpoint, url, client.service, client.context.deadline)
        answer["session"] = t.cast("Session", dict(session, **seen))
    if url.secure and opened.open:
        answer["http2"] = ask_http2(opened.endpoint, client.request(), client.context.deadline)
    if opened.open and client.options.get("hold"):
        held = held_idle(client, Conversation(opened, client.context.deadline, client.context.redactor))
        if held is not None:
            answer["hold"] = held
    return answer


def _add_large(answer: Public, client: Client) -> None:
    """Whether large packets get through: beside an accepted handshake, or where the first answer does not come."""
    # Beyond TLS the server's certificates are the first that needs a full packet.
    silent = answer["outcome"] in ("timeout", "tls-error") and "timed out" in str(answer.get("error"))
    try:
        if answer["outcome"] == "open":
            answer["large"] = client.large_handshake()
            silent = answer["large"]["outcome"] == "timeout" and answer["large"].get("again") == "open"
        if silent or answer["outcome"] == "timeout":
            answer["small_segments"] = client.small_segments()
    except DeadlineExceeded:
        pass  # nothing was asked, and nothing is said


def _cookies(opened: Handshake) -> list[str]:
    """Names of the cookies that an answer sets; their values are secrets, and the header is hidden as a whole."""
    head = parse_head(bytes(opened.socket.received)) if opened.socket is not None else None
    pairs = head["headers"] if head is not None else []
    return [value.split("=", 1)[0].strip()[:64] for name, value in pairs if name.lower() == "set-cookie"][:20]


def held_idle(client: Client, talk: Conversation) -> Hold | None:
    """Hold a connection idle, as the host does on loopback: any difference is due to the path between.

    :returns: as talk.hold, and after a silent end ``again``, the outcome of another handshake; None: it worked
        no ping before, so its silence afterwards would say nothing, or no time was left.
    """
    try:
        if talk.ping(_PONG) is None:
            return None
        record = hold(client, talk)
        if record["pinged"] and record["pong_ms"] is None:
            # Whether a new connection opens distinguishes a dropped connection from a blocked path.
            record["again"] = client.handshake_seen()["outcome"]
    except (DeadlineExceeded, Ended):
        return None
    return record


def _session(endpoint: Endpoint, url: WebUrl, service: Service, deadline: Deadline) -> Session:
    """The certificates at the public URL, as tls_probe records a session, verified with what the controller trusts."""
    session = tls_session.open_session(endpoint, url.host, deadline, path=url.path, host=url.authority)
    session["verified"] = []
    system = tls_session.system_store()
    if session["outcome"] != "established" or system is None:
        return session
    verified = tls_session.verify(endpoint, url.host, deadline, system)
    # A private CA is a file on the host; that the controller does not trust it says nothing of the clients.
    if verified["code"] == 0 or not (service.get("tls") or {}).get("ca_path"):
        session["verified"] = [verified]
    return session
