#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: websocket_probe
short_description: Does the WebSocket server answer handshakes and messages?
version_added: 0.1.0
description:
  - Does on the managed host what a browser would do, and more. The handshake, with and without Origin, over both loopback
    addresses and ten times in a row; an exchange of messages in the application's own protocol; ping and pong; the closing
    handshake; on demand an idle connection that is held open.
  - The same handshake is then done by the controller, from outside.
  - Items 5, 6, 7 and 12 and the debugging steps D1 and D3 of the checklist. The same checks are part of
    M(websocket.health.checklist), which asks everything in one go.
  - Where neither O(websocket.path) nor a path in O(public_url) is given, well-known paths are tried.
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.exposure
  - websocket.health.service.process
  - websocket.health.service.websocket
  - websocket.health.service.url
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Reads only. Nothing is installed on the host and nothing stays there.
  - The managed host needs Python 3.9 or newer and nothing else. Made for Linux; other systems need psutil for their Python.
  - Without root, what belongs to other users cannot be seen. Such checks are V(unknown), with the reason, and do not fail the
    task. Use C(become) to see everything.
  - websocket-client must be installed where Ansible runs. It is sent to the host with the module and used there from memory.
  - The server sees real connections. About fifteen handshakes on the host and one from the controller appear in its log and its
    counters, all of them closed in good order.
  - O(websocket.send) and the answer to it are part of the evidence. Do not put a secret into it; that is what
    O(websocket.headers) is for.
  - Where the port speaks TLS, that is noticed and used. Its certificate is looked at by M(websocket.health.tls_probe).
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.port_probe
  - module: websocket.health.log_probe
  - module: websocket.health.tls_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: Is there a WebSocket server on the port, wherever its path?
  websocket.health.websocket_probe:
    port: 8080

- name: An echo server, asked the way a browser on the page does
  websocket.health.websocket_probe:
    port: 8080
    websocket:
      path: /ws
      dialect: echo
      origin: https://chat.example.com

- name: Socket.IO behind a public name
  websocket.health.websocket_probe:
    port: 3000
    public_url: wss://chat.example.com/socket.io/?EIO=4&transport=websocket

- name: A message of the application's own, its answer, and a minute of silence
  websocket.health.websocket_probe:
    port: 8080
    websocket:
      path: /ws
      headers:
        Authorization: "Bearer {{ chat_probe_token }}"
      send: '{"type": "ping"}'
      expect: '"type": *"pong"'
      hold: 60
    deadline: 90

- name: Wait until it answers after a restart
  websocket.health.websocket_probe:
    port: 8080
    websocket:
      path: /ws
    only: [websocket.handshake]
    deadline: 5
  register: chat_websocket
  until: chat_websocket is not failed
  retries: 10
  delay: 2
"""

RETURN = r"""
status:
  description:
    - The worst of the checks. V(fail) weighs most, then V(error), V(warn), V(unknown), V(pass).
    - A check that is V(unknown) counts only if it is critical and was asked on the host. V(skip) never counts.
  returned: when the host was asked
  type: str
  sample: fail
checks:
  description:
    - One result for every check of the subject, in the order of the checklist.
  returned: when the host was asked
  type: list
  elements: dict
  contains:
    id:
      description: What was checked, as C(<subject>.<what>).
      returned: always
      type: str
      sample: websocket.handshake
    item:
      description: Item of the checklist that it answers.
      returned: always
      type: str
      sample: "D1"
    title:
      description: The check in words.
      returned: always
      type: str
      sample: The handshake is answered by 101 with a valid Accept
    status:
      description: V(pass), V(warn), V(fail), V(error), V(unknown) or V(skip).
      returned: always
      type: str
      sample: fail
    severity:
      description: What a failure means for the clients. V(critical), V(high), V(medium), V(low) or V(info).
      returned: always
      type: str
      sample: critical
    vantage:
      description: Where it was seen from. V(host) or V(controller).
      returned: always
      type: str
      sample: host
    instance:
      description: What it is about where a check has more than one result, such as the address that was dialled; else empty.
      returned: always
      type: str
      sample: 127.0.0.1:8080/chat
    summary:
      description: What was observed, in one line. For V(unknown) and V(skip), why.
      returned: always
      type: str
      sample: 400 Bad Request from node ws
    expected:
      description: What would be right, where that can be said. V(null), a string, a number or a list.
      returned: always
      type: raw
      sample: 101 Switching Protocols
    actual:
      description: What was found, for programs. V(null), a string, a number, a list or a dictionary.
      returned: always
      type: raw
      sample: 400
    evidence:
      description: The observations behind it, the most telling first.
      returned: always
      type: list
      elements: dict
      contains:
        source:
          description: Where it was seen. A file with its line, a table of the kernel, an address.
          returned: always
          type: str
          sample: 127.0.0.1:8080/chat
        text:
          description: What was seen there, secrets hidden.
          returned: always
          type: str
          sample: "> GET /chat HTTP/1.1\n< HTTP/1.1 400 Bad Request"
    remediation:
      description: What to do about it; empty where there is nothing to do.
      returned: always
      type: list
      elements: str
      sample: ["the port answers 101 on /ws: correct websocket.path, or the server's path"]
    duration_ms:
      description: Milliseconds that the probe took on the host. V(null) where it did not run.
      returned: always
      type: float
      sample: 54.4
  sample:
    - id: websocket.handshake
      item: D1
      title: The handshake is answered by 101 with a valid Accept
      status: fail
      severity: critical
      vantage: host
      instance: 127.0.0.1:8080/chat
      summary: 400 Bad Request from node ws
      expected: 101 Switching Protocols
      actual: 400
      evidence:
        - source: 127.0.0.1:8080/chat
          text: |-
            > GET /chat HTTP/1.1
            > Upgrade: websocket
            > Host: 127.0.0.1:8080
            > Origin: http://127.0.0.1:8080
            > Sec-WebSocket-Key: ZV7MxF2K0TBo0IkRgDekGA==
            > Sec-WebSocket-Version: 13
            > Connection: Upgrade
            < HTTP/1.1 400 Bad Request
            < Connection: close
            < Content-Type: text/html
            < Content-Length: 11
            body: Bad Request
            problem: Handshake status 400 Bad Request
      remediation:
        - "the port answers 101 on /ws: correct websocket.path, or the server's path"
      duration_ms: 54.4
    - id: websocket.message
      item: "7"
      title: "Messages flow: the dialect's exchange completes"
      status: unknown
      severity: critical
      vantage: host
      instance: ""
      summary: no open connection (see websocket.handshake)
      expected: null
      actual: null
      evidence: []
      remediation: []
      duration_ms: 54.4
