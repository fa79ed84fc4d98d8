# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""report.json as a page, as Markdown and as JSON text. Renders, decides nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import typing as t

import jinja2
import markupsafe

from . import text, words
from .issues import WRONG
from .plain import unique

HTML_TEMPLATE = "report.html.j2"
MARKDOWN_TEMPLATE = "report.md.j2"
STYLE = "report.css"

TemplateDir = str | t.Sequence[str]


def render_json(report: dict[str, t.Any]) -> str:
    """The report as JSON text."""
    return json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def render_html(report: dict[str, t.Any], template_dir: TemplateDir) -> str:
    """The report as one self-contained page.

    :param report: schema ``websocket.health/report/1``.
    :param template_dir: where the templates are; of several directories the first that has a file gives it.
    """
    environment = _environment(template_dir, autoescape=True)
    environment.filters.update(prose=_html_prose, weblink=_weblink)
    style = _style(environment)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    template = environment.get_template(HTML_TEMPLATE)
    return template.render(_context(report), style=markupsafe.Markup(style), style_hash="sha256-" + digest)


def render_markdown(report: dict[str, t.Any], template_dir: TemplateDir) -> str:
    """The report as Markdown (GitHub's), for a ticket or a chat.

    :param template_dir: as for :func:`render_html`.
    """
    environment = _environment(template_dir, autoescape=False)
    # Everything a template prints is escaped unless a filter has made Markdown of it: like autoescape for HTML.
    environment.finalize = text.md
    environment.filters.update(md=text.md, prose=text.md_prose, fenced=text.fenced)
    return environment.get_template(MARKDOWN_TEMPLATE).render(_context(report))


def _environment(template_dir: TemplateDir, autoescape: bool) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_dir),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        clip=text.clip,
        show=text.show,
        some=words.some,
        hosts_of=words.hosts_of,
        headline=words.headline,
        main_reason=words.main_reason,
        hops=words.hops,
        path_line=words.path_line,
        count_of=words.count,
        equation=words.equation,
        worst_first=_worst_first,
        service_of=_service_of,
        failed_checks=_failed_checks,
    )
    environment.tests["all_work"] = lambda connections: all(connections.values())
    return environment


def _style(environment: jinja2.Environment) -> str:
    """The style sheet exactly as browsers hash it: with newlines as newlines, and nothing that ends the element."""
    source = t.cast(jinja2.BaseLoader, environment.loader).get_source(environment, STYLE)[0].replace("\r\n", "\n")
    if "</style" in source.lower():
        raise jinja2.TemplateError("%s must not contain </style" % STYLE)
    return source


def _context(report: dict[str, t.Any]) -> dict[str, t.Any]:
    report = text.scrub(report)
    titles = {
        check["id"]: check["title"]
        for host in report["hosts"]
        for service in host["services"]
        for check in service["checks"]
    }
    return {
        "report": report,
        "titles": titles,
        "verdict": words.verdict(report),
        "marks": words.MARKS,
        # Anchors are numbers: no name of a host has to be made fit for a URL.
        "anchors": {host["host"]: "host-%d" % number for number, host in enumerate(report["hosts"], 1)},
    }


def _worst_first(hosts: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    order = ("fail", "unreachable", "warn", "unknown", "pass")
    return sorted(hosts, key=lambda host: order.index(host["status"]))


def _service_of(issue: dict[str, t.Any]) -> str:
    """The name of the only service an issue is about; nothing if there are several."""
    names = {place["service"] for place in issue["hosts"]}
    return str(names.pop()) if len(names) == 1 and None not in names else ""


def _failed_checks(host: dict[str, t.Any]) -> list[str]:
    """The ids of a host's checks that are not as they should be."""
    found = [check["id"] for service in host["services"] for check in service["checks"] if check["status"] in WRONG]
    return unique(found)


def _html_prose(value: t.Any) -> markupsafe.Markup:
    """A sentence in which what stands between backticks is code."""
    parts = text.code_parts(str(value))
    return markupsafe.Markup("").join(
        markupsafe.Markup("<code>%s</code>") % part if is_code else markupsafe.escape(part) for part, is_code in parts
    )


def _weblink(value: t.Any) -> bool:
    """Whether a link may be followed: a page on the web, not a script."""
    return str(value).startswith(("https://", "http://"))
