"""Births sources read by Spark's workers: each takes pieces of a file and does with them what one machine does with the whole.

What cannot be cut into pieces (workbooks, archives, databases, rare encodings) is read here, as ever, and handed to Spark.
"""

import pickle
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from audit.config import Campaign, SourceConfig
from audit.ingest.births import Normalised, normalise
from audit.ingest.gradual import together
from audit.ingest.intakes import REFERENCE_LEAVES_OUT, Amiss, amiss, check_shares, file_spec, intake_of, mark_of, read_any
from audit.ingest.pieces import Cut, cut, read_piece
from audit.ingest.places import Gazetteer
from audit.ingest.read import usable
from audit.ingest.same import Sketch
from audit.ingest.spec import FileSpec, Header, Raw
from audit.province.register import own_id, safe_keys
from audit.record import program_version
from audit.spark.rows import Frame, Schema, failed, kept, on_numbers, spark_type, to_arrow
from expectations.errors import ConfigError, Problems, ReadError
from expectations.fields import BIRTH_FIELDS
from expectations.tables import BIRTHS, Source

if TYPE_CHECKING:
    from audit.progress import Progress

OWN: Final = "own_id"  # hash of a register's own record id
KEYS: Final = tuple(f"safe_key_{k}" for k in range(4))  # of ``province.register.safe_keys``
_TOLD: Final = "told"
_REQUIRED: Final = ("birth_date", "sex")


@dataclass(frozen=True)
class Told:
    """What a worker tells of a piece besides its rows: numbers, and of the register the first masked value that was not read."""

    piece: int
    rows: int = 0
    aside: tuple[int, ...] = ()
    unreadable: dict[str, int] = field(default_factory=dict)
    repairs: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    amiss: dict[str, Amiss] = field(default_factory=dict)
    mark: str = "rows:0:0"
    sketch: Sketch = field(default_factory=Sketch)
    filled: tuple[str, ...] = ()
    version: str = field(default_factory=program_version)
    problem: str = ""


@dataclass(frozen=True)
class OnSpark:
    """A source whose rows are with Spark.

    Attributes:
        source: how it was read; its frame is empty.
        rows: Spark's frame, of ``schema``.
        mark, sketch: of its rows, as ``intakes.mark_of`` and ``same.Sketch``.
        filled: columns that have any value.
        held: what Spark keeps in memory for ``rows``.
    """

    source: Source
    rows: Frame
    schema: Schema
    mark: str
    sketch: Sketch
    filled: tuple[str, ...]
    held: Frame

    def release(self) -> None:
        """Let Spark forget the rows."""
        self.held.unpersist(True)

    def __repr__(self) -> str:
        return f"OnSpark({self.source.name})"


@dataclass(frozen=True)
class _Whole(Raw):
    """A file of which only the number of its rows is here."""

    height: int = 0

    @property
    def rows(self) -> int:
        """Data rows, those put aside included."""
        return self.height + len(self.put_aside)


def read_source(
    spark: Any, name: str, config: SourceConfig, campaign: Campaign, gazetteer: Gazetteer, progress: "Progress", size: int = 0
) -> OnSpark:
    """Read a births source.

    Args:
        spark: the session.
        name: its section in campaign.toml.
        config: the section.
        campaign: the campaign.
        gazetteer: its townships.
        progress: told of rows read.
        size: of a piece, in bytes of a text or rows of a Parquet file; by default what suits each.

    Raises:
        Problems: as ``audit.ingest.ingest``.
        ConfigError: the workers do not see the file (E-SPARK-006).
        StageError: Spark failed (E-SPARK-005).
    """
    audited = config.role == "audited"
    fields = tuple(wanted for wanted in BIRTH_FIELDS if audited or wanted.name not in REFERENCE_LEAVES_OUT)
    spec = file_spec(name, config, campaign, fields, reference=not audited, births=True)
    with progress.stage("read", file=spec.file) as tick:
        pieces = None if config.odbc else cut(spec, *((size, size) if size else ()))
        if pieces is None:
            about, held, told = _here(spark, read_any(config, spec), spec, gazetteer, audited)
        else:
            about, (held, told) = pieces.about, _there(spark, pieces, gazetteer, audited)
        height = sum(part.rows for part in told)
        tick(height)
    aside = tuple(line for part in told for line in part.aside)
    whole = _Whole(about.frame, about.header, about.sha256, about.encoding, about.sheet, about.workbook, aside, height)
    usable(whole, spec)
    found: dict[str, Amiss] = {}
    for part in told:
        found |= {key: found[key] + what if key in found else what for key, what in part.amiss.items()}
    check_shares(found, height, about.header, spec)
    unreadable, repairs = (_sum(told, what) for what in ("unreadable", "repairs"))
    made = Normalised(pl.DataFrame(schema=BIRTHS), unreadable, dict(sorted(repairs.items())), sum(part.unknown for part in told))
    quality = config.link_quality.model_dump() if config.link_quality else None
    source = Source(name, config.role, made.frame, intake_of(spec, whole, made), quality)
    filled = tuple(column for column in BIRTHS if any(column in part.filled for part in told))
    sketch = Sketch()
    for part in told:
        sketch.add(part.sketch)
    mark = together([part.mark for part in told])
    rows = held.where(f"{_TOLD} is null").drop(_TOLD) if _TOLD in held.columns else held
    return OnSpark(source, rows, schema_of(about.header, audited), mark, sketch, filled, held)


