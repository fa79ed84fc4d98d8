# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""One visit of a page: opens it, watches it and everything it starts, and describes what was seen."""

from __future__ import annotations

import json
import time
import typing as t

from .._run.deadline import Deadline, DeadlineExceeded
from .._run.redact import Redactor
from .cdp import CallFailed, Protocol
from .hidden import Hidden
from .sockets import MOST_OF_URL, MOST_SOCKETS, Sockets, any_undecided, pairs
from .witness import BINDING, SCRIPT

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.browser import ConsoleEntry, FailedRequest, Issue, Page, Place, Seen, WatchedTarget
    from . import devtools_types

#: Entries of each list that are kept.
MOST = 40
#: Seconds granted to a page to load before its time to stay begins all the same.
LOADING = 10.0
#: Seconds beyond the time to stay for WebSockets that are still being opened: a slow resolver or a busy machine is no finding.
PATIENCE = 5.0
#: Seconds in which WebSockets may say goodbye when the visit ends.
_GOODBYE = 0.3
#: What is watched besides pages.
_WORKERS = ("worker", "shared_worker", "service_worker")
#: Every target is attached to as it begins, and waits; but for the browser's own windows.
_EVERYTHING = {
    "autoAttach": True,
    "waitForDebuggerOnStart": True,
    "flatten": True,
    "filter": [{"type": kind, "exclude": True} for kind in ("browser", "browser_ui", "tab")] + [{}],
}

_Entry = t.TypeVar("_Entry")


