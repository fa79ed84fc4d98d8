# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Checklist item 2: is the right environment loaded in the running process?"""

from __future__ import annotations

import typing as t

from .._model import (
    ERROR,
    FAIL,
    PASS,
    SKIP,
    UNKNOWN,
    WARN,
    CheckDefinition,
    CheckResult,
    Verdicts,
    evidence_line,
    gap,
    is_absent,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.environment import Environment, Variable
    from ...module_utils._evidence.service import Service

DEFINITIONS = (
    CheckDefinition(
        "environment.mode",
        "2",
        "The mode of the running process",
        "info",
        "Reports NODE_ENV and similar variables as the process has them; warns when processes of one service differ.",
    ),
    CheckDefinition(
        "environment.declared",
        "2",
        "The process has what its unit and .env file declare",
        "high",
        "Warns when a value differs: the process was started with a different one.",
    ),
    CheckDefinition(
        "environment.tls",
        "2",
        "Certificate verification is not switched off",
        "high",
        "Warns on NODE_TLS_REJECT_UNAUTHORIZED=0.",
    ),
    CheckDefinition(
        "environment.*",
        "2",
        "A variable that the inventory names",
        "high",
        "One check for each name under environment.expect, require and forbid: environment.NODE_ENV.",
    ),
)

_MODES = (
    "NODE_ENV",
    "FLASK_ENV",
    "FLASK_DEBUG",
    "DJANGO_SETTINGS_MODULE",
    "DJANGO_DEBUG",
    "RAILS_ENV",
    "RACK_ENV",
    "APP_ENV",
    "ASPNETCORE_ENVIRONMENT",
    "SPRING_PROFILES_ACTIVE",
    "MIX_ENV",
    "GO_ENV",
    "GIN_MODE",
    "ENVIRONMENT",
)


def check(evidence: Environment, service: Service) -> list[CheckResult]:
    """Judge the evidence of ``environment_probe``.

    :returns: one result for each plain definition, and one for each variable that the inventory names.
    """
    verdicts = Verdicts(DEFINITIONS, evidence)
    named = _named(service)
    error = evidence.get("error")
    hidden = gap(evidence, "environ")
    if not error and not hidden and not isinstance(evidence.get("variables"), dict):
        hidden = {"reason": "the evidence has no variables", "remedy": "re-run the checklist"}
    if error or hidden:
        status = ERROR if error and error.get("kind") == "crash" else UNKNOWN
        reason = (error and error.get("message")) or (hidden and hidden.get("reason"))
        remedies = [str(hidden["remedy"])] if hidden and hidden.get("remedy") else []
        for name in named:
            _add(verdicts, name, status, "not observed: %s" % reason, remediation=remedies)
        verdicts.rest(status, "not observed: %s" % reason, remediation=remedies)
        return verdicts.results
    _mode(verdicts, evidence)
    _declared(verdicts, evidence)
    _tls(verdicts, evidence)
    for name, wish in named.items():
        _variable(verdicts, evidence, name, *wish)
    return verdicts.results


def _named(service: Service) -> dict[str, tuple[str, str | None]]:
    """Variables by name: what is required (``expect``, ``require``, ``forbid``) and the expected value."""
    wanted = service.get("environment") or {}
    named: dict[str, tuple[str, str | None]] = dict.fromkeys(wanted.get("forbid") or (), ("forbid", None))
    named.update(dict.fromkeys(wanted.get("require") or (), ("require", None)))
    named.update({name: ("expect", str(value)) for name, value in (wanted.get("expect") or {}).items()})
    return named


def _add(verdicts: Verdicts, name: str, status: str, summary: str, **fields: t.Any) -> None:
    verdicts.add("environment.*", status, summary, id="environment." + name, title="%s in the process" % name, **fields)


def _mode(verdicts: Verdicts, evidence: Environment) -> None:
    variables = evidence.get("variables") or {}
    seen = ["%s=%s" % (name, variables[name].get("value")) for name in _MODES if (variables.get(name) or {}).get("set")]
    differing = evidence.get("differing") or {}
    if differing:
        pid, names = sorted(differing.items())[0]
        verdicts.add(
            "environment.mode",
            WARN,
            "pid %s differs from the main process (pid %s) in %s" % (pid, evidence.get("pid"), ", ".join(names)),
            remediation=["restart all processes of the service together"],
        )
    elif seen:
        lines = [evidence_line(evidence.get("source") or "environ", item) for item in seen]
        verdicts.add("environment.mode", PASS, ", ".join(seen), evidence=lines)
    else:
        verdicts.add("environment.mode", PASS, "no mode variable is set; the framework's default applies")


def _declared(verdicts: Verdicts, evidence: Environment) -> None:
    declared = evidence.get("declared") or {}
    variables = evidence.get("variables") or {}
    differing = {name: entry for name, entry in declared.items() if not entry.get("same") and entry.get("set")}
    missing = gap(evidence, "file")
    if missing is not None and not differing:
        verdicts.add(
            "environment.declared",
            WARN if is_absent(missing) else UNKNOWN,
            "the file that declares variables was not read: %s" % missing["reason"],
            remediation=[missing["remedy"]],
        )
        return
    if not declared:
        verdicts.add("environment.declared", SKIP, "neither a unit nor a .env file declares a variable that is checked")
        return
    if not differing:
        # What only a .env file declares may be loaded later by dotenv: /proc cannot show it.
        verdicts.add("environment.declared", PASS, "%d declared variables agree with the process" % len(declared))
        return
    name, entry = sorted(differing.items())[0]
    verdicts.add(
        "environment.declared",
        WARN,
        "%s is %r in the process but %r in %s"
        % (name, (variables.get(name) or {}).get("value"), entry.get("value"), entry.get("where")),
        expected=entry.get("value"),
        actual=(variables.get(name) or {}).get("value"),
        evidence=[
            evidence_line(str(e.get("where")), "%s=%s" % (n, e.get("value"))) for n, e in sorted(differing.items())
        ],
        remediation=["restart the service, so that it picks up the declared value"],
    )


def _tls(verdicts: Verdicts, evidence: Environment) -> None:
    entry = (evidence.get("variables") or {}).get("NODE_TLS_REJECT_UNAUTHORIZED") or {}
    if entry.get("value") == "0":
        verdicts.add(
            "environment.tls",
            WARN,
            "NODE_TLS_REJECT_UNAUTHORIZED=0: the process accepts any certificate",
            remediation=["remove it; give Node the CA with NODE_EXTRA_CA_CERTS instead"],
        )
    else:
        verdicts.add("environment.tls", PASS, "NODE_TLS_REJECT_UNAUTHORIZED does not disable it")


def _variable(verdicts: Verdicts, evidence: Environment, name: str, wish: str, expected: str | None) -> None:
    entry = (evidence.get("variables") or {}).get(name) or {}
    if not isinstance(entry.get("set"), bool) or (wish == "expect" and entry["set"] and "matches" not in entry):
        _add(verdicts, name, UNKNOWN, "not observed: the evidence does not show it")
        return
    shown = "withheld" if entry.get("withheld") else entry.get("value")
    source = [
        evidence_line(
            evidence.get("source") or "environ", "%s=%s" % (name, shown) if entry["set"] else "%s is not set" % name
        )
    ]
    if wish == "forbid":
        wrong, summary = entry["set"], "%s is set, but must not be" % name if entry["set"] else "%s is not set" % name
        remedy = "remove %s from the unit, .env file or start script and restart" % name
    elif wish == "require":
        wrong, summary = not entry["set"], "%s is set" % name if entry["set"] else "%s is not set" % name
        remedy = "set %s where the service is started (unit, container, start script) and restart" % name
    else:
        wrong = not entry["set"] or entry["matches"] is False
        value = "not set" if not entry["set"] else "set to something else" if entry.get("withheld") else repr(shown)
        summary = (
            "%s is %s" % (name, "as expected (its value is withheld)" if entry.get("withheld") else value)
            if not wrong
            else "%s is %s, expected %r" % (name, value, _shown(expected, entry))
        )
        remedy = "set %s=%s where the service is started and restart" % (name, _shown(expected, entry))
    _add(
        verdicts,
        name,
        FAIL if wrong else PASS,
        summary,
        expected=_shown(expected, entry) if wish == "expect" else "set" if wish == "require" else "not set",
        actual=shown if entry["set"] else None,
        evidence=source,
        remediation=[remedy] if wrong else [],
    )


def _shown(expected: str | None, entry: Variable) -> str | None:
    """An expected secret is as secret as the real one."""
    return "the expected value" if entry.get("withheld") else expected
