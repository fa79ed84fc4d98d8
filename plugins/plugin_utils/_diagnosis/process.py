# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the process and in how it is bound: layers process, config and bind of the failure catalogue."""

from __future__ import annotations

import typing as t

from .._evidence.port import is_loopback, sharers, where
from .._evidence.process import describe
from .._model import FAIL, WARN
from .conditions import (
    ACCEPT_QUEUE_FULL,
    GETS_NO_BYTE,
    LISTENS,
    NO_PROCESS,
    NOTHING_LISTENS,
    STOPPED,
    always,
    failed,
    is_stopped,
    logged,
    never_sure,
    sure_where,
    wrong,
)
from .facts import Facts
from .rule import CHECK_AGAIN, IN_BROWSER, Condition, Match, Rival, Rule

#: Checks that can only fail or stay unknown while nothing useful answers on the port.
_NOTHING_ANSWERS = ("port.listening", "port.reachable", "websocket.*", *IN_BROWSER)
#: Variables that lead a client's connections to a proxy.
_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")


def _unit(facts: Facts) -> str:
    unit = (facts.evidence.get("process") or {}).get("unit") or {}
    return unit.get("name") or (facts.service.get("process") or {}).get("unit") or "the service"


def _restart(facts: Facts) -> str:
    unit = _unit(facts)
    return "systemctl restart %s" % unit if unit.endswith(".service") else "restart the process"


def _not_running(facts: Facts) -> Match | None:
    """With the last stack trace of the log, which may say why it ended."""
    trace = facts.fatal_trace()
    because = ["no process was found", "nothing listens on the port"]
    if facts.handshake.get("outcome") == "connect-refused":
        because.append("a connection on the host is refused (%s)" % facts.handshake.get("errno"))
    if trace:
        because.append("last " + facts.quote(trace))
    return Match(
        "certain",
        because,
        immediate=["read why it ended: journalctl -u %s -n 100, or the end of its log" % _unit(facts), "start it"],
        configuration=["let it start at boot and restart on failure (systemctl enable, Restart=on-failure)"],
        testing=[CHECK_AGAIN],
    )


def _in_use(facts: Facts) -> list[dict[str, t.Any]]:
    """Lines that say that the service's port is in use."""
    # What is captured from a line is text; a line for another port is another story.
    ours = (None, "", str(facts.service.get("port")))
    return [line for line in facts.signatures("eaddrinuse") if (line.get("captured") or {}).get("port") in ours]


def _serving_pids(facts: Facts) -> set[int]:
    """Processes that hold a listener on the port."""
    return {pid for listener in facts.listeners for pid in listener.get("pids") or ()}


def _own_pids(facts: Facts) -> set[t.Any]:
    return {process.get("pid") for process in facts.processes}


def _serves_alone(facts: Facts) -> bool:
    """Whether the port is the service's own, and it is not started again and again."""
    own, serving = _own_pids(facts), _serving_pids(facts)
    return bool(own & serving) and not serving - own and facts.status("process.restarts") != FAIL


def _crash_loop_address_in_use(facts: Facts) -> Match | None:
    """Whoever holds the port is to be stopped, not the service to be started again."""
    port = facts.service.get("port")
    line = _in_use(facts)[0]
    own = _own_pids(facts)
    foreign = _serving_pids(facts) - own
    holder = next((where(row) for row in facts.listeners if row.get("pids")), where(facts.listeners[0]))
    because = [facts.quote(line), "the port is held by %s" % holder]
    if own:
        because.append("which is not a process of the service (%s)" % describe(facts.main_process))
    pid = min(foreign) if foreign else None
    return Match(
        "certain",
        because,
        immediate=["stop the holder%s, then %s" % (" (kill %s)" % pid if pid else "", _restart(facts))],
        configuration=["start the service in one way only: not by hand, pm2 and systemd at once"],
        testing=["ss -ltnp 'sport = :%s' shows the service's own process" % port, CHECK_AGAIN],
    )


def _missing_module(facts: Facts) -> Match | None:
    """With the module, where the line names it."""
    line = facts.signature("missing-module")
    module = (line.get("captured") or {}).get("module")
    return Match(
        "certain" if module else "likely",
        [facts.quote(line), "nothing listens on the port"],
        immediate=[
            "install the missing module%s into the environment the service runs in, then %s"
            % (" %s" % module if module else "", _restart(facts))
        ],
        configuration=["install dependencies as a step of the deployment (npm ci, pip install -r), before the restart"],
        testing=["start the service by hand as its user and watch the first lines", CHECK_AGAIN],
    )


