# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-stomp-refused: a STOMP broker answers CONNECT with an ERROR frame."""

from __future__ import annotations

from ...conditions import ACCEPTED_DIRECTLY
from ...facts import Facts
from ...rule import Found, Look, LookAlike, Rule
from ._dialects import refuses_in
from ._server import EXPLAINS, refusal


def _find(facts: Facts) -> Found:
    """With the broker's words."""
    return "certain", {"refusal": refusal(facts, "stomp")}


RULE = Rule(
    id="server-stomp-refused",
    layer="server",
    title="The STOMP broker refuses the client",
    users_see=(
        "frame after the 101, from RabbitMQ: `ERROR`, `message:Bad CONNECT`, and `Virtual host '…' access denied`",
        "the same with `Access refused for user '…'`, or `Authentication Failure` from old versions",
        'RabbitMQ log: `STOMP error frame sent:`, then `Message: "Bad CONNECT"` and `Detail: …`',
        "RabbitMQ log: `STOMP login failed for user '…': authentication failed`",
    ),
    why="The WebSocket only carries STOMP: the 101 says nothing about the broker. The client then sends CONNECT with login, passcode and "
    "host, and the broker answers CONNECTED or ERROR. host is the name of a virtual host, not of a machine; many clients fill in the "
    "name of the server, which RabbitMQ does not know as a virtual host. RabbitMQ also lets the user guest in from localhost only.",
    needs=(ACCEPTED_DIRECTLY, refuses_in("stomp")),
    find=_find,
    confidence={"certain": "the broker itself reports it"},
    because=("101, and then the broker refuses: {refusal}",),
    fix=(
        "correct the client's login, passcode and virtual host (host:)",
        "RabbitMQ: rabbitmqctl list_vhosts and rabbitmqctl list_permissions -p <vhost> show which exist, and who may use them",
    ),
    explains=EXPLAINS,
    supersedes=("server-application-silent",),
    look_alikes=(
        LookAlike(
            "server-application-silent",
            Look("the answer to CONNECT"),
            "an ERROR frame: the broker refuses; none: the frame may lack the NUL byte at its end, or the application is silent",
        ),
    ),
    sources=("https://stomp.github.io/stomp-specification-1.2.html#ERROR",),
    staged=("framework/rabbitmq-virtual-host",),
)
