# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The firewall of this host: which rule decides about new connections to the service's port."""

from __future__ import annotations

import ipaddress
import os
import typing as t

from ..context import CommandMissing, Context
from ..evidence import Evidence, add_gap, new_evidence
from ..system.base import Gone, NoAccess
from ..web_url import web_url

_AS_ROOT = "run with become: true: only root may list the rules"


def probe(service: dict[str, t.Any], context: Context) -> Evidence:
    """Read the rules, and follow a client's first packet through them.

    :param service: one entry of websocket_health_services.
    :returns: ``source`` (the address of the SSH client, as the packet's), ``managers`` (ufw, firewalld), ``looked`` (which
        programs showed their rules), and ``decisions``: for each port and family what becomes of the packet (see
        firewall/walk.py; ``by`` is nftables, iptables, or ``no rules``).
    """
    evidence = new_evidence("firewall", decisions=[], managers=[], looked=[], source=_ssh_client(context))
    if not service.get("port"):
        return evidence
    ports = [service["port"]] + _public_port(service, context)
    # Imported when there are rules to read: most hosts have none.
    nft = _nftables(context, evidence)
    tables = _iptables(context, evidence, nft)
    if not evidence["looked"]:
        return evidence
    _name_managers(evidence, nft, tables)
    for port in ports:
        for family in ("ip", "ip6"):
            evidence["decisions"].append(_decide(nft, tables.get(family), family, port, evidence["source"]))
    for decision in evidence["decisions"]:
        decision["rule"] = context.redactor.text(decision["rule"], 300)
        decision["unsure"] = [context.redactor.text(text, 200) for text in decision["unsure"][:4]]
    return evidence


def _ssh_client(context: Context) -> str:
    """Where this connection comes from (sshd(8): SSH_CONNECTION); empty where that is not known.

    sudo takes the variable away: then it stands in the environment of a process above this one.
    """
    words = (os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_CLIENT") or "").split()
    pid = os.getppid()
    for _generation in range(8):
        process = context.system.processes.get(pid)
        if words or process is None:
            break
        try:
            words = context.system.table.environ(pid).get("SSH_CONNECTION", "").split()
        except (Gone, NoAccess):
            pass
        pid = process.ppid
    try:
        return str(ipaddress.ip_address(words[0].split("%")[0])) if words else ""
    except ValueError:
        return ""


def _public_port(service: dict[str, t.Any], context: Context) -> list[int]:
    """The port of the public URL, if something on this host listens on it."""
    try:
        port = web_url(service.get("public_url") or "").port
    except ValueError:
        return []
    listened = {row.port for row in context.system.listeners}
    return [port] if port in listened and port != service["port"] else []


def _output(context: Context, argv: list[str], evidence: Evidence) -> str | None:
    """What a command prints; None where it is not installed or refuses, which becomes a gap."""
    try:
        status, out, err = context.command(argv)
    except CommandMissing:
        return None
    if status == 0:
        evidence["looked"].append(argv[0])
        return out
    words = context.redactor.text(" ".join(err.split()) or "exit status %d" % status, 200)
    add_gap(evidence, argv[0], "%s: %s" % (argv[0], words), _AS_ROOT)
    return None


def _nftables(context: Context, evidence: Evidence) -> t.Any:
    text = _output(context, ["nft", "-j", "list", "ruleset"], evidence)
    if not text or '"hook"' not in text:
        return None
    from ..firewall.nftables import Nftables

    try:
        return Nftables(text)
    except ValueError as error:
        add_gap(evidence, "nft", "nft -j list ruleset: %s" % error, "look at nft list ruleset by hand")
        return None


def _iptables(context: Context, evidence: Evidence, nft: t.Any) -> dict[str, t.Any]:
    """Each family's filter table, where only iptables can show it in full."""
    tables: dict[str, t.Any] = {}
    opaque = nft.opaque_tables() if nft is not None else set()
    for family, command in (("ip", "iptables-save"), ("ip6", "ip6tables-save")):
        # nft shows the tables of iptables-nft too, but not all their conditions; those of iptables-legacy it knows not.
        if "nft" in evidence["looked"] and (family, "filter") not in opaque and not _legacy(family):
            continue
        text = _output(context, [command, "-c"], evidence)
        if text and "*filter" in text:
            from ..firewall.iptables import Iptables

            tables[family] = Iptables(text)
    return tables


def _legacy(family: str) -> bool:
    """Whether the kernel holds tables of iptables-legacy."""
    try:
        with open("/proc/net/%s_tables_names" % family) as stream:
            return bool(stream.read(64).strip())
    except OSError:
        return False


def _name_managers(evidence: Evidence, nft: t.Any, tables: dict[str, t.Any]) -> None:
    """Programs that write the rules: the remedy is theirs."""
    chains = [name for table in tables.values() for name in table.chains] + (nft.chains if nft is not None else [])
    if any(name.startswith("ufw") for name in chains):
        evidence["managers"].append("ufw")
    if nft is not None and any(name.endswith(" firewalld") for name in nft.tables):
        evidence["managers"].append("firewalld")


def _decide(nft: t.Any, table: t.Any, family: str, port: int, source: str) -> dict[str, t.Any]:
    """The decision of all rules together: the first that stops the packet, else the last that lets it pass."""
    from ..firewall.walk import Packet

    known = source if source and (":" in source) == (family == "ip6") else ""
    packet = Packet(family, port, known)
    decisions: list[dict[str, t.Any]] = []
    # Tables of iptables are read as iptables wrote them: nftables shows some of their conditions as a bare "xt".
    twice = [(family, "filter")] if table is not None and table.rules else []
    if nft is not None:
        decisions += nft.decide(packet, without=twice)
    own = table.decide(packet) if table is not None and table.rules else None
    if own is not None:
        decisions.append(own)
    nothing: dict[str, t.Any] = {
        "verdict": "accept",
        "how": "",
        "chain": "",
        "rule": "",
        "packets": None,
        "unsure": [],
        "by": "no rules",
    }
    stopped = next((decision for decision in decisions if decision["verdict"] != "accept"), None)
    decision = stopped or (decisions[-1] if decisions else nothing)
    unsure = [text for entry in decisions for text in entry["unsure"]]
    return dict(decision, unsure=unsure, family=family, port=port)
