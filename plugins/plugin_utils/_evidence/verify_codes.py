# Copyright (c) 2026, websocket.health contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This plugin util is private to the collection: it may change without notice.
"""What OpenSSL's verification codes mean (x509_vfy.h, X509_STORE_CTX_get_error(3), openssl-verification-options(1)).

Here are those of a chain that was found and is refused all the same. Unknown roots (18 to 21), dates (9, 10) and names
(62, 64) are judged by themselves.
"""

from __future__ import annotations

import typing as t


class Meaning(t.NamedTuple):
    """What a code says."""

    #: What is wrong, after "the certificate is refused: ".
    wrong: str
    #: What mends it.
    fix: str
    #: What other clients than OpenSSL's make of it; empty: the same.
    clients: str = ""


_REISSUE = "issue the certificate again"
_REISSUE_CA = "issue the CA's certificate again, with the same key and name, and serve and install the new one"
_BROWSERS_DO_NOT_CARE = "browsers and older programs accept it"

MEANINGS: dict[int, Meaning] = {
    3: Meaning("the revocation list of its CA cannot be had", "install the CA's current CRL, or do not demand one"),
    7: Meaning(
        "the signature on a certificate of the chain is not by the certificate above it",
        "serve the intermediate certificate that has signed it: another one of the same name has another key",
        "browsers: net::ERR_CERT_AUTHORITY_INVALID or ERR_CERT_INVALID",
    ),
    11: Meaning("the revocation list of its CA is not valid yet", "compare the clock, and install the CA's current CRL"),
    12: Meaning("the revocation list of its CA has expired", "install the CA's current CRL"),
    13: Meaning("the date from which it is valid cannot be read", _REISSUE),
    14: Meaning("the date until which it is valid cannot be read", _REISSUE),
    22: Meaning("the chain is longer than clients follow it", "serve the shortest chain that reaches the root"),
    23: Meaning(
        "it has been revoked by its CA", _REISSUE + " with a new key, and find out why it was revoked",
        "browsers: net::ERR_CERT_REVOKED; programs that ask no revocation list accept it",
    ),
    24: Meaning(
        "a certificate above it is not one of a CA (basicConstraints has no CA:TRUE)",
        "issue it by a certificate with basicConstraints critical,CA:TRUE",
        "browsers: net::ERR_CERT_INVALID",
    ),
    25: Meaning(
        "there are more intermediates below a CA than that CA allows (pathlen in basicConstraints)",
        "issue the CA's certificate again with a larger pathlen, or the server's by a CA higher up",
        "browsers: net::ERR_CERT_INVALID",
    ),
    26: Meaning(
        "it, or a CA above it, is not for servers (extendedKeyUsage lacks serverAuth)",
        _REISSUE + " with extendedKeyUsage serverAuth, or without extendedKeyUsage",
        "browsers: net::ERR_CERT_INVALID; Java: `Extended key usage does not permit use for TLS server authentication`",
    ),
    27: Meaning("its root is in the store, but not trusted for servers", "mark the root as trusted for serverAuth"),
    28: Meaning("its root is in the store, but marked as rejected there", "remove the mark, or use another CA"),
    32: Meaning("a CA above it may not sign certificates (keyUsage lacks keyCertSign)", _REISSUE_CA + ": with keyUsage keyCertSign"),
    34: Meaning("it has a critical extension that clients do not know", _REISSUE + " without that extension, or not critical"),
    41: Meaning("it has an extension that cannot be read", _REISSUE),
    42: Meaning("its policy extension cannot be read", _REISSUE),
    47: Meaning(
        "one of its names is outside of what a CA above it may issue for (nameConstraints, permitted)",
        "issue it for names within the permitted ones, or by a CA without that constraint: every name in it counts",
        "browsers: net::ERR_CERT_INVALID or ERR_CERT_AUTHORITY_INVALID; Go: `is not permitted by any constraint`",
    ),
    48: Meaning(
        "one of its names is among those that a CA above it may not issue for (nameConstraints, excluded)",
        "issue it without the excluded names, or by a CA without that constraint: every name in it counts",
        "browsers: net::ERR_CERT_INVALID or ERR_CERT_AUTHORITY_INVALID; Go: `is excluded by constraint`",
    ),
    49: Meaning("a CA's name constraint has a minimum or maximum, which clients do not know", _REISSUE_CA + ": without them"),
    51: Meaning("a CA's name constraint is of a kind that clients do not know", _REISSUE_CA + ": with constraints on names and addresses only"),
    52: Meaning("a CA's name constraint is written in a way that clients cannot read", _REISSUE_CA + ": DNS names without * in nameConstraints"),
    53: Meaning("a name in it is written in a way that the CA's name constraints cannot be compared with", _REISSUE + " with plain DNS names"),
    66: Meaning("its key is too short", _REISSUE + " with an EC key (P-256) or one for RSA of 2048 bits or more", "browsers: net::ERR_CERT_WEAK_KEY"),
    67: Meaning("the key of a CA above it is too short", "issue it by a CA with an EC key (P-256) or one for RSA of 2048 bits or more"),
    68: Meaning(
        "a certificate of the chain is signed with a hash that is too weak (MD5, SHA-1)",
        "issue that certificate again with SHA-256",
        "browsers: net::ERR_CERT_WEAK_SIGNATURE_ALGORITHM",
    ),
    76: Meaning("it is signed with an algorithm that clients do not know", _REISSUE + " with ECDSA or RSA and SHA-256"),
    77: Meaning("the algorithm of its signature is not that of its issuer's key", _REISSUE),
    78: Meaning("it names two different algorithms for its signature", _REISSUE),
    79: Meaning(
        "a certificate above it is not a valid one of a CA (basicConstraints has no CA:TRUE)",
        "issue it by a certificate with basicConstraints critical,CA:TRUE",
        "browsers: net::ERR_CERT_INVALID",
    ),
    80: Meaning("it has a path length without being one of a CA", _REISSUE + " without pathlen", _BROWSERS_DO_NOT_CARE),
    81: Meaning("a CA has a path length without keyUsage keyCertSign", _REISSUE_CA + ": with keyUsage critical,keyCertSign", _BROWSERS_DO_NOT_CARE),
    82: Meaning("it may sign certificates (keyCertSign) without being one of a CA", _REISSUE + " without keyCertSign", _BROWSERS_DO_NOT_CARE),
    83: Meaning("it has no issuer's name", _REISSUE, _BROWSERS_DO_NOT_CARE),
    84: Meaning("a CA's certificate has no subject", _REISSUE_CA + ": with a subject", _BROWSERS_DO_NOT_CARE),
    85: Meaning(
        "a certificate of the chain does not say by which key it is signed (no authorityKeyIdentifier)",
        "issue that certificate again with authorityKeyIdentifier = keyid (openssl x509 -req: in the file of -extfile)",
        _BROWSERS_DO_NOT_CARE,
    ),
    86: Meaning(
        "a CA's certificate has no identifier of its key (subjectKeyIdentifier)",
        _REISSUE_CA + ": with subjectKeyIdentifier = hash",
        _BROWSERS_DO_NOT_CARE,
    ),
    87: Meaning("its list of alternative names is empty", _REISSUE + " with its names in subjectAltName"),
    88: Meaning("it has no subject, and its alternative names are not critical", _REISSUE + " with a subject", _BROWSERS_DO_NOT_CARE),
    89: Meaning("a CA's basicConstraints are not critical", _REISSUE_CA + ": with basicConstraints = critical,CA:TRUE", _BROWSERS_DO_NOT_CARE),
    90: Meaning("its authorityKeyIdentifier is critical", _REISSUE + " with one that is not", _BROWSERS_DO_NOT_CARE),
    91: Meaning("its subjectKeyIdentifier is critical", _REISSUE + " with one that is not", _BROWSERS_DO_NOT_CARE),
    92: Meaning(
        "a CA's certificate does not say what its key is for (no keyUsage)",
        _REISSUE_CA + ": with keyUsage = critical,keyCertSign,cRLSign",
        _BROWSERS_DO_NOT_CARE,
    ),
    93: Meaning("it has extensions, and its version is not 3", _REISSUE + " as version 3"),
    94: Meaning("its EC key spells out its curve instead of naming it", _REISSUE + " with a key of a named curve (P-256)"),
}  # fmt: skip


def meaning_of(code: int, message: str) -> Meaning:
    """What a code says; of one that is not in the table, OpenSSL's own words."""
    return MEANINGS.get(code) or Meaning(message or "OpenSSL's code %d" % code, _REISSUE)


def is_of_a_found_chain(code: int) -> bool:
    """Whether the code says that a chain was found, and something else in it is refused."""
    return code > 0 and code not in (2, 9, 10, 18, 19, 20, 21, 62, 64)
