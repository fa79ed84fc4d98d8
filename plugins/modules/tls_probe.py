#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tls_probe
short_description: Do clients accept the certificate and the TLS that they meet on the host?
version_added: 0.1.0
description:
  - Finds where TLS ends on the managed host for a service. At its own port, if that speaks TLS, or at the port of O(public_url), if
    something listens on it.
  - Opens sessions there, for the public name, without a name and for one that no site serves, and reads the certificates as they are
    sent. Is the root trusted, is the chain whole, are the dates right, is it for the name? Is a certificate demanded of clients?
  - Every property is judged on its own. An expired certificate may still be for the right name.
  - Item 12 of the checklist. The same checks are part of M(websocket.health.checklist), which asks everything in one go.
extends_documentation_fragment:
  - websocket.health.attributes
  - websocket.health.attributes.actiongroup_probes
  - websocket.health.service.port
  - websocket.health.service.exposure
  - websocket.health.service.process
  - websocket.health.service.tls
  - websocket.health.service.run
  - websocket.health.service.fail_on
notes:
  - Reads only. Nothing is installed on the host and nothing stays there.
  - The managed host needs Python 3.9 or newer and nothing else. Certificates leave the host, keys are not even read.
  - A port is first asked without TLS, for a server without TLS logs whoever begins with it. Where neither the service nor anything on the
    port of O(public_url) speaks TLS, the checks are V(skip), with the reason. Nothing was checked then, so the task fails unless
    O(fail_on) is V(never).
  - Trust is what the OpenSSL of the host's Python says, with the system's store and with O(tls.ca_path). Either is enough. Browsers,
    Node.js and Java bring stores of their own.
  - Where a proxy ends TLS and the service speaks it too, the proxy's is judged, because clients meet no other. Where TLS ends on another
    host, what is wrong with the service's own is a warning.
  - The dates are compared with the clock of the host.
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.port_probe
  - module: websocket.health.websocket_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: The certificate that clients of the public URL meet on this host
  websocket.health.tls_probe:
    port: 8080
    public_url: wss://chat.example.com/ws

- name: A service that speaks TLS itself, with a certificate of a private CA
  websocket.health.tls_probe:
    port: 8443
    public_url: wss://chat.example.com:8443/ws
    tls:
      ca_path: /etc/ssl/own-ca.pem

- name: Fail a month before the certificate expires
  websocket.health.tls_probe:
    port: 8080
    public_url: wss://chat.example.com/ws
    tls:
      min_days: 30
    only: [tls.dates]
    fail_on: warn

