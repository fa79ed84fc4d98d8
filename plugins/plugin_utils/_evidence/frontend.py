# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What the URLs in a front end mean for a service: whose host it is, and where a browser that runs the page ends up."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

from ...module_utils._protocol.web_url import DEFAULT_PORTS, WebUrl, web_url
from .content_security_policy import Target, forbidding

if t.TYPE_CHECKING:  # pragma: no cover
    from ...module_utils._evidence.frontend import Finding, FrontEnd, FrontEndSeen
    from ...module_utils._evidence.service import Service

#: Ports that browsers refuse to dial (Fetch standard, "bad port").
UNSAFE_PORTS = frozenset(
    (
        0,
        1,
        7,
        9,
        11,
        13,
        15,
        17,
        19,
        20,
        21,
        22,
        23,
        25,
        37,
        42,
        43,
        53,
        69,
        77,
        79,
        87,
        95,
        101,
        102,
        103,
        104,
        109,
        110,
    )
    + (
        111,
        113,
        115,
        117,
        119,
        123,
        135,
        137,
        139,
        143,
        161,
        179,
        389,
        427,
        465,
        512,
        513,
        514,
        515,
        526,
        530,
        531,
        532,
    )
    + (540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061)
    + (6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080)
)
#: Domains of networks at home and of tunnels to developers' machines.
_DEV_SUFFIXES = (
    *(".local", ".localdomain", ".lan", ".home", ".home.arpa", ".internal", ".test", ".invalid"),
    *(".ngrok.io", ".ngrok.app", ".ngrok.dev", ".ngrok-free.app", ".loca.lt", ".localtunnel.me", ".trycloudflare.com"),
    *(".gitpod.io", ".app.github.dev", ".devtunnels.ms", ".stackblitz.io", ".webcontainer.io"),
)
#: What is left of a name that a build or a template was to fill in.
_LOST = re.compile(r"(?:^|\.)(?:undefined|null|nan)(?:$|\.)|^$|[%<>{}$]|^__\w+__$|\[object", re.I)
#: Domains that are only ever examples (RFC 2606), unless they are the service's own.
_EXAMPLES = re.compile(
    r"(?:^|\.)example(?:\.(?:com|net|org))?$|^your[-.]|^my[-.]?(?:domain|server|host)\b|^host(?:name)?$|^server$"
)

WORDS = {
    "loopback": "the visitor's own machine",
    "private": "a private network",
    "development": "a development host",
    "internal": "a name that only resolves in the server's own network",
}


def host_kind(host: str) -> str:
    """``lost``, ``loopback``, ``private``, ``development``, ``internal``, ``example`` or ``public``."""
    name = host.rstrip(".").lower()
    if _LOST.search(name):
        return "lost"
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return _name_kind(name)
    if address.is_loopback or address.is_unspecified:
        return "loopback"
    return "private" if address.is_private or address.is_link_local else "public"


def _name_kind(name: str) -> str:
    if name == "localhost" or name.endswith(".localhost"):
        return "loopback"
    if _EXAMPLES.search(name):
        return "example"
    if name == "host.docker.internal" or name.endswith(_DEV_SUFFIXES):
        return "development"
    return "public" if "." in name else "internal"


@dataclasses.dataclass
class Problem:
    """A finding that is wrong.

    :ivar sure: whether the URL is dialled; else it is stored under a name that says so.
    :ivar words: what is wrong with it, in one line.
    """

    finding: Finding
    words: str
    sure: bool = True


