# One command a task; `make` alone lists them. Needs python3 (3.11 or newer, with venv) and make, no root.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -qq
PORT   ?= 8000
PARAMS ?= params.yaml

# Overrides of params.yaml for one run, handed over by the environment so that no shell reads their text.
SETTINGS  := WAVE COMPARE_WITH LOCALE SEGMENT CHAPTERS FORMATS JOBS EXECUTOR SCHEDULER
OVERRIDES  = $(foreach name,$(SETTINGS),$(if $($(name)),$(name)="$$$(name)"))
export $(SETTINGS) PARAMS FROM HTML FORCE

.DEFAULT_GOAL := help
.PHONY: help report reports wave validate test faults verify check lab preview bench clean lock sbom audit

help: ## list the targets
	@echo "make TARGET [NAME=VALUE ...]"
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1\t\2/p' Makefile | expand -t 12
	@echo "Names for make report, over params.yaml: $(SETTINGS) PARAMS"
	@echo "Example: make report WAVE=2015-2016 LOCALE=en CHAPTERS=diffusion"

# A cluster needs a package more, which is installed when one is first asked for.
BUILDING = $(VENV)/report.stamp $(if $(filter dask,$(EXECUTOR)),$(VENV)/dask.stamp)

report: $(BUILDING) ## build what changed of the report of params.yaml (WHY=1 tells, FORCE=1 builds all)
	@$(BIN)/barometer report --params "$$PARAMS" $(OVERRIDES) $(if $(WHY),--why) $(if $(FORCE),--force "$$FORCE")

reports: $(BUILDING) ## build what changed of all reports: the matrix of params.yaml
	@$(BIN)/barometer reports --params "$$PARAMS" $(OVERRIDES) $(if $(WHY),--why) $(if $(FORCE),--force "$$FORCE")

wave: $(VENV)/report.stamp ## add a wave: WAVE=2025-2026 FROM=path/to/file (LINK=1, REPLACE=1)
	@$(BIN)/barometer wave "$$WAVE" --from "$$FROM" --params "$$PARAMS" $(if $(LINK),--link) $(if $(REPLACE),--replace)

validate: $(VENV)/report.stamp ## check a wave before its report (WAVE=..., else all; HTML=page.html)
	@$(BIN)/barometer validate --params "$$PARAMS" $(if $(HTML),--html "$$HTML") $(if $(WAVE),"$$WAVE")

# One worker runs all tests of a file: it makes once what they share.
test: $(VENV)/test.stamp ## run all tests (TESTS="tests/test_x.py -k word" for some)
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(TESTS)

faults: $(VENV)/test.stamp ## kill a hundred builds at random moments while others read the report
	@FAULTS=100 $(BIN)/python -m pytest -s -p no:xdist tests/test_faults.py

verify: $(VENV)/report.stamp ## hold the published reports of a wave against their manifests (WAVE=..., else all)
	@$(BIN)/barometer verify "reports/$$WAVE"

check: $(VENV)/test.stamp ## style, types, floors and stripped notebooks; no tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/nbstripout --keep-id --verify notebooks/*.ipynb

lab: $(VENV)/lab.stamp ## open the chapters in JupyterLab
	@$(BIN)/jupyter lab --notebook-dir=notebooks

preview: $(VENV)/report.stamp ## show the built reports at http://127.0.0.1:8000 (PORT=...)
	@$(BIN)/barometer preview --params "$$PARAMS" --port $(PORT)

bench: $(VENV)/bench.stamp ## measure everything side by side (half an hour; PARTS="builds ...") into benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks $(ROUNDS) $(PARTS)

clean: ## remove built reports and caches; the environment stays
	@rm -rf reports/* .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

lock: ## for maintainers: choose the newest versions again and write their hashes
	@$(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/pip install --quiet uv
	@for part in report test lab dask bench; do \
		echo "Locking requirements/$$part.txt"; \
		$(VENV)-lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-header --no-annotate requirements/$$part.in -o requirements/$$part.txt || exit; \
	done
	@rm -rf $(VENV)-lock

sbom: $(VENV)/report.stamp ## for maintainers: list licences and write the bill of materials (CycloneDX) after a lock
	@$(BIN)/python -m barometer.supply requirements

audit: ## hold every locked package against known vulnerabilities (needs the network)
	@$(PYTHON) -m venv $(VENV)-audit
	@$(VENV)-audit/bin/pip install --quiet pip-audit
	@for lock in requirements/*.txt; do \
		echo "Auditing $$lock"; \
		sed -n 's/^\([A-Z][A-Z0-9-]*\).*/--ignore-vuln \1/p' requirements/advisories.ignored | \
			xargs $(VENV)-audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r $$lock || exit; \
	done
	@rm -rf $(VENV)-audit

# A stamp says that its requirements are installed; each is made once, and again when its list changes.
$(VENV)/made.stamp:
	@$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit(f"Python 3.11 or newer is needed, this is {v[0]}.{v[1]}: make PYTHON=python3.x ...")'
	@echo "Making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/report.stamp: $(VENV)/made.stamp requirements/report.txt pyproject.toml
	@echo "Installing what the report needs"
	@$(PIP) install --require-hashes --no-deps -r requirements/report.txt
	@$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

$(foreach part,test lab dask bench,$(VENV)/$(part).stamp): $(VENV)/%.stamp: requirements/%.txt $(VENV)/report.stamp
	@echo "Installing what make $* needs"
	@$(PIP) install --require-hashes --no-deps -r $<
	@touch $@
