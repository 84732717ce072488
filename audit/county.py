"""One county: from its register, protected counts and tables to estimates, findings and outcomes."""

import polars as pl

from audit.config import Campaign
from audit.ingest import Intakes
from detectors.context import Context, end_of_extract
from detectors.estimates.assemble import estimate
from detectors.estimates.figures import figures
from detectors.run import detect
from expectations.codes import TABLE_KINDS
from expectations.protected import Protected

Frames = dict[str, pl.DataFrame]


def audit_county(county: str, campaign: Campaign, intakes: Intakes, register: pl.DataFrame, protected: Protected | None) -> Frames:
    """Estimates, findings and outcomes of one county, from its register, protected counts and tables."""
    here = pl.col("county") == county
    tables = {kind: None if (all_of := intakes.figures(kind)) is None else all_of.filter(here) for kind in TABLE_KINDS}
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
        vital_rates=tables["vital_rates"],
        returns=tables["returns"],
        indicators=tables["indicators"],
        totals=tables["totals"],
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
