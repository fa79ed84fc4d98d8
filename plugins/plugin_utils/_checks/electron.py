# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist item 13: is the Electron app built so that its WebSocket works, and its page is isolated from Node.js?"""

from __future__ import annotations

import typing as t

from ...module_utils._electron.windows import default
from ...module_utils._protocol.web_url import web_url
from .._evidence.electron import LOCAL, by_pages, decided, from_file, pages_here, through_proxy
from .._evidence.websocket import outcome_words
from .._model import (
    FAIL,
    PASS,
    SKIP,
    UNKNOWN,
    WARN,
    CheckDefinition,
    CheckResult,
    Verdicts,
    evidence_line,
    gap,
    is_absent,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.electron import Decision, Electron, InProgram, Window
    from ...module_utils._evidence.service import Service

DEFINITIONS = (
    CheckDefinition(
        "electron.found",
        "13",
        "The app can be opened",
        "high",
        "Skipped if electron.path is not set; warns if there is nothing at that path.",
    ),
    CheckDefinition(
        "electron.version",
        "13",
        "The version of Electron is known",
        "low",
        "The defaults of a window depend on it.",
    ),
    CheckDefinition(
        "electron.isolation",
        "13",
        "contextIsolation is on in every window",
        "high",
        "Fails if it is off and a preload script uses contextBridge, which then throws; warns if it is off otherwise.",
    ),
    CheckDefinition(
        "electron.node",
        "13",
        "No page has Node.js",
        "high",
        "Warns if a window has nodeIntegration: anything that its page loads can run programs.",
    ),
    CheckDefinition(
        "electron.web_security",
        "13",
        "No window disables web security",
        "medium",
        "Warns if webSecurity is off or allowRunningInsecureContent is on.",
    ),
    CheckDefinition(
        "electron.bridge",
        "13",
        "The bridge exposes functions to the page, not IPC itself",
        "medium",
        "Warns if ipcRenderer or an event object is handed over, or the page chooses the channel.",
    ),
    CheckDefinition(
        "electron.websocket",
        "13",
        "The app's WebSockets connect to the service",
        "medium",
        "Reports which process creates them; warns if a literal URL names another port of this host.",
    ),
    CheckDefinition(
        "electron.origin",
        "13",
        "The server accepts the Origin of the app's page",
        "high",
        "A page loaded from a file has the Origin null. Fails if the server refuses that and accepts others.",
    ),
    CheckDefinition(
        "electron.certificate",
        "13",
        "The app can verify the certificate that it gets",
        "high",
        "Fails if this host's roots do not verify it and the app adds none; warns if the app accepts any certificate.",
    ),
    CheckDefinition(
        "electron.proxy",
        "13",
        "The proxy that the app sets for its pages accepts connections",
        "medium",
        "Fails if it does not. The main process and its package ws never use it. URLs with localhost bypass it.",
    ),
    CheckDefinition(
        "electron.backend",
        "13",
        "The app waits until the server that it starts is listening",
        "medium",
        "Warns if a page connects to this host, the app starts a program, and neither waits for a sign from it nor reconnects.",
    ),
)

_FINDINGS = {
    "raw": "ipcRenderer itself, or one of its methods, is handed to the page",
    "any-channel": "the page chooses the channel",
    "event": "the page's callback is given the event, and with it the sender",
    "generic": "a ready-made object passes on any channel",
}
_BRIDGE_REMEDIES = {
    "expose a function for each message: send: (text) => ipcRenderer.send('chat:send', text)": (
        "raw",
        "any-channel",
        "generic",
    ),
    "pass on the values, not the event: on: (func) => ipcRenderer.on('chat:message', (event, ...args) => func(...args))": (
        "raw",
        "event",
        "generic",
    ),
}
#: Answers by which servers refuse an Origin; ActionCable's is 404.
_REFUSALS = (400, 401, 403, 404)


def check(evidence: Electron, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``electron_probe``.

    :returns: exactly one result for every definition.
    """
    verdicts = Verdicts(DEFINITIONS, evidence)
    if verdicts.not_observed():
        return verdicts.results
    if not evidence.get("path"):
        verdicts.rest(SKIP, "electron.path is not set")
        return verdicts.results
    missing = gap(evidence, "app")
    if missing is not None or not evidence.get("app"):
        reason = missing["reason"] if missing else "the app was not opened"
        remedy = [missing["remedy"]] if missing else []
        verdicts.add("electron.found", WARN if is_absent(missing) else UNKNOWN, reason, remediation=remedy)
        verdicts.rest(UNKNOWN, "the app could not be opened (see electron.found)")
        return verdicts.results
    _found(verdicts, evidence)
    _isolation(verdicts, evidence)
    _switches(verdicts, evidence)
    _bridge(verdicts, evidence)
    _sockets(verdicts, evidence, service)
    _origin(verdicts, evidence)
    _certificate(verdicts, evidence)
    _proxy(verdicts, evidence)
    _backend(verdicts, evidence)
    return verdicts.results


def _found(verdicts: Verdicts, evidence: Electron) -> None:
    app, electron = evidence["app"] or {}, evidence.get("electron") or {}
    name = "%s %s" % (app.get("name") or "an app without a name", app.get("version") or "")
    words = "%s, main script %s, %s files" % (name.strip(), app.get("main"), app.get("files"))
    verdicts.add("electron.found", PASS, words, evidence=[evidence_line(str(app.get("opened")), words)])
    if electron.get("version"):
        verdicts.add("electron.version", PASS, "Electron %s, from %s" % (electron["version"], electron.get("from")))
    else:
        remedy = ["set electron.path to the app's installed directory: its file 'version' has it"]
        verdicts.add(
            "electron.version", UNKNOWN, "found neither next to the app nor in package.json", remediation=remedy
        )


def effective(evidence: Electron, window: Window, setting: str) -> bool | None:
    """What applies to a window, its own setting or the version's default; None: unknown."""
    settings = window.get("settings") or {}
    value = settings.get(setting)
    if isinstance(value, bool):
        return value
    if value != "default":
        return None
    major = (evidence.get("electron") or {}).get("major")
    return default(setting, major if isinstance(major, int) else None, settings.get("nodeIntegration"))


def _place(entry: InProgram) -> str:
    return "%s:%s" % (entry.get("file"), entry.get("line"))


def _lines(entries: t.Iterable[InProgram], text: str) -> list[dict[str, str]]:
    return [evidence_line(_place(entry), text) for entry in list(entries)[:6]]


def _isolation(verdicts: Verdicts, evidence: Electron) -> None:
    windows = evidence.get("windows") or []
    off = [entry for entry in windows if effective(evidence, entry, "contextIsolation") is False]
    unsure = [entry for entry in windows if effective(evidence, entry, "contextIsolation") is None]
    exposed = evidence.get("exposed") or []
    if off:
        broken = bool(exposed) and len(off) == len(windows)
        words = "off in %s" % ", ".join(_place(entry) for entry in off[:3])
        throws = "; contextBridge at %s throws there" % _place(exposed[0]) if broken else ""
        verdicts.add(
            "electron.isolation",
            FAIL if broken else WARN,
            words + throws,
            expected=True,
            actual=False,
            evidence=_lines(off, "contextIsolation is off"),
            remediation=["contextIsolation: true in webPreferences (the default since Electron 12)"],
        )
    elif unsure:
        remedy = ["look at webPreferences at %s" % _place(unsure[0])]
        verdicts.add("electron.isolation", UNKNOWN, _unsure_words(evidence, unsure), remediation=remedy)
    elif windows:
        verdicts.add("electron.isolation", PASS, "on in %d of %d windows" % (len(windows), len(windows)))
    else:
        verdicts.add("electron.isolation", UNKNOWN, "no new BrowserWindow was recognised in the app's scripts")


def _unsure_words(evidence: Electron, windows: list[Window]) -> str:
    if (evidence.get("electron") or {}).get("major") is None and any(
        (entry.get("settings") or {}).get("contextIsolation") == "default" for entry in windows
    ):
        return "left at the default, which depends on an unknown Electron version"
    return "set by an expression that is only evaluated at run time, at %s" % _place(windows[0])


def _switches(verdicts: Verdicts, evidence: Electron) -> None:
    windows = evidence.get("windows") or []
    node = [entry for entry in windows if effective(evidence, entry, "nodeIntegration") is True]
    _switch(verdicts, "electron.node", windows, node, evidence, "nodeIntegration")
    unsafe = [
        entry
        for entry in windows
        if effective(evidence, entry, "webSecurity") is False
        or effective(evidence, entry, "allowRunningInsecureContent") is True
    ]
    _switch(verdicts, "electron.web_security", windows, unsafe, evidence, "webSecurity")


def _switch(
    verdicts: Verdicts,
    check_id: str,
    windows: list[Window],
    wrong: list[Window],
    evidence: Electron,
    setting: str,
) -> None:
    if wrong:
        verdicts.add(
            check_id,
            WARN,
            "at %s" % ", ".join(_place(entry) for entry in wrong[:3]),
            evidence=_lines(wrong, str(wrong[0].get("settings"))),
            remediation=["leave %s at its default in webPreferences" % setting],
        )
    elif not windows or any(effective(evidence, entry, setting) is None for entry in windows):
        verdicts.add(check_id, UNKNOWN, "not set by a literal in the app's scripts")
    else:
        verdicts.add(check_id, PASS, "in none of %d windows" % len(windows))


def _bridge(verdicts: Verdicts, evidence: Electron) -> None:
    exposed, findings = evidence.get("exposed") or [], evidence.get("findings") or []
    wrong = [entry for entry in findings if entry.get("kind") in _FINDINGS]
    names = ", ".join("%s (%s)" % (entry.get("name"), ", ".join(entry.get("keys") or ["?"])) for entry in exposed[:4])
    if wrong:
        verdicts.add(
            "electron.bridge",
            WARN,
            "; ".join(
                "%s: %s" % (entry.get("name"), _FINDINGS[entry["kind"]])
                for entry in {entry["kind"]: entry for entry in wrong}.values()
            ),
            actual=len(wrong),
            evidence=[
                evidence_line(_place(entry), "%s: %s" % (entry.get("name"), _FINDINGS[entry["kind"]]))
                for entry in wrong[:8]
            ],
            remediation=[
                words for words, kinds in _BRIDGE_REMEDIES.items() if any(entry["kind"] in kinds for entry in wrong)
            ],
        )
    elif any(entry.get("kind") == "unknown" for entry in findings):
        unknown = next(entry for entry in findings if entry.get("kind") == "unknown")
        verdicts.add("electron.bridge", UNKNOWN, "the code at %s does not show what is exposed" % _place(unknown))
    elif exposed:
        verdicts.add("electron.bridge", PASS, "exposed: %s" % names)
    else:
        verdicts.add("electron.bridge", SKIP, "no preload script exposes anything through contextBridge")


def _sockets(verdicts: Verdicts, evidence: Electron, service: Service) -> None:
    sockets = evidence.get("sockets") or []
    if not sockets:
        verdicts.add("electron.websocket", SKIP, "no new WebSocket in the app's own scripts; a package may create it")
        return
    roles = ", ".join(sorted({"%s process" % entry.get("role") for entry in sockets}))
    lines = [
        evidence_line(
            _place(entry), "new WebSocket(%s) in the %s process" % (entry.get("url") or "…", entry.get("role"))
        )
        for entry in sockets[:8]
    ]
    astray = [entry for entry in sockets if _is_astray(entry.get("url"), service)]
    if astray:
        verdicts.add(
            "electron.websocket",
            WARN,
            "%s at %s, but the service has port %s" % (astray[0]["url"], _place(astray[0]), service.get("port")),
            expected=service.get("port"),
            evidence=lines,
            remediation=["take the URL from the app's settings, or correct it"],
        )
    else:
        verdicts.add("electron.websocket", PASS, "created in the %s" % roles, evidence=lines)


def _is_astray(url: t.Any, service: Service) -> bool:
    """Whether a URL names this host, and another port than the service's and its public URL's."""
    try:
        target = web_url(str(url or ""))
    except ValueError:
        return False
    return target.host in LOCAL and target.port not in (service.get("port"), _public_port(service))


def _public_port(service: Service) -> int | None:
    try:
        return web_url(str(service.get("public_url") or "")).port
    except ValueError:
        return None


def _origin(verdicts: Verdicts, evidence: Electron) -> None:
    seen = evidence.get("null_origin") or {}
    if not from_file(evidence):
        verdicts.add("electron.origin", SKIP, "no page loaded from a file creates a WebSocket, as far as can be read")
    elif not seen.get("outcome"):
        verdicts.add("electron.origin", UNKNOWN, "Origin: null was not tried, or the server accepts no client")
    elif seen["outcome"] == "open":
        verdicts.add("electron.origin", PASS, "a handshake with Origin: null is accepted")
    elif seen["outcome"] != "http" or seen.get("status") not in _REFUSALS or seen.get("control") != "open":
        words = "with Origin: null: %s; the Origin need not be the reason" % outcome_words(seen)
        verdicts.add("electron.origin", UNKNOWN, words)
    else:
        words = "with Origin: null, which pages from files have: %s" % outcome_words(seen)
        verdicts.add(
            "electron.origin",
            FAIL,
            words,
            expected=101,
            actual=seen.get("status") or seen["outcome"],
            evidence=[evidence_line("handshake on the host", words)],
            remediation=[
                "allow the Origin null in the server, or serve the page from https:// or the app's own protocol"
            ],
        )


def _certificate(verdicts: Verdicts, evidence: Electron) -> None:
    trust, blind, own = evidence.get("trust") or {}, decided(evidence, "blind"), decided(evidence, "own-trust")
    lines = _lines(blind or own, "decides which certificates to accept")
    if not trust:
        verdicts.add("electron.certificate", SKIP, "no wss:// URL of the app is known, or nothing answers there")
    elif blind and not _meets_it_unprepared(evidence, blind, own):
        verdicts.add(
            "electron.certificate",
            WARN,
            "any certificate is accepted at %s (%s)" % (_place(blind[0]), blind[0].get("value")),
            evidence=lines,
            remediation=["remove that, and give the app the CA instead"],
        )
    elif trust.get("code") == 0:
        verdicts.add("electron.certificate", PASS, "%s is trusted here" % trust.get("url"))
    elif trust.get("code") is None:
        verdicts.add(
            "electron.certificate", UNKNOWN, "%s: %s" % (trust.get("url"), trust.get("message") or "no answer")
        )
    elif own:
        words = "%s is not trusted here; the app decides for itself at %s" % (trust.get("url"), _place(own[0]))
        verdicts.add("electron.certificate", UNKNOWN, words, evidence=lines)
    else:
        verdicts.add(
            "electron.certificate",
            FAIL,
            "%s is not trusted: %s" % (trust.get("url"), trust.get("message")),
            actual=trust["code"],
            evidence=[evidence_line("OpenSSL on the host", "%s (code %s)" % (trust.get("message"), trust["code"]))],
            remediation=["serve a certificate that the app's roots verify, or give the app its CA"],
        )


def _meets_it_unprepared(evidence: Electron, blind: list[Decision], own: list[Decision]) -> bool:
    """Whether a page gets a certificate that nothing verifies, while only the main process accepts any."""
    untrusted = bool((evidence.get("trust") or {}).get("code"))
    everywhere = any(entry.get("value") == "ignore-certificate-errors" for entry in blind)
    return untrusted and not everywhere and not own and bool(by_pages(evidence))


def _proxy(verdicts: Verdicts, evidence: Electron) -> None:
    named, asked = decided(evidence, "proxy"), evidence.get("proxies") or []
    dead = [entry for entry in asked if entry.get("outcome") != "connected"]
    undecided = [entry for entry in named if not entry.get("value")]
    if not named:
        verdicts.add("electron.proxy", SKIP, "the app sets no proxy")
    elif dead and not undecided and through_proxy(evidence):
        words = "%s: %s" % (dead[0].get("address"), dead[0].get("outcome"))
        verdicts.add(
            "electron.proxy",
            FAIL,
            words,
            actual=dead[0].get("outcome"),
            evidence=[*_lines(named, "sets a proxy"), evidence_line("connection from the host", words)],
            remediation=["start the proxy, or correct the rules at %s" % _place(named[0])],
        )
    elif not asked or undecided:
        place = _place((undecided or named)[0])
        verdicts.add("electron.proxy", UNKNOWN, "the value at %s is only known at run time" % place)
    else:
        ends = "; no known WebSocket uses it" if dead else ""
        words = "%s: %s%s" % (asked[0].get("address"), asked[0].get("outcome"), ends)
        verdicts.add("electron.proxy", PASS, words, evidence=_lines(named, "sets a proxy"))


def _backend(verdicts: Verdicts, evidence: Electron) -> None:
    started, here = decided(evidence, "child"), pages_here(evidence)
    signs = [*decided(evidence, "waits"), *decided(evidence, "reconnects")]
    if not started or not here:
        verdicts.add("electron.backend", SKIP, "the app starts no server that its pages use, as far as can be read")
    elif signs:
        sign = "%s%s" % (signs[0]["kind"], " for %s" % signs[0]["value"] if signs[0].get("value") else "")
        words = "it %s at %s" % (sign, _place(signs[0]))
        verdicts.add("electron.backend", PASS, words, evidence=_lines(signs, "waits, or reconnects"))
    else:
        verdicts.add(
            "electron.backend",
            WARN,
            "started at %s; %s is opened at %s without waiting for it"
            % (_place(started[0]), here[0].get("url"), _place(here[0])),
            evidence=[*_lines(started, "starts a program"), *_lines(here, "connects to this host")],
            remediation=["load the page once the server has reported that it is listening, and reconnect on failure"],
        )
