# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what is made from the code: the role's argument specs, a page for every check and diagnosis, and what probes return.

One source each: options come from the documentation fragments, checks from their definitions, diagnoses from the
rules, evidence from its types. ``make docs-check`` fails when a generated file is not what this script writes.
"""

from __future__ import annotations

import importlib
import pathlib
import sys
import typing as t

import yaml

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.conftest import link_collection

link_collection()

from tests.tools import diagnosis_pages, evidence_schema, return_values
from tests.tools.readable_yaml import dump

PLUGINS = "ansible_collections.websocket.health.plugins."
SUBJECTS = {
    "process": "processes",
    "environment": "environment of the running process",
    "log": "logs",
    "port": "port and its owner",
    "websocket": "WebSocket server",
    "proxy": "reverse proxy",
    "firewall": "firewall",
    "frontend": "front end",
    "capture": "traffic capture",
    "tls": "certificate and TLS",
    "electron": "Electron app",
    "browser": "page in a browser",
}
WAIVER: dict[str, t.Any] = {
    "check": {"type": "str", "description": ["Id of the check; may be a glob. One of this and C(cause) is needed."]},
    "cause": {"type": "str", "description": ["Id of the diagnosis that explains the check; may be a glob."]},
    "host": {"type": "str", "description": ["Name of the host; may be a glob. By default every host."]},
    "service": {"type": "str", "description": ["Name of the service; may be a glob. By default every service."]},
    "reason": {"type": "str", "required": True, "description": ["Why it is accepted, for the readers of the report."]},
    "until": {
        "type": "str",
        "required": True,
        "description": ["The last day on which it is accepted, as in V(2026-12-31) (UTC)."],
    },
}
ROLE_OPTIONS: dict[str, dict[str, t.Any]] = {
    "websocket_health_report_dir": {
        "type": "path",
        "description": [
            "Directory on the controller for the report and the results.",
            "By default C(websocket-health) under the directory Ansible was started in.",
        ],
    },
    "websocket_health_formats": {
        "type": "list",
        "elements": "str",
        "choices": ["html", "markdown", "json", "junit", "prometheus", "sarif", "nagios"],
        "default": ["html", "markdown", "json"],
        "description": ["Formats of the report to write."],
    },
    "websocket_health_fail_on": {
        "type": "str",
        "choices": ["fail", "warn", "new", "never"],
        "default": "fail",
        "description": [
            "Which status of a host fails it, after the report is written. A host that could not be checked fails too, unless this is V(never).",
            "With V(new) only what fails now and did not fail in the earlier run: what a deployment broke. If there is no earlier run, every failure is new.",
        ],
    },
    "websocket_health_deadline": {
        "type": "float",
        "default": 30,
        "description": ["Seconds that all checks together may take on one host."],
    },
    "websocket_health_skip": {
        "type": "list",
        "elements": "str",
        "default": [],
        "description": ["Check ids to leave out; may be globs such as V(log.*)."],
    },
    "websocket_health_only": {
        "type": "list",
        "elements": "str",
        "default": [],
        "description": ["Check ids to keep; may be globs. By default all."],
    },
    "websocket_health_baseline": {
        "type": "path",
        "description": [
            "An earlier C(report.json) to compare with; the report says what is new, fixed, still there and gone.",
            "By default the run before, from C(history) in the report directory.",
        ],
    },
    "websocket_health_history": {
        "type": "int",
        "default": 30,
        "description": [
            "How many runs are remembered, compactly, in C(history) in the report directory. V(0) for none, and no comparison with the run before."
        ],
    },
    "websocket_health_waivers": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "description": [
            "Findings that are accepted. They stay in the report, as accepted, and fail no host until their last day is over."
        ],
        "options": WAIVER,
    },
    "websocket_health_templates": {
        "type": "path",
        "description": [
            "Directory with your own templates for the pages; see O(websocket.health.report#module:templates)."
        ],
    },
    "websocket_health_artifacts": {
        "type": "bool",
        "default": False,
        "description": [
            "Pass on the results with M(ansible.builtin.set_stats), for AWX: the playbook C(websocket.health.report) merges those of all slices of a job."
        ],
    },
    "websocket_health_keep_evidence": {
        "type": "bool",
        "default": False,
        "description": [
            "Keep what was seen on each host, not only the verdict, in C(evidence) in the report directory. For reporting a failure that was not named."
        ],
    },
    "websocket_health_run_id": {
        "type": "str",
        "description": [
            "Name of the run that all results belong to. By default a separate one for every C(ansible-playbook) process; job slices that should make one report get the same one."
        ],
    },
}


def main() -> int:
    """Write everything."""
    write_argument_specs()
    write_check_pages()
    write_diagnosis_pages()
    write(CHECKOUT / "docs/evidence.schema.json", evidence_schema.schema())
    write_return_blocks()
    return 0


def write(path: pathlib.Path, text: str) -> None:
    """Write a file that is not this already: tests read these files meanwhile."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def write_argument_specs() -> None:
    """roles/checklist/meta/argument_specs.yml."""
    fragment = importlib.import_module(PLUGINS + "doc_fragments.service").ModuleDocFragment
    services = yaml.safe_load(fragment.SERVICES)["options"]["services"]
    services = as_spec(services)
    services["default"] = []
    del services["required"]
    options = {"websocket_health_services": services, **ROLE_OPTIONS}
    spec = {
        "argument_specs": {
            "main": {
                "short_description": "Runs the WebSocket and back end health checklist on every host and writes one report",
                "description": [
                    "Checks every service of the host in one round trip, writes the report for all hosts of the play, and then fails the hosts that the gate selects.",
                    "Changes nothing on the hosts.",
                ],
                "author": ["websocket.health contributors"],
                "options": options,
            }
        }
    }
    # REUSE-IgnoreStart
    text = "---\n# SPDX-License-Identifier: GPL-3.0-or-later\n# Made by tests/tools/generate.py from the documentation fragments.\n"
    # REUSE-IgnoreEnd
    text += dump(spec)
    write(CHECKOUT / "roles/checklist/meta/argument_specs.yml", text)


