# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Visits of real pages by a real browser, and what is said where there is none."""

from __future__ import annotations

import base64
import contextlib
import json
import pathlib
import tempfile
import threading
import typing as t
from collections.abc import Iterator

import pytest
from ansible import constants
from ansible_collections.websocket.health.plugins.module_utils._probes.browser import not_looked_at, why_not_asked
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline
from ansible_collections.websocket.health.plugins.module_utils._run.run_probes import (
    wanted_on_controller,
    wanted_subjects,
)
from ansible_collections.websocket.health.plugins.plugin_utils._checks.browser import check
from ansible_collections.websocket.health.plugins.plugin_utils._controller.browser import ask_browser
from ansible_collections.websocket.health.plugins.plugin_utils._controller.view import make_context
from ansible_collections.websocket.health.plugins.plugin_utils._evidence.browser import outcome
from ansible_collections.websocket.health.plugins.plugin_utils._judge_service import judge

from tests.servers.catalogue import running
from tests.servers.fault_server import staged
from tests.unit import tls_ca
from tests.unit.browser_pages import (
    GREEDY,
    PICTURE,
    SITE,
    SMALL,
    STRICT,
    TALK,
    everybodys,
    led_to,
    left,
    needs_chromium,
    page,
    pin,
    program,
    serving,
    trusting,
    visit,
)

Judged = dict[str, t.Any]


def _judged(service: dict[str, t.Any], evidence: dict[str, t.Any]) -> tuple[dict[str, str], list[str]]:
    """Statuses by check id (the worst where there are several), and the causes."""
    judged = judge(service, {"browser": evidence})
    order = ("fail", "error", "warn", "unknown", "pass", "skip")
    found: dict[str, str] = {}
    for entry in judged["checks"]:
        found[entry["id"]] = min(found.get(entry["id"], "skip"), entry["status"], key=order.index)
    return found, [entry["id"] for entry in judged["diagnoses"]]


@contextlib.contextmanager
def _site(
    script: str, *, tls: bool = False, head: str = PICTURE, headers: dict[str, str] | None = None, **files: str
) -> Iterator[tuple[str, list[str]]]:
    """A page of the site that runs a script: its URL, and the arguments by which Chromium finds it."""
    pages = {"/": page(script, head), **{f"/{name.replace('_', '.')}": text for name, text in files.items()}}
    leaf = tls_ca.authority().leaf(SITE)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pem = tls_ca.store(folder / "site.pem", leaf, key=True) if tls else ""
        port = stack.enter_context(serving(pages, pem, headers))
        arguments = [led_to("127.0.0.1"), *([pin(leaf)] if tls else [])]
        yield f"{'https' if tls else 'http'}://{SITE}:{port}/", arguments


@pytest.mark.servers("node")
@needs_chromium
@pytest.mark.parametrize("script", [TALK, STRICT], ids=["talk", "strict"])
def test_a_healthy_page_passes_every_check(script: str) -> None:
    with running("ws_standalone") as server:
        own = f"ws://{SITE}:{server.port}/"
        with _site(script.replace("%s", own)) as (url, arguments):
            service, seen = visit(url, *arguments, port=server.port)
    statuses, causes = _judged(service, seen)
    assert causes == []
    assert set(statuses.values()) <= {"pass", "skip"}, statuses
    last = seen["sockets"][-1]
    assert (last["status"], last["sent"]["frames"], last["received"]["first"][0]["bytes"]) == (101, 1, 5)
    assert "hello" not in json.dumps(last)
    assert dict(map(tuple, last["request"]))["Origin"] == url.rstrip("/")
    assert seen["page"]["status"] == 200 and seen["browser"].startswith("Chrome/")
    assert left() == []


@pytest.mark.servers("node")
@needs_chromium
def test_a_missing_icon_and_other_sites_do_not_count() -> None:
    with running("ws_standalone") as server, staged(["origin-403"]) as ports:
        script = (
            TALK.replace("%s", f"ws://{SITE}:{server.port}/")
            + f"new WebSocket('ws://other.test:{ports['origin-403']}/');"
        )
        with _site(script, head="") as (url, _arguments):
            service, seen = visit(url, led_to("127.0.0.1", SITE, "other.test"), port=server.port)
    assert [entry["status"] for entry in seen["failed"]] == [404]
    assert outcome(seen["sockets"][1]) == "failed"
    statuses, causes = _judged(service, seen)
    assert causes == [] and set(statuses.values()) <= {"pass", "skip"}, statuses


