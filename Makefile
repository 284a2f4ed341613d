# Everything a newcomer needs: `make demo` and `make test` work on a fresh machine with Python 3.11+ and make.
# Two packages live here: Wengert (packages/wengert) and Gazetteer (packages/gazetteer), which also documents this repository.
# Stamp files in the virtual environment remember what is installed, so a second run starts at once.

PYTHON ?= python3
VENV   ?= .venv
# The version that the parity suite compares with. Extra words reach pip, e.g. the index of a CPU-only build:
#   make test TORCH="torch==2.13.0 --index-url ..."
TORCH  ?= torch==2.13.0
# Test processes. The machines that count have two cores.
JOBS   ?= 2
# For `make test-backends`: one backend of the compiler, or all.
BACKEND ?= all
# Passed on: `make test ARGS="-k hooks"`, `make demo ARGS="--help"`, `make bench ARGS=...`
ARGS   ?=
# For `make array-api-tests`: the module under test, and how many examples each test draws.
MODULE   ?= wengert.numpy
EXAMPLES ?= 50
# `PATH=folder` would also be where the shell looks for programs: it is taken aside, and that is what it was.
ifeq ($(origin PATH),command line)
SUITE := $(abspath $(PATH))
override PATH := $(or $(shell /usr/bin/env -i /bin/sh -lc 'echo "$$PATH"'),/usr/local/bin:/usr/bin:/bin)
endif

PKG := packages/wengert
GAZ := packages/gazetteer
# Parsers of other languages, which Gazetteer is compared with. What else a comparison needs (a JDK, Go, rustc, Ruby, ...) is not installed:
# where it is missing, or one of these cannot be had, the comparison is skipped and says why.
ORACLES := build/oracles
NPM_PARSERS  := typescript@5.9.3 @ruby/prism@1.9.0 mvdan-sh@0.10.1 kotlin-compiler@2.4.20 @autorest/csharp@3.0.0-beta.20220701.1
PYPI_PARSERS := cmake-parser==0.9.2 attrs==25.3.0 php-parser-py==1.2.6 dotnetcore2==3.1.23
# Where `make docs` builds the site.
SITE := build/docs
PY  := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
# A package that is installed to be edited is compiled by nobody where Python may write no bytecode; then each start would compile it.
COMPILE = $(PY) -m compileall -q
# The targets below change folder, so they need the interpreter's full path.
RUN := $(abspath $(VENV))/bin/python

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Two pip runs in one environment would trip over each other; `make -j` must not start them.
.NOTPARALLEL:
.PHONY: help demo test test-backends bench bench-gazetteer lint docs docs-list clean array-api-tests oracles

help:  ## this list
	@echo 'Wengert and Gazetteer: make TARGET'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s  %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.stamp-demo  ## install into .venv and train on the digits with every kind of hook at work
	$(VENV)/bin/wengert demo $(ARGS)

# The tests of some packages; the first failure ends it. `ARGS="-k hooks"` may choose tests of one package alone, for which pytest
# exits with 5 in the others, but some must have run. One thread per test process: the processes already fill the cores.
# Bytecode is kept, whatever the environment says: some tests start interpreters, each of which would compile the library again.
# Property tests draw the same examples each time, so that what passed for us passes for you; `HYPOTHESIS_PROFILE=dev` draws others.
define pytest-in
ran=; for package in $(1); do \
  echo "== $$package"; status=0; \
  (cd $$package && OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} \
    $(RUN) -m pytest -n $(JOBS) --dist worksteal $(ARGS) tests) || status=$$?; \
  case $$status in 0) ran=1 ;; 5) ;; *) exit $$status ;; esac; \
done; [ -n "$$ran" ] || { echo 'No test was chosen.' >&2; exit 5; }
endef

test: $(VENV)/.stamp-test  ## install the test dependencies (PyTorch among them) and run both suites
	@$(call pytest-in,$(PKG) $(GAZ))

