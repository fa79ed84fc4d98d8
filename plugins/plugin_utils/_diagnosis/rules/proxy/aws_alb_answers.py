# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-aws-alb-answers: an AWS load balancer answers instead of the service, or cuts its idle connections."""

from __future__ import annotations

from ...._evidence.who_answered import ALB
from ...conditions import REDIRECTS, refused_by
from ...facts import Facts
from ...rule import Condition, Found, Rule
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
    written,
)
from ._proxy import EXPLAINS

#: Seconds after which it ends an idle connection unless configured otherwise.
_IDLE = 60
_TARGETS = "aws elbv2 describe-target-health --target-group-arn <arn>"
_MEANINGS: dict[str, Meaning] = {
    "status_400": Meaning(
        "400: the load balancer considers the request malformed, and no target sees it",
        ("400: shrink cookies and tokens: the limit is 16 kB for one header line, and 64 kB for all headers",),
        confidence="likely",
    ),
    "status_403": Meaning(
        "403: the web ACL (AWS WAF) of the load balancer denies the request",
        ("403: aws wafv2 get-sampled-requests … names the rule; exempt the WebSocket path from it",),
        confidence="likely",
    ),
    "status_460": Meaning(
        "460: the client closed the connection before the load balancer had an answer",
        ("460: look at the target: it answers the handshake later than clients wait",),
    ),
    "status_463": Meaning(
        "463: X-Forwarded-For holds more than 30 addresses",
        ("463: look for a loop of proxies in front of the load balancer",),
    ),
    "status_464": Meaning(
        "464: the target group's protocol version does not match HTTP/1.1, which a WebSocket requires",
        ("464: create a target group with --protocol-version HTTP1, and let the listener's rule forward to it",),
    ),
    "status_500": Meaning(
        "500: the load balancer itself, or its WAF, failed",
        ("500: see the AWS Health Dashboard",),
        confidence="likely",
    ),
    "status_502": Meaning(
        "502: the target refused the connection, reset it, or sent an answer that is not valid HTTP",
        (
            "502: compare the target's port with the service's: %s" % _TARGETS,
            "502: allow the load balancer's security group in the targets' security group",
        ),
        ("502: set the server's keep-alive timeout above the load balancer's idle timeout",),
    ),
    "status_503": Meaning(
        "503: the target group has no target in service",
        ("503: see why each target is out of service: %s" % _TARGETS,),
        (
            "503: the health check is an ordinary GET, which a WebSocket path answers with 400 or 426: set a path that answers "
            "200: aws elbv2 modify-target-group --target-group-arn <arn> --health-check-path /health",
            "503: or let the health check accept that answer: --matcher 'HttpCode=\"200,400,426\"'",
        ),
    ),
    "status_504": Meaning(
        "504: the target did not accept the connection within 10 s, or did not answer the handshake within the idle timeout",
        (
            "504: look at the target's upgrade handler, and at security groups and network ACLs in between: %s"
            % _TARGETS,
        ),
    ),
    "idle": Meaning(
        "the idle timeout of an AWS load balancer is 60 s by default",
        (idle_fix(_IDLE),),
        (
            "where pings are not possible, raise the idle timeout: aws elbv2 modify-load-balancer-attributes --load-balancer-arn <arn> "
            "--attributes Key=idle_timeout.timeout_seconds,Value=3600",
        ),
    ),
    "other": Meaning(
        "{status} is the load balancer's own answer: a fixed response, or no rule of its listener matches the URL",
        (
            "any other status: let a rule of the listener forward the WebSocket path to the targets: aws elbv2 describe-rules --listener-arn <arn>",
        ),
        confidence="likely",
    ),
}


def _find(facts: Facts) -> Found | None:
    """With what the answer means at the load balancer."""
    answer = written(facts, ALB)
    if not answer:
        return idle_cut(facts, _MEANINGS, _IDLE, sure=False, status=None) if leaves_trace(facts, ALB) else None
    name = "status_%s" % answer.get("status")
    return meant(facts, _MEANINGS, name if name in _MEANINGS else "other", status=answer.get("status"))


RULE = Rule(
    id="proxy-aws-alb-answers",
    layer="proxy",
    title="An AWS load balancer answers instead of the service, or closes its idle connections",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 503` (or "
        "`502`, `504`, `400`)",
        "the response header `Server: awselb/2.0`, and a bare page with `503 Service Temporarily Unavailable`, `502 Bad Gateway` or `504 "
        "Gateway Time-out`",
        "the target group's health status: `unhealthy`, `Health checks failed with these codes: [426]` (or `[400]`)",
        "close code 1006 without a reason after 60 idle seconds, at the public URL only",
    ),
    why="The load balancer terminates the client's connection and opens one of its own to a target. When no target is in service, the target refuses "
    "or resets that connection, or a rule denies the request, the load balancer writes the answer itself and marks it with Server: awselb. "
    "Health checks are ordinary GET requests: on a path that only serves WebSockets they get 400 or 426, and a working target counts as "
    "unhealthy. A connection on which no byte passes within the idle timeout, 60 seconds by default, is closed.",
    needs=(
        Condition(
            "the answer has Server: awselb, which the load balancer sets on its own answers only; or an idle connection ends "
            "after 60 s, and a cookie (AWSALB) or a name (elb.amazonaws.com) shows that a load balancer is in the path",
            lambda facts: written(facts, ALB) or (leaves_trace(facts, ALB) and cut_at_public_url(facts)),
        ),
    ),
    against=(refused_by(*REDIRECTS),),
    find=_find,
    confidence=CONFIDENCE,
    because=observations(_MEANINGS),
    fix=fixes(_MEANINGS),
    prevent=preventions(_MEANINGS),
    verify=idle_verify(_IDLE),
    explains=EXPLAINS,
    supersedes=GENERAL,
    look_alikes=(PAST_IT,),
    sources=("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html",),
    staged=(
        "edge/alb-400",
        "edge/alb-460",
        "edge/alb-502",
        "edge/alb-503",
        "edge/alb-504",
        "edge/alb-idle",
    ),
)
