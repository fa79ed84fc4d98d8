# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one redactor: what must be hidden, what must stay readable, and that no input makes it slow."""

from __future__ import annotations

import json
import pathlib
import random
import re
import time
import typing as t

import pytest
from ansible_collections.websocket.health.plugins.module_utils._run import redact
from ansible_collections.websocket.health.plugins.module_utils._run.redact import HIDDEN, Redactor, is_secret_name
from ansible_collections.websocket.health.plugins.module_utils._run.secret_shapes import SHAPES
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

RECORDED = pathlib.Path(__file__).parents[1] / "recorded"
CANARY = "cAnArY7x"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0." + CANARY
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE%s\n-----END RSA PRIVATE KEY-----"

HIDDEN_TEXTS = [
    # URLs
    f"https://user:{CANARY}@chat.example.com/ws",
    f"redis://:{CANARY}@10.0.0.1:6379/0",
    f"postgres://app:p@{CANARY}@db/chat",
    f"amqp://{CANARY}@mq",
    f"GET /ws?token={CANARY}&room=1 HTTP/1.1",
    f"/socket.io/?EIO=4&sid={CANARY}",
    f"wss://h/ws?access_token={CANARY}",
    f"/ws?apikey={CANARY}",
    f"/ws?x-amz-signature={CANARY}",
    # headers, in a log line
    f"Authorization: Bearer {CANARY}",
    f"authorization: Token {CANARY}",
    f'Authorization: Digest username="bob", response="{CANARY}"',
    f"Proxy-Authorization: Basic {CANARY}",
    f"curl -H 'Authorization: Token {CANARY}' https://h/",
    f"sent Bearer {CANARY}",
    f"Basic {CANARY}",
    f"Cookie: theme=dark; session={CANARY}",
    f"Set-Cookie: sid={CANARY}; HttpOnly",
    f"x-api-key: {CANARY}",
    f"X-CSRF-Token: {CANARY}",
    # JSON, also cut off, escaped, or inside other JSON
    f'{{"password": "{CANARY}"}}',
    f'{{"password": "a\\"{CANARY}"}}',
    f'{{"user": {{"apiKey":"{CANARY}"}}}}',
    f'{{"token": "{CANARY}',
    json.dumps({"message": json.dumps({"password": CANARY})}),
    json.dumps({"a": json.dumps({"b": json.dumps({"secret": CANARY})})}),
    f"{{ secret: '{CANARY}', port: 1 }}",
    f"{{'Authorization': 'Token {CANARY}'}}",
    # other notations of a name and its value
    f'{{"password": {{"value": "{CANARY}"}}}}',
    f'{{"passwords": ["first", "{CANARY}"]}}',
    f"token=['a', '{CANARY}']",
    f':password => "{CANARY}"',
    f"password := {CANARY}",
    f"password -> {CANARY}",
    f"secret = b'{CANARY}'",
    f"GET /login?next=%2Fa%3Ftoken%3D{CANARY}",
    f"state=%7B%22token%22%3A%22{CANARY}%22%7D",
    f"<password>{CANARY}</password>",
    f"&quot;password&quot;:&quot;{CANARY}&quot;",
    f"\\u0022password\\u0022:\\u0022{CANARY}\\u0022",
    f"api key: {CANARY}",
    f"curl -u bob:{CANARY} https://h/",
    # sentences
    f"password {CANARY}",
    f"login failed for bob with password '{CANARY}'",
    f"the api key is {CANARY}",
    "the token is canary7x"[:-8] + CANARY,
    f"using secret key {CANARY}",
    # queries, connection strings
    f"/ws?ticket={CANARY}",
    f"wss://h/ws?pw={CANARY}&x=1",
    f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={CANARY};EndpointSuffix=x",
    f"Endpoint=sb://x/;SharedAccessKeyName=k;SharedAccessKey={CANARY}",
    # options and variables
    f"--password {CANARY}",
    f"node server.js --api-key={CANARY}",
    f"python app.py --db-password '{CANARY} {CANARY}'",
    f"--token\0{CANARY}\0--port\0",
    f"REDIS_PASSWORD={CANARY}",
    f"export SECRET_KEY_BASE={CANARY}",
    f"RAILS_MASTER_KEY={CANARY}",
    f"JWT_SECRET='{CANARY} and more {CANARY}'",
    f"AWS_SECRET_ACCESS_KEY={CANARY}",
    f"SENTRY_DSN=https://{CANARY}@sentry.io/1",
    f"DATABASE_URL=postgres://u:{CANARY}@h/db",
    f"DB_PASS={CANARY}",
    f"password=none-of-{CANARY}",
    # shapes
    KEY % CANARY,
    KEY.split("\n-----END")[0] % CANARY,
    (KEY % CANARY).replace("RSA ", "").replace("\n", "\\n"),
    (KEY % CANARY).replace("RSA ", "OPENSSH "),
    f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{CANARY}\n-----END PGP PRIVATE KEY BLOCK-----",
    JWT,
    f"message [{JWT}] refused",
    f"ghp_{CANARY}{CANARY}{CANARY}",
    f"xoxb-1234567890-{CANARY}",
    f"sk_live_{CANARY}{CANARY}",
    f"glpat-{CANARY}{CANARY}{CANARY}",
    "AKIAIOSFODNN7" + CANARY.upper()[:7],
]

