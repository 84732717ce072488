"""A simulated county has what it says it has."""

import numpy as np
import polars as pl
import pytest

from audit.demo import Sizes, World, simulate
from audit.demo.identity import check_character
from audit.demo.people import be_born
from audit.demo.places import FOREIGN, settle
from audit.demo.presence import known
from audit.demo.tables import populations


@pytest.fixture(scope="module")
def county() -> World:
    return simulate(11)


def _dates(texts: pl.Series) -> pl.Series:
    digits = texts.str.replace_all(r"\D+", "-").str.strip_chars("-")
    parts = digits.str.split("-")
    padded = [
        "".join(part.zfill(2) for part in p) if len(p) == 3 else p[0]
        for p in parts.to_list()
    ]  # fmt: skip
    return pl.Series("date", padded).str.to_date("%Y%m%d")


def test_default_county_has_about_12500_births_in_12_townships(county: World) -> None:
    assert county.truth.townships.height == 12
    assert 11_500 < county.truth.births.height < 13_800
    assert set(county.sources) == {"registry", "household", "immunisation"}


def test_truth_counts_distinct_real_births(county: World) -> None:
    real = county.truth.registry.filter(pl.col("birth") >= 0)["birth"].n_unique()
    assert real == county.truth.completeness()["registered"][0] == county.truth.townships["registered"].sum()
    rows = county.rows["registry"]
    assert (rows == county.truth.registry["birth"].to_numpy()).all()
    assert county.sources["registry"]["登记编号"].to_list() == county.truth.registry["record_id"].to_list()


def test_poor_townships_register_fewer_births() -> None:
    towns = simulate(1, townships=24, births=(200, 300)).truth.townships
    means = dict(towns.group_by("group").agg(pl.col("completeness").mean()).iter_rows())
    assert means["poor"] < 0.85 < 0.88 < means["good"]


def test_twins_share_day_mother_and_village_and_some_have_placeholder_names(county: World) -> None:
    twins = county.truth.births.filter("twin")
    assert 0.015 < twins.height / county.truth.births.height < 0.03
    rows = county.sources["registry"].with_columns(birth=county.rows["registry"]).join(twins, on="birth")
    assert rows.height > 100
    names = rows["子女姓名"]
    assert names.str.contains("宝|毛毛|某").mean() > 0.05


def test_siblings_have_one_mother_at_different_times(county: World) -> None:
    rows = county.sources["registry"].with_columns(birth=county.rows["registry"]).filter(pl.col("birth") >= 0).unique("birth")
    mothers = (
        rows.filter(pl.col("母亲身份证号").str.len_chars() == 18)
        .group_by("母亲身份证号")
        .agg(pl.col("birth").n_unique().alias("n"))
    )
    assert 0.05 < (mothers["n"] > 1).mean() < 0.3


def test_identity_numbers_begin_with_69_and_are_mostly_right(county: World) -> None:
    numbers = county.sources["household"]["公民身份号码"]
    numbers = numbers.filter(numbers.str.len_chars() == 18)
    assert (numbers.str.slice(0, 2) == "69").all()
    body = numbers.str.slice(0, 17).cast(pl.Int64).to_numpy()
    right = check_character(body) == numbers.str.slice(17).to_numpy()
    assert 0.97 < right.mean() < 1


def test_missing_numbers_lie_between_15_and_45_percent() -> None:
    for seed in range(3):
        numbers = simulate(seed, townships=5, births=(200, 300)).sources["registry"]["公民身份号码"]
        missing = (numbers.str.len_chars() < 15).mean()
        assert 0.13 < missing < 0.47


def test_mothers_have_15_digit_numbers_and_gaps(county: World) -> None:
    lengths = county.sources["registry"]["母亲身份证号"].str.strip_chars().str.len_chars()
    assert 0.01 < (lengths == 15).mean() < 0.06
    assert 0.02 < (county.sources["registry"]["母亲姓名"].is_in(["", "无", "不详", "/", "-"])).mean() < 0.08


def test_references_hold_foreign_children_duplicates_and_other_years(county: World) -> None:
    for name in ("household", "immunisation"):
        frame, birth = county.sources[name], county.rows[name]
        assert 0.005 < frame["乡镇"].is_in(FOREIGN).mean() < 0.02
        years = _dates(frame["出生日期"]).dt.year()
        assert 0.005 < (~years.is_between(2018, 2025)).mean() < 0.02
        known = birth[birth >= 0]
        assert 0.005 < 1 - np.unique(known).size / known.size < 0.02
        assert (birth[~years.is_between(2017, 2026).to_numpy()] < 0).all()


def test_register_has_exact_fuzzy_and_year_shifted_second_entries(county: World) -> None:
    again = dict(county.truth.registry["again"].value_counts().iter_rows())
    assert set(again) == {"", "copied", "entered_anew", "year_shifted", "other_township"}
    assert 0.01 < 1 - again[""] / county.truth.registry.height < 0.03
    rows = county.sources["registry"].with_columns(birth=county.rows["registry"], again=county.truth.registry["again"])
    first = rows.filter(pl.col("again") == "").select("birth", day="出生日期")
    shifted = rows.filter(pl.col("again") == "year_shifted").join(first, on="birth")
    apart = (_dates(shifted["出生日期"]) - _dates(shifted["day"])).dt.total_days().abs()
    assert apart.is_between(364, 732).all()


