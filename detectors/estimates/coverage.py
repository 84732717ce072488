"""Completeness, births and over-coverage of every unit, from the register's exact counts and the gate's protected ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detectors.estimates.linking import Errors, LinkQuality, Measured, by_linker, by_planting, by_review, measured, nothing_known
from detectors.estimates.presence import LEANING, leaning, reference_gap, spread
from detectors.estimates.rates import rates
from detectors.estimates.registered import registered
from detectors.estimates.slips import slip_weights
from detectors.estimates.witnesses import witnesses
from detectors.statistics.known_share import MODEL_SD, Excess, KnownShare, excess, known_share, with_odds_ratio
from detectors.statistics.two_lists import Z95, transformed_logit
from expectations.artefacts import COVERAGE
from expectations.frames import conform

Floats = NDArray[np.float64]

FEWEST: Final = 20  # births that references know, below which no share of them is given
NOISE_LIMIT: Final = 3.0  # standard deviations of its noise that a count must exceed
HOPELESS: Final = 0.05  # of the births known to references: links expected to be missed, above which nothing is estimated
WIDEST: Final = 0.25  # an interval wider than this says nothing of an office
LOST: Final = 0.01  # of the births known to references: links expected to be missed or counted twice, worth saying
SURE: Final = 0.003  # the same in the county, below which sources that lean on each other can be told from links that fail
DOUBT: Final = 0.005  # disagreement of the two readings of unmatched births that is worth saying
ODDS_RATIOS: Final = (0.5, 3.0)
_KEYS: Final = ["level", "area_code", "birth_year", "sex"]
_ESTIMATES: Final = (
    *("births", "births_low", "births_high", "completeness", "completeness_low", "completeness_high"),
    *("dependence_low", "dependence_high", "over_coverage", "over_coverage_low", "over_coverage_high"),
    *("implied_birth_rate", "corrected_birth_rate", "published_birth_rate"),
)
_PARTS: Final = (
    *(
        "m",
        "c",
        "m_sd",
        "c_sd",
        "known",
        "share",
        "sd",
        "sd_sampling",
        "sd_noise",
        "sd_linkage",
        "missed",
        "false",
        "confused",
        "twice",
    ),
    *("gap", "excess", "excess_sd", "doubt"),
)


def coverage(
    county: str,
    areas: pl.DataFrame,
    audited: pl.DataFrame,
    protected_counts: pl.DataFrame | None,
    patterns: pl.DataFrame | None,
    linkage: pl.DataFrame | None,
    quality: Mapping[str, Any] | None,
    vital_rates: pl.DataFrame | None,
    totals: pl.DataFrame | None,
    window: tuple[int, int],
    targets: Mapping[str, float],
    minimum_cell: int,
    n_references: int,
    link_quality: LinkQuality | None = None,
    references: tuple[str, ...] = (),
    counted: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Estimates of one county on every level, schema ``coverage``.

    Two or more references: the share that the register holds of the births they know (METHODS S, ``known_share``). One reference:
    the same share with the transformed logit interval of two lists. Both corrected for links missed and false.

    Args:
        county: its name.
        areas: its townships, schema ``AREAS``.
        audited: its register, with ``birth``.
        protected_counts: schema ``COUNTS``; ``None`` without references, empty when linking the county was refused.
        patterns: protected patterns, schema ``PATTERNS``.
        linkage: protected expectations of the linker, schema ``LINKAGE``.
        quality: content of ``linkage.json``; ``refused`` says of which counties nothing was released, and why.
        vital_rates: published rates, or none.
        totals: published totals from elsewhere, or none.
        window: first and last birth year.
        targets: the campaign's targets; nothing here depends on them.
        minimum_cell: counts below it are withheld.
        n_references: reference sources of the campaign.
        link_quality: precision, recall and n measured by custodians, by reference; overrides the linker's own account.
        references: their names in campaign order, as in the patterns; without them those of ``link_quality``.
        counted: what ``registered`` makes of the register, where it is known already.

    Returns:
        The artefact, and working frames for detectors: ``coverage_parts`` (what each estimate rests on), ``spread`` (other
        models), ``leaning`` (sources that lean on each other) and ``witnesses`` (births by the bureau and by totals beside the
        estimate).
    """
    units = _units(areas, registered(audited, areas, window) if counted is None else counted, county)
    units = units.join(rates(vital_rates, areas, window), on=_KEYS, how="left", nulls_equal=True, maintain_order="left")
    if protected_counts is None or protected_counts.is_empty() or n_references == 0:
        refused = (quality or {}).get("refused", {})
        reason = "no_reference" if n_references == 0 else str(refused.get(county, "county_too_small"))
        blank = units.with_columns(_blank(), reason=pl.lit(reason), method=pl.lit("none"))
        frame = _finish(_with_rates(blank))
        return frame, {"witnesses": witnesses(frame, units, totals)}
    units = units.join(protected_counts.drop("county"), on=_KEYS, how="left", nulls_equal=True, maintain_order="left")
    by_pattern = dict(zip(patterns["pattern"], patterns["count"], strict=True)) if patterns is not None else {}
    pattern_sd = float(patterns["sd"][0]) if patterns is not None and patterns.height else 0.0
    weights = _weights(units, audited)
    errors = _errors(units, by_pattern, linkage, measured(quality, county, n_references + 1), link_quality, references, weights)
    estimated = _estimate(units, by_pattern, pattern_sd, errors, n_references, trusted=bool(link_quality))
    leans = leaning(by_pattern, pattern_sd, references) if _links_are_good(estimated) else pl.DataFrame(schema=LEANING)
    in_register = int(units.filter(pl.col("level") == "county")["registered"][0])
    models = spread(county, by_pattern, in_register)
    estimated = _say_what_fails(_both_models(estimated, leans, models), leans)
    frame = _finish(_with_rates(_counts_shown(estimated, minimum_cell)))
    working = {
        "coverage_parts": estimated.select(*_KEYS, "registered", *_PARTS),
        "spread": models,
        "leaning": leans,
        "witnesses": witnesses(frame, units, totals),
    }
    return frame, working


