# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WSGI application, for gunicorn's sync worker: it can't do WebSockets, and answers 404 to every one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    """Serve / and nothing else."""
    found = environ["PATH_INFO"] == "/"
    body = b"chat" if found else b"Not Found"
    status = "200 OK" if found else "404 Not Found"
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
