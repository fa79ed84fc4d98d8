# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""A request's way through nginx's phases: rewrites, location, try_files, and who answers in the end.

Facts: https://nginx.org/en/docs/http/ngx_http_rewrite_module.html, .../ngx_http_core_module.html#try_files,
#error_page, #internal, and the sources of the same modules.
"""

from __future__ import annotations

import re
import typing as t

from .._protocol.web_url import DEFAULT_PORTS
from .nginx_grammar import Directive
from .nginx_match import locate, pattern_of
from .nginx_values import Variables, compiled, escaped

#: Content handlers that are neither files nor an HTTP upstream.
_OTHER = (
    "grpc_pass",
    "uwsgi_pass",
    "fastcgi_pass",
    "scgi_pass",
    "memcached_pass",
    "stub_status",
    "empty_gif",
    "perl",
    "push_stream_subscriber",
)
_CODE = ("content_by_lua", "content_by_lua_block", "content_by_lua_file", "js_content")
#: What decides in the access phase or before it by asking elsewhere, with what it asks.
_GATES = re.compile(r"(?:(?:server_)?rewrite|access)_by_lua(?:_block|_file)?$|auth_request$|auth_jwt$|js_access$")
_ABSOLUTE = re.compile(r"https?://")
_FILE_TEST = re.compile(r"!?-[fdex]$")
_STATUS = re.compile(r"[0-9]{1,3}\Z")
_REDIRECTS = (301, 302, 303, 307, 308)
#: nginx's own limit (NGX_HTTP_MAX_URI_CHANGES).
_MAX_CHANGES = 10


class Answer(t.NamedTuple):
    """Who answers: see nginx_route.route for ``handler``, ``status`` and ``redirect``."""

    handler: str
    status: t.Optional[int] = None
    redirect: t.Optional[str] = None
    #: The directive that says so.
    directive: t.Optional[Directive] = None


class Flow:
    """One request within its server.

    :param server: the ``server`` block.
    :param variables: what is known of the request; ``uri`` and ``args`` are kept up to date in it.
    :param http: the directives of ``http``, for what a server inherits.
    """

    def __init__(self, server: Directive, variables: Variables, http: list[Directive]) -> None:
        self.server = server
        self.variables = variables
        self.http = http
        #: Locations from the outermost inwards, then the ``if`` that took effect in the last one.
        self.chain: list[Directive] = []
        self.undecided: list[str] = []
        #: Whether the target still is the client's (``r->valid_unparsed_uri``), and whether the location's prefix
        #: is still part of the path (``r->valid_location``): proxy_pass builds its request line from both.
        self.unparsed = True
        self.valid_location = True
        self.internal = False
        self._named = ""
        self._changed = False
        self._through_server = True
        self._fallback: str | None = None
        self._error_page_used = False

    @property
    def uri(self) -> str:
        """The path as it is now, decoded."""
        return self.variables.known["uri"] or ""

    @property
    def args(self) -> str:
        """The query as it is now."""
        return self.variables.known["args"] or ""

    @property
    def location(self) -> Directive | None:
        """The innermost location."""
        return next((item for item in reversed(self.chain) if item.name == "location"), None)

    def run(self) -> Answer:
        """Follow the request to its answer."""
        for _change in range(_MAX_CHANGES + 1):
            answer = self._round()
            if answer is not None:
                return answer
        return Answer("return", 500)

    def levels(self) -> list[Directive]:
        """The blocks that the request is in, the innermost first, without ``http``."""
        return [*reversed(self.chain), self.server]

    def note(self, sentence: str) -> None:
        """Remember what the configuration alone does not decide."""
        if sentence not in self.undecided:
            self.undecided.append(sentence)

    def _round(self) -> Answer | None:
        """From a path to an answer, or None when the path was changed and the search starts again."""
        if self._through_server:
            self._through_server = False
            self.chain = []
            answer = self._codes(self.server)
            if answer is not None or self._named or self._through_server:
                return answer
        if self._named:
            found = self._named_location(self._named)
            self._named = ""
            if found is None:
                return Answer("return", 500)
            self.chain = [found]
        else:
            answer = self._search()
            if answer is not None:
                return answer
        self._changed = False
        answer = self._codes(self.chain[-1]) if self.chain else None
        if answer is not None or self._changed or self._named or self._through_server:
            return answer
        return self._content()

    def _search(self) -> Answer | None:
        match = locate(self.server, self.uri)
        self.chain = list(match.chain)
        self.variables.captures.update(match.captures)
        for item in match.unclear:
            self.note("The regular expression of the location at %s could not be evaluated." % item.where)
        if not self.chain:
            return None
        if self._own("internal") and not self.internal:
            return Answer("return", 404, None, self.chain[-1])
        if match.redirect:
            target = pattern_of(self.chain[-1]).path + ("?" + self.args if self.args else "")
            return Answer("redirect", 301, self.absolute(target), self.chain[-1])
        return None

    def _named_location(self, name: str) -> Directive | None:
        for item in self.server.block or []:
            if item.name == "location" and pattern_of(item) == ("@", name):
                return item
        return None

    def absolute(self, target: str) -> str:
        """A redirect's target as the client gets it (``absolute_redirect``, ``port_in_redirect``)."""
        if not target.startswith("/"):
            return target
        if self._nearest("absolute_redirect", "on") == "off":
            return target
        known = self.variables.known
        host = known["host"] or ""
        if self._nearest("server_name_in_redirect", "off") == "on":
            host = known["server_name"] or host
        port = known["server_port"] or ""
        usual = str(DEFAULT_PORTS[known["scheme"] or "http"])
        shown = "" if port in ("", usual) or self._nearest("port_in_redirect", "on") == "off" else ":" + port
        return "%s://%s%s%s" % (known["scheme"], host, shown, target)

    def _nearest(self, name: str, default: str) -> str:
        for level in (*self.levels(), None):
            for item in level.block or [] if level is not None else self.http:
                if item.name == name and item.args:
                    return item.args[0]
        return default

    def _own(self, *names: str) -> Directive | None:
        """A directive of the innermost level itself."""
        block = self.chain[-1].block if self.chain else self.server.block
        return next((item for item in block or [] if item.name in names), None)

    # --- ngx_http_rewrite_module ---

    def _codes(self, block: Directive) -> Answer | None:
        """Run the rewrite directives of a block in order."""
        answer, _stop = self._run_codes(block)
        return answer

    def _run_codes(self, block: Directive) -> tuple[Answer | None, bool]:
        for item in block.block or []:
            answer, stop = None, False
            if item.name == "set" and len(item.args) == 2:
                self.variables.known[item.args[0].lstrip("$").lower()] = self.variables.expand(item.args[1])
            elif item.name == "break":
                self._break()
                return None, True
            elif item.name == "return" and item.args:
                return self._return(item), True
            elif item.name == "rewrite" and len(item.args) >= 2:
                answer, stop = self._rewrite(item)
            elif item.name == "if":
                answer, stop = self._if(item)
            if answer is not None or stop:
                return answer, True
        return None, False

    def _if(self, item: Directive) -> tuple[Answer | None, bool]:
        truth = self._condition(item)
        if truth is None:
            self._unknown_if(item)
            return None, False
        if not truth:
            return None, False
        if self.chain:
            # The last "if" that is true is the one whose configuration holds.
            kept = [one for one in self.chain if one.name != "if"]
            self.chain = [*kept, item]
        return self._run_codes(item)

    def _unknown_if(self, item: Directive) -> None:
        inner = item.block or []
        for one in inner:
            if one.name == "set" and one.args:
                self.variables.known[one.args[0].lstrip("$").lower()] = None
        telling = [
            one for one in inner if one.name in ("return", "rewrite", "proxy_pass", "break", *_OTHER) and one.args
        ]
        if telling:
            # What a variable is compared with may be a secret.
            shown = " ".join(item.args[:2] + (["...)"] if len(item.args) > 2 else []))
            then = telling[0].name + (" " + telling[0].args[0] if telling[0].name == "return" else "")
            self.note(
                "The configuration alone does not say whether 'if %s' at %s holds; if so, '%s' applies."
                % (shown, item.where, then)
            )

    def _condition(self, item: Directive) -> bool | None:
        """Whether a condition holds; None if that is not known."""
        words = list(item.args)
        if words and words[0].startswith("("):
            words[0] = words[0][1:]
        if words and words[-1].endswith(")"):
            words[-1] = words[-1][:-1]
        words = words[1:] if words and not words[0] and len(words) > 1 else words
        words = words[:-1] if len(words) in (2, 4) and not words[-1] else words
        if not words or _FILE_TEST.match(words[0]):
            return None
        value = self.variables.expand(words[0])
        if value is None:
            return None
        if len(words) == 1:
            return value not in ("", "0")
        return self._compare(value, words[1], words[2] if len(words) > 2 else "")

    def _compare(self, value: str, operator: str, operand: str) -> bool | None:
        if operator in ("=", "!="):
            expected = self.variables.expand(operand)
            return None if expected is None else (value == expected) == (operator == "=")
        if operator not in ("~", "~*", "!~", "!~*"):
            return None
        regex = compiled(operand, operator.endswith("*"))
        if regex is None:
            return None
        return self.variables.matches(regex, value) != operator.startswith("!")

    def _return(self, item: Directive) -> Answer | None:
        word = item.args[0]
        if not _STATUS.match(word):
            return self._redirect(302, word, item)
        status = int(word)
        if status in _REDIRECTS and len(item.args) > 1:
            return self._redirect(status, item.args[1], item)
        if len(item.args) == 1 and self._error_page(status):
            return None
        return Answer("return", status, None, item)

    def _redirect(self, status: int, target: str, item: Directive) -> Answer:
        """A redirect; variables that are not known stay as they are written."""
        full = self.variables.expand(target)
        if full is None:
            self.note(
                "The target of '%s' at %s depends on %s."
                % (item.name, item.where, ", ".join(self.variables.unknown_in(target)))
            )
        return Answer("redirect", status, self.absolute(full if full is not None else target), item)

    def _rewrite(self, item: Directive) -> tuple[Answer | None, bool]:
        pattern, replacement = item.args[0], item.args[1]
        flag = item.args[2] if len(item.args) > 2 else ""
        regex = compiled(pattern, False)
        if regex is None:
            self.note("The regular expression of 'rewrite' at %s could not be evaluated." % item.where)
            return None, False
        if not self.variables.matches(regex, self.uri):
            return None, False
        elsewhere = bool(_ABSOLUTE.match(replacement)) or replacement.startswith("$scheme")
        elsewhere = elsewhere or flag in ("redirect", "permanent")
        full = self._replacement(replacement.rstrip("?") if replacement.endswith("?") else replacement, elsewhere)
        if elsewhere:
            status = 301 if flag == "permanent" else 302
            if full is None:
                return self._redirect(status, replacement, item), True
            full = self._with_args(_unescape_redirect(full), replacement)
            return Answer("redirect", status, self.absolute(full), item), True
        if full is None:
            self.note("The path after 'rewrite' at %s is not known." % item.where)
            return Answer("undecided", None, None, item), True
        path, _mark, args = self._with_args(full, replacement).partition("?")
        self._change(path, args)
        self._changed = True
        if flag == "break":
            self._break()
        return None, flag in ("last", "break")

    def _break(self) -> None:
        """Stay in the location, whatever became of the path (ngx_http_script_break_code)."""
        if self._changed:
            self.valid_location = False
            self._changed = False

    def _replacement(self, replacement: str, redirects: bool) -> str | None:
        """The replacement filled in; captures are escaped in a redirect and in a query, if the target had escapes."""
        target = (self.variables.known["request_uri"] or "").partition("?")[0]
        escape = _escape_args if "%" in target or "+" in target else None
        if redirects:
            return self.variables.expand(replacement, escape)
        path, mark, args = replacement.partition("?")
        first, second = self.variables.expand(path), self.variables.expand(args, escape)
        return None if first is None or second is None else first + mark + second

    def _with_args(self, full: str, replacement: str) -> str:
        """The query is appended, unless the replacement ends with ``?``."""
        if replacement.endswith("?") or not self.args:
            return full
        return full + ("&" if "?" in full else "?") + self.args

    def _change(self, path: str, args: str) -> None:
        self.variables.known.update(uri=path, document_uri=path, args=args, query_string=args)
        self.variables.known["is_args"] = "?" if args else ""
        self.unparsed = False
        self.internal = True

    # --- what is left to the core module ---

    def _jump(self, target: str) -> bool:
        """An internal redirect to a path, or to a named location."""
        if target.startswith("@"):
            self._named = target[1:]
            self.internal = True
            return True
        full = self.variables.expand(target)
        if full is None or not full.startswith("/"):
            return False
        path, _mark, args = full.partition("?")
        self._change(path, args)
        self.valid_location = True
        self._through_server = True
        return True

    def _error_page(self, status: int) -> bool:
        """Whether ``error_page`` hands a status to a location that answers with one of its own."""
        if self._error_page_used:
            return False
        pages: list[Directive] = []
        for block in (*(level.block for level in self.levels()), self.http):
            pages = [item for item in block or [] if item.name == "error_page" and len(item.args) > 1]
            if pages:
                break
        for item in pages:
            codes, target = item.args[:-1], item.args[-1]
            own_status = codes[-1].startswith("=")
            if str(status) in codes and (own_status or target.startswith("@")):
                self._error_page_used = self._nearest("recursive_error_pages", "off") != "on"
                if not target.startswith("@"):
                    self._fallback = self.variables.expand(target.partition("?")[0])
                return self._jump(target)
        return False

    def _content(self) -> Answer | None:
        """The phases after the location is settled: access, try_files, content."""
        for level in (*(one.block for one in self.levels()), self.http):
            for item in level or []:
                if _GATES.match(item.name) and item.args[:1] != ["off"]:
                    what = " ".join([item.name, *item.args[:1]]) if item.block is None else item.name
                    self.note("'%s' at %s decides first and may refuse the request." % (what, item.where))
        limit = self._own("limit_except")
        if limit is not None and "GET" not in limit.args and "HEAD" not in limit.args:
            self.note("'limit_except %s' at %s restricts GET." % (" ".join(limit.args), limit.where))
        tried = self._own("try_files")
        if tried is not None and len(tried.args) > 1:
            if self.uri == self._fallback:
                return Answer("spa", 200, None, tried)
            return self._try_files(tried)
        return self._handler()

    def _try_files(self, item: Directive) -> Answer | None:
        """``try_files``: a WebSocket's URL is no file, so its last word counts."""
        last = item.args[-1]
        if last.startswith("="):
            status = int(last[1:]) if _STATUS.match(last[1:]) else 404
            return None if self._error_page(status) else Answer("return", status, None, item)
        if not last.startswith("@"):
            self._fallback = self.variables.expand(last.partition("?")[0])
        if not self._jump(last):
            self.note("It is not known what 'try_files' at %s falls back to." % item.where)
            return Answer("undecided", None, None, item)
        return None

    def _handler(self) -> Answer | None:
        code = self._own(*_CODE)
        if code is not None:
            self.note("'%s' at %s answers with its own code." % (code.name, code.where))
            return Answer("undecided", None, None, code)
        # A location's handler holds in its "if" too, unless that has one.
        for block in self._handler_blocks():
            for item in block.block or []:
                if item.name == "proxy_pass" and item.args:
                    return Answer("proxy_pass", None, None, item)
                if item.name in _OTHER:
                    return Answer("other", None, None, item)
        if self.uri == self._fallback:
            return Answer("spa", 200, None, self.chain[-1] if self.chain else self.server)
        if self._error_page(404):
            return None
        return Answer("static", None, None, self._own("root", "alias"))

    def _handler_blocks(self) -> list[Directive]:
        if not self.chain:
            return []
        inside_if = self.chain[-1].name == "if" and len(self.chain) > 1
        return [self.chain[-1], self.chain[-2]] if inside_if else [self.chain[-1]]


def _escape_args(text: str) -> str:
    """NGX_ESCAPE_ARGS."""
    return escaped(text, " #%&+;?")


def _unescape_redirect(text: str) -> str:
    """NGX_UNESCAPE_REDIRECT: what is printable in the path is written out."""
    path, mark, rest = text.partition("?")
    return re.sub(r"%([0-9a-fA-F]{2})", _printable, path) + mark + rest


def _printable(found: t.Match[str]) -> str:
    char = chr(int(found.group(1), 16))
    return char if "%" < char < "\x7f" and char != "?" else found.group()
