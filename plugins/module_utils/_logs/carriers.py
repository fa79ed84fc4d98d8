# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a carrier put around each line of a program's output, and how to take it off again.

A logger's own timestamp stands on the first line of a record; a carrier (journald, docker, syslog, a
compose prefix) marks *every* line, also each line of a stack trace, and would hide the trace's shape.
"""

from __future__ import annotations

import json

from .._run.lazy_pattern import LazyPattern

#: Longer lines are cut: what matters stands at the beginning.
LINE_LIMIT = 16 * 1024

_ANSI = LazyPattern(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
#: What journal.py writes before each line: ``@1795428672.123456 ``.
_JOURNAL = LazyPattern(r"@\d{10}(?:\.\d+)? ?")
#: ``Nov 23 10:11:12 host name[123]: `` and its RFC 3339 form, as rsyslog writes them.
_SYSLOG = LazyPattern(
    r"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(?:Z|[+-]\d\d:\d\d))"
    r" [\w.:-]+ [\w./@-]{1,64}(?:\[\d+\])?: ?"
)
#: ``2026-11-23T10:11:12.123456789Z stderr F `` (containerd, cri-o, podman k8s-file).
_CRI = LazyPattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d) std(?:out|err) [FP] ")
#: ``web-1  | `` (docker compose), ``0|server  | `` (pm2 logs).
_COMPOSE = LazyPattern(r"(?:\d+\|)?[\w.-]{1,48} +\| ")


def carrier_of(line: bytes) -> str:
    """Which carrier wrote this line: ``journal``, ``docker``, ``cri``, ``syslog``, ``compose`` or ``none``."""
    if line.startswith(b'{"log":"'):
        return "docker"
    text = line[:200].decode("latin-1")
    for name, pattern in (("journal", _JOURNAL), ("cri", _CRI), ("syslog", _SYSLOG), ("compose", _COMPOSE)):
        if pattern.match(text):
            return name
    return "none"


def plain_text(line: bytes) -> str:
    """The text a program wrote, without carrier, colours, NUL bytes and line ending.

    Bytes that are not UTF-8 become replacement characters.
    """
    line = line[:LINE_LIMIT]
    if line.startswith(b'{"log":"'):
        text = _docker(line)
    else:
        text = line.decode("utf-8", "replace")
        first = text[:1]
        if first == "@":
            text = _JOURNAL.sub("", text, count=1)
        elif "0" <= first <= "9" or first == "<" or first.isupper():
            text = _strip(text)
        elif first.isalpha() and "| " in text[:60]:
            text = _COMPOSE.sub("", text, count=1)
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if "\0" in text:
        text = text.replace("\0", "")
    return text.rstrip("\r\n")


def _strip(text: str) -> str:
    for pattern in (_CRI, _SYSLOG):
        match = pattern.match(text)
        if match is not None:
            return text[match.end() :]
    if "| " in text[:60]:
        match = _COMPOSE.match(text)
        if match is not None:
            return text[match.end() :]
    return text


def _docker(line: bytes) -> str:
    try:
        record = json.loads(line.decode("utf-8", "replace"))
        return str(record.get("log", ""))
    except (ValueError, AttributeError):
        # Cut in the middle: undo the escapes that matter.
        text = line[8:].decode("utf-8", "replace")
        return text.split('\\n"', 1)[0].replace('\\"', '"').replace("\\t", "\t").replace("\\u001b", "\x1b")
