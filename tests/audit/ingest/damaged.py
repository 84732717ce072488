"""Campaigns as they should not be, each made by code: what a name stands for and whether the audit may go on."""

import io
import zipfile
from dataclasses import dataclass, field, replace

from tests.audit.ingest.world import AREAS, CAMPAIGN, INDICATORS, RATES, RETURNS, births, ods, parquet, text, xls, xlsx


@dataclass(frozen=True)
class Damage:
    """One damaged campaign.

    Attributes:
        status: the exit status it must end in.
        files: what stands in the folder instead of the good files; ``None`` for a file that is not there.
    """

    name: str
    status: int
    campaign: bytes = CAMPAIGN.encode()
    files: dict[str, bytes | str | None] = field(default_factory=dict)


# What is wrong with one source shows without the tables, which take most of the time to read.
BARE = CAMPAIGN.split("[tables.")[0].encode()


def corpus():
    """All of them, over seventy."""
    bare = [*_files(), *_workbooks(), *_rows(), *_columns(), *_areas(), *_harmless()]
    return [
        *_configs(),
        *_tables(),
        *(replace(damage, campaign=damage.campaign.replace(CAMPAIGN.encode(), BARE)) for damage in bare),
    ]


def _config(name, old, new, status=2):
    assert old in CAMPAIGN, old
    return Damage(f"toml: {name}", status, CAMPAIGN.replace(old, new).encode())


def _configs():
    yield Damage("toml: empty", 2, b"")
    yield Damage("toml: not UTF-8", 2, CAMPAIGN.encode("gb18030"))
    yield Damage("toml: UTF-16", 2, CAMPAIGN.encode("utf-16"))
    yield Damage("toml: zeros", 2, bytes(1000))
    yield Damage("toml: cut off", 2, CAMPAIGN.encode()[:80])
    yield Damage("toml: a thousand brackets", 2, b"a = " + b"[" * 100_000)
    yield Damage("toml: a thousand tables deep", 2, b"a" + b".a" * 20_000 + b" = 1")
    yield Damage("toml: two megabytes", 2, CAMPAIGN.encode() + b"#" * (2 << 20))
    yield Damage("toml: a workbook", 2, xlsx(births(2)))
    yield _config("Chinese quotes", 'name = "核查"', "name = “核查”")
    yield _config("key twice", "seed = 1", "seed = 1\nseed = 2")
    yield _config("unknown section", "[tables.bureau]", "[table.bureau]")
    yield _config("no sources", "[sources.", "[tables.sources.")
    yield _config("two audited", '"reference"', '"audited"')
    yield _config("none audited", '"audited"', '"reference"')
    yield _config("role census", '"reference"', '"census"')
    yield _config("role in Chinese", '"reference"', '"对照"')
    yield _config("years as text", "[2018, 2025]", '"2018-2025"')
    yield _config("years far apart", "[2018, 2025]", "[1950, 2025]")
    yield _config("huge seed", "seed = 1", "seed = 99999999999999999999999")
    yield _config("minimum cell", "seed = 1", "seed = 1\n[disclosure]\nminimum_cell = 1")
    yield _config("county blank", '"云川县"', '" "')
    yield _config("county unknown", '"云川县"', '"云州县"')
    yield _config("path with a null", '"household.csv"', '"house\\u0000hold.csv"')
    yield _config("path a folder", '"household.csv"', '"."')
    yield _config("path a device", '"household.csv"', '"/dev/zero"')
    yield _config("path upwards", '"household.csv"', '"../../../etc/hostname"')
    yield _config("path bidirectional", '"household.csv"', '"\u202ehold\u2066.csv"')
    yield _config("sheet of a text file", '"household.csv"', '"household.csv"\nsheet = "一"', 0)
    yield _config("encoding unknown", '"household.csv"', '"household.csv"\nencoding = "gb2313"')
    yield _config("encoding wrong", '"household.csv"', '"household.csv"\nencoding = "ascii"')
    yield _config("header row beyond the end", '"household.csv"', '"household.csv"\nheader_row = 900')


