# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of a fleet as the checklist leaves them, with the faults that fleets have.

``python tests/unit/report/sample.py DIRECTORY [HOSTS]`` writes them, and the report of them, to look at.
"""

from __future__ import annotations

import copy
import pathlib
import sys
import typing as t

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
    import conftest  # noqa: F401

from ansible_collections.websocket.health.plugins.plugin_utils._checks import environment, port, process, websocket
from ansible_collections.websocket.health.plugins.plugin_utils._model import CheckResult, Diagnosis, worst

RUN = "20261123T020000Z-1a2b3c4d5e6f"
GENERATED = "2026-11-23T02:00:07Z"
TEMPLATES = pathlib.Path(__file__).resolve().parents[3] / "roles" / "checklist" / "templates"

Row = dict[str, t.Any]

_SUMMARIES = {
    "process.running": "1 running, found by port; pid {pid} node /srv/chat/server.js (chat), up 11.2 d",
    "process.cpu": "3 % of one processor",
    "process.descriptors": "64 of 65536 open",
    "port.listening": "listening: 127.0.0.1:8080 (pid {pid} node /srv/chat/server.js)",
    "port.owner": "owned by the service: 127.0.0.1:8080 (pid {pid} node /srv/chat/server.js)",
    "port.backlog": "0 of 511 wait to be accepted",
    "websocket.handshake": "101, valid Accept, in 4.1 ms",
    "websocket.message": "echo: answered ping",
    "websocket.ping": "pong after 0.6 ms",
    "websocket.close": "close 1000 answered with 1000 after 0.9 ms",
    "websocket.repeat": "10 × open, median 2.2 ms",
    "websocket.binding": "attached to an HTTP server (an ordinary GET is answered with 404, Express)",
}
_SKIPPED = {
    "process.count": "no number of instances is configured (process.min, process.max)",
    "websocket.subprotocol": "none is configured",
    "websocket.hold": "websocket.hold is not set",
}
_EXCHANGE = (
    "> GET /ws HTTP/1.1\n> Host: chat.example.com\n> Connection: Upgrade\n> Upgrade: websocket\n"
    "> Sec-WebSocket-Version: 13\n> Sec-WebSocket-Key: […]\n"
)


def healthy_checks(number: int = 1) -> list[Row]:
    """Every check there is, as a healthy host answers it."""
    rows = []
    for subject in (process, environment, port, websocket):
        for definition in subject.DEFINITIONS:
            check_id = definition.id.replace("*", "NODE_ENV")
            skipped = _SKIPPED.get(check_id)
            summary = skipped or _SUMMARIES.get(check_id, "as it should be").format(pid=400 + number)
            result = CheckResult(
                id=check_id,
                item=definition.item,
                title=definition.title,
                status="skip" if skipped else "pass",
                severity=definition.severity,
                summary=summary,
                duration_ms=12.5,
            )
            rows.append(result.as_dict())
    outside = copy.deepcopy(find(rows, "websocket.handshake"))
    rows.insert(rows.index(find(rows, "websocket.handshake")) + 1, dict(outside, vantage="controller"))
    return rows


def find(checks: list[Row], check_id: str, vantage: str = "host") -> Row:
    """The one check with this id and vantage."""
    return next(check for check in checks if check["id"] == check_id and check["vantage"] == vantage)


def result(host: str, services: list[Row] | None = None, **fields: t.Any) -> Row:
    """A result file's content."""
    services = services or []
    row = {
        "schema": "websocket.health/result/1",
        "run_id": RUN,
        "host": host,
        "generated": "2026-11-23T02:00:05Z",
        "collection": "1.0.0",
        "status": worst(service["status"] for service in services),
        "reason": "",
        "remedy": "",
        "duration_s": 1.9,
        "facts": {"hostname": host, "python": "3.11.7", "euid": 0, "table": "procfs"},
        "services": services,
    }
    return dict(row, **fields)


