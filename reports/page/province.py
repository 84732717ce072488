"""The page over many counties: which cannot be relied on and why, in the order of the campaign, each linked to its own page."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from expectations.codes import SEVERITIES
from reports.charts import caterpillar
from reports.charts.draw import svg
from reports.county import County, Row
from reports.page.answer import Answer, Tile, is_doubtful
from reports.page.figures import NARROW, WIDE
from reports.page.parts import Cell, Figure, Picture, Table
from reports.page.sections import signs
from reports.words import Words

_REASONS: Final = 5  # kinds of finding named in a county's row


@dataclass(frozen=True)
class Brief:
    """What the page says of one county; a province's counties are not held in rows all at once.

    Attributes:
        name, record, coverage: as in ``County``.
        townships: how many.
        figures: findings that are about figures, not about rows.
        rows: how many findings are about rows.
        unclear: outcomes of townships that are *not estimable*.
    """

    name: str
    record: Row
    coverage: Row | None
    townships: int
    figures: list[Row]
    rows: int
    unclear: int

    @classmethod
    def of(cls, county: County) -> "Brief":
        """The county in brief."""
        figures = [finding for finding in county.findings if finding["subject"] != "row"]
        unclear = sum(outcome["outcome"] == "not_estimable" for town in county.townships for outcome in town.outcomes)
        rows = len(county.findings) - len(figures)
        return cls(county.name, county.record, county.coverage, len(county.townships), figures, rows, unclear)


def province_answer(counties: list[Brief], words: Words) -> Answer:
    """How many counties lie below the target, where figures look wrong, what could not be judged. Sums only of exact counts."""
    twice = counties[0].record.get("registered_twice") or {"births": 0, "counted_twice": 0}
    registered = sum(county.coverage["registered"] for county in counties if county.coverage) - twice["counted_twice"]
    below = [county for county in counties if is_below(county)]
    unknown = [county for county in counties if not county.coverage or county.coverage["completeness"] is None]
    doubtful = [county for county in counties if any(is_doubtful(finding) for finding in county.figures)]
    target = words.percent(counties[0].record["campaign"]["targets"]["completeness"], 0)
    said = {"counties": len(counties), "registered": words.number(registered), "target": target}
    sentences = [
        words.say("province.completeness", below=len(below), unknown=len(unknown), **said),
        words.say("province.doubtful", number=len(doubtful)),
        words.say("province.silence"),
    ]
    if twice["births"]:
        sentences.insert(1, words.say("province.twice", number=words.number(twice["births"])))
    tiles = [
        Tile(words.say("tile.registered"), words.number(registered), words.say("tile.registered.note")),
        Tile(words.say("province.below"), str(len(below)), words.say("province.of", all=len(counties))),
        Tile(words.say("province.doubt"), str(len(doubtful)), words.say("province.of", all=len(counties))),
        Tile(words.say("tile.not_estimable"), str(len(unknown)), words.say("province.unknown")),
    ]
    return Answer(sentences, tiles)


def is_below(county: Brief) -> bool:
    """Whether the county's whole interval lies below the target."""
    row = county.coverage
    return bool(
        row and row["completeness"] is not None and row["completeness_high"] < county.record["campaign"]["targets"]["completeness"]
    )


def province_chart(counties: list[Brief], words: Words) -> Figure:
    """Completeness of every county with its interval."""
    target = counties[0].record["campaign"]["targets"]["completeness"]
    bars = [caterpillar.Bar(county.name[:14], county.coverage, is_below(county)) for county in counties]
    below = [county.name for county in counties if is_below(county)]
    said = {"target": words.percent(target, 0), "all": len(counties), "number": len(below)}
    caption = words.say("province.chart.below" if below else "province.chart.fine", **said)
    low, high = caterpillar.domain(bars, target)
    key = [(name, words.say(f"key.{name}")) for name in ("estimate", "unknown", "target")]
    key.insert(1, ("flagged", words.say("key.below")))
    note = words.say("province.chart.scale", low=f"{low:g}", high=f"{high:g}")
    pictures = [Picture(*(svg(caterpillar.caterpillar(bars, None, target, words, wide), wide) for wide in (WIDE, NARROW)))]
    return Figure("province-chart", words.say("province.chart"), caption, pictures, key, None, "coverage.csv", note)


def county_table(counties: list[Brief], pages: dict[str, str], words: Words) -> Table:
    """One row per county: what it registers, how complete, what was found, and why it cannot be relied on."""
    numbers = ("registered", "completeness", "completeness_interval", "townships_below")
    columns = [(words.say("page.county"), False), *((words.say(f"column.{name}"), True) for name in numbers)]
    columns += [(words.code("severity", severity), True) for severity in reversed(SEVERITIES)]
    columns += [
        (words.say("column.row_findings"), True),
        (words.code("outcome", "not_estimable"), True),
        (words.say("column.why"), False),
    ]
    rows = [[Cell(county.name, link=pages[county.name]), *_figures(county, words), *_found(county, words)] for county in counties]
    return Table("counties-table", words.say("table.counties"), columns, rows, sortable=True)


def _figures(county: Brief, words: Words) -> list[Cell]:
    row = county.coverage
    dash = Cell("—", kind="none")
    if row is None:
        return [dash] * 4
    known = row["completeness"] is not None
    share = Cell(words.percent(row["completeness"]), row["completeness"], round(row["completeness"] * 100)) if known else None
    below = len({finding["area_code"] for finding in county.figures if finding["code"] == "CMP-LOW"})
    return [
        Cell(words.number(row["registered"]), row["registered"]),
        share or Cell(words.why_not(row["reason"]), kind="none"),
        Cell(words.bare_interval(row["completeness_low"], row["completeness_high"]), row["completeness_low"]),
        Cell(words.say("out_of", number=below, all=county.townships), below),
    ]


def _found(county: Brief, words: Words) -> list[Cell]:
    counts = [Cell(words.number(number), number) for number in (county.rows, county.unclear)]
    return [*signs(county.figures), *counts, Cell(_why(county, words))]


def _why(county: Brief, words: Words) -> str:
    """The kinds of finding behind it, medium or high, with the number of townships each concerns."""
    where: dict[str, set[str]] = defaultdict(set)
    for finding in county.figures:
        if finding["severity"] != "low":
            where[finding["detector"]].add(finding["area_code"] or "")
    order = [entry["detector"] for entry in county.record["detectors"] if entry["detector"] in where]
    named = [words.say("why", title=words.title(name), number=len(where[name])) for name in order[:_REASONS]]
    return words.say("semicolon").join(named) or words.say("why.nothing")
