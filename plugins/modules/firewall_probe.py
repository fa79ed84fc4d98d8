#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_probe
short_description: Which rule of the host's firewall decides on new connections to the port?
version_added: 0.1.0
description:
  - Reads the rules of nftables and iptables on the managed host, and traces a client's first packet through them. Names the rule
    that decides, with its counter.
  - The packet is assumed to come from the machine that runs Ansible (the address of the SSH client), over an interface other than loopback.
  - Item D2 of the checklist. The same check is part of M(websocket.health.checklist), which combines it with the result of the
    controller's connection.
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.exposure
  - websocket.health.service.process
  - websocket.health.service.public_url
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Reads only. Nothing is installed on the host and nothing stays there.
  - The managed host needs Python 3.9 or newer and nothing else. Made for Linux.
  - Only root can list the rules. Without root C(firewall.input) is V(unknown). The same applies if neither C(nft) nor
    C(iptables-save) is installed.
  - Rules of ufw and firewalld are read as the nftables or iptables rules that they generate. The remedy is given as a ufw or firewalld command.
  - A rule whose condition cannot be evaluated (a limit, a mark, the name of an interface, an ipset) may match or not.
    If the verdict depends on one, the check is V(unknown) and names it.
  - Firewalls in front of the host (security groups, routers) cannot be seen. Their effect shows in C(port.reachable).
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.port_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: Clients can reach the port
  websocket.health.firewall_probe:
    port: 8080
    exposure: direct
  become: true

- name: The port of the public URL is open as well
  websocket.health.firewall_probe:
    port: 8080
    public_url: wss://chat.example.com/ws
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
    - id: firewall.input
      item: D2
      title: The host's firewall lets clients reach the port
      status: fail
      severity: high
      vantage: host
      instance: port 8080
      summary: 'nftables, chain inet filter input: drop by tcp dport 8080 drop (handle 5), 12 packets so far'
      expected: accept
      actual: drop
      evidence:
        - source: nftables, ip
          text: 'nftables, chain inet filter input: drop by tcp dport 8080 drop (handle 5), 12 packets so far'
      remediation: ['allow TCP port 8080 from the clients'' networks, before the rule that stops it']
      duration_ms: 14.2
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
      sample: firewall
    source:
      description: 'The address that the packet is assumed to come from, that of the SSH client; empty: not known.'
      returned: always
      type: str
      sample: 192.0.2.5
    looked:
      description: 'The programs that showed their rules: V(nft), V(iptables-save), V(ip6tables-save).'
      returned: always
      type: list
      elements: str
      sample: [nft]
    managers:
      description: 'The programs that wrote the rules: V(ufw), V(firewalld).'
      returned: always
      type: list
      elements: str
      sample: []
    decisions:
      description: What happens to a client's first packet, for each port and family.
      returned: always
      type: list
      elements: dict
      contains:
        verdict:
          description: 'What happens to it: V(accept), V(drop), V(reject); V(dnat): it is forwarded to another address.'
          type: str
        how:
          description: How a rejection is answered; empty for others.
          type: str
        chain:
          description: The chain that decides, such as V(inet filter input); empty if there are no rules.
          type: str
        rule:
          description: 'The text of the rule that decides, redacted and cut; empty: the policy of the chain.'
          type: str
        packets:
          description: Packets that the rule has counted. V(null) means it has no counter.
          type: int
        unsure:
          description: Rules before it that may also match.
          type: list
          elements: str
        by:
          description: 'Whose rules they are: V(nftables), V(iptables), V(nat) or V(no rules).'
          type: str
        family:
          description: 'The family of its addresses: V(ip) or V(ip6).'
          type: str
        port:
          description: The port that it is for.
          type: int
      sample:
        - port: 8080
          family: ip
          by: nftables
          verdict: drop
          how: ''
          chain: inet filter input
          rule: tcp dport 8080 drop (handle 5)
          packets: 12
          unsure: []
    controller:
      description:
        - The result of the controller's connection to the port. Added by the controller.
        - It is in the form of RV(websocket.health.port_probe#module:evidence.controller).
      returned: always
      type: dict
      sample:
        address: 192.0.2.12 port 8080
        outcome: connect-timeout
        errno: ETIMEDOUT
        ms: 5001.2
    port_evidence:
      description:
        - Only the proxies of the port's evidence. Added by the controller.
        - It is in the form of RV(websocket.health.port_probe#module:evidence).
      returned: always
      type: dict
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
        - what: nft
          reason: 'nft: Operation not permitted (you must be root)'
          remedy: 'run with become: true: only root can list the rules'
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 14.2
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
  sample: 'fail firewall.input: nftables, chain inet filter input: drop by tcp dport 8080 drop (handle 5), 12 packets so
    far'
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
    run_probe("firewall")


if __name__ == "__main__":
    main()
