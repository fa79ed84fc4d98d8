# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""tls-expired: the certificate, or an intermediate one, has expired."""

from __future__ import annotations

from ...._evidence.certificates import Certificate
from ...._evidence.tls import View, day
from ...facts import Facts
from ...rule import IN_BROWSER_TLS, Found, If, Look, LookAlike, Rule
from ._nginx import RELOAD
from ._openssl import ERRORS_DOC, session, shows_dates
from ._views import seen, wrong_views


def _late(view: View) -> list[Certificate]:
    """Certificates of the path that have ended by the clock of the host."""
    now = view.now
    return [entry for entry in view.needed if now is not None and entry.not_after < now]


def _find(facts: Facts) -> Found | None:
    """With the certificate, and the day on which it ended."""
    for view in wrong_views(facts, "tls.dates"):
        late, now = _late(view), view.now
        if not late or now is None:
            continue
        return "certain", {
            "is_intermediate": late[0] is not view.leaf,
            "certificate": late[0].short,
            "ended": day(late[0].not_after),
            "days": "%.1f" % -late[0].days_left(now),
            **session(view),
        }
    return None


RULE = Rule(
    id="tls-expired",
    layer="tls",
    title="The certificate has expired",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error in connection establishment: net::ERR_CERT_DATE_INVALID`",
        "Node.js: `certificate has expired`, code `CERT_HAS_EXPIRED`",
        "curl: `SSL certificate problem: certificate has expired` (60); Python: `certificate verify failed: certificate has expired`",
        "nginx, error.log at level info: `alert certificate expired`, `SSL alert number 45`; nothing at the usual levels",
    ),
    why="Clients reject a certificate after its expiry date, and for a WebSocket no browser offers to continue anyway. Either the renewal "
    "failed (the challenge does not reach the host, a timer is not enabled), or it succeeded and the server was never reloaded: nginx, "
    "HAProxy and most applications read the files once, at start or reload, and go on serving the old certificate from memory.",
    needs=(seen("a certificate in the chain has expired by the host's clock", "tls.dates", _late),),
    find=_find,
    confidence={"certain": "its expiry date was read"},
    because=(
        (
            If("is_intermediate", "the intermediate certificate ({certificate}) expired on {ended}, {days} days ago"),
            "the server's certificate ({certificate}) expired on {ended}, {days} days ago",
        ),
    ),
    fix=(
        "compare the file on disk with what is served: openssl x509 -in <certificate file> -noout -enddate",
        "if the file is newer: " + RELOAD + "; otherwise renew it: certbot renew",
    ),
    prevent=(
        "reload the server at each renewal: certbot renew --deploy-hook 'systemctl reload nginx'",
        "check that renewal works unattended: certbot renew --dry-run; systemctl list-timers",
    ),
    verify=(shows_dates(),),
    explains=("tls.dates", *IN_BROWSER_TLS),
    look_alikes=(
        LookAlike(
            "tls-host-clock-wrong",
            Look("`date -u` on the host and on another machine"),
            "they agree: the certificate has expired; they differ: the clock is wrong",
        ),
    ),
    sources=(ERRORS_DOC,),
    staged=("tls/expired",),
)
