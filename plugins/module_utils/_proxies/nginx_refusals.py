# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What nginx would refuse in a configuration that can be read, found without starting it.

``nginx -t`` is not run: it opens, makes and changes the owner of what the files name. Two of its refusals show in data:
a directive that neither the binary nor a module knows, and a key that is not its certificate's.
"""

from __future__ import annotations

import os
import posixpath
import typing as t

from .._system.open_file import open_regular
from .known_directives import KnownDirectives
from .nginx_grammar import Directive, Tree

#: Blocks that hold directives; in others (``map``, ``types``) stand words of the operator's own.
_BLOCKS = frozenset(("http", "server", "location", "upstream", "events", "stream", "mail", "if", "limit_except"))
#: Certificates that are looked at.
_PAIRS = 40


def unknown_directive(tree: Tree, programs: t.Sequence[str], root: str) -> str:
    """The first directive whose name is in no program, as nginx words it; empty: there is none, or that is not known.

    :param programs: the binary and the modules that the configuration loads, absolute.
    :param root: where the file system of the process begins (see _system/open_file.py).
    """
    known = KnownDirectives(programs, root)
    for item in _directives(tree):
        if not known.may_have(item.name):
            return 'unknown directive "%s" in %s' % (item.name[:80], item.where)
    return ""


def wrong_key(tree: Tree, base: str, root: str) -> str:
    """The first certificate that cannot be loaded with its key, as nginx words it; empty: all can, as far as is known.

    :param base: the directory of the configuration, where relative names begin.
    :param root: as above.
    """
    for certificate, key in _pairs(tree, base)[:_PAIRS]:
        problem = _problem(certificate, key, root)
        if problem:
            return problem
    return ""


def _directives(tree: Tree) -> t.Iterator[Directive]:
    for item in tree:
        yield item
        if item.block and item.name in _BLOCKS:
            yield from _directives(item.block)


def _pairs(tree: Tree, base: str) -> list[t.Tuple[str, str]]:
    """Certificates and keys that stand in one block; those of variables, engines and stores are none of its files'."""
    found: list[t.Tuple[str, str]] = []
    blocks = [tree] + [item.block for item in _directives(tree) if item.block and item.name in _BLOCKS]
    for block in blocks:
        names = [
            [entry.args[0] for entry in block if entry.name == name and entry.args]
            for name in ("ssl_certificate", "ssl_certificate_key")
        ]
        for pair in zip(*names):
            if not any("$" in name or ":" in name for name in pair):
                found.append((posixpath.join(base, pair[0]), posixpath.join(base, pair[1])))
    return list(dict.fromkeys(found))


def _problem(certificate: str, key: str, root: str) -> str:
    import ssl

    opened: list[int] = []
    try:
        for name, words in ((certificate, "certificate"), (key, "certificate key")):
            try:
                opened.append(open_regular(name, root))
            except (FileNotFoundError, NotADirectoryError) as error:
                return 'cannot load %s "%s": %s' % (words, name, error.strerror)
            except OSError:
                return ""  # what is not opened here nginx may well load
        try:
            # An encrypted key would be asked for at a terminal: nginx has a file for that.
            paths = ["/proc/self/fd/%d" % descriptor for descriptor in opened]
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(paths[0], paths[1], lambda: b"")
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                return 'SSL_CTX_use_PrivateKey("%s") failed (key values mismatch)' % key
        except (OSError, ValueError):
            pass
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return ""
