"""Runs every registered detector once over one county."""

from collections.abc import Sequence

import polars as pl

from detectors.base import Detector
from detectors.context import Context
from detectors.registry import DETECTORS
from detectors.severity import raise_severities
from detectors.stamp import stamp
from expectations.frames import conform, empty


def detect(context: Context, detectors: Sequence[Detector] = DETECTORS) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
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
    names = [detector.card.detector for detector in detectors]
    if len(set(names)) != len(names):
        raise ValueError(f"a detector is registered twice: {sorted({name for name in names if names.count(name) > 1})}")
    parts = [stamp(detector.card, context, detector(context)) for detector in detectors]
    findings, outcomes, evidence = (
        pl.concat([empty(artefact), *(part[place] for part in parts)])
        for place, artefact in enumerate(("findings", "outcomes", "evidence"))
    )
    return (
        conform(raise_severities(findings.sort("finding_id")), "findings"),
        conform(outcomes, "outcomes"),
        conform(evidence.sort("finding_id", maintain_order=True), "evidence"),
    )
