# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist items 5 and 7, debugging steps 1 and 3: the WebSocket server itself."""

from __future__ import annotations

import statistics
import typing as t

from ...module_utils._protocol.subprotocols import shown
from .._evidence.port import meant_for
from .._evidence.refusal import origin_flip
from .._evidence.websocket import (
    SLOW_MS,
    SLOWER,
    address_words,
    dead_addresses,
    exchange_lines,
    host_is_guess,
    hosts_tried,
    how_it_ended,
    http2_words,
    nowhere_known,
    offered_subprotocols,
    only_small_packets,
    outcome_words,
    path_is_guess,
    paths_tried,
    service_is_open,
    silent_after,
    trace_text,
    turned_away,
    url_is_site,
    waits_for_end,
)
from .._evidence.who_answered import engine_io_code, fingerprint
from .._model import ERROR, FAIL, PASS, SKIP, UNKNOWN, WARN, CheckDefinition, CheckResult, Verdicts, evidence_line, gap

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.proxy import Proxy
    from ...module_utils._evidence.service import Service
    from ...module_utils._evidence.websocket import End, HandshakeSeen, Hold, Public, Talk, Websocket
    from .fields import Fields

DEFINITIONS = (
    CheckDefinition(
        "websocket.handshake",
        "D1",
        "The handshake is answered with 101 with a valid Accept",
        "critical",
        "One result for each vantage: on the host, from the controller, and at the public URL where one is given.",
    ),
    CheckDefinition(
        "websocket.binding",
        "5",
        "Standalone, or attached to an HTTP server",
        "info",
        "Says which, and what answers an ordinary GET on the same port.",
    ),
    CheckDefinition(
        "websocket.loopback",
        "5",
        "127.0.0.1 and ::1 answer alike",
        "medium",
        "Warns when only one loopback answers: localhost may mean either.",
    ),
    CheckDefinition(
        "websocket.origin",
        "D1",
        "The answer is the same with and without Origin",
        "medium",
        "Fails when a browser's Origin is refused, warns when only programs without Origin are.",
    ),
    CheckDefinition(
        "websocket.subprotocol",
        "D1",
        "The server selects an offered sub-protocol",
        "high",
        "Browsers abort the connection when the server selects none of those they offered.",
    ),
    CheckDefinition(
        "websocket.stream",
        "D3",
        "Only WebSocket frames follow the 101",
        "critical",
        "Fails on HTTP bytes or other garbage inside the stream.",
    ),
    CheckDefinition(
        "websocket.message",
        "7",
        "Messages flow: the dialect's exchange completes",
        "critical",
        "Skipped when no dialect is recognised and no message is configured: then only the ping proves that data flows.",
    ),
    CheckDefinition(
        "websocket.ping",
        "7",
        "A ping is answered by a pong",
        "high",
        "RFC 6455, section 5.5.3 obliges every endpoint to answer.",
    ),
    CheckDefinition(
        "websocket.close",
        "7",
        "The closing handshake is answered",
        "medium",
        "Fails when the server ends the connection on its own, warns when it ignores a close frame.",
    ),
    CheckDefinition(
        "websocket.repeat",
        "6",
        "Ten handshakes in a row have the same outcome",
        "high",
        "Different outcomes mean different servers behind one port, or a limit.",
    ),
    CheckDefinition(
        "websocket.latency",
        "7",
        "Handshakes and ordinary requests do not wait for each other",
        "medium",
        "Warns when the handshake takes seconds while an ordinary GET does not, and when a GET waits for the end of an open "
        "WebSocket.",
    ),
    CheckDefinition(
        "websocket.polling",
        "7",
        "Socket.IO polling works, and its sessions are known",
        "high",
        "Only for Socket.IO, whose clients start with polling. Warns when a session is unknown on its second request: another "
        "process created it.",
    ),
    CheckDefinition(
        "websocket.large",
        "D1",
        "A request larger than one packet is answered",
        "high",
        "Sent from the controller if its handshake was accepted. Fails when only the larger request gets no answer: large "
        "packets are lost in the path.",
    ),
    CheckDefinition(
        "websocket.addresses",
        "D1",
        "Every address of the public URL's name accepts connections",
        "medium",
        "Seen from the controller where the name has several. Warns about one that does not answer, and fails when none does.",
    ),
    CheckDefinition(
        "websocket.hold",
        "7",
        "An idle connection stays open",
        "high",
        "Only with websocket.hold; reports who cut it and after how long, and whether a ping is still answered afterwards. On the "
        "host, from the controller where websocket.path is set, and at the public URL.",
    ),
    CheckDefinition(
        "websocket.http2",
        "D1",
        "WebSockets over HTTP/2 are either not offered or work",
        "high",
        "Tested at a public wss:// URL whose handshake over HTTP/1.1 is accepted. Fails when the server advertises "
        "SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441) and refuses the extended CONNECT that browsers then send.",
    ),
)

