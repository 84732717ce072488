"""What somebody may have meant by a word that is not known."""

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], n: int = 3) -> list[str]:
    """The known words most like a mistyped one, best first.

    >>> nearest("东化镇", ["西岭乡", "东华镇", "南河镇"], n=1)
    ['东华镇']
    """
    known = list(dict.fromkeys(known))
    inside = [other for other in known if word and (word in other or other in word)]
    close = difflib.get_close_matches(word, known, n=n, cutoff=0.5)
    return list(dict.fromkeys([*close, *inside]))[:n]


def suggest(word: str, known: Iterable[str]) -> str:
    """The nearest known words in a row; where none is near, the first few there are; a dash where there is nothing."""
    known = list(dict.fromkeys(known))
    return " · ".join(nearest(word, known) or known[:3]) or "—"
