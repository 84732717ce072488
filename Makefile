# Two commands: `make demo` and `make test`. Both first run `make install`, which leaves .venv/bin/hecha.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install install-spark demo test check static units bench messages lock clean

install: .venv/.installed messages

.venv/.installed: requirements/dev.txt pyproject.toml hatch_build.py
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# PySpark is 400 MB and of use only with Java 17: not part of `install`.
install-spark: install .venv/.spark

.venv/.spark: .venv/.installed requirements/spark.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/spark.txt
	touch $@

messages: .venv/.installed
	$(BIN)/python hatch_build.py

demo: install
	$(BIN)/hecha demo

test: check

# The two halves side by side: types take half a minute of one processor, and tests wait for browsers and servers now and then.
check: install
	$(MAKE) --no-print-directory --jobs 2 --output-sync=line static units

static:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

units:
	$(BIN)/pytest -q -n 2 --dist worksteal

bench: install
	$(BIN)/python benchmarks/county.py

# How well the tests test (docs/quality.md). Mutation testing has an environment of its own, which is not part of the lock.
coverage: install
	$(BIN)/pytest -q --cov=audit --cov=detectors --cov=expectations --cov=reports --cov-branch --cov-report=term

mutation: install
	test -x build/mutation/bin/python || { $(BIN)/python -m venv build/mutation && build/mutation/bin/pip install --quiet cosmic-ray==8.7.0; }
	PYTHONPATH=$$($(BIN)/python -c 'import site; print(site.getsitepackages()[0])') build/mutation/bin/python benchmarks/mutation.py

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --extra legacy --extra office --extra database pyproject.toml -o requirements/base.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --extra legacy --extra office --extra database --group dev pyproject.toml -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-strip-extras --extra legacy --extra office --extra database --extra spark --group dev -c requirements/dev.txt pyproject.toml -o requirements/spark.txt

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .import_linter_cache
