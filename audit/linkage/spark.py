"""The two doors of linkage on Spark: a county's rows are grouped there, and each group goes through the doors as on one machine.

On a worker ``link`` is given a gate that protects nothing and keeps everything: it carries the exact counts to this module on the
driver, which hands them to the real gate, and nobody else ever has them (DESIGN C1, C3). They travel as all of Spark's data does:
encrypted on the line and, where memory does not suffice, on disk.
"""

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from audit.linkage import Gate, link, same_birth
from audit.linkage.layout import COLUMNS
from audit.spark.rows import Frame, LinkedRows, Schema, SourceRows, failed, kept, on_group, slot_of, slots, spark_type
from expectations.errors import HechaError, Problems
from expectations.protected import Protected
from expectations.tables import BIRTHS, Intake, Source

_SOURCE: Final = "source"
_CARRIED: Final = "carried"
_SLOT: Final = "slot"
_READ: Final = frozenset((*COLUMNS, "line"))
Kept = tuple[str, tuple[str, ...], Any, Any]


def link_counties(
    sources: Sequence[SourceRows],
    counties: Sequence[str],
    areas: pl.DataFrame,
    window: tuple[int, int],
    gate_of: Callable[[str], Gate],
    alone: bool,
) -> LinkedRows:
    """Births of the register, and protected counts, county by county.

    Args:
        sources: the audited register first; without references nothing is linked.
        counties: those to link, in the campaign's order; each has a part of Spark's work to itself.
        areas: schema ``AREAS``.
        window: first and last birth year.
        gate_of: the gate of each county: draws its noise once, or takes the release it has.
        alone: whether the campaign has one county only; otherwise rows of no known county take no part.

    Raises:
        StageError: Spark failed (E-SPARK-005).
    """
    schema: Schema = {**sources[0].schema, "birth": pl.UInt32()}
    made: Schema = {**schema, _CARRIED: pl.Binary()}
    given: Schema = {_SOURCE: pl.Int64(), **sources[0].schema}
    named = [(source.name, source.role, source.file) for source in sources]
    try:
        apart = slots(sources[0].rows.sparkSession, counties)
        grouped = _grouped(sources, apart, alone)
        linked = kept(grouped.applyInArrow(on_group(_work(named, areas, window, apart), given, made), spark_type(made)))
        told = linked.where(f"{_CARRIED} is not null").select(_CARRIED).collect()
    except Exception as error:
        raise failed(error) from None
    carried: dict[str, _Carried] = {part.county: part for part in (pickle.loads(row[0]) for row in told)}
    if len(sources) > 1:  # a county of which no source has a row is refused as on one machine
        carried |= {county: _without_rows(county, named, areas, window) for county in counties if county not in carried}
    ordered = [carried[county] for county in counties if county in carried]
    protected = {part.county: gate_of(part.county).release(*part.kept) for part in ordered if part.kept is not None}
    refused = {part.county: part.refused for part in ordered if part.refused is not None}
    register = linked.where(f"{_CARRIED} is null").drop(_CARRIED)
    return LinkedRows(register, schema, protected, refused, lambda: linked.unpersist(True))


@dataclass(frozen=True)
class _Carried:
    """What a worker's gate was handed, or why it was handed nothing."""

    county: str
    kept: Kept | None = None
    refused: HechaError | None = None

    def __repr__(self) -> str:
        return "Carried()"  # never a count, not even in a traceback


class _Carrier:
    """A gate that only keeps what it is handed."""

    def __init__(self) -> None:
        self.kept: Kept | None = None

    def recall(self, key: str) -> Protected | None:
        """Nothing is known here."""
        return None

    def release(self, key: str, sources: tuple[str, ...], exact: Any, quality: Any) -> Protected:
        """Keep it."""
        self.kept = key, sources, exact, quality
        nothing = pl.DataFrame()
        return Protected(sources, nothing, nothing, nothing)


def _grouped(sources: Sequence[SourceRows], apart: dict[str, int], alone: bool) -> Any:
    """All rows of all sources, grouped by county; of references only what linkage reads."""
    from pyspark.sql import functions as sql

    every: Frame = None
    for k, source in enumerate(sources):
        columns = [
            (sql.col(name) if k == 0 or (name in _READ and name in BIRTHS) else sql.lit(None)).cast(kind).alias(name)
            for name, kind in ((name, spark_type({name: kind}).split()[-1]) for name, kind in sources[0].schema.items())
        ]
        rows = source.rows if alone else source.rows.where(sql.col("county").isin(list(apart)))
        rows = rows.select(sql.lit(k).cast("bigint").alias(_SOURCE), *columns)
        every = rows if every is None else every.unionByName(rows)
    return every.withColumn(_SLOT, slot_of("county", apart, alone)).repartition(len(apart), _SLOT).groupBy(_SLOT)


def _work(named: list[tuple[str, str, str]], areas: pl.DataFrame, window: tuple[int, int], apart: dict[str, int]) -> Any:
    """What a worker does with the rows of one county."""
    counties = {slot: county for county, slot in apart.items()}

    def work(slot: int, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
        county = counties[slot]
        frames = [frame.filter(pl.col(_SOURCE) == k).drop(_SOURCE).sort("line") for k in range(len(named))]
        del frame
        births = same_birth(frames[0])  # from the register alone (DESIGN C2)
        yield frames[0].with_columns(births)
        if len(named) > 1:
            sources = _sources(named, frames)
            del frames
            carried = _carry(county, sources, births, areas.filter(pl.col("county") == county), window)
            yield pl.DataFrame({_CARRIED: [pickle.dumps(carried)]}, schema={_CARRIED: pl.Binary()})

    return work


def _sources(named: list[tuple[str, str, str]], frames: list[pl.DataFrame]) -> tuple[Source, ...]:
    return tuple(
        Source(name, role, frame, Intake(name, file, "", 0)) for (name, role, file), frame in zip(named, frames, strict=True)
    )


def _without_rows(county: str, named: list[tuple[str, str, str]], areas: pl.DataFrame, window: tuple[int, int]) -> _Carried:
    frames = [pl.DataFrame(schema=BIRTHS) for _ in named]
    return _carry(county, _sources(named, frames), same_birth(frames[0]), areas.filter(pl.col("county") == county), window)


def _carry(county: str, sources: tuple[Source, ...], births: pl.Series, areas: pl.DataFrame, window: tuple[int, int]) -> _Carried:
    gate = _Carrier()
    try:
        link(sources, births, areas, window, gate)
    except Problems as error:
        return _Carried(county, refused=error.problems[0])
    except HechaError as error:
        return _Carried(county, refused=error)
    return _Carried(county, gate.kept)
