# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Causes that have the words of one framework or product: Django and Channels, Rails, Phoenix, Spring, brokers and others."""

from __future__ import annotations

import typing as t

from .._evidence.websocket import outcome_words
from .._evidence.who_answered import fingerprint
from .conditions import ACCEPTED_DIRECTLY, OTHER_PATH_OPENS, always, answered, logged, refused_by, sure_where
from .facts import Facts
from .rule import CHECK_AGAIN, Condition, Match, Rival, Rule
from .server_rule import refusal, server_rule, traced

#: What says less about a refused handshake than the words of the framework that refused it.
_GENERAL = (
    "server-origin-rejected",
    "server-credentials-required",
    "server-other-path",
    "server-path-option",
    "server-websocket-not-attached",
    "server-asgi-no-route",
)


class _Words(t.NamedTuple):
    """A framework that says in its log why it refused a handshake."""

    id: str
    title: str
    #: Key of the line in the log, and what stands in it, one or the other.
    key: str
    words: tuple[str, ...]
    statuses: tuple[int, ...]
    mend: str
    configuration: str
    source: str
    #: Whether clients without an Origin are let in, by whom a refusal for other reasons is told.
    takes_absent: bool = True


#: Refusals for their Origin, or for the proxy that they came by.
_REFUSALS = (
    _Words(
        "server-phoenix-origin-rejected", "Phoenix refuses the Origin", "origin-rejected", ("Could not check origin",), (403,),
        "add {origin} to check_origin of the endpoint, or set its url: [host: …] to the public name",
        "config :my_app, MyAppWeb.Endpoint, check_origin: [\"{origin}\"]",
        "https://hexdocs.pm/phoenix/Phoenix.Endpoint.html",
    ),
    _Words(
        "server-actioncable-origin-rejected", "Action Cable refuses the Origin", "origin-rejected", ("Request origin not allowed",), (404,),
        "add {origin} to config.action_cable.allowed_request_origins",
        "config.action_cable.allowed_request_origins = [\"{origin}\"]; behind a proxy that ends TLS set X-Forwarded-Proto",
        "https://guides.rubyonrails.org/action_cable_overview.html#allowed-request-origins", False,
    ),
    _Words(
        "server-spring-origin-rejected", "Spring refuses the Origin", "origin-rejected", ("Origin header value",), (403,),
        "add {origin} to setAllowedOrigins or setAllowedOriginPatterns of the endpoint",
        "registry.addHandler(handler, \"/ws\").setAllowedOrigins(\"{origin}\")",
        "https://docs.spring.io/spring-framework/reference/web/websocket/server.html#websocket-server-allowed-origins",
    ),
    _Words(
        "server-jupyter-origin-rejected", "Jupyter refuses the Origin or the Host", "origin-rejected",
        ("Blocking Cross Origin WebSocket", "Blocking request with non-local"), (403, 404),
        "set ServerApp.allow_origin to {origin} and ServerApp.allow_remote_access, or let the proxy pass the public Host on",
        "c.ServerApp.allow_origin = '{origin}'; nginx: proxy_set_header Host $http_host",
        "https://jupyter-server.readthedocs.io/en/latest/operators/public-server.html", False,
    ),
    _Words(
        "server-grafana-origin-rejected", "Grafana Live refuses the Origin", "origin-rejected", ("Origin is not authorized",), (403,),
        "set root_url to the public URL, or add {origin} to [live] allowed_origins",
        "[live] allowed_origins = {origin}; behind nginx: proxy_set_header Host $http_host",
        "https://grafana.com/docs/grafana/latest/setup-grafana/configure-grafana/#live",
    ),
    _Words(
        "server-code-server-origin-rejected", "code-server refuses the Origin", "origin-rejected", ("ensureOrigin",), (403,),
        "let the proxy pass the public Host on, or start it with --trusted-origins {host}",
        "nginx: proxy_set_header Host $http_host; X-Forwarded-Host without a second port",
        "https://coder.com/docs/code-server/guide",
    ),
    _Words(
        "server-home-assistant-untrusted-proxy", "Home Assistant does not trust the proxy in front of it", "untrusted-proxy",
        ("not set-up for reverse proxies",), (400,),
        "set use_x_forwarded_for and name the proxy's address in trusted_proxies (configuration.yaml, http:)",
        "http: {{use_x_forwarded_for: true, trusted_proxies: [127.0.0.1]}}",
        "https://www.home-assistant.io/integrations/http/#reverse-proxies", False,
    ),
)  # fmt: skip


