# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A running nginx: its binary, the configuration on disk, what it makes of URLs, its workers and its error log."""

from __future__ import annotations

import os
import re
import typing as t

from .._protocol.web_url import WebUrl
from .._run.context import Context
from .._run.evidence import add_gap, os_reason
from .._run.redact import without_query
from .engine import MOST, REMEDY, Engine
from .nginx_grammar import Directive, NginxSyntaxError, parse_dump, parse_files
from .nginx_refusals import unknown_directive, wrong_key
from .nginx_route import leading_to, route

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import ErrorLine, Leading, Route

_VERSION = r"(?:nginx|angie|openresty)/(\d+(?:\.\d+)*)"
_SECTION = re.compile(r"^# configuration file (.+):$", re.M)

#: Different errors that are reported at most, the latest ones.
_MOST_ERRORS = 60
_ABOUT = re.compile(r'\b(host|upstream): "([^"]*)"')

#: What the error log says of connections to the back end, by a short key (strings of nginx's source).
ERRORS: t.Tuple[t.Tuple[str, t.Pattern[str]], ...] = tuple(
    (key, re.compile(pattern))
    for key, pattern in (
        ("upstream-refused", r"\(111: Connection refused\) while connecting to upstream"),
        ("upstream-denied", r"connect\(\) to (?!unix:)\S+ failed \(13: Permission denied\) while connecting"),
        ("upstream-socket", r"connect\(\) to unix:\S+ failed \((?:13|2): [\w ]+\)"),
        ("upstream-mute", r"\(110: Connection timed out\) while reading response header"),
        ("upstream-unreachable", r"\((?:110|113|101): [\w ]+\) while connecting to upstream"),
        ("upstream-tls", r"SSL_do_handshake\(\) failed .* while SSL handshaking to upstream"),
        ("upstream-closed", r"upstream prematurely closed connection while reading response header"),
        ("idle-cut", r"\(110: Connection timed out\) while proxying upgraded connection"),
        ("no-live-upstreams", r"no live upstreams"),
        ("worker-connections", r"worker_connections are not enough"),
        ("limited", r"limiting (?:connections|requests)"),
        ("denied", r"access forbidden by rule"),
        ("reload-failed", r"\[emerg\]"),
    )
)


#: Options of the command line, which nginx writes into its title without quotes; ``-g`` has directives.
_OPTION = re.compile(r"(?<= )-([cpeg]) ?((?:(?! -[a-zA-Z](?: |\Z)).)+)")
_ERROR_LOG = re.compile(r"(?:^|;|\s)error_log\s+([^\s;]+)")

#: Headers whose constant values are no secret.
_PLAIN_HEADERS = (
    "host",
    "connection",
    "upgrade",
    "origin",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-host",
)


