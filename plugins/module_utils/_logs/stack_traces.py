# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""Stack traces of nine runtimes, each as one record: where it begins and ends, and which line is the cause.

Works on plain text lines (see carriers.py). Every function looks at a bounded number of lines.
"""

from __future__ import annotations

import json
import re
import typing as t

from .._run.lazy_pattern import LazyPattern

#: The program died of it.
FATAL = "fatal"
#: Nothing in the program caught it.
UNHANDLED = "unhandled"
#: The program caught it and wrote it down.
LOGGED = "logged"

#: A trace is cut after so many lines, and its head is looked for so many lines above a frame.
MAX_LINES = 300
_LOOK_BACK = 60


class Trace(t.NamedTuple):
    """One stack trace within a list of lines."""

    runtime: str
    kind: str
    #: ``TypeError``, ``java.net.BindException``, ``panic``
    type: str
    #: The line that names the root cause.
    root: str
    #: The frame nearest to the failure that is the application's own code, else the nearest one.
    frame: str
    #: Index of the first line and of the one after the last; both 0 and 1 for a trace inside one JSON record.
    first: int
    end: int
    #: Its lines, cut.
    text: str


_LEVEL = LazyPattern(r"\b(?:ERROR|CRITICAL|FATAL|WARN(?:ING)?|INFO|DEBUG|error|warn|fail|crit)\b|\d\d:\d\d:\d\d")
_UNHANDLED_INTRO = LazyPattern(
    r"Exception in ASGI application|Exception inside application|Exception in (?:thread|callback)|never retrieved"
    r"|Unhandled|Uncaught|Error handling request|Exception on \S+ \[|Exception happened during|Internal Server Error"
    r"|Exception in worker process|Application run failed|threw exception|Exception ignored in"
    r"|connection handler failed|Exception while (?:handling|loading)|Error in ASGI Framework"
)
_AT_FRAME = LazyPattern(r"^\s+at \S")
_NODE_FRAME = LazyPattern(
    r"^\s+at (?:async )?(?:.*\()?(?:node:|file:|/|[A-Z]:\\|<anonymous>|internal/|webpack|\(?native|async |new |eval )"
    r"|^\s+at \S.* \[as \S+\]|^\s+at .*\.[cm]?[jt]sx?:\d+"
)
_JAVA_FRAME = LazyPattern(
    r"^\s+at [^\s(]+\((?:[\w$]+\.(?:java|kt|kts|scala|groovy|clj)(?::\d+)?|Native Method|Unknown Source|<generated>)\)"
)
_AT_MORE = LazyPattern(
    r"^\s+at \S|^\s+\.\.\. \d+ (?:more|common frames|lines matching)|^\s*Caused by: |^\s*Suppressed: "
    r"|^\s+\[(?:cause|errors)\]:"
    r"|^\s+\[?\w[\w ]*\]?: |^Require stack:|^- [/A-Z]|^Emitted 'error' event|^\s*[\])}]+,?$|^\s+---|^ ---> |^\s+\}"
)
_ERROR_HEAD = LazyPattern(
    r"(?P<type>(?:[A-Za-z_$][\w$]*\.)*[A-Z][\w$]*(?:Error|Exception|Rejection|Throwable|Failure|Fault)\b|\bError)"
    r"(?: \[(?P<code>\w+)\])?(?::|$|\s|\])"
)
_ANY_HEAD = LazyPattern(r"^(?:Uncaught )?\[?(?P<type>(?:[a-z][\w$]*\.)*[A-Z][\w$]*)(?: \[\w+\])?: ")
_NODE_FILE = LazyPattern(r"^(?:node:|/|file:|[A-Z]:\\).*:\d+$")


def touches(text: str) -> bool:
    """Whether a line may be the head or a frame of a trace; cheap, and wrong only by saying yes."""
    return (
        "Traceback (most" in text
        or "rror" in text
        or "xception" in text
        or "anic" in text
        or " at " in text
        or "\tat " in text
        or "** (" in text
        or "[running]:" in text
        or "Rejection" in text
        or "Throwable" in text
        or "heap" in text
    )


def trace_at(lines: list[str], index: int) -> Trace | None:
    """The trace that line ``index`` belongs to, or None.

    :param lines: plain text lines around it: some before, up to MAX_LINES after.
    :param index: a line that ``touches`` accepted.
    """
    text = lines[index]
    if text[:1] == "{" or ('"stack' in text and "\\n" in text):
        return _inside_json(text, index)
    for reader in (_python, _python_fatal, _go, _php, _elixir, _ruby, _node_heap, _at_trace):
        trace = reader(lines, index)
        if trace is not None:
            return trace
    return None


def _make(
    lines: list[str], first: int, end: int, runtime: str, kind: str, kind_of: str, root: str, frame: str
) -> Trace:
    text = "\n".join(line[:400] for line in lines[first : min(end, first + 60)])
    return Trace(runtime, kind, kind_of[:120], root.strip()[:1000], frame.strip()[:300], first, end, text[:6000])


def _inside_json(text: str, index: int) -> Trace | None:
    """A trace that a JSON logger put into one field of one line."""
    if "\\n" not in text:
        return None
    try:
        record = json.loads(text)
    except ValueError:
        return None
    best = max(_strings(record), key=lambda value: value.count("\n"), default="")
    lines = best.split("\n")[:MAX_LINES]
    for number, line in enumerate(lines[:5]):
        if touches(line):
            trace = trace_at(lines, number) if line[:1] != "{" else None
            if trace is not None:
                kind = FATAL if trace.kind == FATAL else LOGGED
                return trace._replace(kind=kind, first=index, end=index + 1)
    return None


def _strings(value: t.Any, depth: int = 0) -> t.Iterator[str]:
    if isinstance(value, str):
        if "\n" in value:
            yield value
    elif depth < 4 and isinstance(value, dict):
        for entry in value.values():
            yield from _strings(entry, depth + 1)
    elif depth < 4 and isinstance(value, list):
        for entry in value[:20]:
            yield from _strings(entry, depth + 1)


# ---- Python ---------------------------------------------------------------------------------------------------------

_PYTHON_FRAME = LazyPattern(r"^[\s|]*File \"(?P<file>[^\"]+)\", line (?P<line>\d+)(?:, in (?P<func>\S+))?")
_PYTHON_FOREIGN = LazyPattern(r"site-packages|dist-packages|/lib(?:64)?/python\d|<frozen|^<|/bin/[\w.-]+$")
_PYTHON_TYPE = LazyPattern(r"^[\s|]*(?P<type>[A-Za-z_][\w.]*)(?::|$)")
_CHAINED = ("During handling of the above", "The above exception was the direct cause")


def _python(lines: list[str], index: int) -> Trace | None:
    if "Traceback (most recent call last)" not in lines[index]:
        return None
    position = index
    blocks: list[tuple[str, list[str]]] = []
    direct = False
    limit = min(len(lines), index + MAX_LINES)
    while True:
        last, frames, position = _python_block(lines, position, limit)
        blocks.append((last, frames))
        ahead = next((number for number in range(position, min(limit, position + 4)) if lines[number].strip()), limit)
        if ahead >= limit or not lines[ahead].strip().startswith(_CHAINED):
            break
        following = next(
            (number for number in range(ahead, min(limit, ahead + 4)) if "Traceback (most" in lines[number]), None
        )
        if following is None:
            break
        direct = direct or "direct cause" in lines[ahead]
        position = following
    root, frames = blocks[0] if direct else blocks[-1]
    match = _PYTHON_TYPE.match(root)
    kind_of = match.group("type") if match else "unknown"
    first, kind = _python_kind(lines, index)
    return _make(lines, first, position, "python", kind, kind_of, root or lines[index], _python_top(frames))


def _python_block(lines: list[str], position: int, limit: int) -> tuple[str, list[str], int]:
    """One ``Traceback`` block: the line that names the error, the frames, and the index after it."""
    group = "Group" in lines[position] or lines[position].lstrip().startswith(("+", "|"))
    frames = []
    last = ""
    position += 1
    while position < limit:
        line = lines[position]
        if not line.strip() and not group:
            break
        if line[:1] not in (" ", "\t", "|", "+"):
            # Without frames in between, the line is no error but whatever was written next.
            if line.strip() and not group:
                last = line
                position += 1
            break
        if group:
            inner = re.match(r"^[\s|]+(?P<text>[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt)\b.*)", line)
            last = inner.group("text") if inner else last
        if _PYTHON_FRAME.match(line):
            frames.append(line)
        position += 1
    return last, frames, position


def _python_top(frames: list[str]) -> str:
    own = [frame for frame in frames if not _PYTHON_FOREIGN.search(_PYTHON_FRAME.match(frame).group("file"))]  # type: ignore[union-attr]
    match = _PYTHON_FRAME.match((own or frames or [""])[-1])
    if match is None:
        return ""
    return "%s:%s in %s" % (match.group("file"), match.group("line"), match.group("func") or "<module>")


def _python_kind(lines: list[str], index: int) -> tuple[int, str]:
    """Where the record begins (its introduction counts) and whether anything caught the error."""
    before = lines[index - 1] if index else ""
    if not before.strip() and index > 1:
        before = lines[index - 2] if _UNHANDLED_INTRO.search(lines[index - 2]) else ""
    if before.startswith(("future:", "handle:")) and index > 1:
        before = lines[index - 2]
    if _UNHANDLED_INTRO.search(before) or _UNHANDLED_INTRO.search(lines[index]):
        return index, UNHANDLED
    if _LEVEL.search(before) or _LEVEL.search(lines[index]):
        return index, LOGGED
    return index, UNHANDLED


def _python_fatal(lines: list[str], index: int) -> Trace | None:
    if not lines[index].startswith("Fatal Python error: "):
        return None
    position = index + 1
    limit = min(len(lines), index + MAX_LINES)
    while position < limit and (
        not lines[position].strip()
        or lines[position].startswith(("Current thread", "Thread 0x", "  ", "Extension mod", "Python runtime"))
    ):
        position += 1
    frames = [line for line in lines[index:position] if _PYTHON_FRAME.match(line)]
    # Here the most recent call comes first.
    return _make(lines, index, position, "python", FATAL, "Fatal Python error", lines[index], _python_top(frames[::-1]))


# ---- Node, Java, .NET: frames that begin with "at" -----------------------------------------------------------------


def _at_trace(lines: list[str], index: int) -> Trace | None:
    # Node shows the place and the source line above the error.
    place = next((number for number in range(index, max(-1, index - 3), -1) if _NODE_FILE.match(lines[number])), None)
    head: int | None = index
    if place is not None:
        head = _head_below(lines, place)
    elif _AT_FRAME.match(lines[index]):
        head = _head_above(lines, index)
    if head is None:
        return None
    limit = min(len(lines), head + MAX_LINES)
    first_frame = _first_frame(lines, head, limit)
    if first_frame is None:
        return _node_rejection(lines, head)
    match = _ERROR_HEAD.search(lines[head]) or _ANY_HEAD.search(lines[head])
    if match is None:
        return None
    end = first_frame
    while end < limit and _AT_MORE.match(lines[end]):
        end += 1
    frames = [line for line in lines[first_frame:end] if _AT_FRAME.match(line)]
    if any(_JAVA_FRAME.match(frame) for frame in frames[:5]):
        return _java(lines, head, first_frame, end)
    if any(_NODE_FRAME.match(frame) for frame in frames[:5]):
        return _node(lines, head, end, frames)
    return _dotnet(lines, head, end, frames)


def _head_below(lines: list[str], place: int) -> int | None:
    """The error below ``/srv/server.js:12``, a source line and a caret."""
    limit = min(len(lines), place + 8)
    caret = next((number for number in range(place + 1, limit) if re.match(r"^\s*\^+$", lines[number])), None)
    if caret is None:
        return None
    return next((number for number in range(caret + 1, limit) if lines[number].strip()), None)


def _head_above(lines: list[str], index: int) -> int | None:
    for number in range(index - 1, max(-1, index - _LOOK_BACK), -1):
        if not _AT_MORE.match(lines[number]):
            return number
    return None


def _first_frame(lines: list[str], head: int, limit: int) -> int | None:
    """The first frame below a head: a message may run over some lines, but not over another log record."""
    for number in range(head + 1, min(limit, head + 12)):
        line = lines[number]
        if _AT_FRAME.match(line):
            return number
        if line[:5] == " --->" or line.startswith(("Require stack", "- ")):
            continue
        if _LEVEL.search(line[:80]) or (not line.strip() and number > head + 1):
            return None
        if number > head + 1 and _ERROR_HEAD.match(line):
            # Another error's head: this one has no frames of its own.
            return None
        if number == head + 1 and (_ANY_HEAD.match(line) or _ERROR_HEAD.match(line)) and ": " in line:
            return None
    return None


_NODE_CODE = LazyPattern(r"^\s+(?:code|reason): ['\"]?(?P<code>[\w-]+)")
_NODE_CAUSE = LazyPattern(r"^\s+\[cause\]: (?P<text>.*)|^\s+\[errors\]: ")
_NODE_FOREIGN = LazyPattern(r"node:|node_modules|\(internal/|\(<anonymous>\)|\(native")
_NODE_END = LazyPattern(r"^Node\.js v\d+")


def _node(lines: list[str], head: int, end: int, frames: list[str]) -> Trace:
    limit = min(len(lines), head + MAX_LINES)
    first = head
    for number in range(head - 1, max(-1, head - 8), -1):
        if _NODE_FILE.match(lines[number]):
            first = number
            break
        if _LEVEL.search(lines[number][:60]):
            break
    after = end
    while after < limit and not lines[after].strip():
        after += 1
    fatal = first != head
    if after < limit and _NODE_END.match(lines[after]):
        fatal, end = True, after + 1
    causes = [_NODE_CAUSE.match(line) for line in lines[head:end]]
    named = [match.group("text") for match in causes if match is not None and match.group("text")]
    match = _ERROR_HEAD.search(lines[head])
    root = named[-1] if named else lines[head][match.start() :] if match else lines[head]
    unhandled = _UNHANDLED_INTRO.search(lines[head]) or (head and _UNHANDLED_INTRO.search(lines[head - 1]))
    kind = FATAL if fatal else UNHANDLED if unhandled else LOGGED
    return _make(lines, first, end, "node", kind, _type_of(root), root, _top(frames, _NODE_FOREIGN))


def _node_rejection(lines: list[str], head: int) -> Trace | None:
    """``[UnhandledPromiseRejection: …] { code: … }`` has no frames: what was rejected was no Error."""
    if not re.search(r"UnhandledPromiseRejection(?:Warning)?: ", lines[head]):
        return None
    end = head + 1
    limit = min(len(lines), head + 12)
    while end < limit and (re.match(r"^\s+code:|^\}|^$", lines[end]) or _NODE_END.match(lines[end])):
        end += 1
    warning = "Warning" in lines[head]
    kind = UNHANDLED if warning else FATAL
    return _make(lines, head, end, "node", kind, "UnhandledPromiseRejection", lines[head], "")


def _type_of(text: str) -> str:
    match = _ANY_HEAD.search(text) or _ERROR_HEAD.search(text)
    return match.group("type") if match else "unknown"


def _top(frames: list[str], foreign: LazyPattern) -> str:
    own = next((frame for frame in frames if not foreign.search(frame)), frames[0] if frames else "")
    return re.sub(r"^\s+at (?:async )?|\s*\{$", "", own)


_JAVA_FOREIGN = LazyPattern(
    r"at (?:[\w.]+//?)?(?:java[x]?\.|jdk\.|sun\.|com\.sun\.|jakarta\.|kotlin\.|scala\.|org\.springframework\."
    r"|org\.apache\.|org\.eclipse\.jetty|io\.netty|io\.undertow|reactor\.|app//)"
)
_JAVA_HEAD = LazyPattern(r"(?:Caused by: )?(?P<type>(?:[\w$]+\.)+[\w$]+)(?=:|$|\s)")


def _java(lines: list[str], head: int, first_frame: int, end: int) -> Trace:
    caused = [number for number in range(first_frame, end) if lines[number].lstrip().startswith("Caused by: ")]
    root_at = caused[-1] if caused else head
    root = lines[root_at].strip()
    match = _JAVA_HEAD.search(root)
    frames = [line for line in lines[root_at:end] if _AT_FRAME.match(line)]
    if not any(not _JAVA_FOREIGN.search(frame) for frame in frames):
        frames = [line for line in lines[head:end] if _AT_FRAME.match(line)]
    before = "\n".join(lines[max(0, head - 2) : head])
    text = lines[head]
    kind = UNHANDLED if "Exception in thread" in text or _UNHANDLED_INTRO.search(before + text) else LOGGED
    if "Application run failed" in before:
        kind = FATAL
    return _make(
        lines,
        head,
        end,
        "java",
        kind,
        match.group("type") if match else _type_of(root),
        root,
        _top(frames, _JAVA_FOREIGN),
    )


_DOTNET_FOREIGN = LazyPattern(r"at (?:System|Microsoft|Grpc|Npgsql|StackExchange)\.|at lambda_method")
_DOTNET_HEAD = LazyPattern(r"(?P<type>(?:[A-Za-z]\w*\.)+\w*(?:Exception|Error)\w*)")


def _dotnet(lines: list[str], head: int, end: int, frames: list[str]) -> Trace:
    inner = [line for line in lines[head:end] if " ---> " in line or line.startswith(" --->")]
    root = inner[-1].split("---> ", 1)[-1] if inner else lines[head]
    match = _DOTNET_HEAD.search(root)
    fatal = "Unhandled exception" in lines[head]
    before = "\n".join(lines[max(0, head - 2) : head])
    kind = FATAL if fatal else UNHANDLED if "nhandled exception" in before else LOGGED
    return _make(
        lines,
        head,
        end,
        "dotnet",
        kind,
        match.group("type") if match else _type_of(root),
        root,
        _top(frames, _DOTNET_FOREIGN),
    )


_HEAP = LazyPattern(r"FATAL ERROR: .*(?:heap|[Aa]llocation)|^<--- Last few GCs --->")


def _node_heap(lines: list[str], index: int) -> Trace | None:
    if not _HEAP.search(lines[index]):
        return None
    limit = min(len(lines), index + 60)
    head = next((number for number in range(index, limit) if "FATAL ERROR: " in lines[number]), index)
    end = head + 1
    while end < limit and re.match(r"^$|^\s*\d+: 0x|^-+ ?(?:Native|JavaScript)", lines[end]):
        end += 1
    return _make(lines, index, end, "node", FATAL, "FATAL ERROR", lines[head], "")


# ---- Go, Ruby, PHP, Elixir ------------------------------------------------------------------------------------------

_GO_HEAD = LazyPattern(r"^(?:.*\b)?http: panic serving \S+: |^panic: |^fatal error: |^runtime: goroutine stack exceeds")
_GO_MORE = LazyPattern(
    r"^goroutine \d+ \[|^\S.*\(.*\)$|^\t\S|^created by |^exit status \d|^panic\(|^\[signal "
    r"|^\tpanic: |^panic: |^\.\.\.additional"
)
_GO_FOREIGN = LazyPattern(
    r"^(?:runtime|net/http|panic|testing|reflect|sync|main\.\(\*\w+\)\.func\d+\.\d+)[.(/]|^created by "
)


def _go(lines: list[str], index: int) -> Trace | None:
    head = index
    if "[running]:" in lines[index]:
        head = next(
            (number for number in range(index, max(-1, index - 6), -1) if _GO_HEAD.search(lines[number])), index
        )
    elif not _GO_HEAD.search(lines[index]):
        return None
    limit = min(len(lines), head + MAX_LINES)
    end = head + 1
    while end < limit and (
        _GO_MORE.match(lines[end]) or (not lines[end] and end + 1 < limit and _GO_MORE.match(lines[end + 1]))
    ):
        end += 1
    if not any("goroutine " in line for line in lines[head:end]):
        return None
    frame = ""
    for number in range(head + 1, end - 1):
        if lines[number + 1].startswith("\t") and not lines[number].startswith(("\t", "goroutine ", "created by ")):
            place = lines[number + 1].strip().split(" +0x")[0]
            own = not _GO_FOREIGN.match(lines[number])
            if own or not frame:
                frame = "%s %s" % (re.sub(r"\(\{.*\)$|\([^()]*\)$", "", lines[number]), place)
            if own:
                break
    serving = "http: panic serving" in lines[head]
    kind_of = "fatal error" if lines[head].startswith("fatal error") else "panic"
    return _make(lines, head, end, "go", UNHANDLED if serving else FATAL, kind_of, lines[head], frame)


_RUBY_HEAD = LazyPattern(
    r"^(?P<place>\S.*?:\d+):in [`'](?P<func>.*?)': (?P<text>.*?) ?\((?P<type>[A-Z]\w*(?:::\w+)*)\)$"
)
_RUBY_RAILS = LazyPattern(
    r"(?:There was an exception - )?(?P<type>[A-Z]\w*(?:::[A-Z]\w*)*)"
    r" ?\((?P<text>.*)\):?$"
)
_RUBY_FRAME = LazyPattern(r"^\s*(?:from )?\S.*:\d+:in [`']")
_RUBY_FOREIGN = LazyPattern(r"/gems/|/lib/ruby/|<internal:|/bin/")


def _ruby(lines: list[str], index: int) -> Trace | None:
    match = _RUBY_HEAD.match(lines[index])
    rails = None
    limit = min(len(lines), index + MAX_LINES)
    if match is None:
        rails = _RUBY_RAILS.search(lines[index])
        if rails is None or not any(_RUBY_FRAME.match(line) for line in lines[index + 1 : index + 8]):
            return None
    end = index + 1
    root = lines[index]
    while end < limit:
        nested = _RUBY_HEAD.match(lines[end])
        if nested is not None and match is not None:
            match, root = nested, lines[end]
        elif not _RUBY_FRAME.match(lines[end]) and not (
            rails is not None and end < index + 8 and (not lines[end].strip() or lines[end].startswith(" "))
        ):
            break
        end += 1
    frames = [root] if match is not None else []
    frames += [line for line in lines[index + 1 : end] if _RUBY_FRAME.match(line)]
    own = next((frame for frame in frames if not _RUBY_FOREIGN.search(frame)), frames[0] if frames else "")
    place = re.match(r"^\s*(?:from )?(?P<place>\S.*?:\d+:in [`'][^`']*')", own)
    found = match or rails
    kind_of = found.group("type") if found is not None else "unknown"
    kind = FATAL if rails is None else LOGGED
    return _make(lines, index, end, "ruby", kind, kind_of, root, place.group("place") if place else own)


_PHP_HEAD = LazyPattern(
    r"(?:PHP )?(?P<level>Fatal|Parse) error: +(?:Uncaught (?P<type>[\w\\]+)(?:: )?)?(?P<text>.*?)"
    r"(?: in (?P<place>\S+(?::| on line )\d+))?$"
)


def _php(lines: list[str], index: int) -> Trace | None:
    match = _PHP_HEAD.search(lines[index]) if "error: " in lines[index] else None
    if match is None or ("PHP " not in lines[index] and match.group("type") is None and not match.group("place")):
        return None
    limit = min(len(lines), index + MAX_LINES)
    end = index + 1
    while end < limit and re.search(
        r"Stack trace:$|^(?:PHP +)?\s*#?\d+[. ]|^\s+thrown in |^Next \S|^$", re.sub(r"^\[[^]]*\] ", "", lines[end])
    ):
        if not lines[end] and not (end + 1 < limit and lines[end + 1].startswith("Next ")):
            break
        end += 1
    kind_of = match.group("type") or match.group("level") + " error"
    place = (match.group("place") or "").replace(" on line ", ":")
    return _make(lines, index, end, "php", FATAL, kind_of, lines[index], place)


_ELIXIR_HEAD = LazyPattern(
    r"\[error\].*(?:terminating|raised an exception|exited|Task #PID|exit(?:ed)? with reason)"
    r"|^\*\* \((?P<type>[A-Z]\w*(?:\.\w+)*|\w+)\) "
)
_ELIXIR_TYPE = LazyPattern(r"\*\* \((?P<type>[A-Z]\w*(?:\.\w+)*|exit|EXIT \w.*?|\w+)\) ")
_ELIXIR_FRAME = LazyPattern(r"^\s+(?:\((?P<app>[\w ]+?) [\d.a-z-]+\) )?(?P<place>\S+:\d+): (?P<func>\S+)")
_ELIXIR_MORE = LazyPattern(
    r"^\s+\S|^Last message|^State: |^Function: |^\s*Args: |^\*\* \(|^Initial Call|^Ancestors|^Server: "
    r"|^Request: |^Process "
)
_ELIXIR_FOREIGN = frozenset(
    (
        "stdlib",
        "kernel",
        "elixir",
        "cowboy",
        "ranch",
        "plug",
        "plug_cowboy",
        "phoenix",
        "ecto",
        "bandit",
        "thousand_island",
    )
)


def _elixir(lines: list[str], index: int) -> Trace | None:
    if not _ELIXIR_HEAD.search(lines[index]):
        return None
    if lines[index].startswith("** (") and index and "[error]" in lines[index - 1]:
        index -= 1
    limit = min(len(lines), index + MAX_LINES)
    end = index + 1
    while end < limit and _ELIXIR_MORE.match(lines[end]) and not re.match(r"^\d\d:\d\d:\d\d", lines[end]):
        if lines[end].startswith("** (") and end > index + 1:
            # The next program's last words.
            break
        end += 1
    matches = [match for match in (_ELIXIR_TYPE.search(line) for line in lines[index:end]) if match is not None]
    if not matches:
        return None
    # "** (stop) an exception was raised:" is followed by the exception.
    match = next((found for found in matches if found.group("type")[:1].isupper()), matches[0])
    frames = [found for found in (_ELIXIR_FRAME.match(line) for line in lines[index:end]) if found is not None]
    own = next((found for found in frames if (found.group("app") or "") not in _ELIXIR_FOREIGN), None)
    own = own or (frames[0] if frames else None)
    frame = "%s %s" % (own.group("place"), own.group("func")) if own is not None else ""
    kind = UNHANDLED if "[error]" in lines[index] else FATAL
    return _make(lines, index, end, "elixir", kind, match.group("type"), match.string, frame)