def test_registrations_pile_up_at_the_closing_day(county: World) -> None:
    days = _dates(county.sources["registry"]["登记日期"])
    assert days.max() == pl.Series(["2025-12-31"]).str.to_date()[0]
    closing = (days >= pl.Series(["2025-12-28"]).str.to_date()[0]).sum() / 4
    usual = (days.dt.year() == 2024).sum() / 366
    assert closing > 4 * usual


def test_one_honest_township_registers_in_quarterly_drives(county: World) -> None:
    town = county.truth.townships.filter(pl.col("lookalike") == "registration_drive")["township"][0]
    rows = county.sources["registry"].filter(pl.col("乡镇街道") == town)
    days = _dates(rows["登记日期"])
    assert (days.dt.day().is_between(15, 17) & days.dt.month().is_in([3, 6, 9, 12])).mean() > 0.7


def test_some_populations_never_change() -> None:
    sizes = Sizes(townships=40)
    rng = np.random.default_rng(1)
    figures = populations(settle(sizes, rng), sizes, rng)
    assert 0.05 < (figures == figures[:, :1]).all(axis=1).mean() < 0.5


def test_natural_increase_is_the_difference_up_to_rounding(county: World) -> None:
    gap = county.tables["bureau"].select((pl.col("出生率‰") - pl.col("死亡率‰") - pl.col("自然增长率‰")).abs()).to_series()
    assert gap.max() <= 0.0151
    assert gap.max() > 0.005


def test_deaths_returned_are_2_percent_fewer_than_the_bureaus() -> None:
    world = simulate(1, constant_population=1.0)
    bureau = world.tables["bureau"]
    published = (bureau["死亡率‰"] * bureau["年末人口"] / 1000).sum()
    assert 0.97 < world.tables["returns"]["死亡数"].sum() / published < 0.99


def test_returns_come_late_and_count_some_births_a_month_late(county: World) -> None:
    returns = county.tables["returns"]
    due = (returns["年月"] + "-01").str.to_date().dt.offset_by("1mo")
    late = ((returns["上报日期"].str.to_date() - due).dt.total_days() > 20).mean()
    assert 0.03 < late < 0.1


def test_sex_ratio_is_above_107_on_the_whole() -> None:
    sizes, boys, births = Sizes(), 0, 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        male = be_born(settle(sizes, rng), sizes, rng).male
        boys, births = boys + male.sum(), births + male.size
    assert 1.05 < boys / (births - boys) < 1.11


def test_villages_are_small(county: World) -> None:
    yearly = county.tables["returns"].group_by("乡镇", "村").agg(pl.col("出生数").sum() / 8)["出生数"]
    assert 4 < yearly.median() < 14
    assert (yearly < 6).mean() > 0.1


def test_honest_returns_are_not_smoother_than_chance() -> None:
    world = simulate(3, frauds=())
    cells = world.tables["returns"].with_columns(mean=pl.col("出生数").mean().over("乡镇", "村", pl.col("年月").str.slice(0, 4)))
    cells = cells.filter(pl.col("mean") >= 0.5)
    dispersion = ((cells["出生数"] - cells["mean"]) ** 2 / cells["mean"]).sum() / (cells.height * 11 / 12)
    assert 0.97 < dispersion < 1.06


def test_heterogeneity_and_dependence_make_sources_lean_on_each_other() -> None:
    rng = np.random.default_rng(5)
    people = be_born(settle(Sizes(townships=8, births=(2000, 2500)), rng), Sizes(), rng)

    def odds(**changes: float) -> float:
        a, b = known(people, [np.full(8, 0.85)] * 2, Sizes(**changes), np.random.default_rng(6))
        return float(((a & b).sum() * (~a & ~b).sum()) / ((a & ~b).sum() * (~a & b).sum()))

    assert 0.85 < odds(heterogeneity=0.0) < 1.18
    assert 1.02 < odds(heterogeneity=0.4) < 1.5
    assert odds(heterogeneity=1.5) > 2
    assert odds(heterogeneity=0.0, dependence=4.0) == pytest.approx(4.0, rel=0.2)


def test_a_fed_reference_knows_what_the_register_knows() -> None:
    births = simulate(5, fed=0.9, townships=5, births=(600, 900)).truth.births
    known = births.group_by("registry").agg(pl.col("immunisation").mean())
    shares = dict(known.iter_rows())
    assert shares[True] > shares[False] + 0.02


@pytest.mark.parametrize(("references", "townships", "births"), [(0, 5, (150, 200)), (1, 1, (1200, 1300)), (3, 40, (150, 200))])
def test_any_size_can_be_made(references: int, townships: int, births: tuple[int, int]) -> None:
    world = simulate(2, references=references, townships=townships, births=births, frauds=())
    assert len(world.sources) == references + 1
    assert world.areas["名称"].n_unique() == townships
    assert world.truth.townships["births"].is_between(births[0] - 10, births[1] + 60).all()


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="townships"):
        Sizes(townships=0)
    with pytest.raises(ValueError, match="more frauds"):
        simulate(1, townships=2)
