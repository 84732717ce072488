"""Figures and findings as people read them, in one language. The only place that decides how a number looks."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from expectations.catalogue import Catalogue, catalogue
from expectations.codes import DOUBTFUL_METHODS
from reports.text import clean

SYMBOLS: Final = {"high": "▲▲▲", "medium": "▲▲", "low": "▲"}
Row = Mapping[str, Any]


class Words:
    """Words of one language for reports.

    Args:
        language: ``zh`` or ``en``.
        minimum: counts that come from linking are not shown below it (DESIGN C3).
        written_in: the language in which the run words ``message``.
    """

    def __init__(self, language: str, minimum: int, written_in: str) -> None:
        self.language = language
        self.minimum = max(minimum, 10)
        self._written_in = written_in
        self._catalogue: Catalogue = catalogue(language)
        self.card_list, self.field, self._bare = cache(self._card_list), cache(self._field), cache(self._catalogue.text)

    def say(self, message_id: str, /, **params: Any) -> str:
        """The text ``reports.<message_id>``."""
        return self._catalogue.text(f"reports.{message_id}", **params) if params else self._bare(f"reports.{message_id}")

    def code(self, code_list: str, value: str | None) -> str:
        """The word for a value of a code list."""
        return self._catalogue.code(code_list, value)

    def number(self, value: float | None, digits: int = 0) -> str:
        """A number, or an em dash."""
        return "—" if value is None else self._catalogue.number(value, digits)

    def percent(self, value: float | None, digits: int = 1) -> str:
        """A share, or an em dash."""
        return self._catalogue.percent(value, digits)

    def interval(self, low: float | None, high: float | None, digits: int = 1) -> str:
        """A 95 % interval of a share."""
        return self._catalogue.interval(low, high, digits)

    def count_interval(self, low: float | None, high: float | None) -> str:
        """A 95 % interval of a count."""
        if low is None or high is None:
            return "—"
        return self._catalogue.text("format.interval", low=self.number(low), high=self.number(high))

    def bare_interval(self, low: float | None, high: float | None, scale: float = 100, digits: int = 1) -> str:
        """The limits alone, for columns whose header says what they are."""
        if low is None or high is None:
            return "—"
        return f"{low * scale:,.{digits}f}–{high * scale:,.{digits}f}"

    def why_not(self, reason: str | None) -> str:
        """*Not estimable* with its reason; never a bare dash."""
        word = self.code("outcome", "not_estimable")
        return word if reason is None else self.say("with_reason", word=word, reason=self.code("reason", reason))

    def basis(self, row: Row) -> str:
        """What a completeness rests on and whether an assumption of it is in doubt, or why there is none."""
        if row["completeness"] is None:
            return self.why_not(row["reason"])
        word = self.code("method", row["method"])
        return self.say("in_doubt", word=word, reason=self.code("reason", row["reason"])) if row["reason"] else word

    @staticmethod
    def is_doubtful(row: Row) -> bool:
        """Whether a completeness is given although an assumption it rests on visibly fails."""
        return row["completeness"] is not None and (row["reason"] is not None or row["method"] in DOUBTFUL_METHODS)

    def unreported(self, row: Row) -> str:
        """``unreported_at_least`` of a coverage row: about so many, fewer than ten, or not estimable."""
        value = row["unreported_at_least"]
        if row["withheld"] or (value is not None and value < self.minimum):
            return self.say("fewer_than", minimum=self.minimum)
        if value is None:
            return self.why_not(row["reason"])
        return self.say("about", number=self.number(value))

    def severity(self, severity: str) -> str:
        """Severity as symbol and word: ▲▲▲ 高."""
        return f"{SYMBOLS[severity]} {self.code('severity', severity)}"

    def sentence(self, finding: Row) -> str:
        """A finding's sentence; worded anew when the run was worded in the other language."""
        message: str = finding["message"]
        message_id = f"finding.{finding['code']}"
        if (message and self.language == self._written_in) or not self._catalogue.has(message_id):
            return message
        try:
            return clean(self._catalogue.sentence(finding))
        except (KeyError, ValueError, IndexError):
            return message  # parameters of an older version: the other language is better than nothing

    def _field(self, name: str) -> str:
        """The name of a field of a births source."""
        message_id = f"reports.field.{name}"
        return self._catalogue.text(message_id) if self._catalogue.has(message_id) else name

    def title(self, detector: str) -> str:
        """A detector's title."""
        return self.card_text(detector, "title") or detector

    def card_text(self, detector: str, part: str) -> str:
        """``title``, ``finds``, ``method`` or ``limits`` of a detector's card."""
        message_id = f"card.{detector}.{part}"
        return self._catalogue.text(message_id) if self._catalogue.has(message_id) else ""

    def _card_list(self, detector: str, part: str) -> tuple[str, ...]:
        """``innocent`` explanations or ``next`` steps of a detector's card."""
        return tuple(self._catalogue.series(f"card.{detector}.{part}"))
