# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is private to the collection: it may change without notice.
"""What httpd would refuse in a configuration that can be read, found without starting it.

Two refusals of ``httpd -t`` show in data: a directive that neither the binary nor a module knows, and a certificate or
key whose file is not there.
"""

from __future__ import annotations

import posixpath
import typing as t

from .apache_config import Directive
from .apache_includes import Files
from .known_directives import KnownDirectives

#: Directives of mod_ssl that name a file.
_CERTIFICATES = {
    "sslcertificatefile": "SSLCertificateFile",
    "sslcertificatekeyfile": "SSLCertificateKeyFile",
    "sslcertificatechainfile": "SSLCertificateChainFile",
    "sslcacertificatefile": "SSLCACertificateFile",
}


def refusal(tree: Directive, programs: t.Sequence[str], server_root: str, files: Files, root: str) -> str:
    """The first line that httpd would refuse, in its words; empty: there is none, or that is not known.

    :param programs: the binary and the modules that are loaded, absolute.
    :param root: where the file system of the process begins (see _system/open_file.py).
    """
    # mod_perl's directives may be those of Perl modules.
    untold = any(posixpath.basename(path) == "mod_perl.so" for path in programs)
    known = KnownDirectives(() if untold else programs, root, ignore_case=True)
    for item in _directives(tree):
        name = "<" + item.name if item.section else item.name
        problem = "" if known.may_have(name) else _UNKNOWN % ("<" * item.section + item.text.partition(" ")[0][:80])
        problem = problem or _missing(item, server_root, files)
        if problem:
            return "Syntax error on line %d of %s: %s" % (item.line, item.file, problem)
    return ""


_UNKNOWN = "Invalid command '%s', perhaps misspelled or defined by a module not included in the server configuration"


def _directives(tree: Directive) -> t.Iterator[Directive]:
    for item in tree.block:
        yield item
        yield from _directives(item)


def _missing(item: Directive, server_root: str, files: Files) -> str:
    """What httpd says of a certificate's file that is not there, where its folder can be seen."""
    name = _CERTIFICATES.get(item.name)
    if name is None or not item.args or ":" in item.args[0] or "${" in item.args[0]:
        return ""
    path = posixpath.join(server_root, item.args[0])
    return "%s: file '%s' does not exist or is empty" % (name, path) if files.is_missing(path) else ""
