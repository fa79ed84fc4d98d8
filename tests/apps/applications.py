# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The applications of applications.yml: what each is, how it is started, and the ways in which it is asked."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import yaml

from tests.scenarios.scenario import Expect, Scenario

HERE = pathlib.Path(__file__).resolve().parent
#: What setup.py installs: ``python/``, ``node/`` and ``debian/``.
CACHE = HERE.parents[1] / ".cache" / "apps"
CODE = HERE / "code"
#: Name and port; with the page; behind the proxy of the documentation.
WAYS = ("bare", "page", "proxy")
_FIRST_PORT, _PORTS_EACH = 21000, 2
_NO_FAULT = Expect()
_LOCATION = """
location / {
    proxy_pass http://127.0.0.1:<<back>>;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Host $http_host;
}
"""


@dataclasses.dataclass(frozen=True)
class Application:
    """One application, as its documentation starts it."""

    name: str
    number: int
    title: str
    source: str
    #: The packages that it is: ``pypi:fastapi``, ``npm:ws``, ``debian:janus``.
    of: tuple[str, ...]
    #: Shell, with HOST, PORT, APPS, CODE and DIR.
    run: str
    #: The path that has to be found, by way; None: none can be, and ``websocket-path-unknown`` is right.
    path: dict[str, str | None]
    #: Of the page beside it; None: it has none, and is not asked that way.
    page: str | None
    #: What stands in nginx' server block.
    proxy: str
    #: Path of the public URL.
    public: str
    #: Only in ``make apps``, for its size or its start.
    heavy: bool
    #: Further keys of ``websocket`` in the inventory: what a user of this application has to say.
    options: dict[str, t.Any]
    #: Warnings that are right, each an id of a check.
    allow: tuple[str, ...]

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways in which it is asked."""
        return tuple(way for way in WAYS if way != "page" or self.page is not None)

    def scenario(self) -> Scenario:
        """The application and its proxy, as the stage of the scenarios starts them."""
        first = _FIRST_PORT + _PORTS_EACH * self.number
        front = f"server {{\n    listen <<front>>;\n{self.proxy}\n}}"
        return Scenario(
            id="apps/" + self.name,
            number=self.number,
            title=self.title,
            fault=None,
            expect=_NO_FAULT,
            servers={
                "back": {
                    "run": "shell",
                    "code": self.run,
                    "env": {
                        "APPS": str(CACHE),
                        "CODE": str(CODE),
                        "DIR": "<<dir>>",
                        "ADDRESS": "<<address>>",
                        "HOME": "<<dir>>",
                        "NODE_PATH": str(CACHE / "node" / "node_modules"),
                        "PATH": "%s:/usr/sbin:/usr/bin:/sbin:/bin" % (CACHE / "python" / "bin"),
                    },
                },
                "front": {"run": "nginx", "http": front},
            },
            service={way: self._entry(way) for way in self.ways},
            files={},
            certificates={},
            names=(),
            ports={"back": first, "front": first + 1},
            words={},
            before=(),
            then=(),
            needs=(),
            deadline=25,
            inventory={},
        )

    def _entry(self, way: str) -> dict[str, t.Any]:
        entry: dict[str, t.Any] = {"name": f"{self.name}/{way}", "port": "<<back>>"}
        if self.options:
            entry["websocket"] = self.options
        if way == "page":
            entry["frontend"] = {"url": "http://<<address>>:<<back>>" + str(self.page)}
        if way == "proxy":
            entry["public_url"] = "ws://<<address>>:<<front>>" + self.public
        return entry


def load_all() -> list[Application]:
    """Every application, in the order of the file."""
    entries = yaml.safe_load((HERE / "applications.yml").read_text(encoding="utf-8"))
    return [_read(number, name, entry) for number, (name, entry) in enumerate(entries.items())]


def _read(number: int, name: str, entry: dict[str, t.Any]) -> Application:
    path = entry.get("path")
    return Application(
        name=name,
        number=number,
        title=entry["title"],
        source=entry["source"],
        of=tuple(entry["of"]),
        run=entry["run"],
        path=path if isinstance(path, dict) else dict.fromkeys(WAYS, path),
        page=entry.get("page"),
        proxy=entry.get("proxy") or _LOCATION,
        public=entry.get("public", "/"),
        heavy=entry.get("heavy", False),
        options=entry.get("options") or {},
        allow=tuple(entry.get("allow") or ()),
    )
