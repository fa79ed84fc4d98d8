# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A running Caddy: the configuration that it has loaded, the one on disk, what that makes of URLs.

What is loaded is what its admin API says, where that can be asked; else what the file says. The file is read as data.
"""

from __future__ import annotations

import os
import re
import typing as t

from .._protocol.web_url import WebUrl
from .._run.context import Context
from .._run.evidence import add_gap, os_reason
from .caddy_admin import loaded
from .caddy_config import CaddySyntaxError, Config, leading_to, parsed, route, same_ways
from .caddyfile import Reading, read_caddyfile
from .caddyfile_blocks import Files
from .caddyfile_tokens import CaddyTooMuch
from .engine import REMEDY, Engine, host_and_port

if t.TYPE_CHECKING:  # pragma: no cover
    from .._evidence.proxy import Leading, Route
    from .caddy_types import Whole

_BY_ANSWERS = "the proxy is judged by proxy.handshake"


class Caddy(Engine):
    """One Caddy process."""

    kind = "caddy"
    programs = ("caddy",)
    meanings = (("upstream-refused", re.compile(r"dial \w+ \S+ connect: connection refused")),)

    def __init__(self, pid: int, context: Context, dump: bool = False) -> None:
        super().__init__(pid, context, dump)
        #: What was read, by path.
        self._texts: dict[str, str] = {}

    def read(self, config: str | None) -> None:
        """Read the binary's version, the configuration on disk and the one that is loaded.

        :param config: the configuration's path where the inventory names it.
        """
        # Its options -v and --version came late: this command is in all of them.
        self.take_version(r"v?(\d+(?:\.\d+)+)", self.version_output("version"))
        if config is None and self.argv[1:2] == ["reverse-proxy"]:
            self._by_command_line()
            return
        path = self.absolute(config or self._option("--config", "-config", "-c") or self._usual())
        self.seen["config"] = path
        variables = self.variables()
        reading = self._on_disk(path, variables)
        places = [variables.get("CADDY_ADMIN"), _admin_of(reading) if reading is not None else self._admin_named(path)]
        running = loaded(self.pid, places, self.context)
        sources = self._sources(reading)
        if reading is not None:
            self.tree = Config(reading.raw, sources)
            self.seen["files"] = len(reading.files)
            self.seen["workers"] = {**self.workers(reading.files), "started": None}
        if running is not None:
            self._take_loaded(running, sources, reading)

    def route(self, url: WebUrl, local_port: int | None) -> Route:
        """What the configuration makes of a URL; see caddy_config.route."""
        return route(self.tree, url, local_port)

    def leading_to(self, port: int, socket: str | None, where: str) -> list[Leading]:
        """URLs that it forwards to a port or unix socket; see caddy_config.leading_to."""
        return leading_to(self.tree, port, socket, self.own_addresses(), where)

    # -- how it was started ----------------------------------------------------------------------------------------

    def _option(self, *names: str) -> str | None:
        """An option of the running process, as ``--config F`` or ``--config=F``."""
        argv = self.argv
        for at, word in enumerate(argv[1:], 1):
            name, equals, value = word.partition("=")
            if name in names:
                return value if equals else argv[at + 1] if at + 1 < len(argv) else None
        return None

    def _by_command_line(self) -> None:
        """``caddy reverse-proxy --from … --to …``: there is no file (https://caddyserver.com/docs/command-line)."""
        start = self._option("--from", "-from", "-f") or "localhost"
        targets = [word for word in (self._option("--to", "-to", "-t") or "").split(",") if word]
        scheme, _mark, rest = start.rpartition("://")
        host, port = host_and_port(rest)
        listen = port or (80 if scheme == "http" else 443)
        handler = {"handler": "reverse_proxy", "upstreams": [{"dial": word.rpartition("://")[2]} for word in targets]}
        one: dict[str, t.Any] = {"handle": [handler]}
        if host:
            one["match"] = [{"host": [host]}]
        server = {"listen": [":%d" % listen], "routes": [one]}
        self.tree = Config(t.cast("Whole", {"apps": {"http": {"servers": {"proxy": server}}}}))
        self.seen.update({"config": " ".join(self.argv), "read_from": "command line"})
        self.seen["workers"] = {**self.workers([]), "started": None}

    def _usual(self) -> str:
        """Without ``--config`` a Caddyfile in the working directory is taken, else the package's."""
        here = self.absolute("Caddyfile")
        return here if os.path.exists(self.root() + here) else "/etc/caddy/Caddyfile"

    # -- the configuration on disk ---------------------------------------------------------------------------------

    def _on_disk(self, path: str, variables: t.Mapping[str, str]) -> Reading | None:
        """What the file says; None: it was not read, and that is said."""
        adapter = self._option("--adapter", "-adapter", "-a") or ("" if path.endswith(".json") else "caddyfile")
        reading = None
        try:
            if adapter == "caddyfile":
                files = Files(self._kept_text, self.listing, self.is_directory)
                reading = read_caddyfile(path, files, variables, self.version)
            elif not adapter:
                reading = Reading(parsed(self._kept_text(path), path), [path], set(), set())
            elif not self.dump:
                add_gap(self.seen, "config", "configurations of the adapter %s are not read" % adapter, _BY_ANSWERS)
        except CaddySyntaxError as error:
            self._tell_refusal(str(error))
        except CaddyTooMuch as error:
            add_gap(self.seen, "config", "%s: %s: it is not read" % (path, error), _BY_ANSWERS)
        except OSError as error:
            add_gap(self.seen, "config", "%s: %s" % (error.filename or path, os_reason(error)), REMEDY)
        else:
            if reading is not None:
                self.seen["read_from"] = "files"
            if self.dump and adapter:
                return self._dumped(path, adapter, reading)
        return reading

    def _admin_named(self, path: str) -> str | None:
        """Where a file that could not be read as a whole seems to put the admin API."""
        try:
            found = re.search(r"(?m)^[ \t]*admin[ \t]+([^\s{}]+)", self.text(path))
        except OSError:
            return None
        return found.group(1) if found is not None else None

    def _tell_refusal(self, message: str) -> None:
        """Say what is wrong with the file."""
        add_gap(self.seen, "config", self.refused(message), "correct the line; caddy validate shows it too")

    def _dumped(self, path: str, adapter: str, reading: Reading | None) -> Reading | None:
        """What ``caddy adapt`` prints, where the operator wants it and all is root's; else what was read."""
        if reading is not None and reading.variables:
            # Those of the running process may hold secrets, and are not handed to a command.
            reason = "%s uses environment variables: it was read as data" % path
            add_gap(self.seen, "dump", reason, "leave proxy.dump out")
            return reading
        files = reading.files if reading is not None else [path]
        program = self.dumping(files)
        if program is None:
            return reading
        status, out, err = self.run([program, "adapt", "--config", path, "--adapter", adapter])
        lines = [line.strip() for line in err.splitlines() if line.startswith("Error: ")]
        if status != 0:
            self._tell_refusal(lines[-1][7:] if lines else "caddy adapt: status %d" % status)
            return None
        try:
            raw = parsed(out, "caddy adapt")
        except CaddySyntaxError as error:
            add_gap(self.seen, "config", str(error), _BY_ANSWERS)
            return reading
        self.seen.update({"read_from": "caddy adapt", "test": {"ok": True, "message": ""}})
        return Reading(raw, files, set(), set())

    def _sources(self, reading: Reading | None) -> dict[str, str]:
        """The texts that lines are looked up in."""
        return {path: self._texts[path] for path in reading.files if path in self._texts} if reading is not None else {}

    def _kept_text(self, path: str) -> str:
        """A file, whose text is kept: lines are looked up in what was read."""
        text = self._texts[path] = self.text(path)
        return text

    # -- the configuration that is loaded --------------------------------------------------------------------------

    def _take_loaded(self, raw: Whole, sources: t.Mapping[str, str], reading: Reading | None) -> None:
        """Use the running configuration, and say whether the file agrees with it, as far as that is known."""
        running = Config(raw, sources)
        if self.tree and reading is not None and not reading.unknown:
            self.seen["loaded"] = same_ways(self.tree, running)
        # Lines of a file that says something else would mislead.
        self.tree = Config(raw) if self.seen["loaded"] is False else running
        self.seen["read_from"] = "admin API"
        # What keeps the file from being read says nothing of what runs.
        if not self.seen["test"]:
            for gap in self.seen["gaps"]:
                gap["what"] = "disk" if gap["what"] == "config" else gap["what"]


def _admin_of(reading: Reading) -> str | None:
    """Where a configuration puts the admin API."""
    admin = reading.raw.get("admin")
    listen = admin.get("listen") if isinstance(admin, dict) else None
    return listen if isinstance(listen, str) else None


ENGINE = Caddy
