# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the modules have in common: from options to evidence."""

from __future__ import annotations

import importlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from .payload import HALF, Payload
from .service_spec import RUN, checklist_spec, complain, probe_spec


def run_probe(subject: str) -> None:
    """Body of the module ``<subject>_probe``: one probe of one service."""
    module = AnsibleModule(argument_spec=probe_spec(subject), supports_check_mode=True)
    run_only = set(RUN) | {"fail_on"}
    service = {name: value for name, value in module.params.items() if name not in run_only}
    _ask(module, [service], [subject])


def run_checklist() -> None:
    """Body of the module ``checklist``: all probes of all services."""
    module = AnsibleModule(argument_spec=checklist_spec(), supports_check_mode=True)
    _ask(module, module.params["services"], None)


def _ask(module: AnsibleModule, services: list[dict[str, t.Any]], subjects: list[str] | None) -> None:
    for number, service in enumerate(services):
        name = service.get("name")
        problem = complain(service, "services[%d] (%s): " % (number, name) if name else "")
        if problem:
            module.fail_json(msg=problem)
    try:
        carried = Payload.unpack(module.params["payload"])
        carried.install()
        # Imported by name only now: it is part of what was brought along.
        probing = importlib.import_module(HALF + ".probing")
        if subjects is None:
            subjects = probing.wanted_subjects(module.params["skip"], module.params["only"])
        asking = probing.Asking(services, carried, module.params["deadline"], module)
    except (ValueError, RuntimeError) as error:
        module.fail_json(msg=str(error))
    except ImportError as error:
        module.fail_json(msg="this module works through its action plugin, which brings the probes along (%s)" % error)
    module.exit_json(changed=False, evidence=asking.ask(subjects))
