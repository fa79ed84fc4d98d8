# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklist item 12 on recorded evidence."""

from __future__ import annotations

import base64
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.tls import (
    Address,
    Dialled,
    Pieces,
    Session,
    TrustStore,
    Verified,
)
from ansible_collections.websocket.health.plugins.plugin_utils._checks import tls
from ansible_collections.websocket.health.plugins.plugin_utils._evidence import certificates
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.unit import tls_ca
from tests.unit.builders.common import gap, with_time_out
from tests.unit.builders.service import with_service, with_tls_options
from tests.unit.builders.tls import (
    pieces,
    verified,
    with_client_certificate,
    with_dialled_port,
    with_own_port,
    with_session,
    with_session_at_public_url,
    with_tls,
)
from tests.unit.recorded.load import AS_RECORDED, NAMES, Changes, change, load, results, verdict

DAY = 86400
#: The public name leads to another host alone, and to this one too.
ELSEWHERE: list[Address] = [{"address": "192.0.2.1", "local": False}]
HERE: list[Address] = [*ELSEWHERE, {"address": "127.0.0.1", "local": True}]
NO_CA_FILE = with_tls(gaps=[gap("ca_path", "tls.ca_path /x: ENOENT", "name a file")])
RECORDED: Session = load("tls-private-ca")[1]["tls"]["sessions"][0]
#: When it was recorded: certificates that are added to it are issued then.
NOW = float(RECORDED["clock"])


EDWARDS = tls_ca.issue("localhost", names=["localhost"], key=ed25519.Ed25519PrivateKey.generate(), now=NOW)


def _days_later(days: float) -> Changes:
    """Changes: the host's clock, so many days after the recording."""
    now = int(RECORDED["clock"] + days * DAY)
    return with_session(clock=now) + with_tls(clock=now)


def _verification(**codes: int) -> Changes:
    """Changes: what OpenSSL says of the chain with each store."""
    return with_session(verified=verified(**codes))


def _chain(*certificates: Pieces) -> Changes:
    """Changes: the certificates that the server sends."""
    return with_session(chain=list(certificates), sent=len(certificates))


def _refused(code: int, message: str) -> Changes:
    """Changes: a chain to a root of tls.ca_path is refused for what else it says."""
    rows = [*verified(system=20), {**verified(ca_path=code)[0], "message": message}]
    return with_session(verified=t.cast("list[Verified]", rows))


def _strict(code: int) -> Changes:
    """Changes: the chain is verified, and strict clients get this code."""
    return with_session(verified=[{**verified(ca_path=0)[0], "strict_code": code, "strict_message": "said"}])


