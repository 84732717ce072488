"""The flow of one audit, from a campaign to a run. This page reads like the architecture's sentence."""

from pathlib import Path
from typing import Final

from audit.clock import Stopwatch
from audit.config import Campaign
from audit.county import audit_county, begin
from audit.disclosure import Gate
from audit.ingest import ingest, validate
from audit.linkage import LINKAGE_VERSION, link, same_birth
from audit.progress import Progress
from audit.record import compose
from expectations.run import Run

MANY: Final = 200_000  # rows of all sources: reading them takes longer than importing the library that validates them


def run_campaign(campaign: Campaign, gate: Gate, progress: Progress, runs: Path | None = None, master: str | None = None) -> Run:
    """Audit a campaign.

    Args:
        campaign: what ``audit.config.load`` made of a campaign file.
        gate: protects every count that comes from linking; draws its noise or takes the release already drawn.
        progress: told of stages and rows read.
        runs: the folder of runs: of many counties, those finished are kept there until the run is sealed.
        master: where Spark runs, if it does the work; none for this machine alone.

    Returns:
        The run in memory; ``audit.runs.write.seal`` writes it.

    Raises:
        Problems, HechaError: the input cannot be audited (DESIGN C5, C6, or unreadable).
    """
    if master is not None:
        from audit.linkage.spark import link_counties
        from audit.spark.counties import Door
        from audit.spark.flow import run_on_spark

        return run_on_spark(campaign, gate, progress, Door(link_counties, LINKAGE_VERSION), runs, master)
    if len(campaign.counties) > 1:
        from audit.province import Doors, run_province

        return run_province(campaign, gate, progress, Doors(same_birth, link, LINKAGE_VERSION), runs)
    clock = Stopwatch()
    with clock("read"):
        intakes = ingest(campaign, progress)
    many = intakes.rows > MANY
    if many:
        with clock("validate"):
            validation = validate(intakes, progress)
    with clock("duplicates"), progress.stage("duplicates"):
        births = same_birth(intakes.audited.frame)
    county, register = campaign.counties[0], intakes.audited.frame.with_columns(birth=births)
    begun = begin(county, campaign, intakes, register)
    sources = list(intakes.sources)
    if many:
        intakes = intakes.without_reference_rows()  # let go by ``link`` itself, as soon as they are packed
    with clock("link"), progress.stage("link"):
        protected = link(sources, births, intakes.areas.frame, campaign.birth_years, gate) if intakes.references else None
    if not many:  # only now: the library has been imported while files were linked
        with clock("validate"):
            validation = validate(intakes, progress)
        intakes = intakes.without_reference_rows()
    with clock("detect"), progress.stage("detect", total=1) as tick:
        frames = audit_county(county, campaign, intakes, register, protected, begun)
        tick(1)
    return compose(campaign, intakes, validation, protected, frames, clock.seconds)
