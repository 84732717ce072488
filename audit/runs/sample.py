"""A sample of audited rows for checking documents in the office: planned, drawn from the register alone, and judged."""

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from audit.config import Campaign, load
from audit.progress import Progress
from audit.runs.answers import append_whole
from detectors.statistics.acceptance import Plan, limits, plan, risk
from expectations.errors import ConfigError, Problems, StageError
from expectations.run import Run

FILE: Final = "samples.jsonl"
CAMPAIGN: Final = "campaign.path"  # beside runs that are not beside their campaign: where it is, seen from there
COLUMNS: Final = ("number", "record_id", "line", "county", "township", "village")


@dataclass(frozen=True)
class Terms:
    """What a sample has to show.

    Attributes:
        tolerable: share of wrong rows that is just not acceptable.
        expected: share of wrong rows thought likely.
        confidence: one minus the risk of accepting too bad a register.
    """

    tolerable: float = 0.09
    expected: float = 0.02
    confidence: float = 0.95

    def plan(self, population: int) -> Plan:
        """The plan for so many rows.

        Raises:
            ConfigError: the terms contradict each other, or there is no row (E-SMP-001).
        """
        try:
            return plan(population, self.tolerable, self.expected, self.confidence)
        except ValueError:
            raise ConfigError("E-SMP-001") from None


@dataclass(frozen=True)
class Verdict:
    """What a checked sample says.

    Attributes:
        checked, errors: the tally.
        population: rows it was drawn from.
        factor: share of checked rows that documents confirm (verification factor), with its 95 % limits for all rows.
        accepted: whether so few errors would be unlikely enough if the share of wrong rows were the tolerable one.
        risk: how unlikely.
    """

    checked: int
    errors: int
    population: int
    factor: float
    factor_low: float
    factor_high: float
    accepted: bool
    risk: float


def point_to(campaign: Campaign, runs: Path) -> None:
    """Leave word, beside runs that are kept elsewhere, of where their campaign is; a courtesy, and no reason to fail."""
    if runs.resolve().parent != campaign.folder:
        try:
            (runs / CAMPAIGN).write_text(os.path.relpath(campaign.file.resolve(), runs.resolve()) + "\n", encoding="utf-8")
        except (OSError, ValueError):  # another drive
            return


def campaign_of(run: Run) -> Path | None:
    """The campaign file of a run: beside its folder of runs, where that folder says it is, or in the working folder.

    A campaign file is taken for the run's by its name, counties and birth years, but beside the runs.
    """
    assert run.folder is not None
    runs = run.folder.resolve().parent
    with contextlib.suppress(OSError, ValueError):
        path = runs / (runs / CAMPAIGN).read_text(encoding="utf-8").strip()
        if path.is_file() and _is_of(run, path):
            return path.resolve()
    if (runs.parent / "campaign.toml").is_file():
        return runs.parent / "campaign.toml"
    nearby = [path for folder in (runs.parent, runs, Path.cwd()) for path in sorted(folder.glob("*.toml"))]
    return next((path for path in nearby if _is_of(run, path)), None)


def _is_of(run: Run, path: Path) -> bool:
    try:
        campaign = load(path)
    except Problems:
        return False
    said = run.record["campaign"]
    mine = (campaign.name, list(campaign.counties), list(campaign.birth_years))
    return mine == (said.get("name"), list(said.get("counties", ())), list(said.get("birth_years", ())))


def register(run: Run, campaign: Campaign, progress: Progress) -> pl.DataFrame:
    """The rows of the audited register, read again from its file; references are not opened (DESIGN C2).

    Returns:
        ``record_id, line, county, township, village`` in order of line.

    Raises:
        ConfigError: the file is no longer the one the run audited (E-SMP-002).
        Problems: it cannot be read.
    """
    from audit.ingest import ingest

    audited = {name: source for name, source in campaign.sources.items() if source.role == "audited"}
    alone = campaign.model_copy(update={"sources": audited, "tables": {}})
    source = ingest(alone, progress).audited
    known: dict[str, Any] = next((entry for entry in run.record["inputs"] if entry.get("role") == "audited"), {})
    if source.intake.sha256 != known.get("sha256"):
        raise ConfigError("E-SMP-002", file=source.intake.file, params={"run": run.record["run_id"]})
    return source.frame.select(COLUMNS[1:]).sort("line")


def draw(rows: pl.DataFrame, size: int, seed: int) -> pl.DataFrame:
    """A simple random sample without replacement, in order of line, numbered from 1.

    Args:
        rows: the register, of ``register``; its order does not matter.
        size: rows to draw.
        seed: the same seed and rows give the same sample.
    """
    rows = rows.sort("line")
    generator = np.random.Generator(np.random.PCG64(seed))
    picked = np.sort(generator.choice(rows.height, size=min(size, rows.height), replace=False))
    drawn: pl.DataFrame = rows[picked.tolist()]
    return drawn.with_row_index("number", offset=1).with_columns(pl.col("number").cast(pl.Int64))


def judge(checked: int, errors: int, population: int, terms: Terms) -> Verdict:
    """What a tally says of the register.

    Raises:
        ConfigError: more errors than rows checked, or more checked than there are (E-SMP-003).
    """
    if not 0 <= errors <= checked <= population or checked < 1:
        raise ConfigError("E-SMP-003", params={"checked": checked, "errors": errors, "population": population})
    low, high = limits(errors, checked, population)
    chance = risk(population, terms.tolerable, checked, errors)
    return Verdict(checked, errors, population, 1 - errors / checked, 1 - high, 1 - low, chance <= 1 - terms.confidence, chance)


def note(run: Run, verdict: Verdict, terms: Terms, townships: tuple[str, ...], today: str) -> Path:
    """Write a tally down beside the runs.

    Raises:
        StageError: it cannot be written.
    """
    assert run.folder is not None
    path = run.folder.resolve().parent / FILE
    said: dict[str, Any] = {"run": run.folder.name, "date": today, "townships": list(townships), **asdict(terms), **asdict(verdict)}
    try:
        append_whole(path, (json.dumps(said, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise StageError("E-RUN-002", params={"path": str(path), "why": error.strerror or ""}) from error
    return path
