# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of a host's reverse proxies says. Types alone: nothing imports this folder when it runs, and it does not travel."""

from __future__ import annotations

import typing as t

from .common import Common, Gap
from .websocket import HandshakeSeen, Hold, Plain, Polling

#: The settings of a route: those of every program, of Apache, of HAProxy.
SettingName = t.Literal[
    "http_version",
    "upgrade",
    "connection",
    "connection_plain",
    "host",
    "origin",
    "x_forwarded_proto",
    "read_timeout_s",
    "send_timeout_s",
    "connect_timeout_s",
    "access_log",
    "buffering",
    "request_buffering",
    "ssl_server_name",
    "ssl_verify",
    "large_client_header_buffers",
    "limit_conn",
    "limit_req",
    "access_rules",
    "auth",
    "timeout_s",
    "proxy_timeout_s",
    "timeout_tunnel_s",
    "timeout_client_s",
    "timeout_server_s",
    "timeout_queue_s",
    "maxconn",
    "server_maxconn",
    "httpchk",
]


class Place(t.TypedDict, total=False):
    """Where something is written; None: that is not known, or it is written nowhere."""

    file: t.Optional[str]
    line: t.Optional[int]


class Line(t.TypedDict, total=False):
    """A line of a configuration."""

    file: str
    line: int


class Setting(Place, total=False):
    """An effective setting, in the words of its program."""

    #: Of a time the seconds; of a header what is sent, empty: nothing; None: not set, or not known.
    value: t.Union[str, int, float, None]
    #: Nobody wrote it.
    default: bool


class Written(Line, total=False):
    """A directive."""

    #: Cut, without its parameters where they may be secret.
    text: str


class Missed(t.TypedDict, total=False):
    """A rule of Apache that would pass WebSockets on, and why it does not."""

    rule: Written
    #: That does not hold.
    condition: Written


class Server(Place, total=False):
    """The server that takes the URL: a server, virtual host or frontend."""

    #: The names that it serves.
    names: t.List[str]
    #: Where it listens, as written.
    listen: str
    #: By what it was chosen: ``port``, a kind of name, ``default`` …
    by: str
    #: It is the one for names that no other serves.
    default: bool


class Location(Place, total=False):
    """What of the server takes the URL."""

    #: nginx's sign before the pattern, or another program's word for its kind.
    modifier: str
    pattern: str


class HeadersSet(Line, total=False):
    """Where the headers are set that the back end gets."""

    #: ``http``, ``server`` or ``location``.
    level: str


class UpstreamAddress(t.TypedDict, total=False):
    """One address of an upstream."""

    #: A name or a number; ``unix:/path``
    address: str
    port: t.Optional[int]
    #: The path of a unix socket.
    unix: t.Optional[str]
    #: The configuration takes it out, or keeps it for when the others fail.
    down: bool
    backup: bool
    #: How many listen there on this host; None: it is not on this host, or that is not known.
    listeners: t.Optional[int]


class Upstream(t.TypedDict, total=False):
    """Where the URL is led to."""

    #: Of a group of addresses; None: there is none.
    name: t.Optional[str]
    #: ``http`` or ``https``.
    scheme: str
    #: The path that its URL has, as written.
    uri: t.Optional[str]
    addresses: t.List[UpstreamAddress]


class Fix(Line, total=False):
    """A change that lets WebSockets pass: lines to add, or words to replace."""

    #: The number of the line before them.
    after_line: int
    add: t.List[str]
    search: str
    replace: str


class Route(t.TypedDict, total=False):
    """What a configuration makes of the URL."""

    #: None: no server takes it.
    server: t.Optional[Server]
    #: None: the server itself.
    location: t.Optional[Location]
    #: ``proxy_pass``, ``return``, ``redirect``, ``static``, ``spa``, ``other``, ``undecided`` or ``none``; see nginx_route.route.
    handler: str
    #: That the proxy itself answers, and where it redirects to.
    status: t.Optional[int]
    redirect: t.Optional[str]
    #: None: it is led nowhere.
    upstream: t.Optional[Upstream]
    #: The path that the back end is asked for.
    upstream_path: t.Optional[str]
    #: Those that this program has.
    settings: t.Dict[SettingName, Setting]
    #: None: nowhere.
    set_headers_at: t.Optional[HeadersSet]
    #: Names of headers that outer levels set and an inner one drops.
    lost_headers: t.List[str]
    fix: t.List[Fix]
    #: Sentences about what is not known.
    undecided: t.List[str]
    #: Of Apache: rules whose condition does not hold, ProxyPass that come too late, and where a worker was defined
    #: whose parameters count instead.
    missed: t.List[Missed]
    shadowed: t.List[Written]
    shares: t.Optional[Written]


