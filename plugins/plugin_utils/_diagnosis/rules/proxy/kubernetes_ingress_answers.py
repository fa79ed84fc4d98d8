# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""proxy-kubernetes-ingress-answers: an ingress of Kubernetes has no ready pod for the URL."""

from __future__ import annotations

from ...._evidence.who_answered import INGRESS, fingerprint
from ...facts import Facts
from ...rule import Command, Condition, Found, LookAlike, Rule
from ._edge import GENERAL, Meaning, default_certificate, fixes, meant, observations, preventions, written
from ._proxy import EXPLAINS

_MEANINGS: dict[str, Meaning] = {
    "default_backend": Meaning(
        "default backend - 404: no Ingress rule matches host and path",
        ("404: compare host, path, pathType and ingressClassName with the URL: kubectl get ingress -A -o yaml",),
    ),
    "status_502": Meaning(
        "502: the pod does not accept connections on the service's targetPort",
        (
            "502: compare the port with the process's: kubectl get endpointslices -l kubernetes.io/service-name=<service>",
        ),
    ),
    "status_503": Meaning(
        "503 by nginx: an ingress answers this way when the service has no ready endpoint, plain nginx when a limit is reached",
        (
            "503: kubectl get endpointslices -l kubernetes.io/service-name=<service>: none means that no pod is ready, or that "
            "the service's selector matches no pod",
        ),
    ),
    "status_504": Meaning(
        "504: the pod does not answer the handshake in time",
        ("504: look at the server's upgrade handler: kubectl logs <pod>",),
    ),
}


def _is_default_backend(facts: Facts) -> bool:
    """Whether the default backend of an ingress wrote the answer."""
    return bool(written(facts, INGRESS, "nginx-ingress-c", "nginx-ingress-controller", "server", "404-server"))


def _shows_its_certificate(facts: Facts) -> bool:
    """Whether the certificate at the public URL is the one that the controller makes for itself."""
    return default_certificate(facts, "Kubernetes Ingress Controller Fake Certificate")


def _is_nginx_elsewhere(facts: Facts) -> bool:
    """Whether an nginx that is not this host's answers like one that has no pod to send the request to.

    Without the ingress' own certificate only its 503 identifies it: plain nginx answers 502 for a dead upstream.
    """
    answer = facts.public
    if facts.first_refusal is not answer or not fingerprint(answer).startswith("nginx"):
        return False
    status = answer.get("status")
    accepted = facts.handshake.get("outcome") == "open"
    return accepted and (status == 503 or (status in (502, 504) and _shows_its_certificate(facts)))


def _find(facts: Facts) -> Found:
    """With what the answer means at the ingress."""
    if _is_default_backend(facts):
        return meant(facts, _MEANINGS, "default_backend")
    confidence = "likely" if _shows_its_certificate(facts) else "possible"
    return meant(facts, _MEANINGS, "status_%s" % facts.public["status"], confidence)


RULE = Rule(
    id="proxy-kubernetes-ingress-answers",
    layer="proxy",
    title="A Kubernetes ingress has no ready pod for the URL",
    users_see=(
        "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 503` (or "
        "`404`, `502`)",
        "the body `default backend - 404`",
        "nginx's page `503 Service Temporarily Unavailable`",
        'log of ingress-nginx\'s controller: `Service "default/chat" does not have any active Endpoint.`',
        "a certificate named `Kubernetes Ingress Controller Fake Certificate`",
    ),
    why="An ingress controller sends a request to the ready endpoints of a Service. When no rule of an Ingress matches host and path, the default "
    "backend answers 404. When the Service's selector matches no pod, or no pod passes its readiness probe, there is no endpoint and the "
    "controller answers 503 without asking anything. A wrong targetPort gives 502, although the pod is ready and the server in it accepts.",
    needs=(
        Condition(
            "the answer is in the words of an ingress' default backend; or it is a 503 by an nginx that is not on this host, while "
            "the server itself accepts; with the ingress' own certificate at the public URL also a 502 or 504",
            lambda facts: _is_default_backend(facts) or _is_nginx_elsewhere(facts),
        ),
    ),
    find=_find,
    confidence={
        "certain": "the default backend answers",
        "likely": "the public URL has the ingress' own certificate",
        "possible": "a 503 by nginx is all there is to see: a limit gives it too",
    },
    because=observations(_MEANINGS),
    fix=fixes(_MEANINGS),
    prevent=preventions(_MEANINGS),
    explains=EXPLAINS,
    supersedes=GENERAL,
    look_alikes=(
        LookAlike(
            "proxy-nginx-limit",
            Command("kubectl get endpointslices -l kubernetes.io/service-name=<service>"),
            "none is ready: the ingress; some are, and nginx's error log has limiting connections: a limit of nginx",
        ),
    ),
    sources=("https://kubernetes.github.io/ingress-nginx/troubleshooting/",),
    staged=("edge/ingress-404", "edge/ingress-503"),
)
