# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Of the messages of the DevTools Protocol, what is looked at. Types alone: nothing imports this file when it runs, and it does not travel.

https://chromedevtools.github.io/devtools-protocol/tot/
"""

from __future__ import annotations

import typing as t

#: By name; several values of one stand on lines of their own.
Headers = t.Dict[str, str]


class Result(t.TypedDict, total=False):
    """What a command came to."""

    #: Target.createTarget
    targetId: str
    #: Page.navigate
    frameId: str
    errorText: str
    isDownload: bool
    #: Page.captureScreenshot
    data: str
    #: Browser.getVersion
    product: str


class Refusal(t.TypedDict, total=False):
    """Why it was refused."""

    message: str


class Answer(t.TypedDict, total=False):
    """The answer to a command: one of these."""

    result: Result
    error: Refusal


class Command(t.TypedDict, total=False):
    """A command; each has parameters of its own."""

    id: int
    method: str
    params: t.Mapping[str, object]
    #: Empty or left out: the browser's own.
    sessionId: str


# Events: their parameters.


class TargetInfo(t.TypedDict, total=False):
    """A page, frame or worker."""

    targetId: str
    type: str
    url: str


class TargetEvent(t.TypedDict, total=False):
    """Target.attachedToTarget, Target.targetInfoChanged"""

    #: Of the target, where it is attached to.
    sessionId: str
    targetInfo: TargetInfo


class Frame(t.TypedDict, total=False):
    """A document in a page."""

    parentId: str
    url: str
    securityOrigin: str


class FrameNavigated(t.TypedDict, total=False):
    """Page.frameNavigated"""

    frame: Frame


class Nothing(t.TypedDict, total=False):
    """Page.loadEventFired, Inspector.targetCrashed, Page.javascriptDialogOpening: that they come is enough."""


class Request(t.TypedDict, total=False):
    """A request over HTTP, or a handshake."""

    url: str
    headers: Headers


class RequestSent(t.TypedDict, total=False):
    """Network.requestWillBeSent"""

    requestId: str
    request: Request
    type: str


class SecurityDetails(t.TypedDict, total=False):
    """The certificate of an answer."""

    subjectName: str
    issuer: str
    #: In seconds since the epoch.
    validTo: float
    protocol: str


class Response(t.TypedDict, total=False):
    """An answer over HTTP."""

    url: str
    status: int
    headers: Headers
    remoteIPAddress: str
    remotePort: int
    protocol: str
    securityState: str
    securityDetails: SecurityDetails


class ResponseReceived(t.TypedDict, total=False):
    """Network.responseReceived"""

    requestId: str
    frameId: str
    type: str
    response: Response


class LoadingFailed(t.TypedDict, total=False):
    """Network.loadingFailed"""

    requestId: str
    canceled: bool
    blockedReason: str
    errorText: str


class CodePlace(t.TypedDict, total=False):
    """A place in the page's code."""

    url: str
    #: From 0.
    lineNumber: int


class StackTrace(t.TypedDict, total=False):
    """How the code got there, the innermost call first."""

    callFrames: t.List[CodePlace]


class LogEntry(CodePlace, total=False):
    """What the browser says in the console."""

    source: str
    level: str
    text: str


class EntryAdded(t.TypedDict, total=False):
    """Log.entryAdded"""

    entry: LogEntry


class RemoteObject(t.TypedDict, total=False):
    """A value of the page's code."""

    type: str
    #: Any JSON, where it is such.
    value: object
    description: str


class ConsoleCalled(t.TypedDict, total=False):
    """Runtime.consoleAPICalled"""

    type: str
    args: t.List[RemoteObject]
    stackTrace: StackTrace


class ExceptionDetails(CodePlace, total=False):
    """What was thrown."""

    text: str
    exception: RemoteObject


class ExceptionThrown(t.TypedDict, total=False):
    """Runtime.exceptionThrown"""

    exceptionDetails: ExceptionDetails


class BindingCalled(t.TypedDict, total=False):
    """Runtime.bindingCalled"""

    name: str
    #: JSON of a Witnessed, if it is the witness who calls.
    payload: str
    executionContextId: int


class Witnessed(t.TypedDict, total=False):
    """What the witness in a page reports (witness.py). The page can make it say anything."""

    number: object
    #: ``made``, ``thrown``, ``error`` or ``closed``.
    what: object
    url: object
    error: object
    text: object
    code: object
    reason: object
    clean: object


class MixedContent(t.TypedDict, total=False):
    """Something without TLS in a page served over TLS."""

    insecureURL: str
    resolutionStatus: str
    resourceType: str


class PolicyViolation(t.TypedDict, total=False):
    """Something that the page's Content Security Policy forbids."""

    blockedURL: str
    violatedDirective: str
    isReportOnly: bool
    contentSecurityPolicyViolationType: str


class IssueDetails(t.TypedDict, total=False):
    """One of these."""

    mixedContentIssueDetails: MixedContent
    contentSecurityPolicyIssueDetails: PolicyViolation


class InspectorIssue(t.TypedDict, total=False):
    """Something that is wrong with a page."""

    code: str
    details: IssueDetails


class IssueAdded(t.TypedDict, total=False):
    """Audits.issueAdded"""

    issue: InspectorIssue


class Initiator(t.TypedDict, total=False):
    """What opened a WebSocket."""

    url: str
    stack: StackTrace


class SocketMessage(t.TypedDict, total=False):
    """The answer to a handshake, or a frame."""

    status: int
    statusText: str
    headers: Headers
    #: Of the request, as it was sent.
    requestHeaders: Headers
    opcode: int
    payloadData: str


class SocketEvent(t.TypedDict, total=False):
    """Network.webSocketCreated and all that follow it."""

    requestId: str
    url: str
    initiator: Initiator
    request: Request
    response: SocketMessage
    errorMessage: str
