"""More campaigns as they should not be: what a tester from outside sends. Each with the exit status it must end in."""

import io
import zipfile

import xlsxwriter

from tests.audit.ingest.damaged import BARE, Damage
from tests.audit.ingest.world import AREAS, CAMPAIGN, INDICATORS, RATES, RETURNS, births, ods, text, xlsx

GOOD = births(60, start=7)
LINES = text(GOOD).splitlines(keepends=True)


def outside():
    """All of them."""
    return [*_encodings(), *_line_ends(), *_books(), *_dates(), *_areas(), *_configs(), *_figures()]


def _file(name, status, data, file="household.csv"):
    return Damage(name, status, BARE, {file: data})


def _encodings():
    whole = "".join(LINES)
    half = len(LINES) // 2
    yield _file("mixed: half UTF-8, half GB18030", 2, "".join(LINES[:half]).encode() + "".join(LINES[half:]).encode("gb18030"))
    yield _file("mixed: one row in another encoding", 0, "".join(LINES[:-1]).encode() + LINES[-1].encode("gb18030"))
    yield _file("mixed: UTF-16 after UTF-8", 2, "".join(LINES[:half]).encode() + "".join(LINES[half:]).encode("utf-16-le"))
    yield _file("UTF-16 without a mark, low byte first", 0, whole.encode("utf-16-le"))
    yield _file("UTF-16 without a mark, high byte first", 0, whole.encode("utf-16-be"))
    yield _file("UTF-16 with an odd number of bytes", 2, whole.encode("utf-16")[:-1])
    yield _file("UTF-32", 2, whole.encode("utf-32"))
    yield _file("UTF-7", 2, whole.encode("utf-7"))
    yield _file("a mark in the middle", 0, ("".join(LINES[:9]) + "\ufeff" + "".join(LINES[9:])).encode())
    yield _file("two marks at the start", 0, ("\ufeff\ufeff" + whole).encode())
    yield _file(
        "two exports one after the other", 0, ("\ufeff" + "".join(LINES[:9]) + "\ufeff" + LINES[0] + "".join(LINES[9:])).encode()
    )
    yield _file("NULs between all letters", 2, whole.replace("王", "\x00王").replace(",", "\x00,\x00").encode())
    yield _file("NULs in one row", 0, ("".join(LINES[:9]) + "\x00\x00" + "".join(LINES[9:])).encode())
    yield _file("a thousand NULs at the end", 0, whole.encode() + bytes(1_000))
    yield _file("the end of file of old systems", 0, whole.encode("gb18030") + b"\x1a")
    yield _file("overlong UTF-8", 2, whole.encode().replace(b",", b"\xc0\xac"))
    yield _file("surrogates written as UTF-8", 2, (whole.replace("王", "\ud83d")).encode("utf-8", "surrogatepass"))
    yield _file("an encoding that is none", 2, whole.encode("cp037", "replace"))


def _line_ends():
    bare = [line.strip("\r\n") for line in LINES]
    ends = ("\n", "\r\n", "\r")
    yield _file("line ends of three kinds", 2, "".join(line + ends[i % 3] for i, line in enumerate(bare)))
    yield _file("no end on the last line", 0, "\n".join(bare))
    yield _file("\\n\\r line ends", 0, "\n\r".join(bare))
    yield _file("blank lines between all", 0, "\n\n".join(bare))
    yield _file("form feeds for line ends", 2, "\x0c".join(bare))
    yield _file("Unicode line ends", 2, "\u2028".join(bare))
    yield _file("a quote in every line, never closed", 2, "\n".join(f'"{line}' for line in bare))
    yield _file(
        "separators change half way", 2, "\n".join(line if i < 30 else line.replace(",", ";") for i, line in enumerate(bare))
    )
    yield _file("bars for separators", 0, "\n".join(line.replace(",", "|") for line in bare))
    yield _file("a separator line of Excel first", 0, "sep=,\n" + "\n".join(bare))