def _stale_deployment(facts: Facts) -> Match | None:
    """A restart takes what is deployed now."""
    result = facts.result("process.binary")
    return Match(
        "certain",
        [result.summary if result else "", "the process was started before the deployment and still runs"],
        immediate=[_restart(facts)],
        configuration=["restart (or re-exec) the service as the last step of every deployment"],
        testing=[
            "readlink /proc/%s/exe /proc/%s/cwd names no (deleted)" % ((facts.main_process.get("pid"),) * 2),
            CHECK_AGAIN,
        ],
    )


def _stale_code(facts: Facts) -> Match | None:
    """A warning, for the change may be harmless."""
    result = facts.result("process.code")
    return Match(
        "likely",
        [result.summary if result else ""],
        immediate=[_restart(facts)],
        configuration=["restart the service after every change of code, .env file or unit (daemon-reload)"],
        testing=[CHECK_AGAIN],
    )


def _two_owners(facts: Facts) -> Match | None:
    """Handshakes then differ from one to the next."""
    twins = sharers(facts.listeners)
    because = ["pid %s: %s" % (twin.get("pid"), (twin.get("command") or "")[:120]) for twin in twins[:4]]
    repeat = facts.websocket.get("repeat") or {}
    if len(repeat.get("outcomes") or {}) > 1:
        counts = ", ".join("%d × %s" % (count, name) for name, count in sorted(repeat["outcomes"].items()))
        because.append("of %s handshakes: %s" % (repeat.get("tried"), counts))
    return Match(
        "certain",
        because,
        immediate=["stop the one that is not wanted (the oldest is pid %s)" % twins[0].get("pid")],
        configuration=["without SO_REUSEPORT the second start fails loudly: use it for workers of one master only"],
        testing=["ss -ltnp 'sport = :%s' shows one owner" % facts.service.get("port"), CHECK_AGAIN],
    )


def _banner(facts: Facts) -> str:
    return str(facts.handshake.get("bytes") or "")


def _owned_by_stranger(facts: Facts) -> bool:
    return facts.status("port.owner") == FAIL


def _is_known_banner(facts: Facts) -> bool:
    return _banner(facts).startswith(("SSH-", "220 ", "+OK", "* OK", "RFB "))


def _speaks_no_http(facts: Facts) -> bool:
    return {facts.handshake.get("outcome"), facts.plain.get("outcome")} == {"not-http"}


def _owned_by_other(facts: Facts) -> Match | None:
    """With the holder, and what it answers."""
    banner = _banner(facts)
    foreign, known = _owned_by_stranger(facts), _is_known_banner(facts)
    holder = where(facts.listeners[0]) if facts.listeners else "another program"
    because = ["the port is held by %s" % holder]
    if banner:
        because.append("it answers a handshake with %r" % banner[:60])
    if foreign and facts.processes:
        because.append("the service's own process is %s" % describe(facts.main_process))
    elif foreign:
        because.append("no process of the service is running")
    if not foreign and not known:
        because.append("a GET is answered in the same way: neither is HTTP")
    return Match(
        "certain" if foreign or known else "likely",
        because,
        immediate=["move one of the two to another port, or stop the one that is not wanted"],
        configuration=["give the service a port of its own (PORT), and point the proxy at it"],
        testing=[CHECK_AGAIN],
    )


def _on_other_ports(facts: Facts) -> list[dict[str, t.Any]]:
    return [row for row in facts.owned if row.get("family") != "unix"]


def _port_mismatch(facts: Facts) -> Match | None:
    """Which of the two ports is right, the inventory's or the process's, is for people to say."""
    actual, expected = _on_other_ports(facts)[0].get("port"), facts.service.get("port")
    because = ["%s listens on port %s, expected %s" % (describe(facts.main_process), actual, expected)]
    if facts.variable("PORT"):
        because.append("PORT=%s in the environment of the process" % facts.variable("PORT"))
    return Match(
        "certain",
        because,
        immediate=[
            "start it with PORT=%s (or the option it takes), or point proxy and inventory at %s" % (expected, actual)
        ],
        configuration=["keep the port in one place: the unit, and the proxy's upstream generated from it"],
        testing=["ss -ltn 'sport = :%s'" % expected, CHECK_AGAIN],
    )


_MODES = (
    "NODE_ENV",
    "FLASK_ENV",
    "DJANGO_SETTINGS_MODULE",
    "RAILS_ENV",
    "APP_ENV",
    "ASPNETCORE_ENVIRONMENT",
    "SPRING_PROFILES_ACTIVE",
    "MIX_ENV",
    "GO_ENV",
)


