#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: continuity
short_description: How many WebSocket connections does a deployment drop, and why?
version_added: 0.1.0
description:
  - With O(state=started) opens connections and leaves one process that holds them, while the following tasks roll out a deployment.
  - With O(state=finished) ends that process and reports how many connections were dropped, when and why. Every client that
    was dropped tries to reconnect, as browsers do, so that it is known for how long no client could, and how the attempts were
    answered.
  - The connections are opened from the host that the task runs on. Usually that is the controller, through a play on C(localhost)
    or C(delegate_to=localhost) with C(run_once).
extends_documentation_fragment:
  - websocket.health.attributes
attributes:
  action_group:
    description: Use C(group/websocket.health.deployment) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - websocket.health.deployment
  check_mode:
    details:
      - Behaves the same in check mode. Connections are really opened and held, so that a dry run finds a wrong URL. Nothing
        is changed by that.
  idempotent:
    support: partial
    details:
      - Nothing is changed on a target. But every O(state=started) starts a new process, and an id can be finished only once.
options:
  state:
    description:
      - V(started) opens the connections and returns RV(id). If not all of them can be opened, the task fails and no connection
        stays open.
      - V(finished) ends them and reports what happened.
    type: str
    choices:
      - started
      - finished
    required: true
  id:
    description:
      - What O(state=started) returned. Required with O(state=finished), which has to run on the same host and as the same user.
    type: str
  url:
    description:
      - The WebSocket's URL as clients use it, such as V(wss://chat.example.com/ws). Required with O(state=started).
      - The name is looked up again for each attempt to reconnect.
    type: str
  connections:
    description:
      - How many to hold, from 1 to 1000. At most 20 are opened at once.
    type: int
    default: 10
  ping:
    description:
      - Seconds between two pings on each connection. A ping after which nothing has arrived when the next one is due counts as unanswered,
        if earlier ones on that connection were answered. V(0) sends none; then a server that hangs is not noticed.
    type: float
    default: 5.0
  lasts:
    description:
      - Seconds after which the process ends on its own, with or without O(state=finished). What it has seen is kept for a day.
    type: float
    default: 3600.0
  websocket:
    description:
      - How the WebSocket is opened.
    type: dict
    suboptions:
      path:
        description:
          - Path of the WebSocket, including the query. By default that of O(url).
        type: str
      origin:
        description:
          - Origin of the page that opens the WebSocket. By default that of O(url).
        type: str
      subprotocols:
        description:
          - Sub-protocols to offer.
        type: list
        elements: str
      headers:
        description:
          - Additional headers of the handshake. Their values are hidden wherever they occur, and stay in the memory of the
            process.
        type: dict
  tls:
    description:
      - How the server's certificate is verified, if O(url) is C(wss).
    type: dict
    suboptions:
      ca_path:
        description:
          - File with trusted roots (PEM) on the host of the task. By default those of its system.
        type: path
      verify:
        description:
          - Whether to verify chain and name.
        type: bool
        default: true
  max_dropped:
    description:
      - With O(state=finished), fail if more connections than this were dropped, or if the process did not watch them to the end
        (RV(ended) is V(lasts) or V(signal)). By default any number may.
    type: int
  max_gap:
    description:
      - With O(state=finished), fail if a client was without a connection for more seconds than this, or if the process did not watch
        them to the end (RV(ended) is V(lasts) or V(signal)). By default any time is allowed.
    type: float
  deadline:
    description:
      - Seconds that opening all connections, or ending them, may take.
    type: float
    default: 30.0
  payload:
    description:
      - Filled in by the action plugin. Not for users.
    type: str
notes:
  - Reads only. With O(state=started) a process and a directory stay on the host of the task, in its directory for temporary
    files; O(state=finished) removes both.
  - A file in that directory, which only its owner can access, tells the process to end. A signal is sent only if it does not
    respond, and only after its start time was compared.
  - If the playbook ends before O(state=finished), the process ends when O(lasts) has passed. What it leaves is deleted
    by the next O(state=started) a day later.
  - In an execution environment the process ends with the job's container. Start and finish in the same job.
  - The task's host needs Python 3.9 or newer on Linux or another Unix, and nothing else. websocket-client must be installed where
    Ansible runs.
  - Proxy environment variables are ignored.
seealso:
  - module: websocket.health.websocket_probe
  - module: websocket.health.checklist
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: Hold ten connections while the servers are updated
  websocket.health.continuity:
    state: started
    url: wss://chat.example.com/ws
  delegate_to: localhost
  run_once: true
  register: chat_clients

- name: Update the server
  ansible.builtin.include_role:
    name: chat

- name: No client may be without a connection for more than five seconds
  websocket.health.continuity:
    state: finished
    id: "{{ chat_clients.id }}"
    max_gap: 5
  delegate_to: localhost
  run_once: true

- name: A hundred clients that are logged in, for two hours at most
  websocket.health.continuity:
    state: started
    url: wss://chat.example.com/ws
    connections: 100
    lasts: 7200
    websocket:
      origin: https://chat.example.com
      subprotocols: [chat.v1]
      headers:
        Authorization: "Bearer {{ chat_probe_token }}"
    tls:
      ca_path: /etc/ssl/own-ca.pem
