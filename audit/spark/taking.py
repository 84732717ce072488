"""From the files of a campaign to rows with Spark, every file read and checked once."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from audit.config import Campaign
from audit.ingest import Intakes
from audit.ingest.intakes import read_areas, read_table, same_twice
from audit.ingest.same import nearly_twice
from audit.spark.reading import OnSpark, read_source
from audit.spark.register import in_two_counties, told_apart
from audit.spark.rows import failed
from expectations.errors import HechaError, Problems
from expectations.tables import Table

if TYPE_CHECKING:
    from audit.progress import Progress


@dataclass(frozen=True)
class Taken:
    """What was read: sources with Spark, the audited one first; how each was read, tables and areas here.

    Attributes:
        sources: rows with Spark.
        intakes: how each was read, without rows; tables and areas.
        twice: rows of births registered in two counties, schema ``audit.province.register.TWICE``; none with one county.
    """

    sources: tuple[OnSpark, ...]
    intakes: Intakes
    twice: pl.DataFrame | None


def take_in(spark: Any, campaign: Campaign, progress: "Progress", size: int) -> Taken:
    """Read every file.

    Args:
        spark: the session.
        campaign: the campaign.
        progress: told of files and rows read.
        size: of the pieces in which files are read; 0 for what suits each.

    Raises:
        Problems: whatever is wrong with any of the files, together.
        StageError: Spark failed (E-SPARK-005).
    """
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
    return Taken((register, *sources[1:]), intakes, twice)


def validate(taken: Taken, progress: "Progress") -> dict[str, Any]:
    """Great Expectations: on its Spark engine for births sources, in memory for tables and areas.

    Returns:
        Content of ``validation.json``.

    Raises:
        StageError: Spark failed (E-SPARK-005).
    """
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
