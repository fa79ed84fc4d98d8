# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes that a browser saw: layer browser of the failure catalogue, and the words of Chromium."""

from __future__ import annotations

import re
import typing as t

from ...module_utils._protocol.web_url import Dialled, dialled
from .._evidence.browser import (
    GIVEN_UP,
    Socket,
    blocked_by_policy,
    certificate_errors,
    console_errors,
    ended_badly,
    is_local,
    is_no_host,
    mixed_sockets,
    outcome,
    own_sockets,
    page_url,
    policies,
    words,
)
from .._evidence.content_security_policy import allowance, deciding
from .._evidence.tls import views
from .._evidence.websocket import outcome_words
from .._evidence.who_answered import fingerprint
from .._model import PASS
from .facts import Facts
from .rule import Match

_AGAIN = "open the page again: the task websocket.health.browser_probe, or the whole checklist"
#: WebSockets that Chromium keeps open at the same time, over all tabs.
_MOST = 255
#: What Chromium says of frames that it refuses.
_BAD_FRAME = re.compile(
    r"reserved bits are on|Invalid frame header|Unrecognized frame opcode|must not mask|as UTF-8|continuation|control frame",
    re.IGNORECASE,
)
#: Milliseconds after which a handshake that a page waits for is a slow one.
_SLOW = 1000.0


def _own(facts: Facts) -> list[Socket]:
    return own_sockets(facts.browser, facts.service)


def _failed(facts: Facts) -> list[Socket]:
    return [entry for entry in _own(facts) if outcome(entry) in ("failed", "thrown", "blocked")]


def _reaches(facts: Facts) -> bool:
    """Whether the page gets to the service by another WebSocket, which is not on the visitor's own machine."""
    return any(outcome(entry) == "open" and not is_local(dialled(entry.get("url")).host) for entry in _own(facts))


def _dialled_by(entry: Socket) -> str:
    """Who opens a WebSocket, as an observation."""
    where = " at %s" % entry["initiator"] if entry.get("initiator") else ""
    kind = {"page": "the page", "iframe": "a frame of the page"}.get(str(entry.get("from")), "a worker of the page")
    return "%s%s dials %s" % (kind, where, entry.get("url"))


def _seen(entry: Socket) -> str:
    return "Chromium: %s" % words(entry)


def _right_url(facts: Facts) -> str:
    """What the page should dial, as far as that is known."""
    return str(facts.service.get("public_url") or "") or "the page's own host, from window.location"


# -- what the page is not allowed to do --------------------------------------------------------------------------------


def mixed(facts: Facts) -> list[Socket]:
    """WebSockets that the page may not open because it is served over https and they are not."""
    return mixed_sockets(facts.browser, facts.service)


def enforced(facts: Facts) -> list[dict[str, t.Any]]:
    """Reports of the page's policies about WebSockets of the service, where the browser did block them."""
    return [entry for entry in blocked_by_policy(facts.browser, facts.service) if entry.get("report_only") is False]


def seen_mixed_content(facts: Facts) -> Match | None:
    """With the page, and what the browser says."""
    sockets = mixed(facts)
    if not sockets:
        return None
    page = (facts.browser.get("page") or {}).get("url")
    return Match(
        "certain",
        ["the page is %s" % page, _dialled_by(sockets[0]), _seen(sockets[0])],
        immediate=["dial wss:// instead of %s" % sockets[0]["url"]],
        configuration=[
            "make the URL from the page's: location.protocol === 'https:' ? 'wss://' : 'ws://', then location.host",
            "let the proxy that serves the page lead the WebSocket's path to the back end, so that both are in TLS",
        ],
        testing=[_AGAIN],
    )