"""

RETURN = r"""
id:
  description: The value to pass to O(state=finished).
  returned: with O(state=started), if all connections were opened
  type: str
  sample: 5b0c2d1e9f4a4d6c8e7b3a2f1d0c9b8a
pid:
  description: The process that holds the connections.
  returned: with O(state=started), if all connections were opened
  type: int
  sample: 41822
held:
  description: How many connections are, or were, held.
  returned: when the host was reached
  type: int
  sample: 10
opened:
  description: How many connections could be opened, and were closed again.
  returned: with O(state=started), if not all connections could be opened
  type: int
  sample: 7
url:
  description: The URL that they were opened to, without the query.
  returned: with O(state=finished)
  type: str
  sample: wss://chat.example.com/ws
held_s:
  description: For how many seconds. If the process was killed or is gone, up to its last sign of life.
  returned: with O(state=finished)
  type: float
  sample: 94.112
dropped:
  description: How many of the connections were dropped at least once.
  returned: with O(state=finished)
  type: int
  sample: 5
reasons:
  description: Why they were dropped, the most frequent first. A connection can be dropped more than once.
  returned: with O(state=finished)
  type: list
  elements: dict
  contains:
    reason:
      description: Close code, its meaning and the server's text; or how the connection ended without one.
      returned: always
      type: str
      sample: "close code 1012 (service restart): deploying"
    count:
      description: How often.
      returned: always
      type: int
      sample: 4
  sample:
    - {reason: "close code 1012 (service restart): deploying", count: 4}
    - {reason: "TCP reset (1006)", count: 1}
drops:
  description: Every drop, the first thousand at most.
  returned: with O(state=finished)
  type: list
  elements: dict
  contains:
    connection:
      description: Which connection, from 1.
      returned: always
      type: int
      sample: 3
    after_s:
      description: Seconds after all had been opened.
      returned: always
      type: float
      sample: 31.207
    at:
      description: The same as time of day of the task's host, in UTC.
      returned: always
      type: str
      sample: "2026-11-23T09:14:03.512Z"
    reason:
      description: As in RV(reasons).
      returned: always
      type: str
      sample: "close code 1012 (service restart): deploying"
    code:
      description: The close code that a browser would show. V(1006) if there was no close frame.
      returned: always
      type: int
      sample: 1012
    back_after_s:
      description: Seconds until the client was reconnected. V(null) if it was not by the end.
      returned: always
      type: float
      sample: 2.417
    attempts:
      description: How often it tried.
      returned: always
      type: int
      sample: 8
  sample:
    - connection: 3
      after_s: 31.207
      at: "2026-11-23T09:14:03.512Z"
      reason: "close code 1012 (service restart): deploying"
      code: 1012
      back_after_s: 2.417
      attempts: 8
reconnected:
  description: How many times a dropped client was reconnected.
  returned: with O(state=finished)
  type: int
  sample: 5
still_down:
  description: How many clients were not connected at the end.
  returned: with O(state=finished)
  type: int
  sample: 0
longest_gap_s:
  description: The longest time that a client was without a connection, in seconds. One that lasts counts up to the end,
    as in RV(held_s).
  returned: with O(state=finished)
  type: float
  sample: 2.417
refused:
  description: The answers to attempts to connect, the most frequent first.
  returned: with O(state=finished), and if not all connections could be opened
  type: list
  elements: dict
  contains:
    said:
      description: The HTTP status, or the error.
      returned: always
      type: str
      sample: HTTP 503 Service Unavailable
    count:
      description: How often.
      returned: always
      type: int
      sample: 31
  sample:
    - {said: HTTP 503 Service Unavailable, count: 31}
    - {said: ECONNREFUSED (connection refused), count: 4}
pongs:
  description: Whether any ping was answered. If not, a server that hangs would not have been noticed.
  returned: with O(state=finished)
  type: bool
  sample: true
ended:
  description:
    - How the process ended. V(asked); V(lasts) if O(lasts) had passed; V(signal) if it was sent SIGTERM; V(stuck) if it did not
      react and had to be killed; V(died) if it was gone. With V(stuck) and V(died) the task fails, and returns what is known up to
      then. With V(lasts) and V(signal) it fails if O(max_dropped) or O(max_gap) is given.
  returned: with O(state=finished)
  type: str
  sample: asked
failed:
  description: Whether O(max_dropped) or O(max_gap) was exceeded or could not be verified, the process was killed or is gone, or not
    all connections could be opened.
  returned: always
  type: bool
  sample: false
msg:
  description: What happened, in one sentence.
  returned: always
  type: str
  sample: >-
    5 of 10 connections dropped in 94.1 s: close code 1012 (service restart): deploying (4 times), TCP reset (1006) (1 time);
    all reconnected; longest gap 2.42 s; meanwhile HTTP 503 Service Unavailable (31 times), ECONNREFUSED (connection refused)
    (4 times)
"""

from ansible_collections.websocket.health.plugins.module_utils._run.probe_module import run_continuity


def main() -> None:
    run_continuity()


if __name__ == "__main__":
    main()
