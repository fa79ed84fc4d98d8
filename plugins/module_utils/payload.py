# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the action plugin brings along inside the module's own payload, and how the target takes it up.

One string holds the target half itself (this package), the controller's copy of websocket-client (pure
Python), and what the inventory says of the services. It travels as a module option that is ``no_log``, so that no log
shows it, and is imported from memory: nothing is written on the target.

Ansible could pack the target half by itself, following the import statements. Doing it here costs less (one
compressed string made once for all hosts, no archive to search on the target) and finds files that nothing
imports by name: a new dialect is a new file and nothing else.
"""

from __future__ import annotations

import base64
import importlib
import importlib.abc
import importlib.machinery
import json
import sys
import typing as t
import zlib

#: The package of the target half, and that of its dialects.
HALF = __name__.rsplit(".", 1)[0]
DIALECTS = HALF + ".dialects"


def pack_code(library: dict[str, str], library_version: str, files: dict[str, str]) -> str:
    """The part of a payload that is the same for every host; worth keeping. See Payload."""
    return _packed([library, library_version, files])


def pack(code: str, services: list[dict[str, t.Any]]) -> str:
    """A whole payload as one opaque string.

    :param code: what pack_code returned.
    :param services: see Payload.
    """
    return code + "." + _packed(services)


def _packed(value: t.Any) -> str:
    return base64.b64encode(zlib.compress(json.dumps(value).encode("utf-8"), 6)).decode("ascii")


def _unpacked(text: str) -> t.Any:
    return json.loads(zlib.decompress(base64.b64decode(text)).decode("utf-8"))


class Payload:
    """The three parts.

    :param library: source of each websocket-client module by name; empty: the target must have its own.
    :param library_version: its version.
    :param files: source of each file of the target half by its dotted name below it: ``probes.port``,
        ``dialects.echo``.
    :param services: the services in full. Module arguments show up in logs and verbose output, so those
        hold name and port alone.
    """

    def __init__(
        self,
        library: dict[str, str] | None = None,
        library_version: str = "",
        files: dict[str, str] | None = None,
        services: list[dict[str, t.Any]] | None = None,
    ) -> None:
        self.library = library or {}
        self.library_version = library_version
        self.files = files or {}
        self.services = services or []

    @classmethod
    def unpack(cls, text: str | None) -> Payload:
        """The payload that pack made; nothing at all is an empty one.

        :raises ValueError: the text was not made by pack.
        """
        if not text:
            return cls()
        try:
            code, services = (_unpacked(part) for part in text.split("."))
            library, version, files = code
            if not isinstance(services, list) or not all(isinstance(part, dict) for part in (library, files)):
                raise ValueError("its parts are of other types")
            return cls(library, version, files, services)
        except (ValueError, TypeError, zlib.error) as error:
            raise ValueError("option 'payload' is filled in by the action plugin; leave it out (%s)" % error) from error

    @property
    def dialects(self) -> list[str]:
        """Names of the files under ``dialects/``."""
        return [name.split(".", 1)[1] for name in self.files if name.startswith("dialects.")]

    def install(self) -> None:
        """Make what was brought along importable, before anything of the same name on the target."""
        sources: dict[str, str] = {}
        if self.library:
            sources["websocket"] = "__version__ = %r\n" % self.library_version
            sources.update(("websocket." + name, source) for name, source in self.library.items())
        for name, source in self.files.items():
            sources["%s.%s" % (HALF, name)] = source
            if "." in name:
                sources["%s.%s" % (HALF, name.split(".", 1)[0])] = ""
        if sources:
            sys.meta_path.insert(0, _MemoryFinder(sources))


class _MemoryFinder(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Imports modules from source held in memory; a name with an empty source is a package."""

    def __init__(self, sources: dict[str, str]) -> None:
        self._sources = sources

    def find_spec(self, fullname: str, path: t.Any = None, target: t.Any = None) -> t.Any:
        if fullname not in self._sources:
            return None
        package = fullname == "websocket" or not self._sources[fullname]
        return importlib.machinery.ModuleSpec(fullname, self, is_package=package, origin="brought along")

    def get_source(self, fullname: str) -> str:
        return self._sources[fullname]

    def get_filename(self, fullname: str) -> str:
        # For the place of a crash; there is no such file on the target.
        return fullname.split(".module_utils.")[-1].replace(".", "/") + ".py"


def load_library() -> tuple[t.Any, str]:
    """websocket-client as far as the probes use it.

    :returns: the package with ``_core`` imported, or None; and its version, or why there is none.
    """
    try:
        package = importlib.import_module("websocket")
        importlib.import_module("websocket._core")
    except Exception as error:  # whatever a foreign or broken package raises, it is not usable
        return None, "websocket-client cannot be imported (%s: %s)" % (type(error).__name__, error)
    return package, str(getattr(package, "__version__", "unknown"))


class Dialects(t.Mapping[str, t.Any]):
    """The dialect modules by name, each imported when it is asked for.

    A dialect's file is named after it, with underscores for hyphens; files whose name starts with an
    underscore are helpers.

    :param files: file names under ``dialects/`` without ``.py``.
    """

    def __init__(self, files: t.Iterable[str]) -> None:
        self._names = sorted(name.replace("_", "-") for name in files if name[0] != "_")

    def __getitem__(self, name: str) -> t.Any:
        if name not in self._names:
            raise KeyError(name)
        return importlib.import_module("%s.%s" % (DIALECTS, name.replace("-", "_")))

    def __iter__(self) -> t.Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
