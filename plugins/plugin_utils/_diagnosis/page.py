# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the page that opens the WebSocket: told from its files, seen by a browser, or both. Layer browser."""

from __future__ import annotations

import dataclasses
import typing as t

from .._evidence.frontend import Problem, View
from .._model import FAIL
from . import chromium, frontend
from .conditions import always, never_sure, sure_where
from .facts import Facts
from .rule import Condition, Match, Rival, Rule

Find = t.Callable[[Facts], Match | None]
Test = t.Callable[[Facts], object]

_BUILD = "https://vite.dev/guide/env-and-mode"
_HTML = "https://websockets.spec.whatwg.org/"
_RFC = "https://www.rfc-editor.org/rfc/rfc6455"
_CHROMIUM = "https://chromium.googlesource.com/chromium/src/+/main/"
_LOCAL = "https://developer.chrome.com/blog/browser-local-network-access"
#: What a browser cannot do as long as one of its WebSockets has a cause.
_SOCKETS = ("browser.websocket", "browser.data", "browser.console")


def _either(seen: Find, told: Find) -> Find:
    """A cause that a browser sees happen, and that the files tell the place of: both together say most."""

    def find(facts: Facts) -> Match | None:
        first, second = seen(facts), told(facts)
        if first is None or second is None:
            return first or second
        # What is dialled was seen; where to correct it is known from the files.
        return dataclasses.replace(
            first, because=[*first.because, *second.because], immediate=second.immediate or first.immediate
        )

    return find


def _both(seen_text: str, seen: Test, told_text: str, told: Test) -> tuple[Condition, ...]:
    """One condition of what a browser shows or the files tell: each is enough."""
    text = "in a browser: %s; or in the files: %s" % (seen_text, told_text)
    return (Condition(text, lambda facts: seen(facts) or told(facts)),)


def _problem(find: t.Callable[[View], list[Problem]]) -> Test:
    """Whether the files have such a problem."""
    return lambda facts: frontend.problems_of(facts, find)


def _seen(
    rule_id: str, title: str, find: Find, source: str, *more: str, over: tuple[str, ...] = (), **data: t.Any
) -> Rule:
    """A rule about what a browser shows."""
    return Rule(rule_id, title, "browser", (*_SOCKETS, *more), find, over, (source,), **data)


def _told(rule_id: str, title: str, find: Find, source: str, explains: str, **data: t.Any) -> Rule:
    """A rule about what is in the files."""
    return Rule(rule_id, title, "browser", (explains,), find, (), (source,), **data)


def _dev_client(rule_id: str, title: str, source: str, *names: str) -> Rule:
    """A rule about the client of a development server, which only that answers."""
    text = "the page, or a script of it, loads the client of %s" % " or ".join(names)
    return _told(
        rule_id,
        title,
        frontend.told_client_of(*names),
        source,
        "frontend.dev_client",
        needs=(Condition(text, lambda facts: frontend.clients_of(facts, names)),),
        sureness=never_sure("a development server may be meant to run there"),
    )


#: What a browser meets is certain; what files tell may never be run.
_SEEN_OR_TOLD = sure_where("a browser met it", "the files tell it") + (
    ("possible", "the files leave parts of it open"),
)
_ALWAYS = always("the browser itself says so")


