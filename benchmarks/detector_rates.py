"""Error rates of the detectors of the families rates and fabrication, and docs/detectors.md from cards and measurements.

    python benchmarks/detector_rates.py --counties 60     # measure: honest, falsified at full and at half size
    python benchmarks/detector_rates.py --write           # write docs/detectors.md

Counties are those of benchmarks/calibration.py, seen as detectors see them but without linking (``detector_worlds``). Results are
kept in benchmarks/measured/, which --write reads; what benchmarks/row_detectors.py prints can be kept there too.
"""

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

os.environ.setdefault("POLARS_MAX_THREADS", "1")
ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(Path(__file__).parent), str(ROOT)]

from expectations.cards import cards  # noqa: E402
from expectations.catalogue import catalogue  # noqa: E402
from expectations.codes import FAMILIES  # noqa: E402

MEASURED = Path(__file__).parent / "measured"
AREA, ROWS = MEASURED / "area_detectors.json", MEASURED / "row_detectors.md"
DOCUMENT = ROOT / "docs" / "detectors.md"
FOUND_BY = {
    "smooth": "too_smooth",
    "copied": "copied",
    "rounded": "rounded",
    "bunched": "bunched",
    "fabricated": "invented_rows",
    "recent": "invented_rows",
}
SIZES = {
    "smooth": "half of each village-year's births spread evenly over its months",
    "copied": "two villages repeat a year, their own or a neighbour's, for three years",
    "rounded": "8 % of village-months put to a multiple of 5",
    "bunched": "30-45 % of missed targets moved over the target",
    "fabricated": "3.5 % of rows invented, over all years",
    "recent": "1.5 % of rows invented, all in the last three years",
}
# Asked for one by one (audit/demo/spoil.py); a finding of any severity counts, since some detectors are low by design.
OTHER_FOUND_BY = {
    "whole": "whole_percentages",
    "digits": "last_digits",
    "blocks": "copied_rows",
    "level": "birth_rate_funnel",
    "natural": "natural_increase",
    "jump": "rate_jumps",
    "steady": "steady_rates",
    "percent": "accounting",
    "days": "day_heaps",
    "boys": "sex_ratio",
}
OTHER_SIZES = {
    "whole": "60 % of numerators of 100 and more reckoned back from a whole percentage",
    "digits": "35 % of the township's monthly totals of 10 and more end in 3, 6 or 8",
    "blocks": "12 rows entered again with other names, a year later",
    "level": "the published birth rate 35 % too high in all years",
    "natural": "0.4 per mille added to the natural increase of half of the years",
    "jump": "the published birth rate of one year times 2.3",
    "steady": "90 % of the yearly changes of the published rate left out",
    "percent": "5 % of reported percentages 2-5 points above what their parts give",
    "days": "12 % of births entered under the first of their month",
    "boys": "15 % of girls left out of the register",
}


INTRODUCTION = """# Detectors

Written by `python benchmarks/detector_rates.py --write` from the cards of the catalogue; edit those, not this page.

Every detector gives one outcome per township: *flag*, *no flag*, *not estimable* or *not applicable*, the last two with a reason.
A flag of a test needs both q <= .05 (Benjamini-Hochberg within the detector) and a minimum effect. Area findings of rates and
fabrication are medium at most by themselves. They become high where two medium ones of different families of evidence meet in one
township (linkage, the register itself, returns, indicators, published rates) and no one innocent cause makes both: what comes of
a careless office's slips (births only the register knows, wrong numbers, births in other months than returned, tables that do not
add up) does not corroborate itself, nor does a habit of rounding. Comparison with peers alone, sex ratios, registration in batches
and screening never count toward it. A row finding's severity depends on its own detector alone.
"""


def measure_county(group: str, seed: int) -> list[dict[str, Any]]:
    """One row per township: what it is, and each detector's severity or outcome."""
    from detector_worlds import context_of, world_of

    from detectors.registry import AREA_DETECTORS
    from detectors.run import detect

    world = world_of(group, seed)
    findings, outcomes, _ = detect(context_of(world, seed), AREA_DETECTORS)
    order = {"low": 0, "medium": 1, "high": 2}
    found: dict[tuple[str, str], str] = {}
    for area, detector, severity in findings.select("area_code", "detector", "severity").iter_rows():
        if area is not None and order[severity] >= order.get(found.get((area, detector), "low"), 0):
            found[area, detector] = severity
    said: dict[str, dict[str, str]] = {}
    for area, detector, outcome in outcomes.select("area_code", "detector", "outcome").iter_rows():
        if area is not None:
            said.setdefault(area, {})[detector] = found.get((area, detector), outcome)
    columns = ("area_code", "fraud", "lookalike", "births")
    return [
        {"group": group, "fraud": fraud, "lookalike": lookalike, "births": births, "said": said[area]}
        for area, fraud, lookalike, births in world.truth.townships.select(columns).iter_rows()
    ]


