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
    is effective for the service's URL. The server and location that are chosen, where they forward to, which headers are passed on, which
    timeouts apply.
  - Does the same handshake as a browser through the proxy, with the public Host, once with and once without an Origin.
  - Item 11 of the checklist. The same checks are part of M(websocket.health.checklist), which checks everything in one go and names the
    cause if the server itself accepts the handshake and the proxy does not.
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
    the running binary with C(-v) or C(-V), and that only if the process runs as root and only root can change the binary; see
    O(proxy.dump) for more. What could not be read is V(unknown), with the reason.
  - A process that is named like a proxy, but runs neither as root nor as the service's user, is reported and not trusted.
  - What a configuration decides by Lua, njs or request variables is not guessed. C(proxy.route) is V(unknown) and says so.
  - Other proxies are judged by the answer to the handshake through them.
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.websocket_probe
  - module: websocket.health.tls_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: The proxy forwards the public URL to the service
  websocket.health.proxy_probe:
    port: 8080
    public_url: wss://chat.example.com/ws
  become: true

- name: Whatever URL nginx forwards to the port
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

- name: Check the configuration after a change, before the play continues
  websocket.health.proxy_probe:
    port: 8080
    public_url: wss://chat.example.com/ws
    proxy:
      kind: nginx
    fail_on: warn
  become: true
  register: chat_proxy
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
      description: Where it was seen from. V(host) or V(proxy).
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
    - id: proxy.upgrade
      item: '11'
      title: The proxy passes on Upgrade and Connection
      status: fail
      severity: critical
      vantage: proxy
      instance: ''
      summary: location /ws at /etc/nginx/conf.d/chat.conf:9 sends Upgrade not at all, Connection close
      expected: 'Upgrade: websocket, Connection: upgrade'
      actual: 'Upgrade: , Connection: close'
      evidence:
        - source: /etc/nginx/conf.d/chat.conf:9
          text: location /ws at /etc/nginx/conf.d/chat.conf:9 sends Upgrade not at all, Connection close
      remediation:
        - '/etc/nginx/conf.d/chat.conf, after line 10, add: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection $connection_upgrade;'
      duration_ms: 96.4
