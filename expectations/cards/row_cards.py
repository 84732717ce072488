"""Cards of the families validity, duplicates, completeness and timeliness."""

from typing import Final

from expectations.cards import Card

CARDS: Final[tuple[Card, ...]] = ()
