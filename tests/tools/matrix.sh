#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# matrix.sh CORE [ARGUMENT...] : tests on one version of ansible-core (2.18, 2.19 ...); by default those of units and integration.
set -eu

core=$1
shift
[ $# -gt 0 ] || set -- tests/unit tests/integration
case $core in
    2.18 | 2.19) candidates="3.11 3.12" ;;
    *) candidates="3.12 3.13" ;;
esac
python=""
for version in $candidates; do
    folder=$(python3 tests/lab/pythons.py --path "$version")
    if [ -n "$folder" ]; then
        python="$folder/python$version"
        break
    fi
done
[ -n "$python" ] || { echo "ansible-core $core needs one of Python $candidates, and none is here"; exit 1; }
pins=".cache/core-$core.txt"
mkdir -p .cache
echo "ansible-core~=$core.0" >"$pins"
PYTHON=$python sh tests/tools/make_venv.sh ".cache/venv-$core" "$pins" requirements.txt tests/requirements-matrix.txt
echo "== ansible-core $core on $python: $(".cache/venv-$core/bin/ansible" --version | head -1)"
ANSIBLE_COLLECTIONS_PATH=$(pwd)/.cache/tree ".cache/venv-$core/bin/python" -m pytest -p no:cacheprovider -q -rs "$@"