def _unexpected_modes(facts: Facts) -> list[str]:
    """Mode variables that are not as the inventory expects them."""
    return [name for name in _MODES if facts.status("environment." + name) == FAIL]


def _declared(facts: Facts) -> dict[str, t.Any]:
    return (facts.evidence.get("environment") or {}).get("declared") or {}


def _undeclared_modes(facts: Facts) -> list[str]:
    """Mode variables that are not as the unit or the .env file has them."""
    declared = _declared(facts)
    return [name for name in _MODES if (declared.get(name) or {}).get("set") and declared[name].get("same") is False]


def _wrong_mode(facts: Facts) -> Match | None:
    """What the inventory expects counts for more than what a file declares."""
    unexpected, declared = _unexpected_modes(facts), _declared(facts)
    name = (unexpected or _undeclared_modes(facts))[0]
    because = ["%s=%s in the running process (pid %s)" % (name, facts.variable(name), facts.main_process.get("pid"))]
    if name in declared:
        because.append("%s=%s in %s" % (name, declared[name].get("value"), declared[name].get("where")))
    expected = ((facts.service.get("environment") or {}).get("expect") or {}).get(name) or (
        declared.get(name) or {}
    ).get("value")
    return Match(
        "certain" if unexpected else "likely",
        because,
        immediate=["set %s=%s where the service is started, then %s" % (name, expected, _restart(facts))],
        configuration=["put it into the unit (Environment=) or the container, not into a login shell's profile"],
        testing=["tr '\\0' '\\n' < /proc/<pid>/environ | grep %s" % name, CHECK_AGAIN],
    )


def _descriptors_used_up(facts: Facts) -> bool:
    return facts.status("process.descriptors") == FAIL


def _new_connections_fail(facts: Facts) -> bool:
    return facts.handshake.get("outcome") in ("eof", "reset", "timeout", "connect-timeout")


def _descriptors(facts: Facts) -> Match | None:
    """With the number of descriptors, and what new connections meet."""
    exhausted, hurt = _descriptors_used_up(facts), _new_connections_fail(facts)
    line = facts.signature("fd-limit")
    result = facts.result("process.descriptors")
    because = [result.summary if result else ""]
    if line:
        because.append(facts.quote(line))
    if hurt:
        because.append("new connections: %s" % facts.handshake.get("outcome"))
    return Match(
        "certain" if exhausted else "likely",
        because,
        immediate=["raise the limit: LimitNOFILE=65536 in the unit, then %s" % _restart(facts)],
        configuration=[
            "close sockets that are done with: count them with ss -tnp | grep pid=%s" % facts.main_process.get("pid")
        ],
        testing=[CHECK_AGAIN],
    )


def _stopped(facts: Facts) -> Match | None:
    """Connections are then opened by the kernel and answered by nobody."""
    stuck = [process for process in facts.processes if is_stopped(process)]
    because = ["%s is in state %s (stopped)" % (describe(stuck[0]), stuck[0]["state"])]
    if facts.handshake.get("outcome") in ("timeout", "connect-timeout"):
        because.append("connections are opened by the kernel, but nothing answers on them")
    queued = max((row.get("queued") or 0 for row in facts.listeners), default=0)
    if queued:
        because.append("%d connections wait to be accepted" % queued)
    return Match(
        "certain",
        because,
        immediate=["kill -CONT %s" % stuck[0].get("pid")],
        configuration=[
            "find who stopped it: a debugger, job control (Ctrl-Z), a freezer cgroup, a SIGSTOP in a script"
        ],
        testing=["ps -o stat= -p %s shows no T" % stuck[0].get("pid"), CHECK_AGAIN],
    )


def _spins(process: dict[str, t.Any]) -> bool:
    """Whether a process computes all the time, or waits for a processor to go on computing."""
    used, waited = process.get("cpu_percent") or 0, process.get("cpu_wait_percent") or 0
    return used >= 3.0 and used + waited >= 80.0


def _spinning(facts: Facts) -> list[dict[str, t.Any]]:
    """Processes of the service that compute all the time.

    Others of the host may spin too; only the owner of the port can block this one.
    """
    serving = _serving_pids(facts)
    return [p for p in facts.processes if _spins(p) and (not serving or p.get("pid") in serving)]


