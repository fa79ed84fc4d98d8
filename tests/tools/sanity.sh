#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# sanity.sh VENV [TEST...] : ansible-test sanity on a copy of the checkout, with every Python that is there.
# It looks at what is released. The tests are no part of that: ruff and mypy look after them, and here only shellcheck.
set -eu

venv=$(cd "$1" && pwd)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
"$venv/bin/shellcheck" tests/tools/*.sh

# ansible-test wants real interpreters on PATH; shims of a version manager would run nothing.
clean=$(printf '%s' "$PATH" | tr ':' '\n' | grep -v -e pyenv -e shims | paste -sd:)
pythons=$("$venv/bin/python" tests/lab/pythons.py --path 3.13 3.12 3.11 3.10 3.9 3.8 2>/dev/null || true)
export PATH="$venv/bin${pythons:+:$pythons}:$clean"

# It makes environments of its own below HOME. Where packages come from is still the user's choice.
settings=${PIP_CONFIG_FILE:-$HOME/.config/pip/pip.conf}
export HOME="$work/home"
mkdir -p "$HOME/.config/pip"
[ ! -f "$settings" ] || cp "$settings" "$HOME/.config/pip/pip.conf"

# It downloads pip for those environments; ensurepip has one on board.
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

cd "$(sh tests/tools/tree.sh "$work/tree")"
tests=""
for test in "$@"; do tests="$tests --test $test"; done
# shellcheck disable=SC2086 # one word per option
ansible-test sanity --color no --exclude tests/ $tests 2>&1