def service(checks: list[Row], diagnoses: t.Sequence[Diagnosis] = (), name: str = "chat") -> Row:
    """One service of a result."""
    return {
        "name": name,
        "status": worst(check["status"] for check in checks if check["status"] != "skip"),
        "checks": checks,
        "diagnoses": [diagnosis.as_dict() for diagnosis in diagnoses],
    }


def healthy(number: int) -> list[Row]:
    """Services of a host where all is well."""
    return [service(healthy_checks(number))]


def not_running(number: int) -> list[Row]:
    """The process is gone: one cause, and everything above it cannot be seen."""
    checks = healthy_checks(number)
    for check in checks:
        if check["id"].partition(".")[0] != "environment" and check["status"] != "skip":
            check.update(status="unknown", summary="nothing listens on port 8080 (see port.listening)")
    find(checks, "process.running").update(
        status="fail",
        summary="no process found (looked for command node .*server\\.js, port 8080)",
        expected="a running process",
        actual=0,
        evidence=[
            {
                "source": "systemd",
                "text": f"chat.service is failed/failed, result exit-code, exit status 1, {number} restarts",
            }
        ],
        remediation=["read why it ended: the last lines of its log, `systemctl status`", "start it"],
    )
    find(checks, "port.listening").update(
        status="fail",
        summary="nothing listens on port 8080",
        expected="port 8080",
        remediation=["start the service; if it is running, look in its log for the port that it uses"],
    )
    find(checks, "websocket.handshake").update(
        status="fail",
        summary="connection refused (ECONNREFUSED) after 0 ms",
        expected="101 Switching Protocols",
        actual="connect-refused",
        evidence=[{"source": "127.0.0.1:8080/ws", "text": _EXCHANGE + "error: [Errno 111] Connection refused"}],
    )
    diagnosis = Diagnosis(
        id="process-not-running",
        title="The back end's process is not running",
        layer="process",
        confidence="certain",
        because=[
            "no process matches `node .*server\\.js`, and nothing listens on port 8080",
            f"systemd says: chat.service failed, exit status 1, after {number} restarts",
        ],
        explains=["process.running", "port.listening", "websocket.handshake"],
        next_steps={
            "immediate": ["read the last lines before its end: `journalctl -u chat.service -n 50`"],
            "configuration": ["let systemd start it again: `Restart=on-failure` in chat.service"],
            "testing": ["run the checklist again; `process.running` must pass"],
        },
        links=["https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html"],
    )
    return [service(checks, [diagnosis])]


def missing_upgrade(number: int) -> list[Row]:
    """nginx does not pass the upgrade on."""
    checks = healthy_checks(number)
    find(checks, "websocket.handshake", "controller").update(
        status="fail",
        summary="404 Not Found from Express",
        instance=f"10.0.0.{number}:80/ws",
        expected="101 Switching Protocols",
        actual=404,
        evidence=[
            {
                "source": f"10.0.0.{number}:80/ws",
                "text": _EXCHANGE + "< HTTP/1.1 404 Not Found\n< Server: nginx/1.22.1\n< X-Powered-By: Express\n"
                "body: <!DOCTYPE html><html><body><pre>Cannot GET /ws</pre></body></html>",
            }
        ],
    )
    root = Diagnosis(
        id="proxy-upgrade-dropped",
        title="nginx does not pass the WebSocket upgrade to the back end",
        layer="proxy",
        confidence="certain",
        because=[
            "asked directly, the back end answers 101; through nginx the same request ends as the back end's own 404",
            "in the effective `location /ws` of chat.example.com neither Upgrade nor Connection is set",
        ],
        explains=["websocket.handshake"],
        next_steps={
            "immediate": [],
            "configuration": [
                "in `location /ws`: `proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; "
                "proxy_set_header Connection $connection_upgrade;`",
                "reload: `nginx -t && systemctl reload nginx`",
            ],
            "testing": ["run the checklist again; the handshake from the controller must be 101"],
        },
        links=["https://nginx.org/en/docs/http/websocket.html"],
    )
    later = Diagnosis(
        id="proxy-nginx-read-timeout",
        title="nginx will cut idle connections after 60 s",
        layer="proxy",
        confidence="likely",
        because=["proxy_read_timeout is at its default"],
        role="next",
    )
    return [service(checks, [root, later])]


