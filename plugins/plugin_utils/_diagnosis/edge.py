# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes in what stands between clients and the host, told from its answers alone: layer proxy of the failure catalogue.

Nobody has the configuration of a content delivery network, a load balancer or an ingress at hand; each has words of its
own for what is wrong behind it.
"""

from __future__ import annotations

import typing as t

from .._evidence.tls import public_view
from .._evidence.websocket import http2_words, outcome_words
from .._evidence.who_answered import (
    ALB,
    CLOUDFLARE,
    CLOUDFRONT,
    ENVOY,
    FORWARD,
    INGRESS,
    TRAEFIK,
    fingerprint,
    headers_of,
    passed_on_by,
    writer,
)
from .._model import FAIL
from . import haproxy
from .conditions import REDIRECTS, refused_by, sure_where
from .facts import Facts
from .proxy_rule import proxy_rule, stripped
from .rule import CHECK_AGAIN, IN_BROWSER, Condition, Match, Rival, Rule

#: Programs that pass connections on as they are: what answers on their ports is another program.
_FORWARDERS = ("docker-proxy", "rootlessport", "conmon", "slirp4netns", "pasta", "socat", "ssh", "sshd", "cloudflared")
#: Seconds by which an idle connection may end earlier or later than at its limit.
_ROUND = 1.5
#: General answers of which the rules here tell who gave them, and why.
_GENERAL = ("proxy-upstream-down", "proxy-upstream-silent")
_DIRECT = "connect to the host past %s, by its own address, and compare"


class Meaning(t.NamedTuple):
    """What an answer means in a product, and what to do about it."""

    words: str
    immediate: tuple[str, ...]
    configuration: tuple[str, ...] = ()
    confidence: str = "certain"


# -- whose answer it is ------------------------------------------------------------------------------------------------


def _written(facts: Facts, product: str, *programs: str) -> dict[str, t.Any]:
    """The first refusal, if this product wrote it; else nothing.

    :param programs: names of the product's processes. What the service's own port says counts only if it may be theirs.
    """
    answer = facts.first_refusal
    if writer(answer) != product:
        return {}
    if answer is not facts.handshake:
        # A server that calls itself so in its other answers may have written this one, too.
        server = headers_of(answer).get("server")
        own = (headers_of(facts.handshake).get("server"), headers_of(facts.plain).get("server"))
        return {} if server and server in own else answer
    if facts.behind:
        return answer
    names = {str(process.get("name") or "") for process in facts.processes}
    return answer if not names or names & {*programs, *_FORWARDERS} else {}


def _stripped_by(facts: Facts, product: str) -> str:
    """What shows that this product passed the handshake on without Upgrade; empty: nothing does."""
    answer = facts.first_refusal
    if answer is facts.handshake or facts.through.get("outcome") not in (None, "open"):
        return ""
    return stripped(facts) if product in passed_on_by(answer) - passed_on_by(facts.handshake) else ""


def _where(facts: Facts) -> str:
    answer = facts.first_refusal
    if answer is facts.public:
        return "at the public URL %s" % (facts.public.get("url") or "")
    return "through the proxy" if answer is facts.through else "at %s" % (answer.get("address") or "the port")


def _match(facts: Facts, meaning: Meaning) -> Match:
    inside = facts.handshake.get("outcome") == "open" and facts.first_refusal is not facts.handshake
    return Match(
        meaning.confidence,
        [
            "%s: %s" % (_where(facts), outcome_words(facts.first_refusal)),
            meaning.words,
            "the server itself accepts the same handshake" if inside else "",
        ],
        immediate=list(meaning.immediate),
        configuration=list(meaning.configuration),
        testing=[CHECK_AGAIN],
    )


def _default_certificate(facts: Facts, words: str) -> bool:
    """Whether the certificate at the public URL is the one that a product makes for itself."""
    view = public_view(facts.evidence.get("tls") or {})
    return view is not None and view.leaf is not None and words in view.leaf.subject


def _idle(facts: Facts, product: str, limit: float, meaning: Meaning, sure: bool = True) -> Match | None:
    """The idle connection at the public URL was cut, by nobody behind this product.

    :param limit: seconds after which the product ends an idle connection unless told otherwise.
    :param sure: whether nobody can tell it otherwise, or else only a cut at the limit counts.
    """
    hold = facts.public.get("hold") or {}
    how, held = (hold.get("ended") or {}).get("how"), float(hold.get("held_s") or 0)
    inside = (facts.conversation.get("hold") or {}, facts.proxy.get("hold") or {})
    if how not in ("eof", "reset") or facts.status("websocket.hold", "public") != FAIL:
        return None
    if abs(held - limit) > _ROUND or any(seen.get("ended") for seen in inside):
        return None
    longer = any(float(seen.get("held_s") or 0) > held + _ROUND for seen in inside)
    return Match(
        "certain" if longer and sure else "likely",
        [
            "at the public URL an idle connection ended without a close frame after %s s" % hold.get("held_s"),
            meaning.words,
            "on the host itself it stays open for longer" if longer else "",
        ],
        immediate=["let the server send a ping more often than every %.0f s" % (limit / 2), *meaning.immediate],
        configuration=list(meaning.configuration),
        testing=["set websocket.hold above %.0f and run the checklist" % limit],
    )


def _leaves_trace(facts: Facts, product: str) -> bool:
    """Whether the product left its trace on the accepted handshake at the public URL, and the server itself does not."""
    return product in passed_on_by(facts.public) - passed_on_by(facts.handshake)


def _cut_at_public_url(facts: Facts) -> bool:
    """Whether the idle connection at the public URL was cut."""
    return facts.status("websocket.hold", "public") == FAIL


# -- what rules here have in common ------------------------------------------------------------------------------------

#: Where the product's own words are proof, and where its answer may have several causes.
_SURE = sure_where(
    "the product's own words name the cause, or a connection on the host stays idle for longer",
    "the answer may have several causes, or the limit is one that others have too",
)


_PAST = Rival(
    "proxy-upstream-down",
    "a handshake at the host's own address, past what stands in front of it",
    "101: what stands in front of it; 502 there as well: the proxy on the host",
)


# -- Cloudflare --------------------------------------------------------------------------------------------------------

_RANGES = "https://www.cloudflare.com/ips/"
_CLOUDFLARE: dict[int, Meaning] = {
    520: Meaning(
        "520: the origin accepted Cloudflare's connection, and answered by nothing, a reset or what is no HTTP",
        ("look at the origin's log at this moment for a crash or a reset: its access log has no line for the request",),
        ("keep the headers of the origin's answers, cookies among them, below 128 kB",),
    ),
    521: Meaning(
        "521: the origin refused Cloudflare's connection",
        (
            "see what listens where Cloudflare dials, 443 for https:// and 80 for http:// (SSL/TLS mode): ss -ltnp",
            "look for a firewall that rejects Cloudflare's addresses: nft list ruleset, fail2ban-client status",
        ),
        ("let %s in" % _RANGES,),
    ),
    522: Meaning(
        "522: Cloudflare's connection to the origin was not answered in time",
        (
            "compare the DNS record in Cloudflare with the host's address",
            "look for a firewall or security group that drops Cloudflare's addresses: nft list ruleset",
        ),
        ("let %s in on the origin's port" % _RANGES,),
    ),
    523: Meaning(
        "523: no route leads from Cloudflare to the origin's address",
        ("compare the A and AAAA records in Cloudflare with the host's addresses: ip -brief address",),
    ),
    524: Meaning(
        "524: the origin accepted the connection, and no answer came within Cloudflare's read time-out",
        ("look at the server's upgrade handler: it neither accepts nor refuses what comes by way of Cloudflare",),
        ("let the server answer the handshake first, and do what takes long afterwards",),
    ),
    525: Meaning(
        "525: the TLS handshake between Cloudflare and the origin failed",
        ("openssl s_client -connect <origin>:443 -servername <name> </dev/null shows what Cloudflare meets",),
        ("serve TLS 1.2 or later with a certificate on the origin's port 443, or set the mode Flexible",),
    ),
    526: Meaning(
        "526: the origin's certificate is not valid, and the mode is Full (strict)",
        ("openssl s_client -connect <origin>:443 -servername <name> </dev/null | openssl x509 -noout -dates -issuer",),
        ("install a certificate of a public CA or of Cloudflare's Origin CA on the origin",),
    ),
    530: Meaning(
        "530: Cloudflare does not find the origin",
        (
            "see the number in the body: 1016: the origin's name does not resolve; 1033: the tunnel is not connected "
            "(systemctl status cloudflared)",
        ),
    ),
    502: Meaning(
        "502 in Cloudflare's own words: it, or cloudflared at the end of a tunnel, gets no answer from the origin",
        ("journalctl -u cloudflared -n 50, and compare the service in its ingress rules with the port",),
        confidence="likely",
    ),
    504: Meaning(
        "504 in Cloudflare's own words: the origin did not answer in time",
        ("look at the server's upgrade handler, and at the way between Cloudflare and the origin",),
        confidence="likely",
    ),
    429: Meaning(
        "429 in Cloudflare's own words: a rate limiting rule counts the handshakes",
        ("exempt the WebSocket path: Security > WAF > Rate limiting rules",),
    ),
}
_TOGGLE = (
    "curl -X PATCH https://api.cloudflare.com/client/v4/zones/<zone>/settings/websockets "
    "-H 'Authorization: Bearer <token>' --json '{\"value\":\"on\"}' (Network > WebSockets)"
)
_CLOUDFLARE_400 = Meaning(
    "400 in Cloudflare's own words: the request did not get as far as the origin",
    (_TOGGLE,),
    ("dial wss:// on a port that Cloudflare serves in TLS (443, 2053, 2083, 2087, 2096, 8443)",),
    "likely",
)
_CLOUDFLARE_IDLE = Meaning(
    "Cloudflare ends a connection on which nothing came for 100 s",
    (),
    ("the limit is changed in Enterprise plans only",),
)


def _cloudflare_403(answer: dict[str, t.Any]) -> Meaning:
    body = str(answer.get("body") or "")
    if "cf-mitigated" in headers_of(answer) or "Just a moment" in body:
        words = "403 with a challenge, which a page can solve and a WebSocket cannot"
        rule = (
            "skip challenges for the path: Security > WAF > Custom rules, action Skip (Bot Fight Mode can't be skipped)"
        )
    elif "1020" in body:
        words, rule = (
            "403 with error 1020: a custom rule of Cloudflare's firewall denies the request",
            "exempt the WebSocket path from the rule: Security > WAF > Custom rules",
        )
    else:
        words, rule = (
            "403 in Cloudflare's own words: its firewall denies the request, and the origin never sees it",
            "see Security > Events for the Ray ID in cf-ray, and exempt the WebSocket path",
        )
    return Meaning(words, (rule,))


def _cloudflare(facts: Facts) -> Match | None:
    """With what the answer means at Cloudflare."""
    answer = _written(facts, CLOUDFLARE)
    if not answer:
        proof = _stripped_by(facts, CLOUDFLARE)
        if proof:
            return _match(facts, Meaning("Cloudflare passed it on: %s" % proof, (_TOGGLE,), confidence="likely"))
        return _idle(facts, CLOUDFLARE, 100, _CLOUDFLARE_IDLE) if _leaves_trace(facts, CLOUDFLARE) else None
    if answer.get("status") == 403:
        return _match(facts, _cloudflare_403(answer))
    if answer.get("status") == 400:
        return _match(facts, _CLOUDFLARE_400)
    words = "%s in Cloudflare's own words" % answer.get("status")
    other = Meaning(words, (_DIRECT % CLOUDFLARE,), confidence="likely")
    return _match(facts, _CLOUDFLARE.get(answer.get("status") or 0, other))


# -- AWS ---------------------------------------------------------------------------------------------------------------

_TARGETS = "aws elbv2 describe-target-health --target-group-arn <arn>"
_ALB: dict[int, Meaning] = {
    400: Meaning(
        "400: the load balancer takes the request for malformed, and no target sees it",
        ("shrink cookies and tokens: a header line of 16 kB, or 64 kB of headers in all, are too much for it",),
        confidence="likely",
    ),
    403: Meaning(
        "403: AWS WAF, which is attached to the load balancer, denies the request",
        ("aws wafv2 get-sampled-requests … names the rule; exempt the WebSocket path from it",),
        confidence="likely",
    ),
    460: Meaning(
        "460: the client ended the connection before the load balancer had an answer",
        ("look at the target: it answers the handshake later than clients wait",),
    ),
    463: Meaning("463: X-Forwarded-For has more than 30 addresses", ("look for a loop of proxies in front of it",)),
    464: Meaning(
        "464: the target group's protocol version does not fit HTTP/1.1, which a WebSocket needs",
        ("make a target group with --protocol-version HTTP1, and lead the listener's rule to it",),
    ),
    500: Meaning("500: the load balancer itself, or its WAF, failed", ("see the AWS Health Dashboard",), (), "likely"),
    502: Meaning(
        "502: the target refused the connection, reset it, or answered what is no valid HTTP",
        (
            "%s, and compare the target's port with the service's" % _TARGETS,
            "let the security group of the targets accept the load balancer's",
        ),
        ("let the server's own keep-alive be longer than the load balancer's idle time-out",),
    ),
    503: Meaning(
        "503: the target group has no target in service",
        (_TARGETS,),
        (
            "the health check asks an ordinary GET: give it a path that answers 200, since a WebSocket path answers 400 or "
            "426: aws elbv2 modify-target-group --target-group-arn <arn> --health-check-path /health",
            "or accept what it answers: --matcher 'HttpCode=\"200,400,426\"'",
        ),
    ),
    504: Meaning(
        "504: the target did not accept within 10 s, or did not answer the handshake within the idle time-out",
        ("look at the target's upgrade handler, and at security groups and network ACLs between them: %s" % _TARGETS,),
    ),
}
_ALB_SET = (
    "aws elbv2 modify-load-balancer-attributes --load-balancer-arn <arn> "
    "--attributes Key=idle_timeout.timeout_seconds,Value=%s"
)
_ALB_IDLE = Meaning(
    "the idle time-out of an AWS load balancer is 60 s unless it was set", (), ("or " + _ALB_SET % 3600,)
)


def _aws_alb(facts: Facts) -> Match | None:
    """With what the answer means at the load balancer."""
    answer = _written(facts, ALB)
    if not answer:
        return _idle(facts, ALB, 60, _ALB_IDLE, sure=False) if _leaves_trace(facts, ALB) else None
    words = "%s is the load balancer's own answer: a fixed response, or no rule of its listener takes the URL"
    steps = ("aws elbv2 describe-rules --listener-arn <arn>, and let one lead the WebSocket path to the targets",)
    other = Meaning(words % answer.get("status"), steps, confidence="likely")
    return _match(facts, _ALB.get(answer.get("status") or 0, other))


_POLICY = (
    "attach the origin request policy AllViewer (216adef6-5c7f-47e4-b989-5492eafa07d3) to the cache behaviour of the path, "
    "and the cache policy CachingDisabled: Host, Origin and Sec-WebSocket-* then reach the origin"
)
_CLOUDFRONT: dict[int, Meaning] = {
    403: Meaning(
        "403 in CloudFront's own words: AWS WAF, a geographic restriction, a name that is no alternate domain name of the "
        "distribution, a method or a signature that the cache behaviour does not let through",
        (
            "aws cloudfront get-distribution-config --id <id>: see Aliases, WebACLId and AllowedMethods of the behaviour",
            _POLICY,
        ),
    ),
    502: Meaning(
        "502 in CloudFront's own words: it cannot connect to the origin, or does not accept its certificate",
        (
            "openssl s_client -connect <origin>:443 -servername <origin> </dev/null: the certificate has to be trusted, and "
            "for the origin's name or the Host that is passed on",
            "compare the origin's port and protocol with what listens there: aws cloudfront get-distribution-config --id <id>",
        ),
        (_POLICY,),
    ),
    503: Meaning(
        "503 in CloudFront's own words: the origin, or a function at the edge, is out of capacity",
        ("see the logs of Lambda@Edge and CloudFront Functions of the behaviour", _DIRECT % CLOUDFRONT),
        confidence="likely",
    ),
    504: Meaning(
        "504 in CloudFront's own words: the origin did not accept, or did not answer the handshake, in time",
        (
            "let the origin's firewall or security group accept com.amazonaws.global.cloudfront.origin-facing",
            "look at the server's upgrade handler: CloudFront waits for 30 s unless told otherwise",
        ),
    ),
}
_CLOUDFRONT_IDLE = Meaning("CloudFront ends a WebSocket on which nothing came for 10 minutes; the limit is fixed", ())


def _cloudfront(facts: Facts) -> Match | None:
    """With what the answer means at CloudFront."""
    answer = _written(facts, CLOUDFRONT)
    if not answer:
        proof = _stripped_by(facts, CLOUDFRONT)
        if proof:
            return _match(facts, Meaning("CloudFront passed it on: %s" % proof, (_POLICY,), confidence="likely"))
        return _idle(facts, CLOUDFRONT, 600, _CLOUDFRONT_IDLE) if _leaves_trace(facts, CLOUDFRONT) else None
    other = Meaning("%s in CloudFront's own words" % answer.get("status"), (_POLICY,), confidence="likely")
    return _match(facts, _CLOUDFRONT.get(answer.get("status") or 0, other))


# -- Envoy -------------------------------------------------------------------------------------------------------------

_UPGRADES = "upgrade_configs: [{upgrade_type: websocket}]"
_ENVOY_RESETS = (
    ("connection refused", "nothing listens at the endpoint's address and port"),
    ("connection timeout", "the endpoint does not accept in time: a firewall, or connect_timeout is short"),
    ("TLS error", "TLS with the endpoint fails: compare transport_socket with what it speaks"),
    ("WRONG_VERSION_NUMBER", "TLS is spoken to an endpoint that has none"),
    ("overflow", "a circuit breaker is full: WebSockets count as requests for as long as they live"),
    ("connection termination", "the endpoint ended the connection without an answer"),
    ("remote reset", "the endpoint reset the stream"),
    ("protocol error", "the endpoint speaks another protocol: HTTP/2 is set for one that speaks HTTP/1.1"),
    ("connection failure", "no connection to the endpoint comes about"),
)


def _envoy_reason(body: str) -> str:
    """The reason that Envoy gives for a reset, in its own words and in plain ones."""
    found = next((words for key, words in _ENVOY_RESETS if key.lower() in body.lower()), "")
    reset = body.split("reset reason:", 1)[-1].strip()[:120] if "reset reason:" in body else ""
    return "; ".join(part for part in ("reset reason: %s" % reset if reset else "", found) if part)


def _envoy_meaning(status: t.Any, body: str) -> Meaning:
    compare = "compare the cluster's endpoints with where the service listens: curl -s localhost:9901/clusters"
    if body.startswith("RBAC"):
        return Meaning("403 by Envoy's RBAC filter", ("let its policy allow the path, or Istio's AuthorizationPolicy",))
    if status == 403:
        return Meaning(
            "403 without a body is Envoy's answer to an upgrade that it was not told to let through (upgrade_failed)",
            ("%s in the HttpConnectionManager, or in the route's action" % _UPGRADES,),
            ("with Envoy Gateway a route whose service has no endpoint answers so, too: kubectl get endpointslices",),
            "likely",
        )
    if status == 404:
        return Meaning(
            "404 without a body is Envoy's answer where no route matches host and path (route_not_found)",
            ("compare domains and match of the virtual hosts with the URL: curl -s localhost:9901/config_dump",),
            confidence="likely",
        )
    if body.startswith("no healthy upstream"):
        return Meaning(
            "503: the cluster has no healthy endpoint", (compare,), ("see its health checks and the DNS name",)
        )
    if status == 504 or "timed out" in body or "request timeout" in body:
        return Meaning(
            "504: the endpoint did not answer the handshake within the route's timeout (15 s unless set)",
            ("look at the server's upgrade handler",),
            ("timeout: 0s on the route of the WebSocket, which would end it later as well",),
        )
    return Meaning("503: %s" % (_envoy_reason(body) or "the endpoint gave no answer"), (compare,))


def _envoy(facts: Facts) -> Match | None:
    """With what the answer means at Envoy."""
    answer = facts.first_refusal
    return _match(facts, _envoy_meaning(answer["status"], str(answer.get("body") or "").strip()))


# -- Traefik and the ingress -------------------------------------------------------------------------------------------

_TRAEFIK: dict[int, Meaning] = {
    502: Meaning(
        "502 with the bare words Bad Gateway: Traefik cannot connect to the service's server, or it does not accept its TLS",
        (
            "compare loadbalancer.server.port (and scheme) with where the service listens, seen from Traefik's network",
            "for wss:// behind it with a private certificate: serversTransport with rootCAs, or insecureSkipVerify",
        ),
        confidence="likely",
    ),
    503: Meaning("503: no server of the service is in rotation", ("see its health check in Traefik's dashboard",)),
    504: Meaning(
        "504 with the bare words Gateway Timeout: the connection to the service's server is not accepted in time",
        ("let Traefik and the service share a network: the label traefik.docker.network names it",),
        confidence="likely",
    ),
}
_TRAEFIK_REDIRECT = Meaning(
    "the Location https://wss://… is what Traefik's redirect makes of a handshake: browsers would not follow it anyway",
    ("dial wss:// in the client and in public_url",),
    ("put no RedirectScheme middleware on the router of the WebSocket path",),
    "likely",
)
_TRAEFIK_IDLE = Meaning(
    "entryPoints.<name>.transport.respondingTimeouts.readTimeout is 60 s since Traefik 2.11.1 and 3.0",
    (),
    ("or entryPoints.<name>.transport.respondingTimeouts.readTimeout: 0",),
)


def _traefik_seen(facts: Facts) -> bool:
    """Whether something else than the answer shows that Traefik stands in front."""
    here = (facts.evidence.get("port") or {}).get("proxies") or ()
    return _default_certificate(facts, "TRAEFIK DEFAULT CERT") or any(row.get("name") == "traefik" for row in here)


def _traefik_404(facts: Facts) -> Meaning | None:
    """404 page not found is what every program in Go says: it may be Traefik's where the server itself accepts."""
    answer, known = facts.first_refusal, _traefik_seen(facts)
    if answer is not facts.public or facts.handshake.get("outcome") != "open" or "server" in headers_of(answer):
        return None
    if answer.get("status") != 404 or str(answer.get("body") or "").strip() != "404 page not found":
        return None
    if not known and answer.get("path") != facts.served_path:
        return None  # the server itself, in Go, may not know this path
    return Meaning(
        "404 page not found: no router of Traefik takes host and path%s" % ("" if known else ", if this is Traefik"),
        ("compare the router's rule, entryPoints and tls with the URL: curl -s <traefik>:8080/api/http/routers",),
        ("traefik.enable=true, and a rule such as Host(`<name>`) && PathPrefix(`<path>`)",),
        "likely" if known else "possible",
    )


