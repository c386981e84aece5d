# One verb a line of work; each does its own set-up. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHAPE ?= storm steady
# Processes of `make test`: twice the cores it was measured on, for half of what a drill does is to wait.
WORKERS ?= 4
# What is imported is compiled then, once: most of what is installed never is.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
# Versions that the tests were seen to pass with, so that somebody else's release breaks no fresh clone.
VERSIONS := .ci/versions.txt
install = $(PIP) --constraint $(VERSIONS) -e $(1) || \
  { echo "the versions in $(VERSIONS) cannot be had here: taking the newest"; $(PIP) -e $(1); }
AXE := 4.14.1
apt = { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null; }
# Every process of a drill would compile the program anew where Python may not keep what it has compiled.
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help
.PHONY: help drill demo fleet report bench test campaign hosts-tools watch-tools browser-tools browser-test set-up lint format docs docs-links reference load versions clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

drill: $(VENV)/.run  ## the Luding quake of 2022 over 20,000 real WebSocket connections
	$(BIN)/ewarn drill configs/drill.toml

demo: $(VENV)/.run  ## the page on which drills are started and seen; prints its address
	$(BIN)/ewarn demo

fleet: $(VENV)/.fleet  ## two servers of a bus and three gateways, each on a host of its own on this machine, to play with
	$(BIN)/ewarn fleet

report: $(VENV)/.report  ## report.html of RUN=FOLDER, or of the newest in runs/
	$(BIN)/ewarn report $(or $(RUN),$(dir $(firstword $(shell ls -t runs/*/verdict.json 2>/dev/null))))

bench: $(VENV)/.bench  ## dispatch strategies side by side, 20,000 users; some minutes
	$(BIN)/ewarn bench --out runs/bench --replace

# A file's tests stay together, as what they share does; which files come first stands in tests/conftest.py.
test: $(VENV)/.test  ## the tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Where they are missing, tests that lay hosts on this machine, or have clients as packets, are skipped.
hosts-tools:  ## what tests need that lay networks on this machine
	@( PATH="$$PATH:/usr/sbin:/sbin"; for tool in ip nft unshare nsenter setpriv; do command -v $$tool || exit 1; done ) >/dev/null || \
	  $(call apt,iproute2 nftables util-linux) || \
	  { echo "install iproute2, nftables and util-linux"; exit 2; }

# Debian's, unpacked beside Python: nothing is installed on the machine, and no service starts. Tests are skipped without.
watch-tools: | $(VENV)/.venv  ## Prometheus, for tests of what watches a fleet
	@command -v promtool >/dev/null || $(MAKE) --no-print-directory $(VENV)/prometheus

# CI runs the bounded part; all of it takes under 50 minutes on two cores. PART names parts, all unless named.
campaign: $(VENV)/.test  ## attacks, faults, fuzz, packets, hosts, fleets and a soak: what must hold; SHORT=1 is a few minutes, PART="attacks"
	$(BIN)/python -m tests.campaign $(PART) $(if $(SHORT),--short) --json runs/campaign.json

CI := .[browser,docs,lint,test]
# What CI wants, in one run of pip: one for each set would work all of them out anew.
set-up: pyproject.toml $(VERSIONS) | $(VENV)/.venv
	@$(call install,'$(CI)')
	@touch $(addprefix $(VENV)/.,browser docs lint test)

browser-tools: $(VENV)/.browser $(VENV)/axe-core $(VENV)/.chromium

browser-test: browser-tools  ## the page in a real browser, and its accessibility
	EWARN_CHROMIUM="$$(cat $(VENV)/.chromium)" EWARN_AXE=$(VENV)/axe-core/axe.min.js $(BIN)/python -m pytest tests/browser

lint: $(VENV)/.lint  ## formatter, linter, strict types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.lint  ## apply the formatter and the linter's safe mends
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.docs  ## the pages as HTML, every link within them checked
	$(BIN)/python -m docs.links
	$(BIN)/python -m sphinx -b html -n -W --keep-going -q docs docs/_build/html
	@echo "docs: open docs/_build/html/index.html"

# Apart, since a build may have no Internet, and other people's pages come and go.
docs-links: $(VENV)/.docs  ## links to the outside, each asked for
	$(BIN)/python -m docs.links --outside

reference: $(VENV)/.run  ## docs/reference, the pages of it that are made from the code
	$(BIN)/python -m docs.generate

load: $(VENV)/.load  ## short Locust runs, a storm and a steady one; or SHAPE=steady, ramp, churn, storm
	@for shape in $(SHAPE); do $(BIN)/locust --config loadtests/locust.conf --shape $$shape || exit 1; done

versions:  ## .ci/versions.txt anew, with the newest that pyproject.toml takes; then run .ci/run
	@rm -rf build/versions && $(PYTHON) -m venv build/versions
	@build/versions/bin/python -m pip install --quiet --disable-pip-version-check -e '.[test,browser,docs,lint,bench,report,load,quakeml]'
	@build/versions/bin/python -m pip freeze --exclude-editable > $(VERSIONS)
	@rm -rf build/versions

clean:  ## remove the environment, caches and runs
	rm -rf $(VENV) docs/_build runs .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Debian ships venv apart from python3; install it where we may, else say what is missing.
$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ewarn needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  $(call apt,python3-venv) || \
	  { echo "the venv module is missing: install python3-venv"; exit 2; }
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: pyproject.toml $(VERSIONS) | $(VENV)/.venv
	@$(call install,.)
	@touch $@

# A browser and, for its package alone, npm: installed where we may, else what is missing is said.
$(VENV)/.chromium: | $(VENV)/.venv
	@command -v chromium chromium-browser google-chrome >/dev/null || $(call apt,chromium) || \
	  { echo "a browser is missing: install chromium"; exit 2; }
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } > $@

$(VENV)/axe-core: | $(VENV)/.venv
	@command -v npm >/dev/null || $(call apt,npm) || { echo "npm is missing: install npm"; exit 2; }
	@cd $(VENV) && tarball=$$(npm pack --silent axe-core@$(AXE)) && mkdir axe-core && \
	  tar -xzf $$tarball -C axe-core --strip-components 1 && rm $$tarball

$(VENV)/prometheus: | $(VENV)/.venv
	@cd $(VENV) && get() { apt-get -o APT::Sandbox::User=root download -qq prometheus 2>/dev/null; } && \
	  { get || { apt-get update -qq && get; }; } && dpkg-deb -x prometheus_*.deb prometheus.new && \
	  rm prometheus_*.deb && mv prometheus.new prometheus

$(VENV)/.bench $(VENV)/.browser $(VENV)/.docs $(VENV)/.fleet $(VENV)/.test $(VENV)/.report $(VENV)/.lint $(VENV)/.load: $(VENV)/.%: pyproject.toml $(VERSIONS) | $(VENV)/.venv
	@$(call install,'.[$*]')
	@touch $@
