"""Runs every registered detector once over one county."""

from collections.abc import Mapping, Sequence

import polars as pl

from detectors.base import Detector
from detectors.context import Context
from detectors.registry import DETECTORS
from detectors.severity import raise_severities
from detectors.stamp import Frames, stamp
from expectations.frames import conform, empty


def detect(context: Context, detectors: Sequence[Detector] = DETECTORS) -> Frames:
    """Findings, outcomes and evidence of one county, in the columns of ``expectations.artefacts``.

    Severities are as their detectors gave them, but for area findings that corroborate each other (``detectors.severity``). The
    order of rows depends on what they say alone: findings by id, outcomes by detector (as registered) and area, evidence by
    finding, field and line.

    Args:
        context: the county.
        detectors: the detectors to run; all by default.

    Raises:
        ValueError: a detector is listed twice, or breaks its contract (``detectors.stamp``).
    """
    return join(run_some(context, detectors), detectors)


def run_some(context: Context, detectors: Sequence[Detector]) -> dict[str, Frames]:
    """What some detectors say, stamped, by detector: a part of a run, for ``join``.

    Args:
        context: the county. Detectors that do not need counts read nothing that stems from linking: the context they are given
            may lack it, and their part is the same (``Detector.needs_counts``, ``estimates.assemble.from_register``).
        detectors: which; in any order.

    Raises:
        ValueError: a detector is listed twice, or breaks its contract.
    """
    names = [detector.card.detector for detector in detectors]
    if len(set(names)) != len(names):
        raise ValueError(f"a detector is registered twice: {sorted({name for name in names if names.count(name) > 1})}")
    return {detector.card.detector: stamp(detector.card, context, detector(context)) for detector in detectors}


def join(parts: Mapping[str, Frames], detectors: Sequence[Detector] = DETECTORS) -> Frames:
    """Findings, outcomes and evidence of a run from the parts of its detectors, as ``detect`` gives them in one go.

    Args:
        parts: of ``run_some``, once or several times, put together in any order.
        detectors: those of the run, in the order in which their outcomes are listed.

    Raises:
        ValueError: a detector of the run is missing, or a part belongs to none.
    """
    names = [detector.card.detector for detector in detectors]
    if set(names) != set(parts):
        raise ValueError(f"parts of detectors missing or unknown: {sorted(set(names) ^ set(parts))}")
    findings, outcomes, evidence = (
        pl.concat([empty(artefact), *(parts[name][place] for name in names)])
        for place, artefact in enumerate(("findings", "outcomes", "evidence"))
    )
    return (
        conform(raise_severities(findings.sort("finding_id")), "findings"),
        conform(outcomes, "outcomes"),
        conform(evidence.sort("finding_id", maintain_order=True), "evidence"),
    )
