# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What is wrong with the values of a service's options (module_utils/_run/service_spec.py), in the operator's words."""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.service import FrontendOptions, Service


def complain(service: Service, where: str = "") -> str | None:
    """What is wrong with a service's values beyond their types, in the operator's words, or None.

    :param service: one service, types already checked against SERVICE.
    :param where: a prefix that names the entry, such as ``services[0] (chat): ``.
    :returns: a message that names the option, the value and what is allowed.
    """
    for check in (_complain_port, _complain_patterns, _complain_numbers, _complain_urls):
        message = check(service)
        if message:
            return where + message
    return None


def _complain_port(service: Service) -> str | None:
    port = service.get("port")
    if port is not None and not 1 <= port <= 65535:
        return "option 'port' is %d; a TCP port is a number from 1 to 65535" % port
    if "chromium" in service and "process" not in service:
        # What opens a page need not know the port behind it.
        page = (service.get("frontend") or {}).get("url")
        return None if page else "set 'frontend.url' to the page to open"
    if port is not None or service.get("socket"):
        return None
    if "process" not in service and "frontend" in service:
        # Only frontend_probe: a page can be checked without its server.
        front = service["frontend"] or {}
        return None if front.get("url") or front.get("root") else "set 'frontend.url' or 'frontend.root'"
    process = service.get("process") or {}
    if not any(process.get(name) for name in ("command", "user", "unit", "pidfile")):
        return "set 'port' (or 'socket'), so that the service can be found"
    # Only probes of the port itself have the option 'exposure'.
    return "set 'port' (or 'socket'): that is what this probe checks" if "exposure" in service else None


def _complain_patterns(service: Service) -> str | None:
    patterns = [("process.command", (service.get("process") or {}).get("command"))]
    patterns.append(("websocket.expect", (service.get("websocket") or {}).get("expect")))
    for number, log in enumerate(service.get("logs") or ()):
        patterns += [
            ("logs[%d].ready" % number, log.get("ready")),
            ("logs[%d].websocket" % number, log.get("websocket")),
        ]
    for name, pattern in patterns:
        try:
            re.compile(pattern or "")
        except re.error as error:
            return "option '%s' is not a valid Python regular expression: %s in %r" % (name, error, pattern)
    return None


def _complain_numbers(service: Service) -> str | None:
    process = service.get("process") or {}
    low, high = process.get("min"), process.get("max")
    if low is not None and low < 0:
        return "option 'process.min' is %d; the number of processes must be 0 or more" % low
    if high is not None and high < (low or 0):
        return "option 'process.max' is %d, less than 'process.min' (%d)" % (high, low or 0)
    hold = (service.get("websocket") or {}).get("hold")
    if hold is not None and hold < 0:
        return "option 'websocket.hold' is %d; the seconds to hold must be 0 or more" % hold
    stay = (service.get("chromium") or {}).get("stay")
    if stay is not None and not 0 <= stay <= 600:
        return "option 'chromium.stay' is %g; the seconds to stay on a page must be from 0 to 600" % stay
    return None


def _complain_urls(service: Service) -> str | None:
    path = (service.get("websocket") or {}).get("path")
    if path and not re.match(r"/[^\s\x00-\x1f\x7f]*\Z", path):
        return "option 'websocket.path' is %r; a path starts with '/' and has no spaces" % path
    url = service.get("public_url")
    if url and not re.match(r"wss?://[^/\s]+", url):
        return "option 'public_url' is %r; a WebSocket URL starts with ws:// or wss:// and names a host" % url
    return _complain_frontend(service.get("frontend") or {})


def _complain_frontend(frontend: FrontendOptions) -> str | None:
    page = frontend.get("url")
    if page and not re.match(r"https?://[^/\s?#]+[^\s]*\Z", page):
        return "option 'frontend.url' is %r; a page's URL starts with http:// or https:// and names a host" % page
    root = frontend.get("root")
    if root and not root.startswith("/"):
        return "option 'frontend.root' is %r; a directory on the host starts with '/'" % root
    return None
