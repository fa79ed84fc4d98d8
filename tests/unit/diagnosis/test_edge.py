# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Edges that are known by their answers alone: whose answer counts, and what an idle cut tells."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._evidence.websocket import HandshakeSeen
from ansible_collections.websocket.health.plugins.module_utils._protocol import tls_session
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.who_answered import (
    fingerprint,
    passed_on_by,
    writer,
)
from cryptography.hazmat.primitives.serialization import Encoding

from tests.servers.python.edge import ANSWERS
from tests.unit.builders.port import with_port
from tests.unit.builders.process import with_main_process
from tests.unit.builders.public_url import URL, answer, at_edge, at_public_url, cut
from tests.unit.builders.service import with_service
from tests.unit.builders.tls import with_session_at_public_url
from tests.unit.builders.websocket import with_plain, with_websocket
from tests.unit.recorded.load import Changes, causes, verdict
from tests.unit.tls_ca import issue

WRITERS = {
    "cloudflare": "Cloudflare",
    "alb": "AWS load balancer",
    "cloudfront": "CloudFront",
    "envoy": "Envoy",
    "traefik": "Traefik",
    "squid": "HTTP proxy",
    "proxy": "HTTP proxy",
}
#: What says too little, or was only passed on.
UNSIGNED = {
    "traefik-404": "",
    "ingress-404": "Kubernetes ingress",
    "ingress-503": "nginx",
    "cloudflare-off": "a server behind Cloudflare",
    "cloudfront-stripped": "node ws",
    "squid-stripped": "node ws",
    "app-403": "",
    "cloudflare-app-403": "a server behind Cloudflare",
    "envoy-app-403": "a server behind Envoy",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_writer_is_named_in_words(name: str) -> None:
    expected = UNSIGNED[name] if name in UNSIGNED else WRITERS[name.split("-")[0]]
    assert fingerprint(answer(name)) == expected


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - set(UNSIGNED)))
def test_an_accepted_handshake_has_no_writer(name: str) -> None:
    accepted: HandshakeSeen = {**answer(name), "status": 101}
    assert writer(accepted) == ""


def test_traces_of_those_who_pass_on() -> None:
    assert passed_on_by(answer("cloudfront-stripped")) == {"CloudFront"}
    assert passed_on_by({"canonical": "lb-1.eu-central-1.elb.amazonaws.com."}) == {"AWS load balancer"}
    assert passed_on_by({"cookies": ["AWSALBCORS"]}) == {"AWS load balancer"}
    assert passed_on_by({"headers": [["Via", "1.1 varnish"]], "cookies": ["session"]}) == set()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (cut("cloudflare-idle", 100.3), [("proxy-cloudflare-answers", "certain")]),
        (cut("cloudflare-idle", 60.0), []),
        (cut("cloudflare-idle", 100.3, here={"held_s": 99.9, "ended": {"how": "eof"}}), []),
        (cut("cloudflare-idle", 100.3, here={}), [("proxy-cloudflare-answers", "likely")]),
        (cut("alb-idle", 60.1, cookies=["AWSALB"]), [("proxy-aws-alb-answers", "likely")]),
        (cut("alb-idle", 60.1), []),
        (cut("own-idle", 600.4, canonical="d1.cloudfront.net"), [("proxy-cloudfront-answers", "certain")]),
        (cut("own-idle", 60.1), []),
        (
            cut("own-idle", 60.1) + with_port(proxies=[{"name": "traefik", "ports": [443]}]),
            [("proxy-traefik-answers", "likely")],
        ),
    ],
)
def test_who_cuts_an_idle_connection(changes: Changes, found: list[tuple[str, str]]) -> None:
    judged = verdict("wildcard-direct", changes)["diagnoses"]
    assert [(entry["id"], entry["confidence"]) for entry in judged if entry["layer"] == "proxy"] == found


def _own_program(name: str, process: str) -> list[str]:
    """Causes where the service's own port answers so, and a program of this name listens there."""
    return causes("service-healthy", with_websocket(main=answer(name)) + with_main_process(name=process))


@pytest.mark.parametrize(
    ("name", "program", "other"),
    [("envoy-403", "envoy", "node"), ("traefik-502", "traefik", "chat"), ("ingress-404", "docker-proxy", "python")],
)
def test_the_service_s_own_port_may_be_an_edge_s(name: str, program: str, other: str) -> None:
    rule = {
        "envoy": "proxy-envoy-answers",
        "traefik": "proxy-traefik-answers",
        "ingress": "proxy-kubernetes-ingress-answers",
    }[name.split("-")[0]]
    assert rule in _own_program(name, program)
    assert rule not in _own_program(name, other)


def test_a_service_that_calls_itself_envoy_is_no_edge() -> None:
    own = with_plain(headers=[["server", "envoy"]])
    assert "proxy-envoy-answers" in causes("wildcard-direct", at_edge("envoy-403"))
    assert "proxy-envoy-answers" not in causes("wildcard-direct", at_edge("envoy-403") + own)


def test_the_404_of_any_program_in_go() -> None:
    (first,) = verdict("wildcard-direct", at_edge("traefik-404"))["diagnoses"]
    assert (first["id"], first["confidence"]) == ("proxy-traefik-answers", "possible")
    assert causes("wildcard-direct", at_edge("traefik-404", path="/chat")) == []
    assert causes("wildcard-direct", at_edge("traefik-404", headers=[["Server", "chat/1.0"]])) == []


@pytest.mark.parametrize(
    ("name", "subject", "rule"),
    [
        ("traefik-404", "TRAEFIK DEFAULT CERT", "proxy-traefik-answers"),
        ("ingress-503", "Kubernetes Ingress Controller Fake Certificate", "proxy-kubernetes-ingress-answers"),
    ],
)
def test_the_default_certificate_of_an_edge_makes_it_likely(name: str, subject: str, rule: str) -> None:
    der = issue(subject, names=["chat.example.com"]).certificate.public_bytes(Encoding.DER)
    session = with_session_at_public_url(outcome="established", spoke=True, url=URL, chain=[tls_session._pieces(der)])
    judged = verdict("wildcard-direct", at_edge(name) + session)["diagnoses"]
    assert [entry["confidence"] for entry in judged if entry["id"] == rule] == ["likely"]


def test_a_specific_cause_replaces_a_general_one() -> None:
    assert causes("wildcard-direct", at_edge("alb-504")) == ["proxy-aws-alb-answers"]
    assert causes("wildcard-direct", at_edge("traefik-redirect")) == ["proxy-traefik-answers"]
    assert causes("wildcard-direct", at_edge("cloudflare-off")) == ["proxy-cloudflare-answers"]


def test_the_reason_of_a_reset_is_told() -> None:
    (first,) = verdict("wildcard-direct", at_edge("envoy-reset"))["diagnoses"]
    assert "nothing listens at the endpoint" in " ".join(first["because"])


def test_an_edge_that_redirects_is_a_redirect() -> None:
    changes = at_edge("alb-502", status=301, headers=[["Server", "awselb/2.0"], ["Location", "https://x/"]])
    assert causes("wildcard-direct", changes) == ["proxy-redirects"]


def test_a_public_url_that_was_not_asked_has_no_cause() -> None:
    changes = with_service(public_url=URL) + at_public_url(url=URL, unknown="the deadline came")
    assert causes("wildcard-direct", changes) == []
