# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the product takes for constant of Chromium, one fact a test: an update that changes one is named by it.

A fact that fails is looked up in the sources by the words of its test, mended there, and then here.
"""

from __future__ import annotations

import ast
import base64
import concurrent.futures
import contextlib
import hashlib
import pathlib
import re
import socket
import socketserver
import ssl
import struct
import threading
import time
import typing as t
from collections.abc import Callable, Iterator

import pytest
from ansible_collections.websocket.health.plugins.module_utils._browser.visit import _HANDLERS, Visit
from ansible_collections.websocket.health.plugins.module_utils._probes.browser import look
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.plugin_utils._controller.view import make_context

from tests.unit import tls_ca
from tests.unit.browser_pages import GREEDY, SITE, SMALL, led_to, page, serving, trusting
from tests.unit.probed_host import ROOT, Evidence

pytestmark = [pytest.mark.browser, pytest.mark.servers("certutil")]

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
)
#: More than Chromium keeps open at once, and how many that is.
_MANY, _KEPT = 270, 255


class _Answer(socketserver.BaseRequestHandler):
    """Does with a handshake what its path says."""

    def handle(self) -> None:
        """Answer."""
        if isinstance(self.server, _Answering) and self.server.context:
            with contextlib.suppress(OSError):
                self.request = self.server.context.wrap_socket(self.request, server_side=True)
        with contextlib.suppress(OSError):
            head = self.request.recv(65536)
            if not head.startswith(b"GET "):
                self._status("400", head)
                return
            _empty, kind, detail = (head.split(b" ")[1].decode().split("/") + [""])[:3]
            getattr(self, "_" + kind)(detail, head)

    def _status(self, detail: str, _head: bytes) -> None:
        self.request.sendall(f"HTTP/1.1 {detail} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    def _frames(self, detail: str, head: bytes, good: bool = True) -> None:
        key = re.search(rb"(?i)sec-websocket-key: *([^\r]*)", head)
        accept = base64.b64encode(hashlib.sha1((key.group(1) if key and good else b"") + _MAGIC).digest())
        self.request.sendall(_SWITCH % accept + bytes.fromhex(detail))
        self._mute("", b"")

    def _accept(self, _detail: str, head: bytes) -> None:
        self._frames("", head, good=False)

    def _drop(self, _detail: str, head: bytes) -> None:
        key = re.search(rb"(?i)sec-websocket-key: *([^\r]*)", head)
        self.request.sendall(_SWITCH % base64.b64encode(hashlib.sha1((key.group(1) if key else b"") + _MAGIC).digest()))
        time.sleep(0.2)

    def _close(self, _detail: str, _head: bytes) -> None:
        """End without an answer."""

    def _reset(self, _detail: str, _head: bytes) -> None:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()

    def _banner(self, _detail: str, _head: bytes) -> None:
        self.request.sendall(b"SSH-2.0-server\r\n")

    def _mute(self, _detail: str, _head: bytes) -> None:
        """Say nothing until the client goes, or says goodbye."""
        while self.request.recv(4096)[:1] not in (b"", b"\x88"):
            pass


class _Answering(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 512
    context: ssl.SSLContext | None = None


@contextlib.contextmanager
def _answering(pem: str = "", clients: str = "") -> Iterator[int]:
    """A server of _Answer; yields its port.

    :param pem: certificate and key; empty: no TLS.
    :param clients: the authority whose clients it takes.
    """
    with _Answering(("127.0.0.1", 0), _Answer) as server:
        if pem:
            server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            server.context.load_cert_chain(pem)
        if clients and server.context:
            server.context.verify_mode = ssl.CERT_REQUIRED
            server.context.load_verify_locations(clients)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()


# -- the pages ---------------------------------------------------------------------------------------------------------

#: What is dialled by name; HOST is a port of _Answer. OTHER is one for those without an answer: to an address and port Chromium
#: dials one at a time.
_DIALS = {
    "open": "ws://SITE:HOST/frames/810568656c6c6f",
    "reserved bits": "ws://SITE:HOST/frames/f10568656c6c6f",
    "no UTF-8": "ws://SITE:HOST/frames/8102fffe",
    "no opcode": "ws://SITE:HOST/frames/8300",
    "masked": "ws://SITE:HOST/frames/818100000000ff",
    "HTTP in the stream": "ws://SITE:HOST/frames/485454502f312e3120343030",
    "continuation": "ws://SITE:HOST/frames/8000",
    "half a ping": "ws://SITE:HOST/frames/0900",
    "close 1011": "ws://SITE:HOST/frames/880203f3",
    "dropped": "ws://SITE:HOST/drop",
    "no such name": "ws://nowhere.test:HOST/",
    "unsafe port": "ws://SITE:6000/",
    "refused": "ws://SITE:CLOSED/",
    **{f"status {code}": f"ws://SITE:HOST/status/{code}" for code in (200, 301, 401, 403, 404, 426, 502)},
    "closed": "ws://SITE:HOST/close",
    "reset": "ws://SITE:HOST/reset",
    "no HTTP": "ws://SITE:HOST/banner",
    "wrong accept": "ws://SITE:HOST/accept",
    "mute": "ws://SITE:OTHER/mute",
}
#: What stands in its place, once that is known.
_WORDS = {"SITE": SITE}
#: One after the other: the more have failed, and the more are under way, the longer Chromium waits with the next.
_DIAL = """(async () => {
    for (const url of %s) await new Promise((done) => {
        try { const made = new WebSocket(url); made.onopen = made.onerror = done; setTimeout(done, 300); } catch { done(); }
    });
})();"""


def _filled(text: str) -> str:
    for name, value in _WORDS.items():
        text = text.replace(name, value)
    return text


@contextlib.contextmanager
def _pages(folder: pathlib.Path) -> Iterator[dict[str, tuple[str, list[str]]]]:
    """All pages by name: URL, and arguments of the browser."""
    with contextlib.ExitStack() as stack:
        host = stack.enter_context(_answering())
        other = stack.enter_context(_answering())
        _WORDS.update(HOST=str(host), OTHER=str(other), CLOSED=str(tls_ca.free_port()))
        one = led_to("127.0.0.1") + ",MAP nowhere.test ~NOTFOUND"

        def served(script: str, pem: str = "", headers: dict[str, str] | None = None, **files: str) -> str:
            pages = {"/": page(_filled(script)), **{"/" + name.replace("_", "."): text for name, text in files.items()}}
            port = stack.enter_context(serving(pages, pem, headers))
            return f"{'https' if pem else 'http'}://{SITE}:{port}/"

        dials = _DIAL % list(_DIALS.values()) + (
            "new WebSocket('ws://SITE:OTHER/mute/given-up').close(); new WebSocket('ws://SITE:HOST/frames//chat', 'chat');"
            "for (const bad of ['ws://undefined:undefined/', 'ftp:x']) try { new WebSocket(bad); } catch {}"
            "try { new WebSocket('ws://SITE:HOST/mute', 'not/one'); } catch {}"
            "setTimeout(() => new WebSocket('ws://SITE:OTHER/mute/early').send('x')); alert('an answer is awaited');"
            "console.warn('a warning', 7); console.error('an error'); fetch('/missing.js'); fetch('http://SITE:CLOSED/');"
        )
        inner = page(f"new WebSocket('ws://{SITE}:{host}/mute/frame')")
        frames = stack.enter_context(serving({"/": inner, "/greedy": page(GREEDY)}))
        away = led_to("127.0.0.1", SITE, "frame.test")
        frame = "document.body.innerHTML = '<iframe src=\"http://frame.test:%d/%s\"></iframe>'"
        worker = f"new WebSocket('ws://{SITE}:{host}/mute/worker')"
        yield {
            "dials": (served(dials), [one]),
            "parts": (
                served(frame % (frames, "") + "; new Worker('/w.js')", w_js=worker),
                [away, "--site-per-process"],
            ),
            "crash": (served(GREEDY), [one, SMALL]),
            "frame crash": (served(frame % (frames, "greedy")), [away, SMALL, "--site-per-process"]),
            "oversized": (served("new WebSocket('ws://' + 'x'.repeat(3000000))"), [one]),
            "many": (served(f"for (let i = 0; i < {_MANY}; i++) new WebSocket('ws://SITE:HOST/frames/')"), [one]),
            "policy": (served(_DIAL % ["ws://SITE:HOST/mute"], headers=_policy("")), [one]),
            "reported": (served(_DIAL % ["ws://SITE:HOST/mute"], headers=_policy("-Report-Only")), [one]),
            "nobody": (f"http://{SITE}:{_WORDS['CLOSED']}/", [one]),
            **_private(served, one),
            **_secure(stack, folder, served, host, one),
        }


def _policy(which: str) -> dict[str, str]:
    return {f"Content-Security-Policy{which}": "connect-src 'self'"}


def _private(served: Callable[..., str], one: str) -> dict[str, tuple[str, list[str]]]:
    url = served(_DIAL % ["ws://SITE:HOST/mute"])
    port = url.rstrip("/").rpartition(":")[2]
    return {"private": (url, [one, f"--ip-address-space-overrides=127.0.0.1:{port}=public"])}


def _secure(
    stack: contextlib.ExitStack, folder: pathlib.Path, served: Callable[..., str], host: int, one: str
) -> dict[str, tuple[str, list[str]]]:
    """A page in TLS that is trusted, and one that is not; home/ is that of who trusts its authority."""
    authority = tls_ca.authority()
    (folder / "home").mkdir(mode=0o700)
    root = tls_ca.store(folder / "root.pem", authority.root)
    trusting(folder / "home", root)

    def pem(name: str, leaf: tls_ca.Issued) -> str:
        return tls_ca.store(folder / name, leaf, authority.intermediate, key=True)

    good, stranger = pem("good", authority.leaf(SITE)), tls_ca.authority().leaf(SITE)
    kinds = {
        "trusted": (good, ""),
        "other name": (pem("name", authority.leaf("other.test")), ""),
        "expired": (pem("date", authority.leaf(SITE, days=(-90, -1))), ""),
        "stranger": (tls_ca.store(folder / "stranger", stranger, key=True), ""),
        "client's": (good, root),
    }
    ports = {name: stack.enter_context(_answering(*files)) for name, files in kinds.items()}
    _SECURE.update({name: f"wss://{SITE}:{port}/mute" for name, port in ports.items()})
    _SECURE.update({"plain": f"wss://{SITE}:{host}/mute", "in clear": f"ws://{SITE}:{host}/mute"})
    _SECURE["localhost"] = f"ws://localhost:{host}/mute"
    script = _DIAL % list(_SECURE.values()) + f";new Image().src = 'http://{SITE}:{host}/status/200'"
    return {
        "secure": (served(script, good), [one]),
        "untrusted": (served("", kinds["stranger"][0]), [one]),
    }


#: What the page in TLS dials, by name.
_SECURE: dict[str, str] = {}
#: What the browser told, by page; and the names of all events.
Seen = dict[str, Evidence]
EVENTS: set[str] = set()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Every page, visited once."""
    hear = Visit._hear

    def heard(visit: Visit, method: str, parameters: dict[str, t.Any], session: str) -> None:
        EVENTS.add(method)
        hear(visit, method, parameters, session)

    folder = tmp_path_factory.mktemp("facts")
    with pytest.MonkeyPatch.context() as patch, _pages(folder) as pages:
        patch.setattr(Visit, "_hear", heard)
        patch.setenv("HOME", str(folder / "home"))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            yield dict(zip(pages, pool.map(_visit, pages.values()), strict=True))