# Hours, for `inductor` and `numba` take seconds over each of some thousand programs: BACKEND=xla, ARGS="-k hooks".
test-backends: $(VENV)/.stamp-backends  ## the parity and random-graph suites under every backend of the compiler, or BACKEND=name
	cd $(PKG) && OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(RUN) -m pytest -n $(JOBS) --dist worksteal \
	  --compiled-backend=$(BACKEND) $(ARGS) tests/parity tests/random_graphs tests/compiled/test_operators_in_functions.py \
	  tests/compiled/test_programs_as_functions.py

# ARGS="-k ruby" chooses one; GAZETTEER_ORACLE_CORPUS=folder compares over the files of that instead of those at hand.
oracles: $(VENV)/.stamp-oracles $(ORACLES)/.stamp  ## hold Gazetteer against the languages' own parsers; prints a table
	cd $(GAZ) && GAZETTEER_ORACLES='$(abspath $(ORACLES))' $(RUN) -m pytest -n $(JOBS) --dist worksteal $(ARGS) tests/oracles tests/cpp/test_oracle.py

bench: $(VENV)/.stamp-bench  ## time Wengert against PyTorch, JAX, HIPS autograd and MyGrad in the same run
	cd $(PKG) && $(RUN) -m benchmarks $(ARGS)

bench-gazetteer: $(VENV)/.stamp-docs  ## time Gazetteer beside ctags, Doxygen and repomix, where they are installed
	cd $(GAZ) && $(RUN) -m benchmarks $(ARGS)

lint: $(VENV)/.stamp-lint  ## ruff, mypy and the import contracts
	cd $(PKG) && $(RUN) -m ruff check .
	cd $(PKG) && $(RUN) -m mypy
	cd $(PKG) && $(abspath $(VENV))/bin/lint-imports
	cd $(GAZ) && $(RUN) -m ruff check .
	cd $(GAZ) && $(RUN) -m mypy
	cd $(GAZ) && $(abspath $(VENV))/bin/lint-imports

array-api-tests: $(VENV)/.stamp-test  ## the array API standard's own suite on wengert.numpy: PATH=folder of its checkout
	@test -d '$(SUITE)/array_api_tests' || { \
	  echo 'Name a checkout of data-apis/array-api-tests: make array-api-tests PATH=folder' >&2; exit 1; }
	@$(PIP) -r '$(SUITE)/requirements.txt'
	cd '$(SUITE)' && ARRAY_API_TESTS_MODULE=$(MODULE) ARRAY_API_TESTS_VERSION=2024.12 $(RUN) -m pytest \
	  --disable-warnings --max-examples=$(EXAMPLES) $(ARGS) array_api_tests

# Gazetteer keeps what it knows of the tree in build/, so a second run reads only what has changed.
docs: $(VENV)/.stamp-docs  ## build the site of this repository (guides, and a page for every file) into build/docs
	GAZETTEER_CACHE_DIR=build/cache $(VENV)/bin/gaz build . -o $(SITE) --format md,html $(ARGS)
	$(VENV)/bin/gaz check . -o $(SITE)
	@echo 'Open $(SITE)/site/index.html.'

docs-list:  ## where the documentation is that is written by hand
	@find README.md CONTRIBUTING.md packages -name '*.md' -not -path '*/.*' -not -path '*/node_modules/*' | sort | sed 's/^/  /'

clean:  ## remove the virtual environment, caches and build outputs
	rm -rf $(VENV) build $(PKG)/dist $(PKG)/build $(PKG)/.benchmarks $(GAZ)/dist $(GAZ)/build $(GAZ)/.benchmarks
	find . -type d \( -name __pycache__ -o -name '*.egg-info' -o -name .pytest_cache -o -name .mypy_cache \
	  -o -name .ruff_cache -o -name .hypothesis -o -name .import_linter_cache \) -prune -exec rm -rf {} +

