# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-wsgi-without-websocket: a WSGI server runs the application, and WSGI has no WebSockets."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...._evidence.who_answered import fingerprint
from ...conditions import OTHER_PATH_OPENS, answered, logged
from ...facts import Facts
from ...rule import Command, Condition, Found, Look, LookAlike, Rule
from ._server import EXPLAINS


def _command(facts: Facts) -> str:
    return str(facts.main_process.get("command") or "")


def _under_wsgi(facts: Facts) -> bool:
    """Whether a server of WSGI answers: gunicorn with workers of its own, or Django's runserver without daphne."""
    command = _command(facts)
    started = facts.log.get("server") or ()
    if "gunicorn" in command or "gunicorn" in started or fingerprint(facts.plain).startswith("gunicorn"):
        return "uvicorn" not in command and "worker-class" not in command and " -k" not in command
    return _is_runserver(facts)


def _is_runserver(facts: Facts) -> bool:
    """Whether Django's development server answers, or another one on wsgiref: it hands its socket to nobody."""
    return "django-wsgi" in (facts.log.get("server") or ()) or fingerprint(facts.plain).startswith("WSGIServer")


def _find(facts: Facts) -> Found:
    """With the server that answers."""
    command = _command(facts)
    # gunicorn hands its socket to applications that ask for it (Flask-Sock does), whatever the workers are.
    return "certain" if _is_runserver(facts) else "likely", {
        "answer": outcome_words(facts.handshake),
        "server": command[:120] or fingerprint(facts.plain) or "the server",
    }


RULE = Rule(
    id="server-wsgi-without-websocket",
    layer="server",
    title="A WSGI server runs the application: WSGI has no WebSockets of its own",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 404`",
        "Django's log: `Not Found: /ws/`",
        "runserver prints `Starting development server at http://127.0.0.1:8000/`, without ASGI/Daphne in the line",
    ),
    why="WSGI is an interface for one request and one response; a server cannot hand an upgraded connection over to the application. It "
    "passes the handshake on as an ordinary GET, and Django or Flask answers 404, because only the ASGI application has the WebSocket "
    "routes. gunicorn speaks WSGI with its default workers, and so does Django's runserver, since Channels 4 unless daphne is installed "
    "and comes first in INSTALLED_APPS.",
    needs=(
        answered(404, 400, 405),
        Condition("a WSGI server listens: gunicorn with its own workers, or runserver without daphne", _under_wsgi),
    ),
    against=(
        logged("the log shows an ASGI application under that server", "asgi-app-under-wsgi"),
        OTHER_PATH_OPENS,
        Condition(
            "an ASGI server answers",
            lambda facts: any(
                fingerprint(seen).startswith(("uvicorn", "hypercorn", "daphne"))
                for seen in (facts.plain, facts.handshake)
            ),
        ),
        Condition(
            "it is a Socket.IO server",
            lambda facts: facts.conversation.get("dialect") or "EIO=" in facts.served_path,
        ),
    ),
    find=_find,
    confidence={
        "certain": "runserver without daphne, which cannot upgrade on any path",
        "likely": "gunicorn: applications such as Flask-Sock take its socket, and then only the path is wrong",
    },
    because=(
        "the handshake is answered like an ordinary request: {answer}",
        "WSGI itself has no WebSockets, and {server} serves WSGI",
    ),
    fix=("serve the ASGI application: daphne, uvicorn, hypercorn, or gunicorn -k uvicorn.workers.UvicornWorker",),
    prevent=(
        "Django: daphne first in INSTALLED_APPS makes runserver an ASGI server; proxy everything to the ASGI server, or only /ws",
    ),
    explains=EXPLAINS,
    supersedes=("server-websocket-not-attached", "server-other-path"),
    look_alikes=(
        LookAlike(
            "server-websocket-not-attached",
            Command("ps -o args= -p <pid>"),
            "`gunicorn` without a worker class, or `runserver`: WSGI; Node or an ASGI server: the WebSocket server is not attached",
        ),
        LookAlike(
            "server-gunicorn-wsgi-worker",
            Look("the status of the handshake"),
            "404: a WSGI application; 500 and a TypeError in the log: an ASGI application under a WSGI worker",
        ),
    ),
    sources=("https://channels.readthedocs.io/en/stable/deploying.html",),
    staged=("framework/django-wsgi", "framework/wsgi"),
)
