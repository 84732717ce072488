"""How many links of each unit are expected to be missed or false: by the linker's account, by planted copies, or by a review."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detectors.statistics.known_share import MISJUDGED
from detectors.statistics.two_lists import Z95

Floats = NDArray[np.float64]
LinkQuality = Mapping[str, Mapping[str, float]]  # reference -> precision, recall, n

_LEAST_SAMPLE: Final = 30.0  # a review that does not say its size is taken for a small one


# Births whose links are missed without the linker or planted copies showing it: copies are made of births that were linked, so the
# hardest are not among them. Share of known births and its standard deviation, on simulated counties of two makes.
UNSEEN: Final = 0.0008
UNSEEN_SD: Final = 0.0005


@dataclass(frozen=True)
class Errors:
    """Expected errors per unit, in births.

    Attributes:
        missed: births of the register whose reference row was not linked.
        false: births of the register that only a false link makes known to a reference; a review alone can tell.
        confused: births in a link with another birth, whichever way it moves the counts.
        missed_sd, false_sd: standard deviations of the first two expectations.
    """

    missed: Floats
    false: Floats
    confused: Floats
    missed_sd: Floats
    false_sd: Floats

    @property
    def net_sd(self) -> Floats:
        """Standard deviation of ``missed - false``."""
        return np.hypot(self.missed_sd, self.false_sd)

    def with_unseen(self, m: Floats) -> "Errors":
        """The same with the misses that neither the linker nor planted copies show.

        Args:
            m: births of the register that some reference knows, per unit; protected.
        """
        known = np.maximum(m, 0.0)
        return replace(self, missed=self.missed + UNSEEN * known, missed_sd=np.hypot(self.missed_sd, UNSEEN_SD * known))


def nothing_known(n_units: int) -> Errors:
    """No errors expected and none excluded."""
    zero = np.zeros(n_units)
    return Errors(zero, zero, zero, zero, zero)


def both(one: Errors, two: Errors, county: NDArray[np.bool_]) -> Errors:
    """Two accounts of the same errors: misses weighted by how sure each is of the county's, confusions the larger of the two.

    Args:
        one, two: the accounts, independent of each other.
        county: which unit is the county.
    """
    variance1, variance2 = float(one.missed_sd[county][0]) ** 2, float(two.missed_sd[county][0]) ** 2
    weight = variance2 / (variance1 + variance2) if variance1 + variance2 > 0 else 0.5
    return Errors(
        missed=weight * one.missed + (1 - weight) * two.missed,
        false=np.zeros(one.false.size),
        confused=np.maximum(one.confused, two.confused),
        missed_sd=np.hypot(weight * one.missed_sd, (1 - weight) * two.missed_sd),
        false_sd=np.zeros(one.false.size),
    )


def by_planting(registered: Floats, m: Floats, c: Floats, closure: Mapping[str, float | None]) -> Errors | None:
    """Errors by the share of planted copies found again and of planted strangers linked all the same (``linkage.json``).

    Args:
        registered: births in the register, per unit.
        m, c: protected counts per unit.
        closure: ``recall``, ``false_link_rate`` and ``false_link_rate_reference`` of the register against all references,
            recall with ``_low`` and ``_high`` (95 %).

    Returns:
        ``None`` where recall was not measured.
    """
    recall, low, high = (closure.get(f"recall{end}") for end in ("", "_low", "_high"))
    if not recall or low is None or high is None:
        return None
    known, unknown = np.maximum(m, 0.0), np.maximum(registered - m, 0.0)
    missed_sd = known * float(np.hypot((high - low) / (2 * Z95), MISJUDGED * (1 - recall))) / recall
    strangers = unknown * (closure.get("false_link_rate") or 0.0)
    others = np.maximum(c, 0.0) * (closure.get("false_link_rate_reference") or 0.0)
    zero = np.zeros(known.size)
    return Errors(known * (1 - recall) / recall, zero, strangers + others, missed_sd, zero)


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
    return Errors(missed, zero, confused, np.sqrt(noise + (MISJUDGED * np.maximum(missed, 0.0)) ** 2), zero)


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
        missed_sd=base * np.sqrt(missed_variance) * factor,
        false_sd=base * np.sqrt(false_variance),
    )


def closure_of(quality: Mapping[str, Any] | None, county: str) -> Mapping[str, float | None]:
    """What ``linkage.json`` measured for the register of a county against all its references; empty when nothing."""
    found = ((quality or {}).get("counties") or {}).get(county) or {}
    closure: Mapping[str, float | None] = found.get("closure") or {}
    return closure
