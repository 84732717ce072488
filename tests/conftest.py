"""Shared helpers of the tests."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REFERENCE = Path(__file__).parent / "reference"


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