evidence:
  description:
    - What was seen, without any judgement. It is redacted on the host, before it leaves it.
    - Keys may be added in later versions.
  returned: when the host was asked
  type: dict
  contains:
    subject:
      description: The subject that was asked about.
      returned: always
      type: str
      sample: websocket
    path:
      description: The path that was asked.
      returned: when websocket-client is installed on the controller
      type: str
      sample: /ws
    path_from:
      description: Where the path is from. V(configured), V(default) or V(discovered).
      returned: when websocket-client is installed on the controller
      type: str
      sample: configured
    library:
      description: The websocket-client that did the handshakes.
      returned: when websocket-client is installed on the controller
      type: str
      sample: 1.9.2 (brought along)
    main:
      description:
        - The handshake a browser would do.
        - C(outcome) is V(open), V(http), V(timeout), V(eof), V(reset) or another word for what came.
      returned: when websocket-client is installed on the controller
      type: dict
      sample:
        address: 127.0.0.1:8080
        path: /ws
        origin: https://chat.example.com
        outcome: open
        status: 101
        reason: Switching Protocols
        http_version: "1.1"
        accept: valid
        subprotocol: null
        extensions: null
        connect_ms: 4.4
        first_byte_ms: 1.0
        total_ms: 1.0
        request:
          - ["", GET /ws HTTP/1.1]
          - [Upgrade, websocket]
          - [Host, chat.example.com]
          - [Origin, "https://chat.example.com"]
          - [Sec-WebSocket-Key, w9d+FvCeevLZ1/5ZgeeDcw==]
          - [Sec-WebSocket-Version, "13"]
          - [Connection, Upgrade]
        headers:
          - [Upgrade, websocket]
          - [Connection, Upgrade]
          - [Sec-WebSocket-Accept, IY2g01rbr9T+RM/GYTE+17H2KAM=]
    alternatives:
      description: Other paths that were tried after a refusal, up to the first that opened.
      returned: when the first path was refused
      type: list
      elements: dict
      sample:
        - {path: /, outcome: http, status: 400}
        - {path: /ws, outcome: open, status: 101}
    attempts:
      description: Variations of the handshake. V(no_origin), V(ipv4) and V(ipv6).
      returned: when websocket-client is installed on the controller
      type: dict
      sample:
        ipv6:
          address: "[::1]:8080"
          path: /ws
          origin: https://chat.example.com
          outcome: connect-refused
          status: null
          errno: ECONNREFUSED
          error: Connection refused
          connect_ms: 0.9
    plain:
      description: The answer to an ordinary GET on the same path.
      returned: when websocket-client is installed on the controller
      type: dict
      sample:
        path: /ws
        outcome: http
        status: 404
        reason: Not Found
        headers:
          - [X-Powered-By, Express]
          - [Content-Type, text/html; charset=utf-8]
        body: "<pre>Cannot GET /ws</pre>"
        connect_ms: 0.0
    repeat:
      description: Outcomes of ten handshakes in a row, and the milliseconds each took.
      returned: when websocket-client is installed on the controller
      type: dict
      sample: {tried: 10, outcomes: {"101": 10}, ms: [0.4, 0.4, 0.5, 0.6, 0.6, 0.7, 0.7, 0.7, 0.8, 5.2]}
    conversation:
      description:
        - What followed an accepted handshake. C(trace) holds the first 60 frames in both directions.
        - C(hold) is there where O(websocket.hold) is set. C(ended) tells who ended it meanwhile, C(pong_ms) what a ping after it came to
          if C(pinged).
      returned: when the handshake was accepted
      type: dict
      sample:
        dialect: echo
        dialect_from: configured
        subprotocol: null
        greeting: null
        exchange: {completed: true, sent: wsh-dd8ea8a2477c, wanted: the same text, proof: wsh-dd8ea8a2477c}
        ping_ms: 1.4
        ended: null
        hold: {wanted_s: 60.0, held_s: 60.0, ended: null, pinged: true, pong_ms: 0.8}
        close: {how: answered, code: 1000, reason: "", ms: 1.1}
        trace:
          - {ms: 1074.7, direction: ">", opcode: text, bytes: 16, sample: wsh-dd8ea8a2477c}
          - {ms: 1074.9, direction: "<", opcode: text, bytes: 16, sample: wsh-dd8ea8a2477c}
    tls:
      description: Whether the port speaks TLS itself, so that it was asked in TLS.
      returned: when a handshake was tried
      type: bool
      sample: false
    public_name:
      description: What the host's resolver says of the name in O(public_url). V(null) where there is none, or no answer in time.
      returned: when websocket-client is installed on the controller
      type: dict
      sample: {name: chat.example.com, addresses: 2, error: ""}
    clock:
      description: The clock of the host when it had answered, and that of the controller, in seconds since the epoch.
      returned: always
      type: dict
      sample: {host: 1795402310.11, controller: 1795402310.35}
    controller:
      description:
        - The handshake from the controller. C(unknown) or C(skip) instead, where it could not or need not be tried.
        - C(large) is the same with so many C(bytes) of padding in the request; C(hold) is as in RV(evidence.conversation).
      returned: always
      type: dict
      sample:
        address: 192.0.2.11 port 8080
        path: /ws
        origin: https://chat.example.com
        outcome: open
        status: 101
        reason: Switching Protocols
        http_version: "1.1"
        accept: valid
        subprotocol: null
        extensions: null
        connect_ms: 0.1
        first_byte_ms: 2.0
        total_ms: 2.0
        large: {bytes: 1600, outcome: open, status: 101, ms: 3.1}
        hold: {wanted_s: 60.0, held_s: 60.0, ended: null, pinged: true, pong_ms: 0.9}
    public:
      description:
        - The handshake from the controller at O(public_url), or C(unknown), the reason why it could not be asked.
        - C(canonical) is the name that the URL's is an alias of; C(cookies) are names of cookies that the answer sets.
        - C(hold) is there where O(websocket.hold) is set. C(http2) tells what a server in TLS answers to a WebSocket over HTTP/2
          (RFC 8441), if it is C(advertised).
      returned: when O(public_url) is given
      type: dict
      sample:
        url: wss://chat.example.com/ws
        address: 192.0.2.80:443
        path: /ws
        origin: https://chat.example.com
        outcome: open
        status: 101
        reason: Switching Protocols
        http_version: "1.1"
        accept: valid
        subprotocol: null
        extensions: null
        connect_ms: 11.8
        first_byte_ms: 24.1
        total_ms: 24.1
        headers:
          - [Upgrade, websocket]
          - [Connection, upgrade]
          - [Sec-WebSocket-Accept, IY2g01rbr9T+RM/GYTE+17H2KAM=]
          - [Server, cloudflare]
        hold: {wanted_s: 60.0, held_s: 60.0, ended: null, pinged: true, pong_ms: 24.9}
        http2: {outcome: answered, advertised: true, status: 200, code: null, connect_ms: 11.2, ms: 31.0}
    error:
      description: V(null), or why the probe did not finish. C(kind) is V(deadline) or V(crash).
      returned: always
      type: dict
      sample:
        kind: deadline
        message: not finished within 30.0 s
    gaps:
      description: What could not be observed. A short name, the reason, and what would help.
      returned: always
      type: list
      elements: dict
      sample:
        - what: library
          reason: "websocket-client cannot be imported (ModuleNotFoundError: No module named 'websocket')"
          remedy: "install websocket-client where Ansible runs; it is brought along from there"
    duration_ms:
      description: Milliseconds that the probe took on the host.
      returned: always
      type: float
      sample: 1028.5
failed:
  description: Whether RV(status) is bad enough for O(fail_on).
  returned: always
  type: bool
  sample: true
msg:
  description: The verdict in one line. The root cause, if one was recognised; else the first check that is wrong; else a count.
  returned: always
  type: str
  sample: "server-path-option: The WebSocket server serves another path"
diagnoses:
  description:
    - The causes that this subject's evidence alone can name, the root cause first. The pages are under C(docs/diagnoses).
    - For the causes that need all subjects at once, use M(websocket.health.checklist).
  returned: when the host was asked
  type: list
  elements: dict
  sample: []
"""

from ansible_collections.websocket.health.plugins.module_utils._run.probe_module import run_probe


def main() -> None:
    run_probe("websocket")


if __name__ == "__main__":
    main()
