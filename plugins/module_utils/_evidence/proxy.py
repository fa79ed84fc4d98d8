# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What the probe of a host's reverse proxies says. Only types: nothing imports them on a host, and they are not sent there."""

from __future__ import annotations

import typing as t

from .common import Common, Gap
from .websocket import Experiment, HandshakeSeen, Hold, Plain, Polling

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
    """Where something is configured; None: that is not known, or it is configured nowhere."""

    #: The file. None: that is not known, or it is configured nowhere.
    file: t.Optional[str]
    #: The line. None: that is not known, or it is configured nowhere.
    line: t.Optional[int]


class Line(t.TypedDict, total=False):
    """A line of a configuration."""

    #: The file.
    file: str
    #: The line.
    line: int


class Setting(Place, total=False):
    """An effective setting, in the words of its program."""

    #: For a time the seconds; for a header what is sent, empty: nothing; None: not set, or not known.
    value: t.Union[str, int, float, None]
    #: Whether it is a default, and configured nowhere.
    default: bool


class Written(Line, total=False):
    """A directive."""

    #: The directive as written, cut, and without its parameters if they may be secret.
    text: str


class Missed(t.TypedDict, total=False):
    """An Apache rule that would pass on WebSockets, and why it does not."""

    #: The rule.
    rule: Written
    #: The condition that is not met.
    condition: Written


class Server(Place, total=False):
    """The server that serves the URL: a server, virtual host or frontend."""

    #: The names that it serves.
    names: t.List[str]
    #: Where it listens, as written.
    listen: str
    #: By what it was chosen: ``port``, a kind of name, ``default`` …
    by: str
    #: Whether it is the one for names that no other serves.
    default: bool


class Location(Place, total=False):
    """The part of the server that matches the URL."""

    #: nginx's modifier before the pattern, or another program's word for its kind.
    modifier: str
    #: The pattern that the path matches.
    pattern: str


class HeadersSet(Line, total=False):
    """Where the headers that the back end gets are set."""

    #: The level that has them: ``http``, ``server`` or ``location``.
    level: str


class UpstreamAddress(t.TypedDict, total=False):
    """One address of an upstream."""

    #: A name or a number; ``unix:/path``
    address: str
    #: The port. None: it is a unix socket, or the default.
    port: t.Optional[int]
    #: The path of a unix socket. None: it is not one.
    unix: t.Optional[str]
    #: Whether the configuration disables it.
    down: bool
    #: Whether the configuration keeps it for when the others fail.
    backup: bool
    #: The program that listens there on this host, and its process ID: ``python3 (pid 12)``. Only where one is seen.
    owner: str
    #: How many listen there on this host. None: it is not on this host, or that is not known.
    listeners: t.Optional[int]


class Upstream(t.TypedDict, total=False):
    """Where the URL is forwarded to."""

    #: The name of a group of addresses. None: there is none.
    name: t.Optional[str]
    #: The scheme that the proxy uses: ``http`` or ``https``.
    scheme: str
    #: The path that its URL has, as written. None: it has none.
    uri: t.Optional[str]
    #: Its addresses.
    addresses: t.List[UpstreamAddress]


class Refusal(Written, total=False):
    """A directive by which the proxy itself may refuse the handshake."""

    #: The HTTP status that it answers then. None: not an answer over HTTP/1.1.
    status: t.Optional[int]
    #: Whether it refuses a handshake without credentials in any case; else it depends on what is not known here.
    sure: bool


class Fix(Line, total=False):
    """A change that lets WebSockets through: lines to add, or words to replace."""

    #: The number of the line before them. Only where lines are added.
    after_line: int
    #: The lines to add. Only where lines are added.
    add: t.List[str]
    #: The words to replace. Only where words are replaced.
    search: str
    #: What replaces them. Only where words are replaced.
    replace: str


class Ignored(Line, total=False):
    """A server that is never chosen for the name."""

    #: The name.
    name: str
    #: Where it would forward the URL to.
    addresses: t.List[UpstreamAddress]


