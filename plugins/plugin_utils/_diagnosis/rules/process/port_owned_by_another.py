# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""process-port-owned-by-another: a program other than the service holds the port."""

from __future__ import annotations

from ...._evidence.port import where
from ...._evidence.process import describe
from ...._model import FAIL
from ...facts import Facts
from ...rule import IN_BROWSER, Command, Condition, Found, If, LookAlike, Rule

#: How servers of other protocols greet: SSH, SMTP and FTP, POP3, IMAP, VNC.
_BANNERS = ("SSH-", "220 ", "+OK", "* OK", "RFB ")


def _banner(facts: Facts) -> str:
    return str(facts.handshake.get("bytes") or "")


def _owned_by_stranger(facts: Facts) -> bool:
    return facts.status("port.owner") == FAIL


def _is_known_banner(facts: Facts) -> bool:
    return _banner(facts).startswith(_BANNERS)


def _speaks_no_http(facts: Facts) -> bool:
    return {facts.handshake.get("outcome"), facts.plain.get("outcome")} == {"not-http"}


def _find(facts: Facts) -> Found:
    """With the holder, and what it answers."""
    banner = _banner(facts)
    foreign, known = _owned_by_stranger(facts), _is_known_banner(facts)
    return "certain" if foreign or known else "likely", {
        "holder": where(facts.listeners[0]) if facts.listeners else "another program",
        "banner": repr(banner[:60]) if banner else None,
        "own_process": describe(facts.main_process) if foreign and facts.processes else None,
        "none_runs": foreign and not facts.processes,
        "no_http": not foreign and not known,
    }


RULE = Rule(
    id="process-port-owned-by-another",
    layer="process",
    title="Another program owns the port",
    users_see=(
        "Chrome's console, where it does not speak HTTP (SSH, a mail server): `net::ERR_INVALID_HTTP_RESPONSE`",
        "Chrome's console, where it is another web server: `Error during WebSocket handshake: Unexpected response "
        "code: 404`, or 200",
        "curl: `curl: (1) Received HTTP/0.9 when not allowed`",
        "a page, a login form or an error message of an unexpected product on this port",
    ),
    why="A port belongs to the process that binds it first, whichever program that is. Clients and proxies address the "
    "service by its port alone, so they talk to whatever listens there. Another web server answers with a status of "
    "its own, because it does not know the path; a server of another protocol sends its greeting, which is no HTTP "
    "response.",
    needs=(
        Condition(
            "the owner of the port is not the process that the inventory names (`port.owner`), or it answers with the "
            "banner of another protocol, or it does not answer a plain GET with HTTP either",
            lambda facts: _owned_by_stranger(facts) or _is_known_banner(facts) or _speaks_no_http(facts),
        ),
    ),
    find=_find,
    confidence={
        "certain": "the owner is known to be another program, or the banner is a known one",
        "likely": "otherwise",
    },
    because=(
        "the port is held by {holder}",
        "it answers a handshake with {banner}",
        "the service's own process is {own_process}",
        If("none_runs", "no process of the service is running"),
        If("no_http", "a plain GET gets no HTTP answer either"),
    ),
    fix=("move one of the two to another port, or stop the one you do not need",),
    prevent=("give the service a port of its own (PORT), and point the proxy at it",),
    explains=("process.running", "process.count", "port.owner", "websocket.*", *IN_BROWSER),
    supersedes=("process-ended", "process-not-running"),
    look_alikes=(
        LookAlike(
            "process-not-running",
            Command("ss -ltnp 'sport = :<port>'"),
            "a row with another program: the port is taken; no row: nothing runs",
        ),
    ),
    sources=("https://man7.org/linux/man-pages/man8/ss.8.html",),
    staged=("browser/mail", "process/another-program", "process/ssh-banner"),
)