def _event_loop_blocked(facts: Facts) -> Match | None:
    """With the busiest process; what it computes, a dump of its stacks tells."""
    busiest = _spinning(facts)[0]
    because = [
        "%s uses %.0f %% of a processor" % (describe(busiest), busiest["cpu_percent"]),
        "connections are accepted by the kernel, but no byte comes back",
    ]
    queued = max((row.get("queued") or 0 for row in facts.listeners), default=0)
    if queued:
        because.append("%d connections wait to be accepted" % queued)
    return Match(
        "certain",
        because,
        immediate=[
            "see what it computes: py-spy dump --pid %s, or kill -USR1 for Node's inspector" % busiest.get("pid")
        ],
        configuration=["move the work off the event loop: worker threads, a queue, an executor"],
        testing=["the handshake answers within milliseconds under the same load", CHECK_AGAIN],
    )


def _backlog_full(facts: Facts) -> Match | None:
    """With what the handshake met."""
    result = facts.result("port.backlog")
    return Match(
        "certain" if facts.handshake.get("outcome") in ("connect-timeout", "timeout") else "likely",
        [result.summary if result else "", "handshake on the host: %s" % facts.handshake.get("outcome")],
        immediate=["find out why the process does not accept(): stack dump, descriptors, processor"],
        configuration=["raise the backlog given to listen() and net.core.somaxconn for bursts"],
        testing=["ss -ltn 'sport = :%s' shows Recv-Q 0" % facts.service.get("port"), CHECK_AGAIN],
    )


def _out_of_memory(facts: Facts) -> Match | None:
    """With what the kernel and the log say of it."""
    line = facts.signature("out-of-memory")
    result = facts.result("process.memory")
    return Match(
        "certain",
        [result.summary if result and result.status == FAIL else "", facts.quote(line) if line else ""],
        immediate=[_restart(facts)],
        configuration=["raise the limit (MemoryMax, --max-old-space-size) or find the leak"],
        testing=[CHECK_AGAIN],
    )


def _proxy_of_environment(facts: Facts) -> Match | None:
    """What the process dials without the proxy belongs into NO_PROXY."""
    for name in _PROXY_VARIABLES:
        place = _host_and_port(facts.variable(name))
        if not place:
            continue
        lines = [*facts.signatures("proxy-of-environment"), *_refused_at(facts, place)]
        if not lines:
            continue
        unit = _unit(facts)
        spared = facts.variable("no_proxy") or facts.variable("NO_PROXY")
        return Match(
            "certain" if lines[0].get("key") == "proxy-of-environment" else "likely",
            [
                "%s of the process leads to the proxy %s" % (name, place),
                "NO_PROXY is %s" % (spared or "not set"),
                facts.quote(lines[0]),
            ],
            immediate=[
                "name in NO_PROXY (and no_proxy) what the process dials without a proxy, and restart it",
                "or switch the proxy off in its client: websockets, websocket-client and aiohttp have an option for it",
            ],
            configuration=[
                "%s NO_PROXY=localhost,127.0.0.1,::1,<the host it dials>"
                % ("systemctl edit %s, Environment:" % unit if unit.endswith(".service") else "where it is started:")
            ],
            testing=["curl --noproxy '*' -v <the address it dials>, as the user of the process", CHECK_AGAIN],
        )
    return None


def _host_and_port(url: str | None) -> str:
    """``host:port`` of a proxy's URL, or nothing; what stands before an @ is nobody's business."""
    place = str(url or "").split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
    return place if ":" in place else ""


def _refused_at(facts: Facts, place: str) -> list[dict[str, t.Any]]:
    """Lines that tell of a refusal at a place."""
    lines = facts.signatures("dependency-refused")
    captured = [(line, line.get("captured") or {}) for line in lines]
    return [line for line, at in captured if "%s:%s" % (at.get("address"), at.get("port")) == place]


def _addresses(facts: Facts) -> list[str]:
    return [str(row.get("address")) for row in facts.listeners if row.get("family") != "unix"]


def _all_on_loopback(facts: Facts) -> bool:
    addresses = _addresses(facts)
    return bool(addresses) and all(is_loopback(address) for address in addresses)


def _is_to_be_reached(facts: Facts) -> bool:
    """Whether clients are to reach the port itself: they are said to, or the controller tries and fails."""
    return facts.status("port.address") == FAIL or facts.status("port.reachable", "controller") == FAIL