def seen_csp(facts: Facts) -> Match | None:
    """With the page's policies."""
    reports = enforced(facts)
    if not reports:
        return None
    where = dialled(reports[0].get("url"))
    source = "%s://%s%s" % (where.scheme, where.host, ":%s" % where.port if where.port not in (None, 80, 443) else "")
    headers = policies(facts.browser)
    return Match(
        "certain",
        [
            "the browser blocks %s" % reports[0].get("url"),
            "connect-src, or default-src in its place, has no source that allows it",
            *("the page's header %s: %s" % tuple(pair) for pair in headers[:2]),
            "" if headers else "the policy is in a meta element of the page",
        ],
        immediate=[allowance(deciding(pair[1] for pair in headers), source)],
        configuration=[
            "name the WebSocket's origin with its scheme: 'self' covers host and port of the page alone, and https: no wss: elsewhere"
        ],
        testing=[_AGAIN],
    )


def to_private_address(facts: Facts) -> list[Socket]:
    """WebSockets that Chromium refuses because a public page asks for a private address, not that of its own machine."""
    refused = [entry for entry in _failed(facts) if "LOCAL_NETWORK_ACCESS" in str(entry.get("error"))]
    return [] if refused and is_local(dialled(refused[0]["url"]).host) else refused


def seen_local_network(facts: Facts) -> Match:
    """With the page's address."""
    sockets = to_private_address(facts)
    return Match(
        "certain",
        [
            _dialled_by(sockets[0]),
            _seen(sockets[0]),
            "the page came from %s" % (facts.browser.get("page") or {}).get("address"),
        ],
        immediate=["serve the WebSocket at a public address, behind the same proxy as the page"],
        configuration=[
            "from Chrome 147 on a page from a public address may open a private one only in a secure context, and after "
            'its user has agreed (in a frame: allow="local-network")'
        ],
        testing=[_AGAIN],
    )


# -- what the page dials -----------------------------------------------------------------------------------------------


def to_own_machine(facts: Facts) -> list[Socket]:
    """WebSockets to localhost, of a page that comes from elsewhere and does not get to the service by another one.

    That they open here says nothing: the browser of the checklist runs on the controller, a visitor's somewhere else.
    """
    page = page_url(facts.browser).host
    if not page or is_local(page) or _reaches(facts):
        return []
    return [entry for entry in _own(facts) if is_local(dialled(entry.get("url")).host)]


def seen_localhost(facts: Facts) -> Match | None:
    """With the page's host."""
    page, sockets = page_url(facts.browser).host, to_own_machine(facts)
    if not sockets:
        return None
    return Match(
        "certain" if outcome(sockets[0]) != "open" else "likely",
        [
            "the page comes from %s" % page,
            _dialled_by(sockets[0]),
            "for a visitor that is the visitor's own machine",
            _seen(sockets[0]),
        ],
        immediate=["dial %s" % _right_url(facts)],
        configuration=[
            "take host and scheme from window.location, or set the URL for production when the page is built"
        ],
        testing=[_AGAIN],
    )


def to_no_host(facts: Facts) -> list[Socket]:
    """WebSockets whose host or port is what a program makes of a variable that nobody has set."""
    return [entry for entry in _own(facts) if isinstance(entry.get("url"), str) and _is_unset(entry)]


def seen_undefined(facts: Facts) -> Match | None:
    """With the URL that is dialled."""
    sockets = to_no_host(facts)
    if not sockets:
        return None
    return Match(
        "certain",
        [_dialled_by(sockets[0]), _seen(sockets[0])],
        immediate=["set the variable of the WebSocket's URL where the page is built, and build it again"],
        configuration=[
            "variables with the prefixes VITE_, NEXT_PUBLIC_ and REACT_APP_ are written into the bundle: setting them where "
            "it is served changes nothing"
        ],
        testing=[_AGAIN],
    )


def _is_unset(entry: Socket) -> bool:
    url = str(entry.get("url"))
    return is_no_host(dialled(url).host) or re.match(r"wss?://[^/]*:(?:undefined|null|NaN|)(?:/|$)", url) is not None


def to_unsafe_port(facts: Facts) -> list[Socket]:
    """WebSockets to a port that Chromium refuses."""
    return [entry for entry in _failed(facts) if "ERR_UNSAFE_PORT" in str(entry.get("error"))]


