# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin of mypy: ``evidence.get("misspelt")`` of a TypedDict is an error. mypy itself calls the result an object, and is silent.

See https://mypy.readthedocs.io/en/stable/extending_mypy.html
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import StrExpr
from mypy.plugin import MethodSigContext, Plugin
from mypy.types import CallableType, TypedDictType, get_proper_type


def _known_key(context: MethodSigContext) -> CallableType:
    """The signature as it is; an unknown key is reported beside it."""
    mapping = get_proper_type(context.type)
    key = context.args[0][0] if context.args and context.args[0] else None
    if isinstance(mapping, TypedDictType) and isinstance(key, StrExpr) and key.value not in mapping.items:
        context.api.fail(f'TypedDict "{mapping.fallback.type.name}" has no key "{key.value}"', key)
    return context.default_signature


class KnownKeys(Plugin):
    """Asks for each ``get`` of a TypedDict."""

    def get_method_signature_hook(self, fullname: str) -> Callable[[MethodSigContext], CallableType] | None:
        """The hook for ``get``."""
        return _known_key if fullname.endswith(".get") else None  # type: ignore[return-value]


def plugin(version: str) -> type[Plugin]:
    """What mypy asks for."""
    return KnownKeys
