# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A running HAProxy: its binary, its configuration's files, what they make of URLs.

It logs to syslog as a rule: what is read of it is what the journal has of its unit, or what it prints.
"""

from __future__ import annotations

import os
import re
import typing as t

from .._protocol.web_url import WebUrl
from .._run.evidence import add_gap, os_reason
from .engine import REMEDY, Engine
from .haproxy_config import HaproxySyntaxError, parse
from .haproxy_route import leading_to, route

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Leading, Route

#: Keywords that name a script of Lua (https://docs.haproxy.org/2.6/configuration.html#3.1).
_SCRIPTS = ("lua-load", "lua-load-per-thread")


class Haproxy(Engine):
    """One HAProxy master process."""

    kind = "haproxy"
    programs = ("haproxy",)
    #: How the session of a request ended: by flags (8.5 of its manual).
    meanings = (
        ("upstream-refused", re.compile(r" 503 \d+ \S+ \S+ S[CQ]|<NOSRV>")),
        ("upstream-mute", re.compile(r" 504 \d+ \S+ \S+ sH")),
        ("limited", re.compile(r" 503 \d+ \S+ \S+ sQ")),
        ("denied", re.compile(r" \d{3} \d+ \S+ \S+ PR")),
    )

    def read(self, config: str | None) -> None:
        """Read the binary's version and the configuration's files, and let HAProxy test them.

        :param config: the configuration's path where the inventory names it.
        """
        self.take_version(r"version (\d+(?:\.\d+)*)", self.version_output("-v"))
        named = [config] if config else self._named() or ["/etc/haproxy/haproxy.cfg"]
        self.seen["config"] = ", ".join(named)
        try:
            texts = [(name, self.text(name)) for name in self._files([self.absolute(name) for name in named])]
            self.tree = parse(texts)
        except OSError as error:
            add_gap(self.seen, "config", "%s: %s" % (error.filename or named[0], os_reason(error)), REMEDY)
            return
        except HaproxySyntaxError as error:
            self.refused(str(error))
            add_gap(self.seen, "config", str(error), "correct the line; haproxy -c shows it too")
            return
        files = [name for name, _text in texts]
        self.seen.update({"read_from": "files", "files": len(files), "workers": self.workers(files)})
        self._test(files, any("${" in text for _name, text in texts))

    def route(self, url: WebUrl, local_port: int | None) -> Route:
        """What the configuration makes of a URL; see haproxy_route.route."""
        return route(self.tree, url, local_port)

    def leading_to(self, port: int, socket: str | None, where: str) -> list[Leading]:
        """URLs that it forwards to a port or unix socket; see haproxy_route.leading_to."""
        return leading_to(self.tree, port, socket, self.own_addresses(), where)

    def _named(self) -> list[str]:
        """Files and folders of the command line (section 3 of the management guide)."""
        argv = self.argv
        found = [argv[n + 1] for n, word in enumerate(argv[:-1]) if word == "-f"]
        if "--" in argv:
            found += argv[argv.index("--") + 1 :]
        return found

    def _files(self, named: list[str]) -> list[str]:
        """The same with every folder as its ``.cfg`` files, in the order of their names."""
        found = []
        for name in named:
            if self.is_directory(name):
                inner = sorted(os.listdir(self.root() + name))
                found += [os.path.join(name, one) for one in inner if one.endswith(".cfg") and not one.startswith(".")]
            else:
                found.append(name)
        return found

    def _test(self, files: list[str], has_variables: bool) -> None:
        """``haproxy -c``, where the operator wants it: a reload would fail where it does."""
        program = self.dumping([*files, *self._loaded()])
        if program is None:
            return
        if has_variables:
            return  # the variables of the running process may hold secrets, and are not handed to a command
        status, out, err = self.run([program, "-c", *[word for name in files for word in ("-f", name)]])
        lines = [line.strip() for line in (out + "\n" + err).splitlines() if "[ALERT]" in line]
        if status == 0:
            self.seen["test"] = {"ok": True, "message": ""}
        elif status == 1 and lines and not (os.geteuid() and "ermission denied" in " ".join(lines)):
            self.refused(lines[0])

    def _loaded(self) -> list[str]:
        """Programs that the configuration lets HAProxy run in itself."""
        scripts = [line for section in self.tree.sections for name in _SCRIPTS for line in section.own(name)]
        return [self.absolute(word) for line in scripts for word in line.words[1:2]]


ENGINE = Haproxy