def _traefik(facts: Facts) -> Match | None:
    """With what the answer means at Traefik."""
    answer = _written(facts, TRAEFIK, "traefik")
    if not answer:
        unknown = _traefik_404(facts)
        if unknown is not None:
            return _match(facts, unknown)
        return _idle(facts, TRAEFIK, 60, _TRAEFIK_IDLE, sure=False) if _traefik_seen(facts) else None
    if answer["status"] in _TRAEFIK:
        return _match(facts, _TRAEFIK[answer["status"]])
    return _match(facts, _TRAEFIK_REDIRECT)


_INGRESS: dict[int, Meaning] = {
    502: Meaning(
        "502: the pod does not accept on the service's targetPort",
        ("kubectl get endpointslices -l kubernetes.io/service-name=<service>, and compare the port with the process's",),
        confidence="likely",
    ),
    503: Meaning(
        "503 by nginx: an ingress answers so where the service has no ready endpoint, nginx alone where a limit is reached",
        ("kubectl get endpointslices -l kubernetes.io/service-name=<service>: none means that no pod is ready, or that "
         "the service's selector fits none",),
        confidence="possible",
    ),
    504: Meaning(
        "504: the pod does not answer the handshake in time",
        ("kubectl logs <pod>: look at the server's upgrade handler",),
        confidence="likely",
    ),
}  # fmt: skip
_INGRESS_404 = Meaning(
    "default backend - 404: no rule of an Ingress takes host and path",
    ("kubectl get ingress -A, and compare host, path, pathType and ingressClassName with the URL",),
)