def measure(counties: int, cache: Path) -> dict[str, Any]:
    """Counts over counties of three groups; those in the cache are not made again."""
    done = {}
    if cache.exists():
        for line in cache.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            done[row["group"], row["seed"]] = row["townships"]
    cache.parent.mkdir(parents=True, exist_ok=True)
    townships: list[dict[str, Any]] = []
    plan = [("honest", counties), ("falsified", counties), ("half", counties // 2), ("other", counties // 2)]
    with cache.open("a", encoding="utf-8") as file:
        for seed in range(counties):
            for group, most in plan:
                if seed >= most:
                    continue
                if (group, seed) not in done:
                    done[group, seed] = measure_county(group, seed)
                    file.write(json.dumps({"group": group, "seed": seed, "townships": done[group, seed]}) + "\n")
                    file.flush()
                townships += done[group, seed]
    return summary(townships, dict(plan))


def summary(townships: list[dict[str, Any]], plan: dict[str, int]) -> dict[str, Any]:
    """Counts by detector in honest townships, and by kind of falsification."""
    honest = [row for row in townships if row["fraud"] is None and row["group"] != "other"]
    detectors = {name: dict(sorted(Counter(row["said"][name] for row in honest).items())) for name in honest[0]["said"]}
    severe = ("medium", "high")
    power: dict[str, dict[str, list[int]]] = {}
    others: dict[str, dict[str, list[int]]] = {}  # kind -> detector -> townships flagged, medium or high, judged, all
    for row in townships:
        if row["fraud"] is None:
            continue
        said = row["said"]
        if row["fraud"] in FOUND_BY:
            tally = power.setdefault(row["group"], {}).setdefault(row["fraud"], [0, 0, 0])
            tally[0] += said[FOUND_BY[row["fraud"]]] in severe
            tally[1] += any(value in severe for value in said.values())
            tally[2] += 1
        if row["group"] in ("falsified", "other"):
            for name, value in said.items():
                counted = others.setdefault(row["fraud"], {}).setdefault(name, [0, 0, 0, 0])
                counted[0] += value in ("low", *severe)
                counted[1] += value in severe
                counted[2] += value not in ("not_estimable", "not_applicable")
                counted[3] += 1
    alarms = {}
    groups = {
        "honest counties": lambda row: row["group"] == "honest",
        "honest townships of falsified counties": lambda row: row["group"] != "honest",
        "registration drives": lambda row: row["lookalike"] == "registration_drive",
        "real effort near targets": lambda row: row["lookalike"] == "real_effort",
    }

    for name, chosen in groups.items():
        part = [row for row in honest if chosen(row)]
        flagged = sum(any(value in severe for value in row["said"].values()) for row in part)
        alarms[name] = [flagged, sum("high" in row["said"].values() for row in part), len(part)]
    return {"counties": plan, "alarms": alarms, "detectors": detectors, "power": power, "kinds": others}


def document() -> str:
    """docs/detectors.md: every detector from its card, with what was measured."""
    measured = json.loads(AREA.read_text(encoding="utf-8")) if AREA.exists() else None
    lines = [INTRODUCTION]
    if measured:
        lines += _measured(measured)
    if ROWS.exists():
        lines += ["## Detectors of rows, completeness and timeliness: measured", "", ROWS.read_text(encoding="utf-8").strip(), ""]
    for family in FAMILIES:
        own = [card for card in cards().values() if card.family == family]
        if own:
            lines += [f"## {catalogue('en').code('family', family)} · {catalogue('zh').code('family', family)}", ""]
        for card in own:
            lines += _card(card, measured)
    return "\n".join(lines).rstrip() + "\n"


def _card(card: Any, measured: dict[str, Any] | None) -> list[str]:
    english, chinese = catalogue("en"), catalogue("zh")
    text = {part: english.text(f"card.{card.detector}.{part}") for part in ("title", "finds", "method", "limits")}
    lines = [
        f"### {card.code} · {text['title']} · {chinese.text(f'card.{card.detector}.title')}",
        "",
        f"`detectors/{card.detector}.py`; findings {', '.join(card.finding_codes)}.",
        "",
        text["finds"],
        "",
        "**Method.** " + " ".join(text["method"].split("\n")),
        "",
        f"**Source.** {card.source}.",
        "",
        f"**Does not show.** {text['limits']}",
        "",
        "**Innocent explanations**",
        "",
        *[f"- {line}" for line in english.series(f"card.{card.detector}.innocent")],
        "",
        "**What to check next**",
        "",
        *[f"- {line}" for line in english.series(f"card.{card.detector}.next")],
        "",
    ]
    said = (measured or {}).get("detectors", {}).get(card.detector)
    if said:
        tested = sum(n for key, n in said.items() if key not in ("not_estimable", "not_applicable"))
        severe = said.get("medium", 0) + said.get("high", 0)
        lines += [
            f"**Measured** on {sum(said.values())} honest townships: flagged medium or high {_share(severe, tested)}, low "
            f"{_share(said.get('low', 0), tested)}; not estimable {_share(said.get('not_estimable', 0), sum(said.values()))}.",
            *_power(card.detector, measured or {}),
            "",
        ]
    elif measured:
        where = "*Under stress* in [calibration.md](calibration.md)" if card.detector == "assumptions" else "the tables above"
        lines += [f"**Measured**: see {where}.", ""]
    return lines


def _power(detector: str, measured: dict[str, Any]) -> list[str]:
    """Lines on what the detector finds: its own kind, and others that it finds in three townships of ten or more."""
    lines = []
    for kind, tallies in measured.get("kinds", {}).items():
        flagged, severe, judged, total = tallies.get(detector, [0, 0, 0, 0])
        own = detector in (FOUND_BY.get(kind), OTHER_FOUND_BY.get(kind))
        if judged and (own or flagged >= 0.3 * judged):
            what = SIZES.get(kind) or OTHER_SIZES[kind]
            lines.append(
                f"Power, {what}: flagged {_share(flagged, judged)}, of them medium or high {severe}; "
                f"not estimable {total - judged} of {total}."
            )
        elif own:
            lines.append(f"Power, {SIZES.get(kind) or OTHER_SIZES[kind]}: not estimable in all of {total} townships.")
    return lines


def _measured(measured: dict[str, Any]) -> list[str]:
    counties = measured["counties"]
    lines = [
        "## Rates and fabrication: measured",
        "",
        f"`python benchmarks/detector_rates.py --counties {counties['honest']}`: {counties['honest']} honest counties, "
        f"{counties['falsified']} with falsifications of full size and {counties['half']} of half size, 5 to 38 townships each",
        "(`benchmarks/calibration.py`), with protected counts drawn from the truth, missed links and the gate's noise. The same",
        "through the whole pipeline: [calibration.md](calibration.md).",
        "",
        "| honest townships | flagged medium or high by any detector | high | townships |",
        "|---|---|---|---|",
    ]
    for name, (flagged, high, total) in measured["alarms"].items():
        lines.append(f"| {name} | {_share(flagged, total)} | {_share(high, total)} | {total} |")
    lines += ["", "| falsification | size | found by its detector | by any | half the size | n |", "|---|---|---|---|---|---|"]
    for kind, size in SIZES.items():
        own, anyhow, total = measured["power"]["falsified"].get(kind, [0, 0, 0])
        half, _, of = measured["power"].get("half", {}).get(kind, [0, 0, 0])
        lines.append(f"| {kind} | {size} | {_share(own, total)} | {_share(anyhow, total)} | {_share(half, of)} | {total}, {of} |")
    lines += ["", "| error, asked for one by one | size | found by its detector, any severity | townships judged, all |"]
    lines += ["|---|---|---|---|"]
    for kind, size in OTHER_SIZES.items():
        flagged, _, judged, total = measured.get("kinds", {}).get(kind, {}).get(OTHER_FOUND_BY[kind], [0, 0, 0, 0])
        lines.append(f"| {kind} | {size} | {_share(flagged, judged)} | {judged}, {total} |")
    return [*lines, ""]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} % ({part})" if whole else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--counties", type=int, default=0, help="measure on so many honest and falsified counties, half as many of half size"
    )
    parser.add_argument("--write", action="store_true", help="write docs/detectors.md")
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    parser.add_argument("--cache", type=Path, default=home / "hecha" / "detectors.jsonl")
    given = parser.parse_args()
    if given.counties:
        AREA.write_text(json.dumps(measure(given.counties, given.cache), indent=1) + "\n", encoding="utf-8")
    if given.write:
        DOCUMENT.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
