#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# docsite.sh VENV : the documentation as a site, under .cache/docsite/html. Every warning is an error.
set -eu

venv=$1
site=.cache/docsite
sh tests/tools/make_venv.sh .cache/venv-docs requirements.txt docs/docsite/requirements.txt
tools=$(pwd)/.cache/venv-docs/bin
rm -rf "$site"
mkdir -p "$site/source"
cp -r docs/. "$site/source"
rm -rf "$site/source/docsite" "$site/source/example" "$site/source/README.md"
cp docs/docsite/conf.py docs/docsite/index.md "$site/source"
for name in checks diagnoses; do
    # The pages of a folder are reached from its index.
    {
        printf '\n```{toctree}\n:hidden:\n\n'
        for page in "docs/$name"/*.md; do
            [ "$(basename "$page")" = README.md ] || basename "$page" .md
        done
        printf '```\n'
    } >>"$site/source/$name/README.md"
done
mkdir -m 700 "$site/source/collections"
ANSIBLE_COLLECTIONS_PATH=$(pwd)/.cache/tree PATH="$tools:$PATH" "$tools/antsibull-docs" collection --use-current --fail-on-error --output-format simplified-rst --squash-hierarchy \
    --dest-dir "$site/source/collections" websocket.health
{
    printf '\n.. toctree::\n   :hidden:\n\n'
    for page in "$site"/source/collections/*_module.rst "$site"/source/collections/*_role.rst; do
        case $page in */index_*) continue ;; esac
        printf '   %s\n' "$(basename "$page" .rst)"
    done
} >>"$site/source/collections/index.rst"
rm -f "$site"/source/collections/index_*.rst
"$tools/sphinx-build" -W --keep-going -q -b html "$site/source" "$site/html"
echo "documentation: $site/html/index.html (made with $("$venv/bin/python" -V))"
