# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What an app's programs decide about its connections: proxy, certificates, and the server that the app itself starts.

https://www.electronjs.org/docs/latest/api/session and https://www.electronjs.org/docs/latest/api/command-line-switches
"""

from __future__ import annotations

import fnmatch
import re
import typing as t

from .javascript import Property, Token, boolean, closing, constant, line_of, opening, properties, split, string_of

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.electron import Decision

#: Switches of the command line: a proxy, and certificates that are not checked.
_PROXY_SWITCHES, _BLIND_SWITCH = ("proxy-server", "proxy-pac-url"), "ignore-certificate-errors"
#: What decides about a certificate by code of the app, or adds roots to those of Node.js.
_OWN_TRUST = ("setCertificateVerifyProc", "setDefaultCACertificates", "NODE_EXTRA_CA_CERTS")
_CHILD_PROCESS = ("child_process", "node:child_process")
_STARTS = ("spawn", "execFile")
#: Arguments that make a program that is started one of the app's own.
_OWN_PROGRAM = re.compile(r"\.(?:c?js|mjs|py|jar|exe)\Z")
_OWN_PLACES = ("execPath", "resourcesPath", "__dirname", "getAppPath")
#: Events by which a child says that it is up, and packages and names of functions that wait for a port.
_SIGNS = ("message", "data", "listening", "ready")
_PACKAGES = ("wait-on", "wait-port", "tcp-port-used", "detect-port", "get-port-please")
_WAITS = re.compile(r"(?:waitFor|waitUntil|waitOn|waitPort|pollUntil|untilReady|isReady)\w*\Z")
_CONNECTS_AGAIN = re.compile(r"reconnect", re.IGNORECASE)
_LISTENS = ("on", "once", "addListener", "addEventListener")
_TIMERS = ("setTimeout", "setInterval")
#: Decisions of which the first of a program says everything, and how many of the others are kept.
_ONCE, _MOST = ("waits", "hears", "ends", "reconnects"), 8


def decisions(text: str, tokens: t.Sequence[Token], file: str) -> list[Decision]:
    """What a program decides.

    :returns: ``kind``, ``value``, ``file`` and ``line``; kinds: ``proxy`` (``value``: Chromium's proxy rules, None where no
        literal tells them, or not for all of the app; ``bypass``), ``blind`` (any certificate is taken), ``own-trust`` (the
        app decides itself, or has roots of its own), ``child`` (a program of the app is started), ``waits`` (for a sign of
        one) and ``reconnects``.
    """
    starts = any(token.kind == "string" and string_of(token) in _CHILD_PROCESS for token in tokens)
    found: list[Decision] = []
    counts: t.Dict[str, int] = {}
    for place, token in enumerate(tokens):
        entry = _decision(tokens, place, starts) if token.kind in ("name", "string") else None
        if entry is None:
            continue
        kind = str(entry["kind"])
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] <= (1 if kind in _ONCE else _MOST):
            found.append({**entry, "file": file, "line": line_of(text, token.at)})
    if "ends" in counts and any(token.text in _TIMERS for token in tokens):
        found.append({"kind": "reconnects", "value": None, "file": file, "line": 1})
    # The server that is started listens to messages as well, in a program of its own.
    dropped = {"ends"} if "child" in counts else {"ends", "hears"}
    kept = [entry for entry in found if entry["kind"] not in dropped]
    return [{**entry, "kind": "waits"} if entry["kind"] == "hears" else entry for entry in kept]


def _decision(tokens: t.Sequence[Token], place: int, starts: bool) -> Decision | None:
    token = tokens[place]
    if token.kind == "string":
        return {"kind": "waits", "value": None} if string_of(token) in _PACKAGES else None
    called = place + 1 < len(tokens) and tokens[place + 1].text == "("
    if token.text in _OWN_TRUST:
        return {"kind": "own-trust", "value": token.text}
    if token.text == "ca" and place + 1 < len(tokens) and tokens[place + 1].text == ":":
        return {"kind": "own-trust", "value": "ca"}
    if token.text == "NODE_TLS_REJECT_UNAUTHORIZED":
        return {"kind": "blind", "value": token.text} if _is_set_to_none(tokens, place) else None
    if _is_off(tokens, place):
        # Of other requests of the app it says nothing about its WebSockets.
        of_socket = _callee(tokens, place).endswith("WebSocket")
        return {"kind": "blind" if of_socket else "own-trust", "value": token.text}
    if token.text in ("onclose", "onerror"):
        return {"kind": "ends", "value": None}
    if _CONNECTS_AGAIN.search(token.text):
        return {"kind": "reconnects", "value": None}
    return _call(tokens, place, starts) if called else None


def _is_set_to_none(tokens: t.Sequence[Token], place: int) -> bool:
    """``… = "0"``."""
    behind = [token.text for token in tokens[place + 1 : place + 3]]
    return behind in (["=", '"0"'], ["=", "'0'"], ["=", "0"])


def _is_off(tokens: t.Sequence[Token], place: int) -> bool:
    """``rejectUnauthorized: false``."""
    named = tokens[place].text == "rejectUnauthorized" and place + 2 < len(tokens) and tokens[place + 1].text == ":"
    return named and False in (boolean(tokens, place + 2, place + 3), boolean(tokens, place + 2, place + 4))


def _callee(tokens: t.Sequence[Token], place: int) -> str:
    """The last name of what is called with an object literal around a place; empty: nothing is."""
    brace = opening(tokens, place)
    around = opening(tokens, brace) if brace > 0 and tokens[brace].text == "{" else -1
    return tokens[around - 1].text if around > 0 and tokens[around].text == "(" else ""


def _is_conditional(tokens: t.Sequence[Token], place: int) -> bool:
    """Whether a call is made on a condition only: in the branch of an ``if``, or behind ``&&``, ``||`` or ``?``."""
    at, same = place - 1, True
    while at >= 0:
        text = tokens[at].text if tokens[at].kind in ("punct", "name") else ""
        if text in (")", "]", "}"):
            begin = opening(tokens, at)
            if same and text == ")" and begin > 0 and tokens[begin - 1].text == "if":
                return True
            # Behind a block another statement begins.
            at, same = begin, same and text != "}"
        elif text == "{" and at > 0 and tokens[at - 1].text == "else":
            return True
        elif text in ("{", "(", "["):
            same = True
        elif text == ";":
            same = False
        elif same and text in ("&", "|", "?", "else"):
            return True
        at -= 1
    return False


def _call(tokens: t.Sequence[Token], place: int, starts: bool) -> Decision | None:
    name, arguments = tokens[place].text, split(tokens, place + 1)
    first = _literal(tokens, arguments[0]) if arguments else None
    if name == "setProxy" and arguments:
        return _proxy(tokens, place, arguments[0])
    if name == "appendSwitch" and first in _PROXY_SWITCHES:
        is_rules = first == "proxy-server" and len(arguments) > 1 and not _is_conditional(tokens, place)
        rules = _literal(tokens, arguments[1]) if is_rules else None
        return {"kind": "proxy", "value": _shown(rules), "bypass": None}
    if name == "appendSwitch" and first == _BLIND_SWITCH:
        return {"kind": "own-trust" if _is_conditional(tokens, place) else "blind", "value": first}
    if name in _LISTENS:
        if first == "certificate-error":
            return {"kind": "own-trust", "value": first}
        if first in _SIGNS:
            return {"kind": "hears", "value": first}
        return {"kind": "ends", "value": None} if first in ("close", "error") else None
    if _WAITS.match(name):
        return {"kind": "waits", "value": name}
    return _child(tokens, place, first) if starts or _of(tokens, place) == "utilityProcess" else None


def _of(tokens: t.Sequence[Token], place: int) -> str:
    """What a method is called on: ``a`` of ``a.b(``."""
    return tokens[place - 2].text if place > 1 and tokens[place - 1].text == "." else ""


def _child(tokens: t.Sequence[Token], place: int, first: str | None) -> Decision | None:
    """``fork`` of a program, or ``spawn`` and ``execFile`` of one of the app's own."""
    end = closing(tokens, place + 1)
    is_declared = (place > 0 and tokens[place - 1].text == "function") or (
        end + 1 < len(tokens) and tokens[end + 1].text == "{"
    )
    inside = tokens[place + 2 : end]
    texts = [string_of(token) or "" for token in inside if token.kind in ("string", "template")]
    is_own = any(_OWN_PROGRAM.search(text) for text in texts) or any(token.text in _OWN_PLACES for token in inside)
    if is_declared or not (tokens[place].text == "fork" or (tokens[place].text in _STARTS and is_own)):
        return None
    # What follows the program may be its secrets.
    return {"kind": "child", "value": (first or "").split(" ")[0][:200]}


def _literal(tokens: t.Sequence[Token], part: t.Tuple[int, int]) -> str | None:
    return string_of(tokens[part[0]]) if part[1] - part[0] == 1 else None


def _proxy(tokens: t.Sequence[Token], place: int, part: t.Tuple[int, int]) -> Decision | None:
    """``session.setProxy({ proxyRules: …, proxyBypassRules: … })``; nothing where it says that there is none."""
    begin, end = part
    if end - begin == 1 and tokens[begin].kind == "name":
        begin, end = constant(tokens, tokens[begin].text) or part
    if tokens[begin].text != "{":
        return {"kind": "proxy", "value": None, "bypass": None}
    #: A spread has no name.
    options: dict[str | None, Property] = {entry.name: entry for entry in properties(tokens, begin)}

    def text_of(name: str) -> str | None:
        entry = options.get(name)
        return _literal(tokens, (entry.begin, entry.end)) if entry is not None else None

    if text_of("mode") in ("direct", "system") or (not options.keys() & {"proxyRules", "pacScript", "mode", None}):
        return None
    # Of another session than the window's, or on a condition, it says nothing about the page at hand.
    holds = _of(tokens, place) in ("defaultSession", "session") and not _is_conditional(tokens, place)
    unread = "proxyBypassRules" in options and text_of("proxyBypassRules") is None
    rules = text_of("proxyRules") if holds and not unread else None
    return {"kind": "proxy", "value": _shown(rules), "bypass": _shown(text_of("proxyBypassRules"))}


def _shown(rules: str | None) -> str | None:
    """Rules without the names and passwords of users."""
    return None if rules is None else re.sub(r"[^\s=;,/]+@", "[redacted]@", rules)[:300]


#: Default ports of the kinds of proxies, and which kind a WebSocket takes first (Chromium's net/docs/proxy.md).
_PORTS = {"http": 80, "https": 443, "socks": 1080, "socks4": 1080, "socks5": 1080, "quic": 443}
_PREFERRED = ("socks", "https", "http", "")


def proxies_for_websockets(rules: str) -> list[t.Tuple[str, int]]:
    """Hosts and ports of the proxies that Chromium asks for a WebSocket, one after the other; none where it may connect
    directly, or where the rules cannot be read.

    :param rules: such as ``proxy:3128``, ``socks5://127.0.0.1:1080`` or ``http=a:80;https=b:443,direct://``.
    """
    by_scheme: dict[str, str] = {}
    for part in rules.split(";"):
        scheme, _equals, rest = part.strip().rpartition("=")
        by_scheme.setdefault(scheme.strip().lower(), rest.strip())
    chosen = next((by_scheme[scheme] for scheme in _PREFERRED if by_scheme.get(scheme)), "")
    found = []
    for entry in chosen.split(",")[:8]:
        match = re.match(
            r"(?:([a-z0-9]+)://)?(?:[^@/]*@)?(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?/?\Z", entry.strip(), re.ASCII
        )
        port = int(match.group(3) or _PORTS.get(match.group(1) or "http", 80)) if match else 0
        if match is None or match.group(1) == "direct" or not 0 < port < 65536:
            return []
        found.append((match.group(2).strip("[]"), port))
    return found


def goes_past(host: str, bypass: str | None) -> bool:
    """Whether Chromium goes to a host past the proxy, or may: rules other than names of hosts are not followed.

    :param bypass: its bypass rules, such as ``<local>;*.example.com;.lab.test``.
    """
    for rule in re.split(r"[;,]", bypass or ""):
        pattern = rule.strip().lower()
        if pattern in ("", "<-loopback>"):
            continue
        if pattern == "<local>":
            if "." not in host:
                return True
            continue
        if re.search(r"[/<>:]", pattern):
            return True
        if fnmatch.fnmatchcase(host, "*" + pattern if pattern.startswith(".") else pattern):
            return True
    return False