class View:
    """A front end as one vantage saw it, beside what the service says of itself.

    :param seen: what was found there (module_utils/_frontend/collect.py).
    :param service: one entry of websocket_health_services.
    """

    def __init__(self, seen: FrontEndSeen, service: Service) -> None:
        self.seen = seen
        self.service = service
        self.findings: list[Finding] = [entry for entry in seen.get("findings") or () if isinstance(entry, dict)]
        self.public = _url(service.get("public_url"))
        self.page = _page(seen.get("url") or (service.get("frontend") or {}).get("url"))

    @property
    def is_https(self) -> bool | None:
        """Whether the page is served over https; None: not known."""
        if self.page is not None:
            return self.page.scheme == "https"
        return self.public.secure if self.public is not None else None

    def used(self, *uses: str) -> list[Finding]:
        """Findings that are dialled, or stored under a telling name."""
        wanted = uses or ("dialled", "configured")
        return [
            finding for finding in self.findings if finding.get("use") in wanted and finding.get("kind") != "derived"
        ]

    def own_hosts(self) -> set[str]:
        """Hosts that are this service's."""
        return {host.lower() for host in (self.public and self.public.host, self.page and self.page.host) if host}

    def is_own(self, finding: Finding) -> bool:
        """Whether what a finding dials is on a host of this service."""
        if finding.get("host_from") == "page" or (bool(finding.get("host")) and finding["host"] in self.own_hosts()):
            return True
        # A page on loopback means its own machine by all names of it.
        local = [
            host_kind(str(host)) == "loopback" for host in (finding.get("host"), self.page and self.page.host) if host
        ]
        return finding.get("host_from") == "literal" and local == [True, True]

    # -- what may be wrong ---------------------------------------------------------------------------------------------

    def hardcoded(self) -> list[Problem]:
        """URLs with the name of a machine that visitors do not reach."""
        if self.service.get("exposure") == "local":
            return []
        problems = []
        reaches = any(self.fits(finding) for finding in self.used() if self.is_own(finding))
        for finding in self.used():
            kind = host_kind(finding["host"]) if finding.get("host_from") == "literal" else ""
            if kind in WORDS and not self.is_own(finding) and not self._is_near(kind):
                words = "%s: %s" % (url_words(finding), WORDS[kind])
                # A page that reaches the service as well may have its reasons: an agent on the visitor's machine, say.
                problems.append(Problem(finding, words, finding["use"] == "dialled" and not reaches))
        return problems

    def _is_near(self, kind: str) -> bool:
        """Whether the page itself is where such a host makes sense."""
        page = host_kind(self.page.host) if self.page is not None else ""
        return page == "loopback" or (kind in ("private", "internal", "development") and page == kind)

    def lost(self) -> list[Problem]:
        """URLs without a host or a port, for a variable that was not set when they were made."""
        problems = []
        for finding in self.used():
            if finding.get("port_from") == "wrong":
                problems.append(Problem(finding, "%s has no port" % finding["text"], finding["use"] == "dialled"))
            elif finding.get("host_from") == "literal" and host_kind(finding.get("host") or "") == "lost":
                words = "%s: the host name is %r" % (url_words(finding), finding.get("host"))
                problems.append(Problem(finding, words, finding["use"] == "dialled"))
        return problems

    def misdirected(self) -> list[Problem]:
        """URLs on the service's host with another port or path than its own, where none is right.

        A page may open WebSockets of several services: as long as one is this service's, the others are not judged.
        """
        own = [finding for finding in self.used() if self.is_own(finding) and not self._is_lost(finding)]
        if any(self.fits(finding) for finding in own):
            return []
        return [Problem(finding, self.misfit(finding), finding["use"] == "dialled") for finding in own]

    @staticmethod
    def _is_lost(finding: Finding) -> bool:
        return finding.get("port_from") == "wrong"

    def fits(self, finding: Finding) -> bool:
        """Whether a finding on the service's host is the service's URL."""
        return not self.misfit(finding)

    def misfit(self, finding: Finding) -> str:
        """What does not fit; empty: nothing."""
        port, ports = self.port_of(finding), self.ports()
        if port is not None and ports and port not in ports:
            return "%s: port %d, but the service is at %s" % (url_words(finding), port, self.expected())
        path, paths = finding.get("path"), self.paths()
        if path is not None and paths and not any(_path_fits(path, expected) for expected in paths):
            return "%s: path %s, but the service is at %s" % (url_words(finding), path, self.expected())
        return ""

    def ports(self) -> set[int]:
        """Ports at which clients find the service."""
        ports = {self.public.port} if self.public is not None else set()
        if self.page is not None:
            ports.add(self.page.port)
        own = self.service.get("port")
        if own and self.service.get("exposure") not in ("proxied", "local"):
            ports.add(own)
        return ports if self.page is not None or self.public is not None else set()

    def paths(self) -> list[str]:
        """Paths at which clients find the service; empty: not known."""
        given = [
            (self.service.get("websocket") or {}).get("path"),
            self.public.path if self.public is not None else None,
        ]
        return list(dict.fromkeys(path.partition("?")[0] for path in given if path))

    def expected(self) -> str:
        """Where the service is, in words."""
        if self.public is not None:
            return self.public.shown()
        ports = " or ".join("%d" % port for port in sorted(self.ports()))
        return "port %s%s" % (ports, ", path %s" % " or ".join(self.paths()) if self.paths() else "")

    def port_of(self, finding: Finding) -> int | None:
        """The port that a browser dials; None where that is not known."""
        where = finding.get("port_from")
        if where == "literal":
            return finding.get("port")
        if where == "page" and self.page is not None:
            return self.page.port
        scheme = self.scheme_of(finding)
        return DEFAULT_PORTS[scheme] if where == "default" and scheme else None

    def scheme_of(self, finding: Finding) -> str:
        """``ws`` or ``wss``; empty where that is not known."""
        scheme = {"http": "ws", "https": "wss"}.get(finding.get("scheme") or "", finding.get("scheme") or "")
        if scheme == "page":
            return "" if self.is_https is None else "wss" if self.is_https else "ws"
        return scheme

    def insecure(self) -> list[Problem]:
        """Plain WebSockets of a page that is served over https; those to the visitor's own machine are exempt."""
        if not self.is_https:
            return []
        problems = []
        for finding in self.used():
            kind = host_kind(finding.get("host") or "") if finding.get("host_from") == "literal" else ""
            if finding.get("scheme") in ("ws", "http") and kind not in ("loopback", "lost", "example"):
                # A host that is not known may be the visitor's own machine.
                sure = finding["use"] == "dialled" and finding.get("host_from") != "unknown"
                problems.append(Problem(finding, "%s: ws:// from a page over https" % url_words(finding), sure))
        return problems

    def unsafe(self) -> list[Problem]:
        """Ports that browsers refuse."""
        return [
            Problem(
                finding,
                "%s: browsers refuse port %s" % (url_words(finding), finding["port"]),
                finding["use"] == "dialled",
            )
            for finding in self.used()
            if finding.get("port_from") == "literal" and finding.get("port") in UNSAFE_PORTS
        ]

    def forbidden(self) -> list[tuple[str, str, str]]:
        """Policies of the page that forbid its WebSockets: where the policy is from, the directive, the URL."""
        if self.page is None:
            return []
        found = []
        for target in self.targets():
            for entry in self.seen.get("policies") or ():
                directive = forbidding(str(entry.get("policy") or ""), self.page, target)
                if directive:
                    found.append((str(entry.get("from")), directive, _target_words(target)))
        return found

    def targets(self) -> list[Target]:
        """What the page dials of this service, as far as that is known."""
        if self.page is None:
            return []
        found = [self._target(self.public)] if self.public is not None else []
        for finding in self.used("dialled"):
            port, scheme = self.port_of(finding), self.scheme_of(finding)
            host = self.page.host if finding.get("host_from") == "page" else finding.get("host")
            if self.is_own(finding) and port is not None and scheme and host:
                found.append(Target(scheme, str(host), port, str(finding.get("path") or "/").replace("*", "x")))
        if not found and self.used("dialled"):
            path = (self.paths() or ["/"])[0]
            found = [Target("wss" if self.is_https else "ws", self.page.host, self.page.port, path)]
        return list(dict.fromkeys(found))

    @staticmethod
    def _target(url: WebUrl) -> Target:
        return Target(url.scheme, url.host, url.port, url.path.partition("?")[0])


