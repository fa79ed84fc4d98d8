# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the controller's own firewall does with a connection that it wants to open."""

from __future__ import annotations

import os
import shutil
import subprocess
import typing as t

from ...module_utils._firewall.nftables import Nftables
from ...module_utils._firewall.walk import Packet
from ...module_utils._run.redact import Redactor

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.ruling import Ruling

#: Where administrators' programs are, which a user's PATH may leave out.
_PLACES = (os.defpath, "/usr/sbin", "/sbin")


def own_rules(address: str, port: int) -> Ruling | None:
    """Follow a connection's first packet through the output rules of this machine.

    :param address: the numeric address that it is meant for.
    :returns: the decision (see _firewall/walk.py), as of the host's rules; None: the rules cannot be read here, which takes
        root and nft, or there are none.
    """
    text = _ruleset()
    if '"output"' not in text:
        return None
    try:
        rules = Nftables(text)
    except ValueError:
        return None
    packet = Packet("ip6" if ":" in address else "ip", port, destination=address)
    decisions = rules.decide(packet, without=rules.opaque_tables())
    if not decisions:
        return None
    redactor = Redactor()
    unsure = [redactor.text(text, 200) for decision in decisions for text in decision["unsure"]]
    return {**decisions[-1], "rule": redactor.text(decisions[-1]["rule"], 300), "unsure": unsure[:4]}


def _ruleset() -> str:
    program = shutil.which("nft", path=os.pathsep.join([*os.get_exec_path(), *_PLACES]))
    if program is None or os.geteuid() != 0:
        return ""
    try:
        answer = subprocess.run([program, "-j", "list", "ruleset"], capture_output=True, timeout=2, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.decode("utf-8", "replace") if answer.returncode == 0 else ""
