#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tree.sh DIRECTORY : copies the checkout to DIRECTORY/ansible_collections/websocket/health and prints that path.
# ansible-test refuses to work outside such a path, and resolves symbolic links.
set -eu

root="$1/ansible_collections/websocket/health"
rm -rf "$root"
mkdir -p "$root"
# shellcheck disable=SC2016 # the inner shell expands it
git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'for f; do [ -e "$f" ] && printf "%s\0" "$f"; done' sh |
    tar --null -T - -cf - | tar xf - -C "$root"
echo "$root"