def _visit(asked: tuple[str, list[str]]) -> Evidence:
    service = {"frontend": {"url": asked[0]}, "chromium": {"arguments": asked[1], "stay": 1.5}}
    context = make_context(service, Deadline(60.0))
    # What is refused is not asked again, which takes time and tells nothing of Chromium.
    context.library = None
    evidence = look(service, context, "here")
    assert not evidence["gaps"] and evidence["error"] is None, (asked, evidence["gaps"], evidence["error"])
    return evidence


# -- the facts ---------------------------------------------------------------------------------------------------------


def _socket(evidence: Evidence, end: str) -> dict[str, t.Any]:
    """The WebSocket whose URL, or else whose path, is this."""
    return next(
        entry for entry in evidence["sockets"] if entry["url"] == end or entry["url"].partition("/")[2].endswith(end)
    )


def _dialled(name: str) -> Callable[[Seen], dict[str, t.Any]]:
    return lambda seen: next(entry for entry in seen["dials"]["sockets"] if entry["url"] == _filled(_DIALS[name]))


def _says(name: str, words: str) -> tuple[str, Callable[[Seen], object]]:
    """What Chromium says of a WebSocket that is dialled."""
    return words, lambda seen: words in str(_dialled(name)(seen)["error"])


def _secures(name: str, words: str) -> tuple[str, Callable[[Seen], object]]:
    return words, lambda seen: words in str(_socket(seen["secure"], _SECURE[name])["error"])