def seen_unsafe_port(facts: Facts) -> Match | None:
    """With the port."""
    for entry in to_unsafe_port(facts):
        port = dialled(entry.get("url")).port
        return _wrong_url(facts, entry, "certain", "Chromium opens no connection to port %s at all" % port)
    return None


def misdirected(facts: Facts) -> list[tuple[Socket, tuple[str, str]]]:
    """WebSockets that fail at the service's host with another port or path than the service's, and what is right.

    Who gets to the service dials other things as well, and what demands credentials is there.
    """
    right = _accepted(facts)
    if right is None or _reaches(facts):
        return []
    tried = [entry for entry in _failed(facts) if (entry.get("raw") or {}).get("status") not in (401, 403)]
    compared = [(entry, _difference(dialled(entry.get("url")), right)) for entry in tried]
    return [(entry, differs) for entry, differs in compared if differs]


def seen_wrong_url(facts: Facts) -> Match | None:
    """With the port or path at which the handshake is accepted."""
    for entry, differs in misdirected(facts):
        return _wrong_url(facts, entry, "likely", "the handshake is accepted at %s %s" % differs)
    return None


def _accepted(facts: Facts) -> Dialled | None:
    """Where the service does accept handshakes: its public URL, else its own port."""
    public = facts.public
    if facts.service.get("public_url"):
        good = public.get("outcome") == "open" or facts.status("websocket.handshake", "public") == PASS
        return dialled(facts.service["public_url"]) if good else None
    if facts.handshake.get("outcome") != "open" or not facts.service.get("port"):
        return None
    return Dialled("ws", page_url(facts.browser).host, int(facts.service["port"]), facts.served_path.partition("?")[0])


def _difference(where: Dialled, right: Dialled) -> tuple[str, str] | None:
    """In what two URLs of one host differ: its name, and the right value."""
    if where.host != right.host or not where.host:
        return None
    if where.port != right.port:
        return "port", str(right.port)
    return ("path", right.path) if where.path != right.path else None


def _wrong_url(facts: Facts, entry: Socket, confidence: str, reason: str) -> Match:
    return Match(
        confidence,
        [_dialled_by(entry), _seen(entry), reason, _answered_by(entry)],
        immediate=["dial %s" % _right_url(facts)],
        configuration=["keep path and port of the WebSocket in one place, for the page, the proxy and the server"],
        testing=[_AGAIN],
    )


def _answered_by(entry: Socket) -> str:
    raw = entry.get("raw") or {}
    who = fingerprint(raw)
    return "asked again raw: %s%s" % (outcome_words(raw), ", by %s" % who if who else "") if raw else ""


# -- what the server minds in a browser --------------------------------------------------------------------------------