def as_spec(option: dict[str, t.Any]) -> dict[str, t.Any]:
    """A documented option as an argument spec: suboptions become options."""
    spec = dict(option)
    if "suboptions" in spec:
        spec["options"] = {name: as_spec(entry) for name, entry in spec.pop("suboptions").items()}
    # O() names an option of the module; the role knows them as parts of its variable.
    text = spec["description"]
    spec["description"] = [
        line.replace("O(services[].", "C(").replace("O(services)", "C(services)")
        for line in ([text] if isinstance(text, str) else text)
    ]
    return spec


def write_check_pages() -> None:
    """docs/checks/<subject>.md, one section for each check, and an index."""
    folder = CHECKOUT / "docs/checks"
    folder.mkdir(parents=True, exist_ok=True)
    index = [
        "# Checks",
        "",
        "Every check, by the item of the checklist that it answers.",
        "",
        "| check | item | severity | question |",
        "| --- | --- | --- | --- |",
    ]
    for subject, words in SUBJECTS.items():
        module = importlib.import_module(PLUGINS + "plugin_utils._checks." + subject)
        lines = [
            f"# Checks of the {words}",
            "",
            f"`{subject}_probe` gathers the evidence, `plugins/plugin_utils/_checks/{subject}.py` judges it.",
            "",
        ]
        for definition in module.DEFINITIONS:
            lines += [
                f"## {definition.id}",
                "",
                f"{definition.title}. Checklist item {definition.item}, severity {definition.severity}.",
                "",
            ]
            if definition.meaning:
                lines += [definition.meaning, ""]
            named = [rule for rule in rules() if definition.id in rule.explains]
            if subject == "browser":
                # Whatever every client meets a browser meets as well: those causes are listed with the checks below it.
                elsewhere = any(rule.layer != "browser" for rule in named)
                named = [rule for rule in named if rule.layer == "browser"]
                if elsewhere:
                    lines += ["Where other clients fail too, the cause is that of their checks.", ""]
            if named:
                lines += [
                    "May fail because of: "
                    + ", ".join(f"[{rule.id}](../diagnoses/{rule.id}.md)" for rule in named)
                    + ".",
                    "",
                ]
            index.append(
                f"| [{definition.id}]({subject}.md#{definition.id.replace('.', '').replace('*', '').lower()}) | {definition.item} | {definition.severity} | {definition.title} |"
            )
        ids = [definition.id for definition in module.DEFINITIONS]
        globs = [
            rule
            for rule in rules()
            if any("*" in pattern and any(matches(name, pattern) for name in ids) for pattern in rule.explains)
        ]
        if globs:
            links = ", ".join(f"[{rule.id}](../diagnoses/{rule.id}.md)" for rule in globs)
            lines += ["## Causes of several of them", "", links + ".", ""]
        write(folder / f"{subject}.md", "\n".join(lines).rstrip() + "\n")
    write(folder / "README.md", "\n".join(index) + "\n")


def write_diagnosis_pages() -> None:
    """docs/diagnoses/<id>.md with an index, and docs/diagnoses.json."""
    folder = CHECKOUT / "docs/diagnoses"
    shown = importlib.import_module(PLUGINS + "plugin_utils._diagnosis.sentences").shown
    renamed = diagnosis_pages.renamed_ids(folder)
    made = diagnosis_pages.pages(rules(), renamed, shown)
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        write(folder / name, text)
    write(CHECKOUT / "docs/diagnoses.json", diagnosis_pages.data(rules(), renamed, shown))


def write_return_blocks() -> None:
    """RETURN in plugins/modules/<subject>_probe.py."""
    for subject in SUBJECTS:
        module = CHECKOUT / f"plugins/modules/{subject}_probe.py"
        write(module, return_values.with_return(subject, module.read_text(encoding="utf-8")))


def rules() -> t.Sequence[t.Any]:
    """All rules, from the lowest layer up; within one, as their files have them."""
    found: t.Sequence[t.Any] = importlib.import_module(PLUGINS + "plugin_utils._diagnosis.catalogue").find_rules()
    return found


def matches(check_id: str, pattern: str) -> bool:
    """Whether a rule's glob names this very check, or its whole subject."""
    return pattern == check_id or (pattern.endswith(".*") and check_id.startswith(pattern[:-1]))


if __name__ == "__main__":
    sys.exit(main())
