"""All estimates of a county, computed once and put into its Context before any detector runs."""

from dataclasses import replace

from detectors.context import Context, Estimates
from detectors.estimates.coverage import coverage
from detectors.estimates.linking import LinkQuality
from detectors.estimates.timeliness import timeliness
from expectations.protected import Protected


def estimate(context: Context, protected: Protected | None, link_quality: LinkQuality | None = None) -> Context:
    """The same context with its estimates filled in.

    Args:
        context: the county; its ``estimates`` are replaced.
        protected: what the gate released, of all counties; none without references.
        link_quality: precision, recall and n measured by the references' custodians, by source; overrides the linker's own account.
    """
    linkage = protected.linkage.filter(county=context.county) if protected else None
    frame, working = coverage(
        county=context.county,
        areas=context.areas,
        audited=context.audited,
        protected_counts=context.counts,
        patterns=context.patterns,
        linkage=linkage,
        quality=protected.quality if protected else None,
        vital_rates=context.vital_rates,
        totals=context.totals,
        window=context.window,
        targets=context.targets,
        minimum_cell=context.minimum_cell,
        n_references=len(protected.sources) - 1 if protected else 0,
        link_quality=link_quality,
        references=tuple(protected.sources[1:]) if protected else (),
    )
    timely_days = int(context.targets["timely_days"])
    delays = timeliness(context.audited, context.areas, context.window, timely_days, context.reference_date)
    return replace(context, estimates=Estimates(coverage=frame, timeliness=delays, working=working))
