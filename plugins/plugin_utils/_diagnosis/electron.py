# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in an Electron app: layer browser of the failure catalogue."""

from __future__ import annotations

import typing as t

from .._evidence.electron import decided, from_file, pages_here, through_proxy
from .._evidence.websocket import outcome_words
from .conditions import always, failed, never_sure, wrong
from .facts import Facts
from .rule import Condition, Match, Rule


def _electron(facts: Facts) -> dict[str, t.Any]:
    return facts.evidence.get("electron") or {}


def _origin(facts: Facts) -> Match | None:
    """With the places of page and WebSocket."""
    electron = _electron(facts)
    loads = next(entry for entry in electron["loads"] if entry.get("scheme") == "file")
    made = next(entry for entry in electron["sockets"] if entry.get("role") == "renderer")
    return Match(
        "certain",
        [
            "the page is loaded from a file at %s:%s" % (loads.get("file"), loads.get("line")),
            "it makes the WebSocket at %s:%s, with Origin: null" % (made.get("file"), made.get("line")),
            "the server answers that by %s, and accepts other Origins"
            % outcome_words(electron.get("null_origin") or {}),
        ],
        immediate=[
            "allow the Origin null in the server's list, if it proves clients by something else than their Origin"
        ],
        configuration=[
            "or make the WebSocket in the main process (package ws), which sends no Origin",
            "or serve the page by a protocol of the app's own (protocol.handle), and allow that Origin",
        ],
        testing=["wscat -o null -c <url>"],
    )


def _where(entry: dict[str, t.Any]) -> str:
    return "%s:%s" % (entry.get("file"), entry.get("line"))


def _certificate(facts: Facts) -> Match | None:
    """With the processes that make the WebSockets: Chromium has roots of its own in the pages, Node.js others in the main
    process."""
    electron = _electron(facts)
    trust = electron.get("trust") or {}
    roles = sorted({str(entry.get("role")) for entry in electron.get("sockets") or ()})
    return Match(
        "likely",
        [
            "%s: %s" % (trust.get("url"), trust.get("message")),
            "the app's WebSockets are made in the %s process" % " and the ".join(roles),
            "a page meets net::ERR_CERT_AUTHORITY_INVALID then, the main process UNABLE_TO_GET_ISSUER_CERT_LOCALLY"
            if trust.get("code") in (2, 19, 20, 21)
            else "",
        ],
        immediate=["serve a certificate of a public authority, with its intermediate"],
        configuration=[
            "for pages: import the authority into the user's store (Linux: certutil -d sql:$HOME/.pki/nssdb -A -t C,,)",
            "for the main process: start the app with NODE_EXTRA_CA_CERTS, or give the package ws the option ca",
        ],
        testing=["openssl s_client -connect <host>:443 -servername <host> -showcerts </dev/null"],
    )


def _dead_proxies(facts: Facts) -> list[dict[str, t.Any]]:
    """Proxies of the app's session that take no connections."""
    return [entry for entry in _electron(facts).get("proxies") or () if entry["outcome"] != "connected"]


def _proxy(facts: Facts) -> Match | None:
    """With the places of both, and the proxy's address."""
    electron, dead = _electron(facts), _dead_proxies(facts)
    named, dials = decided(electron, "proxy"), through_proxy(electron)[0]
    return Match(
        "likely",
        [
            "%s gives the app's pages the proxy %s" % (_where(named[0]), dead[0].get("rules")),
            "it takes no connections: %s, %s" % (dead[0].get("address"), dead[0].get("outcome")),
            "%s makes the WebSocket in a page" % _where(dials),
            "the main process, and every other client on this host, goes past that proxy",
        ],
        immediate=["start the proxy, or correct its address at %s" % _where(named[0])],
        configuration=["name hosts that need no proxy in proxyBypassRules, or use mode: 'system'"],
        testing=["curl -sv -x %s <public URL with https>" % dead[0].get("rules")],
    )


def _race(facts: Facts) -> Match | None:
    """With the places of both."""
    started, here = decided(_electron(facts), "child"), pages_here(_electron(facts))
    return Match(
        "possible",
        [
            "%s starts %s" % (_where(started[0]), started[0].get("value") or "a program"),
            "%s dials %s at once" % (_where(here[0]), here[0].get("url")),
            "none of the app's programs waits for it, or connects again: the first attempt meets ECONNREFUSED "
            "(net::ERR_CONNECTION_REFUSED) where the server is slower than the page",
        ],
        immediate=[
            "load the page when the server is up: child.once('message', () => window.loadFile(…)) after its listen()"
        ],
        configuration=["connect again after a pause when the event close comes before the event open"],
        testing=["start the app ten times, and count ERR_CONNECTION_REFUSED in its console"],
    )


RULES: tuple[Rule, ...] = (
    Rule(
        id="browser-electron-certificate",
        title="The Electron app has no root that verifies the certificate",
        layer="browser",
        explains=("electron.certificate",),
        find=_certificate,
        source=("https://www.electronjs.org/docs/latest/api/app#event-certificate-error",),
        needs=(
            failed(
                "the certificate is not verified by this host's roots, and the app gives neither its pages nor its main process "
                "others",
                "electron.certificate",
            ),
        ),
        sureness=never_sure("the roots of the users' machines are not seen"),
    ),
    Rule(
        id="browser-electron-proxy",
        title="The Electron app sends its pages to a proxy that does not answer",
        layer="browser",
        explains=("electron.proxy",),
        find=_proxy,
        source=("https://www.electronjs.org/docs/latest/api/session#sessetproxyconfig",),
        needs=(
            failed("the app names a proxy for its pages, which takes no connections", "electron.proxy"),
            Condition("its address was tried", _dead_proxies),
            Condition("the place that names it was found", lambda facts: decided(_electron(facts), "proxy")),
            Condition("a page makes a WebSocket that goes through it", lambda facts: through_proxy(_electron(facts))),
        ),
        sureness=never_sure("the proxy of the users' machines is not seen"),
    ),
    Rule(
        id="browser-electron-backend-race",
        title="The Electron app's page dials before the app's own server listens",
        layer="browser",
        explains=("electron.backend",),
        find=_race,
        source=("https://www.electronjs.org/docs/latest/api/utility-process",),
        needs=(
            wrong(
                "nothing in the app's programs waits for a sign of the program that it starts, or connects again",
                "electron.backend",
            ),
            Condition("the app starts a program", lambda facts: decided(_electron(facts), "child")),
            Condition("a page of it dials this host", lambda facts: pages_here(_electron(facts))),
        ),
        sureness=(("possible", "the files tell the order, and not which of the two is faster"),),
    ),
    Rule(
        id="browser-electron-null-origin",
        title="The server refuses the Origin null, which pages from files have",
        layer="browser",
        explains=("electron.origin",),
        find=_origin,
        source=(
            "https://www.electronjs.org/docs/latest/api/protocol",
            "https://www.rfc-editor.org/rfc/rfc6454#section-7",
        ),
        needs=(
            failed("the server accepts other Origins and refuses null", "electron.origin"),
            Condition(
                "the page is loaded from a file, so its Origin is null", lambda facts: from_file(_electron(facts))
            ),
        ),
        sureness=always("the server was asked with both"),
    ),
)
