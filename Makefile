# Kaochang 考场. On a machine with only Python ≥ 3.11, pip and make:
#   make demo    a ready exam centre on localhost        make test    everything that is tested
PYTHON ?= python3
ARGS ?=
TESTS ?= tests
WORKERS ?= 3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
UV := UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=1 $(PY) -m uv pip compile pyproject.toml --python-version 3.11 \
	--universal --generate-hashes --no-emit-index-url --no-annotate --quiet \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.PHONY: demo test lint types imports vitest frontend mutants tamper faults restore-drill fuzz canaries audit lock format \
	screenshots paper-pictures bench bench-lines bench-merge bench-paper soak migration clean help
.DEFAULT_GOAL := help
.NOTPARALLEL:

help:
	@echo 'make demo [ARGS="--port P --robots N --minutes M --once --profile P"]   a ready exam centre'
	@echo 'make test [TESTS=tests/unit]      set up what tests need, check and test everything'
	@echo 'make mutants                      break each invariant on purpose and see red'
	@echo 'make lint | types | imports       the checks one by one;   make format   mend the style'
	@echo 'make bench [ARGS="--record"]      how fast it is: figures beside references'
	@echo 'make bench-merge                  200 packages of a province merged: how long it takes'
	@echo 'make bench-lines                  a province of 71,000 in 300 groups: how long its lines take'
	@echo 'make bench-paper                  1,000 admission tickets: how long they take'
	@echo 'make soak [ARGS="--minutes M"]    an hour at the real rhythm, a look every minute'
	@echo 'make restore-drill                a dead machine, a backup, a bare one; docs/restore-drill.md'
	@echo 'make faults                       50 and 20 kills in a full room, recorded in docs/faults.md; a minute without the network'
	@echo 'make fuzz [EXAMPLES=60]           requests made from the description of the interface'
	@echo 'make canaries [EXAMS=100]         exams listened to, byte by byte, for what must not leak'
	@echo 'make audit                        known weaknesses in the code and in what it stands on'
	@echo 'make tamper [ROUNDS=200]          change the record in every way, see each found'
	@echo 'make screenshots                  draw docs/screenshots again'
	@echo 'make paper-pictures               draw docs/printed again: a page of each document'
	@echo 'make migration NAME=what_changed  a migration from the changed tables'
	@echo 'make lock [UPGRADE=1]             write the lock files from pyproject.toml'
	@echo 'make clean                        remove everything that was made here'

# ---------------------------------------------------------------- environment

# A Python without ensurepip (Debian without python3-venv) leaves a half-made folder and says so
# only on its standard output: what counts is a pip that answers from inside.
HAS_PIP := -c 'import sys, pip; sys.exit(sys.prefix == sys.base_prefix)' >/dev/null 2>&1
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or later is needed, e.g.: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo 'making $(VENV)'
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1; \
	if ! $(PY) $(HAS_PIP); then \
		rm -rf $(VENV) .bootstrap; \
		$(PYTHON) -m pip install --quiet --target .bootstrap virtualenv && \
		PYTHONPATH=.bootstrap $(PYTHON) -m virtualenv --quiet $(VENV) && \
		$(PY) $(HAS_PIP) || { rm -rf $(VENV); \
		echo 'No virtual environment can be made: install python3-venv (Debian) and try again.'; \
		exit 1; }; \
	fi

$(VENV)/.runtime: requirements.lock | $(PY)
	@echo 'installing what it runs on (requirements.lock)'
	@$(PIP) install --quiet --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.tested: requirements-test.lock $(VENV)/.runtime
	@echo 'installing what tests need (requirements-test.lock)'
	@$(PIP) install --quiet --require-hashes -r requirements-test.lock
	@touch $@

$(VENV)/.installed: pyproject.toml hatch_build.py $(VENV)/.runtime | frontend
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Stamped by the sources' digest: nothing happens when nothing changed.
frontend: $(VENV)/.runtime
	@$(PY) hatch_build.py

# ---------------------------------------------------------------- the two commands

demo: $(VENV)/.installed
	@$(VENV)/bin/kaochang demo $(ARGS)

# The slow check fills what the tests leave of the processors while they wait.
test: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m tests.provide
	@$(MAKE) --no-print-directory lint imports vitest
	@{ nice -n 10 $(MAKE) --no-print-directory types >.checks.log 2>&1; echo $$? >.checks.rc; } & \
	$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS); tests=$$?; \
	wait; [ "$$(cat .checks.rc)" = 0 ] || { cat .checks.log; exit 1; }; exit $$tests

vitest: $(VENV)/.tested frontend
	@$(PY) hatch_build.py test

# ---------------------------------------------------------------- one by one

lint: $(VENV)/.tested
	@$(PY) -m ruff check .
	@$(PY) -m tests.audit bandit
	@$(PY) -m ruff format --check --quiet . || { echo 'make format would mend it'; exit 1; }

types: $(VENV)/.tested frontend
	@$(PY) -m mypy
	@$(PY) hatch_build.py typecheck

imports: $(VENV)/.tested
	@$(VENV)/bin/lint-imports --no-cache

format: $(VENV)/.tested
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format --quiet .

mutants: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m tests.provide
	@$(PY) -m tests.mutants.run $(ARGS)

bench: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m bench $(ARGS)

bench-merge: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m bench.merge $(ARGS)

bench-lines: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m bench.lines $(ARGS)

bench-paper: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m bench.paper $(ARGS)

soak: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m bench.soak --record $(ARGS)

restore-drill: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m tests.provide
	@$(PY) -m tests.faults.drill --robots 100 --record
	@$(PY) -m tests.faults.drill --robots 100 --database postgresql --record

faults: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m tests.provide
	@$(PY) -m tests.faults.campaign --kills 50 --robots 200 --record
	@$(PY) -m tests.faults.campaign --kills 20 --robots 60 --database postgresql --workers 2 --record
	@KAOCHANG_LOST_SECONDS=60 $(PY) -m pytest tests/browser/test_exam_day.py

fuzz: $(VENV)/.installed $(VENV)/.tested
	@KAOCHANG_FUZZ_EXAMPLES=$(or $(EXAMPLES),60) $(PY) -m pytest --timeout 3600 -s tests/integration/test_openapi.py

canaries: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m tests.provide
	@KAOCHANG_CANARY_EXAMS=$(or $(EXAMS),100) $(PY) -m pytest --timeout 1800 tests/integration/test_secrecy.py tests/browser/test_canaries.py

audit: $(VENV)/.tested
	@$(PY) -m tests.audit $(ARGS)

# Thousands of changes to the record of a played room; each must be found (docs/record.md).
tamper: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m tests.provide
	@KAOCHANG_TAMPER_ROUNDS=$(or $(ROUNDS),200) $(PY) -m pytest --timeout 7200 -s -n 0 \
		tests/integration/test_tampering.py

screenshots: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m tests.provide
	@$(PY) -m tests.browser.screenshots $(ARGS)

paper-pictures: $(VENV)/.installed $(VENV)/.tested
	@$(PY) -m tests.builders.paper_pictures

# ---------------------------------------------------------------- upkeep

lock: $(PY)
	@$(PIP) install --quiet 'uv>=0.9'
	@$(UV) --extra build --output-file requirements.lock
	@$(UV) --extra build --extra test --constraints requirements.lock \
		--output-file requirements-test.lock

migration: $(VENV)/.tested
	@$(PY) -m tests.builders.migration $(NAME)

clean:
	rm -rf $(VENV) .bootstrap .tools node_modules exam_client/static proctor_console/static \
		dist build .checks.log .checks.rc .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