@pytest.mark.servers("node")
@needs_chromium
def test_workers_and_frames() -> None:
    with running("ws_standalone") as server:
        dial = TALK.replace("%s", f"ws://{SITE}:{server.port}/")
        script = "new Worker('/w.js'); const f = document.createElement('iframe'); f.src = '/f.html'; document.body.append(f)"
        with _site(script, w_js=dial, f_html=page(dial)) as (url, arguments):
            service, seen = visit(url, *arguments, port=server.port)
    assert sorted((entry["from"], entry["status"]) for entry in seen["sockets"]) == [("page", 101), ("worker", 101)]
    assert all(entry["witnessed"] and entry["received"]["frames"] == 1 for entry in seen["sockets"])
    assert _judged(service, seen)[0]["browser.websocket"] == "pass"


@pytest.mark.servers("node")
@needs_chromium
def test_a_frame_of_another_site() -> None:
    """It is rendered by a process, and watched in a session, of its own."""
    with (
        running("ws_standalone") as server,
        serving({"/": page(TALK.replace("%s", f"ws://{SITE}:{server.port}/"))}) as inner,
    ):
        script = (
            f"const f = document.createElement('iframe'); f.src = 'http://frame.test:{inner}/'; document.body.append(f)"
        )
        with _site(script) as (url, _arguments):
            _service, seen = visit(url, led_to("127.0.0.1", SITE, "frame.test"), "--site-per-process", port=server.port)
    assert [(entry["from"], entry["status"], entry["witnessed"]) for entry in seen["sockets"]] == [
        ("iframe", 101, True)
    ]


@needs_chromium
def test_how_a_connection_ends() -> None:
    with staged(["close-1011", "drop-after-101"]) as ports:
        script = "".join(f"new WebSocket('ws://{SITE}:{port}/');" for port in ports.values())
        with _site(script) as (url, arguments):
            # To a close frame the browser answers, and waits two seconds for the server to close the connection.
            service, seen = visit(url, *arguments, stay=3.0)
    assert {entry["code"] for entry in seen["sockets"]} == {1011, 1006}
    statuses, causes = _judged(service, seen)
    assert (statuses["browser.websocket"], statuses["browser.data"]) == ("pass", "fail")
    assert causes == ["browser-dropped-after-open"]


@needs_chromium
def test_a_refused_handshake_is_asked_again_raw() -> None:
    with staged(["bad-gateway-502", "not-found-404"]) as ports:
        script = "".join(f"new WebSocket('ws://{SITE}:{port}/ws?ticket=one-time-ticket');" for port in ports.values())
        with _site(script) as (url, arguments):
            service, seen = visit(url, *arguments)
    assert [entry["raw"]["status"] for entry in seen["sockets"]] == [502, 404]
    assert seen["sockets"][0]["raw"]["origin"] == url.rstrip("/")
    assert "Unexpected response code: 502" in seen["sockets"][0]["error"]
    assert "one-time-ticket" not in json.dumps(seen)
    summaries = [result.summary for result in check(seen, service) if result.id == "browser.websocket"]
    assert all("repeated outside the browser: " in summary for summary in summaries)


@pytest.mark.servers("node")
@needs_chromium
def test_secrets_do_not_leave() -> None:
    with running("ws_standalone") as server:
        script = f"""const s = new WebSocket('ws://{SITE}:{server.port}/?token=abcdef123456');
            s.onopen = () => s.send(JSON.stringify({{password: 'hunter2-hunter2', more: 'kept'}}));
            console.error('Bearer abcdef123456789'); new WebSocket('ws://{SITE}/', 'Canary/Token=77'); """
        with _site(script) as (url, arguments):
            address = url + "?ticket=0123456789abcdef"
            service, seen = visit(address, *arguments, port=server.port)
            _service, open_ = visit(address, *arguments, port=server.port, websocket={"reveal": True})
    text = json.dumps([seen, [result.evidence for result in check(seen, service)]])
    secrets = ("abcdef123456", "hunter2", "0123456789abcdef", "Canary")
    assert not [word for word in (*secrets, "kept") if word in text]
    assert seen["sockets"][0]["sent"]["frames"] == 1
    assert [entry["thrown"] for entry in seen["sockets"]][1].startswith("SyntaxError")
    # What may be shown is still without secrets.
    shown = open_["sockets"][0]["sent"]["first"][0]["text"]
    assert "kept" in shown and not [word for word in secrets[:3] if word in json.dumps(open_)]


