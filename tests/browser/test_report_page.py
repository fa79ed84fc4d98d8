# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report page in a real browser: views, search, keys, paper, phones, no script. That nothing is requested, refused or
written to the console is asserted of every test's page (see conftest.py)."""

from __future__ import annotations

import base64
import json
import pathlib
import re
import typing as t

import pytest

from tests.browser.reports import NEW_FAULTS, REPORTS, fleet
from tests.browser.tab import DESKTOP, PHONE, VIEWS, Tab

Page = t.Callable[[str], pathlib.Path]


@pytest.fixture
def opened(tab: Tab, page: Page) -> Tab:
    """The fleet of twenty hosts, with waivers and an earlier run."""
    return tab.open(page("fleet"))


def current(tab: Tab) -> list[str]:
    """The views that are shown."""
    return t.cast(
        "list[str]",
        tab.run("[...document.querySelectorAll('[data-view]')].filter((v) => v.checkVisibility()).map((v) => v.id)"),
    )


def found(tab: Tab) -> tuple[int, int]:
    """How many results on how many hosts the page says that match."""
    numbers = re.fullmatch(r"(\d+) results? on (\d+) hosts?(?: match)?\.", tab.text("#found"))
    assert numbers, tab.text("#found")
    return int(numbers[1]), int(numbers[2])


def names(tab: Tab) -> list[str]:
    """The hosts in the view of hosts."""
    # What is far below is not laid out, and has no innerText.
    return t.cast(
        "list[str]", tab.run("[...document.querySelectorAll('#hosts-live details.host h3')].map((h) => h.textContent)")
    )


# Views.


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_by_its_link(kept: Tab, view: str) -> None:
    kept.click(f"nav a[data-to={view}]")
    kept.until(f"document.querySelector('nav a[aria-current=page]').dataset.to === '{view}'")
    assert current(kept) == [view]
    assert kept.text(f"#{view} h2")


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_by_its_address_and_again_after_a_reload(tab: Tab, page: Page, view: str) -> None:
    tab.open(page("fleet"), f"#view={view}&q=host%3Aweb3")
    for _time in range(2):
        assert current(tab) == [view]
        assert tab.run("document.getElementById('q').value") == "host:web3"
        tab.reload()
    # As a link of a page without a script has it.
    tab.open(page("fleet"), f"#{view}")
    assert current(tab) == [view]


def test_back_leads_to_the_view_before(opened: Tab) -> None:
    for view in ("hosts", "paths"):
        opened.click(f"nav a[data-to={view}]")
        opened.until(f"location.hash.includes('view={view}')")
    opened.search("host:web3")
    for view in ("hosts", "causes"):
        opened.run("history.back()")
        opened.until(f"document.querySelector('[data-view={view}]').checkVisibility()")
        assert current(opened) == [view]
    assert opened.run("document.getElementById('q').value") == ""
    opened.run("history.forward()")
    opened.until("document.querySelector('[data-view=hosts]').checkVisibility()")


@pytest.mark.parametrize(
    "fragment",
    ["#view=nowhere", "#nowhere", "#view=matrix&page=-3", "#view=matrix&page=1e99", "#=", "#q=%", "#host-99999"],
)
def test_an_address_that_is_wrong(tab: Tab, page: Page, fragment: str) -> None:
    tab.open(page("fleet"), fragment)
    shown = current(tab)
    assert len(shown) == 1 and tab.text(f"#{shown[0]} h2")


def test_a_hosts_anchor_opens_its_details(kept: Tab) -> None:
    name = kept.texts("#causes [data-issue='0'] a[href^='#host-']")[0]
    kept.click("#causes [data-issue='0'] a[href^='#host-']")
    kept.until("document.querySelector('#hosts').checkVisibility()")
    assert names(kept) == [name]
    assert kept.count("#hosts-live details.host[open] .checks") == 1


# Search.

