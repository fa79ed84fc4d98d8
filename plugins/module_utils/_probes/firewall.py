# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""The firewall of this host: which rule decides about new connections to the service's port."""

from __future__ import annotations

import ipaddress
import os
import typing as t

from .._protocol.web_url import web_url
from .._run.context import CommandMissing, Context
from .._run.evidence import new_evidence
from .._system.base import Gone, NoAccess
from .._system.open_file import read_bytes

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.common import Gap
    from .._evidence.firewall import Decision, Firewall, Ruling
    from .._evidence.service import Service
    from .._firewall.iptables import Iptables
    from .._firewall.nftables import Nftables

_AS_ROOT = "run with become: true: only root can list the rules"
#: The decision where nothing decides.
_NO_RULES: Ruling = {
    "verdict": "accept",
    "how": "",
    "chain": "",
    "rule": "",
    "packets": None,
    "unsure": [],
    "by": "no rules",
}


def probe(service: Service, context: Context) -> Firewall:
    """Read the rules, and follow a client's first packet through them.

    :param service: one entry of websocket_health_services.
    :returns: ``source`` (the address of the SSH client, as the packet's), ``managers`` (ufw, firewalld), ``looked`` (which
        programs showed their rules), and ``decisions``: for each port and family what becomes of the packet (see
        _firewall/walk.py; ``by`` is nftables, iptables, or ``no rules``).
    """
    evidence = new_evidence("firewall", decisions=[], managers=[], looked=[], source=_ssh_client(context))
    port = service.get("port")
    if not port:
        return evidence
    # Services of one host ask for the same rules: reading them costs two commands.
    rules = context.once("firewall rules", lambda: _Rules(context))
    evidence.update({"looked": list(rules.looked), "managers": list(rules.managers), "gaps": list(rules.gaps)})
    for one in [port, *_public_port(service, context)] if rules.looked else ():
        for family in ("ip", "ip6"):
            evidence["decisions"].append(rules.decide(family, one, evidence["source"]))
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


def _public_port(service: Service, context: Context) -> list[int]:
    """The port of the public URL, if something on this host listens on it."""
    try:
        port = web_url(service.get("public_url") or "").port
    except ValueError:
        return []
    listened = {row.port for row in context.system.listeners}
    return [port] if port in listened and port != service["port"] else []


class _Rules:
    """The rules of this host's programs.

    :ivar looked: the programs that showed theirs.
    :ivar managers: the programs that wrote them: the remedy is theirs.
    :ivar gaps: those that refused.
    """

    def __init__(self, context: Context) -> None:
        self.looked: list[str] = []
        self.gaps: list[Gap] = []
        self.managers: list[str] = []
        self._context = context
        # Imported when there are rules to read: most hosts have none.
        self._nft = self._nftables()
        self._tables = self._iptables()
        self._name_managers()

    def _output(self, argv: list[str]) -> str | None:
        """What a command prints; None where it is not installed or refuses, which becomes a gap."""
        try:
            status, out, err = self._context.command(argv)
        except CommandMissing:
            return None
        if status == 0:
            self.looked.append(argv[0])
            return out
        words = self._context.redactor.text(" ".join(err.split()) or "exit status %d" % status, 200)
        self.gaps.append({"what": argv[0], "reason": "%s: %s" % (argv[0], words), "remedy": _AS_ROOT})
        return None

    def _nftables(self) -> Nftables | None:
        text = self._output(["nft", "-j", "list", "ruleset"])
        if not text or '"hook"' not in text:
            return None
        from .._firewall.nftables import Nftables

        try:
            return Nftables(text)
        except ValueError as error:
            reason = "nft -j list ruleset: %s" % error
            self.gaps.append(
                {"what": "nft", "reason": reason, "remedy": "check the output of nft list ruleset by hand"}
            )
            return None

    def _iptables(self) -> dict[str, Iptables]:
        """Each family's filter table, where only iptables can show it in full."""
        tables: dict[str, Iptables] = {}
        opaque: set[tuple[str, str]] = self._nft.opaque_tables() if self._nft is not None else set()
        for family, command in (("ip", "iptables-save"), ("ip6", "ip6tables-save")):
            # nft shows the tables of iptables-nft too, but not all their conditions; those of iptables-legacy it knows not.
            shown = not opaque & {(family, "filter"), (family, "nat")}
            if "nft" in self.looked and shown and not _legacy(family):
                continue
            text = self._output([command, "-c"])
            if text and ("*filter" in text or " -j DNAT " in text):
                from .._firewall.iptables import Iptables

                tables[family] = Iptables(text)
        return tables

    def _name_managers(self) -> None:
        chains = [name for table in self._tables.values() for name in table.chains]
        chains += self._nft.chains if self._nft is not None else []
        if any(name.startswith("ufw") for name in chains):
            self.managers.append("ufw")
        if self._nft is not None and any(name.endswith(" firewalld") for name in self._nft.tables):
            self.managers.append("firewalld")

    def decide(self, family: str, port: int, source: str) -> Decision:
        """The decision of all rules together: the first that stops the packet, else the last that lets it pass."""
        from .._firewall.walk import Packet

        packet = Packet(family, port, source if source and (":" in source) == (family == "ip6") else "")
        table = self._tables.get(family)
        led_on = (self._nft.led_on(packet) if self._nft is not None else "") or (table.led_on(packet) if table else "")
        if led_on:
            # Docker publishes ports so: such a packet is never shown to the rules for what comes in.
            return {**_NO_RULES, "verdict": "dnat", "rule": led_on, "by": "nat", "family": family, "port": port}
        decisions: list[Ruling] = []
        # Tables of iptables are read as iptables wrote them: nftables shows some of their conditions as a bare "xt".
        twice = [(family, "filter")] if table is not None and table.rules else []
        if self._nft is not None:
            decisions += self._nft.decide(packet, without=twice)
        own = table.decide(packet) if table is not None and table.rules else None
        if own is not None:
            decisions.append(own)
        stopped = next((decision for decision in decisions if decision["verdict"] != "accept"), None)
        decision = stopped or (decisions[-1] if decisions else _NO_RULES)
        unsure = [text for entry in decisions for text in entry["unsure"]]
        return {**decision, "unsure": unsure, "family": family, "port": port}


def _legacy(family: str) -> bool:
    """Whether the kernel holds tables of iptables-legacy."""
    try:
        return bool(read_bytes("/proc/net/%s_tables_names" % family, 64).strip())
    except OSError:
        return False
