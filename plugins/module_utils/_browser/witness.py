# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A script that watches a page's WebSockets from inside, for what the protocol does not report.

That is the close code, what a constructor throws, and a connection that a policy stopped before it was begun. The
page's own code finds the WebSocket it would find without it.
"""

from __future__ import annotations

#: Name of the function by which the script reports; it is taken away before any code of the page runs.
BINDING = "__websocketHealthWitness"

SCRIPT = (
    """(() => {
  const name = "%s", report = globalThis[name], Native = globalThis.WebSocket;
  if (typeof report !== "function" || typeof Native !== "function") return;
  delete globalThis[name];
  const text = JSON.stringify;
  const tell = (entry) => {
    try { report(text(Object.assign(Object.create(null), entry))); } catch { /* the page is going away */ }
  };
  let count = 0;
  globalThis.WebSocket = new Proxy(Native, {
    construct(target, parameters, made) {
      const number = ++count;
      let socket;
      try {
        socket = Reflect.construct(target, parameters, made);
      } catch (error) {
        tell({what: "thrown", number, url: String(parameters[0]), error: String(error && error.name),
              text: String(error && error.message)});
        throw error;
      }
      tell({what: "made", number, url: socket.url});
      socket.addEventListener("error", () => tell({what: "error", number, state: socket.readyState}));
      socket.addEventListener("close", (event) =>
        tell({what: "closed", number, code: event.code, reason: event.reason, clean: event.wasClean}));
      return socket;
    },
  });
})()"""
    % BINDING
)
