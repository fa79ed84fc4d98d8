# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Front ends on a real nginx: what they dial wrongly is named, with the source, and what is right stays green."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from tests.integration.conftest import Fleet, Report
from tests.integration.test_nginx import start_nginx, write
from tests.servers.catalogue import CACHE
from tests.unit.frontend.maps import bundle
from tests.unit.tls_kit import issue

NODE = 9601
FIRST = 8801
FOLDER = "/srv/front"
#: What every real bundle has around the few bytes that matter.
LIBRARY = 'function S(e){this.u=e}S.prototype.open=function(e){var t=this.u||e;return new WebSocket(t,["chat"])};'
SCHEME = '(location.protocol==="https:"?"wss://":"ws://")'


def _page(*scripts: str, head: str = "") -> str:
    loaded = "".join(f'<script type="module" src="{name}"></script>' for name in scripts)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>chat</title>{head}{loaded}</head><body></body></html>'
    )


def _app(code: str, **more: str) -> dict[str, str]:
    """A deployed front end: a page, and a bundle with its map."""
    script, source_map = bundle({"src/library.js": LIBRARY, "src/chat.ts": f"const a=1;\n{code}"})
    return {"index.html": _page("/assets/app.js"), "assets/app.js": script, "assets/app.js.map": source_map, **more}


@dataclasses.dataclass
class Case:
    """What is deployed (``@`` stands for the host's address, ``#`` for the page's port), and what is to be named."""

    cause: str | None
    files: dict[str, str]
    ssl: bool = False
    header: str = ""
    #: What is served instead of what is deployed.
    served: dict[str, str] | None = None
    #: Words that the first observation has.
    words: str = "src/chat.ts:2"


def _vite() -> dict[str, str]:
    page = _page("/assets/app.js", head='<script type="module" src="/@vite/client"></script>')
    return {**_app(f'new WebSocket({SCHEME}+location.host+"/ws")'), "index.html": page}


def _lazy(code: str) -> dict[str, str]:
    """The code is in a chunk that is loaded when it is needed."""
    files = _app(f'const open=()=>import("./chat-4f2a91.js");new WebSocket({SCHEME}+location.host+"/ws")')
    return {**files, "assets/chat-4f2a91.js": code}


def _socketio() -> str:
    return (CACHE / "node/node_modules/socket.io/client-dist/socket.io.min.js").read_text()


RIGHT = f'new WebSocket({SCHEME}+location.host+"/ws")'
BROKEN: dict[str, Case] = {
    "localhost": Case("bundle-hardcoded-localhost", _app('const e="ws://localhost:3000/ws";new WebSocket(e)')),
    "container": Case("bundle-hardcoded-localhost", _app("new WebSocket(`ws://backend:3000/ws`)")),
    "fallback": Case("bundle-hardcoded-localhost", _app('new WebSocket({}.VITE_WS_URL||"ws://127.0.0.1:3000/ws")')),
    "settings": Case(
        "bundle-hardcoded-localhost",
        _app('const c={production:!1,wsUrl:"ws://localhost:3000/ws"};class C{open(){return new WebSocket(c.wsUrl)}}'),
    ),
    "socket.io": Case(
        "bundle-hardcoded-localhost",
        {
            "index.html": _page("/app.js", head='<script src="/lib/socket.io.min.js"></script>'),
            "app.js": 'const socket = io("http://localhost:3000");\nsocket.on("connect", () => {});\n',
            "lib/socket.io.min.js": "socketio",
        },
        words="app.js:1",
    ),
    "lazy": Case(
        "bundle-hardcoded-localhost", _lazy('new WebSocket("ws://localhost:3000/ws")'), words="chat-4f2a91.js"
    ),
    "inline": Case(
        "bundle-hardcoded-localhost",
        {"index.html": _page(head='<script>\nconst s = new WebSocket("ws://localhost:8080/ws");\n</script>')},
        words="index.html:2",
    ),
    "undefined": Case("bundle-undefined-host", _app("new WebSocket(`ws://${void 0}/ws`)")),
    "undefined port": Case("bundle-undefined-host", _app('new WebSocket("ws://"+location.hostname+":undefined/ws")')),
    "port": Case("bundle-wrong-port-or-path", _app('new WebSocket("ws://"+location.hostname+":9999/ws")')),
    "path": Case("bundle-wrong-port-or-path", _app(f'new WebSocket({SCHEME}+location.host+"/socket")')),
    "literal path": Case("bundle-wrong-port-or-path", _app('new WebSocket("ws://@:#/chat")')),
    "mixed": Case("mixed-content", _app('new WebSocket("ws://"+location.host+"/ws")'), ssl=True),
    "unsafe": Case("unsafe-port", _app('new WebSocket("ws://@:6000/ws")')),
    "policy": Case("csp-connect-src", _app(RIGHT), header="default-src 'self'; connect-src https:", words="header"),
    "policy in the page": Case(
        "csp-connect-src",
        {
            **_app(RIGHT),
            "index.html": _page(
                "/assets/app.js",
                head="<meta http-equiv='Content-Security-Policy' content=\"connect-src &#39;none&#39;\">",
            ),
        },
        words="connect-src 'none'",
    ),
    "vite": Case("vite-dev", _vite(), words="client of vite"),
    "stale": Case(
        "stale-cached-bundle",
        _app(RIGHT),
        served=_app(f'navigator.serviceWorker.register("/sw.js");new WebSocket({SCHEME}+location.host+"/old")'),
        words="/assets/app.js",
    ),
}
HEALTHY: dict[str, Case] = {
    "derived": Case(None, _app(RIGHT)),
    "own policy": Case(None, _app(RIGHT), header="default-src 'self'"),
    "https": Case(None, _app('new WebSocket("wss://@:#/ws")'), ssl=True),
    "origin": Case(None, _app('new WebSocket(location.origin.replace(/^http/,"ws")+"/ws")'), ssl=True),
    "one of two": Case(None, _app(f'new WebSocket({SCHEME}+location.host+"/notify");{RIGHT}')),
    "for development only": Case(
        None,
        _app(f'new WebSocket("localhost"===location.hostname?"ws://localhost:3000/ws":{SCHEME}+location.host+"/ws")'),
    ),
    "socket.io default": Case(
        None,
        {
            "index.html": _page("/app.js", head='<script src="/lib/socket.io.min.js"></script>'),
            "app.js": "const socket = io();\n",
            "lib/socket.io.min.js": "socketio",
        },
    ),
    "told only": Case(
        None,
        _app(
            f'{RIGHT};document.title="e.g. ws://localhost:3000"',
            **{
                "README.md": 'new WebSocket("ws://localhost:3000/ws")',
                "assets/plain.js": '// new WebSocket("ws://localhost:3000/ws")\n/*\n * new WebSocket("ws://localhost:1/")\n */\n',
                "assets/app.js.map": '{"version":3,"sources":["a"],"sourcesContent":["new WebSocket(\\"ws://localhost\\")"],"mappings":""}',
                "node_modules/x/index.js": 'new WebSocket("ws://localhost:3000/ws")',
            },
        ),
    ),
    "worker": Case(
        None,
        _app(
            'new Worker("/assets/worker.js")',
            **{"assets/worker.js": 'self.s=new WebSocket("wss://"+self.location.host+"/ws")'},
        ),
        ssl=True,
    ),
}
CASES = {**BROKEN, **HEALTHY}


