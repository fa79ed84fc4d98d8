#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: port_probe
short_description: Who listens on the port, on which addresses, and can it be reached?
version_added: 0.1.0
description:
  - Reads the listening sockets of the managed host and judges those of one service. Does something listen, and is it the
    service's own process? On the right addresses and families? Does a second program share the port? Is the queue of waiting
    connections full?
  - At the same time the controller connects to the port from outside.
  - Items 4 and 6 of the checklist. The same checks are part of M(websocket.health.checklist), which checks everything in one go.
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.exposure
  - websocket.health.service.process
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Reads only. Nothing is installed on the host and nothing stays there.
  - The managed host needs Python 3.9 or newer and nothing else. Made for Linux; other systems need psutil for their Python.
  - Without root, what belongs to other users cannot be seen. Such checks are V(unknown), with the reason, and do not fail the
    task. Use C(become) to see everything.
  - The owner of the port counts as the service unless O(process) says which process the service is.
  - The controller cannot say anything if it has no direct route to the host. C(port.reachable) is V(unknown) behind a jump host or
    over a connection other than SSH, and V(skip) if the host is the controller itself.
  - Listeners inside containers are found through their network namespaces.
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.process_probe
  - module: websocket.health.websocket_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: Something listens on the port, alone, and the controller can connect to it
  websocket.health.port_probe:
    port: 8080

- name: Clients connect to the port themselves, and it belongs to the chat service
  websocket.health.port_probe:
    port: 8080
    exposure: direct
    process:
      unit: chat.service
  become: true

- name: Only the proxy on the host may reach it; being reachable from outside is a warning, and fails here
  websocket.health.port_probe:
    port: 8080
    exposure: proxied
    fail_on: warn

- name: A unix socket
  websocket.health.port_probe:
    socket: /run/chat/chat.sock

- name: Wait until the port is open after a restart
  websocket.health.port_probe:
    port: 8080
    only: [port.listening]
  register: chat_port
  until: chat_port is not failed
  retries: 10
  delay: 2

