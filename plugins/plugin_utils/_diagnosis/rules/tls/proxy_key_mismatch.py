# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-proxy-key-mismatch: the proxy's certificate and key do not match, or cannot be read."""

from __future__ import annotations

import re

from ...._evidence.proxy import asked_proxy
from ...facts import Facts
from ...rule import RECHECK, Command, Condition, Found, LookAlike, Rule

#: How nginx, Apache and HAProxy word it.
_KEY = re.compile(
    r"key values mismatch|cannot load certificate|inconsistencies between private key"
    r"|unable to load SSL (?:private key|certificate)"
)


def _message(facts: Facts) -> str:
    """What the proxy would refuse of the configuration on disk."""
    return str((asked_proxy(facts.proxy).get("test") or {}).get("message") or "")


def _find(facts: Facts) -> Found:
    return "certain", {"message": _message(facts)}


RULE = Rule(
    id="tls-proxy-key-mismatch",
    layer="tls",
    title="The proxy's certificate and key do not match, or cannot be read",
    users_see=(
        'nginx -t: `SSL_CTX_use_PrivateKey("…") failed (SSL: error:05800074:x509 certificate routines::key values '
        "mismatch)`",
        'nginx -t: `cannot load certificate "…"` or `cannot load certificate key "…"`, with `No such file or '
        "directory` or `Permission denied`",
        "HAProxy: `inconsistencies between private key and certificate loaded`, or `unable to load SSL private key "
        "from PEM file`",
        "browsers still get the old certificate after it was renewed, until it expires",
    ),
    why="A certificate holds the public half of one key, and a TLS server starts only with the private half of the "
    "same key. After a renewal with a new key it is easy to replace one file and not the other, or to write the key "
    "so that the proxy may not read it. A reload is then refused and the workers go on with the old certificate; a "
    "restart leaves the site without a proxy.",
    needs=(
        Condition(
            "the configuration on disk would be rejected because of a certificate or its key",
            lambda facts: _KEY.search(_message(facts)),
        ),
    ),
    find=_find,
    confidence={"certain": "the two files were read, or the proxy's own test reports it"},
    because=(
        "the proxy rejects it: {message}",
        "until it is fixed, the old certificate is served and a restart fails",
    ),
    fix=(
        "install a certificate and a key that match and that the proxy's master process can read, then reload the "
        "proxy",
    ),
    prevent=(
        "have the renewal install certificate and key together, and run the proxy's configuration test before it "
        "reloads",
    ),
    verify=(
        "openssl x509 -noout -pubkey -in <certificate> | sha256sum; openssl pkey -pubout -in <key> | sha256sum (the "
        "two must be the same)",
        RECHECK,
    ),
    explains=("proxy.config",),
    supersedes=("proxy-nginx-config-not-loaded",),
    look_alikes=(
        LookAlike(
            "proxy-nginx-config-not-loaded",
            Command("nginx -t"),
            "a certificate or its key is named: those; another line: the configuration itself",
        ),
    ),
    sources=("https://nginx.org/en/docs/http/configuring_https_servers.html",),
    staged=("nginx/key-of-another-certificate",),
)
