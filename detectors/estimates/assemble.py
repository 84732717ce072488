"""All estimates of a county, computed once and put into its Context before any detector runs."""

from dataclasses import replace

from detectors.context import Context
from detectors.estimates.coverage import coverage
from detectors.estimates.linking import LinkQuality
from detectors.estimates.registered import registered
from detectors.estimates.timeliness import timeliness
from expectations.protected import Protected


def estimate(context: Context, protected: Protected | None, link_quality: LinkQuality | None = None) -> Context:
    """The same context with its estimates filled in: ``from_register``, then ``from_counts``."""
    return from_counts(from_register(context), protected, link_quality)


def from_register(context: Context) -> Context:
    """The same context with what the audited register alone tells: births registered, and how soon.

    It is all that detectors which need no protected counts read of the estimates, so it need not wait for linking.
    """
    counted = registered(context.audited, context.areas, context.window)
    timely_days = int(context.targets["timely_days"])
    delays = timeliness(context.audited, context.areas, context.window, timely_days, context.reference_date)
    return replace(context, estimates=replace(context.estimates, registered=counted, timeliness=delays))


def from_counts(context: Context, protected: Protected | None, link_quality: LinkQuality | None = None) -> Context:
    """The same context with what protected counts tell: coverage, and the frames it rests on.

    Args:
        context: the county with its counts and patterns, after ``from_register``.
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
        counted=context.estimates.registered,
    )
    return replace(context, estimates=replace(context.estimates, coverage=frame, working=working))