class Nginx(Engine):
    """One nginx master process."""

    kind = "nginx"
    programs = ("nginx", "angie", "openresty")
    meanings = ERRORS

    def __init__(self, pid: int, context: Context, dump: bool = False) -> None:
        super().__init__(pid, context, dump)
        self._default_log = self._default_access_log = ""
        #: Where relative names of logs and modules begin.
        self._prefix = "/"
        #: Error logs of the command line's ``-g``.
        self._global_logs: list[str] = []

    def read(self, config: str | None) -> None:
        """Read the binary's version, the configuration and the workers.

        :param config: the configuration's path where the inventory names it.
        """
        command = self._command_line()
        built = self._built()
        compiled = built.get("prefix") or "/"
        self._prefix = self.absolute(command["p"]) if command.get("p") else compiled
        path = config or command.get("c") or built.get("conf-path") or "/etc/nginx/nginx.conf"
        path = self._existing(path, compiled)
        self.seen["config"] = path
        files = self._files(path)
        modules = self._modules(self._prefix)
        program = self.dumping([*files, *modules]) if files else None
        if program is not None:
            files = self._dump(program, path, command) or files
        elif files:
            self._find_refusal(modules, os.path.dirname(path))
        self.seen["files"] = len(files)
        self.seen["workers"] = self.workers(files)
        self._default_log = command.get("e") or built.get("error-log-path") or "/var/log/nginx/error.log"
        self._global_logs = _ERROR_LOG.findall(command.get("g") or "")
        self._default_access_log = built.get("http-log-path") or "/var/log/nginx/access.log"

    def read_errors(self) -> None:
        """Read the error log: after the handshake through nginx, whose own lines say most."""
        if self.tree:
            self.seen["errors"] = self._errors(self._default_log)

    def access_log(self, seen: Route) -> str | None:
        """The log of the requests that a route takes; None: there is none, or another program takes it."""
        named = ((seen.get("settings") or {}).get("access_log") or {}).get("value")
        path = str(named or self._default_access_log).split()[0]
        return path if os.path.isabs(path) and "$" not in path else None

    def route(self, url: WebUrl, local_port: int | None) -> Route:
        """What the configuration makes of a URL; see nginx_route.route."""
        found = route(self.tree, url, self.version, local_port)
        for entry in found["fix"]:
            entry["add"] = [_without_secret(line) for line in entry.get("add") or ()]
        return found

    def leading_to(self, port: int, socket: str | None, where: str) -> list[Leading]:
        """URLs that it forwards to a port or unix socket; see nginx_route.leading_to."""
        return leading_to(self.tree, port, socket, self.own_addresses(), where)

    def _command_line(self) -> dict[str, str]:
        """Options of the running master. It writes them into its title: ``nginx: master process nginx -c …``."""
        return {letter: value.strip() for letter, value in _OPTION.findall(" ".join(self.argv))}

    def _existing(self, path: str, compiled: str) -> str:
        """A configuration's path as nginx takes it: relative to its prefix; else where such a file is."""
        if os.path.isabs(path):
            return path
        places = [os.path.join(base, path) for base in (self._prefix, compiled)] + [self.absolute(path)]
        return next((place for place in places if os.path.exists(self.root() + place)), places[0])

    def _in_prefix(self, path: str) -> str | None:
        """The file of an error_log; None: it is none."""
        if path == "stderr" or path.startswith(("syslog:", "memory:")):
            return None
        return os.path.join(self._prefix, path)

    def error_logs(self) -> list[str]:
        """Every error_log of the configuration and of the command line, else the default one."""
        named = [entry.args[0] for entry in _all_of(self.tree or (), "error_log") if entry.args]
        main = [self._error_log() or (self._global_logs or [self._default_log])[-1]]
        paths = [self._in_prefix(name) for name in [*main, *self._global_logs, *named]]
        return [path for path in dict.fromkeys(paths) if path]

    def _built(self) -> dict[str, str]:
        """Version and built-in paths, from the binary that runs."""
        printed = self.version_output("-V")
        self.take_version(_VERSION, printed)
        return dict(re.findall(r"--(conf-path|error-log-path|http-log-path|prefix)=(\S+)", printed))

    def _modules(self, prefix: str) -> list[str]:
        """Files that the configuration lets nginx load into itself."""
        named = [entry.args[0] for entry in self.tree or () if entry.name == "load_module" and entry.args]
        return [os.path.join(prefix, name) for name in named]

    def _find_refusal(self, modules: list[str], base: str) -> None:
        """What nginx would refuse: a reload fails where it does."""
        root = self.root()
        message = unknown_directive(self.tree, ["/proc/%d/exe" % self.pid, *modules], root)
        # Of keys this user may be shown less than the master is.
        message = message or (wrong_key(self.tree, base, root) if os.geteuid() == 0 else "")
        if message:
            self.refused(message)

    def _dump(self, program: str, path: str, command: dict[str, str]) -> list[str]:
        """The configuration as ``nginx -T`` prints it; the files it is made of, or nothing."""
        line = [program, "-T", "-q", "-c", path]
        if "p" in command:
            line += ["-p", command["p"]]
        status, out, err = self.run(line)
        emerg = next((entry.strip() for entry in err.splitlines() if "[emerg]" in entry), "")
        if status == 0:
            self.seen["test"] = {"ok": True, "message": ""}
        elif emerg and not (os.geteuid() and "Permission denied" in emerg):
            self.refused(emerg)
        if status != 0 or len(out) > MOST:
            return []
        try:
            self.tree = parse_dump(out)
        except NginxSyntaxError as error:
            add_gap(self.seen, "config", str(error), "report a bug with this configuration line: nginx accepts it")
            return []
        self.seen["read_from"] = "nginx -T"
        return [os.path.join(os.path.dirname(path), name) for name in _SECTION.findall(out)]

    def _files(self, path: str) -> list[str]:
        """The configuration read file by file, as far as this user may; the files, or nothing."""
        files: list[str] = []

        def read(name: str) -> str:
            files.append(name)
            return self.text(name)

        try:
            self.tree = parse_files(path, read, self.listing)
        except OSError as error:
            reason = "%s: %s" % (error.filename or path, os_reason(error))
            add_gap(self.seen, "config", reason, REMEDY)
            return []
        except NginxSyntaxError as error:
            self.refused(str(error))
            add_gap(self.seen, "config", str(error), "correct the line; nginx -t shows it too")
            return []
        self.seen["read_from"] = "files"
        return files

    def _errors(self, default: str) -> list[ErrorLine]:
        """Known lines of the error log since the master began, those about one host and upstream together.

        :returns: ``key``, ``count``, ``at`` and ``sample`` (of the last one), ``host`` (what the client asked for) and
            ``upstream`` (where nginx asked); both empty where the line does not say.
        """
        path = self._in_prefix(self._error_log() or (self._global_logs or [default])[-1])
        if path is None:
            return []
        found: dict[t.Tuple[str, str, str], ErrorLine] = {}
        for key, moment, line in self.known_lines(path, ERRORS):
            about = dict(_ABOUT.findall(line))
            host, upstream = about.get("host", ""), about.get("upstream", "")
            entry = found.setdefault((key, host, upstream), {"key": key, "count": 0, "source": path})
            sample = self.context.redactor.text(without_query(line), 300)
            entry.update({"count": entry["count"] + 1, "at": moment, "sample": sample})
            entry.update({"host": self.context.redactor.text(host, 100), "upstream": _authority(upstream)})
        return sorted(found.values(), key=lambda entry: entry["at"] or 0.0)[-_MOST_ERRORS:]

    def _error_log(self) -> str | None:
        """The file of the last error_log of the main or http level."""
        path = None
        for directive in self.tree or ():
            inner = directive.block or [] if directive.name == "http" else []
            for entry in [directive, *inner]:
                if entry.name == "error_log" and entry.args:
                    path = entry.args[0]
        return path


def _all_of(block: t.Iterable[Directive], name: str) -> t.Iterator[Directive]:
    """The directives of a name at every level."""
    for entry in block:
        if entry.name == name:
            yield entry
        yield from _all_of(entry.block or (), name)


def _authority(url: str) -> str:
    """``host:port`` of an upstream's URL, or ``unix:/path``."""
    rest = url.split("://", 1)[-1]
    return ":".join(rest.split(":")[:2]) if rest.startswith("unix:") else rest.split("/", 1)[0]


def _without_secret(line: str) -> str:
    """A line to add; the constant value of a header may be a credential, and is not needed to name the header."""
    words = line.split(None, 2)
    if words[:1] != ["proxy_set_header"] or len(words) < 3 or "$" in words[2] or words[1].lower() in _PLAIN_HEADERS:
        return line
    return "%s %s <as above>;" % (words[0], words[1])


ENGINE = Nginx
