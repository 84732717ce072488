"""Cards of the families rates and fabrication."""

from typing import Final

from expectations.cards import Card

CARDS: Final[tuple[Card, ...]] = ()
