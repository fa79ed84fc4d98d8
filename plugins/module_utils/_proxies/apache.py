# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A running Apache httpd: its configuration read from its files, what that makes of URLs, its error log.

With ``proxy.dump`` mod_info's dump takes the place of what was read.
"""

from __future__ import annotations

import errno
import os
import posixpath
import re
import typing as t

from .._protocol.web_url import WebUrl
from .._run.context import Context
from .._run.evidence import add_gap, os_reason
from .._run.redact import without_query
from .apache_build import Build, exported, options_of, read_build
from .apache_config import ApacheSyntaxError, Config, modules_of, parse_dump
from .apache_files import Reading, Start, read_configuration
from .apache_grammar import ApacheTooMuch
from .apache_includes import Files
from .apache_refusals import refusal
from .apache_route import leading_to, route
from .engine import MOST, REMEDY, Engine

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import ErrorLine, Leading, Route

_DUMPS = [word for name in ("CONFIG", "MODULES") for word in ("-D", "DUMP_" + name)]
#: Where Debian keeps the variables of a master whose own cannot be read.
_VARIABLES = "/etc/apache2/envvars"

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
    meanings = ERRORS

    def __init__(self, pid: int, context: Context, dump: bool = False) -> None:
        super().__init__(pid, context, dump)
        self._error_logs: t.List[str] = []
        self._files = Files(self._whole, self.listing, self.is_directory, self._is_link)

    def read(self, config: str | None) -> None:
        """Read version, modules and the configuration.

        :param config: the main configuration file where the inventory names it.
        """
        build = self._built()
        self.take_version("(.+)", build.version)
        start = self._start(build, config)
        if start is None:
            add_gap(self.seen, "config", "the location of httpd's configuration was not found", REMEDY)
            return
        reading = self._read_files(start)
        if reading is None:
            return
        self.tree = Config(reading.tree, reading.modules, self.version)
        self.seen.update({"read_from": "files", "files": len(reading.files), "workers": self.workers(reading.files)})
        self._test(start, reading)
        self._dump(start, reading)
        self._error_logs = self._logs(reading.root, build.error_log)

    def read_errors(self) -> None:
        """Read the error log: after the handshake through httpd, whose own lines say most."""
        if self.tree:
            self.seen["errors"] = self._errors()

    def error_logs(self) -> list[str]:
        """Files of ErrorLog: the main server's, and those of virtual hosts."""
        return self._error_logs

    def route(self, url: WebUrl, local_port: int | None) -> Route:
        """What the configuration makes of a URL; see apache_route.route."""
        return route(self.tree, url, local_port)

    def leading_to(self, port: int, socket: str | None, where: str) -> list[Leading]:
        """URLs that it forwards to a port or unix socket; see apache_route.leading_to."""
        return leading_to(self.tree, port, socket, self.own_addresses(), where)

    # -- what it was built with, and how it was started ------------------------------------------------------------

    def _program(self) -> str:
        """The path of the binary that runs; one that was replaced keeps the name of the new one."""
        try:
            return re.sub(r" \(deleted\)\Z", "", os.readlink(self.program))
        except OSError:
            return "".join(self.argv[:1])

    def _built(self) -> Build:
        """Defaults of the binary, from its content; it is asked for them only where that cannot be read."""
        try:
            build = read_build(self.text(self._program()))
        except OSError:
            build = read_build("")
        return build if build.version else read_build(self.version_output("-V"))

    def _start(self, build: Build, config: str | None) -> Start | None:
        """Why it is not known how the running master was started; None: its main file."""
        options = options_of(self.argv)
        named = config or (options.get("f") or [build.config])[-1]
        root = (options.get("d") or [build.root])[-1] or posixpath.dirname(named)
        if not named or not root:
            return None
        root = self.absolute(root)
        self.seen["config"] = posixpath.join(root, named)
        return Start(
            named,
            root,
            defines=options.get("D", []),
            before=options.get("C", []),
            after=options.get("c", []),
            environment=self._environment(),
            compiled=build.modules,
            program=self._program(),
            version=self.version,
        )

    def _environment(self) -> dict[str, str]:
        """Variables of the master; where they cannot be read, those of the file that it is started with."""
        variables = self.variables()
        if not variables:
            try:
                return exported(self.text(_VARIABLES))
            except OSError:
                pass
        return variables

    # -- files -----------------------------------------------------------------------------------------------------

    def _read_files(self, start: Start) -> Reading | None:
        """The configuration as data; None: there is none, and that is said."""
        try:
            return read_configuration(start, self._files)
        except ApacheSyntaxError as error:
            add_gap(self.seen, "config", self.refused(str(error)), "correct it: httpd -t shows the line")
        except ApacheTooMuch as error:
            add_gap(self.seen, "config", str(error), "the proxy is judged by proxy.handshake")
        except OSError as error:
            reason = "%s: %s" % (error.filename or self.seen["config"], os_reason(error))
            add_gap(self.seen, "config", reason, REMEDY)
        return None

    def _test(self, start: Start, reading: Reading) -> None:
        """Say what httpd would refuse, as far as that shows in the files."""
        programs = [start.program, *reading.loaded]
        problem = refusal(reading.tree, programs, reading.root, self._files, self.root())
        if problem:
            self.refused(problem)

    def _whole(self, path: str) -> str:
        """The text of a file.

        :raises OSError: it cannot be read, or not as a whole.
        """
        text = self.text(path)
        if len(text) >= MOST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        return text

    def _is_link(self, path: str) -> bool:
        return os.path.islink(self.root() + path)

    # -- the dump --------------------------------------------------------------------------------------------------

    def _dump(self, start: Start, reading: Reading) -> None:
        """Put mod_info's dump in the place of what was read, where the operator wants it and all is root's."""
        info = next((path for path in self._info_modules(reading) if self.listing(path)), None)
        if start.before or start.after or info is None:
            return
        program = self.dumping([*reading.files, *reading.loaded, info])
        if program is None:
            return
        defines = [word for name in start.defines for word in ("-D", name)]
        load = [] if info in reading.loaded else ["-C", "LoadModule info_module %s" % info]
        command = [program, *load, "-d", start.root, "-f", start.config, *defines, "-t", *_DUMPS]
        status, out, err = self.run(["env", *self._assignments(start), *command])
        if status != 0:
            problem = self.context.redactor.text(_problem(err), 300)
            if "yntax error" in problem or ": Invalid command" in err:
                self.refused(problem)
            add_gap(self.seen, "config", problem, "correct it: httpd -t shows the line")
            return
        try:
            self.tree = Config(parse_dump(out), modules_of(out), self.version)
        except ApacheSyntaxError as error:
            add_gap(self.seen, "config", str(error), "report a bug with this configuration line: httpd accepts it")
            return
        self.seen.update({"test": {"ok": True, "message": ""}, "read_from": "httpd -D DUMP_CONFIG"})

    @staticmethod
    def _info_modules(reading: Reading) -> list[str]:
        """Where mod_info.so may be: beside the modules that are loaded."""
        return list(dict.fromkeys(posixpath.join(posixpath.dirname(path), "mod_info.so") for path in reading.loaded))

    @staticmethod
    def _assignments(start: Start) -> list[str]:
        """APACHE_… of the master: paths and names of its user that the configuration refers to."""
        return ["%s=%s" % pair for pair in start.environment.items() if re.match(r"APACHE_[A-Z_]+\Z", pair[0])]

    # -- error logs ------------------------------------------------------------------------------------------------

    def _errors(self) -> list[ErrorLine]:
        """Known lines of the error logs since the master began: key, count, the last one."""
        found: t.Dict[str, ErrorLine] = {}
        for path in self._error_logs:
            for key, moment, line in self.known_lines(path, ERRORS):
                entry = found.setdefault(key, {"key": key, "count": 0, "source": path})
                sample = self.context.redactor.text(without_query(line), 300)
                entry.update({"count": entry["count"] + 1, "at": moment, "sample": sample})
        return list(found.values())

    def _logs(self, root: str, default: str) -> list[str]:
        """Files of ErrorLog: the main server's, and those of virtual hosts."""
        main = [item.args[0] for item in self.tree.root.find("errorlog") if item.args]
        named = main[-1:] or [default]
        named += [item.args[0] for host in self.tree.hosts for item in host.find("errorlog") if item.args]
        paths = [posixpath.join(root, name) for name in named if name and not name.startswith(("|", "syslog"))]
        return list(dict.fromkeys(paths))[:5]


def _problem(err: str) -> str:
    """The line of stderr that says what is wrong."""
    lines = [line.strip() for line in err.splitlines() if line.strip() and "AH00558" not in line]
    wrong = [n for n, line in enumerate(lines) if "yntax error" in line]
    if wrong:
        return " ".join(lines[wrong[0] : wrong[0] + 2])
    return lines[-1] if lines else "httpd printed nothing"


ENGINE = Apache