PLAIN_TEXTS = [
    "NODE_ENV=production",
    "PORT=8080 HOST=0.0.0.0",
    "/srv/author/server.js --authority 3",
    "HTTP/1.1 101 Switching Protocols",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "failed to negotiate subprotocol graphql-ws",
    "subprotocol=graphql-ws subprotocols: [ 'mqtt', 'soap' ]",
    "docker run -u 1000:1000 -p 8080:8080 app",
    "TypeError: TokenStream -> null at Session.open (/srv/app/session.js:12:3)",
    "Map<Token> and Set<Session> are empty",
    "basic handshake done, digest mismatch",
    "Error: listen EADDRINUSE: address already in use 127.0.0.1:8080",
    "at Server.setupListenHandle (node:net:1817:16)",
    "https://chat.example.com/ws?room=lobby&EIO=4",
    "user@host said http://host/path",
    "token=null password: undefined session=true",
    "password authentication failed for user chat",
    "the token is expired, the api key is missing, credentials are required",
    "Unexpected token < in JSON at position 0",
    "secret manager is not reachable; pin is wrong",
    "integrity sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "subprotocol 'graphql-ws' was not offered",
    "Sec-WebSocket-Protocol: soap, graphql-transport-ws",
    "compiled /srv/app/releases/20261130T120000Z/server.js:12",
    "12 passed, 3 failed; inside=4 compass=2 monkey=1",
    "WebSocket connection open, bypassing=1",
    "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
    "MaxListenersExceededWarning: Possible EventEmitter memory leak detected",
]


@pytest.mark.parametrize("text", HIDDEN_TEXTS)
def test_a_secret_is_hidden(text: str) -> None:
    assert CANARY in text or CANARY.upper()[:7] in text
    seen = Redactor().text(text)
    assert CANARY not in seen
    assert CANARY.upper()[:7] not in seen
    assert HIDDEN in seen


@pytest.mark.parametrize("text", PLAIN_TEXTS)
def test_what_makes_evidence_useful_stays(text: str) -> None:
    assert Redactor().text(text) == text


@pytest.mark.parametrize("text", HIDDEN_TEXTS)
def test_redacting_twice_changes_nothing_more_than_marks(text: str) -> None:
    once = Redactor().text(text)
    assert CANARY not in Redactor().text(once)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (f"< Sec-WebSocket-Protocol: bearer, {CANARY}", "< Sec-WebSocket-Protocol: [6 characters], [8 characters]"),
        (f'"sec-websocket-protocol": "{CANARY}"', '"sec-websocket-protocol": [10 characters]'),
        (f'subprotocols: ["soap", "{CANARY}"]', 'subprotocols: ["soap", "[8 characters]"]'),
        (f"subprotocol={CANARY} ok", "subprotocol=[8 characters] ok"),
        (
            f"Failed to construct 'WebSocket': The subprotocol '{CANARY}' is invalid.",
            "Failed to construct 'WebSocket': The subprotocol '[8 characters]' is invalid.",
        ),
    ],
)
def test_a_subprotocol_that_nobody_has_published_is_told_by_its_length(text: str, seen: str) -> None:
    assert Redactor().text(text) == seen
    assert Redactor().text(seen) == seen
    assert Redactor(reveal=True).text(text) == text


