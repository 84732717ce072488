"""Three lists and more, strata and repeat counts: published numbers."""

import pytest

from detectors.statistics import frequencies, log_linear
from detectors.statistics.sample_coverage import sample_coverage
from detectors.statistics.stratified import chandrasekaran_deming


def test_hepatitis_all_eight_models(vector):
    entry = vector("loglinear-3list-hav")
    fits = {fit.name: fit for fit in (log_linear.fit(entry["inputs"]["histories"], terms) for terms in log_linear.models(3))}
    assert set(fits) == {"1,2,3", "12,3", "13,2", "23,1", "12,13", "12,23", "13,23", "12,13,23"}
    for name, expected in entry["expected"].items():
        fit = fits[name]
        assert fit.events == pytest.approx(expected["N"], abs=1e-3)
        assert fit.se == pytest.approx(expected["se"], abs=2e-3)
        assert fit.deviance == pytest.approx(expected["deviance"], abs=1e-4)
        assert fit.df == expected["df"]
        assert (fit.aic, fit.bic) == pytest.approx((expected["AIC"], expected["BIC"]), abs=1e-4)


def test_hiv_four_lists(vector):
    entry = vector("loglinear-4list-hiv")
    histories, expected = entry["inputs"]["histories"], entry["expected"]
    for terms, name in (((), "independent"), (((0, 1),), "12,3,4"), (log_linear.models(4)[-1], "all pairs")):
        fit = log_linear.fit(histories, terms)
        assert fit.events == pytest.approx(expected[name]["N"], abs=0.05)
        assert fit.se == pytest.approx(expected[name]["se"], abs=0.5)
        assert fit.aic == pytest.approx(expected[name]["AIC"], abs=1e-4)
        if limits := expected[name].get("profile_CI"):
            assert log_linear.profile_interval(histories, terms) == pytest.approx(tuple(limits), abs=1.0)


def test_two_lists_as_a_model_are_lincoln_petersen(vector):
    inputs = vector("two-list-hav-12")["inputs"]
    histories = {"11": inputs["m"], "10": inputs["n1"] - inputs["m"], "01": inputs["n2"] - inputs["m"]}
    assert log_linear.fit(histories).events == pytest.approx(336.12244898)


def test_averaging_shows_the_spread(vector):
    histories = vector("loglinear-3list-hav")["inputs"]["histories"]
    average = log_linear.average([log_linear.fit(histories, terms) for terms in log_linear.models(3)], 271)
    assert sum(average.weights.values()) == pytest.approx(1.0)
    assert average.weights["12,13,23"] > 0.99
    assert average.low == average.high == pytest.approx(1312.765, abs=1e-3)  # no other model is within 4 units
    assert average.events < average.high
    assert average.dropped == ()


def test_zero_cells_are_found_not_fitted():
    """Without an event on all three lists, or with an empty pair, the saturated model runs to infinity."""
    base = {"001": 30, "010": 30, "011": 10, "100": 30, "101": 10, "110": 10, "111": 0}
    assert log_linear.fit(base, [(0, 1), (0, 2), (1, 2)]) is None
    assert log_linear.fit({**base, "011": 0, "111": 0}, [(1, 2)]) is None
    average = log_linear.average([log_linear.fit(base, terms) for terms in log_linear.models(3)], 120)
    assert average is not None
    assert "-" in average.dropped


def test_negative_protected_counts_do_not_break_a_fit():
    fit = log_linear.fit({"001": 30.0, "010": 25.0, "011": -3.0, "100": 20.0, "101": 9.0, "110": 8.0, "111": 40.0})
    assert fit is not None
    assert fit.events > 120


def test_hepatitis_sample_coverage(vector):
    entry = vector("coverage-3list-hav")
    found, expected = sample_coverage(entry["inputs"]["histories"]), entry["expected"]
    assert found.seen == expected["M"]
    assert found.overlap == pytest.approx(expected["D"], abs=1e-3)
    assert found.coverage == pytest.approx(expected["C"], abs=1e-6)
    assert found.independent == pytest.approx(expected["N_indep"], abs=1e-3)
    assert found.high_coverage == pytest.approx(expected["N_hsc"], abs=1e-3)
    assert found.one_step == pytest.approx(expected["N_one_step"], abs=1e-3)


def test_lists_without_overlap_have_no_sample_coverage():
    found = sample_coverage({"100": 5, "010": 5, "001": 5})
    assert (found.coverage, found.independent) == (0.0, None)


def test_hares(vector):
    entry = vector("frequency-capture-hare")
    inputs, expected = entry["inputs"], entry["expected"]
    seen, sizes = sum(inputs["f"]), inputs["n_per_occasion"]
    bound = frequencies.chao_lower_bound(seen, inputs["f"][0], inputs["f"][1], lists=inputs["t"])
    assert bound == pytest.approx(expected["Mh_ChaoLB"], abs=0.01)
    assert frequencies.independent_lists(seen, sizes) == pytest.approx(expected["Mt"], abs=1e-3)
    assert frequencies.equal_catchability(seen, sum(sizes), inputs["t"]) == pytest.approx(expected["M0"], abs=1e-3)


def test_repeat_counts_in_one_register(vector):
    entry = vector("frequency-ztp-chao")
    counts = {int(k): v for k, v in entry["inputs"]["frequencies"].items()}
    assert frequencies.truncated_poisson(counts, most=6) == pytest.approx(entry["expected"]["N_ztpoisson"], abs=0.01)
    assert frequencies.truncated_poisson(counts) == pytest.approx(entry["expected"]["N_ztpoisson"], rel=1e-5)
    bound = frequencies.chao_lower_bound(sum(counts.values()), counts[1], counts[2])
    assert bound == pytest.approx(entry["expected"]["N_chao_lower"], abs=0.5)


def test_degenerate_frequencies():
    assert frequencies.truncated_poisson({1: 10}) is None
    assert frequencies.independent_lists(30, [10, 20]) is None
    assert frequencies.independent_lists(30, [30, 10]) == 30
    assert frequencies.chao_lower_bound(10, 4, 0) == 10 + 4 * 3 / 2


def test_strata(vector):
    entry = vector("cd-stratified-1")
    strata, expected = entry["inputs"]["strata"], entry["expected"]
    found = chandrasekaran_deming(*([s[k] for s in strata] for k in ("n1", "n2", "m")))
    assert found.events == pytest.approx(expected["N_stratified"])
    assert found.pooled == pytest.approx(expected["N_pooled"])
    assert found.completeness1 == pytest.approx(expected["coverage_list1_stratified"])
    assert found.pooled < found.events
    assert found.p1 < 1e-10
    assert found.p2 < 1e-10


def test_one_stratum_is_lincoln_petersen():
    found = chandrasekaran_deming([900], [850], [810])
    assert found.events == pytest.approx(found.pooled)
    assert found.p1 is None


def test_a_profile_that_is_wide_is_followed_to_its_end():
    """One birth on both lists: the upper limit lies far beyond where the search begins."""
    few = {"01": 6, "10": 6, "11": 1}
    low, high = log_linear.profile_interval(few)
    guess = log_linear.fit(few, ()).events - 13
    assert high > 13 + 4 * guess + 10
    assert 13 < low < 13 + guess < high


def test_models_within_four_units_of_the_best_make_the_range():
    fits = [log_linear.Fit(name, events, 5.0, 0.0, 0, aic, aic) for name, events, aic in
            (("1,2", 100.0, 10.0), ("12,3", 140.0, 13.9), ("13,2", 60.0, 14.1))]  # fmt: skip
    found = log_linear.average(fits, 90)
    assert (found.low, found.high) == (100.0, 140.0)
