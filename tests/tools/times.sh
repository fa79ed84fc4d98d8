#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# times.sh VENV : the fast unit tests two years ahead and one year back. Nothing in them may age.
# What cannot run at another time than the kernel's is named in tests/conftest.py (AT_THE_KERNELS_TIME).
set -eu

venv=$1
if ! command -v faketime >/dev/null; then
    echo "SKIPPED: no test at another time: needs Debian's package faketime" >&2
    [ "${CI:-}" != true ]
    exit
fi
for offset in +730d -365d; do
    echo "at $offset:"
    faketime --exclude-monotonic -f "$offset" "$venv/bin/python" -m pytest -p no:cacheprovider -q --fast --other-time tests/unit
done
