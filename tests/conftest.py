"""Shared helpers of the tests."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

REFERENCE = Path(__file__).parent / "reference"

# The same examples every time, so that a run that was green stays green; HYPOTHESIS_PROFILE=explore looks further.
settings.register_profile("steady", derandomize=True, database=None)
settings.register_profile("explore", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# Runs inside a test's own process draw their pages there: starting Python again for each would double the time of the tests.
# What runs hecha as a program (tests/privacy, the demo) keeps the second process, and tests/reports/test_beside.py tries it.
os.environ.setdefault("HECHA_PROCESSES", "1")


@pytest.fixture(scope="session")
def vector() -> Callable[[str], dict[str, Any]]:
    """A reference entry of ``tests/reference/vectors.json`` by its id: inputs, expected, tolerance, source."""
    entries = {entry["id"]: entry for entry in json.loads((REFERENCE / "vectors.json").read_text(encoding="utf-8"))}

    def get(entry_id: str) -> dict[str, Any]:
        return entries[entry_id]

    return get


@pytest.fixture(scope="session")
def need() -> object:
    """Skip, with the reason, when a program is absent; fail instead where ``HECHA_ALL=1`` promises that all are there."""

    def check(*programs: str) -> str:
        for program in programs:
            if path := shutil.which(program):
                return path
        reason = f"needs {' or '.join(programs)}"
        if os.environ.get("HECHA_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)

    return check
