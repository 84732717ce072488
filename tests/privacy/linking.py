"""Linking as an attacker would wish to see it: exact counts, caught where they would enter the gate. For tests only."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from audit.config import load
from audit.disclosure.budget import LEVELS
from audit.ingest import Intakes, ingest
from audit.linkage import link, same_birth
from audit.progress import Silent


class _Caught(Exception):
    pass


class _Spy:
    """Stands in for the gate and keeps what it is given."""

    def recall(self, key: str) -> None:
        return None

    def release(self, key: str, sources: tuple[str, ...], exact: Any, quality: Any) -> Any:
        self.key, self.exact, self.quality = key, exact, quality
        raise _Caught


def read(campaign: Path) -> tuple[Intakes, tuple[int, int]]:
    config = load(campaign)
    return ingest(config, Silent()), config.birth_years


def exact_counts(intakes: Intakes, window: tuple[int, int], births: pl.Series | None = None) -> tuple[str, dict[str, Any]]:
    """Key and exact tables of one linking."""
    spy = _Spy()
    births = same_birth(intakes.audited.frame) if births is None else births
    with pytest.raises(_Caught):
        link(intakes.sources, births, intakes.areas.frame, window, spy)
    return spy.key, spy.exact


@contextmanager
def held_models(first: list[Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold linkage parameters fixed: the first linking trains and is remembered, later ones use its models.

    Args:
        first: empty before the first linking; then holds it.
        monkeypatch: puts everything back.
    """
    import audit.linkage as door
    from audit.linkage.county import link_rows

    def link_held(rows: list[Any], births: Any) -> Any:
        linked = link_rows(rows, births, first[0].models if first else None)
        first.append(linked)
        return linked

    with monkeypatch.context() as patched:
        patched.setattr(door, "link_rows", link_held)
        patched.setattr(door, "measure", lambda *args: {})  # the second pass, which touches no count
        yield


def distances(one: dict[str, Any], two: dict[str, Any]) -> dict[str, float]:
    """L2 distance of every level's table."""
    out = {}
    for level in LEVELS:
        parts = [one[level.name].values[name].astype(float) - two[level.name].values[name] for name in level.values]
        out[level.name] = float(np.sqrt(sum((part**2).sum() for part in parts)))
    return out
