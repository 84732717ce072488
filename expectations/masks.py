"""Masks. A masked value tells a clerk which row is meant and a stranger nothing more."""

import datetime as dt
import re

_NAMES = frozenset({"name", "mother_name", "father_name"})
_NUMBERS = frozenset({"id_number", "mother_id_number"})
_DATES = frozenset({"birth_date"})


def mask(field: str, value: object) -> str | None:
    """Mask one value of a births source by the kind of its field.

    Args:
        field: a field of ``expectations.fields.BIRTH_FIELDS``.
        value: the raw value; ``None`` stays ``None``.

    Returns:
        The masked text. Names keep their first character (王**), identity numbers the first six and the
        last (690121***********X), dates of birth the year and month (2021-05-**); other fields stand as they are.

    >>> mask("name", "王小明"), mask("id_number", "690121202507110403"), mask("birth_date", "2021-05-22")
    ('王**', '690121***********3', '2021-05-**')
    """
    if value is None:
        return None
    if isinstance(value, dt.date):
        value = value.isoformat()
    text = str(value).strip()
    if not text:
        return ""
    if field in _NAMES:
        return text[0] + "*" * (len(text) - 1)
    if field in _NUMBERS:
        return text[:6] + "*" * max(0, len(text) - 7) + text[-1] if len(text) > 7 else "*" * len(text)
    if field in _DATES:
        return _mask_day(text)
    return text


def mask_unknown(value: object) -> str | None:
    """Mask a value whose meaning is not known: the first half stands, every letter or digit after it is a star.

    >>> mask_unknown("2021-1a-22")
    '2021-**-**'
    """
    if value is None:
        return None
    text = str(value)[:40]
    keep = min(4, len(text) // 2)
    return text[:keep] + "".join("*" if ch.isalnum() else ch for ch in text[keep:])


def _mask_day(text: str) -> str:
    """Stars for the day: the digits of the third group (2021年5月2日), or all from the seventh on where they run together."""
    groups = list(re.finditer(r"[0-9０-９]+", text))
    if not groups:
        return "*" * len(text)
    start = groups[2].start() if len(groups) > 2 else groups[0].start() + (6 if len(groups[0].group()) > 6 else 2)
    return text[:start] + re.sub(r"[0-9０-９]", "*", text[start:])