def _line_with(facts: Facts, key: str, words: tuple[str, ...]) -> dict[str, t.Any]:
    """The line that says so; one about another Origin is another client's."""
    origin = facts.first_refusal.get("origin")
    for line in facts.signatures(key):
        named = (line.get("captured") or {}).get("origin")
        if any(text in str(line.get("sample")) for text in words) and named in (None, origin):
            return line
    return {}


_REFUSED_WITHOUT = Condition(
    "without an Origin it is refused on the host, too, which this framework would not do",
    lambda facts: facts.attempt("no_origin").get("outcome") not in ("open", None),
)


def _by_words(entry: _Words) -> Rule:
    """The rule of a framework whose log says why."""

    def find(facts: Facts) -> Match:
        line, origin = _line_with(facts, entry.key, entry.words), str(facts.first_refusal.get("origin") or "")
        named = {"origin": origin, "host": origin.partition("://")[2]}
        return Match(
            "certain",
            ["the handshake is answered by %s" % outcome_words(facts.first_refusal), facts.quote(line)],
            immediate=[entry.mend.format(**named)],
            configuration=[entry.configuration.format(**named)],
            testing=[CHECK_AGAIN],
        )

    said = Condition(
        'the log says "%s"' % '" or "'.join(entry.words), lambda facts: _line_with(facts, entry.key, entry.words)
    )
    return server_rule(
        entry.id,
        entry.title,
        find,
        *_GENERAL,
        source=entry.source,
        needs=(refused_by(*entry.statuses), said),
        against=(_REFUSED_WITHOUT,) if entry.takes_absent else (),
        sureness=always("the line names the cause, and the handshake is refused now"),
    )


# Django.


def _channels_origin(facts: Facts) -> Match | None:
    """With both answers: the validator refuses an absent Origin as well."""
    line = facts.signature("channels-reject")
    return Match(
        "certain" if facts.attempt("own_origin").get("outcome") == "open" else "possible",
        [
            "with Origin %s: %s" % (facts.handshake.get("origin"), outcome_words(facts.handshake)),
            "without Origin: %s" % outcome_words(facts.attempt("no_origin")),
            "with the Origin of the port itself: 101" if facts.attempt("own_origin").get("outcome") == "open" else "",
            facts.quote(line) if line else "",
        ],
        immediate=["add the host of %s to ALLOWED_HOSTS" % facts.handshake.get("origin")],
        configuration=['OriginValidator(application, ["https://chat.example.com"]) where pages are on another host'],
        testing=[CHECK_AGAIN],
    )


def _unrouted(facts: Facts) -> dict[str, t.Any]:
    """The error about the path that is asked for: the search for another path leaves errors about others."""
    asked = str(facts.websocket.get("path") or "").partition("?")[0].strip("/")
    for line in facts.signatures("no-websocket-application", "server-channels-no-route"):
        path = (line.get("captured") or {}).get("path")
        if path is None or path.strip("/") == asked or asked in str(line.get("sample")):
            return line
    return {}


def _no_route(facts: Facts) -> Match | None:
    """With the error of the log, which tells a missing path from a missing router."""
    line = _unrouted(facts)
    missing = line.get("key") == "no-websocket-application"
    return Match(
        "certain",
        ["the handshake is answered by %s" % outcome_words(facts.handshake), facts.quote(line)],
        immediate=[
            "serve the application whose ProtocolTypeRouter has an entry for websocket"
            if missing
            else "add the path to websocket_urlpatterns, slash included, or dial the one that is there"
        ],
        configuration=[
            'ProtocolTypeRouter({"http": get_asgi_application(), "websocket": URLRouter(websocket_urlpatterns)})'
        ],
        testing=[CHECK_AGAIN],
    )


def _under_wsgi(facts: Facts) -> bool:
    """Whether a server of WSGI answers: gunicorn with workers of its own, or Django's runserver without daphne."""
    command = str(facts.main_process.get("command") or "")
    ready = str(((facts.evidence.get("log") or {}).get("ready") or {}).get("server") or "")
    if "gunicorn" in command or ready == "gunicorn" or fingerprint(facts.plain).startswith("gunicorn"):
        return "uvicorn" not in command and "worker-class" not in command and " -k" not in command
    return ready == "django-wsgi" or fingerprint(facts.plain).startswith("WSGIServer")


