# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Conditions of HAProxy on a WebSocket's handshake (https://docs.haproxy.org/2.6/configuration.html, section 7)."""

from __future__ import annotations

import re
import typing as t

from .._protocol.web_url import WebUrl
from .._run.digits import number
from .engine import Truth, all_of, any_of, compiled, request_header
from .haproxy_config import Section

#: Section 7.4: ACLs that exist without being declared, for a GET with HTTP/1.1.
_PREDEFINED: t.Dict[str, Truth] = {
    **dict.fromkeys(("TRUE", "HTTP", "HTTP_1.1", "METH_GET", "HTTP_URL_SLASH", "REQ_CONTENT", "WAIT_END"), True),
    **dict.fromkeys(("FALSE", "HTTP_1.0", "HTTP_2.0", "HTTP_CONTENT", "HTTP_URL_ABS", "HTTP_URL_STAR"), False),
    **dict.fromkeys(("METH_CONNECT", "METH_DELETE", "METH_HEAD", "METH_OPTIONS", "METH_POST", "METH_PUT"), False),
    **dict.fromkeys(("METH_TRACE",), False),
}
_METHODS = ("str", "beg", "end", "sub", "reg", "dir", "dom", "found", "len", "bool", "int")
_FETCH = re.compile(r"([a-z0-9_.]+?)(?:_(beg|end|sub|reg|dir|dom|len|cnt))?(?:\(([^)]*)\))?\Z")


class Request(t.NamedTuple):
    """What is asked for: the URL as it is now, the port, and whether HAProxy ends TLS."""

    url: WebUrl
    port: int
    ssl: bool


def condition(words: t.Sequence[str], section: Section, request: Request) -> tuple[t.Sequence[str], Truth]:
    """A rule's words without its condition, and whether that holds (None: not known).

    :param words: of the rule, with ``if …`` or ``unless …`` at the end.
    """
    for at, word in enumerate(words):
        if word in ("if", "unless"):
            holds = _either(list(words[at + 1 :]), section, request)
            return words[:at], holds if word == "if" or holds is None else not holds
    return words, True


def _either(words: list[str], section: Section, request: Request) -> Truth:
    """Terms joined by ``or`` and ``||``; within them all hold together (section 7.2)."""
    alternatives: list[list[Truth]] = [[]]
    at = 0
    while at < len(words):
        word = words[at]
        if word in ("or", "||", "OR"):
            alternatives.append([])
            at += 1
            continue
        negated = word.startswith("!")
        word = word.lstrip("!")
        if not word and negated:
            at += 1
            word = words[at] if at < len(words) else ""
        if word == "{":
            end = words.index("}", at) if "}" in words[at:] else len(words)
            holds = _criterion(words[at + 1 : end], request)
            at = end
        else:
            holds = _named(word, section, request)
        alternatives[-1].append(not holds if negated and holds is not None else holds)
        at += 1
    return any_of([all_of(terms) for terms in alternatives if terms])


def _named(name: str, section: Section, request: Request) -> Truth:
    """An ACL by its name: its lines are joined by or."""
    rows = [line for line in section.rules("acl") if len(line.words) > 2 and line.words[1] == name]
    if not rows:
        return _PREDEFINED.get(name)
    return any_of([_criterion(list(line.words[2:]), request) for line in rows])


def _criterion(words: list[str], request: Request) -> Truth:
    """``<criterion> [flags] [operator] [<value>] …`` (section 7.1)."""
    if not words:
        return None
    name, *converters = words[0].split(",")
    found = _FETCH.match(name)
    if found is None:
        return None
    fetch, method, argument = found.groups()
    flags, values, known = _flags(words[1:])
    method = flags.get("m") or method
    samples = _samples(fetch, (argument or "").split(",")[0], request)
    for converter in converters:
        samples = _converted(samples, converter)
    if samples is None or not known or (method is not None and method not in _METHODS):
        return None
    if method == "found" or (fetch in ("always_true", "always_false", "ssl_fc", "req.proto_http") and not values):
        return bool(samples) and samples != ["0"]
    return any_of([_matches(sample, value, method or "str", "i" in flags) for sample in samples for value in values])


def _flags(words: list[str]) -> tuple[dict[str, str], list[str], bool]:
    """Flags, values, and whether all of them are known (a file's are not)."""
    flags: dict[str, str] = {}
    at = 0
    known = True
    while at < len(words) and re.match(r"-[a-zA-Z-]\Z", words[at]):
        flag = words[at][1]
        at += 1
        if flag == "-":
            break
        flags[flag] = ""
        if flag in "mfMu":
            flags[flag] = words[at] if at < len(words) else ""
            known = known and flag == "m"
            at += 1
    return flags, words[at:], known


def _samples(fetch: str, argument: str, request: Request) -> list[str] | None:
    """Values of a sample fetch (section 7.3); None: not known."""
    url = request.url
    path, _mark, query = url.path.partition("?")
    if fetch in ("hdr", "req.hdr", "req.fhdr", "req.hdr_cnt", "hdr_val"):
        value = request_header(argument, url)
        if value is None or fetch in ("req.hdr_cnt", "hdr_val"):
            return None
        return [part.strip() for part in value.split(",")] if value else []
    known: dict[str, list[str]] = {
        "path": [path],
        "url": [url.path],
        "pathq": [url.path],
        "query": [query] if query else [],
        "base": [url.authority + path],
        "url_path": [path],
        "method": ["GET"],
        "req.ver": ["1.1"],
        "req_ver": ["1.1"],
        "dst_port": [str(request.port)],
        "ssl_fc": ["1"] if request.ssl else [],
        "always_true": ["1"],
        "always_false": [],
        "req.proto_http": ["1"],
        "ssl_fc_sni": [url.host] if request.ssl else [],
        "req.ssl_sni": [url.host] if url.secure else [],
        "req_ssl_sni": [url.host] if url.secure else [],
    }
    return known.get(fetch)


def _converted(samples: list[str] | None, converter: str) -> list[str] | None:
    """The converters whose result is plain (section 7.3.1)."""
    if samples is None:
        return None
    if converter == "lower":
        return [sample.lower() for sample in samples]
    if converter == "upper":
        return [sample.upper() for sample in samples]
    if converter in ("host_only", "field(1,:)"):
        return [re.sub(r":[0-9]*\Z", "", sample) for sample in samples]
    return None


def _matches(sample: str, value: str, method: str, ignore_case: bool) -> Truth:
    """One value of one pattern (section 7.1.3)."""
    if method == "reg":
        pattern = compiled(value, ignore_case)
        return None if pattern is None else bool(pattern.search(sample))
    if method in ("len", "int", "bool"):
        shown = str(len(sample)) if method == "len" else sample
        return shown == value if number(value) is not None else None
    if ignore_case:
        sample, value = sample.lower(), value.lower()
    if method in ("dir", "dom"):
        return _between(sample, value.strip("/?" if method == "dir" else "/?.:"), "/?" if method == "dir" else "/?.:")
    return {
        "str": sample == value,
        "beg": sample.startswith(value),
        "end": sample.endswith(value),
        "sub": value in sample,
    }.get(method)


def _between(sample: str, value: str, marks: str) -> bool:
    """Whether a value stands between two of these marks, the ends counted as marks."""
    sides = "[%s]" % re.escape(marks)
    return bool(value) and re.search(r"(?:\A|%s)%s(?:\Z|%s)" % (sides, re.escape(value), sides), sample) is not None
