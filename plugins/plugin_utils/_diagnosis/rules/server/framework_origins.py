# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""server-<framework>-origin-rejected: the log of a framework or product says that it refuses the page's Origin."""

from __future__ import annotations

import typing as t

from ...._evidence.websocket import outcome_words
from ...conditions import refused_by
from ...facts import Facts
from ...rule import Attempt, Condition, Found, Look, LookAlike, Rule
from ._framework_log import CONFIDENCE, line_with, log_says
from ._refused_handshake import LESS_SPECIFIC
from ._server import EXPLAINS

_KEY = "origin-rejected"
_REFUSED_WITHOUT = Condition(
    "on the host, a handshake without an Origin is refused as well, which this framework would accept",
    lambda facts: facts.attempt("no_origin").get("outcome") not in ("open", None),
)
_CONSOLE_403 = "browser console: `WebSocket connection to 'wss://…' failed: Error during WebSocket handshake: Unexpected response code: 403`"
_CREDENTIALS = LookAlike(
    "server-credentials-required",
    Attempt("no_origin"),
    "101 without an Origin: the Origin is refused; refused again: credentials are missing",
)
_HOST_REWRITTEN = LookAlike(
    "proxy-host-rewritten",
    Look("a handshake that bypasses the proxy, with the page's Origin and the public Host"),
    "101: the proxy sends another Host than the client did; refused there as well: the list of allowed origins",
)
_HOST_WITHOUT_PORT = LookAlike(
    "proxy-host-without-port",
    Look("the port of the public URL"),
    "other than 80 and 443: nginx with `proxy_set_header Host $host` drops it, and Host and Origin never match; none: the "
    "list of allowed origins",
)


def _finder(words: tuple[str, ...]) -> t.Callable[[Facts], Found]:
    """With the line of the log, and the Origin to allow."""

    def find(facts: Facts) -> Found:
        origin = str(facts.first_refusal.get("origin") or "<origin>")
        return "certain", {
            "answer": outcome_words(facts.first_refusal),
            "log_line": facts.quote(line_with(facts, _KEY, words)),
            "origin": origin,
            "host": origin.partition("://")[2] or "<host>",
        }

    return find


def _origin_rule(
    *,
    framework: str,
    title: str,
    words: tuple[str, ...],
    statuses: tuple[int, ...],
    accepts_absent: bool,
    users_see: tuple[str, ...],
    why: str,
    fix: str,
    prevent: str,
    look_alikes: tuple[LookAlike, ...],
    source: str,
    staged: str,
) -> Rule:
    """The rule of a framework that logs why it refuses.

    :param framework: as it stands in the id.
    :param words: of its log, one or the other.
    :param statuses: by which it refuses.
    :param accepts_absent: whether it accepts clients without an Origin: what refuses these, too, is something else.
    """
    return Rule(
        id="server-%s-origin-rejected" % framework,
        layer="server",
        title=title,
        users_see=users_see,
        why=why,
        needs=(refused_by(*statuses), log_says(_KEY, words)),
        against=(_REFUSED_WITHOUT,) if accepts_absent else (),
        find=_finder(words),
        confidence=CONFIDENCE,
        because=("the handshake is answered with {answer}", "{log_line}"),
        fix=(fix,),
        prevent=(prevent,),
        explains=EXPLAINS,
        supersedes=LESS_SPECIFIC,
        look_alikes=look_alikes,
        sources=(source,),
        staged=(staged,),
    )