@pytest.mark.servers("node")
@needs_chromium
def test_mixed_content_and_policy() -> None:
    with running("ws_standalone") as server:
        dial = f"new WebSocket('ws://{SITE}:{server.port}/')"
        with _site(dial, tls=True) as (url, arguments):
            mixed = _judged(*visit(url, *arguments, port=server.port))
        with _site(dial, headers={"Content-Security-Policy": "connect-src 'self'"}) as (url, arguments):
            blocked = _judged(*visit(url, *arguments, port=server.port))
        with _site(TALK.replace("%s", f"ws://localhost:{server.port}/"), tls=True) as (url, arguments):
            local, seen = visit(url, *arguments, "--allow-running-insecure-content", port=server.port)
    assert (mixed[0]["browser.mixed_content"], mixed[1]) == ("fail", ["browser-mixed-content"])
    assert (blocked[0]["browser.csp"], blocked[1]) == ("fail", ["browser-csp-blocks"])
    # localhost is exempt: what is wrong with it is another matter.
    assert _judged(local, seen)[0]["browser.mixed_content"] == "pass"


@needs_chromium
def test_a_certificate_that_nobody_trusts() -> None:
    with _site(TALK, tls=True) as (url, arguments):
        service, seen = visit(url, arguments[0])
    statuses, causes = _judged(service, seen)
    assert seen["page"]["error"] == "net::ERR_CERT_AUTHORITY_INVALID"
    assert (statuses["browser.page"], statuses["browser.certificate"]) == ("fail", "fail")
    assert statuses["browser.websocket"] == "unknown"
    assert causes == ["browser-certificate-refused"]


@needs_chromium
def test_a_connection_that_is_still_being_opened_is_waited_for() -> None:
    with _site("new WebSocket(`ws://${location.host}/late`)") as (url, arguments):
        _service, seen = visit(url, *arguments, stay=0.1)
    assert ["Unexpected response code: 404" in entry["error"] for entry in seen["sockets"]] == [True]


@needs_chromium
def test_an_unanswered_connection_is_waited_for_only_so_long() -> None:
    with staged(["accept-mute"]) as ports, _site(f"new WebSocket('ws://{SITE}:{ports['accept-mute']}/')") as site:
        _service, seen = visit(site[0], *site[1], stay=0.3)
    assert [(entry["status"], entry["error"]) for entry in seen["sockets"]] == [(None, None)]
    assert seen["page"]["watched_ms"] >= 300 + 5000


@needs_chromium
def test_a_page_that_is_not_there() -> None:
    service, seen = visit(f"http://127.0.0.1:{tls_ca.free_port()}/")
    statuses, _causes = _judged(service, seen)
    assert seen["page"]["error"] == "net::ERR_CONNECTION_REFUSED"
    assert statuses["browser.page"] == "fail" and statuses["browser.csp"] == "unknown"


@needs_chromium
def test_a_page_that_does_not_answer_ends_with_the_deadline() -> None:
    with staged(["accept-mute"]) as ports:
        service, seen = visit(f"http://127.0.0.1:{ports['accept-mute']}/", deadline=6.0)
    assert _judged(service, seen)[0]["browser.page"] == "fail"


@needs_chromium
def test_a_dialog_does_not_stop_it() -> None:
    with _site("alert('hello'); new WebSocket('ws://127.0.0.1:9/')") as (url, arguments):
        _service, seen = visit(url, *arguments)
    assert [entry["error"][-15:] for entry in seen["sockets"]] == ["ERR_UNSAFE_PORT"]


@pytest.mark.servers("node")
@needs_chromium
@pytest.mark.parametrize(
    "odd",
    [
        "Object.prototype.toJSON = function () { return {what: 'made', number: 'x'}; };",
        "Object.prototype.toJSON = function () { return {what: 'made', number: [1]}; };",
        "JSON.stringify = () => '['.repeat(100000);",
        "Object.assign = () => { throw 1; };",
        "try { new WebSocket('ws://' + 'x'.repeat(1000000)); } catch {}",
    ],
)
def test_a_page_that_meddles_with_the_witness(odd: str) -> None:
    with running("ws_standalone") as server:
        with _site(odd + TALK.replace("%s", f"ws://{SITE}:{server.port}/")) as (url, arguments):
            service, seen = visit(url, *arguments, port=server.port)
    assert seen["error"] is None
    assert 101 in [entry["status"] for entry in seen["sockets"]]
    assert max(len(entry["url"]) for entry in seen["sockets"]) < 5000


