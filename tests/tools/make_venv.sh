#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make_venv.sh DIRECTORY REQUIREMENTS... : a virtual environment with these requirements, made once.
# What is in it already stays: requirements are added to those of an earlier call, unless one of them has changed.
# PYTHON chooses the interpreter; by default the newest that ansible-core runs on.
set -eu

directory=$1
shift
here=$(dirname "$0")
stamp="$directory/.made-from"
wanted="$(cksum <"$here/make_venv.sh") make_venv.sh
$(for file in "$@"; do echo "$(cksum <"$file") $file"; done)"
missing=$(echo "$wanted" | grep -vxFf "$stamp" 2>/dev/null || [ -e "$stamp" ] || echo "$wanted")

[ -n "$missing" ] || exit 0
# Begun anew where this very thing was made from something else, or never finished.
fresh=yes
if [ -f "$stamp" ]; then
    fresh=""
    for name in $(echo "$missing" | cut -d ' ' -f 3); do
        if cut -d ' ' -f 3 "$stamp" | grep -qxF "$name"; then fresh=yes; fi
    done
fi
if [ -n "$fresh" ]; then
    python=${PYTHON:-$(python3 "$here/newest_python.py")}
    rm -rf "$directory"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian packs them apart from python3 itself.
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "installing python3-venv" >&2
            apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
        else
            echo "$python cannot make a virtual environment: install python3-venv (Debian) and run make again" >&2
            exit 1
        fi
    fi
    "$python" -m venv "$directory"
    known=""
else
    known=$(cat "$stamp")
    rm -f "$stamp"
fi
args=""
for file in "$@"; do args="$args -r $file"; done
# shellcheck disable=SC2086 # one word per option
"$directory/bin/python" -m pip install --quiet --disable-pip-version-check $args
printf '%s\n' "$known" "$wanted" | sort -u | grep . >"$stamp"