- name: Wait until the renewed certificate is served
  websocket.health.tls_probe:
    port: 8080
    public_url: wss://chat.example.com/ws
    only: [tls.dates]
    fail_on: warn
  register: chat_certificate
  until: chat_certificate is not failed
  retries: 10
  delay: 2
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
      sample: tls.dates
    item:
      description: Item of the checklist that it answers.
      returned: always
      type: str
      sample: "12"
    title:
      description: The check in words.
      returned: always
      type: str
      sample: The certificates are valid today, and for some time to come
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
      description: Where it was seen from. V(host), or V(public) for a session at the public URL.
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
      sample: "chat.example.com until 2026-11-20: expired 3 days ago"
    expected:
      description: What would be right, where that can be said. V(null), a string, a number or a list.
      returned: always
      type: raw
      sample: valid on 2026-11-23
    actual:
      description: What was found, for programs. V(null), a string, a number, a list or a dictionary.
      returned: always
      type: raw
      sample: null
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
          sample: "127.0.0.1:443 (SNI chat.example.com)"
        text:
          description: What was seen there, secrets hidden.
          returned: always
          type: str
          sample: "0: CN=chat.example.com; issuer CN=R11,O=Let's Encrypt,C=US; until 2026-11-20, -3 days left"
    remediation:
      description: What to do about it; empty where there is nothing to do.
      returned: always
      type: list
      elements: str
      sample: ["renew the certificate, and reload the server afterwards"]
    duration_ms:
      description: Milliseconds that the probe took on the host. V(null) where it did not run.
      returned: always
      type: float
      sample: 21.4
  sample:
    - id: tls.dates
      item: "12"
      title: The certificates are valid today, and for some time to come
      status: fail
      severity: high
      vantage: host
      instance: ""
      summary: "chat.example.com until 2026-11-20: expired 3 days ago"
      expected: valid on 2026-11-23
      actual: null
      evidence:
        - source: "127.0.0.1:443 (SNI chat.example.com)"
          text: "0: CN=chat.example.com; issuer CN=R11,O=Let's Encrypt,C=US; until 2026-11-20, -3 days left"
      remediation:
        - renew the certificate, and reload the server afterwards
      duration_ms: 21.4
    - id: tls.name
      item: "12"
      title: The certificate is for the name that clients dial
      status: pass
      severity: high
      vantage: host
      instance: ""
      summary: chat.example.com is among its names (chat.example.com, www.example.com)
      expected: null
      actual: null
      evidence: []
      remediation: []
      duration_ms: 21.4
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
      sample: tls
    clock:
      description: The clock of the host, in seconds since the epoch.
      returned: always
      type: int
      sample: 1795402310
    name:
      description: Host of O(public_url), which clients ask for; empty where there is none.
      returned: always
      type: str
      sample: chat.example.com
    dialled:
      description: Scheme, host and port of O(public_url), or V(null).
      returned: always
      type: dict
      sample: {scheme: wss, host: chat.example.com, port: 443}
    own:
      description: The port of the service. C(speaks) is V(tls), V(plain), V(closed) or V(unknown).
      returned: always
      type: dict
      sample: {endpoint: port 8080, speaks: plain}
    edge:
      description: The port of O(public_url), where that is another one, with the programs that listen there; else V(null).
      returned: always
      type: dict
      sample: {endpoint: "127.0.0.1:443", speaks: tls, owners: [nginx]}
    addresses:
      description: The addresses of the name, and whether each is one of the host's own. V(null) where they were not asked for.
      returned: always
      type: list
      elements: dict
      sample:
        - {address: 192.0.2.11, local: true}
    stores:
      description: Stores of trusted roots. That of O(tls.ca_path) comes with its certificates, in base64.
      returned: always
      type: list
      elements: dict
      sample:
        - {name: system, usable: true}
    sessions:
      description:
        - The sessions that were opened. C(role) is V(own) or V(edge), C(asks) is V(name), V(none) or V(nobody), a name that no site serves.
        - C(chain) are the certificates as they were sent, each in pieces of base64. C(chain_from) is V(leaf) where this host's Python
          shows the first one only.
        - C(alert) is the number of an alert that the server sent, C(reason) the word of OpenSSL.
      returned: always
      type: list
      elements: dict
      sample:
        - role: edge
          asks: name
          endpoint: "127.0.0.1:443"
          sni: chat.example.com
          outcome: established
          spoke: true
          protocol: TLSv1.3
          cipher: TLS_AES_256_GCM_SHA384
          alpn: http/1.1
          chain: [["MIIB…"], ["MIIC…"]]
          chain_from: messages
          sent: 2
          alert: null
          client_certificate: {requested: false, demanded: null, how: ""}
          verified:
            - {store: system, outcome: established, code: 0, message: ""}
          clock: 1795402310
          ms: 5.1
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
        - what: ca_path
          reason: "tls.ca_path /etc/ssl/own-ca.pem: ENOENT (No such file or directory)"
          remedy: name a file on the host with CA certificates in PEM form
    duration_ms:
      description: Milliseconds that the probe took on the host.
      returned: always
      type: float
      sample: 21.4
failed:
  description: Whether RV(status) is bad enough for O(fail_on).
  returned: always
  type: bool
  sample: true
msg:
  description: The verdict in one line. The root cause, if one was recognised; else the first check that is wrong; else a count.
  returned: always
  type: str
  sample: "tls-expired: The certificate has expired"
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
    run_probe("tls")


if __name__ == "__main__":
    main()