CASES: list[tuple[str, Changes, str, str, str]] = [
    # (recorded case, changes, check, status, part of the summary)
    # protocol
    ("tls-private-ca", AS_RECORDED, "tls.protocol", "pass", "TLSv1.3, TLS_"),
    ("tls-edge", AS_RECORDED, "tls.protocol", "pass", "(SNI chat.example.test)"),
    ("tls-private-ca", with_session(protocol="TLSv1.1"), "tls.protocol", "fail", "TLSv1.1 at"),
    ("tls-plain-port", AS_RECORDED, "tls.protocol", "fail", "answers without TLS, but public_url says wss"),
    ("tls-plain-port", with_tls(addresses=ELSEWHERE), "tls.protocol", "skip", "TLS is terminated in front"),
    ("tls-plain-port", with_service(exposure="proxied"), "tls.protocol", "skip", "TLS is terminated in front"),
    ("tls-plain-port", with_own_port(speaks="unknown"), "tls.protocol", "unknown", "neither TLS nor plaintext"),
    ("tls-dialled-in-clear", AS_RECORDED, "tls.protocol", "fail", "speaks TLS, but public_url says ws"),
    ("tls-sni-rejected", AS_RECORDED, "tls.protocol", "unknown", "unrecognized name"),
    ("tls-edge", with_tls(sessions=[]) + with_dialled_port(speaks="closed"), "tls.protocol", "skip", "TLS is terminated elsewhere"),
    ("tls-edge", with_tls(sessions=[]) + with_dialled_port(speaks="plain"), "tls.protocol", "fail", "answers without TLS"),
    ("tls-edge", with_tls(sessions=[], addresses=ELSEWHERE) + with_dialled_port(speaks="plain"), "tls.protocol", "unknown", "neither"),
    ("tls-plain-port", with_tls(dialled=None), "tls.protocol", "skip", "no public_url with wss://"),
    ("tls-plain-port", with_tls(dialled=None) + with_own_port(speaks="closed"), "tls.protocol", "unknown", "gave no answer"),
    ("tls-private-ca", with_time_out("tls", "not finished within 8.0 s"), "tls.protocol", "unknown", "not finished within"),
    # trust
    ("tls-private-ca", AS_RECORDED, "tls.trust", "pass", "verified against tls.ca_path"),
    ("tls-private-ca", _verification(system=0), "tls.trust", "pass", "verified against the system store"),
    ("tls-trusted", AS_RECORDED, "tls.trust", "pass", "verified against tls.ca_path"),
    ("tls-self-signed", AS_RECORDED, "tls.trust", "fail", "code 18"),
    ("tls-private-ca-unknown", AS_RECORDED, "tls.trust", "fail", "code 20"),
    ("tls-missing-intermediate", AS_RECORDED, "tls.trust", "fail", "code 20"),
    ("tls-expired", AS_RECORDED, "tls.trust", "pass", "verified against"),
    ("tls-not-yet", AS_RECORDED, "tls.trust", "pass", "verified against"),
    ("tls-wrong-host", AS_RECORDED, "tls.trust", "pass", "verified against"),
    ("tls-private-ca", _verification(system=10, ca_path=20), "tls.trust", "fail", "its root in the trust store has expired"),
    ("tls-private-ca", _verification(), "tls.trust", "unknown", "no trusted roots"),
    ("tls-private-ca", _verification(system=20), "tls.trust", "unknown", "not observed"),
    ("tls-private-ca", _verification(system=20) + NO_CA_FILE, "tls.trust", "unknown", "ENOENT"),
    ("tls-private-ca", _verification(system=0) + NO_CA_FILE, "tls.trust", "pass", "system store"),
    ("tls-sni-rejected", AS_RECORDED, "tls.trust", "unknown", "(see tls.sni)"),
    ("tls-plain-port", AS_RECORDED, "tls.trust", "unknown", "see tls.protocol"),
    ("tls-private-ca", _refused(26, "unsuitable certificate purpose"), "tls.trust", "fail", "lacks serverAuth"),
    ("tls-private-ca", _refused(47, "permitted subtree violation"), "tls.trust", "fail", "code 47"),
    ("tls-private-ca", _refused(99, "of a newer OpenSSL"), "tls.trust", "fail", "refused: of a newer OpenSSL"),
    ("tls-private-ca", _strict(85), "tls.trust", "warn", "Python 3.13"),
    ("tls-private-ca", _strict(0), "tls.trust", "pass", "verified against"),
    ("tls-private-ca", _verification(system=0, ca_path=26), "tls.trust", "pass", "verified against the system store"),
    ("tls-private-ca", change("tls", "sessions", 0, add=True, refused_first="DH_KEY_TOO_SMALL"), "tls.protocol", "fail", "DH_KEY_TOO_SMALL"),
    ("tls-private-ca", _chain(pieces(EDWARDS)), "tls.protocol", "fail", "Ed25519"),
    ("tls-private-ca", with_session(protocol="TLSv9"), "tls.protocol", "unknown", "not observed"),
    # dates
    ("tls-private-ca", AS_RECORDED, "tls.dates", "pass", "90 days left"),
    ("tls-private-ca", _days_later(80), "tls.dates", "warn", "10 days left, fewer than 21"),
    ("tls-private-ca", _days_later(80) + with_tls_options(min_days=5), "tls.dates", "pass", "10 days left"),
    ("tls-private-ca", _days_later(100) + _verification(system=20, ca_path=10), "tls.dates", "fail", "expired 10 days ago"),
    ("tls-private-ca", _days_later(-2), "tls.dates", "fail", "is not valid yet: only from 2"),
    ("tls-expired", AS_RECORDED, "tls.dates", "fail", "expired 1.0 days ago"),
    ("tls-not-yet", AS_RECORDED, "tls.dates", "fail", "is not valid yet"),
    ("tls-cross-signed", AS_RECORDED, "tls.dates", "pass", "90 days left"),
    ("tls-cross-signed", _verification(system=20, ca_path=10), "tls.dates", "fail", "Test Root until"),
    ("tls-private-ca", with_session(clock=7) + change("tls", clock=None), "tls.dates", "unknown", "has no clock"),
    ("tls-self-signed", AS_RECORDED, "tls.dates", "pass", "90 days left"),
    # name
    ("tls-private-ca", AS_RECORDED, "tls.name", "pass", "(*.example.test)"),
    ("tls-private-ca", with_tls(name="a.b.example.test"), "tls.name", "fail", ", not for a.b.example.test"),
    ("tls-private-ca", with_tls(name="192.0.2.1"), "tls.name", "fail", ", not for 192.0.2.1"),
    ("tls-private-ca", with_tls(name=""), "tls.name", "skip", "no public_url"),
    ("tls-wrong-host", AS_RECORDED, "tls.name", "fail", "it is for chat.example.com, not for localhost"),
    ("tls-expired", AS_RECORDED, "tls.name", "pass", "localhost is among its names"),
    ("tls-cn-only", AS_RECORDED, "tls.name", "fail", "browsers refuse it"),
    ("tls-default-vhost", with_tls(addresses=ELSEWHERE), "tls.name", "unknown", "is not this host"),
    ("tls-default-vhost", with_tls(addresses=HERE), "tls.name", "fail", ", not for absent.example.test"),
    # chain
    ("tls-private-ca", AS_RECORDED, "tls.chain", "pass", "2 certificates sent, in order"),
    ("tls-private-ca-unknown", AS_RECORDED, "tls.chain", "pass", "2 certificates sent, in order"),
    ("tls-cross-signed", AS_RECORDED, "tls.chain", "pass", "3 certificates sent, in order"),
    ("tls-missing-intermediate", AS_RECORDED, "tls.chain", "fail", "published at http://ca.example.test"),
    ("tls-missing-intermediate-own", AS_RECORDED, "tls.chain", "fail", "belongs to Acme, as does the root Test Root"),
    ("tls-trusted", AS_RECORDED, "tls.chain", "skip", "has no chain"),
    ("tls-private-ca", _chain(*RECORDED["chain"], RECORDED["chain"][0]), "tls.chain", "warn", "one is sent twice"),
    ("tls-private-ca", with_session(chain_from="leaf") + _chain(RECORDED["chain"][0]), "tls.chain", "pass", "since it was verified"),
    ("tls-private-ca-unknown", with_session(chain_from="leaf"), "tls.chain", "unknown", "only the server's own"),
    # sni
    ("tls-edge", AS_RECORDED, "tls.sni", "pass", "chat.example.test gets chat.example.test"),
    ("tls-edge-two-hosts", AS_RECORDED, "tls.sni", "pass", "without SNI: CN=other.example.test"),
    ("tls-edge-reject-others", AS_RECORDED, "tls.sni", "pass", "without SNI: refused"),
    ("tls-default-vhost", AS_RECORDED, "tls.sni", "fail", "gets the certificate that unknown names get"),
    ("tls-sni-rejected", AS_RECORDED, "tls.sni", "fail", "absent.example.test is refused"),
    ("tls-wrong-host", AS_RECORDED, "tls.sni", "pass", "gets chat.example.com"),
    ("tls-trusted", with_session(asks="none"), "tls.sni", "skip", "no name is sent"),
    # client certificate
    ("tls-edge", AS_RECORDED, "tls.client_certificate", "pass", "none is requested"),
    ("tls-edge-optional", AS_RECORDED, "tls.client_certificate", "pass", "requested, but not required"),
    ("tls-mtls", AS_RECORDED, "tls.client_certificate", "fail", "HTTP 400 about a certificate"),
    ("tls-edge", with_client_certificate(requested=None), "tls.client_certificate", "unknown", "does not show it"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "check", "status", "words"), CASES)
