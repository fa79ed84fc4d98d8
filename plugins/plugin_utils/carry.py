# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Makes the payload that a module carries to the target (see module_utils/payload.py)."""

from __future__ import annotations

import functools
import importlib.util
import pathlib
import typing as t

from ..module_utils import payload
from ..module_utils.payload import pack, pack_code
from ..module_utils.service_secrets import seal

#: The folder of the target half.
_HALF = pathlib.Path(payload.__file__).parent
#: What the modules import by name, and Ansible therefore brings along.
_PACKED_BY_ANSIBLE = ("payload", "probe_module", "service_spec")
#: Modules of websocket-client that neither a handshake nor frames need.
_STAYS_HOME = ("__init__", "_app", "_wsdump")


def carry(services: list[dict[str, t.Any]]) -> tuple[list[dict[str, t.Any]], str]:
    """Seal the services' secrets and pack them with the library and the dialects.

    :returns: the services as they may appear in module arguments, and the payload.
    """
    sealed, secrets = [], []
    for service in services:
        rest, values = seal(service)
        sealed.append(_given(rest))
        secrets.append(values)
    return sealed, pack(code_to_carry(), secrets)


@functools.lru_cache(maxsize=1)
def code_to_carry() -> str:
    """The target half and the controller's websocket-client, packed once."""
    library, version = _library()
    files = {}
    for path in sorted(_HALF.rglob("*.py")):
        name = ".".join(path.relative_to(_HALF).with_suffix("").parts)
        if name not in _PACKED_BY_ANSIBLE:
            files[name] = path.read_text()
    return pack_code(library, version, files)


def _given(value: t.Any) -> t.Any:
    """The same options without those that are None: for "mutually exclusive" an option that is there counts."""
    if isinstance(value, dict):
        return {name: _given(entry) for name, entry in value.items() if entry is not None}
    return [_given(entry) for entry in value] if isinstance(value, list) else value


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
code_to_carry()
