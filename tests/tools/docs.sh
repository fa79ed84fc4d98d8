#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# docs.sh VENV : the collection's documentation and its changelog fragments are in order.
set -eu

venv=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$(sh tests/tools/tree.sh "$work")"
ANSIBLE_COLLECTIONS_PATH="$work" PATH="$venv/bin:$PATH" "$venv/bin/antsibull-docs" lint-collection-docs --plugin-docs --validate-collection-refs=all .
"$venv/bin/antsibull-changelog" lint
