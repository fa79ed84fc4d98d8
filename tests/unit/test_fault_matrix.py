# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix on which usual tools fail: thirteen faults, each detected and named, and one healthy server that is green.

Every fault takes the whole way of a play on one host: carried, probed, checked, diagnosed.
"""

from __future__ import annotations

import concurrent.futures
import typing as t
from collections.abc import Iterator

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import judge

from tests.servers.fault_server import staged
from tests.unit.probed_host import Evidence, ask_and_judge

#: Thirteen servers of its own, and all probes of each.
pytestmark = pytest.mark.servers
DEADLINE = 10.0
#: Stage and the root cause that must be named.
FAULTS = {
    "hung": "process-answers-nothing",
    "html-200": "proxy-page-fallback",
    "not-found-404": "server-websocket-not-attached",
    "upgrade-required-426": "proxy-upgrade-dropped",
    "bad-gateway-502": "proxy-upstream-down",
    "origin-403": "server-origin-rejected",
    "redirect-301": "proxy-redirects",
    "no-accept": "server-invalid-101",
    "wrong-accept": "server-invalid-101",
    "drop-after-101": "server-drops-after-101",
    "close-1011": "server-handler-exception",
    "mute": "server-application-silent",
    "wss-self-signed": "tls-self-signed",
}


class Judged(t.NamedTuple):
    """One row of the matrix."""

    evidence: dict[str, Evidence]
    verdict: dict[str, t.Any]

    @property
    def roots(self) -> list[str]:
        """Ids of the root causes."""
        return [entry["id"] for entry in self.verdict["diagnoses"] if entry["role"] == "root"]


def _judge(name: str, port: int) -> Judged:
    service: dict[str, t.Any] = {"name": name, "port": port, "websocket": {"path": "/", "dialect": "echo"}}
    if name == "origin-403":
        service["websocket"]["origin"] = "https://bad.example.org"
    if name == "wss-self-signed":
        service["public_url"] = f"wss://localhost:{port}/"
    for _attempt in range(2):
        row = Judged(*ask_and_judge(service, DEADLINE))
        if not row.evidence["websocket"]["error"]:
            break
    return row


@pytest.fixture(scope="module")
def matrix() -> Iterator[dict[str, Judged]]:
    """Every row, asked a few at a time."""
    with staged(["healthy", *FAULTS]) as ports, concurrent.futures.ThreadPoolExecutor(6) as pool:
        rows = {name: pool.submit(_judge, name, port) for name, port in ports.items()}
        yield {name: row.result() for name, row in rows.items()}


def test_thirteen_of_thirteen(matrix: dict[str, Judged]) -> None:
    print(f"\n{'stage':22} {'status':8} {'root cause'}")
    for name, row in matrix.items():
        print(f"{name:22} {row.verdict['status']:8} {', '.join(row.roots)}")
    detected = [name for name in FAULTS if matrix[name].verdict["status"] == "fail"]
    named = [name for name, cause in FAULTS.items() if matrix[name].roots[:1] == [cause]]
    print(f"detected {len(detected)} of {len(FAULTS)}, named {len(named)} of {len(FAULTS)}")
    assert len(FAULTS) == 13
    assert detected == list(FAULTS)
    assert named == list(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_the_root_cause_is_named_first_and_alone(matrix: dict[str, Judged], name: str) -> None:
    verdict = matrix[name].verdict
    first = verdict["diagnoses"][0]
    assert first["id"] == FAULTS[name]
    assert matrix[name].roots == [FAULTS[name]]
    assert first["explains"], "a cause that explains no check is none"
    assert first["because"] and all(first["because"])
    assert first["next_steps"]["immediate"]


@pytest.mark.parametrize("name", FAULTS)
def test_every_failure_is_explained(matrix: dict[str, Judged], name: str) -> None:
    verdict = matrix[name].verdict
    failing = {entry["id"] for entry in verdict["checks"] if entry["status"] in ("fail", "error")}
    explained = {check for entry in verdict["diagnoses"] for check in entry["explains"]}
    assert failing <= explained


def test_healthy_is_green(matrix: dict[str, Judged]) -> None:
    # What pytest captures goes to a deleted file, which the server has as its log.
    service = {"name": "healthy", "port": 1, "websocket": {"path": "/", "dialect": "echo"}}
    verdict = judge(service, matrix["healthy"].evidence, skip=["log.source"])
    wrong = [
        (entry["id"], entry["summary"]) for entry in verdict["checks"] if entry["status"] in ("fail", "error", "warn")
    ]
    assert (verdict["status"], wrong, verdict["diagnoses"]) == ("pass", [], [])


@pytest.mark.parametrize("name", ["healthy", *FAULTS])
def test_inside_the_deadline(matrix: dict[str, Judged], name: str) -> None:
    errors = {subject: evidence["error"] for subject, evidence in matrix[name].evidence.items() if evidence["error"]}
    assert errors == {}