class Route(t.TypedDict, total=False):
    """What a configuration does with the URL."""

    #: The server, virtual host or frontend that serves the URL. None: no server matches it.
    server: t.Optional[Server]
    #: The part of the server that matches the URL. None: the server itself.
    location: t.Optional[Location]
    #: What is done with it: ``proxy_pass``, ``return``, ``redirect``, ``static``, ``spa``, ``other``, ``undecided``
    #: or ``none``.
    handler: str
    #: The HTTP status that the proxy itself answers. None: it does not.
    status: t.Optional[int]
    #: Where the proxy redirects to. None: it does not.
    redirect: t.Optional[str]
    #: Where the URL is forwarded to. None: it is forwarded nowhere.
    upstream: t.Optional[Upstream]
    #: The path that the back end gets. None: that is not known.
    upstream_path: t.Optional[str]
    #: The settings that are effective for the URL, by name; those that this program has.
    settings: t.Dict[SettingName, Setting]
    #: Where the headers that the back end gets are set. None: nowhere.
    set_headers_at: t.Optional[HeadersSet]
    #: Names of headers that outer levels set and an inner one drops.
    lost_headers: t.List[str]
    #: Changes that let WebSockets through.
    fix: t.List[Fix]
    #: Directives by which the proxy itself may refuse the handshake, or does.
    refusals: t.List[Refusal]
    #: Servers with the same name and port that nginx ignores, since another one has it first. Only where the proxy is nginx.
    ignored: t.List[Ignored]
    #: The line by which the back end gets the PROXY protocol. Only where HAProxy sends it.
    sends_proxy: Written
    #: Sentences about what is not known.
    undecided: t.List[str]
    #: Apache rules that would pass on WebSockets, and whose condition is not met. Only where the proxy is
    #: Apache.
    missed: t.List[Missed]
    #: ProxyPass that come too late. Only where the proxy is Apache.
    shadowed: t.List[Written]
    #: Where a worker was defined whose parameters count instead. None: nowhere. Only where the proxy is Apache.
    shares: t.Optional[Written]


class Leading(t.TypedDict, total=False):
    """A URL that a configuration forwards to the service, and where that is configured."""

    #: Its scheme: ``ws`` or ``wss``.
    scheme: str
    #: Its host.
    host: str
    #: Its port.
    port: int
    #: Its path.
    path: str
    #: The file that has the server. None: that is not known.
    server_file: t.Optional[str]
    #: The line of the server. None: that is not known.
    server_line: t.Optional[int]
    #: The file that has the location. None: there is none.
    location_file: t.Optional[str]
    #: The line of the location. None: there is none.
    location_line: t.Optional[int]


class ConfigTest(t.TypedDict, total=False):
    """Whether the program accepts the configuration that is on disk."""

    #: Whether it accepts it.
    ok: bool
    #: What it would refuse.
    message: str


class Workers(t.TypedDict, total=False):
    """The worker processes, compared with the configuration files. Times are in seconds since the epoch."""

    #: How many there are.
    count: int
    #: Those that wait for the last connections of an older configuration.
    shutting_down: int
    #: When the latest of them was started. None: a program that reloads its configuration without new processes.
    started: t.Optional[float]
    #: When the master was started.
    master_started: t.Optional[float]
    #: When the latest file was written. None: that is not known.
    config_written: t.Optional[float]
    #: The latest file that was written.
    config_newest: str


class ErrorLine(t.TypedDict, total=False):
    """Lines of the error log with one meaning, about one host and upstream if they say so."""

    #: The name of their meaning.
    key: str
    #: How many there are.
    count: int
    #: When the last one was written, in seconds since the epoch. None: the line does not say.
    at: t.Optional[float]
    #: The last one, redacted and cut.
    sample: str
    #: The path of the log.
    source: str
    #: What the client requested; empty if the line does not say.
    host: str
    #: Where the proxy forwarded it; empty if the line does not say.
    upstream: str


class OwnErrorLine(t.TypedDict, total=False):
    """A line of the proxy's log about the handshake of this very run, or of its moment."""

    #: The log: a path, or the command that shows it.
    source: str
    #: When it was written, in seconds since the epoch. None: the line does not say.
    at: t.Optional[float]
    #: The line, redacted and cut.
    sample: str
    #: Whether it names the request or its connection; else it is only of the same moment.
    named: bool
    #: Its severity: 0 is the worst, 3 an error, 4 a warning.
    rank: int
    #: The name of its meaning. None: it is not known.
    key: t.Optional[str]


class Access(t.TypedDict, total=False):
    """The answers to clients of the path, as far as the end of the access log shows."""

    #: The path of the log.
    source: str
    #: How often each HTTP status occurred.
    statuses: t.Dict[str, int]
    #: When the first of them was logged, in seconds since the epoch. None: there is none.
    since: t.Optional[float]
    #: When the last 101 was logged, in seconds since the epoch. None: there is none.
    last_open: t.Optional[float]


class Next(t.TypedDict, total=False):
    """The next proxy of a chain."""

    #: The process ID of its master.
    pid: int
    #: The port on which it is asked.
    port: int


