# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What a page loads and says: scripts, base, policies, and WebSocket URLs in its attributes.

The standard library's parser takes quadratic time for some malformed pages; this one steps forward only.
"""

from __future__ import annotations

import html
import re

#: Bytes of a page that are read, tags that are looked at, and attributes of one.
MOST_BYTES = 2 << 20
_TAGS, _ATTRIBUTES = 20000, 100

_NEXT = re.compile(rb"<(?:(!--)|([A-Za-z][A-Za-z0-9:-]{0,40}))")
_ATTRIBUTE = re.compile(
    rb"[\s/]*([^\s\"'<>/=]{1,200})(?:\s{0,200}=\s{0,200}(?:\"([^\"]{0,100000})\"|'([^']{0,100000})'|([^\s\"'>]{1,4000})))?"
)
_END_OF_SCRIPT = re.compile(rb"</script", re.I)
_JAVASCRIPT = re.compile(r"(?:text|application)/(?:x-)?(?:javascript|ecmascript|babel)$|module$|$", re.I)


class Page:
    """What a page says.

    :ivar scripts: what ``<script src>`` and ``<link rel=modulepreload>`` name, in order.
    :ivar inline: scripts in the page, each with its offset.
    :ivar base: ``<base href>``; empty if there is none.
    :ivar policies: Content-Security-Policy of ``<meta http-equiv>``.
    :ivar urls: attributes whose value is a URL of a WebSocket: name, value, offset.
    """

    def __init__(self) -> None:
        self.scripts: list[str] = []
        self.inline: list[tuple[int, bytes]] = []
        self.base = ""
        self.policies: list[str] = []
        self.urls: list[tuple[str, str, int]] = []


def read_page(data: bytes) -> Page:
    """Read a page."""
    data = data[:MOST_BYTES]
    page = Page()
    position = 0
    for _tag in range(_TAGS):
        match = _NEXT.search(data, position)
        if match is None:
            break
        if match.group(1):
            end = data.find(b"-->", match.end())
            if end < 0:
                break
            position = end + 3
            continue
        name = match.group(2).lower().decode("ascii")
        attributes, position = _attributes(data, match.end())
        _note(page, name, attributes, match.start())
        if name == "script":
            position = _script(page, attributes, data, position)
    return page


def _attributes(data: bytes, position: int) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    for _attribute in range(_ATTRIBUTES):
        match = _ATTRIBUTE.match(data, position)
        if match is None:
            break
        value = match.group(2) or match.group(3) or match.group(4) or b""
        found.setdefault(_text(match.group(1)).lower(), html.unescape(_text(value)))
        position = match.end()
    # To the end of the tag, unless another begins: then this one was never closed.
    closing = re.compile(rb"[^<>]{0,4000}>").match(data, position)
    return found, closing.end() if closing else position


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _note(page: Page, name: str, attributes: dict[str, str], offset: int) -> None:
    if name == "base" and not page.base:
        page.base = attributes.get("href", "").strip()
    elif name == "script" and attributes.get("src") and _JAVASCRIPT.match(attributes.get("type", "").strip()):
        page.scripts.append(attributes["src"].strip())
    elif name == "link" and attributes.get("href") and _preloads(attributes):
        page.scripts.append(attributes["href"].strip())
    elif name == "meta" and attributes.get("http-equiv", "").strip().lower() == "content-security-policy":
        page.policies.append(attributes.get("content", "").strip())
    for key, value in attributes.items():
        if re.match(r"(?i)\s*wss?://", value) and len(page.urls) < 50:
            told = attributes.get("name") or attributes.get("property") or attributes.get("id") or ""
            page.urls.append((told if key in ("content", "value") else key, value.strip(), offset))


def _preloads(attributes: dict[str, str]) -> bool:
    rel = attributes.get("rel", "").lower().split()
    return "modulepreload" in rel or ("preload" in rel and attributes.get("as", "").lower() == "script")


def _script(page: Page, attributes: dict[str, str], data: bytes, position: int) -> int:
    """Keep the text of a script that stands in the page; returns where its end tag begins."""
    match = _END_OF_SCRIPT.search(data, position)
    end = match.start() if match else len(data)
    if "src" not in attributes and end > position and len(page.inline) < 200:
        page.inline.append((position, data[position:end]))
    return end


def resolved(page_url: str, base: str, name: str) -> str:
    """The URL of what a page names."""
    import urllib.parse

    try:
        return urllib.parse.urljoin(urllib.parse.urljoin(page_url, base), name)
    except ValueError:
        return ""
