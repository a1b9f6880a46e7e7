# make run: try Herald. make install: no more than what that needs, for a server. make test: every check.
# All set up .venv first and again whenever a lock file changes.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/stamp
.DEFAULT_GOAL := run

.PHONY: run install test bench lock clean
run: $(STAMP)-run
	@$(BIN)/herald demo $(ARGS)

install: $(STAMP)-run

test: $(STAMP)-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@# Without this nothing that is imported is kept compiled, where the environment says so.
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --workers 3 $(ARGS)

bench: $(STAMP)-dev
	$(BIN)/python -m tests.benchmarks $(ARGS)

$(BIN)/uv: requirements-uv.lock
	$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock || \
	  echo "uv cannot be installed here; pip does it, more slowly." >&2
	@touch $(BIN)/uv

# The pip way is for machines that uv does not know.
install = $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r $(1) || \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)

$(STAMP)-run: $(BIN)/uv requirements.lock pyproject.toml
	@test -e $(STAMP)-dev || { $(call install,requirements.lock); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMP)-dev: $(BIN)/uv requirements-dev.lock pyproject.toml
	@$(call install,requirements-dev.lock)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(STAMP)-run

# No index address goes into a lock file: whoever installs decides where from.
compile = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url
lock: $(BIN)/uv
	$(compile) requirements-uv.in -o requirements-uv.lock
	$(compile) pyproject.toml requirements-build.in -o requirements.lock
	$(compile) pyproject.toml requirements-build.in --group dev -o requirements-dev.lock

clean:
	rm -rf .venv build *.egg-info
