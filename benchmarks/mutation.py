"""Changes the code in small ways, one at a time, and sees whether a test notices: mutation testing with cosmic-ray.

    pip install cosmic-ray==8.7.0     # not part of the locked environment
    python benchmarks/mutation.py [--places 20] [--seed 1] [MODULE …]

To cosmic-ray's operators two are added for code that reads text, whose sense lies in patterns and in chains of calls: a pattern
or word is changed, a call that cleans is left out. Of every place where an operator applies, one change is drawn; type
annotations and bare names in quotes (columns) are left out, where a change is only an error. Each change is written into a copy
of the project, never into the project, and the tests of its module run on it in a process of their own, forked from one in which
the libraries are loaded (polars is loaded but not used: its threads would not survive the fork). A change that no test notices
is printed. The last line is JSON: per module places, changes tried, noticed.
"""

import argparse
import ast
import contextlib
import difflib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("audit", "detectors", "expectations", "reports", "tests", "docs", "benchmarks")
_GATE, _STORE = "tests/audit/disclosure/test_gate.py", "tests/audit/disclosure/test_store.py"
_NAMES, _BIRTHS, _FIGURES = (f"tests/audit/ingest/test_{name}.py" for name in ("names", "births", "figures"))
_COVERAGE = "tests/detectors/estimates/test_coverage.py"
_SEVERAL = "tests/detectors/statistics/test_several_lists.py"

# The fast tests that are about a module; its own docstring examples come on top.
TESTS: dict[str, tuple[str, ...]] = {
    "audit/disclosure/budget.py": ("tests/audit/disclosure/test_budget.py",),
    "audit/disclosure/gate.py": (_GATE,),
    "audit/disclosure/noise.py": ("tests/audit/disclosure/test_noise.py",),
    "audit/disclosure/reconcile.py": ("tests/audit/disclosure/test_reconcile.py",),
    "audit/disclosure/store.py": (_STORE, _GATE),
    "detectors/estimates/coverage.py": (_COVERAGE,),
    "detectors/estimates/linking.py": ("tests/detectors/estimates/test_linking.py", _COVERAGE),
    "detectors/estimates/presence.py": (_COVERAGE,),
    "detectors/estimates/rates.py": ("tests/detectors/estimates/test_rates.py", _COVERAGE),
    "detectors/estimates/registered.py": ("tests/detectors/estimates/test_registered.py",),
    "detectors/estimates/timeliness.py": ("tests/detectors/estimates/test_timeliness.py",),
    "detectors/estimates/witnesses.py": ("tests/detectors/estimates/test_witnesses.py", _COVERAGE),
    "detectors/statistics/delay.py": ("tests/detectors/statistics/test_delay.py",),
    "detectors/statistics/known_share.py": ("tests/detectors/statistics/test_known_share.py",),
    "detectors/statistics/linkage_error.py": ("tests/detectors/statistics/test_linkage_error.py",),
    "detectors/statistics/log_linear.py": (_SEVERAL,),
    "detectors/statistics/sample_coverage.py": (_SEVERAL,),
    "detectors/statistics/stratified.py": ("tests/detectors/statistics/test_two_lists.py", _SEVERAL),
    "detectors/statistics/two_lists.py": ("tests/detectors/statistics/test_two_lists.py",),
    "audit/ingest/births.py": (_BIRTHS,),
    "audit/ingest/columns.py": (_BIRTHS, _FIGURES, _NAMES),
    "audit/ingest/dates.py": ("tests/audit/ingest/test_dates.py", _FIGURES),
    "audit/ingest/figures.py": (_FIGURES,),
    "audit/ingest/identity.py": ("tests/audit/ingest/test_identity.py", _BIRTHS, _FIGURES),
    "audit/ingest/names.py": (_NAMES, _BIRTHS),
    "audit/ingest/places.py": ("tests/audit/ingest/test_places.py",),
    "audit/ingest/text.py": ("tests/audit/ingest/test_text.py", _NAMES),
}


# In a pattern: an anchor or a quantifier dropped, a count one higher.
_PARTS = re.compile(r"(?<!\\\\)\^(?![^\[]*\])|(?<!\\\\)\$|(?<![(\\\\])\?(?!:)|(?<!\\\\)[+*](?=[)$\"|\[(])|\{[0-9]+")
_CLEANING = {"strip_chars", "replace_all", "replace", "to_lowercase", "to_uppercase", "normalize", "fill_null", "sort", "unique"}


class Pattern:
    """A pattern or a word, changed in one spot."""

    arguments = classmethod(lambda cls: ())

    def mutation_positions(self, node):
        """One position per spot."""
        edits = self._edits(node)
        line, column = node.start_pos if edits else (0, 0)
        return [((line, column + first), (line, column + last)) for first, last, _ in edits]

    def mutate(self, node, index):
        """The node with its spot changed."""
        first, last, other = self._edits(node)[index]
        node.value = node.value[:first] + other + node.value[last:]
        return node

    def _edits(self, node):
        if node.type not in ("string", "fstring_string") or node.parent.type == "simple_stmt" or "\n" in node.value:
            return []
        if not (node.type == "fstring_string" or node.value.startswith("r")):
            word = node.value.strip("'\"")
            return [] if not word or node.value[0] not in "'\"" or re.fullmatch(r"\w+", word, re.ASCII) else [(1, 1, "X")]
        higher = lambda told: f"{{{int(told[1:]) + 1}" if told.startswith("{") else ""  # noqa: E731
        return [(*found.span(), higher(found.group())) for found in _PARTS.finditer(node.value)]


