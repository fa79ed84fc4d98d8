#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: frontend_probe
short_description: Which WebSockets does the deployed front end open, and are they the service's?
version_added: 0.1.0
description:
  - Reads the scripts of a front end where they are deployed, on the managed host, and where they are served, from the machine that runs
    Ansible. Finds what opens WebSockets in them, and evaluates the expressions that build their URLs.
  - Detects development hosts, hosts that are C(undefined), wrong ports and paths, C(ws://) in a page served over https, ports that browsers block,
    a Content-Security-Policy that forbids the WebSocket, clients of development servers, and a page that is not the deployed one.
  - Items 8 and 12 of the checklist. The same checks are part of M(websocket.health.checklist).
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.exposure
  - websocket.health.service.websocket
  - websocket.health.service.public_url
  - websocket.health.service.frontend
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Reads only. Nothing is installed on the host and nothing stays there. No script is run.
  - The managed host needs Python 3.9 or newer and nothing else.
  - One of O(frontend.url) and O(frontend.root) is required. O(port), O(websocket.path) and O(public_url) say what the URLs are compared with;
    of O(websocket) only the path is used.
  - What scripts say is circumstantial evidence. A URL that is derived from the page's address passes, and so does one that is chosen by a condition.
  - Links that point outside the root are not followed, C(node_modules) and hidden directories are left out, and at most 24 MiB of a file are read.
  - The page's certificate need not be trusted. Proxy environment variables are ignored.
  - Values in the query of a URL never leave the host.
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.websocket_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: The build that was just deployed connects to the right place
  websocket.health.frontend_probe:
    public_url: wss://chat.example.com/ws
    frontend:
      root: /var/www/chat

- name: So does the page that is served
  websocket.health.frontend_probe:
    port: 8080
    exposure: proxied
    websocket: {path: /ws}
    frontend:
      url: https://chat.example.com/
      root: /var/www/chat
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
      description: Where it was seen from. V(host) or V(public).
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
    - id: frontend.hardcoded
      item: '8'
      title: The front end connects to no development host
      status: fail
      severity: critical
      vantage: host
      instance: ''
      summary: 'ws://localhost:3000/ws: the visitor''s own machine'
      expected: null
      actual: ['ws://localhost:3000/ws: the visitor''s own machine']
      evidence:
        - source: assets/index-4f2a.js:1:1042 (src/chat.ts:7)
          text: new WebSocket("ws://localhost:3000/ws")
      remediation: ['derive the URL from window.location, or set the production URL before the build']
      duration_ms: 41.3
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
      sample: frontend
    root:
      description: What the files below O(frontend.root) say. V(null) means it is not set, or cannot be read.
      returned: always
      type: dict
      contains:
        where:
          description: The directory or the URL.
          type: str
        files:
          description: How many files were read.
          type: int
        bytes:
          description: How many bytes were read.
          type: int
        findings:
          description:
            - Places that open a WebSocket, or may; those that are dialled come first.
            - Each has C(scheme), C(host), C(host_from), C(port), C(port_from), C(path), C(kind), C(use), C(file), C(line),
              C(column), C(offset), C(text), C(original) and C(times).
          type: list
          elements: dict
        cut:
          description: Whether there was more than was read.
          type: bool
        libraries:
          description: WebSocket libraries by name, with the file where each was found first.
          type: dict
        dev_clients:
          description:
            - Clients of development servers.
            - Each has C(name), C(file) and C(line).
          type: list
          elements: dict
        service_worker:
          description: 'The file that registers one; empty: none does.'
          type: str
        policies:
          description:
            - The page's Content Security Policies.
            - Each has C(from) and C(policy).
          type: list
          elements: dict
        scripts:
          description:
            - The scripts that the page itself names.
            - Each has C(src) and C(sha256).
          type: list
          elements: dict
        url:
          description: The address of a served page after redirects.
          returned: where it is served
          type: str
        status:
          description: The HTTP status of the answer.
          returned: where it is served
          type: int
        missing:
          description: Scripts for which something else was served.
          returned: where it is served
          type: list
          elements: str
        elsewhere:
          description: Scripts of other hosts, which were not fetched.
          returned: where it is served
          type: list
          elements: str
        more:
          description: Whether scripts were not fetched because time ran out or there were too many.
          returned: where it is served
          type: bool
        untrusted:
          description: 'Why its certificate is not trusted by the controller; empty: it is.'
          returned: where it is served
          type: str
        unknown:
          description: Why the page could not be checked.
          returned: where it could not
          type: str
        refused:
          description: Whether the connection was refused.
          returned: where the page could not be checked
          type: bool
      sample:
        where: /var/www/chat
        files: 14
        bytes: 812004
        findings:
          - kind: constructor
            use: dialled
            file: assets/index-4f2a.js
            line: 1
            column: 1042
            text: new WebSocket("ws://localhost:3000/ws")
            scheme: ws
            host: localhost
            host_from: literal
            port: 3000
            port_from: literal
            path: /ws
            original: {source: src/chat.ts, line: 7}
            times: 1
        cut: false
        libraries: {Socket.IO: assets/vendor-91c0.js}
        dev_clients: []
        service_worker: ''
        policies: []
        scripts: [{src: /assets/index-4f2a.js, sha256: 0f7c1b7e9c2b7f3a55d1}]
    page:
      description:
        - What the page at O(frontend.url) says, and its scripts. V(null) means it is not set. Added by the controller.
        - It is in the form of RV(evidence.root).
      returned: always
      type: dict
      sample: null
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
        - what: outside
          reason: uploads points outside the root
          remedy: set frontend.root to the directory itself
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 41.3
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
  sample: 'browser-localhost-url: The front end dials a development host'
diagnoses:
  description:
    - The causes that this subject's evidence alone can name, the root cause first. The pages are under C(docs/diagnoses).
    - Each is in the form of RV(websocket.health.checklist#module:services[].diagnoses).
    - For the causes that need all subjects at once, use M(websocket.health.checklist).
  returned: when the host was reached
  type: list
  elements: dict
  sample:
    - id: browser-localhost-url
      title: The front end dials a development host
      layer: browser
      confidence: likely
      because: ['assets/index-4f2a.js:1:1042 (src/chat.ts:7): ws://localhost:3000/ws: the visitor''s own machine']
      explains: [frontend.hardcoded]
      role: root
      next_steps:
        immediate: ['derive the URL at src/chat.ts:7 from window.location, build again and deploy']
        configuration: []
        testing: []
      links: []
"""

from ansible_collections.websocket.health.plugins.module_utils._run.probe_module import run_probe


def main() -> None:
    run_probe("frontend")


if __name__ == "__main__":
    main()
