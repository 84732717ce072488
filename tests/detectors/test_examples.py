"""Every example in a docstring runs, and every public numeric method has one."""

import ast
import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "detectors"
MODULES = sorted(path for path in ROOT.rglob("*.py") if ">>>" in path.read_text(encoding="utf-8"))


def dotted(path):
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_examples_run(path):
    found = doctest.testmod(importlib.import_module(dotted(path)))
    assert found.failed == 0
    assert found.attempted


@pytest.mark.parametrize("path", sorted((ROOT / "statistics").glob("*.py")), ids=dotted)
def test_every_numeric_method_says_how_it_is_used(path):
    functions = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    lacking = [node.name for node in functions if not node.name.startswith("_") and ">>>" not in (ast.get_docstring(node) or "")]
    assert lacking == []