def test_check_status_and_summary(name: str, changes: Changes, check: str, status: str, words: str) -> None:
    result = results(name, changes)[check]
    assert (result["status"], words in result["summary"]) == (status, True), result["summary"]
    assert status not in ("fail", "warn") or result["remediation"]


@pytest.mark.parametrize("name", [name for name in NAMES if "tls" in load(name)[1]])
def test_every_check_has_one_result(name: str) -> None:
    service, evidence = load(name)
    ids = [result.id for result in tls.check(evidence["tls"], service)]
    assert sorted(ids) == sorted(definition.id for definition in tls.DEFINITIONS)


def test_the_chain_is_shown() -> None:
    lines = [line["text"] for line in results("tls-private-ca")["tls.dates"]["evidence"]]
    assert [line.split(": ")[0] for line in lines] == ["0", "1"]
    assert "issuer CN=Test Issuing CA" in lines[0] and "90 days left" in lines[0]


@pytest.mark.parametrize("check", [definition.id for definition in tls.DEFINITIONS])
def test_where_only_a_proxy_meets_it_nothing_fails(check: str) -> None:
    """Clients dial another port, which is on another host."""
    for name in ("tls-self-signed", "tls-expired", "tls-wrong-host", "tls-missing-intermediate", "tls-mtls"):
        sessions: list[Session] = [{**session, "role": "own"} for session in load(name)[1]["tls"]["sessions"]]
        dialled: Dialled = {"scheme": "wss", "host": "chat.example.test", "port": 443}
        changes = with_tls(dialled=dialled, sessions=sessions, edge={"speaks": "closed"})
        assert results(name, changes)[check]["status"] in ("pass", "warn", "skip"), name


