# Two commands: `make demo` and `make test`. Both first run `make install`, which leaves .venv/bin/hecha.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install demo test check bench messages lock clean

install: .venv/.installed messages

.venv/.installed: requirements/dev.txt pyproject.toml hatch_build.py
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

messages: .venv/.installed
	$(BIN)/python hatch_build.py

demo: install
	$(BIN)/hecha demo

test: check

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n 2

bench: install
	$(BIN)/python benchmarks/county.py

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --extra legacy --extra office --extra database pyproject.toml -o requirements/base.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --extra legacy --extra office --extra database --group dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .import_linter_cache
