"""Bytes to text. The header is better evidence of an encoding than any detector: GB18030 decodes Big5 without an error, wrongly."""

import codecs
from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

from audit.ingest.limits import MOST_UNREADABLE
from audit.ingest.spec import FileSpec
from expectations.errors import Problems, ReadError

_BOMS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
BROKEN: Final = "\ue0ff\ufffd"  # no text has it: U+FFFD behind a private character
_TRIED: Final = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "big5hkscs")
Found = TypeVar("Found")


def decode(
    data: bytes, spec: FileSpec, header_of: Callable[[str], Found | None], weight: Callable[[Found], int]
) -> tuple[str, str, Found | None]:
    """Text, encoding and what ``header_of`` found in it.

    Strictly in order, each over the whole file: BOM, UTF-8, UTF-16, GB18030, Big5; accepted when the header is recognised in it.

    Args:
        data: the file.
        spec: gives the encoding when the campaign does.
        header_of: finds the header in a text, or nothing.
        weight: how much of a header is recognised. GB18030 gives way to Big5 where that recognises more: where part of the
            header is in English, the wrong one of them still recognises that part.

    Raises:
        Problems: no encoding fits, or the one given does not exist or does not fit.
    """
    if spec.encoding:
        given = _codec(spec)
        text = _strict(data, given)
        if text is None:
            return _with_broken_rows(data, (given,), header_of) or _fail("E-READ-003", spec, tried=spec.encoding[:30])
        return text.removeprefix("\ufeff"), spec.encoding, header_of(text)
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            marked = _strict(data, encoding)
            if marked is not None:
                return marked, encoding.replace("-sig", " BOM"), header_of(marked)
    fallback: tuple[str, str] | None = None
    for encoding in _TRIED:
        text_or_none = _strict(data, encoding)
        if text_or_none is None:
            continue
        found = header_of(text_or_none)
        if found is not None:
            rival = _strict(data, "big5hkscs") if encoding == "gb18030" else None
            other = header_of(rival) if rival is not None else None
            if rival is not None and other is not None and weight(other) > weight(found):
                return rival, "big5hkscs", other
            return text_or_none, encoding, found
        if encoding == "utf-8":  # text of any other encoding is hardly ever valid UTF-8: its header is just unknown
            fallback = (text_or_none, encoding)
    if fallback is None:
        return _with_broken_rows(data, ("utf-8-sig", "gb18030"), header_of) or _fail(
            "E-READ-003", spec, tried="UTF-8, UTF-16, GB18030, Big5"
        )
    return *fallback, None


def _with_broken_rows(
    data: bytes, encodings: tuple[str, ...], header_of: Callable[[str], Found | None]
) -> tuple[str, str, Found | None] | None:
    """A file of which a few rows hold bytes that are no characters, as systems leave that cut a name to so many bytes.

    Those rows carry ``BROKEN`` and are put aside by whoever splits the rows.
    """
    for encoding in encodings:
        text = data.decode(encoding, "replace").replace("\ufffd", BROKEN)
        lines = text.split("\n")
        if sum(BROKEN in line for line in lines) <= MOST_UNREADABLE * len(lines) and (found := header_of(text)) is not None:
            return text, encoding.removesuffix("-sig"), found
    return None


def _codec(spec: FileSpec) -> str:
    """The codec for the encoding that the campaign gives."""
    name = spec.encoding or ""
    try:
        known = codecs.lookup(name)
        if not getattr(known, "_is_text_encoding", True):
            raise LookupError
    except (LookupError, ValueError):
        _fail("E-READ-021", spec, encoding=name[:30])
    # GBK files use characters of the larger set as soon as a rare surname is in them.
    return "gb18030" if known.name in ("gbk", "gb2312") else "utf-8-sig" if known.name == "utf-8" else known.name


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError, ValueError):
        return None


def _fail(code: str, spec: FileSpec, **params: object) -> NoReturn:
    raise Problems([ReadError(code, file=spec.file, params=params)]) from None
