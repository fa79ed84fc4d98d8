# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""browser-stale-bundle: a cache serves an older build of the front end than the one that is deployed."""

from __future__ import annotations

from ...._evidence.frontend import dialled_elsewhere, differing
from ...facts import Facts
from ...rule import Command, Condition, Found, If, LookAlike, Rule
from ._files import RELOAD


def _differing(facts: Facts) -> list[str]:
    """In words, what of the scripts that are served is not as deployed."""
    return differing(facts.frontend)


def _find(facts: Facts) -> Found:
    evidence = facts.frontend
    page = evidence.get("page") or {}
    return "likely" if dialled_elsewhere(evidence) else "possible", {
        "differing": _differing(facts)[:3],
        "worker": page.get("service_worker"),
        "page": page.get("where"),
    }


RULE = Rule(
    id="browser-stale-bundle",
    layer="browser",
    title="A cache serves an old build of the front end",
    users_see=(
        "after a deployment the browser's network panel still shows the old WebSocket URL, although the new build has another",
        "it works in a private window or after a reload with Ctrl+Shift+R, and fails again for other visitors",
        "the console names a script whose hash in the file name is not in the deployed index.html",
    ),
    why="The page's HTML names the scripts of one build. If a CDN, the proxy, the browser's own cache or a service worker keeps "
    "that HTML, visitors go on loading the scripts of the old build, which dial the old URL. Nothing is wrong with the server or with the "
    "new build: they are simply not what runs in the browser.",
    needs=(
        Condition(
            "both the deployed files and the served page were read",
            lambda facts: {"root", "page"} <= set(facts.evidence["frontend"]),
        ),
        Condition("the served page loads other scripts than those that are deployed", _differing),
    ),
    find=_find,
    confidence={"likely": "the served scripts dial something else", "possible": "otherwise"},
    because=(
        "{differing}",
        "a service worker is registered in {worker}: browsers may keep the old page even longer",
    ),
    fix=("purge {page} from the caches in front of it",),
    prevent=(
        (
            If(
                "worker",
                "serve index.html and the service worker with Cache-Control: no-cache, and scripts under hashed file names",
            ),
            "serve index.html with Cache-Control: no-cache, and scripts under hashed file names",
        ),
    ),
    verify=(RELOAD,),
    explains=("frontend.*",),
    look_alikes=(
        LookAlike(
            "process-older-than-code",
            Command("curl -s <URL of the page> | grep -o 'src=[^ >]*'"),
            "other scripts than in the deployed index.html: an old page is served; the same ones: the server's process may be the old one",
        ),
    ),
    sources=("https://web.dev/articles/http-cache",),
    staged=("frontend/stale",),
)
