#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tls_probe
short_description: Do clients accept the certificate and the TLS version that they get from the host?
version_added: 0.1.0
description:
  - Finds where TLS is terminated on the managed host for a service. At its own port, if that speaks TLS, or at the port of O(public_url),
    if something listens on it.
  - Opens sessions there, for the public name, without a name and for one that no site serves, and reads the certificates as they are
    sent. Is the root trusted, is the chain complete, are the dates right, is it for the name? Do clients have to present a certificate?
  - Every property is judged on its own. An expired certificate may still be for the right name.
  - Item 12 of the checklist. The same checks are part of M(websocket.health.checklist), which checks everything in one go.
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
  - The managed host needs Python 3.9 or newer and nothing else. Certificates leave the host; keys are not even read.
  - A port is first tried without TLS, since a server without TLS logs an error for every client that starts with it. If neither the service nor
    anything on the port of O(public_url) speaks TLS, the checks are V(skip), with the reason. Nothing was checked then, so the task fails unless
    O(fail_on) is V(never).
  - Trust is judged by the OpenSSL of the host's Python, with the system's store and with O(tls.ca_path). Either is enough. Browsers,
    Node.js and Java have their own stores.
  - If a proxy terminates TLS and the service speaks it too, the proxy's is judged, because clients get no other. If TLS is terminated on another
    host, a fault in the service's own is a warning.
  - The dates are compared with the clock of the host.
seealso:
  - module: websocket.health.checklist
  - module: websocket.health.port_probe
  - module: websocket.health.websocket_probe
author:
  - websocket.health contributors (@websocket-health)
