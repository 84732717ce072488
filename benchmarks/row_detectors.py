"""False alarms and power of the detectors that read the audited register: validity, duplicates, timeliness, sexes, rates.

    python benchmarks/row_detectors.py --counties 12
    python benchmarks/row_detectors.py --counties 0 --honest 8 --falsified 5    # through linking, gate and estimates

Registers are simulated without slips of the pen, so that every finding about a row is a false alarm; then each fault is planted in
one row in a hundred. Timeliness is tried on counties whose offices are all alike, and with one office made slow. Prints a table.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import polars as pl
from calibration import sizes_of
from detector_worlds import context_of, world_of

from audit.campaign import run_campaign
from audit.config import load
from audit.demo import Errors, score, simulate, write
from audit.disclosure import Gate, ReleaseStore, seeded_sampler
from audit.ingest.identity import date_inside, is_valid, sex_inside
from audit.progress import Silent
from detectors.context import Context
from detectors.estimates.coverage import coverage
from detectors.estimates.timeliness import timeliness
from detectors.registry import ROW_DETECTORS
from detectors.run import detect
from expectations.protected import COUNTS

SILENT = Errors(**{field.name: (0.0, 0.0) if isinstance(field.default, tuple) else 0.0 for field in fields(Errors)})
CLEAN = replace(SILENT, placeholder=0.05, id_missing=(0.15, 0.45), mother_missing=0.05, mother_id_missing=(0.25, 0.40))
BY_ROW = [detector for detector in ROW_DETECTORS if detector.card.family in ("validity", "duplicates")]
LATE = [detector for detector in ROW_DETECTORS if detector.card.family == "timeliness"]
NAMED = {detector.card.detector: detector for detector in ROW_DETECTORS}
Plant = Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]


def clean_county(seed: int) -> Context:
    """A register in which every row is right and every office equally prompt."""
    sizes = sizes_of("honest", seed)
    changes = {"errors": (CLEAN,) * 4, "duplicates": 0.0, "invalid_ids": (0.0, 0.0), "poor": 0.0, "lookalikes": False}
    return context_of(simulate(9000 + seed, replace(sizes, **changes)), seed)


def renumbered(frame: pl.DataFrame, field: str, prefix: str) -> pl.DataFrame:
    """With what reading derives from a number derived again."""
    number = pl.col(field)
    derived = {f"{prefix}valid": is_valid(number)}
    derived |= (
        {"id_date": date_inside(number), "id_sex": sex_inside(number)}
        if prefix == "id_"
        else {"mother_birth_date": date_inside(number)}
    )
    return frame.with_columns(**derived)


def wrong_digit(field: str, prefix: str) -> Plant:
    def plant(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
        at = rng.integers(0, 17, rows.height)
        texts = [
            None if text is None else text[:i] + str((int(text[i]) + int(step)) % 10) + text[i + 1 :]
            for text, i, step in zip(rows[field], at, rng.integers(1, 10, rows.height), strict=True)
        ]
        return renumbered(rows.with_columns(pl.Series(field, texts, dtype=pl.String)), field, prefix)

    return plant


def other_date(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    days = pl.Series(rng.choice([-31, -10, -1, 1, 10, 29, 30], rows.height))
    return rows.with_columns(birth_date=pl.col("birth_date") + pl.duration(days=days))


def again(later: str, same_name: bool) -> Plant:
    """More rows: the same mother's, so much later, as births of their own."""

    def plant(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
        moved = {
            "birth_date": pl.col("birth_date").dt.offset_by(later),
            "id_number": pl.lit(None, dtype=pl.String),
            "id_valid": pl.lit(None, dtype=pl.Boolean),
            "line": pl.col("line") + 10_000_000,
            "record_id": pl.col("record_id") + "-2",
            "birth": pl.col("birth") + 10_000_000,
        }
        name = pl.col("name") if same_name else pl.col("name").str.slice(0, 1) + "新文"
        return pl.concat([rows, rows.with_columns(name=name, **moved)])

    return plant


PLANTS: dict[str, tuple[str, pl.Expr, Plant]] = {
    "one digit of the number": ("identity_number", pl.col("id_valid").fill_null(False), wrong_digit("id_number", "id_")),
    "date of birth against the number": ("identity_number", pl.col("id_valid").fill_null(False), other_date),
    "sex against the number": (
        "identity_number",
        pl.col("id_valid").fill_null(False),
        lambda rows, rng: rows.with_columns(sex=pl.col("sex").replace({"male": "female", "female": "male"})),
    ),
    "registered before birth": (
        "impossible_dates",
        pl.col("registered_on").is_not_null(),
        lambda rows, rng: rows.with_columns(registered_on=pl.col("birth_date") - pl.duration(days=40)),
    ),
    "born in another decade": (
        "impossible_dates",
        pl.lit(True),
        lambda rows, rng: rows.with_columns(birth_date=pl.col("birth_date").dt.offset_by("-10y")),
    ),
    "mother 30 years older": (
        "mother_age",
        pl.col("mother_id_valid").fill_null(False),
        lambda rows, rng: rows.with_columns(mother_birth_date=pl.col("mother_birth_date").dt.offset_by("-30y")),
    ),
    "one digit of the mother's number": (
        "mother_number",
        pl.col("mother_id_valid").fill_null(False),
        wrong_digit("mother_id_number", "mother_id_"),
    ),
    "sibling 100 days later": ("birth_spacing", pl.col("mother_id_valid").fill_null(False), again("100d", same_name=False)),
    "no sex": ("blank_fields", pl.lit(True), lambda rows, rng: rows.with_columns(sex=pl.lit(None, dtype=pl.String))),
    "a number given twice": (
        "repeated_number",
        pl.col("id_number").is_not_null(),
        lambda rows, rng: rows.with_columns(
            id_number=pl.col("id_number").sort().gather_every(2).repeat_by(2).explode().head(rows.height)
        ),
    ),
    "registered again two years later": (
        "shifted_duplicates",
        pl.col("mother_id_valid").fill_null(False) & pl.col("name").str.contains("某|宝|毛").not_(),
        again("2y", same_name=True),
    ),
}


def planted(context: Context, where: pl.Expr, plant: Plant, rng: np.random.Generator) -> tuple[Context, list[int]]:
    """The county with a fault in one in a hundred of the rows that can have it, and the lines of those."""
    fit = context.audited.filter(where)["line"].to_numpy()
    size = max(2, fit.size // 100 // 2 * 2)
    lines = np.sort(rng.choice(fit, size=size, replace=False)).tolist()
    chosen = pl.col("line").is_in(lines)
    frame = pl.concat([context.audited.filter(chosen.not_()), plant(context.audited.filter(chosen), rng)])
    return replace(context, audited=frame), lines


def slowed(context: Context, days: float, rng: np.random.Generator) -> tuple[Context, str]:
    """One office so many days slower on average; what is registered after the extract is gone from it."""
    sizes = context.audited["area_code"].value_counts(sort=True)
    code = str(sizes["area_code"][sizes.height // 2])
    more = pl.Series(rng.exponential(days, context.audited.height).astype(int))
    frame = context.audited.with_columns(more=pl.when(pl.col("area_code") == code).then(more).otherwise(0))
    frame = frame.with_columns(registered_on=pl.col("registered_on") + pl.duration(days="more")).drop("more")
    frame = frame.filter((pl.col("registered_on") <= context.reference_date).fill_null(True))
    return replace(context, audited=frame), code


def by_sex(context: Context, truth: pl.DataFrame, rng: np.random.Generator) -> Context:
    """With completeness by sex from the truth and the gate's noise, linked without an error."""
    known = truth.filter(pl.any_horizontal("household", "immunisation"))
    counted = known.group_by("sex").agg(m=pl.col("registry").sum(), c=pl.col("registry").not_().sum()).sort("sex")
    sd = 4.1
    counts = counted.with_columns(
        county=pl.lit(context.county), level=pl.lit("county_sex"), area_code=None, birth_year=None, m_sd=sd, c_sd=sd,
        m=pl.col("m") + pl.Series(rng.normal(0, sd, 2)), c=pl.col("c") + pl.Series(rng.normal(0, sd, 2)),
    ).select(pl.col(name).cast(kind) for name, kind in COUNTS.items())  # fmt: skip
    pattern = pl.concat_str(pl.col(name).cast(pl.Int8).cast(pl.String) for name in ("registry", "household", "immunisation"))
    patterns = (
        known.group_by(pattern=pattern).agg(count=pl.len().cast(pl.Float64)).with_columns(county=pl.lit(context.county), sd=4.0)
    )
    facts = (context.county, context.areas, context.audited, counts, patterns, None, None, None, None)
    frame, working = coverage(*facts, context.window, context.targets, 10, 2)
    return replace(context, estimates=replace(context.estimates, coverage=frame, working=working))


def flags(context: Context, name: str) -> pl.DataFrame:
    return detect(context, [NAMED[name]])[1].filter(pl.col("outcome").is_in(["flag", "no_flag"]))


def count_gaps(gaps: dict[str, list[int]], context: Context, truth: pl.DataFrame) -> None:
    """Gaps to the published rate in townships that register nearly all births, and in those that miss many."""
    said = flags(context, "rate_gap").join(truth.select("area_code", "completeness"), on="area_code")
    for name, where in (("97 % or more", pl.col("completeness") >= 0.97), ("85 % or less", pl.col("completeness") <= 0.85)):
        group = said.filter(where)
        gaps[name][0] += int((group["outcome"] == "flag").sum())
        gaps[name][1] += group.height


def again_estimated(context: Context) -> Context:
    delays = timeliness(context.audited, context.areas, context.window, 60, context.reference_date)
    return replace(context, estimates=replace(context.estimates, timeliness=delays))


Tally = dict[str, list[int]]


def whole_audit(group: str, seed: int, tally: Tally) -> None:
    """One county through the real pipeline, its flags counted against the truth."""
    world = world_of(group, seed)
    with tempfile.TemporaryDirectory() as scratch:
        campaign = load(write(world, Path(scratch), plain=True))
        store = ReleaseStore(Path(scratch) / "releases")
        run = run_campaign(campaign, Gate(seeded_sampler(seed), store, campaign.year), Silent())

    def count(what: str, right: int, of: int) -> None:
        cell = tally.setdefault(what, [0, 0])
        cell[0], cell[1] = cell[0] + right, cell[1] + of

    pairs = score(run, world.truth).planted[0]
    count("duplicates: pairs of rows found, of those planted", pairs.found, pairs.planted)
    count("duplicates: pairs of rows right, of those said", pairs.found, pairs.found + (pairs.false or 0))
    judged = run.outcomes.filter(pl.col("outcome").is_in(["flag", "no_flag"]))
    known = judged.join(world.truth.townships.select("area_code", "completeness", "fraud", "lookalike"), on="area_code")
    honest, drive = pl.col("fraud").is_null(), pl.col("lookalike").eq_missing("registration_drive")
    for name, what, where in (
        ("low_completeness", "completeness below 85 %", pl.col("completeness") < 0.85),
        ("low_completeness", "completeness of 92 % or more", pl.col("completeness") >= 0.92),
        ("over_coverage", "honest townships", honest),
        ("over_coverage", "townships with invented rows", pl.col("fraud").is_in(["fabricated", "recent"])),
        ("estimates_disagree", "honest townships", honest),
        ("field_shares", "honest townships", honest),
        ("registration_batches", "townships without registration drives", drive.not_()),
        ("registration_batches", "townships with registration drives (low, by design)", drive),
        ("mother_age", "honest townships", honest),
        ("shifted_duplicates", "honest townships", honest),
        ("birth_spacing", "honest townships (slips of the pen in dates)", honest),
    ):
        group_of = known.filter((pl.col("detector") == name) & where)
        count(f"{name}: {what}", int((group_of["outcome"] == "flag").sum()), group_of.height)
    county = judged.filter(pl.col("area_code").is_null() & (pl.col("detector") == "girls_below_boys"))
    count("girls_below_boys: counties without a difference", int((county["outcome"] == "flag").sum()), county.height)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counties", type=int, default=12)
    parser.add_argument("--honest", type=int, default=0)
    parser.add_argument("--falsified", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.counties:
        without_linking(arguments.counties)
    tally: Tally = {}
    for group, number in (("honest", arguments.honest), ("falsified", arguments.falsified)):
        for seed in range(20, 20 + number):
            whole_audit(group, seed, tally)
    if tally:
        print(f"\nThe whole audit, {arguments.honest} honest and {arguments.falsified} falsified counties\n")
        print("| detector and situation | flagged |\n|---|---|")
        for what, (flagged, of) in tally.items():
            print(f"| {what} | {flagged} of {of} |")


def without_linking(counties: int) -> None:
    """Rows that are right and rows with planted faults; offices alike and one made slow; girls registered less."""
    rows, false = 0, dict.fromkeys((detector.card.detector for detector in BY_ROW), 0)
    found = {name: [0, 0] for name in PLANTS}
    honest = {name: [0, 0] for name in ("late_registration", "backlog", "registration_batches", "field_shares")}
    slow = {(name, days): [0, 0] for name in ("late_registration", "backlog") for days in (20, 60, 120)}
    gaps = {"97 % or more": [0, 0], "85 % or less": [0, 0]}
    girls = {gap: [0, 0] for gap in (0.0, 0.15, 0.3)}
    for seed in range(counties):
        rng = np.random.default_rng([seed, 5])
        context = clean_county(seed)
        rows += context.audited.height
        findings = detect(context, BY_ROW)[0].filter(pl.col("subject") == "row")
        for name, count in findings.group_by("detector").len().iter_rows():
            false[name] += count
        for name, (detector, where, plant) in PLANTS.items():
            spoiled, lines = planted(context, where, plant, rng)
            said = set(detect(spoiled, [NAMED[detector]])[0]["row_lines"].explode().to_list())
            found[name][0] += len(said & set(lines))
            found[name][1] += len(lines)
        for name, tally in honest.items():
            outcomes = flags(context, name)
            tally[0] += int((outcomes["outcome"] == "flag").sum())
            tally[1] += outcomes.height
        for (name, days), tally in slow.items():
            spoiled, code = slowed(context, days, rng)
            outcomes = flags(again_estimated(spoiled), name).filter(pl.col("area_code") == code)
            tally[0] += int((outcomes["outcome"] == "flag").sum())
            tally[1] += outcomes.height
        for gap, tally in girls.items():
            world = simulate(9500 + seed, replace(sizes_of("honest", seed), girls_missed=gap, lookalikes=False))
            if not gap:
                count_gaps(gaps, context_of(world, seed), world.truth.townships)
            outcomes = flags(by_sex(context_of(world, seed), world.truth.births, rng), "girls_below_boys")
            tally[0] += int((outcomes["outcome"] == "flag").sum())
            tally[1] += outcomes.height
    print(f"{counties} counties, {rows:,} right rows\n")
    print("| detector | false findings per 10,000 right rows |\n|---|---|")
    for name, count in false.items():
        print(f"| {name} | {count / rows * 10_000:.1f} |")
    print("\n| planted in one row in a hundred | detector | found |\n|---|---|---|")
    for name, (right, planted_rows) in found.items():
        print(f"| {name} | {PLANTS[name][0]} | {right / max(planted_rows, 1):.1%} of {planted_rows:,} |")
    print("\n| detector | situation | flagged |\n|---|---|---|")
    for name, (flagged, judged) in honest.items():
        print(f"| {name} | honest townships, all alike | {flagged} of {judged} |")
    for (name, days), (flagged, judged) in slow.items():
        print(f"| {name} | one office slower by {days} days on average | {flagged} of {judged} |")
    for name, (flagged, judged) in gaps.items():
        print(f"| rate_gap | completeness {name} | {flagged} of {judged} |")
    for gap, (flagged, judged) in girls.items():
        print(f"| girls_below_boys | girls' log odds of registration lower by {gap} | {flagged} of {judged} counties |")


if __name__ == "__main__":
    main()