def _wsgi(facts: Facts) -> Match | None:
    """With the server that answers."""
    command = str(facts.main_process.get("command") or "")
    unsure = any(word in command for word in (" -c", "--config", "--threads"))
    return Match(
        "likely" if unsure else "certain",
        [
            "the handshake is answered like an ordinary request: %s" % outcome_words(facts.handshake),
            "WSGI has no WebSockets, and %s serves WSGI" % (command[:120] or fingerprint(facts.plain)),
        ],
        immediate=[
            "serve the ASGI application: daphne, uvicorn, hypercorn, or gunicorn -k uvicorn.workers.UvicornWorker"
        ],
        configuration=[
            "Django: daphne first in INSTALLED_APPS makes runserver an ASGI server; proxy both to it, or only /ws"
        ],
        testing=[CHECK_AGAIN],
    )


def _sync_worker(facts: Facts) -> Match | None:
    """With the error of the log."""
    return Match(
        "certain",
        [
            "the handshake is answered by %s" % outcome_words(facts.handshake),
            facts.quote(facts.signature("asgi-app-under-wsgi")),
        ],
        immediate=["start gunicorn with -k uvicorn.workers.UvicornWorker, or start uvicorn itself"],
        configuration=["worker_class = 'uvicorn.workers.UvicornWorker' in gunicorn.conf.py"],
        testing=[CHECK_AGAIN],
    )


def _layer_down(facts: Facts) -> Match | None:
    """With the error of the log."""
    line = facts.signature("redis-refused")
    trace = traced(facts, "redis.", "Redis")
    return Match(
        "certain" if trace and facts.ended.get("code") in (None, 1006, 1011) else "likely",
        [facts.quote(trace or line), "101, and then the connection ends" if facts.ended else ""],
        immediate=[
            "start Redis, or correct its address: CHANNEL_LAYERS (Django), cable.yml (Rails), the adapter's URL (Socket.IO)"
        ],
        configuration=["let the unit of the application wait for Redis: After=redis-server.service"],
        testing=["redis-cli -u <url> ping answers PONG", CHECK_AGAIN],
    )


# Rails.


def _cable_silent(facts: Facts) -> Match | None:
    """With the refusal, or the exception that left the client without a welcome."""
    words, trace = refusal(facts, "actioncable"), facts.fatal_trace()
    return Match(
        "certain" if words or trace else "likely",
        [
            "101, then %s" % (words or "no welcome: connect in ApplicationCable::Connection did not come to its end"),
            facts.quote(trace) if trace else "",
        ],
        immediate=[
            "give the probe what connect asks for (cookie, token): websocket.headers"
            if words
            else "read the exception in the log: connect raised it"
        ],
        testing=[CHECK_AGAIN],
    )


# Brokers and protocols of their own.


def _signalr(facts: Facts) -> Match | None:
    """With the hub's words: an error to the handshake is about the protocol, a close after it about the application."""
    words = refusal(facts, "signalr")
    later = '"type":7' in words
    return Match(
        "certain",
        ["101, and then the hub %s: %s" % ("closes the connection" if later else "refuses the handshake", words)],
        immediate=[
            "read the exception of OnConnectedAsync in the log, or give the probe credentials: websocket.headers"
            if later
            else "use a protocol and a version that the hub has (json, messagepack)"
        ],
        testing=[CHECK_AGAIN],
    )


def _refusing(title: str, mend: str, *dialects: str) -> t.Callable[[Facts], Match | None]:
    def find(facts: Facts) -> Match:
        return Match(
            "certain",
            ["101, and then %s: %s" % (title, refusal(facts, *dialects))],
            immediate=[mend],
            testing=[CHECK_AGAIN],
        )

    return find


def _refuses(*dialects: str) -> Condition:
    return Condition("the server refuses in the words of its protocol", lambda facts: refusal(facts, *dialects))


def _sockjs(facts: Facts) -> Match | None:
    """With the prefix that was dialled."""
    path = str(facts.websocket.get("path") or "/").rstrip("/")
    return Match(
        "certain",
        ["%s is the prefix of a SockJS server: %s" % (path or "/", outcome_words(facts.handshake))],
        immediate=["dial %s/websocket with a plain WebSocket, or use a SockJS client" % path],
        testing=["curl -s http://127.0.0.1:<port>%s/info answers JSON" % path, CHECK_AGAIN],
    )


