# Two commands: `make demo` and `make test`. Both keep their environment in .venv beside this file.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.locked

.PHONY: demo test hostile check fix bench lock accept fuzz custody-sweep custody-coverage custody-mutants crash clean

demo: $(STAMP)
	$(BIN)/forensics demo

test: $(STAMP)
	$(BIN)/python -m pytest $(PYTEST)

# Hostile strings and canaries in every form of what leaves; prints how many were tried, where.
hostile: $(STAMP)
	$(BIN)/python -m pytest -q -k 'hostile or canary' tests/report tests/pipeline

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/python benchmarks/run.py --quick

# Coverage-guided fuzzing of every reader, SECONDS each; prints how many inputs were tried.
SECONDS ?= 60
fuzz: $(STAMP)
	$(BIN)/python fuzz/run.py --seconds $(SECONDS)

# Damage a sealed case in every way (SWEEP=--quick: a sample) and print what was tried and what went unnoticed.
custody-sweep: $(STAMP)
	$(BIN)/python -m tests.chain_of_custody.sweep $(SWEEP)

# Kill writers, fill disks, fail fsync, cut the power; prints crash points, lost and torn. As root, all of it is possible.
crash: $(STAMP)
	$(BIN)/python -m tests.chain_of_custody.crash $(CRASH)

# Every branch of the custody log has to be reached by its own tests, the long ones left out; `kit/` is run by other interpreters
# and not measured. CPython 3.11 refuses a tracer at times where two threads begin at once: that is no failure of a test.
CUSTODY := forensics/chain_of_custody
LONG := changed_byte_of_an or removed_or_added or torn_at_any or frozen_forgery or kit_takes or other_kinds_of_keys
custody-coverage: $(STAMP)
	$(BIN)/python -m coverage run --branch --data-file=$(VENV)/custody.coverage --source=$(CUSTODY) --omit='*/kit/*' -m \
		pytest -q tests/chain_of_custody -k 'not ($(LONG))' \
		-W 'ignore:Exception ignored in thread started by:pytest.PytestUnraisableExceptionWarning' \
		$(addprefix --ignore=tests/chain_of_custody/,test_crash.py test_crash_rigs.py test_forgeries.py test_independent.py \
		test_page.py test_shell_agrees.py test_sweep.py test_sweep_quick.py)
	$(BIN)/python -m coverage report --data-file=$(VENV)/custody.coverage --skip-covered --show-missing --fail-under=100

# Try the tests of the custody log with small defects, one at a time: in every module, or in those that MUTANTS names. Fails below
# 95 of 100. About three quarters of an hour on two processors; see docs/custody-claims.md.
MUTANTS ?=
custody-mutants: $(STAMP)
	$(BIN)/python -m tests.chain_of_custody.mutants $(MUTANTS)

# Rewrite the golden files; review the difference before committing it.
accept: $(STAMP)
	ACCEPT=1 $(BIN)/python -m pytest -q -p no:randomly tests

# The environment is made anew only when the locked requirements or the project file change.
$(STAMP): requirements.txt requirements-dev.txt pyproject.toml
	rm -rf $(VENV)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

# Pin everything with hashes. No index address may be written: see tests/test_project.py.
lock:
	$(PYTHON) -m piptools compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-header --allow-unsafe -o requirements.txt requirements.in
	$(PYTHON) -m piptools compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-header --allow-unsafe -c requirements.txt -o requirements-dev.txt requirements-dev.in

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
