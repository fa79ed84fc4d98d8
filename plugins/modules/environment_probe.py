#!/usr/bin/python
# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: environment_probe
short_description: TODO
description: [TODO]
author: [websocket.health contributors (@websocket-health)]
"""
EXAMPLES = r""""""
RETURN = r""""""

from ansible_collections.websocket.health.plugins.module_utils.probe_module import run_probe


def main() -> None:
    run_probe("environment")


if __name__ == "__main__":
    main()