def _files():
    good = text(births(40, start=7))
    yield Damage("file: missing", 2, files={"household.csv": None})
    yield Damage("file: areas missing", 2, files={"areas.csv": None})
    yield Damage("file: empty", 2, files={"household.csv": b""})
    yield Damage("file: a mark and nothing", 2, files={"household.csv": b"\xff\xfe"})
    yield Damage("file: blank lines", 2, files={"household.csv": b"\r\n" * 100})
    yield Damage("file: header only", 2, files={"household.csv": good.splitlines()[0]})
    yield Damage("file: no header", 2, files={"household.csv": "\n".join(good.splitlines()[1:])})
    yield Damage("file: one column", 2, files={"household.csv": "姓名\n王明\n"})
    yield Damage("file: web page", 2, files={"household.csv": b"<!DOCTYPE html><table><tr><td>1</table>"})
    yield Damage("file: PDF", 2, files={"household.csv": b"%PDF-1.4\n" + bytes(300)})
    yield Damage("file: picture", 2, files={"household.csv": b"\x89PNG\r\n\x1a\n" + bytes(300)})
    yield Damage("file: gzip", 2, files={"household.csv": b"\x1f\x8b\x08" + bytes(300)})
    yield Damage("file: random bytes", 2, files={"household.csv": bytes(range(256)) * 20})
    yield Damage("file: zeros", 2, files={"household.csv": bytes(5000)})
    yield Damage("file: Latin-1", 2, files={"household.csv": "Größe;Maß\nä;ö\n".encode("latin-1")})
    yield Damage("file: one long line", 2, files={"household.csv": good.encode() + b"x" * (3 << 20)})
    yield Damage("file: a long cell in quotes", 2, files={"household.csv": good + '"' + "y" * (3 << 20) + '"'})
    yield Damage("file: a cell of many short lines", 2, files={"household.csv": good + '"' + "x\n" * 100_000 + '"'})
    yield Damage("file: a million columns", 2, files={"household.csv": b"a," * 1_000_000})
    yield Damage("file: the same twice", 2, files={"household.csv": text(births(40))})
    yield Damage(
        "file: cut within a character", 2, files={"household.csv": good.encode()[: good.encode().index("东".encode()) + 1]}
    )