RULES: tuple[Rule, ...] = (
    _seen(
        "browser-certificate-refused",
        "Browsers refuse the certificate",
        chromium.seen_certificate,
        _CHROMIUM + "net/base/net_error_list.h",
        "browser.certificate",
        "browser.page",
        needs=(Condition("Chromium refuses the TLS of the page or of its WebSocket", chromium.refused_certificates),),
        against=(
            Condition(
                "without a browser something is found wrong, too (`tls.*`)",
                lambda facts: facts.failing(("tls.*",), (FAIL,)),
            ),
        ),
        sureness=_ALWAYS,
    ),
    _seen(
        "browser-client-certificate-asked",
        "The server asks browsers for a certificate, and they cancel the WebSocket",
        chromium.seen_canceled,
        _CHROMIUM + "net/websockets/websocket_stream.cc",
        needs=(
            Condition(
                "Chromium cancels the opening handshake of a WebSocket, and without a browser the same is accepted",
                chromium.canceled,
            ),
        ),
        sureness=sure_where("TLS shows that the server asks for a certificate"),
        apart=(
            Rival(
                "browser-closed-before-open",
                "the words in the console",
                "opening handshake was canceled: a certificate; closed before the connection is established: the page",
            ),
        ),
    ),
    _told(
        "browser-stale-bundle",
        "An old front end is served from a cache",
        frontend.told_stale,
        "https://web.dev/articles/http-cache",
        "frontend.*",
        needs=(
            Condition(
                "both the deployed files and the page that is served were read",
                lambda facts: {"root", "page"} <= set(facts.evidence["frontend"]),
            ),
            Condition(
                "the page that is served loads other scripts than those that are deployed", frontend.served_differently
            ),
        ),
        sureness=(("likely", "these dial something else"), ("possible", "otherwise")),
    ),
    _seen(
        "browser-mixed-content",
        "The page is served over https and dials ws://",
        _either(chromium.seen_mixed_content, frontend.told_mixed_content),
        "https://www.w3.org/TR/mixed-content/",
        "browser.mixed_content",
        "frontend.scheme",
        needs=_both(
            "the constructor throws SecurityError on an https page, where ws:// is allowed for localhost alone",
            chromium.mixed,
            "the page is served over https, and a constructor is given a fixed ws:// URL",
            _problem(View.insecure),
        ),
        sureness=_SEEN_OR_TOLD,
    ),
    _seen(
        "browser-csp-blocks",
        "The page's Content-Security-Policy forbids the WebSocket",
        _either(chromium.seen_csp, frontend.told_csp),
        "https://www.w3.org/TR/CSP3/#directive-connect-src",
        "browser.csp",
        "frontend.csp",
        needs=_both(
            "a violation of connect-src, or of default-src in its place, of a policy that is enforced",
            chromium.enforced,
            "such a directive, of a header or meta element, has no source that matches the WebSocket's URL",
            frontend.forbidding,
        ),
        sureness=sure_where("a browser met it, or the page was served with it", "the deployed files tell it"),
    ),
    _seen(
        "browser-undefined-host",
        "The front end was built without the variable that names the host",
        _either(chromium.seen_undefined, frontend.told_undefined),
        _BUILD,
        "frontend.host",
        over=("browser-other-port-or-path",),
        needs=_both(
            "the host or port that is dialled is what a program makes of a variable that nobody has set",
            chromium.to_no_host,
            "a URL has undefined, null or an unfilled placeholder where its host or port belongs",
            _problem(View.lost),
        ),
        sureness=_SEEN_OR_TOLD,
    ),
    _seen(
        "browser-localhost-url",
        "The front end dials a development host",
        _either(chromium.seen_localhost, frontend.told_localhost),
        _LOCAL,
        "frontend.hardcoded",
        over=("browser-other-port-or-path",),
        needs=_both(
            "a page that comes from elsewhere dials localhost, and reaches the service by no other WebSocket",
            chromium.to_own_machine,
            "a constructor is given a URL with localhost, a private address or a development host",
            _problem(View.hardcoded),
        ),
        sureness=(
            ("certain", "in a browser it fails"),
            ("likely", "it opens in the checklist's own browser, or the files tell it"),
            ("possible", "the files leave parts of it open"),
        ),
    ),
    _seen(
        "browser-local-network-access",
        "A public page dials a private address, which browsers block",
        chromium.seen_local_network,
        _LOCAL,
        needs=(
            Condition(
                "Chromium refuses by ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS: a public page asks for a private address",
                chromium.to_private_address,
            ),
        ),
        sureness=_ALWAYS,
        apart=(
            Rival(
                "browser-localhost-url",
                "the URL that is dialled",
                "localhost: the visitor's own machine; another private address: that network",
            ),
        ),
    ),
    _seen(
        "browser-origin-rejected",
        "The server refuses the Origin of this page",
        chromium.seen_origin,
        _RFC + "#section-10.2",
        over=("browser-other-port-or-path",),
        needs=(
            Condition(
                "asked again without a browser, the handshake is refused with the page's Origin, and accepted with another or none",
                chromium.refused_for_origin,
            ),
        ),
        sureness=always("all were asked"),
    ),
    _seen(
        "browser-unsafe-port",
        "The front end dials a port that browsers refuse",
        _either(chromium.seen_unsafe_port, frontend.told_unsafe_port),
        "https://fetch.spec.whatwg.org/#port-blocking",
        "frontend.port",
        "frontend.url",
        over=("browser-other-port-or-path",),
        needs=_both(
            "Chromium refuses the port (ERR_UNSAFE_PORT)",
            chromium.to_unsafe_port,
            "the port is one that browsers never dial, and other clients do",
            _problem(View.unsafe),
        ),
        sureness=_SEEN_OR_TOLD,
    ),
    _seen(
        "browser-other-port-or-path",
        "The front end dials another port or path than the service's",
        _either(chromium.seen_wrong_url, frontend.told_wrong_url),
        _BUILD,
        "frontend.url",
        needs=_both(
            "a WebSocket to the service's host fails, and its port or path is another than the one that is accepted",
            chromium.misdirected,
            "no URL that is dialled on the service's host has its port and path",
            _problem(View.misdirected),
        ),
        sureness=(("likely", "the right port and path are known"), ("possible", "the files leave parts of it open")),
    ),
    _seen(
        "browser-invalid-frames",
        "The server sends frames that browsers refuse",
        chromium.seen_bad_frame,
        _RFC + "#section-5.2",
        "websocket.stream",
        "websocket.message",
        "websocket.ping",
        "websocket.close",
        needs=(
            Condition(
                "after the 101 Chromium ends the connection for what it received: reserved bits, an unknown operation, a masked "
                "frame, a text that is not UTF-8",
                chromium.with_bad_frames,
            ),
        ),
        sureness=never_sure("who wrote the frame is not seen"),
        apart=(
            Rival(
                "server-two-upgrade-handlers",
                "the first bytes after the 101",
                "HTTP/1.: a second handler; else the server's own frames",
            ),
        ),
    ),
    _seen(
        "browser-too-many-sockets",
        "The page opens more WebSockets than a browser allows",
        chromium.seen_too_many,
        _CHROMIUM + "services/network/websocket_factory.cc",
        needs=(Condition("Chromium says Insufficient resources", chromium.says_too_many),),
        sureness=_ALWAYS,
    ),
    _seen(
        "browser-sends-before-open",
        "The page sends before the connection is open",
        chromium.seen_early_send,
        _HTML + "#dom-websocket-send",
        needs=(
            Condition(
                "an exception that nobody catches: send() while the connection is still being established",
                chromium.early_sends,
            ),
        ),
        sureness=_ALWAYS,
    ),
    _seen(
        "browser-closed-before-open",
        "The page gives the connection up before it is answered",
        chromium.seen_given_up,
        _HTML + "#dom-websocket-close",
        needs=(
            Condition(
                "the page closed all its WebSockets itself while they were being established", chromium.all_given_up
            ),
        ),
        sureness=never_sure("a page may mean to do so"),
    ),
    _seen(
        "browser-dropped-after-open",
        "The connection is dropped after it was opened, without a close frame",
        chromium.seen_silent_end,
        _RFC + "#section-7.1.5",
        "log.errors",
        needs=(
            Condition(
                "after the 101 the connection ended with code 1006, and Chromium has nothing to say about it",
                chromium.silently_ended,
            ),
        ),
        sureness=never_sure("who dropped it is not seen"),
        apart=(
            Rival(
                "proxy-nginx-read-timeout",
                "the time between the last message and the end, in several visits",
                "always the same: an idle time-out; any: the server drops it",
            ),
        ),
    ),
    _dev_client(
        "browser-vite-dev-client",
        "The page loads the client of vite's development server",
        "https://vite.dev/guide/build",
        "vite",
    ),
    _dev_client(
        "browser-next-dev-client",
        "The page loads the client of Next.js's development server",
        "https://nextjs.org/docs/app/getting-started/deploying",
        "Next.js",
    ),
    _dev_client(
        "browser-dev-client",
        "The page loads the client of a bundler's development server",
        "https://webpack.js.org/guides/production/",
        "webpack-dev-server",
        "Parcel",
    ),
)
