# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""Brings odd evidence into the shape that checks and rules expect.

Evidence comes from another machine, and maybe from another version of a probe. Where a check breaks over it, a field that has
not the type which it has everywhere is left out, as if nobody had seen it; so a check has to bear what is missing, and no
more than that.
"""

from __future__ import annotations

import typing as t

Path = tuple[str, ...]

NUMBER, FLAG, TEXT, MAP = "number", "flag", "text", "map"
#: Lists: of mappings, of texts, of numbers, of pairs of texts (headers).
ROWS, TEXTS, NUMBERS, PAIRS = "rows", "texts", "numbers", "pairs"
#: What no count, time or size reaches.
_TOO_MUCH = 2.0**62


def _named(kind: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


#: The type of a field by its name; with what it is in before it, where the name alone has several. What is not named here
#: is taken as it is.
KINDS: dict[str, str] = {
    **_named(
        NUMBER,
        """
        accepted_ms access.since addresses.listeners after_line age_s alert answered_ms asked asked_ms at
        at_ms backlog bytes_in_window bytes_scanned clock clock.controller clock.host closed_ms code column
        config_written connect_ms count cpu_percent cpu_wait_percent dropped duration_ms established
        exit_status failed_ms fd_limit fds files first first.bytes first_byte_ms frames held_s
        host_lookup.addresses inode instances large.bytes last length line loaded_ms location_line major
        master_started modified ms mtime newer_by_s now offset oom_kill packets page.bytes pid ping_ms
        polling.sessions polling.unknown pong_ms port ppid public_name.addresses queued received
        received.bytes repeated restarts root.bytes rss_bytes scanned.bytes seconds_before_start seen sent
        sent.bytes server_line shutting_down size sockets_total somaxconn start_ms started status stay_s stuck
        threads times to total_ms trace.bytes tried uid unacknowledged waited_ms wanted_s watched_ms window.from
        """,
    ),
    **_named(
        FLAG,
        """
        advertised backup clean complete completed created cut cwd_deleted default demanded down exe_deleted
        exe_replaced found get_unanswered hold.opened leads local masked matched matches need_daemon_reload
        ok pinged refused report_only requested same sampled set since_known spoke start_covered syn timestamped tls truncated
        usable v6only withheld witnessed
        """,
    ),
    **_named(
        TEXT,
        """
        accept active address again alpn asks body browser by bypass bytes canonical chain_from cipher client
        command config config_newest connections.ended connections.request control cwd cwd_moved_to
        decisions.chain dialect dialect_from direction directive endpoint errno error errors.upstream
        exchange.sent exe family file format found_by frame from from_url greeting handler host host_from how
        http_version initiator key kind level library listen location_file log.process.unit main message
        modifier module name netns numeric opcode opened origin outcome own_rules.chain path path_from pattern
        peer policy port_from preload problem proof protocol read_from reason reason_phrase redirect refusal
        remedy result role root rule rules runtime sample scheme security server server_file service_worker
        sha256 since skip sni socket source speaks src state store stream_start sub subject subprotocol table
        text thrown type unknown upstream_path url url_from use user vantage verdict version wanted what where
        why
        """,
    ),
    **_named(
        MAP,
        """
        after_get app attempts captured certificate client_certificate close connection controller
        conversation counters declared dialled differing earlier edge electron ended env_file events
        events.message exchange first_refusal frontend.root hold host_lookup http2 ipv4 ipv6 large libraries
        location lookup memory_events missed.rule no_origin null_origin other_origin outcomes own own_origin
        own_rules page plain polling port.connections port_evidence process public public_name raw ready
        repeat routes.server scanned script set_headers_at settings sockets.received sockets.sent sought test
        through through_no_origin trace trust unit upstream variables websocket websocket.clock websocket.main
        window workers
        """,
    ),
    **_named(
        ROWS,
        """
        addresses alternatives behind capture.connections connections.frames console conversation.trace
        decisions dev_clients errors exposed failed findings fix gaps issues leading lines listeners loads
        owned owners patterns policies processes proxies received.first routes scripts sent.first sessions
        signatures sockets sources stores strangers targets traces verified windows
        """,
    ),
    **_named(
        TEXTS,
        """
        add cookies edge.owners log.server lost_headers managers missing names offered peers undecided unsure
        """,
    ),
    **_named(
        NUMBERS,
        """
        pids ports repeat.ms service_pids
        """,
    ),
    **_named(
        PAIRS,
        """
        headers request response
        """,
    ),
}
#: Mappings whose keys are data, and the type of all their values.
DATA: dict[str, str] = {
    "captured": TEXT,
    "counters": NUMBER,
    "declared": MAP,
    "differing": TEXTS,
    "outcomes": NUMBER,
    "own.events": TEXT,
    "routes.settings": MAP,
    "variables": MAP,
}


def conform(evidence: t.Any) -> dict[str, dict[str, t.Any]]:
    """Leave out of all evidence of a service what is not of the type that its field has.

    :returns: a copy, by subject; a subject that is no mapping is empty.
    """
    subjects = evidence if isinstance(evidence, dict) else {}
    return {
        subject: _of_subject(subject, found) if isinstance(found, dict) else {} for subject, found in subjects.items()
    }


def _of_subject(subject: str, found: dict[str, t.Any]) -> dict[str, t.Any]:
    kept = _fields({name: value for name, value in found.items() if name != "error"}, (subject,))
    # What the runner says of a whole subject; everywhere else an error is a text.
    if "error" in found:
        error = found["error"]
        kept["error"] = _fields(error, (subject, "error")) if isinstance(error, dict) else None
    return kept


def _lookup(table: dict[str, str], path: Path) -> str | None:
    """What a table says of a field: by its name with the two that it is in, with one, or alone."""
    for first in (-3, -2, -1):
        found = table.get(".".join(path[first:]))
        if found:
            return found
    return None


def _fields(mapping: dict[t.Any, t.Any], path: Path) -> dict[str, t.Any]:
    of_all = _lookup(DATA, path)
    kept = {}
    for name, value in mapping.items():
        if not isinstance(name, str):
            continue
        below = (*path, name)
        if of_all and value is None:
            continue  # the key says nothing by itself
        fits, value = _fitting(of_all or _lookup(KINDS, below), value, below)
        if fits:
            kept[name] = value
    return kept


def _fitting(kind: str | None, value: t.Any, path: Path) -> tuple[bool, t.Any]:
    """Whether a value is of a kind, and what of it is."""
    if value is None:
        return True, None
    if kind is None:
        return True, _taken_as_it_is(value, path)
    if kind in _OF_LISTS:
        # What is left of a list with an odd entry would be evidence of something else: a port without its listener.
        fits = isinstance(value, list) and all(_OF_LISTS[kind](entry) for entry in value)
        return fits, [_fields(entry, path) for entry in value] if fits and kind == ROWS else value
    if kind == MAP:
        return isinstance(value, dict), _fields(value, path) if isinstance(value, dict) else None
    return _SCALARS[kind](value), value


def _taken_as_it_is(value: t.Any, path: Path) -> t.Any:
    """A value of which nothing is known; what is in it may be known."""
    if isinstance(value, dict):
        return _fields(value, path)
    return [_taken_as_it_is(entry, path) for entry in value] if isinstance(value, list) else value


def _is_text(value: t.Any) -> bool:
    return isinstance(value, str)


def _is_sane(value: t.Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and abs(value) < _TOO_MUCH  # which neither NaN nor infinity is


_SCALARS: dict[str, t.Callable[[t.Any], bool]] = {
    NUMBER: _is_sane,
    FLAG: lambda value: isinstance(value, bool),
    TEXT: _is_text,
}
_OF_LISTS: dict[str, t.Callable[[t.Any], bool]] = {
    ROWS: lambda entry: isinstance(entry, dict),
    TEXTS: _is_text,
    NUMBERS: _is_sane,
    PAIRS: lambda entry: isinstance(entry, list) and len(entry) == 2 and all(_is_text(part) for part in entry),
}
