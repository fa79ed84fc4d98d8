#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: environment_probe
short_description: Does the running process have the right environment?
version_added: 0.1.0
description:
  - Reads the environment of the running process itself, not that of a login shell, and compares it with what is expected.
    It also compares the process with what its systemd unit and its C(.env) file declare.
  - The usual variables that say in which mode a server runs (C(NODE_ENV), C(FLASK_ENV), C(DJANGO_SETTINGS_MODULE),
    C(RAILS_ENV), C(ASPNETCORE_ENVIRONMENT) and others), on which port and through which proxy, are always reported.
  - Item 2 of the checklist. The same checks are part of M(websocket.health.checklist), which checks everything in one go.
  - The process is the oldest of those that match O(process), or else of the owners of O(port) or O(socket).
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.process
  - websocket.health.service.environment
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Reads only. Nothing is installed on the host and nothing stays there.
  - The managed host needs Python 3.9 or newer and nothing else. Made for Linux; other systems need psutil for their Python.
  - Without root, what belongs to other users cannot be seen. Such checks are V(unknown), with the reason, and do not fail the
    task. Use C(become) to see everything.
  - The operating system shows the environment with which the process was started. The program may have changed it since.
  - Values of variables under O(environment.require) and O(environment.forbid), and of those whose names look like secrets,
    never leave the host.
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.process_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: Which mode is the service in?
  websocket.health.environment_probe:
    port: 8080
  register: chat_environment
  become: true

- name: Show it
  ansible.builtin.debug:
    msg: "{{ chat_environment.evidence.variables }}"

- name: Production mode, a Redis to talk to, and certificate verification not disabled
  websocket.health.environment_probe:
    port: 8080
    environment:
      expect:
        NODE_ENV: production
      require: [REDIS_URL]
      forbid: [NODE_TLS_REJECT_UNAUTHORIZED]
  become: true

- name: The process of a unit has what its environment file declares; a difference fails too
  websocket.health.environment_probe:
    port: 8000
    process:
      unit: shop.service
    environment:
      expect:
        DJANGO_SETTINGS_MODULE: shop.settings.production
      file: /etc/shop/shop.env
    fail_on: warn
  become: true
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
    - id: environment.REDIS_URL
      item: '2'
      title: REDIS_URL in the process
      status: pass
      severity: high
      vantage: host
      instance: ''
      summary: REDIS_URL is set
      expected: set
      actual: withheld
      evidence: [{source: /proc/16/environ (as of its start), text: REDIS_URL=withheld}]
      remediation: []
      duration_ms: 1.9
    - id: environment.NODE_ENV
      item: '2'
      title: NODE_ENV in the process
      status: fail
      severity: high
      vantage: host
      instance: ''
      summary: NODE_ENV is 'development', expected 'production'
      expected: production
      actual: development
      evidence: [{source: /proc/16/environ (as of its start), text: NODE_ENV=development}]
      remediation: [set NODE_ENV=production where the service is started and restart]
      duration_ms: 1.9
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
      sample: environment
    pid:
      description: The main process, whose environment was read. V(null) means it was not.
      returned: always
      type: int
      sample: 16
    source:
      description: Where it was read. V(null) means it was not.
      returned: always
      type: str
      sample: /proc/16/environ (as of its start)
    variables:
      description:
        - The common variables that are set, and those that the inventory names, by name.
        - Each value has C(set), C(value), C(withheld) and C(matches).
      returned: always
      type: dict
      sample:
        HOST: {set: true, value: 0.0.0.0}
        NODE_ENV: {set: true, value: development, matches: false}
        PORT: {set: true, value: '8080'}
        REDIS_URL: {set: true, value: null, withheld: true}
    declared:
      description:
        - What a unit and a V(.env) file declare for the same variables, by name.
        - Each value has C(value), C(where), C(set) and C(same).
      returned: always
      type: dict
      sample: {NODE_ENV: {value: production, where: '/srv/chat/.env:1', set: true, same: false}}
    differing:
      description: Names of common variables that differ in other processes of the service, by process ID.
      returned: always
      type: dict
      sample: {}
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
        - what: environ
          reason: '/proc/16/environ: EACCES (Permission denied)'
          remedy: 'run with become: true (root), so that other users'' processes can be inspected'
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 1.9
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
  sample: 'config-wrong-mode: The process runs in the wrong mode'
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
    run_probe("environment")


if __name__ == "__main__":
    main()