"""

EXAMPLES = r"""
- name: The certificate that clients of the public URL get from this host
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
    - id: tls.dates
      item: '12'
      title: The certificates are valid now, and for some time to come
      status: fail
      severity: high
      vantage: host
      instance: ''
      summary: 'chat.example.com until 2026-11-20: expired 3 days ago'
      expected: valid on 2026-11-23
      actual: null
      evidence:
        - source: 127.0.0.1:443 (SNI chat.example.com)
          text: '0: CN=chat.example.com; issuer CN=R11,O=Let''s Encrypt,C=US; until 2026-11-20, -3 days left'
      remediation: ['renew the certificate, and reload the server afterwards']
      duration_ms: 21.4
    - id: tls.name
      item: '12'
      title: The certificate is for the name that clients connect to
      status: pass
      severity: high
      vantage: host
      instance: ''
      summary: chat.example.com is among its names (chat.example.com, www.example.com)
      expected: null
      actual: null
      evidence: []
      remediation: []
      duration_ms: 21.4
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
      sample: tls
    clock:
      description: The clock of the host, in seconds since the epoch.
      returned: always
      type: int
      sample: 1795402310
    name:
      description: 'The host of the public URL, which clients send; empty: there is none.'
      returned: always
      type: str
      sample: chat.example.com
    dialled:
      description: The parts of the public URL. V(null) means there is none.
      returned: always
      type: dict
      contains:
        scheme:
          description: 'Its scheme: V(ws) or V(wss).'
          type: str
        host:
          description: Its host.
          type: str
        port:
          description: Its port.
          type: int
      sample: {scheme: wss, host: chat.example.com, port: 443}
    own:
      description: The service's own port.
      returned: always
      type: dict
      contains:
        endpoint:
          description: Where it is, such as V(127.0.0.1:443); without a connection, V(port 443) or the path of a unix socket.
          type: str
        speaks:
          description: 'What it speaks: V(tls), V(plain), V(closed) or V(unknown).'
          type: str
        owners:
          description: The names of the programs that listen there.
          returned: where it is not the service's own port
          type: list
          elements: str
      sample: {endpoint: port 8080, speaks: plain}
    edge:
      description:
        - The port that clients connect to. V(null) means it is the service's own, or there is no public URL.
        - It is in the form of RV(evidence.own).
      returned: always
      type: dict
      sample: {endpoint: '127.0.0.1:443', speaks: tls, owners: [nginx]}
    addresses:
      description: The addresses that the public name resolves to. V(null) means they were not looked up, or no answer came.
      returned: always
      type: list
      elements: dict
      contains:
        address:
          description: The address.
          type: str
        local:
          description: Whether it is one of this host's.
          type: bool
      sample: [{address: 192.0.2.11, local: true}]
    stores:
      description: The stores of trusted roots.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: V(system) or V(ca_path).
          type: str
        path:
          description: The file.
          returned: where it is V(ca_path)
          type: str
        usable:
          description: Whether it could be read and is not empty.
          type: bool
        certificates:
          description: What is in it, cut; each certificate in pieces of base64.
          returned: where it is V(ca_path)
          type: list
          elements: list
        organizations:
          description: The organizations of its roots.
          returned: where it is V(system) and no chain that was sent reaches one of them
          type: list
          elements: str
      sample: [{name: system, usable: true}]
    sessions:
      description: The sessions that were opened, without verification.
      returned: always
      type: list
      elements: dict
      contains:
        role:
          description: 'Where it was opened: V(own) or V(edge).'
          type: str
        asks:
          description: 'Which server name was sent: V(name): the public name; V(none): none; V(nobody): one that no site
            serves; or in what a client with the first one''s name differed: V(h2): it offers HTTP/2 only; V(rsa): it takes
            keys for RSA only; V(browser): it offers the cipher suites of browsers only.'
          type: str
        endpoint:
          description: Where it was opened, such as V(127.0.0.1:443).
          type: str
        sni:
          description: The server name that was sent. V(null) means none was.
          type: str
        outcome:
          description: V(established), V(tls-error), V(eof), V(reset), V(timeout), V(no-time) or a V(connect-…).
          type: str
        error:
          description: What went wrong, in words. V(null) means nothing.
          type: str
        errno:
          description: The symbol of the system's error. V(null) means there was a connection.
          type: str
        reason:
          description: OpenSSL's symbol for what went wrong. V(null) means nothing.
          type: str
        refused_first:
          description: OpenSSL's symbol for why a client of today got no session.
          returned: where one got it that takes what is outdated
          type: str
        alert:
          description: The number of the alert that the server sent. V(null) means it sent none.
          type: int
        verify_code:
          description: The result of verification if a handshake failed, as in V(verified). V(null) means none did.
          type: int
        verify_message:
          description: The same in OpenSSL's words.
          type: str
        spoke:
          description: Whether the peer answered with TLS at all.
          type: bool
        protocol:
          description: The version of TLS, such as V(TLSv1.3).
          type: str
        cipher:
          description: The cipher suite.
          type: str
        alpn:
          description: The protocol that the server selected. V(null) means none.
          type: str
        chain:
          description: The certificates as sent, the server's own first, each in pieces of base64; cut, and only that one
            where V(asks) is neither V(name) nor the first session's.
          type: list
          elements: list
        chain_from:
          description: 'How they were seen: V(messages) or V(library); V(leaf): more was sent than can be seen.'
          type: str
        sent:
          description: How many certificates were sent, as far as can be seen.
          type: int
        client_certificate:
          description:
            - Whether the server requests a client certificate.
            - It has C(requested), C(demanded) and C(how).
          type: dict
        verified:
          description:
            - What OpenSSL says about the chain, by store.
            - Each has C(store), C(outcome), C(code), C(message), C(strict_code) and C(strict_message).
          returned: where something answered with TLS
          type: list
          elements: dict
        clock:
          description: When it was opened, by the clock of the machine that opened it, in seconds since the epoch.
          type: int
        connect_ms:
          description: Milliseconds until there was a connection.
          type: float
        ms:
          description: Milliseconds that the session took.
          type: float
        url:
          description: The public URL.
          returned: where the controller opened it
          type: str
        canonical:
          description: What the URL's name is an alias of.
          returned: where the controller opened it
          type: str
        unknown:
          description: Why the controller could not open one.
          returned: where another version of the collection tried
          type: str
      sample:
        - role: edge
          asks: name
          endpoint: 127.0.0.1:443
          sni: chat.example.com
          outcome: established
          spoke: true
          protocol: TLSv1.3
          cipher: TLS_AES_256_GCM_SHA384
          alpn: http/1.1
          chain: [[MIIB…], [MIIC…]]
          chain_from: messages
          sent: 2
          alert: null
          client_certificate: {requested: false, demanded: null, how: ''}
          verified: [{store: system, outcome: established, code: 0, message: ''}]
          clock: 1795402310
          ms: 5.1
    public:
      description:
        - The controller's own session at the public URL.
        - It is in the form of RV(evidence.sessions).
      returned: where O(public_url) is given, and TLS is spoken there
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
        - what: ca_path
          reason: 'tls.ca_path /etc/ssl/own-ca.pem: ENOENT (No such file or directory)'
          remedy: set it to a file on the host with CA certificates in PEM format
    duration_ms:
      description: Milliseconds that the probe took.
      returned: always
      type: float
      sample: 21.4
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
  sample: 'tls-expired: The certificate has expired'
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
    run_probe("tls")


if __name__ == "__main__":
    main()
