# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checklist item 12 on recorded evidence."""

from __future__ import annotations

import base64
import copy
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._checks import tls
from ansible_collections.websocket.health.plugins.plugin_utils._evidence import certificates
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import judge

from tests.unit import tls_kit
from tests.unit.recorded.load import NAMES, load, results

T = "evidence__tls__"
S = T + "sessions__0__"
DAY = 86400
ELSEWHERE = [{"address": "192.0.2.1", "local": False}]
HERE = [{"address": "192.0.2.1", "local": False}, {"address": "127.0.0.1", "local": True}]
NO_FILE = [{"what": "ca_path", "reason": "tls.ca_path /x: ENOENT", "remedy": "name a file"}]
LATE = {"kind": "deadline", "message": "not finished within 8.0 s"}
RECORDED = load("tls-private-ca")[1]["tls"]["sessions"][0]
#: When it was recorded: certificates that are added to it are issued then.
NOW = float(RECORDED["clock"])


def _clock(days: float) -> dict[str, t.Any]:
    """The host's clock, so many days after the recording."""
    now = int(RECORDED["clock"] + days * DAY)
    return {S + "clock": now, T + "clock": now}


def _codes(**codes: int) -> list[dict[str, t.Any]]:
    return [{"store": store, "outcome": "x", "code": code, "message": "said"} for store, code in codes.items()]


