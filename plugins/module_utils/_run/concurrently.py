# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Runs callables in threads under one deadline, without letting one of them hold the others up."""

from __future__ import annotations

import threading
import typing as t

from .deadline import Deadline, DeadlineExceeded


class Outcome(t.NamedTuple):
    """What became of one callable: its value, or why there is none (``deadline`` or ``crash``)."""

    value: t.Any
    kind: str = ""
    message: str = ""
    seconds: float = 0.0


def concurrently(
    tasks: t.Mapping[str, t.Callable[[], t.Any]], deadline: Deadline, margin: float = 0.1
) -> dict[str, Outcome]:
    """Call everything at once and collect what is there when the deadline comes.

    :param tasks: callables by name. Each should watch the deadline itself; one that does not is left
        behind in its (daemon) thread.
    :param margin: seconds past the deadline that a task gets to wind up.
    :returns: an outcome for every name; ``message`` of a crash holds the exception and where it was raised.
    """
    outcomes: dict[str, Outcome] = {}
    threads = [
        threading.Thread(target=_run, args=(name, call, outcomes, deadline), daemon=True)
        for name, call in tasks.items()
    ]
    started = []
    for thread in threads:
        try:
            thread.start()
        except RuntimeError:
            # No thread is to be had (a limit on memory or processes): one after the other is better than not at all.
            thread.run()
        else:
            started.append(thread)
    # One margin for all of them: a margin each would add up.
    end = deadline.elapsed() + deadline.remaining() + margin
    for thread in started:
        thread.join(max(0.0, end - deadline.elapsed()))
    late = Outcome(None, "deadline", "not finished within %.1f s" % deadline.seconds, deadline.seconds)
    return {name: outcomes.get(name, late) for name in tasks}


def _run(name: str, call: t.Callable[[], t.Any], outcomes: dict[str, Outcome], deadline: Deadline) -> None:
    started = deadline.elapsed()
    try:
        outcome = Outcome(call())
    except DeadlineExceeded as error:
        outcome = Outcome(None, "deadline", str(error))
    except (Exception, SystemExit) as error:  # the one place where a probe's own defect becomes a result
        last = error.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        place = "%s:%d" % (last.tb_frame.f_code.co_filename.rsplit("/", 1)[-1], last.tb_lineno) if last else "?"
        outcome = Outcome(None, "crash", "%s: %s (%s)" % (type(error).__name__, error, place))
    outcomes[name] = outcome._replace(seconds=deadline.elapsed() - started)
