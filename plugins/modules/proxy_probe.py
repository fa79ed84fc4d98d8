#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: proxy_probe
short_description: Does the reverse proxy on the host route the URL to the service, with all that a WebSocket needs?
version_added: 0.1.0
description:
  - Finds the reverse proxies that listen on the managed host. Reads the configuration of nginx, Apache, HAProxy and Caddy and computes what
    is effective for the service's URL. The server and location that are chosen, where they lead, which headers are passed on, which
    time-outs hold.
  - Does the same handshake as a browser by way of the proxy, with the public Host and Origin, once with and once without an Origin.
  - Item 11 of the checklist. The same checks are part of M(websocket.health.checklist), which asks everything in one go and names the
    cause where the server itself accepts the handshake and the proxy makes something else of it.
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.exposure
  - websocket.health.service.process
  - websocket.health.service.websocket
  - websocket.health.service.proxy
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Reads only. Nothing is installed on the host and nothing stays there.
  - The managed host needs Python 3.9 or newer and nothing else. Made for Linux; other systems need psutil for their Python.
  - The configurations of nginx, Apache, HAProxy and Caddy are read as data, as far as the user may. Nothing of a proxy is executed but
    the running binary with C(-v) or C(-V), and that only where the process is root's and only root can change the binary; see
    O(proxy.dump) for more. What could not be read is V(unknown), with the reason.
  - A process that is called like a proxy, and is neither root's nor the service's user's, is named and not believed.
  - What a configuration decides by Lua, njs or variables of a request is not guessed. C(proxy.route) is V(unknown) and says so.
  - Other proxies are judged by the answer to the handshake through them.
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.websocket_probe
  - module: websocket.health.tls_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: The proxy leads the public URL to the service
  websocket.health.proxy_probe:
    port: 8080
    public_url: wss://chat.example.com/ws
  become: true

- name: Whatever URL nginx leads to the port
  websocket.health.proxy_probe:
    port: 8080
  become: true

- name: Idle connections survive ninety seconds behind the proxy
  websocket.health.proxy_probe:
    port: 8080
    public_url: wss://chat.example.com/ws
    websocket:
      hold: 90
    deadline: 120
    only: [proxy.idle]
  become: true

- name: Check the configuration after a change, before the play goes on
  websocket.health.proxy_probe:
    port: 8080
    public_url: wss://chat.example.com/ws
    proxy:
      kind: nginx
    fail_on: warn
  become: true
  register: chat_proxy
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
      sample: proxy.upgrade
    item:
      description: Item of the checklist that it answers.
      returned: always
      type: str
      sample: "11"
    title:
      description: The check in words.
      returned: always
      type: str
      sample: The proxy passes Upgrade and Connection on
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
      description: Where it was seen from. V(host) or V(proxy).
      returned: always
      type: str
      sample: host
    instance:
      description: What it is about where a check has more than one result, such as the address that was dialled; else empty.
      returned: always
      type: str
      sample: ""
    summary:
      description: What was observed, in one line. For V(unknown) and V(skip), why.
      returned: always
      type: str
      sample: bound to loopback only (127.0.0.1), but clients are to reach it directly
    expected:
      description: What would be right, where that can be said. V(null), a string, a number or a list.
      returned: always
      type: raw
      sample: "0.0.0.0, :: or an address of this host"
    actual:
      description: What was found, for programs. V(null), a string, a number, a list or a dictionary.
      returned: always
      type: raw
      sample: [127.0.0.1]
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
          sample: listening sockets
        text:
          description: What was seen there, secrets hidden.
          returned: always
          type: str
          sample: 127.0.0.1:8080 (pid 16 node /srv/chat/server.js)
    remediation:
      description: What to do about it; empty where there is nothing to do.
      returned: always
      type: list
      elements: str
      sample: []
    duration_ms:
      description: Milliseconds that the probe took on the host. V(null) where it did not run.
      returned: always
      type: float
      sample: 2.1
  sample:
    - id: proxy.upgrade
      item: "11"
      title: The proxy passes Upgrade and Connection on
      status: fail
      severity: critical
      vantage: proxy
      instance: ""
      summary: "location /ws at /etc/nginx/conf.d/chat.conf:9 sends Upgrade not at all, Connection close"
      expected: "Upgrade: websocket, Connection: upgrade"
      actual: "Upgrade: , Connection: close"
      evidence:
        - source: "/etc/nginx/conf.d/chat.conf:9"
          text: "location /ws at /etc/nginx/conf.d/chat.conf:9 sends Upgrade not at all, Connection close"
      remediation:
        - >-
          /etc/nginx/conf.d/chat.conf, after line 10, add: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection $connection_upgrade;
      duration_ms: 96.4
