"""Old workbooks looked through before they are parsed: the parser trusts sizes and chains that a damaged file gets wrong, and
an allocation that fails ends the process. Layouts: [MS-CFB] and [MS-XLS]."""

import struct
from array import array
from typing import Final

_FREE_FROM: Final = 0xFFFFFFFA  # sector numbers from here on are marks: free, end of chain, FAT, DIFAT
_END: Final = 0xFFFFFFFE
_CELLS: Final = frozenset(
    {0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E}
)  # begin with row, column
_DIMENSIONS: Final = 0x0200
_STRINGS: Final = 0x00FC
_MOST_COLUMNS: Final = 256
_MOST_ROWS: Final = 65_536


def sound(data: bytes) -> bool:
    """Whether a compound file's sectors, chains and sizes, and the records of its workbook, are what they claim."""
    try:
        container = _Container(data)
        streams = container.streams()
        books = [streams[name] for name in ("Workbook", "Book") if name in streams]
        return bool(books) and all(_records(book) for book in books)
    except (_Unsound, struct.error, IndexError, ValueError, UnicodeDecodeError):
        return False


class _Unsound(Exception):
    pass


class _Container:
    """A compound file: header, allocation tables, directory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        (tables,) = struct.unpack_from("<I", data, 44)
        self.directory, _, self.cutoff, self.first_mini, minis, more, more_n = struct.unpack_from("<IIIIIII", data, 48)
        if shift not in (9, 12) or mini_shift != 6:
            raise _Unsound
        self.size = 1 << shift
        self.sectors = max(0, (len(data) + self.size - 1) // self.size - 1)
        if max(tables, minis, more_n) > self.sectors:
            raise _Unsound
        self.table = self._table(tables, more)

    def _table(self, n: int, more: int) -> "array[int]":
        """The allocation table: for each sector the next one of its chain."""
        places = list(struct.unpack_from("<109I", self.data, 76))
        seen = 0
        while more < _FREE_FROM:
            entries = struct.unpack(f"<{self.size // 4}I", self._sector(more))
            places += entries[:-1]
            more, seen = entries[-1], seen + 1
            if seen > self.sectors:
                raise _Unsound
        table = array("I")
        for place in places[:n]:
            table.frombytes(self._sector(place))
        return table

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        sector = self.data[start : start + self.size]
        if number >= self.sectors or not sector:
            raise _Unsound
        return sector.ljust(self.size, b"\0")

    def chain(self, first: int) -> bytes:
        """The bytes of a chain of sectors that ends, and does not come back to where it was."""
        parts, at = [], first
        while at < _FREE_FROM:
            parts.append(self._sector(at))
            at = self.table[at]
            if len(parts) > self.sectors:
                raise _Unsound
        if at != _END:
            raise _Unsound
        return b"".join(parts)

    def streams(self) -> dict[str, bytes]:
        """Every stream by its name."""
        directory = self.chain(self.directory)
        entries = []
        for at in range(0, len(directory) - 127, 128):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            first, size = struct.unpack_from("<II", directory, at + 116)
            if kind in (1, 2, 5):
                entries.append((directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le"), kind, first, size))
        root = next((entry for entry in entries if entry[1] == 5), None)
        if root is None:
            raise _Unsound
        small = self.chain(root[2]) if root[3] else b""
        nexts = array("I")
        nexts.frombytes(self.chain(self.first_mini) if self.first_mini < _FREE_FROM else b"")
        found = {}
        for name, kind, first, size in entries:
            if kind == 2 and size:
                content = self.chain(first) if size >= self.cutoff else self._mini_chain(first, small, nexts)
                if len(content) < size:
                    raise _Unsound
                found[name] = content[:size]
        return found

    @staticmethod
    def _mini_chain(first: int, small: bytes, nexts: "array[int]") -> bytes:
        parts: list[bytes] = []
        at = first
        while at < _FREE_FROM:
            part = small[at * 64 : at * 64 + 64]
            if not part or len(parts) > len(nexts):
                raise _Unsound
            parts.append(part)
            at = nexts[at]
        return b"".join(parts)


def _records(book: bytes) -> bool:
    """Whether all records of a workbook stream lie within it and no cell lies beyond what a sheet can hold."""
    at, end, unpack = 0, len(book), struct.Struct("<HH").unpack_from
    while at + 4 <= end:
        kind, size = unpack(book, at)
        start = at + 4
        at = start + size
        if at > end:
            return False
        if kind in _CELLS:
            if size < 4 or unpack(book, start)[1] >= _MOST_COLUMNS:
                return False
        elif kind == _DIMENSIONS:
            if not _dimensions(book, start, size):
                return False
        elif kind == _STRINGS and (size < 8 or max(struct.unpack_from("<II", book, start)) > end):
            return False
        elif kind == 0 and size == 0:  # padding behind the last record
            return not any(book[at : at + 4096])
    return True


def _dimensions(book: bytes, start: int, size: int) -> bool:
    if size >= 14:  # BIFF8
        _, last_row, _, last_column = struct.unpack_from("<IIHH", book, start)
    elif size >= 10:
        _, last_row, _, last_column = struct.unpack_from("<HHHH", book, start)
    else:
        return False
    return bool(last_row <= _MOST_ROWS and last_column <= _MOST_COLUMNS)
