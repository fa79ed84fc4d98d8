# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Names a misspelt option of a service before anything else is said about it."""

from __future__ import annotations

import difflib
import re
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._run.service_spec import Spec


def unknown_option(value: t.Any, options: Spec, where: str) -> str | None:
    """The first option that does not exist, where it stands, and what may have been meant; None if all exist.

    Ansible's own validation stops at the first rule that is broken, and then speaks of a missing ``port``
    where the operator wrote ``prot``.

    :param value: what the inventory says at this place.
    :param options: the argument spec of this place.
    :param where: its name, such as ``services[0] (chat)``.
    """
    if not isinstance(value, dict):
        return None
    for name, entry in value.items():
        if name not in options:
            close = difflib.get_close_matches(str(name), options, 1)
            hint = "; did you mean '%s'?" % close[0] if close else "; known are %s" % ", ".join(sorted(options))
            return "unknown option '%s' in %s%s" % (name, where, hint)
        inner = options[name].get("options")
        entries = entry if isinstance(entry, list) else [entry]
        for number, part in enumerate(entries if inner else ()):
            place = "%s.%s%s" % (where, name, "[%d]" % number if isinstance(entry, list) else "")
            if isinstance(part, str) and not re.search(r"[={]", part):
                return "%s is a string; write it as %s: {%s: …}" % (place, name, ", …: …, ".join(sorted(inner)[:1]))
            problem = unknown_option(part, inner, place)
            if problem:
                return problem
    return None