def test_subprotocols_in_evidence() -> None:
    evidence = {"offered": ["soap", CANARY], "main": {"subprotocol": CANARY}, "own": {"subprotocol": None}}
    seen = {
        "offered": ["soap", "[8 characters]"],
        "main": {"subprotocol": "[8 characters]"},
        "own": {"subprotocol": None},
    }
    assert Redactor().tree(evidence) == seen
    assert Redactor().tree(seen) == seen
    assert Redactor(reveal=True).tree(evidence) == evidence


def _made_by(pattern: t.Any, chance: random.Random) -> str:
    """A text that a regular expression matches; looks ahead and behind count as nothing."""
    made = ""
    for kind, value in pattern:
        name = str(kind)
        if name == "LITERAL":
            made += chr(value)
        elif name == "IN":
            choices = [made_of for entry in value for made_of in _characters(entry)]
            made += chance.choice(choices)
        elif name == "BRANCH":
            made += _made_by(chance.choice(value[1]), chance)
        elif name == "SUBPATTERN":
            made += _made_by(value[3], chance)
        elif name == "MAX_REPEAT":
            low, high, part = value
            made += "".join(_made_by(part, chance) for _n in range(min(max(low, 1), high)))
    return made


def _characters(entry: t.Any) -> list[str]:
    kind, value = str(entry[0]), entry[1]
    if kind == "RANGE":
        return [chr(number) for number in range(value[0], value[1] + 1)]
    return list("0123456789") if kind == "CATEGORY" else [chr(value)]


@pytest.mark.parametrize(("vendor", "needles", "shape", "source"), SHAPES, ids=[row[0] for row in SHAPES])
def test_a_vendor_s_token_is_hidden(vendor: str, needles: tuple[str, ...], shape: str, source: str) -> None:
    assert source.startswith("https://")
    chance = random.Random(vendor)
    for _try in range(5):
        token = _made_by(re._parser.parse(shape), chance)  # type: ignore[attr-defined]
        assert any(needle in token for needle in needles), token
        seen = Redactor().text(f"2026-11-30 12:00:00 connecting with {token} to the upstream")
        assert token not in seen, token
        assert seen == f"2026-11-30 12:00:00 connecting with {HIDDEN} to the upstream", token


def test_the_table_of_shapes_is_long_and_has_none_twice() -> None:
    assert len(SHAPES) >= 40
    assert len({row[0] for row in SHAPES}) == len(SHAPES)


def test_a_private_key_that_is_logged_line_by_line() -> None:
    """Each line comes to the redactor alone: the first says that it is a key, and those after it say nothing."""
    made = rsa.generate_private_key(65537, 2048)
    form = serialization.PrivateFormat.PKCS8
    key = made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    body = [line for line in key.splitlines() if not line.startswith("-----")]
    assert len(body) > 20
    for line in body[:-1]:
        assert line not in Redactor().text(f"Nov 30 12:00:00 web1 server[12]: {line}")
        assert line not in Redactor().text(line)
    if body[-1].endswith("=") and len(body[-1]) > 32:
        assert body[-1] not in Redactor().text(body[-1])


