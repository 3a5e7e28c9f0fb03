# Each target does its own set-up from a bare python3 (3.11 or newer): nothing needs to be installed first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
UV := $(shell command -v uv 2>/dev/null)

.PHONY: run test lint check coverage bench compiled clean
.DEFAULT_GOAL := run

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "tradeterm needs python 3.11 or newer (PYTHON=… names another)" >&2; exit 2; }
	$(if $(UV),$(UV) venv -q --seed --python $(PYTHON) $(VENV),$(PYTHON) -m venv $(VENV))

# One stamp a set of extras: a changed pyproject or pin installs again, anything else starts at once.
$(STAMPS)/%: pyproject.toml constraints.txt | $(BIN)/python
	@mkdir -p $(STAMPS)
	@echo "installing ($*), once …"
	@$(if $(UV),$(UV) pip install -q --python $(BIN)/python,$(BIN)/python -m pip install -q --disable-pip-version-check) -c constraints.txt -e '.$(if $(filter-out run,$*),[$*],)'
	@touch $@

run: $(STAMPS)/run
	@$(BIN)/tradeterm $(ARGS)

# The suite starts some hundred servers: where Python is told to write no bytecode, each would compile the sources anew.
compiled: $(STAMPS)/test
	@$(BIN)/python -m compileall -q -j 0 server tradeterm tests

test: compiled
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

lint: $(STAMPS)/test,lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The tests of what decides are run once more, traced: how much of it they reach is told. That run fails nothing here, since
# all that can fail in it does in the next; `make coverage` holds the floors of tests/reach.py.
check: lint compiled
	-@$(BIN)/python -m pytest -q -n auto --dist worksteal --cov --cov-report= --trace-deciding 2>&1 | grep -E '^(reached|server/|tradeterm/)'
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

# The same suite with every test traced, which takes half as long again: all lines that it does not reach, and the floor of
# all besides. ARGS=--trace-deciding: the tests of what decides alone.
coverage: compiled
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term-missing $(ARGS)

bench: $(STAMPS)/test
	@$(BIN)/python -m tests.bench $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
