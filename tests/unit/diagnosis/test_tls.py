# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the TLS layer where one recorded case does not tell all of it."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import judge

from tests.unit import tls_ca
from tests.unit.recorded.load import load

DAY = 86400
#: When the cases were recorded: certificates that are added to them are issued then.
NOW = float(load("tls-private-ca")[1]["tls"]["clock"])


def _pieces(issued: tls_ca.Issued) -> list[str]:
    return ["".join(issued.pem.decode().split("-----")[2].split())]


def _named(service: dict[str, t.Any], evidence: dict[str, t.Any]) -> dict[str, str]:
    """Confidence of each diagnosis."""
    return {entry["id"]: entry["confidence"] for entry in judge(service, evidence)["diagnoses"]}


def _with(name: str, chain: list[tls_ca.Issued], **codes: int) -> dict[str, str]:
    """The diagnoses of a recorded case with another chain, and what verification says of it."""
    service, evidence = load(name)
    for session in evidence["tls"]["sessions"]:
        session.update(chain=[_pieces(entry) for entry in chain], sent=len(chain))
    verified = [{"store": store, "code": code, "message": "said"} for store, code in codes.items()]
    evidence["tls"]["sessions"][0]["verified"] = verified
    return _named(service, evidence)


# -- clocks ------------------------------------------------------------------------------------------------------------


def _clocks(host_days: float, controller_days: float | None) -> dict[str, str]:
    """A healthy edge, on a host whose clock is so many days off; the controller's may tell the right time."""
    service, evidence = load("tls-edge")
    tls = evidence["tls"]
    right = tls["clock"]
    tls["clock"] = int(right + host_days * DAY)
    for session in tls["sessions"]:
        session["clock"] = tls["clock"]
    if host_days:
        for row in tls["sessions"][0]["verified"]:
            row["code"] = (9 if host_days < 0 else 10) if row["store"] == "ca_path" else row["code"]
    if controller_days is not None:
        seen = copy.deepcopy(tls["sessions"][0])
        seen.update(clock=int(right + controller_days * DAY), verified=[{"store": "system", "code": 0, "message": ""}])
        tls["public"] = seen
    return _named(service, evidence)


@pytest.mark.parametrize(
    ("host", "controller", "named"),
    [
        (0, None, {}),
        (0, 0, {}),
        (-4, None, {"tls-host-clock-wrong": "possible"}),
        (-1.5, None, {"tls-host-clock-wrong": "likely"}),
        (-2, 0, {"tls-host-clock-wrong": "certain"}),
        (-400, 0, {"tls-host-clock-wrong": "certain"}),
        (100, None, {"tls-expired": "certain"}),
        (100, 0, {"tls-host-clock-wrong": "certain"}),
    ],
)
def test_a_wrong_clock_is_told_from_an_old_certificate(
    host: float, controller: float | None, named: dict[str, str]
) -> None:
    assert _clocks(host, controller) == named


def test_an_expired_certificate_is_expired_from_everywhere() -> None:
    assert _clocks(100, 100)["tls-expired"] == "certain"


# -- chains ------------------------------------------------------------------------------------------------------------


def test_an_intermediate_that_has_expired_is_named() -> None:
    ca = tls_ca.authority(now=NOW, days=(-400, -5))
    assert _with("tls-private-ca", [ca.leaf("*.example.test"), ca.intermediate], system=20, ca_path=10) == {
        "tls-expired": "certain"
    }


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("http://ca.example.test/issuing.crt", "tls-missing-intermediate"),
        ("ldap:///CN=Issuing", "tls-private-ca-untrusted"),
        ("", "tls-private-ca-untrusted"),
    ],
)
def test_a_single_certificate_is_private_unless_there_is_a_trace_of_a_higher_ca(url: str, named: str) -> None:
    leaf = tls_ca.authority(now=NOW).leaf("*.example.test", issuer_url=url)
    assert _with("tls-private-ca", [leaf], system=20, ca_path=20) == {named: "likely"}


def test_a_whole_private_chain_lacks_nothing_though_it_tells_where_its_root_is() -> None:
    ca = tls_ca.authority(now=NOW, issuer_url="http://ca.example.test/root.crt")
    chain = [ca.leaf("*.example.test", issuer_url="http://ca.example.test/issuing.crt"), ca.intermediate]
    assert _with("tls-private-ca", chain, system=20, ca_path=20) == {"tls-private-ca-untrusted": "likely"}


def test_a_private_root_that_was_sent_is_certain() -> None:
    ca = tls_ca.authority(now=NOW)
    chain = [ca.leaf("*.example.test"), ca.intermediate, ca.root]
    assert _with("tls-private-ca", chain, system=19, ca_path=19) == {"tls-private-ca-untrusted": "certain"}


def test_several_faults_of_one_certificate_are_all_named() -> None:
    """OpenSSL reports the first only."""
    leaf = tls_ca.issue("other.example.test", names=["other.example.test"], days=(-90, -3), now=NOW)
    assert set(_with("tls-private-ca", [leaf], system=18, ca_path=18)) == {
        "tls-self-signed",
        "tls-expired",
        "tls-wrong-name",
    }


# -- names -------------------------------------------------------------------------------------------------------------


def test_what_serves_others_on_this_host_is_no_fault_of_a_service_elsewhere() -> None:
    service, evidence = load("tls-default-vhost")
    evidence["tls"]["addresses"] = [{"address": "192.0.2.1", "local": False}]
    assert _named(service, evidence) == {}


def test_a_proxy_that_sends_no_name_is_refused() -> None:
    service, evidence = load("tls-edge-reject-others")
    for session in evidence["tls"]["sessions"]:
        session["role"] = "own"
    evidence["tls"]["dialled"]["port"] = 443
    assert _named(service, evidence) == {"tls-name-rejected": "certain"}


def test_a_port_of_one_certificate_has_no_default_host() -> None:
    service, evidence = load("tls-default-vhost")
    evidence["tls"]["edge"]["owners"] = ["node"]
    assert _named(service, evidence) == {"tls-wrong-name": "certain"}


@pytest.mark.parametrize(
    ("addresses", "confidence"),
    [([], "likely"), (None, "likely"), ([{"address": "127.0.0.1", "local": True}], "certain")],
)
def test_clear_text_where_tls_is_dialled(addresses: t.Any, confidence: str) -> None:
    service, evidence = load("tls-plain-port")
    evidence["tls"]["addresses"] = addresses
    assert _named(service, evidence) == {"tls-to-plaintext-port": confidence}


def test_from_outside_the_same_causes_are_named() -> None:
    service, evidence = load("tls-edge")
    old = copy.deepcopy(evidence["tls"]["sessions"][0])
    leaf = tls_ca.authority(now=NOW).leaf("chat.example.test", days=(-90, -2))
    old.update(chain=[_pieces(leaf)], sent=1, verified=[{"store": "system", "code": 10, "message": "expired"}])
    evidence["tls"]["public"] = old
    assert _named(service, evidence) == {"tls-expired": "certain"}