def test_the_name_stays_where_the_value_is_hidden() -> None:
    assert Redactor().text(f"GET /ws?room=1&token={CANARY}&v=2") == f"GET /ws?room=1&token={HIDDEN}&v=2"
    assert Redactor().text(f"redis://:{CANARY}@cache:6379") == f"redis://{HIDDEN}@cache:6379"


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("REDIS_PASSWORD", True),
        ("SECRET_KEY_BASE", True),
        ("RAILS_MASTER_KEY", True),
        ("APP_KEY", True),
        ("myToken", True),
        ("GITHUB_TOKEN", True),
        ("DB_PASS", True),
        ("MYSQL_PWD", True),
        ("SENTRY_DSN", True),
        ("sid", True),
        ("JWT", True),
        ("NODE_ENV", False),
        ("NODE_TLS_REJECT_UNAUTHORIZED", False),
        ("DJANGO_SETTINGS_MODULE", False),
        ("AUTHOR", False),
        ("HOSTNAME", False),
        ("COMPASS", False),
        ("PORT", False),
    ],
)
def test_secret_names_are_recognised(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("Authorization", "Bearer x", HIDDEN),
        ("COOKIE", "a=b", HIDDEN),
        ("Set-Cookie", "a=b", HIDDEN),
        ("X-Api-Key", "abc", HIDDEN),
        ("X-Auth-Token", "abc", HIDDEN),
        ("X-CSRF-Token", "abc", HIDDEN),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("WWW-Authenticate", 'Basic realm="chat"', 'Basic realm="chat"'),
        ("Server", "nginx/1.22.1", "nginx/1.22.1"),
        ("Location", f"https://h/?token={CANARY}", f"https://h/?token={HIDDEN}"),
        ("Sec-WebSocket-Protocol", "graphql-ws, v12.stomp", "graphql-ws, v12.stomp"),
        ("Sec-WebSocket-Protocol", f"bearer, {CANARY}", f"[6 characters], [{len(CANARY)} characters]"),
        (
            "Sec-WebSocket-Protocol",
            f"chat, access_token, {CANARY}",
            f"[4 characters], [12 characters], [{len(CANARY)} characters]",
        ),
        ("Sec-WebSocket-Protocol", "soap, " + "a" * 41, "soap, [41 characters]"),
        (
            "Sec-WebSocket-Protocol",
            f"base64url.bearer.authorization.k8s.io.{CANARY}",
            f"[{38 + len(CANARY)} characters]",
        ),
    ],
)
def test_header_values_are_shown_or_hidden_by_name(name: str, value: str, seen: str) -> None:
    shown = Redactor().header(name, value)
    assert CANARY not in shown
    if CANARY not in value or name != "Sec-WebSocket-Protocol" or "," in value:
        assert shown == seen
    assert Redactor().headers([(name, value)]) == [[name, shown]]


def test_exact_secrets_are_hidden_wherever_they_stand() -> None:
    redactor = Redactor([CANARY, "open sesame", "abc", ""])
    assert redactor.text(f"x{CANARY}y open sesame abc") == f"x{HIDDEN}y {HIDDEN} abc"


def test_a_longer_secret_is_hidden_before_a_shorter_one_within_it() -> None:
    assert Redactor(["open", "open-sesame"]).text("say open-sesame!") == f"say {HIDDEN}!"


def test_the_start_of_a_secret_that_was_cut_off_is_hidden() -> None:
    redactor = Redactor(["open-sesame-" + CANARY])
    assert redactor.text("X-Custom: open-ses") == f"X-Custom: {HIDDEN}"
    assert redactor.text("X-Custom: ope") == "X-Custom: ope", "three characters say nothing"


def test_a_cut_never_leaves_half_a_secret() -> None:
    redactor = Redactor([CANARY])
    for before in range(60):
        seen = redactor.text("a" * before + CANARY + "b" * 9000, 50)
        assert CANARY[:4] not in seen
        assert seen.startswith("a" * min(before, 50))
    assert "9000" in Redactor().text("b" * 9050, 50)


def test_text_is_utf8_afterwards() -> None:
    assert Redactor().text("caf\udce9 \ud800 é").encode() == "caf? ? é".encode()
    assert json.dumps(Redactor().tree({"k\udce9": ["\udcff"]}), ensure_ascii=False).encode()


def test_a_command_line_hides_whole_arguments() -> None:
    argv = ["node", "server.js", "--password", f"two words {CANARY}", f"--jwt-secret=a b {CANARY}", "--port", "80"]
    seen = Redactor().command(argv)
    assert CANARY not in seen
    assert seen == f"node server.js --password {HIDDEN} --jwt-secret={HIDDEN} --port 80"
    assert Redactor().command(["node", "--token", "--port", "80"]) == "node --token --port 80"


