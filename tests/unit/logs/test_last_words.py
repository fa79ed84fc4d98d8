# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last words of programs of several languages."""

from __future__ import annotations

import pytest
from ansible_collections.websocket.health.plugins.module_utils._logs.blocks import MemoryText
from ansible_collections.websocket.health.plugins.module_utils._logs.last_words import last_words

NODE = """booting
/srv/chat/server.js:3
  throw new Error('relay.toml not found');
  ^

Error: relay.toml not found
    at Object.<anonymous> (/srv/chat/server.js:3:9)
    at node:internal/main/run_main_module:36:49 {
  code: 'ENOENT',
  syscall: 'open'
}

Node.js v22.14.0
"""
PYTHON = """Traceback (most recent call last):
  File "/srv/chat/server.py", line 2, in <module>
    json.load(open('settings.json'))
              ^^^^^^^^^^^^^^^^^^^^^
FileNotFoundError: [Errno 2] No such file or directory: 'settings.json'
"""
GO = """2026/11/30 22:00:01 starting
panic: websocket requires TLS configuration

goroutine 1 [running]:
main.main()
\t/app/main.go:5 +0x1d
exit status 2
"""
DENO = """error: Uncaught (in promise) NotCapable: Requires net access to "0.0.0.0:8080", run again with the --allow-net flag
  const server = Deno.serve({ port: 8080 }, handle);
                      ^
    at listen (ext:deno_net/01_net.js:633:35)
"""
JOURNAL = """@1795428672.1 Error: DATABASE_URL is not set
@1795428672.2 chat.service: Main process exited, code=exited, status=1/FAILURE
@1795428672.3 chat.service: Failed with result 'exit-code'.
"""
EXEC = """@1795428672.1 chat.service: Failed at step EXEC spawning /opt/chat/run: No such file or directory
@1795428672.2 chat.service: Main process exited, code=exited, status=203/EXEC
"""


@pytest.mark.parametrize(
    ("text", "telling", "tells"),
    [
        (NODE, "Error: relay.toml not found", True),
        (PYTHON, "FileNotFoundError: [Errno 2] No such file or directory: 'settings.json'", True),
        (GO, "panic: websocket requires TLS configuration", True),
        (DENO, DENO.split("\n", 1)[0], True),
        (JOURNAL, "Error: DATABASE_URL is not set", True),
        (EXEC, "chat.service: Failed at step EXEC spawning /opt/chat/run: No such file or directory", True),
        ("usage: chat [-h] --port PORT\nchat: error: --port is required\n", "chat: error: --port is required", True),
        ("client 7: invalid frame\nSIGTERM received\nServer closed\n", "client 7: invalid frame", False),
        ("ready on 8080\nclient 7 connected\n", "client 7 connected", False),
    ],
)
def test_the_telling_line(text: str, telling: str, tells: bool) -> None:
    words = last_words(MemoryText(text.encode(), 0.0), len(text.encode()))
    assert words is not None
    assert (words.telling, words.tells) == (telling, tells)


def test_what_stands_before_a_start() -> None:
    words = last_words(MemoryText(b"first life: failed\nsecond life: ready\n", 0.0), 19)
    assert words is not None
    assert words.lines == ["first life: failed"]


def test_an_empty_log_says_nothing() -> None:
    assert last_words(MemoryText(b"\n\n", 0.0), 2) is None
