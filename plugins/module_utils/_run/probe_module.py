# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the modules have in common: from options to evidence."""

from __future__ import annotations

import gc
import importlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from .payload import HALF, Payload
from .service_spec import checklist_spec, continuity_spec, probe_spec

#: Up to ansible-core 2.20 a result repeats the module's arguments unless it says otherwise.
_NOTHING: t.Dict[str, t.Dict[str, str]] = {"module_args": {}}
_NO_ACTION = "this module only works through its action plugin, which sends the probes along (%s)"


def run_probe(subject: str) -> None:
    """Body of the module ``<subject>_probe``: one probe of one service."""
    _ask(AnsibleModule(argument_spec=probe_spec(subject), supports_check_mode=True), [subject])


def run_checklist() -> None:
    """Body of the module ``checklist``: all probes of all services."""
    _ask(AnsibleModule(argument_spec=checklist_spec(), supports_check_mode=True), None)


def run_continuity() -> None:
    """Body of the module ``continuity``: start holding connections, or collect what became of them."""
    module = AnsibleModule(argument_spec=continuity_spec(), supports_check_mode=True)
    try:
        carried = Payload.unpack(module.params["payload"])
        carried.install()
        options = carried.services[0] if carried.services else {}  # the module's, in place of a service
        holder = importlib.import_module(HALF + "._continuity.holder_process")
        deadline = importlib.import_module(HALF + "._run.deadline").Deadline(module.params["deadline"])
        if module.params["state"] == "started":
            facts = holder.start(options, deadline)
        else:
            facts = holder.finish(module.params["id"] or "", deadline)
    except (ValueError, RuntimeError, OSError) as error:
        module.fail_json(msg=str(error), invocation=_NOTHING)
    except ImportError as error:
        module.fail_json(msg=_NO_ACTION % error, invocation=_NOTHING)
    else:
        module.exit_json(changed=False, facts=facts, invocation=_NOTHING)


def _ask(module: AnsibleModule, subjects: list[str] | None) -> None:
    # The process lives for a second and makes few cycles; collecting costs more than it frees. When it ends, Python would
    # collect all the same, and go through everything that was imported: what is there now is left out of that.
    gc.disable()
    gc.freeze()
    try:
        carried = Payload.unpack(module.params["payload"])
        carried.install()
        # Imported by name only now: it is part of what was brought along.
        probes = importlib.import_module(HALF + "._run.run_probes")
        importlib.import_module(HALF + "._system.limits").end_by(module.params["deadline"])
        if subjects is None:
            subjects = probes.wanted_everywhere(module.params["skip"], module.params["only"])
        evidence = probes.Asking(carried.services, carried, module.params["deadline"], module).ask(subjects)
    except (ValueError, RuntimeError) as error:
        module.fail_json(msg=str(error), invocation=_NOTHING)
    except MemoryError:
        module.fail_json(msg="the host gives this process too little memory (ulimit -v)", invocation=_NOTHING)
    except ImportError as error:
        module.fail_json(msg=_NO_ACTION % error, invocation=_NOTHING)
    else:
        module.exit_json(changed=False, evidence=evidence, invocation=_NOTHING)