def test_a_tree_is_redacted_to_its_leaves() -> None:
    tree = {
        "a": [f"token={CANARY}", {"b": f"Bearer {CANARY}"}, (CANARY,)],
        "password": CANARY,
        f"?token={CANARY}": 1,
        "variables": {"SESSION_SECRET": {"set": True, "value": None}},
        "count": 3,
        "none": None,
    }
    seen = Redactor([CANARY]).tree(tree)
    assert CANARY not in json.dumps(seen)
    assert seen["password"] == HIDDEN
    assert seen["variables"] == {"SESSION_SECRET": {"set": True, "value": None}}, "an entry is no value"
    assert (seen["count"], seen["none"]) == (3, None)


ADVERSARIES = {
    "token starts": "eyJaaaaaa-" * 10000,
    "schemes": "a://" * 25000,
    "scheme without end": "x://" + "a:" * 50000,
    "names": "token_" * 17000,
    "names with suffixes": "token._-" * 12500,
    "options": "--a-token " * 10000,
    "dashes": "-" * 100000,
    "spaces after bearer": "bearer " + " " * 100000,
    "spaces after cookie": "cookie" + " " * 100000,
    "headers": "authorization:" * 7000,
    "keys without end": "-----BEGIN RSA PRIVATE KEY-----" * 3300,
    "key ends": "-----BEGIN PRIVATE KEY-----" + "-----END A" * 10000,
    "quotes": 'password="' * 10000,
    "backslashes": 'password="' + "\\" * 100000,
    "quoted backslashes": "password=" + "\\\\\\x" * 25000,
    "letters": "a" * 100000,
    "short names": "pass" * 25000,
    "provider keys": "sk-" * 33000,
    "negotiate": "negotiate " + "a" * 100000,
    "negotiations": "negotiate a-" * 8300,
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", ADVERSARIES)
def test_no_text_makes_it_slow(name: str) -> None:
    # A quadratic pattern takes several seconds for these; a linear one some hundredths of one.
    started = time.process_time()
    Redactor([CANARY]).text(ADVERSARIES[name])
    assert time.process_time() - started < 1.0


def _with_every_pattern(monkeypatch: pytest.MonkeyPatch, texts: t.Iterable[str]) -> list[str]:
    """The same texts where nothing is left out for what a text has not."""
    monkeypatch.setattr(redact, "_has", lambda *_: True)
    monkeypatch.setattr(redact, "SHORTEST_TOKEN", 0)
    monkeypatch.setattr(redact, "_SHAPES", [("", shape) for _needle, shape in redact._SHAPES])
    return [Redactor().text(text) for text in texts]


def test_patterns_that_are_left_out_would_not_have_matched(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {*HIDDEN_TEXTS, *(case(text) for text in HIDDEN_TEXTS for case in (str.upper, str.lower, str.title))}
    texts |= {
        text.replace(old, new) for text in HIDDEN_TEXTS for old, new in zip("iskIS ", "ıſ\u212aİſ\u2003", strict=True)
    }
    seen = {text for path in RECORDED.glob("*.json") for text in re.findall(r'"([^"\n]+)"', path.read_text())}
    texts |= set(sorted(seen)[::10])
    chosen = sorted(texts)
    quick = [Redactor().text(text) for text in chosen]
    assert quick == _with_every_pattern(monkeypatch, chosen)


def test_letters_that_are_taken_for_those_of_ascii_are_known() -> None:
    everything = "".join(map(chr, range(128, 0x110000)))
    assert set(re.findall("[a-z]", everything, re.I)) == set(map(chr, redact._LIKE_ASCII))


def test_no_token_is_shorter_than_the_shortest() -> None:
    assert (
        min(re._parser.parse(shape).getwidth()[0] for _vendor, _needles, shape, _source in SHAPES)
        == redact.SHORTEST_TOKEN
    )
