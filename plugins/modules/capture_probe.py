#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: capture_probe
short_description: What goes over the wire at the service's port during a handshake?
version_added: 0.1.0
description:
  - Runs C(tcpdump) on the managed host for some seconds, for the service's port only, and does a handshake in the meantime.
  - Decodes what was captured into connections, handshakes and frames. Headers and texts are redacted on the host.
  - Item D2 of the checklist. M(websocket.health.checklist) takes no capture unless its option C(only) names C(capture.*).
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.process
  - websocket.health.service.websocket
  - websocket.health.service.public_url
  - websocket.health.service.capture
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Nothing is installed on the host, no file is written and nothing stays there. C(tcpdump) ends on its own timeout.
  - Needs C(tcpdump) on the host and the right to capture (root, or CAP_NET_RAW). Without either the checks are V(unknown).
  - Packets of other clients of the same port are captured as well. Their texts are cut and redacted like those of the probe.
  - A pcap file cannot be redacted. It leaves the host only with O(capture.pcap=true), and contains whatever clients sent.
  - What is encrypted stays encrypted. With TLS only the connections and how they end are decoded.
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.websocket_probe
  - module: websocket.health.firewall_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: See a handshake on the wire
  websocket.health.capture_probe:
    port: 8080
    websocket:
      path: /ws
  become: true

- name: Ten seconds of the port, and the packets for Wireshark
  websocket.health.capture_probe:
    port: 8080
    capture:
      seconds: 10
      packets: 2000
      pcap: true
  become: true
  register: chat_capture

- name: Store the packets next to the playbook
  ansible.builtin.shell:
    cmd: base64 -d > {{ inventory_hostname | quote }}.pcap
    stdin: "{{ chat_capture.evidence.pcap }}"
  delegate_to: localhost
  changed_when: true
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
      description: Where it was seen from. V(host).
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
    - id: capture.handshake
      item: D2
      title: A complete handshake is seen on the wire
      status: pass
      severity: high
      vantage: host
      instance: ''
      summary: '10 of 12 connections: accepted, GET /ws HTTP/1.1 answered with 101'
      expected: null
      actual: null
      evidence:
        - source: 127.0.0.1:35914 → 127.0.0.1:8080
          text: '+0.0 ms SYN; +0.0 ms accepted; GET /ws HTTP/1.1; +3.8 ms answered with 101; +1013.0 ms client: text, 16
            bytes hello; closed by client'
      remediation: []
      duration_ms: 3046.9
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
      sample: capture
    packets:
      description: How many packets were captured. V(null) means there was no capture.
      returned: always
      type: int
      sample: 162
    dropped:
      description: Packets that the kernel dropped because the capture was too slow. V(null) means tcpdump did not say.
      returned: where the capture ran
      type: int
      sample: 0
    connections:
      description: The connections in the order of their first packets, at most 12. Times are milliseconds after the first
        packet.
      returned: always
      type: list
      elements: dict
      contains:
        client:
          description: The end that opened it, such as V(192.0.2.7:35914).
          type: str
        server:
          description: The other end.
          type: str
        at_ms:
          description: When its first packet was seen.
          type: float
        syn:
          description: Whether its start was captured.
          type: bool
        accepted_ms:
          description: When it was accepted. V(null) means the SYN got no answer.
          type: float
        refused:
          description: Whether the port refused it.
          type: bool
        repeated:
          description: How many segments were retransmitted.
          type: int
        tls:
          description: Whether it starts as TLS does.
          type: bool
        request:
          description: The request line, without its query. V(null) means none was seen.
          type: str
        request_headers:
          description: Name and value of each header of the request, redacted.
          returned: where a request was seen
          type: list
          elements: list
        status:
          description: The HTTP status of the answer. V(null) means none was seen.
          type: int
        answered_ms:
          description: When the answer was seen.
          returned: where it was seen
          type: float
        answer_headers:
          description: Name and value of each header of the answer, redacted.
          returned: where it was seen
          type: list
          elements: list
        frames:
          description:
            - The first frames, in the order of their times.
            - Each has C(from), C(at_ms), C(opcode), C(fin), C(masked), C(compressed), C(length) and C(text).
          type: list
          elements: dict
        ended:
          description: 'How it ended: V(open), V(closed by client), V(reset by server) …'
          type: str
      sample:
        - client: 127.0.0.1:35914
          server: 127.0.0.1:8080
          at_ms: 0.0
          syn: true
          accepted_ms: 0.0
          refused: false
          repeated: 0
          request: GET /ws HTTP/1.1
          status: 101
          answered_ms: 3.8
          frames:
            - from: client
              at_ms: 1013.0
              opcode: text
              fin: true
              masked: true
              compressed: false
              length: 5
              text: hello
          ended: closed by client
    handshake:
      description:
        - What the probe itself saw of its handshake. V(null) means it did not get that far.
        - It is in the form of RV(websocket.health.websocket_probe#module:evidence.main).
      returned: always
      type: dict
      sample: {address: '127.0.0.1:8080', path: /ws, outcome: open, status: 101}
    pcap:
      description: The packets as a pcap file, in base64, from their IP headers on. It is not redacted.
      returned: when O(capture.pcap) is true
      type: str
      sample: 1MOyoQIABAAAAAAAAAAAAP//AABlAAAA
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
        - what: capture
          reason: tcpdump is not installed on this host
          remedy: install tcpdump for the time of the capture
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 3046.9
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
  sample: 'pass: 3 checks'
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
    run_probe("capture")


if __name__ == "__main__":
    main()
