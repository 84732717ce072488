"""Corrections for linkage error: identities of the models, and their direction."""

import pytest

from detectors.statistics import linkage_error as link
from detectors.statistics.two_lists import lincoln_petersen


def test_ding_fienberg(vector):
    entry = vector("linkage-ding-fienberg-1")
    n1, n2, links, alpha, beta = (entry["inputs"][k] for k in ("n1", "n2", "m_observed", "alpha", "beta"))
    assert lincoln_petersen(n1, n2, links) == pytest.approx(entry["expected"]["N_naive"])
    assert link.ding_fienberg(n1, n2, links, alpha, beta) == pytest.approx(entry["expected"]["N_corrected"])


def test_di_consiglio_tuoto_and_the_form_by_precision_and_recall(vector):
    entry = vector("linkage-diconsiglio-tuoto-1")
    n1, n2, links, alpha, beta = (entry["inputs"][k] for k in ("n1", "n2", "m_observed", "alpha", "beta"))
    expected = entry["expected"]
    assert link.di_consiglio_tuoto(n1, n2, links, alpha, beta) == pytest.approx(expected["N_corrected"])
    corrected = link.events_from_links(n1, n2, links, expected["precision"], expected["recall"])
    assert corrected == pytest.approx(expected["N_from_precision_recall"])


def test_missed_links_accuse_and_false_links_excuse(vector):
    entry = vector("linkage-direction")
    inputs, expected = entry["inputs"], entry["expected"]
    n1, n2, true = inputs["n1"], inputs["n2"], inputs["true_matches"]
    missed = true * inputs["cases"][0]["alpha"]
    false = true + inputs["cases"][1]["beta"] * (n1 - true)
    assert lincoln_petersen(n1, n2, missed) == pytest.approx(expected["N_naive_missed_links"])
    assert lincoln_petersen(n1, n2, false) == pytest.approx(expected["N_naive_false_links"])


def test_clerical_review(vector):
    entry = vector("clerical-stratified")
    inputs, expected = entry["inputs"], entry["expected"]

    def strata(name):
        return [(s["size"], s["sample"], s["true"]) for s in inputs[name]]

    review = link.clerical_review(strata("linked_strata"), strata("unlinked_candidate_strata"))
    assert review.true == pytest.approx(expected["true_links"])
    assert review.precision == pytest.approx(expected["precision"])
    assert review.missed == pytest.approx(expected["missed"])
    assert review.recall == pytest.approx(expected["recall"])
    assert review.recall_low < review.recall < review.recall_high
    assert 0 < review.precision_se < 0.02


def test_the_far_stratum_ruins_recall():
    """0 true of 400 sampled from 500,000 pairs still allows thousands of missed links."""
    review = link.clerical_review([(6000, 300, 300)], [(500_000, 400, 0)])
    assert review.recall == 1.0
    assert review.recall_low < 0.65
    assert review.precision_se > 0


@pytest.mark.parametrize(("links", "recall", "false"), [(100, 0.1, 0.2), (10, 0.9, 0.02), (0, 0.9, 0.0)])
def test_models_that_do_not_hold_give_nothing(links, recall, false):
    assert link.ding_fienberg(1000, 900, links, recall, false) is None
    assert link.di_consiglio_tuoto(1000, 900, links, recall, false) is None


def test_more_true_pairs_than_records_is_nothing():
    assert link.events_from_links(100, 90, 95, 1.0, 1.0) is None
    assert link.true_links(10, 1.0, 0.0) is None


def test_no_links_are_no_estimate():
    assert link.events_from_links(100, 100, 0, 0.99, 0.95) is None


def test_a_stratum_without_a_true_link_has_a_variance_all_the_same():
    """Jeffreys' half a hit: 0 of 10 is not known to be 0."""
    review = link.clerical_review([(100, 10, 0)], [(50, 10, 1)])
    p = 0.5 / 11
    assert review.precision_se == pytest.approx((p * (1 - p) / 9) ** 0.5)
