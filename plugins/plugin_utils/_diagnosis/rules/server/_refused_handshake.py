# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Rules that say less about a refused handshake than one that knows the words of the framework that refused it."""

from __future__ import annotations

from ...._evidence.refusal import own_words, speaks_of_credentials
from ...rule import Condition

#: What speaks against causes that are fitted to a status.
FLIPPED = Condition(
    "with one thing changed in the request (Origin, Host, path, sub-protocol, header) the handshake is accepted",
    lambda facts: facts.flip(),
)
GIVES_REASON = Condition(
    "the body of the refusal gives a reason of its own",
    lambda facts: own_words(facts.handshake),
)
GIVES_ANOTHER_REASON = Condition(
    "the body of the refusal gives a reason that has nothing to do with credentials",
    lambda facts: own_words(facts.handshake) and not speaks_of_credentials(own_words(facts.handshake)),
)
LESS_SPECIFIC = (
    "server-refuses-handshake",
    "server-origin-rejected",
    "server-credentials-required",
    "server-other-path",
    "server-path-option",
    "server-websocket-not-attached",
    "server-asgi-no-route",
)