SEARCHES = {
    "status:fail": lambda host, service, check: check["status"] == "fail",
    "status:warn,unknown": lambda host, service, check: check["status"] in ("warn", "unknown"),
    "STATUS:Fail": lambda host, service, check: check["status"] == "fail",
    "host:web1": lambda host, service, check: host["host"] == "web1",
    "host:web1?": lambda host, service, check: re.fullmatch("web1.", host["host"]),
    "host:*b3": lambda host, service, check: host["host"] == "web3",
    "host:eb1": lambda host, service, check: "eb1" in host["host"],
    'host:"web3"': lambda host, service, check: host["host"] == "web3",
    "host:web3,web7": lambda host, service, check: host["host"] in ("web3", "web7"),
    "service:notify": lambda host, service, check: service["name"] == "notify",
    "check:port": lambda host, service, check: "port" in check["id"] or "port" in check["title"].lower(),
    "check:port.listening": lambda host, service, check: check["id"] == "port.listening",
    "check:*.handshake": lambda host, service, check: check["id"].endswith(".handshake"),
    "id:port.owner": lambda host, service, check: check["id"] == "port.owner",
    "item:4": lambda host, service, check: check["item"] == "4",
    "from:controller": lambda host, service, check: check["vantage"] == "controller",
    "vantage:controller status:fail": lambda host, service, check: (check["vantage"], check["status"]) == ("controller", "fail"),
    "sev:critical": lambda host, service, check: check["severity"] == "critical",
    "severity:high,low": lambda host, service, check: check["severity"] in ("high", "low"),
    "-status:pass -status:skip": lambda host, service, check: check["status"] not in ("pass", "skip"),
    "-host:web1*": lambda host, service, check: not host["host"].startswith("web1"),
    "is:accepted": lambda host, service, check: check["waiver"],
    "refused": lambda host, service, check: "refused" in _words(check),
    '"connection refused"': lambda host, service, check: "connection refused" in _words(check),
    "-refused status:fail": lambda host, service, check: "refused" not in _words(check) and check["status"] == "fail",
    "cause:proxy": lambda host, service, check: _explained(service, check, "proxy-"),
    "cause:proxy-upgrade*": lambda host, service, check: _explained(service, check, "proxy-upgrade"),
    "nothing-is-called-so": lambda host, service, check: False,
    "status:nonsense": lambda host, service, check: False,
    "nofield:x": lambda host, service, check: False,
}  # fmt: skip


def _words(check: dict[str, t.Any]) -> str:
    return " ".join([check["summary"], check["title"], *(entry["text"] for entry in check["evidence"])]).lower()


def _explained(service: dict[str, t.Any], check: dict[str, t.Any], start: str) -> bool:
    explaining = [one for one in service["diagnoses"] if one["id"].startswith(start) and one["role"] == "root"]
    return check["status"] in ("fail", "warn", "error") and any(check["id"] in one["explains"] for one in explaining)


def expected(query: str) -> tuple[int, set[str]]:
    """What a search must find in report.json: results, and the hosts that have one."""
    rows = [
        host["host"]
        for host in fleet()["hosts"]
        for service in host["services"]
        for check in service["checks"]
        if SEARCHES[query](host, service, check)
    ]
    # A host of which nothing was asked is one result, its own: found by its name and its status.
    for host in fleet()["hosts"]:
        if not host["services"] and _fits_silent(query, host):
            rows.append(host["host"])
    return len(rows), set(rows)


def _fits_silent(query: str, host: dict[str, t.Any]) -> bool:
    nothing: dict[str, t.Any] = {
        "id": "",
        "title": "",
        "item": "",
        "vantage": "",
        "severity": "",
        "summary": host["reason"],
        "evidence": [],
        "waiver": None,
    }
    found = SEARCHES[query](host, {"name": "", "diagnoses": []}, {**nothing, "status": host["status"]})
    return bool(found)


@pytest.mark.parametrize("query", SEARCHES)
def test_a_search_finds_what_the_report_has(kept: Tab, query: str) -> None:
    kept.show("hosts")
    kept.search(query)
    number, hosts = expected(query)
    assert found(kept) == (number, len(hosts))
    assert set(names(kept)) == hosts
    assert ("Nothing matches the search." in kept.text("#hosts-live")) == (not hosts)


@pytest.mark.parametrize(("query", "hosts"), [
    ("host:web1", {"web1", "Web1"}),
    ('host:"web1"', {"web1"}),
    ('host:"Web1"', {"Web1"}),
    ("host:w*b?", {"w*b?", "wab1", "web1", "Web1"}),
    ('host:"w*b?"', {"w*b?"}),
    ('host:"WEB1"', {"web1", "Web1"}),
    ('service:"w*b?"', {"w*b?"}),
    ('-host:"Web1" host:web1', {"web1"}),
])  # fmt: skip
def test_a_quoted_name_is_what_is_called_so_and_nothing_else(tab: Tab, page: Page, query: str, hosts: set[str]) -> None:
    tab.open(page("odd names"))
    tab.show("hosts", query)
    assert set(names(tab)) == hosts


