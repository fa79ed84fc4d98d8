# Copyright (c) 2026, websocket.health contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tab of a real Chromium, used as people use it: by keys, clicks and the address."""

from __future__ import annotations

import base64
import contextlib
import json
import pathlib
import typing as t

from ansible_collections.websocket.health.plugins.module_utils._browser.cdp import CallFailed, Protocol
from ansible_collections.websocket.health.plugins.module_utils._run.deadline import Deadline

#: The views in the order of their links.
VIEWS = (
    "causes", "paths", "checklist", "matrix", "hosts", "working", "changes", "differences", "measurements", "steps",
)  # fmt: skip
DESKTOP, PHONE = 1300, 360
#: Seconds for what a page does at once.
SOON = 20.0
Message = dict[str, t.Any]

#: Before the page's own script: what its policy refused, and what must never be set by a text.
_WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""
#: Virtual key codes of keys that are not characters.
_KEYS = {
    "Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36,
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
}  # fmt: skip
_SHIFT = 8


class Failed(AssertionError):
    """The page did not do, or say, what it was to."""


class Tab:
    """One page with a profile of its own, and all that it complains about.

    :ivar complaints: messages of the console, errors, refusals of the policy, dialogs, and requests but that of the page.
    """

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self.complaints: list[str] = []
        self._url = ""
        self._loaded = False
        self._context = self._browser("Target.createBrowserContext")["browserContextId"]
        made = self._browser("Target.createTarget", {"url": "about:blank", "browserContextId": self._context})
        attach = {"targetId": made["targetId"], "flatten": True}
        self._session = self._browser("Target.attachToTarget", attach)["sessionId"]
        self.listen()
        for domain in ("Page", "Runtime", "Log", "Audits", "Network", "DOM"):
            self.call(f"{domain}.enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH})
        self.call("Emulation.setFocusEmulationEnabled", {"enabled": True})
        self.size(DESKTOP)

    def _browser(self, method: str, parameters: Message | None = None) -> Message:
        return self._protocol.call(method, parameters, Deadline(SOON))

    def call(self, method: str, parameters: Message | None = None, seconds: float = SOON) -> Message:
        """A command of the DevTools Protocol to this page."""
        return self._protocol.call(method, parameters, Deadline(seconds), self._session)

    def listen(self) -> None:
        """Hear what the browser says of this page from now on, and of no other."""
        self._protocol.listener = self._hear
        self.complaints.clear()

    def settle(self) -> None:
        """Hear what is still on its way."""
        # What came before the answer is heard with it.
        self.run("0")
        self._protocol.hear_until(Deadline(0.03), lambda: False)

    def complains(self) -> list[str]:
        """All that the page complained about, and what its policy refused."""
        self.settle()
        return self.complaints + t.cast("list[str]", self.run("window.violations.splice(0)"))

    def close(self) -> None:
        """Forget the page and its profile."""
        self._browser("Target.disposeBrowserContext", {"browserContextId": self._context})

    def _hear(self, method: str, found: Message, session: str) -> None:
        if session != self._session:
            return
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Page.javascriptDialogOpening":
            self.complaints.append(f"dialog: {found['message'][:200]}")
            self._protocol.post("Page.handleJavaScriptDialog", {"accept": True}, self._session)
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Audits.issueAdded"):
            self.complaints.append(f"{method}: {json.dumps(found)[:600]}")
        elif method == "Network.requestWillBeSent" and found["request"]["url"].partition("#")[0] != self._url:
            self.complaints.append(f"request: {found['request']['url'][:200]}")
        elif method == "Network.webSocketCreated":
            self.complaints.append(f"WebSocket: {found['url'][:200]}")

    # The page as a whole.

    def open(self, page: pathlib.Path, fragment: str = "") -> Tab:
        """Load a page of a file; where its address names a view, see it painted, as by ``show``."""
        # Of two addresses that differ in the fragment alone the second would not be loaded.
        self.navigate("about:blank")
        self._url = page.as_uri()
        self.navigate(self._url + fragment)
        if fragment:
            self.paint()
        return self

    def navigate(self, url: str) -> None:
        """Load an address and wait for all of it."""
        self._loaded = False
        self.call("Page.navigate", {"url": url}, 60.0)
        self._await_load()

    def reload(self) -> None:
        """Load the page again."""
        self._loaded = False
        self.call("Page.reload")
        self._await_load()

    def _await_load(self) -> None:
        if not self._protocol.hear_until(Deadline(60.0), lambda: self._loaded):
            raise Failed("the page did not load")

    def size(self, width: int, height: int = 900, scale: float = 1.0, touch: bool = False) -> None:
        """The window in CSS pixels."""
        screen = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": touch}
        self.call("Emulation.setDeviceMetricsOverride", screen)

    def media(self, media: str = "", **features: str) -> None:
        """Emulate a medium and what its user prefers: ``prefers_color_scheme="dark"``."""
        wanted = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", {"media": media, "features": wanted})

    def show(self, view: str, query: str = "", **more: t.Any) -> None:
        """Go to a view by the address, as a link that somebody sent would, and see it painted."""
        self.turn(view, query, **more)
        # What is made visible only when it is near the window has no text before that.
        self.paint()

    def turn(self, view: str, query: str = "", **more: t.Any) -> None:
        """Go to a view by the address, for who does not look at what is painted."""
        words = {"view": view, **({"q": query} if query else {}), **more}
        self.run(f"""new Promise((done) => {{
            const before = location.hash;
            addEventListener("hashchange", () => setTimeout(done), {{once: true}});
            location.hash = new URLSearchParams({json.dumps(words)});
            if (location.hash === before) done();
        }})""")
        self.until(f"document.querySelector('[data-view={view}]:not([hidden])') && {_SETTLED}")

    def paint(self) -> None:
        """Let events that wait be handled, and what came of them be drawn."""
        self.run(
            "new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))))"
        )

    # Asking.

    def run(self, expression: str, seconds: float = SOON) -> t.Any:
        """The value of an expression in the page; promises are awaited.

        :raises Failed: it threw.
        """
        asked = {"expression": expression, "returnByValue": True, "awaitPromise": True, "userGesture": True}
        answer = self.call("Runtime.evaluate", asked, seconds)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Failed(details.get("exception", {}).get("description") or details["text"])
        return answer["result"].get("value")

    def until(self, expression: str, seconds: float = 5.0) -> None:
        """Wait until an expression is true."""
        deadline = Deadline(seconds)
        while not deadline.expired():
            with contextlib.suppress(CallFailed):  # between two documents there is nothing to ask
                if self.run(f"Boolean({expression})"):
                    return
            self._protocol.hear(0.02)
        raise Failed(f"it did not come to: {expression}; the page shows {self.run('document.body.innerText')[:600]}")

    def text(self, selector: str = "body") -> str:
        """What is visible of an element, in words; empty where it is hidden or not there."""
        asked = f"((e) => e && e.checkVisibility() ? e.innerText : '')(document.querySelector({json.dumps(selector)}))"
        return t.cast("str", self.run(asked))

    def texts(self, selector: str) -> list[str]:
        """What is visible of each element that a selector finds and that is visible itself."""
        asked = f"[...document.querySelectorAll({json.dumps(selector)})].filter((e) => e.checkVisibility()).map((e) => e.innerText)"
        return t.cast("list[str]", self.run(asked))

    def count(self, selector: str) -> int:
        """How many elements there are."""
        return int(self.run(f"document.querySelectorAll({json.dumps(selector)}).length"))

    def focus(self) -> str:
        """The focused element: its id, else its name and text."""
        return str(self.run("((e) => e.id || `${e.tagName} ${e.textContent.trim()}`)(document.activeElement)"))

    # Doing.

    def press(self, key: str, shift: bool = False) -> None:
        """One key, down and up."""
        code = _KEYS.get(key)
        # What Enter and Space do, they do by their character.
        character = {"Enter": "\r"}.get(key, key if code is None or key == " " else "")
        event: Message = {
            "key": key,
            "modifiers": _SHIFT if shift else 0,
            "windowsVirtualKeyCode": code or ord(key.upper()),
        }
        down = {"type": "keyDown" if character else "rawKeyDown", **({"text": character} if character else {})}
        self.call("Input.dispatchKeyEvent", {**event, **down})
        self.call("Input.dispatchKeyEvent", {**event, "type": "keyUp"})

    def type(self, text: str) -> None:
        """Text into the focused field."""
        self.call("Input.insertText", {"text": text})

    def click(self, selector: str, number: int = 0) -> None:
        """Click in the middle of an element, where a person would."""
        asked = f"""((e) => {{ e.scrollIntoView({{block: "center", behavior: "instant"}}); const b = e.getClientRects()[0];
            return [b.x + b.width / 2, b.y + b.height / 2]; }})(document.querySelectorAll({json.dumps(selector)})[{number}])"""
        self.run(asked)
        self.paint()
        x, y = self.run(asked)
        mouse = {"x": x, "y": y, "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", {"type": kind, **mouse})

    def search(self, query: str) -> None:
        """Type a query in place of what is in the field, and wait for its answer."""
        self.run("document.getElementById('q').focus(); document.getElementById('q').select()")
        if query:
            self.type(query)
        else:
            self.press("Escape")
            self.paint()
        self.until(_SETTLED)

    def clipboard(self) -> str:
        """What was copied last."""
        permissions = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
        self._browser("Browser.grantPermissions", {**permissions, "browserContextId": self._context})
        return str(self.run("navigator.clipboard.readText()"))

    def picture(self, path: pathlib.Path, whole: bool = True) -> None:
        """A screenshot, of the whole page."""
        taken = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole}, 60.0)
        path.write_bytes(base64.b64decode(taken["data"]))


#: The address, the field and the view agree, and nothing waits.
_SETTLED = """((words) => document.getElementById('q').value.trim() === (words.get('q') || '').replace(/[\\r\\n]/g, '').trim())
    (new URLSearchParams(location.hash.slice(1)))"""