def url_words(finding: Finding) -> str:
    """The URL of a finding as far as it is known, for people."""
    scheme = {"page": "ws(s)", "": "?"}.get(finding.get("scheme") or "", finding.get("scheme") or "")
    host = {"page": "<page's host>", "unknown": "?"}.get(finding.get("host_from") or "", finding.get("host") or "")
    port = ":%s" % finding["port"] if finding.get("port_from") == "literal" else ""
    return "%s://%s%s%s" % (scheme, host, port, finding.get("path") or "")


def place_words(finding: Finding) -> str:
    """Where a finding is; with the original source file, where that is known."""
    place = "%s:%s:%s" % (finding.get("file"), finding.get("line"), finding.get("column"))
    original = finding.get("original") or {}
    return "%s (%s:%s)" % (place, original.get("source"), original.get("line")) if original else place


def _target_words(target: Target) -> str:
    return WebUrl(target.scheme, target.host, target.port, target.path).text()


def _url(text: t.Any) -> WebUrl | None:
    try:
        return web_url(str(text)) if text else None
    except ValueError:
        return None


def _page(text: t.Any) -> Target | None:
    url = _url(text)
    return Target("https" if url.secure else "http", url.host, url.port, url.path) if url is not None else None


def _path_fits(path: str, expected: str) -> bool:
    """Whether a path, of which parts may not be known (``*``), can be the expected one."""
    if "*" not in path:
        return path == expected
    start, _star, _rest = path.partition("*")
    return start.startswith(expected) or expected.startswith(start)


def differing(evidence: FrontEnd) -> list[str]:
    """Scripts in which the served page and the root differ, in words; empty: none, or not both are known."""
    root, page = evidence.get("root") or {}, evidence.get("page") or {}
    deployed = {entry.get("src"): entry.get("sha256") for entry in root.get("scripts") or ()}
    served = {entry.get("src"): entry.get("sha256") for entry in page.get("scripts") or ()}
    both = [source for source in served if source in deployed]
    changed = [
        "%s: not the deployed file" % source
        for source in both
        if served[source] and deployed[source] and served[source] != deployed[source]
    ]
    path = str(page.get("url") or "").partition("://")[2].partition("/")[2]
    start_page = path == "" or path.endswith(("/", "index.html"))
    if not both and served and deployed and start_page:
        changed = ["the page loads %s, the deployed index.html %s" % (next(iter(served)), next(iter(deployed)))]
    return changed


def dialled_elsewhere(evidence: FrontEnd) -> bool:
    """Whether what is served connects to something other than what is deployed."""

    def dialled(seen: FrontEndSeen) -> set[tuple[t.Any, ...]]:
        names = ("scheme", "host", "host_from", "port", "port_from", "path")
        findings = [entry for entry in seen.get("findings") or () if entry.get("use") == "dialled"]
        return {tuple(entry.get(name) for name in names) for entry in findings}

    return bool(dialled(evidence.get("page") or {}) - dialled(evidence.get("root") or {}))
