"""One birth more or less: the counts move by no more than is charged, and who sees the release often still cannot be sure."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from audit.disclosure import Gate, ReleaseStore, seeded_sampler
from audit.disclosure.budget import LEVELS
from tests.privacy.linking import distances, exact_counts, held_models

CHARGED = {level.name: level.sensitivity for level in LEVELS}
DRAWS = 150


def without(base, source, row):
    """The same world less one row of a source, and the birth index that goes with it."""
    frame = base.intakes.sources[source].frame
    keep = pl.Series([i != row for i in range(frame.height)])
    sources = tuple(replace(s, frame=frame.filter(keep)) if i == source else s for i, s in enumerate(base.intakes.sources))
    return replace(base.intakes, sources=sources), base.births.filter(keep) if source == 0 else base.births


def neighbours(base, monkeypatch, removals):
    for source, row in removals:
        intakes, births = without(base, source, row)
        with held_models(base.models, monkeypatch):
            yield exact_counts(intakes, base.window, births)[1]


def test_counts_move_as_charged(base, monkeypatch):
    rng = np.random.default_rng(3)
    removals = [(s, int(rng.integers(base.intakes.sources[s].frame.height))) for s in (0, 1, 2) for _ in range(5)]
    moved = [distances(base.exact, other) for other in neighbours(base, monkeypatch, removals)]
    for level, limit in CHARGED.items():
        assert max(m[level] for m in moved) <= limit + 1e-9, level
    assert max(m["patterns"] for m in moved) > 1  # something did move
    assert max(m["township"] for m in moved) > 1


def rows_of_a_release(exact, seed, folder):
    """Every noisy number of a release as it lies on disk, each divided by its standard deviation."""
    store = ReleaseStore(folder)
    Gate(seeded_sampler(seed), store, 2026).release(f"{seed:064x}", ("a", "b", "c"), exact, {})
    content = store.find(f"{seed:064x}", seeded=True)
    return np.concatenate([np.array(content["levels"][v.name][n], dtype=float) / v.sd for v in LEVELS for n in v.values])


def test_an_attacker_with_every_number_often_tells_neighbours_apart_at_most_somewhat(base, monkeypatch, tmp_path):
    """The best test there is (likelihood ratio on all raw noisy numbers), given both worlds' exact counts: AUC at most 0.80."""
    registered = next(i for i in range(500) if base.births.to_list().count(base.births[i]) == 1)
    other = max(
        neighbours(base, monkeypatch, [(0, registered), (0, registered + 1), (0, registered + 2), (1, 5), (2, 9)]),
        key=lambda exact: sum(d**2 / CHARGED[name] ** 2 for name, d in distances(base.exact, exact).items()),
    )
    shift = np.concatenate([(other[v.name].values[n] - base.exact[v.name].values[n]) / v.sd for v in LEVELS for n in v.values])
    assert np.any(shift)
    scores = [
        [float(rows_of_a_release(exact, seed, tmp_path / f"{which}{seed}") @ shift) for seed in range(first, first + DRAWS)]
        for which, exact, first in (("a", base.exact, 0), ("b", other, 10_000))
    ]
    auc = stats.mannwhitneyu(scores[1], scores[0]).statistic / DRAWS**2
    error = np.sqrt(auc * (1 - auc) / DRAWS)  # of the measured AUC, roughly
    assert auc <= 0.80 + 3 * error
    # and by theory, for the worst neighbour that is charged for
    assert stats.norm.cdf(np.sqrt(2 * 0.5) / np.sqrt(2)) <= 0.80
    assert auc == pytest.approx(stats.norm.cdf(np.linalg.norm(shift) / np.sqrt(2)), abs=4 * error)
