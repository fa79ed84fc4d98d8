# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS probe against real servers."""

from __future__ import annotations

import base64
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._probes import tls as tls_probe
from ansible_collections.websocket.health.plugins.module_utils._protocol import tls_session
from ansible_collections.websocket.health.plugins.module_utils._protocol.recording_socket import Endpoint
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._system import local_address
from ansible_collections.websocket.health.plugins.module_utils._system.local_address import resolving

from tests.lab.pythons import PythonNotFound, find_bare
from tests.servers.fault_server import staged
from tests.unit import tls_ca
from tests.unit.probed_host import ROOT, Evidence, ask, child, listening, probe, wait_for

NAME = "chat.example.test"
needs_nginx = pytest.mark.servers("nginx")


def _der(issued: tls_ca.Issued) -> bytes:
    return base64.b64decode("".join(issued.pem.decode().split("-----")[2].split()))


def _chain(session: dict[str, t.Any]) -> list[bytes]:
    return [base64.b64decode("".join(pieces)) for pieces in session["chain"]]


def _session(port: int, name: str = NAME, **options: t.Any) -> dict[str, t.Any]:
    return tls_session.open_session(Endpoint("127.0.0.1", port), name, Deadline(5), **options)


@pytest.fixture
def ca() -> tls_ca.Authority:
    """A root and an intermediate."""
    return tls_ca.authority()


# -- one session -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["", "TLSv1_2", "TLSv1_3"])
def test_the_chain_is_as_it_was_sent(tmp_path: pathlib.Path, ca: tls_ca.Authority, version: str) -> None:
    leaf = ca.leaf(NAME)
    sent = [leaf, ca.root, ca.intermediate]
    with tls_ca.serving(tls_ca.store(tmp_path / "server.pem", *sent, key=True), version) as port:
        session = _session(port)
    assert _chain(session) == [_der(entry) for entry in sent]
    assert (session["outcome"], session["chain_from"], session["sent"]) == ("established", "messages", 3)
    assert session["protocol"] == (version or "TLSv1_3").replace("_", ".")
    assert (session["sni"], session["alert"], session["spoke"]) == (NAME, None, True)
    assert session["client_certificate"] == {"requested": False, "demanded": None, "how": ""}
    json.dumps(session)


def test_without_messages_the_library_or_the_leaf_tells(
    tmp_path: pathlib.Path, ca: tls_ca.Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls_session._Messages, "listen", lambda *_arguments: None)
    leaf = ca.leaf(NAME)
    with tls_ca.serving(tls_ca.store(tmp_path / "server.pem", leaf, ca.intermediate, key=True)) as port:
        session = _session(port)
    expected = ("library", 2) if hasattr(ssl.SSLSocket, "get_unverified_chain") else ("leaf", 1)
    assert (session["chain_from"], session["sent"]) == expected
    assert _chain(session)[0] == _der(leaf)
    assert session["client_certificate"]["requested"] is None


@pytest.mark.parametrize("python", ["3.9", "3.10", "3.12", "3.13"])
def test_other_pythons_see_the_whole_chain_too(tmp_path: pathlib.Path, ca: tls_ca.Authority, python: str) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from ansible_collections.websocket.health.plugins.module_utils._protocol import tls_session, recording_socket\n"
        "from ansible_collections.websocket.health.plugins.module_utils._run import deadline\n"
        "e = recording_socket.Endpoint('127.0.0.1', int(sys.argv[2]))\n"
        "s = tls_session.open_session(e, 'chat.example.test', deadline.Deadline(5))\n"
        "store = tls_session.file_store(sys.argv[3])[0]\n"
        "print(s['protocol'], s['sent'], s['chain_from'], tls_session.verify(e, '', deadline.Deadline(5), store)['code'])"
    )
    try:
        found = str(find_bare(python, tmp_path))
    except PythonNotFound as error:
        pytest.skip(str(error))
    pem = tls_ca.store(tmp_path / "server.pem", ca.leaf(NAME), ca.intermediate, key=True)
    root = tls_ca.store(tmp_path / "root.pem", ca.root)
    with tls_ca.serving(pem, "TLSv1_3") as port:
        tree = str(ROOT / ".cache" / "tree")
        done = subprocess.run(
            [found, "-c", code, tree, str(port), root], capture_output=True, text=True, check=False, timeout=20
        )
    assert done.stdout.split() == ["TLSv1.3", "2", "messages", "0"], done.stderr