def _console(where: str, words: str) -> tuple[str, Callable[[Seen], object]]:
    return words, lambda seen: any(words in entry["text"] for entry in seen[where]["console"])


def _page(where: str, words: str) -> tuple[str, Callable[[Seen], object]]:
    return words, lambda seen: words in str(seen[where]["page"]["error"])


def _thrown(words: str) -> tuple[str, Callable[[Seen], object]]:
    return words, lambda seen: any(words in str(entry["thrown"]) for entry in seen["dials"]["sockets"])


def _issues(where: str, **values: t.Any) -> Callable[[Seen], object]:
    return lambda seen: any(values.items() <= entry.items() for entry in seen[where]["issues"])


#: Words of Chromium that rules, checks and the guide's table look for.
WORDS: dict[str, tuple[str, Callable[[Seen], object]]] = {
    "a closed port": _says("refused", "net::ERR_CONNECTION_REFUSED"),
    "a name that is none": _says("no such name", "net::ERR_NAME_NOT_RESOLVED"),
    "a port that is not dialled": _says("unsafe port", "net::ERR_UNSAFE_PORT"),
    **{
        f"an answer with {code}": _says(f"status {code}", f"Unexpected response code: {code}")
        for code in (200, 301, 403, 404, 426, 502)
    },
    "an answer with 401": _says("status 401", "HTTP Authentication failed"),
    "an end without an answer": _says("closed", "Connection closed before receiving a handshake response"),
    "a reset": _says("reset", "net::ERR_CONNECTION_RESET"),
    "an answer that is no HTTP": _says("no HTTP", "net::ERR_INVALID_HTTP_RESPONSE"),
    "a wrong Accept": _says("wrong accept", "Incorrect 'Sec-WebSocket-Accept'"),
    "no sub-protocol in the answer": (
        "'Sec-WebSocket-Protocol'",
        lambda seen: "'Sec-WebSocket-Protocol'" in str(_socket(seen["dials"], "//chat")["error"]),
    ),
    "reserved bits": _says("reserved bits", "One or more reserved bits are on"),
    "a text that is no UTF-8": _says("no UTF-8", "Could not decode a text frame as UTF-8"),
    "an unknown opcode": _says("no opcode", "Unrecognized frame opcode"),
    "a masked frame of a server's": _says("masked", "must not mask"),
    "HTTP in the stream": _says("HTTP in the stream", "Invalid frame header"),
    "a continuation of nothing": _says("continuation", "continuation"),
    "half a control frame": _says("half a ping", "Invalid frame header"),
    "a WebSocket that its page gave up": (
        "closed before the connection is established",
        lambda seen: "closed before the connection is established" in _socket(seen["dials"], "/mute/given-up")["error"],
    ),
    "sending too early": _console("dials", "Still in CONNECTING state"),
    "too many WebSockets": _console("many", "Insufficient resources"),
    "a page that nobody serves": _page("nobody", "net::ERR_CONNECTION_REFUSED"),
    "a page with a stranger's certificate": _page("untrusted", "net::ERR_CERT_AUTHORITY_INVALID"),
    "a stranger's certificate": _secures("stranger", "net::ERR_CERT_AUTHORITY_INVALID"),
    "another name's certificate": _secures("other name", "net::ERR_CERT_COMMON_NAME_INVALID"),
    "an expired certificate": _secures("expired", "net::ERR_CERT_DATE_INVALID"),
    "a port without TLS": _secures("plain", "net::ERR_SSL_PROTOCOL_ERROR"),
    "a server that wants a client's certificate": _secures("client's", "opening handshake was canceled"),
    "a URL that is none": _thrown("SyntaxError: Failed to construct 'WebSocket'"),
    "a sub-protocol that is none": _thrown("The subprotocol '"),
    "ws:// on an https page": (
        "insecure WebSocket connection",
        lambda seen: "insecure WebSocket connection" in _socket(seen["secure"], _SECURE["in clear"])["thrown"],
    ),
    "a private address for a public page": (
        "net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS",
        lambda seen: "LOCAL_NETWORK_ACCESS" in seen["private"]["sockets"][0]["error"],
    ),
    "a WebSocket that a policy forbids": _console("policy", "violates the following Content Security Policy directive"),
}

