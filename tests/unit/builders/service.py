# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a recorded service: what the inventory says of it. Options need not have been set before."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.service import (
    ProcessOptions,
    Service,
    TlsOptions,
    WebsocketOptions,
)

from tests.unit.recorded.load import Change, Changes


def with_service(**options: t.Unpack[Service]) -> Changes:
    """Changes: options of the service."""
    return (Change(("service",), {**options}, add=True),)


def with_process_options(**options: t.Unpack[ProcessOptions]) -> Changes:
    """Changes: options below ``process``; others there stay."""
    return (Change(("service", "process"), {**options}, add=True),)


def with_websocket_options(**options: t.Unpack[WebsocketOptions]) -> Changes:
    """Changes: options below ``websocket``; others there stay."""
    return (Change(("service", "websocket"), {**options}, add=True),)


def with_tls_options(**options: t.Unpack[TlsOptions]) -> Changes:
    """Changes: options below ``tls``; others there stay."""
    return (Change(("service", "tls"), {**options}, add=True),)
