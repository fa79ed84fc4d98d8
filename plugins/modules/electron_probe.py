#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: electron_probe
short_description: Is an Electron app built so that its WebSocket works, and its page stays apart from Node.js?
version_added: 0.1.0
description:
  - Opens an Electron app on the managed host (an archive, or a directory), and reads its programs. Nothing of it is run.
  - Tells the version of Electron, the settings of every window (with the defaults of that version), what preload scripts hand to the page,
    and where WebSockets are made. Where a page from a file makes one, the server is asked with the Origin that such pages have.
  - Item 13 of the checklist. The same checks are part of M(websocket.health.checklist) where O(electron.path) is set.
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.process
  - websocket.health.service.websocket
  - websocket.health.service.public_url
  - websocket.health.service.electron
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Reads only. Nothing is installed on the host and nothing stays there.
  - The managed host needs Python 3.9 or newer and nothing else. Made for Linux.
  - Packages in C(node_modules) are not read. What an expression decides is V(unknown), and never guessed.
  - C(electron.origin) needs a handshake that the checklist does. On its own this module does none, and the check is V(unknown).
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.websocket_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: The installed app keeps its page apart from Node.js
  websocket.health.electron_probe:
    port: 8080
    electron:
      path: /opt/chat

- name: Nothing of the bridge may be open to any channel
  websocket.health.electron_probe:
    port: 8080
    electron:
      path: /opt/chat/resources/app.asar
    only: [electron.bridge]
    fail_on: warn
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
      sample: firewall.input
    item:
      description: Item of the checklist that it answers.
      returned: always
      type: str
      sample: D2
    title:
      description: The check in words.
      returned: always
      type: str
      sample: The host's firewall lets clients reach the port
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
      description: Where it was seen from. V(host).
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
    - id: electron.isolation
      item: "13"
      title: contextIsolation is on in every window
      status: pass
      severity: high
      vantage: host
      instance: ""
      summary: on in 1 of 1 windows
      expected: null
      actual: null
      evidence: []
      remediation: []
      duration_ms: 41.7
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
      sample: electron
    path:
      description: The path that was given.
      returned: always
      type: str
      sample: /opt/chat
    app:
      description: Name and version of the app, its main program, the number of its files, and what was opened. V(null) where it was not.
      returned: always
      type: dict
      sample: {name: chat, version: 2.1.0, main: dist/main.js, files: 48, opened: /opt/chat/resources/app.asar}
    electron:
      description: Version of Electron, and where it was found.
      returned: always
      type: dict
      sample: {version: 30.1.0, major: 30, from: /opt/chat/version}
    windows:
      description:
        - Every C(new BrowserWindow) with its settings. V(true), V(false), V(default) where the window says nothing, or V(unknown) where
          an expression decides.
      returned: where the app was opened
      type: list
      elements: dict
      sample:
        - file: dist/main.js
          line: 8
          settings: {contextIsolation: default, nodeIntegration: default, sandbox: false, webSecurity: default, allowRunningInsecureContent: default}
          preload: preload.js
    exposed:
      description: What preload scripts hand to the page by contextBridge.
      returned: where the app was opened
      type: list
      elements: dict
      sample: [{name: chat, keys: [send, on], file: dist/preload.js, line: 3}]
    findings:
      description:
        - What is wrong with it. C(kind) is V(raw), V(any-channel), V(event), V(generic) or V(unknown).
      returned: where the app was opened
      type: list
      elements: dict
      sample: [{kind: any-channel, name: chat.send, file: dist/preload.js, line: 4}]
    loads:
      description: Pages that windows load, with their scheme where a literal tells it.
      returned: where the app was opened
      type: list
      elements: dict
      sample: [{file: dist/main.js, line: 21, scheme: file}]
    sockets:
      description: Every C(new WebSocket), with its URL where a literal tells it, and the process that makes it.
      returned: where the app was opened
      type: list
      elements: dict
      sample: [{file: dist/renderer.js, line: 7, url: "ws://localhost:8080/ws", role: renderer}]
    policies:
      description: The Content Security Policy of each page, as its meta element says it.
      returned: where the app was opened
      type: list
      elements: dict
      sample: [{file: dist/index.html, policy: "default-src 'self'"}]
    programs:
      description: Programs that were taken apart.
      returned: where the app was opened
      type: list
      elements: str
      sample: [dist/main.js, dist/preload.js, dist/renderer.js]
    null_origin:
      description: A handshake with the Origin of pages from files, in the form of M(websocket.health.websocket_probe).
      returned: where a page makes a WebSocket
      type: dict
      sample: {outcome: http, status: 403}
    decisions:
      description:
        - What the app's programs decide about its connections. C(kind) is V(proxy) (C(value) has Chromium's rules, C(bypass) the exceptions),
          V(blind) (any certificate is taken), V(own-trust) (the app decides about certificates, or has roots of its own), V(child) (a program is
          started), V(waits) (for a sign of one) or V(reconnects). C(role) is the process as of RV(evidence.sockets).
      returned: where the app could be opened
      type: list
      elements: dict
      sample:
        - {kind: proxy, value: "localhost:3128", bypass: null, file: dist/main.js, line: 12, role: main}
    trust:
      description: What this host's roots say of the certificate that the app meets. C(code) is OpenSSL's, V(0) where it is trusted.
      returned: where the app dials a C(wss://) URL that a literal or O(public_url) tells
      type: dict
      sample: {url: "wss://chat.example.com/ws", code: 20, message: unable to get local issuer certificate}
    proxies:
      description: Proxies that the app names by a literal, and whether they take connections from this host.
      returned: where the app could be opened
      type: list
      elements: dict
      sample: [{rules: "localhost:3128", address: localhost port 3128, outcome: ECONNREFUSED (Connection refused)}]
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
      sample: []
    duration_ms:
      description: Milliseconds that the probe took on the host.
      returned: always
      type: float
      sample: 41.7
failed:
  description: Whether RV(status) is bad enough for O(fail_on).
  returned: always
  type: bool
  sample: true
msg:
  description: The verdict in one line. The root cause, if one was recognised; else the first check that is wrong; else a count.
  returned: always
  type: str
  sample: "warn electron.bridge: chat.send: the page chooses the channel"
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
    run_probe("electron")


if __name__ == "__main__":
    main()
