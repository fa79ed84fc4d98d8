# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""How systemd says that a unit's process ended: systemd.service(5) on Result=, systemd.exec(5) on process exit codes."""

from __future__ import annotations

import signal
import typing as t

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.process import Unit

#: Exit codes that systemd itself sets where it cannot start the program: name, and which setting to look at.
_EXIT_CODES: t.Mapping[int, tuple[str, str]] = {
    200: ("CHDIR", "WorkingDirectory= does not exist, or its user may not enter it"),
    201: ("NICE", "Nice= cannot be set"),
    202: ("FDS", "file descriptors cannot be passed on"),
    203: ("EXEC", "the program of ExecStart= does not exist, is not executable, or its interpreter is missing"),
    204: ("MEMORY", "memory ran out before the program was started"),
    205: ("LIMITS", "a limit (Limit…=) cannot be set"),
    206: ("OOM_ADJUST", "OOMScoreAdjust= cannot be set"),
    207: ("SIGNAL_MASK", "the signal mask cannot be set"),
    208: ("STDIN", "StandardInput= cannot be opened"),
    209: ("STDOUT", "StandardOutput= cannot be opened"),
    210: ("CHROOT", "RootDirectory= cannot be entered"),
    211: ("IOPRIO", "IOSchedulingPriority= cannot be set"),
    212: ("TIMERSLACK", "TimerSlackNSec= cannot be set"),
    213: ("SECUREBITS", "SecureBits= cannot be set"),
    214: ("SETSCHEDULER", "CPUSchedulingPolicy= cannot be set"),
    215: ("CPUAFFINITY", "CPUAffinity= cannot be set"),
    216: ("GROUP", "the group of Group= or SupplementaryGroups= does not exist"),
    217: ("USER", "the user of User= does not exist"),
    218: ("CAPABILITIES", "a capability (AmbientCapabilities=, CapabilityBoundingSet=) cannot be set"),
    219: ("CGROUP", "its control group cannot be prepared"),
    220: ("SETSID", "no new session can be made"),
    221: ("CONFIRM", "the start was not confirmed"),
    222: ("STDERR", "StandardError= cannot be opened"),
    224: ("PAM", "the PAM session of PAMName= was refused"),
    225: ("NETWORK", "the network namespace of PrivateNetwork= cannot be made"),
    226: (
        "NAMESPACE",
        "the file system of the sandbox cannot be made: a path of ReadWritePaths=, BindPaths= … is missing",
    ),
    227: ("NO_NEW_PRIVILEGES", "NoNewPrivileges= cannot be set"),
    228: ("SECCOMP", "SystemCallFilter= cannot be set"),
    229: ("SELINUX_CONTEXT", "SELinuxContext= cannot be set"),
    230: ("PERSONALITY", "Personality= cannot be set"),
    231: ("APPARMOR_PROFILE", "the profile of AppArmorProfile= is not loaded"),
    232: ("ADDRESS_FAMILIES", "RestrictAddressFamilies= cannot be set"),
    233: ("RUNTIME_DIRECTORY", "RuntimeDirectory= cannot be made"),
    235: ("CHOWN", "a socket cannot be given to its user"),
    236: ("SMACK_PROCESS_LABEL", "SmackProcessLabel= cannot be set"),
    237: ("KEYRING", "the kernel's keyring cannot be set up"),
    238: ("STATE_DIRECTORY", "StateDirectory= cannot be made"),
    239: ("CACHE_DIRECTORY", "CacheDirectory= cannot be made"),
    240: ("LOGS_DIRECTORY", "LogsDirectory= cannot be made"),
    241: ("CONFIGURATION_DIRECTORY", "ConfigurationDirectory= cannot be made"),
    242: ("NUMA_POLICY", "NUMAPolicy= cannot be set"),
    243: ("CREDENTIALS", "a credential of LoadCredential= or SetCredential= cannot be read"),
}
#: Results other than success, and the exit status and signal, which say more.
_RESULTS: t.Mapping[str, str] = {
    "timeout": "it did not start, or stop, in the time that the unit allows (TimeoutStartSec=, TimeoutStopSec=)",
    "watchdog": "it did not report to systemd in time (WatchdogSec=), so systemd ended it",
    "oom-kill": "the kernel killed it for lack of memory",
    "start-limit-hit": "it ended so often in a short time that systemd no longer starts it (StartLimitBurst=)",
    "resources": "systemd itself lacked something to start it: a file of EnvironmentFile=, memory, a descriptor",
    "protocol": "it ended without having said that it is ready, as its Type= promises",
    "exec-condition": "its ExecCondition= said no",
    "condition": "a condition of the unit (ConditionPathExists= …) does not hold",
    "assert": "an assertion of the unit (AssertPathExists= …) does not hold",
}
#: ExecMainCode: siginfo(2), CLD_KILLED and CLD_DUMPED.
_BY_SIGNAL = (2, 3)
#: Signals that somebody sends who wants it to end.
_ASKED_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def how_unit_ended(unit: Unit) -> str | None:
    """How the unit's process ended, in words; None: systemd says nothing, or that it went well."""
    result, status = unit.get("result"), unit.get("exit_status")
    if unit.get("sub") == "start" and unit.get("type") in ("notify", "notify-reload"):
        return "it is still starting: Type=%s, and READY=1 has not come" % unit["type"]
    if result in (None, "success"):
        return None
    said = "Result=%s" % result
    killed = unit.get("exit_code") in _BY_SIGNAL
    if result == "timeout" and unit.get("type") in ("notify", "notify-reload"):
        return "%s: Type=%s, and READY=1 did not come in time (TimeoutStartSec=)" % (said, unit["type"])
    if result in _RESULTS:
        said += ": " + _RESULTS[result]
    if status and not killed and result in ("exit-code", "start-limit-hit"):
        name, meaning = _EXIT_CODES.get(status, ("", ""))
        said += ", status=%d%s" % (status, "/%s: %s" % (name, meaning) if name else "")
    if status and killed and result in ("signal", "core-dump", "start-limit-hit"):
        said += ", signal %d/%s" % (status, _signal_name(status))
    return said


def was_asked_to_end(unit: Unit) -> bool:
    """Whether a signal ended it that says: end in good order."""
    return unit.get("exit_code") in _BY_SIGNAL and unit.get("exit_status") in _ASKED_TO_END


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name[3:]
    except ValueError:
        return "?"
