# SPDX-License-Identifier: GPL-3.0-or-later
# make demo   the checklist on an embedded demo fleet, and where its report is
# make test   everything: sets up what is missing (Debian packages too, when root), then every test
# make apps   the checklist on some fifty real applications, and the table of what it said
# make test-fast   linter and the unit tests that need nothing else
# Everything runs two parts at a time (JOBS). What a part prints comes out whole, when it has ended.
# What cannot run without root or a package is skipped loudly; with CI=true that is a failure.

SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
TREE := .cache/tree
LINK := $(TREE)/ansible_collections/websocket/health
CORES := 2.18 2.19 2.20 2.21
PYTEST := $(BIN)/python -m pytest -p no:cacheprovider -q -rs
JOBS ?= 2
# More processes than processors: half of the time they wait. Who shares a fixture stays together.
SPREAD := -n 3 --dist loadfile
# What makes the evidence of tests is checked against its types.
TYPED_TESTS := tests.unit.builders
# What needs no servers first, while those are installed; then the longest.
PARTS := sanity docs-check lint integration unit scenarios stacks unknown minimal security times interrupted build

export ANSIBLE_COLLECTIONS_PATH := $(abspath $(TREE))
export ANSIBLE_LOCALHOST_WARNING := False
export ANSIBLE_INVENTORY_UNPARSED_WARNING := False

export PYTHONDONTWRITEBYTECODE := 1

.PHONY: demo test test-fast test-matrix bench setup venv runtime link servers unit times integration stacks security interrupted minimal scenarios clothes unknown calibration applications apps sanity lint docs-check \
	build generate example docs rule evidence clean

demo: runtime link
	@$(BIN)/ansible-playbook websocket.health.demo -e websocket_health_report_dir=$(CURDIR)/websocket-health
	@echo
	@echo "Report: $(CURDIR)/websocket-health/report.html"

test: venv link
	@$(MAKE) --no-print-directory -j$(JOBS) --output-sync=target -o venv -o link $(PARTS)
	@echo "all tests passed"

test-fast: venv link
	$(BIN)/ruff check .
	$(PYTEST) $(SPREAD) --fast tests/unit

setup: venv link servers

venv:
	@sh tests/tools/make_venv.sh $(VENV) requirements.txt tests/requirements.txt

link:
	@mkdir -p $(dir $(LINK))
	@[ -e $(LINK) ] || ln -s $(CURDIR) $(LINK)

# What users of the collection have, and no more.
runtime:
	@sh tests/tools/make_venv.sh $(VENV) requirements.txt

# Debian packages, npm packages and Python environments of the real servers.
servers: venv
	@$(BIN)/python tests/servers/setup.py

lint: venv link
	$(BIN)/reuse --root . lint --quiet
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd $(LINK)/../../.. && MYPYPATH=$(CURDIR) $(abspath $(BIN))/mypy --config-file $(CURDIR)/mypy.ini -p ansible_collections.websocket.health.plugins $(TYPED_TESTS:%=-p %)
	sh tests/tools/lint_collection.sh $(VENV)

unit: setup
	$(PYTEST) -n 2 --dist loadfile tests/unit

# The fast unit tests once more, two years ahead and one year back.
times: setup
	@sh tests/tools/times.sh $(VENV)

integration: setup
	$(PYTEST) tests/integration

# The lab, the real servers, and the report page in a browser.
stacks: setup
	$(PYTEST) tests/lab tests/servers tests/browser --ignore tests/lab/test_interrupted.py

# What hostile users of a host and hostile peers can stage.
security: setup
	$(PYTEST) tests/security

# Benchmarks, labs and tests that are stopped leave nothing.
interrupted: setup
	$(PYTEST) tests/lab/test_interrupted.py

# make demo and make test-fast on a Debian that has next to nothing.
minimal: setup
	$(PYTEST) tests/minimal

# Real servers with real faults: what is named first. The table of all is in .cache/scenarios.txt afterwards.
scenarios: setup
	$(PYTEST) tests/scenarios

# Real, healthy applications, asked three times in three ways: a sample of the light ones, and all. The table is in .cache/apps.txt.
applications: setup
	$(BIN)/python -m tests.apps.setup
	$(PYTEST) tests/apps

apps: setup
	$(BIN)/python -m tests.apps.setup --all
	APPS=all $(PYTEST) tests/apps
	$(BIN)/python -m tests.apps.page

# Scenarios again in other clothes, drawn by a seed: other ports, names and neighbours, less that is told. The table is in .cache/clothes.txt afterwards.
# make clothes SEED=7 SAMPLE=60: sixty of them, spread over the groups; without SAMPLE all.
SEED ?= 1
SAMPLE ?= 0
clothes: setup
	$(BIN)/python -m tests.scenarios.clothes --seed $(SEED) --sample $(SAMPLE)

# Faults that no rule knows: the report quotes what the software says, and names no wrong cause.
unknown: setup
	$(PYTEST) tests/unknown

# How often each confidence and each rule was right, over the scenarios and their other clothes: docs/calibration.md.
calibration: scenarios clothes
	$(BIN)/python -m tests.scenarios.calibration

sanity: venv
	sh tests/tools/sanity.sh $(VENV)

docs-check: venv link generate
	@git diff --exit-code --stat -- roles docs plugins/modules || { echo "generated files were not up to date: commit what make generate wrote"; exit 1; }
	sh tests/tools/docs.sh $(VENV)

# A new rule: make rule ID=proxy-body-buffered LAYER=proxy
rule: venv
	@$(BIN)/python tests/tools/new_rule.py "$(ID)" "$(LAYER)"

# What scenarios see, as rows for the unit tests of rules: of one rule (make evidence ID=process-stopped), or of all.
evidence: setup
	SCENARIO_EVIDENCE=$(CURDIR)/.cache/evidence $(PYTEST) tests/scenarios $(if $(ID),-k "$$($(BIN)/python tests/tools/record_rules.py --scenarios $(ID))",)
	$(BIN)/python tests/tools/record_rules.py .cache/evidence $(ID)

# What is made from the code: the role's argument specs, the pages of checks and diagnoses, and RETURN of the probes' modules.
generate: venv link
	@$(BIN)/python tests/tools/generate.py

build: venv
	sh tests/tools/build.sh $(VENV)

# Unit and integration tests on every supported ansible-core, each in an environment of its own.
test-matrix: setup
	@for core in $(CORES); do sh tests/tools/matrix.sh $$core || exit 1; done

# The documentation as a site: .cache/docsite/html/index.html.
docs: venv link
	@sh tests/tools/docsite.sh $(VENV)

# docs/example: the report of the demo fleet.
example: venv link
	@sh tests/tools/example.sh $(VENV)

bench: setup
	$(BIN)/python tests/bench/run.py

clean:
	rm -rf .cache .venv websocket-health
