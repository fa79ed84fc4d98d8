# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the action plugin brings along inside the module's own payload, and how the target takes it up.

One string holds the target half itself (the packages beside this one), the controller's copy of websocket-client (pure
Python), and what the inventory says of the services. It travels as a module option that is ``no_log``, so that no log
shows it, and is imported from memory: nothing is written on the target.

Compiling costs a target more than everything it is asked. So the code travels twice: as source, which every Python
can run, and compiled by the controller's Python, for targets whose Python is of the same version.

Ansible could pack the target half by itself, following the import statements. Doing it here costs less (one
compressed string made once for all hosts, no archive to search on the target) and finds files that nothing
imports by name: a new dialect is a new file and nothing else.
"""

from __future__ import annotations
import __future__

import base64
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import marshal
import sys
import types
import typing as t
import zlib

#: The package of the target half, and that of its dialects.
HALF = __name__.rsplit(".", 2)[0]
DIALECTS = HALF + "._dialects"


#: What compiled code runs on: the same implementation, and the same number of its bytecode.
_BYTECODE = "%s-%s" % (sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER.hex())


def pack_code(
    library: dict[str, str], library_version: str, files: dict[str, str], rare: t.Tuple[str, ...] = ()
) -> str:
    """The part of a payload that is the same for every host; worth keeping. See Payload.

    :param rare: beginnings of names in ``files`` that few hosts import; they travel as source alone.
    """
    compiled: dict[str, types.CodeType] = {}
    for name, source in _modules(library, library_version, files).items():
        if name.startswith(tuple("%s.%s" % (HALF, start) for start in rare)) and source:
            continue
        try:
            compiled[name] = compile(source, _shown_path(name), "exec", dont_inherit=True, optimize=2)
        except SyntaxError:
            continue  # a damaged library is the business of load_library, which says so
    return ".".join((_packed([library, library_version, files]), _BYTECODE, _as_text(marshal.dumps(compiled))))


def pack(code: str, services: list[dict[str, t.Any]]) -> str:
    """A whole payload as one opaque string.

    :param code: what pack_code returned.
    :param services: see Payload.
    """
    return code + "." + _packed(services)


def _packed(value: t.Any) -> str:
    return _as_text(json.dumps(value).encode("utf-8"))


def _unpacked(text: str) -> t.Any:
    return json.loads(_as_bytes(text).decode("utf-8"))


def _as_text(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 6)).decode("ascii")


def _as_bytes(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


def _modules(library: dict[str, str], library_version: str, files: dict[str, str]) -> dict[str, str]:
    """Source of every module by its full name; that of a package of the target half is empty. See Payload."""
    sources: dict[str, str] = {}
    if library:
        sources["websocket"] = "__version__ = %r\n" % library_version
        sources.update(("websocket." + name, source) for name, source in library.items())
    for name, source in files.items():
        sources["%s.%s" % (HALF, name)] = source
        if "." in name:
            sources["%s.%s" % (HALF, name.split(".", 1)[0])] = ""
    return sources


def _shown_path(module: str) -> str:
    """A module's place in a traceback; there is no such file on the target."""
    return module.split(".module_utils.")[-1].replace(".", "/") + ".py"


class Payload:
    """The three parts.

    :param library: source of each websocket-client module by name; empty: the target must have its own.
    :param library_version: its version.
    :param files: source of each file of the target half by its dotted name below it: ``_probes.port``,
        ``_dialects.echo``.
    :param services: the services in full. Module arguments show up in logs and verbose output, so those
        hold name and port alone.
    :param compiled: code of the modules by full name, for this very Python; what is missing is compiled.
    """

    def __init__(
        self,
        library: dict[str, str] | None = None,
        library_version: str = "",
        files: dict[str, str] | None = None,
        services: list[dict[str, t.Any]] | None = None,
        compiled: dict[str, types.CodeType] | None = None,
    ) -> None:
        self.library = library or {}
        self.library_version = library_version
        self.files = files or {}
        self.services = services or []
        self.compiled = compiled or {}

    @classmethod
    def unpack(cls, text: str | None) -> Payload:
        """The payload that pack made; nothing at all is an empty one.

        :raises ValueError: the text was not made by pack.
        """
        if not text:
            return cls()
        try:
            code, bytecode, compiled, services = text.split(".")
            library, version, files = _unpacked(code)
            self = cls(library, version, files, _unpacked(services))
            if not isinstance(self.services, list) or not all(isinstance(part, dict) for part in (library, files)):
                raise ValueError("its parts are of other types")
            if bytecode == _BYTECODE:
                self.compiled = marshal.loads(_as_bytes(compiled))
            return self
        except (ValueError, TypeError, EOFError, zlib.error) as error:
            raise ValueError("option 'payload' is filled in by the action plugin; leave it out (%s)" % error) from error

    @property
    def dialects(self) -> list[str]:
        """Names of the files under ``_dialects/``."""
        return [name.split(".", 1)[1] for name in self.files if name.startswith("_dialects.")]

    def install(self) -> None:
        """Make what was brought along importable, before anything of the same name on the target."""
        sources = _modules(self.library, self.library_version, self.files)
        if sources:
            sys.meta_path.insert(0, _MemoryFinder(sources, self.compiled))


class _MemoryFinder(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Imports modules held in memory, compiled or as source; a name with an empty source is a package."""

    def __init__(self, sources: dict[str, str], compiled: dict[str, types.CodeType]) -> None:
        self._sources = sources
        self._compiled = compiled

    def find_spec(self, fullname: str, path: t.Any = None, target: t.Any = None) -> t.Any:
        if fullname not in self._sources:
            return None
        package = fullname == "websocket" or not self._sources[fullname]
        return importlib.machinery.ModuleSpec(fullname, self, is_package=package, origin="brought along")

    def get_source(self, fullname: str) -> str:
        return self._sources[fullname]

    def get_code(self, fullname: str) -> types.CodeType | None:
        return self._compiled.get(fullname) or super().get_code(fullname)

    @staticmethod
    def source_to_code(data: t.Any, path: t.Any = "<brought along>") -> types.CodeType:
        """Compile a source; its annotations are not evaluated: websocket-client's are of later Pythons than 3.8."""
        flags = __future__.annotations.compiler_flag
        return t.cast(types.CodeType, compile(data, path, "exec", flags=flags, dont_inherit=True))

    def get_filename(self, fullname: str) -> str:
        return _shown_path(fullname)


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

    :param files: file names under ``_dialects/`` without ``.py``.
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
