"""Two lists: published numbers, degenerate lists, and what the intervals really cover."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detectors.statistics import stratified
from detectors.statistics import two_lists as two


def test_hepatitis_lincoln_petersen_chapman_and_log_normal(vector):
    entry = vector("two-list-hav-12")
    n1, n2, m = (entry["inputs"][k] for k in ("n1", "n2", "m"))
    expected = entry["expected"]
    interval = two.log_normal(n1, n2, m)
    assert two.lincoln_petersen(n1, n2, m) == pytest.approx(expected["lp"], rel=1e-9)
    assert two.chapman(n1, n2, m) == pytest.approx(expected["chapman"], rel=1e-9)
    assert two.seber_variance(n1, n2, m) ** 0.5 == pytest.approx(expected["se"], rel=1e-9)
    assert interval == pytest.approx((expected["chapman"], expected["lo"], expected["hi"]), rel=1e-6)


def test_hepatitis_profile_and_poisson(vector):
    entry = vector("two-list-hav-12-profile")
    expected = entry["expected"]
    profile = two.profile(135, 122, 49)
    assert profile == pytest.approx((expected["N_profile"], expected["lo"], expected["hi"]), abs=0.02)
    assert two.poisson_mle(135, 122, 49) == pytest.approx((expected["N_poisson_mle"], expected["se_poisson"]), abs=1e-4)


def test_hepatitis_transformed_logit(vector):
    entry = vector("transformed-logit-hav-12")
    interval = two.transformed_logit(*(entry["inputs"][k] for k in ("m", "only1", "only2")))
    assert interval.low == pytest.approx(entry["expected"]["lower_floored_at_M"], abs=1e-6)
    assert interval.high == pytest.approx(entry["expected"]["upper"], abs=1e-6)


def test_no_overlap_is_not_estimable(vector):
    entry = vector("two-list-zero-overlap")
    n1, n2, m = (entry["inputs"][k] for k in ("n1", "n2", "m"))
    assert two.lincoln_petersen(n1, n2, m) is None
    assert two.chapman(n1, n2, m) == entry["expected"]["chapman"]
    assert two.poisson_mle(n1, n2, m) is None
    assert two.profile(n1, n2, m).estimate is None
    assert two.with_dependence(m, n1, n2, 2.0) is None


def test_completeness_is_a_share_of_the_other_list(vector):
    entry = vector("completeness-binomial")
    m, n2 = entry["inputs"]["m"], entry["inputs"]["n2"]
    assert two.wilson(m, n2)[1:] == pytest.approx(tuple(entry["expected"]["wilson"]), abs=1e-9)
    assert two.clopper_pearson(m, n2)[1:] == pytest.approx(tuple(entry["expected"]["clopper_pearson"]), abs=1e-9)
    assert 135 / two.wilson(m, n2).estimate == pytest.approx(entry["expected"]["N_from_coverage"])


def test_wilson_limits(vector):
    entry = vector("wilson-95")
    for x, n, low, high in zip(
        entry["inputs"]["x"], entry["inputs"]["n"], entry["expected"]["lower"], entry["expected"]["upper"], strict=True
    ):
        assert two.wilson(x, n)[1:] == pytest.approx((low, high), abs=1e-8)


def simulate(n, p1, p2, runs, seed):
    rng = np.random.default_rng(seed)
    cells = rng.multinomial(n, [p1 * p2, p1 * (1 - p2), (1 - p1) * p2, (1 - p1) * (1 - p2)], size=runs)
    return cells[:, 0].tolist(), cells[:, 1].tolist(), cells[:, 2].tolist()


def covered(method, n, sample):
    inside = 0
    for m, b, c in zip(*sample, strict=True):
        interval = method(m, b, c)
        inside += interval.low <= n and (interval.high is None or n <= interval.high)
    return inside / len(sample[0])


@pytest.mark.parametrize("case", range(7))
def test_intervals_cover_as_simulated(vector, case):
    """2,000 draws: three standard errors of a simulated share, over the 0.015 the vector allows at 4,000."""
    entry = vector("interval-coverage-simulation")
    n, p1, p2 = (float(x.removeprefix("N=")) for x in entry["inputs"]["cases"][case].split(","))
    sample = simulate(int(n), p1, p2, 2000, 7)
    expected = entry["expected"]
    assert covered(lambda m, b, c: two.log_normal(m + b, m + c, m), n, sample) == pytest.approx(
        expected["lognormal"][case], abs=0.04
    )
    assert covered(lambda m, b, c: two.normal(m + b, m + c, m), n, sample) == pytest.approx(expected["normal"][case], abs=0.03)
    assert covered(two.transformed_logit, n, sample) == pytest.approx(expected["transformed_logit"][case], abs=0.025)


def test_chapman_is_unbiased(vector):
    entry = vector("chapman-simulation")
    for case, expected in entry["expected"].items():
        n, p1, p2 = (float(x.split("=")[1]) for x in case.split(","))
        m, b, c = (np.array(x, dtype=float) for x in simulate(int(n), p1, p2, 20_000, 1))
        estimates = two.chapman(m + b, m + c, m)
        assert estimates.mean() == pytest.approx(expected["mean_chapman"], abs=4 * estimates.std() / np.sqrt(20_000))


def test_dependence_moves_the_number_as_derived():
    assert two.with_dependence(60, 20, 15, 1.0) == pytest.approx(two.lincoln_petersen(80, 75, 60))
    assert two.with_dependence(60, 20, 15, 3.0) > two.with_dependence(60, 20, 15, 0.5)


counts = st.integers(0, 500)


@given(counts, counts, counts)
def test_the_interval_is_ordered_and_holds_what_was_seen(m, only1, only2):
    interval = two.transformed_logit(m, only1, only2)
    assert m + only1 + only2 <= interval.low <= interval.high


@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 300))
def test_profile_contains_its_peak(m, only1, only2):
    interval = two.profile(m + only1, m + only2, m)
    assert m + only1 + only2 - 1e-6 <= interval.low <= interval.estimate + 1e-6
    assert interval.high is None or interval.high >= interval.estimate - 1e-6


@given(st.integers(0, 200), st.integers(1, 200))
def test_shares_stay_shares(x, n):
    x = min(x, n)
    for interval in (two.wilson(x, n), two.clopper_pearson(x, n)):
        assert 0 <= interval.low <= interval.estimate + 1e-12
        assert interval.estimate - 1e-12 <= interval.high <= 1


def test_shares_of_nothing_are_none():
    assert two.wilson(0, 0) == two.clopper_pearson(0, 0) == (None, None, None)


def test_odds_ratio_by_sex_is_found_again() -> None:
    """Lists with odds ratio 2 for both sexes: the sex ratio of all events gives it back."""
    males, females = (800.0, 90.0, 80.0), (700.0, 130.0, 110.0)
    ratio = (two.with_dependence(*males, 2.0) or 0) / (two.with_dependence(*females, 2.0) or 1)
    assert two.odds_ratio_by_sex(males, females, ratio) == pytest.approx(2.0)
    assert two.odds_ratio_by_sex(males, females, 5.0) is None


def test_strata_with_fifty_matches_and_their_test_of_equal_shares():
    small = stratified.chandrasekaran_deming([100], [90], [49])
    enough = stratified.chandrasekaran_deming([100], [90], [50])
    assert small.events == pytest.approx(101 * 91 / 50 - 1)
    assert enough.events == pytest.approx(100 * 90 / 50)
    alike = stratified.chandrasekaran_deming([900, 380], [850, 360], [810, 335])
    for found, on in ((alike.p1, (850, 360)), (alike.p2, (900, 380))):
        table = [[810, 335], [on[0] - 810, on[1] - 335]]
        assert 0.01 < found < 0.99
        assert found == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-9)


def test_strata_without_events_or_without_difference_have_no_test():
    nothing = stratified.chandrasekaran_deming([0, 0], [0, 0], [0, 0])
    assert (nothing.events, nothing.completeness1, nothing.p1, nothing.p2) == (0.0, 0.0, None, None)
    one_empty = stratified.chandrasekaran_deming([100, 50], [90, 0], [60, 0])
    assert one_empty.p1 is None
    assert one_empty.p2 is not None