evidence:
  description:
    - What was seen, without any judgement. It is redacted on the host, before it leaves it.
    - Of a proxy's configuration only what is effective for the URL leaves the host.
    - Keys may be added in later versions.
  returned: when the host was asked
  type: dict
  contains:
    subject:
      description: The subject that was asked about.
      returned: always
      type: str
      sample: proxy
    url:
      description: The URL that was looked at, or V(null) where nothing leads to the service.
      returned: always
      type: str
      sample: wss://chat.example.com/ws
    url_from:
      description: Where it is from. V(public_url), the V(configuration) of the proxy, or V(port) where the service's port is the proxy's.
      returned: always
      type: str
      sample: public_url
    role:
      description:
        - What the proxy is to the service. V(null) where it stands in front of a service of this host.
        - V(port) where the service's port is the proxy's own, V(elsewhere) where the service runs on another host.
      returned: always
      type: str
      sample: elsewhere
    behind:
      description:
        - Handshakes with back ends on other hosts (with any, where O(port) is the proxy's own), past the proxy.
        - Each in the form of M(websocket.health.websocket_probe); C(resolved) is the address where the configuration has a name.
      returned: always
      type: list
      elements: dict
      sample:
        - {address: "back.example.com:8080", resolved: 192.0.2.20, path: /ws, tls: false, outcome: open, status: 101}
    proxies:
      description:
        - The proxies that listen on the host. For each C(kind), C(version), C(pid), C(ports), C(config), C(read_from), C(files),
          C(test), C(loaded), C(workers), C(errors), C(leading), C(leads), C(routes), C(access) and C(gaps).
        - C(access) counts what clients of the path were answered, as far as the end of nginx's access log goes.
        - C(routes) holds what the configuration makes of the URL. C(server), C(location), C(handler), C(upstream), C(upstream_path),
          C(settings) with file and line of each, C(lost_headers), C(fix), C(undecided).
      returned: always
      type: list
      elements: dict
      sample:
        - kind: nginx
          version: 1.22.1
          pid: 412
          ports: [80, 443]
          config: /etc/nginx/nginx.conf
          read_from: files
          leads: true
    strangers:
      description: Processes that are called like a proxy and are neither root's nor the service's user's. C(kind), C(pid), C(user), C(ports).
      returned: always
      type: list
      elements: dict
      sample: []
    asked:
      description: Process id of the proxy that takes the URL on this host.
      returned: where one does
      type: int
      sample: 412
    endpoint:
      description: Where the handshake through the proxy was sent.
      returned: always
      type: str
      sample: 127.0.0.1:443
    through:
      description: The handshake by way of the proxy, with the page's Origin, in the form of M(websocket.health.websocket_probe).
      returned: where a proxy takes the URL
      type: dict
      sample: {address: "127.0.0.1:443", path: /ws, outcome: http, status: 426, reason: Upgrade Required}
    through_no_origin:
      description: The same without an Origin.
      returned: where a proxy takes the URL
      type: dict
      sample: {address: "127.0.0.1:443", path: /ws, outcome: http, status: 426, reason: Upgrade Required}
    plain:
      description: The answer to an ordinary request for C(/) by way of the proxy.
      returned: where the proxy sends C(Connection) V(upgrade) with those too
      type: dict
      sample: {outcome: http, status: 200}
    hold:
      description: How long the connection through the proxy was held idle, and what ended it.
      returned: where O(websocket.hold) is set
      type: dict
      sample: {opened: true, wanted_s: 90, held_s: 60.01, ended: {how: eof, code: null, reason: ""}}
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
          remedy: install websocket-client where Ansible runs
    duration_ms:
      description: Milliseconds that the probe took on the host.
      returned: always
      type: float
      sample: 96.4
failed:
  description: Whether RV(status) is bad enough for O(fail_on).
  returned: always
  type: bool
  sample: true
msg:
  description: The verdict in one line. The root cause, if one was recognised; else the first check that is wrong; else a count.
  returned: always
  type: str
  sample: "fail proxy.upgrade (from the proxy): location / at /etc/nginx/conf.d/chat.conf:9 sends Upgrade not at all, Connection close"
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
    run_probe("proxy")


if __name__ == "__main__":
    main()
