# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten thousand hostile answers: none breaks a probe or a check, and none holds a run past its deadline."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import threading
import time
import typing as t

from ansible_collections.websocket.health.plugins.module_utils._run.payload import Payload
from ansible_collections.websocket.health.plugins.module_utils._run.run_probes import Asking
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import judge
from ansible_collections.websocket.health.plugins.plugin_utils._run.pack_payload import pack_services

from tests.security.hostile_server import answer, hostile
from tests.unit import probed_host

#: Answers in all, what makes them up, and the deadline of each run in seconds.
ANSWERS, SEED, DEADLINE = 10_000, 20261130, 2.0
_PROCESSES = 2
#: Services of one run: they are asked at once, as on a host.
_SERVICES = 12


def _ask_until(share: int, seed: int) -> list[str]:
    """Run probes and checks against a hostile server until it has given its share of answers.

    :returns: what went wrong; last the count.
    """
    wrong: list[str] = []
    carried = Payload.unpack(pack_services([])[1])
    with hostile(seed) as server:
        services = [
            {"name": f"s{number}", "port": server.port, "websocket": {"path": "/ws"} if number % 2 else {}}
            for number in range(_SERVICES)
        ]
        while server.given < share:
            started = time.monotonic()
            with Waiting() as waiting:
                answered = Asking(services, carried, DEADLINE, probed_host.Module()).ask(("websocket", "tls"))
            took = time.monotonic() - started
            if took > DEADLINE + 1.0 + waiting.longest:
                wrong.append(f"{took:.1f} s with a deadline of {DEADLINE} s")
            for service, seen in zip(services, answered["services"], strict=True):
                wrong += _broken(service, seen["evidence"])
        return [*wrong, str(server.given)]


class Waiting:
    """How long a thread of this process had to wait for a processor at most: on a crowded machine nobody is in time.

    :ivar longest: seconds.
    """

    longest = 0.0

    def __enter__(self) -> Waiting:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._done.wait(0.02):
            now = time.monotonic()
            self.longest, before = max(self.longest, now - before - 0.02), now

    def __exit__(self, *_reason: object) -> None:
        self._done.set()
        self._thread.join()


def _broken(service: probed_host.Service, evidence: dict[str, probed_host.Evidence]) -> list[str]:
    """Where a probe or a check crashed."""
    judged = judge(service, evidence)
    errors = [(subject, seen["error"]) for subject, seen in evidence.items() if seen["error"]]
    wrong = [f"{subject}: {error}" for subject, error in errors if error["kind"] != "deadline"]
    wrong += [f"{check['id']}: {check['summary']}" for check in judged["checks"] if check["status"] == "error"]
    return wrong + ["a traceback in what is reported"] * ("Traceback" in json.dumps([evidence, judged]))


def test_ten_thousand_hostile_answers() -> None:
    share = ANSWERS // _PROCESSES
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(_PROCESSES, mp_context=context) as pool:
        found = list(pool.map(_ask_until, [share] * _PROCESSES, [SEED, SEED + 1_000_000]))
    wrong = [entry for part in found for entry in part[:-1]]
    assert sum(int(part[-1]) for part in found) >= ANSWERS
    assert not wrong, (len(wrong), sorted(set(wrong))[:20])


def test_answers_are_the_same_for_the_same_seed() -> None:
    request = b"GET / HTTP/1.1\r\nSec-WebSocket-Key: x\r\n\r\n"
    assert len({b"".join(answer(seed, request)[0]) for seed in range(200)}) > 150
    sent: t.Any = answer(7, request)
    assert sent[1] in ("close", "reset", "stay")
