# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller half of process_probe and, by meta/runtime.yml, of every probe without one of its own: looks from outside, and judges."""

from __future__ import annotations

from ..plugin_utils._controller.host_action import ProbeAction


class ActionModule(ProbeAction):
    """See ProbeAction."""