class Cleaning:
    """A call that cleans a text, left out of its chain."""

    arguments = classmethod(lambda cls: ())

    def mutation_positions(self, node):
        """One position per call."""
        return [(node.children[at].start_pos, node.children[at + 1].end_pos) for at, _ in self._calls(node)]

    def mutate(self, node, index):
        """The chain without the call."""
        at, first = self._calls(node)[index]
        del node.children[first : at + 2]
        return node

    def _calls(self, node):
        parts = getattr(node, "children", []) if node.type in ("atom_expr", "power") else []
        found = []
        for at in range(1, len(parts) - 1):
            code = parts[at].get_code().strip()
            if code.removeprefix(".") in _CLEANING and parts[at + 1].get_code().startswith("("):
                found.append((at, at - 1 if parts[at - 1].get_code().strip() == ".str" else at))
        return found


def operators():
    """Name -> operator: all of cosmic-ray's that need no arguments, and our two."""
    from cosmic_ray import plugins

    known = {name: plugins.get_operator(name) for name in plugins.operator_names()}
    return {name: kind for name, kind in known.items() if not kind.arguments()} | {"pattern": Pattern, "cleaning": Cleaning}


def annotated(source):
    """Ranges of type annotations: a change there is an import error and proves nothing of the tests."""
    nodes = []
    for node in ast.walk(ast.parse(source)):
        nodes += [getattr(node, name, None) for name in ("annotation", "returns")]
    return [((n.lineno, n.col_offset), (n.end_lineno, n.end_col_offset)) for n in nodes if n is not None]


def places(source):
    """Position -> the changes that can be made there, as (operator, occurrence)."""
    from cosmic_ray.ast import ast_nodes, get_ast

    tree, left_out, found = get_ast(source), annotated(source), defaultdict(list)
    for name, operator in operators().items():
        spots = (spot for node in ast_nodes(tree) for spot in operator().mutation_positions(node))
        for occurrence, (start, end) in enumerate(spots):
            if not any(first <= start and end <= last for first, last in left_out):
                found[(start, end)].append((name, occurrence))
    return found


def tests_of(module):
    """What pytest is told to run."""
    told = list(TESTS[module])
    if module.startswith("detectors/") and ">>>" in (ROOT / module).read_text(encoding="utf-8"):
        dotted = module.removesuffix(".py").replace("/", ".")
        told.append(f"tests/detectors/test_examples.py::test_examples_run[{dotted}]")
    return told


def passes(copy, told, seconds, said=os.devnull):
    """Whether the tests pass in the copy; a run that does not end counts as one that fails."""
    child = os.fork()
    if child == 0:
        status = 99
        with contextlib.suppress(BaseException):
            os.chdir(copy)
            sys.path.insert(0, str(copy))
            output = os.open(said, os.O_WRONLY | os.O_CREAT)
            os.dup2(output, 1)
            os.dup2(output, 2)
            import pytest

            plain = ["--assert=plain", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
            status = int(pytest.main(["-x", "-q", *plain, *told]))
        os._exit(status)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def try_module(module, copy, how_many, seed):
    """One module's changes; returns counts and prints what was not noticed."""
    from cosmic_ray.mutating import mutate_code

    path, told = copy / module, tests_of(module)
    source = path.read_text(encoding="utf-8")
    found, chance = places(source), random.Random(f"{seed} {module}")
    start = time.monotonic()
    if not passes(copy, told, 600, said := copy.parent / "said.txt"):
        print(f"{module}: its tests fail without any change", said.read_text(encoding="utf-8")[-2000:], sep="\n")
        return {"places": 0, "tried": 0, "noticed": 0}
    limit = 20 + 10 * (time.monotonic() - start)
    spots = sorted(found)
    drawn = sorted(chance.sample(spots, min(how_many, len(spots))))
    tried = noticed = 0
    for spot in drawn:
        name, occurrence = chance.choice(found[spot])
        changed = mutate_code(source, operators()[name](), occurrence)
        if changed is None or changed == source:
            continue
        path.write_text(changed, encoding="utf-8")
        tried += 1
        if passes(copy, told, limit):
            lines = difflib.unified_diff(source.splitlines(), changed.splitlines(), lineterm="", n=0)
            print(f"{module}:{spot[0][0]} {name}", *(line for line in lines if line[:2] not in ("--", "++", "@@")), sep="\n  ")
        else:
            noticed += 1
    path.write_text(source, encoding="utf-8")
    print(f"{module}: {noticed} of {tried} noticed ({len(spots)} places)", flush=True)
    return {"places": len(spots), "tried": tried, "noticed": noticed}


def main():
    """Try every module that is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="*", default=list(TESTS))
    parser.add_argument("--places", type=int, default=20, help="of each module, at most so many")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    sys.dont_write_bytecode = True  # a changed file of the same second and size must not be taken from a cache
    for library in ("hypothesis", "numpy", "opendp.prelude", "polars", "pytest", "scipy.optimize", "scipy.stats"):
        __import__(library)
    told = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "hecha"
        for package in PACKAGES:
            shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "hatch_build.py"):
            shutil.copy(ROOT / name, copy)
        for module in asked.modules:
            told[module] = try_module(module, copy, asked.places, asked.seed)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
