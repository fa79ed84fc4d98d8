#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: checklist
short_description: Check everything about a host's WebSocket services, in one round trip
version_added: 0.1.0
description:
  - Runs all probes of all services of a host at once, in one process on the host and under one deadline, while the controller
    tests the same host from outside. Then it judges what was seen, names the root cause of what fails, and writes one result
    file for M(websocket.health.report).
  - It collects and never fails because of what it finds. RV(gate) says what would fail under which setting; the role
    P(websocket.health.checklist#role) fails accordingly, after the report is written.
  - The task fails only because of a wrong option or a result file that cannot be written. A host that cannot be reached is unreachable as
    in any other task. In every case a result is written if possible, so that the host is in the report.
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.service.services
  - websocket.health.service.run
attributes:
  check_mode:
    details:
      - Nothing is changed on a target in either mode. The result file on the controller is written in check mode too.
options:
  report_dir:
    description:
      - Directory on the controller. The result is written into its subdirectory C(results).
      - By default C(websocket-health) in the directory in which Ansible was started.
    type: path
  run_id:
    description:
      - Name of the run that the result belongs to. M(websocket.health.report) uses the results of one run.
      - By default a separate one for every process of C(ansible-playbook).
      - Set the same value in several runs of Ansible, such as the slices of a job, to make one report of them.
    type: str
  artifacts:
    description:
      - Whether to pass on the result as M(ansible.builtin.set_stats) does, in a variable that begins with
        C(websocket_health_results_). The next job of an AWX workflow, or the playbook C(websocket.health.report) in it,
        finds there what the slices of this one saw.
      - A slice has its own directory, which is deleted with it; without this option its results would be lost.
    type: bool
    default: false
  keep_evidence:
    description:
      - Whether to keep what was seen, not only the verdict, in the subdirectory C(evidence) of O(report_dir).
      - Attach that file if you report "a failure it did not name". Secrets are redacted in it as everywhere; read it before
        you send it.
    type: bool
    default: false
notes:
  - Reads only. Nothing is installed on the host and nothing stays there.
  - The managed host needs Python 3.9 or newer and nothing else. Made for Linux; other systems need psutil for their Python.
  - Without root, what belongs to other users cannot be seen. Such checks are V(unknown), with the reason, and do not fail the
    task. Use C(become) to see everything.
  - websocket-client must be installed where Ansible runs. It is sent to the host with the module and used there from memory.
seealso:
  - module: websocket.health.report
  - module: websocket.health.process_probe
  - module: websocket.health.environment_probe
  - module: websocket.health.log_probe
  - module: websocket.health.port_probe
  - module: websocket.health.websocket_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: Check all chat servers
  hosts: chat_servers
  gather_facts: false
  become: true
  tasks:
    - name: One service, found by its port
      websocket.health.checklist:
        services:
          - name: chat
            port: 8080

    - name: The services of the inventory, in less time, without their logs
      websocket.health.checklist:
        services: "{{ websocket_health_services }}"
        deadline: 10
        skip: [log.*]
      register: health

    - name: Show what was found
      ansible.builtin.debug:
        var: health.msg

    - name: Stop the play on hosts that fail, or could not be checked
      ansible.builtin.assert:
        that: not health.gate.fail
        fail_msg: "{{ health.msg }}"

- name: Write the report
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: For all hosts of the run
      websocket.health.report:
        hosts: "{{ groups['chat_servers'] }}"

# Two services in full
- name: Check a host with two services
  hosts: web1
  gather_facts: false
  become: true
  tasks:
    - name: Check
      websocket.health.checklist:
        services:
          - name: chat
            port: 8080
            exposure: proxied
            process: {unit: chat.service, min: 1, max: 1}
            environment:
              expect: {NODE_ENV: production}
              require: [REDIS_URL]
            logs:
              - path: /var/log/chat/server.log
                ready: 'listening on port (?P<port>\d+)'
            websocket: {path: /ws, dialect: echo}
            public_url: wss://chat.example.com/ws
          - name: notifications
            socket: /run/notifications/http.sock
            websocket: {dialect: socketio}
"""

RETURN = r"""
host:
  description: The host's name in the inventory.
  returned: always
  type: str
  sample: web2
run_id:
  description: The run that the result belongs to.
  returned: always
  type: str
  sample: 20261123T025218Z-3a3d46c30987
status:
  description:
    - The worst of RV(services[].status). V(fail), V(warn), V(unknown) or V(pass).
    - V(unreachable) if the host did not answer; V(unknown) also if it could not be checked.
  returned: always
  type: str
  sample: fail
services:
  description: The verdict on each service, in the order of the option; empty if the host could not be checked.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The service.
      returned: always
      type: str
      sample: chat
    status:
      description:
        - The worst of its checks. V(fail) weighs most, then V(error), V(warn), V(unknown), V(pass).
        - A check that is V(unknown) counts only if it is critical and was made on the host. V(skip) never counts.
      returned: always
      type: str
      sample: fail
    checks:
      description: One result for every check and, if it is made from several places, for every vantage.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: What was checked, as C(<subject>.<what>).
          returned: always
          type: str
          sample: port.reachable
        item:
          description: Item of the checklist that it answers.
          returned: always
          type: str
          sample: "4"
        title:
          description: The check in words.
          returned: always
          type: str
          sample: Clients can open a TCP connection from outside
        status:
          description: V(pass), V(warn), V(fail), V(error), V(unknown) or V(skip).
          returned: always
          type: str
          sample: fail
        severity:
          description: What a failure means for the clients. V(critical), V(high), V(medium), V(low) or V(info).
          returned: always
          type: str
          sample: high
        vantage:
          description: Where it was seen from. V(host) or V(controller).
          returned: always
          type: str
          sample: controller
        instance:
          description: What it is about, if a check has more than one result, such as the address that was connected to; else empty.
          returned: always
          type: str
          sample: 192.0.2.12 port 8080
        summary:
          description: What was observed, in one line. For V(unknown) and V(skip), why.
          returned: always
          type: str
          sample: "the controller cannot connect to 192.0.2.12 port 8080: ECONNREFUSED after 2 ms"
        expected:
          description: What would be right, if that can be said. V(null), a string, a number or a list.
          returned: always
          type: raw
          sample: connected
        actual:
          description: What was found, for programs. V(null), a string, a number, a list or a dictionary.
          returned: always
          type: raw
          sample: ECONNREFUSED
        evidence:
          description: The observations behind it, the most relevant first.
          returned: always
          type: list
          elements: dict
          contains:
            source:
              description: Where it was seen. A file with its line, a table of the kernel, an address.
              returned: always
              type: str
              sample: connect(2) from the controller
            text:
              description: What was seen there, with secrets hidden.
              returned: always
              type: str
              sample: ECONNREFUSED after 2 ms
        remediation:
          description: What to do about it; empty if there is nothing to do.
          returned: always
          type: list
          elements: str
          sample: [compare the bound address (port.address) with the firewall between controller and host]
        duration_ms:
          description: Milliseconds that the probe took on the host. V(null) if it did not run.
          returned: always
          type: float
          sample: 2.1
    diagnoses:
      description: What is behind the failures, the root cause first; empty if nothing was recognised.
      returned: always
      type: list
      elements: dict
      contains:
        id:
          description: The diagnosis, as under C(docs/diagnoses).
          returned: always
          type: str
          sample: bind-loopback-only
        title:
          description: The same in words.
          returned: always
          type: str
          sample: "Bound to loopback only: no client outside the host can connect"
        layer:
          description: V(process), V(config), V(bind), V(network), V(tls), V(proxy), V(server) or V(browser).
          returned: always
          type: str
          sample: bind
        role:
          description: V(root) explains failures; V(contributing) adds to them; V(next) will show once the others are fixed.
          returned: always
          type: str
          sample: root
        confidence:
          description: V(certain), V(likely) or V(possible).
          returned: always
          type: str
          sample: certain
        because:
          description: The observations behind it.
          returned: always
          type: list
          elements: str
          sample: [bound to 127.0.0.1 only]
        explains:
          description: The checks that fail because of it.
          returned: always
          type: list
          elements: str
          sample: [port.reachable, websocket.handshake]
        next_steps:
          description: What to do right away (C(immediate)), for good (C(configuration)), and how to verify that it helped (C(testing)).
          returned: always
          type: dict
          sample: {immediate: [start it], configuration: [], testing: []}
        links:
          description: Where to read more.
          returned: always
          type: list
          elements: str
          sample: []
  sample:
    - name: chat
      status: fail
      checks:
        - id: port.listening
          item: "4"
          title: Something listens on the expected port
          status: pass
          severity: critical
          vantage: host
          instance: ""
          summary: "listening: 127.0.0.1:8080 (pid 16 node /srv/chat/server.js)"
          expected: null
          actual: 1
          evidence:
            - source: listening sockets
              text: 127.0.0.1:8080 (pid 16 node /srv/chat/server.js)
          remediation: []
          duration_ms: 2.1
        - id: port.reachable
          item: "4"
          title: Clients can open a TCP connection from outside
          status: fail
          severity: high
          vantage: controller
          instance: 192.0.2.12 port 8080
          summary: "the controller cannot connect to 192.0.2.12 port 8080: ECONNREFUSED after 2 ms"
          expected: connected
          actual: ECONNREFUSED
          evidence:
            - source: connect(2) from the controller
              text: ECONNREFUSED after 2 ms
          remediation:
            - compare the bound address (port.address) with the firewall between controller and host
          duration_ms: 2.1
      diagnoses:
        - id: bind-loopback-only
          title: "Bound to loopback only: no client outside the host can connect"
          layer: bind
          role: root
          confidence: certain
          explains: [port.reachable, websocket.handshake]
          because:
            - bound to 127.0.0.1 only
            - the controller's connection to 192.0.2.12 port 8080 is refused after 2 ms
            - on the host itself the handshake succeeds
          next_steps:
            immediate:
              - "bind to 0.0.0.0 or :: (HOST=0.0.0.0, --host, listen address) and restart"
            configuration:
              - "or keep loopback, put a proxy on this host in front, and set exposure: proxied"
            testing:
              - "ss -ltn 'sport = :8080' shows 0.0.0.0 or *"
              - ansible-playbook websocket.health.checklist --limit <host>
          links: []
gate:
  description:
    - Whether the host has not passed, for each setting of the role's C(websocket_health_fail_on).
    - A host with services that could not be checked has not passed, except with V(never).
  returned: always
  type: dict
  contains:
    fail:
      description: Whether something fails.
      returned: always
      type: bool
      sample: true
    warn:
      description: Whether something fails or warns.
      returned: always
      type: bool
      sample: true
    never:
      description: Always V(false).
      returned: always
      type: bool
      sample: false
  sample: {fail: true, warn: true, never: false}
msg:
  description:
    - For each service the root cause; or the first check that is wrong; or the number of checks.
    - Why the host could not be checked, if that is so.
  returned: always
  type: str
  sample: "chat: bind-loopback-only: Bound to loopback only: no client outside the host can connect"
result_file:
  description: The file that was written. Its schema is C(docs/result.schema.json).
  returned: when it could be written
  type: str
  sample: /srv/play/websocket-health/results/web2.json
evidence_file:
  description: The file with what was seen, redacted.
  returned: when O(keep_evidence) is true and the host was reached
  type: str
  sample: /srv/play/websocket-health/evidence/web2.json
"""

from ansible_collections.websocket.health.plugins.module_utils._run.probe_module import run_checklist


def main() -> None:
    run_checklist()


if __name__ == "__main__":
    main()
