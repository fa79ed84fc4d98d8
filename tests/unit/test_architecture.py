# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Four stages, one direction, two halves: who may import whom, and one name for one subject at every stage."""

from __future__ import annotations

import ast
import collections
import fnmatch
import functools
import importlib
import pathlib
import symtable
import sys
from collections.abc import Callable, Iterable, Iterator

import pytest
import yaml
from ansible_collections.websocket.health.plugins.module_utils._run.run_probes import ON_CONTROLLER, OPT_IN, SUBJECTS
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.engine import RULES
from ansible_collections.websocket.health.plugins.plugin_utils._diagnosis.rule import LAYERS
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import CHECKS
from ansible_collections.websocket.health.plugins.plugin_utils._model import CheckDefinition

from tests.unit.probed_host import PLUGINS, ROOT

TARGET = sorted((PLUGINS / "module_utils").rglob("*.py"))
MODULES = sorted((PLUGINS / "modules").glob("*.py"))
CONTROLLER = sorted((PLUGINS / "plugin_utils").rglob("*.py"))
SEVERITIES = ("critical", "high", "medium", "low", "info")
#: Checklist items of the design.
ITEMS = {*(str(number) for number in range(1, 14)), "D1", "D2", "D3", "R"}


def _name(path: pathlib.Path) -> str:
    return str(path.relative_to(PLUGINS))


def each(paths: Iterable[pathlib.Path]) -> Callable[[Callable[[pathlib.Path], None]], Callable[[], None]]:
    """One test for all these files, which names every one that fails: thousands of tests of one file each are slow."""

    def of(check: Callable[[pathlib.Path], None]) -> Callable[[], None]:
        def test() -> None:
            wrong = []
            for path in paths:
                try:
                    check(path)
                except AssertionError as error:
                    wrong.append(f"{_name(path)}: {error}")
            assert not wrong, "\n".join(wrong)

        test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, check.__module__
        return test

    return of


@functools.cache
def _parsed(path: pathlib.Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def _nodes(path: pathlib.Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_parsed(path)))


def _imports(path: pathlib.Path) -> Iterator[str]:
    """What a file imports, at any depth: dotted names, relative ones as ``plugins.module_utils.x``."""
    package = ("plugins", *path.relative_to(PLUGINS).parts[:-1])
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            name = ".".join(part for part in (base, node.module or "") if part)
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


def _stage(name: str) -> str:
    """``module_utils``, ``plugin_utils._checks`` …: the part of the collection that an import belongs to."""
    own = name.replace("ansible_collections.websocket.health.", "", 1)
    return own.split("plugins.", 1)[1] if own.startswith("plugins.") else ""


@each(TARGET)
def test_the_target_half_imports_only_the_standard_library_and_psutil(path: pathlib.Path) -> None:
    """Targets have Python, perhaps psutil; websocket-client comes along by name, as the payload."""
    allowed = {"__future__", "psutil", *sys.stdlib_module_names}
    if path.name == "probe_module.py":
        allowed.add("ansible")
    for name in _imports(path):
        if _stage(name):
            assert _stage(name).startswith("module_utils"), f"{name}: the target half knows nothing of the controller's"
        else:
            assert name.split(".")[0] in allowed, name
            assert not name.startswith("ansible.") or name.startswith("ansible.module_utils.basic"), name


#: A browser is talked to while it runs, through pipes; the guard becomes its parent.
BROWSER = [PLUGINS / "module_utils" / "_browser" / name for name in ("chromium.py", "guard.py")]
#: What holds connections outlives its task, as a copy of it.
CONTINUITY = PLUGINS / "module_utils" / "_continuity" / "holder_process.py"


@each(sorted({*TARGET, *MODULES} - {*BROWSER}))
def test_what_runs_on_a_target_starts_no_process_and_prints_nothing(path: pathlib.Path) -> None:
    for name in _imports(path):
        assert name.split(".")[0] not in ("subprocess", "pty", "multiprocessing"), name
    forbidden = ("os.system", "os.popen", "os.spawn", "os.exec", *(() if path == CONTINUITY else ("os.fork",)))
    for node in _nodes(path):
        if isinstance(node, ast.Call):
            call = ast.unparse(node.func)
            assert call != "print"
            assert not call.startswith(forbidden), call


#: The opener; and what runs as a program of its own, whose source travels alone, and which opens nothing but the kernel's.
OPENERS = [PLUGINS / "module_utils" / "_system" / "open_file.py", PLUGINS / "module_utils" / "_browser" / "guard.py"]
_OPENS = (
    "open",
    "io.open",
    "os.open",
    "codecs.open",
    "io.FileIO",
    "read_text",
    "read_bytes",
    "write_text",
    "write_bytes",
)


def _calls(path: pathlib.Path) -> Iterator[ast.Call]:
    return (node for node in _nodes(path) if isinstance(node, ast.Call))