evidence:
  description:
    - What was seen, without any judgement. It is redacted where it was seen, before it is passed on.
    - Fields may be added in later versions. One may be missing if the probe did not finish.
    - Of a proxy's configuration only what is effective for the URL leaves the host.
  returned: when the host was reached
  type: dict
  contains:
    subject:
      description: The subject that was probed.
      returned: always
      type: str
      sample: proxy
    proxies:
      description: The proxies that listen on the host.
      returned: always
      type: list
      elements: dict
      contains:
        kind:
          description: V(nginx), V(apache), V(haproxy), V(caddy), or the name of another program.
          type: str
        pid:
          description: The process ID of its master.
          type: int
        version:
          description: Its version. V(null) means it is not known.
          type: str
        config:
          description: The path of its configuration; HAProxy may have several. V(null) means it was not found.
          type: str
        read_from:
          description: 'Where its configuration was read: V(files), V(admin API), or the command that printed it. V(null)
            means it was not read.'
          type: str
        files:
          description: How many files were read.
          type: int
        test:
          description:
            - Whether it accepts the configuration that is on disk. V(null) means nothing was found that it would refuse.
            - It has C(ok) and C(message).
          type: dict
        loaded:
          description: Whether the running configuration is the one in the files. V(null) means the program does not show
            it.
          type: bool
        workers:
          description:
            - Its worker processes, compared with the configuration files. Times are in seconds since the epoch.
            - It has C(count), C(shutting_down), C(started), C(master_started), C(config_written) and C(config_newest).
          type: dict
        errors:
          description:
            - Lines of its error log with a known meaning.
            - Each has C(key), C(count), C(at), C(sample), C(source), C(host) and C(upstream).
          type: list
          elements: dict
        own_errors:
          description:
            - What its logs say about the handshake through it, the worst first. Only of the proxy that was tested.
            - Each has C(source), C(at), C(sample), C(named), C(rank) and C(key).
          type: list
          elements: dict
        gaps:
          description:
            - What could not be observed about it.
            - Each has C(what), C(reason), C(remedy) and C(kind).
          type: list
          elements: dict
        ports:
          description: The ports that it listens on.
          type: list
          elements: int
        routes:
          description:
            - 'What its configuration does with the URL: one, if it serves the URL. V(null) means its configuration was
              not read.'
            - Each has C(server), C(location), C(handler), C(status), C(redirect), C(upstream), C(upstream_path), C(settings),
              C(set_headers_at), C(lost_headers), C(fix), C(refusals), C(ignored), C(sends_proxy), C(undecided), C(missed),
              C(shadowed) and C(shares).
          type: list
          elements: dict
        leading:
          description:
            - URLs that its configuration forwards to the service.
            - Each has C(scheme), C(host), C(port), C(path), C(server_file), C(server_line), C(location_file) and C(location_line).
          type: list
          elements: dict
        leads:
          description: Whether anything forwards to the service. V(null) means it could not be read.
          type: bool
        leads_elsewhere:
          description: Whether it routes to the service's port on another host, and nothing listens on it here.
          type: bool
        next:
          description:
            - The proxy of this host that it forwards to, which forwards to the service.
            - It has C(pid) and C(port).
          returned: where it does not itself
          type: dict
        access:
          description:
            - The answers to clients of the path, as far as the end of the access log shows. V(null) means there is no such
              log, or it has no request for the path.
            - It has C(source), C(statuses), C(since) and C(last_open).
          type: dict
      sample:
        - kind: nginx
          version: 1.22.1
          pid: 412
          ports: [80, 443]
          config: /etc/nginx/nginx.conf
          read_from: files
          leads: true
    strangers:
      description: 'Processes named like a proxy that run neither as root nor as the service''s user: nothing of theirs
        is read.'
      returned: always
      type: list
      elements: dict
      contains:
        kind:
          description: The name of the program.
          type: str
        pid:
          description: Its process ID.
          type: int
        user:
          description: The user that it runs as.
          type: str
        ports:
          description: The ports that it listens on.
          type: list
          elements: int
      sample: []
    role:
      description: 'What the proxy is to the service: V(port) (the service''s port is the proxy''s own) or V(elsewhere)
        (the service is on another host). V(null) means the service is here.'
      returned: always
      type: str
      sample: elsewhere
    url:
      description: The URL that was probed, without its secrets. V(null) means nothing forwards to the service.
      returned: always
      type: str
      sample: wss://chat.example.com/ws
    url_from:
      description: 'Where the URL comes from: V(public_url), V(configuration) or V(port). V(null) means there is none.'
      returned: always
      type: str
      sample: public_url
    path_known:
      description: Whether anything names the path of the URL.
      returned: where the URL comes from a configuration
      type: bool
    asked:
      description: The process ID of the proxy that serves the URL on this host.
      returned: where one does
      type: int
      sample: 412
    at_url:
      description:
        - A handshake on this host with the address of V(public_url).
        - It is in the form of RV(websocket.health.websocket_probe#module:evidence.main).
      returned: where that is this host's, its port is not the service's, and nothing listens on it
      type: dict
    with_proxy_line:
      description:
        - A handshake with the service itself that begins with a line of the PROXY protocol.
        - It is in the form of RV(websocket.health.websocket_probe#module:evidence.main).
      returned: where the proxy sends one
      type: dict
    clock:
      description: When the handshakes started, in seconds since the epoch.
      returned: where a proxy serves the URL
      type: float
      sample: 1795402310.11
    endpoint:
      description: Where the handshakes through the proxy were sent. V(null) means nowhere.
      returned: always
      type: str
      sample: 127.0.0.1:443
    through:
      description:
        - The handshake through the proxy, with the page's Origin. V(null) means it did not finish.
        - It is in the form of RV(websocket.health.websocket_probe#module:evidence.main).
      returned: where a proxy serves the URL
      type: dict
      sample:
        address: 127.0.0.1:443
        path: /ws
        outcome: http
        status: 426
        reason: Upgrade Required
    through_no_origin:
      description:
        - The same without an Origin.
        - It is in the form of RV(websocket.health.websocket_probe#module:evidence.main).
      returned: where a proxy serves the URL
      type: dict
      sample:
        address: 127.0.0.1:443
        path: /ws
        outcome: http
        status: 426
        reason: Upgrade Required
    plain:
      description:
        - The answer to an ordinary GET for / through the proxy.
        - It is in the form of RV(websocket.health.websocket_probe#module:evidence.plain).
      returned: 'where the proxy sends V(Connection: upgrade) with ordinary requests, too'
      type: dict
      sample: {outcome: http, status: 200}
    polling:
      description:
        - What Engine.IO's polling showed through the proxy. V(outcome), V(status) and V(body) are of the first answer.
        - It is in the form of RV(websocket.health.websocket_probe#module:evidence.polling).
      returned: where the service speaks Engine.IO
      type: dict
    hold:
      description: How long the connection through the proxy was held idle, and what ended it.
      returned: where O(websocket.hold) is set
      type: dict
      contains:
        wanted_s:
          description: Seconds that were requested.
          type: float
        held_s:
          description: Seconds for which it was idle.
          type: float
        ended:
          description:
            - How the peer ended it in the meantime. V(null) means it did not.
            - It has C(how), C(code) and C(reason).
          type: dict
        pinged:
          description: Whether a ping was sent afterwards.
          type: bool
        pong_ms:
          description: When its pong came, in milliseconds. V(null) means none came.
          type: float
        again:
          description: The outcome of another handshake after a silent end. Added by the controller.
          type: str
        opened:
          description: Whether the handshake was accepted; if not, nothing was held.
          returned: where it goes through a proxy
          type: bool
      sample:
        opened: true
        wanted_s: 90
        held_s: 60.01
        ended: {how: eof, code: null, reason: ''}
    replay:
      description:
        - 'The request as the proxy writes it, sent to the server itself: with all its changes (V(all)), then each alone.
          V(flipped): the server, which accepts the client''s request, refuses it. V(from) is what it was there.'
        - Each is in the form of RV(websocket.health.websocket_probe#module:evidence.experiments).
      returned: where it is refused through the proxy
      type: list
      elements: dict
    behind:
      description:
        - Handshakes with back ends on other hosts, bypassing the proxy; with any, if the service's port is the proxy's
          own. Its V(outcome) may also be V(unresolved).
        - What is not listed here is as in RV(websocket.health.websocket_probe#module:evidence.main).
      returned: always
      type: list
      elements: dict
      contains:
        tls:
          description: Whether TLS was used.
          type: bool
        resolved:
          description: The address that its name was resolved to.
          returned: where the configuration has a name
          type: str
      sample:
        - address: back.example.com:8080
          resolved: 192.0.2.20
          path: /ws
          tls: false
          outcome: open
          status: 101
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
          remedy: install websocket-client where Ansible runs
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 96.4
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
  sample: 'fail proxy.upgrade (from the proxy): location / at /etc/nginx/conf.d/chat.conf:9 sends Upgrade not at all, Connection
    close'
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
    run_probe("proxy")


if __name__ == "__main__":
    main()