def book(fill, **options):
    """A workbook as ``fill`` makes it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as made:
        fill(made)
    return out.getvalue()


def rows_on(sheet, rows, top=0):
    for at, row in enumerate(rows):
        sheet.write_row(at + top, 0, row)


def _books():
    def merged(made):
        sheet = made.add_worksheet()
        sheet.merge_range(0, 0, 0, 10, "云川县出生登记")
        sheet.merge_range(1, 3, 1, 6, "子女")
        rows_on(sheet, GOOD, 2)

    def hidden(made):
        rows_on(made.add_worksheet("登记"), GOOD)
        secret = made.add_worksheet("旧")
        rows_on(secret, GOOD[:9])
        secret.hide()

    def only_hidden(made):
        made.add_worksheet("封面")
        sheet = made.add_worksheet("登记")
        rows_on(sheet, GOOD)
        sheet.very_hidden()

    def errors(made):
        sheet = made.add_worksheet()
        rows_on(sheet, GOOD)
        for row in range(1, 6):
            for column, (formula, told) in enumerate(
                (("=1/0", "#DIV/0!"), ("=NA()", "#N/A"), ("=X9()", "#NAME?"), ("=#REF!", "#REF!"))
            ):
                sheet.write_formula(row + 20, column + 2, formula, None, told)

    def uncomputed(made):
        sheet = made.add_worksheet()
        rows_on(sheet, GOOD[:1])
        for at, row in enumerate(GOOD[1:], start=1):
            for column, cell in enumerate(row):
                sheet.write_formula(at, column, f'="{cell}"', None, "")

    def chart_only(made):
        made.add_chartsheet("图")

    def far_cell(made):
        sheet = made.add_worksheet()
        rows_on(sheet, GOOD)
        sheet.write(1_048_575, 16_383, "x")

    def far_down(made):
        sheet = made.add_worksheet()
        rows_on(sheet, GOOD)
        sheet.write(900_000, 3, " ")

    yield _file("book: merged title and group headers", 0, book(merged))
    yield _file("book: a hidden sheet with rows too", 2, book(hidden))
    yield _file("book: the rows on a very hidden sheet", 0, book(only_hidden))
    yield _file("book: formulas with errors", 0, book(errors))
    yield _file("book: formulas never computed", 2, book(uncomputed))
    yield _file("book: a chart and nothing else", 2, book(chart_only))
    yield _file("book: a cell at the far corner", 2, book(far_cell))
    yield _file("book: a blank cell far below", 0, book(far_down))
    yield _file("book: strings beyond the table of strings", 2, _part(xlsx(GOOD), "xl/sharedStrings.xml", b"<si>", b"<xx>"))
    yield _file("book: a sheet that is no XML", 2, _part(xlsx(GOOD), "xl/worksheets/sheet1.xml", b"<sheetData>", b"\x00\xff"))
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><office:document-content'
    yield _file("book: a document type with entities", 0, _part(ods(GOOD), "content.xml", b"<office:document-content", entities))
    yield _file("book: a table never closed", 2, _part(ods(GOOD), "content.xml", b"</table:table>", b""))


def _part(data, name, old, new):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            content = before.read(part)
            after.writestr(part, content.replace(old, new) if part == name else content)
    return out.getvalue()


def _dates():
    def serials(start):
        rows = [[*row] for row in GOOD]
        for at, row in enumerate(rows[1:]):
            row[5] = str(start + 100 * (at % 20))
        return text(rows)

    yield _file("dates: serials of 1900 as text", 0, serials(43_500))
    yield _file("dates: serials of 1904, of other days", 0, serials(42_038))
    yield _file("dates: American", 2, text([GOOD[0], *([*row[:5], "05/22/2021", *row[6:]] for row in GOOD[1:])]))
    yield _file("dates: years of two digits", 2, text([GOOD[0], *([*row[:5], "21-5-22", *row[6:]] for row in GOOD[1:])]))
    yield _file("dates: of the lunar calendar", 2, text([GOOD[0], *([*row[:5], "四月十一", *row[6:]] for row in GOOD[1:])]))
    yield _file("dates: in the year 0", 2, text([GOOD[0], *([*row[:5], "0000-00-00", *row[6:]] for row in GOOD[1:])]))


def _areas():
    head, *towns = AREAS
    county = ["690121", "云川县", "县", "江州市"]
    yield _file("areas: a county within itself", 0, text([head, ["690121", "云川县", "县", "云川县"], *towns]), "areas.csv")
    yield _file(
        "areas: two counties within each other",
        0,
        text([head, [*county[:3], "河阳县"], ["690122", "河阳县", "县", "云川县"], *towns]),
        "areas.csv",
    )
    yield _file("areas: two roots of one name", 0, text([head, county, ["690199", "云川县", "县", ""], *towns]), "areas.csv")
    yield _file("areas: a township within itself", 2, text([head, *([*row[:3], row[1]] for row in towns)]), "areas.csv")
    yield _file(
        "areas: codes of two lengths for one place", 2, text([head, *towns, [f"{towns[0][0]}000", *towns[0][1:]]]), "areas.csv"
    )
    yield _file("areas: codes as numbers with a point", 0, text([head, *([f"{row[0]}.0", *row[1:]] for row in towns)]), "areas.csv")
    yield _file("areas: codes in powers of ten", 2, text([head, *(["6.90121E+08", *row[1:]] for row in towns)]), "areas.csv")
    yield _file("areas: no codes", 2, text([head, *(["", *row[1:]] for row in towns)]), "areas.csv")
    yield _file("areas: no level known", 2, text([head, *([*row[:2], "某级", row[3]] for row in towns)]), "areas.csv")
    yield _file(
        "areas: a circle of successors",
        2,
        text([[*head, "并入"], [*towns[0], "白石镇"], [*towns[1], "东华镇"], *([*row, ""] for row in towns[2:])]),
        "areas.csv",
    )


def _config(name, old, new, status=2):
    assert old in CAMPAIGN, old
    return Damage(f"toml: {name}", status, CAMPAIGN.replace(old, new).encode())


def _configs():
    yield _config("years the other way round", "[2018, 2025]", "[2025, 2018]")
    yield _config("years as fractions", "[2018, 2025]", "[2018.0, 2025.5]")
    yield _config("years as days", "[2018, 2025]", "[2018-01-01, 2025-12-31]")
    yield _config("three years", "[2018, 2025]", "[2018, 2020, 2025]")
    yield _config("county a number", '"云川县"', "5")
    yield _config("counties twice", '"云川县"', '["云川县", "云川县"]')
    yield _config("no county at all", '"云川县"', "[]")
    yield _config("a list for a table", "[campaign]", "[[campaign]]")
    yield _config("sources a word", "[sources.registry]", 'sources = "registry.csv"\n[x]')
    yield _config("seed true", "seed = 1", "seed = true")
    yield _config("seed below nothing", "seed = 1", "seed = -1")
    yield _config("language of nobody", '"zh"', '"xx"')
    yield _config("an unknown key", "seed = 1", "seed = 1\nsede = 2")
    yield _config("a list of a thousand brackets", "seed = 1", "seed = " + "[" * 1_000 + "]" * 1_000)
    yield _config("a table twice", "[sources.household]", "[sources.registry]")
    yield _config("a dotted key against a table", "seed = 1", "seed = 1\nsources.household = 1")
    yield _config("minimum cell not a number", "seed = 1", "seed = 1\n[disclosure]\nminimum_cell = nan")
    yield _config("target above one", "seed = 1", "seed = 1\n[targets]\ncompleteness = 90")
    yield _config("a target that is no number", "seed = 1", "seed = 1\n[targets]\ncompleteness = inf")
    yield _config("a name of control characters", 'name = "核查"', 'name = "\\u001b[2J\\u202e"', 0)
    yield _config("a very long name", 'name = "核查"', f'name = "{"核" * 5_000}"')
    yield _config("a source named as a path", "[sources.household]", '[sources."../x"]', 0)
    yield _config("a path that is a folder above", '"household.csv"', '".."')
    yield _config("a path of 5000 letters", '"household.csv"', f'"{"a" * 5_000}.csv"')
    yield _config("a home that is not expanded", '"household.csv"', '"~/household.csv"')
    yield _config("an address for a path", '"household.csv"', '"https://example.invalid/household.csv"')


def _figures():
    def rates(*cells):
        return Damage(f"figures: rates {cells}", 0, files={"bureau.csv": text([RATES[0], [*RATES[1][:3], *cells], *RATES[2:]])})

    yield rates("-9.5", "6.5", "3.0")
    yield rates("NaN", "inf", "-inf")
    yield rates("9.5%", "6.5‰", "３．０")
    yield rates("1e999", "1e-999", "0x10")
    yield Damage(
        "figures: negative births", 0, files={"returns.csv": text([RETURNS[0], *([*row[:3], "-5", row[4]] for row in RETURNS[1:])])}
    )
    yield Damage(
        "figures: births as percentages",
        0,
        files={"returns.csv": text([RETURNS[0], *([*row[:3], "5%", row[4]] for row in RETURNS[1:])])},
    )
    yield Damage(
        "figures: births with fractions",
        2,
        files={"returns.csv": text([RETURNS[0], *([*row[:3], "5.5", row[4]] for row in RETURNS[1:])])},
    )
    yield Damage(
        "figures: NaN everywhere", 0, files={"returns.csv": text([RETURNS[0], *([*row[:3], "NaN", row[4]] for row in RETURNS[1:])])}
    )
    yield Damage(
        "figures: population nothing", 0, files={"bureau.csv": text([RATES[0], *([*row[:2], "0", *row[3:]] for row in RATES[1:])])}
    )
    yield Damage(
        "figures: shares above a hundred",
        0,
        files={"indicators.csv": text([INDICATORS[0], *([*row[:5], "90", "10", "900%"] for row in INDICATORS[1:])])},
    )
    yield Damage(
        "figures: divided by nothing",
        0,
        files={"indicators.csv": text([INDICATORS[0], *([*row[:6], "0", row[7]] for row in INDICATORS[1:])])},
    )
    yield Damage(
        "figures: month 13", 2, files={"returns.csv": text([RETURNS[0], *([*row[:2], "2018-13", *row[3:]] for row in RETURNS[1:])])}
    )
    yield Damage("figures: the same month many times", 0, files={"returns.csv": text([RETURNS[0], *RETURNS[1:] * 3])})
