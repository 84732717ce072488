"""How many links of each unit are expected to be missed or false: by the linker's account, by planted copies, or by a review."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detectors.statistics.known_share import MISJUDGED
from detectors.statistics.two_lists import Z95

Floats = NDArray[np.float64]
LinkQuality = Mapping[str, Mapping[str, float]]  # reference -> precision, recall, n

_LEAST_SAMPLE: Final = 30.0  # a review that does not say its size is taken for a small one


# Links of pairs of sources are missed together, since it is the same spoilt row that fails: of the register's links that are missed
# pair by pair this share stays missed after closure, and of the rows of a reference whose links to both others could fail, this
# share stands alone and is counted once more (simulated counties, easy and hard).
STAYS_MISSED: Final = 0.4
STANDS_ALONE: Final = 0.4
# The harder a county, the more the links of one row fail together: both shares grow with the square root of what is missed pair by
# pair, and are as above where so much of the births is (30 honest simulated counties: 189 links missed, 312 without this; six hard
# ones: 504 against 365).
MISSED_AT: Final = 0.0025
ALONE_AT: Final = 0.003
MOST_MISSED: Final = 0.5  # of the links of one unit, however careless it is


@dataclass(frozen=True)
class Errors:
    """Expected errors per unit, in births.

    Attributes:
        missed: births of the register whose reference row was not linked.
        false: births of the register that only a false link makes known to a reference; a review alone can tell.
        confused: births in a link with another birth, whichever way it moves the counts.
        twice: births counted once more because rows of references were not linked to each other.
        missed_sd, false_sd, twice_sd: standard deviations of these expectations.
    """

    missed: Floats
    false: Floats
    confused: Floats
    twice: Floats
    missed_sd: Floats
    false_sd: Floats
    twice_sd: Floats

    @property
    def net_sd(self) -> Floats:
        """Standard deviation of ``missed - false``."""
        return np.hypot(self.missed_sd, self.false_sd)


def nothing_known(n_units: int) -> Errors:
    """No errors expected and none excluded."""
    zero = np.zeros(n_units)
    return Errors(zero, zero, zero, zero, zero, zero, zero)


@dataclass(frozen=True)
class Measured:
    """What a second linking with planted rows showed of one county (``linkage.json``).

    Attributes:
        closure: ``recall``, ``false_link_rate``, ``false_link_rate_reference`` of the register against all references; recall
            with ``_low`` and ``_high`` (95 %).
        pairs: recall of each two sources before closure, by their places in the campaign, 0 the register.
    """

    closure: Mapping[str, float | None]
    pairs: Mapping[tuple[int, int], float]


def measured(quality: Mapping[str, Any] | None, county: str, sources: int) -> Measured:
    """The part of ``linkage.json`` that corrects estimates; empty where nothing was measured.

    Args:
        quality: its content.
        county: whose.
        sources: how many sources the campaign has.
    """
    found = ((quality or {}).get("counties") or {}).get(county) or {}
    recalls = [pair.get("recall") for pair in found.get("pairs") or ()]
    places = list(itertools.combinations(range(sources), 2))
    pairs = dict(zip(places, recalls, strict=True)) if len(places) == len(recalls) and None not in recalls else {}
    return Measured(found.get("closure") or {}, pairs)


def by_planting(
    registered: Floats, m: Floats, c: Floats, patterns: Mapping[str, float], given: Measured, weights: Floats | None = None
) -> Errors | None:
    """Errors by the share of planted copies found again and of planted strangers linked all the same.

    Copies are made of births that were linked, so the hardest are not among them, and recall after closure comes out too high;
    what is missed pair by pair tells more. The larger of the two counts.

    Args:
        registered: births in the register, per unit.
        m, c: protected counts per unit.
        patterns: protected patterns of the county, the register first.
        given: what was measured.
        weights: how many times the county's share of missed links each unit has (``slips``), in the register and, since places and
            names are hard for all who write them down, in the references; alike everywhere by default.

    Returns:
        ``None`` where recall was not measured.
    """
    closure = given.closure
    recall, low, high = (closure.get(f"recall{end}") for end in ("", "_low", "_high"))
    if not recall or low is None or high is None:
        return None
    known, unknown, alone = np.maximum(m, 0.0), np.maximum(registered - m, 0.0), np.maximum(c, 0.0)
    in_register, in_all = (sum(max(n, 0.0) for p, n in patterns.items() if "1" in p[1:] and p[0] in of) for of in ("1", "01"))
    stays, stands = _after_closure(patterns, given.pairs)
    times = np.ones(known.size) if weights is None else weights
    kept = _together(stays / in_register, MISSED_AT) if in_register > 0 else 0.0
    alone_twice = _together(stands / in_all, ALONE_AT) if in_all > 0 else 0.0
    rate = np.minimum(max((1 - recall) / recall, kept) * times, MOST_MISSED)
    spread = np.hypot((high - low) / (2 * Z95), MISJUDGED * rate)
    twice = (known + alone) * np.minimum(alone_twice * times, MOST_MISSED)
    strangers = unknown * (closure.get("false_link_rate") or 0.0)
    others = alone * (closure.get("false_link_rate_reference") or 0.0)
    zero = np.zeros(known.size)
    return Errors(known * rate, zero, strangers + others, twice, known * spread, zero, twice)


def _together(share: float, at: float) -> float:
    """What stays of a share missed pair by pair, rows failing together the more the more fail; all of it at most."""
    return share * float(min(np.sqrt(max(share, 0.0) / at), 1 / STAYS_MISSED))


def _after_closure(patterns: Mapping[str, float], recalls: Mapping[tuple[int, int], float]) -> tuple[float, float]:
    """Births of the county still missed, and births counted once more, from what is missed pair by pair."""
    if not recalls:
        return 0.0, 0.0
    missed = stands = 0.0
    for pattern, n in patterns.items():
        holders = [k for k, bit in enumerate(pattern) if bit == "1"]
        if n <= 0 or len(holders) < 2:
            continue
        lost = {pair: 1 - recalls[pair] for pair in itertools.combinations(holders, 2)}
        if holders[0] == 0:
            missed += n * sum(share for pair, share in lost.items() if pair[0] == 0)
        # A reference's row stands alone when all its links fail; the smallest of their shares bounds that.
        rows = [k for k in holders if k > 0][0 if holders[0] == 0 else 1 :]
        stands += n * sum(
            min(share for pair, share in lost.items() if k in pair) for k in rows if len(holders) > 2 or holders[0] > 0
        )
    return STAYS_MISSED * missed, STANDS_ALONE * stands


def by_linker(units: pl.DataFrame, linkage: pl.DataFrame) -> Errors:
    """Errors that the linker expects of its own links, spread over units by their births with and without identity number.

    Args:
        units: ``level``, ``registered``, ``with_id`` per unit, the county among them.
        linkage: protected sums of the county, schema ``LINKAGE``.
    """
    if linkage.is_empty():
        return nothing_known(units.height)
    with_id = units["with_id"].to_numpy().astype(np.float64)
    without = units["registered"].to_numpy().astype(np.float64) - with_id
    county = units["level"].to_numpy() == "county"
    missed, confused, noise = (np.zeros(units.height) for _ in range(3))
    for row in linkage.iter_rows(named=True):
        own = with_id if row["has_id"] else without
        share = own / max(float(own[county].sum()), 1.0)
        missed += share * row["expected_misses"]
        confused += share * row["expected_false"]
        noise += (share * row["sd"]) ** 2
    zero = np.zeros(units.height)
    missed_sd = np.sqrt(noise + (MISJUDGED * np.maximum(missed, 0.0)) ** 2)
    return Errors(missed, zero, confused, zero, missed_sd, zero, zero)


def by_review(m: Floats, patterns: Mapping[str, float], references: tuple[str, ...], given: LinkQuality) -> Errors:
    """Errors by precision and recall as custodians measured them, for the union of all references.

    A birth known to several references is missed only if every link to it is. References without a review get the mean of the
    others'.

    Args:
        m: births of the register that some reference knows, per unit; protected.
        patterns: protected patterns of the county, the audited register first.
        references: names in campaign order.
        given: what is known, by reference.
    """
    measured = [given[name] for name in references if name in given]
    fallback = {key: float(np.mean([one[key] for one in measured])) for key in ("precision", "recall")}
    ordered = [given.get(name, fallback) for name in references]
    known = {p[1:]: max(n, 0.0) for p, n in patterns.items() if p[0] == "1" and "1" in p[1:]}
    total = sum(known.values())
    weights = {p: n / total for p, n in known.items()} if total > 0 else {"1" * len(references): 1.0}
    missed_rate = missed_variance = false_rate = false_variance = 0.0
    for pattern, weight in weights.items():
        hit = [one for one, bit in zip(ordered, pattern, strict=True) if bit == "1"]
        gaps = [1 - one["recall"] for one in hit]
        missed_rate += weight * float(np.prod(gaps))
        if len(hit) == 1:  # the others' errors enter only by their product
            missed_variance += weight**2 * gaps[0] * (1 - gaps[0]) / hit[0].get("n", _LEAST_SAMPLE)
        false_rate += weight * float(np.mean([1 - one["precision"] for one in hit]))
    for one in ordered:
        wrong = 1 - one["precision"]
        false_variance += wrong * (1 - wrong) / one.get("n", _LEAST_SAMPLE) / len(ordered) ** 2
    base = np.maximum(m, 0.0)
    missed_rate = min(missed_rate, 0.5)
    factor = 1 / (1 - missed_rate)
    return Errors(
        missed=base * missed_rate * factor,
        false=base * false_rate,
        confused=np.zeros(base.size),
        twice=np.zeros(base.size),
        missed_sd=base * np.sqrt(missed_variance) * factor,
        false_sd=base * np.sqrt(false_variance),
        twice_sd=np.zeros(base.size),
    )