def _port(name: str) -> int:
    return FIRST + list(CASES).index(name)


def _server(name: str, case: Case) -> str:
    port = _port(name)
    keys = f"ssl_certificate {FOLDER}/own.pem; ssl_certificate_key {FOLDER}/own.pem;" if case.ssl else ""
    policy = f'add_header Content-Security-Policy "{case.header}" always;' if case.header else ""
    return f"""server {{
        listen {port}{" ssl" if case.ssl else ""}; {keys} {policy}
        root {FOLDER}/{port}{"-old" if case.served else ""};
        location / {{ try_files $uri /index.html; }}
        location /ws {{
            proxy_pass http://127.0.0.1:{NODE}; proxy_http_version 1.1; proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
        }}
    }}"""


def _deploy(host: t.Any, name: str, case: Case) -> None:
    for suffix, files in (("", case.files), ("-old", case.served or {})):
        for path, text in files.items():
            text = _socketio() if text == "socketio" else text.replace("@:#", f"{host.address}:{_port(name)}")
            write(host, f"{FOLDER}/{_port(name)}{suffix}/{path}", text.replace("//@:", f"//{host.address}:"))


def _entry(host: t.Any, name: str, case: Case) -> dict[str, t.Any]:
    url = f"{'https' if case.ssl else 'http'}://{host.address}:{_port(name)}/"
    # What a browser makes of pages is another test's business: these are read.
    frontend = {"url": url, "root": f"{FOLDER}/{_port(name)}", "browser": False}
    return {"name": name, "port": NODE, "websocket": {"path": "/ws", "dialect": "echo"}, "frontend": frontend}


@pytest.fixture(scope="module")
def report(lab_fleet: Fleet) -> t.Iterator[Report]:
    """All front ends in one run on one host."""
    host = lab_fleet.host(0)
    lab_fleet.start(host, "ws_attached", NODE, bind="127.0.0.1")
    own = issue(host.address, names=[host.address])
    write(host, f"{FOLDER}/own.pem", (own.pem + own.key_pem).decode())
    for name, case in CASES.items():
        _deploy(host, name, case)
    servers = "\n".join(_server(name, case) for name, case in CASES.items())
    types = "types { text/html html; text/javascript js; application/json map; }"
    start_nginx(lab_fleet, host, FIRST, f"user root;\nevents {{}}\nhttp {{ {types}\n{servers}\n}}\n", "front")
    services = {host.name: [_entry(host, name, case) for name, case in CASES.items()]}
    yield lab_fleet.checklist(services, websocket_health_fail_on="never", websocket_health_deadline=25)
    lab_fleet.stop_everything()


@pytest.mark.parametrize("name", BROKEN)
def test_the_cause_is_named_first(lab_fleet: Fleet, report: Report, name: str) -> None:
    host = lab_fleet.names[0]
    report.names_first(host, name, BROKEN[name].cause)
    report.folds_symptoms(host, name)
    because = " ".join(report.service(host, name)["diagnoses"][0]["because"])
    assert BROKEN[name].words in because


@pytest.mark.parametrize("name", HEALTHY)
def test_what_is_right_stays_green(lab_fleet: Fleet, report: Report, name: str) -> None:
    service = report.service(lab_fleet.names[0], name)
    assert (service["diagnoses"], report.wrong(lab_fleet.names[0], name)) == ([], [])
    seen = {(check["id"], check["vantage"]): check["status"] for check in service["checks"]}
    for vantage in ("host", "public"):
        for what in ("url", "hardcoded", "host", "port", "csp", "dev_client"):
            assert seen[f"frontend.{what}", vantage] == "pass", (what, vantage)