def _accepted_otherwise(raw: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """The same handshake with another Origin, and with none, as far as they are accepted."""
    others = [raw.get(name) or {} for name in ("other_origin", "no_origin")]
    return [other for other in others if other.get("outcome") == "open"]


def refused_for_origin(facts: Facts) -> list[Socket]:
    """WebSockets that are refused with the page's Origin, and not with another or none."""
    asked = [(entry, entry.get("raw") or {}) for entry in _failed(facts)]
    return [entry for entry, raw in asked if raw.get("outcome") == "http" and _accepted_otherwise(raw)]


def seen_origin(facts: Facts) -> Match:
    """With both answers."""
    entry = refused_for_origin(facts)[0]
    raw = entry["raw"]
    return Match(
        "certain",
        [
            _dialled_by(entry),
            "with Origin %s: %s" % (raw.get("origin"), outcome_words(raw)),
            "with %s the handshake is accepted" % (_accepted_otherwise(raw)[0].get("origin") or "no Origin at all"),
        ],
        immediate=["allow %s in the server's list of origins" % raw.get("origin")],
        configuration=[
            "the origin is the page's scheme, host and port, as visitors see them; several pages have several"
        ],
        testing=[_AGAIN],
    )


def with_bad_frames(facts: Facts) -> list[Socket]:
    """WebSockets that Chromium ends, after the 101, for what it received."""
    return [
        entry for entry in _own(facts) if outcome(entry) == "open" and _BAD_FRAME.search(str(entry.get("error") or ""))
    ]


def seen_bad_frame(facts: Facts) -> Match:
    """With what Chromium says of the frame."""
    entry = with_bad_frames(facts)[0]
    error = str(entry["error"])
    extensions = [pair[1] for pair in entry.get("response") or () if pair[0].lower() == "sec-websocket-extensions"]
    compressed = "compression is agreed on (%s)" % extensions[0] if extensions else "no compression is agreed on"
    return Match(
        "likely",
        [_dialled_by(entry), "it was answered by 101, then Chromium said: %s" % error, compressed],
        immediate=[
            "send binary data as binary frames, and text in UTF-8"
            if "UTF-8" in error
            else "find what else writes to the connection: a second handler, a proxy that compresses, a stack of your own"
        ],
        configuration=["without compression agreed on in Sec-WebSocket-Extensions no frame may have RSV1 set"],
        testing=[_AGAIN],
    )


def refused_certificates(facts: Facts) -> list[tuple[str, str]]:
    """URLs whose TLS Chromium refuses, and why."""
    return certificate_errors(facts.browser, facts.service)


def seen_certificate(facts: Facts) -> Match:
    """With what the error means."""
    url, reason = refused_certificates(facts)[0]
    return Match(
        "certain",
        ["Chromium refuses %s: %s" % (url, reason), _MEANING.get(reason, "")],
        immediate=["look at the certificate: openssl s_client -connect <host>:443 -servername <host> -showcerts"],
        configuration=["serve the whole chain for this very name, from an authority that visitors' browsers trust"],
        testing=[_AGAIN],
    )


_MEANING = {
    "net::ERR_CERT_AUTHORITY_INVALID": "no authority that Chromium trusts has signed it; that hides a wrong name and date",
    "net::ERR_CERT_DATE_INVALID": "it has expired, or is not valid yet",
    "net::ERR_CERT_COMMON_NAME_INVALID": "the name is not among its alternative names; a common name does not count",
    "net::ERR_SSL_PROTOCOL_ERROR": "what answers there does not speak TLS",
    "net::ERR_SSL_UNRECOGNIZED_NAME_ALERT": "the server refuses the name that it is asked for",
    "net::ERR_BAD_SSL_CLIENT_AUTH_CERT": "the server demands a certificate of the client",
}


def _asked_for_certificate(facts: Facts, entry: Socket) -> bool | None:
    """Whether the server asks clients for a certificate; None: nobody has seen.

    What a proxy is asked for on its way to the back end is none of the browser's business.
    """
    asked = [
        view.client_certificate.get("requested")
        for view in views(facts.evidence.get("tls") or {}, facts.service)
        if not view.hop and view.name == dialled(entry.get("url")).host
    ]
    return True if True in asked else False if False in asked else None


def canceled(facts: Facts) -> list[Socket]:
    """WebSockets that Chromium cancels as it does where it is asked for a certificate, and that other clients open."""
    tried = [entry for entry in _failed(facts) if "opening handshake was canceled" in str(entry.get("error"))]
    accepted = [entry for entry in tried if (entry.get("raw") or {}).get("outcome") == "open"]
    return [entry for entry in accepted if _asked_for_certificate(facts, entry) is not False]


def seen_canceled(facts: Facts) -> Match:
    """With what TLS says of it. Nobody can choose a certificate for a WebSocket; what a browser has once been told not to
    send to a server it does not send again, so a page from the very same server makes it work."""
    entry = canceled(facts)[0]
    asked = _asked_for_certificate(facts, entry)
    return Match(
        "certain" if asked else "likely",
        [
            _dialled_by(entry),
            _seen(entry),
            _answered_by(entry),
            "the server asks for a certificate of the client in TLS, and takes clients without one"
            if asked
            else "so Chromium does when a server asks for a certificate of the client in TLS",
        ],
        immediate=["give the WebSocket a server name that asks for none (nginx: ssl_verify_client off)"],
        configuration=[
            "or serve the page from the same name and port: there the browser is asked before the WebSocket is"
        ],
        testing=[_AGAIN],
    )


# -- what the page's code does -----------------------------------------------------------------------------------------


def early_sends(facts: Facts) -> list[dict[str, t.Any]]:
    """Exceptions that nobody catches: send() while the connection is still being established."""
    about, _others = console_errors(facts.browser, facts.service)
    return [entry for entry in about if "Still in CONNECTING state" in str(entry.get("text"))]


def seen_early_send(facts: Facts) -> Match:
    """With the place in the page."""
    found = early_sends(facts)[0]
    where = "at %s:%s" % (found["url"], (found.get("line") or 0) + 1) if found.get("url") else "in the page"
    return Match(
        "certain",
        ["%s: %s" % (where, found.get("text"))],
        immediate=["send after the event open, and keep until then what is to be sent"],
        testing=[_AGAIN],
    )


def says_too_many(facts: Facts) -> bool:
    """Whether Chromium says that more WebSockets are open than it allows."""
    texts = [str(entry.get("error")) for entry in facts.browser.get("sockets") or ()]
    texts += [str(entry.get("text")) for entry in facts.browser.get("console") or ()]
    return any("Insufficient resources" in text for text in texts)


def seen_too_many(facts: Facts) -> Match:
    """With how many the page has made."""
    return Match(
        "certain",
        [
            "the page has made %s WebSockets" % facts.browser.get("sockets_total"),
            "Chromium: Insufficient resources; it keeps %d open at most" % _MOST,
        ],
        immediate=["close the old connection before a new one is opened, above all where the page connects again"],
        configuration=["wait longer after each attempt that fails, and share one connection between components"],
        testing=[_AGAIN],
    )


def all_given_up(facts: Facts) -> bool:
    """Whether the page closed all its attempts while they were being established."""
    sockets = _own(facts)
    return bool(sockets) and all(outcome(entry) == "given-up" for entry in sockets)


def seen_given_up(facts: Facts) -> Match:
    """With the time that the page waited."""
    sockets = _own(facts)
    waited = max((entry.get("closed_ms") or 0) - (entry.get("at_ms") or 0) for entry in sockets)
    return Match(
        "likely",
        [
            _dialled_by(sockets[-1]),
            "Chromium: WebSocket is %s" % GIVEN_UP,
            "the page waited %.0f ms at most" % waited,
        ],
        immediate=[
            "look why the handshake is slow: it took longer than the page waits"
            if waited >= _SLOW
            else "look for a close() that runs before the event open: a component that is unmounted, a page that leaves"
        ],
        testing=[_AGAIN],
    )


def silently_ended(facts: Facts) -> list[Socket]:
    """WebSockets that ended with 1006 after the 101, of which Chromium has nothing to say: a FIN or RST."""
    return [
        entry for entry in _own(facts) if entry.get("code") == 1006 and ended_badly(entry) and not entry.get("error")
    ]


def seen_silent_end(facts: Facts) -> Match:
    """With the time after which it ended."""
    ended = silently_ended(facts)
    after = ((ended[0].get("closed_ms") or 0) - (ended[0].get("answered_ms") or 0)) / 1000.0
    return Match(
        "likely",
        [
            _dialled_by(ended[0]),
            "it was answered by 101, and ended %.1f s later with code 1006" % after,
            "no message of the console: the other side dropped the connection without a close frame",
        ],
        immediate=["look into the server's log at that moment: a crash, an exception in the handler, a restart"],
        configuration=["look for an idle time-out of what stands between, and let the server send pings before it"],
        testing=[_AGAIN],
    )
