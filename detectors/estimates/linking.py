"""How many links of each unit are expected to be missed or false, by the linker's own account or by its custodian's review."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from detectors.statistics.known_share import MISJUDGED

Floats = NDArray[np.float64]
LinkQuality = Mapping[str, Mapping[str, float]]  # reference -> precision, recall, n

_LEAST_SAMPLE: Final = 30.0  # a review that does not say its size is taken for a small one


@dataclass(frozen=True)
class Errors:
    """Expected errors per unit, in births.

    Attributes:
        missed: births of the register whose reference row was not linked.
        false: births of the register linked to another birth.
        missed_sd, false_sd: standard deviations of these expectations.
    """

    missed: Floats
    false: Floats
    missed_sd: Floats
    false_sd: Floats

    @property
    def net_sd(self) -> Floats:
        """Standard deviation of ``missed - false``."""
        return np.hypot(self.missed_sd, self.false_sd)


def nothing_known(n_units: int) -> Errors:
    """No errors expected and none excluded."""
    zero = np.zeros(n_units)
    return Errors(zero, zero, zero, zero)


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
    parts = {"missed": np.zeros(units.height), "false": np.zeros(units.height)}
    noise = np.zeros(units.height)
    for row in linkage.iter_rows(named=True):
        own = with_id if row["has_id"] else without
        share = own / max(float(own[county].sum()), 1.0)
        parts["missed"] += share * row["expected_misses"]
        parts["false"] += share * row["expected_false"]
        noise += (share * row["sd"]) ** 2
    misjudged = {name: MISJUDGED * np.maximum(part, 0.0) for name, part in parts.items()}
    return Errors(**parts, missed_sd=np.sqrt(noise + misjudged["missed"] ** 2), false_sd=np.sqrt(noise + misjudged["false"] ** 2))


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
        base * missed_rate * factor,
        base * false_rate,
        base * np.sqrt(missed_variance) * factor,
        base * np.sqrt(false_variance),
    )