def _loopback_only(facts: Facts) -> Match | None:
    """Loopback is right behind a proxy of the same host, and only there."""
    addresses = _addresses(facts)
    outside = facts.from_outside
    refused = outside.get("outcome") == "connect-refused"
    because = ["bound to %s only" % ", ".join(sorted(set(addresses)))]
    if refused:
        because.append(
            "the controller's connection to %s is refused after %.0f ms"
            % (outside.get("address"), outside.get("ms") or 0)
        )
    if facts.handshake.get("outcome") == "open":
        because.append("on the host itself the handshake succeeds")
    return Match(
        "certain",
        because,
        immediate=["bind to 0.0.0.0 or :: (HOST=0.0.0.0, --host, listen address) and restart"],
        configuration=["or keep loopback, put a proxy of this host in front, and say exposure: proxied"],
        testing=["ss -ltn 'sport = :%s' shows 0.0.0.0 or *" % facts.service.get("port"), CHECK_AGAIN],
    )


def _rows(facts: Facts) -> list[dict[str, t.Any]]:
    return [row for row in facts.listeners if row.get("family") != "unix"]


def _is_refused_outside(facts: Facts) -> bool:
    return facts.from_outside.get("outcome") == "connect-refused"


def _six_only(facts: Facts) -> bool:
    """Whether every listener is on IPv6 and takes no IPv4, and one is not on loopback."""
    rows = _rows(facts)
    return all(
        row.get("family") == "ipv6"
        and isinstance(row.get("address"), str)
        and (row.get("v6only") is True or row["address"] != "::")
        for row in rows
    ) and not all(is_loopback(str(row.get("address"))) for row in rows)


def _four_only_for_six(facts: Facts) -> bool:
    """Whether every listener is on IPv4, and a client that dialled IPv6 was refused."""
    dialled_six = ":" in str(facts.from_outside.get("address", "")).split(" port ", 1)[0]
    four = all(row.get("family") == "ipv4" and not is_loopback(str(row.get("address"))) for row in _rows(facts))
    return four and dialled_six and _is_refused_outside(facts)


def _family_mismatch(facts: Facts) -> Match | None:
    """With the family that is served, and the one that is dialled."""
    rows, outside = _rows(facts), facts.from_outside
    if _six_only(facts):
        because = ["bound to %s, IPv6 only" % where(rows[0])]
        if facts.attempt("ipv4").get("outcome") == "connect-refused":
            because.append("127.0.0.1 is refused on the host")
    else:
        because = ["bound to %s, IPv4 only" % where(rows[0]), "clients dial %s" % outside.get("address")]
    if _is_refused_outside(facts):
        because.append("the controller's connection is refused after %.0f ms" % (outside.get("ms") or 0))
    return Match(
        "certain",
        because,
        immediate=["bind both families: '::' with IPV6_V6ONLY off (ipv6Only: false), or one listener for each"],
        configuration=["or remove the DNS record of the family that is not served"],
        testing=["ss -ltn 'sport = :%s' shows *:%s" % ((facts.service.get("port"),) * 2), CHECK_AGAIN],
    )


def _localhost_families(facts: Facts) -> Match | None:
    """With the address to write on both sides."""
    return Match(
        "certain",
        [
            "bound to ::1 only: listen(port, 'localhost') took the first address of localhost",
            "127.0.0.1 is refused on the host (%s)" % facts.attempt("ipv4").get("errno"),
        ],
        immediate=["bind to 127.0.0.1 instead of localhost, and restart"],
        configuration=["write 127.0.0.1 on both sides: in listen() and in the proxy's upstream"],
        testing=["ss -ltn 'sport = :%s' shows 127.0.0.1" % facts.service.get("port"), CHECK_AGAIN],
    )


def _localhost_line(facts: Facts) -> dict[str, t.Any]:
    """The line of the log that says that localhost was not found."""
    lines = facts.signatures("name-not-resolved")
    return next((line for line in lines if "localhost" in str(line.get("sample"))), {})


def _localhost_missing(facts: Facts) -> Match | None:
    """With the line of the log."""
    return Match(
        "certain",
        [facts.quote(_localhost_line(facts)), "nothing listens on the expected port"],
        immediate=["add 127.0.0.1 localhost (and ::1 localhost) to /etc/hosts, and %s" % _restart(facts)],
        configuration=["or bind to 127.0.0.1; curl knows localhost by itself and proves nothing"],
        testing=["getent hosts localhost names an address", CHECK_AGAIN],
    )


def _rule(
    rule_id: str, title: str, find: t.Callable[[Facts], Match | None], explains: tuple[str, ...], **more: t.Any
) -> Rule:
    return Rule(id=rule_id, title=title, layer=more.pop("layer", "process"), explains=explains, find=find, **more)


