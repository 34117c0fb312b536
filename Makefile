# The commands of this repository.  `make demo` and `make test` set everything up by themselves.
SHELL   := /bin/sh
BIN     := .venv/bin
# More than two cores: the journeys wait for servers more than they reckon.
WORKERS ?= 4
ARGS    ?=
SECONDS ?= 30
TARGETS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test check lint format types tests fuzz search bench mailserver wheel lock clean setup

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## set up, then run the main job on embedded parts and tell the story (ARGS=--stay keeps it running)
	@scripts/bootstrap demo
	@$(BIN)/gateway demo $(ARGS)

test: setup ## set up, then everything that CI runs: style, types and all tests, real servers included
	@$(MAKE) --no-print-directory check

# The type checker keeps one core busy while the tests begin, and says at the end what it found.
check: ## what CI runs, on a machine that is set up
	@failed=; typed=$$(mktemp); \
	$(MAKE) --no-print-directory types >"$$typed" 2>&1 & types=$$!; \
	for step in lint format tests; do \
	    echo "== $$step"; \
	    $(MAKE) --no-print-directory $$step || failed="$$failed $$step"; \
	done; \
	echo "== types"; \
	wait $$types || failed="$$failed types"; \
	cat "$$typed"; rm -f "$$typed"; \
	if [ -n "$$failed" ]; then echo "make check: failed:$$failed" >&2; exit 1; fi

setup: ## set up for the tests: Debian packages, .venv, locked Python packages
	@scripts/bootstrap test

lint: ## look for style faults
	@$(BIN)/ruff check .

format: ## look for lines that are not formatted (fix with .venv/bin/ruff format .)
	@$(BIN)/ruff format --check .

types: ## check the types, strictly
	@$(BIN)/mypy

# Real Postfix, Dovecot and PostgreSQL give up root for users of their own, so the tests begin as root.
AS_ROOT := $(if $(filter-out 0,$(shell id -u)),sudo -n -E env PYTHONDONTWRITEBYTECODE=1 PYTEST_ADDOPTS="-p no:cacheprovider $(PYTEST_ADDOPTS)",)

# Compiled beforehand: hundreds of commands are started, where none may write what it compiled.
# The order is that of tests/conftest.py, the longest files first; that of xdist has them last.
tests: ## run the tests only (ARGS="tests/test_house.py -x" narrows them)
	@$(BIN)/python -m compileall -q gateway tests
	@$(BIN)/python -m tests.asserting
	@$(AS_ROOT) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

# What was found stays in tests/fuzzing/found, and is tried by the tests from then on.
fuzz: setup ## search every parser for input that is too much for it (SECONDS=30 each, TARGETS="mail json")
	@$(BIN)/python -m tests.fuzzing --seconds $(SECONDS) $(TARGETS)

# The tests try the same examples every time.  Found ones stay in .hypothesis until they are mended.
search: setup ## try properties on examples that no run tried before (ARGS="tests/domain" narrows them)
	@$(AS_ROOT) $(BIN)/python -m pytest -m hypothesis --hypothesis-profile search $(or $(ARGS),tests)

bench: setup ## measure throughput, latency and memory on this machine
	@$(BIN)/gateway bench $(ARGS)

mailserver: setup ## a mail server on loopback to try an installation with (ARGS="FOLDER ADDRESS ...")
	@$(AS_ROOT) $(BIN)/python -m tests.servers $(ARGS)

wheel: setup ## build the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel

lock: ## resolve the dependencies anew into the two locks (needs uv)
	@uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --all-extras \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	    -o requirements.lock
	@scripts/bootstrap test
	@$(BIN)/python scripts/runtime_lock.py

clean: ## remove what was made here: .venv, caches, dist
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
	@find gateway tests -name __pycache__ -type d -prune -exec rm -rf {} +
