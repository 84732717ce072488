"""Shared helpers of the tests."""

import os
import shutil

import pytest


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
