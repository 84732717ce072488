"""The flow of one audit, from a campaign to a run. This page reads like the architecture's sentence."""

import polars as pl

from audit.clock import Stopwatch
from audit.config import Campaign
from audit.disclosure import Gate
from audit.ingest import Intakes, ingest, validate
from audit.linkage import link, same_birth
from audit.progress import Progress
from audit.record import compose
from detectors.context import Context, end_of_extract
from detectors.estimates.assemble import estimate
from detectors.estimates.figures import figures
from detectors.run import detect
from expectations.codes import TABLE_KINDS
from expectations.protected import Protected
from expectations.run import Run

Frames = dict[str, pl.DataFrame]


def run_campaign(campaign: Campaign, gate: Gate, progress: Progress) -> Run:
    """Audit a campaign.

    Args:
        campaign: what ``audit.config.load`` made of a campaign file.
        gate: protects every count that comes from linking; draws its noise or takes the release already drawn.
        progress: told of stages and rows read.

    Returns:
        The run in memory; ``audit.runs.seal`` writes it.

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
    register = intakes.audited.frame.with_columns(birth=births)  # the last line above saw a reference row
    with clock("detect"), progress.stage("detect", total=len(campaign.counties)) as tick:
        parts = []
        for county in campaign.counties:
            parts.append(audit_county(county, campaign, intakes, register, protected))
            tick(1)
    frames: Frames = {name: pl.concat([part[name] for part in parts]) for name in parts[0]}
    return compose(campaign, intakes, validation, protected, frames, clock.seconds)


def audit_county(county: str, campaign: Campaign, intakes: Intakes, register: pl.DataFrame, protected: Protected | None) -> Frames:
    """Estimates, findings and outcomes of one county, from its register, protected counts and tables."""
    here = pl.col("county") == county
    context = Context(
        county=county,
        window=campaign.birth_years,
        areas=intakes.areas.frame.filter(here),
        audited=register.filter(here),
        counts=protected.counts.filter(here) if protected else None,
        patterns=protected.patterns.filter(here) if protected else None,
        targets=campaign.targets.model_dump(),
        minimum_cell=campaign.minimum_cell,
        seed=campaign.seed,
        reference_date=end_of_extract(register, campaign.year),
        **{kind: frame.filter(here) for kind in TABLE_KINDS if (frame := intakes.figures(kind)) is not None},
    )
    context = estimate(context, protected, intakes.link_quality)
    findings, outcomes, evidence = detect(context)
    return {
        "findings": findings,
        "outcomes": outcomes,
        "evidence": evidence,
        "coverage": context.estimates.coverage,
        "timeliness": context.estimates.timeliness,
        "figures": figures(context),
    }
