#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is documentation only: the work is done on the controller, by the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Build one report from the results of many hosts
version_added: 0.1.0
description:
  - Reads the result files that M(websocket.health.checklist) wrote, one per host, and builds the report of the whole fleet.
    It says what works, what is broken and B(why), with one entry per root cause whatever the number of affected hosts, and
    what to do next.
  - Runs on the controller and needs no connection to any host. Run it once, after all batches, from a play on C(localhost).
  - It never fails because of what it reports. To make a play fail on bad results, check RV(ignore:status) or use the role
    P(websocket.health.checklist#role), whose last task is that gate.
extends_documentation_fragment:
  - websocket.health.attributes
attributes:
  check_mode:
    details:
      - The report is written in check mode too. It is what the module is for, and it changes nothing on a target.
author:
  - websocket.health contributors (@websocket-health)
options:
  report_dir:
    description:
      - The directory with the C(results) of the hosts. The report is written into it.
      - By default C(websocket-health) in the directory in which Ansible was started.
      - A relative path is relative to that directory too.
    type: path
  formats:
    description:
      - What to write.
      - V(html) is C(report.html), one file that needs no network; without its script it shows what is wrong and what to do, with it everything.
      - V(markdown) is C(report.md), to paste into a ticket or a chat.
      - V(json) is C(report.json), with everything, for programs. Its schema is C(docs/report.schema.json).
      - V(junit) is C(junit.xml), one test suite for each service of a host, for CI servers.
      - V(prometheus) is C(metrics.prom), for the textfile collector of node_exporter.
      - V(sarif) is C(report.sarif), findings of configuration and code, for code scanning.
      - V(nagios) is C(nagios.txt), one line with performance data, for Nagios, Icinga and similar.
    type: list
    elements: str
    choices:
      - html
      - markdown
      - json
      - junit
      - prometheus
      - sarif
      - nagios
    default:
      - html
      - markdown
      - json
  hosts:
    description:
      - The hosts that were to be checked. One without a result in the run is listed as C(unreachable).
      - Without this option, a host that left no result is not in the report.
    type: list
    elements: str
  run_id:
    description:
      - The run whose results are used. Results of other runs in the same directory are left alone.
      - By default the current run of Ansible. If that has left no result and O(hosts) is not set, it is the newest run in the
        directory, together with the hosts that its own report listed, and RV(msg) says so.
      - Set the same value here and in M(websocket.health.checklist) to build one report from several runs of Ansible, such as
        the slices of a job.
    type: str
  fail_on:
    description:
      - The setting of the gate that comes after, one of V(fail), V(warn), V(new) and V(never). The module stops no host itself, but
        it fails, with the report written, if this is none of them.
    type: str
    default: never
  results:
    description:
      - Results that are in no file here, in the format of the C(results) directory of another machine; for example what slices of
        an AWX job passed on as artifacts.
      - They are written to the directory, as results of this run, and reported together with those that are there.
    type: list
    elements: dict
  baseline:
    description:
      - An earlier C(report.json). The report then says which failures and warnings are new, fixed, still there, or gone.
      - By default the run before this one, which O(history) remembers.
    type: path
  history:
    description:
      - How many runs are remembered in C(history) in the directory; a few bytes for each failure.
      - With V(0) nothing is written there, and nothing is compared unless O(baseline) is set.
    type: int
    default: 30
  waivers:
    description:
      - Findings that you have accepted. They keep their status and are shown as accepted, but the service, the host and
        RV(gate) are judged without them.
      - A waiver ends after its last day; the report says which have ended, and which match nothing.
    type: list
    elements: dict
    suboptions:
      check:
        description:
          - Id of the check; may be a glob. V(host.unreachable) accepts that a host does not answer.
          - One of this and O(waivers[].cause) is required; with both, both must match.
        type: str
      cause:
        description:
          - Id of the diagnosis that explains the check; may be a glob.
        type: str
      host:
        description:
          - Name of the host; may be a glob. By default every host.
        type: str
      service:
        description:
          - Name of the service; may be a glob. By default every service.
        type: str
      reason:
        description:
          - Why it is accepted, for the readers of the report.
        type: str
        required: true
      until:
        description:
          - The last day on which it is accepted, as in V(2026-12-31); days are those of UTC.
        type: str
        required: true
  templates:
    description:
      - A directory with your own templates. The files are called C(report.html.j2), C(view/*.html.j2), C(report.css),
        C(report.js) and C(report.md.j2); missing ones are taken from the collection.
      - They are rendered by Jinja2 itself, not by Ansible. Variables of the inventory are not available in them, and everything
        they print is escaped.
    type: path
seealso:
  - module: websocket.health.checklist
"""

EXAMPLES = r"""
- name: Check all chat servers
  hosts: chat_servers
  gather_facts: false
  tasks:
    - name: Run the checklist
      websocket.health.checklist:
        services: "{{ websocket_health_services }}"

- name: Build the report
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Build the report of this run, with the hosts that did not answer
      websocket.health.report:
        hosts: "{{ groups['chat_servers'] }}"
      register: report

    - name: Show it
      ansible.builtin.debug:
        var: report.lines

    - name: Compare with last week's report
      websocket.health.report:
        hosts: "{{ groups['chat_servers'] }}"
        baseline: /srv/reports/last-week/report.json

    - name: Accept a finding for some weeks
      websocket.health.report:
        hosts: "{{ groups['chat_servers'] }}"
        formats: [html, junit, prometheus]
        # - {check: tls.dates, host: stage*, reason: renewed with the move to the new proxy, until: "2026-12-31"}
        waivers: "{{ websocket_health_waivers }}"

    - name: Fail on what is broken, but not on warnings
      ansible.builtin.assert:
        that: report.status != 'fail'
        fail_msg: "{{ report.msg }}"

# Build it again, from the newest results in a directory, with your own page
- name: Rebuild the report
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Write only the page
      websocket.health.report:
        report_dir: /srv/reports/today
        formats: [html]
        templates: files/our-report
"""

RETURN = r"""
status:
  description:
    - The worst status of a host. A host that did not answer counts as V(fail).
    - V(unknown) when no host was judged.
  returned: always
  type: str
  sample: fail
summary:
  description: Counts by status, of hosts and of checks, and the number of services.
  returned: always
  type: dict
  sample:
    status: fail
    hosts: {total: 20, pass: 17, warn: 0, fail: 2, unknown: 0, unreachable: 1}
    services: 19
    checks: {total: 627, pass: 548, warn: 0, fail: 6, error: 0, unknown: 42, skip: 31}
    accepted: 0
issues:
  description: What is wrong, one entry for each cause, the worst first.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The diagnosis; the check, if no diagnosis explains it; or V(host.unreachable), V(host.unjudged).
      type: str
      sample: process-not-running
    title:
      description: The same in words.
      type: str
      sample: The back end's process is not running
    status:
      description: V(fail), V(unreachable), V(error), V(warn) or V(unknown).
      type: str
      sample: fail
    hosts:
      description: The hosts that have it.
      type: list
      elements: str
      sample: [web3, web7]
  sample:
    - id: process-not-running
      title: The back end's process is not running
      status: fail
      hosts: [web3, web7]
    - id: host.unreachable
      title: No answer from the host
      status: unreachable
      hosts: [web18]
gate:
  description: The hosts that a gate stops, for each setting of C(fail_on). What is waived stops no host.
  returned: always
  type: dict
  contains:
    fail:
      description: Hosts that fail, or could not be checked.
      type: list
      elements: str
      sample: [web3, web7, web18]
    warn:
      description: These, and hosts with warnings.
      type: list
      elements: str
      sample: [web3, web7, web18]
    new:
      description: Hosts with a failure that was not there in the earlier run. Without an earlier run, all that fail.
      type: list
      elements: str
      sample: [web18]
  sample:
    fail: [web3, web7, web18]
    warn: [web3, web7, web18]
    new: [web18]
reasons:
  description: For each host with an issue the one that comes first, or the first new one; for the message of a gate.
  returned: always
  type: dict
  sample:
    web3: The back end's process is not running [process-not-running]
changes:
  description: How many results are C(new), C(fixed), C(still) wrong, C(unseen) or C(gone) since the earlier run; empty without one.
  returned: always
  type: dict
  sample: {new: 1, fixed: 4, still: 6, unseen: 0, gone: 0}
files:
  description: The files that were written, by format.
  returned: always
  type: dict
  sample:
    html: /srv/play/websocket-health/report.html
    markdown: /srv/play/websocket-health/report.md
    json: /srv/play/websocket-health/report.json
run_id:
  description: The run that the report is about.
  returned: always
  type: str
  sample: 20261123T020000Z-1a2b3c4d5e6f
msg:
  description: The report in a few lines for the terminal, none longer than 80 columns. On failure, what went wrong and what to do.
  returned: always
  type: str
  sample: |-
    WebSocket health: FAIL. 2 of 20 hosts fail: 1 cause. 1 host did not answer.
    20 hosts = 17 pass + 0 warn + 2 fail + 0 unknown + 1 unreachable
    ✗ The back end's process is not running [process-not-running]
      where: web3, web7 (service chat)
      why:   no process matches `node .*server\.js`, and nothing listens on port 8080
      next:  read the last lines before its end: `journalctl -u chat.service -n 50`
    Report: /srv/play/websocket-health/report.html
lines:
  description: RV(msg) as a list, which C(debug) shows one line after the other.
  returned: always
  type: list
  elements: str
  sample:
    - "WebSocket health: FAIL. 2 of 20 hosts fail: 1 cause. 1 host did not answer."
    - 20 hosts = 17 pass + 0 warn + 2 fail + 0 unknown + 1 unreachable
    - "Report: /srv/play/websocket-health/report.html"
"""
