"""The flow on Spark: what ``audit.campaign`` does for one county and ``audit.province`` for many, its steps spread over workers.

Each county is linked and audited by the same functions as on one machine, and has the same figures.
"""

import io
import pickle
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from audit import memory
from audit.clock import Stopwatch
from audit.config import Campaign
from audit.county import Frames, audit_county
from audit.disclosure import Gate
from audit.ingest import Intakes
from audit.ingest.intakes import read_areas, read_table, same_twice
from audit.ingest.same import nearly_twice
from audit.province.composing import together, unaudited
from audit.province.register import rows_of, summary
from audit.province.working import Part
from audit.record import compose
from audit.spark.reading import OnSpark, read_source
from audit.spark.register import in_two_counties, told_apart
from audit.spark.rows import LinkedRows, Schema, SourceRows, failed, on_group, spark_type, to_arrow, to_frame
from audit.spark.session import session
from expectations.errors import HechaError, Problems, RefusedError, StageError
from expectations.protected import COUNTS, LINKAGE, PATTERNS, Protected
from expectations.run import Run
from expectations.tables import Areas, Source, Table

if TYPE_CHECKING:
    from audit.progress import Progress

LinkCounties = Callable[..., LinkedRows]
BYTES_A_ROW: Final = 1_500  # of the audited register while its detectors run, as in ``audit.province``
_REASONS: Final = {"E-LINK-001": "reference_too_small", "E-LINK-002": "county_too_small", "E-LINK-003": "county_too_large"}
_AROUND: Final = "around"
_COUNTY: Final = "group_county"
_MADE: Final[Schema] = {"county": pl.String(), "name": pl.String(), "content": pl.Binary()}


def run_on_spark(
    campaign: Campaign,
    gate: Gate,
    progress: "Progress",
    link_counties: LinkCounties,
    master: str,
    settings: dict[str, str] | None = None,
) -> Run:
    """Audit a campaign on Spark.

    Args:
        campaign: the campaign.
        gate: protects every count that comes from linking; here, never on a worker.
        progress: told of stages and rows read.
        link_counties: ``audit.linkage.spark.link_counties``; the door is opened by ``audit.campaign`` alone.
        master: of the cluster, or ``local[*]``.
        settings: more of Spark's settings.

    Raises:
        Problems, HechaError: the input cannot be audited, no county of it can be linked, or Spark cannot do it.
    """
    with session(master, settings) as spark:
        return audit_with(spark, campaign, gate, progress, link_counties)


def audit_with(spark: Any, campaign: Campaign, gate: Gate, progress: "Progress", link_counties: LinkCounties, size: int = 0) -> Run:
    """The same in a session that is there already; ``size`` is that of the pieces in which files are read."""
    clock = Stopwatch()
    with clock("read"):
        taken = _take_in(spark, campaign, progress, size)
    with clock("validate"):
        validation = _validate(taken, progress)
    with clock("link"), progress.stage("link"):
        linked = _link(taken, campaign, gate, link_counties, _parts(spark, campaign))
        for source in taken.sources:
            source.release()
    with clock("detect"), progress.stage("detect"):
        parts = _audit(spark, campaign, taken, linked)
        twice = None if taken.twice is None else _rows_of(spark, taken.twice, linked)
        linked.release()
    protected = together(tuple(source.name for source in taken.intakes.sources), parts)
    frames = {name: pl.concat([part.frames[name] for part in parts.values()]) for name in next(iter(parts.values())).frames}
    run = compose(campaign, taken.intakes, validation, protected, frames, clock.seconds)
    if taken.twice is not None:
        run.record["registered_twice"] = {**summary(taken.twice), "rows": "registered_twice.parquet"}
    return replace(run, twice=twice)


@dataclass(frozen=True)
class _Taken:
    """What was read: sources with Spark, the audited one first; how each was read, tables and areas here."""

    sources: tuple[OnSpark, ...]
    intakes: Intakes
    twice: pl.DataFrame | None


