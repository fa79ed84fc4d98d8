#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: log_probe
short_description: What do the server's logs say since its process started?
version_added: 0.1.0
description:
  - Reads the logs of one service from the start of its process onwards. Did the server log that it is ready, on which port, and that
    its WebSocket server is running? Are there stack traces, unhandled errors, or lines that are known to mean a fault, such as a
    port in use, a missing module, no WebSocket library? Does it log connections, messages and closes?
  - Items 3 and 7 of the checklist. The same checks are part of M(websocket.health.checklist), which checks everything in one go.
  - If O(logs) is not set, the files behind standard output and error of the process are read, other log files that it has
    open, or the journal of its unit.
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.process
  - websocket.health.service.logs
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Reads only. Nothing is installed on the host and nothing stays there.
  - The managed host needs Python 3.9 or newer and nothing else. Made for Linux; other systems need psutil for their Python.
  - Without root, what belongs to other users cannot be seen. Such checks are V(unknown), with the reason, and do not fail the
    task. Use C(become) to see everything.
  - At most 16 MiB of a service's logs are read, from their ends.
  - In a log without timestamps, lines of this run and of an earlier one cannot be told apart with certainty. The check then says so.
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.process_probe
  - module: websocket.health.websocket_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: Anything wrong in the log of the process that owns the port?
  websocket.health.log_probe:
    port: 8080
  become: true

- name: The service has logged that it is ready, on the right port
  websocket.health.log_probe:
    port: 8080
    logs:
      - path: /var/log/chat/server.log
        ready: 'listening on port (?P<port>\d+)'
        websocket: 'WebSocket server initialised'
  become: true

- name: Read the journal of a unit, and fail for warnings too
  websocket.health.log_probe:
    port: 8080
    process:
      unit: chat.service
    logs:
      - unit: chat.service
    fail_on: warn
  become: true

- name: Only look for faults, and show where they were found
  websocket.health.log_probe:
    port: 8080
    only: [log.errors, log.signatures]
    fail_on: never
  register: chat_log
  become: true

