# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What Apache's configuration makes of one URL: virtual host, rules, ProxyPass, workers, time-outs.

Facts: https://httpd.apache.org/docs/2.4/mod/mod_proxy.html, https://httpd.apache.org/docs/2.4/mod/mod_proxy_http.html
(``upgrade``), https://httpd.apache.org/docs/2.4/mod/mod_proxy_wstunnel.html.
"""

from __future__ import annotations

import re
import typing as t

from .._protocol.web_url import DEFAULT_PORTS, WebUrl
from .apache_config import (
    Choice,
    Config,
    Directive,
    address_at,
    choose,
    is_tls,
    names_of,
    path_fits,
    sections,
    value_of,
)
from .apache_rewrite import FIREFOX, Outcome, Rules
from .engine import (
    HEADER_KEYS,
    HERE,
    Backend,
    address,
    compiled,
    host_and_port,
    leads_among,
    nothing,
    refusal,
    setting,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import (
        Fix,
        Leading,
        Place,
        Refusal,
        Route,
        Setting,
        SettingName,
        Upstream,
        UpstreamAddress,
        Written,
    )

#: Since this version mod_proxy_http upgrades connections itself.
UPGRADES = (2, 4, 47)
_PASSES = ("proxypass", "proxypassmatch")
_STATUS = {"permanent": 301, "temp": 302, "seeother": 303, "gone": 410}
_URL = re.compile(r"(?:unix:(?P<unix>[^|]+)\|)?(?P<scheme>[a-z0-9]+):(?://(?P<host>\[[^\]]*\][^/?]*|[^/?]*))?", re.I)


class Pass(t.NamedTuple):
    """A ProxyPass or ProxyPassMatch: what it matches, and the URL it forwards to (``!``: to none)."""

    pattern: str
    is_regex: bool
    url: str
    item: Directive
    #: The Location it stands in.
    section: t.Optional[Directive]


def passes_of(config: Config, host: Directive | None) -> list[Pass]:
    """Those outside of Location, in the order they are tried: the virtual host's, then the main server's."""
    found = []
    for level in config.levels(host):
        for item in level.find(*_PASSES):
            if len(item.args) > 1:
                found.append(Pass(item.args[0], item.name == "proxypassmatch", item.args[1], item, None))
    return found


def _pass_in(section: Directive) -> Pass | None:
    """The ProxyPass of a Location: the path is the section's."""
    item = next((item for item in reversed(section.find(*_PASSES)) if item.args), None)
    if item is None or not section.args:
        return None
    is_regex = section.name == "locationmatch" or section.args[0] == "~" or item.name == "proxypassmatch"
    return Pass(section.args[-1], is_regex, item.args[0], item, section)


def target_of(entry: Pass, path: str) -> str | None:
    """The URL that a path is forwarded to; None: it does not match."""
    if not entry.is_regex:
        if not path_fits(entry.pattern, path):
            return None
        return entry.url if entry.url == "!" else entry.url + path[len(entry.pattern) :]
    pattern = compiled(entry.pattern)
    found = pattern.search(path) if pattern is not None else None
    if found is None:
        return None
    if entry.url == "!":
        return "!"
    groups = [found.group(0), *found.groups()]
    result = re.sub(
        r"\$([0-9])",
        lambda one: (groups[int(one.group(1))] or "") if int(one.group(1)) < len(groups) else "",
        entry.url,
    )
    # Without a back-reference the path is appended (proxy_trans).
    return result if result != entry.url else result + path


def route(config: Config, url: WebUrl, local_port: int | None) -> Route:
    """What happens to a handshake; the result is that of nginx_route.route.

    ``location`` is the rule: ``modifier`` its directive, ``pattern`` what it matches. Besides nginx's keys:
    ``missed`` (RewriteRules for WebSockets whose condition does not hold), ``shadowed`` (ProxyPass that fit the path
    better and come too late) and ``shares`` (where a worker was defined whose parameters count instead).
    """
    port = local_port or url.port
    result = nothing([], timeout_s="", proxy_timeout_s="")
    result.update({"missed": [], "shadowed": [], "shares": None})
    choice, notes = choose(config, url.host, port)
    result["undecided"] += notes
    if choice is None:
        return result
    host = choice.host
    place: Place = {"file": host.file, "line": host.line} if host is not None else {"file": None, "line": None}
    names = names_of(host if host is not None else config.root)
    result["server"] = {**place, "names": names, "listen": choice.listen, "by": choice.by, "default": choice.default}
    return _Walk(config, choice, url, port, result).run()