#: What to do if the path is not known.
SET_PATH = "set websocket.path to the path that clients of the service use"
#: What to do where nobody knows which Host clients send.
SET_PUBLIC_URL = "set public_url to the URL that clients of the service dial"
_NEEDS_OPEN = ("websocket.stream", "websocket.message", "websocket.ping", "websocket.close")


def check(evidence: Websocket, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``websocket_probe``, with the controller's handshake under ``controller``.

    :returns: one result for every definition, and a second ``websocket.handshake`` for the controller.
    """
    verdicts = Verdicts(DEFINITIONS, evidence)
    error, hidden = evidence.get("error"), gap(evidence, "library")
    if error or hidden or not evidence.get("main"):
        status = ERROR if error and error.get("kind") == "crash" else UNKNOWN
        message = error.get("message") if error else ""
        reason = message or (hidden or {}).get("reason") or "no handshake was tried"
        verdicts.rest(status, "not observed: %s" % reason, remediation=[hidden["remedy"]] if hidden else [])
        return verdicts.results
    main = evidence["main"]
    _handshake(verdicts, evidence, main)
    _from_controller(verdicts, evidence, service)
    _at_public_url(verdicts, evidence)
    _binding(verdicts, evidence, main)
    _loopback(verdicts, evidence, service)
    _origin(verdicts, evidence, main)
    _subprotocol(verdicts, evidence, service, main)
    _conversation(verdicts, evidence, main)
    _repeat(verdicts, evidence)
    _latency(verdicts, evidence, main)
    polling(verdicts, "websocket.polling", evidence)
    _addresses(verdicts, evidence)
    _large(verdicts, evidence, service)
    _large_at_public_url(verdicts, evidence)
    _hold(verdicts, evidence, service)
    _hold_outside(verdicts, evidence, service)
    _http2(verdicts, evidence)
    return verdicts.results


def _handshake(verdicts: Verdicts, evidence: Websocket, main: HandshakeSeen) -> None:
    path = evidence.get("path") or "/"
    instance = "%s%s" % (main.get("address"), path)
    if path_is_guess(evidence):
        verdicts.add(
            "websocket.handshake",
            UNKNOWN,
            "the path of the WebSocket is not known; tried %s" % ", ".join(paths_tried(evidence)),
            instance=instance,
            evidence=exchange_lines(main),
            remediation=[SET_PATH],
        )
        return
    if host_is_guess(evidence):
        verdicts.add(
            "websocket.handshake",
            UNKNOWN,
            "with the page's own Host, %(of_page)s, 101; with that of a client that dials this port, %(dialled)s: %(answer)s. "
            "Which one clients send is not known" % hosts_tried(evidence),
            instance=instance,
            evidence=exchange_lines(main) + exchange_lines(evidence.get("first_refusal") or {}),
            remediation=[SET_PUBLIC_URL],
        )
        return
    status = PASS if main.get("outcome") == "open" else FAIL
    found = _found_words(evidence, path)
    tried = [entry for entry in evidence.get("alternatives") or () if entry.get("path")]
    others = [entry["path"] for entry in tried if entry.get("outcome") == "open"]
    remedies = []
    if status == FAIL and others and evidence.get("path_from") == "configured":
        remedies.append("the port answers 101 on %s: correct websocket.path, or the server's path" % others[0])
    verdicts.add(
        "websocket.handshake",
        status,
        outcome_words(main) + found,
        instance=instance,
        expected="101 Switching Protocols",
        actual=main.get("status") or main.get("outcome"),
        evidence=exchange_lines(main),
        remediation=remedies,
    )


def _found_words(evidence: Websocket, path: str) -> str:
    """How the path is known, where the inventory does not say it."""
    source = evidence.get("path_from")
    if source == "discovered":
        return " (found on %s)" % path
    if source in ("page", "proxy", "log"):
        return " (on %s, as %s says)" % (path, evidence.get("path_where") or "the %s" % source)
    return ""


def _at_public_url(verdicts: Verdicts, evidence: Websocket) -> None:
    """The same handshake at the public URL, where the inventory names one."""
    seen = evidence.get("public")
    if not seen:
        return
    fields: Fields = {"vantage": "public", "instance": str(seen.get("url") or "")}
    name = nowhere_known(seen)
    if name:
        summary = "the name %s does not exist: neither the controller nor the host can resolve it" % name
        verdicts.add(
            "websocket.handshake",
            FAIL,
            summary,
            expected="an address",
            actual="no such name",
            evidence=[evidence_line("getaddrinfo(3), controller and host", "%s: no such name" % name)],
            **fields,
        )
    elif seen.get("unknown"):
        verdicts.add("websocket.handshake", UNKNOWN, "not observed: %s" % seen["unknown"], **fields)
    elif seen.get("outcome") in ("connect-timeout", "connect-error"):
        # The controller may be in a network that cannot reach this address; clients are elsewhere. But nobody has seen it answer.
        summary = "no answer to the controller: tried %s (%s); clients may get one" % (
            seen.get("address"),
            outcome_words(seen),
        )
        remedy = "try it from a network of the clients: curl -v %s" % _as_http(seen)
        verdicts.add(
            "websocket.handshake",
            WARN,
            summary,
            actual=seen.get("errno") or seen.get("outcome"),
            evidence=exchange_lines(seen),
            remediation=[remedy],
            **fields,
        )
    elif seen.get("outcome") != "open" and path_is_guess(evidence):
        summary = "%s; the path of the WebSocket is not known, and public_url names none" % outcome_words(seen)
        verdicts.add(
            "websocket.handshake", UNKNOWN, summary, remediation=[SET_PATH], evidence=exchange_lines(seen), **fields
        )
    elif seen.get("outcome") != "open" and url_is_site(evidence):
        summary = "%s; public_url names no path, and the WebSocket is on %s" % (
            outcome_words(seen),
            evidence.get("path"),
        )
        remedy = "set public_url to the URL that clients dial, with its path"
        verdicts.add(
            "websocket.handshake", UNKNOWN, summary, remediation=[remedy], evidence=exchange_lines(seen), **fields
        )
    else:
        verdicts.add(
            "websocket.handshake",
            PASS if seen.get("outcome") == "open" else FAIL,
            outcome_words(seen),
            expected="101 Switching Protocols",
            actual=seen.get("status") or seen.get("outcome"),
            evidence=exchange_lines(seen),
            **fields,
        )


def _as_http(seen: Public) -> str:
    """The public URL as programs take it that do not know ``ws``."""
    return str(seen.get("url") or "").replace("ws", "http", 1)


def _addresses(verdicts: Verdicts, evidence: Websocket) -> None:
    """Every address of the public name: a client may take any of them."""
    seen = evidence.get("public") or {}
    fields: Fields = {"vantage": "public", "instance": str(seen.get("url") or "")}
    rows = seen.get("addresses") or []
    if not rows:
        verdicts.add("websocket.addresses", SKIP, "the public URL has one address, or none was looked up", **fields)
        return
    lines = [evidence_line(str(row.get("address")), address_words(row)) for row in rows]
    dead, good = dead_addresses(seen), [row for row in rows if row.get("outcome") == "connected"]
    shown = "; ".join("%s: %s" % (row.get("address"), address_words(row)) for row in dead[:4])
    if dead and good:
        remedy = "take the address out of DNS, or make what is meant to answer there listen: a client that takes it waits or fails"
        summary = "%d of %d addresses do not answer: %s" % (len(dead), len(rows), shown)
        verdicts.add("websocket.addresses", WARN, summary, evidence=lines, remediation=[remedy], **fields)
    elif dead:
        summary = "none of the addresses answers: %s" % shown
        verdicts.add("websocket.addresses", FAIL, summary, evidence=lines, expected="a connection", **fields)
    elif good:
        others = len(rows) - len(good)
        words = "%d addresses answer" % len(good)
        words += "; the controller has no route to %d more" % others if others else ""
        verdicts.add("websocket.addresses", PASS, words, evidence=lines, **fields)
    else:
        verdicts.add(
            "websocket.addresses", UNKNOWN, "not observed: the controller has no route to any", evidence=lines, **fields
        )


def _from_controller(verdicts: Verdicts, evidence: Websocket, service: Service) -> None:
    seen = evidence.get("controller") or {}
    fields: Fields = {"vantage": "controller", "instance": str(seen.get("address") or "")}
    meant = meant_for(service, seen.get("port_evidence") or {})
    unasked = seen.get("unasked") or {}
    ended = unasked.get("ended") or {}
    if not seen or seen.get("unknown"):
        reason = seen.get("unknown") or "not tested from outside"
        verdicts.add("websocket.handshake", UNKNOWN, "not observed: %s" % reason, **fields)
    elif seen.get("skip"):
        verdicts.add("websocket.handshake", SKIP, seen["skip"], **fields)
    elif ended.get("how") and service_is_open(evidence):
        verdicts.add(
            "websocket.handshake",
            FAIL,
            "101, but the server ended it on its own after %.0f ms: %s" % (unasked.get("ms") or 0, _end_words(ended)),
            expected="an open connection",
            actual=ended.get("code") or ended.get("how"),
            evidence=exchange_lines(seen),
            **fields,
        )
    elif unasked.get("broken_frame"):
        verdicts.add(
            "websocket.handshake",
            FAIL,
            "101, and then %s: browsers end the connection (RFC 6455, section 5)" % unasked["broken_frame"],
            expected="frames that RFC 6455 allows",
            actual=unasked["broken_frame"],
            evidence=exchange_lines(seen),
            **fields,
        )
    elif seen.get("outcome") == "open":
        verdicts.add("websocket.handshake", PASS, outcome_words(seen), evidence=exchange_lines(seen), **fields)
    elif path_is_guess(evidence) and seen.get("status"):
        summary = "the path of the WebSocket is not known (see the host's own handshake): %s" % outcome_words(seen)
        verdicts.add("websocket.handshake", UNKNOWN, summary, evidence=exchange_lines(seen), **fields)
    elif meant in ("proxied", "local"):
        verdicts.add("websocket.handshake", SKIP, "not meant to be reached from outside (%s)" % meant, **fields)
    else:
        verdicts.add(
            "websocket.handshake",
            FAIL,
            outcome_words(seen),
            expected="101 Switching Protocols",
            actual=seen.get("status") or seen.get("outcome"),
            evidence=exchange_lines(seen),
            **fields,
        )


def _binding(verdicts: Verdicts, evidence: Websocket, main: HandshakeSeen) -> None:
    plain = evidence.get("plain") or {}
    who = fingerprint(plain)
    # What else a handshake shows is missing.
    seen = t.cast("HandshakeSeen", plain)
    if plain.get("outcome") == "http" and plain.get("status") == 426:
        summary = "standalone WebSocket server (an ordinary GET is answered with 426%s)" % (", %s" % who if who else "")
    elif plain.get("outcome") == "http":
        summary = "attached to an HTTP server (an ordinary GET is answered with %s%s)" % (
            plain.get("status"),
            ", %s" % who if who else "",
        )
    elif plain:
        summary = "an ordinary GET gets no HTTP answer (%s)" % outcome_words({**seen, "total_ms": 0.0})
    else:
        verdicts.add("websocket.binding", UNKNOWN, "not observed: no ordinary GET was answered in time")
        return
    open_or_path = main.get("outcome") == "open"
    verdicts.add(
        "websocket.binding",
        PASS if open_or_path else UNKNOWN,
        summary if open_or_path else summary + "; websocket.handshake shows whether a WebSocket server is attached",
        actual=summary,
        evidence=exchange_lines(seen),
    )


def _loopback(verdicts: Verdicts, evidence: Websocket, service: Service) -> None:
    attempts = evidence.get("attempts") or {}
    four, six = attempts.get("ipv4"), attempts.get("ipv6")
    if service.get("socket") or not four or not six:
        verdicts.add("websocket.loopback", SKIP, "not tried on both loopback addresses")
        return
    good = [name for name, seen in (("127.0.0.1", four), ("::1", six)) if seen.get("outcome") == "open"]
    unavailable = six.get("errno") in ("EADDRNOTAVAIL", "EAFNOSUPPORT", "ENETUNREACH")
    if len(good) == 2 or (good == ["127.0.0.1"] and unavailable):
        verdicts.add("websocket.loopback", PASS, "%s answered with 101" % " and ".join(good))
    elif good == ["127.0.0.1"]:
        # The common and harmless case: a program that connects to "localhost" tries the other family too.
        verdicts.add(
            "websocket.loopback",
            PASS,
            "127.0.0.1 answers, ::1 does not (%s): connect to 127.0.0.1 rather than localhost" % outcome_words(six),
            actual=good,
        )
    elif good:
        verdicts.add(
            "websocket.loopback",
            WARN,
            "::1 answers, 127.0.0.1 does not (%s): clients that connect to 127.0.0.1 are refused" % outcome_words(four),
            expected="127.0.0.1 answers",
            actual=good,
            evidence=exchange_lines(four),
            remediation=["bind to 127.0.0.1 (or to both); listen(port, 'localhost') may mean ::1 alone"],
        )
    else:
        verdicts.add("websocket.loopback", UNKNOWN, "neither loopback answers with 101 (see websocket.handshake)")


def _origin(verdicts: Verdicts, evidence: Websocket, main: HandshakeSeen) -> None:
    without = (evidence.get("attempts") or {}).get("no_origin")
    if not without:
        verdicts.add("websocket.origin", UNKNOWN, "not observed: the handshake without Origin did not finish")
        return
    with_ok, without_ok = main.get("outcome") == "open", without.get("outcome") == "open"
    other = origin_flip(evidence) if not with_ok else None
    if host_is_guess(evidence):
        text = "whether the page's Origin is accepted depends on the Host that clients send (see websocket.handshake)"
        verdicts.add("websocket.origin", UNKNOWN, text, remediation=[SET_PUBLIC_URL])
    elif with_ok and without_ok:
        verdicts.add("websocket.origin", PASS, "101 with Origin %s and without" % main.get("origin"))
    elif without_ok and main.get("outcome") == "http":
        verdicts.add(
            "websocket.origin",
            FAIL,
            "refused with Origin %s (%s), accepted without" % (main.get("origin"), outcome_words(main)),
            expected="101",
            actual=main.get("status"),
            evidence=exchange_lines(main),
            remediation=["add %s to the server's allowed origins, or correct websocket.origin" % main.get("origin")],
        )
    elif other:
        verdicts.add(
            "websocket.origin",
            FAIL,
            "refused with Origin %s (%s), accepted with %s"
            % (main.get("origin"), outcome_words(main), other.get("to")),
            expected="101",
            actual=main.get("status"),
            evidence=exchange_lines(main),
            remediation=["add %s to the server's allowed origins, or correct websocket.origin" % main.get("origin")],
        )
    elif with_ok:
        verdicts.add(
            "websocket.origin",
            PASS,
            "101 with Origin %s; without one: %s" % (main.get("origin"), outcome_words(without)),
        )
    else:
        verdicts.add("websocket.origin", UNKNOWN, "refused with and without Origin (see websocket.handshake)")


def _subprotocol(verdicts: Verdicts, evidence: Websocket, service: Service, main: HandshakeSeen) -> None:
    offered = offered_subprotocols(service, main)
    selected = main.get("subprotocol") or (evidence.get("conversation") or {}).get("subprotocol")
    if selected and not (service.get("websocket") or {}).get("reveal"):
        selected = shown(str(selected))
    if main.get("status") != 101:
        verdicts.add("websocket.subprotocol", UNKNOWN, "no 101 (see websocket.handshake)")
    elif not offered:
        text = "none is configured" + ("; the server selected %s" % selected if selected else "")
        verdicts.add("websocket.subprotocol", SKIP, text)
    elif selected in offered:
        verdicts.add("websocket.subprotocol", PASS, "selected %s" % selected, actual=selected)
    else:
        verdicts.add(
            "websocket.subprotocol",
            FAIL,
            "offered %s, the server selected %s: browsers then abort the connection"
            % (", ".join(offered), selected or "none"),
            expected=offered,
            actual=selected,
            remediation=["let the server select one of %s, or offer one that it supports" % ", ".join(offered)],
        )


def _conversation(verdicts: Verdicts, evidence: Websocket, main: HandshakeSeen) -> None:
    talk = evidence.get("conversation")
    if main.get("outcome") != "open" or turned_away(evidence):
        for check_id in _NEEDS_OPEN:
            verdicts.add(check_id, UNKNOWN, "no open connection (see websocket.handshake)")
        return
    if not talk:
        for check_id in _NEEDS_OPEN:
            verdicts.add(check_id, UNKNOWN, "not observed: the exchange did not finish in time")
        return
    trace = [evidence_line("frames", trace_text(talk))] if talk.get("trace") else []
    if talk.get("broken_frame"):
        _broken_frame(verdicts, talk, trace)
    else:
        _stream(verdicts, talk, trace)
    _message(verdicts, talk, trace)
    _ping(verdicts, talk)
    _close(verdicts, talk, trace)


def _broken_frame(verdicts: Verdicts, talk: Talk, trace: list[dict[str, str]]) -> None:
    verdicts.add(
        "websocket.stream",
        FAIL,
        "%s: browsers end the connection (RFC 6455, section 5)" % talk["broken_frame"],
        expected="frames that RFC 6455 allows",
        actual=talk["broken_frame"],
        evidence=[evidence_line("first bytes after the 101", str(talk.get("stream_start") or "")), *trace],
    )


def _stream(verdicts: Verdicts, talk: Talk, trace: list[dict[str, str]]) -> None:
    start = str(talk.get("stream_start") or "")
    ended = how_it_ended(talk)
    if start.startswith("HTTP/1."):
        verdicts.add(
            "websocket.stream",
            FAIL,
            "an HTTP answer inside the WebSocket stream: %s" % start.splitlines()[0],
            expected="frames",
            actual=start[:60],
            evidence=[evidence_line("first bytes after the 101", start)],
            remediation=[
                "let only one upgrade handler own the connection (noServer and a router), or match the client's version"
            ],
        )
    elif ended.get("how") == "garbage":
        verdicts.add(
            "websocket.stream",
            FAIL,
            "not a frame: %s" % ended.get("reason"),
            evidence=[evidence_line("first bytes after the 101", start)] + trace,
        )
    else:
        verdicts.add("websocket.stream", PASS, "only frames followed the 101", evidence=trace)


def _message(verdicts: Verdicts, talk: Talk, trace: list[dict[str, str]]) -> None:
    dialect, exchange = talk.get("dialect"), talk.get("exchange")
    ended = how_it_ended(talk)
    if ended and not (exchange or {}).get("completed"):
        refusal = (exchange or {}).get("refusal")
        verdicts.add(
            "websocket.message",
            FAIL,
            "the server ended the connection: %s%s"
            % (_end_words(ended), "; before that it refused: %s" % refusal if refusal else ""),
            expected="an open connection",
            actual=ended.get("code") or ended.get("how"),
            evidence=trace,
            remediation=["look in the server's log at that time: an exception in its connection handler?"],
        )
    elif dialect is None:
        verdicts.add(
            "websocket.message",
            SKIP,
            "no dialect recognised (%s): set websocket.dialect, or send and expect, to prove that data flows"
            % talk.get("dialect_from"),
        )
    elif not exchange:
        verdicts.add("websocket.message", UNKNOWN, "the exchange did not finish in time")
    elif exchange.get("completed"):
        refusal = exchange.get("refusal")
        verdicts.add(
            "websocket.message",
            WARN if refusal else PASS,
            "%s: %s"
            % (
                dialect,
                "the server refuses: %s" % refusal if refusal else "answered %s" % _short(exchange.get("proof")),
            ),
            actual=exchange.get("proof"),
            evidence=trace,
        )
    else:
        peer = exchange.get("peer")
        verdicts.add(
            "websocket.message",
            FAIL,
            "%s: sent %s, expected %s, got %s%s"
            % (
                dialect,
                _short(exchange.get("sent")) or "nothing",
                exchange.get("wanted"),
                _short(exchange.get("proof")) or "no answer",
                " (the server speaks %s)" % peer if peer else "",
            ),
            expected=exchange.get("wanted"),
            actual=exchange.get("proof") or None,
            evidence=trace,
            remediation=["check that the message handler is attached, and what it logs"],
        )


def _short(text: t.Any) -> str:
    text = str(text or "")
    return text if len(text) <= 60 else text[:57] + "…"


def _end_words(ended: End) -> str:
    if ended.get("how") == "close":
        return "close code %s %s" % (ended.get("code"), ended.get("reason") or "")
    return {"eof": "without a close frame", "reset": "by a reset"}.get(str(ended.get("how")), str(ended.get("reason")))


def _ping(verdicts: Verdicts, talk: Talk) -> None:
    if talk.get("ping_ms") is not None:
        verdicts.add("websocket.ping", PASS, "pong after %s ms" % talk["ping_ms"], actual=talk["ping_ms"])
    elif talk.get("cut_short"):
        verdicts.add("websocket.ping", UNKNOWN, "not observed: %s (raise deadline)" % talk["cut_short"])
    elif how_it_ended(talk):
        verdicts.add("websocket.ping", UNKNOWN, "the connection had already ended (see websocket.message)")
    else:
        verdicts.add(
            "websocket.ping",
            FAIL,
            "no pong within the time allowed",
            expected="a pong",
            remediation=[
                "the server reads no frames on this connection: is its event loop busy, its handler attached?"
            ],
        )


def _close(verdicts: Verdicts, talk: Talk, trace: list[dict[str, str]]) -> None:
    close, ended = talk.get("close"), how_it_ended(talk)
    if ended and (talk.get("exchange") or {}).get("refusal"):
        summary = "the server refused and ended the connection (see websocket.message): %s" % _end_words(ended)
        verdicts.add("websocket.close", UNKNOWN, summary, evidence=trace)
    elif ended:
        clean = ended.get("how") == "close" and ended.get("code") in (1000, 1001)
        verdicts.add(
            "websocket.close",
            WARN if clean else FAIL,
            "the server closed first: %s" % _end_words(ended),
            expected="the server waits for the client's close",
            actual=ended.get("code") or ended.get("how"),
            evidence=trace,
        )
    elif not close:
        reason = "not observed: %s (raise deadline)" % talk["cut_short"] if talk.get("cut_short") else ""
        verdicts.add("websocket.close", UNKNOWN, reason or "no closing handshake was tried")
    elif close.get("how") == "answered":
        verdicts.add(
            "websocket.close", PASS, "close 1000 answered with %s after %s ms" % (close.get("code"), close.get("ms"))
        )
    elif close.get("how") == "eof":
        summary = (
            "close 1000: the server ended the connection at once, with no close frame of its own (browsers report 1006)"
        )
        verdicts.add("websocket.close", PASS, summary, evidence=trace)
    else:
        how = "no answer" if close.get("how") == "timeout" else "the connection ended (%s)" % close.get("how")
        verdicts.add("websocket.close", WARN, "close 1000: %s; clients will see 1006" % how, evidence=trace)


def _repeat(verdicts: Verdicts, evidence: Websocket) -> None:
    repeat = evidence.get("repeat") or {}
    outcomes = repeat.get("outcomes") or {}
    text = ", ".join("%d × %s" % (count, outcome) for outcome, count in sorted(outcomes.items()))
    if not repeat.get("tried"):
        verdicts.add("websocket.repeat", UNKNOWN, "not repeated (see websocket.handshake)")
    elif len(outcomes) == 1:
        times = repeat.get("ms") or []
        median = ", median %s ms" % times[len(times) // 2] if times else ""
        verdicts.add("websocket.repeat", PASS, text + median, actual=outcomes)
    else:
        verdicts.add(
            "websocket.repeat",
            FAIL,
            "outcomes differ: %s" % text,
            expected="one outcome",
            actual=outcomes,
            remediation=[
                "see port.shared: two servers behind one port take turns answering",
                "or a limit on connections",
            ],
        )


def _latency(verdicts: Verdicts, evidence: Websocket, main: HandshakeSeen) -> None:
    taken, plain = main.get("first_byte_ms"), evidence.get("plain") or {}
    # The first handshake may have hit a cold start: those after it show whether it is always slow.
    times = (evidence.get("repeat") or {}).get("ms") or []
    taken = min(taken, statistics.median(times)) if times and taken is not None else taken
    if main.get("outcome") != "open" or taken is None:
        verdicts.add("websocket.latency", SKIP, "no handshake was accepted")
        return
    if waits_for_end(evidence):
        verdicts.add(
            "websocket.latency",
            WARN,
            "while a WebSocket is open, an ordinary GET waits: %.0f ms with it open, %.0f ms after it closed"
            % (plain["ms"], evidence["plain_again"]["ms"]),
            expected="requests are answered while WebSockets are open",
            actual=plain["ms"],
            remediation=["give the server workers that can hold connections: threads, gevent, or ASGI"],
        )
        return
    fast = plain.get("outcome") == "http" and (plain.get("ms") or taken) * SLOWER < taken
    if taken < SLOW_MS or not fast:
        verdicts.add("websocket.latency", PASS, "answered in %s ms" % taken, actual=taken)
        return
    verdicts.add(
        "websocket.latency",
        WARN,
        "the handshake takes %.1f s, an ordinary GET %.0f ms" % (taken / 1000.0, plain["ms"]),
        expected="about the time of an ordinary request",
        actual=taken,
        remediation=["look at what the server's connection handler waits for: a user lookup, a database, a lock"],
    )


def polling(verdicts: Verdicts, check_id: str, evidence: Websocket | Proxy) -> None:
    """Judge what Engine.IO's polling showed, on the host or through a proxy.

    :param evidence: with ``polling``; see module_utils/_protocol/engine_io_polling.py.
    """
    seen = evidence.get("polling")
    if not seen:
        verdicts.add(check_id, SKIP, "not a Socket.IO service")
    elif seen.get("unknown"):
        verdicts.add(
            check_id,
            WARN,
            "polling: a session was created but is unknown on its next request: %s" % seen.get("refusal"),
            expected="every request of a session reaches the process that created it",
            actual="%s of %s sessions unknown" % (seen["unknown"], seen.get("sessions")),
            remediation=[
                "send all requests of a client to one process (ip_hash, a cookie), or use the websocket transport only"
            ],
        )
    elif seen.get("sid"):
        verdicts.add(check_id, PASS, "polling works: %s sessions created, all known afterwards" % seen.get("sessions"))
    elif engine_io_code(seen) == 0 or "Invalid transport" in str(seen.get("body")):
        verdicts.add(check_id, SKIP, "the polling transport is switched off")
    else:
        words = "%s %s" % (seen.get("status") or seen.get("outcome"), str(seen.get("body") or "")[:100])
        verdicts.add(
            check_id,
            WARN,
            "polling is refused: %s" % words.strip(),
            expected='200 and 0{"sid": …}',
            actual=seen.get("status"),
            remediation=[
                "clients that start with polling never get to the WebSocket: set transports: ['websocket'], or allow polling"
            ],
        )


def _large_at_public_url(verdicts: Verdicts, evidence: Websocket) -> None:
    """The same at the public URL, where a larger request, or the server's certificates, got no answer or one."""
    seen = evidence.get("public") or {}
    large, small = seen.get("large") or {}, only_small_packets(seen)
    fields: Fields = {"vantage": "public", "instance": str(seen.get("url") or "")}
    lost = large.get("outcome") == "timeout" and large.get("again") == "open"
    if lost or (not large and small):
        what = "a request with %s more bytes gets no answer" % large.get("bytes") if lost else "nothing is answered"
        words = "; in packets of 576 bytes it is" if small else "; the ordinary one is, before and after"
        verdicts.add(
            "websocket.large",
            FAIL,
            what + words,
            expected="an answer",
            actual="timeout",
            remediation=["compare the MTU of every link in the path: ping -M do -s 1472 <host>, tracepath <host>"],
            **fields,
        )
    elif large.get("outcome") in ("open", "upgraded", "http"):
        words = "answered with %s in %.0f ms" % (large.get("status"), large.get("ms") or 0)
        verdicts.add("websocket.large", PASS, words, actual=large.get("status"), **fields)


def _large(verdicts: Verdicts, evidence: Websocket, service: Service) -> None:
    seen = evidence.get("controller") or {}
    large = seen.get("large") or {}
    outcome = large.get("outcome")
    fields: Fields = {"vantage": "controller", "instance": str(seen.get("address") or "")}
    if seen.get("skip"):
        verdicts.add("websocket.large", SKIP, seen["skip"], **fields)
    elif seen.get("outcome") != "open" and meant_for(service, seen.get("port_evidence") or {}) in ("proxied", "local"):
        verdicts.add("websocket.large", SKIP, "the port is not meant to be reached from outside", **fields)
    elif not outcome:
        why = seen.get("unknown") or (
            "no time was left" if seen.get("outcome") == "open" else "no handshake was accepted"
        )
        verdicts.add("websocket.large", UNKNOWN, "not observed: %s" % why, **fields)
    elif outcome == "timeout" and large.get("again") == "open":
        verdicts.add(
            "websocket.large",
            FAIL,
            "a request with %s more bytes gets no answer for %.1f s; the ordinary one does, before and after"
            % (large.get("bytes"), (large.get("ms") or 0) / 1000.0),
            expected="an answer",
            actual="timeout",
            remediation=["compare the MTU of every link in the path: ping -M do -s 1472 <host>, tracepath <host>"],
            **fields,
        )
    elif outcome in ("open", "upgraded", "http"):
        words = "answered with %s in %.0f ms" % (large.get("status"), large.get("ms") or 0)
        verdicts.add("websocket.large", PASS, words, actual=large.get("status"), **fields)
    else:
        verdicts.add("websocket.large", UNKNOWN, "the larger request is inconclusive: %s" % outcome, **fields)


def _hold(verdicts: Verdicts, evidence: Websocket, service: Service) -> None:
    talk = evidence.get("conversation") or {}
    if not (service.get("websocket") or {}).get("hold"):
        verdicts.add("websocket.hold", SKIP, "websocket.hold is not set")
    elif not talk.get("hold"):
        verdicts.add("websocket.hold", UNKNOWN, "the connection did not stay open long enough to be held")
    elif silent_after(talk["hold"]) and talk.get("ping_ms") is None:
        verdicts.add("websocket.hold", UNKNOWN, "open, but it had answered no ping before either (see websocket.ping)")
    else:
        _held(verdicts, talk["hold"], (service.get("websocket") or {}).get("hold"))


def _hold_outside(verdicts: Verdicts, evidence: Websocket, service: Service) -> None:
    """The same from the controller and at the public URL, if a connection was held there."""
    wanted = (service.get("websocket") or {}).get("hold")
    controller, public = evidence.get("controller") or {}, evidence.get("public") or {}
    for vantage, hold, place in (
        ("controller", controller.get("hold"), controller.get("address")),
        ("public", public.get("hold"), public.get("url")),
    ):
        if wanted and hold:
            _held(verdicts, hold, wanted, vantage=vantage, instance=str(place or ""))


def _http2(verdicts: Verdicts, evidence: Websocket) -> None:
    public = evidence.get("public") or {}
    seen, url = public.get("http2") or {}, str(public.get("url") or "")
    fields: Fields = {"vantage": "public", "instance": url}
    outcome = seen.get("outcome")
    if not url.startswith("wss://"):
        reason = (
            "public_url has no TLS, which browsers require for HTTP/2" if url else "no public_url with wss:// is given"
        )
        verdicts.add("websocket.http2", SKIP, reason, **fields)
    elif not seen:
        refused = public.get("outcome") not in (None, "open")
        reason = "no handshake over HTTP/1.1 is accepted there (see websocket.handshake)" if refused else "not tested"
        verdicts.add("websocket.http2", UNKNOWN, "not observed: %s" % reason, **fields)
    elif seen.get("advertised") is not True:
        known = outcome in ("no-http2", "not-advertised")
        verdicts.add("websocket.http2", PASS if known else UNKNOWN, http2_words(seen), **fields)
    else:
        accepted = outcome == "answered" and seen.get("status") == 200
        verdicts.add(
            "websocket.http2",
            PASS if accepted else FAIL if outcome in ("answered", "reset", "goaway", "eof", "timeout") else UNKNOWN,
            http2_words(seen),
            expected="200, or no SETTINGS_ENABLE_CONNECT_PROTOCOL",
            actual=seen.get("status") or outcome,
            evidence=[evidence_line(url, http2_words(seen))],
            **fields,
        )


def _held(verdicts: Verdicts, hold: Hold, wanted: t.Any, **fields: t.Any) -> None:
    held = hold.get("held_s") or 0
    often = "let client or server ping more often than every %.0f s" % held
    if hold.get("ended") or silent_after(hold):
        cut = "cut at the first ping after" if hold.get("pinged") else "cut after"
        summary = "%s %.1f s of silence: %s" % (cut, held, _end_words(hold.get("ended") or {}))
        if not hold.get("ended"):
            summary = "open after %.1f s of silence, but pings are no longer answered" % held
        verdicts.add(
            "websocket.hold",
            FAIL,
            summary,
            expected="open for %s s" % wanted,
            actual=held,
            remediation=["%s, or raise the idle timeout" % often],
            **fields,
        )
    elif held + 0.5 < wanted:
        verdicts.add("websocket.hold", UNKNOWN, "held for only %s s: the deadline came first" % held, **fields)
    else:
        pong = ", then a pong after %s ms" % hold["pong_ms"] if hold.get("pong_ms") is not None else ""
        verdicts.add("websocket.hold", PASS, "open after %s s of silence%s" % (held, pong), **fields)