@each(sorted({*TARGET, *MODULES} - {*OPENERS}))
def test_the_target_half_opens_files_in_one_way(path: pathlib.Path) -> None:
    """What runs as root opens nothing blindly that others may have named: system/open_file.py does."""
    imported = {
        name.rpartition(".")[2] for name in _imports(path) if "_system.open_file" in name or ".open_file." in name
    }
    for call in _calls(path):
        name = ast.unparse(call.func)
        assert name in imported or name not in _OPENS, f"line {call.lineno}: {name}: use system/open_file.py"
        if name == "os.fdopen" or name.endswith(".open"):
            # Of a descriptor, or of a stream, which somebody opened by the opener.
            first = ast.unparse(call.args[0]) if call.args else ""
            assert "path" not in first or first.startswith("open_"), f"line {call.lineno}: {name}({first})"


@each(sorted({*TARGET, *CONTROLLER} - {PLUGINS / "module_utils" / "_run" / "digits.py"}))
def test_texts_become_numbers_in_one_way(path: pathlib.Path) -> None:
    """``"²".isdigit()`` holds, and ``int("²")`` raises: module_utils/_run/digits.py asks for what int takes."""
    for call in _calls(path):
        name = ast.unparse(call.func).rpartition(".")[2]
        assert name not in ("isdigit", "isdecimal", "isnumeric"), f"line {call.lineno}: use digits.number"


#: Fields with texts for people. ``reason`` is not among them: HTTP and TLS have codes of that name.
FOR_PEOPLE = ("summary", "title", "remedy", "remediation", "because")


def _is_for_people(node: ast.AST) -> bool:
    """Whether an expression is such a text: ``row["remedy"]``, ``row.get("remedy")``, ``result.summary``."""
    if isinstance(node, ast.BoolOp):
        return any(map(_is_for_people, node.values))
    if isinstance(node, ast.Attribute):
        return node.attr in FOR_PEOPLE
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value in FOR_PEOPLE
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return isinstance(node.args[0], ast.Constant) and node.args[0].value in FOR_PEOPLE
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "str" and any(map(_is_for_people, node.args))


def _asks_a_text(node: ast.AST) -> bool:
    """Whether an expression decides something by what a text for people says."""
    if isinstance(node, ast.Compare):
        return any(map(_is_for_people, (node.left, *node.comparators)))
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in ("startswith", "endswith", "find", "index", "partition", "rpartition"):
        return _is_for_people(node.func.value)
    return node.func.attr in ("search", "match", "fullmatch") and any(map(_is_for_people, node.args))


ACTIONS = sorted((PLUGINS / "action").glob("*.py"))


@each(sorted({*TARGET, *CONTROLLER, *ACTIONS}))
def test_no_text_for_people_decides_anything(path: pathlib.Path) -> None:
    """Who words a remedy better must change nothing else: what a program has to know is a field of its own."""
    for node in _nodes(path):
        assert not _asks_a_text(node), f"line {getattr(node, 'lineno', 0)}: {ast.unparse(node)}: give it a field"


@each(sorted({*TARGET, *MODULES, *CONTROLLER}))
def test_no_comprehension_hides_a_global_from_another(path: pathlib.Path) -> None:
    """Python 3.12.0 to 3.12.3 take a global for unbound where another comprehension of the function binds its name.

    https://github.com/python/cpython/issues/118513
    """
    for function in _tables(symtable.symtable(path.read_text(encoding="utf-8"), str(path), "exec")):
        inlined = [
            table for table in function.get_children() if table.get_name() in ("listcomp", "setcomp", "dictcomp")
        ]
        symbols = [symbol for table in inlined for symbol in table.get_symbols()]
        bound = {symbol.get_name() for symbol in symbols if symbol.is_local()}
        free = {symbol.get_name() for symbol in symbols if symbol.is_global()}
        assert not bound & free, f"line {function.get_lineno()}: {bound & free}"


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


@each(MODULES)
def test_modules_import_nothing_of_the_controllers_half(path: pathlib.Path) -> None:
    used = {_stage(name).split(".")[0] for name in _imports(path) if _stage(name)}
    assert used <= {"module_utils", "plugin_utils"} and "plugin_utils" not in used


FORBIDDEN = {
    "plugin_utils/_evidence": ("plugin_utils._checks", "plugin_utils._diagnosis", "plugin_utils._report"),
    "plugin_utils/_checks": ("plugin_utils._diagnosis", "plugin_utils._report", "plugin_utils._judge_service"),
    "plugin_utils/_diagnosis": ("plugin_utils._checks", "plugin_utils._report", "plugin_utils._judge_service"),
    "plugin_utils/_report": ("plugin_utils._judge_service", "plugin_utils._diagnosis.engine", "module_utils._probes"),
}


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_no_stage_imports_a_later_one(folder: str) -> None:
    files = sorted((PLUGINS / folder).rglob("*.py"))
    assert files
    for path in files:
        for name in _imports(path):
            assert not _stage(name).startswith(FORBIDDEN[folder]), f"{path.name} imports {name}"


