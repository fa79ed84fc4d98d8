# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Why a server refuses a handshake, in its own words; and which change makes it accept one."""

from __future__ import annotations

import html
import http
import json
import re
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.websocket import End, Experiment, HttpAnswer, Websocket

#: Characters that are quoted.
_MOST = 200
_HIDDEN = re.compile(r"<(script|style|head)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<!DOCTYPE[^>]*>", re.I | re.S)
_HTML = re.compile(
    r"<(?:!DOCTYPE|/?(?:html|head|body|title|style|h\d|p|pre|div|br|hr|center|address)\b)[^>]*>", re.IGNORECASE
)
_TAG = re.compile(r"<[^>]*(?:>|\Z)")
#: What servers and frameworks answer without knowing the request's reason: pages for a status, routes that do not exist.
_STOCK = re.compile(
    r"cannot get \S*|404 page not found|default backend - 404|(?:invalid|bad) (?:http )?(?:request|method)\b"
    r"|the requested (?:url|resource)(?: \S+)? was not found on (?:this|the) server\.?"
    r"|if you entered the url manually please check your spelling and try again\.?"
    r"|you don'?t have permission to access (?:this resource|\S+ on this server)\.?"
    r"|the server (?:encountered an internal error|returned)[^.]*\.[^.]*\.?|your browser sent a request[^.]*\.?|access denied"
    r"|(?:nginx|openresty|apache|caddy|haproxy|jetty|tomcat|express|kestrel)\S*(?: \([^)]*\))?(?: server at \S+ port \d+)?"
    r"|error response|error code:?|message:?|explanation:?|http error|http|status|whitelabel error page|apache tomcat\S*"
    r"|page not found|no such (?:page|route)|nothing matches the given uri\.?|internal server error|file not found",
    re.IGNORECASE,
)
_PHRASES = sorted((status.phrase for status in http.HTTPStatus if status >= 400), key=len, reverse=True)
_STANDARD = re.compile("|".join(map(re.escape, _PHRASES)), re.IGNORECASE)
#: Keys of an error in JSON that hold its reason.
_REASONS = (
    "message",
    "error",
    "detail",
    "reason",
    "title",
    "description",
    "error_description",
    "msg",
    "errors",
    "info",
)
_OF_CREDENTIALS = re.compile(
    r"auth(?!orit(?:y|ies))|token|credential|log.?in|log.?on|sign.?in|session|cookie|jwt|bearer|api.?key|password|permission"
    r"|user(?!.?agent)|account|member|subscri",
    re.IGNORECASE,
)
#: What is no matter of who the client is, whatever else is said.
_OF_THE_REQUEST = re.compile(r"\borigins?\b|\bhost\b|protocol|\bversion\b", re.IGNORECASE)


def text_of(body: str) -> str:
    """What a reader sees of a body: of HTML its text, of JSON the values of its reasons, in one line."""
    body = body.strip()
    if body.startswith(("{", "[")):
        try:
            return ": ".join(dict.fromkeys(_reasons(json.loads(body))))[:_MOST]
        except ValueError:
            pass  # cut, or not JSON: its start is quoted as it is
    elif _HTML.search(body):
        body = html.unescape(_TAG.sub(" ", _HIDDEN.sub(" ", body)))
    return " ".join(body.split())[:_MOST]


def _reasons(value: t.Any, depth: int = 0) -> t.Iterator[str]:
    if isinstance(value, str):
        if value.strip():
            yield " ".join(value.split())
    elif isinstance(value, list) and depth < 4:
        for entry in value[:5]:
            yield from _reasons(entry, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        for key, entry in value.items():
            if str(key).lower() in _REASONS:
                yield from _reasons(entry, depth + 1)


def own_words(answer: HttpAnswer) -> str:
    """The reason that a refusal gives, verbatim; empty where it says no more than its status does."""
    status = answer.get("status")
    if answer.get("outcome") != "http" or not isinstance(status, int) or status < 400:
        return ""
    for text in (text_of(str(answer.get("body") or "")), str(answer.get("reason") or "")):
        left = re.sub(r"[^A-Za-z\u00c0-\uffff]+", " ", _STANDARD.sub(" ", _STOCK.sub(" ", text)))
        if sum(len(word) for word in left.split() if len(word) > 1) >= 5:
            return text
    return ""


#: Reasons of a close frame that say what their code says anyway.
_SHUTDOWN = r"shut|restart|going|away|stop|exit|terminat|deploy|maintenance|drain|bye"
_OF_CODE = {
    1000: r"normal|ok|done|bye|closed?|finish|complete",
    1001: _SHUTDOWN,
    1009: r"big|large|size|long|exceed",
    1011: r"internal|exception|unexpected|unhandled|error|keepalive|ping",
    1012: _SHUTDOWN,
    1013: _SHUTDOWN + r"|again|busy|overload|later|capacity",
}


def close_words(ended: End) -> str:
    """The reason of a close frame, verbatim; empty where it says no more than its code does."""
    reason = str(ended.get("reason") or "").strip()
    code = ended.get("code") or 0
    if ended.get("how") != "close" or len(reason) < 3 or re.search(_OF_CODE.get(code, r"(?!)"), reason, re.IGNORECASE):
        return ""
    return reason


def speaks_of_credentials(words: str) -> bool:
    """Whether a reason may be that the client is not known, or may not come in."""
    return bool(_OF_CREDENTIALS.search(words)) and not _OF_THE_REQUEST.search(words)


def flip_of(evidence: Websocket, *names: str) -> Experiment | None:
    """The change with which a handshake is accepted that is refused without it; None: there is none.

    :param names: of experiments; none: any that is about the client's request.
    """
    rows = [row for row in evidence.get("experiments") or () if row.get("flipped")]
    wanted = (
        [row for row in rows if row.get("name") in names]
        if names
        else [row for row in rows if row.get("name") != "upgrade"]
    )
    return next(iter(wanted), None)


def origin_flip(evidence: Websocket) -> Experiment | None:
    """The Origin with which a handshake is accepted that is refused with the page's; None: it is not the Origin."""
    if flip_of(evidence, "host"):
        return flip_of(evidence, "origin")
    return flip_of(evidence, "origin", "origin and host")


def experiments_words(evidence: Websocket) -> list[str]:
    """What was varied without effect: ``Origin none: 403``."""
    return [
        "%s %s: %s" % (row.get("name"), row.get("to"), row.get("status") or row.get("outcome"))
        for row in evidence.get("experiments") or ()
        if not row.get("flipped")
    ]