def _workbooks():
    whole = xlsx(births(40, start=7))
    yield Damage("workbook: cut off", 2, files={"household.csv": whole[:-200]})
    yield Damage("workbook: first half", 2, files={"household.csv": whole[: len(whole) // 2]})
    yield Damage("workbook: one byte changed", 2, files={"household.csv": _changed(whole)})
    yield Damage("workbook: old and cut", 2, files={"household.csv": xls(births(40, start=7))[:2000]})
    yield Damage("workbook: two sheets", 2, files={"household.csv": xlsx(None, {"一": births(3), "二": births(3)})})
    yield Damage("workbook: nothing in it", 2, files={"household.csv": xlsx([])})
    yield Damage("workbook: header only", 2, files={"household.csv": xlsx(births(0))})
    yield Damage("workbook: no header", 2, files={"household.csv": xlsx(births(9)[1:])})
    yield Damage("workbook: bomb", 2, files={"household.csv": _bomb()})
    yield Damage("workbook: parts missing", 2, files={"household.csv": _zip({"xl/workbook.xml": b"<workbook/>"})})
    yield Damage(
        "workbook: XML broken", 2, files={"household.csv": _zip({"xl/workbook.xml": b"<workbook", "[Content_Types].xml": b"<"})}
    )
    strings = whole_of(whole, "xl/sharedStrings.xml", b"<t>", b"<t>" + b"x" * (20 << 20))
    twice = whole_of(whole, "xl/worksheets/sheet1.xml", b'r="F9"', b'r="F9"r="XFD1048576"')
    yield Damage("workbook: a cell that says twice where it is", 2, files={"household.csv": twice})
    yield Damage("workbook: a cell of twenty megabytes", 2, files={"household.csv": strings})
    yield Damage("zip: two files", 2, files={"household.csv": _zip({"a.csv": b"1", "b.csv": b"2"})})
    yield Damage("zip: nothing", 2, files={"household.csv": _zip({})})
    yield Damage("zip: a zip", 2, files={"household.csv": _zip({"a.zip": _zip({"a.csv": b"1"})})})
    yield Damage("Parquet: cut off", 2, files={"household.csv": parquet(births(9))[:-9]})
    yield Damage("Parquet: marks only", 2, files={"household.csv": b"PAR1" + bytes(40) + b"PAR1"})
    yield Damage("OpenDocument: cut off", 2, files={"household.csv": ods(births(9))[:-60]})


def _rows():
    lines = text(births(40, start=7)).splitlines()
    yield Damage(
        "rows: all a cell short",
        2,
        files={"household.csv": "\n".join([lines[0], *(line[: line.rindex(",")] for line in lines[1:])])},
    )
    yield Damage("rows: quotes broken in all", 2, files={"household.csv": "\n".join(line.replace("村", '村"') for line in lines)})
    yield Damage("rows: a quote never closed", 0, files={"household.csv": "\n".join([*lines[:5], '"' + lines[5], *lines[6:]])})
    yield Damage("rows: one ragged", 0, files={"household.csv": "\n".join([*lines[:5], lines[5] + ",x", *lines[6:]])})
    yield Damage(
        "rows: townships unknown",
        2,
        files={"household.csv": "\n".join(line.replace("镇", "某").replace("乡,", "某,") for line in lines)},
    )
    yield Damage(
        "rows: dates unreadable", 2, files={"household.csv": "\n".join([lines[0], *(line.replace("-", "?") for line in lines[1:])])}
    )
    yield Damage("rows: control characters", 0, files={"household.csv": text(births(40, start=7)).replace("王", "王\x00\x1b[31m")})
    yield Damage("rows: formulas", 0, files={"registry.csv": text(births(40)).replace("王小明", "=HYPERLINK(1)")})
    yield Damage("rows: bidirectional marks", 0, files={"registry.csv": text(births(40)).replace("王小明", "\u202e王小明")})


def _columns():
    rows = births(40, start=7)
    yield Damage("columns: no sex", 2, files={"household.csv": text([[*row[:4], *row[5:]] for row in rows])})
    yield Damage("columns: no name and no number", 2, files={"household.csv": text([[*row[:3], *row[4:6]] for row in rows])})
    yield Damage("columns: name twice", 2, files={"household.csv": text([[*row, row[3]] for row in rows])})
    yield Damage("columns: unknown override", 2, CAMPAIGN.encode() + b'[columns.household]\n"x" = "name"\n')
    yield Damage("columns: override out of scope", 2, CAMPAIGN.encode() + '[columns.household]\n"民族" = "village"\n'.encode())
    yield Damage("columns: out of scope", 0, files={"household.csv": text([[*row, "民族"] for row in rows])})
    yield Damage(
        "columns: a header with an escape",
        0,
        files={"registry.csv": text([[*births(0)[0], "\x1b]0;x\x07"], *([*row, ""] for row in births(40)[1:])])},
    )


def _areas():
    yield Damage("areas: a code twice", 2, files={"areas.csv": text([*AREAS, AREAS[1]])})
    yield Damage("areas: a name twice", 2, files={"areas.csv": text([*AREAS, ["9", *AREAS[1][1:]]])})
    yield Damage("areas: header only", 2, files={"areas.csv": text(AREAS[:1])})
    yield Damage("areas: no parents", 2, files={"areas.csv": text([row[:3] for row in AREAS])})
    yield Damage("areas: another county", 2, files={"areas.csv": text([AREAS[0], *([*row[:3], "别县"] for row in AREAS[1:])])})
    yield Damage(
        "areas: a successor in a circle",
        2,
        files={"areas.csv": text([[*AREAS[0], "并入"], *([*row, row[1]] for row in AREAS[1:])])},
    )
    yield Damage("areas: the register", 2, files={"areas.csv": text(births(9))})


def _tables():
    yield Damage(
        "tables: a refused indicator",
        2,
        files={"indicators.csv": text([*INDICATORS, [*INDICATORS[1][:3], "节育率", *INDICATORS[1][4:]]])},
    )
    yield Damage(
        "tables: figures are words",
        2,
        files={"returns.csv": text([RETURNS[0], *([*row[:3], "许多", row[4]] for row in RETURNS[1:])])},
    )
    yield Damage(
        "tables: months unreadable",
        2,
        files={"returns.csv": text([RETURNS[0], *([*row[:2], "春", *row[3:]] for row in RETURNS[1:])])},
    )
    yield Damage("tables: rates for returns", 2, files={"returns.csv": text(RATES)})
    yield Damage(
        "tables: half of the figures missing",
        0,
        files={"bureau.csv": text([RATES[0], *([*row[:3], "", "", ""] for row in RATES[1:])])},
    )
    yield Damage(
        "tables: huge numbers", 0, files={"returns.csv": text([RETURNS[0], [*RETURNS[1][:3], "9" * 400, "1e999"], *RETURNS[2:]])}
    )


def _harmless():
    rows = births(40, start=7)
    yield Damage("harmless: title rows", 0, files={"household.csv": xlsx([["云川县"], [], *rows])})
    yield Damage("harmless: tabs under xls", 0, files={"household.csv": text(rows, "\t").encode("gb18030")})
    yield Damage("harmless: old line ends", 0, files={"household.csv": text(rows, end="\r")})
    yield Damage("harmless: a zip of one", 0, files={"household.csv": _zip({"../x/登记.csv": text(rows).encode()})})


def whole_of(book, name, old, new):
    """A workbook with something replaced once in one of its parts."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    return _zip({part: content.replace(old, new, 1) if part == name else content for part, content in parts.items()})


def _zip(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _changed(book):
    """One bit of a sheet's packed rows turned over."""
    at = book.index(b"xl/worksheets/sheet1.xml") + 400
    return book[:at] + bytes([book[at] ^ 4]) + book[at + 1 :]


def _bomb():
    return _zip({"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": bytes(40 << 20)})