def _take_in(spark: Any, campaign: Campaign, progress: "Progress", size: int) -> _Taken:
    """Read every file; all problems are said together."""
    problems: list[HechaError] = []
    areas, gazetteer = read_areas(campaign, progress)
    sources: list[OnSpark] = []
    tables: list[Table] = []
    for name, config in sorted(campaign.sources.items(), key=lambda item: item[1].role != "audited"):
        try:
            sources.append(read_source(spark, name, config, campaign, gazetteer, progress, size))
        except Problems as error:
            problems += error.problems
    for name, table in campaign.tables.items():
        try:
            tables.append(read_table(name, table, campaign, gazetteer, progress))
        except Problems as error:
            problems += error.problems
    again = same_twice([(source.source.intake, source.mark) for source in sources], tables)
    problems += again or nearly_twice([(source.source.intake, source.sketch) for source in sources])
    if problems:
        raise Problems(problems)
    try:
        register = replace(sources[0], rows=told_apart(sources[0].rows))
        twice = in_two_counties(register.rows) if len(campaign.counties) > 1 else None
    except Exception as error:
        raise failed(error) from None
    intakes = Intakes(tuple(source.source for source in sources), tuple(tables), areas)
    return _Taken((register, *sources[1:]), intakes, twice)


def _validate(taken: _Taken, progress: "Progress") -> dict[str, Any]:
    """Great Expectations: on its Spark engine for births sources, in memory for tables and areas."""
    from expectations.suites import validate_frames, validate_on_spark

    others = [(table.name, table.kind, table.frame) for table in taken.intakes.tables]
    others.append(("areas", "areas", taken.intakes.areas.frame))
    births = [(source.source.name, "births", source.filled, source.rows) for source in taken.sources]
    with progress.stage("validate", total=len(births) + len(others)) as tick:
        try:
            told = validate_on_spark(births, tick)
        except Exception as error:
            raise failed(error) from None
        told += validate_frames(others, lambda _: tick(1))["tables"]
    return {"passed": all(table["passed"] for table in told), "tables": told}


def _parts(spark: Any, campaign: Campaign) -> int:
    """More parts than counties, so that two of them seldom share one."""
    return int(min(max(3 * len(campaign.counties), spark.sparkContext.defaultParallelism), 2_000))


def _link(taken: _Taken, campaign: Campaign, gate: Gate, link_counties: LinkCounties, parts: int) -> LinkedRows:
    """The last line that sees a reference row.

    Raises:
        Problems: there are references and no county could be linked with them.
    """
    alone = len(campaign.counties) == 1
    sources = [SourceRows(of.source.name, of.source.role, of.source.intake.file, of.rows, of.schema) for of in taken.sources]
    gate_of = (lambda county: gate) if alone else gate.of_county
    linked = link_counties(sources, campaign.counties, taken.intakes.areas.frame, campaign.birth_years, gate_of, parts)
    refused = list(linked.refused.values())
    for error in refused:
        if error.code not in _REASONS or (alone and isinstance(error, StageError)):
            raise error
    if refused and not linked.protected and all(isinstance(error, RefusedError) for error in refused):
        if alone:
            raise refused[0]
        raise Problems(refused[:3])
    return linked


def _audit(spark: Any, campaign: Campaign, taken: _Taken, linked: LinkedRows) -> dict[str, Part]:
    """Estimates, findings and outcomes of every county, each on a worker."""
    around = pl.DataFrame(
        {_COUNTY: campaign.counties, _AROUND: [pickle.dumps(_surroundings(c, campaign, taken, linked)) for c in campaign.counties]}
    )
    given: Schema = {**linked.schema, _AROUND: pl.Binary()}
    try:
        rows = _with_surroundings(spark, around, linked, given, len(campaign.counties) == 1, campaign.counties[0])
        grouped = rows.repartition(_parts(spark, campaign), _COUNTY).groupBy(_COUNTY)
        made = grouped.applyInArrow(on_group(_detect(linked.schema), given, _MADE), spark_type(_MADE)).toArrow()
    except Exception as error:
        raise failed(error) from None
    frames: dict[str, Frames] = {county: {} for county in campaign.counties}
    for county, name, content in pl.DataFrame(pl.from_arrow(made)).iter_rows():
        frames[county][name] = pl.read_ipc(io.BytesIO(content))
    return {county: _part(county, frames[county], taken, linked) for county in campaign.counties}


