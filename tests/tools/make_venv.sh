#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make_venv.sh DIRECTORY REQUIREMENTS... : a virtual environment with these requirements, made once.
# PYTHON chooses the interpreter; by default the newest that ansible-core runs on.
set -eu

directory=$1
shift
here=$(dirname "$0")
stamp="$directory/.made-from"
wanted=$(cat "$here/make_venv.sh" "$@" | cksum)

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi
python=${PYTHON:-$(python3 "$here/newest_python.py")}
rm -rf "$directory"
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    # Debian packs them apart from python3 itself.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing python3-venv" >&2
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
    else
        echo "$python cannot make a virtual environment: install python3-venv (Debian) and run make again" >&2
        exit 1
    fi
fi
"$python" -m venv "$directory"
args=""
for file in "$@"; do args="$args -r $file"; done
# shellcheck disable=SC2086 # one word per option
"$directory/bin/python" -m pip install --quiet --disable-pip-version-check $args
echo "$wanted" >"$stamp"
