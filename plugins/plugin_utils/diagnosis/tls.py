# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in the certificate of a port that speaks TLS itself: layer tls of the failure catalogue."""

from __future__ import annotations

import typing as t

from ..model import FAIL
from .rule import Facts, Match, Rule

#: Verification codes of OpenSSL (openssl-verification-options(1), X509_STORE_CTX_get_error(3)).
_SELF_SIGNED, _EXPIRED, _NOT_YET = (18,), (10,), (9,)
_HOST = (62, 64)


def _by_code(codes: tuple[int, ...], immediate: str, configuration: str) -> t.Callable[[Facts], Match | None]:
    def find(facts: Facts) -> Match | None:
        record = (facts.evidence.get("websocket") or {}).get("tls") or {}
        if facts.status("websocket.certificate") != FAIL or record.get("verify_code") not in codes:
            return None
        return Match(
            "certain",
            ["verification against the %s store: %s" % (record.get("store"), record.get("message"))],
            immediate=[immediate],
            configuration=[configuration],
            testing=["openssl s_client -connect <host>:%s -verify_return_error" % facts.service.get("port")],
        )

    return find


def _rule(rule_id: str, title: str, find: t.Callable[[Facts], Match | None]) -> Rule:
    return Rule(
        id=rule_id,
        title=title,
        layer="tls",
        explains=("websocket.certificate",),
        find=find,
        source=("https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/",),
    )


RULES: tuple[Rule, ...] = (
    _rule(
        "tls-self-signed",
        "The certificate is self-signed: clients do not trust it",
        _by_code(
            _SELF_SIGNED,
            "install a certificate of a CA that the clients trust",
            "or give the certificate to the clients (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE) and name it with tls.ca_path",
        ),
    ),
    _rule(
        "tls-expired",
        "The certificate has expired",
        _by_code(_EXPIRED, "renew the certificate and reload the server", "reload from the renewal's deploy hook"),
    ),
    _rule(
        "clock-skew-tls",
        "The certificate is not valid yet: a clock is wrong",
        _by_code(_NOT_YET, "compare date with a time server", "run chrony or systemd-timesyncd"),
    ),
    _rule(
        "tls-wrong-host",
        "The certificate is for another name",
        _by_code(_HOST, "issue it for the name that clients dial", "list every public name as subjectAltName"),
    ),
)