def _rows_of(spark: Any, twice: pl.DataFrame, linked: LinkedRows) -> pl.DataFrame:
    """The rows of births registered in two counties."""
    wanted: Schema = {name: linked.schema[name] for name in ("county", "area_code", "township", "record_id", "line")}
    lines: Schema = {"line": pl.Int64()}
    try:
        some = spark.createDataFrame(to_arrow(twice.select("line").unique(), lines), spark_type(lines))
        found = linked.register.join(some, "line", "left_semi").select(*wanted).toArrow()
    except Exception as error:
        raise failed(error) from None
    return rows_of(to_frame(found.to_batches(), wanted), twice).sort("birth", "line")


def _with_surroundings(spark: Any, around: pl.DataFrame, linked: LinkedRows, given: Schema, alone: bool, only: str) -> Any:
    """Rows of the register, and for every county one more row that holds what its audit needs besides."""
    from pyspark.sql import functions as sql

    schema: Schema = {_COUNTY: pl.String(), **given}
    others = spark.createDataFrame(to_arrow(around, schema), spark_type(schema))
    county = sql.lit(only) if alone else sql.col("county")
    own = linked.register.select(county.alias(_COUNTY), "*", sql.lit(None).cast("binary").alias(_AROUND))
    return own.unionByName(others)


def _surroundings(
    county: str, campaign: Campaign, taken: _Taken, linked: LinkedRows
) -> tuple[str, Campaign, Intakes, Protected | None]:
    """What a county's audit is given besides its register: no row of a reference, no count but protected ones."""
    here = pl.col("county") == county
    intakes = taken.intakes
    areas = Areas(intakes.areas.frame.filter(here), intakes.areas.intake, intakes.areas.former)
    own = Intakes(intakes.sources, tuple(replace(table, frame=table.frame.filter(here)) for table in intakes.tables), areas)
    protected = linked.protected.get(county)
    if protected is None and (error := linked.refused.get(county)) is not None:
        protected = _nothing(county, intakes.sources, _REASONS[error.code])
    return county, campaign, own, protected


def _nothing(county: str, sources: tuple[Source, ...], reason: str) -> Protected:
    counts, patterns, linkage = (pl.DataFrame(schema=schema) for schema in (COUNTS, PATTERNS, LINKAGE))
    return Protected(tuple(source.name for source in sources), counts, patterns, linkage, {"refused": {county: reason}})


def _detect(schema: Schema) -> Any:
    """What a worker does with the register of one county."""

    def work(county: str, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
        (around,) = frame[_AROUND].drop_nulls()
        own, campaign, intakes, protected = pickle.loads(around)
        register = frame.filter(pl.col(_AROUND).is_null()).select(list(schema)).sort("line")
        del frame
        free = memory.available()
        if free is not None and register.height * BYTES_A_ROW > free:
            made = unaudited(own, intakes.areas.frame, "county_too_large")
        else:
            made = audit_county(own, campaign, intakes, register.select(_audited(register)), protected)
        for name, artefact in made.items():
            buffer = io.BytesIO()
            artefact.write_ipc(buffer)
            yield pl.DataFrame({"county": [own], "name": [name], "content": [buffer.getvalue()]}, schema=_MADE)

    return work


def _audited(register: pl.DataFrame) -> list[str]:
    """Columns of an audited register: those that only Spark needed are left out."""
    from audit.spark.reading import KEYS, OWN

    return [name for name in register.columns if name not in (OWN, *KEYS)]


def _part(county: str, frames: Frames, taken: _Taken, linked: LinkedRows) -> Part:
    protected, error = linked.protected.get(county), linked.refused.get(county)
    release = asdict(protected.release) if protected and protected.release else None
    quality = protected.quality if protected and protected.release else None
    return Part(frames, quality, _REASONS[error.code] if error is not None else None, release)
