# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A running Caddy: its binary, its configuration as ``caddy adapt`` prints it, what that makes of URLs."""

from __future__ import annotations

import os

from ..evidence import add_gap, os_reason
from ..web_url import WebUrl
from .caddy_config import CaddySyntaxError, Config, leading_to, route
from .engine import REMEDY, Engine, Row


class Caddy(Engine):
    """One Caddy process."""

    kind = "caddy"
    programs = ("caddy",)

    def read(self, config: str | None) -> None:
        """Read the binary's version and the configuration on disk.

        A reload goes through Caddy's API and leaves no trace on the process: whether the file is what runs is not
        known, and not judged.

        :param config: the configuration's path where the inventory names it.
        """
        _status, out, _err = self.run([self.program, "version"]) if self.may_run() else (1, "", "")
        self.take_version(r"v?(\d+(?:\.\d+)+)", out)
        path = self.absolute(config or self._option("--config", "-config", "-c") or self._usual())
        self.seen["config"] = path
        try:
            source = self.text(path)
        except OSError as error:
            add_gap(self.seen, "config", "%s: %s" % (path, os_reason(error)), REMEDY)
            return
        adapter = self._option("--adapter", "-adapter", "-a") or ("" if path.endswith(".json") else "caddyfile")
        if adapter and not self.may_run(path):
            self.not_run()
            return
        if "{$" in source:
            # The variables of the running process may hold secrets, and are not handed to a command.
            add_gap(self.seen, "config", "%s uses environment variables, which are not evaluated" % path, REMEDY)
            return
        text = self._adapted(path, adapter) if adapter else source
        if text is None:
            return
        try:
            self.tree = Config(text, (path, source))
        except CaddySyntaxError as error:
            add_gap(self.seen, "config", str(error), "correct the file; caddy validate names the place")
            return
        self.seen.update(read_from="caddy adapt" if adapter else "files", files=1)
        self.seen["workers"] = {**self.workers([path]), "started": None}

    def route(self, url: WebUrl, local_port: int | None) -> Row:
        """What the configuration makes of a URL; see caddy_config.route."""
        return route(self.tree, url, local_port)

    def leading_to(self, port: int, socket: str | None, where: str) -> list[Row]:
        """URLs by which it leads to a port or unix socket; see caddy_config.leading_to."""
        return leading_to(self.tree, port, socket, self.own_addresses(), where)

    def _option(self, *names: str) -> str | None:
        """An option of the running process, as ``--config F`` or ``--config=F``."""
        argv = self.argv
        for at, word in enumerate(argv[1:], 1):
            name, equals, value = word.partition("=")
            if name in names:
                return value if equals else argv[at + 1] if at + 1 < len(argv) else None
        return None

    def _usual(self) -> str:
        """Without ``--config`` a Caddyfile in the working directory is taken, else the package's."""
        here = self.absolute("Caddyfile")
        return here if os.path.exists(self.root() + here) else "/etc/caddy/Caddyfile"

    def _adapted(self, path: str, adapter: str) -> str | None:
        """The configuration as JSON; None: Caddy refuses it, and that is said."""
        status, out, err = self.run([self.program, "adapt", "--config", self.root() + path, "--adapter", adapter])
        if status == 0:
            self.seen["test"] = {"ok": True, "message": ""}
            return out
        lines = [line.strip() for line in err.splitlines() if line.strip()]
        message = self.context.redactor.text(lines[-1] if lines else "status %d" % status, 300)
        if status != 1 or (os.geteuid() and "ermission denied" in message):
            add_gap(self.seen, "config", "caddy adapt: %s" % message, REMEDY)
        else:
            self.seen["test"] = {"ok": False, "message": message}
            add_gap(self.seen, "config", message, "correct the line; caddy validate names it too")
        return None


ENGINE = Caddy
