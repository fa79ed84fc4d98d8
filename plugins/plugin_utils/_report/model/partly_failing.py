# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Hosts behind one public URL: when some of them fail, clients fail now and then, and one public check may well pass. Pure."""

from __future__ import annotations

from ..._run.plain_data import natural, unique
from ..shapes import Host, PartlyFailing, Service
from .normalise import FAILING
from .traits import service_traits


def find_partly_failing(hosts: list[Host]) -> list[PartlyFailing]:
    """Every public URL behind which some hosts fail and others do not.

    :param hosts: the hosts of report.json; their ``facts.services`` have the URLs.
    """
    behind: dict[str, list[tuple[str, Service]]] = {}
    for host in hosts:
        for service in host["services"]:
            url = service_traits(host, service["name"]).get("public_url")
            if url:
                behind.setdefault(url, []).append((host["host"], service))
    return [row for url, members in sorted(behind.items()) for row in _row(url, members)]


def _row(url: str, members: list[tuple[str, Service]]) -> list[PartlyFailing]:
    failing = unique([host for host, service in members if _fails(service)])
    everybody = unique([host for host, _service in members])
    if len(everybody) < 2 or not failing or len(failing) == len(everybody):
        return []
    causes = unique(
        [
            diagnosis["id"]
            for _host, service in members
            if _fails(service)
            for diagnosis in service["diagnoses"]
            if diagnosis["role"] == "root"
        ]
    )
    public = _public(members)
    text = "%d of %d hosts behind %s fail%s: a client that is sent to one of them fails, the next one does not%s" % (
        len(failing),
        len(everybody),
        url,
        " (%s)" % ", ".join(causes) if causes else "",
        "; the handshake at the public URL says %s this time" % public if public else "",
    )
    return [
        {
            "url": url, "hosts": len(everybody), "failing": sorted(failing, key=natural), "causes": causes, "public": public,
            "text": text,
        }
    ]  # fmt: skip


def _fails(service: Service) -> bool:
    """Whether something fails on the host itself: what is wrong at the public URL is wrong for all of them."""
    return any(check["status"] in FAILING and check["vantage"] in ("host", "proxy") for check in service["checks"])


def _public(members: list[tuple[str, Service]]) -> str:
    statuses = [
        check["status"]
        for _host, service in members
        for check in service["checks"]
        if (check["id"], check["vantage"]) == ("websocket.handshake", "public")
    ]
    return next((status for status in statuses if status in ("pass", "fail")), "")
