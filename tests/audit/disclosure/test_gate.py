"""The gate: what goes in exact comes out with noise, adds up, and is the same again for the same inputs."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from audit.disclosure import Gate, ReleaseStore, opendp_sampler, seeded_sampler
from audit.disclosure.budget import LEVELS
from expectations.protected import COUNTS, LINKAGE, PATTERNS

SOURCES = ("registry", "household", "immunisation")


@pytest.fixture
def gate(tmp_path):
    return Gate(opendp_sampler(), ReleaseStore(tmp_path / "releases"), 2026)


def test_a_release_has_the_declared_form(gate, county, key):
    protected = gate.release(key, SOURCES, county(), {"pairs": []})
    assert protected.counts.schema == COUNTS
    assert protected.patterns.schema == PATTERNS
    assert protected.linkage.schema == LINKAGE
    assert protected.sources == SOURCES
    assert protected.release.rho_total <= 0.5
    assert protected.release.epsilon == pytest.approx(5.75, abs=0.02)
    assert set(protected.release.sd) == {level.name for level in LEVELS}
    assert not protected.release.seeded


def test_levels_add_up_in_every_county(gate, county, key):
    counts = gate.release(key, SOURCES, county(counties=("云川县", "海原县")), {}).counts
    for (_,), own in counts.group_by("county"):
        total = own.filter(pl.col("level") == "county")
        for value in ("m", "c"):
            for level in ("county_year", "township", "township_year"):
                assert own.filter(pl.col("level") == level)[value].sum() == pytest.approx(total[value].item())
        by_year = own.filter(pl.col("level") == "township_year").group_by("area_code").agg(pl.col("m").sum())
        townships = own.filter(pl.col("level") == "township").join(by_year, on="area_code")
        assert np.allclose(townships["m"], townships["m_right"])


def test_the_same_key_gives_the_same_release_even_for_other_counts(gate, county, key):
    first = gate.release(key, SOURCES, county(1), {"a": 1})
    again = gate.release(key, SOURCES, county(2), {"a": 2})
    assert again.counts.equals(first.counts)
    assert again.patterns.equals(first.patterns)
    assert again.quality == {"a": 1}
    assert again.release == first.release
    recalled = gate.recall(key)
    assert recalled is not None
    assert recalled.counts.equals(first.counts)


def test_another_key_is_another_draw_and_is_counted(gate, county, key):
    first = gate.release(key, SOURCES, county(), {})
    second = gate.release("cd" * 32, SOURCES, county(), {})
    assert not second.counts.equals(first.counts)
    assert second.release.releases_so_far == 2
    assert second.release.rho_so_far == pytest.approx(2 * first.release.rho_total, abs=2e-4)


def test_counts_near_zero_are_not_clipped(gate, county, key):
    counts = gate.release(key, SOURCES, county(mean=0.0, townships=30), {}).counts
    assert counts["m"].min() < 0
    assert counts["c"].min() < 0


def test_noise_left_matches_its_declared_sd(tmp_path, county):
    """The reconciled counts scatter around the exact ones as their sd column says."""
    exact = county(townships=8)
    true = exact["township"].values["m"].astype(float)
    order = np.argsort(exact["township"].labels["area_code"].to_numpy())
    scaled = []
    for i in range(60):
        gate = Gate(seeded_sampler(i), ReleaseStore(tmp_path / str(i)), 2026)
        own = gate.release(f"{i:064x}", SOURCES, exact, {}).counts.filter(pl.col("level") == "township").sort("area_code")
        scaled.append((own["m"].to_numpy() - true[order]) / own["m_sd"].to_numpy())
    assert np.std(scaled) == pytest.approx(1.0, abs=0.12)
    assert abs(np.mean(scaled)) < 0.15


def test_a_release_keeps_no_exact_count(tmp_path, county, key):
    """With noise of a known size added to a marker count, the marker itself is nowhere on disk."""

    def shift(exact, sd):
        return exact + 5

    exact = county(mean=0.0)
    exact["county"].values["m"][:] = 7_654_321
    Gate(shift, ReleaseStore(tmp_path / "releases"), 2026).release(key, SOURCES, exact, {})
    written = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file())
    assert "7654321" not in written
    assert "7654326" in written


def test_seeded_releases_are_marked_and_kept_apart(tmp_path, county, key):
    store = ReleaseStore(tmp_path / "releases")
    seeded = Gate(seeded_sampler(1), store, 2026).release(key, SOURCES, county(), {})
    real = Gate(opendp_sampler(), store, 2026).release(key, SOURCES, county(), {})
    assert seeded.release.seeded
    assert not real.release.seeded
    assert not real.counts.equals(seeded.counts)
    assert real.release.releases_so_far == 1


@pytest.mark.parametrize("damage", ["missing", "floats", "short", "cell", "pattern"])
def test_tables_that_are_not_as_promised_are_refused(gate, county, key, damage):
    exact = county()
    if damage == "missing":
        del exact["patterns"]
    elif damage == "floats":
        exact["county"] = dataclasses.replace(exact["county"], values={"m": np.array([1.5]), "c": np.array([1.5])})
    elif damage == "short":
        exact["township"].values["m"] = exact["township"].values["m"][:-1]
    elif damage == "cell":  # an empty township-year left out would tell that it is empty
        table = exact["township_year"]
        exact["township_year"] = dataclasses.replace(
            table, labels=table.labels[:-1], values={k: v[:-1] for k, v in table.values.items()}
        )
    else:
        table = exact["patterns"]
        exact["patterns"] = dataclasses.replace(table, labels=table.labels[1:], values={"count": table.values["count"][1:]})
    with pytest.raises(ValueError, match=r"missing|int64|grid"):
        gate.release(key, SOURCES, exact, {})


def test_more_than_ten_releases_of_a_year_are_said(gate, county):
    for i in range(10):
        gate.release(f"{i:064x}", SOURCES, county(townships=1), {})
        assert gate.many_releases is None
    gate.release(f"{10:064x}", SOURCES, county(townships=1), {})
    assert gate.many_releases == (11, 11)


def test_another_year_in_the_campaign_file_does_not_hide_releases(tmp_path, county):
    """A year is only what the campaign file says: ten releases a year, in two years, are twenty of the same births."""
    store = ReleaseStore(tmp_path / "releases")
    for i in range(12):
        gate = Gate(seeded_sampler(1), store, 2026 + i % 2)
        release = gate.release(f"{i:064x}", SOURCES, county(townships=1), {}).release
    assert gate.many_releases == (12, 6)
    assert (release.releases_so_far, release.releases_all_years) == (6, 12)
    assert release.rho_all_years == pytest.approx(12 * release.rho_total, abs=2e-3)


def without_noise(exact, sd):
    return exact.copy()


def shuffled(table, seed):
    order = np.random.default_rng(seed).permutation(table.labels.height)
    return dataclasses.replace(table, labels=table.labels[order], values={name: v[order] for name, v in table.values.items()})


def test_counts_stay_with_their_cells_whatever_order_the_tables_come_in(tmp_path, county, key):
    """A township's count under another township's name would accuse the wrong office."""
    exact = county(townships=7)
    made = []
    for number, tables in enumerate((exact, {name: shuffled(table, 3) for name, table in exact.items()})):
        gate = Gate(without_noise, ReleaseStore(tmp_path / str(number)), 2026)
        made.append(gate.release(key, SOURCES, tables, {}))
    assert made[0].counts.equals(made[1].counts)
    assert made[0].patterns.equals(made[1].patterns)
    assert made[0].linkage.equals(made[1].linkage)
    township = made[0].counts.filter(pl.col("level") == "township")
    wanted = exact["township"].labels.with_columns(m=pl.Series(exact["township"].values["m"]))
    joined = township.join(wanted, on="area_code", suffix="_exact")
    assert joined.height == 7
    assert joined["m"].to_list() == pytest.approx(joined["m_exact"].to_list())
    assert made[0].release.id == key[:16]