#: What it does, and what is in its events.
BEHAVIOUR: dict[str, Callable[[Seen], object]] = {
    "every event that is listened to comes": lambda _seen: {*_HANDLERS} - EVENTS == set(),
    "every event of WebSockets comes": lambda _seen: {
        "Network.webSocket" + name
        for name in (
            "Created", "WillSendHandshakeRequest", "HandshakeResponseReceived", "FrameSent", "FrameReceived", "FrameError", "Closed",
        )
    } - EVENTS <= {"Network.webSocketFrameSent"},  # fmt: skip
    "a 101 has its status": lambda seen: _dialled("open")(seen)["status"] == 101,
    "the request is told as it was sent": lambda seen: (
        dict(map(tuple, _dialled("open")(seen)["request"]))["Origin"] == seen["dials"]["page"]["url"].rstrip("/")
    ),
    "a frame is told with its content": lambda seen: (
        (_dialled("open")(seen)["received"]["frames"], _dialled("open")(seen)["received"]["bytes"]) == (1, 5)
    ),
    "both halves of a WebSocket find each other": lambda seen: all(
        entry["created"] and entry["witnessed"] for entry in seen["dials"]["sockets"] if not entry["thrown"]
    ),
    "a close code is told": lambda seen: _dialled("close 1011")(seen)["code"] == 1011,
    "an end without a close frame is 1006, and nothing is said of it": lambda seen: (
        (_dialled("dropped")(seen)["code"], _dialled("dropped")(seen)["error"]) == (1006, None)
    ),
    "no answer is no error": lambda seen: (
        (_dialled("mute")(seen)["error"], _dialled("mute")(seen)["status"]) == (None, None)
    ),
    "the place of a constructor is told": lambda seen: seen["dials"]["page"]["url"] in _dialled("open")(seen)["initiator"],
    "a page has an address": lambda seen: (
        (seen["dials"]["page"]["status"], seen["dials"]["page"]["address"]) == (200, "127.0.0.1")
    ),
    "http is not turned into https": lambda seen: seen["dials"]["page"]["url"].startswith("http://"),
    "a certificate is told": lambda seen: seen["secure"]["page"]["certificate"]["issuer"] == "Test Issuing CA",
    "an imported authority is trusted": lambda seen: _socket(seen["secure"], _SECURE["trusted"])["error"] is None,
    "a dialog does not stop it": lambda seen: seen["dials"]["page"]["loaded_ms"] is not None,
    "what is missing is told": lambda seen: [
        entry["status"] for entry in seen["dials"]["failed"] if entry["url"].endswith("/missing.js")
    ] == [404],
    "what cannot be fetched is told": lambda seen: "net::ERR_CONNECTION_REFUSED" in [
        entry["error"] for entry in seen["dials"]["failed"]
    ],
    "errors and warnings of the console are told": lambda seen: {("error", "an error"), ("warning", "a warning 7")} <= {
        (entry["level"], entry["text"]) for entry in seen["dials"]["console"]
    },
    "an exception that nobody catches is told": lambda seen: "exception" in [
        entry["source"] for entry in seen["dials"]["console"]
    ],
    "workers and frames of other sites are targets": lambda seen: (
        {target["kind"] for target in seen["parts"]["targets"]} == {"page", "iframe", "worker"}
    ),
    "their WebSockets are theirs": lambda seen: (
        {(entry["from"], entry["witnessed"]) for entry in seen["parts"]["sockets"]} == {("iframe", True), ("worker", True)}
    ),
    "a page's crash is told": lambda seen: "crashed" in seen["crash"]["page"]["error"],
    "a frame's crash is told": lambda seen: any(entry.get("crashed") for entry in seen["frame crash"]["failed"]),
    "an oversized URL crashes nothing, and fails without a word": lambda seen: (
        (seen["oversized"]["page"]["error"], seen["oversized"]["sockets"][0]["error"]) == (None, "")
    ),
    "so many are open at once": lambda seen: (
        seen["many"]["sockets_total"] == _MANY
        and [entry["status"] for entry in seen["many"]["sockets"][:5]] == [101] * 5
    ),
    "a policy's refusal is an issue": _issues(
        "policy", kind="csp", directive="connect-src", report_only=False, what="kURLViolation"
    ),
    "what a policy only reports is one, too": _issues("reported", kind="csp", directive="connect-src", report_only=True),
    "what a policy forbids is not created": lambda seen: (
        [(entry["created"], entry["witnessed"]) for entry in seen["policy"]["sockets"]] == [(False, True)]
    ),
    "what a policy only reports is dialled": lambda seen: [entry["created"] for entry in seen["reported"]["sockets"]] == [True],
    "a picture in clear is mixed content": _issues("secure", kind="mixed", what="Image"),
    "ws://localhost is none": lambda seen: not _socket(seen["secure"], _SECURE["localhost"])["thrown"],
    "its name": lambda seen: seen["dials"]["browser"].startswith("Chrome/"),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDS)