class Visit:
    """A page in a browser that is watched.

    :param protocol: of a browser that has just started.
    :param url: the page's address.
    :param stay: seconds to watch it once it is loaded.
    """

    def __init__(self, protocol: Protocol, url: str, stay: float, deadline: Deadline) -> None:
        self._protocol = protocol
        self._url = url
        self._stay = stay
        self._deadline = deadline
        self._began = time.monotonic()
        self._targets: dict[str, WatchedTarget] = {}
        #: Sessions by target, once everything about them is heard.
        self._watched: dict[str, str] = {}
        self._requests: dict[tuple[str, str], FailedRequest] = {}
        self._main = ""
        self._frame = ""
        self._loaded_at: float | None = None
        self.sockets = Sockets(self._elapsed)
        self.page: Page = {"url": None, "status": None, "error": None, "loaded_ms": None, "headers": []}
        self.console: list[ConsoleEntry] = []
        self.failed: list[FailedRequest] = []
        self.issues: list[Issue] = []
        protocol.listener = self._hear

    def look(self) -> None:
        """Open the page, stay, and wait for the WebSockets that are still being opened then.

        :raises Gone: the browser ended.
        """
        self._protocol.call("Target.setAutoAttach", _EVERYTHING, self._deadline)
        made = self._protocol.call("Target.createTarget", {"url": "about:blank"}, self._deadline)
        self._protocol.hear_until(self._deadline, lambda: made.get("targetId") in self._watched)
        self._main = self._watched.get(str(made.get("targetId")), "")
        self._began = time.monotonic()
        self._protocol.post("Page.navigate", {"url": self._url}, self._main, self._navigated)
        loading = self._deadline.within(LOADING)
        self._protocol.hear_until(loading, lambda: self._loaded_at is not None or self.page["error"] is not None)
        if self.page["error"] is None:
            self._protocol.hear_until(self._deadline.within(self._stay), lambda: False)
            # A page that tries again and again opens others meanwhile: they are not waited for.
            opened = list(self.sockets.records)
            self._protocol.hear_until(self._deadline.within(PATIENCE), lambda: not any_undecided(opened))
        self.page["watched_ms"] = self._elapsed()

    def picture(self) -> str | None:
        """What the page looks like, as JPEG in base64."""
        try:
            shot = {"format": "jpeg", "quality": 60}
            taken = self._protocol.call("Page.captureScreenshot", shot, self._deadline.within(5.0), self._main)
        except (CallFailed, DeadlineExceeded):
            return None
        return str(taken.get("data"))

    def leave(self) -> None:
        """Close the page, so that its WebSockets end with a close frame and not with the process."""
        # Nothing that happens from now on is the page's doing.
        self._protocol.listener = lambda _method, _parameters, _session: None
        try:
            self._protocol.post("Page.navigate", {"url": "about:blank"}, self._main)
            self._protocol.hear_until(self._deadline.within(_GOODBYE), lambda: False)
        except (OSError, RuntimeError):
            pass

    # What the browser reports.

    def _elapsed(self) -> float:
        return round((time.monotonic() - self._began) * 1000.0, 1)

    def _place(self, session: str) -> Place:
        target = self._targets.get(session) or {}
        return {"from": target.get("kind") or "page", "from_url": target.get("url") or ""}

    def _hear(self, method: str, parameters: t.Any, session: str) -> None:
        domain, _dot, event = method.partition(".")
        if domain == "Network" and event.startswith("webSocket"):
            self.sockets.hear(event[len("webSocket") :], parameters, session, self._place(session))
            return
        handle = _HANDLERS.get(method)
        if handle is not None:
            handle(self, parameters, session)

    def _attached(self, parameters: devtools_types.TargetEvent, _session: str) -> None:
        """A page, frame or worker has begun and waits: have it watched, then let it go on."""
        info, own = parameters.get("targetInfo") or {}, str(parameters.get("sessionId"))
        kind = str(info.get("type"))
        self._targets[own] = {"id": info.get("targetId"), "kind": kind, "url": str(info.get("url") or "")}
        post = self._protocol.post
        post("Network.enable", {}, own)
        post("Runtime.enable", {}, own)
        post("Runtime.addBinding", {"name": BINDING}, own)
        post("Log.enable", {}, own)
        post("Audits.enable", {}, own)
        if kind in _WORKERS:
            post("Runtime.evaluate", {"expression": SCRIPT}, own)
        else:
            post("Page.enable", {}, own)
            post("Inspector.enable", {}, own)
            post("Page.addScriptToEvaluateOnNewDocument", {"source": SCRIPT, "runImmediately": True}, own)
        post("Target.setAutoAttach", _EVERYTHING, own)
        # Commands of a session are obeyed in turn: with the last one's answer all the others hold.
        post("Runtime.runIfWaitingForDebugger", {}, own, lambda _answer: self._watched.update({info["targetId"]: own}))

    def _info_changed(self, parameters: devtools_types.TargetEvent, _session: str) -> None:
        info = parameters.get("targetInfo") or {}
        for target in self._targets.values():
            if target["id"] == info.get("targetId"):
                target["url"] = str(info.get("url") or "")

    def _navigated(self, answer: devtools_types.Answer) -> None:
        result = answer.get("result") or {}
        self._frame = str(result.get("frameId") or "")
        error = result.get("errorText") or (answer.get("error") or {}).get("message")
        if error and not result.get("isDownload"):
            self.page["error"] = str(error)

    def _frame_navigated(self, parameters: devtools_types.FrameNavigated, session: str) -> None:
        frame = parameters.get("frame") or {}
        if session == self._main and not frame.get("parentId"):
            self.page.update({"url": frame.get("url"), "origin": frame.get("securityOrigin")})
            self._targets[session]["url"] = str(frame.get("url") or "")

    def _loaded(self, _parameters: devtools_types.Nothing, session: str) -> None:
        if session == self._main and self.page["url"] not in (None, "about:blank"):
            self._loaded_at = time.monotonic()
            self.page["loaded_ms"] = self._elapsed()

    def _crashed(self, _parameters: devtools_types.Nothing, session: str) -> None:
        if session == self._main:
            self.page["error"] = "the page's process crashed"
            return
        target = self._targets.get(session) or {}
        url, kind = target.get("url") or "", target.get("kind") or ""
        error = "its process crashed"
        entry: FailedRequest = {"url": url, "kind": kind, "status": None, "error": error, "crashed": True}
        self._keep(self.failed, entry)

    def _request(self, parameters: devtools_types.RequestSent, session: str) -> None:
        key = (session, str(parameters.get("requestId")))
        request = parameters.get("request") or {}
        if len(self._requests) < 5000:
            self._requests[key] = {"url": str(request.get("url"))[:MOST_OF_URL], "kind": str(parameters.get("type"))}

    def _response(self, parameters: devtools_types.ResponseReceived, session: str) -> None:
        response = parameters.get("response") or {}
        key = (session, str(parameters.get("requestId")))
        document = parameters.get("type") == "Document" and session == self._main
        if document and parameters.get("frameId") == (self._frame or parameters.get("frameId")):
            security = response.get("securityDetails") or {}
            self.page.update(
                {
                    "status": response.get("status"),
                    "address": response.get("remoteIPAddress"),
                    "port": response.get("remotePort"),
                    "protocol": response.get("protocol"),
                    "security": response.get("securityState"),
                    "certificate": {
                        "subject": security.get("subjectName"),
                        "issuer": security.get("issuer"),
                        "until": security.get("validTo"),
                        "protocol": security.get("protocol"),
                    }
                    if security
                    else None,
                    "headers": pairs(response.get("headers")),
                }
            )
        elif int(response.get("status") or 0) >= 400:
            known = self._requests.get(key) or {"url": str(response.get("url")), "kind": str(parameters.get("type"))}
            refused: FailedRequest = {**known, "status": response.get("status"), "error": None}
            self._keep(self.failed, refused)

    def _loading_failed(self, parameters: devtools_types.LoadingFailed, session: str) -> None:
        known = self._requests.get((session, str(parameters.get("requestId"))))
        if known is not None and not parameters.get("canceled"):
            error = parameters.get("blockedReason") or parameters.get("errorText")
            entry: FailedRequest = {**known, "status": None, "error": str(error)}
            self._keep(self.failed, entry)

    def _log(self, parameters: devtools_types.EntryAdded, session: str) -> None:
        entry = parameters.get("entry") or {}
        self._say(session, entry.get("source"), entry.get("level"), entry.get("text"), entry)

    def _console_called(self, parameters: devtools_types.ConsoleCalled, session: str) -> None:
        level = {"assert": "error"}.get(str(parameters.get("type")), str(parameters.get("type")))
        words = [_words(argument) for argument in parameters.get("args") or ()]
        frames = (parameters.get("stackTrace") or {}).get("callFrames") or [{}]
        if level in ("error", "warning"):
            self._say(session, "console", level, " ".join(words), frames[0])

    def _thrown(self, parameters: devtools_types.ExceptionThrown, session: str) -> None:
        details = parameters.get("exceptionDetails") or {}
        text = (details.get("exception") or {}).get("description") or details.get("text")
        # The stack below the first line is the page's affair.
        lines = str(text).splitlines() or [""]
        self._say(session, "exception", "error", lines[0], details)

    def _say(self, session: str, source: t.Any, level: t.Any, text: t.Any, where: devtools_types.CodePlace) -> None:
        entry: ConsoleEntry = {
            "source": str(source),
            "level": str(level),
            "text": str(text)[:MOST_OF_URL],
            "url": str(where.get("url") or "")[:MOST_OF_URL],
            "line": where.get("lineNumber"),
            "from": self._place(session)["from"],
            "at_ms": self._elapsed(),
        }
        if level in ("error", "warning"):
            self._keep(self.console, entry)

    def _issue(self, parameters: devtools_types.IssueAdded, _session: str) -> None:
        issue = parameters.get("issue") or {}
        details = issue.get("details") or {}
        if issue.get("code") == "MixedContentIssue":
            mixed = details.get("mixedContentIssueDetails") or {}
            entry: Issue = {"kind": "mixed", "url": mixed.get("insecureURL"), "blocked": mixed.get("resolutionStatus")}
            entry["what"] = mixed.get("resourceType")
            self._keep(self.issues, entry)
        elif issue.get("code") == "ContentSecurityPolicyIssue":
            found = details.get("contentSecurityPolicyIssueDetails") or {}
            entry = {"kind": "csp", "url": found.get("blockedURL"), "directive": found.get("violatedDirective")}
            entry.update(
                {
                    "report_only": bool(found.get("isReportOnly")),
                    "what": found.get("contentSecurityPolicyViolationType"),
                }
            )
            self._keep(self.issues, entry)

    def _bound(self, parameters: devtools_types.BindingCalled, session: str) -> None:
        if parameters.get("name") != BINDING:
            return
        try:
            entry = json.loads(str(parameters.get("payload")))
        except (ValueError, RecursionError):
            return
        if isinstance(entry, dict):
            context, told = str(parameters.get("executionContextId")), t.cast("devtools_types.Witnessed", entry)
            self.sockets.witness(told, session, context, self._place(session))

    def _dialog(self, _parameters: devtools_types.Nothing, session: str) -> None:
        # A page that waits for an answer to alert() does nothing else.
        self._protocol.post("Page.handleJavaScriptDialog", {"accept": True}, session)

    @staticmethod
    def _keep(entries: list[_Entry], entry: _Entry) -> None:
        if len(entries) < MOST and entry not in entries:
            entries.append(entry)

    # What was reported about it.

    def evidence(self, redactor: Redactor) -> Seen:
        """What was seen, redacted and cut."""
        hidden = Hidden(redactor)
        page: Page = {**self.page, "headers": redactor.headers(self.page["headers"])[:40]}
        return {
            "page": hidden.tree(page),
            "sockets": [hidden.socket(record) for record in self.sockets.records[:MOST_SOCKETS]],
            "sockets_total": self.sockets.total,
            "console": hidden.console(self.console),
            "failed": hidden.tree(self.failed),
            "issues": hidden.tree(self.issues),
            "targets": hidden.tree(
                [{"kind": target["kind"], "url": target["url"]} for target in self._targets.values()][:MOST]
            ),
        }


def _words(argument: devtools_types.RemoteObject) -> str:
    """An argument of console.error as it is printed."""
    value = argument.get("value", argument.get("description"))
    return str(value if value is not None else argument.get("type"))


_HANDLERS: dict[str, t.Callable[[Visit, t.Any, str], None]] = {
    "Target.attachedToTarget": Visit._attached,
    "Target.targetInfoChanged": Visit._info_changed,
    "Page.frameNavigated": Visit._frame_navigated,
    "Page.loadEventFired": Visit._loaded,
    "Inspector.targetCrashed": Visit._crashed,
    "Page.javascriptDialogOpening": Visit._dialog,
    "Network.requestWillBeSent": Visit._request,
    "Network.responseReceived": Visit._response,
    "Network.loadingFailed": Visit._loading_failed,
    "Log.entryAdded": Visit._log,
    "Runtime.consoleAPICalled": Visit._console_called,
    "Runtime.exceptionThrown": Visit._thrown,
    "Runtime.bindingCalled": Visit._bound,
    "Audits.issueAdded": Visit._issue,
}