CASES: list[tuple[str, dict[str, t.Any], str, str, str]] = [
    # protocol
    ("tls-private-ca", {}, "tls.protocol", "pass", "TLSv1.3, TLS_"),
    ("tls-edge", {}, "tls.protocol", "pass", "(SNI chat.example.test)"),
    ("tls-private-ca", {S + "protocol": "TLSv1.1"}, "tls.protocol", "fail", "TLSv1.1 at"),
    ("tls-plain-port", {}, "tls.protocol", "fail", "answers without TLS, and public_url says wss"),
    ("tls-plain-port", {T + "addresses": ELSEWHERE}, "tls.protocol", "skip", "it ends in front"),
    ("tls-plain-port", {"service__exposure": "proxied"}, "tls.protocol", "skip", "it ends in front"),
    ("tls-plain-port", {T + "own__speaks": "unknown"}, "tls.protocol", "unknown", "neither TLS nor plaintext"),
    ("tls-dialled-in-clear", {}, "tls.protocol", "fail", "speaks TLS, and public_url says ws"),
    ("tls-sni-rejected", {}, "tls.protocol", "unknown", "unrecognized name"),
    ("tls-edge", {T + "sessions": [], T + "edge__speaks": "closed"}, "tls.protocol", "skip", "TLS ends elsewhere"),
    ("tls-edge", {T + "sessions": [], T + "edge__speaks": "plain"}, "tls.protocol", "fail", "answers without TLS"),
    ("tls-edge", {T + "sessions": [], T + "edge__speaks": "plain", T + "addresses": ELSEWHERE}, "tls.protocol", "unknown", "neither"),
    ("tls-plain-port", {T + "dialled": None}, "tls.protocol", "skip", "no public_url with wss://"),
    ("tls-plain-port", {T + "dialled": None, T + "own__speaks": "closed"}, "tls.protocol", "unknown", "gave no answer"),
    ("tls-private-ca", {T[:-2]: {"gaps": [], "error": LATE}}, "tls.protocol", "unknown", "not finished within"),
    # trust
    ("tls-private-ca", {}, "tls.trust", "pass", "verified against tls.ca_path"),
    ("tls-private-ca", {S + "verified": _codes(system=0)}, "tls.trust", "pass", "verified against the system store"),
    ("tls-trusted", {}, "tls.trust", "pass", "verified against tls.ca_path"),
    ("tls-self-signed", {}, "tls.trust", "fail", "code 18"),
    ("tls-private-ca-unknown", {}, "tls.trust", "fail", "code 20"),
    ("tls-missing-intermediate", {}, "tls.trust", "fail", "code 20"),
    ("tls-expired", {}, "tls.trust", "pass", "verified against"),
    ("tls-not-yet", {}, "tls.trust", "pass", "verified against"),
    ("tls-wrong-host", {}, "tls.trust", "pass", "verified against"),
    ("tls-private-ca", {S + "verified": _codes(system=10, ca_path=20)}, "tls.trust", "fail", "its root in the store has expired"),
    ("tls-private-ca", {S + "verified": []}, "tls.trust", "unknown", "no trusted roots"),
    ("tls-private-ca", {S + "verified": _codes(system=20)}, "tls.trust", "unknown", "not observed"),
    ("tls-private-ca", {S + "verified": _codes(system=20), T + "gaps": NO_FILE}, "tls.trust", "unknown", "ENOENT"),
    ("tls-private-ca", {S + "verified": _codes(system=0), T + "gaps": NO_FILE}, "tls.trust", "pass", "system store"),
    ("tls-sni-rejected", {}, "tls.trust", "unknown", "(see tls.sni)"),
    ("tls-plain-port", {}, "tls.trust", "unknown", "see tls.protocol"),
    # dates
    ("tls-private-ca", {}, "tls.dates", "pass", "90 days left"),
    ("tls-private-ca", _clock(80), "tls.dates", "warn", "10 days left, fewer than 21"),
    ("tls-private-ca", {**_clock(80), "service__tls__min_days": 5}, "tls.dates", "pass", "10 days left"),
    ("tls-private-ca", {**_clock(100), S + "verified": _codes(system=20, ca_path=10)}, "tls.dates", "fail", "expired 10 days ago"),
    ("tls-private-ca", _clock(-2), "tls.dates", "fail", "is not valid yet: from 2"),
    ("tls-expired", {}, "tls.dates", "fail", "expired 1.0 days ago"),
    ("tls-not-yet", {}, "tls.dates", "fail", "is not valid yet"),
    ("tls-cross-signed", {}, "tls.dates", "pass", "90 days left"),
    ("tls-cross-signed", {S + "verified": _codes(system=20, ca_path=10)}, "tls.dates", "fail", "Test Root until"),
    ("tls-private-ca", {S + "clock": 7, T + "clock": None}, "tls.dates", "unknown", "has no clock"),
    ("tls-self-signed", {}, "tls.dates", "pass", "90 days left"),
    # name
    ("tls-private-ca", {}, "tls.name", "pass", "(*.example.test)"),
    ("tls-private-ca", {T + "name": "a.b.example.test"}, "tls.name", "fail", "and not for a.b.example.test"),
    ("tls-private-ca", {T + "name": "192.0.2.1"}, "tls.name", "fail", "and not for 192.0.2.1"),
    ("tls-private-ca", {T + "name": ""}, "tls.name", "skip", "no public_url"),
    ("tls-wrong-host", {}, "tls.name", "fail", "it is for chat.example.com, and not for localhost"),
    ("tls-expired", {}, "tls.name", "pass", "localhost is among its names"),
    ("tls-cn-only", {}, "tls.name", "fail", "browsers refuse it"),
    ("tls-default-vhost", {T + "addresses": ELSEWHERE}, "tls.name", "unknown", "is not this host"),
    ("tls-default-vhost", {T + "addresses": HERE}, "tls.name", "fail", "and not for absent.example.test"),
    # chain
    ("tls-private-ca", {}, "tls.chain", "pass", "2 certificates sent, in order"),
    ("tls-private-ca-unknown", {}, "tls.chain", "pass", "2 certificates sent, in order"),
    ("tls-cross-signed", {}, "tls.chain", "pass", "3 certificates sent, in order"),
    ("tls-missing-intermediate", {}, "tls.chain", "fail", "published at http://ca.example.test"),
    ("tls-missing-intermediate-own", {}, "tls.chain", "fail", "is of Acme, as the root Test Root"),
    ("tls-trusted", {}, "tls.chain", "skip", "has no chain"),
    ("tls-private-ca", {S + "chain": RECORDED["chain"] + RECORDED["chain"][:1], S + "sent": 3}, "tls.chain", "warn", "one is sent twice"),
    ("tls-private-ca", {S + "chain_from": "leaf", S + "chain": RECORDED["chain"][:1], S + "sent": 1}, "tls.chain", "pass", "for it was verified"),
    ("tls-private-ca-unknown", {S + "chain_from": "leaf"}, "tls.chain", "unknown", "only the server's own"),
    # sni
    ("tls-edge", {}, "tls.sni", "pass", "chat.example.test gets chat.example.test"),
    ("tls-edge-two-hosts", {}, "tls.sni", "pass", "without SNI: CN=other.example.test"),
    ("tls-edge-reject-others", {}, "tls.sni", "pass", "without SNI: refused"),
    ("tls-default-vhost", {}, "tls.sni", "fail", "gets the certificate that unknown names get"),
    ("tls-sni-rejected", {}, "tls.sni", "fail", "absent.example.test is refused"),
    ("tls-wrong-host", {}, "tls.sni", "pass", "gets chat.example.com"),
    ("tls-trusted", {S + "asks": "none"}, "tls.sni", "skip", "no name is asked for"),
    # client certificate
    ("tls-edge", {}, "tls.client_certificate", "pass", "none is asked for"),
    ("tls-edge-optional", {}, "tls.client_certificate", "pass", "asked for, and not demanded"),
    ("tls-mtls", {}, "tls.client_certificate", "fail", "HTTP 400 about a certificate"),
    ("tls-edge", {S + "client_certificate__requested": None}, "tls.client_certificate", "unknown", "does not show it"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "check", "status", "words"), CASES)
