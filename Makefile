# Lantu 蓝图. The two commands: `make demo` and `make test`.
PY ?= python3
BIN := .venv/bin
export LANTU_VAR ?= $(CURDIR)/var
# of the 9,600 sources in the packages a quarter is ever loaded: each is compiled when it first is, and kept
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo demo-reset serve test setup dev lock frontend bench clean

help:            ## what there is
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: .venv/.ready   ## set up, load the city pack and the demo plans, fuse them, serve on localhost:8000
	@$(BIN)/lantu demo
	@$(BIN)/lantu serve

demo-reset: .venv/.ready   ## throw the demo data away and start again
	@$(BIN)/lantu demo --reset
	@$(BIN)/lantu serve

serve: .venv/.ready   ## serve what is there
	@$(BIN)/lantu serve

test: .venv/.dev   ## all checks and tests: both databases and a browser
	@$(BIN)/python tools/check.py

setup: .venv/.ready   ## only set up

dev: .venv/.ready .venv/.dev   ## set up with the tools for development

.venv/bin/python:
	@$(PY) tools/bootstrap.py

.venv/.packages: .venv/bin/python requirements.lock pyproject.toml
	@echo "装依赖 / installing packages ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.ready: .venv/.packages $(wildcard src/lantu/planar/*.py) $(wildcard src/lantu/*/locale/en/LC_MESSAGES/*.po)
	@echo "编译内核与译文 / compiling kernels and translations ..."
	@$(BIN)/lantu setup
	@touch $@

# `make test` compiles beside its first checks, which use one core
.venv/.dev: .venv/.packages requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.lock
	@touch $@

lock:   ## write the lock files anew (needs uv)
	uv pip compile -q pyproject.toml --extra postgres --universal --generate-hashes --no-header --no-annotate -o requirements.lock
	uv pip compile -q pyproject.toml --extra postgres --extra interop --extra cluster --group dev --universal --generate-hashes --no-header --no-annotate -o requirements-dev.lock

frontend:   ## build the map and chart islands (needs Node); the result is committed
	cd frontend && npm ci --no-audit --no-fund && npm run build

bench: .venv/.ready .venv/.dev   ## the benchmarks, small; see benchmarks/README.md
	$(BIN)/python -m benchmarks.overlay --size tiny

clean:   ## remove the environment and caches, never the data
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache node_modules frontend/node_modules
