"""What a run says of itself: ``record.json`` without the hashes, which are known only when the artefacts are written."""

import datetime as dt
import hashlib
import json
import os
import platform
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

import polars as pl

from audit.config import Campaign
from audit.ingest import Intakes
from expectations.artefacts import FORMAT_VERSION
from expectations.cards import cards
from expectations.catalogue import catalogue
from expectations.codes import OUTCOMES
from expectations.protected import Protected
from expectations.run import Run
from expectations.tables import Intake

_PARTS: Final = ("polars", "numpy", "scipy", "scikit-learn", "opendp", "great-expectations", "rapidfuzz", "fastexcel", "pydantic")


def compose(
    campaign: Campaign,
    intakes: Intakes,
    validation: dict[str, Any],
    protected: Protected | None,
    frames: dict[str, pl.DataFrame],
    seconds: dict[str, float],
) -> Run:
    """A run from its parts; findings get their sentences in the campaign's language."""
    record: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "run_id": "",
        "hecha_version": _version("hecha"),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in _PARTS}},
        "status": "complete",
        "date": today().isoformat(),
        "campaign": _config(campaign),
        "inputs": inputs(intakes),
        "former_areas": dict(sorted(intakes.areas.former.items())),
        "validation_passed": bool(validation.get("passed", True)),
        "detectors": _account(frames["findings"], frames["outcomes"]),
        "release": asdict(protected.release) if protected and protected.release else None,
        "timings": {stage: round(value, 3) for stage, value in seconds.items()},
        "artefacts": {},
    }
    record["run_id"] = run_id(record)
    return Run(
        record=record,
        findings=worded(frames["findings"], campaign.language),
        evidence=frames["evidence"],
        coverage=frames["coverage"],
        timeliness=frames["timeliness"],
        outcomes=frames["outcomes"],
        figures=frames["figures"],
        linkage=protected.quality if protected else {},
        validation=validation,
    )


def today() -> dt.date:
    """The date of the run; ``SOURCE_DATE_EPOCH`` fixes it, for runs that must come out the same."""
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return dt.datetime.fromtimestamp(int(epoch), tz=dt.UTC).date()
    return dt.date.today()


def run_id(record: dict[str, Any]) -> str:
    """An id that depends on inputs, settings, version and release alone, so that the same audit has the same id."""
    said = {key: record[key] for key in ("format_version", "hecha_version", "campaign", "inputs")}
    said["release"] = (record["release"] or {}).get("id")
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    return f"{record['campaign']['year']}-{digest[:8]}"


def worded(findings: pl.DataFrame, language: str) -> pl.DataFrame:
    """Findings with ``message`` in a language, from ``code`` and ``params``."""
    words = catalogue(language)
    messages = [words.sentence(row) for row in findings.iter_rows(named=True)]
    return findings.with_columns(pl.Series("message", messages, dtype=pl.String))


def _config(campaign: Campaign) -> dict[str, Any]:
    said: dict[str, Any] = campaign.model_dump(mode="json", include={"name", "year", "language", "seed", "office", "contact"})
    return {
        **said,
        "county": "、".join(campaign.counties),
        "counties": list(campaign.counties),
        "birth_years": list(campaign.birth_years),
        "targets": campaign.targets.model_dump(mode="json"),
        "minimum_cell": campaign.minimum_cell,
    }


def inputs(intakes: Intakes) -> list[dict[str, Any]]:
    """What the record says of each file: how it was read, and of its columns which were not."""

    def said(intake: Intake, **what: Any) -> dict[str, Any]:
        entry = {**what, **asdict(intake)}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in entry.items()}

    return [
        said(intakes.areas.intake, role="areas"),
        *(said(source.intake, role=source.role, link_quality=source.link_quality) for source in intakes.sources),
        *(said(table.intake, kind=table.kind) for table in intakes.tables),
    ]


def _account(findings: pl.DataFrame, outcomes: pl.DataFrame) -> list[dict[str, Any]]:
    """Every detector once, with its findings and its outcomes by kind."""
    found = dict(findings.group_by("detector").len().iter_rows())
    tally = {(row[0], row[1]): row[2] for row in outcomes.group_by("detector", "outcome").len().iter_rows()}
    return [
        {
            "detector": name,
            "code": card.code,
            "family": card.family,
            "findings": found.get(name, 0),
            **{outcome: tally.get((name, outcome), 0) for outcome in OUTCOMES},
        }
        for name, card in cards().items()
    ]


def program_version() -> str:
    """Version of hecha itself."""
    return _version("hecha")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
