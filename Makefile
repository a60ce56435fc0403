# SPDX-License-Identifier: GPL-2.0-or-later
# Every target sets up what it needs; `make help` lists them.

PYTHON := .venv/bin/python
QGIS_PROCESS = $$(command -v qgis_process.bin || command -v qgis_process)
SYSTEM := qgis python3-qgis qgis-providers python3-gdal python3-numpy python3-scipy python3-numba \
  python3-rasterio python3-pyqtgraph python3-venv python3-pip
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
VERSION = $(shell sed -n 's/^version=//p' metadata.txt)
PROFILE ?= $(HOME)/.local/share/QGIS/QGIS3/profiles/default

# QGIS takes its Python from the first python3 on PATH: it must be the virtual environment's.
# The configuration folder is this checkout's own, so no profile of the user is touched.
ENVIRONMENT := PATH PROJ_DATA PYTHONNOUSERSITE QGIS_CUSTOM_CONFIG_PATH QGIS_PLUGINPATH QT_QPA_PLATFORM XDG_RUNTIME_DIR
export PATH := $(CURDIR)/.venv/bin:/usr/bin:/bin:/usr/sbin:/sbin:$(PATH)
export PROJ_DATA := /usr/share/proj
export PYTHONNOUSERSITE := 1
export QGIS_CUSTOM_CONFIG_PATH := $(CURDIR)/build/qgis-config
export QGIS_PLUGINPATH := $(CURDIR)/build/plugins
export QT_QPA_PLATFORM := offscreen
export XDG_RUNTIME_DIR := $(CURDIR)/build/run
unexport PYTHONPATH PYTHONHOME

.PHONY: help setup env install demo test test-next lint bench campaign docs help-pages package clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: build/.enabled ## Everything demo and test need (Debian 12: installs it); repeated, it takes a second

build/.system: Makefile
	@mkdir -p build
	@command -v dpkg-query >/dev/null || { echo "Not a Debian system: QGIS 3.22 or later with $(SYSTEM) is taken to be here."; exit 0; }; \
	missing=$$(for p in $(SYSTEM); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "Installing" $$missing; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
	@touch $@

.venv/.ready: requirements.txt requirements-dev.txt | build/.system
	@/usr/bin/python3 -m venv --system-site-packages .venv
	@$(PYTHON) -c 'import numpy; print(f"numpy=={numpy.__version__}")' > build/constraints.txt
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -c build/constraints.txt -r requirements-dev.txt
	@touch $@

build/.enabled: metadata.txt | .venv/.ready
	@mkdir -p build/plugins build/run && chmod 700 build/run && ln -sfn ../.. build/plugins/scree
	@PYTHONWARNINGS=ignore $(QGIS_PROCESS) plugins enable scree > build/.enabling 2>&1 \
	  || grep -q 'already enabled' build/.enabling || { cat build/.enabling >&2; exit 1; }
	@mv build/.enabling $@

env: ## Print exports: eval "$(make -s env)"; qgis_process.bin run scree:dem ...
	@$(MAKE) -s setup >&2
	@for name in $(ENVIRONMENT); do \
	  printf "export %s='%s'\n" $$name "$$(printenv $$name | sed "s/'/'\\\\''/g")"; \
	done
	@echo 'unset PYTHONPATH PYTHONHOME'

install: setup package ## Put the plugin into the QGIS profile of this user and enable it
	@mkdir -p "$(PROFILE)/python/plugins"
	@rm -rf "$(PROFILE)/python/plugins/scree"
	@$(PYTHON) -m zipfile -e build/scree-$(VERSION).zip "$(PROFILE)/python/plugins"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --upgrade --no-deps --target "$(PROFILE)/python" -r requirements.txt
	@env -u QGIS_CUSTOM_CONFIG_PATH -u QGIS_PLUGINPATH PYTHONWARNINGS=ignore $(QGIS_PROCESS) plugins enable scree >/dev/null
	@echo "Scree $(VERSION) is in $(PROFILE)/python/plugins and enabled."

demo: setup ## A DEM and its picture: of a made cloud, or CLOUD=file-or-folder FILTER= RESOLUTION= METHOD= ...
	@$(PYTHON) benchmarks/demo.py $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name)))

test: setup ## All tests
	@PYTHONPATH="$(CURDIR)/build/plugins" $(PYTHON) -m pytest -q

lint: setup ## Style, formats and types
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

bench: setup ## The comparison with other programs, into docs/benchmarks.md (ROWS=tin,idw OPTIONS=--quick)
	@$(PYTHON) benchmarks/run.py --rows "$(ROWS)" $(OPTIONS)

campaign: setup ## Seeded mutants, kills, races, full disks, memory traps, failing calls (OPTIONS='--minutes 30')
	@PYTHONPATH="$(CURDIR)/build/plugins:$(CURDIR)/tools" $(PYTHON) -m campaign $(OPTIONS)

docs: build/.docs ## The documentation as a site, into build/site; a warning or a dead link is an error
	@rm -rf build/docs-source && cp -r docs build/docs-source && cp -r resources/help build/docs-source/help
	@NO_MKDOCS_2_WARNING=1 build/docs-venv/bin/mkdocs build --quiet --strict
	@echo build/site/index.html

build/.docs: requirements-docs.txt | build/.system
	@/usr/bin/python3 -m venv build/docs-venv
	@build/docs-venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	@touch $@

help-pages: setup ## resources/help and docs/algorithms.md from the algorithms (OPTIONS=--pictures: over a made cloud)
	@$(PYTHON) benchmarks/help.py $(OPTIONS)

test-next: ## The tests that touch QGIS on Debian 13's 3.40, in build/next (TESTS="test/test_dock.py ..."; root only)
	@test/next.sh $(TESTS)

package: ## build/scree-<version>.zip of the last commit, as the QGIS plugin repository takes it
	@mkdir -p build
	@git archive --format=zip --prefix=scree/ -o build/scree-$(VERSION).zip HEAD
	@echo build/scree-$(VERSION).zip

clean: ## Remove everything that was made here
	@test ! -e build/next || test/next.sh remove
	@rm -rf --one-file-system build .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +
