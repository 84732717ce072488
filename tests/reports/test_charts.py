"""Specifications that Altair itself accepts, and what the drawings show."""

import polars as pl
import pytest

from reports.charts import caterpillar, draw, funnel, histogram, labels, months
from reports.county import County, counties
from reports.words import Words
from tests.reports import worlds


@pytest.fixture(scope="module")
def county() -> County:
    return counties(worlds.county(4))[0]


@pytest.fixture(scope="module")
def words() -> Words:
    return Words("zh", 10, "zh")


def bars(county: County) -> list[caterpillar.Bar]:
    return [caterpillar.Bar(town.name, town.coverage, index == 0) for index, town in enumerate(county.townships)]


def test_every_specification_passes_altairs_own_check(county: County, words: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "check_specifications", True)
    assert caterpillar.caterpillar(bars(county), county.coverage, 0.9, words, 600)["layer"]
    assert funnel.funnel(county, words, 860)["layer"]
    assert histogram.histogram(words)["layer"]
    assert len(months.small_multiples(county)) == 4


def test_a_missing_month_is_a_gap_not_a_zero(county: County) -> None:
    drawn = dict(months.small_multiples(county))
    line = {code: next(part for part in svg.split("<path") if 'stroke="var(--data)"' in part) for code, svg in drawn.items()}
    assert line["690121103"].count("M") == 2
    assert line["690121101"].count("M") == 1


def test_a_bin_begins_at_the_target(county: County) -> None:
    row = county.figures.filter(pl.col("figure") == "indicator_values").head(1)
    values = pl.concat([row.with_columns(x=pl.lit(x), target=pl.lit(90.0)) for x in (89.9, 90.0, 90.9, 91.0, 30.0)])
    small = County(**{**vars(county), "figures": values})
    counts = histogram.binned(small)
    assert dict(zip(counts["bin"], counts["count"], strict=True)) == {-15: 1, -1: 1, 0: 2, 1: 1}
    assert histogram.sides(counts) == (1, 2)


def test_not_estimable_is_drawn_hollow_with_its_reason(words: Words) -> None:
    county = counties(worlds.county(2))[0]
    first = county.townships[0]
    assert first.coverage is not None
    first.coverage.update(completeness=None, completeness_low=None, completeness_high=None, reason="noise")
    svg = draw.svg(caterpillar.caterpillar(bars(county), county.coverage, 0.9, words, 600), 600)
    assert "无法判断（数量与保护性噪声相当，无法分辨）" in svg
    assert 'stroke="var(--muted)"' in svg


def test_axis_is_never_cut_below_an_interval(county: County) -> None:
    low, high = caterpillar.domain(bars(county), 0.9)
    for town in county.townships:
        assert town.coverage is not None
        assert low <= town.coverage["completeness_low"] * 100
        assert town.coverage["completeness_high"] * 100 <= high


def test_long_and_equal_names_stay_apart() -> None:
    run = worlds.renamed(worlds.county(2), worlds.LONG_NAME)
    labels = counties(run)[0].labels()
    assert len(set(labels.values())) == 2
    assert all(len(label) <= 16 for label in labels.values())


def test_limits_are_dashed_dotted_and_whole_and_points_outside_are_named(county: County, words: Words) -> None:
    out = (pl.col("figure") == "birth_rate_funnel") & (pl.col("area_code") == county.townships[1].area_code)
    figures = county.figures.with_columns(flagged=pl.when(out).then(True).when(pl.col("figure") == "birth_rate_funnel").then(False))
    svg = draw.svg(funnel.funnel(County(**{**vars(county), "figures": figures}), words, 860), 860)
    assert {dash for dash in ("2,3", "6,4") if f'stroke-dasharray="{dash}"' in svg} == {"2,3", "6,4"}
    assert 'stroke-width="1.7"' in svg  # the limits that allow for overdispersion
    assert svg.count(f">{county.townships[1].name}</text>") == 2  # once in paper, once in ink
    assert not any(f">{town.name}</text>" in svg for town in county.townships if town != county.townships[1])


def test_names_keep_off_each_other_the_points_and_the_edge() -> None:
    named = [(95.0, 50.0, "东华镇"), (90.0, 52.0, "西岭乡"), (60.0, 50.0, "南河镇")]
    chosen = labels.sides(named, [(50.0, 50.0)], 100, 100)
    assert chosen.count("none") < len(chosen)
    boxes = [labels._box(x, y, name, side) for (x, y, name), side in zip(named, chosen, strict=True) if side != "none"]
    for at, box in enumerate(boxes):
        assert labels._fits(box, boxes[:at] + boxes[at + 1 :], 100, 100)
    assert labels.sides([(5.0, 5.0, "很长的乡镇名称")], [], 40, 20) == ["none"]


def test_numbers_beside_the_target_stand_over_the_bars() -> None:
    rows = pl.DataFrame({"bin": [-3, -2, -1, 0, 1, 2, 3], "count": [9, 40, 10, 12, 30, 8, 99]})
    assert {row["left"]: row["over"] for row in histogram.values(rows) if row["near"]} == {-1.0: 40, 0.0: 30}
