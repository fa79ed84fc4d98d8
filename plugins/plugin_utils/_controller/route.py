# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""How the controller reaches a managed host: does it have a route of its own to the host's ports?"""

from __future__ import annotations

import glob
import os
import re
import shlex
import subprocess
import typing as t


class Route(t.NamedTuple):
    """Where the controller dials the host. Without an address, ``unknown`` or ``skip`` says why."""

    address: str = ""
    #: The controller cannot know (a jump host, another kind of connection).
    unknown: str = ""
    #: There is nothing to ask (the host is the controller).
    skip: str = ""


#: Options of a connection by ssh, by their names in Ansible.
SshOption = t.Literal["host", "ssh_args", "ssh_common_args", "ssh_extra_args", "ssh_executable"]
_ARGUMENTS: tuple[SshOption, ...] = ("ssh_args", "ssh_common_args", "ssh_extra_args")
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
#: Options of ssh(1) that put something between the controller and the host.
_DETOUR = re.compile(r"(?:^|\s)(?:-J|-W|-o\s*['\"]?Proxy(?:Jump|Command)[\s=]+(?!none\b))", re.I)


def find_route(transport: str, options: t.Mapping[SshOption, object], host: str, inventory_address: str) -> Route:
    """Decide from the connection what the controller can see of the host.

    :param transport: name of the connection plugin (``ssh``, ``local`` …).
    :param options: the connection's options by name, for ssh.
    :param host: the inventory's name of the host.
    :param inventory_address: ``ansible_host`` if the inventory sets it, else empty.
    """
    name = transport.rsplit(".", 1)[-1]
    if name == "local":
        if inventory_address and inventory_address not in _LOCAL_NAMES:
            return Route(address=inventory_address)
        return Route(skip="the controller is this host: there is no view from outside")
    if name not in ("ssh", "paramiko", "paramiko_ssh"):
        return Route(unknown="the connection type is %s: the controller has no network route to the host" % name)
    address = str(options.get("host") or inventory_address or host)
    arguments = " ".join(str(options.get(key) or "") for key in _ARGUMENTS)
    if _DETOUR.search(arguments):
        return Route(
            unknown="the host is reached through a jump host (ssh arguments): the controller has no direct route"
        )
    if name == "ssh":
        return _by_ssh_configuration(address, arguments, options)
    return Route(address=address)


#: ssh_config(5) keywords by which a host may lie elsewhere than its name says.
_MOVES_HOST = re.compile(
    r"^\s*(?:proxyjump|proxycommand|hostname|canonicalizehostname|include(?!\s+/etc/ssh/ssh_config\.d/\*\.conf))\b",
    re.I | re.M,
)


def _configuration_moves_hosts() -> bool:
    """Whether the files that ssh reads by default could send any host elsewhere; most say nothing of the kind."""
    files = ["~/.ssh/config", "/etc/ssh/ssh_config", *glob.glob("/etc/ssh/ssh_config.d/*.conf")]
    for name in files:
        try:
            with open(os.path.expanduser(name), encoding="utf-8", errors="replace") as file:
                if _MOVES_HOST.search(file.read()):
                    return True
        except OSError:
            continue
    return False


def _by_ssh_configuration(address: str, arguments: str, options: t.Mapping[SshOption, object]) -> Route:
    """Ask ssh itself (``ssh -G``) what its configuration files make of the host."""
    if not re.search(r"(?:^|\s)-F|hostname", arguments, re.I) and not _configuration_moves_hosts():
        return Route(address=address)
    executable = str(options.get("ssh_executable") or "ssh")
    try:
        words = [executable, "-G"] + shlex.split(arguments) + ["--", address]
        answer = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)
    except (OSError, ValueError, subprocess.SubprocessError):
        return Route(address=address)
    settings = dict(line.split(" ", 1) for line in answer.stdout.decode("utf-8", "replace").splitlines() if " " in line)
    for key in ("proxyjump", "proxycommand"):
        if settings.get(key, "none") != "none":
            return Route(unknown="the host is reached through a jump host (%s in the ssh configuration)" % key)
    return Route(address=settings.get("hostname") or address)
