"""The two doors, end to end."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from audit.linkage import link, release_key, same_birth
from audit.linkage.county import link_county
from expectations.errors import Problems, RefusedError, StageError
from expectations.tables import BIRTHS

MOTHER = ("mother_name", "mother_id_number", "mother_id_valid")
NUMBER = ("id_number", "id_valid")
LACKING = {
    "names": ("name",),
    "numbers": NUMBER,
    "mothers": MOTHER,
    "villages": ("village",),
    "all but the name": (*NUMBER, *MOTHER, "father_name", "village"),
    "all but the number": ("name", *MOTHER, "father_name", "village"),
}


def without(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, BIRTHS[column]).alias(column) for column in columns)


def run(frames: list[pl.DataFrame], county: Any, gate: Any, as_sources: Any) -> dict[str, Any]:
    link(as_sources(frames), same_birth(frames[0]), county.areas, county.window, gate)
    return dict(gate.exact)


@pytest.fixture(scope="module")
def exact(county: Any, as_sources: Any, new_gate: Any) -> dict[str, Any]:
    """Exact counts of the county as it is."""
    return run(county.frames, county, new_gate(), as_sources)


def truth_of(county: Any) -> tuple[int, int]:
    """Births of the register that a reference knows, and births only references know, in the window."""
    references = np.unique(np.concatenate(county.truth[1:]))
    own = np.unique(county.truth[0])
    references, own = references[references >= 0], own[own >= 0]
    return np.intersect1d(own, references).size, np.setdiff1d(references, own).size


def test_the_register_alone_tells_duplicates_from_twins(county: Any) -> None:
    births = same_birth(county.frames[0])
    assert births.dtype == pl.UInt32
    assert births.name == "birth"
    found = pl.DataFrame({"birth": births, "true": county.truth[0]})
    pairs = found.with_row_index().join(found.with_row_index(), how="cross").filter(pl.col("index") < pl.col("index_right"))
    said, true = pairs["birth"] == pairs["birth_right"], pairs["true"] == pairs["true_right"]
    assert (said & true).sum() >= 0.9 * true.sum()
    assert (said & ~true).sum() <= 2


def test_counts_are_close_to_the_truth(county: Any, exact: dict[str, Any]) -> None:
    m, c = truth_of(county)
    assert exact["county"].values["m"][0] == pytest.approx(m, abs=4)
    assert exact["county"].values["c"][0] == pytest.approx(c, abs=6)


def test_invented_rows_are_not_linked(county: Any) -> None:
    linked = link_county(county.frames, same_birth(county.frames[0]).to_numpy())
    nobody = set(linked.of_rows(0)[county.truth[0] < 0].tolist())
    assert not nobody & set(linked.of_rows(1).tolist()) | nobody & set(linked.of_rows(2).tolist())


def test_tables_hold_the_whole_grid_and_add_up(county: Any, exact: dict[str, Any]) -> None:
    assert {name: table.labels.height for name, table in exact.items()} == {
        "county": 1,
        "county_year": 8,
        "county_sex": 2,
        "township": 4,
        "township_year": 32,
        "patterns": 7,
        "linkage": 2,
    }
    for level in ("county_year", "county_sex", "township", "township_year"):
        for value in ("m", "c"):
            assert exact[level].values[value].sum() == exact["county"].values[value].sum()
            assert exact[level].values[value].dtype == np.int64
    patterns = dict(zip(exact["patterns"].labels["pattern"], exact["patterns"].values["count"].tolist(), strict=True))
    assert sum(n for p, n in patterns.items() if p[0] == "0") == exact["county"].values["c"][0]
    assert sum(n for p, n in patterns.items() if p[0] == "1" and "1" in p[1:]) == exact["county"].values["m"][0]


def test_a_birth_counts_where_the_first_reference_has_it(county: Any, exact: dict[str, Any], gate: Any, as_sources: Any) -> None:
    before = exact["township"].values["m"].tolist()
    elsewhere = county.frames[0].with_columns(area_code=pl.lit("690121100"), township=pl.lit("青禾镇"))
    after = run([elsewhere, *county.frames[1:]], county, gate, as_sources)["township"].values["m"].tolist()
    assert sum(abs(x - y) for x, y in zip(before, after, strict=True)) <= 0.02 * sum(before)


def test_births_outside_the_window_are_left_out(county: Any, gate: Any, as_sources: Any) -> None:
    sources = as_sources(county.frames)
    link(sources, same_birth(county.frames[0]), county.areas, (2019, 2025), gate)
    later = gate.exact["county"].values["m"][0]
    link(sources, same_birth(county.frames[0]), county.areas, (2018, 2025), gate)
    by_year = dict(zip(gate.exact["county_year"].labels["birth_year"], gate.exact["county_year"].values["m"].tolist(), strict=True))
    assert later == sum(n for year, n in by_year.items() if year >= 2019)


def test_unknown_sex_stays_in_all_but_the_counts_by_sex(county: Any, gate: Any, as_sources: Any) -> None:
    exact = run([without(frame, "sex") for frame in county.frames], county, gate, as_sources)
    assert exact["county_sex"].values["m"].sum() == 0
    assert exact["county"].values["m"][0] > 1000


def test_the_same_rows_in_any_order_give_the_same_counts_and_key(
    county: Any, exact: dict[str, Any], gate: Any, as_sources: Any
) -> None:
    first = exact["township_year"].values["m"].tolist()
    key = release_key([(source.role, source.frame) for source in county.sources()], county.areas, county.window)
    turned = [frame.sample(fraction=1, shuffle=True, seed=1).with_columns(line=pl.int_range(pl.len())) for frame in county.frames]
    again = run(turned, county, gate, as_sources)
    assert gate.key == key
    assert np.abs(again["township_year"].values["m"] - first).sum() <= 2  # rows of equal weight may change places


def test_the_key_knows_rows_areas_and_window_and_nothing_else(county: Any) -> None:
    sources = [("audited", county.frames[0]), ("reference", county.frames[1])]
    key = release_key(sources, county.areas, county.window)
    renamed = [
        (role, frame.with_columns(record_id=pl.lit("x"), registered_on=pl.lit(dt.date(2020, 1, 1)))) for role, frame in sources
    ]
    assert release_key(renamed, county.areas, county.window) == key
    assert release_key(sources, county.areas, (2018, 2024)) != key
    assert release_key(sources, county.areas.head(3), county.window) != key
    assert release_key(sources[:1], county.areas, county.window) != key
    changed = [sources[0], ("reference", sources[1][1].with_columns(name=pl.col("name").reverse()))]
    assert release_key(changed, county.areas, county.window) != key


def test_a_known_release_is_taken_without_linking(county: Any, as_sources: Any) -> None:
    class Known:
        def recall(self, key: str) -> Any:
            return key

        def release(self, *_: Any) -> Any:
            raise AssertionError("linked again")

    assert len(link(as_sources(county.frames), same_birth(county.frames[0]), county.areas, county.window, Known())) == 64


@pytest.mark.parametrize("lacking", LACKING, ids=str)
def test_sources_that_lack_fields(lacking: str, county: Any, gate: Any, as_sources: Any) -> None:
    m, _ = truth_of(county)
    one = [county.frames[0], without(county.frames[1], *LACKING[lacking]), county.frames[2]]
    assert run(one, county, gate, as_sources)["county"].values["m"][0] == pytest.approx(m, rel=0.02)
    if lacking == "all but the number":
        return  # two rows of three would have a number, and fewer than 1,000 births: refused, as below
    every = [without(frame, *LACKING[lacking]) for frame in county.frames]
    assert run(every, county, gate, as_sources)["county"].values["m"][0] == pytest.approx(m, rel=0.06)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id_number", "690121202001011237"),
        ("mother_name", "李桂兰"),
        ("mother_id_number", "690121199001011234"),
        ("birth_date", dt.date(2020, 1, 1)),
        ("village", "东村"),
        ("name", "王小明"),
    ],
)
def test_one_value_in_half_of_all_rows(column: str, value: Any, county: Any, gate: Any, as_sources: Any) -> None:
    half = pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit(value, BIRTHS[column])).otherwise(pl.col(column)).alias(column)
    exact = run([frame.with_columns(half) for frame in county.frames], county, gate, as_sources)
    assert exact["county"].values["m"][0] == pytest.approx(truth_of(county)[0], rel=0.2)


def test_a_reference_with_every_row_twice_counts_no_birth_twice(
    county: Any, exact: dict[str, Any], gate: Any, as_sources: Any
) -> None:
    once = exact["county"].values
    twice = run([county.frames[0], pl.concat([county.frames[1]] * 2), county.frames[2]], county, gate, as_sources)["county"].values
    assert abs(once["m"][0] - twice["m"][0]) <= 2
    assert abs(once["c"][0] - twice["c"][0]) <= 3


def test_all_rows_alike_are_one_birth(county: Any) -> None:
    frame = pl.concat(
        [county.frames[0].filter(pl.col("name").is_not_null() & pl.col("mother_name").is_not_null()).head(1)] * 20_000
    )
    assert same_birth(frame).n_unique() == 1


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_hardly_any_rows(rows: int, county: Any) -> None:
    frames = [frame.head(rows) for frame in county.frames]
    births = same_birth(frames[0])
    assert len(births) == rows
    assert link_county(frames, births.to_numpy()).births.size >= rows


def test_one_reference_alone_will_do(county: Any, gate: Any, as_sources: Any) -> None:
    exact = run(county.frames[:2], county, gate, as_sources)
    known = np.intersect1d(county.truth[0][county.truth[0] >= 0], county.truth[1]).size
    assert exact["county"].values["m"][0] == pytest.approx(known, abs=4)
    assert exact["patterns"].labels["pattern"].to_list() == ["01", "10", "11"]


def test_small_references_and_small_counties_are_refused(county: Any, gate: Any, as_sources: Any) -> None:
    a, b, c = county.frames
    for frames, code, file in (([a, b.head(490), c], "E-LINK-001", "s1.csv"), ([a.head(900), b, c], "E-LINK-002", "s0.csv")):
        with pytest.raises(RefusedError) as refused:
            link(as_sources(frames), same_birth(frames[0]), county.areas, county.window, gate)
        assert (refused.value.code, refused.value.file, refused.value.line) == (code, file, None)
        assert set(refused.value.params) == {"county", "least"}  # no count of a reference's rows
    dateless = [a, b.with_columns(birth_date=pl.lit(None, pl.Date)), c]
    with pytest.raises(RefusedError):
        link(as_sources(dateless), same_birth(a), county.areas, county.window, gate)
    assert gate.exact == {}


def test_a_list_of_sources_is_emptied_and_the_counts_are_the_same(county: Any, gate: Any, as_sources: Any) -> None:
    """Whoever gives a list lets the rows go while linking lasts; a refusal leaves it as it is."""
    births = same_birth(county.frames[0])
    link(as_sources(county.frames), births, county.areas, county.window, gate)
    kept = gate.exact
    given = list(as_sources(county.frames))
    link(given, births, county.areas, county.window, gate)
    assert given == []
    for name, table in kept.items():
        for value, counts in table.values.items():
            assert counts.tolist() == gate.exact[name].values[value].tolist(), (name, value)
    few = list(as_sources([county.frames[0].head(50), *county.frames[1:]]))
    with pytest.raises(RefusedError):
        link(few, same_birth(few[0].frame), county.areas, county.window, gate)
    assert len(few) == len(county.frames)


def two_counties(county: Any, second: int) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    """The county, and its first rows once more as those of another one."""
    other = {"county": "别县", "area_code": "690199101", "township": "远镇"}
    moved = [pl.lit(value).alias(column) for column, value in other.items()]
    frames = [pl.concat([frame, frame.head(second).with_columns(moved)]) for frame in county.frames]
    return frames, pl.concat([county.areas, pl.DataFrame([other])])


def test_of_several_counties_the_small_ones_are_left_out(county: Any, gate: Any, as_sources: Any) -> None:
    frames, areas = two_counties(county, 300)
    link(as_sources(frames), same_birth(frames[0]), areas, county.window, gate)
    assert gate.exact["county"].labels["county"].to_list() == ["云川县"]
    assert gate.quality["refused"] == {"别县": "county_too_small"}


def test_counties_are_linked_apart(county: Any, gate: Any, as_sources: Any) -> None:
    frames, areas = two_counties(county, 1400)
    births = same_birth(frames[0])
    link(as_sources(frames), births, areas, county.window, gate)
    values = dict(zip(gate.exact["county"].labels["county"], gate.exact["county"].values["m"].tolist(), strict=True))
    assert values["别县"] == pytest.approx(values["云川县"], abs=25)
    first = births.filter(frames[0]["county"] == "云川县")
    assert not set(first) & set(births.filter(frames[0]["county"] == "别县"))


def test_no_county_large_enough_is_one_clear_refusal(county: Any, gate: Any, as_sources: Any) -> None:
    frames, areas = two_counties(county, 100)
    frames = [frame.group_by("county", maintain_order=True).head(200) for frame in frames]
    frames = [frame.select(list(BIRTHS)) for frame in frames]
    with pytest.raises(Problems) as refused:
        link(as_sources(frames), same_birth(frames[0]), areas, county.window, gate)
    assert {problem.code for problem in refused.value.problems} == {"E-LINK-002"}


def test_memory_is_looked_at_first(county: Any) -> None:
    from audit.linkage.limits import check_memory

    with pytest.raises(StageError) as refused:
        check_memory(county.sources(), available=1000)
    assert refused.value.exit_code == 3
    check_memory(county.sources(), available=10**9)


def test_what_a_traceback_would_show_has_no_counts(county: Any, exact: dict[str, Any]) -> None:
    assert repr(exact["county"]) == "ExactTable(1 cells)"
    linked = link_county(county.frames, same_birth(county.frames[0]).to_numpy())
    assert repr(linked) == "Linked(3 sources)"


def test_other_people_in_the_place_of_those_only_references_know_give_the_same_counts(
    county: Any, exact: dict[str, Any], gate: Any, as_sources: Any
) -> None:
    """Identity (DESIGN §1 c), as far as training lets it: names of people the register does not know change next to nothing."""
    own = set(county.truth[0].tolist())
    only = pl.Series([birth not in own for birth in county.truth[2].tolist()])
    frame = county.frames[2]
    swapped = frame.with_columns(name=pl.when(only).then(pl.col("name").str.slice(0, 1) + "祺").otherwise("name"))
    before = exact["county"].values["m"][0]
    after = run([county.frames[0], county.frames[1], swapped], county, gate, as_sources)["county"].values["m"][0]
    assert abs(int(before) - int(after)) <= 1


def test_a_register_without_duplicates_keeps_its_twins(county: Any) -> None:
    """Without duplicates to learn from, training must not take twins and siblings for them."""
    frame = county.frames[0].with_columns(true=pl.Series(county.truth[0])).unique("true", maintain_order=True)
    twins = frame.filter(pl.col("id_number").is_not_null()).head(120)
    serial = pl.col("id_number").str.slice(14, 3).cast(pl.Int64)
    other = pl.concat_str(pl.col("id_number").str.slice(0, 14), ((serial + 2) % 1000).cast(pl.String).str.zfill(3), pl.lit("0"))
    twins = twins.with_columns(
        id_number=other, name=pl.col("name").str.slice(0, 1) + pl.Series(list("安乐康宁福禄寿喜财宝佳美") * 10)
    )
    births = same_birth(pl.concat([frame, twins]).drop("true"))
    assert births.n_unique() >= frame.height + 120 - 3
