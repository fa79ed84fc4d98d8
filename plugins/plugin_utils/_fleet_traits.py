# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What hosts of one service have in common when all is well: short values that the fleet report compares."""

from __future__ import annotations

import hashlib
import json
import statistics
import time
import typing as t

from ..module_utils._run.service_secrets import redactor_of
from ._evidence.certificates import read
from ._evidence.proxy import asked_proxy, effective_route
from ._model import is_number

if t.TYPE_CHECKING:  # pragma: no cover
    from ..module_utils._evidence.environment import Environment
    from ..module_utils._evidence.proxy import Proxy
    from ..module_utils._evidence.service import Service
    from ..module_utils._evidence.subjects import Subjects
    from ..module_utils._evidence.tls import Tls
    from ..module_utils._evidence.websocket import Websocket

#: Longest text of a value.
_LONGEST = 160


def traits_of(evidence: Subjects, service: Service) -> dict[str, object]:
    """Values by which a host can differ from its peers; what was not seen is absent.

    :param evidence: all evidence of the service, by subject.
    :returns: ``port``, ``public_url``, ``unit``, ``executable``, ``proxy_version``, ``environment.<NAME>`` (only values that
        were reported: a required variable's never leaves its host), ``configuration`` and ``certificate`` (digests),
        ``certificate_days`` (days it is still valid, by the clock that saw it),
        ``started`` and ``code`` (seconds since the epoch), ``latency_ms``.
    """
    try:
        return _traits(evidence, service)
    except (AttributeError, TypeError, LookupError, ValueError):
        # Odd evidence must cost no result: what is compared is a help, and no verdict.
        return {}


def _traits(evidence: Subjects, service: Service) -> dict[str, object]:
    process = evidence.get("process") or {}
    processes = process.get("processes") or [{}]
    first = processes[0] if isinstance(processes[0], dict) else {}
    proxies = evidence.get("proxy") or {}
    proxy = asked_proxy(proxies)
    found: dict[str, object] = {
        "port": service.get("port"),
        "public_url": _url(service),
        "unit": (process.get("unit") or {}).get("name"),
        "executable": first.get("exe"),
        "started": first.get("started"),
        "code": (first.get("script") or {}).get("modified"),
        "latency_ms": _latency(evidence.get("websocket") or {}),
        "proxy_version": "%s %s" % (proxy["kind"], proxy["version"]) if proxy.get("version") else None,
        "configuration": _configuration(proxies),
        **_certificate(evidence.get("tls") or {}),
        **_environment(evidence.get("environment") or {}),
    }
    return {name: _short(value) for name, value in found.items() if value is not None}


def _url(service: Service) -> str | None:
    """The public URL without its query, and without what is secret in the rest of it."""
    url = str(service.get("public_url") or "").partition("?")[0]
    return redactor_of(service).text(url, _LONGEST) if url else None


def _short(value: object) -> object:
    return value[:_LONGEST] if isinstance(value, str) else value


def _latency(websocket: Websocket) -> float | None:
    """The median of the handshakes in a row: a single one may have met a busy moment."""
    times = (websocket.get("repeat") or {}).get("ms") or []
    opened = (websocket.get("main") or {}).get("outcome") == "open"
    return float(statistics.median(times)) if opened and times else None


def _environment(evidence: Environment) -> dict[str, object]:
    variables = evidence.get("variables") or {}
    return {
        "environment.%s" % name: entry["value"] if entry.get("set") else "(not set)"
        for name, entry in variables.items()
        if isinstance(entry, dict) and (entry.get("value") is not None or entry.get("set") is False)
    }


def _configuration(proxy: Proxy) -> str | None:
    """A digest of what the proxy does with the service's URL: files and lines may differ, and mean the same."""
    route = effective_route(proxy)
    if not route:
        return None
    settings = {
        name: entry.get("value") for name, entry in (route.get("settings") or {}).items() if isinstance(entry, dict)
    }
    # Its own address is what a host has for itself.
    settings.pop("host", None)
    meaning = {
        "handler": route.get("handler"),
        "settings": settings,
        "scheme": (route.get("upstream") or {}).get("scheme"),
    }
    return hashlib.sha256(json.dumps(meaning, sort_keys=True, default=str).encode()).hexdigest()[:12]


def _certificate(tls: Tls) -> dict[str, object]:
    """The certificate that clients are shown: a digest with its last day, and the days that are left."""
    for session in tls.get("sessions") or ():
        chain = (session.get("chain") or [[]])[0] if session.get("outcome") == "established" else []
        leaf = read(chain) if chain else None
        if leaf is not None:
            until = time.strftime("%Y-%m-%d", time.gmtime(leaf.not_after))
            clock = session.get("clock") or tls.get("clock")
            return {
                "certificate": "%s, until %s" % (hashlib.sha256(leaf.der).hexdigest()[:12], until),
                "certificate_days": round(leaf.days_left(clock), 1) if is_number(clock) else None,
            }
    return {}