@pytest.mark.parametrize("folder", ["plugin_utils/_checks", "plugin_utils/_diagnosis"])
def test_checks_and_rules_do_no_io_and_read_no_clock(folder: str) -> None:
    """No file, no network, no clock, no chance: a table tests it."""
    impure = {"os", "io", "pathlib", "socket", "time", "random", "subprocess", "threading", "urllib", "ssl", "tempfile"}
    for path in sorted((PLUGINS / folder).rglob("*.py")):
        if path.name == "catalogue.py":
            continue  # it finds the files of rules
        assert not {name.split(".")[0] for name in _imports(path)} & impure, path.name
        calls = {ast.unparse(node.func) for node in _nodes(path) if isinstance(node, ast.Call)}
        assert not calls & {"open", "print", "input", "datetime.datetime.now", "datetime.datetime.utcnow"}, path.name


def test_imports_have_no_cycles() -> None:
    """Imports that run when a file is loaded; those within a function wait until it is called."""
    graph: dict[str, set[str]] = {}
    for path in [*TARGET, *CONTROLLER]:
        own = ".".join(path.relative_to(PLUGINS).with_suffix("").parts)
        package = ("plugins", *path.relative_to(PLUGINS).parts[:-1])
        graph[own] = set()
        for node in _parsed(path).body:
            if isinstance(node, ast.ImportFrom) and node.level:
                base = ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])
                names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
                graph[own] |= {name.removeprefix("plugins.") for name in names}
    done: set[str] = set()

    def walk(name: str, before: tuple[str, ...]) -> None:
        assert name not in before, " → ".join((*before, name))
        if name not in done:
            for other in sorted(graph.get(name, set()) & set(graph)):
                walk(other, (*before, name))
            done.add(name)

    for name in graph:
        walk(name, ())


@pytest.mark.parametrize("subject", [*SUBJECTS, *OPT_IN, *ON_CONTROLLER])
def test_a_subject_has_one_name_at_every_stage(subject: str) -> None:
    on_controller = subject in ON_CONTROLLER
    for place in (
        f"plugins/module_utils/_probes/{subject}.py",
        *([f"plugins/plugin_utils/_controller/{subject}.py"] if on_controller else []),
        f"plugins/plugin_utils/_checks/{subject}.py",
        f"plugins/modules/{subject}_probe.py",
        f"tests/unit/controller/test_{subject}.py" if on_controller else f"tests/unit/probes/test_{subject}.py",
        f"tests/unit/checks/test_{subject}.py",
    ):
        assert (ROOT / place).is_file(), place


def test_every_stage_has_the_same_subjects() -> None:
    half = "ansible_collections.websocket.health.plugins.module_utils._probes"
    subjects = {*SUBJECTS, *OPT_IN, *ON_CONTROLLER}
    assert subjects == set(CHECKS)
    for subject in subjects:
        assert callable(importlib.import_module(f"{half}.{subject}").probe)
    probes = {path.stem for path in (PLUGINS / "module_utils" / "_probes").glob("[!_]*.py")}
    modules = {path.stem.removesuffix("_probe") for path in MODULES if path.stem.endswith("_probe")}
    routed = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["plugin_routing"]["modules"]
    actions = {path.stem.removesuffix("_probe") for path in (PLUGINS / "action").glob("*_probe.py")}
    actions |= {name.removesuffix("_probe") for name in routed}
    assert probes == modules == actions == subjects
    assert {entry["action_plugin"] for entry in routed.values()} == {"websocket.health.process_probe"}


def _definitions() -> list[CheckDefinition]:
    return [definition for module in CHECKS.values() for definition in module.DEFINITIONS]


def test_every_check_has_an_id_of_its_own() -> None:
    counted = collections.Counter(definition.id for definition in _definitions())
    assert [name for name, count in counted.items() if count > 1] == []
    for subject, module in CHECKS.items():
        assert all(definition.id.startswith(subject + ".") for definition in module.DEFINITIONS)


@pytest.mark.parametrize("definition", _definitions(), ids=lambda definition: definition.id)
def test_a_check_definition_is_complete(definition: CheckDefinition) -> None:
    assert definition.severity in SEVERITIES
    assert definition.item in ITEMS
    assert definition.title and not definition.title.endswith(".")
    assert definition.meaning.endswith(".")


def test_every_rule_has_an_id_of_its_own() -> None:
    counted = collections.Counter(rule.id for rule in RULES)
    assert [name for name, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_complete(rule: object) -> None:
    assert rule.layer in LAYERS  # type: ignore[attr-defined]
    assert rule.title and rule.explains  # type: ignore[attr-defined]
    ids = [definition.id for definition in _definitions()]
    for pattern in rule.explains:  # type: ignore[attr-defined]
        matched = [name for name in ids if fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(pattern, name)]
        assert matched, f"{pattern} explains no check"


@each([*TARGET, *MODULES, *CONTROLLER])
def test_every_file_has_a_licence_and_postponed_annotations(path: pathlib.Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        return
    # REUSE-IgnoreStart
    assert "SPDX-License-Identifier: GPL-3.0-or-later" in text[:400]
    # REUSE-IgnoreEnd
    assert "from __future__ import annotations" in text


def test_the_target_half_is_python_38() -> None:
    for path in [*TARGET, *MODULES]:
        ast.parse(path.read_text(encoding="utf-8"), filename=str(path), feature_version=(3, 8))