class ProxySeen(t.TypedDict, total=False):
    """One proxy that listens on the host."""

    #: ``nginx``, ``apache``, ``haproxy``, ``caddy``, or the name of another program.
    kind: str
    #: The process ID of its master.
    pid: int
    #: Its version. None: it is not known.
    version: t.Optional[str]
    #: The path of its configuration; HAProxy may have several. None: it was not found.
    config: t.Optional[str]
    #: Where its configuration was read: ``files``, ``admin API``, or the command that printed it. None: it was not
    #: read.
    read_from: t.Optional[str]
    #: How many files were read.
    files: int
    #: Whether it accepts the configuration that is on disk. None: nothing was found that it would refuse.
    test: t.Optional[ConfigTest]
    #: Whether the running configuration is the one in the files. None: the program does not show it.
    loaded: t.Optional[bool]
    #: Its worker processes, compared with the configuration files.
    workers: Workers
    #: Lines of its error log with a known meaning.
    errors: t.List[ErrorLine]
    #: What its logs say about the handshake through it, the worst first. Only of the proxy that was tested.
    own_errors: t.List[OwnErrorLine]
    #: What could not be observed about it.
    gaps: t.List[Gap]
    #: The ports that it listens on.
    ports: t.List[int]
    #: What its configuration does with the URL: one, if it serves the URL. None: its configuration was not read.
    routes: t.List[t.Optional[Route]]
    #: URLs that its configuration forwards to the service.
    leading: t.List[Leading]
    #: Whether anything forwards to the service. None: it could not be read.
    leads: t.Optional[bool]
    #: Whether it routes to the service's port on another host, and nothing listens on it here.
    leads_elsewhere: bool
    #: The proxy of this host that it forwards to, which forwards to the service. Only where it does not itself.
    next: Next
    #: The answers to clients of the path, as far as the end of the access log shows. None: there is no such log,
    #: or it has no request for the path.
    access: t.Optional[Access]


class Stranger(t.TypedDict, total=False):
    """A process named like a proxy that runs neither as root nor as the service's user."""

    #: The name of the program.
    kind: str
    #: Its process ID.
    pid: int
    #: The user that it runs as.
    user: str
    #: The ports that it listens on.
    ports: t.List[int]


class BackEnd(HandshakeSeen, total=False):
    """A handshake with a back end, bypassing the proxy. Its ``outcome`` may also be ``unresolved``."""

    #: Whether TLS was used.
    tls: bool
    #: The address that its name was resolved to. Only where the configuration has a name.
    resolved: str


class Proxy(Common, total=False):
    """The evidence of the proxies.

    Of a proxy's configuration only what is effective for the URL leaves the host.
    """

    #: The proxies that listen on the host.
    proxies: t.List[ProxySeen]
    #: Processes named like a proxy that run neither as root nor as the service's user: nothing of theirs is read.
    strangers: t.List[Stranger]
    #: What the proxy is to the service: ``port`` (the service's port is the proxy's own) or ``elsewhere`` (the service is on
    #: another host). None: the service is here.
    role: t.Optional[str]
    #: The URL that was probed, without its secrets. None: nothing forwards to the service.
    url: t.Optional[str]
    #: Where the URL comes from: ``public_url``, ``configuration`` or ``port``. None: there is none.
    url_from: t.Optional[str]
    #: Whether anything names the path of the URL. Only where the URL comes from a configuration.
    path_known: bool
    #: The process ID of the proxy that serves the URL on this host. Only where one does.
    asked: int
    #: A handshake on this host with the address of ``public_url``. Only where that is this host's, its port is not the
    #: service's, and nothing listens on it.
    at_url: HandshakeSeen
    #: A handshake with the service itself that begins with a line of the PROXY protocol. Only where the proxy sends one.
    with_proxy_line: t.Optional[HandshakeSeen]
    #: When the handshakes started, in seconds since the epoch. Only where a proxy serves the URL.
    clock: float
    #: Where the handshakes through the proxy were sent. None: nowhere.
    endpoint: t.Optional[str]
    #: The handshake through the proxy, with the page's Origin. None: it did not finish. Only where
    #: a proxy serves the URL.
    through: t.Optional[HandshakeSeen]
    #: The same without an Origin. Only where a proxy serves the URL.
    through_no_origin: t.Optional[HandshakeSeen]
    #: The answer to an ordinary GET for / through the proxy. Only where the proxy sends ``Connection: upgrade``
    #: with ordinary requests, too.
    plain: t.Optional[Plain]
    #: What Engine.IO's polling showed through the proxy. Only where the service speaks Engine.IO.
    polling: t.Optional[Polling]
    #: How long the connection through the proxy was held idle, and what ended it. Only where option
    #: ``websocket.hold`` is set.
    hold: t.Optional[Hold]
    #: The request as the proxy writes it, sent to the server itself: with all its changes (``all``), then each alone.
    #: ``flipped``: the server, which accepts the client's request, refuses it. Only where it is refused through the proxy.
    replay: t.List[Experiment]
    #: Handshakes with back ends on other hosts, bypassing the proxy; with any, if the service's port is the proxy's
    #: own.
    behind: t.List[BackEnd]
