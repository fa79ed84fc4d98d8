# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Lines with a known meaning: each has a stable key, a literal part to look for, and what it captures."""

from __future__ import annotations

import re
import typing as t

#: ``127.0.0.1:8080``, ``:::8080``, ``('127.0.0.1', 8080)``, ``[::]:8080``
_AT = r"[\[('\"]*(?P<address>[0-9a-fA-F.:*]*?|[\w.-]+)[\])'\"]*(?::|, ?)(?P<port>\d{1,5})\b"

#: ``('::1', 8080``: how Python prints an address
_TUPLE = r"\('(?P<a_address>[^']*)', (?P<a_port>\d{1,5})"

#: (key, literal parts any of which stands in the line, pattern with named groups, or None for the literal alone).
#: Keys are stable: checks, diagnoses and third parties know them.
SIGNATURES: tuple[tuple[str, tuple[str, ...], str | None], ...] = (
    (
        "eaddrinuse",
        ("EADDRINUSE", "ddress already in use", "Connection in use", "ort already in use"),
        r"EADDRINUSE.*?(?:in use|null|:)\s+"
        + _AT
        + r"|bind on address "
        + _TUPLE
        + r"|Connection in use: "
        + _TUPLE.replace("a_", "c_")
        + r"|(?:bind\(\) to|Couldn't listen on|listen \w+|bind to) "
        + _AT.replace("<", "<b_")
        + r"|ddress already in use - bind\(2\) for \"?(?P<e_address>[^\" ]*)\"? port (?P<e_port>\d+)"
        r"|EADDRINUSE.*?port:? (?P<d_port>\d+)"
        r"|ddress already in use|EADDRINUSE|Connection in use|ort already in use",
    ),
    ("listen-failed", ("Unable to start any listening sockets",), None),
    (
        "eacces-bind",
        ("EACCES", "ermission denied"),
        r"bind on address " + _TUPLE + r".*?permission denied"
        r"|(?:listen|bind)\b.*?(?:EACCES|[Pp]ermission denied)(?::? ?(?:permission denied)? " + _AT + r")?",
    ),
    (
        "address-not-available",
        ("EADDRNOTAVAIL", "annot assign requested address"),
        r"(?:listen|bind|address).*?(?:EADDRNOTAVAIL|annot assign requested address)(?:.*? " + _AT + ")?",
    ),
    (
        "missing-module",
        ("annot find module", "annot find package"),
        r"annot find (?:module|package) ['\"](?P<module>[^'\"]+)",
    ),
    (
        "missing-module",
        ("No module named", "cannot import name"),
        r"No module named ['\"]?(?P<module>[\w.]+)|cannot import name ['\"](?P<b_module>\w+)",
    ),
    ("missing-module", ("cannot load such file",), r"cannot load such file -- (?P<module>\S+)"),
    (
        "missing-module",
        ("ClassNotFoundException", "NoClassDefFoundError"),
        r"(?:ClassNotFoundException|NoClassDefFoundError): (?P<module>[\w.$/]+)",
    ),
    ("uvicorn-no-ws-library", ("No supported WebSocket library",), None),
    ("unsupported-upgrade", ("Unsupported upgrade request",), None),
    (
        "fd-limit",
        ("oo many open files", "EMFILE", "out of system resource"),
        r"[Tt]oo many open files|EMFILE|out of system resource",
    ),
    (
        "out-of-memory",
        ("heap out of memory", "OutOfMemoryError", "ut of memory", "annot allocate memory", "MemoryError", "oom-kill"),
        r"heap out of memory|OutOfMemoryError: (?P<detail>.+)|[Oo]ut of memory|annot allocate memory|\bMemoryError\b"
        r"|oom-kill",
    ),
    ("worker-timeout", ("WORKER TIMEOUT",), r"WORKER TIMEOUT \(pid:(?P<pid>\d+)\)|WORKER TIMEOUT"),
    ("worker-failed-to-boot", ("failed to boot",), r"[Ww]orker failed to boot"),
    ("worker-killed", ("was sent SIGKILL",), r"Worker \(pid:(?P<pid>\d+)\) was sent SIGKILL"),
    (
        "invalid-frame",
        ("nvalid frame header", "nvalid WebSocket frame", "WS_ERR_"),
        r"(?P<code>WS_ERR_(?!UNSUPPORTED_MESSAGE)\w+)|Invalid WebSocket frame: (?P<detail>[\w ]+)|nvalid frame header",
    ),
    ("message-too-big", ("WS_ERR_UNSUPPORTED_MESSAGE", "ax payload size exceeded", "bytes exceeds limit"), None),
    ("invalid-utf8", ("WS_ERR_INVALID_UTF8", "nvalid UTF-8 sequence"), None),
    ("handshake-rejected", ("connection rejected (",), r"connection rejected \((?P<status>\d{3})"),
    ("handshake-rejected", ("WebSocket /",), r'"WebSocket (?P<path>/\S*)" (?P<status>[345]\d\d)'),
    ("channels-reject", ("WSREJECT", "WebSocket REJECT"), r"(?:WSREJECT|WebSocket REJECT) (?P<path>/[^\s\"]*)"),
    ("channels-no-route", ("No route found for path",), r"No route found for path '(?P<path>[^']*)'"),
    (
        "no-websocket-application",
        ("configured for scope type", "can only handle ASGI/HTTP"),
        r"No application configured for scope type '(?P<scope>\w+)'|can only handle ASGI/HTTP"
        r" connections, not (?P<b_scope>\w+)",
    ),
    (
        "asgi-app-under-wsgi",
        ("missing 1 required positional argument: 'send'", "missing 2 required positional arguments: 'receive'"),
        None,
    ),
    (
        "handshake-failed",
        ("opening handshake failed", "Failed to upgrade to WebSocket", "Failed websocket upgrade"),
        None,
    ),
    (
        "origin-rejected",
        (
            "origin not allowed",
            "Blocking Cross Origin",
            "Blocking request with non-local",
            "Could not check origin",
            "Origin is not authorized",
            "Origin header value",
            "accepted origin",
            "ensureOrigin",
        ),
        r"(?:origin not allowed|Origin of the request|Origin header value|Origin|origin)\W{1,3}(?P<origin>https?://[\w.:-]+)"
        r"|origin not allowed|Blocking Cross Origin|Blocking request with non-local|Could not check origin|Origin is not authorized|Origin header value"
        r"|accepted origin|ensureOrigin",
    ),
    (
        "host-rejected",
        ("Invalid HTTP_HOST header", "Blocked host", "Blocked request. This host"),
        r"(?:HTTP_HOST header: |Blocked hosts?: |This host \()['\"]?(?P<host>[\w.:-]+)|Blocked",
    ),
    (
        "untrusted-proxy",
        ("not set-up for reverse proxies",),
        r"reverse proxy was received from (?P<address>[\w.:]+)|not set-up",
    ),
    ("upgrade-stripped", ('Can "Upgrade" only to', "invalid Upgrade header"), None),
    ("socketio-session-unknown", ("Session ID unknown", "nvalid session "), None),
    ("socketio-version-mismatch", ("nsupported protocol version", "unsupported version of the Socket.IO"), None),
    ("gevent-websocket-missing", ("gevent-websocket server is not configured",), None),
    ("development-server", ("This is a development server",), None),
    (
        "tls-error",
        (
            "SSL routines",
            "ssl.SSLError",
            "SSLHandshakeException",
            "CERT_",
            "certificate verify failed",
            "self-signed certificate",
            "self signed certificate",
            "TLS handshake error",
            "SSLCertVerificationError",
            "unable to verify the first certificate",
            "certificate has expired",
        ),
        None,
    ),
    (
        "proxy-of-environment",
        (
            "failed CONNECT via proxy",
            "proxy rejected connection",
            "InvalidProxy",
            "ProxyError",
            "Tunnel connection failed",
            "unneling socket could not be established",
            "proxyconnect tcp",
        ),
        r"(?:CONNECT via proxy|proxy rejected connection|InvalidProxy|Tunnel connection failed|unneling socket could not)"
        r"\D{0,60}(?P<status>[345]\d\d)\b|CONNECT via proxy|proxy rejected connection|InvalidProxy|ProxyError"
        r"|Tunnel connection failed|unneling socket could not|proxyconnect tcp",
    ),
    (
        "token-not-yet-valid",
        (
            "jwt not active",
            "NotBeforeError",
            "ImmatureSignatureError",
            "oken is not yet valid",
            "oken is not valid yet",
            "used before issued",
            "claim timestamp check failed",
        ),
        r"jwt not active|NotBeforeError|ImmatureSignatureError|oken is not (?:yet valid|valid yet)|used before issued"
        r"|\"(?:nbf|iat)\" claim timestamp check failed",
    ),
    (
        "token-expired",
        (
            "jwt expired",
            "TokenExpiredError",
            "ExpiredSignatureError",
            "Signature has expired",
            "oken is expired",
        ),
        None,
    ),
    (
        "redis-refused",
        ("6379", "edis"),
        r"(?:ECONNREFUSED|[Cc]onnection refused|Error 111).{0,80}?(?P<address>[\w.:-]+):(?P<port>6379)"
        r"|(?P<b_address>[\w.:-]+):(?P<b_port>6379).{0,80}?(?:ECONNREFUSED|[Cc]onnection refused)"
        r"|[Rr]edis.{0,80}?connecting to (?P<c_address>[\w.:-]+):(?P<c_port>\d+)"
        r"|redis.{0,120}(?:ECONNREFUSED|[Cc]onnection refused|Error 111)(?: (?P<d_address>[\w.:-]+):(?P<d_port>\d+))?"
        r"|Redis::CannotConnectError",
    ),
    (
        "dependency-refused",
        ("ECONNREFUSED", "onnection refused", "onnectionRefused", "Connect call failed"),
        r"ECONNREFUSED "
        + _AT
        + r"|server at \"?(?P<c_address>[^\" ]+)\"?(?: \([^)]*\))?, port (?P<c_port>\d+) failed"
        + r"|(?:Connect call failed|onnection refused|onnectionRefused).{0,40}?\('(?P<d_address>[^']+)', (?P<d_port>\d+)"
        + r"|(?:dial tcp|connect to|connecting to \S+ at) "
        + _AT.replace("<", "<b_")
        + r".*onnection refused|ECONNREFUSED|onnection refused",
    ),
    (
        "name-not-resolved",
        ("ENOTFOUND", "EAI_AGAIN", "Name or service not known"),
        r"(?:ENOTFOUND|EAI_AGAIN) (?P<address>[\w.-]+)|ENOTFOUND|EAI_AGAIN|Name or service not known",
    ),
    (
        "unhandled-rejection",
        ("UnhandledPromiseRejection", "nhandled Rejection", "nhandled rejection", "nhandledRejection"),
        None,
    ),
    ("uncaught-exception", ("ncaught Exception", "ncaught exception", "ncaughtException"), None),
    ("segfault", ("egmentation fault", "SIGSEGV", "status=11/SEGV"), None),
    ("killed", ("status=9/KILL", "Killed process"), None),
    ("exit-failure", ("Main process exited, code=",), r"Main process exited, code=\w+, status=(?P<status>\S+)"),
    (
        "missing-variable",
        ("nvironment variable",),
        r"(?i:(?:missing|required|undefined|not set|unset).{0,60}environment variable)"
        r"|(?i:environment variable.{0,60}(?:missing|required|undefined|not set|unset))",
    ),
    ("application-startup-failed", ("pplication startup failed", "APPLICATION FAILED TO START"), None),
    ("mqtt-protocol-error", ("disconnected due to protocol error",), None),
)


