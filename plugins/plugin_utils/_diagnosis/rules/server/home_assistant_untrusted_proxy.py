# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-home-assistant-untrusted-proxy: Home Assistant does not trust the reverse proxy in front of it."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...conditions import refused_by
from ...facts import Facts
from ...rule import Found, Look, LookAlike, Rule
from ._framework_log import CONFIDENCE, line_with, log_says
from ._refused_handshake import LESS_SPECIFIC
from ._server import EXPLAINS

_KEY, _WORDS = "untrusted-proxy", ("not set-up for reverse proxies",)


def _find(facts: Facts) -> Found:
    """With the line of the log, which has the proxy's address."""
    return "certain", {
        "answer": outcome_words(facts.first_refusal),
        "log_line": facts.quote(line_with(facts, _KEY, _WORDS)),
    }


RULE = Rule(
    id="server-home-assistant-untrusted-proxy",
    layer="server",
    title="Home Assistant does not trust the proxy in front of it",
    users_see=(
        "browser: `400: Bad Request`, on every page",
        "Home Assistant log: `[homeassistant.components.http.forwarded] A request from a reverse proxy was received from 172.30.33.2, "
        "but your HTTP integration is not set-up for reverse proxies`",
        "Home Assistant log, where another proxy is trusted: `Received X-Forwarded-For header from an untrusted proxy 10.0.20.82`",
    ),
    why="A client can write anything into X-Forwarded-For, so Home Assistant accepts the header only from proxies that are configured "
    "as trusted. Since 2021.7 it answers every other request that has the header with 400, pages and the WebSocket (/api/websocket) "
    "alike. The address to trust is the one from which the proxy connects: in Docker and add-ons that of the container's network, "
    "not the host's. Since 2026.8 the http: block of configuration.yaml is imported once and then ignored, so editing it changes nothing.",
    needs=(refused_by(400), log_says(_KEY, _WORDS)),
    find=_find,
    confidence=CONFIDENCE,
    because=("the handshake is answered with {answer}", "{log_line}"),
    fix=(
        "set use_x_forwarded_for, and list the proxy's address in trusted_proxies (configuration.yaml, http:)",
        "since Home Assistant 2026.8: set both under Settings > System > Network (open it directly on port 8123, not "
        "through the proxy); the http: block is imported once and then ignored",
    ),
    prevent=("configuration.yaml, before 2026.8: http: {use_x_forwarded_for: true, trusted_proxies: [127.0.0.1]}",),
    explains=EXPLAINS,
    supersedes=LESS_SPECIFIC,
    look_alikes=(
        LookAlike(
            "proxy-upgrade-dropped",
            Look("an ordinary page through the proxy"),
            "400, too: the proxy is not trusted; the page loads and only the WebSocket fails: the Upgrade header is lost",
        ),
    ),
    sources=(
        "https://www.home-assistant.io/integrations/http/#reverse-proxies",
        "https://www.home-assistant.io/integrations/http/#migrating-from-yaml",
    ),
    staged=("framework/home-assistant-proxy",),
)