def test_a_long_certificate_leaves_in_pieces(tmp_path: pathlib.Path, ca: tls_ca.Authority) -> None:
    """The redactor cuts strings of more than 4096 characters."""
    leaf = ca.leaf(*(f"host-{number}.example.test" for number in range(200)))
    with tls_ca.serving(tls_ca.store(tmp_path / "server.pem", leaf, ca.intermediate, key=True)) as port:
        evidence = ask({"name": "chat", "port": port}, ["tls"])["tls"]
    assert len(evidence["sessions"][0]["chain"][0]) > 1
    assert _chain(evidence["sessions"][0])[0] == _der(leaf)


@pytest.mark.servers("openssl")
def test_a_version_that_nobody_should_speak_is_named(tmp_path: pathlib.Path, ca: tls_ca.Authority) -> None:
    pem = tls_ca.store(tmp_path / "server.pem", ca.leaf(NAME), key=True)
    port = tls_ca.free_port()
    argv = ["openssl", "s_server", "-accept", str(port), "-cert", pem, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
    with child(*argv, stderr=subprocess.DEVNULL):
        wait_for(lambda: tls_ca._answers(port))
        session = _session(port)
    assert (session["outcome"], session["protocol"], session["alert"]) == ("established", "TLSv1.1", None)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_demand_for_a_client_certificate(tmp_path: pathlib.Path, ca: tls_ca.Authority, version: str) -> None:
    pem = tls_ca.store(tmp_path / "server.pem", ca.leaf(NAME), ca.intermediate, key=True)
    with tls_ca.serving(pem, version, tls_ca.store(tmp_path / "root.pem", ca.root)) as port:
        session = _session(port, path="/", host=NAME)
    record = session["client_certificate"]
    assert (record["requested"], record["demanded"]) == (True, True), session
    assert record["how"].startswith("the connection closed"), "asyncio sends no alert"
    assert len(session["chain"]) == 2


@pytest.mark.servers("openssl")
@pytest.mark.parametrize(("version", "alert"), [("-tls1_2", 40), ("-tls1_3", 116)])
def test_a_demand_by_an_alert(tmp_path: pathlib.Path, ca: tls_ca.Authority, version: str, alert: int) -> None:
    pem = tls_ca.store(tmp_path / "server.pem", ca.leaf(NAME), key=True)
    port = tls_ca.free_port()
    with child(
        "openssl", "s_server", "-accept", str(port), "-cert", pem, version, "-Verify", "1", stderr=subprocess.DEVNULL
    ):
        wait_for(lambda: tls_ca._answers(port))
        session = _session(port, path="/", host=NAME)
    record = session["client_certificate"]
    assert (record["requested"], record["demanded"], record["how"]) == (True, True, f"alert {alert}")


def test_an_http_server_answers_a_hello_in_clear() -> None:
    port = tls_ca.free_port()
    with child(sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port), stderr=subprocess.DEVNULL):
        wait_for(lambda: tls_ca._answers(port))
        session = _session(port)
    assert (session["outcome"], session["spoke"], session["reason"]) == ("tls-error", False, "WRONG_VERSION_NUMBER")


@pytest.mark.parametrize(
    ("stage", "outcome"), [("healthy", "timeout"), ("ssh-banner", "tls-error"), ("accept-mute", "timeout")]
)
def test_a_server_without_tls_has_no_chain(stage: str, outcome: str) -> None:
    with staged([stage]) as ports:
        session = _session(ports[stage], patience=0.5)
    assert (session["outcome"], session["spoke"], session["chain"]) == (outcome, False, [])
    assert session["ms"] < 2000


def test_a_session_at_a_closed_port_is_refused() -> None:
    session = _session(tls_ca.free_port())
    assert (session["outcome"], session["spoke"]) == ("connect-refused", False)