def _is_default_backend(facts: Facts) -> bool:
    """Whether the default backend of an ingress wrote the answer."""
    return bool(_written(facts, INGRESS, "nginx-ingress-c", "nginx-ingress-controller", "server", "404-server"))


def _is_ingress(facts: Facts) -> bool:
    """Whether the certificate at the public URL is the one that the controller makes for itself."""
    return _default_certificate(facts, "Kubernetes Ingress Controller Fake Certificate")


def _nginx_elsewhere(facts: Facts) -> bool:
    """Whether an nginx that is not this host's answers as one does that has no pod to lead to.

    Without the ingress' own certificate only its 503 tells: nginx alone answers a dead upstream by 502.
    """
    answer = facts.public
    if facts.first_refusal is not answer or not fingerprint(answer).startswith("nginx"):
        return False
    accepted = facts.handshake.get("outcome") == "open"
    return accepted and answer.get("status") in _INGRESS and (answer["status"] == 503 or _is_ingress(facts))


def _k8s_ingress(facts: Facts) -> Match | None:
    """With what the answer means at the ingress."""
    if _is_default_backend(facts):
        return _match(facts, _INGRESS_404)
    meaning = _INGRESS[facts.public["status"]]
    return _match(facts, meaning._replace(confidence="likely") if _is_ingress(facts) else meaning)