def test_behind_a_proxy_that_sends_no_name() -> None:
    sessions: list[Session] = [
        {**session, "role": "own"} for session in load("tls-edge-two-hosts")[1]["tls"]["sessions"]
    ]
    judged = verdict("tls-edge-two-hosts", with_tls(sessions=sessions) + change("tls", "dialled", port=443))
    (sni,) = [entry for entry in judged["checks"] if entry["id"] == "tls.sni"]
    assert (sni["status"], "nginx does by default" in sni["summary"]) == ("warn", True)
    assert [entry["id"] for entry in judged["diagnoses"]] == ["tls-default-virtual-host"]


# -- from outside ------------------------------------------------------------------------------------------------------

PUBLIC = ("tls.trust", "tls.dates", "tls.name", "tls.chain")


def _from_outside(**changes: t.Unpack[Session]) -> list[dict[str, t.Any]]:
    """The results, where the controller's session at the public URL is that of the host but for these fields."""
    same: Session = load("tls-edge")[1]["tls"]["sessions"][0]
    seen: Session = {**same, **changes}
    return t.cast("list[dict[str, t.Any]]", verdict("tls-edge", with_session_at_public_url(**seen))["checks"])


def test_a_session_at_the_public_url_is_judged_once_more() -> None:
    seen = _from_outside(url="wss://chat.example.test/")
    found = [entry for entry in seen if entry["vantage"] == "public" and entry["id"].startswith("tls.")]
    assert {entry["id"]: entry["status"] for entry in found} == dict.fromkeys(PUBLIC, "pass")
    assert {entry["instance"] for entry in found} == {"wss://chat.example.test/"}


def test_each_view_is_judged_by_its_own_days_later() -> None:
    found = _from_outside(clock=RECORDED["clock"] + 100 * DAY, verified=verified(system=10))
    statuses = {entry["vantage"]: entry["status"] for entry in found if entry["id"] == "tls.dates"}
    assert statuses == {"host": "pass", "public": "fail"}


