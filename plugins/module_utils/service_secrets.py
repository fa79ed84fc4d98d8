# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Which values of a service must never leave in evidence, whatever text they turn up in."""

from __future__ import annotations

import typing as t

from .redact import is_secret_name


def secrets_of(service: dict[str, t.Any]) -> list[str]:
    """Header values, whole, without their scheme and by cookie, expected values of secret variables, and those in URLs."""
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
    return found + [str(value) for name, value in expected.items() if is_secret_name(str(name))]


def _in_url(url: str) -> list[str]:
    """The user and password of a URL, and the longer values of its query: names of versions are no secrets."""
    authority = url.split("://", 1)[-1].split("/", 1)[0]
    user = authority.rpartition("@")[0]
    query = url.partition("?")[2].split("#")[0]
    values = [part.partition("=")[2] for part in query.split("&")]
    return [part for part in user.split(":") if part] + [
        value for value in values if len(value) >= 8 and value != "websocket"
    ]
