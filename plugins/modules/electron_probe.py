#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: electron_probe
short_description: Is an Electron app built so that its WebSocket works, and its page is isolated from Node.js?
version_added: 0.1.0
description:
  - Opens an Electron app on the managed host (an archive, or a directory), and reads its scripts. Nothing of it is run.
  - Reports the version of Electron, the settings of every window (with the defaults of that version), what preload scripts expose to the page,
    and where WebSockets are created. If a page from a file creates one, a handshake with the Origin of such pages is tried.
  - Item 13 of the checklist. The same checks are part of M(websocket.health.checklist) if O(electron.path) is set.
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
- name: The installed app isolates its page from Node.js
  websocket.health.electron_probe:
    port: 8080
    electron:
      path: /opt/chat

- name: No function of the bridge may be open to any channel
  websocket.health.electron_probe:
    port: 8080
    electron:
      path: /opt/chat/resources/app.asar
    only: [electron.bridge]
    fail_on: warn
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
    - id: electron.isolation
      item: '13'
      title: contextIsolation is on in every window
      status: pass
      severity: high
      vantage: host
      instance: ''
      summary: on in 1 of 1 windows
      expected: null
      actual: null
      evidence: []
      remediation: []
      duration_ms: 41.7
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
      sample: electron
    windows:
      description: Every V(new BrowserWindow).
      returned: where the app was opened
      type: list
      elements: dict
      contains:
        file:
          description: The script that it is in.
          type: str
        line:
          description: The line that it is on.
          type: int
        settings:
          description:
            - 'The settings of its page: true, false, V(default) if the window sets nothing, V(unknown) if an expression
              decides.'
            - It has C(contextIsolation), C(nodeIntegration), C(sandbox), C(webSecurity) and C(allowRunningInsecureContent).
          type: dict
        preload:
          description: 'The last part of the path of its preload script; empty: it names none; V(unknown).'
          type: str
      sample:
        - file: dist/main.js
          line: 8
          settings:
            contextIsolation: default
            nodeIntegration: default
            sandbox: false
            webSecurity: default
            allowRunningInsecureContent: default
          preload: preload.js
    exposed:
      description: What preload scripts expose to the page through contextBridge.
      returned: where the app was opened
      type: list
      elements: dict
      contains:
        file:
          description: The script that it is in.
          type: str
        line:
          description: The line that it is on.
          type: int
        name:
          description: Its name in the page.
          type: str
        keys:
          description: The functions and values in it.
          type: list
          elements: str
      sample: [{name: chat, keys: [send, 'on'], file: dist/preload.js, line: 3}]
    findings:
      description: What is wrong with what preload scripts expose to the page.
      returned: where the app was opened
      type: list
      elements: dict
      contains:
        file:
          description: The script that it is in.
          type: str
        line:
          description: The line that it is on.
          type: int
        kind:
          description: 'What is wrong: V(raw), V(any-channel), V(event), V(generic) or V(unknown).'
          type: str
        name:
          description: The function or value, by its name in the page.
          type: str
      sample: [{kind: any-channel, name: chat.send, file: dist/preload.js, line: 4}]
    loads:
      description: Pages that windows load.
      returned: where the app was opened
      type: list
      elements: dict
      contains:
        file:
          description: The script that it is in.
          type: str
        line:
          description: The line that it is on.
          type: int
        scheme:
          description: 'The scheme of its URL: V(file), V(https) and so on. V(null) means it is not a literal.'
          type: str
      sample: [{file: dist/main.js, line: 21, scheme: file}]
    sockets:
      description: Every V(new WebSocket).
      returned: where the app was opened
      type: list
      elements: dict
      contains:
        file:
          description: The script that it is in.
          type: str
        line:
          description: The line that it is on.
          type: int
        url:
          description: The URL that it connects to. V(null) means it is not a literal.
          type: str
        role:
          description: 'The process that creates it: V(main), V(preload), V(renderer) or V(unknown).'
          type: str
      sample: [{file: dist/renderer.js, line: 7, url: 'ws://localhost:8080/ws', role: renderer}]
    policies:
      description: The Content Security Policy of each page.
      returned: where the app was opened
      type: list
      elements: dict
      contains:
        file:
          description: The page.
          type: str
        policy:
          description: The policy. V(null) means the page has none.
          type: str
      sample: [{file: dist/index.html, policy: default-src 'self'}]
    decisions:
      description: What the app's scripts decide about its connections.
      returned: where the app was opened
      type: list
      elements: dict
      contains:
        file:
          description: The script that it is in.
          type: str
        line:
          description: The line that it is on.
          type: int
        kind:
          description: 'What is decided: V(proxy) (which proxy is used), V(blind) (any certificate is accepted), V(own-trust)
            (the app decides which certificates to accept, or has its own roots), V(child) (a program is started), V(waits)
            (for a sign of one) or V(reconnects).'
          type: str
        value:
          description: For a proxy Chromium's rules, V(null) if they are not a literal; else what decides it.
          type: str
        bypass:
          description: 'For a proxy: Chromium''s rules for what bypasses it.'
          type: str
        role:
          description: 'The process that decides it: V(main), V(preload), V(renderer) or V(unknown).'
          type: str
      sample:
        - kind: proxy
          value: localhost:3128
          bypass: null
          file: dist/main.js
          line: 12
          role: main
    programs:
      description: The scripts that were parsed.
      returned: where the app was opened
      type: list
      elements: str
      sample: [dist/main.js, dist/preload.js, dist/renderer.js]
    path:
      description: The configured path.
      returned: always
      type: str
      sample: /opt/chat
    app:
      description: The app itself. V(null) means it was not opened.
      returned: always
      type: dict
      contains:
        name:
          description: Its name, from its package.json.
          type: str
        version:
          description: Its version, from its package.json.
          type: str
        main:
          description: The script of its main process.
          type: str
        files:
          description: How many files it has, without other people's packages.
          type: int
        opened:
          description: The archive or directory that was opened.
          type: str
      sample:
        name: chat
        version: 2.1.0
        main: dist/main.js
        files: 48
        opened: /opt/chat/resources/app.asar
    electron:
      description: The version of Electron.
      returned: always
      type: dict
      contains:
        from:
          description: The file that has it. V(null) means none has.
          type: str
        version:
          description: The full version. V(null) means nothing shows it.
          type: str
        major:
          description: Its first number. V(null) means nothing shows it.
          type: int
      sample: {version: 30.1.0, major: 30, from: /opt/chat/version}
    null_origin:
      description:
        - A handshake with the Origin of pages from files. V(null) means no server was tried.
        - What is not listed here is as in RV(websocket.health.websocket_probe#module:evidence.main).
      returned: always
      type: dict
      contains:
        control:
          description: The outcome without any Origin.
          returned: where the handshake was not accepted
          type: str
      sample: {outcome: http, status: 403}
    trust:
      description: Whether this host's roots verify the certificate that the app gets. V(null) means the app uses no TLS,
        or the certificate could not be seen.
      returned: always
      type: dict
      contains:
        url:
          description: The URL that was connected to.
          type: str
        code:
          description: 'OpenSSL''s code: 0 is trusted. V(null) means there was no answer.'
          type: int
        message:
          description: The same in OpenSSL's words.
          type: str
      sample:
        url: wss://chat.example.com/ws
        code: 20
        message: unable to get local issuer certificate
    proxies:
      description: Proxies that the app sets by a literal, and whether they accept connections from this host.
      returned: always
      type: list
      elements: dict
      contains:
        rules:
          description: Chromium's rules, as the app has them.
          type: str
        address:
          description: Where the proxy is, such as V(localhost port 3128).
          type: str
        outcome:
          description: 'V(connected), or why not; empty: there was no time.'
          type: str
      sample:
        - rules: localhost:3128
          address: localhost port 3128
          outcome: ECONNREFUSED (Connection refused)
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
      sample: []
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 41.7
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
  sample: 'warn electron.bridge: chat.send: the page chooses the channel'
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
    run_probe("electron")


if __name__ == "__main__":
    main()
