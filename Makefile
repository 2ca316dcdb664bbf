# Tandem's commands. Everything they need beyond Python and make is installed into .venv.

PORT ?= 8000
DATA ?= .tandem
WORKERS ?= 1
MINUTES ?= 30
SEEDS ?= 1000
FROM ?= 0
WORLDS ?= 100000

PY := .venv/bin/python

# The first interpreter that is new enough and can make a virtual environment. 3.12 and 3.11 are
# asked first because a Redis comes in a package for them; PYTHON=… goes before all.
PYTHONS := $(PYTHON) python3.12 python3.11 python3 python3.13 python3.14 python

.DEFAULT_GOAL := help
.PHONY: help run test check bench faults simulate worlds generate lock clean .FORCE

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/runtime  ## Start everything and print the page to open (PORT=8000 DATA=.tandem, WORKERS=1 API nodes)
	@exec $(PY) -m backend.cli run --port "$(PORT)" --data "$(DATA)" --workers "$(WORKERS)"

test: .venv/npm  ## Run the whole test suite on embedded servers (ARGS="-k streak" to choose)
	@$(PY) -m pytest $(ARGS)

check: .venv/dev  ## Check format, lint, types and the walls between the rooms
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command as main; main()'

bench: .venv/dev  ## Measure on this machine and write benchmarks/latest.json
	@$(PY) -m benchmarks $(ARGS)

faults: .venv/dev  ## Break three nodes for a while, write docs/faults.md (MINUTES=30 SEED=…)
	@$(PY) -m tests.faults.nodes --minutes "$(MINUTES)" $(if $(SEED),--seed "$(SEED)") --page docs/faults.md

simulate: .venv/dev  ## Simulate many worlds (SEEDS=1000 FROM=0), or one with its trace (SEED=123)
	@$(PY) -m tests.simulation $(if $(SEED),--seed "$(SEED)",--seeds "$(SEEDS)" --from "$(FROM)")

worlds: .venv/dev  ## Live through promises with money on them, drawn at random (WORLDS=100000 FROM=0)
	@$(PY) -m tests.domains.challenges --worlds "$(WORLDS)" --from "$(FROM)"

generate: .venv/runtime  ## Write protocol/generated/ anew from the messages
	@$(PY) -m backend.cli generate

# uv writes one lock for every platform, with hashes and without the address of any index.
LOCK = $(PY) -m uv pip compile --quiet pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command "make lock" $(ARGS)

lock: .venv/dev  ## Write the lock files anew from pyproject.toml (ARGS=--upgrade for newer releases)
	$(LOCK) --output-file requirements.txt
	$(LOCK) --extra local --constraint requirements.txt --output-file requirements-local.txt
	$(LOCK) --extra local --group dev --constraint requirements-local.txt --output-file requirements-dev.txt

clean:  ## Remove .venv and caches; what runs have stored in .tandem stays
	rm -rf .venv $(NPM)/node_modules build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.tandem -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# ------------------------------------------------------------------- the virtual environment

# Each stamp is a copy of the lock it stands for. Its content is compared, not its time, so that
# switching branches costs nothing, and what is no longer locked goes away with the old folder.
.venv/runtime: .FORCE
	@$(PY) -c '' 2>/dev/null && cmp -s requirements-local.txt $@ || { $(MAKE_VENV); \
	  lock=requirements-local.txt stamp=$@; $(INSTALL); }

.venv/dev: .venv/runtime
	@cmp -s requirements-dev.txt $@ || { lock=requirements-dev.txt stamp=$@; $(INSTALL); }

# What the tests talk to that is written for node. The lock records no address here either.
NPM := tests/support/npm
.venv/npm: .venv/dev
	@cmp -s $(NPM)/package-lock.json $@ && test -d $(NPM)/node_modules || { \
	  echo "Installing what the tests talk to from $(NPM)/package-lock.json ..."; \
	  PATH="$(CURDIR)/.venv/bin:$$PATH" cd $(NPM) && npm ci --silent && cd - >/dev/null && cp $(NPM)/package-lock.json $@; }

.FORCE:

define MAKE_VENV
  set -eu; chosen=; old=; bare=; \
  for python in $(PYTHONS); do \
    version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
    if ! $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then old="$$python is $$version"; \
    elif ! $$python -c 'import venv, ensurepip' 2>/dev/null; then bare=$$version; \
    else chosen=$$python; break; fi; \
  done; \
  if [ -z "$$chosen" ]; then \
    if [ -n "$$bare" ]; then echo "Python $$bare is here but cannot make a virtual environment. Install its venv module (on Debian and Ubuntu: apt install python$$bare-venv), then try again."; \
    else echo "Tandem needs Python 3.11 or newer$${old:+, and $$old}. Install one, or name it: make PYTHON=/path/to/python"; fi >&2; \
    exit 1; \
  fi; \
  echo "Tandem is being set up with Python $$version. This happens once and takes about a minute."; \
  rm -rf .venv; $$chosen -m venv .venv
endef

# pip says one line for each package it looks at; of these a person needs only how far it is.
define INSTALL
  set -eu; total=$$(grep -c '^[a-z].*==' $$lock); done=.venv/installed; rm -f $$done; \
  echo "Installing up to $$total packages from $$lock ..."; \
  { PYTHONUNBUFFERED=1 $(PY) -m pip install --require-hashes --disable-pip-version-check \
      --progress-bar off -r $$lock 2>&1 && touch $$done; } | { seen=0; while IFS= read -r line; do \
    case "$$line" in \
      Collecting*) seen=$$((seen + 1)); [ $$((seen % 20)) -ne 0 ] || echo "  $$seen packages fetched";; \
      Installing*) echo "  unpacking";; \
      ERROR*|error*|"  ERROR"*) echo "$$line" >&2;; \
    esac; done; }; \
  if [ ! -e $$done ]; then echo "The packages could not be installed: see the lines above. Check the network and the free space, then try again." >&2; exit 1; fi; \
  rm -f $$done; cp $$lock $$stamp; echo "Packages are ready."
endef
