# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Programs that pass connections on as they are: what answers on their ports is another program."""

from __future__ import annotations

#: By process name: those of container engines, relays and tunnels.
FORWARDERS = frozenset(
    (
        *("docker-proxy", "rootlessport", "rootlesskit", "conmon", "slirp4netns", "pasta"),
        *("socat", "ssh", "sshd", "cloudflared"),
    )
)