def test_of_a_host_only_the_services_that_fit_are_shown(tab: Tab, page: Page) -> None:
    tab.open(page("three services"))
    tab.show("paths")
    cards = tab.texts("#paths [data-path]")
    tab.show("paths", "service:notify")
    # What fails is on every third host the service feed.
    assert tab.texts("#paths [data-path]") == [card for card in cards if "turns bad here" not in card] != cards
    tab.show("working", "service:feed host:web3,web4")
    assert [text.split("\t")[:2] for text in tab.texts("#working-live tbody tr")] == [
        ["web3", "feed"],
        ["web4", "feed"],
    ]
    tab.show("matrix", "service:feed host:web3,web4")
    assert sorted(tab.texts("#matrix tbody th")) == ["web3, feed", "web4, feed"]


def test_a_service_without_checks_is_found(tab: Tab, page: Page) -> None:
    tab.open(page("no checks"), "#host-2")
    assert names(tab) == ["web2"] and "Service empty" in tab.text("#hosts-live")
    status = REPORTS["no checks"]()["hosts"][1]["services"][0]["status"]
    for query, hosts in (("service:empty", ["web1", "web2"]), (f"status:{status} host:web2", ["web2"])):
        tab.search(query)
        assert sorted(names(tab)) == hosts and found(tab) == (len(hosts), len(hosts))


@pytest.mark.parametrize(("query", "hosts"), [
    ("is:new", set(NEW_FAULTS)),
    ("is:still", {"web3", "web5", "web7", "web11", "web16", "web18", "web20"}),
    ("is:new,still status:fail", {"web3", "web7", "web11", *NEW_FAULTS}),
    ("is:accepted", {"web5", "web7"}),
    ("is:nonsense", set()),
])  # fmt: skip
def test_what_changed_is_found(kept: Tab, query: str, hosts: set[str]) -> None:
    kept.show("hosts", query)
    assert set(names(kept)) == hosts


@pytest.mark.parametrize(("view", "query", "shown"), [
    ("causes", "cause:proxy", ["nginx does not pass"]),
    ("causes", "host:web11", ["Failed check"]),
    ("causes", "is:accepted", ["newer than the process|Warning", "process is not running"]),
    ("paths", "host:web3", ["2 services: web3, web7"]),
    ("checklist", "check:port.owner status:unknown", ["6. Port conflict check|4. Port verification"]),
    ("checklist", "item:2", ["2. Environment"]),
])  # fmt: skip
def test_cards_that_match_nothing_are_hidden(kept: Tab, view: str, query: str, shown: list[str]) -> None:
    kept.show(view, query)
    cards = kept.texts(f"#{view} [data-issue], #{view} [data-path], #{view} [data-item]")
    assert len(cards) == len(shown)
    assert all(any(re.search(part, card) for card in cards) for part in shown), cards
    kept.search("nothing-is-called-so")
    assert kept.texts(f"#{view} [data-issue], #{view} [data-path], #{view} [data-item]") == []
    assert "Nothing matches the search." in kept.text(f"#{view}")
    kept.search("")
    assert "Nothing matches" not in kept.text(f"#{view}")


def test_the_count_is_told_to_who_cannot_see_it(kept: Tab) -> None:
    assert kept.run("document.getElementById('found').getAttribute('aria-live')") == "polite"
    assert found(kept) == (fleet()["summary"]["checks"]["total"] + 3, 20)
    kept.search("host:web1")
    assert found(kept)[1] == 1 and kept.text("#found").endswith("on 1 host match.")
    kept.show("steps", "host:web1")
    assert kept.text("#found") == "The search does not apply to this view."
    described = kept.run(
        "document.getElementById(document.getElementById('q').getAttribute('aria-describedby')).textContent"
    )
    assert described == kept.text("#found")


def test_typing_changes_the_address_and_no_entry_of_the_history(opened: Tab) -> None:
    before = opened.run("history.length")
    opened.search("host:web3")
    opened.search("host:web7")
    assert opened.run("new URLSearchParams(location.hash.slice(1)).get('q')") == "host:web7"
    assert opened.run("history.length") == before


def test_an_address_in_the_middle_of_typing(kept: Tab) -> None:
    kept.show("hosts")
    for query in (
        "status:",
        "-",
        '"',
        'host:"web',
        "host:",
        ":",
        "--",
        "-:",
        "host:*",
        "(",
        "[",
        "\\",
        "host:[",
        "host:(*",
        "check:[a*",
        "cause:+*",
        "check:a+b(",
        "host:,,",
    ):
        kept.search(query)
        assert kept.text("#found")
    kept.search('host:"web3')
    assert names(kept) == ["web3"]


# Hosts.


