# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page and the Markdown: self-contained, accessible, and inert whatever servers say."""

from __future__ import annotations

import base64
import copy
import hashlib
import html.parser
import json
import re
import typing as t

import jinja2
import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats.pages import (
    render_html,
    render_json,
    render_markdown,
)
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.assemble import assemble
from ansible_collections.websocket.health.plugins.plugin_utils._report.store.snapshot import snapshot

from . import sample

TEMPLATES = str(sample.TEMPLATES)
Row = dict[str, t.Any]

HOSTILE = (
    "</script></style></title><img src=x onerror=alert(1)><!-- \" ' ` | & &lt; [a](javascript:alert(1)) "
    "{{ 7*7 }} {% raw %} \x00\x1b[31m\x07\x85\u202e\u2066\ufeff\ud800\u2028 \r\n# x\n| a | b |\n```\n- [ ] y"
)
#: As long, with as many backticks and lines, but without anything that could mean something.
HARMLESS = re.sub(r"[^`\n]", "x", HOSTILE)


class Page(html.parser.HTMLParser):
    """Elements with the names of their attributes, and all text."""

    VOID = {"meta", "br", "img", "link", "hr", "input"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text: list[str] = []
        self.comments: list[str] = []
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _value in attrs)))
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def report_of(results: list[Row], expected: t.Sequence[str] = (), **more: t.Any) -> Row:
    baseline = more.pop("baseline", None)
    before = snapshot(baseline) if baseline is not None else None
    return assemble(results, expected, sample.GENERATED, sample.RUN, baseline=before, **more)


def fleet(size: int = 20) -> Row:
    return report_of(*sample.fleet(size))


_WORDS = ("schema", "status", "severity", "role", "confidence", "vantage", "generated")


def poisoned(text: str) -> Row:
    """A fleet in which every string of every result is a given text."""
    results, names = sample.fleet()
    number = 0

    def poison(value: t.Any, key: str = "") -> t.Any:
        nonlocal number
        if isinstance(value, dict):
            return {name: poison(entry, name) for name, entry in value.items()}
        if isinstance(value, list):
            return [poison(entry, key) for entry in value]
        if not isinstance(value, str) or key in _WORDS or (not value and key in ("reason", "remedy")):
            return value
        if key in ("id", "explains"):
            return value + text
        number += 1
        return f"{number:04d}{text}"

    rows = [poison(row) for row in results]
    for row in rows:
        for service in row["services"]:
            for check in service["checks"]:
                if check["expected"] is not None:
                    check["expected"] = {text: [text, 1, None]}
    return report_of(rows, [name + text for name in names[-1:]], baseline=fleet())


def test_a_page_without_requests() -> None:
    page = Page(render_html(fleet(), TEMPLATES))
    tags = {tag for tag, _names in page.elements}
    assert not tags & {
        "img",
        "link",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "video",
        "image",
        "use",
        "foreignobject",
    }
    assert [names for tag, names in page.elements if tag == "script"] == [("type", "id"), ()]
    for tag, name, value in page.attributes:
        assert not name.startswith("on") and name not in ("src", "style", "srcset", "action"), (tag, name)
        if name == "href":
            assert value and (value.startswith(("#", "https://"))), value
    assert not page.open and not page.comments


