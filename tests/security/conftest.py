# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with a service, a proxy and an ordinary user who means no good."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.conftest import Fleet, lab_fleet
from tests.integration.lab_files import HEADERS, HOST, MAP, write
from tests.servers.catalogue import CACHE, SERVERS

__all__ = ["lab_fleet"]

#: The service's user, and somebody else; both are Debian's own and may nothing that others may not.
APP, MALLORY = "www-data", "games"
PORT, FRONT = 8080, 8081
#: What foreign code that is executed leaves.
MARK = "/srv/mallory/executed"
#: What of a host a run must not change: its own layers, and what others could use. Logs of its servers grow.
_LOOK = (
    r"find /etc /srv /home /usr/local/bin /usr/local/sbin -xdev -not -name '*.log' -printf '%p %y %u:%g %m %s %T@ %l\n';"
    # Caddy makes .step, and tools of other parts of the tests write their logs, in the home of who starts them.
    r" find /root -maxdepth 1 -not -name .step -not -name '*.log' -printf '%p %y %u:%g %m\n';"
    r" find /tmp /var/tmp /run /dev/shm /var/log /var/lib/nginx -xdev -printf '%p %y %u:%g %m %l\n'"
)

Statuses = dict[str, str]


class Site:
    """The host, and runs of the checklist against it.

    :ivar service: the entry of the inventory.
    """

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.host = fleet.host(0)
        self.service: dict[str, t.Any] = {
            "name": "chat",
            "port": PORT,
            "websocket": {"path": "/", "dialect": "echo"},
            "public_url": f"ws://{self.host.address}:{FRONT}/",
        }
        self.report: t.Any = None

    def root(self, script: str) -> str:
        """A script on the host, as root."""
        return str(self.host.run(["sh", "-ec", script]).stdout)

    def mallory(self, script: str) -> str:
        """A script on the host, as the ordinary user."""
        return str(self.host.run(["sh", "-ec", script], user=MALLORY, cwd="/srv/mallory").stdout)

    def app(self, script: str) -> str:
        """A script on the host, as the service's user."""
        return str(self.host.run(["sh", "-ec", script], user=APP, cwd="/srv/app").stdout)

    def look(self) -> list[str]:
        """Files with owners, as the host has them now."""
        # What ssh and this test leave of themselves.
        own = ("/.ansible", "/run/utmp", "/var/log/wtmp", "/var/log/lastlog", str(self.fleet.directory))
        return sorted(line for line in self.root(_LOOK).splitlines() if not any(name in line for name in own))

    def run(self, variables: dict[str, str] | None = None, **changes: t.Any) -> Statuses:
        """Run the checklist as root; status by check and vantage.

        :param variables: of the task's environment.
        :param changes: of the service's entry.
        """
        service = {**self.service, **changes}
        play = [
            {
                "hosts": "all",
                "gather_facts": False,
                "environment": variables or {},
                "roles": [{"role": "websocket.health.checklist"}],
            }
        ]
        self.report = self.fleet.checklist(
            {self.host.name: [service]},
            "-v",
            variables={self.host.name: {"ansible_user": "root"}},
            play=play,
            websocket_health_fail_on="never",
            websocket_health_deadline=12,
        )
        output = self.report.run.stdout + self.report.run.stderr
        assert "Traceback" not in output, output[-3000:]
        checks = self.report.service(self.host.name, "chat")["checks"]
        return {f"{check['id']} {check['vantage']} {check['instance']}": check["status"] for check in checks}

    @property
    def seconds(self) -> float:
        """What the last run took on the host."""
        return float(self.report.row(self.host.name)["duration_s"])

    @property
    def text(self) -> str:
        """All that the last run has written."""
        return (self.fleet.directory / "websocket-health" / "report.json").read_text() + self.report.run.stdout


@pytest.fixture(autouse=True)
def cleared(request: pytest.FixtureRequest) -> t.Iterator[None]:
    """What a test stages goes with it."""
    site, _before = request.getfixturevalue("staged") if "staged" in request.fixturenames else (None, None)
    started = len(site.fleet.started) if site else 0
    yield
    if site is None:
        return
    for host, pid in site.fleet.started[started:]:
        host.run(["kill", "-9", str(pid)], check=False)
    del site.fleet.started[started:]
    site.root("rm -rf /srv/app/.env /srv/app/nginx.d/bait.conf /srv/mallory/bait /srv/mallory/front /srv/mallory/taken")


@pytest.fixture(scope="module")
def staged(lab_fleet: Fleet) -> t.Iterator[tuple[Site, Statuses]]:
    """A service of the user APP behind root's nginx, and what the checklist says of it before anything is staged."""
    site = Site(lab_fleet)
    site.root(
        f"mkdir -p /srv/app/nginx.d /srv/mallory && chown -R {APP}: /srv/app && chown {MALLORY}: /srv/mallory"
        " && chmod 755 /srv/app /srv/mallory && mkdir -p /var/log/nginx /var/lib/nginx /srv/www"
    )
    # The service's user may not be let into the checkout: what he runs is his own.
    server = SERVERS["ws_standalone"]
    node, script = server.command("127.0.0.1", PORT)
    modules = CACHE / "node" / "node_modules" / "ws"
    site.root(
        f"mkdir /srv/app/node_modules && cp -rL {modules} /srv/app/node_modules && cp {script} /srv/app/server.js"
    )
    site.root(f"chown -R {APP}: /srv/app")
    environment = {**server.environment("127.0.0.1", PORT), "NODE_PATH": "/srv/app/node_modules"}
    command = [node, "/srv/app/server.js"]
    lab_fleet.run(site.host, command, PORT, user=APP, cwd="/srv/app", env=environment, stdout="/var/log/chat.log")
    block = (
        f"server {{ listen {FRONT}; location / {{ proxy_pass http://127.0.0.1:{PORT}; {HEADERS} {HOST} }}"
        " include /srv/app/nginx.d/*.conf; }"
    )
    write(
        site.host, "/etc/nginx-site.conf", f"events {{}} http {{ {MAP} access_log /var/log/nginx/site.log; {block} }}"
    )
    lab_fleet.run(site.host, ["/usr/sbin/nginx", "-c", "/etc/nginx-site.conf", "-g", "daemon off;"], FRONT)
    before = site.run()
    assert {"fail", "error"} & set(before.values()) == set(), before
    yield site, before
    lab_fleet.stop_everything()