# -- somebody else's proxy ---------------------------------------------------------------------------------------------


def _forward_answer(facts: Facts) -> dict[str, t.Any]:
    """The first refusal, if a proxy for the clients of a network wrote it."""
    return _written(facts, FORWARD, "squid", "tinyproxy", "privoxy")


def _forward_proxy(facts: Facts) -> Match | None:
    """With the name that the proxy gives itself."""
    answer = _forward_answer(facts)
    proof = "" if answer else _stripped_by(facts, FORWARD)
    seen = facts.first_refusal
    headers = headers_of(seen)
    who = headers.get("x-squid-error") or headers.get("via") or headers.get("server") or ""
    clear = str(facts.public.get("url") or "").startswith("ws://")
    return _match(
        facts,
        Meaning(
            "a proxy on the way answers in place of the service%s: clients in the same network meet it, others do not"
            % (" (%s)" % who if who else "")
            if answer
            else "a proxy on the way (%s) passed it on: %s" % (who, proof),
            (
                "dial wss:// on port 443: such proxies then see a CONNECT, and no Upgrade that they could refuse or remove"
                if clear
                else "ask for an exemption of the name from TLS inspection",
                "run the checklist from another network, and compare",
            ),
            (
                "Squid 5 and later: http_upgrade_request_protocols websocket allow all; acl SSL_ports port 443 has to hold "
                "the port of the URL",
            ),
            "certain" if answer and (seen.get("status") == 407 or "x-squid-error" in headers) else "likely",
        ),
    )


