# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A running Apache httpd: its configuration as mod_info dumps it, what that makes of URLs, its error log."""

from __future__ import annotations

import glob
import os
import re
import typing as t

from ..context import Context
from ..evidence import add_gap
from ..redact import without_query
from ..system.open_file import read_text
from ..web_url import WebUrl
from .apache_config import ApacheSyntaxError, Config, modules_of, parse_dump
from .apache_route import leading_to, route
from .engine import Engine, Row

_DUMPS = [word for name in ("CONFIG", "MODULES", "VHOSTS", "RUN_CFG") for word in ("-D", "DUMP_" + name)]
#: Folders of modules in packages of distributions, where the process's own mappings cannot be read.
_MODULES = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules", "/usr/lib/httpd/modules", "/usr/lib64/apache2*")
#: Options that choose what is read, with an argument.
_OPTIONS = ("-f", "-d", "-D", "-C", "-c")

#: What the error log says of connections to the back end, by the keys of nginx.ERRORS where the meaning is the same.
ERRORS: t.Tuple[t.Tuple[str, t.Pattern[str]], ...] = tuple(
    (key, re.compile(pattern))
    for key, pattern in (
        ("upstream-refused", r"\(111\)Connection refused: AH(?:00957|02454)"),
        ("upstream-denied", r"\(13\)Permission denied: AH00957"),
        ("upstream-socket", r"\((?:13|2)\)[\w ]+: AH02454"),
        ("upstream-unreachable", r"\((?:110|113|101)\)[\w ]+: AH00957"),
        ("upstream-mute", r"\(70007\)The timeout specified has expired: .*AH01102|AH00898: Timeout on"),
        ("upstream-closed", r"AH01102: error reading status line|AH00898: Error reading from remote server"),
        ("upstream-tls", r"AH00898: Error during SSL Handshake"),
        ("no-protocol-handler", r"AH01144: No protocol handler was valid"),
        ("no-live-upstreams", r"AH0116[57]: .*(?:error state|All workers are in error)"),
        ("denied", r"AH01630: client denied by server configuration: proxy:"),
        ("worker-connections", r"AH00161: server reached MaxRequestWorkers|AH00484"),
    )
)