def test_chromium_still_uses_these_words(name: str, seen: Seen) -> None:
    words, holds = WORDS[name]
    held = bool(holds(seen))
    assert held, f"Chromium no longer says {words!r} of {name}"


@pytest.mark.parametrize("name", BEHAVIOUR)
def test_chromium_still_behaves_like_this(name: str, seen: Seen) -> None:
    held = bool(BEHAVIOUR[name](seen))
    assert held, f"no longer so in {seen['dials']['browser']}: {name}"


#: Who looks for Chromium's words.
_LOOKING = ("_checks", "_evidence", "_diagnosis")
#: Words that need a server of a kind of its own, and are staged by scenarios of the group tls.
_BY_SCENARIOS = {"ERR_SSL_UNRECOGNIZED_NAME_ALERT", "ERR_BAD_SSL_CLIENT_AUTH_CERT"}


#: Arguments of rules that are read by people, who have met errors of every version.
_TO_PEOPLE = ("title", "users_see", "why", "because", "fix", "prevent", "verify", "look_alikes")


def _code(path: pathlib.Path) -> str:
    """What a file does, without what its rule says."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg not in _TO_PEOPLE]
    return ast.unparse(tree)


def test_every_error_that_is_looked_for_is_a_fact() -> None:
    folders = [ROOT / "plugins/plugin_utils" / name for name in _LOOKING]
    texts = [_code(path) for folder in folders for path in sorted(folder.rglob("*.py"))]
    texts.append((ROOT / "plugins/module_utils/_probes/browser.py").read_text(encoding="utf-8"))
    texts.append((ROOT / "docs/guide.md").read_text(encoding="utf-8").partition("### What Chromium says")[2])
    named = {word for text in texts for word in re.findall(r"\bERR_[A-Z_]+[A-Z]", text)}
    known = " ".join(words for words, _holds in WORDS.values())
    assert {word for word in named - _BY_SCENARIOS if word not in known and not word.endswith("_")} <= {
        "ERR_CERT",
        "ERR_SSL",
        "ERR_BAD_SSL",
        # Only quoted for who searches for them.
        "ERR_CERT_INVALID",
        "ERR_CERT_REVOKED",
        "ERR_CERT_WEAK_KEY",
        "ERR_CERT_WEAK_SIGNATURE_ALGORITHM",
    }