def test_a_slow_server_does_not_restart_the_clock() -> None:
    """A byte now and then defeats a time-out of each read."""
    with listening() as sock:

        def drip() -> None:
            peer, _address = sock.accept()
            with peer:
                try:
                    for byte in b"\x16\x03\x03\x40\x00" + b"\x02" * 100:
                        peer.sendall(bytes([byte]))
                        threading.Event().wait(0.1)
                except OSError:
                    pass

        threading.Thread(target=drip, daemon=True).start()
        session = _session(sock.getsockname()[1], patience=0.6)
    assert (session["outcome"], session["ms"] < 1500) == ("timeout", True)


@pytest.mark.parametrize(
    ("name", "sni"), [("", None), ("192.0.2.1", None), ("::1", None), (NAME, NAME), ("a.test.", "a.test")]
)
def test_the_server_name_is_sent_for_names_only(name: str, sni: str | None) -> None:
    assert tls_session.sni_of(name) == sni


@pytest.mark.parametrize("body", [b"", b"\0", b"\0\0\x03\0\0\0", b"\0\0\x06\0\0\x09abc", b"\xff" * 9])
def test_what_is_no_certificate_message(body: bytes) -> None:
    assert tls_session.certificates_of(body) == []


def test_both_forms_of_a_certificate_message() -> None:
    assert tls_session.certificates_of(b"\0\0\x09\0\0\x02ab\0\0\x01c") == [b"ab", b"c"]
    assert tls_session.certificates_of(b"\0\0\0\x0e\0\0\x02ab\0\0\0\0\x01c\0\x01x") == [b"ab", b"c"]


# -- verification ------------------------------------------------------------------------------------------------------


def _codes(evidence: Evidence) -> dict[str, int]:
    return {row["store"]: row["code"] for row in evidence["sessions"][0]["verified"]}


@pytest.mark.parametrize(
    ("days", "sent", "code"), [((-1, 90), 2, 0), ((-9, -1), 2, 10), ((1, 9), 2, 9), ((-1, 90), 1, 20)]
)
def test_what_a_store_says(
    tmp_path: pathlib.Path, ca: tls_ca.Authority, days: tuple[int, int], sent: int, code: int
) -> None:
    root = tls_ca.store(tmp_path / "root.pem", ca.root)
    chain = [ca.leaf("other.example.test", days=days), ca.intermediate][:sent]
    with tls_ca.serving(tls_ca.store(tmp_path / "server.pem", *chain, key=True)) as port:
        service = {"port": port, "public_url": f"wss://{NAME}:{port}/", "tls": {"ca_path": root}}
        evidence = probe("tls", service)
    assert _codes(evidence)["ca_path"] == code
    assert _codes(evidence).get("system", 20) == 20
    (store,) = [entry for entry in evidence["stores"] if entry["name"] == "ca_path"]
    assert [base64.b64decode("".join(pieces)) for pieces in store["certificates"]] == [_der(ca.root)]


@pytest.mark.parametrize(("content", "words"), [(None, "ENOENT"), ("no certificate", "contains no certificate")])
def test_a_store_that_cannot_be_used_is_a_gap(
    tmp_path: pathlib.Path, ca: tls_ca.Authority, content: str | None, words: str
) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with tls_ca.serving(tls_ca.store(tmp_path / "server.pem", ca.leaf(NAME), key=True)) as port:
        evidence = probe("tls", {"port": port, "tls": {"ca_path": str(path)}})
    (gap,) = evidence["gaps"]
    assert (gap["what"], words in gap["reason"]) == ("ca_path", True), gap
    assert "ca_path" not in _codes(evidence)


# -- where TLS ends ----------------------------------------------------------------------------------------------------


def _roles(evidence: Evidence) -> list[tuple[str, str]]:
    return [(session["role"], session["asks"]) for session in evidence["sessions"]]


