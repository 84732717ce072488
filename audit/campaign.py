"""The flow of one audit, from a campaign to a run. This page reads like the architecture's sentence."""

import polars as pl

from audit.clock import Stopwatch
from audit.config import Campaign
from audit.county import Frames, audit_county
from audit.disclosure import Gate
from audit.ingest import ingest, validate
from audit.linkage import link, same_birth
from audit.progress import Progress
from audit.record import compose
from expectations.run import Run


def run_campaign(campaign: Campaign, gate: Gate, progress: Progress) -> Run:
    """Audit a campaign.

    Args:
        campaign: what ``audit.config.load`` made of a campaign file.
        gate: protects every count that comes from linking; draws its noise or takes the release already drawn.
        progress: told of stages and rows read.

    Returns:
        The run in memory; ``audit.runs.write.seal`` writes it.

    Raises:
        Problems, HechaError: the input cannot be audited (DESIGN C5, C6, or unreadable).
    """
    clock = Stopwatch()
    with clock("read"):
        intakes = ingest(campaign, progress)
    with clock("validate"):
        validation = validate(intakes, progress)
    with clock("duplicates"), progress.stage("duplicates"):
        births = same_birth(intakes.audited.frame)
    with clock("link"), progress.stage("link"):
        protected = link(intakes.sources, births, intakes.areas.frame, campaign.birth_years, gate) if intakes.references else None
    intakes = intakes.without_reference_rows()
    register = intakes.audited.frame.with_columns(birth=births)
    with clock("detect"), progress.stage("detect", total=len(campaign.counties)) as tick:
        parts = []
        for county in campaign.counties:
            parts.append(audit_county(county, campaign, intakes, register, protected))
            tick(1)
    frames: Frames = {name: pl.concat([part[name] for part in parts]) for name in parts[0]}
    return compose(campaign, intakes, validation, protected, frames, clock.seconds)
