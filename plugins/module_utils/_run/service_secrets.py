# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which values of a service must never leave in evidence, whatever text they turn up in."""

from __future__ import annotations

import re
import typing as t

from .._protocol.subprotocols import is_public
from .redact import HIDDEN, Redactor, is_secret_name

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.service import Service, WebsocketOptions

#: Options that hold a message.
_SAID: tuple[t.Literal["send", "expect"], ...] = ("send", "expect")
#: Runs of characters in what is sent that may be a token, and how long one has to be that is of letters alone.
_RUN, _LONG = re.compile(r"[A-Za-z0-9+/=_.~-]{6,}"), 16


def redactor_of(service: Service, secrets: t.Iterable[str] | None = None) -> Redactor:
    """The redactor for what is seen of a service.

    :param secrets: what must never leave; by default the service's own.
    """
    return Redactor(secrets_of(service) if secrets is None else secrets, reveals(service))


def shown_service(service: Service) -> Service:
    """An inventory entry as others may read it: of headers the names, of what is sent and expected the size."""
    shown: Service = redactor_of(service).tree(service)
    options: WebsocketOptions = {**(shown.get("websocket") or {})}
    if not options:
        return shown
    headers = options.get("headers")
    if headers:
        options["headers"] = dict.fromkeys(headers, HIDDEN)
    asked = service.get("websocket") or {}
    for name in _SAID if not reveals(service) else ():
        text = asked.get(name)
        if text is not None:
            options[name] = "[%d characters]" % len(str(text))
    return {**shown, "websocket": options}


def reveals(service: Service) -> bool:
    """Whether the operator lets sub-protocols, and what is sent and received, be shown."""
    return bool((service.get("websocket") or {}).get("reveal"))


def secrets_of(service: Service) -> list[str]:
    """Header values, whole, without their scheme and by cookie, expected values of secret variables, those in URLs; and
    unless they may be shown, what is sent and expected, and the names of sub-protocols."""
    headers = (service.get("websocket") or {}).get("headers") or {}
    found: list[str] = []
    for name, value in headers.items():
        if value is None:
            continue
        found += [str(value)] + str(value).split(" ")[1:]
        if str(name).lower() == "cookie":
            found += [pair.partition("=")[2].strip() for pair in str(value).split(";")]
    expected = (service.get("environment") or {}).get("expect") or {}
    for url in (service.get("public_url"), (service.get("frontend") or {}).get("url")):
        found += _in_url(str(url or ""))
    if not reveals(service):
        found += _telling(service.get("websocket") or {})
    return found + [str(value) for name, value in expected.items() if is_secret_name(str(name))]


def _telling(options: WebsocketOptions) -> list[str]:
    """What of messages and sub-protocols is no word: those would be hidden wherever they occur."""
    texts = [str(options.get(name) or "") for name in _SAID]
    texts += [str(name) for name in options.get("subprotocols") or () if not is_public(str(name))]
    runs = [run for text in texts for run in _RUN.findall(text)]
    return [run for run in runs if len(run) >= _LONG or any("0" <= char <= "9" for char in run)]


def _in_url(url: str) -> list[str]:
    """The user and password of a URL, and the longer values of its query: names of versions are no secrets."""
    authority = url.split("://", 1)[-1].split("/", 1)[0]
    user = authority.rpartition("@")[0]
    query = url.partition("?")[2].split("#")[0]
    values = [part.partition("=")[2] for part in query.split("&")]
    return [part for part in user.split(":") if part] + [
        value for value in values if len(value) >= 8 and value != "websocket"
    ]
