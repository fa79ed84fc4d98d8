# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Every rule there is, found by looking: a new file under ``rules/<layer>/`` is a new rule, and nothing else."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import pathlib
import sys
import types
import typing as t

from .rule import LAYERS, Rule

_FOLDER = pathlib.Path(__file__).parent / "rules"


def find_rules() -> tuple[Rule, ...]:
    """The rules of all files, from the lowest layer up. A file whose name begins with an underscore is shared by others."""
    found: list[Rule] = []
    for layer in LAYERS:
        for path in sorted((_FOLDER / layer).glob("[!_]*.py")):
            module = _loaded("%s.rules.%s.%s" % (__package__, layer, path.stem), path)
            found += module.RULES if hasattr(module, "RULES") else (module.RULE,)
    return tuple(found)


def _loaded(name: str, path: pathlib.Path) -> types.ModuleType:
    """A module, by Python's own loader: Ansible's compiles every file of a collection in every process."""
    if name not in sys.modules:
        spec = t.cast(importlib.machinery.ModuleSpec, importlib.util.spec_from_file_location(name, path))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        t.cast(importlib.abc.Loader, spec.loader).exec_module(module)
    return sys.modules[name]