- name: The same defaults for all probes of a play
  module_defaults:
    group/websocket.health.probes:
      port: 8080
      deadline: 10
  block:
    - name: The port
      websocket.health.port_probe:
    - name: The process
      websocket.health.process_probe:
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
    - id: port.listening
      item: '4'
      title: Something listens on the expected port
      status: pass
      severity: critical
      vantage: host
      instance: ''
      summary: 'listening: 127.0.0.1:8080 (pid 16 node /srv/chat/server.js)'
      expected: null
      actual: 1
      evidence: [{source: listening sockets, text: '127.0.0.1:8080 (pid 16 node /srv/chat/server.js)'}]
      remediation: []
      duration_ms: 2.1
    - id: port.address
      item: '4'
      title: Bound to addresses that suit its exposure
      status: fail
      severity: high
      vantage: host
      instance: ''
      summary: bound to loopback only (127.0.0.1), but clients are meant to reach it directly
      expected: '0.0.0.0, :: or an address of this host'
      actual: [127.0.0.1]
      evidence: [{source: listening sockets, text: '127.0.0.1:8080 (pid 16 node /srv/chat/server.js)'}]
      remediation: ['bind to 0.0.0.0 or :: (HOST, --host, listen), or put a proxy in front and set exposure: proxied']
      duration_ms: 2.1
    - id: port.reachable
      item: '4'
      title: Clients can open a TCP connection from outside
      status: fail
      severity: high
      vantage: controller
      instance: 192.0.2.12 port 8080
      summary: 'the controller cannot connect to 192.0.2.12 port 8080: ECONNREFUSED after 2 ms'
      expected: connected
      actual: ECONNREFUSED
      evidence: [{source: connect(2) from the controller, text: ECONNREFUSED after 2 ms}]
      remediation: [compare the bound address (port.address) with the firewall between controller and host]
      duration_ms: 2.1
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
      sample: port
    port:
      description: The port that was probed. V(null) means a unix socket was.
      returned: always
      type: int
      sample: 8080
    socket:
      description: The path of the unix socket that was probed. V(null) means a port was.
      returned: always
      type: str
      sample: null
    service_pids:
      description: The service's processes.
      returned: always
      type: list
      elements: int
      sample: [16]
    found_by:
      description: 'How they were found: V(command), V(unit), V(pidfile), V(user), V(port) or V(none).'
      returned: always
      type: str
      sample: port
    listeners:
      description: The sockets that listen on the expected port or socket, whichever process owns them.
      returned: always
      type: list
      elements: dict
      contains:
        family:
          description: 'Its family: V(ipv4), V(ipv6) or V(unix).'
          type: str
        address:
          description: 'The address that it is bound to: V(0.0.0.0), V(::), V(127.0.0.1); the path of a unix socket.'
          type: str
        port:
          description: Its port, 0 for a unix socket.
          type: int
        v6only:
          description: For an IPv6 wildcard whether it accepts only IPv6. V(null) means not known.
          type: bool
        inode:
          description: Its inode.
          type: int
        uid:
          description: The user ID that it belongs to.
          type: int
        queued:
          description: How many connections are waiting to be accepted. V(null) means not known.
          type: int
        backlog:
          description: How many connections may wait. V(null) means not known.
          type: int
        netns:
          description: V(host) for the network namespace of the probe, else the namespace (V(net:[4026532200])).
          type: str
        pids:
          description: The processes that hold it, cut.
          type: list
          elements: int
        owners:
          description:
            - The first of these processes, described.
            - Each has C(pid), C(ppid), C(name), C(command), C(user), C(started) and C(unit).
          type: list
          elements: dict
      sample:
        - family: ipv4
          address: 127.0.0.1
          port: 8080
          v6only: null
          netns: host
          inode: 190191
          uid: 999
          queued: 0
          backlog: 511
          pids: [16]
          owners:
            - pid: 16
              ppid: 1
              name: node
              command: node /srv/chat/server.js
              user: chat
              started: 1795402310.0
              unit: null
    owned:
      description:
        - Sockets of the service's processes that listen on other ports.
        - Each is in the form of RV(evidence.listeners).
      returned: always
      type: list
      elements: dict
      sample: []
    proxies:
      description: The reverse proxies that listen on this host.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: The name of its program.
          type: str
        ports:
          description: The ports that it listens on.
          type: list
          elements: int
      sample: [{name: nginx, ports: [80]}]
    connections:
      description: The established connections of the port. V(null) means they cannot be seen.
      returned: always
      type: dict
      contains:
        established:
          description: How many there are, including those of the checklist.
          type: int
        stuck:
          description: Those to which the kernel keeps retransmitting, and whose peer no longer acknowledges anything.
          type: int
        peers:
          description: Addresses of some of the stuck ones.
          type: list
          elements: str
        repeated:
          description: How often the kernel retransmitted to the worst one.
          type: int
        unacknowledged:
          description: How many bytes of the worst are not acknowledged.
          type: int
      sample: {established: 12, stuck: 1, peers: [198.51.100.23], repeated: 7, unacknowledged: 54}
    claims:
      description: TCP sockets that have the port as their own, where nothing listens on it; a few of them.
      returned: always
      type: list
      elements: dict
      contains:
        state:
          description: V(established), V(syn-sent), V(fin-wait), V(close-wait) …
          type: str
        local:
          description: Its own address.
          type: str
        peer:
          description: The other side's address and port.
          type: str
        pid:
          description: The process that holds it. V(null) means none does, or it cannot be seen.
          type: int
        name:
          description: The name of that process.
          type: str
    local_range:
      description: The ports that the kernel gives to outgoing connections, the first and the last. V(null) means not known.
      returned: always
      type: list
      elements: int
    reserved:
      description: Whether the port is kept out of these (ip_local_reserved_ports). V(null) means not known.
      returned: always
      type: bool
    socket_file:
      description: Whether the file of the unix socket exists.
      returned: where one is expected
      type: bool
    counters:
      description: Connections that the host dropped since it booted because an accept queue, of any service, was full;
        named as in /proc/net/netstat.
      returned: always
      type: dict
      contains:
        ListenOverflows:
          description: Connections that found the accept queue full.
          type: int
        ListenDrops:
          description: Connections that were dropped in total.
          type: int
      sample: {ListenOverflows: 0, ListenDrops: 0}
    somaxconn:
      description: The kernel's upper limit of a backlog. V(null) means it is not known.
      returned: always
      type: int
      sample: 4096
    controller:
      description: The result of the controller's connection to the port. Added by the controller.
      returned: always
      type: dict
      contains:
        address:
          description: Where it connected to, such as V(192.0.2.12 port 8080).
          type: str
        numeric:
          description: The address that the name resolved to.
          type: str
        outcome:
          description: V(connected), V(connect-timeout), V(connect-refused) or V(connect-error).
          type: str
        errno:
          description: The name of the system's error.
          returned: where there was no connection
          type: str
        error:
          description: The error in words.
          returned: where there was no connection
          type: str
        ms:
          description: Milliseconds until then.
          type: float
        own_rules:
          description:
            - What the controller's own firewall does with it. V(null) means its rules cannot be read, or there are none.
            - It has C(verdict), C(how), C(chain), C(rule), C(packets), C(unsure) and C(by).
          returned: where there was no connection
          type: dict
        unknown:
          description: Why it is not known.
          returned: where it could not be tried
          type: str
        skip:
          description: Why it need not be tried.
          returned: where it was not
          type: str
      sample:
        address: 192.0.2.12 port 8080
        outcome: connect-refused
        errno: ECONNREFUSED
        error: Connection refused
        ms: 1.8
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
        - what: owner
          reason: the owner of the port cannot be seen by user id 33
          remedy: 'run with become: true (root), so that other users'' processes can be inspected'
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 2.1
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
  sample: 'bind-loopback-only: Bound to loopback only: no client outside the host can connect'
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
    run_probe("port")


if __name__ == "__main__":
    main()
