# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What an app's programs decide about its connections: proxy, certificates, and the server that the app itself starts.

https://www.electronjs.org/docs/latest/api/session and https://www.electronjs.org/docs/latest/api/command-line-switches
"""

from __future__ import annotations

import re
import typing as t

from .javascript import Property, Token, boolean, closing, constant, line_of, properties, split, string_of

#: Switches of the command line: a proxy, and certificates that nobody looks at.
_PROXY_SWITCHES, _BLIND_SWITCH = ("proxy-server", "proxy-pac-url"), "ignore-certificate-errors"
#: What decides about a certificate by code of the app, or adds roots to those of Node.js.
_OWN_TRUST = ("setCertificateVerifyProc", "NODE_EXTRA_CA_CERTS")
_CHILD_PROCESS = ("child_process", "node:child_process")
_STARTS = ("fork", "spawn", "execFile")
#: Events by which a child says that it is up, and packages and names of functions that wait for a port.
_SIGNS = ("message", "data", "listening", "ready")
_PACKAGES = ("wait-on", "wait-port", "tcp-port-used", "detect-port", "get-port-please")
_WAITS = re.compile(r"(?:waitFor|waitUntil|waitOn|waitPort|pollUntil|untilReady|isReady)\w*\Z")
_CONNECTS_AGAIN = re.compile(r"reconnect", re.IGNORECASE)
_LISTENS = ("on", "once", "addListener", "addEventListener")

Decision = t.Dict[str, t.Any]


def decisions(text: str, tokens: t.Sequence[Token], file: str) -> list[Decision]:
    """What a program decides.

    :returns: ``kind``, ``value``, ``file`` and ``line``; kinds: ``proxy`` (``value``: Chromium's proxy rules, None where no
        literal tells them; ``bypass``), ``blind`` (any certificate is taken), ``own-trust`` (the app decides itself, or has
        roots of its own), ``child`` (a program is started), ``waits`` (for a sign of one) and ``reconnects``.
    """
    starts = {string_of(token) for token in tokens if token.kind == "string"} & {*_CHILD_PROCESS}
    found: list[Decision] = []
    for place, token in enumerate(tokens):
        if token.kind not in ("name", "string"):
            continue
        entry = _decision(tokens, place, bool(starts))
        if entry is not None:
            found.append(dict(entry, file=file, line=line_of(text, token.at)))
    kinds = {entry["kind"] for entry in found}
    if "closes" in kinds and any(token.text == "setTimeout" for token in tokens):
        found.append({"kind": "reconnects", "value": None, "file": file, "line": 1})
    # The server that is started listens to messages as well, in a program of its own.
    dropped = {"closes"} if "child" in kinds else {"closes", "hears"}
    return [
        dict(entry, kind="waits") if entry["kind"] == "hears" else entry
        for entry in found
        if entry["kind"] not in dropped
    ]


def _decision(tokens: t.Sequence[Token], place: int, starts: bool) -> Decision | None:
    token = tokens[place]
    if token.kind == "string":
        return {"kind": "waits", "value": None} if string_of(token) in _PACKAGES else None
    called = place + 1 < len(tokens) and tokens[place + 1].text == "("
    if token.text in _OWN_TRUST:
        return {"kind": "own-trust", "value": token.text}
    if token.text == "NODE_TLS_REJECT_UNAUTHORIZED" or _is_off(tokens, place):
        return {"kind": "blind", "value": token.text}
    if token.text == "onclose":
        return {"kind": "closes", "value": None}
    if _CONNECTS_AGAIN.search(token.text):
        return {"kind": "reconnects", "value": None}
    return _call(tokens, place, starts) if called else None


def _is_off(tokens: t.Sequence[Token], place: int) -> bool:
    """``rejectUnauthorized: false``."""
    named = tokens[place].text == "rejectUnauthorized" and place + 2 < len(tokens) and tokens[place + 1].text == ":"
    return named and False in (boolean(tokens, place + 2, place + 3), boolean(tokens, place + 2, place + 4))


def _call(tokens: t.Sequence[Token], place: int, starts: bool) -> Decision | None:
    name, arguments = tokens[place].text, split(tokens, place + 1)
    first = _literal(tokens, arguments[0]) if arguments else None
    if name == "setProxy" and arguments:
        return _proxy(tokens, arguments[0])
    if name == "appendSwitch" and first in _PROXY_SWITCHES:
        is_rules = first == "proxy-server" and len(arguments) > 1
        return {"kind": "proxy", "value": _literal(tokens, arguments[1]) if is_rules else None, "bypass": None}
    if name == "appendSwitch" and first == _BLIND_SWITCH:
        return {"kind": "blind", "value": first}
    if name in _LISTENS and first == "certificate-error":
        return {"kind": "own-trust", "value": first}
    if name in _LISTENS and first in _SIGNS:
        return {"kind": "hears", "value": first}
    if name in _LISTENS and first == "close":
        return {"kind": "closes", "value": None}
    if _WAITS.match(name):
        return {"kind": "waits", "value": name}
    of_utility = place > 1 and tokens[place - 2].text == "utilityProcess"
    if name in _STARTS and arguments and (starts or of_utility) and not _is_declared(tokens, place):
        return {"kind": "child", "value": (first or "")[:200]}
    return None


def _is_declared(tokens: t.Sequence[Token], place: int) -> bool:
    """Whether the name is that of a function or method that begins here, and is not called."""
    end = closing(tokens, place + 1)
    return (place > 0 and tokens[place - 1].text == "function") or (
        end + 1 < len(tokens) and tokens[end + 1].text == "{"
    )


def _literal(tokens: t.Sequence[Token], part: t.Tuple[int, int]) -> str | None:
    return string_of(tokens[part[0]]) if part[1] - part[0] == 1 else None


def _proxy(tokens: t.Sequence[Token], part: t.Tuple[int, int]) -> Decision | None:
    """``session.setProxy({ proxyRules: …, proxyBypassRules: … })``; nothing where it says that there is none."""
    begin, end = part
    if end - begin == 1 and tokens[begin].kind == "name":
        begin, end = constant(tokens, tokens[begin].text) or part
    if tokens[begin].text != "{":
        return {"kind": "proxy", "value": None, "bypass": None}
    options: dict[str, Property] = {str(entry.name): entry for entry in properties(tokens, begin)}

    def text_of(name: str) -> str | None:
        entry = options.get(name)
        return _literal(tokens, (entry.begin, entry.end)) if entry is not None else None

    if text_of("mode") in ("direct", "system") or (not options.keys() & {"proxyRules", "pacScript", "mode", "None"}):
        return None
    return {"kind": "proxy", "value": text_of("proxyRules"), "bypass": text_of("proxyBypassRules")}


#: Default ports of the kinds of proxies, and which kind a WebSocket takes first (Chromium's net/docs/proxy.md).
_PORTS = {"http": 80, "https": 443, "socks": 1080, "socks4": 1080, "socks5": 1080, "quic": 443}
_PREFERRED = ("socks", "https", "http", "")


def proxy_for_websockets(rules: str) -> t.Tuple[str, int] | None:
    """Host and port of the proxy that Chromium asks for a WebSocket first; None: it connects directly.

    :param rules: such as ``proxy:3128``, ``socks5://127.0.0.1:1080`` or ``http=a:80;https=b:443,direct://``.
    """
    by_scheme: dict[str, str] = {}
    for part in rules.split(";"):
        scheme, _equals, rest = part.strip().rpartition("=")
        by_scheme.setdefault(scheme.strip().lower(), rest.split(",")[0].strip())
    chosen = next((by_scheme[scheme] for scheme in _PREFERRED if by_scheme.get(scheme)), "")
    match = re.match(r"(?:([a-z0-9]+)://)?(\[[0-9A-Fa-f:.]+\]|[^:/\[\]]+)(?::(\d{1,5}))?/?\Z", chosen)
    if match is None or match.group(1) == "direct":
        return None
    return match.group(2).strip("[]"), int(match.group(3) or _PORTS.get(match.group(1) or "http", 80))
