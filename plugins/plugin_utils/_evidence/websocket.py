# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Questions about the evidence of the WebSocket probe that checks and rules both ask."""

from __future__ import annotations

import typing as t

from ...module_utils._protocol.subprotocols import shown
from .._model import evidence_line
from .who_answered import fingerprint

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.service import Service
    from ...module_utils._evidence.websocket import (
        End,
        Experiment,
        HandshakeSeen,
        Hold,
        Http2,
        HttpAnswer,
        Public,
        PublicAddress,
        Talk,
        Websocket,
    )

#: Of getaddrinfo(3): the name, or an address of it, does not exist. EAI_AGAIN only says that no server could answer.
NO_SUCH_NAME = ("EAI_NONAME", "EAI_NODATA")


def outcome_words(seen: HandshakeSeen) -> str:
    """What a handshake showed, in one phrase.

    :param seen: one attempt of the evidence.
    """
    outcome = seen.get("outcome")
    if outcome == "open":
        return "101, valid Accept, in %s ms" % seen.get("first_byte_ms")
    if outcome == "upgraded":
        accept = seen.get("accept")
        if seen.get("broken"):
            return "101, but not a valid handshake: %s" % "; ".join(seen["broken"])
        wrong = "" if accept == "valid" else ", Sec-WebSocket-Accept %s" % accept
        return "101, but not a valid handshake%s" % (wrong or ": %s" % seen.get("problem"))
    if outcome == "http":
        who = fingerprint(seen)
        location = _header(seen, "location")
        return "%s %s%s%s" % (
            seen.get("status"),
            seen.get("reason") or "",
            " from %s" % who if who else "",
            " to %s" % location if location else "",
        )
    if outcome == "timeout" and seen.get("received"):
        return "handshake not complete after %.1f s, %s bytes received" % (
            (seen.get("waited_ms") or seen.get("total_ms") or 0) / 1000.0,
            seen["received"],
        )
    words = {
        "timeout": "connected, but no answer",
        "eof": "connected, then closed without a byte after %.0f ms" % (seen.get("total_ms") or 0),
        "reset": "connected, then reset",
        "not-http": "an answer that is not HTTP: %s" % str(seen.get("bytes"))[:60],
        "too-much": "more bytes than a handshake has",
        "connect-refused": "connection refused (%s) after %.0f ms" % (seen.get("errno"), seen.get("connect_ms") or 0),
        "connect-timeout": "no answer to the connection attempt for %.1f s" % ((seen.get("connect_ms") or 0) / 1000.0),
        "connect-error": "cannot connect: %s" % (seen.get("errno") or seen.get("error")),
        "tls-error": "TLS failed: %s" % seen.get("error"),
        "no-time": "no time was left to try",
    }
    return words.get(str(outcome), str(outcome))


def _header(seen: HttpAnswer, name: str) -> str | None:
    return next((pair[1] for pair in seen.get("headers") or () if str(pair[0]).lower() == name), None)


def exchange_lines(seen: HandshakeSeen) -> list[dict[str, str]]:
    """A handshake's exchange as evidence: request line, status line, telling headers, start of the body."""
    source = "%s%s" % (seen.get("address"), seen.get("path"))
    lines = []
    for name, value in seen.get("request") or ():
        lines.append("> %s%s" % (name + ": " if name else "", value))
    if seen.get("status"):
        lines.append("< HTTP/%s %s %s" % (seen.get("http_version"), seen.get("status"), seen.get("reason") or ""))
        lines += ["< %s: %s" % tuple(pair) for pair in (seen.get("headers") or [])[:12]]
    for name, text in (
        ("body", seen.get("body")),
        ("bytes", seen.get("bytes")),
        ("error", seen.get("error")),
        ("problem", seen.get("problem")),
    ):
        if text:
            lines.append("%s: %s" % (name, str(text)[:400]))
    return [evidence_line(source, "\n".join(lines))] if lines else []


def dead_addresses(public: Public) -> list[PublicAddress]:
    """The addresses of the public name that do not answer; of those that the controller has no route to nothing is known."""
    dead = ("connect-timeout", "connect-refused", "connect-error")
    return [row for row in public.get("addresses") or () if row.get("outcome") in dead]


