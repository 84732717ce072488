"""Correcting counts of links for links that were missed and links that are false.

Missed links make an honest office look incomplete; false links hide what is missing. Formulas follow Ding & Fienberg (1994) and
Di Consiglio & Tuoto (2015) as identities of expected counts. ``recall`` is the share of true pairs that are linked; ``false_rate``
the chance that a record without a partner gets a link; ``precision`` the share of links that are true.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from detectors.statistics.two_lists import wilson


def ding_fienberg(n1: float, n2: float, links: float, recall: float, false_rate: float) -> float | None:
    """Events when false links arise from records of list 1 without a partner: ``n1 n2 (a - b)/(links - b n1)``.

    Returns:
        Events, or ``None`` where the model does not hold (recall not above the false rate, or too few links).

    >>> round(ding_fienberg(9000, 8000, 6876, 0.95, 0.02) or 0.0)
    10000
    """
    if recall <= false_rate or links <= false_rate * n1:
        return None
    return n1 * n2 * (recall - false_rate) / (links - false_rate * n1)


def di_consiglio_tuoto(n1: float, n2: float, links: float, recall: float, false_rate: float) -> float | None:
    """Events when false links use up unmatched records of both lists: ``n1 n2 (a - 2b)/(links - b (n1 + n2))``; else ``None``.

    >>> round(di_consiglio_tuoto(9000, 8000, 6892, 0.95, 0.02) or 0.0)
    10000
    """
    if recall <= 2 * false_rate or links <= false_rate * (n1 + n2):
        return None
    return n1 * n2 * (recall - 2 * false_rate) / (links - false_rate * (n1 + n2))


def true_links(links: float, precision: float, recall: float) -> float | None:
    """True pairs behind a number of links: ``links * precision / recall``, the form least open to misreading.

    >>> true_links(1000, 0.99, 0.99)
    1000.0
    """
    return links * precision / recall if recall > 0 else None


def events_from_links(n1: float, n2: float, links: float, precision: float, recall: float) -> float | None:
    """Events: ``n1 n2 recall / (links precision)``; ``None`` when more pairs than records would be true.

    >>> round(events_from_links(9000, 8000, 6892, 0.9924550203, 0.95) or 0.0)
    10000
    """
    pairs = true_links(links, precision, recall)
    if pairs is None or pairs <= 0 or pairs > min(n1, n2):
        return None
    return n1 * n2 / pairs


@dataclass(frozen=True)
class Review:
    """What a clerical review by strata says of a set of links.

    Attributes:
        true: true links.
        precision: share of links that are true.
        precision_se: its standard error (strata in which all or none are true count as if half a link were otherwise).
        missed: true pairs among the candidates that were not linked.
        recall: share of true pairs that are linked.
        recall_low, recall_high: 95 % limits of recall, by Wilson within each unlinked stratum.
    """

    true: float
    precision: float
    precision_se: float
    missed: float
    recall: float
    recall_low: float
    recall_high: float


def clerical_review(linked: Sequence[tuple[int, int, int]], unlinked: Sequence[tuple[int, int, int]]) -> Review:
    """Precision and recall from a stratified sample that people looked at.

    Args:
        linked: links by stratum of their weight: (links, sampled, true among the sampled).
        unlinked: candidate pairs, or better records, that were not linked: (size, sampled, true among the sampled).

    >>> review = clerical_review([(5000, 200, 199), (1200, 200, 176)], [(2000, 200, 14)])
    >>> round(review.precision, 4), round(review.recall, 4)
    (0.9727, 0.9773)
    """
    size = sum(stratum[0] for stratum in linked)
    true = sum(n * hits / sample for n, sample, hits in linked)
    variance = 0.0
    for n, sample, hits in linked:
        p = hits / sample if 0 < hits < sample else (hits + 0.5) / (sample + 1)  # Jeffreys' Beta(.5, .5) at the edges
        variance += (n / size) ** 2 * p * (1 - p) / max(sample - 1, 1)
    missed = sum(n * hits / sample for n, sample, hits in unlinked)
    limits = [wilson(hits, sample) for _, sample, hits in unlinked]
    fewest = sum(n * (limit.low or 0.0) for (n, _, _), limit in zip(unlinked, limits, strict=True))
    most = sum(n * (limit.high or 0.0) for (n, _, _), limit in zip(unlinked, limits, strict=True))
    return Review(
        true, true / size, math.sqrt(variance), missed, true / (true + missed), true / (true + most), true / (true + fewest)
    )