@needs_chromium
def test_a_page_that_crashes() -> None:
    """The process of a page that needs more memory than it may have is ended."""
    with _site(GREEDY) as (url, arguments):
        service, seen = visit(url, SMALL, *arguments)
    statuses, _causes = _judged(service, seen)
    assert "crashed" in seen["page"]["error"] and statuses["browser.page"] == "fail"
    assert statuses["browser.websocket"] == "unknown"


@needs_chromium
def test_a_frame_that_crashes() -> None:
    """The page goes on without it; what was in the frame is not healthy for that."""
    with serving({"/": page(GREEDY)}) as inner:
        script = f"document.body.innerHTML = \"<iframe src='http://frame.test:{inner}/'></iframe>\""
        with _site(script) as (url, _arguments):
            service, seen = visit(url, SMALL, "--site-per-process", led_to("127.0.0.1", SITE, "frame.test"))
    (first,) = (result for result in check(seen, service) if result.id == "browser.page")
    assert (first.status, seen["page"]["error"]) == ("warn", None)
    assert f"http://frame.test:{inner}/" in first.summary and "crashed" in first.summary


@needs_chromium
def test_a_screenshot() -> None:
    with _site("document.body.append('hello')") as (url, arguments):
        _service, seen = visit(url, *arguments, chromium={"screenshot": True})
        _service, without = visit(url, *arguments)
    assert base64.b64decode(seen["screenshot"])[:3] == b"\xff\xd8\xff"
    assert "screenshot" not in without


