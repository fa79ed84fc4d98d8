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
    handshake; on request, an idle connection that is held open.
  - Then the controller does the same handshake, from outside.
  - Items 5, 6, 7 and 12 and the debugging steps D1 and D3 of the checklist. The same checks are part of
    M(websocket.health.checklist), which checks everything in one go.
  - If neither O(websocket.path) nor a path in O(public_url) is given, well-known paths are tried.
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
    counters, all of them closed properly.
  - O(websocket.send) and the answer to it are part of the evidence. Do not put a secret into it; that is what
    O(websocket.headers) is for.
  - If the port speaks TLS, that is detected and used. Its certificate is checked by M(websocket.health.tls_probe).
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

- name: An echo server, tested as a browser on the page would
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

- name: One of the application's own messages, its answer, and a minute of silence
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

- name: Wait for an answer after the restart
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

# RETURN is made by `make generate`, from module_utils/_evidence and tests/tools/returned.
RETURN = r"""
status:
  description:
    - The worst of the checks. V(fail) weighs most, then V(error), V(warn), V(unknown), V(pass).
    - A check that is V(unknown) counts only if it is critical and was made on the host. V(skip) never counts.
  returned: when the host was reached
  type: str
  sample: fail
checks:
  description: One result for every check of the subject, in the order of the checklist.
  returned: when the host was reached
  type: list
  elements: dict
  contains:
    id:
      description: What was checked, as C(<subject>.<what>).
      returned: always
      type: str
    item:
      description: Item of the checklist that it answers.
      returned: always
      type: str
    title:
      description: The check in words.
      returned: always
      type: str
    status:
      description: V(pass), V(warn), V(fail), V(error), V(unknown) or V(skip).
      returned: always
      type: str
    severity:
      description: What a failure means for the clients. V(critical), V(high), V(medium), V(low) or V(info).
      returned: always
      type: str
    vantage:
      description: Where it was seen from. V(host) or V(controller).
      returned: always
      type: str
    instance:
      description: What it is about, if a check has more than one result, such as the address or URL that was connected
        to; else empty.
      returned: always
      type: str
    summary:
      description: What was observed, in one line. For V(unknown) and V(skip), why.
      returned: always
      type: str
    expected:
      description: What would be right, if that can be said. V(null), a string, a number or a list.
      returned: always
      type: raw
    actual:
      description: What was found, for programs. V(null), a string, a number, a list or a dictionary.
      returned: always
      type: raw
    evidence:
      description:
        - The observations behind it, the most relevant first.
        - C(source) is where it was seen (a file with its line, a table of the kernel, an address), C(text) what was seen
          there, with secrets hidden.
      returned: always
      type: list
      elements: dict
    remediation:
      description: What to do about it; empty if there is nothing to do.
      returned: always
      type: list
      elements: str
    duration_ms:
      description: Milliseconds that the probe took. V(null) if it did not run.
      returned: always
      type: float
  sample:
    - id: websocket.handshake
      item: D1
      title: The handshake is answered with 101 with a valid Accept
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
      remediation: ['the port answers 101 on /ws: correct websocket.path, or the server''s path']
      duration_ms: 54.4
    - id: websocket.message
      item: '7'
      title: 'Messages flow: the dialect''s exchange completes'
      status: unknown
      severity: critical
      vantage: host
      instance: ''
      summary: no open connection (see websocket.handshake)
      expected: null
      actual: null
      evidence: []
      remediation: []
      duration_ms: 54.4
evidence:
  description:
    - What was seen, without any judgement. It is redacted where it was seen, before it is passed on.
    - Fields may be added in later versions. One may be missing if the probe did not finish.
  returned: when the host was reached
  type: dict
  contains:
    subject:
      description: The subject that was probed.
      returned: always
      type: str
      sample: websocket
    vantage:
      description: 'Where the probe ran: V(host).'
      returned: always
      type: str
      sample: host
    library:
      description: The websocket-client that did the handshakes.
      returned: when websocket-client is installed on the controller
      type: str
      sample: 1.9.2 (brought along)
    path:
      description: The path that was tried.
      returned: when a handshake was tried
      type: str
      sample: /ws
    path_from:
      description: 'Where the path comes from: V(configured); V(public_url); V(page), V(proxy), V(log): what named it; V(discovered):
        a common path that opens; V(default): it is not known, and a common path was tried.'
      returned: when a handshake was tried
      type: str
      sample: configured
    path_where:
      description: 'Where the path was found: a file and line, a log, a page.'
      returned: where another path was found
      type: str
    tls:
      description: Whether the port speaks TLS itself, so that TLS was used.
      returned: when a handshake was tried
      type: bool
      sample: false
    offered:
      description: Sub-protocols without which the server refuses.
      returned: when a handshake was tried
      type: list
      elements: str
      sample: []
    forwarded_proto:
      description: Whether the server accepts only requests whose headers say that a proxy terminated TLS.
      returned: where the handshake without that was refused
      type: bool
    main:
      description: The handshake that a browser would do.
      returned: when a handshake was tried
      type: dict
      contains:
        outcome:
          description: 'The result: V(open) (accepted), V(http) (another answer), V(timeout), V(eof), V(reset), V(connect-refused)
            or another word for what was received.'
          type: str
        connect_ms:
          description: Milliseconds until there was a connection, or none.
          type: float
        errno:
          description: The name of the system's error.
          returned: where there was no connection
          type: str
        error:
          description: The error in words.
          returned: where something went wrong
          type: str
        verify_code:
          description: OpenSSL's complaint about the certificate.
          returned: where TLS failed
          type: int
        status:
          description: The HTTP status of the answer. V(null) means no HTTP answer came.
          type: int
        body:
          description: The start of the body, redacted.
          returned: where it was not accepted
          type: str
        address:
          description: 'Where it was sent: V(127.0.0.1:8080), or a unix socket''s path; from the controller V(192.0.2.12
            port 8080).'
          type: str
        path:
          description: The path that was requested.
          type: str
        reason:
          description: The reason phrase of the answer.
          type: str
        http_version:
          description: The version of HTTP of the answer.
          type: str
        headers:
          description: Name and value of each header of the answer, redacted.
          type: list
          elements: list
        bytes:
          description: The start of an answer that is not HTTP, unprintable bytes as escapes.
          returned: where it is none
          type: str
        origin:
          description: The Origin that was sent. V(null) means none was.
          type: str
        request:
          description: Name and value of each header as it was sent, redacted; the request line has an empty name.
          type: list
          elements: list
        accept:
          description: 'For a 101 its Sec-WebSocket-Accept: V(valid), V(wrong) or V(missing).'
          type: str
        broken:
          description: The headers for which every browser refuses a 101, each with what is wrong. Only of a 101.
          type: list
          elements: str
        subprotocol:
          description: The sub-protocol that the server selected. V(null) means none.
          type: str
        extensions:
          description: The extensions that the server selected. V(null) means none.
          type: str
        first_byte_ms:
          description: Milliseconds from the request to the first byte of the answer.
          type: float
        total_ms:
          description: Milliseconds from the request to the last byte of the answer.
          type: float
        waited_ms:
          description: How long the probe waited for an answer, in milliseconds.
          returned: where none came
          type: float
        received:
          description: How many bytes were received.
          returned: where the answer is not complete HTTP
          type: int
        problem:
          description: The library's error message.
          returned: where it had one
          type: str
        canonical:
          description: What the URL's name is an alias of. Added by the controller at the public URL.
          type: str
        cookies:
          description: The names of cookies that are set. Added by the controller at the public URL.
          type: list
          elements: str
      sample:
        address: 127.0.0.1:8080
        path: /ws
        origin: https://chat.example.com
        outcome: open
        status: 101
        reason: Switching Protocols
        http_version: '1.1'
        accept: valid
        subprotocol: null
        extensions: null
        connect_ms: 4.4
        first_byte_ms: 1.0
        total_ms: 1.0
        request:
          - ['', GET /ws HTTP/1.1]
          - [Upgrade, websocket]
          - [Host, chat.example.com]
          - [Origin, 'https://chat.example.com']
          - [Sec-WebSocket-Key, w9d+FvCeevLZ1/5ZgeeDcw==]
          - [Sec-WebSocket-Version, '13']
          - [Connection, Upgrade]
        headers:
          - [Upgrade, websocket]
          - [Connection, Upgrade]
          - [Sec-WebSocket-Accept, IY2g01rbr9T+RM/GYTE+17H2KAM=]
    first_refusal:
      description:
        - The handshake that was refused first.
        - It is in the form of RV(evidence.main).
      returned: where another path or Host was found
      type: dict
    host_from:
      description: 'Where the Host of the handshakes comes from: V(public_url); V(dialled): the endpoint, by the name of
        V(websocket.origin) where that is set; V(origin): that of V(websocket.origin), because the server refuses the one
        that is dialled; V(proxy): one with which a proxy on the host forwards to the service, because the server refuses
        the other.'
      returned: when a handshake was tried
      type: str
    host:
      description: The Host that was sent.
      returned: where it is neither that of the public URL nor the one that is dialled
      type: str
    experiments:
      description: What was varied after a refusal, one thing at a time. V(from) is what it was there.
      returned: where the handshake was not accepted on a path that is known, or only with the Host of V(websocket.origin)
      type: list
      elements: dict
      contains:
        from:
          description: What it was in the main handshake.
          type: str
        name:
          description: 'What differs: V(origin), V(host), V(origin and host), V(path), V(query), V(subprotocol), V(header
            <name>), V(X-Forwarded-Proto), V(transport), V(PROXY line) or V(upgrade) (an ordinary GET in its place).'
          type: str
        to:
          description: What it was instead.
          type: str
        outcome:
          description: The outcome of the handshake.
          type: str
        status:
          description: The HTTP status of the answer. V(null) means no HTTP answer came.
          type: int
        flipped:
          description: Whether it was accepted, where the main one was not; of V(upgrade), whether the GET was answered.
          type: bool
    alternatives:
      description: Other paths that were tried, up to the first that opened.
      returned: when the first path was refused
      type: list
      elements: dict
      contains:
        from:
          description: 'How the path is known: V(public_url), V(page), V(proxy), V(log) or V(discovered) (a common one).'
          type: str
        path:
          description: The path.
          type: str
        outcome:
          description: The outcome of the handshake.
          type: str
        status:
          description: The HTTP status of the answer. V(null) means no HTTP answer came.
          type: int
        where:
          description: 'Where the path was found: a file and line, a log, a page.'
          type: str
      sample:
        - {path: /, outcome: http, status: 400}
        - {path: /ws, outcome: open, status: 101}
    attempts:
      description: Variations of the main handshake, each V(null) if it did not finish.
      returned: when a handshake was tried
      type: dict
      contains:
        no_origin:
          description:
            - Without an Origin.
            - It is in the form of RV(evidence.main).
          type: dict
        ipv4:
          description:
            - At the IPv4 loopback.
            - It is in the form of RV(evidence.main).
          type: dict
        ipv6:
          description:
            - At the IPv6 loopback.
            - It is in the form of RV(evidence.main).
          type: dict
        own_origin:
          description:
            - With the Origin of a page that the port itself serves.
            - It is in the form of RV(evidence.main).
          returned: where the handshake was refused
          type: dict
        after_get:
          description:
            - Once more, after an ordinary GET went through.
            - It is in the form of RV(evidence.main).
          returned: where the handshake was not answered
          type: dict
      sample:
        ipv6:
          address: '[::1]:8080'
          path: /ws
          origin: https://chat.example.com
          outcome: connect-refused
          status: null
          errno: ECONNREFUSED
          error: Connection refused
          connect_ms: 0.9
    plain:
      description: The answer to an ordinary GET on the same path. V(null) means it did not finish.
      returned: when a handshake was tried
      type: dict
      contains:
        outcome:
          description: 'The result: V(open) (accepted), V(http) (another answer), V(timeout), V(eof), V(reset), V(connect-refused)
            or another word for what was received.'
          type: str
        connect_ms:
          description: Milliseconds until there was a connection, or none.
          type: float
        errno:
          description: The name of the system's error.
          returned: where there was no connection
          type: str
        error:
          description: The error in words.
          returned: where something went wrong
          type: str
        verify_code:
          description: OpenSSL's complaint about the certificate.
          returned: where TLS failed
          type: int
        status:
          description: The HTTP status of the answer. V(null) means no HTTP answer came.
          type: int
        body:
          description: The start of the body, redacted.
          returned: where it was not accepted
          type: str
        address:
          description: 'Where it was sent: V(127.0.0.1:8080), or a unix socket''s path; from the controller V(192.0.2.12
            port 8080).'
          type: str
        path:
          description: The path that was requested.
          type: str
        reason:
          description: The reason phrase of the answer.
          type: str
        http_version:
          description: The version of HTTP of the answer.
          type: str
        headers:
          description: Name and value of each header of the answer, redacted.
          type: list
          elements: list
        bytes:
          description: The start of an answer that is not HTTP, unprintable bytes as escapes.
          returned: where it is none
          type: str
        ms:
          description: Milliseconds that it took in total.
          type: float
      sample:
        path: /ws
        outcome: http
        status: 404
        reason: Not Found
        headers: [[X-Powered-By, Express], [Content-Type, text/html; charset=utf-8]]
        body: <pre>Cannot GET /ws</pre>
        connect_ms: 0.0
    plain_again:
      description: The answer to an ordinary GET after the probe's connection had ended.
      returned: where none came as long as the connection was open
      type: dict
      contains:
        status:
          description: The HTTP status of the answer. V(null) means no HTTP answer came.
          type: int
        ms:
          description: Milliseconds that it took in total.
          type: float
    repeat:
      description: Ten handshakes in a row.
      returned: when a handshake was tried
      type: dict
      contains:
        tried:
          description: How many.
          type: int
        outcomes:
          description: How often each HTTP status occurred, or an outcome without one.
          type: dict
        ms:
          description: Milliseconds to the first byte of each answer, ascending.
          type: list
          elements: float
      sample: {tried: 10, outcomes: {'101': 10}, ms: [0.4, 0.4, 0.5, 0.6, 0.6, 0.7, 0.7, 0.7, 0.8, 5.2]}
    polling:
      description: What Engine.IO's polling showed. V(outcome), V(status) and V(body) are of the first answer.
      returned: where the service speaks Engine.IO
      type: dict
      contains:
        status:
          description: The HTTP status of the answer. V(null) means no HTTP answer came.
          type: int
        body:
          description: The start of the body, redacted.
          type: str
        outcome:
          description: The result of the first request.
          type: str
        sid:
          description: Whether the first answer created a session.
          type: bool
        sessions:
          description: How many sessions were created.
          type: int
        unknown:
          description: How many of them were unknown on their second request.
          type: int
        refusal:
          description: The body that said so.
          type: str
    conversation:
      description: What followed the accepted handshake.
      returned: where it was accepted
      type: dict
      contains:
        dialect:
          description: The dialect that was spoken. V(null) means it was not recognised.
          type: str
        dialect_from:
          description: How it was recognised.
          type: str
        subprotocol:
          description: The sub-protocol that the server selected. V(null) means none.
          type: str
        greeting:
          description: What the server sent first, on its own. V(null) means nothing.
          type: str
        exchange:
          description:
            - An exchange of messages in that dialect. V(null) means there was none.
            - It has C(completed), C(sent), C(wanted), C(proof), C(refusal), C(peer) and C(ended).
          type: dict
        ping_ms:
          description: Milliseconds until a ping was answered. V(null) means no pong came.
          type: float
        hold:
          description:
            - The connection, kept idle.
            - It has C(wanted_s), C(held_s), C(ended), C(pinged), C(pong_ms), C(again) and C(opened).
          returned: where O(websocket.hold) is set
          type: dict
        ended:
          description:
            - How the server ended it before the client closed. V(null) means it did not.
            - It has C(how), C(code) and C(reason).
          type: dict
        cut_short:
          description: Why the probe did not wait until the end.
          returned: where it did not
          type: str
        get_unanswered:
          description: Whether an ordinary GET was not answered as long as the connection was open.
          type: bool
        stream_start:
          description: The first bytes after the 101; in hexadecimal if they are not text.
          type: str
        broken_frame:
          description: The first frame for which every browser ends the connection, and how it breaks RFC 6455.
          returned: where one does
          type: str
        close:
          description:
            - The closing handshake that the probe started. V(null) means it was not tried.
            - It has C(how), C(code), C(reason) and C(ms).
          type: dict
        trace:
          description:
            - The first frames in both directions.
            - Each has C(ms), C(direction), C(opcode), C(bytes) and C(sample).
          type: list
          elements: dict
      sample:
        dialect: echo
        dialect_from: configured
        subprotocol: null
        greeting: null
        exchange:
          completed: true
          sent: wsh-dd8ea8a2477c
          wanted: the same text
          proof: wsh-dd8ea8a2477c
        ping_ms: 1.4
        ended: null
        hold: {wanted_s: 60.0, held_s: 60.0, ended: null, pinged: true, pong_ms: 0.8}
        close: {how: answered, code: 1000, reason: '', ms: 1.1}
        trace:
          - {ms: 1074.7, direction: '>', opcode: text, bytes: 16, sample: wsh-dd8ea8a2477c}
          - {ms: 1074.9, direction: <, opcode: text, bytes: 16, sample: wsh-dd8ea8a2477c}
    public_name:
      description: The host's resolver's answer for the name in the public URL. V(null) means there is no name, or no answer
        in time.
      returned: when a handshake was tried
      type: dict
      contains:
        name:
          description: The name.
          type: str
        addresses:
          description: How many addresses it knows; the controller does not report this.
          type: int
        error:
          description: 'The resolver''s error, such as V(EAI_NONAME); empty: none.'
          type: str
      sample: {name: chat.example.com, addresses: 2, error: ''}
    clock:
      description: The clocks of the host and of the controller when the host answered, in seconds since the epoch. Added
        by the controller.
      returned: always
      type: dict
      contains:
        host:
          description: That of the host. V(null) means the host did not say.
          type: float
        controller:
          description: That of the controller.
          type: float
      sample: {host: 1795402310.11, controller: 1795402310.35}
    controller:
      description:
        - The handshake from the controller. Added by the controller. If it did not get that far, its connection to the
          port.
        - What is not listed here is as in RV(evidence.main).
      returned: always
      type: dict
      contains:
        unknown:
          description: Why it is not known.
          returned: where it could not be tried
          type: str
        skip:
          description: Why it need not be tried.
          returned: where it was not
          type: str
        again:
          description: The outcome of a second handshake.
          returned: where the first got no answer in time
          type: str
        unasked:
          description:
            - What the server did within a second, without being asked.
            - It has C(ended), C(ms) and C(broken_frame).
          returned: where the path is configured
          type: dict
        hold:
          description:
            - The connection, kept idle.
            - It has C(wanted_s), C(held_s), C(ended), C(pinged), C(pong_ms), C(again) and C(opened).
          returned: where O(websocket.hold) is set
          type: dict
        large:
          description:
            - The handshake with a request that fills more than one packet.
            - It has C(bytes), C(outcome), C(status), C(ms) and C(again).
          returned: where the handshake was accepted
          type: dict
        port_evidence:
          description:
            - Only the proxies of the port's evidence.
            - It is in the form of RV(websocket.health.port_probe#module:evidence).
          type: dict
        numeric:
          description: The address that the host's name resolved to.
          returned: where there was no connection
          type: str
        ms:
          description: Milliseconds until the connection failed.
          returned: where it did
          type: float
        own_rules:
          description:
            - What the controller's own firewall does with a connection.
            - It has C(verdict), C(how), C(chain), C(rule), C(packets), C(unsure) and C(by).
          returned: where there was none
          type: dict
      sample:
        address: 192.0.2.11 port 8080
        path: /ws
        origin: https://chat.example.com
        outcome: open
        status: 101
        reason: Switching Protocols
        http_version: '1.1'
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
        - The handshake from the controller at the public URL. Added by the controller.
        - What is not listed here is as in RV(evidence.main).
      returned: when O(public_url) is given
      type: dict
      contains:
        url:
          description: The URL, as it may be shown.
          type: str
        unknown:
          description: Why it is not known.
          returned: where it could not be tried
          type: str
        lookup:
          description:
            - The controller's resolver's answer for the name.
            - It is in the form of RV(evidence.public_name).
          returned: where it knows no address
          type: dict
        host_lookup:
          description:
            - The host's resolver's answer for the name then. V(null) means it did not answer in time.
            - It is in the form of RV(evidence.public_name).
          returned: where the controller's knows no address
          type: dict
        hold:
          description:
            - The connection, kept idle.
            - It has C(wanted_s), C(held_s), C(ended), C(pinged), C(pong_ms), C(again) and C(opened).
          returned: where O(websocket.hold) is set
          type: dict
        addresses:
          description:
            - Every address of its name, as the controller could connect to it.
            - Each has C(address), C(outcome), C(errno) and C(ms).
          returned: where there are several
          type: list
          elements: dict
        large:
          description:
            - The handshake with a request that fills more than one packet.
            - It has C(bytes), C(outcome), C(status), C(ms) and C(again).
          returned: where the handshake was accepted
          type: dict
        small_segments:
          description:
            - Such a handshake in packets of 576 bytes.
            - It has C(outcome) and C(usual).
          returned: where one in packets of the usual size got no answer
          type: dict
        http2:
          description:
            - What the server says to WebSockets over HTTP/2.
            - It has C(outcome), C(connect_ms), C(errno), C(error), C(verify_code), C(advertised), C(status), C(code) and
              C(ms).
          returned: where TLS is spoken and the handshake was accepted
          type: dict
        session:
          description:
            - The TLS session, until it is moved to the evidence of TLS. It is not evidence.
            - It is in the form of RV(websocket.health.tls_probe#module:evidence.sessions).
          type: dict
      sample:
        url: wss://chat.example.com/ws
        address: 192.0.2.80:443
        path: /ws
        origin: https://chat.example.com
        outcome: open
        status: 101
        reason: Switching Protocols
        http_version: '1.1'
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
        http2:
          outcome: answered
          advertised: true
          status: 200
          code: null
          connect_ms: 11.2
          ms: 31.0
    error:
      description:
        - Why the probe as a whole did not finish. V(null) means it did.
        - It has C(kind) and C(message).
      returned: always
      type: dict
      sample: {kind: deadline, message: not finished within 30.0 s}
    gaps:
      description:
        - What could not be observed, why, and what would help.
        - Each has C(what), C(reason), C(remedy) and C(kind).
      returned: always
      type: list
      elements: dict
      sample:
        - what: library
          reason: 'websocket-client cannot be imported (ModuleNotFoundError: No module named ''websocket'')'
          remedy: install websocket-client where Ansible runs; it is sent to the host from there
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 1028.5
failed:
  description: Whether RV(status) is bad enough for O(fail_on).
  returned: always
  type: bool
  sample: true
msg:
  description: The verdict in one line. The root cause, if one was recognised; else the first check that is wrong; else
    a count.
  returned: always
  type: str
  sample: 'server-path-option: The WebSocket server serves another path'
diagnoses:
  description:
    - The causes that this subject's evidence alone can name, the root cause first. The pages are under C(docs/diagnoses).
    - Each is in the form of RV(websocket.health.checklist#module:services[].diagnoses).
    - For the causes that need all subjects at once, use M(websocket.health.checklist).
  returned: when the host was reached
  type: list
  elements: dict
  sample: []
"""

from ansible_collections.websocket.health.plugins.module_utils._run.probe_module import run_probe


def main() -> None:
    run_probe("websocket")


if __name__ == "__main__":
    main()
