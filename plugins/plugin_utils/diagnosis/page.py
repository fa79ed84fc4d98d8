# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the page that opens the WebSocket: told from its files, seen by a browser, or both. Layer browser."""

from __future__ import annotations

import dataclasses
import typing as t

from . import chromium, frontend
from .rule import Facts, Match, Rule

Find = t.Callable[[Facts], Match | None]

_BUILD = "https://vite.dev/guide/env-and-mode"
_HTML = "https://websockets.spec.whatwg.org/"
_RFC = "https://www.rfc-editor.org/rfc/rfc6455"
_CHROMIUM = "https://chromium.googlesource.com/chromium/src/+/main/"
_LOCAL = "https://developer.chrome.com/blog/local-network-access"
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

    find.__doc__ = "In a browser: %s\n\nIn the files: %s" % (seen.__doc__, told.__doc__)
    return find


def _seen(rule_id: str, title: str, find: Find, source: str, *more: str, over: tuple[str, ...] = ()) -> Rule:
    """A rule about what a browser shows."""
    return Rule(rule_id, title, "browser", (*_SOCKETS, *more), find, over, (source,))


def _told(rule_id: str, title: str, find: Find, source: str, explains: str) -> Rule:
    """A rule about what is in the files."""
    return Rule(rule_id, title, "browser", (explains,), find, (), (source,))


RULES: tuple[Rule, ...] = (
    _seen(
        "certificate-refused-by-browser",
        "Browsers refuse the certificate",
        chromium.seen_certificate,
        _CHROMIUM + "net/base/net_error_list.h",
        "browser.certificate",
        "browser.page",
    ),
    _seen(
        "tls-client-certificate-asked",
        "The server asks browsers for a certificate, and they cancel the WebSocket",
        chromium.seen_canceled,
        _CHROMIUM + "net/websockets/websocket_stream.cc",
    ),
    _told(
        "stale-cached-bundle",
        "An old front end is served from a cache",
        frontend.told_stale,
        "https://web.dev/articles/http-cache",
        "frontend.*",
    ),
    _seen(
        "mixed-content",
        "The page is served over https and dials ws://",
        _either(chromium.seen_mixed_content, frontend.told_mixed_content),
        "https://www.w3.org/TR/mixed-content/",
        "browser.mixed_content",
        "frontend.scheme",
    ),
    _seen(
        "csp-connect-src",
        "The page's Content-Security-Policy forbids the WebSocket",
        _either(chromium.seen_csp, frontend.told_csp),
        "https://www.w3.org/TR/CSP3/#directive-connect-src",
        "browser.csp",
        "frontend.csp",
    ),
    _seen(
        "bundle-undefined-host",
        "The front end was built without the variable that names the host",
        _either(chromium.seen_undefined, frontend.told_undefined),
        _BUILD,
        "frontend.host",
    ),
    _seen(
        "bundle-hardcoded-localhost",
        "The front end dials a development host",
        _either(chromium.seen_localhost, frontend.told_localhost),
        _LOCAL,
        "frontend.hardcoded",
        over=("bundle-wrong-port-or-path",),
    ),
    _seen(
        "local-network-access",
        "A public page dials a private address, which browsers block",
        chromium.seen_local_network,
        _LOCAL,
    ),
    _seen(
        "page-origin-rejected",
        "The server refuses the Origin of this page",
        chromium.seen_origin,
        _RFC + "#section-10.2",
        over=("bundle-wrong-port-or-path",),
    ),
    _seen(
        "unsafe-port",
        "The front end dials a port that browsers refuse",
        _either(chromium.seen_unsafe_port, frontend.told_unsafe_port),
        "https://fetch.spec.whatwg.org/#port-blocking",
        "frontend.port",
        "frontend.url",
        over=("bundle-wrong-port-or-path",),
    ),
    _seen(
        "bundle-wrong-port-or-path",
        "The front end dials another port or path than the service's",
        _either(chromium.seen_wrong_url, frontend.told_wrong_url),
        _BUILD,
        "frontend.url",
    ),
    _seen(
        "ws-invalid-utf8",
        "The server sends frames that browsers refuse",
        chromium.seen_bad_frame,
        _RFC + "#section-5.2",
        "websocket.stream",
        "websocket.message",
        "websocket.ping",
        "websocket.close",
    ),
    _seen(
        "too-many-sockets",
        "The page opens more WebSockets than a browser allows",
        chromium.seen_too_many,
        _CHROMIUM + "services/network/websocket_factory.cc",
    ),
    _seen(
        "send-before-open",
        "The page sends before the connection is open",
        chromium.seen_early_send,
        _HTML + "#dom-websocket-send",
    ),
    _seen(
        "closed-before-established",
        "The page gives the connection up before it is answered",
        chromium.seen_given_up,
        _HTML + "#dom-websocket-close",
    ),
    _seen(
        "silent-1006-after-open",
        "The connection is dropped after it was opened, without a close frame",
        chromium.seen_silent_end,
        _RFC + "#section-7.1.5",
    ),
    _told(
        "vite-dev",
        "The page loads the client of vite's development server",
        frontend.told_client_of("vite"),
        "https://vite.dev/guide/build",
        "frontend.dev_client",
    ),
    _told(
        "next-hmr",
        "The page loads the client of Next.js's development server",
        frontend.told_client_of("Next.js"),
        "https://nextjs.org/docs/app/getting-started/deploying",
        "frontend.dev_client",
    ),
    _told(
        "bundle-dev-client",
        "The page loads the client of a bundler's development server",
        frontend.told_client_of("webpack-dev-server", "Parcel"),
        "https://webpack.js.org/guides/production/",
        "frontend.dev_client",
    ),
)
