# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of TLS: the places where it may end, and sessions with what they showed."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.tls import (
    ClientCertificate,
    Pieces,
    Place,
    Session,
    Tls,
    Verified,
)

from tests.unit.recorded.load import Changes, change
from tests.unit.tls_ca import Issued


def pieces(issued: Issued) -> Pieces:
    """A certificate as a session shows it."""
    return ["".join(issued.pem.decode().split("-----")[2].split())]


def verified(**codes: int) -> list[Verified]:
    """What OpenSSL says of a chain with each store; 0: it is trusted."""
    return [{"store": store, "outcome": "x", "code": code, "message": "said"} for store, code in codes.items()]


def with_tls(**seen: t.Unpack[Tls]) -> Changes:
    """Changes in the evidence of TLS."""
    return change("tls", **seen)


def with_own_port(**seen: t.Unpack[Place]) -> Changes:
    """Changes of what the service's own port speaks."""
    return change("tls", "own", **seen)


def with_dialled_port(**seen: t.Unpack[Place]) -> Changes:
    """Changes of what the port speaks that clients dial, where that is another one."""
    return change("tls", "edge", **seen)


def with_session(**seen: t.Unpack[Session]) -> Changes:
    """Changes of the first session, which is the one for the public name."""
    return change("tls", "sessions", 0, **seen)


def with_client_certificate(**seen: t.Unpack[ClientCertificate]) -> Changes:
    """Changes: whether the server wants a certificate of its client."""
    return change("tls", "sessions", 0, "client_certificate", **seen)


def with_session_at_public_url(**seen: t.Unpack[Session]) -> Changes:
    """Changes: the session that the controller opened at the public URL."""
    return change("tls", add=True, public=seen)