class _Walk:
    """The path of one handshake through a server."""

    def __init__(self, config: Config, choice: Choice, url: WebUrl, port: int, result: Route) -> None:
        self._config = config
        self._host = choice.host
        self._url, self._port = url, port
        self._tls = is_tls(config, choice)
        self._result = result
        self._path = url.path.partition("?")[0]
        self._query = url.path.partition("?")[2]
        self._inner = sections(config, self._host, self._path)

    def _note(self, text: str) -> None:
        if text not in self._result["undecided"]:
            self._result["undecided"].append(text)

    def run(self) -> Route:
        """The result."""
        for level in [*self._config.levels(self._host), *self._inner]:
            for item in level.find("if")[:1]:
                self._note("It is not known what <If> at %s does." % item.where)
        if self._by_rules():
            return self._result
        if self._by_location() or self._by_pass():
            return self._result
        if not self._redirected(self._config.levels(self._host), self._path):
            self._files()
        return self._result

    def _by_rules(self) -> bool:
        """mod_rewrite's rules come first. Whether they decide."""
        rules = Rules(self._config, self._host, self._url, self._port, self._tls)
        outcome = rules.run()
        self._result["missed"] = rules.missed
        for text in rules.notes:
            self._note(text)
        other = Rules(self._config, self._host, self._url, self._port, self._tls)
        other.connection = FIREFOX
        if other.run()[:2] != outcome[:2]:
            self._note("The RewriteRules treat Firefox (Connection: %s) differently." % FIREFOX)
        self._query = rules.query
        rule = outcome.rule
        if rule is not None and outcome.kind in ("proxy", "redirect", "status"):
            self._locate(rule, "RewriteRule", rule.args[0])
        if outcome.kind == "pass":
            self._path = outcome.target
            self._inner = sections(self._config, self._host, self._path)
            return False
        self._take(outcome)
        return True

    def _take(self, outcome: Outcome) -> None:
        if outcome.kind == "proxy" and outcome.rule is not None:
            if not self._barred() and not self._redirected(self._inner, self._path, True):
                self._lead(outcome.target, outcome.rule, None)
        elif outcome.kind == "redirect":
            self._result.update({"handler": "redirect", "status": outcome.status, "redirect": outcome.target})
        elif outcome.kind == "status":
            self._result.update({"handler": "return", "status": outcome.status})
        else:
            self._result["handler"] = "undecided" if outcome.kind == "undecided" else "static"

    def _locate(self, item: Directive, modifier: str, pattern: str) -> None:
        self._result["location"] = {"modifier": modifier, "pattern": pattern, "file": item.file, "line": item.line}

    def _by_location(self) -> bool:
        """A ProxyPass within Location comes before all others; the last section that fits wins."""
        found = [entry for entry in (_pass_in(section) for section in self._inner) if entry is not None]
        entry = found[-1] if found else None
        target = target_of(entry, self._path) if entry is not None else None
        if entry is None or target is None or entry.section is None:
            return False
        if target == "!":
            return False
        self._locate(entry.section, "ProxyPass in Location", entry.pattern)
        self._proxied(target, entry)
        return True

    def _by_pass(self) -> bool:
        """The first ProxyPass that fits wins, ``!`` too."""
        rows = passes_of(self._config, self._host)
        for at, entry in enumerate(rows):
            target = target_of(entry, self._path)
            if target is None:
                continue
            better = [row for row in rows[at + 1 :] if target_of(row, self._path) not in (None, "!")]
            shadowed: list[Written] = [
                {"file": row.item.file, "line": row.item.line, "text": _written(row.item)}
                for row in better
                if row.is_regex or len(row.pattern) > len(entry.pattern)
            ]
            self._result["shadowed"] = shadowed[:5]
            self._locate(entry.item, "ProxyPassMatch" if entry.is_regex else "ProxyPass", entry.pattern)
            if target == "!":
                if not self._redirected(self._config.levels(self._host), self._path):
                    self._files()
            else:
                self._proxied(target, entry)
            return True
        return False

    def _proxied(self, target: str, entry: Pass) -> None:
        if self._barred() or self._redirected(self._inner, self._path, True):
            return
        self._lead(target + ("?" + self._query if self._query else ""), entry.item, entry)

    def _barred(self) -> bool:
        """``Require all denied`` in the innermost Location or the Proxy section that holds."""
        boxes = [*self._config.root.find("proxy"), *(self._host.find("proxy") if self._host is not None else [])]
        boxes = [box for box in boxes if box.args[:1] == ["*"]] + self._inner
        required = [box.find("require") for box in boxes if box.find("require")]
        denied = bool(required) and all(
            [arg.lower() for arg in item.args] == ["all", "denied"] for item in required[-1]
        )
        if denied:
            self._result.update({"handler": "return", "status": 403})
            item = required[-1][0]
            self._result["refusals"] = [refusal(item.text, item.file, item.line, 403, True)]
            self._locate(required[-1][0], "Require", "all denied")
        return denied

    def _may_refuse(self) -> list[Refusal]:
        """Require of the innermost section: who is not asked for a name is refused by 403, else by 401."""
        boxes = [*self._config.root.find("proxy"), *(self._host.find("proxy") if self._host is not None else [])]
        boxes = [box for box in boxes if box.args[:1] == ["*"]] + self._inner
        required = [box.find("require") for box in boxes if box.find("require")]
        rows = []
        for item in required[-1] if required else []:
            kind = [arg.lower() for arg in item.args[:2]]
            if kind == ["all", "granted"] or not kind:
                return []
            by_name = kind[0] in ("valid-user", "user", "group")
            rows.append(refusal(item.text, item.file, item.line, 401 if by_name else 403, by_name))
        # Of several one is enough.
        return [{**row, "sure": row["sure"] and len(rows) == 1} for row in rows]

    def _redirected(self, levels: t.Sequence[Directive], path: str, within: bool = False) -> bool:
        """mod_alias's Redirect and RedirectMatch.

        :param within: the levels are Location sections, in which Redirect may leave out the path.
        """
        for level in levels:
            for item in level.find("redirect", "redirectmatch", "redirectpermanent", "redirecttemp"):
                args = list(item.args)
                status = {"redirectpermanent": 301}.get(item.name, 302)
                if args and (args[0] in _STATUS or re.match(r"[0-9]{3}\Z", args[0])):
                    status = _STATUS.get(args[0]) or int(args[0])
                    args = args[1:]
                prefix = args[0] if args and (len(args) > 1 or not within) else ""
                rest = self._rest(item, prefix, path)
                if rest is None:
                    continue
                self._locate(item, "Redirect", prefix or " ".join(level.args))
                if not 300 <= status < 400:
                    self._result.update({"handler": "return", "status": status})
                else:
                    redirect = (args[-1] if args else "") + rest
                    self._result.update({"handler": "redirect", "status": status, "redirect": redirect})
                return True
        return False

    def _rest(self, item: Directive, prefix: str, path: str) -> str | None:
        """What is appended to the target; None: the path does not fit."""
        query = "?" + self._query if self._query else ""
        if item.name == "redirectmatch":
            pattern = compiled(prefix)
            return "" if pattern is not None and pattern.search(path) else None
        if not prefix:
            return ""
        return path[len(prefix) :] + query if path_fits(prefix, path) else None

    def _files(self) -> None:
        """Files are served; a FallbackResource makes a page of what is none."""
        fallback = value_of(self._config, self._host, "fallbackresource", self._inner)
        on = fallback is not None and fallback.args[0].lower() != "disabled"
        self._result["handler"] = "spa" if on else "static"

    def _lead(self, target: str, item: Directive, entry: Pass | None) -> None:
        upstream = _Upstream(self._config, self._host, target)
        result = self._result
        result["upstream"] = upstream.seen
        result["upstream_path"] = upstream.path(target)
        if upstream.problem:
            self._note(upstream.problem)
            result["handler"] = "undecided"
            return
        result["handler"] = "proxy_pass"
        result["refusals"] = self._may_refuse()
        missing = upstream.missing_module
        if missing:
            # "AH01144: No protocol handler was valid for the URL"
            result.update({"handler": "return", "status": 500, "upstream": upstream.seen})
            self._note("No module for %s:// is loaded: %s." % (upstream.scheme, missing))
            return
        worker = upstream.worker(target, entry)
        upgrades = upstream.upgrades(worker)
        result["shares"] = _shared(worker, entry)
        self._settings(upstream, upgrades, worker)
        if not upgrades:
            result["fix"] = [self._fix(item, entry, upstream)]

    def _settings(self, upstream: _Upstream, upgrades: bool, worker: Directive | None) -> None:
        settings = self._result["settings"]
        preserve = value_of(self._config, self._host, "proxypreservehost", self._inner)
        keeps = preserve is not None and preserve.args[0].lower() == "on"
        host = setting(self._url.authority if keeps else upstream.authority)
        if preserve is not None:
            host.update({"file": preserve.file, "line": preserve.line, "default": False})
        plain: dict[SettingName, str] = {"http_version": "1.1", "connection_plain": "", "origin": "passed"}
        settings.update({key: setting(value) for key, value in plain.items()})
        settings["host"] = host
        settings["upgrade"] = setting("websocket" if upgrades else "")
        settings["connection"] = setting("Upgrade" if upgrades else "Keep-Alive")
        self._request_headers(settings)
        if settings["upgrade"]["value"] != "websocket" or "pgrade" not in str(settings["connection"]["value"]):
            settings["connection"] = {**settings["connection"], "value": "Keep-Alive"}
        self._limits(settings, worker)

    def _request_headers(self, settings: dict[SettingName, Setting]) -> None:
        """RequestHeader, the main server's first and the innermost Location's last."""
        for level in [*reversed(self._config.levels(self._host)), *self._inner]:
            for item in level.find("requestheader"):
                key = HEADER_KEYS.get(item.args[1].lower().rstrip(":")) if len(item.args) > 1 else None
                action = item.args[0].lower()
                if key is None or action not in (
                    "set",
                    "unset",
                    "add",
                    "append",
                    "edit",
                    "edit*",
                    "merge",
                    "setifempty",
                ):
                    continue
                value = "" if action == "unset" else item.args[2] if action == "set" and len(item.args) > 2 else None
                conditional = [arg for arg in item.args[2:] if arg.startswith(("env=", "expr="))]
                if conditional or value is None or "%{" in value:
                    self._note("The header %s that RequestHeader at %s sets is not known." % (item.args[1], item.where))
                    value = None
                settings[key] = setting(value, item.file, item.line)

    def _limits(self, settings: dict[SettingName, Setting], worker: Directive | None) -> None:
        """The idle limit of a tunnel is the longer one of Timeout and the worker's (since 2.4.53, and measured)."""
        rows: list[tuple[float, Directive | None]] = []
        names: dict[SettingName, str] = {"timeout_s": "timeout", "proxy_timeout_s": "proxytimeout"}
        for key, name in names.items():
            item = value_of(self._config, self._host, name)
            value = _seconds(item.args[0]) if item is not None else None
            if item is not None and value is not None:
                settings[key] = setting(value, item.file, item.line)
                rows.append((value, item))
            elif key == "timeout_s":
                settings[key] = setting(60)
                rows.append((60, None))
        own = _seconds(worker.option("timeout") or "") if worker is not None else None
        if own is not None:
            # A worker's own value stands in the place of ProxyTimeout.
            rows = [*rows[:1], (own, worker)]
        value, item = max(rows, key=lambda row: row[0])
        place = (item.file, item.line) if item is not None else (None, None)
        settings["read_timeout_s"] = setting(value, *place)

    def _fix(self, item: Directive, entry: Pass | None, upstream: _Upstream) -> Fix:
        """The line that lets WebSockets pass: a ProxyPass before the one that takes the path now."""
        newer = _is_newer(self._config)
        url = upstream.base + (self._result["upstream_path"] or "/").partition("?")[0]
        if not newer:
            url = re.sub(r"\Ahttp", "ws", url)
        ending = " upgrade=websocket" if newer else ""
        member = upstream.member
        if member is not None:
            changed = _added(member.args[0], newer)
            return {"file": member.file, "line": member.line, "search": member.args[0], "replace": changed}
        if entry is None:
            # mod_rewrite comes before ProxyPass: the rule itself is to ask for WebSockets.
            base = upstream.base
            return {"file": item.file, "line": item.line, "search": base, "replace": _added(base, False)}
        if entry.section is not None:
            return {"file": item.file, "line": item.line, "search": entry.url, "replace": _added(entry.url, newer)}
        # A worker's first definition counts: the new line stands before that too.
        shared = self._result["shares"]
        first = min(item.line, shared["line"]) if shared is not None and shared["file"] == item.file else item.line
        exact = not entry.is_regex and entry.pattern == self._path
        line = 'ProxyPass "%s" "%s"%s' % (self._path, entry.url if exact and newer else url, ending)
        return {"file": item.file, "after_line": first - 1, "add": [line]}


