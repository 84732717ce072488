"""No code outside linkage can import exact counts, and only the flow may open linkage's two doors."""

import inspect
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from audit.disclosure.gate import Gate
from expectations.protected import Protected

ROOT = Path(__file__).parents[2]


def contracts():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def test_exact_counts_are_protected_by_contract():
    protected = {tuple(c["protected_modules"]): c["allowed_importers"] for c in contracts() if c["type"] == "protected"}
    assert protected[("audit.linkage",)] == ["audit.campaign"]
    assert protected[("audit.linkage.exact", "audit.linkage.county", "audit.linkage.expected")] == ["audit.linkage"]


def test_the_contracts_hold_and_are_enforced(tmp_path):
    run = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout


def test_a_breach_would_be_seen(tmp_path):
    """The same contracts over a copy in which one detector peeks at exact counts."""
    for package in ("audit", "detectors", "expectations", "reports"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    peeking = tmp_path / "audit" / "record.py"
    peeking.write_text(peeking.read_text(encoding="utf-8") + "\nfrom audit.linkage.exact import ExactTable\n", encoding="utf-8")
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    run = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"}
    )
    assert run.returncode == 1
    assert "audit.linkage.exact" in run.stdout


def test_what_the_gate_gives_is_the_only_type_that_leaves():
    assert inspect.signature(Gate.release).return_annotation is Protected
    from audit import linkage

    assert inspect.signature(linkage.link).return_annotation is Protected


@pytest.mark.parametrize("package", ["detectors", "reports", "expectations", "audit/runs", "audit/commands", "audit/demo"])
def test_nobody_else_names_linkage(package):
    """Also not by a string that import-linter would not see."""
    for path in (ROOT / package).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(import|from)\s+audit\.linkage|import_module\([^)]*linkage|ExactTable", text), path


def test_a_crash_leaves_no_memory_on_the_disk():
    """A limit of nothing would not stop a dump that the kernel pipes to a program; a limit of one byte does."""
    code = "import resource, audit.cli as cli; cli._harden(); print(*resource.getrlimit(resource.RLIMIT_CORE))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout.split() in (["1", "1"], ["0", "0"]), run.stderr  # 0 where the system allows no dump at all
