# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""By which directives nginx itself refuses a handshake.

Facts: https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html, .../ngx_http_access_module.html,
.../ngx_http_auth_request_module.html, .../ngx_http_core_module.html#satisfy, .../ngx_http_v2_module.html
"""

from __future__ import annotations

import typing as t

from .engine import refusal
from .nginx_flow import Answer
from .nginx_grammar import Directive
from .nginx_match import ServerChoice
from .nginx_settings import Levels

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Refusal

#: Since here a port in clear text that speaks HTTP/2 speaks HTTP/1.1 as well.
_BOTH = (1, 25, 1)


def refusals(levels: Levels, answer: Answer) -> list[Refusal]:
    """Those that hold where a request is answered; the surest first."""
    if answer.handler == "return" and answer.directive is not None:
        return [_row(answer.directive, answer.status, True)]
    _kind, satisfy = levels.nearest("satisfy")
    # With "satisfy any" one of them is enough.
    each = not (satisfy and satisfy[-1].args[0] == "any")
    found = [_row(item, 401, each) for item in _of(levels, "auth_basic", "auth_jwt")]
    found += [_row(item, status, False) for item in _of(levels, "auth_request") for status in (401, 403, 500)]
    _kind, rules = levels.nearest("allow", "deny")
    denying = [item for item in rules if item.name == "deny"]
    # The first rule that fits the client counts.
    all_of_them = bool(rules) and rules[0].name == "deny" and rules[0].args[0] == "all"
    found += [_row(item, 403, all_of_them and each) for item in denying[-1:]]
    return sorted(found, key=lambda row: not row["sure"])


def http2_alone(choice: ServerChoice, version: tuple[int, ...]) -> list[Refusal]:
    """``listen … http2`` without TLS: such a port speaks nothing but HTTP/2, which no browser does in clear text."""
    if choice.ssl or "http2" not in choice.listen.text.split() or not version or version >= _BOTH:
        return []
    server = choice.server
    items = [item for item in server.block or () if item.name == "listen" and "http2" in item.args]
    return [_row(item, None, True) for item in items[:1]]


def _of(levels: Levels, *names: str) -> list[Directive]:
    """The directives of these names that hold."""
    rows = [levels.nearest(name)[1] for name in names]
    return [row[-1] for row in rows if row and row[-1].args[0] != "off"]


def _row(item: Directive, status: int | None, sure: bool) -> Refusal:
    return refusal(item.text or " ".join([item.name, *item.args]), item.file, item.line, status, sure)
