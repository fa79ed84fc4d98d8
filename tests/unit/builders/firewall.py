# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of the host's firewall."""

from __future__ import annotations

import typing as t

from ansible_collections.websocket.health.plugins.module_utils._evidence.firewall import Decision


def decision(**seen: t.Unpack[Decision]) -> Decision:
    """What becomes of a client's first packet to port 8080: a rule of nftables drops it."""
    usual: Decision = {
        "family": "ip",
        "port": 8080,
        "verdict": "drop",
        "how": "",
        "chain": "inet t o",
        "rule": "tcp dport 8080 drop",
        "packets": 3,
        "unsure": [],
        "by": "nftables",
    }
    return {**usual, **seen}