def test_the_policy_allows_the_style_and_the_script_and_nothing_else() -> None:
    text = render_html(fleet(), TEMPLATES)
    style, script = re.search("<style>(.*?)</style>", text, re.S), re.search("<script>(.*?)</script>", text, re.S)
    assert style and script
    digests = [base64.b64encode(hashlib.sha256(found.group(1).encode()).digest()).decode() for found in (style, script)]
    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert policy.group(1) == (
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'"
    ).format(*digests)
    assert "url(" not in style.group(1) and "@import" not in style.group(1)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|Function\(|fetch\(|import\(", script.group(1)
    )


def test_anchors_lead_somewhere_and_are_unique() -> None:
    page = Page(render_html(fleet(60), TEMPLATES))
    ids = [value for _tag, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for _tag, name, value in page.attributes:
        if name == "href" and value and value.startswith("#"):
            assert value[1:] in ids
        if name == "aria-labelledby":
            assert value in ids


def test_headings_in_order_tables_with_scopes_and_a_language() -> None:
    page = Page(render_html(fleet(), TEMPLATES))
    levels = [int(tag[1]) for tag, _names in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert all("scope" in names for tag, names in page.elements if tag == "th")
    assert ("html", "lang", "en") in page.attributes
    assert ("a", "href", "#content") in page.attributes


@pytest.mark.parametrize("size", [1, 20, 60])
def test_every_host_and_every_check_is_there(size: int) -> None:
    report = fleet(size)
    text = " ".join(Page(render_html(report, TEMPLATES)).text)
    for host in report["hosts"]:
        assert re.search(r"\b{}\b".format(host["host"]), text)
    checks = sum(len(service["checks"]) for host in report["hosts"] for service in host["services"])
    assert report["summary"]["checks"]["total"] == checks
    data = json.loads(Page(render_html(report, TEMPLATES)).scripts[0])
    found = [
        (data["texts"][host[0]], data["statuses"][data["results"][number][1]])
        for host in data["hosts"]
        for service in host[4]
        for number in service[2]
    ]
    assert found == [
        (host["host"], check["status"])
        for host in report["hosts"]
        for service in host["services"]
        for check in service["checks"]
    ]


def test_the_data_of_the_page_repeats_no_row() -> None:
    data = json.loads(Page(render_html(fleet(400), TEMPLATES)).scripts[0])
    for table in ("texts", "kinds", "results", "diagnoses"):
        rows = [json.dumps(row) for row in data[table]]
        assert len(rows) == len(set(rows))
    assert len(data["kinds"]) < 60 and len(data["results"]) < 1800


def test_the_equations_are_printed() -> None:
    for text in (render_html(fleet(), TEMPLATES), render_markdown(fleet(), TEMPLATES)):
        assert "20 hosts = 9 pass + 1 warn + 6 fail + 2 unknown + 2 unreachable" in text
        assert "684 checks = 562 pass + 1 warn + 10 fail + 0 error + 57 unknown + 54 skip" in text


def test_hostile_text_changes_no_element_of_the_page() -> None:
    bad, good = Page(render_html(poisoned(HOSTILE), TEMPLATES)), Page(render_html(poisoned(HARMLESS), TEMPLATES))
    assert bad.elements == good.elements
    assert not bad.comments and not bad.open
    text = "".join(bad.text)
    assert "</script></style></title><img src=x onerror=alert(1)>" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", text)
    assert {value for _tag, name, value in bad.attributes if name == "href" and not str(value).startswith("#")} == set()


def shape(markdown: str) -> list[str]:
    """What each line of a Markdown text is, without its words; blocks of code as one."""
    lines, fence = [], ""
    for line in markdown.split("\n"):
        if fence:
            if line.strip() == fence:
                fence = ""
            continue
        found = re.match(r" *(`{3,})", line)
        if found:
            fence = found.group(1)
            lines.append("code")
            continue
        bars = len(re.findall(r"(?<!\\)\|", line))
        start = re.match(r" *([-#>+*=]+ (\[[ x]\] )?|[0-9]+[.)] |\|)?", line)
        lines.append(f"{start.group() if start else ''} {bars}")
    assert not fence
    return lines


def test_hostile_text_changes_no_line_of_the_markdown() -> None:
    bad, good = render_markdown(poisoned(HOSTILE), TEMPLATES), render_markdown(poisoned(HARMLESS), TEMPLATES)
    assert shape(bad) == shape(good)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", bad)
    outside = re.sub(r"(?ms)^ *(`{3,})text$.*?^ *\1$", "", bad)
    outside = re.sub(r"(?<!\\)`[^`]*`", "", outside)
    assert "<" not in outside and not re.search(r"(?<!\\)\]\(", outside)


def test_a_megabyte_of_evidence_is_cut() -> None:
    services = sample.not_running(1)
    for check in services[0]["checks"]:
        check["summary"] = "<b>" * 350_000
        check["evidence"] = [{"source": "s", "text": "<i>" * 350_000}]
    report = report_of([sample.result("web1", services)])
    assert len(render_html(report, TEMPLATES)) < 500_000
    assert len(render_markdown(report, TEMPLATES)) < 50_000
    assert "cut: 1050000 characters" in render_html(report, TEMPLATES)


def test_the_markdown_has_the_parts_of_the_status_report() -> None:
    text = render_markdown(fleet(), TEMPLATES)
    for heading in (
        "## ✅ Working Connections",
        "## ❌ Issues Found",
        "### By cause",
        "### By host",
        "## 🔄 Next Steps",
        "### Immediate actions",
        "### Required configuration changes",
        "### Testing needed",
    ):
        assert f"\n{heading}\n" in text
    assert "- [ ] Backend server: 16 of 18 services" in text
    assert "- [x] Data flow: 1 of 1 service" in render_markdown(
        report_of([sample.result("web1", sample.healthy(1))]), TEMPLATES
    )
    assert "\n\n\n" not in text


@pytest.mark.parametrize("results", [[], [sample.result("web1", sample.healthy(1))]], ids=["none", "healthy"])
def test_a_report_without_findings_says_so(results: list[Row]) -> None:
    report = report_of(results)
    page = render_html(report, TEMPLATES)
    assert "None." in page
    assert ("Everything that was checked works" in page) == bool(results)
    assert "None." in render_markdown(report, TEMPLATES)


def test_changes_are_shown() -> None:
    before = report_of([sample.result("web1", sample.healthy(1))])
    report = report_of([sample.result("web1", sample.not_running(1))], baseline=before)
    page = render_html(report, TEMPLATES)
    assert f"Compared with the run of {sample.GENERATED[:-4]}" in page and "Since the run of" in page
    assert "| new | web1 | chat | process.running | host |" in render_markdown(report, TEMPLATES)


def test_the_same_report_gives_the_same_bytes() -> None:
    report = fleet()
    untouched = copy.deepcopy(report)
    for render in (render_html, render_markdown):
        assert render(report, TEMPLATES) == render(copy.deepcopy(report), TEMPLATES)
    assert report == untouched
    assert json.loads(render_json(report)) == report


def test_templates_of_ones_own(tmp_path: t.Any) -> None:
    (tmp_path / "report.md.j2").write_text("{{ report.summary.status }} {{ report.hosts[0].reason }}\n")
    row = sample.result("web1", status="unknown", reason="<b>| x")
    own = [str(tmp_path), TEMPLATES]
    assert render_markdown(report_of([row]), own) == "unknown &lt;b&gt;\\| x\n"
    assert render_html(report_of([row]), own).startswith("<!DOCTYPE html>")
    (tmp_path / "report.md.j2").write_text("{{ report.nothing }}")
    with pytest.raises(jinja2.UndefinedError):
        render_markdown(report_of([row]), own)
    for name, text in (("report.js", "1 < 2; // <!-- "), ("report.css", "p{}</STYLE><script>")):
        (tmp_path / name).write_text(text)
        with pytest.raises(jinja2.TemplateError, match=name):
            render_html(report_of([row]), own)
        (tmp_path / name).unlink()


@pytest.mark.fuzz
def test_a_page_of_a_thousand_hosts_stays_small() -> None:
    report = fleet(1000)
    page = render_html(report, TEMPLATES)
    assert len(page) < 2_000_000
    assert "1000 hosts = " in page
