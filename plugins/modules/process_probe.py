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
  - Examines the processes of one service on the managed host. Are they there, and as many as expected? Is one
    stopped, a zombie, spinning, restarting over and over, out of file descriptors, killed for lack of memory? Do they run the code
    that is on disk now, or a release that has been deleted or replaced since?
  - Item 1 of the checklist. The same checks are part of M(websocket.health.checklist), which checks everything in one go.
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
- name: Is the process that owns the port healthy?
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

- name: Look for processes that still run a release that was replaced, and continue
  websocket.health.process_probe:
    port: 8080
    only: [process.binary, process.code]
    fail_on: never
  register: chat_build
  become: true

- name: Restart them
  ansible.builtin.service:
    name: chat
    state: restarted
  become: true
  when: chat_build.status in ['warn', 'fail']
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
    - id: process.running
      item: '1'
      title: The back end's process is running
      status: fail
      severity: critical
      vantage: host
      instance: ''
      summary: no process found (looked for command node .*server\.js, min 1, port 8080, user chat)
      expected: a running process
      actual: 0
      evidence: []
      remediation: ['find out why it ended: last lines of its log, `systemctl status` or `docker ps -a`', start it]
      duration_ms: 1.9
    - id: process.descriptors
      item: '1'
      title: File descriptors are left
      status: unknown
      severity: high
      vantage: host
      instance: ''
      summary: no process to look at (see process.running)
      expected: null
      actual: null
      evidence: []
      remediation: []
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
      sample: process
    found_by:
      description: 'How the processes were found: V(command), V(unit), V(pidfile), V(user), V(port) or V(none).'
      returned: always
      type: str
      sample: command
    sought:
      description: What was looked for.
      returned: always
      type: dict
      contains:
        command:
          description: A regular expression on the command line.
          type: str
        user:
          description: The user that it runs as.
          type: str
        unit:
          description: The unit as the inventory names it, maybe without V(.service).
          type: str
        pidfile:
          description: The path of the file with its process ID.
          type: str
        min:
          description: The least number of instances.
          type: int
        max:
          description: The largest number of instances.
          type: int
        port:
          description: The port that it listens on.
          type: int
        socket:
          description: The path of the unix socket that it listens on.
          type: str
      sample: {command: node .*server\.js, user: chat, min: 1, max: 1, port: 8080}
    count:
      description: How many processes there are.
      returned: always
      type: int
      sample: 1
    instances:
      description: How many of them are not children of another one, so that a master and its workers count once.
      returned: always
      type: int
      sample: 1
    now:
      description: The host's clock, in seconds since the epoch.
      returned: always
      type: float
      sample: 1795402342.32
    table:
      description: 'Where the list of processes comes from: V(procfs), or psutil with its version.'
      returned: always
      type: str
      sample: procfs
    processes:
      description: The first twelve processes, the oldest first; the first is the main process. What could not be seen is
        V(null).
      returned: always
      type: list
      elements: dict
      contains:
        pid:
          description: Its process ID.
          type: int
        ppid:
          description: The process ID of its parent.
          type: int
        name:
          description: The name of its program.
          type: str
        command:
          description: Its command line, with secrets hidden.
          type: str
        state:
          description: 'Its state, one letter as in proc(5): R S D T t Z X I.'
          type: str
        user:
          description: The user that it runs as.
          type: str
        started:
          description: When it was started, in seconds since the epoch.
          type: float
        age_s:
          description: Seconds since its start.
          type: float
        rss_bytes:
          description: The memory that it uses, in bytes.
          type: int
        threads:
          description: How many threads it has.
          type: int
        cpu_percent:
          description: Its use of one CPU core, over the time that it was watched.
          type: float
        cpu_wait_percent:
          description: How much of the same time it waited for a CPU.
          type: float
        exe:
          description: The path of its program, without the kernel's mark V((deleted\)).
          type: str
        exe_deleted:
          description: Whether its program was deleted.
          type: bool
        exe_replaced:
          description: Whether its program was deleted, and something else is there now.
          type: bool
        cwd:
          description: The path of its working directory, without the kernel's mark V((deleted\)).
          type: str
        cwd_deleted:
          description: Whether its working directory was deleted.
          type: bool
        cwd_moved_to:
          description: The present target of the release symlink through which it was started. V(null) means it has not
            changed.
          type: str
        fds:
          description: How many file descriptors are open.
          type: int
        fd_limit:
          description: The soft limit on them. V(null) means unlimited, or not seen.
          type: int
        script:
          description:
            - Its main script.
            - It has C(path), C(modified) and C(newer_by_s).
          type: dict
        env_file:
          description:
            - The file V(.env) in its working directory.
            - It has C(path), C(modified) and C(newer_by_s).
          type: dict
        gone:
          description: Whether it ended, or was hidden, while it was watched.
          returned: where it did
          type: bool
        after_asked_s:
          description: 'Seconds from the start of this run to its start. Negative: it is older. V(null) means not known.'
          type: float
        frozen:
          description: Whether its control group is frozen. V(null) means not known.
          type: bool
        wchan:
          description: The kernel function that it sleeps in (proc(5), wchan). V(null) means none, or not seen.
          type: str
        outgoing:
          description:
            - Its TCP connections to others.
            - Each has C(state) and C(peer).
          returned: where it does not listen on the port, or does not answer there
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
      description: What systemd reports on the unit of the main process. V(null) means no unit, or systemd does not know
        it. A property that it did not report is V(null).
      returned: always
      type: dict
      contains:
        name:
          description: Its name.
          type: str
        active:
          description: 'Its ActiveState: V(active), V(failed) …'
          type: str
        sub:
          description: 'Its SubState: V(running), V(auto-restart) …'
          type: str
        result:
          description: 'Its Result: V(success), V(exit-code), V(oom-kill) …'
          type: str
        main_pid:
          description: 'The process ID of its main process; 0: none is running.'
          type: int
        restarts:
          description: 'NRestarts: how often it was restarted automatically.'
          type: int
        exit_code:
          description: 'ExecMainCode: how it ended, as in wait(2): CLD_EXITED, CLD_KILLED …'
          type: int
        exit_status:
          description: 'ExecMainStatus: its exit status, or the signal.'
          type: int
        need_daemon_reload:
          description: Whether its file was changed on disk and systemd has not reloaded it.
          type: bool
        path:
          description: The path of its file.
          type: str
        type:
          description: 'How it tells that it is ready (systemd.service(5), Type=): V(simple), V(notify) …'
          type: str
      sample: null
    memory_events:
      description: What the kernel counted in the control group of the main process. V(null) means that cannot be read.
      returned: always
      type: dict
      contains:
        oom_kill:
          description: Processes that were killed for lack of memory.
          type: int
      sample: {oom_kill: 0}
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
        - what: exe
          reason: '/proc/16/exe: EACCES (Permission denied)'
          remedy: 'run with become: true (root), so that other users'' processes can be inspected'
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 403.8
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
  sample: 'process-not-running: The back end is not running'
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
    run_probe("process")


if __name__ == "__main__":
    main()
