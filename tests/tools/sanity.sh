#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# sanity.sh VENV : ansible-test sanity on a copy of the checkout, with every Python that is there.
set -eu

venv=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# ansible-test wants real interpreters on PATH; shims of a version manager would run nothing.
clean=$(printf '%s' "$PATH" | tr ':' '\n' | grep -v -e pyenv -e shims | paste -sd:)
pythons=$("$venv/bin/python" tests/lab/pythons.py --path 3.13 3.12 3.11 3.10 3.9 3.8 2>/dev/null || true)
export PATH="$venv/bin${pythons:+:$pythons}:$clean"
export HOME="$work/home"

# It downloads pip for its own environments; ensurepip has one on board.
cache="$HOME/.ansible/test/cache"
mkdir -p "$cache"
for version in 23_1_2 24_2 25_2; do
    cat >"$cache/get_pip_$version.py" <<'PY'
import subprocess
import sys

arguments = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", *arguments])
PY
done
[ -z "${PIP_CONFIG_FILE:-}" ] || cp "$PIP_CONFIG_FILE" "$HOME/.pip.conf" 2>/dev/null || true

cd "$(sh tests/tools/tree.sh "$work/tree")"
ansible-test sanity --color no 2>&1
