"""The flow on Spark: what ``audit.campaign`` does for one county and ``audit.province`` for many, its steps spread over workers.

Each county is linked and audited by the same functions as on one machine, and has the same figures. Finished counties of many are
kept as there, in the same place: a run that one engine has left undone can be taken up by the other.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from audit.clock import Stopwatch
from audit.config import Campaign
from audit.disclosure import Gate
from audit.province.composing import together
from audit.province.register import summary
from audit.province.working import inputs_mark, working
from audit.record import compose
from audit.spark.counties import Counties, Door
from audit.spark.session import session
from audit.spark.taking import take_in, validate
from expectations.run import Run

if TYPE_CHECKING:
    from audit.progress import Progress


def run_on_spark(
    campaign: Campaign,
    gate: Gate,
    progress: "Progress",
    door: Door,
    runs: Path | None,
    master: str,
    settings: dict[str, str] | None = None,
) -> Run:
    """Audit a campaign on Spark.

    Args:
        campaign: the campaign.
        gate: protects every count that comes from linking; here, never on a worker.
        progress: told of stages and rows read.
        door: linkage.
        runs: the folder of runs, in which finished counties of many are kept until the run is sealed; none keeps them in memory.
        master: of the cluster, or ``local[*]``.
        settings: more of Spark's settings.

    Raises:
        Problems, HechaError: the input cannot be audited, no county of it can be linked, or Spark cannot do it.
    """
    with session(master, settings) as spark:
        return audit_with(spark, campaign, gate, progress, door, runs)


def audit_with(
    spark: Any, campaign: Campaign, gate: Gate, progress: "Progress", door: Door, runs: Path | None = None, size: int = 0
) -> Run:
    """The same in a session that is there already; ``size`` is that of the pieces in which files are read."""
    clock = Stopwatch()
    with clock("read"):
        taken = take_in(spark, campaign, progress, size)
    with clock("validate"):
        validation = validate(taken, progress)
    mark = inputs_mark(campaign, taken.intakes, door.version, gate.seeded)
    with working(runs if len(campaign.counties) > 1 else None, campaign.file, mark) as work:
        counties = Counties(spark, campaign, taken, gate, door, work, clock)
        counties.run(progress)
        parts = {county: counties.part(county) for county in campaign.counties}
    protected = together(tuple(source.name for source in taken.intakes.sources), parts)
    frames = {name: pl.concat([part.frames[name] for part in parts.values()]) for name in next(iter(parts.values())).frames}
    run = compose(campaign, taken.intakes, validation, protected, frames, clock.seconds)
    if taken.twice is None:
        return run
    run.record["registered_twice"] = {**summary(taken.twice), "rows": "registered_twice.parquet"}
    return replace(run, twice=frames["twice"].sort("birth", "line"))
