#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# lint_collection.sh VENV : ansible-lint, profile production, on a copy in which the collection has its real path.
set -eu

venv=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
root=$(sh tests/tools/tree.sh "$work")
cd "$root"
# Without a repository ansible-lint looks at every file it finds; offline keeps it from installing anything.
HOME="$work/home" ANSIBLE_COLLECTIONS_PATH="$work" PATH="$venv/bin:$PATH" \
    "$venv/bin/ansible-lint" --offline --strict --profile production -c .ansible-lint
