# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages and the terminal make of a report: sides of it, and lines of 80 columns."""

from __future__ import annotations

import html
import re
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats import page_views
from ansible_collections.websocket.health.plugins.plugin_utils._report.formats.pages import render_html
from ansible_collections.websocket.health.plugins.plugin_utils._report.model.assemble import assemble
from ansible_collections.websocket.health.plugins.plugin_utils._report.text import sentences

from . import sample

Row = dict[str, t.Any]


def fleet(size: int = 20) -> Row:
    return assemble(*sample.fleet(size), sample.GENERATED, sample.RUN)


def test_every_result_is_counted_under_its_item() -> None:
    report = fleet()
    items = page_views.by_item(report["hosts"])
    assert [row["item"] for row in items] == [str(number) for number in range(1, 14)] + ["D1", "D2", "D3"]
    total = sum(number for row in items for number in row["counts"].values())
    assert total == report["summary"]["checks"]["total"]
    by = {row["item"]: row for row in items}
    assert (by["1"]["status"], by["2"]["status"], by["3"]["status"], by["5"]["status"]) == (
        "fail",
        "pass",
        "skip",
        "unknown",
    )
    running = by["1"]["wrong"][0]
    assert (running["id"], running["hosts"], running["status"]) == ("process.running", ["web3", "web7"], "fail")
    assert by["1"]["wrong"][-1]["status"] == "warn"


def test_services_that_fail_at_the_same_hop_stand_together() -> None:
    groups = page_views.by_path(fleet(60)["hosts"])
    places = [place for group in groups for place in group["places"]]
    assert len(places) == len(set(places)) == sum(len(host["services"]) for host in fleet(60)["hosts"])
    first = {group["turns"] for group in groups if group["turns"]}
    assert first == {"process", "from outside"}
    assert [bool(group["turns"]) for group in groups] == sorted(
        (bool(group["turns"]) for group in groups), reverse=True
    )


def test_measurements_show_the_worst_and_count_them_all() -> None:
    rows = [
        sample.result(
            f"web{number}",
            sample.healthy(number),
            facts={"services": {"chat": {"latency_ms": float(number), "certificate_days": 10.0 * number}}},
        )
        for number in range(1, 51)
    ]
    latency, days = page_views.by_measurement(assemble(rows, (), sample.GENERATED, sample.RUN)["hosts"])
    assert latency["bars"][0] == {"host": "web50", "service": "chat", "value": "50.0", "bad": False, "part": 1.0}
    assert (
        len(latency["bars"]) == 20 and "the 20 slowest of 50" in latency["text"] and "Median 25.5 ms" in latency["text"]
    )
    assert [(bar["host"], bar["bad"]) for bar in days["bars"][:3]] == [("web1", True), ("web2", True), ("web3", False)]
    odd = [sample.result("a", sample.healthy(1), facts={"services": {"chat": {"latency_ms": "fast"}, "x": 7}})]
    assert page_views.by_measurement(assemble(odd, (), sample.GENERATED, sample.RUN)["hosts"]) == []


@pytest.mark.parametrize("size", [1, 20, 400])
def test_the_terminal_has_80_columns_and_says_what_where_why_and_next(size: int) -> None:
    lines = sentences.terminal_lines(
        fleet(size), {"html": "/srv/report.html", "json": "/srv/report.json"}, ["a note " * 30]
    )
    assert all(len(line) <= 80 for line in lines) and len(lines) < 50
    assert lines[-1] == "Report: /srv/report.html"
    text = "\n".join(lines)
    if size > 1:
        at = lines.index("✗ The back end's process is not running [process-not-running]")
        assert [line[:9] for line in lines[at + 1 : at + 4] if line[2] != " "] == ["  where: ", "  why:   "]
        assert "  next:  read the last lines before its end" in text
        assert "… and " not in text or "more issue" in text


def test_wide_and_combining_characters_count_as_terminal_columns() -> None:
    def widest(word: str) -> tuple[int, int]:
        lines = sentences.terminal_lines(fleet(1), {}, [" ".join([word] * 100)])
        return max((line.count(word), len(line)) for line in lines)

    # Seven of these with their spaces take 76 columns; a combining acute accent takes none.
    assert widest("接続を拒否") == (7, 41)
    assert widest("ｅrr") == (16, 63)
    assert widest("e\u0301e\u0301e\u0301") == (20, 139)
    assert widest("err") == (20, 79)


def test_every_host_that_does_not_pass_is_on_the_page_without_its_script() -> None:
    rows = [sample.result(f"web{number}", **sample.SSH_DOWN) for number in range(1, 351)]
    page = render_html(assemble(rows, (), sample.GENERATED, sample.RUN), str(sample.TEMPLATES))
    plain = page[page.index('id="hosts-plain"') : page.index("</section>", page.index('id="hosts-plain"'))]
    for number in range(1, 351):
        assert plain.count(f'id="host-{number}"') == 1
    rest = re.search(r'<li id="host-350">(.*?)</li>', plain)
    assert rest and rest[1] == "web350: unreachable, " + html.escape(sample.SSH_DOWN["reason"])
    assert "all of them in report.json" not in page


def test_hostile_text_does_not_drive_the_terminal() -> None:
    services = sample.not_running(1)
    services[0]["diagnoses"][0].update(
        title="\x1b[31mred\x1b]0;title\x07\u202e\r\nReport: /etc/passwd", because=["\x9b2J\x00 " * 50]
    )
    lines = sentences.terminal_lines(
        assemble([sample.result("a\x1b[2Jb", services)], (), sample.GENERATED, sample.RUN), {}, []
    )
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char == "\u202e" for line in lines for char in line)
    assert not any(line.startswith("Report:") for line in lines)


def test_the_command_to_ask_again_names_the_hosts_and_quotes_them() -> None:
    rows = [sample.result(name, sample.not_running(1)) for name in ("a b", "c;d")]
    report = assemble(rows, (), sample.GENERATED, sample.RUN, inventory=["my inventory.yml"])
    assert (
        report["issues"][0]["verify"]
        == "ansible-playbook -i 'my inventory.yml' websocket.health.checklist --limit 'a b,c;d'"
    )
    many = assemble(
        [sample.result(f"w{number}", sample.not_running(1)) for number in range(41)], (), sample.GENERATED, sample.RUN
    )
    assert many["issues"][0]["verify"] == "ansible-playbook websocket.health.checklist"