RULES = (
    _origin_rule(
        framework="phoenix",
        title="Phoenix refuses the Origin",
        words=("Could not check origin",),
        statuses=(403,),
        accepts_absent=True,
        users_see=(
            "Phoenix log: `[error] Could not check origin for Phoenix.Socket transport.`, then `Origin of the request: https://…`",
            _CONSOLE_403,
            "LiveView pages are drawn, but their buttons and forms do nothing, and the page keeps trying to reconnect",
        ),
        why="Phoenix compares the Origin header, which the browser fills in, with check_origin of the endpoint. Its default, true, "
        "allows only the host in the endpoint's url: [host: …], which generated releases read from PHX_HOST. Any other host gets "
        "403 before the socket's connect runs. The page itself loads, because ordinary requests are not checked, and clients that "
        "send no Origin, such as curl, are accepted.",
        fix="add {origin} to check_origin of the endpoint, or set its url: [host: …] to the public name",
        prevent='config :my_app, MyAppWeb.Endpoint, check_origin: ["{origin}"]',
        look_alikes=(_CREDENTIALS, _HOST_REWRITTEN),
        source="https://hexdocs.pm/phoenix/Phoenix.Endpoint.html",
        staged="framework/phoenix-origin",
    ),
    _origin_rule(
        framework="actioncable",
        title="Action Cable refuses the Origin",
        words=("Request origin not allowed",),
        statuses=(404,),
        accepts_absent=False,
        users_see=(
            "Rails log: `Request origin not allowed: https://…`, then `Failed to upgrade to WebSocket (REQUEST_METHOD: GET, "
            "HTTP_CONNECTION: Upgrade, HTTP_UPGRADE: websocket)`",
            "browser console: `WebSocket connection to 'wss://…/cable' failed: Error during WebSocket handshake: Unexpected response "
            "code: 404`",
            "body of the answer: `Page not found`",
        ),
        why="Action Cable accepts a handshake only if its Origin is in config.action_cable.allowed_request_origins or, with "
        "allow_same_origin_as_host, equals the scheme and Host of the request. Everything else, an absent Origin included, gets 404 "
        "Page not found, which looks like a missing route. Behind a proxy that terminates TLS, Rails takes the request for http "
        "unless the proxy sends X-Forwarded-Proto: https; then even the site's own Origin does not match.",
        fix="add {origin} to config.action_cable.allowed_request_origins",
        prevent='config.action_cable.allowed_request_origins = ["{origin}"]; behind a proxy that terminates TLS, set X-Forwarded-Proto',
        look_alikes=(
            LookAlike(
                "proxy-forwarded-proto-missing",
                Look("the same handshake, bypassing the proxy, with X-Forwarded-Proto: https"),
                "101: the proxy does not send the header; 404 again: the list of allowed origins",
            ),
            LookAlike(
                "proxy-upgrade-dropped",
                Look("HTTP_UPGRADE in the log's line `Failed to upgrade to WebSocket`"),
                "`websocket`: the Origin is refused; empty: a proxy drops the Upgrade header",
            ),
        ),
        source="https://guides.rubyonrails.org/action_cable_overview.html#allowed-request-origins",
        staged="framework/rails-origin",
    ),
    _origin_rule(
        framework="spring",
        title="Spring refuses the Origin",
        words=("Origin header value",),
        statuses=(403,),
        accepts_absent=True,
        users_see=(
            _CONSOLE_403,
            "Spring log, with logging.level.org.springframework.web.socket=DEBUG: `Handshake request rejected, Origin header value "
            "https://… not allowed`",
            "with SockJS: `GET …/info` is answered with 403",
        ),
        why="Spring's WebSocket and SockJS endpoints accept only same-origin requests unless their registration allows others. "
        "OriginHandshakeInterceptor compares scheme, host and port of the request, as Spring sees them, with the Origin, and answers "
        "403. Behind a proxy Spring sees the proxy's request, unless it evaluates X-Forwarded-* headers "
        "(server.forward-headers-strategy). The reason is logged at level DEBUG only, so a production log has nothing of it.",
        fix="add {origin} to setAllowedOrigins or setAllowedOriginPatterns of the endpoint",
        prevent='registry.addHandler(handler, "/ws").setAllowedOrigins("{origin}")',
        look_alikes=(_CREDENTIALS, _HOST_REWRITTEN),
        source="https://docs.spring.io/spring-framework/reference/web/websocket/server.html#websocket-server-allowed-origins",
        staged="framework/spring-origin",
    ),
    _origin_rule(
        framework="jupyter",
        title="Jupyter refuses the Origin or the Host",
        words=("Blocking Cross Origin WebSocket", "Blocking request with non-local"),
        statuses=(403, 404),
        accepts_absent=False,
        users_see=(
            "Jupyter log: `Blocking Cross Origin WebSocket Attempt.  Origin: https://…, Host: …`",
            "Jupyter log: `Blocking request with non-local 'Host' … (…). If the server should be accessible at that name, set "
            "ServerApp.allow_remote_access to disable the check.`",
            _CONSOLE_403,
            "the notebook opens, but its kernel never connects",
        ),
        why="Jupyter Server makes two checks. Bound to loopback, it refuses every Host that is not a local name, unless "
        "ServerApp.allow_remote_access is set; that stops pages, too. For a WebSocket it also compares the Origin with the Host, and "
        "refuses a different one unless ServerApp.allow_origin or allow_origin_pat names it; then the notebook opens, and its kernel "
        "cannot be reached. Behind a proxy that does not pass the public Host, one check or the other fails.",
        fix="set ServerApp.allow_origin to {origin} and ServerApp.allow_remote_access to True, or let the proxy pass the public Host",
        prevent="c.ServerApp.allow_origin = '{origin}'; nginx: proxy_set_header Host $http_host",
        look_alikes=(
            LookAlike(
                "server-credentials-required",
                Look("the line in Jupyter's log"),
                "`Couldn't authenticate WebSocket connection`: the token is missing; a line that begins with `Blocking`: Origin or Host",
            ),
            _HOST_REWRITTEN,
        ),
        source="https://jupyter-server.readthedocs.io/en/latest/operators/public-server.html",
        staged="framework/jupyter-host",
    ),
    _origin_rule(
        framework="grafana",
        title="Grafana Live refuses the Origin",
        words=("Origin is not authorized",),
        statuses=(403,),
        accepts_absent=True,
        users_see=(
            'Grafana log: `logger=live … level=warn msg="Request Origin is not authorized" origin=https://… host=… '
            "appUrl=http://localhost:3000/ allowedOrigins=`",
            'Grafana log: `msg="Request Completed" method=GET path=/api/live/ws status=403`',
            _CONSOLE_403,
        ),
        why="Grafana Live accepts a handshake whose Origin has the host of the request. Failing that, the Origin must be that of "
        "root_url or, where [live] allowed_origins is set, be listed there with its scheme, separated by commas. A proxy that sends "
        "another Host than the browser did, together with a root_url that is still http://localhost:3000/, fails them all. Dashboards "
        "keep loading over HTTP; only live updates and streaming panels stop.",
        fix="set root_url to the public URL, or add {origin} to [live] allowed_origins",
        prevent="[live] allowed_origins = {origin}; behind nginx: proxy_set_header Host $http_host",
        look_alikes=(_HOST_REWRITTEN, _HOST_WITHOUT_PORT),
        source="https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/#live",
        staged="framework/grafana-origin",
    ),
    _origin_rule(
        framework="code-server",
        title="code-server refuses the Origin",
        words=("ensureOrigin",),
        statuses=(403,),
        accepts_absent=True,
        users_see=(
            "in the editor's window: `The workbench failed to connect to the server (Error: WebSocket close with status code 1006)`",
            "code-server log: `error Forbidden HttpError: Forbidden`, with `at ensureOrigin` in its stack trace",
            'code-server log with --log debug: `host "…" does not match origin "…"; blocking request to …`',
        ),
        why="Since 4.10.1 code-server compares the host of the Origin with that of the request, taken from Forwarded, X-Forwarded-Host "
        "or Host, in this order, and answers a WebSocket with 403 where they differ. A proxy that sends its upstream's name as Host "
        "fails the comparison, and so does an X-Forwarded-Host with a port (:443) that the browser's Origin does not have. The editor "
        "shows every failed handshake as close code 1006.",
        fix="let the proxy pass the public Host, or start code-server with --trusted-origins {host}",
        prevent="nginx: proxy_set_header Host $http_host; and no port in X-Forwarded-Host that the public URL does not have",
        look_alikes=(_HOST_REWRITTEN, _HOST_WITHOUT_PORT),
        source="https://coder.com/docs/code-server/guide",
        staged="framework/code-server-origin",
    ),
)
