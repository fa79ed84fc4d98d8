# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""report.json as a page, as Markdown and as JSON text. Renders, decides nothing."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import typing as t

import jinja2
import markupsafe

from ..._run.plain_data import unique
from ..model.assemble import CONNECTIONS
from ..model.normalise import WRONG
from ..shapes import Changes, Check, Host, Report
from ..text import sanitise, sentences
from .page_tables import page_data
from .page_views import by_item, by_measurement, by_path

HTML_TEMPLATE = "report.html.j2"
MARKDOWN_TEMPLATE = "report.md.j2"
STYLE = "report.css"
SCRIPT = "report.js"

TemplateDir = str | t.Sequence[str]


def render_json(report: Report) -> str:
    """The report as JSON text: a line for each host, so that a tool for text can compare two of them."""
    dump = functools.partial(json.dumps, ensure_ascii=False, allow_nan=False)
    parts = ["%s: %s" % (dump(key), dump(value)) for key, value in report.items() if key != "hosts"]
    # Without indent json is written by C, and a large fleet in seconds.
    parts.append('"hosts": [\n%s\n]' % ",\n".join(dump(host) for host in report["hosts"]))
    return "{\n%s\n}\n" % ",\n".join(parts)


def render_html(report: Report, template_dir: TemplateDir) -> str:
    """The report as one self-contained page.

    :param report: schema ``websocket.health/report/1``.
    :param template_dir: where the templates are; of several directories the first that has a file gives it.
    """
    environment = _environment(template_dir, autoescape=True)
    environment.finalize = _clean
    environment.filters.update(prose=_html_prose, weblink=_weblink)
    style, script = _source(environment, STYLE, "style"), _source(environment, SCRIPT, "script")
    paths = by_path(report["hosts"])
    template = environment.get_template(HTML_TEMPLATE)
    return template.render(
        _context(report),
        paths=paths,
        measurements=by_measurement(report["hosts"]),
        style=markupsafe.Markup(style),
        style_hash=_digest(style),
        script=markupsafe.Markup(script),
        script_hash=_digest(script),
        data=markupsafe.Markup(page_data(report, paths)),
    )


def render_markdown(report: Report, template_dir: TemplateDir) -> str:
    """The report as Markdown (GitHub's), for a ticket or a chat.

    :param template_dir: as for :func:`render_html`.
    """
    environment = _environment(template_dir, autoescape=False)
    # Everything a template prints is escaped unless a filter has made Markdown of it: like autoescape for HTML.
    environment.finalize = sanitise.md
    environment.filters.update(md=sanitise.md, prose=sanitise.md_prose, fenced=sanitise.fenced)
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
        clip=sanitise.clip,
        show=sanitise.show,
        some=sentences.some,
        hosts_of=sentences.hosts_of,
        headline=sentences.headline,
        main_reason=sentences.main_reason,
        hops=sentences.hops,
        path_line=sentences.path_line,
        count_of=sentences.count,
        equation=sentences.equation,
        worst_first=_worst_first,
        service_of=sentences.service_of,
        failed_checks=_failed_checks,
        wrong_checks=_wrong_checks,
    )
    environment.tests["all_work"] = lambda connections: all(connections.values())
    return environment


def _clean(value: t.Any) -> t.Any:
    """What a template prints, harmless: markup is, and everything else is cleaned before it is escaped."""
    return value if isinstance(value, markupsafe.Markup) or not isinstance(value, str) else sanitise.clean(value)


def _source(environment: jinja2.Environment, name: str, element: str) -> str:
    """A style sheet or script exactly as browsers hash it: newlines are newlines, and nothing ends the element."""
    source = t.cast(jinja2.BaseLoader, environment.loader).get_source(environment, name)[0].replace("\r\n", "\n")
    if "</%s" % element in source.lower() or "<!--" in source:
        raise jinja2.TemplateError("%s must not contain </%s or <!--" % (name, element))
    return source


def _digest(source: str) -> str:
    """The hash by which a Content-Security-Policy allows this text and no other (CSP level 3, section 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


# A Jinja context: names of the template's, and whatever stands behind each.
def _context(report: Report) -> dict[str, t.Any]:
    titles = {
        check["id"]: check["title"]
        for host in report["hosts"]
        for service in host["services"]
        for check in service["checks"]
    }
    return {
        "report": report,
        "titles": titles,
        "verdict": sentences.verdict(report),
        "changed": sentences.changed(report),
        "accepted": sentences.accepted(report),
        "marks": sentences.MARKS,
        "connections": CONNECTIONS,
        "checklist": by_item(report["hosts"]),
        # Anchors are numbers: no name of a host has to be made fit for a URL.
        "anchors": {host["host"]: "host-%d" % number for number, host in enumerate(report["hosts"], 1)},
        "change_of": _change_of(report["fleet"]["changes"]),
    }


def _change_of(changes: Changes) -> dict[str, str]:
    """Of each cause that hits more hosts than before: ``new``, or on how many hosts it is."""
    still = {entry["id"] for entry in changes["causes"]["still"]}
    return {
        entry["id"]: "new on %s" % sentences.count(len(entry["hosts"]), "host") if entry["id"] in still else "new"
        for entry in changes["causes"]["new"]
    }


def _worst_first(hosts: list[Host]) -> list[Host]:
    order = ("fail", "unreachable", "warn", "unknown", "pass")
    return sorted(hosts, key=lambda host: order.index(host["status"]))


class _CheckOfService(Check):
    service: str


def _wrong_checks(host: Host) -> list[_CheckOfService]:
    """A host's checks that are not as they should be, each with the name of its ``service``."""
    return [
        {**check, "service": service["name"]}
        for service in host["services"]
        for check in service["checks"]
        if check["status"] in WRONG
    ]


def _failed_checks(host: Host) -> list[str]:
    """The ids of a host's checks that are not as they should be."""
    found = [check["id"] for service in host["services"] for check in service["checks"] if check["status"] in WRONG]
    return unique(found)


def _html_prose(value: t.Any) -> markupsafe.Markup:
    """A sentence in which what stands between backticks is code."""
    parts = sanitise.code_parts(sanitise.clean(str(value)))
    return markupsafe.Markup("").join(
        markupsafe.Markup("<code>%s</code>") % part if is_code else markupsafe.escape(part) for part, is_code in parts
    )


def _weblink(value: t.Any) -> bool:
    """Whether a link may be followed: a page on the web, not a script."""
    return str(value).startswith(("https://", "http://"))