- name: Show them
  ansible.builtin.debug:
    msg: "{{ chat_log.checks | map(attribute='evidence') | flatten }}"
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
    - id: log.errors
      item: '3'
      title: No stack traces or unhandled errors in the log
      status: fail
      severity: high
      vantage: host
      instance: ''
      summary: '1 unhandled error in the last minutes of the log (no process is running): Error: listen EADDRINUSE: address
        already in use 0.0.0.0:8080'
      expected: null
      actual:
        - type: Error
          root: 'Error: listen EADDRINUSE: address already in use 0.0.0.0:8080'
          frame: Server.setupListenHandle [as _listen2] (node:net:1908:16)
          kind: fatal
          runtime: node
          count: 1
          first: null
          last: null
      evidence:
        - source: /var/log/chat/server.log:6
          text: 'Error: listen EADDRINUSE: address already in use 0.0.0.0:8080 [Server.setupListenHandle [as _listen2] (node:net:1908:16),
            once]'
      remediation: ['fix the cause at Server.setupListenHandle [as _listen2] (node:net:1908:16)']
      duration_ms: 46.7
    - id: log.signatures
      item: '3'
      title: No lines with a known fault in the log
      status: fail
      severity: high
      vantage: host
      instance: ''
      summary: port 8080 was already in use (once)
      expected: null
      actual:
        - key: eaddrinuse
          count: 1
          first: null
          last: null
          captured: {address: 0.0.0.0, port: '8080'}
      evidence:
        - source: /var/log/chat/server.log:6
          text: 'Error: listen EADDRINUSE: address already in use 0.0.0.0:8080'
      remediation:
        - stop what is using port 8080 (ss -ltnp 'sport = :8080'; an old instance, or a second one), then restart the service
      duration_ms: 46.7
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
      sample: log
    process:
      description: The process whose start opens the window.
      returned: always
      type: dict
      contains:
        found:
          description: Whether there is one.
          type: bool
        pid:
          description: Its process ID. V(null) means there is none.
          type: int
        name:
          description: The name of its program. V(null) means there is none.
          type: str
        started:
          description: When it was started, in seconds since the epoch. V(null) means that is not known.
          type: float
        unit:
          description: The systemd unit that it runs in. V(null) means it runs in none.
          type: str
      sample: {found: true, pid: 16, name: node, started: 1795402309.87, unit: null}
    window:
      description: From when to when the logs were read, and why from that time on.
      returned: always
      type: dict
      contains:
        from:
          description: The start of the window, in seconds since the epoch. V(null) means everything was read.
          type: float
        to:
          description: Its end, in seconds since the epoch.
          type: float
        why:
          description: Why it starts then.
          type: str
      sample: {from: 1795402309.87, to: 1795402348.46, why: since the process started}
    sources:
      description: The logs.
      returned: always
      type: list
      elements: dict
      contains:
        kind:
          description: 'What it is: V(file) or V(journal).'
          type: str
        name:
          description: The path, or the unit.
          type: str
        how:
          description: 'How it was found: V(configured), V(stdout), V(rotated) …'
          type: str
        problem:
          description: Why it was not read, or not completely. V(null) means it was.
          type: str
        size:
          description: Its size in bytes. V(null) means it was not read.
          type: int
        mtime:
          description: When it was last written, in seconds since the epoch.
          returned: where it was read
          type: float
        format:
          description: What each line is wrapped in.
          returned: where it was read
          type: str
        timestamped:
          description: Whether its lines have timestamps.
          returned: where it was read
          type: bool
        since:
          description: 'What marks the start of the window in it: V(timestamps), V(ready line), V(file time) or V(whole).'
          returned: where it was read
          type: str
        since_known:
          description: Whether that start is certain. V(null) means it was not read.
          type: bool
        first:
          description: Its first timestamp, in seconds since the epoch. V(null) means it has none.
          returned: where it was read
          type: float
        last:
          description: Its last timestamp, in seconds since the epoch. V(null) means it has none.
          returned: where it was read
          type: float
        bytes_in_window:
          description: How many bytes of it are in the window.
          returned: where it was read
          type: int
        bytes_scanned:
          description: How many bytes of it were read.
          type: int
        complete:
          description: Whether everything in the window was read.
          returned: where it was read at all
          type: bool
        start_covered:
          description: Whether everything since the start was read, as far as start-up lines go.
          returned: where it was read at all
          type: bool
        truncated:
          description: Whether it is longer than the part that was read.
          returned: where it was read
          type: bool
        compressed:
          description: Whether it is a compressed file.
          returned: where it is
          type: bool
        skipped_bytes:
          description: Bytes (decompressed) before those that were kept.
          returned: where it is a compressed file
          type: int
        entries:
          description: How many entries were read.
          returned: where it is a journal
          type: int
        saturated:
          description: Whether there are more entries.
          returned: where it is a journal
          type: bool
      sample:
        - kind: file
          name: /var/log/chat/server.log
          how: configured
          problem: null
          size: 1004
          mtime: 1795402314.36
          format: none
          timestamped: false
          since: ready line
          since_known: false
          first: null
          last: null
          bytes_in_window: 963
          bytes_scanned: 963
          complete: true
          start_covered: true
          truncated: false
    ready:
      description: Lines that say that the server is ready.
      returned: always
      type: dict
      contains:
        patterns:
          description:
            - The service's own expressions, and whether a line matches each.
            - Each has C(pattern) and C(matched).
          type: list
          elements: dict
        lines:
          description:
            - The lines.
            - Each has C(count), C(first), C(last), C(source), C(offset), C(line), C(sample), C(server), C(port), C(address)
              and C(pattern).
          type: list
          elements: dict
      sample:
        patterns: [{pattern: 'listening on port (?P<port>\d+)', matched: true}]
        lines:
          - source: /var/log/chat/server.log
            line: 2
            offset: 41
            sample: Server listening on port 8080
            pattern: listening on port (?P<port>\d+)
            server: ''
            address: ''
            port: 8080
            count: 1
            first: null
            last: null
    websocket:
      description:
        - Lines that say that the WebSocket server is running.
        - It is in the form of RV(evidence.ready).
      returned: always
      type: dict
      sample:
        patterns: []
        lines:
          - source: /var/log/chat/server.log
            line: 1
            offset: 0
            sample: WebSocket server initialised on path /ws
            pattern: null
            server: ''
            address: ''
            port: null
            count: 1
            first: null
            last: null
    server:
      description: Servers that were recognised by their start-up lines.
      returned: always
      type: list
      elements: str
      sample: [uvicorn]
    events:
      description:
        - How often each kind of event (V(connection), V(message) and V(close)) was logged.
        - Each value has C(count), C(last), C(sample) and C(source).
      returned: always
      type: dict
      sample:
        connection:
          count: 15
          last: null
          sample: client connected from 192.0.2.1
          source: /var/log/chat/server.log
        message: {count: 0, last: null, sample: '', source: null}
        close:
          count: 15
          last: null
          sample: client disconnected code=1000
          source: /var/log/chat/server.log
    own:
      description: What was logged about one more connection of the probe. V(null) means no handshake was accepted, or no
        file is read.
      returned: always
      type: dict
      contains:
        events:
          description: The last line of each kind.
          type: dict
        message_sent:
          description: Whether a line contains the text that was sent.
          type: bool
      sample:
        events:
          connection: client connected from 127.0.0.1
          message: 'message received: 16 bytes'
          close: client disconnected code=1000
        message_sent: false
    provoked:
      description: What was logged during the questions of this run. V(null) means there were none, or no log can be read
        again.
      returned: always
      type: dict
      contains:
        path:
          description: 'The path of the handshake; empty: it is only a guess, and is refused.'
          type: str
        accepted:
          description: Whether the handshake was accepted, and nothing went wrong after it.
          type: bool
        traces:
          description:
            - Stack traces.
            - Each has what RV(evidence.traces) has, and C(handshake) and C(unasked).
          type: list
          elements: dict
        signatures:
          description:
            - Lines with a known meaning.
            - Each has what RV(evidence.signatures) has, and C(handshake) and C(unasked).
          type: list
          elements: dict
        lines:
          description:
            - Other lines of level error.
            - Each has C(sample) and C(handshake).
          type: list
          elements: dict
    traces:
      description: Stack traces, the worst first. The same one is listed once, with a count.
      returned: always
      type: list
      elements: dict
      contains:
        count:
          description: How many there are.
          type: int
        first:
          description: When the first was logged, in seconds since the epoch. V(null) means the log does not say.
          type: float
        last:
          description: When the latest was logged, in seconds since the epoch. V(null) means the log does not say.
          type: float
        source:
          description: The name of the log.
          type: str
        offset:
          description: Where the latest starts, in bytes from the start of the log.
          type: int
        line:
          description: The number of its line. V(null) means lines were not counted.
          type: int
        sample:
          description: Its text, redacted and cut.
          type: str
        runtime:
          description: 'Whose trace it is: V(node), V(python) …'
          type: str
        kind:
          description: 'What happened to the error: V(fatal), V(unhandled) or V(logged).'
          type: str
        type:
          description: 'The type of the error: V(TypeError), V(java.net.BindException), V(panic) …'
          type: str
        root:
          description: The line that names the root cause.
          type: str
        frame:
          description: The frame nearest to the failure that is the application's own code, else the nearest one.
          type: str
      sample:
        - runtime: node
          kind: fatal
          type: Error
          root: 'Error: listen EADDRINUSE: address already in use 0.0.0.0:8080'
          frame: Server.setupListenHandle [as _listen2] (node:net:1908:16)
          sample: |-
            Error: listen EADDRINUSE: address already in use 0.0.0.0:8080
                at Server.setupListenHandle
          source: /var/log/chat/server.log
          line: 6
          offset: 109
          count: 1
          first: null
          last: null
    signatures:
      description: Lines with a known meaning, mostly a fault.
      returned: always
      type: list
      elements: dict
      contains:
        count:
          description: How many there are.
          type: int
        first:
          description: When the first was logged, in seconds since the epoch. V(null) means the log does not say.
          type: float
        last:
          description: When the latest was logged, in seconds since the epoch. V(null) means the log does not say.
          type: float
        source:
          description: The name of the log.
          type: str
        offset:
          description: Where the latest starts, in bytes from the start of the log.
          type: int
        line:
          description: The number of its line. V(null) means lines were not counted.
          type: int
        sample:
          description: Its text, redacted and cut.
          type: str
        key:
          description: The name of its meaning.
          type: str
        captured:
          description: What the line names, such as its port.
          type: dict
      sample:
        - key: eaddrinuse
          captured: {address: 0.0.0.0, port: '8080'}
          sample: 'Error: listen EADDRINUSE: address already in use 0.0.0.0:8080'
          source: /var/log/chat/server.log
          line: 6
          offset: 109
          count: 1
          first: null
          last: null
    dropped:
      description: How many different entries were left out because there were too many.
      returned: always
      type: int
      sample: 0
    earlier:
      description: What ended the previous process, if that is in the log shortly before the start. V(null) means nothing
        does.
      returned: always
      type: dict
      contains:
        seen:
          description: When it was logged, in seconds since the epoch. V(null) means the log does not say.
          type: float
        seconds_before_start:
          description: How long before the start. V(null) means that is not known.
          type: float
        trace:
          description:
            - The last stack trace. V(null) means there is none.
            - It is in the form of RV(evidence.traces).
          type: dict
        signatures:
          description:
            - Lines with a known meaning.
            - Each is in the form of RV(evidence.signatures).
          type: list
          elements: dict
      sample: null
    scanned:
      description: How much was read.
      returned: always
      type: dict
      contains:
        bytes:
          description: How many bytes.
          type: int
        complete:
          description: Whether that is all of the window.
          type: bool
        sampled:
          description: Whether counts are lower bounds.
          type: bool
      sample: {bytes: 963, complete: true, sampled: false}
    last_words:
      description: The last lines of a process that has ended, or that runs and does not listen on the port; the latest
        first.
      returned: always
      type: list
      elements: dict
      contains:
        source:
          description: The name of the log.
          type: str
        of:
          description: 'Whose they are: V(ended) (no process runs), V(previous) (they stand before the start of the one
            that runs), or V(running) (it runs, and nothing listens on the port).'
          type: str
        at:
          description: When the log was written last, or the last line before the start, in seconds since the epoch. V(null)
            means not known.
          type: float
        lines:
          description: The lines, redacted and cut, without the frames of stack traces.
          type: list
          elements: str
        telling:
          description: The last of them that speaks of an error; where none does, the last one.
          type: str
        tells:
          description: Whether that line speaks of an error, stands at the very end, and no orderly end follows it.
          type: bool
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
      sample: 46.7
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
  sample: 'fail log.errors: 1 unhandled error in the last minutes of the log (no process is running): Error: listen EADDRINUSE:
    address already in use 0.0.0.0:8080'
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
    run_probe("log")


if __name__ == "__main__":
    main()
