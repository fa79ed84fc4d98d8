# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Builds the payload that is sent to the target with a module (see module_utils/_run/payload.py)."""

from __future__ import annotations

import functools
import importlib.util
import pathlib
import typing as t

from ...module_utils._run import payload
from ...module_utils._run.payload import pack, pack_code
from ...module_utils._run.run_probes import NEEDS

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.continuity import ContinuityOptions
    from ...module_utils._evidence.service import Service

#: Arguments of a module that logs may show.
Shown = dict[str, object]

#: The folder of the target half.
_HALF = pathlib.Path(payload.__file__).parents[1]
#: What the modules import by name, and Ansible therefore brings along.
_PACKED_BY_ANSIBLE = ("_run.payload", "_run.probe_module", "_run.service_spec")
#: Options of a service that module arguments contain unencoded.
_SHOWN: tuple[t.Literal["name", "port", "socket"], ...] = ("name", "port", "socket")
#: Beginnings of the names of what is for services with an option of NEEDS alone.
_OPTIONAL = tuple(start for subject in NEEDS for start in ("_%s." % subject, "_probes." + subject))
#: What else a host imports only where it has a proxy, rules, TLS, a crash in its log, or is asked for a capture. What finds
#: proxies out, and the dialects, are not among it: every host imports of them, and one source means unpacking all sources.
_RARE = (
    *_OPTIONAL,
    "_firewall.iptables",
    "_firewall.nftables",
    "_logs.ordinary_ends",
    "_logs.stack_traces",
    "_paths.",
    "_probes.capture",
    "_protocol.experiments",
    "_protocol.packets",
    "_protocol.replay",
    "_protocol.tls_session",
    "_proxies.apache",
    "_proxies.caddy",
    "_proxies.haproxy",
    "_proxies.known_directives",
    "_proxies.nginx",
)
#: For mypy alone: a folder, and how the names of other files end.
_TYPES, _OF_TYPES = "_evidence.", "_types"
#: Of the module continuity alone.
_CONTINUITY = ("_continuity.clients", "_continuity.holder_process")
#: Modules of websocket-client that neither a handshake nor frames need.
_STAYS_HOME = ("__init__", "_app", "_wsdump")


def pack_services(services: list[Service]) -> tuple[list[Shown], str]:
    """Pack the services with the code that asks them.

    :returns: what module arguments, and so logs, may show of each service (name, port, socket), and the payload.
    """
    shown: list[Shown] = [
        {name: service[name] for name in _SHOWN if service.get(name) is not None} for service in services
    ]
    whole = any(_needs_all(service) for service in services)
    return shown, pack(packed_code(whole), services)


def _needs_all(service: Service) -> bool:
    """Whether a service has a subject that only some have. Where its path is not known, its page is read, too."""
    return any(service.get(option) for option in NEEDS.values()) or not (service.get("websocket") or {}).get("path")


def pack_continuity(options: ContinuityOptions) -> str:
    """Pack the options of the module continuity with the code that holds connections."""
    return pack(packed_code(False, continuity=True), [options])


@functools.lru_cache(maxsize=3)
def packed_code(whole: bool, continuity: bool = False) -> str:
    """The target half and the controller's websocket-client, packed once.

    :param whole: with the subjects that only some services have (run_probes.NEEDS).
    :param continuity: with what holds connections.
    """
    library, version = _library()
    files = {}
    for path in sorted(_HALF.rglob("*.py")):
        name = ".".join(path.relative_to(_HALF).with_suffix("").parts)
        left_out = _PACKED_BY_ANSIBLE if continuity else _PACKED_BY_ANSIBLE + _CONTINUITY
        types = name.startswith(_TYPES) or name.endswith(_OF_TYPES)
        if name not in left_out and not types and (whole or not name.startswith(_OPTIONAL)):
            files[name] = path.read_text()
    return pack_code(library, version, files, _RARE)


def _library() -> tuple[dict[str, str], str]:
    """Source of the controller's websocket-client and its version; empty where it is not installed."""
    spec = importlib.util.find_spec("websocket")
    if spec is None or not spec.submodule_search_locations:
        return {}, ""
    folder = pathlib.Path(next(iter(spec.submodule_search_locations)))
    sources = {path.stem: path.read_text() for path in folder.glob("_*.py") if path.stem not in _STAYS_HOME}
    if "_core" not in sources:
        return {}, ""
    import websocket

    return sources, str(getattr(websocket, "__version__", "unknown"))


# Ansible forks a worker for every host: what is made here is made once, before the fork.
for _whole in (False, True):
    packed_code(_whole)
