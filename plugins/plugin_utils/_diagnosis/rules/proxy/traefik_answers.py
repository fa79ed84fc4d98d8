# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-traefik-answers: Traefik answers instead of the service, or cuts its idle connections."""

from __future__ import annotations

from ...._evidence.who_answered import TRAEFIK, headers_of
from ...facts import Facts
from ...rule import Condition, Found, If, Rule
from ._edge import (
    GENERAL,
    PAST_IT,
    Meaning,
    cut_at_public_url,
    default_certificate,
    fixes,
    idle_cut,
    idle_fix,
    idle_verify,
    meant,
    observations,
    preventions,
    written,
)
from ._proxy import EXPLAINS

#: Seconds after which it ends an idle connection unless configured otherwise.
_IDLE = 60
_MEANINGS: dict[str, Meaning] = {
    "status_502": Meaning(
        "502 with the bare words Bad Gateway: Traefik cannot connect to the service's server, or rejects its certificate",
        (
            "502: compare loadbalancer.server.port (and scheme) with where the service listens, as seen from Traefik's network",
            "502: for a server with TLS and a private certificate: serversTransport with rootCAs, or insecureSkipVerify",
        ),
        confidence="likely",
    ),
    "status_503": Meaning(
        "503: no server of the service is in rotation",
        ("503: look at the service's health check in Traefik's dashboard",),
    ),
    "status_504": Meaning(
        "504 with the bare words Gateway Timeout: the connection to the service's server is not accepted in time",
        ("504: put Traefik and the service on a common network: the label traefik.docker.network names it",),
        confidence="likely",
    ),
    "redirect": Meaning(
        "the Location https://wss://… is what Traefik's redirect makes of a handshake; browsers follow no redirect of a handshake",
        ("redirect: use wss:// in the client and in public_url",),
        ("redirect: put no RedirectScheme middleware on the router of the WebSocket path",),
        "likely",
    ),
    "no_router": Meaning("404 page not found: no Traefik router matches host and path", confidence="likely"),
    "perhaps_no_router": Meaning(
        "404 page not found: no Traefik router matches host and path, if this is Traefik", confidence="possible"
    ),
    "idle": Meaning(
        "entryPoints.<name>.transport.respondingTimeouts.readTimeout is 60 s by default since Traefik 2.11.1 and 3.0",
        (idle_fix(_IDLE),),
        ("where pings are not possible, set entryPoints.<name>.transport.respondingTimeouts.readTimeout: 0",),
    ),
}


def _is_seen(facts: Facts) -> bool:
    """Whether something other than the answer shows that Traefik stands in front."""
    here = facts.port.get("proxies") or ()
    return default_certificate(facts, "TRAEFIK DEFAULT CERT") or any(row.get("name") == "traefik" for row in here)


def _finds_no_router(facts: Facts) -> bool:
    """Whether a 404 that any program in Go gives may be Traefik's: the server itself accepts."""
    answer = facts.first_refusal
    if answer is not facts.public or facts.handshake.get("outcome") != "open" or "server" in headers_of(answer):
        return False
    if answer.get("status") != 404 or str(answer.get("body") or "").strip() != "404 page not found":
        return False
    # Otherwise the server itself, in Go, may not know this path.
    return _is_seen(facts) or answer.get("path") == facts.served_path


def _find(facts: Facts) -> Found | None:
    """With what the answer means at Traefik."""
    answer = written(facts, TRAEFIK, "traefik")
    if answer:
        status = "status_%s" % answer["status"]
        return meant(facts, _MEANINGS, status if status in _MEANINGS else "redirect", not_routed=False)
    if _finds_no_router(facts):
        name = "no_router" if _is_seen(facts) else "perhaps_no_router"
        return meant(facts, _MEANINGS, name, not_routed=True)
    return idle_cut(facts, _MEANINGS, _IDLE, sure=False, not_routed=False) if _is_seen(facts) else None


RULE = Rule(
    id="proxy-traefik-answers",
    layer="proxy",
    title="Traefik answers instead of the service, or closes its idle connections",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 502` (or "
        "`404`, `503`, `504`)",
        "a body of nothing but `Bad Gateway`, `Gateway Timeout`, `no available server` or `404 page not found`, without a Server header",
        "`302` with `Location: https://wss://…`",
        "close code 1006 without a reason after 60 idle seconds, at the public URL only",
    ),
    why="Traefik chooses a router by entry point, host and path, and sends the request to a server of the router's service; it passes upgrades "
    "on by default. Without a matching router it answers 404, without a server in rotation 503, and where it cannot connect, "
    "502 or 504. It often runs in a container: the port that counts is the one inside the service's container, on a network that both "
    "share. Since 2.11.1 and 3.0 readTimeout is 60 seconds by default; before that it had no limit.",
    needs=(
        Condition(
            "the answer is in Traefik's words, which carry no product name (Bad Gateway, no available server, Gateway Timeout, a "
            "redirect to https://wss://…); or it is the 404 of any program written in Go; or an idle connection ends after 60 s, "
            "and a certificate or a process shows that Traefik is there",
            lambda facts: (
                written(facts, TRAEFIK, "traefik")
                or _finds_no_router(facts)
                or (_is_seen(facts) and cut_at_public_url(facts))
            ),
        ),
    ),
    find=_find,
    confidence={
        "certain": "503 no available server: no server of the service is in rotation",
        "likely": "other programs answer this way too, or the limit is one that others have",
        "possible": "it is the 404 of any program written in Go, and nothing else shows Traefik",
    },
    because=observations(_MEANINGS),
    fix=fixes(
        _MEANINGS,
        If(
            "not_routed",
            "404: compare the router's rule, entryPoints and tls with the URL: curl -s <traefik>:8080/api/http/routers",
        ),
    ),
    prevent=preventions(
        _MEANINGS,
        If("not_routed", "404: traefik.enable=true, and a rule such as Host(`<name>`) && PathPrefix(`<path>`)"),
    ),
    verify=idle_verify(_IDLE),
    explains=EXPLAINS,
    supersedes=(*GENERAL, "proxy-redirects"),
    look_alikes=(PAST_IT,),
    sources=("https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/",),
    staged=("edge/traefik-404", "edge/traefik-502", "edge/traefik-503", "edge/traefik-504", "edge/traefik-redirect"),
)
