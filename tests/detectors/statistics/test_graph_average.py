"""Averaging over graphs: a published posterior, and the refusal to be taken in by it."""

import pytest

from detectors.statistics.graph_average import average_graphs


def test_the_posterior_of_r_dga_is_reproduced_and_refused(vector):
    entry = vector("bma-dga-hav-prior-trap")
    expected = entry["expected"]
    found = average_graphs(entry["inputs"]["histories"])
    assert found.complete == pytest.approx(expected["prob_saturated_model"], abs=0.001)
    assert found.mean == pytest.approx(expected["N_mean"], abs=0.1)
    assert (found.low, found.median, found.high) == (expected["q025"], expected["q50"], expected["q975"])
    assert not found.estimable


def test_lists_that_are_independent_are_estimable():
    """1,000 events, each list at .6, .5, .4: the expected table."""
    p = (0.6, 0.5, 0.4)
    table = {}
    for code in range(1, 8):
        bits = f"{code:03b}"
        share = 1.0
        for bit, q in zip(bits, p, strict=True):
            share *= q if bit == "1" else 1 - q
        table[bits] = round(1000 * share)
    found = average_graphs(table)
    assert found.estimable
    assert found.mean == pytest.approx(1000, rel=0.03)
    assert found.low < 1000 < found.high
