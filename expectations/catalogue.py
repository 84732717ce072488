"""The message catalogue: every text a user sees, in Chinese and English, by a stable id.

Sources are ``messages/<part>.<language>.po``; ``make messages`` compiles them into one ``messages/<language>.mo``.
A text may hold ``{name}`` placeholders with a format specification, as in ``{share:.1%}``.
"""

import gettext
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = ("zh", "en")
_COLUMNS: Final = ("period", "township", "village", "county", "observed", "expected", "low", "high", "p_value", "q_value", "events")
MESSAGES: Final = Path(__file__).parent / "messages"


class Catalogue:
    """Texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        with (MESSAGES / f"{language}.mo").open("rb") as file:
            self._texts = gettext.GNUTranslations(file)

    def text(self, message_id: str, /, **params: Any) -> str:
        """The text with this id, its placeholders filled.

        Raises:
            KeyError: no text has this id, or a placeholder is not given.
        """
        text = self._texts.gettext(message_id)
        if text == message_id:
            raise KeyError(message_id)
        return text.format_map(params) if params else text

    def has(self, message_id: str) -> bool:
        """Whether a text has this id."""
        return self._texts.gettext(message_id) != message_id

    def sentence(self, finding: Mapping[str, Any]) -> str:
        """A finding's sentence: ``finding.<code>`` with its columns and its ``params``, which come first where both have a name.

        Raises:
            KeyError: no text has this id, or it asks for something that the finding does not have.
        """
        params = json.loads(finding["params"])
        columns = {name: finding[name] for name in _COLUMNS if finding.get(name) is not None}
        return self.text(f"finding.{finding['code']}", **{**columns, **params})

    def series(self, prefix: str) -> list[str]:
        """The texts ``prefix.1``, ``prefix.2`` … as far as they go."""
        texts: list[str] = []
        while self.has(f"{prefix}.{len(texts) + 1}"):
            texts.append(self.text(f"{prefix}.{len(texts) + 1}"))
        return texts

    def code(self, code_list: str, value: str | None) -> str:
        """The word for a value of a code list, as in ``code("severity", "high")``."""
        return "" if value is None else self.text(f"code.{code_list}.{value}")

    def number(self, value: float, digits: int = 0) -> str:
        """A number with thousands separated, as in 12,345."""
        return f"{value:,.{digits}f}"

    def percent(self, value: float | None, digits: int = 1) -> str:
        """A share as a percentage, as in 93.1%; an em dash for none."""
        return "—" if value is None else f"{value * 100:.{digits}f}%"

    def interval(self, low: float | None, high: float | None, digits: int = 1) -> str:
        """A 95 % interval of a share: 区间 91.0–95.2 / 95% CI 91.0–95.2."""
        if low is None or high is None:
            return "—"
        return self.text("format.interval", low=f"{low * 100:.{digits}f}", high=f"{high * 100:.{digits}f}")


@cache
def catalogue(language: str) -> Catalogue:
    """The catalogue of a language, read once.

    Raises:
        KeyError: the language is neither ``zh`` nor ``en``.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    return Catalogue(language)


def system_language() -> str:
    """The language of the environment: ``LC_ALL``, ``LC_MESSAGES``, ``LANG``; Chinese when they say nothing."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value.startswith("zh"):
            return "zh"
        if value.startswith("en"):
            return "en"
    return "zh"
