# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the RETURN block of each module ``<subject>_probe``.

What is seen is described by the types of evidence, what every module returns by ``returned/common.yml``, and one example of a
module's result, ``returned/<subject>.yml``, is where all samples are from.
"""

from __future__ import annotations

import functools
import pathlib
import re
import typing as t

import yaml
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.evidence_types import TYPES, Kind, fields_of
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import CHECKS
from ansible_collections.websocket.health.plugins.plugin_utils._model import CheckDefinition

from tests.tools.readable_yaml import compact, dump
from tests.tools.type_words import bases, comments, docstring

Value = dict[str, t.Any]

HERE = pathlib.Path(__file__).resolve().parent / "returned"
BLOCK = re.compile(r'(?:^# RETURN is made[^\n]*\n)?^RETURN = r"""\n.*?^"""$', re.DOTALL | re.MULTILINE)
NOTE = "# RETURN is made by `make generate`, from module_utils/_evidence and tests/tools/returned."
#: Fields of all evidence that come after those of the subject.
LAST = ("error", "gaps", "duration_ms")
#: Words of the documentation for what the types say; ``raw`` for what is not among them.
_TYPES = {
    "text": "str",
    "integer": "int",
    "number": "float",
    "flag": "bool",
    "list": "list",
    "map": "dict",
    "row": "dict",
}
_IN_A_CHECK = (
    "id", "item", "title", "status", "severity", "vantage", "instance", "summary", "expected", "actual", "evidence", "remediation",
    "duration_ms",
)  # fmt: skip


def with_return(subject: str, source: str) -> str:
    """The source of a subject's module with its RETURN block as it should be."""
    block = f'{NOTE}\nRETURN = r"""\n{dump(return_of(subject))}"""'
    made, count = BLOCK.subn(lambda _found: block, source)
    assert count == 1, f"{subject}_probe has {count} RETURN blocks"
    return made


def return_of(subject: str) -> dict[str, Value]:
    """Everything that a subject's module returns, as its documentation has it."""
    common, example = parts(), example_of(subject)
    when = example.get("returned") or "when the host was reached"
    made: dict[str, Value] = {}
    for name, value in common.items():
        made[name] = dict(value, returned=value.get("returned") or when)
    made["checks"]["contains"] = _checks(made["checks"]["contains"], example["vantages"])
    made["evidence"]["description"] = [*common["evidence"]["description"], *_sentences(_whole(TYPES[subject]))[1:]]
    made["evidence"]["contains"] = _evidence(subject, example["evidence"])
    for name in ("checks", "msg", "diagnoses"):
        made[name]["sample"] = compact(example[name])
    return {name: _ordered(value) for name, value in made.items()}


def example_of(subject: str) -> dict[str, t.Any]:
    """One result of a subject's module: ``vantages`` (of its checks), ``checks``, ``evidence``, ``msg`` and ``diagnoses``."""
    example: dict[str, t.Any] = _load(subject)
    known = {definition.id: definition for definition in CHECKS[subject].DEFINITIONS}
    example["checks"] = [_whole_check(check, known.get(check["id"])) for check in example["checks"]]
    return example


def _whole_check(check: dict[str, t.Any], definition: CheckDefinition | None) -> dict[str, t.Any]:
    """A result with what its definition says of it."""
    told = {name: getattr(definition, name, None) for name in ("item", "title", "severity")}
    return {name: check.get(name, told.get(name)) for name in _IN_A_CHECK}


def parts() -> dict[str, Value]:
    """What every module returns."""
    found: dict[str, Value] = _load("common")
    return found


def _load(name: str) -> t.Any:
    return yaml.safe_load((HERE / f"{name}.yml").read_text(encoding="utf-8"))


def _checks(contains: dict[str, Value], vantages: list[str]) -> dict[str, Value]:
    seen_from = _listed([f"V({vantage})" for vantage in vantages], "or")
    vantage = dict(contains["vantage"], description=f"{contains['vantage']['description']} {seen_from}.")
    return {**contains, "vantage": vantage}


# Evidence, from its types.


def _evidence(subject: str, sample: dict[str, t.Any]) -> dict[str, Value]:
    """All fields of a subject's evidence.

    :param sample: one example of it.
    """
    row = TYPES[subject]
    names = [name for name in fields_of(row) if name not in LAST]
    made = {}
    for name in [*names, *LAST]:
        value = _described(fields_of(row)[name], comments(row)[name], subject, f"evidence.{name}")
        value.setdefault("returned", "always")
        if name in sample:
            value["sample"] = compact(sample[name])
        made[name] = _ordered(value)
    return made


def _described(kind: Kind, comment: str, subject: str, path: str) -> Value:
    """One field of evidence.

    :param path: where it is, as RV() has it.
    """
    said, returned = _conditions(_sentences(comment))
    row = row_in(kind)
    value: Value = _type_of(kind)
    if returned:
        value["returned"] = returned
    if row is not None:
        said += _sentences(docstring(row))[1:]
        contains = _contained(row, subject, path) if _is_laid_out(kind, path) else {}
        if contains:
            value["contains"] = contains
    form = [] if row is None else _form(row, kind, subject, path, bool(value.get("contains")))
    value["description"] = [_marked_up(" ".join(said)), *form]
    return _ordered(value)