def only_small_packets(public: Public) -> bool:
    """Whether the handshake at the public URL is accepted in small packets, and before and after that not in usual ones."""
    tried = public.get("small_segments") or {}
    return tried.get("outcome") == "open" and tried.get("usual") in ("timeout", "tls-error")


def address_words(row: PublicAddress) -> str:
    """How a connection to an address ended."""
    words = {"connected": "connected", "no-route": "the controller has no route to it", "no-time": "no time was left"}
    outcome = str(row.get("outcome"))
    return "%s (%.0f ms)" % (words.get(outcome) or "%s, %s" % (outcome, row.get("errno")), row.get("ms") or 0)


def nowhere_known(public: Public) -> str:
    """The name of the public URL, if both the controller's resolver and the host's say that there is none.

    One alone proves nothing: the two may ask different resolvers on purpose. Nor does a resolver that does not answer.
    """
    lookups = (public.get("lookup") or {}, public.get("host_lookup") or {})
    unknown = all(lookup.get("error") in NO_SUCH_NAME for lookup in lookups)
    return str(lookups[0].get("name") or "") if unknown else ""


def service_is_open(evidence: Websocket) -> bool:
    """Whether the host's own conversation stayed open: else its checks report the end already."""
    talk = evidence.get("conversation")
    return isinstance(talk, dict) and not how_it_ended(talk)


#: What a wrong path may come to; what goes wrong below HTTP has nothing to do with a path.
_OF_A_PATH = ("http", "upgraded", "eof", "reset", "timeout")


def path_is_guess(evidence: Websocket) -> bool:
    """Whether a handshake was refused on a path that is only a guess: that says nothing about the service.

    Not where no path would help: another Origin is accepted on it, or an ordinary request fails in the same way.
    """
    main = evidence.get("main") or {}
    if turned_away(evidence):
        return True
    if not _nobody_named_path(evidence):
        return False
    if main.get("outcome") not in _OF_A_PATH:
        return False
    attempts = t.cast("dict[str, HandshakeSeen | None]", evidence.get("attempts") or {})
    if any((seen or {}).get("outcome") == "open" for seen in attempts.values()):
        return False
    plain = evidence.get("plain") or {}
    status = plain.get("status") or 0
    if plain.get("outcome") == "timeout":
        # It hears requests, and tells a handshake from others: a server that hangs does not hang up.
        return main.get("outcome") in ("eof", "reset")
    return plain.get("outcome") == "http" and not (status >= 500 and status == main.get("status"))


def host_is_guess(evidence: Websocket) -> bool:
    """Whether the server accepts only one of two Hosts, and nobody says which of them clients send."""
    return evidence.get("host_from") == "origin" and (evidence.get("main") or {}).get("outcome") == "open"


def hosts_tried(evidence: Websocket) -> dict[str, str]:
    """The Host of a client that dials the port and of one that dials the page's server, and the first one's answer."""
    rows = [entry for entry in evidence.get("experiments") or () if entry.get("name") == "host"]
    row: Experiment = rows[0] if rows else {}
    return {
        "dialled": str(row.get("from")),
        "of_page": str(row.get("to")),
        "answer": outcome_words(evidence.get("first_refusal") or {}),
    }


def _nobody_named_path(evidence: Websocket) -> bool:
    """Whether the path is a guess. The root of a public URL is the site's address as often as the WebSocket's."""
    source = evidence.get("path_from")
    return source == "default" or (source == "public_url" and evidence.get("path") == "/")


def turned_away(evidence: Websocket) -> bool:
    """Whether the server accepts handshakes on a path that nobody named, and hangs up at once without a complaint.

    So do servers whose library accepts every handshake, before the application looks for the path.
    """
    opened = (evidence.get("main") or {}).get("outcome") == "open"
    guessed = _nobody_named_path(evidence) or evidence.get("path_from") == "discovered"
    if not guessed or not opened:
        return False
    talk = evidence.get("conversation") or {}
    ended, sent = how_it_ended(talk), (talk.get("exchange") or {}).get("sent")
    return bool(ended) and not sent and ended.get("how") in ("close", "eof") and ended.get("code") in (None, 1000, 1005)


