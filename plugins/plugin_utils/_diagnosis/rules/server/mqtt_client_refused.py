# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-mqtt-client-refused: the listener of an MQTT broker speaks no WebSocket, or the broker refuses the client."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...facts import Facts
from ...rule import Condition, Found, If, Look, LookAlike, Rule
from ._server import EXPLAINS, refusal


def _plain_mqtt(facts: Facts) -> bool:
    return facts.handshake["outcome"] in ("eof", "reset") and bool(facts.signature("mqtt-protocol-error"))


def _find(facts: Facts) -> Found:
    """With the listener's answer: plain MQTT hangs up, a refusal comes in the CONNACK."""
    words, line = refusal(facts, "mqtt"), facts.signature("mqtt-protocol-error")
    return "certain" if words or line else "likely", {
        "refusal": words,
        "answer": outcome_words(facts.handshake),
        "log_line": facts.quote(line) if line else None,
        "plain": not words,
    }


_LOG = Look("the broker's log")
RULE = Rule(
    id="server-mqtt-client-refused",
    layer="server",
    title="The MQTT broker refuses the client: no WebSocket listener, or no permission",
    users_see=(
        "mosquitto log: `Client <unknown> disconnected due to protocol error.`; before version 2: `Socket error on client <unknown>, "
        "disconnecting.`",
        "Paho for JavaScript: `AMQJS0007E Socket error:undefined.`; Chrome's console: `Error during WebSocket handshake: "
        "net::ERR_CONNECTION_RESET`",
        "MQTT.js: `Error: Connection refused: Not authorized`; Paho: `AMQJS0006E Bad Connack return code:5 Connection Refused: not "
        "authorized.`",
        "mosquitto log: `Client <unknown> disconnected, not authorised.`",
    ),
    why="A listener of mosquitto speaks plain MQTT unless its block has protocol websockets. On port 1883 the bytes of an HTTP handshake "
    "are no MQTT packet, so the broker reports a protocol error and hangs up. On a listener for WebSockets the handshake succeeds, and "
    "the broker refuses in its answer to CONNECT, the CONNACK: 4 is a bad user name or password, 5 not authorized. Since version 2 "
    "anonymous clients are refused unless allow_anonymous is true.",
    needs=(
        Condition(
            "a broker speaks plain MQTT on the port (its log reports a protocol error), or its CONNACK refuses the client",
            lambda facts: refusal(facts, "mqtt") or _plain_mqtt(facts),
        ),
    ),
    find=_find,
    confidence={"certain": "the broker reports it, in its answer or its log", "likely": "otherwise"},
    because=(("101, and then {refusal}", "the handshake: {answer}"), "{log_line}"),
    fix=(
        (
            If(
                "refusal",
                "give clients a user name and a password that the broker knows, or allow anonymous clients on this listener",
            ),
            "connect to the listener that has protocol websockets: this one speaks plain MQTT",
        ),
    ),
    prevent=(
        If("plain", "mosquitto.conf: listener 9001 and, on the next line, protocol websockets"),
        If(
            "refusal",
            "mosquitto.conf: password_file /etc/mosquitto/passwd, written by mosquitto_passwd; or allow_anonymous true (for this listener "
            "alone with per_listener_settings true)",
        ),
    ),
    explains=EXPLAINS,
    supersedes=(
        "server-upgrade-closed",
        "process-port-owned-by-another",
        "server-application-silent",
        "server-drops-after-101",
    ),
    look_alikes=(
        LookAlike(
            "server-upgrade-closed",
            _LOG,
            "`disconnected due to protocol error`: the listener speaks plain MQTT; nothing of the kind: a web server closes the connection",
        ),
        LookAlike(
            "server-application-silent",
            Look("the sub-protocol that the client offers"),
            "`mqtt`, and a CONNACK that refuses: the client's rights; none: mosquitto accepts the handshake and stays silent",
        ),
    ),
    sources=("https://mosquitto.org/man/mosquitto-conf-5.html",),
    staged=("framework/mqtt-not-authorised", "framework/mqtt-plain-listener"),
)
