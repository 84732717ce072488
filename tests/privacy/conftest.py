"""A campaign of canaries, read and linked once for all tests of exact counts."""

from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pytest

from audit.ingest import Intakes
from audit.linkage import same_birth
from tests.privacy.linking import exact_counts, held_models, read
from tests.privacy.world import World, write


@dataclass
class Base:
    """A linked world: what was read, its exact counts, and the trained models."""

    world: World
    intakes: Intakes
    window: tuple[int, int]
    births: pl.Series
    key: str
    exact: dict[str, Any]
    models: list[Any] = field(default_factory=list)


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    world = write(tmp_path_factory.mktemp("base") / "campaign", blank_lines=0)
    intakes, window = read(world.campaign)
    births = same_birth(intakes.audited.frame)
    models: list[Any] = []
    with held_models(models, pytest.MonkeyPatch()):
        key, exact = exact_counts(intakes, window, births)
    return Base(world, intakes, window, births, key, exact, models)
