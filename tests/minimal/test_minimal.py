# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""On a Debian with nothing but git, make, python3 and ca-certificates the demo runs, and the fast tests pass."""

from __future__ import annotations

import subprocess

import pytest

from tests.minimal import minimal

#: Processes, but this shell and its children; directories of the demo; and what was installed for it.
_LEFT = r"""
for entry in /proc/[0-9]*; do
    if grep -q demo_ "$entry/cmdline" 2>/dev/null && [ "${entry#/proc/}" != $$ ] && [ "${entry#/proc/}" != 1 ]; then
        echo "left: $(tr '\0' ' ' <"$entry/cmdline")"
    fi
done
for entry in /tmp/*; do if [ -e "$entry" ]; then echo "left: $entry"; fi; done
"""


@pytest.fixture(scope="module")
def printed() -> str:
    """What a first user sees: the demo, what is left of it, and then the fast tests."""
    script = (
        "make demo && echo demo: done; ls .venv/bin | grep -qx pytest && echo tools: installed; test -s websocket-health/report.html"
        f" && echo report: written\n{_LEFT}\nmake test-fast SPREAD= && echo fast: passed"
    )
    try:
        answer: subprocess.CompletedProcess[str] = minimal.run(script)
    except minimal.Impossible as error:
        pytest.skip(str(error))
    return answer.stdout


def test_the_demo_runs_and_leaves_nothing(printed: str) -> None:
    lines = printed.splitlines()
    assert "demo: done" in lines and "report: written" in lines, printed[-6000:]
    assert [line for line in lines if line.startswith("left: ")] == []
    assert "tools: installed" not in lines, "the demo needs requirements.txt alone"


def test_the_fast_tests_pass(printed: str) -> None:
    assert "fast: passed" in printed.splitlines(), printed[-6000:]
    print("\n".join(line for line in printed.splitlines() if " passed" in line))
    assert "not fast: servers" in printed, "what is skipped is named"
