"""Detector cards: what every detector says of itself. No card, no detector.

Texts are in the catalogue: ``card.<detector>.title``, ``.finds``, ``.method`` (three lines at most), ``.limits`` (what it does
not show), ``.innocent.1`` … and ``.next.1`` …; the sentence of a finding is ``finding.<code>``.
"""

from dataclasses import dataclass
from typing import Final

from expectations.catalogue import LANGUAGES, catalogue
from expectations.codes import FAMILIES


@dataclass(frozen=True, slots=True)
class Card:
    """A detector's card.

    Attributes:
        detector: name, as its file: ``rounded_returns``.
        code: stable code, as ``FAB-ROUND``; explain takes it.
        family: one of ``FAMILIES``.
        finding_codes: codes of the sentences it may say; each has ``finding.<code>`` in the catalogue.
        source: citation of the method.
        order: place in lists and in the account of a run.
        corroborates: whether an area finding of it counts as evidence toward high severity (METHODS S).
    """

    detector: str
    code: str
    family: str
    finding_codes: tuple[str, ...]
    source: str
    corroborates: bool = False

    def problems(self) -> list[str]:
        """Message ids the card lacks, in any language."""
        wanted = [f"card.{self.detector}.{part}" for part in ("title", "finds", "method", "limits", "innocent.1", "next.1")]
        wanted += [f"finding.{code}" for code in self.finding_codes]
        lacking = [f"{lang}:{mid}" for lang in LANGUAGES for mid in wanted if not catalogue(lang).has(mid)]
        if self.family not in FAMILIES:
            lacking.append(f"family {self.family}")
        if not self.source:
            lacking.append("source")
        return lacking


def cards() -> dict[str, Card]:
    """All cards by detector, in the order of DESIGN §5."""
    from expectations.cards import area_cards, row_cards  # here: the families import Card from this module

    return {card.detector: card for card in (*row_cards.CARDS, *area_cards.CARDS)}


FAMILY_ORDER: Final = {family: index for index, family in enumerate(FAMILIES)}
