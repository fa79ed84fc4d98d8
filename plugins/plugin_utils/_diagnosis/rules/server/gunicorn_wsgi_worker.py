# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-gunicorn-wsgi-worker: gunicorn runs an ASGI application with a worker that speaks WSGI."""

from __future__ import annotations

from ...._evidence.websocket import outcome_words
from ...conditions import answered, logged
from ...facts import Facts
from ...rule import Found, Look, LookAlike, Rule
from ._server import EXPLAINS


def _find(facts: Facts) -> Found:
    """With the error of the log."""
    return "certain", {
        "answer": outcome_words(facts.handshake),
        "log_line": facts.quote(facts.signature("asgi-app-under-wsgi")),
    }


RULE = Rule(
    id="server-gunicorn-wsgi-worker",
    layer="server",
    title="gunicorn runs an ASGI application with a WSGI worker",
    users_see=(
        "gunicorn log: `TypeError: FastAPI.__call__() missing 1 required positional argument: 'send'`",
        "browser, on every page: `Internal Server Error`",
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 500`",
    ),
    why="gunicorn's workers sync, gthread and gevent call the application with two arguments, environ and start_response. An ASGI "
    "application, such as FastAPI, Starlette or Django's asgi.py, is called with three: scope, receive and send. The call fails "
    "with a TypeError, and gunicorn answers every request with 500, the handshake included. A worker class that speaks ASGI makes "
    "the right call.",
    needs=(
        answered(500),
        logged("the log reports a missing argument that only ASGI has", "asgi-app-under-wsgi"),
    ),
    find=_find,
    confidence={"certain": "the error is that of an ASGI application which is called as a WSGI one"},
    because=("the handshake is answered with {answer}", "{log_line}"),
    fix=("start gunicorn with -k uvicorn.workers.UvicornWorker, or start uvicorn itself",),
    prevent=(
        "worker_class = 'uvicorn.workers.UvicornWorker' in gunicorn.conf.py",
        "uvicorn 0.30 and later deprecate that module: pip install uvicorn-worker, and name 'uvicorn_worker.UvicornWorker' instead",
    ),
    explains=EXPLAINS,
    look_alikes=(
        LookAlike(
            "server-channels-no-route",
            Look("the exception in the log"),
            "TypeError about `send`: the worker speaks WSGI; ValueError about a path or a scope: the routes",
        ),
        LookAlike(
            "server-wsgi-without-websocket",
            Look("the status of the handshake"),
            "500 and a TypeError in the log: an ASGI application under a WSGI worker; 404: a WSGI application",
        ),
    ),
    sources=("https://www.uvicorn.org/deployment/#gunicorn",),
    staged=("framework/gunicorn-sync-on-asgi",),
)
