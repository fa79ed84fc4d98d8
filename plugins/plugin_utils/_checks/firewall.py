# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist item D2: does the firewall of the host let clients reach the port?"""

from __future__ import annotations

import typing as t

from .._evidence.firewall import decision_words, port_instance, remedies, telling
from .._evidence.port import meant_for
from .._model import FAIL, PASS, SKIP, UNKNOWN, CheckDefinition, CheckResult, Verdicts, evidence_line

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.firewall import Decision, Firewall
    from ...module_utils._evidence.service import Service
    from .fields import Fields

DEFINITIONS = (
    CheckDefinition(
        "firewall.input",
        "D2",
        "The host's firewall lets clients reach the port",
        "high",
        "One result for the service's port, and one for the public URL's port if it is another port of the host. "
        "Follows a client's first packet through nftables and iptables; ports not meant to be reached may be dropped.",
    ),
)

#: The errno that a client gets for each kind of reject.
REJECTS = {
    "icmp-port-unreachable": "ECONNREFUSED, as if nothing were listening",
    "tcp reset": "ECONNREFUSED, as if nothing were listening",
    "tcp-reset": "ECONNREFUSED, as if nothing were listening",
}


def check(evidence: Firewall, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``firewall_probe``, with the controller's connection under ``controller``.

    :returns: one result for every port that was looked at, or one that says why there is none.
    """
    verdicts = Verdicts(DEFINITIONS, evidence)
    if verdicts.not_observed():
        return verdicts.results
    if service.get("socket"):
        verdicts.rest(SKIP, "a unix socket has no firewall")
        return verdicts.results
    decisions = evidence.get("decisions") or []
    if not decisions:
        gaps = evidence.get("gaps") or []
        reason = gaps[0]["reason"] if gaps else "neither nft nor iptables-save is installed on the host"
        remedy = gaps[0]["remedy"] if gaps else "install nftables so that the rules can be read"
        verdicts.rest(UNKNOWN, "not observed: %s" % reason, remediation=[remedy])
        return verdicts.results
    for port in dict.fromkeys(decision.get("port") for decision in decisions):
        _port(verdicts, evidence, service, port, [entry for entry in decisions if entry.get("port") == port])
    return verdicts.results


def _port(
    verdicts: Verdicts,
    evidence: Firewall,
    service: Service,
    port: int | None,
    decisions: list[Decision],
) -> None:
    decision = telling(decisions, str(evidence.get("source") or ""))
    own = port == service.get("port")
    meant = meant_for(service, evidence.get("port_evidence") or {}) if own else "direct"
    connected = own and (evidence.get("controller") or {}).get("outcome") == "connected"
    lines = [
        evidence_line("%s, %s" % (entry.get("by"), entry.get("family")), decision_words(entry)) for entry in decisions
    ]
    lines += [evidence_line("may also match", text) for text in (decision.get("unsure") or [])[:3]]
    fields: Fields = {"instance": port_instance(port), "evidence": lines, "actual": decision.get("verdict")}
    words = decision_words(decision)
    if decision.get("verdict") == "accept":
        verdicts.add("firewall.input", PASS, words, **fields)
    elif decision.get("verdict") == "dnat" and not connected:
        verdicts.add(
            "firewall.input",
            UNKNOWN,
            "the port is forwarded to another address (DNAT), so the rules for forwarded packets decide: %s"
            % decision["rule"],
            remediation=["check chain FORWARD (Docker: DOCKER-USER) by hand"],
            **fields,
        )
    elif connected:
        verdicts.add("firewall.input", PASS, "the controller can connect anyway; %s" % words, **fields)
    elif meant in ("proxied", "local"):
        verdicts.add("firewall.input", PASS, "closed to other hosts, as intended (%s); %s" % (meant, words), **fields)
    elif decision.get("unsure"):
        summary = "depends on a rule that cannot be decided here: %s" % decision["unsure"][0]
        verdicts.add("firewall.input", UNKNOWN, summary, **fields)
    else:
        verdicts.add("firewall.input", FAIL, words, expected="accept", remediation=remedies(evidence, port), **fields)