def url_is_site(evidence: Websocket) -> bool:
    """Whether the service accepts handshakes on a path that was found, while the public URL names the site's root alone."""
    path = str((evidence.get("public") or {}).get("path") or "")
    opened = (evidence.get("main") or {}).get("outcome") == "open"
    found = evidence.get("path_from") in ("page", "log", "discovered")
    return opened and found and path == "/" and evidence.get("path") != "/"


def paths_tried(evidence: Websocket) -> list[str]:
    """The paths that were asked, and what they answered: ``/ws: 404 (a common path)``."""
    main = evidence.get("main") or {}
    answer = "101, then closed" if turned_away(evidence) else main.get("status") or main.get("outcome")
    tried = ["%s: %s" % (evidence.get("path") or "/", answer)]
    for entry in evidence.get("alternatives") or ():
        answer = entry.get("status") or entry.get("outcome")
        where = " (%s)" % entry["where"] if entry.get("from") not in (None, "discovered") and entry.get("where") else ""
        tried.append("%s: %s%s" % (entry.get("path"), answer, where))
    return tried


def offered_subprotocols(service: Service, main: HandshakeSeen) -> list[str]:
    """The sub-protocols that the main handshake offered, as they may be shown: those of the inventory, or of its dialect."""
    options = service.get("websocket") or {}
    wanted = options.get("subprotocols")
    if wanted:
        return [str(name) if options.get("reveal") else shown(str(name)) for name in wanted]
    asked = [pair[1] for pair in main.get("request") or () if str(pair[0]).lower() == "sec-websocket-protocol"]
    return [item.strip() for item in str(asked[0]).split(",")] if asked else []


def trace_text(talk: Talk) -> str:
    """The frame trace as lines: direction, opcode, length, start of the payload."""
    rows = talk.get("trace") or []
    return "\n".join(
        "%s %s %d B %s" % (row.get("direction"), row.get("opcode"), row.get("bytes") or 0, row.get("sample"))
        for row in rows[:20]
    )


def how_it_ended(talk: Talk) -> End:
    """How the server ended the connection before it was asked to, or nothing."""
    return talk.get("ended") or (talk.get("exchange") or {}).get("ended") or {}


#: Milliseconds that a handshake may take, and how many times those of an ordinary request.
SLOW_MS, SLOWER = 1500.0, 5.0


def waits_for_end(evidence: Websocket) -> bool:
    """Whether an ordinary GET waited for the end of the probe's connection: it was slow beside it, and quick after it.

    :param evidence: of ``websocket_probe``.
    """
    if not (evidence.get("conversation") or {}).get("get_unanswered"):
        return False
    beside, after = (evidence.get("plain") or {}).get("ms"), (evidence.get("plain_again") or {}).get("ms")
    return beside is not None and after is not None and after * SLOWER < beside


def http2_words(seen: Http2) -> str:
    """What was seen of WebSockets over HTTP/2, in one phrase."""
    outcome = seen.get("outcome")
    if seen.get("advertised") is not True:
        words = {
            "no-http2": "the server speaks no HTTP/2: browsers use HTTP/1.1",
            "not-advertised": "HTTP/2 without SETTINGS_ENABLE_CONNECT_PROTOCOL: browsers use HTTP/1.1 for WebSockets",
        }
        return words.get(str(outcome), "support for HTTP/2 could not be determined: %s" % outcome)
    answers = {
        "answered": "answered with %s" % seen.get("status"),
        "reset": "refused by RST_STREAM with code %s" % seen.get("code"),
        "goaway": "refused by GOAWAY with code %s" % seen.get("code"),
        "eof": "followed by the connection closing",
        "timeout": "not answered for %.1f s" % ((seen.get("ms") or 0) / 1000.0),
    }
    return "SETTINGS_ENABLE_CONNECT_PROTOCOL is 1, and an extended CONNECT for a WebSocket is %s" % (
        answers.get(str(outcome), "not observed (%s)" % outcome)
    )


def silent_after(hold: Hold) -> bool:
    """Whether a connection was idle, neither side ended it, and then a ping was not answered."""
    return hold.get("pinged") is True and hold.get("pong_ms") is None and not hold.get("ended")