def test_a_check(name: str, changes: dict[str, t.Any], check: str, status: str, words: str) -> None:
    result = results(name, **changes)[check]
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
        sessions = [dict(session, role="own") for session in load(name)[1]["tls"]["sessions"]]
        dialled = {"scheme": "wss", "host": "chat.example.test", "port": 443}
        changes = {T + "dialled": dialled, T + "sessions": sessions, T + "edge": {"speaks": "closed"}}
        assert results(name, **changes)[check]["status"] in ("pass", "warn", "skip"), name


def test_behind_a_proxy_that_sends_no_name() -> None:
    service, evidence = load("tls-edge-two-hosts")
    for session in evidence["tls"]["sessions"]:
        session["role"] = "own"
    evidence["tls"]["dialled"]["port"] = 443
    judged = judge(service, evidence)
    (sni,) = [entry for entry in judged["checks"] if entry["id"] == "tls.sni"]
    assert (sni["status"], "nginx does by default" in sni["summary"]) == ("warn", True)
    assert [entry["id"] for entry in judged["diagnoses"]] == ["tls-default-virtual-host"]


# -- from outside ------------------------------------------------------------------------------------------------------

PUBLIC = ("tls.trust", "tls.dates", "tls.name", "tls.chain")


def _from_outside(**changes: t.Any) -> list[dict[str, t.Any]]:
    service, evidence = load("tls-edge")
    record = copy.deepcopy(evidence["tls"]["sessions"][0])
    record.update(changes)
    evidence["tls"]["public"] = record
    return t.cast("list[dict[str, t.Any]]", judge(service, evidence)["checks"])


def test_a_session_at_the_public_url_is_judged_once_more() -> None:
    seen = _from_outside(url="wss://chat.example.test/")
    found = [entry for entry in seen if entry["vantage"] == "public" and entry["id"].startswith("tls.")]
    assert {entry["id"]: entry["status"] for entry in found} == dict.fromkeys(PUBLIC, "pass")
    assert {entry["instance"] for entry in found} == {"wss://chat.example.test/"}


def test_each_view_is_judged_by_its_own_clock() -> None:
    found = _from_outside(clock=RECORDED["clock"] + 100 * DAY, verified=_codes(system=10))
    statuses = {entry["vantage"]: entry["status"] for entry in found if entry["id"] == "tls.dates"}
    assert statuses == {"host": "pass", "public": "fail"}


@pytest.mark.parametrize("record", [{"unknown": "no route"}, {"outcome": "connect-timeout", "error": "no answer"}])
def test_what_could_not_be_reached_from_outside_is_unknown(record: dict[str, t.Any]) -> None:
    service, evidence = load("tls-edge")
    evidence["tls"]["public"] = record
    found = [entry for entry in judge(service, evidence)["checks"] if entry["vantage"] == "public"]
    statuses = {entry["id"]: entry["status"] for entry in found if entry["id"].startswith("tls.")}
    assert statuses == dict.fromkeys(PUBLIC, "unknown")


