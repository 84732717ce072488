"""One county: from its register, protected counts and tables to estimates, findings and outcomes."""

from concurrent.futures import Future
from dataclasses import replace
from typing import Final

import polars as pl

from audit.config import Campaign
from audit.ingest import Intakes
from detectors.context import Context, end_of_extract
from detectors.estimates.assemble import from_counts, from_register
from detectors.estimates.figures import figures
from detectors.registry import DETECTORS
from detectors.run import join, run_some
from detectors.stamp import Frames as Part
from expectations.beside import Ended, standing
from expectations.codes import TABLE_KINDS
from expectations.protected import Protected

Frames = dict[str, pl.DataFrame]
Parts = dict[str, Part]
WITHOUT_COUNTS: Final = [detector for detector in DETECTORS if not detector.needs_counts]
WITH_COUNTS: Final = [detector for detector in DETECTORS if detector.needs_counts]


def context_of(county: str, campaign: Campaign, intakes: Intakes, register: pl.DataFrame) -> Context:
    """What is known of a county before anything is linked: its register, its tables, and what the campaign asks.

    Args are those of ``audit_county``.
    """
    here = pl.col("county") == county
    tables = {kind: None if (all_of := intakes.figures(kind)) is None else all_of.filter(here) for kind in TABLE_KINDS}
    return Context(
        county=county,
        window=campaign.birth_years,
        areas=intakes.areas.frame.filter(here),
        audited=register.filter(here),
        targets=campaign.targets.model_dump(),
        minimum_cell=campaign.minimum_cell,
        seed=campaign.seed,
        reference_date=end_of_extract(register, campaign.year),
        vital_rates=tables["vital_rates"],
        returns=tables["returns"],
        indicators=tables["indicators"],
        totals=tables["totals"],
    )


def begin(county: str, campaign: Campaign, intakes: Intakes, register: pl.DataFrame) -> "Future[Parts] | None":
    """Let the process that stands beside this one, if any, run the detectors that need no protected counts, while this one links.

    It is given the audited register and tables; no row of a reference goes anywhere (DESIGN C4).

    Args are those of ``audit_county``.
    """
    beside = standing()
    return beside.give(without_counts, context_of(county, campaign, intakes, register)) if beside else None


def get_ready() -> None:
    """What a process that is to run detectors can do beforehand: the imports of this module, and those that one detector takes."""
    import sklearn.covariance
    import sklearn.ensemble  # noqa: F401


def without_counts(context: Context) -> Parts:
    """What those detectors say that need no protected counts."""
    return run_some(from_register(context), WITHOUT_COUNTS)


def audit_county(
    county: str,
    campaign: Campaign,
    intakes: Intakes,
    register: pl.DataFrame,
    protected: Protected | None,
    begun: "Future[Parts] | None" = None,
) -> Frames:
    """Estimates, findings and outcomes of one county.

    Args:
        county: its name.
        campaign: the campaign.
        intakes: tables, areas, and what custodians of sources say of linking; no row of a reference is looked at.
        register: the audited register (``BIRTHS`` plus raw columns) with ``birth``.
        protected: what the gate released; none without references.
        begun: what ``begin`` gave, if it was called.
    """
    here, context = pl.col("county") == county, context_of(county, campaign, intakes, register)
    if protected:
        context = replace(context, counts=protected.counts.filter(here), patterns=protected.patterns.filter(here))
    early = from_register(context)
    context = from_counts(early, protected, intakes.link_quality)
    late = run_some(context, WITH_COUNTS)
    findings, outcomes, evidence = join(late | (_fetched(begun) or run_some(early, WITHOUT_COUNTS)))
    return {
        "findings": findings,
        "outcomes": outcomes,
        "evidence": evidence,
        "coverage": context.estimates.coverage,
        "timeliness": context.estimates.timeliness,
        "figures": figures(context),
    }


def _fetched(begun: "Future[Parts] | None") -> Parts | None:
    if begun is None or begun.cancel():  # what is not begun yet is done sooner here
        return None
    try:
        return begun.result()
    except Ended:
        return None