def test_sessions_are_opened_at_the_service_s_own_port(tmp_path: pathlib.Path, ca: tls_ca.Authority) -> None:
    with tls_ca.serving(tls_ca.store(tmp_path / "server.pem", ca.leaf(NAME), key=True)) as port:
        evidence = probe("tls", {"port": port, "public_url": f"wss://{NAME}:{port}/"})
        nameless = probe("tls", {"port": port})
    assert evidence["own"] == {"endpoint": f"127.0.0.1:{port}", "speaks": "tls"}
    assert (evidence["edge"], evidence["name"]) == (None, NAME)
    assert evidence["dialled"] == {"scheme": "wss", "host": NAME, "port": port}
    assert _roles(evidence) == [("own", "name"), ("own", "none"), ("own", "nobody")]
    assert [session["sni"] for session in evidence["sessions"]] == [NAME, None, tls_session.NOBODY]
    assert _roles(nameless) == [("own", "none")]


def test_a_service_without_tls_costs_nothing_but_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[t.Any] = []
    monkeypatch.setattr(tls_probe._Looking, "_ask", lambda *arguments, **_options: asked.append(arguments))
    with staged(["healthy"]) as ports:
        evidence = probe("tls", {"port": ports["healthy"]})
    assert (evidence["own"]["speaks"], evidence["sessions"], asked) == ("plain", [], [])


def test_the_probe_alone_imports_no_tls() -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import ansible_collections.websocket.health.plugins.module_utils._probes.tls\n"
        "print([name for name in sys.modules if name.endswith('.tls_session')])"
    )
    argv = [sys.executable, "-c", code, str(ROOT / ".cache" / "tree")]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_what_the_websocket_probe_found_out_is_not_asked_again() -> None:
    with staged(["healthy"]) as ports:
        both = ask({"name": "chat", "port": ports["healthy"]}, ["websocket", "tls"])
    assert both["tls"]["own"] == {"endpoint": f"port {ports['healthy']}", "speaks": "plain"}


def test_a_closed_own_port_has_no_session() -> None:
    evidence = probe("tls", {"port": tls_ca.free_port()})
    assert (evidence["own"]["speaks"], evidence["sessions"]) == ("closed", [])


def test_a_port_that_does_not_answer_has_no_session() -> None:
    with staged(["accept-mute"]) as ports:
        evidence = probe("tls", {"port": ports["accept-mute"]}, 4.0)
    assert evidence["own"]["speaks"] in ("unknown", "plain")
    assert evidence["sessions"] == []


def test_a_unix_socket(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "chat.sock")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
        sock.listen()
        evidence = probe("tls", {"socket": path, "public_url": f"wss://{NAME}/"}, 2.0)
    assert evidence["own"]["endpoint"] == f"unix:{path}"


def test_nothing_listens_where_clients_dial() -> None:
    with staged(["healthy"]) as ports:
        evidence = probe("tls", {"port": ports["healthy"], "public_url": f"wss://{NAME}:{tls_ca.free_port()}/"})
    assert (evidence["edge"]["speaks"], evidence["own"]["speaks"], evidence["sessions"]) == ("closed", "plain", [])


def test_the_port_that_clients_dial_speaks_no_tls() -> None:
    with staged(["healthy", "not-found-404"]) as ports:
        url = f"wss://{NAME}:{ports['not-found-404']}/"
        evidence = probe("tls", {"port": ports["healthy"], "public_url": url})
    assert evidence["edge"]["speaks"] == "plain"


def test_addresses_of_the_name(tmp_path: pathlib.Path, ca: tls_ca.Authority) -> None:
    with tls_ca.serving(tls_ca.store(tmp_path / "server.pem", ca.leaf(NAME), key=True)) as port:
        local = probe("tls", {"port": port, "public_url": f"wss://localhost:{port}/"})
        other = probe("tls", {"port": port, "public_url": f"wss://192.0.2.1:{port}/"})
    assert {"address": "127.0.0.1", "local": True} in local["addresses"]
    assert other["addresses"] == [{"address": "192.0.2.1", "local": False}]
    assert _roles(other) == [("own", "none")]


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang(*_arguments: t.Any, **_options: t.Any) -> list[t.Any]:
        release.wait(20)
        return []

    monkeypatch.setattr(local_address.socket, "getaddrinfo", hang)
    waiting = resolving("chat.example.test")
    assert waiting(0.05) is None
    release.set()


# -- behind nginx ------------------------------------------------------------------------------------------------------


