#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# build.sh VENV : the artifact builds, holds what it needs and nothing else, installs, and its demo runs.
set -eu

venv=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
root=$(sh tests/tools/tree.sh "$work/tree")
export HOME="$work/home" ANSIBLE_COLLECTIONS_PATH="$work/installed"
mkdir -p "$HOME" "$work/run"
"$venv/bin/ansible-galaxy" collection build --output-path "$work" "$root"
artifact=$(ls "$work"/websocket-health-*.tar.gz)
unwanted=$(tar tzf "$artifact" | grep -E '^(tests|\.cache|\.venv|\.ci|\.git)|__pycache__' || true)
[ -z "$unwanted" ] || { echo "the artifact holds what it should not: $unwanted"; exit 1; }
"$venv/bin/ansible-galaxy" collection install --offline -p "$work/installed" "$artifact"
cd "$work/run"
"$venv/bin/ansible-playbook" websocket.health.demo
"$venv/bin/python" - <<'PY'
import json

report = json.load(open("websocket-health/report.json"))
causes = {entry["id"] for host in report["hosts"] for service in host["services"] for entry in service["diagnoses"] if entry["role"] == "root"}
wanted = {"process-stopped", "config-other-port", "server-websocket-not-attached", "process-port-in-use", "process-runs-deleted-release"}
assert causes == wanted, (causes, wanted)
assert report["summary"]["hosts"]["pass"] == 1, report["summary"]
print("the installed demo named %d causes of %d, and found the healthy host healthy" % (len(causes), len(wanted)))
PY