class Leading(t.TypedDict, total=False):
    """A URL that a configuration leads to the service, and where that is written."""

    #: ``ws`` or ``wss``.
    scheme: str
    host: str
    port: int
    path: str
    server_file: t.Optional[str]
    server_line: t.Optional[int]
    location_file: t.Optional[str]
    location_line: t.Optional[int]


class ConfigTest(t.TypedDict, total=False):
    """Whether the program takes the configuration that is on disk."""

    ok: bool
    #: What it would refuse.
    message: str


class Workers(t.TypedDict, total=False):
    """The worker processes, against the files of the configuration; times in seconds since the epoch."""

    count: int
    #: Those that wait for the last connections of an older configuration.
    shutting_down: int
    #: The latest of them; None: a program that takes a new configuration without new processes.
    started: t.Optional[float]
    master_started: t.Optional[float]
    #: The latest file that was written, and when.
    config_written: t.Optional[float]
    config_newest: str


class ErrorLine(t.TypedDict, total=False):
    """Lines of the error log with one meaning, about one host and upstream where they say so."""

    key: str
    count: int
    #: Of the last one, in seconds since the epoch.
    at: t.Optional[float]
    #: The last one, redacted and cut.
    sample: str
    #: The path of the log.
    source: str
    #: What the client asked for, and where the proxy asked; empty where the line does not say.
    host: str
    upstream: str


class Access(t.TypedDict, total=False):
    """What clients of the path were answered, as far as the end of the access log goes."""

    #: The path of the log.
    source: str
    #: How often each status came.
    statuses: t.Dict[str, int]
    #: The first of them, and the last 101, in seconds since the epoch.
    since: t.Optional[float]
    last_open: t.Optional[float]


class ProxySeen(t.TypedDict, total=False):
    """One proxy that listens on the host."""

    #: ``nginx``, ``apache``, ``haproxy``, ``caddy``, or the name of another program.
    kind: str
    #: Of its master.
    pid: int
    version: t.Optional[str]
    #: The path of its configuration; HAProxy may have several.
    config: t.Optional[str]
    #: ``files``, ``admin API``, or the command that printed it; None: it was not read.
    read_from: t.Optional[str]
    #: How many were read.
    files: int
    #: None: nothing was found that it would refuse.
    test: t.Optional[ConfigTest]
    #: Whether what runs is what the files say; None: the program does not tell.
    loaded: t.Optional[bool]
    workers: Workers
    errors: t.List[ErrorLine]
    gaps: t.List[Gap]
    ports: t.List[int]
    #: One, where it serves the URL; None: its configuration was not read.
    routes: t.List[t.Optional[Route]]
    leading: t.List[Leading]
    #: Whether anything leads to the service; None: it could not be read.
    leads: t.Optional[bool]
    #: Nobody listens on the service's port here, and that of another host is led to.
    leads_elsewhere: bool
    #: None: there is no such log, or nobody asked for the path.
    access: t.Optional[Access]


class Stranger(t.TypedDict, total=False):
    """A process by the name of a proxy that is neither root's nor the service's user's."""

    kind: str
    pid: int
    user: str
    ports: t.List[int]


class BackEnd(HandshakeSeen, total=False):
    """A handshake with a back end, past the proxy; its ``outcome`` may be ``unresolved``, too."""

    #: It was asked in TLS.
    tls: bool
    #: The address that its name was resolved to.
    resolved: str


class Proxy(Common, total=False):
    """The evidence of the proxies."""

    proxies: t.List[ProxySeen]
    strangers: t.List[Stranger]
    #: ``port``: the service's port is the proxy's own; ``elsewhere``: the service is on another host; None: it is here.
    role: t.Optional[str]
    #: Without its secrets; None: nothing leads to the service.
    url: t.Optional[str]
    #: ``public_url``, ``configuration`` or ``port``.
    url_from: t.Optional[str]
    #: The pid of the proxy that takes the URL.
    asked: int
    #: When the handshakes began, in seconds since the epoch.
    clock: float
    #: Where they were sent.
    endpoint: t.Optional[str]
    #: By way of the proxy, with the page's Origin and without; None, here and below: it did not finish.
    through: t.Optional[HandshakeSeen]
    through_no_origin: t.Optional[HandshakeSeen]
    #: Where the proxy sends ``Connection: upgrade`` with ordinary requests, too.
    plain: t.Optional[Plain]
    polling: t.Optional[Polling]
    hold: t.Optional[Hold]
    behind: t.List[BackEnd]