def _is_newer(config: Config) -> bool:
    """Whether mod_proxy_http upgrades connections; a version that is not known is taken for a newer one."""
    return config.version >= UPGRADES or not config.version


def _added(url: str, newer: bool) -> str:
    return url + " upgrade=websocket" if newer else re.sub(r"\Ahttp", "ws", url)


def _written(item: Directive) -> str:
    """A ProxyPass without its parameters: a secret= may be among them."""
    return " ".join([item.text.split()[0], *item.args[:2]])[:200]


def _shared(worker: Directive | None, entry: Pass | None) -> Written | None:
    """Where the worker was defined, if the rule's own upgrade= is ignored because of it."""
    if worker is None or entry is None or worker is entry.item or not entry.item.option("upgrade"):
        return None
    return {"file": worker.file, "line": worker.line, "text": _written(worker)}


def _seconds(text: str) -> int | float | None:
    """A time of Apache: seconds, or with a unit."""
    found = re.match(r"([0-9]{1,15})(ms|s|min|mi|m|h)?\Z", text.lower())
    if found is None:
        return None
    value = int(found.group(1)) * {"ms": 0.001, "s": 1, "h": 3600}.get(found.group(2) or "s", 60)
    return int(value) if value == int(value) else value


class _Upstream:
    """Where a proxied URL is forwarded to; ``seen`` is as in nginx_route."""

    def __init__(self, config: Config, host: Directive | None, target: str) -> None:
        self._config = config
        self._host = host
        found = _URL.match(target)
        self.problem = "" if found is not None else "The target of a proxy rule is not known."
        self.scheme = found.group("scheme").lower() if found is not None else ""
        self.authority = (found.group("host") or "") if found is not None else ""
        self.base = found.group(0) if found is not None else ""
        unix = found.group("unix") if found is not None else None
        self._members: t.List[Directive] = []
        name = None
        if self.scheme == "balancer":
            box = config.balancer(target, host)
            self._members = [item for item in (box.find("balancermember") if box is not None else []) if item.args]
            name = self.authority
            rows = [self._address(item.args[0], item) for item in self._members]
            schemes = [item.args[0].partition(":")[0].lower() for item in self._members]
            self.scheme = schemes[0] if schemes else "http"
            self.problem = "" if rows else "The members of balancer://%s are not known." % self.authority
        else:
            rows = [self._address(target, None)] if found is not None and unix is None else []
            rows += [address("unix:" + unix, None, unix)] if unix is not None else []
        if self.scheme not in DEFAULT_PORTS and not self.problem:
            self.problem = "The rule forwards to %s, which is not HTTP." % self.scheme
        secure = "https" if self.scheme in ("https", "wss") else "http"
        self.seen: Upstream = {"name": name, "scheme": secure, "uri": None, "addresses": rows}

    def _address(self, url: str, member: Directive | None) -> UpstreamAddress:
        found = _URL.match(url)
        if found is None or found.group("unix"):
            unix = found.group("unix") if found is not None else None
            return address("unix:" + unix if unix else url, None, unix)
        host, port = host_and_port((found.group("host") or "").rpartition("@")[2])
        status = (member.option("status") or "") if member is not None else ""
        usual = DEFAULT_PORTS.get(found.group("scheme").lower())
        return address(host, port or usual, None, "D" in status.upper(), "H" in status.upper())

    def path(self, target: str) -> str:
        """The path that the back end is asked for."""
        found = _URL.match(target)
        rest = target[found.end() :] if found is not None else target
        if self._members:
            member = _URL.match(self._members[0].args[0])
            rest = (self._members[0].args[0][member.end() :] if member is not None else "") + rest
        return rest if rest.startswith("/") else "/" + rest

    @property
    def member(self) -> Directive | None:
        """The first member of a balancer."""
        return self._members[0] if self._members else None

    @property
    def missing_module(self) -> str:
        """What has to be loaded for the scheme."""
        modules, newer = self._config.modules, _is_newer(self._config)
        if not modules or "proxy_http" in modules:
            old = self.scheme in ("ws", "wss") and not newer and "proxy_wstunnel" not in modules
            return "mod_proxy_wstunnel" if modules and old else ""
        if self.scheme in ("ws", "wss"):
            return "" if "proxy_wstunnel" in modules else "mod_proxy_http" if newer else "mod_proxy_wstunnel"
        return "mod_proxy_http"

    def worker(self, target: str, entry: Pass | None) -> Directive | None:
        """The directive whose parameters count: that of the defined worker with the longest URL in front.

        A later one whose URL begins with that of an earlier one shares its worker (AH01146).
        """
        if self._members:
            return self._members[0]
        workers: list[tuple[str, Directive]] = []
        for level in self._config.levels(self._host):
            found: list[tuple[str, Directive]] = []
            for url, item in _definitions(level):
                if not any(url.startswith(other) for other, _item in found):
                    found.append((url, item))
            workers += found
        fitting = [(url, item) for url, item in workers if target.startswith(url)]
        return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None

    def upgrades(self, worker: Directive | None) -> bool:
        """Whether the connection is upgraded."""
        told = (worker.option("upgrade") or "").lower() if worker is not None else ""
        if self.scheme in ("ws", "wss"):
            return told != "none"
        return _is_newer(self._config) and told in ("websocket", "any", "*")


