# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What OpenSSL says of a chain, and the commands that show it again."""

from __future__ import annotations

from ...._evidence.tls import View

#: What the codes of verification mean.
ERRORS_DOC = "https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/"


def s_client(before: str = "", options: str = "", after: str = "") -> tuple[str, ...]:
    """The command that shows a session again, with the values of ``session``: by its name, or without any."""
    return tuple(
        before + "openssl s_client -connect {host_and_port} " + asked + " -showcerts" + options + " </dev/null" + after
        for asked in ("-servername {servername}", "-noservername")
    )


def shows_dates(before: str = "") -> tuple[str, ...]:
    """The command that shows dates and names of the certificate."""
    return s_client(before, after=" | openssl x509 -noout -subject -issuer -dates -ext subjectAltName")


def session(view: View) -> dict[str, object]:
    """The values of these commands."""
    return {
        "host_and_port": view.session.get("endpoint") or "<host>:443",
        "servername": view.name if view.session.get("sni") else None,
    }


def verdicts(view: View) -> list[str]:
    """What OpenSSL says with each store that does not verify the chain."""
    rows = [row for row in view.session.get("verified") or () if isinstance(row, dict) and row.get("code")]
    return ["OpenSSL with the store %s: %s (code %s)" % (r.get("store"), r.get("message"), r["code"]) for r in rows]