def test_details_of_a_host_are_made_when_it_is_opened(kept: Tab) -> None:
    kept.show("hosts")
    assert kept.count("#hosts-live table") == 0
    kept.click("#hosts-live details.host summary")
    kept.until("document.querySelector('#hosts-live details[open] table')")
    assert kept.count("#hosts-live table") == 1
    kept.click("#hosts-live > p button")
    kept.until("document.querySelectorAll('#hosts-live details.host[open]').length === 20")
    kept.until("document.querySelectorAll('#hosts-live table').length === 18")
    assert kept.texts("#hosts-live > p button") == ["Collapse all"]
    kept.click("#hosts-live > p button")
    kept.until("document.querySelectorAll('#hosts-live details.host[open]').length === 0")


def test_evidence_and_remedy_of_a_check(kept: Tab) -> None:
    kept.show("hosts", "host:web3 check:process.running")
    kept.click("#hosts-live .checks details summary")
    text = kept.text("#hosts-live .checks")
    for part in ("Expected", "a running process", "Actual", "chat.service is failed/failed", "read why it ended"):
        assert part in text


def test_only_matching_checks_of_a_host_and_then_all(kept: Tab) -> None:
    kept.show("hosts", "host:web3 check:port.listening")
    assert kept.count("#hosts-live .checks tbody tr") == 1
    label = kept.texts("#hosts-live section > button")
    assert len(label) == 1 and re.fullmatch(r"Show all \d+ checks", label[0])
    kept.click("#hosts-live section > button")
    assert kept.count("#hosts-live .checks tbody tr") == int(label[0].split()[2])
    assert kept.count("#hosts-live section > button") == 0


