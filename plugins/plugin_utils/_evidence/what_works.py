# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""By which ways clients get a WebSocket of this host: what succeeds cannot be explained as failing."""

from __future__ import annotations

import typing as t

from .port import meant_for

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.service import Service
    from ...module_utils._evidence.subjects import Subjects


def opens_through_proxy(evidence: Subjects) -> bool:
    """Whether the handshake through a proxy of this host is accepted."""
    through = (evidence.get("proxy") or {}).get("through") or {}
    return through.get("outcome") == "open"


def was_asked_through_proxy(evidence: Subjects) -> bool:
    """Whether a handshake through a proxy of this host was tried."""
    through = (evidence.get("proxy") or {}).get("through") or {}
    return through.get("outcome") is not None


def opens_at_public_url(evidence: Subjects) -> bool:
    """Whether the handshake at the public URL is accepted, on whatever host."""
    public = (evidence.get("websocket") or {}).get("public") or {}
    return public.get("outcome") == "open"


def opens_only_from_outside(evidence: Subjects) -> bool:
    """Whether the controller's handshake with the port is accepted although this host itself refuses connections to it."""
    websocket = evidence.get("websocket") or {}
    here, outside = websocket.get("main") or {}, websocket.get("controller") or {}
    return outside.get("outcome") == "open" and here.get("outcome") == "connect-refused"


def opens_here(evidence: Subjects) -> bool:
    """Whether clients that do not come to the port itself are accepted on this very host: through its proxy, or at a public URL whose
    address is the host's own."""
    public = (evidence.get("websocket") or {}).get("public") or {}
    own = ((evidence.get("port") or {}).get("controller") or {}).get("numeric")
    at_home = bool(own) and str(public.get("address") or "").rpartition(":")[0].strip("[]") == own
    return opens_through_proxy(evidence) or (opens_at_public_url(evidence) and at_home)


def is_dialled_directly(evidence: Subjects, service: Service) -> bool:
    """Whether clients are said to come to the port itself: by the inventory, or because the public URL names the same port."""
    if meant_for(service, evidence.get("port") or {}) == "direct":
        return True
    public = (evidence.get("websocket") or {}).get("public") or {}
    return str(public.get("address") or "").rpartition(":")[2] == str(service.get("port"))