def _links_are_good(estimated: pl.DataFrame) -> bool:
    """Whether few enough links are expected to be missed in the county that dependence can be told from them."""
    county = estimated.filter(pl.col("level") == "county")
    lost = county.select((pl.col("missed") + pl.col("twice")) / pl.col("known")).to_series()
    return bool(lost.is_not_nan().all() and (lost <= SURE).all())


def _both_models(estimated: pl.DataFrame, leans: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """Where sources lean on each other the interval reaches down to what log-linear models make of it.

    The estimate takes references to be independent of the register; the average of log-linear models does not, and is lower where
    they are dependent. Nobody can tell which holds in a township, so its interval takes in both: the county's difference, in
    proportion to the births that the township lacks.
    """
    average = models.filter(pl.col("estimator") == "average")["completeness"]
    county = estimated.filter(pl.col("level") == "county")["completeness"]
    if not leans["leans"].count() or not average.len() or not county.count() or county[0] >= 1:
        return estimated
    down = max(0.0, county[0] - average[0]) * (1 - pl.col("completeness")) / (1 - county[0])
    return _with_births(estimated.with_columns(completeness_low=(pl.col("completeness_low") - down).clip(0.0, 1.0)))


def _say_what_fails(estimated: pl.DataFrame, leans: pl.DataFrame) -> pl.DataFrame:
    """``method`` names the assumption that visibly fails, if one does: links in doubt, or sources that lean on each other."""
    kinds = leans["leans"].drop_nulls().to_list()
    sources = {"fed": "source_fed", "dependent": "sources_dependent"}.get(
        min(kinds, key=["fed", "dependent"].index) if kinds else ""
    )
    said = pl.when(pl.col("doubt")).then(pl.lit("links_in_doubt")).otherwise(pl.lit(sources or "two_references"))
    return estimated.with_columns(method=pl.when(pl.col("method") == "two_references").then(said).otherwise("method"))


def _units(areas: pl.DataFrame, counted: pl.DataFrame, county: str) -> pl.DataFrame:
    names = areas.select("area_code", "township")
    return counted.filter(pl.col("county") == county).join(names, on="area_code", how="left", maintain_order="left")


def _blank() -> list[pl.Expr]:
    floats = [pl.lit(None, dtype=pl.Float64).alias(name) for name in _ESTIMATES]
    return [*floats, pl.lit(None, dtype=pl.Int64).alias("unreported_at_least"), pl.lit(False).alias("withheld")]


def _errors(
    units: pl.DataFrame,
    patterns: Mapping[str, float],
    linkage: pl.DataFrame | None,
    planted: Measured,
    link_quality: LinkQuality | None,
    references: tuple[str, ...],
    weights: Floats,
) -> Errors:
    """A custodian's review if there is one; else what planted copies show; else the linker's own account."""
    if link_quality:
        return by_review(_column(units, "m"), patterns, references or tuple(link_quality), link_quality)
    found = by_planting(_column(units, "registered"), _column(units, "m"), _column(units, "c"), patterns, planted, weights)
    if found is not None:
        return found
    return nothing_known(units.height) if linkage is None else by_linker(units, linkage)


def _weights(units: pl.DataFrame, audited: pl.DataFrame) -> Floats:
    """Townships and their years by how carelessly the office keeps its rows; the county's units have the county's share."""
    joined = units.select("area_code").join(slip_weights(audited), on="area_code", how="left", maintain_order="left")
    return np.asarray(joined["weight"].fill_null(1.0).to_numpy(), dtype=np.float64)


def _column(units: pl.DataFrame, name: str) -> Floats:
    """A column as floats; units the release does not know count as 0 with endless noise."""
    filler = np.inf if name.endswith("_sd") else 0.0
    return np.asarray(units[name].fill_null(filler).to_numpy(), dtype=np.float64)


@dataclass(frozen=True)
class _Figures:
    """Arrays of one estimation, one element per unit."""

    low: Floats
    high: Floats
    doubt: NDArray[np.bool_]
    over: Excess | None


def _estimate(
    units: pl.DataFrame, patterns: Mapping[str, float], pattern_sd: float, errors: Errors, n_references: int, trusted: bool
) -> pl.DataFrame:
    m, c, m_sd, c_sd, books = (_column(units, name) for name in ("m", "c", "m_sd", "c_sd", "registered"))
    found = reference_gap(patterns, pattern_sd)
    own = np.clip(1 - (m + errors.missed) / np.maximum(books, 1.0), 0.0, 0.9)
    # With two references the patterns tell how many births they miss; a township's own gap may be three times the county's. With
    # one, only the register itself tells.
    gap = own if found is None else np.clip(own, found[0], 3 * found[0])
    known = known_share(
        *(m, c, m_sd, c_sd, gap, errors.missed, errors.false, errors.confused, errors.net_sd, errors.twice, errors.twice_sd)
    )
    if n_references == 1:
        figures = _one_reference(known, m, c, books, errors)
    else:
        figures = _more_references(known, m, m_sd, books, errors, found, trusted)
    reason = _reasons(np.zeros(m.size) if trusted else errors.missed, known, m, m_sd, c_sd, figures)
    usable = reason.is_null()
    expected_gap = own if found is None else np.full(m.size, found[0])
    share = np.clip(known.share, 0.0, 1.0)
    columns = {
        "known": known.known,
        "share": known.share,
        "sd": known.sd,
        "sd_sampling": known.sampling,
        "sd_noise": known.noise,
        "sd_linkage": known.linkage,
        "missed": errors.missed,
        "false": errors.false,
        "confused": errors.confused,
        "twice": errors.twice,
        "gap": expected_gap,
        "doubt": figures.doubt | ((errors.missed + errors.twice > LOST * known.known) & (not trusted)),
        "completeness": share,
        "completeness_low": np.clip(figures.low, 0.0, share),
        "completeness_high": np.clip(figures.high, share, 1.0),
        "dependence_low": np.minimum(with_odds_ratio(share, expected_gap, ODDS_RATIOS[1]), share),
        "dependence_high": np.maximum(with_odds_ratio(share, expected_gap, ODDS_RATIOS[0]), share),
        **_over_coverage(figures.over, books),
    }
    frame = units.with_columns(
        *(pl.Series(name, values, nan_to_null=True) for name, values in columns.items()),
        reason.alias("reason"),
        method=pl.lit("one_reference" if n_references == 1 else "two_references"),
    )
    frame = _with_births(frame)
    keep = [name for name in _ESTIMATES if not name.endswith("_rate")]
    return frame.with_columns(pl.when(usable).then(pl.col(name)).alias(name) for name in keep)


def _more_references(
    known: KnownShare, m: Floats, m_sd: Floats, books: Floats, errors: Errors, gap: tuple[float, float] | None, trusted: bool
) -> _Figures:
    """Limits by the normal law; where unmatched births may be missed links, their other reading joins the interval.

    Births that only the register knows, beyond the references' gaps, are either not births of the place or links that were
    missed. The first reading leaves completeness alone, the second raises it by their share; without a custodian's review nobody
    can tell, so the interval holds both (METHODS S) and ``doubt`` says so.
    """
    low, high = known.share - Z95 * known.sd, known.share + Z95 * known.sd
    if gap is None:
        return _Figures(low, high, np.zeros(m.size, dtype=bool), None)
    over = excess(books, m, m_sd, gap[0], gap[1], errors.missed, errors.false, errors.net_sd)
    raised = over.births / np.maximum(known.known, 1.0)
    doubt = (over.births > Z95 * over.sd) & (raised > DOUBT) & (not trusted)
    return _Figures(low, np.where(doubt, high + raised, high), doubt, over)


def _one_reference(known: KnownShare, m: Floats, c: Floats, books: Floats, errors: Errors) -> _Figures:
    """Limits by the transformed logit of two lists, widened by noise, linkage and the allowance; no over-coverage can be told."""
    low, high = np.empty(m.size), np.empty(m.size)
    extra = known.noise**2 + known.linkage**2 + MODEL_SD**2
    for i in range(m.size):  # a closed form per unit; there are hundreds of units, not millions
        shared = m[i] + errors.missed[i] - errors.false[i]
        only_register, only_reference = books[i] - shared, c[i] - errors.missed[i] + errors.false[i] - errors.twice[i]
        limits = transformed_logit(shared, only_register, only_reference)
        in_register = max(shared, 0.0) + max(only_register, 0.0)
        q = known.share[i]
        down = q - in_register / limits.high if limits.high else q
        up = in_register / limits.low - q if limits.low else 1 - q
        low[i] = q - np.sqrt(max(down, 0.0) ** 2 + Z95**2 * extra[i])
        high[i] = q + np.sqrt(max(up, 0.0) ** 2 + Z95**2 * extra[i])
    return _Figures(low, high, np.zeros(m.size, dtype=bool), None)


def _over_coverage(over: Excess | None, books: Floats) -> dict[str, Floats]:
    if over is None:
        nothing = np.full(books.size, np.nan)
        names = ("excess", "excess_sd", "over_coverage", "over_coverage_low", "over_coverage_high")
        return dict.fromkeys(names, nothing)
    rows = np.where(books > 0, books, np.nan)
    share, half = over.births / rows, Z95 * over.sd / rows
    return {
        "excess": over.births,
        "excess_sd": over.sd,
        "over_coverage": np.clip(share, 0.0, 1.0),
        "over_coverage_low": np.clip(share - half, 0.0, 1.0),
        "over_coverage_high": np.clip(share + half, 0.0, 1.0),
    }


def _reasons(missed: Floats, known: KnownShare, m: Floats, m_sd: Floats, c_sd: Floats, figures: _Figures) -> pl.Series:
    """Why a unit is not estimable; null where it is."""
    noise = np.hypot(m_sd, c_sd)
    width = np.clip(figures.high, 0, 1) - np.clip(figures.low, 0, 1)
    wide = (width > WIDEST) & ~figures.doubt
    noisy = (known.known < NOISE_LIMIT * noise) | (m < NOISE_LIMIT * m_sd) | (wide & (known.noise > known.sampling + known.linkage))
    few = (known.known < FEWEST) | wide
    lost = missed > HOPELESS * known.known  # 0 where a custodian measured recall: then it is known, not hopeless
    reason = np.where(noisy, "noise", np.where(few, "too_few_births", np.where(lost, "link_quality", "")))
    return pl.Series("reason", reason).replace("", None)


def _with_births(frame: pl.DataFrame) -> pl.DataFrame:
    """All births: real registered births over completeness. Over-coverage is taken off where it is surely there."""
    sure = pl.col("over_coverage_low").fill_null(0.0) > 0
    share, low, high = (pl.when(sure).then(pl.col(f"over_coverage{end}")).otherwise(0.0) for end in ("", "_low", "_high"))
    books = pl.col("registered")
    possible = pl.col("completeness") > 0
    return frame.with_columns(
        births=pl.when(possible).then(books * (1 - share) / pl.col("completeness")),
        births_low=pl.when(possible).then(books * (1 - high) / pl.col("completeness_high")),
        births_high=pl.when(pl.col("completeness_low") > 0).then(books * (1 - low) / pl.col("completeness_low")),
    )


def _counts_shown(frame: pl.DataFrame, minimum_cell: int) -> pl.DataFrame:
    """The count of births seen elsewhere only, less expected missed links; withheld under the minimum cell (DESIGN C3)."""
    count = pl.col("c") - pl.col("missed") + pl.col("false") - pl.col("twice")
    usable = pl.col("reason").is_null() & count.is_not_null()
    enough = count.round() >= minimum_cell
    return frame.with_columns(
        unreported_at_least=pl.when(usable & enough).then(count.round().cast(pl.Int64)), withheld=usable & enough.not_()
    )


def _with_rates(frame: pl.DataFrame) -> pl.DataFrame:
    per_mille = 1000 / pl.col("person_years")
    return frame.with_columns(
        implied_birth_rate=pl.col("registered") * per_mille,
        corrected_birth_rate=pl.col("births") * per_mille,
        published_birth_rate=pl.col("published") * per_mille,
    )


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    return conform(frame.select([column.name for column in COVERAGE]), "coverage")