@pytest.mark.parametrize(
    ("view", "row"),
    [("hosts", "#hosts-live details.host"), ("matrix", "#matrix tbody tr"), ("working", "#working-live tbody tr")],
)
def test_pages_of_what_is_many(tab: Tab, page: Page, view: str, row: str) -> None:
    tab.open(page("large"), f"#view={view}")
    words = f"#{view} .pager"
    total = int(tab.text(f"{words} span").rpartition(" ")[2])
    pages = -(-total // 50)
    assert tab.count(row) == 50 and tab.run(f"document.querySelector('{words} button').disabled")
    tab.click(f"{words} button[data-page='»']")
    tab.until(f"document.querySelector('{words} button[data-page=\"»\"]').disabled")
    assert tab.count(row) == total - 50 * (pages - 1)
    assert f"page={pages}" in tab.run("location.hash")
    tab.reload()
    assert tab.count(row) == total - 50 * (pages - 1)
    tab.click(f"{words} button[data-page='‹']")
    tab.paint()
    assert tab.count(row) == 50
    # A search begins at its first page.
    tab.search("status:fail,pass")
    assert "page=" not in tab.run("location.hash")
    names = tab.run(f"[...document.querySelectorAll('{words} button')].map((b) => b.getAttribute('aria-label'))")
    assert names == ["First page", "Previous page", "Next page", "Last page"]


# Matrix.


def test_the_matrix_by_keys(kept: Tab) -> None:
    kept.show("matrix")
    kept.run("document.querySelector('#matrix td[tabindex=\"0\"]').focus()")

    def place() -> tuple[int, int]:
        return tuple(kept.run("((c) => [c.parentElement.rowIndex, c.cellIndex])(document.activeElement)"))

    assert place() == (1, 1)
    kept.press("ArrowRight")
    kept.press("ArrowDown")
    assert place() == (2, 2)
    kept.press("End")
    last = kept.run("document.activeElement.parentElement.cells.length - 1")
    assert place() == (2, last)
    kept.press("ArrowRight")
    assert place() == (2, last)
    kept.press("Home")
    kept.press("ArrowUp")
    kept.press("ArrowUp")
    assert place() == (1, 1)
    assert kept.count("#matrix td[tabindex='0']") == 1
    name = kept.run("document.activeElement.getAttribute('aria-label')")
    kept.press("Enter")
    kept.until("document.querySelector('#hosts').checkVisibility()")
    kept.paint()
    host, check = re.fullmatch(r"(\S+), (\S+): \w+", name).groups()
    assert kept.run("document.getElementById('q').value") == f'host:"{host}" check:"{check}"'
    assert names(kept) == [host] and check in kept.text("#hosts-live .checks")


def test_every_cell_of_the_matrix_says_what_it_is(kept: Tab) -> None:
    kept.show("matrix", all=1)
    report = {host["host"]: host for host in fleet()["hosts"]}
    told = kept.run(
        "[...document.querySelectorAll('#matrix td[data-at].c')].map((c) => [c.getAttribute('aria-label'), c.innerText.trim()])"
    )
    marks = {"pass": "✓", "warn": "▲", "fail": "✗", "error": "!", "unknown": "?", "skip": "–"}
    for label, mark in told:
        where, _colon, status = label.rpartition(": ")
        assert mark == marks[status]
        host, check = where.split(", ")[0], where.split(", ")[-1].split(" ")[0]
        statuses = {
            one["status"] for service in report[host]["services"] for one in service["checks"] if one["id"] == check
        }
        assert status in statuses, label
    assert len(told) == sum(len(service["checks"]) for host in report.values() for service in host["services"])
    assert kept.count("#matrix thead th[scope=col]") == kept.count("#matrix tbody tr:first-child > *")


def test_columns_that_say_nothing_are_folded(kept: Tab) -> None:
    kept.show("matrix")
    few = kept.count("#matrix thead th")
    label = kept.texts("#matrix-live > p button")[0]
    kept.click("#matrix-live > p button")
    kept.until("location.hash.includes('all=1')")
    kept.paint()
    assert kept.count("#matrix thead th") == few + int(label.split()[2])
    assert kept.run("document.querySelector('#matrix-live > p button').getAttribute('aria-pressed')") == "true"
    kept.click("#matrix-live > p button")
    kept.until("!location.hash.includes('all=1')")
    kept.paint()
    assert kept.count("#matrix thead th") == few


def test_where_all_is_well_the_matrix_shows_it(tab: Tab, page: Page) -> None:
    tab.open(page("one healthy"), "#matrix")
    assert tab.count("#matrix tbody td.s-pass") == REPORTS["one healthy"]()["summary"]["checks"]["pass"]
    assert tab.count("#matrix-live > p button") == 0


# Copying.

#: Of the first step what one would paste.
COMMAND = (
    "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;"
)


def test_a_step_is_copied(opened: Tab) -> None:
    line = "#causes [data-issue='0'] .steps li:nth-child(1)"
    opened.click(f"{line} .copy")
    opened.until(f"document.querySelector(\"{line} .copy\").textContent === 'Copied'")
    assert opened.clipboard() == COMMAND
    opened.until(f"document.querySelector(\"{line} .copy\").textContent === 'Copy'")


def test_all_steps_are_copied_as_a_list(opened: Tab) -> None:
    opened.show("steps")
    opened.click("#steps [data-copy-list] > p .copy")
    opened.until("document.querySelector('#steps [data-copy-list] > p .copy').textContent === 'Copied'")
    lines = opened.clipboard().splitlines()
    steps = fleet()["next_steps"]
    assert sum(line.startswith("- [ ] ") for line in lines) == sum(len(entries) for entries in steps.values())
    assert lines[0] == "## Immediate actions" and "Copy" not in " ".join(lines)


def test_a_step_in_a_hosts_details_is_copied(opened: Tab) -> None:
    opened.show("hosts", "host:web3")
    opened.click("#hosts-live .why .copy")
    opened.until("document.querySelector('#hosts-live .why .copy').textContent === 'Copied'")
    assert opened.clipboard() == "journalctl -u chat.service -n 50"


def test_what_is_copied_where_the_clipboard_is_refused(opened: Tab) -> None:
    opened.run("navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); 0")
    line = "#causes [data-issue='0'] .steps li:nth-child(1)"
    opened.click(f"{line} .copy")
    opened.until(f"document.querySelector(\"{line} .copy\").textContent === 'Copied'")
    assert opened.clipboard() == COMMAND


# Themes and preferences.


def _ground(tab: Tab) -> int:
    """How bright the page is, from 0 to 765."""
    colour = tab.run("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3])


def test_the_theme_is_that_of_the_system_or_the_one_chosen(opened: Tab) -> None:
    for scheme, bright in (("dark", False), ("light", True)):
        opened.media(prefers_color_scheme=scheme)
        assert (_ground(opened) > 400) is bright
    for label, bright in (("Theme: dark", False), ("Theme: light", True), ("Theme: automatic", True)):
        opened.click("#theme")
        assert opened.text("#theme") == label and (_ground(opened) > 400) is bright
    opened.click("#theme")
    opened.reload()
    assert opened.text("#theme") == "Theme: dark" and _ground(opened) < 400


def test_motion_is_left_out_for_who_wants_none(kept: Tab) -> None:
    moving = """[...document.querySelectorAll('*')].map((e) => getComputedStyle(e))
        .some((style) => parseFloat(style.transitionDuration) || parseFloat(style.animationDuration))"""
    for wish, behaviour in (("no-preference", "smooth"), ("reduce", "auto")):
        kept.media(prefers_reduced_motion=wish)
        assert kept.run("getComputedStyle(document.documentElement).scrollBehavior") == behaviour
    assert not kept.run(moving)


def test_forced_colours_leave_mark_and_word(kept: Tab) -> None:
    kept.media(forced_colors="active")
    assert kept.run("matchMedia('(forced-colors: active)').matches")
    for view in VIEWS:
        kept.show(view)
        for text in kept.texts(f"#{view} .s"):
            assert re.match(r"[✓▲✗!?–⊘]\s*\w", text), text
    borders = kept.run("[...document.querySelectorAll('.s')].map((e) => getComputedStyle(e).borderTopWidth)")
    assert set(borders) == {"1px"}
    kept.show("matrix")
    assert all(text.strip() for text in kept.texts("#matrix td.c[data-at]"))


# Paper.


def _prints(tab: Tab) -> str:
    tab.run("dispatchEvent(new Event('beforeprint'))")
    tab.media("print")
    return tab.text("body")


@pytest.mark.parametrize("view", VIEWS)
def test_on_paper_is_what_is_wrong_whatever_view_is_open(kept: Tab, view: str) -> None:
    report = fleet()
    kept.show(view)
    text = _prints(kept)
    assert current(kept) == ["causes", "hosts", "steps"]
    for issue in report["issues"] + report["accepted"]:
        assert issue["title"] in text
        for entry in issue["evidence"]:
            assert entry["text"].splitlines()[0] in text
    for host in report["hosts"]:
        assert re.search(rf"\b{host['host']}\b", kept.text("#hosts-plain"))
        if host["status"] == "fail":
            assert any(
                check["summary"] in text
                for service in host["services"]
                for check in service["checks"]
                if check["status"] == "fail"
            )
    assert "Since the run of" in text and "Immediate actions" in kept.text("#steps")
    for selector in ("nav", ".search", "#found", ".copy", ".jump", "#hosts-live", "[data-copy-list] > p"):
        assert kept.texts(selector) == [], selector
    assert kept.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_it_can_be_printed_and_is_as_it_was_afterwards(opened: Tab) -> None:
    opened.show("matrix")
    opened.run(
        "addEventListener('beforeprint', () => { window.opened = document.querySelectorAll('#causes details[open]').length; })"
    )
    pdf = base64.b64decode(opened.call("Page.printToPDF", {"printBackground": True}, 60.0)["data"])
    assert pdf.startswith(b"%PDF-") and pdf.count(b"/Type /Page\n") >= 2
    assert opened.run("window.opened") == opened.count("#causes details") > 0
    assert opened.count("#causes details[open]") == 0 and current(opened) == ["matrix"]


# Without a script.


def test_the_page_is_complete_without_a_script(tab: Tab, page: Page) -> None:
    tab.call("Emulation.setScriptExecutionDisabled", {"value": True})
    tab.open(page("fleet"))
    report = fleet()
    assert tab.run("document.documentElement.className") == ""
    text = tab.text("body")
    assert tab.text(".verdict") and current(tab) == [view for view in VIEWS if view != "matrix"]
    for issue in report["issues"]:
        assert issue["title"] in tab.text("#causes")
        for entries in issue["next_steps"].values():
            for step in entries:
                assert step["text"].replace("`", "") in tab.text("#causes"), step
    for entries in report["next_steps"].values():
        for step in entries:
            assert step["text"].replace("`", "") in tab.text("#steps")
    for host in report["hosts"]:
        for service in host["services"]:
            for check in service["checks"]:
                if check["status"] in ("fail", "warn", "error") and host["status"] != "pass":
                    row = tab.text(f"#{_anchor(report, host['host'])}")
                    assert host["host"] in row and check["id"] in row and check["summary"] in row
    for selector in ("#q", "button", ".help", "#found", "nav a[data-to=matrix]", "#matrix"):
        assert tab.texts(selector) == [], selector
    assert "[object" not in text


def _anchor(report: dict[str, t.Any], name: str) -> str:
    number = [host["host"] for host in report["hosts"]].index(name) + 1
    return f"host-{number}"


# Keys.


def test_tab_reaches_everything_in_order(opened: Tab) -> None:
    order = []
    for _number in range(40):
        opened.press("Tab")
        order.append(opened.focus())
        visible = opened.run(
            "((s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)(getComputedStyle(document.activeElement))"
        )
        assert visible, order[-1]
    links = [link for link in order if link.startswith("A ")]
    assert order[0] == "A Skip to the issues"
    assert order[1:4] == ["q", "theme", "SUMMARY Search terms"]
    assert links[1:11] == [f"A {text}" for text in opened.texts("nav a")]
    assert any(entry.startswith("SUMMARY Evidence") for entry in order)
    assert (
        order.index("q")
        < order.index(links[1])
        < next(i for i, entry in enumerate(order) if entry.startswith("BUTTON Copy"))
    )
    opened.press("Tab", shift=True)
    assert opened.focus() == order[-2]


def test_details_of_a_card_by_keys(opened: Tab) -> None:
    opened.run("document.querySelector('#causes details.more summary').focus()")
    opened.press("Enter")
    opened.until("document.querySelector('#causes details.more').open")
    assert opened.text("#causes details.more pre")


def test_keys_of_the_page(opened: Tab) -> None:
    opened.press("/")
    assert opened.focus() == "q" and opened.run("document.getElementById('q').value") == ""
    # In the field these are characters.
    opened.type("a[b]/")
    for key in ("[", "]", "/"):
        opened.press(key)
    opened.until("location.hash.includes('q=')")
    assert opened.run("document.getElementById('q').value") == "a[b]/[]/" and current(opened) == ["causes"]
    opened.press("Escape")
    opened.until("!location.hash.includes('q=')")
    assert opened.run("document.getElementById('q').value") == ""
    opened.run("document.activeElement.blur()")
    opened.press("]")
    opened.until("document.querySelector('#paths').checkVisibility()")
    opened.press("[")
    opened.press("[")
    opened.until("document.querySelector('#steps').checkVisibility()")
    opened.press("]")
    opened.until("document.querySelector('#causes').checkVisibility()")


def test_the_skip_link_leads_to_the_content_and_loses_nothing(tab: Tab, page: Page) -> None:
    tab.open(page("fleet"), "#view=paths&q=host%3Aweb3")
    tab.press("Tab")
    assert tab.focus() == "A Skip to the issues" and tab.run("document.activeElement.getBoundingClientRect().left") >= 0
    tab.press("Enter")
    tab.until("document.activeElement.id === 'content'")
    tab.paint()
    assert current(tab) == ["paths"] and tab.run("document.getElementById('q').value") == "host:web3"
    tab.reload()
    assert current(tab) == ["paths"] and tab.run("document.getElementById('q').value") == "host:web3"


# Phones and zoom.

#: Where something could be too wide: with everything open.
_OPEN_ALL = "for (const one of document.querySelectorAll('main details, .help')) one.open = true"


@pytest.mark.parametrize("name", ["fleet", "three services", "hostile", "odd names"])
def test_nothing_scrolls_sideways(tab: Tab, page: Page, name: str) -> None:
    """On a phone, and at 200 and 400 % on a desktop."""
    tab.size(PHONE, 740)
    tab.open(page(name))
    for view in VIEWS:
        tab.turn(view)
        tab.run(_OPEN_ALL)
        for width, scale in ((PHONE, 1.0), (DESKTOP // 2, 2.0), (DESKTOP // 4, 4.0)):
            tab.size(width, 740, scale)
            tab.paint()
            inner, content = tab.run("[innerWidth, document.scrollingElement.scrollWidth]")
            assert content <= inner == width, view


def test_targets_can_be_touched(tab: Tab, page: Page) -> None:
    tab.size(PHONE, 740, touch=True)
    tab.open(page("large"))
    small = """[...document.querySelectorAll("button, input, nav a, summary, td[data-at]")].filter((e) => e.checkVisibility())
        .map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 80)])
        .filter(([b]) => b.width && (b.width < 24 || b.height < 24)).map(([b, h]) => `${b.width} ${b.height} ${h}`)"""
    for view in VIEWS:
        tab.show(view)
        assert tab.run(small) == [], view


# Odd fleets.


@pytest.mark.parametrize("name", [name for name in REPORTS if name not in ("fleet", "large")])
def test_no_view_throws(tab: Tab, page: Page, name: str) -> None:
    """What throws is a complaint (see conftest.py)."""
    tab.open(page(name))
    for view in VIEWS:
        for query in ("", "status:fail", "is:new", "-x"):
            tab.turn(view, query)
            tab.run(_OPEN_ALL)
            shown = tab.run(
                "[...document.querySelectorAll('[data-view]')].filter((v) => !v.hidden).map((v) => [v.id, v.textContent])"
            )
            assert [name for name, _text in shown] == [view]
            assert shown[0][1].strip() and "undefined" not in shown[0][1] and "[object" not in shown[0][1]


def test_services_of_one_name_keep_their_checks(tab: Tab, page: Page) -> None:
    tab.open(page("three services"), "#view=hosts&q=host:web3")
    services = tab.texts("#hosts-live section")
    assert [text.splitlines()[0].split()[1] for text in services] == ["chat", "notify", "feed"]
    assert "pid 403 " in services[0] and "pid 503 " in services[1] and "404 Not Found" in services[2]
    tab.show("matrix", "host:web3")
    assert [text.split("\t")[0] for text in tab.texts("#matrix tbody th")] == [
        "web3, chat",
        "web3, notify",
        "web3, feed",
    ]


# Text that is not meant well.


def test_hostile_text_stays_text(tab: Tab, page: Page) -> None:
    tab.open(page("hostile"))
    strangers = (
        "img, iframe, object, embed, form, base, link, textarea, [onerror], [onload], main script, "
        "a[href^='javascript' i], a[href^=data], a[href^='/']"
    )
    for view in VIEWS:
        for query in ("", "status:fail", "host:web", "<img", "check:process", "is:new"):
            tab.turn(view, query)
            tab.run(_OPEN_ALL)
            tab.paint()
            assert tab.count(strangers) == 0, (view, query)
            assert tab.count("script") == 2
    tab.show("hosts", "status:fail")
    assert "<img src=x onerror=" in tab.text("#hosts-live")
    tab.show("causes")
    text = tab.run("document.documentElement.textContent")
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", tab.text("main")
    )
    assert "\\u202e" in text
    assert tab.run("typeof window.marker") == "undefined"


def test_every_link_of_the_web_leads_out_and_tells_nothing(tab: Tab, page: Page) -> None:
    for name in ("fleet", "hostile"):
        tab.open(page(name))
        links = tab.run(
            "[...document.querySelectorAll('a')].map((a) => [a.getAttribute('href'), a.rel]).filter(([href]) => !href.startsWith('#'))"
        )
        assert links
        for href, rel in links:
            assert href.startswith("https://") and rel == "noopener noreferrer"


def test_names_that_every_object_has(tab: Tab, page: Page) -> None:
    report = REPORTS["odd names"]()
    tab.open(page("odd names"))
    for number, host in enumerate(report["hosts"], 1):
        name = host["host"]
        tab.run(f"location.hash = 'host-{number}'")
        tab.until(
            f"document.querySelector('#hosts-live h3') && [...document.querySelectorAll('#hosts-live h3')].some((h) => h.textContent === {json.dumps(name)})"
        )
        tab.paint()
        assert names(tab) == [name]
        assert name in tab.text("#hosts-live .checks") and f"Service {name}" in tab.text("#hosts-live")
        # And the same from the matrix.
        tab.show("matrix")
        row = tab.run(
            f"[...document.querySelectorAll('#matrix tbody th')].findIndex((th) => th.textContent === {json.dumps(name)})"
        )
        tab.click(f"#matrix tbody tr:nth-child({row + 1}) td[data-at].s-fail")
        tab.until("document.querySelector('#hosts').checkVisibility()")
        assert names(tab) == [name]


# Accessibility.


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script."""
    from tests.servers.setup import CACHE

    path = CACHE / "page" / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        pytest.skip("axe-core is not installed: python tests/servers/setup.py")
    return path.read_text(encoding="utf-8")


#: Every rule of axe-core at the levels A and AA, its best practices and its experiments; no rule is left out.
_RULES = """Object.fromEntries(axe.getRules().filter((r) => !r.tags.includes('deprecated') && !r.tags.includes('wcag2aaa'))
    .map((r) => [r.ruleId, {enabled: true}]))"""
_AXE = f"""axe.run(document, {{rules: {_RULES}, resultTypes: ['violations']}}).then((found) => found.violations.map((one) =>
    `${{one.id}}: ${{one.nodes.slice(0, 3).map((n) => `${{n.html.slice(0, 200)}} (${{n.failureSummary}})`).join('; ')}}`))"""


#: A host that passes, hosts with each of the faults, waivers, one that was not judged and one that did not answer.
_EACH_SORT = "host:web1,web3,web5,web7,web9,web11,web14,web16,web18"


#: Each of scheme, width and search with each of the others once.
@pytest.mark.parametrize(("scheme", "width", "query"), [
    ("light", DESKTOP, ""),
    ("dark", PHONE, ""),
    ("light", PHONE, "status:fail is:new"),
    ("dark", DESKTOP, "status:fail is:new"),
])  # fmt: skip
def test_nothing_is_in_the_way_of_anybody(tab: Tab, page: Page, axe: str, scheme: str, width: int, query: str) -> None:
    tab.media(prefers_color_scheme=scheme)
    tab.size(width)
    tab.open(page("fleet"))
    tab.run(f"{axe};0")
    violations = []
    # The view of hosts is by far the largest, and stays in the page when it is hidden: the last, and a host of each sort.
    for view in sorted(VIEWS, key=lambda view: view == "hosts"):
        tab.turn(view, query or (_EACH_SORT if view == "hosts" else ""))
        tab.run(_OPEN_ALL)
        tab.paint()
        violations += [f"{view}: {text}" for text in tab.run(_AXE, 120.0)]
    assert violations == []