class Hit(t.NamedTuple):
    """A line with a known meaning."""

    key: str
    #: What the line names: port, address, module, path, status …
    captured: dict[str, str]


_Compiled = t.List[t.Tuple[str, t.Tuple[str, ...], "re.Pattern[str] | None"]]
_compiled: _Compiled | None = None
#: These explain a line completely: a more general one on the same line would only repeat it.
_EXCLUDES = {"redis-refused": ("dependency-refused",), "token-not-yet-valid": ("token-expired",)}


#: Short strings one of which stands in every line above: each search costs time in every megabyte, so there
#: are fewer of them than of literals. (A refused Redis is found by the refusal; what comes with a stack trace
#: is found with it.)
NEEDLES: tuple[bytes, ...] = (
    b" in use",
    b" memory",
    b"APPLICATION FAILED",
    b"Blocked ",
    b"Blocking ",
    b"CERT_",
    b'Can "Upgrade" only to',
    b"ClassNotFound",
    b"Could not check origin",
    b"EACCES",
    b"EADDR",
    b"EAI_AGAIN",
    b"ECONNREFUSED",
    b"EMFILE",
    b"ENOTFOUND",
    b"InvalidProxy",
    b"Killed process",
    b"Main process exited",
    b"Name or service not known",
    b"No module",
    b"Origin header",
    b"No supported",
    b"SIGKILL",
    b"SIGSEGV",
    b"SSL",
    b"Session ID unknown",
    b"This is a development server",
    b"WORKER TIMEOUT",
    b"WSREJECT",
    b"WS_ERR_",
    b"WebSocket /",
    b"WebSocket REJECT",
    b"ailed",
    b"accepted origin",
    b"annot ",
    b"any open files",
    b"before issued",
    b"connection rejected",
    b"egmentation fault",
    b"ermission denied",
    b"ertificate",
    b"exceed",
    b"has expired",
    b"jwt ",
    b"ncaught",
    b"nhandled",
    b"nsupported ",
    b"nvalid ",
    b"nvironment variable",
    b"oken is ",
    b"onnection refused",
    b"origin not allowed",
    b"reverse proxies",
    b"rigin is not authorized",
    b"roxy rejected",
    b"roxyconnect",
    b"rror",
    b"unneling socket",
)


def _signatures() -> _Compiled:
    """The table with its expressions compiled, when a line first asks for it."""
    global _compiled
    if _compiled is None:
        # Services are probed in threads: none may see the table before it is complete.
        _compiled = [(key, literals, re.compile(pattern) if pattern else None) for key, literals, pattern in SIGNATURES]
    return _compiled


def signatures_in(text: str) -> list[Hit]:
    """What is known about a line (or about a whole stack trace): each key at most once."""
    found: dict[str, Hit] = {}
    hidden: set[str] = set()
    for key, literals, pattern in _signatures():
        for literal in literals:
            if literal in text:
                break
        else:
            continue
        if key in found or key in hidden:
            continue
        captured: dict[str, str] = {}
        if pattern is not None:
            match = pattern.search(text)
            if match is None:
                continue
            captured = _captured(match)
        found[key] = Hit(key, captured)
        hidden.update(_EXCLUDES.get(key, ()))
    return list(found.values())


def _captured(match: re.Match[str]) -> dict[str, str]:
    """Named groups; alternatives of one pattern name theirs with a letter before."""
    captured = {}
    for name, value in match.groupdict().items():
        if value:
            captured[name[2:] if name[1:2] == "_" else name] = value[:200]
    return captured