@pytest.mark.parametrize("record", [{"unknown": "no route"}, {"outcome": "connect-timeout", "error": "no answer"}])
def test_what_could_not_be_reached_from_outside_is_unknown(record: Session) -> None:
    judged = verdict("tls-edge", with_session_at_public_url(**record))
    found = [entry for entry in judged["checks"] if entry["vantage"] == "public"]
    statuses = {entry["id"]: entry["status"] for entry in found if entry["id"].startswith("tls.")}
    assert statuses == dict.fromkeys(PUBLIC, "unknown")


def test_the_public_session_is_judged_where_the_host_has_no_tls() -> None:
    changes = with_tls(own={"endpoint": "port 8080", "speaks": "plain"}, addresses=ELSEWHERE)
    judged = verdict("tls-plain-port", changes + with_session_at_public_url(**RECORDED))
    found = {(entry["id"], entry["vantage"]): entry["status"] for entry in judged["checks"]}
    assert (found["tls.trust", "host"], found["tls.trust", "public"]) == ("skip", "pass")


# -- certificates ------------------------------------------------------------------------------------------------------


def _read(*entries: tls_ca.Issued) -> list[certificates.Certificate]:
    ders = ["".join(entry.pem.decode().split("-----")[2].split()) for entry in entries]
    return certificates.read_all([[text[:50], text[50:]] for text in ders])


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("chat.example.com", "chat.example.com", True),
        ("Chat.Example.COM", "chat.example.com.", True),
        ("*.example.com", "chat.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.chat.example.com", False),
        ("*.com", "example.com", False),
        ("c*t.example.com", "chat.example.com", False),
        ("", "", False),
    ],
)
def test_a_certificate_s_name_matches_one_label_at_most(pattern: str, name: str, expected: bool) -> None:
    assert certificates.matches(pattern, name) is expected


def test_addresses_match_only_as_addresses() -> None:
    (leaf,) = _read(tls_ca.issue("x", names=["192.0.2.1", "2001:db8::1", "chat.example.com"]))
    assert leaf.covers("192.0.2.1") and leaf.covers("2001:0db8::1") and leaf.covers("chat.example.com")
    assert not leaf.covers("192.0.2.2")
    (leaf,) = _read(tls_ca.issue("192.0.2.1", names=["*.0.2.1"]))
    assert not leaf.covers("192.0.2.1")


def test_the_path_is_found_whatever_the_order() -> None:
    ca, other = tls_ca.authority(), tls_ca.authority()
    leaf = ca.leaf("x.test")
    cross = tls_ca.issue("Test Root", other.root, ca=True, key=ca.root.key)
    assert certificates.path_of(_read(leaf, ca.intermediate)) == [0, 1]
    assert certificates.path_of(_read(leaf, ca.root, ca.intermediate)) == [0, 2, 1]
    assert certificates.path_of(_read(leaf, other.intermediate)) == [0], "the same name, and another key"
    assert certificates.path_of(_read(leaf, ca.intermediate, ca.root, cross)) == [0, 1, 3]
    assert certificates.path_of(_read(ca.root)) == [0]
    assert certificates.path_of([]) == []


def _order(*entries: tls_ca.Issued) -> tuple[str, str]:
    result = results("tls-private-ca", _chain(*map(pieces, entries)))["tls.chain"]
    return result["status"], result["summary"]


def test_wrong_order_and_superfluous_certificates_are_a_warning() -> None:
    ca, other = tls_ca.authority(now=NOW), tls_ca.issue("Stranger", ca=True, now=NOW)
    leaf = ca.leaf("*.example.test")
    assert _order(leaf, ca.intermediate) == ("pass", "2 certificates sent, in order")
    assert _order(leaf, ca.root, ca.intermediate)[1].startswith("3 certificates sent: they are not in order; the root")
    assert _order(leaf, ca.intermediate, ca.root) == (
        "warn",
        "3 certificates sent: the root Test Root need not be sent",
    )
    assert _order(leaf, ca.intermediate, other) == ("warn", "3 certificates sent: Stranger does not belong to it")