$(VENV)/.stamp-venv:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo 'Wengert needs Python 3.11 or newer, and "$(PYTHON)" is not there. Name yours: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Wengert needs Python 3.11 or newer, and \"$(PYTHON)\" is $$($(PYTHON) -V 2>&1). Name a newer one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV) || { \
	  echo 'Making the virtual environment failed (on Debian and Ubuntu: apt install python3-venv).' >&2; exit 1; }
	@touch $@

$(VENV)/.stamp-demo: $(VENV)/.stamp-venv $(PKG)/pyproject.toml
	@echo 'Installing Wengert and what the demo needs into $(VENV) ...'
	@$(PIP) -e '$(PKG)[demo]'
	@$(COMPILE) $(PKG)/src
	@touch $@

# PyTorch alone and first: it is the largest download by far, so its stamp depends on nothing that changes often, and
# the installs after it find the exact version in place and keep it.
$(VENV)/.stamp-torch: $(VENV)/.stamp-venv
	@echo 'Installing $(TORCH) into $(VENV) (the parity tests and benchmarks compare with it) ...'
	@$(PIP) $(TORCH)
	@touch $@

$(VENV)/.stamp-test: $(VENV)/.stamp-torch $(PKG)/pyproject.toml $(GAZ)/pyproject.toml
	@echo 'Installing Wengert, Gazetteer and what their tests need into $(VENV) ...'
	@$(PIP) -e '$(PKG)[test]' -e '$(GAZ)[test]'
	@$(COMPILE) $(PKG)/src $(GAZ)/src
	@touch $@

$(VENV)/.stamp-backends: $(VENV)/.stamp-test
	@echo 'Installing Numba into $(VENV) ...'
	@$(PIP) -e '$(PKG)[test,numba]'
	@touch $@

$(VENV)/.stamp-bench: $(VENV)/.stamp-torch $(PKG)/pyproject.toml
	@echo 'Installing Wengert and the libraries it is measured against into $(VENV) ...'
	@$(PIP) -e '$(PKG)[bench]'
	@$(COMPILE) $(PKG)/src
	@touch $@

$(VENV)/.stamp-oracles: $(VENV)/.stamp-venv $(GAZ)/pyproject.toml
	@echo 'Installing Gazetteer and what its tests need into $(VENV) ...'
	@$(PIP) -e '$(GAZ)[test]'
	@$(COMPILE) $(GAZ)/src
	@touch $@

# One after the other: what cannot be had here leaves the others alone. PHP-Parser is an archive within its package.
$(ORACLES)/.stamp: $(firstword $(MAKEFILE_LIST)) | $(VENV)/.stamp-venv
	@echo 'Installing parsers of other languages into $(ORACLES) ...'
	@mkdir -p $(ORACLES)
	@for parser in $(NPM_PARSERS); do \
	  npm install --prefix $(ORACLES) --ignore-scripts --no-audit --no-fund --silent "$$parser" || echo "  $$parser: npm does not install it here"; \
	done
	@for parser in $(PYPI_PARSERS); do \
	  $(PIP) --no-deps --upgrade --target $(ORACLES)/python "$$parser" || echo "  $$parser: pip does not install it here"; \
	done
	@for archive in $(ORACLES)/python/php_parser_py/_resources/php-parser-*.tar.gz; do \
	  if [ -f "$$archive" ]; then tar -xzf "$$archive" -C "$${archive%/*}" 2>/dev/null && chmod +x "$${archive%/*}/php"; fi; \
	done
	@touch $@

$(VENV)/.stamp-docs: $(VENV)/.stamp-venv $(GAZ)/pyproject.toml
	@echo 'Installing Gazetteer into $(VENV) ...'
	@$(PIP) -e '$(GAZ)'
	@$(COMPILE) $(GAZ)/src
	@touch $@

$(VENV)/.stamp-lint: $(VENV)/.stamp-venv $(PKG)/pyproject.toml $(GAZ)/pyproject.toml
	@echo 'Installing Wengert, Gazetteer and the linters into $(VENV) ...'
	@$(PIP) -e '$(PKG)[lint]' -e '$(GAZ)[lint]'
	@touch $@
