# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages that open WebSockets as people's pages do, rightly and wrongly, and what serves them."""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import http.server
import os
import pathlib
import socketserver
import ssl
import subprocess
import tempfile
import threading
import time
import typing as t
from collections.abc import Iterator, Mapping

import pytest
from ansible import constants
from ansible_collections.websocket.health.plugins.module_utils._browser import chromium as chromium_module
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.plugin_utils._controller.browser import ask_browser
from ansible_collections.websocket.health.plugins.plugin_utils._controller.view import make_context
from cryptography.hazmat.primitives import serialization

from tests.unit import tls_ca
from tests.unit.probed_host import Evidence, Service

#: As long as the one that it stands for: the length of a path decides where Chromium has its sockets.
_PREFIX = f"websocket-health-{os.getpid():07x}-"
needs_chromium = pytest.mark.browser
#: The name of the pages' site; the browser is told where it is.
SITE = "chat.example.test"
PICTURE = "<link rel=icon href=data:,>"


def page(script: str, head: str = PICTURE) -> str:
    """A page that runs a script."""
    return (
        f"<!doctype html><html><head><title>chat</title>{head}</head><body><script>\n{script}\n</script></body></html>"
    )


#: A page's script that greets what it dials.
TALK = "const s = new WebSocket('%s'); s.onopen = () => s.send('hello');"
#: React's StrictMode mounts every component twice: the first connection is closed before it is answered.
STRICT = "new WebSocket('%s').close();" + TALK

#: One that takes all memory that it may have, once the page is loaded, and the argument that lets it have little.
GREEDY = "setTimeout(() => { const all = []; for (;;) all.push(new Array(100000).fill(Math.random())); }, 100)"
SMALL = "--js-flags=--max-old-space-size=16"


def pin(issued: tls_ca.Issued) -> str:
    """The argument that makes Chromium trust this certificate, and no other."""
    form, encoding = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.Encoding.DER
    key = issued.certificate.public_key().public_bytes(encoding, form)
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode()
    return f"--ignore-certificate-errors-spki-list={digest}"


def trusting(home: pathlib.Path, root: str) -> pathlib.Path:
    """Make this the home directory of somebody whose Chromium trusts the authority of a PEM file."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    subprocess.run(["certutil", "-N", "-d", f"sql:{store}", "--empty-password"], check=True)
    subprocess.run(["certutil", "-A", "-d", f"sql:{store}", "-n", "own", "-t", "C,,", "-i", root], check=True)
    return home


def led_to(address: str, *names: str) -> str:
    """The argument that tells Chromium where names are."""
    return "--host-resolver-rules=" + ",".join(f"MAP {name} {address}" for name in names or (SITE,))


class _Handler(http.server.BaseHTTPRequestHandler):
    """Serves pages by their path; a page may bring headers of its own."""

    def __init__(self, files: Mapping[str, str], headers: Mapping[str, str], *arguments: t.Any) -> None:
        self.files, self.more = files, headers
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answer; ``/late`` a second late."""
        if self.path == "/late":
            time.sleep(1.0)
        body = self.files.get(self.path.partition("?")[0])
        self.send_response(404 if body is None else 200)
        kind = "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
        for name, value in {"Content-Type": kind, **self.more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write((body or "not here").encode())

    def log_message(self, *_arguments: t.Any) -> None:
        """Say nothing."""


class _Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


@contextlib.contextmanager
def serving(
    files: Mapping[str, str], pem: str = "", headers: Mapping[str, str] | None = None, address: str = "127.0.0.1"
) -> Iterator[int]:
    """Serve pages by their path; yields the port.

    :param pem: certificate and key; empty: no TLS.
    :param headers: what every answer carries.
    """
    server = _Server((address, 0), functools.partial(_Handler, files, headers or {}))
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def visit(
    url: str, *arguments: str, stay: float = 1.0, deadline: float = 60.0, **service: t.Any
) -> tuple[Service, Evidence]:
    """What a browser sees of a page, asked as the action does but shared with no other run."""
    chromium = {"stay": stay, "arguments": list(arguments), **service.pop("chromium", {})}
    entry: Service = {
        "name": "chat",
        "port": 1,
        **service,
        "frontend": {"url": url, "browser": True},
        "chromium": chromium,
    }
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "DEFAULT_LOCAL_TMP", folder)
        patch.setattr(chromium_module, "PREFIX", _PREFIX)
        return entry, ask_browser(entry, make_context(entry, Deadline(deadline)))


@contextlib.contextmanager
def everybodys() -> Iterator[pathlib.Path]:
    """A directory into which everybody may look, as the browser's user must where a page or a program is in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        yield folder


def program(folder: pathlib.Path, text: str) -> str:
    """A program in a browser's place, which everybody may start."""
    path = folder / "chromium"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def left() -> list[pathlib.Path]:
    """What this process's visits have left, whoever else visits pages on the machine."""
    return sorted(pathlib.Path(tempfile.gettempdir()).glob(_PREFIX + "*"))


def profiles() -> list[pathlib.Path]:
    """Directories of browsers of anybody that run, or have left them."""
    return sorted(pathlib.Path(tempfile.gettempdir()).glob("websocket-health-browser-*"))