@needs_chromium
def test_it_is_looked_at_once_in_a_run(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    service = {"frontend": {"url": "", "browser": True}, "chromium": {"stay": 0.2}}
    with serving({"/": page("")}) as port:
        service["frontend"]["url"] = f"http://127.0.0.1:{port}/"
        first = ask_browser(service, make_context(service, Deadline(15.0)))
    # The server is gone: only the first answer can say that the page was there.
    assert ask_browser(service, make_context(service, Deadline(15.0))) == first
    assert first["page"]["status"] == 200


def test_a_missing_browser_is_a_gap_and_one_warning() -> None:
    service, seen = visit("http://127.0.0.1:1/", chromium={"path": "/nowhere/chromium"})
    (gap,) = seen["gaps"]
    assert "/nowhere/chromium" in gap["reason"] and "chromium" in gap["remedy"]
    results = check(seen, service)
    # What was named and is not there is told as a warning, once.
    assert [(result.id, result.status) for result in results if result.status != "unknown"] == [
        ("browser.page", "warn")
    ]
    assert all(result.remediation for result in results)


@pytest.mark.servers("node")
@needs_chromium
def test_the_visit_takes_three_seconds_by_default() -> None:
    with running("ws_standalone") as server, _site("") as (url, _arguments):
        service = {"name": "chat", "port": server.port, "frontend": {"url": url.replace(SITE, "127.0.0.1")}}
        with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
            patch.setattr(constants, "DEFAULT_LOCAL_TMP", folder)
            seen = ask_browser(service, make_context(service, Deadline(20.0)))
    assert seen["stay_s"] == 3.0 and seen["page"]["watched_ms"] > 2900


@needs_chromium
def test_a_visit_that_the_deadline_cuts_short_is_a_gap() -> None:
    with _site("") as (url, arguments):
        service, seen = visit(url, *arguments, stay=60.0, deadline=9.0)
    (gap,) = seen["gaps"]
    assert "watched for" in gap["reason"] and "raise the deadline" in gap["remedy"]
    (first,) = (result for result in check(seen, service) if result.id == "browser.page")
    assert first.status == "pass" and "watched for" in first.summary


@needs_chromium
def test_an_error_page_is_not_the_page() -> None:
    with _site("") as (url, arguments):
        service, seen = visit(url + "missing", *arguments)
    statuses, _causes = _judged(service, seen)
    assert statuses["browser.page"] == "fail" and statuses["browser.console"] == statuses["browser.csp"] == "unknown"


def test_a_browser_that_does_not_start() -> None:
    with everybodys() as folder:
        path = program(folder, "echo 'FATAL: No usable sandbox!' >&2\nexit 1\n")
        _service, seen = visit("http://127.0.0.1:1/", chromium={"path": path})
    (gap,) = seen["gaps"]
    assert "No usable sandbox" in gap["reason"] and "--no-sandbox" in gap["remedy"]
    assert left() == []


def test_the_browser_is_asked_only_where_a_page_is_named() -> None:
    assert why_not_asked({}) and why_not_asked({"frontend": {"url": "http://a/", "browser": False}})
    assert why_not_asked({"frontend": {"url": "http://a/"}}) == ""
    skipped = check(not_looked_at({}, Deadline(1.0)), {})
    assert {result.status for result in skipped} == {"skip"}
    late = check(not_looked_at({"frontend": {"url": "http://a/"}}, Deadline(1.0)), {})
    assert {result.status for result in late} == {"unknown"}


def test_hosts_are_not_asked_for_it() -> None:
    assert "browser" not in wanted_subjects(None, None) and wanted_on_controller(None, None) == ["browser"]
    assert wanted_subjects(None, ["browser.*"]) == [] and wanted_on_controller(None, ["browser.console"]) == ["browser"]
    assert wanted_on_controller(["browser.*"], None) == [] and wanted_on_controller(None, ["port.*"]) == []


# -- what the page of an Electron app meets ----------------------------------------------------------------------------


@pytest.mark.servers("node")
@needs_chromium
def test_a_page_from_a_file_has_no_origin() -> None:
    """What browser-electron-null-origin says: ``null`` is refused by a server that looks at it, and taken by others."""
    with running("tornado_echo") as picky, running("ws_standalone") as server, everybodys() as folder:
        dials = [
            f"new WebSocket('ws://localhost:{port}{path}');" for port, path in ((picky.port, "/ws"), (server.port, "/"))
        ]
        (folder / "index.html").write_text(page("".join(dials)))
        _service, seen = visit(f"file://{folder}/index.html")
    refused, accepted = seen["sockets"]
    assert "Unexpected response code: 403" in refused["error"] and accepted["status"] == 101
    assert dict(map(tuple, accepted["request"]))["Origin"] == "null"


@pytest.mark.servers("node")
@needs_chromium
def test_a_proxy_is_for_other_hosts() -> None:
    """What browser-electron-proxy says: a proxy that is gone costs every WebSocket but those to localhost."""
    dead = f"--proxy-server=http://127.0.0.1:{tls_ca.free_port()}"
    with running("ws_standalone") as server, everybodys() as folder:
        dials = "".join(f"new WebSocket('ws://{host}:{server.port}/');" for host in ("chat.example.test", "localhost"))
        (folder / "index.html").write_text(page(dials))
        _service, seen = visit(f"file://{folder}/index.html", dead)
        anyway = visit(f"file://{folder}/index.html", dead, "--proxy-bypass-list=<-loopback>")[1]
    assert [entry["status"] for entry in seen["sockets"]] == [None, 101]
    assert "ERR_PROXY_CONNECTION_FAILED" in seen["sockets"][0]["error"]
    assert [entry["status"] for entry in anyway["sockets"]] == [None, None]


@pytest.mark.servers("node")
@needs_chromium
def test_a_page_that_is_first_is_refused() -> None:
    """What browser-electron-backend-race says: only a page that connects again meets the server that comes later."""
    port = tls_ca.free_port()
    again = f"const dial = () => {{ new WebSocket('ws://localhost:{port}/').onclose = () => setTimeout(dial, 200); }}; dial();"
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(everybodys())
        (folder / "index.html").write_text(page(again))
        late = threading.Timer(2.0, lambda: stack.enter_context(running("ws_standalone", port=port)))
        late.start()
        _service, seen = visit(f"file://{folder}/index.html", stay=4.0)
        late.join()
    assert "ERR_CONNECTION_REFUSED" in seen["sockets"][0]["error"]
    assert 101 in [entry["status"] for entry in seen["sockets"]]


# -- nothing stays -----------------------------------------------------------------------------------------------------


@needs_chromium
def test_nothing_of_the_users_home_is_touched(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".pki/nssdb").mkdir(parents=True)
    (tmp_path / ".pki/nssdb/pkcs11.txt").write_text("")
    visit("http://127.0.0.1:1/", stay=0.2)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        ".pki",
        ".pki/nssdb",
        ".pki/nssdb/pkcs11.txt",
    ]


@needs_chromium
@pytest.mark.servers("certutil")
def test_what_the_user_trusts_is_trusted(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = tls_ca.authority()
    trusting(tmp_path, tls_ca.store(tmp_path / "root.pem", authority.root))
    pem = tls_ca.store(tmp_path / "site.pem", authority.leaf(SITE), authority.intermediate, key=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving({"/": page("")}, pem) as port:
        service, seen = visit(f"https://{SITE}:{port}/", led_to("127.0.0.1"), stay=0.2)
    assert seen["page"]["error"] is None
    assert _judged(service, seen)[0]["browser.certificate"] == "pass"
