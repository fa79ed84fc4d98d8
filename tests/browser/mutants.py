# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows that every test of the page can fail: breaks the templates once for each, in a copy, and expects it to be red.

python tests/browser/mutants.py [PART OF A TEST'S NAME]
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
TEMPLATES = CHECKOUT / "roles" / "checklist" / "templates"
JS, CSS, PAGE = "report.js", "report.css", "report.html.j2"

#: Test: the file to break, what stands there, and what takes its place.
MUTANTS: dict[str, tuple[str, str, str]] = {
    "a_view_by_its_link": (JS, 'link.setAttribute("aria-current", "page")', "0"),
    "a_view_by_its_address_and_again_after_a_reload": (JS, 'state.q = words.get("q") || "";', ""),
    "back_leads_to_the_view_before": (JS, "if (!hash) Object.assign", "if (false) Object.assign"),
    "an_address_that_is_wrong": (JS, '=== view) ? view : "causes"', '=== view) ? view : "x"'),
    "a_hosts_anchor_opens_its_details": (JS, "shown.length <= 3", "false"),
    "a_search_finds_what_the_report_has": (JS, "names.has(value) ? (name) => name === value : ", ""),
    "a_quoted_name_is_what_is_called_so_and_nothing_else": (JS, "if (same.size)", "if (false)"),
    "of_a_host_only_the_services_that_fit_are_shown": (JS, "=> host * texts.length + name", "=> host"),
    "a_service_without_checks_is_found": (JS, "rows.length ? rows : [-1]", "place < 0 ? [-1] : rows"),
    "what_changed_is_found": (JS, "data.compared && !isFresh", "data.compared"),
    "cards_that_match_nothing_are_hidden": (JS, "card.hidden = hidden", "card.hidden = false"),
    "the_count_is_told_to_who_cannot_see_it": (PAGE, 'aria-live="polite"', 'aria-live="off"'),
    "typing_changes_the_address_and_no_entry_of_the_history": (
        JS,
        'history.replaceState(null, "", address({}));\n      show();',
        "location.hash = address({});",
    ),
    "an_address_in_the_middle_of_typing": (JS, '.replace(/[.+^${}()|[\\]\\\\]/g, "\\\\$&")', ""),
    "details_of_a_host_are_made_when_it_is_opened": (JS, "if (open) { fill();", "fill(); if (open) {"),
    "evidence_and_remedy_of_a_check": (JS, '["Actual", actual]', ""),
    "only_matching_checks_of_a_host_and_then_all": (JS, "const matching = all.filter(shows)", "const matching = all"),
    "pages_of_what_is_many": (JS, " || page === state.page", ""),
    "the_matrix_by_keys": (JS, "ArrowDown: [1, 0]", "ArrowDown: [0, 1]"),
    "every_cell_of_the_matrix_says_what_it_is": (
        JS,
        "texts[cell.kind[0]]}: ${word}`",
        "texts[cell.kind[0]]}: pass`",
    ),
    "columns_that_say_nothing_are_folded": (JS, '"aria-pressed": String(state.all)', ""),
    "where_all_is_well_the_matrix_shows_it": (JS, "column.loud || every", "column.loud || state.all"),
    "a_step_is_copied": (JS, "text.length > longest.length", "text.length < longest.length"),
    "all_steps_are_copied_as_a_list": (JS, '- [ ] ${node.querySelector("span").textContent}', "- [ ] ${node.textContent}"),
    "a_step_in_a_hosts_details_is_copied": (JS, "toPaste(line.firstChild)", "line.textContent"),
    "what_is_copied_where_the_clipboard_is_refused": (JS, "area.select();", ""),
    "the_theme_is_that_of_the_system_or_the_one_chosen": (JS, "  theme(stored());", '  theme("");'),
    "motion_is_left_out_for_who_wants_none": (CSS, "prefers-reduced-motion: reduce", "prefers-reduced-motion: x"),
    "forced_colours_leave_mark_and_word": (CSS, "forced-colors: active", "forced-colors: none"),
    "on_paper_is_what_is_wrong_whatever_view_is_open": (CSS, ".js #hosts-plain { display: block; }", ""),
    "it_can_be_printed_and_is_as_it_was_afterwards": (JS, 'addEventListener("afterprint"', 'addEventListener("x"'),
    "the_page_is_complete_without_a_script": (CSS, ".script { display: none; }", ""),
    "tab_reaches_everything_in_order": (CSS, ":focus-visible { outline: 3px", ":focus-visible { outline: 0"),
    "details_of_a_card_by_keys": ("view/causes.html.j2", "<summary>Evidence", "<summary hidden>Evidence"),
    "keys_of_the_page": (JS, "if (typing || ", "if ("),
    "the_skip_link_leads_to_the_content_and_loses_nothing": (JS, "else if (target) history", "else if (false) history"),
    "nothing_scrolls_sideways": (CSS, ".wide { position: relative; overflow-x: auto;", ".wide {"),
    "targets_can_be_touched": (CSS, "min-height: 1.5rem", "min-height: 0"),
    "no_view_throws": (JS, "const live = byId(\"working-live\");\n    if (!live) return;", 'const live = byId("working-live");'),
    "services_of_one_name_keep_their_checks": (JS, "const first = begins[number][place];", "const first = begins[number][0];"),
    "hostile_text_stays_text": (JS, 'el("span", { class: "muted small" }, texts[reason].slice(0, 160))), body);',
                                'el("span", { class: "muted small" }, texts[reason].slice(0, 160))), body);\n'
                                "    body.parentNode.firstChild.lastChild.innerHTML = texts[reason];"),
    "every_link_of_the_web_leads_out_and_tells_nothing": ("view/macros.html.j2", ' rel="noopener noreferrer"', ""),
    "names_that_every_object_has": (JS, "data-at\": cell.at", "data-at\": 0"),
    "nothing_is_in_the_way_of_anybody": (CSS, "--muted: light-dark(#545d68, #a3aeba)", "--muted: light-dark(#b4bdc8, #43444a)"),
}  # fmt: skip


def survives(test: str, templates: pathlib.Path) -> bool:
    """Break a copy of the templates for a test; whether it is green all the same."""
    file, old, new = MUTANTS[test]
    source = (TEMPLATES / file).read_text(encoding="utf-8")
    if old not in source:
        raise SystemExit(f"{test}: {file} has no {old!r}")
    shutil.copytree(TEMPLATES, templates)
    (templates / file).write_text(source.replace(old, new), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-x", str(HERE), "-k", f"test_{test}"]
    environment = {**os.environ, "WEBSOCKET_HEALTH_TEST_TEMPLATES": str(templates)}
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    told = re.search(r"^E   .*", done.stdout, re.M)
    print(f"{'GREEN' if done.returncode != 1 else 'red'}  {test}: {told.group()[4:120] if told else ''}", flush=True)
    return done.returncode != 1


def main() -> int:
    """1 if a test survives, or if one has no mutant."""
    tests = set(re.findall(r"^def test_(\w+)", (HERE / "test_report_page.py").read_text(encoding="utf-8"), re.M))
    for name in tests - set(MUTANTS):
        print(f"NO MUTANT: {name}")
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    survivors = []
    for test in MUTANTS:
        if wanted in test:
            with tempfile.TemporaryDirectory() as name:
                if survives(test, pathlib.Path(name) / "templates"):
                    survivors.append(test)
    print(f"{len(survivors)} of {len(MUTANTS)} survive")
    return int(bool(survivors or tests - set(MUTANTS)))


if __name__ == "__main__":
    sys.exit(main())