def _edge(
    folder: pathlib.Path, ca: tls_ca.Authority, more: str = "", ask_for: str = NAME, before: str = ""
) -> Evidence:
    """The evidence of a service behind an nginx that ends TLS for NAME."""
    tls_ca.store(folder / "server.pem", ca.leaf(NAME), ca.intermediate, key=True)
    tls_ca.store(folder / "other.pem", ca.leaf("other.example.test"), ca.intermediate, key=True)
    tls_ca.store(folder / "root.pem", ca.root)
    port = tls_ca.free_port()
    with staged(["healthy"]) as ports:
        servers = before.replace("PORT", str(port)) + (
            f"server {{ listen 127.0.0.1:{port} ssl; server_name {NAME}; ssl_certificate server.pem;"
            f" ssl_certificate_key server.pem; {more} location / {{ proxy_pass http://127.0.0.1:{ports['healthy']}; }} }}"
        )
        with tls_ca.nginx(folder, servers, port):
            url = f"wss://{ask_for}:{port}/"
            service = {"port": ports["healthy"], "public_url": url, "tls": {"ca_path": str(folder / "root.pem")}}
            return probe("tls", service)


OTHER = (
    "server { listen 127.0.0.1:PORT ssl default_server; server_name other.example.test;"
    " ssl_certificate other.pem; ssl_certificate_key other.pem; }\n"
)
REJECT = "server { listen 127.0.0.1:PORT ssl default_server; ssl_reject_handshake on; }\n"


@needs_nginx
def test_sessions_are_opened_at_the_port_that_clients_dial(tmp_path: pathlib.Path, ca: tls_ca.Authority) -> None:
    evidence = _edge(tmp_path, ca)
    assert (evidence["edge"]["speaks"], evidence["edge"]["owners"]) == ("tls", ["nginx"])
    assert evidence["own"]["speaks"] == "plain"
    assert _roles(evidence) == [("edge", "name"), ("edge", "none"), ("edge", "nobody")]
    assert _codes(evidence)["ca_path"] == 0


@needs_nginx
def test_two_virtual_hosts(tmp_path: pathlib.Path, ca: tls_ca.Authority) -> None:
    evidence = _edge(tmp_path, ca, before=OTHER)
    mine, none, nobody = (_chain(session)[0] for session in evidence["sessions"])
    assert none == nobody != mine
    absent = _edge(tmp_path, ca, before=OTHER, ask_for="absent.example.test")
    assert len({_chain(session)[0] for session in absent["sessions"]}) == 1


@needs_nginx
def test_a_name_that_is_refused(tmp_path: pathlib.Path, ca: tls_ca.Authority) -> None:
    evidence = _edge(tmp_path, ca, before=REJECT)
    assert [session["alert"] for session in evidence["sessions"]] == [None, 112, 112]
    refused = _edge(tmp_path, ca, before=REJECT, ask_for="absent.example.test")
    assert refused["edge"]["speaks"] == "tls"
    assert refused["sessions"][0]["reason"] == "TLSV1_UNRECOGNIZED_NAME"


@needs_nginx
@pytest.mark.parametrize(("verify", "demanded"), [("on", True), ("optional", False)])
def test_nginx_demands_a_certificate(tmp_path: pathlib.Path, ca: tls_ca.Authority, verify: str, demanded: bool) -> None:
    more = f"ssl_client_certificate root.pem; ssl_verify_client {verify};"
    record = _edge(tmp_path, ca, more)["sessions"][0]["client_certificate"]
    assert (record["requested"], record["demanded"]) == (True, demanded)


def test_private_keys_are_not_in_the_evidence(tmp_path: pathlib.Path, ca: tls_ca.Authority) -> None:
    leaf = ca.leaf(NAME)
    pem = tls_ca.store(tmp_path / "server.pem", leaf, ca.intermediate, key=True)
    with tls_ca.serving(pem) as port:
        evidence = probe("tls", {"port": port, "tls": {"ca_path": pem}})
    number = leaf.key.private_numbers().private_value.to_bytes(32, "big")
    shown = [*evidence["sessions"], {"chain": evidence["stores"][-1]["certificates"]}]
    assert sum(len(entry["chain"]) for entry in shown) >= 3
    assert not [der for entry in shown for der in _chain(entry) if number in der]
    assert "PRIVATE" not in json.dumps(evidence)