def test_an_intermediate_that_only_the_inventory_has() -> None:
    ca = tls_ca.authority(now=NOW)
    held: TrustStore = {"name": "ca_path", "path": "/x", "certificates": [pieces(ca.intermediate)]}
    changes = _chain(pieces(ca.leaf("x.example.test"))) + with_tls(stores=[held])
    result = results("tls-private-ca", changes)["tls.chain"]
    assert (result["status"], "only for clients that have Test Issuing CA" in result["summary"]) == ("warn", True)


@pytest.mark.parametrize(
    "broken", [None, 7, [], [""], ["not base64!"], [base64.b64encode(b"no certificate").decode()], [7]]
)
def test_unreadable_certificates_make_trust_unknown(broken: t.Any) -> None:
    assert certificates.read(broken) is None
    assert certificates.read_all([broken]) == []
    assert results("tls-private-ca", with_session(chain=[broken]))["tls.trust"]["status"] == "unknown"


def test_without_the_library_nothing_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_der: bytes) -> t.Any:
        raise ImportError("cryptography")

    monkeypatch.setattr(certificates, "_parsed", missing)
    assert {entry["status"] for name, entry in results("tls-private-ca").items() if name in PUBLIC} == {"unknown"}


def _roots(*entries: tls_ca.Issued) -> Changes:
    """Changes: what is in the file that tls.ca_path names."""
    row: TrustStore = {
        "name": "ca_path",
        "path": "/x",
        "usable": True,
        "certificates": [pieces(entry) for entry in entries],
    }
    return with_tls(stores=[{"name": "system", "usable": True}, row]) + with_tls_options(ca_path="/x")


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [("own", "pass", "signed by Test Root of tls.ca_path /x"), ("another", "unknown", "nor has tls.ca_path /x")],
)
def test_roots_in_a_file_of_the_host_are_compared_with_what_the_controller_met(
    given: str, status: str, words: str
) -> None:
    ca, stranger = tls_ca.authority(now=NOW), tls_ca.authority(now=NOW)
    chain = [pieces(ca.leaf("localhost")), pieces(ca.intermediate)]
    session: Session = {**RECORDED, "chain": chain, "sent": 2, "verified": []}
    roots = _roots({"own": ca, "another": stranger}[given].root)
    found = results("tls-private-ca", roots + with_session_at_public_url(**session))["tls.trust@public"]
    assert (found["status"], words in found["summary"]) == (status, True), found["summary"]
    assert "set tls.ca_path" not in str(found["remediation"])


def test_where_a_file_of_roots_is_given_nobody_advises_to_give_one() -> None:
    ca, stranger = tls_ca.authority(now=NOW), tls_ca.authority(now=NOW)
    chain = _chain(pieces(ca.leaf("localhost")), pieces(ca.intermediate))
    changes = chain + _roots(stranger.root) + _verification(system=20, ca_path=20)
    told = verdict("tls-private-ca", changes)
    assert "tls-private-ca-untrusted" in [entry["id"] for entry in told["diagnoses"]]
    assert "set tls.ca_path" not in str(told)


@pytest.mark.parametrize(("known", "status"), [(["Acme CA Ltd"], "fail"), (["Another"], "pass")])
def test_an_issuer_of_the_organization_of_a_trusted_root_is_an_intermediate(known: list[str], status: str) -> None:
    leaf = tls_ca.authority("Acme CA Ltd", now=NOW).leaf("localhost")
    stores: list[TrustStore] = [{"name": "system", "usable": True, "organizations": known}]
    changes = _chain(pieces(leaf)) + with_tls(stores=stores) + _verification(system=20, ca_path=20)
    found = results("tls-private-ca", changes)["tls.chain"]
    assert found["status"] == status, found["summary"]