def differing_answers(number: int) -> list[Row]:
    """A failure that no rule explains."""
    checks = healthy_checks(number)
    find(checks, "websocket.repeat").update(
        status="fail",
        summary="outcomes differ: 7 × 404, 3 × open",
        expected="one outcome",
        actual={"404": 7, "open": 3},
        remediation=["see port.shared: two servers behind one port take turns answering", "or a limit on connections"],
    )
    return [service(checks)]


def stale_code(number: int) -> list[Row]:
    """A warning on one of two services."""
    checks = healthy_checks(number)
    find(checks, "process.code").update(
        status="warn",
        summary="/srv/chat/server.js is 2.1 h newer than the process",
        remediation=["restart the service: `systemctl restart chat`"],
        evidence=[{"source": "/srv/chat/server.js", "text": "changed 2026-11-22T23:41:10Z"}],
    )
    return [service(checks), service(healthy_checks(number + 50), name="notify")]


def hidden_owner(number: int) -> list[Row]:
    """Nothing is wrong, but something cannot be seen."""
    checks = healthy_checks(number)
    find(checks, "port.owner").update(
        status="unknown",
        summary="not observed: the owner of another user's socket is not shown to this user",
        remediation=["run with `become: true`"],
    )
    return [service(checks)]


NO_PYTHON = {
    "status": "unknown",
    "reason": "no Python 3.9 or later on the host (tried /usr/bin/python3: 3.6.8)",
    "remedy": "install a newer Python and set `ansible_python_interpreter`",
}
SSH_DOWN = {
    "status": "unreachable",
    "reason": "Failed to connect to the host via ssh: connect to host 10.0.0.18 port 22: Connection timed out",
    "remedy": "see whether the host is up and sshd answers",
}
_FAULTS: dict[int, t.Callable[[int], list[Row]]] = {
    3: not_running,
    5: stale_code,
    7: not_running,
    9: missing_upgrade,
    11: differing_answers,
    12: missing_upgrade,
    13: missing_upgrade,
    14: hidden_owner,
}


def fleet(size: int = 20) -> tuple[list[Row], list[str]]:
    """Results of so many hosts, and the names of all that were to be asked: the last one has no result.

    Of each twenty, eight have a fault, one has no Python, and one does not answer.
    """
    names = [f"web{number}" for number in range(1, size + 1)]
    results = []
    for number, name in enumerate(names[:-1], 1):
        kind = (number - 1) % 20 + 1
        if kind == 16:
            results.append(result(name, **NO_PYTHON))
        elif kind == 18:
            results.append(result(name, **SSH_DOWN))
        else:
            results.append(result(name, _FAULTS.get(kind, healthy)(number)))
    return results, names


def main() -> None:
    """Write a sample to look at."""
    from ansible_collections.websocket.health.plugins.plugin_utils._report.formats import pages
    from ansible_collections.websocket.health.plugins.plugin_utils._report.model import assemble
    from ansible_collections.websocket.health.plugins.plugin_utils._report.store import results

    directory = pathlib.Path(sys.argv[1])
    rows, names = fleet(int(sys.argv[2]) if len(sys.argv) > 2 else 20)
    for row in rows:
        results.write_result(str(directory), row)
    report = assemble.assemble(rows, names, GENERATED, RUN)
    (directory / "report.json").write_text(pages.render_json(report))
    (directory / "report.html").write_text(pages.render_html(report, str(TEMPLATES)))
    (directory / "report.md").write_text(pages.render_markdown(report, str(TEMPLATES)))


if __name__ == "__main__":
    main()
