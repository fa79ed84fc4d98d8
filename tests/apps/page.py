# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/applications.md of what the last run of ``make apps`` said: ``python -m tests.apps.page``."""

from __future__ import annotations

import json
import pathlib
import sys

from tests.apps.applications import CACHE, HERE, Application, load_all

_HEAD = """# Applications that were asked

The checklist, run on {number} real and healthy applications of Debian, npm and PyPI, each started as its documentation says, and each asked in up to
three ways: with name and port alone, with its page (`frontend.url`), and behind the proxy of its documentation (`public_url`). Each way is asked three
times, and has to say the same each time. `make apps` does it again; [tests/apps](../tests/apps) has the code.

`unknown` is right where nothing says on which path the WebSocket is: neither the page, nor the log, nor a proxy, and it is no path that is widely
known. The report says then which were tried, and asks for `websocket.path`.

| application | versions | name and port | with its page | behind its proxy |
| --- | --- | --- | --- | --- |
"""


def main() -> int:
    """Write the page."""
    said = {(entry["name"], entry["way"]): entry for entry in json.loads((CACHE.parent / "apps.json").read_text())}
    rows = []
    for application in load_all():
        cells = [_cell(said.get((application.name, way))) for way in ("bare", "page", "proxy")]
        if any(cells):
            title = f"[{application.title}]({application.source})"
            rows.append("| {} | {} | {} |".format(title, _versions(application), " | ".join(cells)))
    path = HERE.parents[1] / "docs" / "applications.md"
    path.write_text(_HEAD.format(number=len(rows)) + "\n".join(rows) + "\n", encoding="utf-8")
    return 0


def _cell(entry: dict[str, object] | None) -> str:
    if entry is None or not entry["answers"]:
        return ""
    answers = entry["answers"]
    assert isinstance(answers, list)
    verdicts = "/".join(dict.fromkeys(answer["status"] for answer in answers))
    path = answers[-1]["path"].partition("?")[0]
    return "{}{}{}".format(verdicts, f", `{path}`" if path else "", " (not right)" if entry["complaint"] else "")


def _versions(application: Application) -> str:
    return ", ".join(_version(package) for package in application.of)


def _version(package: str) -> str:
    registry, _colon, name = package.partition(":")
    if registry == "npm":
        found = json.loads((CACHE / "node" / "node_modules" / name / "package.json").read_text())["version"]
    elif registry == "pypi":
        wanted = name.lower().replace("-", "_") + "-"
        packages = pathlib.Path(CACHE, "python", "lib").glob("python*/site-packages/*.dist-info")
        found = next((one.name[len(wanted) : -10] for one in packages if one.name.lower().startswith(wanted)), "")
    else:
        found = "of Debian"
    return f"{name} {found}"


if __name__ == "__main__":
    sys.exit(main())
