# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Takes the secrets out of a service before it becomes module arguments, and puts them back on the target.

Module arguments show up in logs and verbose output. ``no_log`` on a header's value would hide that value
wherever else it happens to occur in the result (``chat`` in ``chat.service``), so the values travel in the
payload and leave a mark behind.
"""

from __future__ import annotations

import typing as t

_MARK = "[sealed %d]"


def seal(service: dict[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
    """A copy of the service without the values of its headers and its message, and those values."""
    values: list[str] = []

    def hide(value: t.Any) -> t.Any:
        if value is None:
            return None
        values.append(str(value))
        return _MARK % (len(values) - 1)

    return _mapped(service, hide), values


def unseal(service: dict[str, t.Any], values: t.Sequence[str]) -> dict[str, t.Any]:
    """The reverse of seal; what was never sealed stays as it is."""
    marks = {_MARK % number: value for number, value in enumerate(values)}
    return _mapped(service, lambda value: marks.get(value, value))


def secrets_of(service: dict[str, t.Any]) -> list[str]:
    """The values in a service that must never leave: its header values, whole, without their scheme, by cookie."""
    headers = (service.get("websocket") or {}).get("headers") or {}
    found: list[str] = []
    for name, value in headers.items():
        if value is None:
            continue
        found += [str(value)] + str(value).split(" ")[1:]
        if name.lower() == "cookie":
            found += [pair.partition("=")[2].strip() for pair in str(value).split(";")]
    return found


def _mapped(service: dict[str, t.Any], change: t.Callable[[t.Any], t.Any]) -> dict[str, t.Any]:
    websocket = service.get("websocket")
    if not websocket:
        return dict(service)
    changed = dict(websocket)
    if websocket.get("headers"):
        changed["headers"] = {name: change(value) for name, value in sorted(websocket["headers"].items())}
    if websocket.get("send"):
        changed["send"] = change(websocket["send"])
    return dict(service, websocket=changed)
