#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_probe
short_description: Is the back end's process running, stable, and the deployed build?
version_added: 0.1.0
description:
  - Looks at the processes of one service on the managed host and judges them. Are they there, and as many as expected? Is one
    stopped, a zombie, spinning, restarting over and over, out of file descriptors, killed for memory? Do they run the code
    that lies on the disk now, or a release that was deleted or replaced since?
  - Item 1 of the checklist. The same checks are part of M(websocket.health.checklist), which asks everything in one go.
  - The processes are those that match O(process), or else the owners of O(port) or O(socket).
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.process
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Reads only. Nothing is installed on the host and nothing stays there.
  - The managed host needs Python 3.9 or newer and nothing else. Made for Linux; other systems need psutil for their Python.
  - Without root, what belongs to other users cannot be seen. Such checks are V(unknown), with the reason, and do not fail the
    task. Use C(become) to see everything.
  - Restarts are counted by systemd. For a process outside a systemd unit C(process.restarts) is V(skip).
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.environment_probe
  - module: websocket.health.log_probe
  - module: websocket.health.port_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: Is whatever owns the port in good health?
  websocket.health.process_probe:
    port: 8080

- name: Exactly one instance of the service, run by its own user
  websocket.health.process_probe:
    process:
      command: 'node .*server\.js'
      user: chat
      min: 1
      max: 1

- name: Wait until systemd has brought the service up and it stays up
  websocket.health.process_probe:
    port: 8080
    process:
      unit: chat.service
  register: chat_process
  until: chat_process is not failed
  retries: 6
  delay: 5

- name: Look for processes that still run a release that was replaced, and go on
  websocket.health.process_probe:
    port: 8080
    only: [process.binary, process.code]
    fail_on: never
  register: chat_build
  become: true

- name: Restart where that is so
  ansible.builtin.service:
    name: chat
    state: restarted
  become: true
  when: chat_build.status in ['warn', 'fail']
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
      sample: process.running
    item:
      description: Item of the checklist that it answers.
      returned: always
      type: str
      sample: "1"
    title:
      description: The check in words.
      returned: always
      type: str
      sample: The back end's process is running
    status:
      description: V(pass), V(warn), V(fail), V(error), V(unknown) or V(skip).
      returned: always
      type: str
      sample: fail
    severity:
      description: What a failure means for the clients. V(critical), V(high), V(medium), V(low) or V(info).
      returned: always
      type: str
      sample: critical
    vantage:
      description: Where it was seen from. V(host) or V(controller).
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
      sample: "no process found (looked for command node .*server\\.js, min 1, port 8080, user chat)"
    expected:
      description: What would be right, where that can be said. V(null), a string, a number or a list.
      returned: always
      type: raw
      sample: a running process
    actual:
      description: What was found, for programs. V(null), a string, a number, a list or a dictionary.
      returned: always
      type: raw
      sample: 0
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
          sample: process table
        text:
          description: What was seen there, secrets hidden.
          returned: always
          type: str
          sample: pid 16 node /srv/chat/server.js (chat)
    remediation:
      description: What to do about it; empty where there is nothing to do.
      returned: always
      type: list
      elements: str
      sample: [start it]
    duration_ms:
      description: Milliseconds that the probe took on the host. V(null) where it did not run.
      returned: always
      type: float
      sample: 1.9
  sample:
    - id: process.running
      item: "1"
      title: The back end's process is running
      status: fail
      severity: critical
      vantage: host
      instance: ""
      summary: "no process found (looked for command node .*server\\.js, min 1, port 8080, user chat)"
      expected: a running process
      actual: 0
      evidence: []
      remediation:
        - "read why it ended: the last lines of its log, `systemctl status` or `docker ps -a`"
        - start it
      duration_ms: 1.9
    - id: process.descriptors
      item: "1"
      title: File descriptors are left
      status: unknown
      severity: high
      vantage: host
      instance: ""
      summary: no process to look at (see process.running)
      expected: null
      actual: null
      evidence: []
      remediation: []
      duration_ms: 1.9
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
      sample: process
    found_by:
      description: How the processes were found. V(command), V(unit), V(pidfile), V(user), V(port) or V(none).
      returned: always
      type: str
      sample: command
    sought:
      description: What was looked for.
      returned: always
      type: dict
      sample: {command: 'node .*server\\.js', user: chat, min: 1, max: 1, port: 8080}
    count:
      description: Number of processes.
      returned: always
      type: int
      sample: 1
    instances:
      description: Number of processes that are no children of another one, so that a master and its workers count once.
      returned: always
      type: int
      sample: 1
    processes:
      description: The first twelve processes, the oldest first. What may not be seen of one is V(null) and listed in C(gaps).
      returned: always
      type: list
      elements: dict
      sample:
        - pid: 16
          ppid: 1
          name: node
          command: node /srv/chat/server.js
          state: S
          user: chat
          started: 1795402309.87
          age_s: 32.4
          rss_bytes: 53760000
          threads: 7
          cpu_percent: 0.0
          exe: /usr/bin/node
          exe_deleted: false
          exe_replaced: false
          cwd: /srv/chat
          cwd_deleted: false
          cwd_moved_to: null
          fds: 19
          fd_limit: 20000
          script: {path: /srv/chat/server.js, modified: 1795143110.82, newer_by_s: -259199.1}
          env_file: null
    unit:
      description: What systemd says of the unit of the main process, or V(null) where it is in none.
      returned: always
      type: dict
      sample: null
    memory_events:
      description: OOM kills counted in the control group of the main process, or V(null).
      returned: always
      type: dict
      sample: {oom_kill: 0}
    now:
      description: The host's clock, in seconds since 1970.
      returned: always
      type: float
      sample: 1795402342.32
    table:
      description: Where the list of processes is from. V(procfs), or psutil with its version.
      returned: always
      type: str
      sample: procfs
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
        - what: exe
          reason: "/proc/16/exe: EACCES (Permission denied)"
          remedy: "run with become: true (root), so that other users' processes can be inspected"
    duration_ms:
      description: Milliseconds that the probe took on the host.
      returned: always
      type: float
      sample: 403.8
failed:
  description: Whether RV(status) is bad enough for O(fail_on).
  returned: always
  type: bool
  sample: true
msg:
  description: The verdict in one line. The root cause, if one was recognised; else the first check that is wrong; else a count.
  returned: always
  type: str
  sample: "process-not-running: The back end is not running"
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
    run_probe("process")


if __name__ == "__main__":
    main()
