"""How many links of each unit are expected to be missed or false: by the linker's account, by planted copies, or by a review."""

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


@dataclass(frozen=True)
class Errors:
    """Expected errors per unit, in births.

    Attributes:
        missed: births of the register whose reference row was not linked.
        false: births of the register that no reference knows, linked all the same.
        lost: births only references know, taken for a birth of the register.
        missed_sd, false_sd, lost_sd: standard deviations of these expectations.
    """

    missed: Floats
    false: Floats
    lost: Floats
    missed_sd: Floats
    false_sd: Floats
    lost_sd: Floats

    @property
    def net_sd(self) -> Floats:
        """Standard deviation of ``missed - false``."""
        return np.hypot(self.missed_sd, self.false_sd)


def nothing_known(n_units: int) -> Errors:
    """No errors expected and none excluded."""
    zero = np.zeros(n_units)
    return Errors(zero, zero, zero, zero, zero, zero)


def both(one: Errors, two: Errors, county: NDArray[np.bool_]) -> Errors:
    """Two accounts of the same errors, weighted by how sure each is of the county's; ``lost`` is the second's, who alone knows it.

    Args:
        one, two: the accounts, independent of each other.
        county: which unit is the county.
    """

    def mean(name: str) -> tuple[Floats, Floats]:
        (value1, sd1), (value2, sd2) = ((getattr(e, name), getattr(e, f"{name}_sd")) for e in (one, two))
        variance1, variance2 = float(sd1[county][0]) ** 2, float(sd2[county][0]) ** 2
        weight = variance2 / (variance1 + variance2) if variance1 + variance2 > 0 else 0.5
        return weight * value1 + (1 - weight) * value2, np.hypot(weight * sd1, (1 - weight) * sd2)

    (missed, missed_sd), (false, false_sd) = mean("missed"), mean("false")
    return Errors(missed, false, two.lost, missed_sd, false_sd, two.lost_sd)


def by_planting(registered: Floats, m: Floats, c: Floats, closure: Mapping[str, float | None]) -> Errors | None:
    """Errors by the share of planted copies found again and of planted strangers linked all the same (``linkage.json``).

    Args:
        registered: births in the register, per unit.
        m, c: protected counts per unit.
        closure: ``recall``, ``false_link_rate`` and ``false_link_rate_reference`` of the register against all references,
            each with ``_low`` and ``_high`` (95 %).

    Returns:
        ``None`` where recall was not measured.
    """
    recall, low, high = (closure.get(f"recall{end}") for end in ("", "_low", "_high"))
    if not recall or low is None or high is None:
        return None

    def scaled(base: Floats, name: str) -> tuple[Floats, Floats]:
        rate, least, most = (closure.get(f"{name}{end}") for end in ("", "_low", "_high"))
        if rate is None or least is None or most is None:
            return np.zeros(base.size), np.zeros(base.size)
        sampled = (most - least) / (2 * Z95)
        return base * rate, base * float(np.hypot(sampled, MISJUDGED * rate))

    known, unknown = np.maximum(m, 0.0), np.maximum(registered - m, 0.0)
    missed = known * (1 - recall) / recall
    missed_sd = known * float(np.hypot((high - low) / (2 * Z95), MISJUDGED * (1 - recall))) / recall
    false, false_sd = scaled(unknown, "false_link_rate")
    lost, lost_sd = scaled(np.maximum(c, 0.0), "false_link_rate_reference")
    return Errors(missed, false, lost, missed_sd, false_sd, lost_sd)


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
    sd = {f"{name}_sd": np.sqrt(noise + part**2) for name, part in misjudged.items()}
    return Errors(**parts, **sd, lost=np.zeros(units.height), lost_sd=np.zeros(units.height))


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
        lost=np.zeros(base.size),
        missed_sd=base * np.sqrt(missed_variance) * factor,
        false_sd=base * np.sqrt(false_variance),
        lost_sd=np.zeros(base.size),
    )


def closure_of(quality: Mapping[str, Any] | None, county: str) -> Mapping[str, float | None]:
    """What ``linkage.json`` measured for the register of a county against all its references; empty when nothing."""
    found = ((quality or {}).get("counties") or {}).get(county) or {}
    closure: Mapping[str, float | None] = found.get("closure") or {}
    return closure