def _is_laid_out(kind: Kind, path: str) -> bool:
    """Whether each field of a row is described, and not named alone: those deeper down would fill pages."""
    return path.count(".") == 1 and kind.form != "map" and path.rpartition(".")[2] not in LAST


def _type_of(kind: Kind) -> Value:
    value = {"type": _TYPES.get(kind.form, "raw")}
    if kind.form == "list":
        value["elements"] = _TYPES.get(kind.of[0].form, "raw")
    return value


def row_in(kind: Kind) -> type | None:
    """The TypedDict that a field holds, or its entries or values are; None: none is."""
    return kind.row or (row_in(kind.of[0]) if kind.form in ("list", "map") else None)


def _contained(row: type, subject: str, path: str) -> dict[str, Value]:
    """The fields of a row at its home; elsewhere those that it has beside what is described there."""
    known = _known_before(row, subject, path)
    if known is not None and known[0] is row:
        return {}
    left_out = set(comments(known[0])) if known else set()
    end = "[]" if _is_list(subject, path) else ""
    return {
        name: _described(kind, comments(row)[name], subject, f"{path}{end}.{name}")
        for name, kind in fields_of(row).items()
        if name not in left_out and not is_no_evidence(comments(row)[name])
    }


def is_no_evidence(comment: str) -> bool:
    """Whether a field is taken out before evidence is handed on."""
    return comment.endswith("It is no evidence.")


def _is_list(subject: str, path: str) -> bool:
    return fields_of(TYPES[subject])[path.partition(".")[2]].form == "list"


def _known_before(row: type, subject: str, path: str) -> tuple[type, str] | None:
    """What a row is, or extends, that is described at another place, and that place; None: nothing."""
    for one in _ancestry(row):
        home = homes().get(one)
        if home is not None and home != (subject, path):
            module = "" if home[0] == subject else f"websocket.health.{home[0]}_probe#module:"
            return one, f"RV({module}{home[1]})"
    return None


def _ancestry(row: type) -> list[type]:
    """A row and what it extends, the nearest first."""
    return [row, *(one for base in bases(row) for one in _ancestry(base))]


@functools.cache
def homes() -> dict[type, tuple[str, str]]:
    """Where each row is described: the first field that holds it in the evidence of the subject whose file has it."""
    found: dict[type, tuple[str, str]] = {row: (subject, "evidence") for subject, row in TYPES.items()}
    for subject, evidence in TYPES.items():
        for name, kind in fields_of(evidence).items():
            row = row_in(kind)
            if row is not None and kind.form != "map" and row.__module__ == evidence.__module__:
                found.setdefault(row, (subject, f"evidence.{name}"))
    return found


def _form(row: type, kind: Kind, subject: str, path: str, contains: bool) -> list[str]:
    """A sentence about what is in a row that is not described here."""
    known = _known_before(row, subject, path)
    whose = {"list": "Each", "map": "Each value"}.get(kind.form, "It")
    if known is not None and known[0] is row:
        return [f"{whose} is in the form of {known[1]}."]
    if contains:
        return [f"What is not listed here is as in {known[1]}."] if known else []
    left_out = comments(known[0]) if known else {}
    names = [name for name in fields_of(row) if name not in left_out and not is_no_evidence(comments(row)[name])]
    listed = _listed([f"C({name})" for name in names], "and")
    return [f"{whose} has what {known[1]} has, and {listed}." if known else f"{whose} has {listed}."]


# Words.


def _whole(row: type) -> str:
    """All of a docstring, as one line."""
    return " ".join((row.__doc__ or "").split())


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?…]) (?=[A-Z`])", text) if text else []


def _conditions(sentences: list[str]) -> tuple[list[str], str]:
    """What is said of a field without the sentence that says when it is there, and that."""
    only = [sentence for sentence in sentences if sentence.startswith(("Only where ", "Only when "))]
    said = [sentence for sentence in sentences if sentence not in only]
    return said, _marked_up("; ".join(sentence[5:].rstrip(".") for sentence in only))


def _marked_up(text: str) -> str:
    """A comment in the markup of Ansible's documentation."""
    text = re.sub(r"\boption ``([^`]+)``", r"O(\1)", text)
    text = re.sub(r"``([^`]+)``", lambda found: f"V({_escaped(found[1].strip())})", text)
    return re.sub(r"\bNone\b", "V(null)", text.replace("None: ", "None means "))


def _escaped(word: str) -> str:
    return word.replace("\\", r"\\").replace(")", r"\)")


def _listed(words: list[str], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _ordered(value: Value) -> Value:
    """In the order in which documentation has it; one sentence is no list."""
    order = ("description", "returned", "type", "elements", "contains", "sample")
    made = {name: value[name] for name in order if name in value}
    if isinstance(made["description"], list) and len(made["description"]) == 1:
        made["description"] = made["description"][0]
    return made
