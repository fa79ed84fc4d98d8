# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Runs the probes of all services of a host: one process, all at once, one deadline."""

from __future__ import annotations

import fnmatch
import functools
import importlib
import os
import socket
import sys
import threading
import time
import typing as t

from .._system.limits import be_modest
from .._system.tools import find_tool
from .concurrently import Outcome, concurrently
from .context import Context
from .deadline import Deadline
from .evidence import Draft, drafting
from .payload import HALF, Dialects, Payload, load_library
from .redact import Redactor
from .service_secrets import reveals, secrets_of

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.answer import Answer, HostFacts, ServiceSeen
    from .._evidence.capture import Capture
    from .._evidence.common import Common
    from .._evidence.service import Service

#: The subjects that are asked on the host. A WebSocket's second of silence is the longest wait of a healthy
#: host: it begins first, and the other probes are not even imported before.
SUBJECTS = ("websocket", "process", "environment", "log", "port", "tls", "proxy", "firewall", "frontend", "electron")
#: Subjects that a service has only if this option of it is set: the others have nothing to ask, and nothing to report.
NEEDS: dict[str, t.Literal["frontend", "electron"]] = {
    "frontend": "frontend",
    "electron": "electron",
    "browser": "frontend",
}
#: Asked for by name only: they cost seconds.
OPT_IN = ("capture",)
#: Asked by the controller, unless the service says that its host is to be asked (chromium.where).
ON_CONTROLLER = ("browser",)
#: Seconds that the others leave to the first handshake at most, and the share of the deadline that may take.
_HEAD_START, _HEAD_START_SHARE = 0.25, 0.1
#: Seconds for redacting and packing, and more for each service; the share of the deadline that they may take.
_PACKING, _PACKING_EACH, _PACKING_SHARE = 0.1, 0.02, 0.2
#: Seconds past the deadline in which probes bring what they have.
_WIND_UP = 0.4


def wanted_subjects(skip: t.Iterable[str] | None, only: t.Iterable[str] | None) -> list[str]:
    """The subjects whose probes have to run for these filters.

    :param skip: check ids (globs) that are not wanted; only ``subject.*`` (or ``*``) saves the probe.
    :param only: check ids (globs) that are; nothing given: all. A subject of OPT_IN has to be named here.
    """
    named = [pattern.split(".", 1)[0] for pattern in only or ()]
    return _wanted((*SUBJECTS, *(subject for subject in OPT_IN if subject in named)), skip, only)


def wanted_everywhere(skip: t.Iterable[str] | None, only: t.Iterable[str] | None) -> list[str]:
    """The same for all subjects, on host and controller."""
    return [*wanted_subjects(skip, only), *wanted_on_controller(skip, only)]


def wanted_on_controller(skip: t.Iterable[str] | None, only: t.Iterable[str] | None) -> list[str]:
    """The same for the subjects that the controller probes itself, unless a host does."""
    return _wanted(ON_CONTROLLER, skip, only)


def _wanted(subjects: t.Iterable[str], skip: t.Iterable[str] | None, only: t.Iterable[str] | None) -> list[str]:
    skipped = list(skip or ())
    chosen = [pattern.split(".", 1)[0] for pattern in only or ()]
    return [
        subject
        for subject in subjects
        if (not chosen or any(fnmatch.fnmatchcase(subject, pattern) for pattern in chosen))
        and not any(fnmatch.fnmatchcase(subject + ".*", pattern) for pattern in skipped)
    ]


def _applying(subjects: t.Iterable[str], service: Service) -> list[str]:
    """The subjects that a service has.

    :param subjects: those that are wanted.
    """
    return [subject for subject in subjects if subject not in NEEDS or service.get(NEEDS[subject])]


def asked_on_host(subjects: t.Iterable[str], service: Service) -> list[str]:
    """Those of a service's subjects that its host is asked about."""
    elsewhere = asked_on_controller(subjects, service)
    return [subject for subject in _applying(subjects, service) if subject not in elsewhere]


def asked_on_controller(subjects: t.Iterable[str], service: Service) -> list[str]:
    """Those that the controller finds out itself."""
    if (service.get("chromium") or {}).get("where") == "host":
        return []
    return [subject for subject in _applying(subjects, service) if subject in ON_CONTROLLER]


