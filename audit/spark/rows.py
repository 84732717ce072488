"""Rows on their way between Spark and the code that works on them: polars frames here, Arrow in between, and no word of an error.

An exception on a worker is printed by Spark, with whatever values its message holds. So nothing but a place in the code gets out of
a function that Spark calls (DESIGN C1).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa

from audit.record import program_version
from expectations.errors import ConfigError, HechaError, StageError
from expectations.protected import Protected

_TYPES: Final = {
    pl.String(): pa.string(),
    pl.Int64(): pa.int64(),
    pl.UInt32(): pa.int64(),
    pl.Boolean(): pa.bool_(),
    pl.Date(): pa.date32(),
    pl.Float64(): pa.float64(),
    pl.Binary(): pa.binary(),
}
_NAMES: Final = {
    pa.string(): "string",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.float64(): "double",
    pa.binary(): "binary",
}
_CHUNK: Final = 50_000  # rows handed over at a time
NOWHERE: Final = "–"  # the place of a failure that no code of ours met: a process that died, a machine that is gone
_TRIES: Final = 40  # numbers looked at for each county; that a part stays without one has a chance of e^-40
_PLACE: Final = re.compile(r"hecha-stopped-at:([\w./]+:\d+)")

Schema = dict[str, pl.DataType]
Batches = Iterator[pa.RecordBatch]
Function = Callable[..., Iterator[pl.DataFrame]]


Frame = Any  # Spark's


@dataclass(frozen=True)
class SourceRows:
    """Rows of one births source with Spark.

    Attributes:
        name, role, file: of the source.
        rows: Spark's frame.
        schema: its columns, those of ``BIRTHS`` among them.
    """

    name: str
    role: str
    file: str
    rows: Frame
    schema: Schema

    def __repr__(self) -> str:
        return f"SourceRows({self.name})"


@dataclass(frozen=True)
class LinkedRows:
    """What linking on Spark gives; no exact count and no row of a reference.

    Attributes:
        register: Spark's frame of the register's rows in the counties, with ``birth`` (numbered within each county).
        schema: its columns.
        protected: protected counts of the counties that could be linked.
        refused: why others could not.
        release: lets Spark forget the rows.
    """

    register: Frame
    schema: Schema
    protected: dict[str, Protected]
    refused: dict[str, HechaError]
    release: Callable[[], None]


class Stopped(Exception):
    """All that is told of an error on a worker: where in the code it arose."""


def spark_type(schema: Schema) -> str:
    """The schema as Spark writes it."""
    return ", ".join(f"`{name}` {_NAMES[_TYPES[kind]]}" for name, kind in schema.items())


def arrow_schema(schema: Schema) -> pa.Schema:
    """The schema as Arrow writes it."""
    return pa.schema([(name, _TYPES[kind]) for name, kind in schema.items()])


def to_arrow(frame: pl.DataFrame, schema: Schema) -> pa.Table:
    """A frame in the form that Spark takes; columns it lacks are null."""
    blank = [pl.lit(None, dtype=kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    plain = frame.with_columns(blank).select(list(schema)) if blank else frame.select(list(schema))
    return plain.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(arrow_schema(schema))


def to_frame(batches: Iterable[pa.RecordBatch], schema: Schema) -> pl.DataFrame:
    """Batches from Spark as a frame of this schema."""
    parts = [pl.DataFrame(pl.from_arrow(batch)) for batch in batches]
    if not parts:
        return pl.DataFrame(schema=schema)
    return pl.concat(parts).select(pl.col(name).cast(kind) for name, kind in schema.items())


def on_numbers(function: Function, schema: Schema) -> Callable[[Batches], Batches]:
    """For ``mapInArrow`` over ``range(n)``: ``function(number)`` gives frames of ``schema``."""

    def call(batches: Batches) -> Batches:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                yield from _handed(function(number), schema)

    return _guarded(call)


def on_group(function: Function, given: Schema, made: Schema) -> Callable[[tuple[Any, ...], Batches], Batches]:
    """For ``applyInArrow`` over groups: ``function(key, frame)`` gives frames of ``made`` from one of ``given``."""

    def call(key: tuple[Any, ...], batches: Batches) -> Batches:
        parts = list(batches)
        frame = to_frame(parts, given)
        del parts
        yield from _handed(function(key[0].as_py(), frame), made)

    guarded = _guarded(call)

    # Spark tells by these hints that a group comes batch by batch.
    def grouped(key: tuple[pa.Scalar, ...], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return guarded(key, batches)

    return grouped


def slots(spark: Any, counties: Sequence[str]) -> dict[str, int]:
    """A number for each county, such that Spark, dividing rows by them into as many parts, gives each county a part of its own."""
    n = len(counties)
    parts = [row[0] for row in spark.range(0, _TRIES * n, 1, 1).selectExpr(f"pmod(hash(id), {n})").collect()]
    return {county: parts.index(k) for k, county in enumerate(counties)}


def slot_of(column: str, apart: dict[str, int], alone: bool) -> Any:
    """A row's number among ``slots``, by its county; of a campaign of one county every row is of it."""
    from pyspark.sql import functions as sql

    if alone:
        return sql.lit(next(iter(apart.values()))).cast("bigint")
    pairs = [sql.lit(each).cast("bigint") if isinstance(each, int) else sql.lit(each) for pair in apart.items() for each in pair]
    return sql.create_map(*pairs)[sql.col(column)]


def _handed(frames: Iterator[pl.DataFrame], schema: Schema) -> Batches:
    for frame in frames:
        yield from to_arrow(frame, schema).to_batches(max_chunksize=_CHUNK)


def _guarded(function: Callable[..., Batches]) -> Callable[..., Batches]:
    def call(*arguments: Any) -> Batches:
        place = None
        _no_core()
        try:
            yield from function(*arguments)
        except GeneratorExit:
            raise
        except MemoryError:  # as when the system kills a process for its memory
            place = ""
        except BaseException as error:  # a panic of native code is no Exception
            place = where(error)
        if place is not None:
            raise Stopped(f"hecha-stopped-at:{place}")

    return call


def _no_core() -> None:
    """No dump of this process's memory; where Spark starts it on another machine, nobody else has seen to that."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def where(error: BaseException) -> str:
    """The last place in our own code that an error passed, as ``audit/linkage/em.py:88``."""
    place, at = "", error.__traceback__
    ours = str(Path(__file__).parents[2])
    while at is not None:
        name = at.tb_frame.f_code.co_filename
        if name.startswith(ours) and "site-packages" not in name.removeprefix(ours):
            place = f"{Path(name).relative_to(ours).as_posix()}:{at.tb_lineno}"
        at = at.tb_next
    return place or "python:0"


def kept(frame: Frame) -> Frame:
    """Kept for the passes to come; what memory does not hold goes to disk encrypted."""
    from pyspark import StorageLevel

    return frame.persist(StorageLevel.MEMORY_AND_DISK)


def failed(error: BaseException) -> HechaError:
    """What a failure of Spark is told as: a place if a worker said one, and nothing of Spark's own words."""
    text = str(error)
    if "ModuleNotFoundError" in text:  # raised before any of our code ran
        return ConfigError("E-SPARK-008", params={"there": NOWHERE, "here": program_version() or NOWHERE})
    said = _PLACE.search(text)
    return StageError("E-SPARK-005", params={"place": said[1] if said else NOWHERE})
