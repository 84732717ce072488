"""Estimates, findings and outcomes of counties, each made by a worker with one machine's own function."""

import io
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

from audit import memory
from audit.config import Campaign
from audit.county import Frames, audit_county
from audit.ingest import Intakes
from audit.province.composing import unaudited
from audit.province.register import rows_of
from audit.spark.reading import KEYS, OWN
from audit.spark.rows import LinkedRows, Schema, failed, on_group, slot_of, slots, spark_type, to_arrow
from audit.spark.taking import Taken
from expectations.protected import Protected
from expectations.tables import Areas

BYTES_A_ROW: Final = 1_500  # of the audited register while its detectors run, as in ``audit.province``
_AROUND: Final = "around"
_SLOT: Final = "slot"
_MADE: Final[Schema] = {"county": pl.String(), "name": pl.String(), "content": pl.Binary()}


def detect(
    spark: Any, counties: Sequence[str], campaign: Campaign, taken: Taken, linked: LinkedRows, protected: dict[str, Protected]
) -> dict[str, Frames]:
    """Audit counties, each on a worker.

    Args:
        spark: the session.
        counties: those to audit.
        campaign: the campaign.
        taken: what was read.
        linked: the register's rows with their births.
        protected: of the counties, or why there are no counts of one; a county that is not in it has no references.

    Returns:
        Artefacts by county; in a campaign of many counties also ``twice``, its rows of births registered in two.

    Raises:
        StageError: Spark failed (E-SPARK-005).
    """
    around = [pickle.dumps(_surroundings(county, campaign, taken, protected.get(county))) for county in counties]
    given: Schema = {**linked.schema, _AROUND: pl.Binary()}
    try:
        apart = slots(spark, counties)
        rows = _with_surroundings(spark, around, linked, given, apart, len(campaign.counties) == 1)
        grouped = rows.repartition(len(counties), _SLOT).groupBy(_SLOT)
        made = grouped.applyInArrow(on_group(_detect(linked.schema), given, _MADE), spark_type(_MADE)).toArrow()
    except Exception as error:
        raise failed(error) from None
    frames: dict[str, Frames] = {county: {} for county in counties}
    for county, name, content in pl.DataFrame(pl.from_arrow(made)).iter_rows():
        frames[county][name] = pl.read_ipc(io.BytesIO(content))
    return frames


def _with_surroundings(
    spark: Any, around: list[bytes], linked: LinkedRows, given: Schema, apart: dict[str, int], alone: bool
) -> Any:
    """Rows of the register, and for every county one more row that holds what its audit needs besides."""
    from pyspark.sql import functions as sql

    schema: Schema = {_SLOT: pl.Int64(), **given}
    frame = pl.DataFrame({_SLOT: list(apart.values()), _AROUND: around}, schema={_SLOT: pl.Int64(), _AROUND: pl.Binary()})
    others = spark.createDataFrame(to_arrow(frame, schema), spark_type(schema))
    blank = sql.lit(None).cast("binary").alias(_AROUND)
    return linked.register.select(slot_of("county", apart, alone).alias(_SLOT), "*", blank).unionByName(others)


def _surroundings(
    county: str, campaign: Campaign, taken: Taken, protected: Protected | None
) -> tuple[str, Campaign, Intakes, Protected | None, pl.DataFrame | None]:
    """What a county's audit is given besides its register: no row of a reference, no count but protected ones."""
    here = pl.col("county") == county
    intakes = taken.intakes
    areas = Areas(intakes.areas.frame.filter(here), intakes.areas.intake, intakes.areas.former)
    own = Intakes(intakes.sources, tuple(replace(table, frame=table.frame.filter(here)) for table in intakes.tables), areas)
    twice = None if taken.twice is None else taken.twice.filter(here)
    return county, campaign, own, protected, twice


def _detect(schema: Schema) -> Any:
    """What a worker does with the register of one county."""

    def work(slot: int, frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
        (around,) = frame[_AROUND].drop_nulls()
        own, campaign, intakes, protected, twice = pickle.loads(around)
        register = frame.filter(pl.col(_AROUND).is_null()).select(list(schema)).sort("line")
        del frame
        free = memory.available()
        if free is not None and register.height * BYTES_A_ROW > free:
            made = unaudited(own, intakes.areas.frame, "county_too_large")
        else:
            made = audit_county(own, campaign, intakes, register.select(_audited(register)), protected)
        if twice is not None:
            made["twice"] = rows_of(register, twice)
        for name, artefact in made.items():
            buffer = io.BytesIO()
            artefact.write_ipc(buffer)
            yield pl.DataFrame({"county": [own], "name": [name], "content": [buffer.getvalue()]}, schema=_MADE)

    return work


def _audited(register: pl.DataFrame) -> list[str]:
    """Columns of an audited register: those that only Spark needed are left out."""
    return [name for name in register.columns if name not in (OWN, *KEYS)]
