#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: browser_probe
short_description: What happens to the page's WebSockets in a real browser?
version_added: 0.1.0
description:
  - Opens a page in a headless Chromium, on the controller or on a host of your choice, watches it for some seconds, and reports every WebSocket
    that it, its frames and its workers open. Handshakes with their headers, frames, how they end, and what the console says about it.
  - Detects mixed content, blocking by the page's Content Security Policy, certificates that browsers refuse, and URLs that point nowhere.
  - A refused handshake is repeated without a browser, with the page's Origin, since a browser does not reveal who answered, or what.
  - Items 9, 10 and 12 of the checklist. M(websocket.health.checklist) does the same for services with O(frontend.url).
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.websocket
  - websocket.health.service.public_url
  - websocket.health.service.browser
  - websocket.health.service.run
  - websocket.health.service.fail_on
options:
  port:
    description:
      - Port of the service. A WebSocket of the page to this port on V(localhost) counts as the service's.
    type: int
notes:
  - By default the browser runs on the controller, whatever the host of the task; the host is not contacted. Hosts whose services have the same page
    share one visit. With O(chromium.where=host) the task's host opens the page; use C(delegate_to) to choose it.
  - Every visit has its own browser, and its processes and its profile are gone when the task ends, even if the play is killed.
  - Needs C(chromium) (Debian's package) or Google Chrome where it runs. Without it the checks are V(unknown), and say so.
  - It runs in Chromium's sandbox, and never as root. If root starts it (O(chromium.where=host) with C(become)), it runs as O(chromium.user). If there is
    no such user, or no sandbox, the checks are V(unknown), and say what helps.
  - The browser ignores proxy environment variables. Set C(--proxy-server=…) in O(chromium.arguments) if it needs a proxy.
  - Certificates that the user who starts it has told Chromium to trust (C(~/.pki/nssdb)) are trusted. Private keys of root are not passed on.
  - The page is opened by a visitor without cookies. A page that opens its WebSocket only after a login opens none.
  - Which WebSockets are the service's is decided by O(public_url), O(websocket.path), O(port) and the page's own host. Those of other sites
    are in the evidence and are not judged.
  - A page that connects to V(localhost) reaches the machine that the browser runs on; for a visitor, that is the visitor's own machine.
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.websocket_probe
  - module: websocket.health.tls_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: Does the page connect?
  websocket.health.browser_probe:
    public_url: wss://chat.example.com/ws
    frontend:
      url: https://chat.example.com/
  run_once: true

- name: Does it connect from the office's network?
  websocket.health.browser_probe:
    public_url: wss://chat.example.com/ws
    frontend:
      url: https://chat.example.com/
    chromium:
      where: host
  delegate_to: office-desk
  run_once: true

- name: Watch it for twenty seconds, with a screenshot
  websocket.health.browser_probe:
    frontend:
      url: https://chat.example.com/
    chromium:
      path: /opt/google/chrome/chrome
      stay: 20
      screenshot: true
    deadline: 60
    fail_on: never
  register: chat_page
  run_once: true

- name: Store the screenshot next to the playbook
  ansible.builtin.shell:
    cmd: base64 -d > chat.jpeg
    stdin: "{{ chat_page.evidence.screenshot }}"
  delegate_to: localhost
  run_once: true
  changed_when: true
"""

# RETURN is made by `make generate`, from module_utils/_evidence and tests/tools/returned.
RETURN = r"""
status:
  description:
    - The worst of the checks. V(fail) weighs most, then V(error), V(warn), V(unknown), V(pass).
    - A check that is V(unknown) counts only if it is critical and was made on the host. V(skip) never counts.
  returned: when the page was requested
  type: str
  sample: fail
checks:
  description: One result for every check of the subject, in the order of the checklist.
  returned: when the page was requested
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
      description: Where it was seen from. V(browser).
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
    - id: browser.websocket
      item: '9'
      title: The page's WebSockets are answered with 101
      status: pass
      severity: critical
      vantage: browser
      instance: wss://chat.example.com/ws
      summary: 101 in 18 ms
      expected: 101 Switching Protocols
      actual: [open]
      evidence:
        - source: page https://chat.example.com/
          text: +54 ms new WebSocket('wss://chat.example.com/ws') at https://chat.example.com/app.js:12
      remediation: []
      duration_ms: 3390.4
evidence:
  description:
    - What was seen, without any judgement. It is redacted where it was seen, before it is passed on.
    - Fields may be added in later versions. One may be missing if the probe did not finish.
  returned: when the page was requested
  type: dict
  contains:
    subject:
      description: The subject that was probed.
      returned: always
      type: str
      sample: browser
    page:
      description: The page after redirects. Times are milliseconds after the visit began.
      returned: where the browser started
      type: dict
      contains:
        url:
          description: Its address after redirects.
          type: str
        origin:
          description: Its origin, as it is sent with its handshakes.
          type: str
        status:
          description: The HTTP status of the answer.
          type: int
        error:
          description: Chromium's name for what kept it from loading. V(null) means nothing did.
          type: str
        loaded_ms:
          description: When it was loaded. V(null) means it was not.
          type: float
        watched_ms:
          description: When the visit ended.
          type: float
        address:
          description: The address of the server that it came from.
          type: str
        port:
          description: The port that it came from.
          type: int
        protocol:
          description: The version of HTTP, such as V(h2) or V(http/1.1).
          type: str
        security:
          description: 'How Chromium rates its connection: V(secure), V(insecure) and so on.'
          type: str
        certificate:
          description:
            - The certificate of its server. V(null) means it came without TLS.
            - It has C(subject), C(issuer), C(until) and C(protocol).
          type: dict
        headers:
          description: Name and value of each header of the answer, redacted.
          type: list
          elements: list
      sample:
        url: https://chat.example.com/
        origin: https://chat.example.com
        status: 200
        error: null
        loaded_ms: 61.2
        watched_ms: 3061.9
        address: 203.0.113.7
        port: 443
        protocol: h2
        security: secure
        certificate: {subject: chat.example.com, issuer: R11, until: 1803427199, protocol: TLS 1.3}
        headers: [[server, nginx]]
    sockets:
      description: The WebSockets that the page, its frames and its workers opened, in that order, the first 40. Times are
        milliseconds after the visit began.
      returned: where the browser started
      type: list
      elements: dict
      contains:
        from:
          description: 'The target that did it: V(page), V(iframe), V(worker) and so on.'
          type: str
        from_url:
          description: The URL of that target.
          type: str
        url:
          description: The URL that was connected to.
          type: str
        initiator:
          description: Where in the page's code it was created, such as V(app.js:12).
          type: str
        at_ms:
          description: When it was created.
          type: float
        created:
          description: Whether the browser started the connection. A policy may forbid it before.
          type: bool
        witnessed:
          description: Whether the script that the probe puts into the page saw its creation.
          type: bool
        thrown:
          description: What the constructor threw. V(null) means nothing.
          type: str
        request:
          description: Name and value of each header of the handshake, redacted.
          type: list
          elements: list
        response:
          description: Name and value of each header of the answer, redacted.
          returned: where the handshake was accepted
          type: list
          elements: list
        asked_ms:
          description: When the handshake was sent.
          type: float
        answered_ms:
          description: When it was accepted.
          returned: where it was
          type: float
        failed_ms:
          description: When the event V(error) came.
          returned: where it came
          type: float
        closed_ms:
          description: When it was closed.
          returned: where it was
          type: float
        status:
          description: 'The HTTP status of the answer that accepts it: 101, over HTTP/2 200. V(null) means it was not accepted.'
          type: int
        reason_phrase:
          description: The words behind that status.
          type: str
        error:
          description: What Chromium says about one that was refused or that ended. V(null) means nothing.
          type: str
        code:
          description: The code of the event V(close).
          returned: where that came
          type: int
        reason:
          description: The reason of the event V(close).
          returned: where that came
          type: str
        clean:
          description: Whether the event V(close) reports a clean end.
          returned: where that came
          type: bool
        sent:
          description:
            - The frames that the page sent.
            - It has C(frames), C(bytes) and C(first).
          type: dict
        received:
          description:
            - The frames that the page received.
            - It has C(frames), C(bytes) and C(first).
          type: dict
        raw:
          description:
            - The same handshake, repeated without a browser from where the browser runs.
            - It has what RV(websocket.health.websocket_probe#module:evidence.main) has, and C(url), C(other_origin) and
              C(no_origin).
          returned: where the server refused it
          type: dict
      sample:
        - url: wss://chat.example.com/ws
          from: page
          from_url: https://chat.example.com/
          initiator: https://chat.example.com/app.js:12
          at_ms: 54.1
          created: true
          witnessed: true
          thrown: null
          request: [[Origin, 'https://chat.example.com']]
          asked_ms: 64.0
          status: 101
          reason_phrase: Switching Protocols
          response: [[Upgrade, websocket]]
          answered_ms: 72.3
          error: null
          sent: {frames: 1, bytes: 5, first: [{at_ms: 72.5, kind: text, bytes: 5}]}
          received: {frames: 1, bytes: 5, first: [{at_ms: 74.1, kind: text, bytes: 5}]}
    sockets_total:
      description: How many WebSockets were opened in total.
      returned: where the browser started
      type: int
      sample: 1
    console:
      description: Errors and warnings in the console, uncaught exceptions among them; the first 40.
      returned: where the browser started
      type: list
      elements: dict
      contains:
        from:
          description: 'The target that did it: V(page), V(iframe), V(worker) and so on.'
          type: str
        source:
          description: 'Who wrote it: V(console), V(exception), V(network), V(security) and so on.'
          type: str
        level:
          description: 'Its level: V(error) or V(warning).'
          type: str
        text:
          description: Its first line, redacted and cut.
          type: str
        url:
          description: The file that wrote it; empty where that is not known.
          type: str
        line:
          description: The line of that file, from 0.
          type: int
        at_ms:
          description: Milliseconds after the visit began.
          type: float
      sample:
        - source: network
          level: error
          text: 'WebSocket connection to ''wss://chat.example.com/ws'' failed: Error during WebSocket handshake: Unexpected
            response code: 403'
          url: https://chat.example.com/app.js
          line: 11
          from: page
          at_ms: 80.0
    failed:
      description: What the page requested and did not get, and frames and workers whose process crashed; the first 40.
      returned: where the browser started
      type: list
      elements: dict
      contains:
        url:
          description: What was requested.
          type: str
        kind:
          description: 'What it should have been: V(Script), V(Image), V(Other) and so on; the type of a frame or worker
            that crashed.'
          type: str
        status:
          description: The HTTP status of the answer. V(null) means there was none.
          type: int
        error:
          description: Why there was no answer. V(null) means there was one.
          type: str
        crashed:
          description: It existed, and its process ended on its own.
          type: bool
      sample: [{url: 'https://chat.example.com/favicon.ico', kind: Other, status: 404, error: null}]
    issues:
      description: Mixed content and violations of the page's Content Security Policy; the first 40.
      returned: where the browser started
      type: list
      elements: dict
      contains:
        kind:
          description: 'What it is: V(mixed) (mixed content) or V(csp) (a violation of the policy).'
          type: str
        url:
          description: What was requested.
          type: str
        blocked:
          description: What happened to mixed content, in Chromium's words.
          returned: where V(kind) is V(mixed)
          type: str
        directive:
          description: The directive that is violated.
          returned: where V(kind) is V(csp)
          type: str
        report_only:
          description: Whether the policy only reports.
          returned: where V(kind) is V(csp)
          type: bool
        what:
          description: The type of what was requested, or of the violation.
          type: str
      sample:
        - kind: csp
          url: wss://chat.example.com/ws
          directive: connect-src
          report_only: false
          what: kURLViolation
    targets:
      description: Pages, frames of other sites and workers that were watched.
      returned: where the browser started
      type: list
      elements: dict
      contains:
        kind:
          description: 'What it is: V(page), V(iframe), V(worker) and so on.'
          type: str
        url:
          description: Its URL.
          type: str
      sample: [{kind: page, url: 'https://chat.example.com/'}]
    skip:
      description: Why no page was opened. V(null) means one was, or should have been.
      returned: always
      type: str
      sample: null
    browser:
      description: The name and version of the browser.
      returned: where the browser started
      type: str
      sample: Chrome/156.0.8078.79
    start_ms:
      description: Milliseconds until the browser answered.
      returned: where the browser started
      type: float
      sample: 210.4
    stay_s:
      description: Seconds for which the page was watched once it was loaded.
      returned: where the browser started
      type: float
      sample: 3.0
    screenshot:
      description: The page as JPEG, in base64. It is not redacted.
      returned: when O(chromium.screenshot) is true
      type: str
      sample: /9j/4AAQSkZJRgABAQ
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
        - what: browser
          reason: no Chromium found where Ansible runs (chromium, chromium-browser, google-chrome)
          remedy: install Debian's package chromium (or Google Chrome) where Ansible runs, or set chromium.path to the program
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 3390.4
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
  sample: 'pass: 7 checks'
diagnoses:
  description:
    - The causes that this subject's evidence alone can name, the root cause first. The pages are under C(docs/diagnoses).
    - Each is in the form of RV(websocket.health.checklist#module:services[].diagnoses).
    - For the causes that need all subjects at once, use M(websocket.health.checklist).
  returned: when the page was requested
  type: list
  elements: dict
  sample: []
"""

from ansible_collections.websocket.health.plugins.module_utils._run.probe_module import run_probe


def main() -> None:
    run_probe("browser")


if __name__ == "__main__":
    main()
