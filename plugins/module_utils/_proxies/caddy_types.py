# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Of Caddy's configuration, what decides where a handshake goes. Types alone: nothing imports this file when it runs, and it does not travel.

So it is meant (https://caddyserver.com/docs/json/); what comes from outside may be anything, and is asked by ``_map`` and
``_list`` of caddy_config.py.
"""

from __future__ import annotations

import typing as t


class Admin(t.TypedDict, total=False):
    """The admin API."""

    disabled: bool
    listen: str


class Regexp(t.TypedDict, total=False):
    """A regular expression with its name."""

    name: str
    pattern: str


class FileMatcher(t.TypedDict, total=False):
    """Whether one of these files is there."""

    root: str
    try_files: t.List[str]
    try_policy: str
    split_path: t.List[str]


#: A name that no class can have.
_Not = t.TypedDict("_Not", {"not": t.List["Matcher"]}, total=False)


class Matcher(_Not, total=False):
    """What of a request must hold; all of it."""

    host: t.List[str]
    path: t.List[str]
    path_regexp: Regexp
    method: t.List[str]
    protocol: str
    #: None: it must not be there; no value: whatever it is.
    header: t.Dict[str, t.Optional[t.List[str]]]
    header_regexp: t.Dict[str, Regexp]
    query: t.Dict[str, t.List[str]]
    file: FileMatcher
    vars: t.Dict[str, t.List[str]]
    expression: str


class HttpRoute(t.TypedDict, total=False):
    """A route."""

    #: Of the routes of one group the first that matches counts alone.
    group: str
    #: One of these must hold.
    match: t.List[Matcher]
    handle: t.List[Handler]
    #: No route follows it.
    terminal: bool


class Handler(t.TypedDict, total=False):
    """What is done with a request; its name says which of the others this is."""

    handler: str
    #: Of ``subroute``.
    routes: t.List[HttpRoute]
    #: Of ``invoke``: a route of the server's.
    name: str
    #: Of ``vars``.
    root: str
    #: Of ``file_server``: what is no file goes on.
    pass_thru: bool


class Replacement(t.TypedDict, total=False):
    """A part of the path and what takes its place."""

    find: str
    replace: str
    limit: int


class Rewrite(Handler, total=False):
    """``rewrite``"""

    method: str
    uri: str
    strip_path_prefix: str
    strip_path_suffix: str
    uri_substring: t.List[Replacement]
    path_regexp: t.List[Replacement]
    query: object


class Responder(Handler, total=False):
    """``static_response`` or ``error``"""

    #: A placeholder is a text.
    status_code: t.Union[int, str]
    headers: t.Dict[str, t.List[str]]
    body: str
    error: str
    close: bool
    abort: bool


class Upstream(t.TypedDict, total=False):
    """A back end."""

    #: ``127.0.0.1:3000``, ``unix//run/app.sock``
    dial: str


class DynamicUpstreams(t.TypedDict, total=False):
    """Back ends that are looked up at run time."""

    source: str


class Transport(t.TypedDict, total=False):
    """How the back ends are spoken to."""

    #: ``http`` or ``fastcgi``.
    protocol: str
    tls: t.Dict[str, object]
    versions: t.List[str]
    #: ``1m30s``, or nanoseconds.
    read_timeout: t.Union[str, int]
    write_timeout: t.Union[str, int]
    dial_timeout: t.Union[str, int]
    #: Of ``fastcgi``.
    split_path: t.List[str]


class HeaderReplacement(t.TypedDict, total=False):
    """A part of a header's value and what takes its place."""

    search_regexp: str
    replace: str


class HeaderChanges(t.TypedDict, total=False):
    """What becomes of headers, by name."""

    set: t.Dict[str, t.List[str]]
    add: t.Dict[str, t.List[str]]
    replace: t.Dict[str, t.List[HeaderReplacement]]
    delete: t.List[str]


class ProxyHeaders(t.TypedDict, total=False):
    """Those of the request that the back end gets."""

    request: HeaderChanges


class ResponseMatcher(t.TypedDict, total=False):
    """What of an answer must hold."""

    #: 2: all from 200 to 299.
    status_code: t.List[int]


class HandledResponse(t.TypedDict, total=False):
    """What is done with an answer of the back end."""

    match: ResponseMatcher
    routes: t.List[HttpRoute]


class ReverseProxy(Handler, total=False):
    """``reverse_proxy``"""

    upstreams: t.List[Upstream]
    dynamic_upstreams: DynamicUpstreams
    transport: Transport
    headers: ProxyHeaders
    rewrite: Rewrite
    handle_response: t.List[HandledResponse]


class AutomaticHttps(t.TypedDict, total=False):
    """What Caddy does automatically for TLS."""

    disable: bool
    disable_redirects: bool
    disable_certificates: bool
    #: Hosts that it leaves alone.
    skip: t.List[str]


class HttpServer(t.TypedDict, total=False):
    """One of ``apps.http.servers``."""

    listen: t.List[str]
    routes: t.List[HttpRoute]
    named_routes: t.Dict[str, HttpRoute]
    automatic_https: AutomaticHttps
    tls_connection_policies: t.List[t.Dict[str, object]]


class Http(t.TypedDict, total=False):
    """``apps.http``"""

    http_port: int
    https_port: int
    servers: t.Dict[str, HttpServer]


class Apps(t.TypedDict, total=False):
    """``apps``"""

    http: Http


class Whole(t.TypedDict, total=False):
    """A configuration."""

    admin: Admin
    apps: Apps