def _mqtt(facts: Facts) -> Match | None:
    """With the listener's answer: plain MQTT hangs up, one that wants names says so."""
    words, line = refusal(facts, "mqtt"), facts.signature("mqtt-protocol-error")
    return Match(
        "certain" if words or line else "likely",
        [
            "101, and then %s" % words if words else "the handshake: %s" % outcome_words(facts.handshake),
            facts.quote(line) if line else "",
        ],
        immediate=[
            "give clients a name and a password that the broker knows, or allow anonymous ones for this listener"
            if words
            else "dial the listener that has protocol websockets: this one speaks plain MQTT"
        ],
        configuration=[] if words else ["mosquitto.conf: listener 9001 and, in the next line, protocol websockets"],
        testing=[CHECK_AGAIN],
    )


def _plain_mqtt(facts: Facts) -> bool:
    return facts.handshake["outcome"] in ("eof", "reset") and bool(facts.signature("mqtt-protocol-error"))


def _xmpp(facts: Facts) -> Match | None:
    """With the answer: 501 wants the sub-protocol, a stream error says what else."""
    words = refusal(facts, "xmpp")
    return Match(
        "certain",
        ["101, and then %s" % words if words else "the handshake is answered by %s" % outcome_words(facts.handshake)],
        immediate=[
            "correct the domain that clients ask for (to='…'), or add its VirtualHost"
            if "host-unknown" in words
            else "offer the sub-protocol xmpp (RFC 7395)"
            if not words
            else "read what the stream error says; behind a proxy that ends TLS: consider_websocket_secure = true"
        ],
        testing=[CHECK_AGAIN],
    )


def _is_prosody(facts: Facts) -> bool:
    command = str(facts.main_process.get("command") or "")
    return "prosody" in command or "xmpp-websocket" in str(facts.served_path)