def _definitions(level: Directive) -> list[tuple[str, Directive]]:
    """Workers in the order they are defined: (URL, directive). Those with back-references go by what is before."""
    found = []
    for item in level.block:
        if item.name in _PASSES and len(item.args) > 1:
            found.append((item.args[1], item))
        elif item.name in ("location", "locationmatch"):
            found += [(inner.args[0], inner) for inner in item.find(*_PASSES) if inner.args]
        elif item.name == "proxy" and item.args and "://" in item.args[0]:
            found.append((item.args[0], item))
    return [(url.partition("$")[0].rstrip("/"), item) for url, item in found if url != "!" and "://" in url]


def leading_to(config: Config, port: int, socket: str | None, own: t.Iterable[str], where: str = HERE) -> list[Leading]:
    """URLs that it forwards to a back end; entries are those of nginx_route.leading_to."""
    backend = Backend(port, socket, own, where)
    return leads_among(_candidate(config, host, url, backend) for host, url in _candidates(config))


def _candidates(config: Config) -> t.Iterator[t.Tuple[t.Optional[Directive], WebUrl]]:
    """URLs to try, with the server that is to answer: the paths that its rules name, on each of its ports."""
    listens = list(dict.fromkeys(number for number, _https in config.listens)) or [80]
    for host in [*config.hosts, None]:
        ports = listens if host is None else [number for number in listens if address_at(host, number) is not None]
        level = host if host is not None else config.root
        names = [name for name in names_of(level) if re.match(r"[\w][\w.-]*\Z", name)]
        for number in ports:
            for path in _paths(config, host):
                yield host, WebUrl("ws", names[0] if names else "localhost", number, path)


def _candidate(config: Config, host: Directive | None, url: WebUrl, backend: Backend) -> Leading | None:
    """The entry of a URL, if this server answers there."""
    choice = choose(config, url.host, url.port)[0]
    if choice is None or choice.host is not host:
        return None
    scheme = "wss" if is_tls(config, choice) else "ws"
    return backend.lead(route(config, url, url.port), url._replace(scheme=scheme))


def _paths(config: Config, host: Directive | None) -> list[str]:
    """Paths that rules name."""
    found = [entry.pattern for entry in passes_of(config, host)]
    for level in config.levels(host):
        found += [
            item.args[-1] for item in level.find("location", "locationmatch") if item.args and item.find(*_PASSES)
        ]
        found += [item.args[0] for item in level.find("rewriterule") if len(item.args) > 2]
    paths = [re.match(r"\^?(/?[^\s\\^$*+?()\[\]{}|]*)", text) for text in found]
    return list(dict.fromkeys("/" + match.group(1).lstrip("/") for match in paths if match is not None))[:40]