class Apache(Engine):
    """One httpd master process."""

    kind = "apache"
    programs = ("apache2", "httpd")

    def __init__(self, pid: int, context: Context, dump: bool = False) -> None:
        super().__init__(pid, context, dump)
        self._dumped = ""

    def read(self, config: str | None) -> None:
        """Read version, modules, the configuration and the error logs.

        :param config: the main configuration file where the inventory names it.
        """
        options = self._options(config)
        if not self.may_run(self.seen["config"] or self.program):
            self.not_run()
            return
        out = self._dump(options)
        if out is None:
            return
        try:
            self.tree = Config(parse_dump(out), modules_of(out), self.version)
        except ApacheSyntaxError as error:
            add_gap(self.seen, "config", str(error), "report this configuration's line: httpd accepts it")
            return
        if not self.tree:
            add_gap(
                self.seen, "config", "httpd printed no configuration", "install mod_info.so beside the other modules"
            )
            return
        files = list(dict.fromkeys(re.findall(r"^# In file: (.+)$", out, re.M)))
        self.seen["config"] = self.seen["config"] or files[0]
        self.seen.update(read_from="httpd -D DUMP_CONFIG", files=len(files), workers=self.workers(files))
        self._dumped = out

    def read_errors(self) -> None:
        """Read the error log: after the handshake through httpd, whose own lines tell the most."""
        if self.tree:
            self.seen["errors"] = self._errors(self._dumped)

    def route(self, url: WebUrl, local_port: int | None) -> Row:
        """What the configuration makes of a URL; see apache_route.route."""
        return route(self.tree, url, local_port)

    def leading_to(self, port: int, socket: str | None, where: str) -> list[Row]:
        """URLs by which it leads to a port or unix socket; see apache_route.leading_to."""
        return leading_to(self.tree, port, socket, self.own_addresses(), where)

    def _options(self, config: str | None) -> list[str]:
        """Options of the running master that choose what it reads."""
        argv, found = self.argv, []
        for at, word in enumerate(argv):
            if word in _OPTIONS and at + 1 < len(argv):
                found += [word, argv[at + 1]]
            elif word[:2] in ("-D", "-f", "-d") and len(word) > 2 and word not in ("-DFOREGROUND", "-DNO_DETACH"):
                found += [word[:2], word[2:]]
        if config:
            found += ["-f", config]
        named = [found[n + 1] for n, word in enumerate(found) if word == "-f"]
        self.seen["config"] = named[-1] if named else None
        return [word for word in found if word != ""]

    def _programs(self) -> list[list[str]]:
        """Ways to start it: the running binary with its variables (Debian's envvars), else the usual names."""
        own = ["env", *self._variables(), self.program]
        return [own, ["apache2ctl"], ["apachectl"], ["httpd"]]

    def _variables(self) -> list[str]:
        """APACHE_… of the running process: paths and names of its user that the configuration refers to."""
        return ["%s=%s" % pair for pair in self.variables().items() if re.match(r"APACHE_[A-Z_]+\Z", pair[0])]

    def _info_module(self) -> str | None:
        """mod_info.so in the folder that the running process has its modules from."""
        folders: list[str] = []
        try:
            folders = re.findall(r" (/\S+)/mod_\w+\.so$", read_text("/proc/%d/maps" % self.pid, 1 << 20), re.M)[:1]
        except OSError:
            pass
        for pattern in [*folders, *_MODULES]:
            for folder in sorted(glob.glob(pattern)):
                if os.path.exists(folder + "/mod_info.so"):
                    return folder + "/mod_info.so"
        return None

    def _dump(self, options: list[str]) -> str | None:
        """The dumps, in one text; None: there are none, and that is said."""
        module = self._info_module()
        if module is None:
            add_gap(self.seen, "config", "mod_info.so, which prints the configuration, was not found", "install it")
            return None
        problem = "no way to start httpd was found"
        for program in self._programs():
            status, version, err = self.run([*program, "-v"])
            if status != 0:
                continue
            self.take_version(r"Apache/(\d+(?:\.\d+)*)", version)
            load = ["-C", "LoadModule info_module %s" % module]
            status, out, err = self.run([*program, *load, *options, "-t", *_DUMPS])
            if status == 0 and "# In file:" in out:
                self.seen["test"] = {"ok": True, "message": ""}
                return out
            problem = _problem(err)
            if "yntax error" in problem or ": Invalid command" in err:
                self.seen["test"] = {"ok": False, "message": self.context.redactor.text(problem, 300)}
                break
        remedy = "correct it: httpd -t names the line" if self.seen["test"] else "run with become: true"
        add_gap(self.seen, "config", self.context.redactor.text(problem, 300), remedy)
        return None

    def _errors(self, dump: str) -> list[Row]:
        """Known lines of the error logs since the master began: key, count, the last one."""
        found: t.Dict[str, Row] = {}
        for path in self._error_logs(dump):
            for key, moment, line in self.known_lines(path, ERRORS):
                entry = found.setdefault(key, {"key": key, "count": 0, "source": path})
                sample = self.context.redactor.text(without_query(line), 300)
                entry.update(count=entry["count"] + 1, at=moment, sample=sample)
        return list(found.values())

    def _error_logs(self, dump: str) -> list[str]:
        """Files of ErrorLog: the main server's, and those of virtual hosts."""
        main = re.search(r'^Main ErrorLog: "([^"]+)"$', dump, re.M)
        root = re.search(r'^ServerRoot: "([^"]+)"$', dump, re.M)
        named = [main.group(1)] if main is not None else []
        named += [item.args[0] for host in self.tree.hosts for item in host.find("errorlog") if item.args]
        base = root.group(1) if root is not None else "/"
        paths = [os.path.join(base, name) for name in named if not name.startswith(("|", "syslog"))]
        return list(dict.fromkeys(paths))[:5]


def _problem(err: str) -> str:
    """The line of stderr that says what is wrong."""
    lines = [line.strip() for line in err.splitlines() if line.strip() and "AH00558" not in line]
    wrong = [n for n, line in enumerate(lines) if "yntax error" in line]
    if wrong:
        return " ".join(lines[wrong[0] : wrong[0] + 2])
    return lines[-1] if lines else "httpd printed nothing"


ENGINE = Apache
