# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a network namespace of its own: random rulesets, and for each port the probe's word against a connection.

Client and server are the two ends of a veth pair; the server's end lies in a namespace below this one.
"""

from __future__ import annotations

import json
import pathlib
import random
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "plugins" / "module_utils" / "_firewall"))
sys.path.insert(0, str(ROOT / "plugins" / "module_utils"))
CLIENT, SERVER = "198.18.0.1", "198.18.0.2"
PORTS = range(7000, 7012)
VERDICTS = ["accept", "drop", "counter drop", "reject with tcp reset", "reject with icmpx admin-prohibited", "continue"]


def run(*argv: str) -> str:
    """A command that has to succeed."""
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def condition(chance: random.Random) -> str:
    """What a rule asks of a packet."""
    low = chance.choice(PORTS)
    return chance.choice(
        [
            f"tcp dport {low}",
            f"tcp dport != {low}",
            f"tcp dport {low}-{low + 3}",
            f"tcp dport {{ {low}, {low + 2}, {low + 5} }}",
            f"ip saddr {CLIENT} tcp dport {low}",
            "ip saddr 203.0.113.0/24",
            f"ip saddr != 203.0.113.0/24 tcp dport {low}",
            "iifname lo",
            f"iifname != lo tcp dport {low}",
            "ct state established,related",
            f"ct state new tcp dport {low}",
            "meta l4proto tcp",
        ]
    )


def ruleset(chance: random.Random) -> str:
    """A table with an input chain and a chain that it jumps to."""
    inner = [f"add rule inet t inner {condition(chance)} {chance.choice([*VERDICTS, 'return'])}" for _ in range(3)]
    outer = [
        f"add rule inet t in {condition(chance)} {chance.choice([*VERDICTS, 'jump inner', 'goto inner'])}"
        for _ in range(5)
    ]
    policy = chance.choice(["accept", "drop"])
    head = [
        "flush ruleset",
        "add table inet t",
        "add chain inet t inner",
        f"add chain inet t in {{ type filter hook input priority 0; policy {policy}; }}",
        # Neighbours are found, and answers to what was sent come back.
        "add rule inet t in meta l4proto icmp accept",
    ]
    return "\n".join(head + inner + outer) + "\n"


def outcome(port: int) -> str:
    """What a connection comes to."""
    with socket.socket() as client:
        client.settimeout(0.15)
        try:
            client.connect((SERVER, port))
        except TimeoutError:
            return "drop"
        except OSError:
            return "reject"
        return "accept"


def main() -> None:
    """Print how many were tried, and how many agreed."""
    sys.path.insert(0, str(ROOT / ".cache" / "tree"))
    from ansible_collections.websocket.health.plugins.module_utils._firewall.nftables import Nftables
    from ansible_collections.websocket.health.plugins.module_utils._firewall.walk import Packet

    server = subprocess.Popen(
        ["unshare", "-n", "python3", "-c", _SERVE % (SERVER, list(PORTS))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin is not None and server.stdout is not None
    try:
        run("ip", "link", "set", "lo", "up")
        time.sleep(0.2)
        run("ip", "link", "add", "outer", "type", "veth", "peer", "name", "inner", "netns", str(server.pid))
        run("ip", "addr", "add", CLIENT + "/24", "dev", "outer")
        run("ip", "link", "set", "outer", "up")
        server.stdin.write(b"\n")
        server.stdin.flush()
        assert server.stdout.readline() == b"ready\n"
        chance, tried, agreed = random.Random(7), 0, 0
        inside = ["nsenter", "-t", str(server.pid), "-n"]
        for _round in range(12):
            text = ruleset(chance)
            subprocess.run([*inside, "nft", "-f", "-"], input=text, text=True, check=True)
            rules = Nftables(run(*inside, "nft", "-j", "list", "ruleset"))
            for port in PORTS:
                decision = rules.decide(Packet("ip", port, CLIENT))[-1]
                if not decision["unsure"]:
                    tried += 1
                    seen = outcome(port)
                    agreed += seen == decision["verdict"]
                    if seen != decision["verdict"]:
                        print(text, port, seen, decision, file=sys.stderr)
        print(json.dumps({"tried": tried, "agreed": agreed}))
    finally:
        server.kill()
        server.wait()


_SERVE = """
import socket, subprocess, sys
sys.stdin.readline()
for line in ("link set lo up", "addr add %s/24 dev inner", "link set inner up"):
    subprocess.run(["ip", *line.split()], check=True)
open("/proc/sys/net/ipv4/icmp_ratelimit", "w").write("0")
kept = []
for port in %s:
    sock = socket.socket(); sock.bind(("0.0.0.0", port)); sock.listen(64); kept.append(sock)
print("ready", flush=True)
sys.stdin.read()
"""


if __name__ == "__main__":
    main()