def test_it_is_judged_where_the_host_has_no_tls() -> None:
    service, evidence = load("tls-plain-port")
    evidence["tls"].update(public=RECORDED, own={"endpoint": "port 8080", "speaks": "plain"}, addresses=ELSEWHERE)
    found = {(entry["id"], entry["vantage"]): entry["status"] for entry in judge(service, evidence)["checks"]}
    assert (found["tls.trust", "host"], found["tls.trust", "public"]) == ("skip", "pass")


# -- certificates ------------------------------------------------------------------------------------------------------


def _read(*entries: tls_kit.Issued) -> list[certificates.Certificate]:
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
def test_names(pattern: str, name: str, expected: bool) -> None:
    assert certificates.matches(pattern, name) is expected


def test_addresses() -> None:
    (leaf,) = _read(tls_kit.issue("x", names=["192.0.2.1", "2001:db8::1", "chat.example.com"]))
    assert leaf.covers("192.0.2.1") and leaf.covers("2001:0db8::1") and leaf.covers("chat.example.com")
    assert not leaf.covers("192.0.2.2")
    (leaf,) = _read(tls_kit.issue("192.0.2.1", names=["*.0.2.1"]))
    assert not leaf.covers("192.0.2.1")


def test_a_path_whatever_the_order() -> None:
    ca, other = tls_kit.authority(), tls_kit.authority()
    leaf = ca.leaf("x.test")
    cross = tls_kit.issue("Test Root", other.root, ca=True, key=ca.root.key)
    assert certificates.path_of(_read(leaf, ca.intermediate)) == [0, 1]
    assert certificates.path_of(_read(leaf, ca.root, ca.intermediate)) == [0, 2, 1]
    assert certificates.path_of(_read(leaf, other.intermediate)) == [0], "the same name, and another key"
    assert certificates.path_of(_read(leaf, ca.intermediate, ca.root, cross)) == [0, 1, 3]
    assert certificates.path_of(_read(ca.root)) == [0]
    assert certificates.path_of([]) == []


def _order(*entries: tls_kit.Issued) -> tuple[str, str]:
    chain = [["".join(entry.pem.decode().split("-----")[2].split())] for entry in entries]
    changes = {S + "chain": chain, S + "sent": len(chain)}
    result = results("tls-private-ca", **changes)["tls.chain"]
    return result["status"], result["summary"]


def test_order_and_what_is_too_much() -> None:
    ca, other = tls_kit.authority(now=NOW), tls_kit.issue("Stranger", ca=True, now=NOW)
    leaf = ca.leaf("*.example.test")
    assert _order(leaf, ca.intermediate) == ("pass", "2 certificates sent, in order")
    assert _order(leaf, ca.root, ca.intermediate)[1].startswith("3 certificates sent: they are not in order; the root")
    assert _order(leaf, ca.intermediate, ca.root) == (
        "warn",
        "3 certificates sent: the root Test Root need not be sent",
    )
    assert _order(leaf, ca.intermediate, other) == ("warn", "3 certificates sent: Stranger does not belong to it")


def test_an_intermediate_that_only_the_inventory_has() -> None:
    ca = tls_kit.authority(now=NOW)
    leaf, held = (
        ["".join(i.pem.decode().split("-----")[2].split())] for i in (ca.leaf("x.example.test"), ca.intermediate)
    )
    changes = {
        S + "chain": [leaf],
        S + "sent": 1,
        T + "stores": [{"name": "ca_path", "path": "/x", "certificates": [held]}],
    }
    result = results("tls-private-ca", **changes)["tls.chain"]
    assert (result["status"], "only where clients have Test Issuing CA" in result["summary"]) == ("warn", True)


@pytest.mark.parametrize(
    "pieces", [None, 7, [], [""], ["not base64!"], [base64.b64encode(b"no certificate").decode()], [7]]
)
def test_what_is_no_certificate(pieces: t.Any) -> None:
    assert certificates.read(pieces) is None
    assert certificates.read_all([pieces]) == []
    assert results("tls-private-ca", **{S + "chain": [pieces]})["tls.trust"]["status"] == "unknown"


def test_without_the_library_nothing_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_der: bytes) -> t.Any:
        raise ImportError("cryptography")

    monkeypatch.setattr(certificates, "_parsed", missing)
    assert {entry["status"] for name, entry in results("tls-private-ca").items() if name in PUBLIC} == {"unknown"}
