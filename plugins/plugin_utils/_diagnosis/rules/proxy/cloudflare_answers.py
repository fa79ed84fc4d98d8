# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-cloudflare-answers: Cloudflare answers instead of the service, or cuts its idle connections."""

from __future__ import annotations

import typing as t

from ...._evidence.who_answered import CLOUDFLARE, headers_of
from ...facts import Facts
from ...rule import Condition, Found, If, Rule
from ._edge import (
    CONFIDENCE,
    GENERAL,
    PAST_IT,
    Meaning,
    cut_at_public_url,
    fixes,
    idle_cut,
    idle_fix,
    idle_verify,
    leaves_trace,
    meant,
    observations,
    preventions,
    stripped_by,
    written,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from .....module_utils._evidence.websocket import HttpAnswer
from ._proxy import EXPLAINS

_RANGES = "https://www.cloudflare.com/ips/"
#: Seconds after which Cloudflare ends an idle connection.
_IDLE = 100
_MEANINGS: dict[str, Meaning] = {
    "status_520": Meaning(
        "520: the origin accepted Cloudflare's connection, then sent nothing, reset it, or answered with something that is not HTTP",
        (
            "520: look for a crash or a reset in the origin's log at this moment; its access log has no line for the request",
        ),
        ("520: keep the headers of the origin's answers, cookies included, below 128 kB",),
    ),
    "status_521": Meaning(
        "521: the origin refused Cloudflare's connection",
        (
            "521: see what listens where Cloudflare connects, 443 for https:// and 80 for http:// (SSL/TLS mode): ss -ltnp",
            "521: look for a firewall that rejects Cloudflare's addresses: nft list ruleset, fail2ban-client status",
        ),
        ("521: allow Cloudflare's addresses (%s) in the firewall" % _RANGES,),
    ),
    "status_522": Meaning(
        "522: Cloudflare's connection to the origin was not answered in time",
        (
            "522: compare the DNS record in Cloudflare with the host's address",
            "522: look for a firewall or security group that drops Cloudflare's addresses: nft list ruleset",
        ),
        ("522: allow Cloudflare's addresses (%s) on the origin's port" % _RANGES,),
    ),
    "status_523": Meaning(
        "523: Cloudflare has no route to the origin's address",
        ("523: compare the A and AAAA records in Cloudflare with the host's addresses: ip -brief address",),
    ),
    "status_524": Meaning(
        "524: the origin accepted the connection, but no answer came within Cloudflare's read timeout",
        ("524: look at the server's upgrade handler: it neither accepts nor refuses what arrives through Cloudflare",),
        ("524: let the server answer the handshake first, and do slow work afterwards",),
    ),
    "status_525": Meaning(
        "525: the TLS handshake between Cloudflare and the origin failed",
        ("525: see what Cloudflare gets: openssl s_client -connect <origin>:443 -servername <name> </dev/null",),
        (
            "525: serve TLS 1.2 or later with a certificate on the origin's port 443, or set the mode to Flexible (plaintext to the origin)",
        ),
    ),
    "status_526": Meaning(
        "526: the origin's certificate is not valid, and the SSL/TLS mode is Full (strict)",
        (
            "526: openssl s_client -connect <origin>:443 -servername <name> </dev/null | openssl x509 -noout -dates -issuer",
        ),
        ("526: install a certificate from a public CA or from Cloudflare's Origin CA on the origin",),
    ),
    "status_530": Meaning(
        "530: Cloudflare cannot find the origin",
        (
            "530: look at the number in the body: 1016, the origin's name does not resolve; 1033, the tunnel is not connected "
            "(systemctl status cloudflared)",
        ),
    ),
    "status_502": Meaning(
        "502 in Cloudflare's own words: Cloudflare, or cloudflared at the end of a tunnel, gets no answer from the origin",
        (
            "502: compare the service in cloudflared's ingress rules with the port, and read journalctl -u cloudflared -n 50",
        ),
        confidence="likely",
    ),
    "status_504": Meaning(
        "504 in Cloudflare's own words: the origin did not answer in time",
        ("504: look at the server's upgrade handler, and at the network path between Cloudflare and the origin",),
        confidence="likely",
    ),
    "status_429": Meaning(
        "429 in Cloudflare's own words: a rate limiting rule counts the handshakes",
        ("429: exempt the WebSocket path: Security > WAF > Rate limiting rules",),
    ),
    "challenge": Meaning(
        "403 with a challenge, which a page can solve and a WebSocket cannot",
        (
            "challenge: skip it for the path: Security > WAF > Custom rules, action Skip (Bot Fight Mode can't be skipped)",
        ),
    ),
    "error_1020": Meaning(
        "403 with error 1020: a custom rule of Cloudflare's firewall denies the request",
        ("error 1020: exempt the WebSocket path from the rule: Security > WAF > Custom rules",),
    ),
    "denied": Meaning(
        "403 in Cloudflare's own words: its firewall denies the request, and the origin never sees it",
        ("403: find the Ray ID of the header cf-ray in Security > Events, and exempt the WebSocket path",),
    ),
    "status_400": Meaning(
        "400 in Cloudflare's own words: the request did not reach the origin",
        (),
        ("400: connect with wss:// on a port that Cloudflare serves with TLS (443, 2053, 2083, 2087, 2096, 8443)",),
        "likely",
    ),
    "stripped": Meaning("Cloudflare passed it on: {proof}", confidence="likely"),
    "idle": Meaning(
        "Cloudflare closes a connection on which nothing passes for 100 s",
        (idle_fix(_IDLE),),
        ("the limit of 100 s can be changed in Enterprise plans only",),
    ),
    "other": Meaning(
        "{status} in Cloudflare's own words",
        ("any other status: connect to the host's own address, bypassing Cloudflare, and compare",),
        confidence="likely",
    ),
}


def _name_of(answer: HttpAnswer) -> str:
    """Which of the meanings an answer of Cloudflare's own has."""
    if answer.get("status") != 403:
        name = "status_%s" % answer.get("status")
        return name if name in _MEANINGS else "other"
    body = str(answer.get("body") or "")
    if "cf-mitigated" in headers_of(answer) or "Just a moment" in body:
        return "challenge"
    return "error_1020" if "1020" in body else "denied"


def _find(facts: Facts) -> Found | None:
    """With what the answer means at Cloudflare."""
    answer = written(facts, CLOUDFLARE)
    proof = "" if answer else stripped_by(facts, CLOUDFLARE)
    if not answer and not proof:
        cut = leaves_trace(facts, CLOUDFLARE)
        return idle_cut(facts, _MEANINGS, _IDLE, status=None, proof=None, may_be_off=False) if cut else None
    name = _name_of(answer) if answer else "stripped"
    may_be_off = name in ("status_400", "stripped")
    return meant(facts, _MEANINGS, name, status=answer.get("status"), proof=proof, may_be_off=may_be_off)


RULE = Rule(
    id="proxy-cloudflare-answers",
    layer="proxy",
    title="Cloudflare answers instead of the service, or closes its idle connections",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 521` (or "
        "`520`, `522` to `526`, `530`, `403`, `400`)",
        "Cloudflare's page at the same name: `Web server is down` (521), `Connection timed out` (522), `SSL handshake failed` (525), `Invalid "
        "SSL certificate` (526); clients that do not ask for HTML get `error code: 521`",
        "`Just a moment...` as the body of a 403, with the header `cf-mitigated: challenge`",
        "close code 1006 without a reason after 100 idle seconds, at the public URL only",
    ),
    why="Clients connect to Cloudflare, and Cloudflare opens a connection of its own to the origin server. When that second connection fails, "
    "or a rule at Cloudflare denies the request, Cloudflare writes the answer itself, and the origin's log has no line for it. A browser "
    "cannot solve a challenge within a WebSocket handshake, so the page may load while its WebSocket is refused. Once open, a connection on "
    "which no frame passes for 100 seconds is closed.",
    needs=(
        Condition(
            "Cloudflare itself wrote the answer (by its status, 520 to 530, or its page), not the origin; or it passed the "
            "handshake on without Upgrade; or it closed an idle connection after 100 s",
            lambda facts: (
                written(facts, CLOUDFLARE)
                or stripped_by(facts, CLOUDFLARE)
                or (leaves_trace(facts, CLOUDFLARE) and cut_at_public_url(facts))
            ),
        ),
    ),
    find=_find,
    confidence=CONFIDENCE,
    because=observations(_MEANINGS),
    fix=fixes(
        _MEANINGS,
        If(
            "may_be_off",
            "400 or 426: turn WebSockets on (Network > WebSockets): "
            "curl -X PATCH https://api.cloudflare.com/client/v4/zones/<zone>/settings/websockets "
            "-H 'Authorization: Bearer <token>' --json '{\"value\":\"on\"}'",
        ),
    ),
    prevent=preventions(_MEANINGS),
    verify=idle_verify(_IDLE),
    explains=EXPLAINS,
    supersedes=(*GENERAL, "proxy-upgrade-dropped", "proxy-headers-too-large"),
    look_alikes=(PAST_IT,),
    sources=("https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/",),
    staged=(
        "edge/cloudflare-400",
        "edge/cloudflare-403",
        "edge/cloudflare-502",
        "edge/cloudflare-520",
        "edge/cloudflare-521",
        "edge/cloudflare-522",
        "edge/cloudflare-523",
        "edge/cloudflare-524",
        "edge/cloudflare-525",
        "edge/cloudflare-526",
        "edge/cloudflare-challenge",
        "edge/cloudflare-off",
    ),
)