RULES: tuple[Rule, ...] = (
    _rule(
        "process-stopped",
        "The process is stopped (SIGSTOP): it holds the port but does not run",
        _stopped,
        ("process.state", "port.backlog", "port.reachable", "websocket.*", *IN_BROWSER),
        supersedes=(
            "process-event-loop-blocked",
            "process-accept-queue-full",
            "server-upgrade-unanswered",
            "network-firewall-drops",
        ),
        source=("https://man7.org/linux/man-pages/man7/signal.7.html",),
        needs=(STOPPED,),
        sureness=always("the kernel says so"),
        apart=(Rival("process-event-loop-blocked", "ps -o stat= -p <pid>", "T: it is stopped; R: it computes"),),
    ),
    _rule(
        "process-missing-module",
        "The process ends at its start: a module it needs is not installed",
        _missing_module,
        ("process.*", "log.*", *_NOTHING_ANSWERS),
        supersedes=("process-not-running",),
        needs=(logged("the log names a module that could not be loaded", "missing-module"), NOTHING_LISTENS),
        sureness=sure_where("the line says which module"),
    ),
    _rule(
        "process-port-in-use",
        "The service cannot start: its port is already in use by another process",
        _crash_loop_address_in_use,
        (
            "process.running",
            "process.count",
            "process.restarts",
            "process.state",
            "log.*",
            "port.owner",
            "port.shared",
            "environment.*",
            "websocket.*",
            *IN_BROWSER,
        ),
        supersedes=("process-port-owned-by-another", "process-not-running", "config-other-port"),
        source=("https://nodejs.org/api/errors.html#common-system-errors",),
        needs=(Condition("the log says that the service's own port is in use", _in_use), LISTENS),
        against=(
            Condition("the service alone holds the port, and it is not restarted again and again", _serves_alone),
        ),
        sureness=always("the log and the owner of the port agree"),
        apart=(
            Rival(
                "process-two-listeners-on-port",
                "ss -ltnp 'sport = :<port>'",
                "one owner, which is not the service: the port is in use; two owners: they share it",
            ),
        ),
    ),
    _rule(
        "process-out-of-memory",
        "The process was killed for memory",
        _out_of_memory,
        ("process.*", "log.*", *_NOTHING_ANSWERS),
        supersedes=("process-not-running",),
        needs=(
            Condition(
                "the kernel has killed in the service's control group (`process.memory`), or the process has ended and its "
                "log tells that memory ran out",
                lambda facts: (
                    facts.status("process.memory") == FAIL
                    or (facts.signature("out-of-memory") and facts.status("process.running") == FAIL)
                ),
            ),
        ),
        sureness=always("the kernel, or the runtime itself, says so"),
    ),
    _rule(
        "process-not-running",
        "The back end is not running",
        _not_running,
        ("process.*", "log.*", "environment.*", *_NOTHING_ANSWERS),
        needs=(NO_PROCESS, NOTHING_LISTENS),
        sureness=always("both the processes and the listeners were seen"),
        apart=(
            Rival(
                "network-firewall-rejects",
                "ss -ltnp 'sport = :<port>'",
                "no row: it does not run; a row: something else refuses in its place",
            ),
        ),
    ),
    _rule(
        "process-two-listeners-on-port",
        "Two programs listen on the same port and answer in turns",
        _two_owners,
        ("port.shared", "port.owner", "process.count", "websocket.*", *IN_BROWSER),
        supersedes=("process-port-owned-by-another", "process-port-in-use"),
        source=("https://man7.org/linux/man-pages/man7/socket.7.html",),
        needs=(
            Condition(
                "two programs that are not master and worker hold a listening socket each on the same address and port",
                lambda facts: sharers(facts.listeners),
            ),
        ),
        sureness=always("the kernel lists both sockets"),
        apart=(
            Rival(
                "process-port-in-use",
                "ss -ltnp 'sport = :<port>'",
                "two owners: they share it; one: the other cannot start",
            ),
        ),
    ),
    _rule(
        "process-port-owned-by-another",
        "Another program owns the port",
        _owned_by_other,
        ("process.running", "process.count", "port.owner", "websocket.*", *IN_BROWSER),
        supersedes=("process-not-running",),
        needs=(
            Condition(
                "the owner of the port is not the process that the inventory names (`port.owner`), or what it answers is "
                "the banner of another protocol, or it answers a GET by no HTTP either",
                lambda facts: _owned_by_stranger(facts) or _is_known_banner(facts) or _speaks_no_http(facts),
            ),
        ),
        sureness=sure_where("the owner is known to be another, or the banner is a known one"),
        apart=(
            Rival(
                "process-not-running",
                "ss -ltnp 'sport = :<port>'",
                "a row with another program: the port is taken; no row: nothing runs",
            ),
        ),
    ),
    _rule(
        "process-descriptors-used-up",
        "The process has used up its file descriptors",
        _descriptors,
        ("process.descriptors", "process.cpu", "port.backlog", "port.reachable", "log.*", "websocket.*", *IN_BROWSER),
        supersedes=("server-upgrade-unanswered", "process-accept-queue-full", "server-socketio-path-mismatch"),
        needs=(
            Condition(
                "at least 95 % of the soft limit on file descriptors is used (`process.descriptors`), or the log says that "
                "it is used up and new connections fail",
                lambda facts: (
                    _descriptors_used_up(facts) or (facts.signature("fd-limit") and _new_connections_fail(facts))
                ),
            ),
        ),
        sureness=sure_where("the descriptors were counted", "only the log says so"),
        apart=(
            Rival(
                "server-socketio-path-mismatch",
                "ls /proc/<pid>/fd | wc -l; grep 'open files' /proc/<pid>/limits",
                "as many as the soft limit: no descriptor is left; fewer: look at the path",
            ),
        ),
    ),
    _rule(
        "process-event-loop-blocked",
        "The event loop is blocked by computation",
        _event_loop_blocked,
        ("process.cpu", "port.backlog", "port.reachable", "websocket.*", *IN_BROWSER),
        supersedes=("process-accept-queue-full", "server-upgrade-unanswered", "network-firewall-drops"),
        needs=(
            GETS_NO_BYTE,
            Condition("the owner of the port uses a processor all the time, or waits for one", _spinning),
        ),
        against=(
            Condition(
                "its file descriptors are used up: accept() then fails again and again, which takes a processor",
                _descriptors_used_up,
            ),
        ),
        sureness=always("a process that computes all the time accepts nothing"),
        apart=(
            Rival("process-stopped", "ps -o stat= -p <pid>", "R: it computes; T: it is stopped"),
            Rival(
                "server-upgrade-unanswered",
                "top -b -n 1 -p <pid>",
                "a processor all the time: the loop is blocked; next to nothing: the handler does not answer",
            ),
        ),
    ),
    _rule(
        "process-accept-queue-full",
        "The accept queue is full: the process does not take connections",
        _backlog_full,
        ("port.backlog", "port.reachable", "websocket.*", *IN_BROWSER),
        supersedes=("server-upgrade-unanswered", "network-firewall-drops"),
        source=("https://man7.org/linux/man-pages/man2/listen.2.html",),
        needs=(ACCEPT_QUEUE_FULL,),
        sureness=sure_where("the handshake gets no answer either"),
        apart=(
            Rival(
                "network-firewall-drops",
                "ss -ltn 'sport = :<port>'",
                "Recv-Q above Send-Q: the queue is full; Recv-Q 0: packets are dropped before it",
            ),
        ),
    ),
    _rule(
        "process-runs-deleted-release",
        "The process still runs a deployment that was deleted",
        _stale_deployment,
        ("process.binary", "process.code", "log.source"),
        supersedes=("process-older-than-code",),
        source=("https://man7.org/linux/man-pages/man5/proc_pid_exe.5.html",),
        needs=(
            failed(
                "the kernel marks the executable or the working directory as deleted, or the link to the release leads "
                "elsewhere by now",
                "process.binary",
            ),
        ),
        sureness=always("the kernel says so"),
        apart=(
            Rival(
                "process-older-than-code",
                "readlink /proc/<pid>/exe /proc/<pid>/cwd",
                "(deleted): the release is gone; else its files are only newer",
            ),
        ),
    ),
    _rule(
        "process-older-than-code",
        "The process is older than the code on the disk",
        _stale_code,
        ("process.code", "environment.declared"),
        needs=(wrong("the main script, the .env file or the unit is newer than the process", "process.code"),),
        sureness=never_sure("the change may be harmless"),
    ),
    _rule(
        "config-other-port",
        "The service listens on another port than expected",
        _port_mismatch,
        ("log.port", *_NOTHING_ANSWERS),
        layer="config",
        supersedes=("process-not-running",),
        needs=(
            NOTHING_LISTENS,
            Condition("a process of the service runs", lambda facts: facts.processes),
            Condition("it listens on another port", _on_other_ports),
        ),
        sureness=always("the kernel lists the other socket as the service's own"),
        apart=(Rival("process-not-running", "ss -ltnp", "a row of the service: wrong port; none: not running"),),
    ),
    _rule(
        "config-wrong-mode",
        "The process runs in the wrong mode",
        _wrong_mode,
        ("environment.*",),
        layer="config",
        needs=(
            Condition(
                "a variable for the mode (NODE_ENV, DJANGO_SETTINGS_MODULE …) of the running process is not what the "
                "inventory expects, or not what its unit or .env file declares",
                lambda facts: _unexpected_modes(facts) or _undeclared_modes(facts),
            ),
        ),
        sureness=sure_where("the inventory expects another value", "only a file declares another one"),
    ),
    _rule(
        "config-proxy-variables",
        "Connections that the process opens go to a proxy of its environment",
        _proxy_of_environment,
        ("log.*", "process.running", "process.restarts", "websocket.message"),
        layer="config",
        source=("https://websockets.readthedocs.io/en/stable/topics/proxies.html",),
        needs=(
            Condition(
                "the running process has a variable that leads its connections to a proxy",
                lambda facts: any(_host_and_port(facts.variable(name)) for name in _PROXY_VARIABLES),
            ),
            logged("its log tells of a connection that was refused", "proxy-of-environment", "dependency-refused"),
        ),
        sureness=sure_where("the log names the proxy", "the log names only the address, which is the proxy's"),
    ),
    _rule(
        "bind-loopback-only",
        "Bound to loopback only: nobody outside the host can connect",
        _loopback_only,
        ("port.address", "port.reachable", "port.family", "websocket.handshake", "websocket.loopback", *IN_BROWSER),
        layer="bind",
        supersedes=("bind-localhost-other-family", "network-firewall-rejects"),
        needs=(
            Condition("every listener is bound to loopback", _all_on_loopback),
            Condition(
                "clients are to reach the port itself: its exposure says so (`port.address`), or the controller is refused "
                "(`port.reachable`)",
                _is_to_be_reached,
            ),
        ),
        sureness=always("the address of every listener was seen"),
        apart=(
            Rival(
                "network-firewall-rejects",
                "ss -ltn 'sport = :<port>'",
                "127.0.0.1 or [::1] only: the binding; 0.0.0.0 or *: something refuses in its place",
            ),
        ),
    ),
    _rule(
        "bind-localhost-other-family",
        "localhost means ::1 to the server and 127.0.0.1 to its clients",
        _localhost_families,
        ("websocket.loopback", "port.family", "port.reachable"),
        layer="bind",
        supersedes=("bind-other-address-family",),
        source=("https://github.com/nodejs/node/issues/40702",),
        needs=(
            Condition("the listener is bound to ::1 alone", lambda facts: set(_addresses(facts)) == {"::1"}),
            Condition(
                "127.0.0.1 is refused on the host (`websocket.loopback`)",
                lambda facts: facts.status("websocket.loopback") == WARN,
            ),
        ),
        sureness=always("address and refusal were seen"),
        apart=(
            Rival(
                "bind-other-address-family",
                "ss -ltn 'sport = :<port>'",
                "[::1]: localhost was resolved; another address of one family: that family was chosen",
            ),
        ),
    ),
    _rule(
        "bind-localhost-unresolved",
        "The host does not know the name localhost",
        _localhost_missing,
        ("process.*", "port.*", "websocket.*", "log.*", *IN_BROWSER),
        layer="bind",
        supersedes=("process-not-running",),
        source=("https://man7.org/linux/man-pages/man5/hosts.5.html",),
        needs=(NOTHING_LISTENS, Condition("the log says that the name localhost was not found", _localhost_line)),
        sureness=always("the line names localhost"),
    ),
    _rule(
        "bind-other-address-family",
        "Bound for one address family while clients use the other",
        _family_mismatch,
        ("port.family", "port.reachable", "websocket.loopback", "websocket.handshake", *IN_BROWSER),
        layer="bind",
        supersedes=("network-firewall-rejects",),
        source=("https://man7.org/linux/man-pages/man7/ipv6.7.html",),
        needs=(
            Condition("listeners on the port were seen", _rows),
            Condition(
                "all of them serve IPv6 only, or all serve IPv4 only and a client that dials IPv6 is refused",
                lambda facts: _six_only(facts) or _four_only_for_six(facts),
            ),
        ),
        against=(
            Condition(
                "the handshake fails on the host itself, too",
                lambda facts: facts.handshake.get("outcome") not in ("open", None),
            ),
        ),
        sureness=always("the family of every listener was seen"),
        apart=(
            Rival(
                "network-firewall-rejects",
                "ipv4",
                "127.0.0.1 refused on the host too: the binding; accepted: something refuses on the way",
            ),
        ),
    ),
)