def schema_of(header: Header, audited: bool) -> Schema:
    """Columns of a source's rows with Spark: ``BIRTHS``; of the register raw values and keys besides."""
    extra: Schema = {}
    if audited:
        extra = {f"{header.fields[at].name}_raw": pl.String() for at in sorted(header.fields)}
        extra |= dict.fromkeys((OWN, *KEYS), pl.Int64())
    return {**BIRTHS, **extra}


def _here(spark: Any, raw: Raw, spec: FileSpec, gazetteer: Gazetteer, audited: bool) -> tuple[Raw, Frame, list[Told]]:
    """Read on this machine; the rows go to Spark through an encrypted line, not through a file."""
    frame, told = _worked(0, raw, spec, gazetteer, audited)
    about = Raw(raw.frame.clear(), raw.header, raw.sha256, raw.encoding, raw.sheet, raw.workbook)
    schema = schema_of(raw.header, audited)
    del raw
    try:
        rows = kept(spark.createDataFrame(to_arrow(frame, schema), spark_type(schema)))
        rows.count()
    except Exception as error:
        raise failed(error) from None
    return about, rows, [told]


def _there(spark: Any, pieces: Cut, gazetteer: Gazetteer, audited: bool) -> tuple[Frame, list[Told]]:
    """Read by the workers, a piece at a time."""
    schema = schema_of(pieces.header, audited)
    whole: Schema = {**schema, _TOLD: pl.Binary()}

    def work(number: int) -> Iterator[pl.DataFrame]:
        try:
            raw = read_piece(pieces, pieces.pieces[number])
            frame, told = _worked(number, raw, pieces.spec, gazetteer, audited)
            yield frame
        except OSError:
            told = Told(number, problem="E-SPARK-006")
        except Problems as error:
            told = Told(number, problem=error.problems[0].code)
        yield pl.DataFrame({_TOLD: [pickle.dumps(told)]}, schema={_TOLD: pl.Binary()})

    n = len(pieces.pieces)
    try:
        read = kept(spark.range(0, n, 1, max(n, 1)).mapInArrow(on_numbers(work, whole), spark_type(whole)))
        said = [pickle.loads(row[0]) for row in read.where(f"{_TOLD} is not null").select(_TOLD).collect()]
    except Exception as error:
        raise failed(error) from None
    told = sorted(said, key=lambda part: part.piece)
    for part in told:
        if part.version != program_version():
            raise ConfigError("E-SPARK-008", params={"there": part.version or "–", "here": program_version() or "–"})
        if part.problem.startswith("E-SPARK"):
            raise ConfigError(part.problem, file=pieces.spec.file)
        if part.problem:
            raise Problems([ReadError(part.problem, file=pieces.spec.file)])
    return read, told


def _worked(number: int, raw: Raw, spec: FileSpec, gazetteer: Gazetteer, audited: bool) -> tuple[pl.DataFrame, Told]:
    """Rows of a piece and what is told of them."""
    made = normalise(raw, gazetteer, audited)
    frame = made.frame
    told = Told(
        piece=number,
        rows=frame.height,
        aside=raw.put_aside,
        unreadable=made.unreadable,
        repairs=made.repairs,
        unknown=made.unknown_townships,
        amiss=amiss(made, raw, spec, _REQUIRED),
        mark=mark_of([frame]),
        sketch=Sketch().see(frame),
        filled=tuple(column for column in BIRTHS if frame[column].count()),
    )
    if audited:
        keys = [pl.Series(name, key).reinterpret(signed=True) for name, key in zip(KEYS, safe_keys(frame), strict=True)]
        frame = frame.with_columns(own_id().hash(seed=0).reinterpret(signed=True).alias(OWN), *keys)
    return frame, told


def _sum(told: list[Told], what: str) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in told:
        total.update(getattr(part, what))
    return dict(total)
