#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# docs/example: the report of the demo fleet, as it comes out of a run, with nothing of this machine in it.
set -eu
bin=$(cd "$1/bin" && pwd)
checkout=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
# The system's own Python and next to no environment: what processes are called and started with is part of a report.
(cd "$work" && env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$work" LC_ALL=C.UTF-8 TMPDIR=/tmp ANSIBLE_COLLECTIONS_PATH="$ANSIBLE_COLLECTIONS_PATH" \
	ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_INVENTORY_UNPARSED_WARNING=False PYTHONDONTWRITEBYTECODE=1 \
	"$bin/ansible-playbook" websocket.health.demo -e demo_python=/usr/bin/python3 -e '{"websocket_health_formats": ["html", "markdown"]}')
mkdir -p docs/example
for name in report.html report.md; do
	for private in "$checkout" "$(hostname)" "$work"; do
		if grep -qwF -- "$private" "$work/websocket-health/$name"; then
			echo "$name names $private: it was not published" >&2
			exit 1
		fi
	done
	install -m 644 "$work/websocket-health/$name" "docs/example/$name"
done
echo "docs/example/report.html"
