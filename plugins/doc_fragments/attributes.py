# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes that every module of the collection has: all of them only look."""

from __future__ import annotations


class ModuleDocFragment:
    """``websocket.health.attributes``."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details:
      - Nothing is changed on a target in either mode.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
    details:
      - There is no change to show.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
    details:
      - Nothing is changed on a target.
"""

    # The modules of the action group probes.
    ACTIONGROUP_PROBES = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/websocket.health.probes) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - websocket.health.probes
"""