_CHANNELS = "https://channels.readthedocs.io/en/stable/"
RULES: tuple[Rule, ...] = (
    *(_by_words(entry) for entry in _REFUSALS),
    server_rule(
        "server-channels-origin-rejected",
        "Channels refuses the Origin",
        _channels_origin,
        *(name for name in _GENERAL if name != "server-credentials-required"),
        source=_CHANNELS + "topics/security.html",
        needs=(
            answered(403),
            Condition(
                "daphne answers (Access denied), or the log says that Channels rejected",
                lambda facts: facts.handshake.get("reason") == "Access denied" or facts.signature("channels-reject"),
            ),
            Condition(
                "without an Origin the handshake is refused as well, which this validator does",
                lambda facts: facts.attempt("no_origin")["status"] == 403,
            ),
        ),
        sureness=(
            ("certain", "an Origin of the port itself is accepted"),
            ("possible", "it is refused as well: the consumer may refuse everybody"),
        ),
        apart=(
            Rival(
                "server-credentials-required",
                "own_origin",
                "101 with the Origin of the port itself: the validator; 403 again: the consumer refuses",
            ),
        ),
    ),
    server_rule(
        "server-channels-no-route",
        "The ASGI application has no such WebSocket route, or none at all",
        _no_route,
        "server-other-path",
        source=_CHANNELS + "topics/routing.html",
        needs=(
            answered(500),
            Condition(
                'the log says "No route found for path" of this path, or that the application knows no scope websocket',
                _unrouted,
            ),
        ),
        sureness=always("the error names the cause"),
    ),
    server_rule(
        "server-wsgi-without-websocket",
        "A WSGI server runs the application: it has no WebSockets",
        _wsgi,
        "server-websocket-not-attached",
        "server-other-path",
        source=_CHANNELS + "deploying.html",
        needs=(
            answered(404, 400, 405),
            Condition(
                "a WSGI server listens: gunicorn with its own workers, or a runserver without daphne", _under_wsgi
            ),
        ),
        against=(
            logged("the log has an ASGI application under that server", "asgi-app-under-wsgi"),
            OTHER_PATH_OPENS,
            Condition(
                "an ASGI server answers",
                lambda facts: any(
                    fingerprint(seen).startswith(("uvicorn", "hypercorn", "daphne"))
                    for seen in (facts.plain, facts.handshake)
                ),
            ),
            Condition(
                "it is a server of Socket.IO",
                lambda facts: facts.conversation.get("dialect") or "EIO=" in facts.served_path,
            ),
        ),
        sureness=sure_where(
            "such a server cannot upgrade", "a configuration file or threads are given: the worker may be another"
        ),
    ),
    server_rule(
        "server-gunicorn-wsgi-worker",
        "gunicorn runs an ASGI application with a WSGI worker",
        _sync_worker,
        source="https://www.uvicorn.org/deployment/#gunicorn",
        needs=(
            answered(500),
            logged("the log says that an argument is missing which WSGI does not have", "asgi-app-under-wsgi"),
        ),
        sureness=always("the error is that of an ASGI application"),
    ),
    server_rule(
        "server-channel-layer-down",
        "The channel layer (Redis) is down: the connection ends at the first message",
        _layer_down,
        "server-handler-exception",
        "server-drops-after-101",
        "server-application-silent",
        source=_CHANNELS + "topics/channel_layers.html",
        needs=(
            ACCEPTED_DIRECTLY,
            Condition(
                "the log has an error of a Redis client that cannot connect",
                lambda facts: facts.signature("redis-refused") or traced(facts, "redis.exceptions.ConnectionError"),
            ),
            Condition("the conversation ends or is not answered", lambda facts: not facts.exchange["completed"]),
        ),
        sureness=sure_where(
            "the log has the client's exception, and the connection ends without a code of the application's"
        ),
    ),
    server_rule(
        "server-actioncable-no-welcome",
        "Action Cable accepts the handshake and refuses the client: no welcome",
        _cable_silent,
        "server-application-silent",
        "server-refuses-after-open",
        "server-handler-exception",
        source="https://guides.rubyonrails.org/action_cable_overview.html#connection-setup",
        needs=(
            ACCEPTED_DIRECTLY,
            Condition("the dialect is Action Cable's", lambda facts: facts.conversation["dialect"] == "actioncable"),
            Condition(
                "no welcome comes", lambda facts: not facts.exchange["completed"] or refusal(facts, "actioncable")
            ),
        ),
        sureness=sure_where("it says unauthorized, or the log has an exception"),
    ),
    server_rule(
        "server-signalr-refused",
        "The hub of SignalR refuses the client",
        _signalr,
        "server-application-silent",
        source="https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md",
        needs=(ACCEPTED_DIRECTLY, _refuses("signalr")),
        sureness=always("the hub says so itself"),
    ),
    server_rule(
        "server-sockjs-prefix-dialled",
        "A raw WebSocket is dialled at the prefix of a SockJS server",
        _sockjs,
        *_GENERAL,
        "proxy-page-fallback",
        source="https://github.com/sockjs/sockjs-protocol",
        needs=(answered(200), Condition("SockJS greets", lambda facts: fingerprint(facts.handshake) == "SockJS")),
        sureness=always("the greeting is SockJS's own"),
    ),
    server_rule(
        "server-mqtt-client-refused",
        "The broker does not take this client: it is no listener for WebSockets, or it wants a name",
        _mqtt,
        "server-upgrade-closed",
        "process-port-owned-by-another",
        "server-application-silent",
        "server-drops-after-101",
        source="https://mosquitto.org/man/mosquitto-conf-5.html",
        needs=(
            Condition(
                "a broker speaks plain MQTT on the port (its log says protocol error), or its CONNACK refuses",
                lambda facts: refusal(facts, "mqtt") or _plain_mqtt(facts),
            ),
        ),
        sureness=sure_where("the broker says so, in its answer or its log"),
    ),
    server_rule(
        "server-xmpp-refused",
        "The XMPP server refuses the stream",
        _xmpp,
        "server-application-silent",
        "server-drops-after-101",
        "server-no-subprotocol-selected",
        source="https://www.rfc-editor.org/rfc/rfc7395",
        needs=(
            Condition(
                "an XMPP server answers by 501, as to clients without its sub-protocol, or by a stream error",
                lambda facts: refusal(facts, "xmpp") or (facts.handshake.get("status") == 501 and _is_prosody(facts)),
            ),
        ),
        sureness=always("the server says so itself"),
    ),
    server_rule(
        "server-stomp-refused",
        "The STOMP broker refuses the client",
        _refusing("the broker refuses", "correct login, passcode and virtual host (host:) of the client", "stomp"),
        "server-application-silent",
        source="https://stomp.github.io/stomp-specification-1.2.html#ERROR",
        needs=(ACCEPTED_DIRECTLY, _refuses("stomp")),
        sureness=always("the broker says so itself"),
    ),
    server_rule(
        "server-pusher-unknown-key",
        "The Pusher server does not know the application key",
        _refusing(
            "the server refuses", "compare the key in the URL (/app/<key>) with REVERB_APP_KEY of the server", "pusher"
        ),
        "server-application-silent",
        "server-refuses-after-open",
        source="https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/#error-codes",
        needs=(
            ACCEPTED_DIRECTLY,
            Condition("the server refuses by code 4001", lambda facts: "4001" in refusal(facts, "pusher")),
        ),
        sureness=always("the server says so itself"),
    ),
)
