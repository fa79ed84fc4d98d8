# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What is asked once in a run, whichever of Ansible's worker processes comes first."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import time
import typing as t

from ansible import constants

from .._run.file_lock import take

#: Seconds between two looks at places that other workers hold.
_PAUSE = 0.05
#: What the names of files with answers begin with.
_ANSWER = "websocket-health-answer-"


def once_per_run(
    key: str, ask: t.Callable[[], t.Any], seconds: float, lasts: t.Callable[[t.Any], float] = lambda _answer: 60.0
) -> t.Any:
    """The answer to a question that the workers of this run share, for as long as it lasts.

    :param key: what is asked; equal keys are asked once.
    :param ask: asks; its answer must be plain data. Called by one worker only, unless that one dies.
    :param seconds: how long to wait for another worker's answer.
    :param lasts: seconds after which an answer is no longer true: what fails is asked again soon, since it may have
        been mended in between.
    :returns: the answer, or None where it did not come in time.
    """
    name = _ANSWER + hashlib.sha256(key.encode("utf-8")).hexdigest()[:32]
    # Ansible's own directory for this run: private to it, and removed at its end.
    path = os.path.join(constants.DEFAULT_LOCAL_TMP, name)
    with open(path + ".lock", "w", encoding="utf-8") as lock:
        if not take(lock, time.monotonic() + seconds):
            return None
        known = _stored(path)
        if known is not None and 0 <= time.time() - known[1] < lasts(known[0]):
            return known[0]
        answer = ask()
        with open(path, "w", encoding="utf-8") as stream:
            json.dump([answer, time.time()], stream)
        return answer


def forget_answers() -> None:
    """What is asked from now on is asked anew: a deployment may have come in between."""
    for path in glob.glob(os.path.join(glob.escape(constants.DEFAULT_LOCAL_TMP), _ANSWER + "*")):
        # The lock stays: another worker may be waiting for it.
        if not path.endswith(".lock"):
            with contextlib.suppress(OSError):
                os.unlink(path)


@contextlib.contextmanager
def one_of(name: str, number: int, seconds: float) -> t.Iterator[bool]:
    """Hold one of a number of places that the workers of this run share; whether one was free in time.

    :param name: what the places are for.
    :param seconds: how long to wait for one.
    """
    end = time.monotonic() + seconds
    paths = [
        os.path.join(constants.DEFAULT_LOCAL_TMP, "websocket-health-%s-%d.lock" % (name, place))
        for place in range(number)
    ]
    with contextlib.ExitStack() as stack:
        places = [stack.enter_context(open(path, "w", encoding="utf-8")) for path in paths]
        while True:
            if any(take(place, 0.0) for place in places):
                yield True
                return
            if time.monotonic() >= end:
                yield False
                return
            time.sleep(_PAUSE)


def _stored(path: str) -> list[t.Any] | None:
    """The answer of another worker and when it came (epoch seconds); None if no worker has tried yet."""
    try:
        with open(path, encoding="utf-8") as stream:
            found = json.load(stream)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, list) and len(found) == 2 else None