# -- HTTP/2 ------------------------------------------------------------------------------------------------------------


def _extended_connect(facts: Facts) -> Match | None:
    """With what came back over HTTP/2, or the line of HAProxy's configuration."""
    if haproxy.asks_in_http2(facts):
        return haproxy.http2_server(facts)
    seen = facts.public.get("http2") or {}
    return Match(
        "certain" if seen.get("outcome") in ("answered", "reset") else "likely",
        [
            "at the public URL %s: %s" % (facts.public.get("url"), outcome_words(facts.public)),
            "over HTTP/2: %s" % http2_words(seen),
            "browsers that have an HTTP/2 connection to the name open fail, other clients do not",
        ],
        immediate=[
            "do not advertise it (Node: http2.createSecureServer without settings.enableConnectProtocol), or answer the "
            "CONNECT by 200"
        ],
        configuration=[
            "HAProxy: h2-workaround-bogus-websocket-clients in global, or alpn http/1.1 on the bind line",
            "Envoy: http2_protocol_options {allow_connect: true} together with %s" % _UPGRADES,
        ],
        testing=[CHECK_AGAIN],
    )


RULES: tuple[Rule, ...] = (
    proxy_rule(
        "proxy-cloudflare-answers",
        "Cloudflare answers in place of the service, or cuts its connections",
        _cloudflare,
        "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/",
        (*_GENERAL, "proxy-upgrade-dropped", "proxy-headers-too-large"),
        needs=(
            Condition(
                "the answer is Cloudflare's own, by its status (520 to 530) or its page, and not one that the origin gave; or it "
                "passed the handshake on without Upgrade; or it cut an idle connection after 100 s",
                lambda facts: (
                    _written(facts, CLOUDFLARE)
                    or _stripped_by(facts, CLOUDFLARE)
                    or (_leaves_trace(facts, CLOUDFLARE) and _cut_at_public_url(facts))
                ),
            ),
        ),
        sureness=_SURE,
        apart=(_PAST,),
    ),
    proxy_rule(
        "proxy-aws-alb-answers",
        "An AWS load balancer answers in place of the service, or cuts its connections",
        _aws_alb,
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html",
        _GENERAL,
        needs=(
            Condition(
                "the answer's Server is awselb, which the load balancer writes on its own answers only; or an idle connection ends "
                "after 60 s, and a cookie (AWSALB) or its name (elb.amazonaws.com) shows that it is one",
                lambda facts: _written(facts, ALB) or (_leaves_trace(facts, ALB) and _cut_at_public_url(facts)),
            ),
        ),
        against=(refused_by(*REDIRECTS),),
        sureness=_SURE,
        apart=(_PAST,),
    ),
    proxy_rule(
        "proxy-cloudfront-answers",
        "CloudFront answers in place of the service, or cuts its connections",
        _cloudfront,
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-working-with.websockets.html",
        (*_GENERAL, "proxy-upgrade-dropped"),
        needs=(
            Condition(
                "the answer is CloudFront's own, by its Server or its page; or it passed the handshake on without what makes it one; "
                "or it cut an idle connection after ten minutes",
                lambda facts: (
                    _written(facts, CLOUDFRONT)
                    or _stripped_by(facts, CLOUDFRONT)
                    or (_leaves_trace(facts, CLOUDFRONT) and _cut_at_public_url(facts))
                ),
            ),
        ),
        against=(refused_by(*REDIRECTS),),
        sureness=_SURE,
        apart=(_PAST,),
    ),
    proxy_rule(
        "proxy-envoy-answers",
        "Envoy answers in place of the service",
        _envoy,
        "https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/http/upgrades",
        _GENERAL,
        needs=(
            Condition(
                "the answer is in Envoy's words, or a bare 403 or 404 with Server: envoy, and no upstream has given it "
                "(x-envoy-upstream-service-time is missing)",
                lambda facts: _written(facts, ENVOY, "envoy", "pilot-agent"),
            ),
        ),
        sureness=sure_where("Envoy's words name the cause", "it is a bare 403 or 404"),
        apart=(
            Rival(
                "server-credentials-required",
                "a handshake at the pod's own address",
                "101: Envoy was not told to upgrade; 403 there as well: the server asks for credentials",
            ),
            _PAST,
        ),
    ),
    proxy_rule(
        "proxy-traefik-answers",
        "Traefik answers in place of the service, or cuts its connections",
        _traefik,
        "https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/",
        (*_GENERAL, "proxy-redirects"),
        needs=(
            Condition(
                "the answer is in Traefik's words, which carry no name (Bad Gateway, no available server, Gateway Timeout, a "
                "redirect to https://wss://…); or it is the 404 of every program in Go; or an idle connection ends after 60 s, "
                "and a certificate or a process shows that Traefik is there",
                lambda facts: (
                    _written(facts, TRAEFIK, "traefik")
                    or _traefik_404(facts)
                    or (_traefik_seen(facts) and _cut_at_public_url(facts))
                ),
            ),
        ),
        sureness=(
            ("certain", "503 no available server: none of the service's is in rotation"),
            ("likely", "other programs answer so too, or the limit is one that others have"),
            ("possible", "it is the 404 of every program in Go, and nothing else shows Traefik"),
        ),
        apart=(_PAST,),
    ),
    proxy_rule(
        "proxy-kubernetes-ingress-answers",
        "An ingress of Kubernetes does not lead the URL to a ready pod",
        _k8s_ingress,
        "https://kubernetes.github.io/ingress-nginx/troubleshooting/",
        _GENERAL,
        needs=(
            Condition(
                "the answer is in the words of an ingress' default backend; or it is 503 by an nginx that is not this host's, while "
                "the server itself accepts; with the ingress' own certificate at the public URL also 502 or 504",
                lambda facts: _is_default_backend(facts) or _nginx_elsewhere(facts),
            ),
        ),
        sureness=(
            ("certain", "the default backend answers"),
            ("likely", "the ingress' own certificate shows"),
            ("possible", "a 503 by nginx is all that shows: a limit gives it, too"),
        ),
        apart=(
            Rival(
                "proxy-nginx-limit",
                "kubectl get endpointslices, or nginx's error log",
                "no ready endpoint: the ingress; limiting connections: a limit of nginx",
            ),
        ),
    ),
    proxy_rule(
        "proxy-forward-proxy-answers",
        "A proxy of the clients' network answers in place of the service",
        _forward_proxy,
        "https://wiki.squid-cache.org/Features/HTTPS",
        (*_GENERAL, "proxy-upgrade-dropped"),
        needs=(
            Condition(
                "the answer is that of a proxy for the clients of a network (Squid, Zscaler …), which no server of a service is; or "
                "such a proxy passed the handshake on without Upgrade",
                lambda facts: _forward_answer(facts) or _stripped_by(facts, FORWARD),
            ),
        ),
        sureness=sure_where("it is 407, or carries X-Squid-Error", "its page or its Via is all that shows"),
        apart=(
            Rival(
                "server-credentials-required",
                "the checklist from another network",
                "101 there: a proxy of the clients' network; refused there as well: the server",
            ),
        ),
    ),
    Rule(
        id="proxy-http2-connect-refused",
        title="The server offers WebSockets over HTTP/2 and refuses them",
        layer="proxy",
        explains=("websocket.*", "proxy.*", *IN_BROWSER),
        find=_extended_connect,
        supersedes=("proxy-upstream-down", "proxy-haproxy-no-server"),
        source=("https://www.rfc-editor.org/rfc/rfc8441",),
        needs=(
            Condition(
                "at the public URL the handshake is accepted over HTTP/1.1 and refused over HTTP/2, although the server offers "
                "WebSockets there by SETTINGS_ENABLE_CONNECT_PROTOCOL (`websocket.http2`); or HAProxy asks the server over HTTP/2, "
                "which accepts the handshake over HTTP/1.1",
                lambda facts: facts.status("websocket.http2", "public") == FAIL or haproxy.asks_in_http2(facts),
            ),
        ),
        sureness=sure_where("the CONNECT was answered or reset, or HAProxy's configuration says so"),
    ),
)