class Asking:
    """One run of probes on this host.

    :param services: entries of websocket_health_services, in full.
    :param carried: what the action plugin sent along, installed (see payload.py).
    :param seconds: the deadline.
    :param module: offers ``run_command`` (an AnsibleModule).
    """

    def __init__(self, services: list[Service], carried: Payload, seconds: float, module: t.Any) -> None:
        be_modest()
        # What is found has to be redacted and packed within the same time.
        reserve = min(_PACKING_SHARE * seconds, _PACKING + _PACKING_EACH * len(services))
        self.deadline = Deadline(seconds, reserve=reserve)
        self.services = services
        # What is a secret of one service is none of another's either: they may share a log.
        self._secrets = [secret for service in services for secret in secrets_of(service)]
        self._revealing = Redactor(self._secrets, reveal=True)
        library, note = load_library()
        self.context = Context(
            self.deadline,
            t.cast(t.Any, _LateSystem()),
            # By default a command that cannot be started ends the module, in whatever thread that is.
            functools.partial(module.run_command, handle_exceptions=False),
            find_tool,
            redactor=Redactor(self._secrets),
            library=library,
            library_note=note + " (brought along)" if carried.library else note,
            dialects=Dialects(carried.dialects),
        )

    def ask(self, subjects: t.Sequence[str]) -> Answer:
        """Run the probes.

        :returns: ``host`` (facts) and ``services``: a list of ``{"name", "evidence": {subject: evidence}}``,
            redacted and cut, ready to leave the host.
        """
        tasks: dict[str, t.Callable[[], t.Any]] = {}
        drafts: dict[str, Draft] = {}
        self.context.searching = "websocket" in subjects
        for number, service in enumerate(self.services):
            for subject in asked_on_host(subjects, service):
                key = "%d %s" % (number, subject)
                drafts[key] = Draft(subject)
                tasks[key] = self._task(subject, service, "websocket" in subjects, drafts[key])
        # Probes call at once, too: they are given the time to come back.
        outcomes = concurrently(tasks, self.deadline, _WIND_UP)
        services: list[ServiceSeen] = []
        for number, service in enumerate(self.services):
            evidence = {
                subject: self._finish(
                    service, drafts["%d %s" % (number, subject)], outcomes["%d %s" % (number, subject)]
                )
                for subject in asked_on_host(subjects, service)
            }
            services.append({"name": service.get("name") or "", "evidence": evidence})
        return {"host": self._facts(), "services": services}

    def _task(self, subject: str, service: Service, give_way: bool, draft: Draft) -> t.Callable[[], Common]:
        def run() -> Common:
            drafting(draft)
            if give_way and subject != "websocket":
                self.context.first_answer.wait(min(_HEAD_START, _HEAD_START_SHARE * self.deadline.seconds))
            probe: t.Callable[[Service, Context], Common]
            probe = importlib.import_module("%s._probes.%s" % (HALF, subject)).probe
            return probe(service, self._context_of(service))

        return run

    def _context_of(self, service: Service) -> Context:
        """The run's context, with the redactor that the service's options ask for."""
        return self.context.with_redactor(self._revealing) if reveals(service) else self.context

    def _finish(self, service: Service, draft: Draft, outcome: Outcome) -> Common:
        evidence: Common = outcome.value or draft.so_far()
        if outcome.kind:
            evidence["error"] = {"kind": outcome.kind, "message": outcome.message}
        evidence["duration_ms"] = round(outcome.seconds * 1000.0, 1)
        # Packets that were asked for are of use whole or not at all: a redactor would only spoil them.
        packets = t.cast("Capture", evidence).pop("pcap", None)  # no other subject has them
        redacted: Common = self._context_of(service).redactor.tree(evidence)
        if packets is None:
            return redacted
        whole: Capture = {**redacted, "pcap": packets}
        return whole

    def _facts(self) -> HostFacts:
        return {
            "hostname": socket.gethostname(),
            "python": "%d.%d.%d" % sys.version_info[:3],
            "system": os.uname().sysname,
            "euid": os.geteuid(),
            "table": self.context.system.table.name,
            "library": self.context.library_note,
            "now": round(time.time(), 2),
            "duration_ms": round(self.deadline.elapsed() * 1000.0, 1),
            "cpu_ms": round(time.process_time() * 1000.0, 1),
        }


class _LateSystem:
    """The host's System, imported and created on first use: the first handshake does not need it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._system: t.Any = None

    def __getattr__(self, name: str) -> t.Any:
        with self._lock:
            if self._system is None:
                self._system = importlib.import_module(HALF + "._system.find").make_system()
        return getattr(self._system, name)
