"""How much one file may hold. Checked before it is parsed, so that a bomb is answered with a sentence and not with a crash."""

from typing import Final

LARGEST_FILE: Final = 4 << 30  # bytes on disk
BYTES_A_BYTE: Final = 18  # of memory at the height of reading, for each byte of a text file; measured on a register of 200,000 rows
BYTES_A_LINE: Final = 130  # and for each line, where lines are of a few letters; measured on a cell of ten million line breaks
LARGEST_UNPACKED: Final = 4 << 30  # bytes in a workbook or zip when unpacked
LARGEST_RATIO: Final = 400  # unpacked to packed; sheets of real registers reach about 30
LARGEST_LINE: Final = 1 << 20  # bytes from one line break to the next
MOST_COLUMNS: Final = 16_384  # what a worksheet can hold
MOST_CELLS: Final = 60_000_000  # of a sheet, empty ones included: its reader makes room for all of them at once
HEADER_ROWS: Final = 20  # the header is looked for in so many rows
MOST_UNREADABLE: Final = 0.05  # share of a file's rows that may be put aside
MOST_UNKNOWN: Final = 0.5  # share of rows whose township may be unknown; also of a required field's unreadable values


def rounded(count: int, reference: bool) -> int:
    """A count as it may be shown: for a reference file in full tens, so that it says nothing of one person (DESIGN C1).

    Rounded up, so that rows put aside are never passed over in silence.

    >>> rounded(37, reference=True), rounded(4, reference=True), rounded(37, reference=False)
    (40, 10, 37)
    """
    return -(-count // 10) * 10 if reference else count


def said(count: int, reference: bool) -> str:
    """The same in words for messages: ``~40``, ``<10``; exact for what is audited.

    >>> said(37, reference=True), said(4, reference=True), said(37, reference=False)
    ('~40', '<10', '37')
    """
    if not reference:
        return f"{count:,}"
    return "<10" if count < 10 else f"~{rounded(count, True):,}"
