# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the action plugin brings along inside the module's own payload, and how the target takes it up.

One string holds the target half itself (the packages beside this one), the controller's copy of websocket-client (pure
Python), and what the inventory says of the services. It travels as a module option that is ``no_log``, so that no log
shows it, and is imported from memory: nothing is written on the target.

Compiling costs a target more than everything it is asked. So the code travels twice: as source, which every Python
can run, and compiled by the controller's Python, for targets whose Python is of the same version. Such a target never
unpacks the sources, and of what is compiled it makes code of what it imports only. A sum over both takes the place of
unpacking, which would find out what got damaged.

Ansible could pack the target half itself, following the import statements. Doing it here costs less (one
compressed string made once for all hosts, no archive to search on the target) and finds files that nothing
imports by name: a new dialect is a new file and nothing else.
"""

from __future__ import annotations
import __future__

import base64
import importlib
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
    compiled: dict[str, bytes] = {}
    for name, source in _modules(library, library_version, files).items():
        if name.startswith(tuple("%s.%s" % (HALF, start) for start in rare)) and source:
            continue
        try:
            code = compile(source, _shown_path(name), "exec", dont_inherit=True, optimize=2)
        except SyntaxError:
            continue  # a damaged library is the business of load_library, which says so
        compiled[name] = marshal.dumps(code)
    index = [sorted(library), library_version, sorted(files)]
    parts = (_packed([library, files]), _BYTECODE, _as_text(marshal.dumps(compiled)), _packed(index))
    return ".".join((_sum_of(parts), *parts))


def pack(code: str, services: t.Sequence[t.Mapping[str, object]]) -> str:
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


def _sum_of(parts: t.Iterable[str]) -> str:
    return "%08x" % zlib.crc32(".".join(parts).encode("utf-8"))


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

    :param library: names of the websocket-client modules; none: the target must have its own.
    :param library_version: its version.
    :param names: dotted names of the files of the target half below it: ``_probes.port``, ``_dialects.echo``.
    :param services: the services in full (_evidence/service.py; no type is imported here: Ansible follows imports, and would
        bring its file along). Module arguments show up in logs and verbose output, so those hold name and port alone.
    :param compiled: code of the modules by full name, marshalled, for this very Python; what is missing is compiled.
    :param packed: the sources of all of them, packed.
    """

    def __init__(
        self,
        library: t.Sequence[str] = (),
        library_version: str = "",
        names: t.Sequence[str] = (),
        services: list[t.Any] | None = None,
        compiled: dict[str, bytes] | None = None,
        packed: str = "",
    ) -> None:
        self.library = library
        self.library_version = library_version
        self.names = names
        self.services = services or []
        self.compiled = compiled or {}
        self._packed = packed
        self._sources: dict[str, str] | None = None

    @classmethod
    def unpack(cls, text: str | None) -> Payload:
        """The payload that pack made; nothing at all is an empty one.

        :raises ValueError: the text was not made by pack.
        """
        if not text:
            return cls()
        try:
            total, *code, services = text.split(".")
            sources, bytecode, compiled, index = code
            if total != _sum_of(code):
                raise ValueError("it was damaged in transit")
            library, version, names = _unpacked(index)
            self = cls(library, version, names, services=_unpacked(services), packed=sources)
            if not isinstance(self.services, list):
                raise ValueError("its parts have the wrong types")
            if bytecode == _BYTECODE:
                self.compiled = marshal.loads(_as_bytes(compiled))
            return self
        except (ValueError, TypeError, EOFError, zlib.error) as error:
            raise ValueError("option 'payload' is filled in by the action plugin; leave it out (%s)" % error) from error

    @property
    def dialects(self) -> list[str]:
        """Names of the files under ``_dialects/``."""
        return [name.split(".", 1)[1] for name in self.names if name.startswith("_dialects.")]

    @property
    def sources(self) -> dict[str, str]:
        """Source of every module by its full name, unpacked when first asked for."""
        if self._sources is None:
            library, files = _unpacked(self._packed) if self._packed else ({}, {})
            self._sources = _modules(library, self.library_version, files)
        return self._sources

    def install(self) -> None:
        """Make what was brought along importable, before anything of the same name on the target."""
        if self.library or self.names:
            finder: t.Any = _MemoryFinder(self)
            sys.meta_path.insert(0, finder)


class _MemoryFinder:
    """Finds and loads modules held in memory, compiled or as source.

    It is what importlib.abc has base classes for: those would bring a dozen modules along that nothing else here needs.
    """

    def __init__(self, carried: Payload) -> None:
        self._carried = carried
        modules = _modules(dict.fromkeys(carried.library, "…"), "", dict.fromkeys(carried.names, "…"))
        self._is_package = {name: name == "websocket" or not source for name, source in modules.items()}

    def find_spec(self, fullname: str, path: t.Any = None, target: t.Any = None) -> t.Any:
        if fullname not in self._is_package:
            return None
        loader: t.Any = self
        package = self._is_package[fullname]
        return importlib.machinery.ModuleSpec(fullname, loader, is_package=package, origin="brought along")

    def create_module(self, spec: t.Any) -> None:
        """A module like any other."""

    def exec_module(self, module: types.ModuleType) -> None:
        exec(self.get_code(module.__name__), module.__dict__)

    def get_code(self, fullname: str) -> types.CodeType:
        compiled = self._carried.compiled.get(fullname)
        if compiled is not None:
            return t.cast(types.CodeType, marshal.loads(compiled))
        # Annotations are not evaluated: websocket-client's are of later Pythons than 3.8.
        flags = __future__.annotations.compiler_flag
        source = self.get_source(fullname)
        return t.cast(types.CodeType, compile(source, _shown_path(fullname), "exec", flags=flags, dont_inherit=True))

    def get_source(self, fullname: str) -> str:
        """For tracebacks too."""
        return self._carried.sources[fullname]


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
